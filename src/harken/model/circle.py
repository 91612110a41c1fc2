"""Whom one speaks to: sets of people, friends, and who may write to one in private."""

from __future__ import annotations

import enum

import msgspec


class PeopleSet(msgspec.Struct, frozen=True, kw_only=True):
    """A named group of people to whom its owner speaks (Pownce's set, Plurk's clique). Only the owner knows of it."""

    id: int
    owner_id: int
    name: str


class Writers(enum.IntEnum):
    """Who may write to somebody in private; whoever was written to may always answer."""

    EVERYBODY = 0
    FOLLOWED = 1  # those whom one follows, and friends: Twitter's rule of 2008
    FRIENDS = 2
    NOBODY = 3

"""A list: a named group of people whom one reads."""

from __future__ import annotations

import enum

import msgspec


class Replies(enum.StrEnum):
    """Whose answers to others a list shows; answers to oneself, and to the reader, are always there."""

    LIST = "list"  # those to members of the list
    FOLLOWED = "followed"  # those to people whom the reader follows
    NONE = "none"


class List(msgspec.Struct, frozen=True, kw_only=True):
    """Posts of the members of an `exclusive` list are read there and not at home."""

    id: int
    owner_id: int
    title: str
    replies: Replies = Replies.LIST
    exclusive: bool = False


def group_key(scope: str, name: str) -> str:
    """The key of what `in:list:NAME` or `in:set:NAME` names, among those of one owner."""
    return title_key(name) if scope == "list" else f"{scope}:{title_key(name)}"


def title_key(title: str) -> str:
    """The key by which `in:list:` finds a title: case and spaces do not matter."""
    return " ".join(title.casefold().split())

"""What one account is to another."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from ..ids import AccountId


class Relationship(msgspec.Struct, frozen=True, kw_only=True):
    """`account_id` as the viewer sees them."""

    account_id: AccountId
    following: bool = False
    requested: bool = False
    followed_by: bool = False
    requested_by: bool = False
    show_boosts: bool = False
    notify: bool = False
    languages: list[str] = []
    blocking: bool = False
    blocked_by: bool = False
    muting: bool = False
    muting_notifications: bool = False
    muted_until: datetime | None = None
    domain_blocking: bool = False
    endorsed: bool = False
    friend: bool = False
    friend_asked: bool = False  # the viewer asked them
    asks_friend: bool = False  # they asked the viewer
    note: str = ""


DESK_KINDS = {"hand": "case_handed", "ask": "draft_asked", "return": "draft_returned"}
"""What helpers are told of at their desks, by the verb of the desk's record; who did it is a colleague."""

OWN_KINDS = (
    "answer", "ear", "archive", "friend_request", "friend", "private", "forward",
    "rsvp", "event_changed", "event_cancelled", "event_soon", "file_refused", *DESK_KINDS.values())
"""Notifications that Mastodon has no word for; clients get them only if they ask for them by name."""


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """Something that `owner_id` should hear of; `id` is that of the fact it tells of."""

    id: int
    owner_id: int
    kind: str
    account_id: int
    post_id: int | None = None
    collection_id: int | None = None


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """How far somebody has read a timeline."""

    timeline: str
    last_read_id: int
    version: int
    updated_at: datetime


class Stance(enum.Enum):
    """What becomes of a notification."""

    ACCEPT = "accept"
    FILTER = "filter"  # kept aside, until its owner accepts or dismisses all by that person
    DROP = "drop"


class NotificationPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of notifications by people of whom the owner has not said that they may send them.

    Whoever is followed is none of these, except that `not_followers` asks nothing but whether they follow.
    """

    not_following: Stance = Stance.ACCEPT
    not_followers: Stance = Stance.ACCEPT  # those who follow for less than three days included
    new_accounts: Stance = Stance.ACCEPT  # not older than thirty days
    private_mentions: Stance = Stance.ACCEPT  # that answer nothing the owner wrote to them in private
    limited_accounts: Stance = Stance.FILTER


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose mentions and quotes are kept aside: how many, from the first (its id is the request's) on."""

    id: int
    account_id: int
    count: int
    newest_id: int
    post_id: int | None = None

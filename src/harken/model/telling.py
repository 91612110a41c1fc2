"""Of which notifications a member is told by e-mail, and whether devices are told at all."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from ..ids import AccountId
from .relationship import DESK_KINDS


class Pace(enum.StrEnum):
    """When an e-mail comes."""

    NEVER = "never"
    AT_ONCE = "at_once"  # after the quiet hours
    DAILY = "daily"  # at the hour of the digest


SUBJECTS = {
    "follow": ("follow", "follow_request", "friend_request", "friend"),
    "private": ("private",),
    "mention": ("mention",),
}
"""What a member chooses for, and the kinds of notifications that it means."""

DEVICE_KINDS = ("mention", "private", "follow", "follow_request", "friend_request", "favourite", "boost", "post",
                "poll", "quote", *DESK_KINDS.values())
"""What a device can be told of."""


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """What a member chose; nothing is sent unless they did."""

    account_id: AccountId
    follow: Pace = Pace.NEVER
    private: Pace = Pace.NEVER
    mention: Pace = Pace.NEVER
    devices: bool = True
    unsubscribe_key: str = ""

    def pace(self, kind: str) -> Pace:
        """When to tell of a notification of `kind`."""
        for name, kinds in SUBJECTS.items():
            if kind in kinds:
                return Pace(getattr(self, name))
        return Pace.NEVER


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A notification on its way into an e-mail."""

    owner_id: AccountId
    notification_id: int
    at_id: int
    due_at: datetime
    tries: int = 0

"""What an event post invites to. ("Event" is the log's word for one of its entries.)"""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

REMINDERS = (0, 60, 1440)
"""Minutes before the start: never, an hour, a day."""

NEWS = ("event_changed", "event_cancelled", "event_soon")
"""What those who come are told; names of notifications."""


class Rsvp(enum.IntEnum):
    """Whether somebody comes."""

    NO = 0
    YES = 1
    MAYBE = 2


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An event as its author wants it. Of whole days both times are midnights in `zone`, the end after the last day."""

    name: str
    place: str = ""
    starts_at: datetime
    ends_at: datetime
    zone: str = "UTC"
    all_day: bool = False
    remind: int = 0


class Gathering(msgspec.Struct, frozen=True, kw_only=True):
    """An event as one viewer sees it: `said` is their answer. Its id is its post's."""

    post_id: int
    name: str
    place: str = ""
    starts_at: datetime
    ends_at: datetime
    zone: str
    all_day: bool = False
    remind: int = 0
    cancelled_at: datetime | None = None
    reminded_id: int | None = None
    sequence: int = 0
    changed_at: datetime
    said_yes: int = 0
    said_no: int = 0
    said_maybe: int = 0
    said: Rsvp | None = None

    def over(self, now: datetime) -> bool:
        return self.ends_at <= now

    def open(self, now: datetime) -> bool:
        """Whether one may still say whether one comes."""
        return self.cancelled_at is None and not self.over(now)

    @property
    def about(self) -> str:
        """What search finds it by."""
        return f"{self.name}\n{self.place}" if self.place else self.name


class Coming(msgspec.Struct, frozen=True):
    """Somebody's answer."""

    account_id: int
    answer: Rsvp

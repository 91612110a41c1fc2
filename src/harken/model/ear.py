"""Ears: searches that are kept, and what they heard."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from ..ids import AccountId

MAX_NAME = 100
MAX_EARS = 200
"""Ears of one member; a desk has its own."""


class Ear(msgspec.Struct, frozen=True, kw_only=True):
    """A query with a name that listens from `saved_at` on."""

    id: int
    owner_id: AccountId
    name: str
    query: str
    zone: str = "UTC"
    saved_at: datetime
    created_at: datetime
    paused: bool = False
    shared: bool = False
    key: str
    feed_key: str = ""
    read_id: int = 0
    version: int = 0

    @property
    def days(self) -> ZoneInfo:
        """Where the days of the query begin."""
        return ZoneInfo(self.zone)


class EarInList(Ear, frozen=True, kw_only=True):
    """An ear beside the others: what it heard that is not read yet, and what it heard today."""

    unread: int = 0
    today: int = 0

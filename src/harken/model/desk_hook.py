"""Webhooks of desks: programs that are told what is done there."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..ids import moment_of

MAX_HOOKS = 10
"""Of one desk."""
MAX_TRIES = 12
"""Failures in a row after which a hook is paused; the last pauses are six hours long."""
KEPT = 30
"""Deliveries of one hook that are shown."""


class DeskHook(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook."""

    id: int
    desk_id: int
    url: str
    secret: str
    tries: int = 0
    next_at: datetime
    paused: bool = False
    failure: str = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One try: how many lines it told, and what went wrong ("" for nothing)."""

    id: int
    hook_id: int
    acts: int
    failure: str

    @property
    def at(self) -> datetime:
        return moment_of(self.id)

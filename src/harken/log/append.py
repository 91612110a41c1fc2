"""Add to the log, within the caller's transaction."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..store import log
from ..store.database import Transaction
from .events import Event


async def append(tx: Transaction, event: Event, now: datetime) -> None:
    """Store `event`; consumers see it after the caller's commit, and never if that fails."""
    await log.insert(tx, event.__class__.__name__, msgspec.json.encode(event).decode(), now)

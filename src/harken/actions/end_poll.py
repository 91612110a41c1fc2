"""End a poll whose time is over."""

from __future__ import annotations

from datetime import datetime

from ..ids import new_id
from ..log.append import append
from ..log.events import PollEnded
from ..store import polls
from ..store.database import Database


async def end_poll(db: Database, post_id: int, now: datetime) -> bool:
    """Note that the poll of a post has ended, once, whoever tries; those concerned hear of it by the event."""
    async with db.transaction() as tx:
        ended_id = new_id(now)
        if not await polls.mark_ended(tx, post_id, ended_id, now):
            return False
        await append(tx, PollEnded(ended_id, post_id), now)
    return True

"""Remind those who come of an event."""

from __future__ import annotations

from datetime import datetime

from ..ids import new_id
from ..log.append import append
from ..log.events import GatheringTold
from ..store import gatherings
from ..store.database import Database


async def remind(db: Database, post_id: int, now: datetime) -> bool:
    """Note that an event is near, once, whoever tries; those who come hear of it by the event, and by e-mail."""
    async with db.transaction() as tx:
        news_id = new_id(now)
        if not await gatherings.mark_reminded(tx, post_id, news_id, now):
            return False
        await gatherings.add_news(tx, news_id, post_id, "event_soon")
        await append(tx, GatheringTold(news_id, post_id), now)
    return True

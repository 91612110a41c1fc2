"""Move the read mark of one's notifications."""

from __future__ import annotations

from datetime import datetime

from ..log.append import append
from ..log.events import NotificationsRead
from ..model.account import Account
from ..store.database import Database


async def read_notifications(db: Database, account: Account, up_to: int, now: datetime) -> None:
    """Everything up to the notification `up_to` has been seen; the mark never moves back."""
    async with db.transaction() as tx:
        moved = await tx.execute(
            """INSERT INTO marker (account_id, timeline, last_read_id, updated_at)
               VALUES (:account, 'notifications', :up_to, :now)
               ON CONFLICT (account_id, timeline) DO UPDATE SET last_read_id = :up_to, updated_at = :now,
                 version = marker.version + 1 WHERE marker.last_read_id < :up_to""",
            account=account.id, up_to=up_to, now=now)
        if moved:
            await append(tx, NotificationsRead(account.id), now)

"""Read marks, and notifications put away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..errors import Conflict
from ..ids import MAX_ID
from ..log.append import append
from ..log.events import NotificationsRead
from ..model.account import Account
from ..model.relationship import Marker
from ..store import markers, notifications
from ..store.database import Database

TIMELINES = ("home", "notifications")


async def mark_read(db: Database, account: Account, last_read: dict[str, int], now: datetime) -> list[Marker]:
    """Remember how far `account` has read each of these timelines; the marks as they are now.

    A mark moves forwards only: a second device that lags behind must not make
    things unread again. Raises Conflict when somebody else moved it meanwhile.
    """
    async with db.transaction() as tx:
        for timeline, last_read_id in last_read.items():
            assert timeline in TIMELINES
            await markers.move(tx, account.id, timeline, last_read_id, now)
        moved = await markers.of(tx, account.id, list(last_read))
        if "notifications" in last_read:
            await append(tx, NotificationsRead(account.id), now)
    if len(moved) != len(last_read):
        raise Conflict("Conflict during update, please try again")
    return moved


async def dismiss_notification(db: Database, account: Account, ids: Sequence[int], now: datetime) -> None:
    """Put notifications away, one or a group. Nothing happens when there is none."""
    async with db.transaction() as tx:
        await notifications.dismiss(tx, account.id, ids)
        await append(tx, NotificationsRead(account.id), now)


async def clear_notifications(db: Database, account: Account, now: datetime, up_to: int = MAX_ID) -> None:
    """Put all notifications away that came until now."""
    async with db.transaction() as tx:
        await notifications.dismiss_before(tx, account.id, up_to)
        await append(tx, NotificationsRead(account.id), now)

"""Keep notifications by strangers aside; accept or dismiss what was kept aside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..log.append import append
from ..log.events import NotificationsMerged, NotificationsRead
from ..model.account import Account
from ..model.relationship import NotificationPolicy
from ..store import withholding
from ..store.database import Database


async def choose_policy(db: Database, owner: Account, chosen: NotificationPolicy) -> None:
    """What becomes of notifications from now on; what was decided before stays."""
    async with db.transaction() as tx:
        await withholding.put_policy(tx, owner.id, chosen)


async def accept_requests(db: Database, owner: Account, accounts: Sequence[int], now: datetime) -> None:
    """Show everything by these accounts, what was kept aside and what comes."""
    async with db.transaction() as tx:
        await withholding.permit(tx, owner.id, accounts)
        await append(tx, NotificationsMerged(owner.id), now)


async def dismiss_requests(db: Database, owner: Account, accounts: Sequence[int], now: datetime) -> None:
    """Never show what was kept aside of these accounts; what comes later is kept aside again."""
    async with db.transaction() as tx:
        if await withholding.put_away(tx, owner.id, accounts):
            await append(tx, NotificationsRead(owner.id), now)

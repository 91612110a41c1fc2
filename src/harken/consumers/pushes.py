"""Note which applications and browsers must be told of a notification, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..ids import moment_of
from ..model.alert import Listening, Push
from ..store import push
from ..store.database import Database, Transaction
from ..text.catalogues import zone
from .notifications import Telling
from .outbox import Outbox


class Pushes(Outbox):
    """Maintains `push`."""

    name = "pushes"

    async def note(self, tx: Transaction, told: Telling, owners: Sequence[int]) -> None:
        await push.record(tx, [
            Push(
                subscription_id=one.subscription_id, notification_id=told.fact_id, owner_id=one.owner_id,
                at_id=told.at_id, due_at=_due(one, moment_of(told.at_id)))
            for one in await push.wanting(tx, told.fact_id, told.at_id, owners) if one.alerts.get(one.kind)])

    async def rebuild(self, db: Database) -> None:
        async with db.transaction() as tx:
            await push.remove_orphans(tx)


def _due(one: push.Wanting, now: datetime) -> datetime:
    """Now, or when the quiet hours end that the device keeps."""
    hours = Listening(account_id=one.owner_id, quiet_from=one.quiet_from, quiet_to=one.quiet_to)
    return (hours.quiet_until(now, zone(one.time_zone)) if one.quiet else None) or now

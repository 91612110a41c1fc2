"""Note which applications and browsers must be told of a notification, and when.

What is written here once, the sender (alerting/sender.py) brings to their push
services. An outbox is not made anew: what was sent cannot be sent again, so a
rebuild takes out what is meant for nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..ids import moment_of
from ..log.events import Event
from ..model.alert import Listening, Push
from ..store import notifications, push
from ..store.database import Database, Transaction
from ..text.catalogues import zone
from .consumer import MAX_ROWS
from .notifications import Telling, told_by


class Pushes:
    """Maintains `push`."""

    name = "pushes"
    after: str | None = "notifications"

    async def handle(self, tx: Transaction, event: Event, progress: str) -> str:
        tellings = told_by(event)
        number, _, above = (progress or "0:0").partition(":")
        for at in range(int(number), len(tellings)):
            owners = await notifications.owners_above(tx, tellings[at].fact_id, int(above), MAX_ROWS)
            await self._note(tx, tellings[at], owners)
            if len(owners) == MAX_ROWS:
                return f"{at}:{owners[-1]}"
            above = "0"
        return ""

    async def _note(self, tx: Transaction, telling: Telling, owners: Sequence[int]) -> None:
        if telling.among is not None:
            owners = [owner for owner in owners if owner in telling.among]
        if not owners:
            return
        await push.record(tx, [
            Push(
                subscription_id=one.subscription_id, notification_id=telling.fact_id, owner_id=one.owner_id,
                at_id=telling.at_id, due_at=_due(one, moment_of(telling.at_id)))
            for one in await push.wanting(tx, telling.fact_id, telling.at_id, owners) if one.alerts.get(one.kind)])

    async def rebuild(self, db: Database) -> None:
        async with db.transaction() as tx:
            await push.remove_orphans(tx)


def _due(one: push.Wanting, now: datetime) -> datetime:
    """Now, or when the quiet hours end that the device keeps."""
    hours = Listening(account_id=one.owner_id, quiet_from=one.quiet_from, quiet_to=one.quiet_to)
    return (hours.quiet_until(now, zone(one.time_zone)) if one.quiet else None) or now

"""Note of which notifications members are told by e-mail, and when.

What is written here once, the sender (alerting/sender.py) sends. An outbox is not made anew: what was sent cannot be
sent again, so a rebuild takes out what is meant for nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..ids import moment_of
from ..log.events import Event
from ..model.alert import Listening
from ..model.telling import Letter, Pace
from ..store import notifications, telling
from ..store.database import Database, Transaction
from ..text.catalogues import zone
from .consumer import MAX_ROWS
from .notifications import Telling, told_by


class Letters:
    """Maintains `letter`."""

    name = "letters"
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

    async def _note(self, tx: Transaction, told: Telling, owners: Sequence[int]) -> None:
        if told.among is not None:
            owners = [owner for owner in owners if owner in told.among]
        if not owners:
            return
        now, letters = moment_of(told.at_id), []
        for one in await telling.wanting(tx, told.fact_id, owners):
            pace = one.pace(one.kind)
            if pace is Pace.NEVER:
                continue
            local = zone(one.time_zone)
            hours = Listening(
                account_id=one.account_id, quiet_from=one.quiet_from, quiet_to=one.quiet_to,
                digest_hour=one.digest_hour)
            due = hours.next_digest(now, local) if pace is Pace.DAILY else hours.quiet_until(now, local) or now
            letters.append(Letter(
                owner_id=one.account_id, notification_id=told.fact_id, at_id=told.at_id, due_at=due))
        await telling.record(tx, letters)

    async def rebuild(self, db: Database) -> None:
        async with db.transaction() as tx:
            await telling.remove_orphans(tx)

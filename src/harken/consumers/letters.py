"""Note of which notifications members are told by e-mail, and when."""

from __future__ import annotations

from collections.abc import Sequence

from ..ids import moment_of
from ..model.alert import Listening
from ..model.telling import Letter, Pace
from ..store import telling
from ..store.database import Database, Transaction
from ..text.catalogues import zone
from .notifications import Telling
from .outbox import Outbox


class Letters(Outbox):
    """Maintains `letter`."""

    name = "letters"

    async def note(self, tx: Transaction, told: Telling, owners: Sequence[int]) -> None:
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

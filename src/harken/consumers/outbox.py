"""What the two outboxes of notifications, of e-mail and of devices, have in common."""

from __future__ import annotations

from collections.abc import Sequence

from ..log.events import Event
from ..store import notifications
from ..store.database import Transaction
from .consumer import MAX_ROWS
from .notifications import Telling, told_by


class Outbox:
    """Walks through whom an event has given a notification, piece by piece.

    What is written once, the sender (alerting/sender.py) sends. An outbox is not made anew: what was sent cannot be
    sent again, so a rebuild takes out what is meant for nobody.
    """

    after: str | None = "notifications"

    async def note(self, tx: Transaction, told: Telling, owners: Sequence[int]) -> None:
        """Write down which of `owners` are to be told, by which way and when."""
        raise NotImplementedError

    async def handle(self, tx: Transaction, event: Event, progress: str) -> str:
        tellings = told_by(event)
        number, _, above = (progress or "0:0").partition(":")
        for at in range(int(number), len(tellings)):
            told = tellings[at]
            found = await notifications.owners_above(tx, told.fact_id, int(above), MAX_ROWS)
            owners = [one for one in found if told.among is None or one in told.among]
            if owners:
                await self.note(tx, told, owners)
            if len(found) == MAX_ROWS:
                return f"{at}:{found[-1]}"
            above = "0"
        return ""

"""What a consumer is."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from ..log.events import Event
from ..store.database import Database, Transaction

MAX_ROWS = 500  # written in one transaction, so that a post never waits long behind us


class Consumer(Protocol):
    """Maintains something derived. Its position is stored under `name`."""

    name: str
    after: str | None
    """The consumer whose rows this one needs: it never overtakes that one."""

    async def handle(self, tx: Transaction, event: Event, progress: str) -> str:
        """Do the work of one event, or at most MAX_ROWS of it.

        Returns "" when the event is done, else a note that comes back as
        `progress` in the next transaction. Doing it twice changes nothing.
        """

    async def rebuild(self, db: Database) -> None:
        """Drop what is derived and make it anew from the facts; runs while nobody else consumes."""


@runtime_checkable
class Preparing(Protocol):
    """A consumer with something in memory, which it keeps up to date by the events that it handles."""

    async def prepare(self, db: Database) -> None:
        """Bring it up to date, outside any transaction: another process may have handled events meanwhile."""

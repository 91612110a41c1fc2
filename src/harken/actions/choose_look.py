"""Choose how pages look."""

from __future__ import annotations

from ..model.account import Account
from ..model.look import Look
from ..store import members
from ..store.database import Database


async def choose_look(db: Database, by: Account, look: Look) -> None:
    """Remember it for every browser in which the member signs in."""
    async with db.transaction() as tx:
        await members.set_look(tx, by.id, str(look))

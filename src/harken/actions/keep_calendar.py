"""Give a member's calendar a secret address, or take it away."""

from __future__ import annotations

from ..model.account import Account
from ..store import gatherings
from ..store.database import Database
from ..store.tokens import new_secret


async def open_calendar(db: Database, account: Account) -> str:
    """A new secret for its address; the one before ends."""
    key = new_secret()
    async with db.transaction() as tx:
        await gatherings.set_feed_key(tx, account.id, key)
    return key


async def close_calendar(db: Database, account: Account) -> None:
    """Its address ends."""
    async with db.transaction() as tx:
        await gatherings.set_feed_key(tx, account.id, None)

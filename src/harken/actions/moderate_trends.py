"""What moderators take off the trends, and put back. It is found as before; it is only not recommended to everybody."""

from __future__ import annotations

from datetime import datetime

from ..model.account import Account, Permission
from ..store import trends
from ..store.database import Database
from .change_state import record
from .moderate_account import must_be_allowed


async def hide_trend(db: Database, by: Account, kind: str, name: str, now: datetime) -> None:
    """Take a tag (folded), a link (its address), a publisher (a host) or a post (its id) off. Raises NotAllowed."""
    async with db.transaction() as tx:
        await must_be_allowed(tx, by, Permission.MANAGE_TAXONOMIES)
        if await trends.hide(tx, kind, name):
            await record(tx, by, "hide_trend", now, kind=kind, name=name)


async def show_trend(db: Database, by: Account, kind: str, name: str, now: datetime) -> None:
    """Let it trend again. Raises NotAllowed."""
    async with db.transaction() as tx:
        await must_be_allowed(tx, by, Permission.MANAGE_TAXONOMIES)
        if await trends.show(tx, kind, name):
            await record(tx, by, "show_trend", now, kind=kind, name=name)

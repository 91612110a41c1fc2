"""What moderators do about whispers: ask who it was, and take the right to whisper (docs/decisions/0013)."""

from __future__ import annotations

from datetime import datetime

from ..errors import Invalid, NotFound
from ..ids import AccountId, PostId
from ..model.account import Account, Permission
from ..store import accounts, whispers
from ..store.database import Database
from ..text.markup import clean
from .change_state import record
from .moderate_account import must_be_allowed

MIN_REASON = 10  # characters
MAX_REASON = 2000


async def unmask(db: Database, by: Account, post_id: PostId, reason: str, now: datetime) -> Account:
    """Who whispered a post, for a moderator who says why; the record keeps that they asked, not what they learned.

    Raises NotAllowed, Invalid (no reason), NotFound (no whisper, or taken back more than a week ago).
    """
    reason = _checked_reason(reason)
    async with db.transaction() as tx:
        await must_be_allowed(tx, by, Permission.MANAGE_REPORTS)
        author_id = await whispers.find_author(tx, post_id)
        if author_id is None:
            raise NotFound("This is no whisper, or it has been gone for long.")
        await record(tx, by, "unmask_whisper", now, kind="whisper", name=str(post_id), about_id=post_id, why=reason)
        return await accounts.get(tx, AccountId(author_id))


async def take_right(db: Database, by: Account, target_id: AccountId, reason: str, now: datetime) -> None:
    """Let somebody whisper no more; they read the reason. What they whispered stays. Raises NotAllowed, Invalid."""
    reason = _checked_reason(reason)
    async with db.transaction() as tx:
        target = await accounts.get(tx, target_id)
        await must_be_allowed(tx, by, Permission.MANAGE_USERS, target)
        if await whispers.take_right(tx, target.id, reason, now):
            await record(tx, by, "take_whisper_right", now, about=target, why=reason)


async def give_right(db: Database, by: Account, target_id: AccountId, now: datetime) -> None:
    """Let somebody whisper again. Raises NotAllowed."""
    async with db.transaction() as tx:
        target = await accounts.get(tx, target_id)
        await must_be_allowed(tx, by, Permission.MANAGE_USERS, target)
        if await whispers.give_right(tx, target.id):
            await record(tx, by, "give_whisper_right", now, about=target)


def _checked_reason(reason: str) -> str:
    reason = clean(reason).strip()[:MAX_REASON]
    if len(reason) < MIN_REASON:
        raise Invalid("Say in a sentence why; it is kept in the record.", "reason")
    return reason

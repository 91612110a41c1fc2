"""Write something to the other moderators, beside a report or an account."""

from __future__ import annotations

from datetime import datetime

from ..errors import Invalid, NotFound
from ..ids import new_id
from ..model.account import Account, Permission
from ..model.moderation import StaffNote
from ..store import accounts, appeals
from ..store.database import Database
from ..text.markup import clean
from .judge_report import get_report
from .moderate_account import must_be_allowed

MAX_TEXT = 2000  # characters


async def write_staff_note(db: Database, by: Account, kind: str, about_id: int, text: str, now: datetime) -> StaffNote:
    """`kind` is report or account. Raises NotFound, NotAllowed (also about oneself), Invalid."""
    text = clean(text).strip()
    if not text or len(text) > MAX_TEXT:
        raise Invalid(f"A note has 1 to {MAX_TEXT} characters.", "text")
    made = StaffNote(id=new_id(now), about_kind=kind, about_id=about_id, author_id=by.id, text=text, created_at=now)
    async with db.transaction() as tx:
        if kind == "report":
            await get_report(tx, by, about_id)
        else:
            await must_be_allowed(
                tx, by, Permission.MANAGE_USERS, over=await accounts.get(tx, about_id))
        await appeals.insert_note(tx, made)
    return made


async def take_back_note(db: Database, by: Account, note_id: int) -> None:
    """Take back what one wrote oneself. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        await must_be_allowed(tx, by, Permission.MANAGE_REPORTS)
        if not await appeals.delete_note(tx, note_id, by.id):
            raise NotFound("There is no such note of yours.")

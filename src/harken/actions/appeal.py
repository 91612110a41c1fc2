"""Say something against a decision of the moderators: once, in one's own words."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..errors import Conflict, Invalid, NotAllowed, NotFound
from ..ids import new_id
from ..log.append import append
from ..log.events import AccountWarned
from ..model.account import Account, Permission, Role
from ..model.moderation import Appeal, Measure, Warning
from ..store import accounts, appeals, members, reports
from ..store.database import Database, Reader, Transaction
from ..text.markup import clean
from .change_state import hold, record
from .moderate_account import HOLDS, must_be_allowed, role_of

MAX_TEXT = 2000  # characters
TIME_TO_APPEAL = timedelta(days=60)
MAY_DECIDE = [role for role in Role if role.may(Permission.MANAGE_APPEALS)]


def may_appeal(warning: Warning, appeal: Appeal | None, now: datetime) -> bool:
    """Whether its target may still say something against a decision."""
    return (appeal is None and warning.answers_id is None and warning.undone_at is None
            and now - warning.created_at <= TIME_TO_APPEAL)


async def own_warning(reader: Reader, account: Account, warning_id: int) -> Warning:
    """A decision about `account`. Raises NotFound, also for those about others."""
    found = await reports.find_warning(reader, warning_id)
    if found is None or found.target_id != account.id:
        raise NotFound("There is no such decision about you.")
    return found


async def appeal(db: Database, account: Account, warning_id: int, text: str, now: datetime) -> Appeal:
    """Ask other moderators to look again. Raises NotFound, NotAllowed (too late, undone), Conflict (twice), Invalid."""
    text = _checked(text)
    async with db.transaction() as tx:
        warning = await own_warning(tx, account, warning_id)
        known = await appeals.find(tx, warning.id)
        if known is not None:
            raise Conflict("You have appealed against this decision already.")
        if not may_appeal(warning, None, now):
            raise NotAllowed("It is not possible to appeal against this any more.")
        made = Appeal(warning_id=warning.id, account_id=account.id, text=text, created_at=now)
        if not await appeals.insert(tx, made):
            raise Conflict("You have appealed against this decision already.")
    return made


async def may_decide(reader: Reader, by: Account, warning: Warning) -> bool:
    """Whether `by` may judge an appeal: somebody else than who decided, unless there is nobody else who could."""
    role = await role_of(reader, by.id)
    target = await role_of(reader, warning.target_id)
    if not role.may(Permission.MANAGE_APPEALS) or target >= role:
        return False
    if warning.by_id != by.id:
        return True
    able = await members.with_roles(reader, [one for one in MAY_DECIDE if one > target])
    return not set(able) - {by.id, warning.target_id}


async def judge_appeal(
    db: Database, by: Account, warning_id: int, now: datetime, *, accept: bool, words: str
) -> Warning:
    """Accept an appeal, which undoes the decision, or decline it; the person is told, in `words`.

    What it undoes stays undone only if no other decision of the same kind holds; removed posts do not come back.
    Answers the letter to the person. Raises NotFound, NotAllowed, Conflict (decided already), Invalid.
    """
    words = clean(words)
    if not words and not accept:
        raise Invalid("Please say why: the person reads it.", "words")
    if len(words) > MAX_TEXT:
        raise Invalid(f"Please say it in at most {MAX_TEXT} characters.", "words")
    async with db.transaction() as tx:
        warning = await reports.find_warning(tx, warning_id)
        if warning is None or await appeals.find(tx, warning_id) is None:
            raise NotFound("There is no such appeal.")
        await must_be_allowed(tx, by, Permission.MANAGE_APPEALS)
        if not await may_decide(tx, by, warning):
            raise NotAllowed("Somebody else than who made a decision judges the appeal against it.")
        if not await appeals.decide(tx, warning_id, accepted=accept, words=words, by_id=by.id, now=now):
            raise Conflict("Another moderator has judged this appeal already.")
        target = await accounts.get(tx, warning.target_id)
        if accept:
            await _undo(tx, target, warning, now)
        await record(
            tx, by, "accept_appeal" if accept else "decline_appeal", now, about=target, why=words)
        letter = Warning(
            id=new_id(now), target_id=target.id, action=Measure.NONE, text=words, answers_id=warning.id,
            created_at=now, by_id=by.id)
        await reports.insert_warning(tx, letter)
        await append(tx, AccountWarned(letter.id, target.id), now)
    return letter


async def _undo(tx: Transaction, target: Account, warning: Warning, now: datetime) -> None:
    await reports.end_warning(tx, warning.id, now)
    if warning.action in HOLDS and not await reports.holds_otherwise(tx, warning):
        await hold(tx, target, now, **{HOLDS[warning.action]: False})


def _checked(text: str) -> str:
    text = clean(text).strip()
    if not text:
        raise Invalid("Please say why you see it otherwise.", "text")
    if len(text) > MAX_TEXT:
        raise Invalid(f"Please say it in at most {MAX_TEXT} characters.", "text")
    return text

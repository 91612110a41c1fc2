"""What moderators do about accounts. Who may is asked here, so that no surface can forget it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..errors import Invalid, NotAllowed, NotFound
from ..ids import new_id
from ..log.append import append
from ..log.events import AccountChanged, AccountWarned
from ..media.store import MediaStore
from ..model.account import Account, Permission, Role, State
from ..model.moderation import Measure, Report, Warning
from ..store import members, reports, sessions
from ..store.database import Database, Reader, Transaction
from ..text.markup import clean
from .change_state import get_living, hold, record
from .delete_account import begin_deletion, finish_deletion

NOT_ALLOWED = "This action is not allowed"  # Mastodon's words
MAX_TEXT = 5000  # characters

_HOLDS = {
    Measure.SENSITIVE: "sensitized", Measure.DISABLE: "disabled", Measure.SILENCE: "silenced",
    Measure.SUSPEND: "suspended",
}


async def role_of(reader: Reader, account_id: int) -> Role:
    """What somebody may do here; nothing, for those who do not sign in."""
    member = await members.find(reader, account_id)
    return member.role if member else Role.MEMBER


async def must_be_allowed(reader: Reader, by: Account, permission: Permission, over: Account | None = None) -> Role:
    """The role of `by`, if it has `permission`, and is above that of `over`. Raises NotAllowed."""
    role = await role_of(reader, by.id)
    if not role.may(permission) or (over is not None and await role_of(reader, over.id) >= role):
        raise NotAllowed(NOT_ALLOWED)
    return role


async def act_on_account(
    db: Database, by: Account, target_id: int, measure: Measure, now: datetime, *, text: str = "",
    report_id: int | None = None, tell: bool = False,
) -> Warning:
    """Do `measure` to an account, resolve the reports that asked for it, and warn its member; `tell` notifies them.

    A mere warning resolves the one report `report_id`, a measure all that are open about the account (Mastodon's
    rule). Raises NotFound, NotAllowed, Invalid.
    """
    text = clean(text)
    if len(text) > MAX_TEXT:
        raise Invalid(f"Validation failed: Text is too long (maximum is {MAX_TEXT} characters)", "text")
    async with db.transaction() as tx:
        target = await get_living(tx, target_id)
        await must_be_allowed(tx, by, Permission.MANAGE_USERS, over=target)
        report = await reports.find(tx, report_id) if report_id is not None else None
        if report_id is not None and (report is None or report.target_id != target.id):
            raise NotFound("There is no such report.")
        if measure is Measure.DISABLE and await members.find(tx, target.id) is None:
            raise Invalid("Validation failed: Type is not included in the list", "type")
        if measure in _HOLDS:
            await hold(tx, target, now, **{_HOLDS[measure]: True})
        warning = Warning(
            id=new_id(now), target_id=target.id, action=measure, text=text, report_id=report_id,
            post_ids=report.post_ids if report else [], created_at=now)
        await reports.insert_warning(tx, warning)
        await record(tx, by, "warn" if measure is Measure.NONE else measure.value, now, about=target, why=text)
        settled = await reports.open_about(tx, target.id) if measure is not Measure.NONE else [report] if report else []
        await _resolve(tx, by, settled, now)
        if tell and target.local:
            await append(tx, AccountWarned(warning.id, target.id), now)
    return warning


async def _resolve(tx: Transaction, by: Account, settled: Iterable[Report], now: datetime) -> None:
    for report in settled:
        await resolve(tx, by, report, now)


async def resolve(tx: Transaction, by: Account, report: Report, now: datetime) -> None:
    """Note that `by` has dealt with a report."""
    await reports.change(tx, report, resolved_at=now, resolved_by=by.id, updated_at=now)
    await record(tx, by, "resolve_report", now, kind="report", name=str(report.id), about_id=report.id)


async def undo(db: Database, by: Account, target_id: int, measure: Measure, now: datetime) -> Account:
    """End a measure. Raises NotFound, NotAllowed (also for ending a suspension that is none)."""
    async with db.transaction() as tx:
        target = await get_living(tx, target_id)
        await must_be_allowed(tx, by, Permission.MANAGE_USERS, over=target)
        if measure is Measure.SUSPEND and not target.suspended:
            raise NotAllowed(NOT_ALLOWED)
        changed = await hold(tx, target, now, **{_HOLDS[measure]: False})
        await record(tx, by, f"end_{measure.value}", now, about=target)
    return changed


async def approve(db: Database, by: Account, target_id: int, now: datetime) -> Account:
    """Let somebody in who waits. Raises NotFound, NotAllowed (also when nobody waits)."""
    async with db.transaction() as tx:
        target = await get_living(tx, target_id)
        await must_be_allowed(tx, by, Permission.MANAGE_USERS)
        member = await members.find(tx, target.id)
        if member is None or member.approved:
            raise NotAllowed(NOT_ALLOWED)
        await members.set_approved(tx, target.id)
        changed = await hold(tx, target, now)
        await append(tx, AccountChanged(target.id), now)
        await record(tx, by, "approve", now, about=target)
    return changed


async def reject(db: Database, store: MediaStore, by: Account, target_id: int, now: datetime) -> None:
    """Turn away somebody who waits, and forget them. Raises NotFound, NotAllowed (also when nobody waits)."""
    async with db.transaction() as tx:
        target = await get_living(tx, target_id)
        await must_be_allowed(tx, by, Permission.MANAGE_USERS)
        member = await members.find(tx, target.id)
        if member is None or member.approved:
            raise NotAllowed(NOT_ALLOWED)
        await record(tx, by, "reject", now, about=target)
    await begin_deletion(db, target.id, now)
    await finish_deletion(db, store, target.id, now)


async def begin_erasing(db: Database, by: Account, target_id: int, now: datetime) -> Account:
    """Delete a suspended account for good; `finish_deletion` goes on. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        target = await get_living(tx, target_id)
        await must_be_allowed(tx, by, Permission.DELETE_USER_DATA, over=target)
        if target.state is not State.SUSPENDED:
            raise NotAllowed(NOT_ALLOWED)
        await sessions.delete_all(tx, target.id)
        await record(tx, by, "delete", now, about=target)
    return await begin_deletion(db, target.id, now)

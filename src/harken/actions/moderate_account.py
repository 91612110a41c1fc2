"""What moderators do about accounts. Who may is asked here, so that no surface can forget it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from ..errors import Invalid, NotAllowed, NotFound
from ..ids import new_id
from ..log.append import append
from ..log.events import AccountChanged, AccountWarned
from ..media.store import MediaStore
from ..model.account import Account, Permission, Role, State
from ..model.moderation import Measure, Report, Warning
from ..model.post import Visibility
from ..store import members, posts, reports, sessions, whispers
from ..store.database import Database, Reader, Transaction
from ..text.markup import clean
from .change_state import get_living, hold, record
from .delete_account import begin_deletion, finish_deletion
from .delete_post import erase

NOT_ALLOWED = "This action is not allowed"  # Mastodon's words
MAX_TEXT = 5000  # characters
MAX_POSTS = 40  # that one decision removes: a transaction must stay short

HOLDS = {
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


async def decide_for_all(
    tx: Transaction, by: Account | None, permission: Permission, act: str, now: datetime, *, kind: str, name: str,
    about_id: int,
) -> None:
    """Check and write down that `by` changes what is for everybody here; None is an operator at the command line.

    Raises NotAllowed.
    """
    if by is not None:
        await must_be_allowed(tx, by, permission)
        await record(tx, by, act, now, kind=kind, name=name[:200], about_id=about_id)


async def act_on_account(
    db: Database, by: Account, target_id: int, measure: Measure, now: datetime, *, text: str = "",
    report_id: int | None = None, tell: bool = False, post_ids: Collection[int] | None = None,
) -> Warning:
    """Do `measure` to an account, resolve the reports that asked for it, and warn its member; `tell` notifies them.

    It is about `post_ids` of that account, or the posts of the report; REMOVE deletes these. A warning and REMOVE
    resolve the one report `report_id`, other measures all that are open about the account (Mastodon's rule).
    Raises NotFound, NotAllowed, Invalid.
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
        if report is not None and await whispers.own_among(tx, by.id, report.post_ids):
            raise NotAllowed(NOT_ALLOWED)  # nobody judges themselves, named or not
        if measure is Measure.DISABLE and await members.find(tx, target.id) is None:
            raise Invalid("Validation failed: Type is not included in the list", "type")
        chosen = sorted(set(post_ids) if post_ids is not None else report.post_ids if report else [])
        # What was not said to everybody is judged only where somebody who heard it has reported it.
        reported = set(report.post_ids) if report else set()
        meant = [
            post for post in (await posts.by_ids(tx, chosen[:MAX_POSTS])).values()
            if post.author_id == target.id and (post.id in reported or post.visibility <= Visibility.UNLISTED)]
        if measure is Measure.REMOVE and not meant:
            raise Invalid("Choose the posts that shall be removed.", "posts")
        if measure in HOLDS:
            await hold(tx, target, now, **{HOLDS[measure]: True})
        removed = []
        if measure is Measure.REMOVE:
            # What was not said to everybody is not copied to where other moderators read it without a record.
            removed = [
                (f"{post.spoiler}: " if post.spoiler else "") + post.text
                for post in meant if post.visibility <= Visibility.UNLISTED]
            for post in meant:
                await erase(tx, post, now)
        warning = Warning(
            id=new_id(now), target_id=target.id, action=measure, text=text, report_id=report_id,
            post_ids=[post.id for post in meant] if post_ids is not None else chosen, created_at=now, by_id=by.id,
            removed=removed)
        await reports.insert_warning(tx, warning)
        act = {Measure.NONE: "warn", Measure.REMOVE: "remove_posts"}.get(measure, measure.value)
        await record(tx, by, act, now, about=target, why=text)
        settled = await reports.open_about(tx, target.id) if measure in HOLDS else [report] if report else []
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


async def undo(
    db: Database, by: Account, target_id: int, measure: Measure, now: datetime, why: str = ""
) -> Account:
    """End a measure. Raises NotFound, NotAllowed (also for ending a suspension that is none)."""
    async with db.transaction() as tx:
        target = await get_living(tx, target_id)
        await must_be_allowed(tx, by, Permission.MANAGE_USERS, over=target)
        if measure is Measure.SUSPEND and not target.suspended:
            raise NotAllowed(NOT_ALLOWED)
        changed = await hold(tx, target, now, **{HOLDS[measure]: False})
        await reports.end_warnings(tx, target.id, measure, now)
        await record(tx, by, f"end_{measure.value}", now, about=target, why=why)
    return changed


async def approve(db: Database, by: Account, target_id: int, now: datetime) -> Account:
    """Let somebody in who waits. Raises NotFound, NotAllowed (also when nobody waits)."""
    async with db.transaction() as tx:
        target = await _waiting(tx, by, target_id)
        await members.set_approved(tx, target.id)
        changed = await hold(tx, target, now)
        await append(tx, AccountChanged(target.id), now)
        await record(tx, by, "approve", now, about=target)
    return changed


async def reject(db: Database, store: MediaStore, by: Account, target_id: int, now: datetime) -> None:
    """Turn away somebody who waits, and forget them. Raises NotFound, NotAllowed (also when nobody waits)."""
    async with db.transaction() as tx:
        target = await _waiting(tx, by, target_id)
        await record(tx, by, "reject", now, about=target)
    await begin_deletion(db, target.id, now)
    await finish_deletion(db, store, target.id, now)


async def _waiting(tx: Transaction, by: Account, target_id: int) -> Account:
    """Somebody who waits to be let in. Raises NotFound, NotAllowed (also when they do not wait)."""
    target = await get_living(tx, target_id)
    await must_be_allowed(tx, by, Permission.MANAGE_USERS)
    member = await members.find(tx, target.id)
    if member is None or member.approved:
        raise NotAllowed(NOT_ALLOWED)
    return target


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

"""What moderators do with a report itself; what they do about people is in moderate_account.py."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from ..errors import NotAllowed, NotFound
from ..model.account import Account, Permission, Role
from ..model.moderation import Category, Report
from ..store import reports, whispers
from ..store.database import Database, Reader, Transaction
from .change_state import record
from .file_report import check_rules, checked_category
from .moderate_account import NOT_ALLOWED, must_be_allowed, resolve, role_of


async def get_report(reader: Reader, by: Account, report_id: int) -> Report:
    """A report that `by` may read; to whom it is about there is none. Raises NotFound, NotAllowed."""
    await must_be_allowed(reader, by, Permission.MANAGE_REPORTS)
    found = await reports.find(reader, report_id)
    if found is None or found.target_id == by.id or await whispers.own_among(reader, by.id, found.post_ids):
        raise NotFound("There is no such report.")
    return found


async def _open(tx: Transaction, by: Account, report_id: int) -> Report:
    """The same, for whoever may also decide: about those below, and owners about everybody else."""
    found = await get_report(tx, by, report_id)
    role = await role_of(tx, by.id)
    if role is not Role.OWNER and await role_of(tx, found.target_id) >= role:
        raise NotAllowed(NOT_ALLOWED)
    return found


async def reclassify(
    db: Database, by: Account, report_id: int, now: datetime, *, category: str = "",
    rule_ids: Collection[int] | None = None,
) -> Report:
    """Say better what a report is about; of a category other than `violation` no rules are kept.

    Raises NotFound, NotAllowed, Invalid (category, rules).
    """
    await check_rules(db, rule_ids or ())
    async with db.transaction() as tx:
        found = await _open(tx, by, report_id)
        why = checked_category(category) if category else found.category
        rules = sorted(set(found.rule_ids if rule_ids is None else rule_ids))
        changed = await reports.change(
            tx, found, category=why, rule_ids=rules if why is Category.VIOLATION else [], updated_at=now)
        await record(
            tx, by, "change_report", now, kind="report", name=str(report_id), about_id=report_id, why=why.value)
    return changed


async def assign(db: Database, by: Account, report_id: int, now: datetime, *, to_self: bool) -> Report:
    """Take a report on, or give it back. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        found = await _open(tx, by, report_id)
        changed = await reports.change(tx, found, assigned_id=by.id if to_self else None, updated_at=now)
        act = "assign_report" if to_self else "unassign_report"
        await record(tx, by, act, now, kind="report", name=str(report_id), about_id=report_id)
    return changed


async def close_report(db: Database, by: Account, report_id: int, now: datetime) -> Report:
    """Note that there is nothing more to do. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        await resolve(tx, by, await _open(tx, by, report_id), now)
        found = await _open(tx, by, report_id)
    return found


async def reopen(db: Database, by: Account, report_id: int, now: datetime) -> Report:
    """Look at a report again. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        found = await _open(tx, by, report_id)
        changed = await reports.change(tx, found, resolved_at=None, resolved_by=None, updated_at=now)
        await record(tx, by, "reopen_report", now, kind="report", name=str(report_id), about_id=report_id)
    return changed


async def read_private(db: Database, by: Account, report_id: int, now: datetime) -> Report:
    """Write down that `by` reads reported posts that were not said to everybody. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        found = await get_report(tx, by, report_id)
        await record(tx, by, "read_private_posts", now, kind="report", name=str(report_id), about_id=report_id)
    return found

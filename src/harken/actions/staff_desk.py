"""Who works at a desk: invite, give another role, leave."""

from __future__ import annotations

from datetime import datetime

from ..errors import Conflict, Invalid, NotAllowed
from ..ids import AccountId
from ..log.append import append
from ..log.events import DeskChanged
from ..model.account import Account, name_key
from ..model.desk import MAX_MEMBERS, Desk, DeskRole
from ..store import accounts, desks, members
from ..store.database import Database, Transaction
from .keep_desk import note, shut
from .work_case import free_claims

ROLES = {role.name.lower(): role for role in DeskRole}


def role_named(name: str) -> DeskRole:
    """The role called `lead`, `helper` or `reader`. Raises Invalid."""
    if name not in ROLES:
        raise Invalid("A role at a desk is lead, helper or reader.", "role")
    return ROLES[name]


async def find_by_name(db: Database, name: str) -> AccountId:
    """The member of this server called `name` or `@name`. Raises Invalid."""
    found = await accounts.by_names(db, [name_key(name.strip().lstrip("@"))])
    for account in found.values():
        if account.local and account.signs_in:
            return account.id
    raise Invalid("Nobody on this server has that name.", "name")


async def staff_desk(
    db: Database, by: Account, desk_id: int, account_id: AccountId, role: DeskRole, now: datetime
) -> None:
    """Give somebody a place at a desk, or another role.

    Raises NotFound, NotAllowed, Invalid (no member here), Conflict (nobody would lead any more).
    """
    async with db.transaction() as tx:
        desk = await desks.get(tx, desk_id, by.id, DeskRole.LEAD)
        await desks.lock(tx, desk_id)
        if await members.find(tx, account_id) is None:
            raise Invalid("Only members of this server work at its desks.", "name")
        before = await desks.find_member(tx, desk_id, account_id)
        if before is not None and before.role is role:
            return
        if before is None and len(await desks.members(tx, desk_id)) >= MAX_MEMBERS:
            raise NotAllowed(f"{MAX_MEMBERS} people work at this desk, which is the most.")
        if before is not None and before.role is DeskRole.LEAD:
            await _another_lead(tx, desk_id, account_id)
        await desks.put_member(tx, desk_id, account_id, role, now)
        if role is DeskRole.READER:
            await free_claims(tx, desk, account_id, now)
        await note(tx, desk_id, by.id, "staff", now, target_id=account_id, about=role.name.lower())
        await append(tx, DeskChanged(desk_id, account_id), now)


async def leave_desk(db: Database, by: Account, desk_id: int, account_id: AccountId, now: datetime) -> None:
    """Take somebody's place away: a lead anybody's, everybody their own.

    Raises NotFound, NotAllowed, Conflict when nobody would lead the desk any more.
    """
    async with db.transaction() as tx:
        desk = await desks.get(tx, desk_id, by.id, DeskRole.READER if by.id == account_id else DeskRole.LEAD)
        await desks.lock(tx, desk_id)
        place = await desks.find_member(tx, desk_id, account_id)
        if place is None:
            return
        if place.role is DeskRole.LEAD:
            await _another_lead(tx, desk_id, account_id)
        await _depart(tx, desk, account_id, by.id, now)


async def _another_lead(tx: Transaction, desk_id: int, but: AccountId) -> None:
    if not any(m.role is DeskRole.LEAD and m.account_id != but for m in await desks.members(tx, desk_id)):
        raise Conflict("A desk needs a lead: make somebody else a lead first, or close the desk.")


async def _depart(tx: Transaction, desk: Desk, account_id: AccountId, by_id: AccountId | None, now: datetime) -> None:
    await desks.remove_member(tx, desk.id, account_id)
    await free_claims(tx, desk, account_id, now)
    await note(tx, desk.id, by_id, "leave", now, target_id=account_id)
    await append(tx, DeskChanged(desk.id, account_id), now)


async def depart_everywhere(tx: Transaction, account_id: AccountId, now: datetime) -> None:
    """Somebody's account is deleted: free their places. Whoever has helped longest leads where nobody does now; a
    desk without helpers closes."""
    for desk in await desks.of_member(tx, account_id):
        await desks.lock(tx, desk.id)
        await _depart(tx, desk, account_id, account_id, now)
        left = await desks.members(tx, desk.id)
        if not left or left[0].role is DeskRole.READER:
            await shut(tx, desk, None, now)
        elif left[0].role is not DeskRole.LEAD:
            heir = left[0].account_id
            await desks.put_member(tx, desk.id, heir, DeskRole.LEAD, now)
            await note(tx, desk.id, None, "staff", now, target_id=heir, about="lead")
            await append(tx, DeskChanged(desk.id, heir), now)

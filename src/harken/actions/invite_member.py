"""Invite somebody to join, and take an invitation back."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from ..errors import Invalid, NotAllowed, NotFound
from ..ids import new_id
from ..model.account import Account, Permission, Role, State
from ..model.invite import Invite
from ..store import invites
from ..store.database import Database, Reader
from ..text.markup import clean
from .change_state import record
from .moderate_account import must_be_allowed, role_of

MAX_WORKING = 20  # of one person at a time
MAX_USES = 100
MAX_DAYS = 365
MAX_NOTE = 100  # characters
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look like another

_LEAST = {"members": Role.MEMBER, "moderators": Role.MODERATOR, "administrators": Role.ADMINISTRATOR}


def who_may_invite(setting: str) -> list[Role]:
    """The roles that `HARKEN_INVITES` lets invite. Raises Invalid for what it cannot be."""
    if setting == "nobody":
        return []
    if setting not in _LEAST:
        raise Invalid("HARKEN_INVITES is members, moderators, administrators or nobody.", "invites")
    return [role for role in Role if role >= _LEAST[setting]]


async def may_invite(reader: Reader, setting: str, account: Account) -> bool:
    """Whether somebody may invite others: in good standing, and of a role that the setting names."""
    return account.state is State.ACTIVE and await role_of(reader, account.id) in who_may_invite(setting)


async def invite_member(
    db: Database, setting: str, by: Account, now: datetime, *, uses: int = 1, days: int = 7, note: str = ""
) -> Invite:
    """A code that lets `uses` people (0: as many as come) join within `days` (0: for good).

    Raises NotAllowed, Invalid.
    """
    if not 0 <= uses <= MAX_USES or not 0 <= days <= MAX_DAYS:
        raise Invalid("Choose how many may come, and until when.", "uses")
    made = Invite(
        id=new_id(now), code="".join(secrets.choice(_LETTERS) for _ in range(14)), inviter_id=by.id,
        note=" ".join(clean(note).split())[:MAX_NOTE], max_uses=uses, created_at=now,
        expires_at=now + timedelta(days=days) if days else None)
    async with db.transaction() as tx:
        if not await may_invite(tx, setting, by):
            raise NotAllowed("You cannot invite people here.")
        if await invites.count_working(tx, by.id, now) >= MAX_WORKING:
            raise Invalid(f"You have {MAX_WORKING} invitations that work already; take one back first.", "uses")
        await invites.insert(tx, made)
    return made


async def revoke_invite(db: Database, by: Account, invite_id: int, now: datetime) -> Invite:
    """Take one's own invitation back. Raises NotFound."""
    async with db.transaction() as tx:
        found = await invites.revoke(tx, invite_id, now, inviter_id=by.id)
        if found is None:
            raise NotFound("There is no such invitation of yours.")
    return found


async def end_invite(db: Database, by: Account, invite_id: int, now: datetime) -> Invite:
    """A moderator ends somebody's invitation. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        await must_be_allowed(tx, by, Permission.MANAGE_USERS)
        found = await invites.revoke(tx, invite_id, now)
        if found is None:
            raise NotFound("There is no such invitation.")
        await record(tx, by, "end_invite", now, kind="invite", name=found.code, about_id=found.id)
    return found


async def find_invite(reader: Reader, setting: str, code: str, now: datetime) -> Invite | None:
    """The invitation with this code, while it works and its inviter may invite."""
    roles = who_may_invite(setting)
    return await invites.find_working(reader, code.strip().lower()[:40], roles, now) if roles and code.strip() else None

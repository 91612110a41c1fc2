"""What is decided about an account, and the state that follows: one place, so that it holds everywhere at once."""

from __future__ import annotations

from datetime import datetime

from ..errors import Invalid, NotAllowed, NotFound
from ..ids import AccountId, new_id
from ..log.append import append
from ..log.events import AccountChanged
from ..model.account import Account, Role, State, state_of
from ..model.barrier import canonical_hash
from ..model.moderation import Act
from ..store import accounts, applications, barriers, members, moderation, sessions
from ..store.database import Database, Transaction

OPERATOR = "operator"  # who sits at the server's command line


async def suspend(db: Database, account_id: AccountId, now: datetime) -> Account:
    """Hide an account and its posts everywhere, at once; can be undone. Raises NotFound."""
    return await _decide(db, account_id, "suspend", now, suspended=True)


async def limit(db: Database, account_id: AccountId, now: datetime) -> Account:
    """Followers and those with a link still see it, nobody else finds it. Raises NotFound."""
    return await _decide(db, account_id, "silence", now, silenced=True)


async def disable(db: Database, account_id: AccountId, now: datetime) -> Account:
    """Suspend, and end every session and token, so that a later `restore` asks to sign in again. Raises NotFound."""
    return await _decide(db, account_id, "suspend", now, suspended=True, sign_out=True)


async def keep_in_memory(db: Database, account_id: AccountId, now: datetime) -> Account:
    """Nobody signs in any more, the posts stay. Raises NotFound."""
    return await _decide(db, account_id, "keep_in_memory", now, memorial=True, sign_out=True)


async def restore(db: Database, account_id: AccountId, now: datetime) -> Account:
    """Undo any of these. Raises NotFound, also for a deleted account, which nothing brings back."""
    return await _decide(
        db, account_id, "restore", now, suspended=False, silenced=False, memorial=False, disabled=False,
        sensitized=False)


async def _decide(
    db: Database, account_id: AccountId, act: str, now: datetime, sign_out: bool = False, **facts: bool
) -> Account:
    async with db.transaction() as tx:
        account = await get_living(tx, account_id)
        if sign_out:
            await sessions.delete_all(tx, account.id)
            await applications.delete_tokens(tx, account.id)
            await sessions.delete_links(tx, account.id)
        changed = await hold(tx, account, now, **facts)
        await record(tx, None, act, now, about=account)
    return changed


async def get_living(tx: Transaction, account_id: int) -> Account:
    """An account that is not deleted. Raises NotFound."""
    account = await accounts.get(tx, account_id)
    if account.state is State.DELETED:
        raise NotFound("This account was deleted.")
    return account


async def hold(tx: Transaction, account: Account, now: datetime, **facts: bool) -> Account:
    """Note what holds for an account (silenced, suspended, memorial, disabled, sensitized) and let its state follow.

    Its server's blocks count too. Nothing is written when nothing changes.
    """
    changed = {name: value for name, value in facts.items() if getattr(account, name) is not value}
    if changed:
        await accounts.change(tx, account.id, **changed)
    now_is = await accounts.get(tx, account.id)
    member = await members.find(tx, account.id)
    if "suspended" in changed and member is not None:
        # Who is put out does not come back with the same address (Mastodon's rule).
        if now_is.suspended:
            await barriers.block_address_of(tx, account.id, canonical_hash(member.email), now)
        else:
            await barriers.unblock_address_of(tx, account.id)
    state = state_of(now_is, member, await barriers.severity_of(tx, account.domain))
    if state is not now_is.state:
        await accounts.change(tx, account.id, state=state)
    if changed or state is not now_is.state:
        await append(tx, AccountChanged(account.id), now)
    return await accounts.get(tx, account.id)


async def change_role(db: Database, by: Account | None, account_id: AccountId, role: Role, now: datetime) -> None:
    """Make a member a moderator, an administrator, an owner, or none of them. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        account = await get_living(tx, account_id)
        if await members.find(tx, account.id) is None:
            raise NotAllowed("Nobody signs in to this account, so it can have no role.")
        await members.set_role(tx, account.id, role)
        await record(tx, by, "change_role", now, about=account, why=role.name.lower())


async def record(
    tx: Transaction, by: Account | None, act: str, now: datetime, *, about: Account | None = None, kind: str = "",
    name: str = "", about_id: int | None = None, why: str = "",
) -> None:
    """Write down that somebody decided something, about an account or about what `kind`, `name` and `about_id` say.

    `by` None is an operator at the command line. Raises Invalid if it names nothing.
    """
    if about is not None:
        kind, name, about_id = "account", about.address, about.id
    if not kind:
        raise Invalid("An act of moderation is about something.")
    await moderation.insert_act(tx, Act(
        id=new_id(now), actor_id=by.id if by else None, actor=by.username if by else OPERATOR, act=act,
        about_kind=kind, about_id=about_id, about=name, why=why, at=now))

"""What an operator decides about an account: suspend, limit, restore, disable, keep in memory."""

from __future__ import annotations

from datetime import datetime

from ..errors import NotFound
from ..ids import AccountId
from ..log.append import append
from ..log.events import AccountChanged
from ..model.account import Account, State
from ..store import accounts, applications, members, sessions
from ..store.database import Database


async def suspend(db: Database, account_id: AccountId, now: datetime) -> Account:
    """Hide an account and its posts everywhere, at once; can be undone. Raises NotFound."""
    return await _change_state(db, account_id, State.SUSPENDED, now)


async def limit(db: Database, account_id: AccountId, now: datetime) -> Account:
    """Followers and those with a link still see it, nobody else finds it. Raises NotFound."""
    return await _change_state(db, account_id, State.LIMITED, now)


async def disable(db: Database, account_id: AccountId, now: datetime) -> Account:
    """Suspend, and end every session and token, so that a later `restore` asks to sign in again. Raises NotFound."""
    return await _change_state(db, account_id, State.SUSPENDED, now, sign_out=True)


async def keep_in_memory(db: Database, account_id: AccountId, now: datetime) -> Account:
    """Nobody signs in any more, the posts stay. Raises NotFound."""
    return await _change_state(db, account_id, State.MEMORIAL, now, sign_out=True)


async def restore(db: Database, account_id: AccountId, now: datetime) -> Account:
    """Undo any of these. Raises NotFound, also for a deleted account, which nothing brings back."""
    return await _change_state(db, account_id, State.ACTIVE, now)


async def _change_state(
    db: Database, account_id: AccountId, state: State, now: datetime, sign_out: bool = False
) -> Account:
    async with db.transaction() as tx:
        account = await accounts.get(tx, account_id)
        if account.state is State.DELETED:
            raise NotFound("This account was deleted.")
        if state is State.ACTIVE and account.local:
            member = await members.find(tx, account.id)
            if member is not None and member.confirmed_at is None:
                state = State.UNCONFIRMED
        if sign_out:
            await sessions.delete_all(tx, account.id)
            await applications.delete_tokens(tx, account.id)
            await sessions.delete_links(tx, account.id)
        if account.state is not state:
            await accounts.change(tx, account.id, state=state)
            await append(tx, AccountChanged(account.id), now)
        return await accounts.get(tx, account.id)

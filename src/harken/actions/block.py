"""Block and mute accounts, conversations; undo each."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..errors import NotAllowed
from ..ids import AccountId, PostId, new_id
from ..log.append import append
from ..log.events import Blocked, Unblocked
from ..model.account import Account
from ..store import accounts, posts, sets
from ..store.database import Database
from .befriend import end_friendship
from .follow import end_follow


async def block(db: Database, account: Account, target_id: AccountId, now: datetime) -> None:
    """Neither sees the other's posts from now on; follows and friendship end both ways, and sets let go of both.

    Raises NotFound, NotAllowed.
    """
    async with db.transaction() as tx:
        target = await accounts.get(tx, target_id)
        if target.id == account.id:
            raise NotAllowed("You cannot block yourself.")
        await end_follow(tx, account.id, target.id, now)
        await end_follow(tx, target.id, account.id, now)
        await end_friendship(tx, account.id, target.id, now)
        await sets.remove_everywhere(tx, account.id, target.id)
        await sets.remove_everywhere(tx, target.id, account.id)
        changed = await tx.execute(
            "INSERT INTO block (id, account_id, target_id) VALUES (:id, :account, :target) ON CONFLICT DO NOTHING",
            id=new_id(now),
            account=account.id,
            target=target.id,
        )
        if changed:
            await append(tx, Blocked(account.id, target.id), now)


async def unblock(db: Database, account: Account, target_id: AccountId, now: datetime) -> None:
    """End a block; follows do not come back by themselves."""
    async with db.transaction() as tx:
        if await tx.execute(
            "DELETE FROM block WHERE account_id = :account AND target_id = :target",
            account=account.id,
            target=target_id,
        ):
            await append(tx, Unblocked(account.id, target_id), now)


async def mute(
    db: Database,
    account: Account,
    target_id: AccountId,
    now: datetime,
    notifications: bool = True,
    length: timedelta | None = None,
) -> None:
    """Hide somebody from home, notifications and search, for `length` or until unmuted; they do not hear of it."""
    async with db.transaction() as tx:
        target = await accounts.get(tx, target_id)
        if target.id == account.id:
            raise NotAllowed("You cannot mute yourself.")
        await tx.execute(
            """INSERT INTO mute (id, account_id, target_id, notifications, until)
               VALUES (:id, :account, :target, :notifications, :until)
               ON CONFLICT (account_id, target_id) DO UPDATE SET notifications = :notifications, until = :until""",
            id=new_id(now),
            account=account.id,
            target=target.id,
            notifications=notifications,
            until=now + length if length else None,
        )


async def unmute(db: Database, account: Account, target_id: AccountId) -> None:
    """End a mute."""
    async with db.transaction() as tx:
        await tx.execute(
            "DELETE FROM mute WHERE account_id = :account AND target_id = :target", account=account.id, target=target_id
        )


async def mute_conversation(db: Database, account: Account, post_id: PostId) -> None:
    """No notifications from this conversation any more. Raises NotFound."""
    async with db.transaction() as tx:
        post = await posts.visible(tx, post_id, account.id)
        await tx.execute(
            """INSERT INTO muted_conversation (account_id, conversation_id) VALUES (:account, :conversation)
               ON CONFLICT DO NOTHING""",
            account=account.id,
            conversation=post.conversation_id,
        )


async def unmute_conversation(db: Database, account: Account, post_id: PostId) -> None:
    """Hear of this conversation again. Raises NotFound."""
    async with db.transaction() as tx:
        post = await posts.visible(tx, post_id, account.id)
        await tx.execute(
            "DELETE FROM muted_conversation WHERE account_id = :account AND conversation_id = :conversation",
            account=account.id,
            conversation=post.conversation_id,
        )

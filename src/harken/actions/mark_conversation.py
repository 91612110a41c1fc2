"""A conversation among a few: read, or taken off one's list."""

from __future__ import annotations

from datetime import datetime

from ..errors import NotFound
from ..log.append import append
from ..log.events import ConversationRead
from ..model.account import Account
from ..model.post import SeenPost
from ..store import conversations
from ..store.database import Database


async def read_conversation(db: Database, account: Account, conversation_id: int, now: datetime) -> SeenPost:
    """Remember that `account` has read all of it; its newest post. Raises NotFound."""
    async with db.transaction() as tx:
        latest = await conversations.find_latest(tx, account.id, conversation_id, now)
        if latest is None:
            raise NotFound
        await conversations.mark_read(tx, account.id, conversation_id, latest.id)
        await append(tx, ConversationRead(account.id, latest.id), now)
    return latest


async def unread_conversation(db: Database, account: Account, conversation_id: int, now: datetime) -> SeenPost:
    """Mark its newest post, which is returned, as not read yet by `account`. Raises NotFound."""
    async with db.transaction() as tx:
        latest = await conversations.find_latest(tx, account.id, conversation_id, now)
        if latest is None:
            raise NotFound
        await conversations.mark_unread(tx, account.id, conversation_id, latest.id)
        await append(tx, ConversationRead(account.id, latest.id), now)
    return latest


async def remove_conversation(db: Database, account: Account, conversation_id: int, now: datetime) -> None:
    """Take it off the list of `account`, until somebody says more. Raises NotFound."""
    async with db.transaction() as tx:
        latest = await conversations.find_latest(tx, account.id, conversation_id, now)
        if latest is None:
            raise NotFound
        await conversations.take_off(tx, account.id, conversation_id, latest.id)

"""A conversation: read; one among a few: marked as unread, or taken off one's list."""

from __future__ import annotations

from datetime import datetime

from ..ids import new_id
from ..log.append import append
from ..log.events import ConversationRead
from ..model.account import Account
from ..model.post import SeenPost, Visibility
from ..model.reading import Reading
from ..store import conversations, markers, members, posts, reading
from ..store.database import Database, Reader


async def read_conversation(db: Database, account: Account, conversation_id: int, now: datetime) -> SeenPost:
    """Remember that `account` has read all of it; its newest post. Raises NotFound."""
    async with db.transaction() as tx:
        latest = await conversations.get_latest(tx, account.id, conversation_id, now)
        await conversations.mark_read(tx, account.id, conversation_id, latest.id)
        await append(tx, ConversationRead(account.id, latest.id), now)
    return latest


async def unread_conversation(db: Database, account: Account, conversation_id: int, now: datetime) -> SeenPost:
    """Mark its newest post, which is returned, as not read yet by `account`. Raises NotFound."""
    async with db.transaction() as tx:
        latest = await conversations.get_latest(tx, account.id, conversation_id, now)
        await conversations.mark_unread(tx, account.id, conversation_id, latest.id)
        await append(tx, ConversationRead(account.id, latest.id), now)
    return latest


async def remove_conversation(db: Database, account: Account, conversation_id: int, now: datetime) -> None:
    """Take it off the list of `account`, until somebody says more. Raises NotFound."""
    async with db.transaction() as tx:
        latest = await conversations.get_latest(tx, account.id, conversation_id, now)
        await conversations.take_off(tx, account.id, conversation_id, latest.id)


async def see_conversation(db: Database, account: Account, post_id: int, now: datetime) -> Reading:
    """Remember that `account` has the conversation of a post before them, all of it; how it stood until now.

    Writes nothing where there was nothing new. Raises NotFound.
    """
    post = await posts.visible(db, post_id, account.id)
    stood = await _reading(db, account, post, now)
    if not stood.is_new:
        return stood
    async with db.transaction() as tx:
        stood = await _reading(tx, account, post, now)
        await reading.mark_seen(tx, account.id, stood)
        if post.visibility is Visibility.DIRECT:
            await append(tx, ConversationRead(account.id, post.id), now)
    return stood


async def _reading(reader: Reader, account: Account, post: SeenPost, now: datetime) -> Reading:
    """How the conversation of a post stands to `account`; of somebody they have muted, as if nothing were said."""
    found = await reading.readings(reader, account.id, [post.conversation_id], now)
    return found.get(post.conversation_id, Reading(conversation_id=post.conversation_id))


async def follow_conversation(db: Database, account: Account, post_id: int, on: bool, now: datetime) -> None:
    """Be told of answers in the conversation of a post from now on, or not of this one. Raises NotFound."""
    async with db.transaction() as tx:
        post = await posts.visible(tx, post_id, account.id)
        await reading.set_told(tx, account.id, post.conversation_id, on, new_id(now) if on else 0)


async def choose_thread_notices(db: Database, account: Account, on: bool) -> None:
    """Whether `account` is told of answers in conversations that they merely took part in."""
    async with db.transaction() as tx:
        await members.set_thread_notices(tx, account.id, on)


async def read_everything(db: Database, account: Account, now: datetime) -> None:
    """Remember that nothing said until now is news to `account`, in any conversation."""
    async with db.transaction() as tx:
        newest = (await posts.newest_ids(tx, 1) or [0])[0]
        await markers.move(tx, account.id, reading.TIMELINE, newest, now)
        await reading.mark_direct_read(tx, account.id)

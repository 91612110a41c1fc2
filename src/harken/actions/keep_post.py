"""Favourite, bookmark and pin a post, and undo each."""

from __future__ import annotations

from datetime import datetime

from ..errors import Invalid
from ..ids import PostId, new_id
from ..log.append import append
from ..log.events import PostFavourited, PostUnfavourited
from ..model.account import Account
from ..model.post import SeenPost
from ..store import bookmark_tags, counts, posts
from ..store.database import Database, Transaction

MAX_PINS = 5  # Mastodon's number


async def favourite_post(db: Database, account: Account, post_id: PostId, now: datetime) -> None:
    """Mark a post as liked; its author hears of it. Raises NotFound."""
    async with db.transaction() as tx:
        post = await _original(tx, post_id, account)
        favourite_id = await _keep(tx, "favourite", account, post, now)
        if favourite_id:
            await counts.add_to_post(tx, post.id, "favourites", 1)
            await append(tx, PostFavourited(favourite_id, post.id, account.id), now)


async def unfavourite_post(db: Database, account: Account, post_id: PostId, now: datetime) -> None:
    """Take a favourite back."""
    async with db.transaction() as tx:
        favourite_id = await _let_go(tx, "favourite", account, post_id)
        if favourite_id:
            await counts.add_to_post(tx, post_id, "favourites", -1)
            await append(tx, PostUnfavourited(favourite_id, post_id, account.id), now)


async def bookmark_post(db: Database, account: Account, post_id: PostId, now: datetime) -> None:
    """Keep a post for oneself; nobody hears of it. Raises NotFound."""
    async with db.transaction() as tx:
        await keep_bookmark(tx, account, await posts.visible(tx, post_id, account.id), now)


async def keep_bookmark(tx: Transaction, account: Account, post: SeenPost, now: datetime) -> PostId:
    """Bookmark within the caller's transaction; the post that is kept, of a boost the boosted one."""
    if post.boost_of_id:
        post = await posts.visible(tx, post.boost_of_id, account.id)
    await _keep(tx, "bookmark", account, post, now)
    return post.id


async def unbookmark_post(db: Database, account: Account, post_id: PostId) -> None:
    """Take a bookmark back, with the words it was sorted by."""
    async with db.transaction() as tx:
        await _let_go(tx, "bookmark", account, post_id)
        await bookmark_tags.delete(tx, account.id, post_id)


async def pin_post(db: Database, account: Account, post_id: PostId, now: datetime) -> None:
    """Show one of one's own posts at the top of the profile. Raises NotFound, Invalid."""
    async with db.transaction() as tx:
        post = await posts.visible(tx, post_id, account.id)
        if post.boost_of_id:
            raise Invalid("Validation failed: A boost cannot be pinned")
        if post.author_id != account.id:
            raise Invalid("Validation failed: Someone else's post cannot be pinned")
        if post.visibility > 2:
            raise Invalid("Validation failed: Posts that are only visible to mentioned users cannot be pinned")
        pinned = await tx.value("SELECT count(*) FROM pin WHERE account_id = :id", id=account.id)
        if not post.pinned and pinned >= MAX_PINS:
            raise Invalid("Validation failed: You have already pinned the maximum number of posts")
        await _keep(tx, "pin", account, post, now)


async def unpin_post(db: Database, account: Account, post_id: PostId) -> None:
    """Take a pin back."""
    async with db.transaction() as tx:
        await _let_go(tx, "pin", account, post_id)


async def _original(tx: Transaction, post_id: PostId, account: Account) -> SeenPost:
    post = await posts.visible(tx, post_id, account.id)
    return await posts.visible(tx, post.boost_of_id, account.id) if post.boost_of_id else post


async def _keep(tx: Transaction, table: str, account: Account, post: SeenPost, now: datetime) -> int | None:
    """Insert the row; its id, or None when it was there."""
    new = new_id(now)
    changed = await tx.execute(
        f"INSERT INTO {table} (id, account_id, post_id) VALUES (:id, :account, :post) ON CONFLICT DO NOTHING",
        id=new,
        account=account.id,
        post=post.id,
    )
    return new if changed else None


async def _let_go(tx: Transaction, table: str, account: Account, post_id: int) -> int | None:
    gone: int | None = await tx.value(
        f"DELETE FROM {table} WHERE account_id = :account AND post_id = :post RETURNING id",
        account=account.id,
        post=post_id,
    )
    return gone

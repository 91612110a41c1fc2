"""Delete a post, or take a boost back."""

from __future__ import annotations

from datetime import datetime

from ..errors import NotFound
from ..ids import PostId
from ..log.append import append
from ..log.events import PostDeleted
from ..model.account import Account
from ..model.post import Post, QuoteState, Visibility
from ..search import index
from ..store import counts, media, posts
from ..store.database import Database, Transaction
from .upload_media import new_secret

_COUNTED = (Visibility.PUBLIC, Visibility.UNLISTED)


async def delete_post(
    db: Database, author: Account, post_id: PostId, now: datetime, keep_media: bool = False
) -> Post:
    """Remove a post at once, everywhere, with its boosts; the deleted post is returned for redrafting.

    With `keep_media` what it carried becomes loose, for the next draft: under a
    new address, so that the old one is as dead as the post.

    Raises NotFound when `author` has no such post.
    """
    async with db.transaction() as tx:
        post = await posts.find(tx, post_id)
        if post is None or post.author_id != author.id:
            raise NotFound("You have no such post.")
        if keep_media and post.media:
            await media.loosen(tx, post.media, {i: new_secret() for i in post.media}, now)
        await erase(tx, post, now)
    return post


async def erase(tx: Transaction, post: Post, now: datetime) -> None:
    """Remove `post` within the caller's transaction: rows, index, counters, boosts; events for each."""
    for boost in await posts.boosts_of(tx, post.id, limit=1_000_000):
        await _erase_one(tx, boost, now, count_boost=False)
    await _erase_one(tx, post, now, count_boost=True)


async def _erase_one(tx: Transaction, post: Post, now: datetime, count_boost: bool) -> None:
    await posts.erase(tx, post, now)
    if post.boost_of_id is None:
        await index.remove(tx, post.id)
    if post.visibility in _COUNTED:
        await counts.add_to_account(tx, post.author_id, "posts", -1)
        if post.in_reply_to_id:
            await counts.add_to_post(tx, post.in_reply_to_id, "replies", -1)
        if post.quote_of_id and post.quote_state is QuoteState.ACCEPTED:
            await counts.add_to_post(tx, post.quote_of_id, "quotes", -1)
        if post.boost_of_id and count_boost:
            await counts.add_to_post(tx, post.boost_of_id, "boosts", -1)
    await append(tx, PostDeleted(post.id, post.author_id, post.boost_of_id, post.conversation_id), now)

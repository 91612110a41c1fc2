"""Change the event of a post, or cancel it; those who come hear of it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..errors import Invalid, NotFound
from ..ids import PostId, new_id
from ..log.append import append
from ..log.events import GatheringTold, PostEdited
from ..model.account import Account
from ..model.gathering import Gathering, Invitation
from ..model.post import Post
from ..search import index
from ..store import gatherings, posts
from ..store.database import Database, Transaction
from .invite import about, checked_invitation, is_same
from .publish_post import may_post


async def change_gathering(
    db: Database, author: Account, post_id: PostId, invitation: Invitation, now: datetime
) -> None:
    """Another time, place or name; answers stay. Raises NotFound (not the author's), Invalid (also: cancelled)."""
    may_post(author)
    invitation = checked_invitation(invitation, now)
    async with db.transaction() as tx:
        post, old = await _own(tx, author, post_id)
        if is_same(old, invitation) and old.remind == invitation.remind:
            return
        await gatherings.replace(tx, post_id, invitation, now)
        if is_same(old, invitation):
            return
        await posts.set_about(tx, post_id, about(invitation))
        await index.add(tx, msgspec.structs.replace(post, about=about(invitation)))
        await _tell(tx, post, "event_changed", now)


async def cancel_gathering(db: Database, author: Account, post_id: PostId, now: datetime) -> None:
    """It does not take place; the post stays and says so. Raises NotFound, Invalid (cancelled before)."""
    may_post(author)
    async with db.transaction() as tx:
        post, _old = await _own(tx, author, post_id)
        await gatherings.cancel(tx, post_id, now)
        await _tell(tx, post, "event_cancelled", now)


async def _own(tx: Transaction, author: Account, post_id: PostId) -> tuple[Post, Gathering]:
    post = await posts.find(tx, post_id)
    found = await gatherings.find(tx, post_id)
    if post is None or found is None or post.author_id != author.id:
        raise NotFound("You have no such event.")
    if found.cancelled_at:
        raise Invalid("This event was cancelled.", "event")
    return post, found


async def _tell(tx: Transaction, post: Post, kind: str, now: datetime) -> None:
    news_id = new_id(now)
    await gatherings.add_news(tx, news_id, post.id, kind)
    await append(tx, GatheringTold(news_id, post.id), now)
    await append(tx, PostEdited(post.id, post.author_id), now)  # open streams show it anew

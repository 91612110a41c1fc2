"""Boost a post, and take it back."""

from __future__ import annotations

from datetime import datetime

from ..errors import NotAllowed
from ..ids import PostId, new_id
from ..log.append import append
from ..log.events import PostBoosted
from ..model.account import Account
from ..model.post import Post, Visibility
from ..store import counts, posts
from ..store.database import Database
from .delete_post import erase
from .publish_post import may_post


async def boost_post(
    db: Database, account: Account, post_id: PostId, now: datetime, visibility: Visibility = Visibility.PUBLIC
) -> Post:
    """Pass a post on to one's followers; boosting twice gives the boost made first.

    Public and unlisted posts may be boosted by all who see them, one's own
    followers-only posts by oneself, to the same readers.
    Raises NotFound, NotAllowed.
    """
    may_post(account)
    async with db.transaction() as tx:
        seen = await posts.visible(tx, post_id, account.id)
        if seen.boost_of_id:
            seen = await posts.visible(tx, seen.boost_of_id, account.id)
        earlier = await posts.boost_by(tx, seen.id, account.id)
        if earlier is not None:
            return earlier
        own = seen.author_id == account.id
        if seen.visibility not in (Visibility.PUBLIC, Visibility.UNLISTED):
            if not (own and seen.visibility is Visibility.FOLLOWERS):
                raise NotAllowed("This post is not public; it cannot be boosted.")
            visibility = Visibility.FOLLOWERS
        boost_id = PostId(new_id(now))
        boost = Post(
            id=boost_id,
            author_id=account.id,
            visibility=visibility,
            created_at=now,
            conversation_id=boost_id,
            boost_of_id=seen.id,
            uri=f"{account.uri}/posts/{boost_id}",
            url=f"/@{account.username}/{boost_id}",
        )
        await posts.insert(tx, boost)
        if visibility in (Visibility.PUBLIC, Visibility.UNLISTED):
            await counts.posted(tx, account.id, now)
            await counts.add_to_post(tx, seen.id, "boosts", 1)
        await append(tx, PostBoosted(boost.id, account.id, seen.id), now)
    return boost


async def unboost_post(db: Database, account: Account, post_id: PostId, now: datetime) -> None:
    """Take one's boost of a post back; nothing happens when there is none."""
    async with db.transaction() as tx:
        boost = await posts.boost_by(tx, post_id, account.id)
        if boost is not None:
            await erase(tx, boost, now)

"""Give stars to a post, or take them back."""

from __future__ import annotations

from ..errors import Invalid, NotAllowed
from ..ids import PostId
from ..model.account import Account
from ..store import posts, ratings
from ..store.database import Database, Transaction
from .publish_post import may_post

MOST = 5


async def rate_post(db: Database, account: Account, post_id: PostId, stars: int) -> None:
    """One to five stars; again changes them. Nobody is told who gave how many, only how many there are.

    Raises NotFound, NotAllowed (one's own), Invalid.
    """
    may_post(account)
    if not 1 <= stars <= MOST:
        raise Invalid(f"Choose one to {MOST} stars.", "stars")
    async with db.transaction() as tx:
        await ratings.put(tx, await _others(tx, account, post_id), account.id, stars)


async def take_stars_back(db: Database, account: Account, post_id: PostId) -> None:
    """As if never given. Raises NotFound, NotAllowed (one's own)."""
    async with db.transaction() as tx:
        await ratings.delete(tx, await _others(tx, account, post_id), account.id)


async def _others(tx: Transaction, account: Account, post_id: PostId) -> PostId:
    post = await posts.visible(tx, post_id, account.id)
    if post.boost_of_id:
        post = await posts.visible(tx, post.boost_of_id, account.id)
    if post.author_id == account.id:
        raise NotAllowed("You cannot give stars to yourself.")
    return post.id

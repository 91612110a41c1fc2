"""Pass a post on to friends (Pownce's "forward").

It brings a post to somebody's notice who may see it already, and never makes it visible to anybody: a public or
unlisted post reaches any friend, one for followers only friends whom its author lets follow, one for some people only
nobody, for those have it. Nobody gets a post twice, whoever passes it on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..errors import NotAllowed
from ..ids import AccountId, PostId, new_id
from ..log.append import append
from ..log.events import PostForwarded
from ..model.account import Account
from ..model.post import SeenPost, Visibility
from ..store import forwards, posts
from ..store.database import Database, Reader
from .publish_post import may_post

MAX_AT_ONCE = 500  # friends; who has more passes it on again
FOR_SOME_ONLY = "This was said to some people only. They have it, and nobody passes it on."


async def forwardable(reader: Reader, account: Account, post_id: PostId) -> SeenPost:
    """The post that `account` would pass on, of a boost the boosted one. Raises NotFound, NotAllowed."""
    seen = await posts.visible(reader, post_id, account.id)
    if seen.boost_of_id:
        seen = await posts.visible(reader, seen.boost_of_id, account.id)
    if seen.visibility > Visibility.FOLLOWERS:
        raise NotAllowed(FOR_SOME_ONLY)
    return seen


async def forward_post(
    db: Database, account: Account, post_id: PostId, now: datetime, to: Sequence[AccountId] | None = None
) -> list[AccountId]:
    """Pass a post on to the friends `to`, or to all who have not had it; gives those whom it reached.

    All are friends to whom it did not come home by itself, up to MAX_AT_ONCE. Who was named and is not among the
    answer had it before, may not see it or is no friend: which of these is not told.
    Raises NotFound, NotAllowed (to whom it was not said, or no one was reached of those named).
    """
    may_post(account)
    if to is None:
        seen = await forwardable(db, account, post_id)
        to = await forwards.have_not_had(db, account.id, seen.id, MAX_AT_ONCE)
    async with db.transaction() as tx:
        seen = await forwardable(tx, account, post_id)
        reached = await forwards.may_get(tx, account.id, seen.id, MAX_AT_ONCE, among=to)
        if reached:
            forward_id = new_id(now)
            await forwards.insert(tx, forward_id, seen.id, account.id, reached)
            await append(tx, PostForwarded(forward_id, seen.id, account.id), now)
    return reached

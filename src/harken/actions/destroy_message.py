"""Destroy a direct message: its author deletes it, whoever received it does not see it among theirs any more."""

from __future__ import annotations

from datetime import datetime

from ..errors import NotFound
from ..ids import PostId
from ..model.account import Account
from ..model.post import SeenPost, Visibility
from ..store import messages, posts
from ..store.database import Database
from .delete_post import delete_post


async def destroy_message(db: Database, account: Account, post_id: PostId, now: datetime) -> SeenPost:
    """The message as it was. Raises NotFound for what is no message that `account` may see."""
    post = await posts.visible(db, post_id, account.id)
    if post.visibility is not Visibility.DIRECT or await messages.is_hidden(db, account.id, post_id):
        raise NotFound("No direct message with that ID found.")
    if post.author_id == account.id:
        await delete_post(db, account, post_id, now)
        return post
    async with db.transaction() as tx:
        await messages.hide(tx, account.id, post_id)
    return post

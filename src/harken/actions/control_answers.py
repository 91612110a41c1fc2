"""Who may answer in a conversation: whoever began it says so, when they begin it or later (Plurk's `no_comments`)."""

from __future__ import annotations

from datetime import datetime

from ..errors import NotAllowed
from ..ids import AccountId, PostId
from ..log.append import append
from ..log.events import AnswersControlled
from ..model.account import Account
from ..model.post import AnswerPolicy, Post
from ..store import friends, posts
from ..store.database import Database, Reader

CLOSED = "Whoever began this conversation lets nobody answer any more."
FRIENDS_ONLY = "Only friends of whoever began this conversation can answer here."


async def control_answers(db: Database, author: Account, post_id: PostId, policy: AnswerPolicy, now: datetime) -> None:
    """Say who may answer from now on; answers that there are stay.

    Raises NotFound, NotAllowed (somebody else's, or no beginning of a conversation).
    """
    async with db.transaction() as tx:
        post = await posts.visible(tx, post_id, author.id)
        if post.author_id != author.id or post.boost_of_id or post.conversation_id != post.id:
            raise NotAllowed("Only whoever began a conversation says who may answer in it.")
        if post.answers is not policy:
            await posts.set_answers(tx, post.id, policy)
            await append(tx, AnswersControlled(post.id, author.id), now)


async def refusal(reader: Reader, parent: Post, answering: AccountId) -> str:
    """Why somebody may not answer `parent`; nothing if they may. Who was mentioned at the beginning always may."""
    root = parent if parent.conversation_id == parent.id else await posts.find(reader, PostId(parent.conversation_id))
    if root is None or root.answers is AnswerPolicy.EVERYBODY or answering in (root.author_id, *root.mentions):
        return ""
    if root.answers is AnswerPolicy.NOBODY:
        return CLOSED
    return "" if await friends.are_friends(reader, root.author_id, answering) else FRIENDS_ONLY


async def check_answer(reader: Reader, parent: Post, answering: AccountId) -> None:
    """Raises NotAllowed where `refusal` says why."""
    if reason := await refusal(reader, parent, answering):
        raise NotAllowed(reason)

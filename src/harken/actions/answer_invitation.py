"""Say whether one comes to an event."""

from __future__ import annotations

from datetime import datetime

from ..errors import Invalid, NotFound
from ..ids import PostId, new_id
from ..log.append import append
from ..log.events import InvitationAnswered
from ..model.account import Account
from ..model.gathering import Rsvp
from ..store import gatherings, posts
from ..store.database import Database
from .publish_post import may_post


async def answer_invitation(db: Database, account: Account, post_id: PostId, said: Rsvp | None, now: datetime) -> None:
    """Come, or not, or maybe; None takes the answer back. It can be changed until the event is over.

    Raises NotFound (no such event, or hidden), Invalid (over, or cancelled), NotAllowed (the account may not act).
    """
    may_post(account)
    async with db.transaction() as tx:
        post = await posts.visible(tx, post_id, account.id)
        await gatherings.hold(tx, post.id)
        found = await gatherings.find(tx, post.id, account.id)
        if found is None:
            raise NotFound("There is no such event, or you cannot see it.")
        if found.cancelled_at:
            raise Invalid("This event was cancelled.", "answer")
        if found.over(now):
            raise Invalid("This event is over.", "answer")
        if found.said == said:
            return
        answer_id = new_id(now)
        before = await gatherings.answer(tx, post.id, account.id, said, answer_id)
        await append(
            tx, InvitationAnswered(answer_id if said is not None else 0, post.id, account.id, before), now)

"""Vote in a poll."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..errors import Invalid, NotFound
from ..ids import PostId
from ..model.account import Account
from ..store import polls, posts
from ..store.database import Database
from .publish_post import may_post


async def vote(db: Database, account: Account, post_id: PostId, choices: Sequence[int], now: datetime) -> None:
    """Choose one option, or several where the poll allows it; positions count from 0.

    Where several are allowed, more can be added later; nothing is taken back.
    Raises NotFound (no such poll, or hidden), Invalid (Mastodon's VoteValidator), NotAllowed (the account may not act).
    """
    may_post(account)
    async with db.transaction() as tx:
        post = await posts.visible(tx, post_id, account.id)
        await polls.hold(tx, post.id)  # two votes at once must not become two choices
        poll = await polls.find(tx, post.id, account.id)
        if poll is None:
            raise NotFound("There is no such poll, or you cannot see it.")
        before = set(poll.chosen)
        wrong: dict[str, None] = {}
        taken = set(before)
        for choice in choices:
            if poll.ended(now):
                wrong["The poll has already ended"] = None
            if not 0 <= choice < len(poll.options):
                wrong["The chosen vote option does not exist"] = None
            if post.author_id == account.id:
                wrong["You cannot vote in your own polls"] = None
            if choice in taken or (taken and not poll.multiple):
                wrong["You have already voted on this poll"] = None
            if wrong:
                raise Invalid(f"Validation failed: {', '.join(wrong)}", "choices")
            taken.add(choice)
        await polls.record_votes(tx, post.id, account.id, sorted(taken - before), first=not before)

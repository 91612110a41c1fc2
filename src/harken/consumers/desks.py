"""Take up what desks hear, and keep their queues in order."""

from __future__ import annotations

from ..desk import queue
from ..log.events import (
    AccountChanged,
    AccountDeleted,
    DeskChanged,
    DeskTaught,
    EarDropped,
    Event,
    PostBoosted,
    PostDeleted,
    PostEdited,
    PostFavourited,
    PostPublished,
    PostUnfavourited,
)
from ..store import desk_queue, desks, posts
from ..store.database import Database, Transaction

_PIECE = 25  # conversations folded in one transaction: some 10 ms
_SORTED = 100  # cases sorted anew in one
_AUTHORED = 100  # posts of somebody looked at in one


class Desks:
    """Maintains `desk_item` and `desk_lesson`."""

    name = "desks"
    after: str | None = "percolation"

    async def handle(self, tx: Transaction, event: Event, progress: str) -> str:
        if not await desk_queue.any_desk(tx) and not isinstance(event, DeskChanged):
            return ""
        match event:
            case PostPublished(post_id=post_id):
                await self._said(tx, post_id)
            case PostEdited(post_id=post_id):
                await self._said(tx, post_id)
                for desk_id in await desk_queue.desks_taught_by(tx, post_id):
                    await queue.learn(tx, desk_id, anew=True)
            case PostBoosted(boosted_id=post_id) | PostFavourited(post_id=post_id) | PostUnfavourited(post_id=post_id):
                await self._fold_all(tx, await desk_queue.with_lead(tx, post_id))
            case PostDeleted():
                await self._deleted(tx, event)
            case AccountChanged(account_id=account_id) | AccountDeleted(account_id=account_id):
                return await self._of_author(tx, account_id, progress)
            case DeskChanged(desk_id=desk_id, account_id=account_id):
                return await self._changed(tx, desk_id, account_id, progress)
            case EarDropped(owner_id=desk_id) if await desks.find(tx, desk_id):
                return await self._changed(tx, desk_id, 0, progress)
            case DeskTaught(desk_id=desk_id):
                return await self._taught(tx, event, progress)
        return ""

    async def _said(self, tx: Transaction, post_id: int) -> None:
        post = await posts.find(tx, post_id)
        if post is None or post.boost_of_id or post.history:
            return
        touched = await desk_queue.touched_by(tx, post_id, post.conversation_id)
        await self._fold_all(tx, [(desk_id, post.conversation_id) for desk_id in touched])

    async def _fold_all(self, tx: Transaction, some: list[tuple[int, int]]) -> None:
        for desk_id, conversation_id in some:
            desk = await desks.find(tx, desk_id)
            if desk is not None:
                await queue.fold(tx, desk, conversation_id)

    async def _deleted(self, tx: Transaction, event: PostDeleted) -> None:
        if event.boosted_id is not None:
            await self._fold_all(tx, await desk_queue.with_lead(tx, event.boosted_id))
            return
        holding = await desk_queue.with_conversation(tx, event.conversation_id)
        await self._fold_all(tx, [(desk_id, event.conversation_id) for desk_id in holding])
        taught = await desk_queue.desks_taught_by(tx, event.post_id)
        await desk_queue.forget_judgements(tx, event.post_id)
        for desk_id in taught:
            await queue.learn(tx, desk_id, anew=True)

    async def _of_author(self, tx: Transaction, account_id: int, progress: str) -> str:
        """Somebody is heard from now on, or no more."""
        if not progress:
            for desk_id in await desk_queue.desks_taught_by_author(tx, account_id):
                await queue.learn(tx, desk_id, anew=True)
        last, some = await desk_queue.of_author(tx, account_id, int(progress or 0), _AUTHORED)
        await self._fold_all(tx, some)
        return str(last) if last else ""

    async def _changed(self, tx: Transaction, desk_id: int, account_id: int, progress: str) -> str:
        """Hours, ears or people of a desk changed, and with them everything in its queue.

        First what is in the queue, then what the one whose place changed ever said: who leaves is heard like anybody.
        """
        part, _, above = progress.partition(":")
        if part != "author":
            if not progress:
                await queue.learn(tx, desk_id, anew=True)
            some = await desk_queue.conversations(tx, desk_id, int(above or 0), _PIECE)
            await self._fold_all(tx, [(desk_id, conversation) for conversation in some])
            if len(some) == _PIECE:
                return f"queue:{some[-1]}"
            return "author:0" if account_id else ""
        rest = await self._of_author(tx, account_id, above)
        return f"author:{rest}" if rest else ""

    async def _taught(self, tx: Transaction, event: DeskTaught, progress: str) -> str:
        """Learn, then sort what is open anew; whoever judges quickly is sorted for once, after the last judgement."""
        if not progress:
            await queue.learn(tx, event.desk_id, anew=event.again)
        if await desk_queue.newest_judgement(tx, event.desk_id) > event.judgement_id:
            return ""
        some = await desk_queue.open_conversations(tx, event.desk_id, int(progress or 0), _SORTED)
        await queue.sort_anew(tx, event.desk_id, some)
        return str(some[-1]) if len(some) == _SORTED else ""

    async def rebuild(self, db: Database) -> None:
        """Fold everything that desks heard, from what was said and done."""
        async with db.transaction() as tx:
            await desk_queue.forget_items(tx)
            for desk_id in await desks.ids(tx):
                await queue.learn(tx, desk_id, anew=True)
        everything = await desk_queue.heard_conversations(db)
        for start in range(0, len(everything), _PIECE):
            async with db.transaction() as tx:
                await self._fold_all(tx, everything[start : start + _PIECE])

"""Home timelines: fan-out to those who follow.

Entries are a superset of what a reader sees: the rule of `store.visibility.HOME`
is applied on reading. An owner's table holds every post and boost of oneself
and of those one follows, above the owner's floor.
"""

from __future__ import annotations

from ..ids import MAX_ID
from ..log.events import (
    AccountCreated,
    AccountDeleted,
    Event,
    Followed,
    HistoryImported,
    PostBoosted,
    PostDeleted,
    PostPublished,
    Unfollowed,
)
from ..store import posts, timelines
from ..store.database import Database, Transaction
from .consumer import MAX_ROWS

_TRIM_EVERY = 64  # a home is trimmed at about every 64th entry: looking costs a walk over what is kept

_HISTORY_POSTS = 40  # fanned out in one transaction: some milliseconds


class Timelines:
    """Maintains `timeline` and `home`."""

    name = "timelines"
    after: str | None = None

    def __init__(self, merge_followers: int, keep: int) -> None:
        self._merge_followers = merge_followers
        self._keep = keep

    async def handle(self, tx: Transaction, event: Event, progress: str) -> str:
        match event:
            case (
                PostPublished(post_id=post_id, author_id=author_id) | PostBoosted(post_id=post_id, author_id=author_id)
            ):
                return await self._fan_out(tx, post_id, author_id, progress)
            case HistoryImported(posts=imported):
                return await self._history(tx, imported, progress)
            case PostDeleted(post_id=post_id):
                return "more" if await timelines.remove_post(tx, post_id, MAX_ROWS) == MAX_ROWS else ""
            case Followed(follower_id=owner, followed_id=author):
                return await self._catch_up(tx, owner, [author], progress)
            case AccountCreated(account_id=owner):
                return await self._catch_up(tx, owner, await timelines.home_authors(tx, owner), progress)
            case Unfollowed(follower_id=owner, followed_id=author):
                return "more" if await timelines.remove_author(tx, owner, author, MAX_ROWS) == MAX_ROWS else ""
            case AccountDeleted(account_id=owner):
                return "more" if await timelines.remove_owner(tx, owner, MAX_ROWS) == MAX_ROWS else ""
        return ""

    async def _fan_out(self, tx: Transaction, post_id: int, author: int, progress: str) -> str:
        """Give a post to its author and the followers above `progress`."""
        post = await posts.find(tx, post_id)
        if post is None:
            return ""  # deleted since; a late consumer meets such events
        if not progress and await self._is_merged(tx, author):
            await timelines.add_entries(tx, await timelines.own_home(tx, author, post_id))
            return ""
        above = int(progress or 0)
        followers = await timelines.readers_of(tx, author, post_id, above, MAX_ROWS)
        entries = [(owner, post_id, author) for owner in followers]
        if not progress:
            entries += await timelines.own_home(tx, author, post_id)
        await timelines.add_entries(tx, entries)
        for owner, _, _ in entries:
            if (owner + (post_id >> 4)) % _TRIM_EVERY == 0:
                await timelines.trim(tx, owner, self._keep, slack=_TRIM_EVERY)
        return str(followers[-1]) if len(followers) == MAX_ROWS else ""

    async def _history(self, tx: Transaction, imported: list[tuple[int, int]], progress: str) -> str:
        """The same for posts that came by import; `progress` is where in the list, and above which follower.

        Most authors of an import have no reader here and are passed over at once.
        """
        start, _, inner = progress.partition(":")
        at, done = int(start or 0), 0
        read = await timelines.authors_with_readers(tx, [author for _, author in imported[at:]])
        while at < len(imported) and done < _HISTORY_POSTS:
            post_id, author = imported[at]
            if author in read:
                inner = await self._fan_out(tx, post_id, author, inner)
                if inner:
                    return f"{at}:{inner}"
                done += 1
            at += 1
        return f"{at}:" if at < len(imported) else ""

    async def _catch_up(self, tx: Transaction, owner: int, authors: list[int], progress: str) -> str:
        """Bring earlier posts of `authors` into a home, newest first; `progress` is which author, below which post."""
        if not await timelines.is_reader(tx, owner):
            return ""
        start, _, below = progress.partition(":")
        at = int(start or 0)
        if at >= len(authors):
            return ""
        rest = None
        if authors[at] == owner or not await self._is_merged(tx, authors[at]):
            rest = await timelines.backfill(tx, owner, authors[at], int(below or MAX_ID), MAX_ROWS)
        if rest is not None:
            await timelines.trim(tx, owner, self._keep, slack=0)
            return f"{at}:{rest}"
        await timelines.trim(tx, owner, self._keep, slack=0)
        return f"{at + 1}:" if at + 1 < len(authors) else ""

    async def _is_merged(self, tx: Transaction, author: int) -> bool:
        """Whether an author has too many followers to fan out. Once so, always so: no home has a gap then."""
        if await tx.value("SELECT 1 FROM merged_author WHERE account_id = :id", id=author):
            return True
        followers = await tx.value("SELECT followers FROM account_stats WHERE account_id = :id", id=author) or 0
        if followers <= self._merge_followers:
            return False
        await tx.execute("INSERT INTO merged_author (account_id) VALUES (:id) ON CONFLICT DO NOTHING", id=author)
        return True

    async def rebuild(self, db: Database) -> None:
        async with db.transaction() as tx:
            for table in ("timeline", "home", "merged_author"):
                await tx.execute(f"DELETE FROM {table}")
        for owner in await timelines.all_readers(db):
            authors = await timelines.home_authors(db, owner)
            progress = ""
            while True:
                async with db.transaction() as tx:
                    progress = await self._catch_up(tx, owner, authors, progress)
                if not progress:
                    break

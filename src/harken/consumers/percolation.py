"""Match new posts to ears."""

from __future__ import annotations

import asyncio
from zoneinfo import ZoneInfo

from .. import clock
from ..errors import Refused
from ..ids import new_id
from ..log.events import AccountCreated, EarChanged, EarDropped, Event, PostDeleted, PostEdited, PostPublished
from ..model.account import name_key
from ..model.ear import Ear
from ..model.post import Post
from ..search import places
from ..search.document import document
from ..search.index import searchable
from ..search.percolator import Percolator, names_in
from ..search.search import understood
from ..store import accounts, ears, lists, posts, timelines
from ..store.database import Database, Reader, Transaction
from .consumer import MAX_ROWS

_AT_ONCE = 50  # ears taken in before others may go on
_OBSERVED_POSTS = 2000  # from which we learn what is common
_OVERLAP = 60_000 << 16  # versions of other processes may come late: a minute, as ids count


class Percolation:
    """Maintains `ear_match`, with all ears in memory while this process holds the lease."""

    name = "percolation"
    after: str | None = None

    def __init__(self) -> None:
        self.percolator = Percolator()
        self._versions: dict[int, int] = {}
        self._newest = 0

    async def prepare(self, db: Database) -> None:
        """Take in the ears that were made or changed since this process last listened; the first time, all of them."""
        if not self._newest:
            await self._learn(db)
        version = max(0, self._newest - _OVERLAP)
        while some := await ears.changed_since(db, version, _AT_ONCE):
            version = some[-1].version
            await places.ready(" ".join(ear.query for ear in some))
            await self._take_in(db, [ear for ear in some if self._versions.get(ear.id) != ear.version])
            if len(some) < _AT_ONCE:
                break
            await asyncio.sleep(0)
        self._newest = max(self._newest, version, 1)

    async def _learn(self, db: Database) -> None:
        newest = await posts.newest_ids(db, _OBSERVED_POSTS)
        for start in range(0, len(newest), _AT_ONCE):
            for post in (await posts.by_ids(db, newest[start : start + _AT_ONCE])).values():
                self.percolator.observe(document(searchable(post)))
            await asyncio.sleep(0)

    async def _take_in(self, reader: Reader, some: list[Ear]) -> None:
        trees = {}
        owners = await accounts.by_ids(reader, {ear.owner_id for ear in some if "near:" in ear.query.lower()})
        for ear in some:
            try:
                trees[ear.id] = understood(
                    ear.query, ear.saved_at, ZoneInfo(ear.zone), owners.get(ear.owner_id)).tree
            except Refused:
                continue  # saved by another version; its page says what is wrong with it
        names = {name for tree in trees.values() for name in names_in(tree)} - self.percolator.names.keys()
        keys = {name: name_key(*name.split("@", 1)) for name in names}
        known = await accounts.ids_by_key(reader, list(keys.values()))
        self.percolator.names |= {name: known.get(key) for name, key in keys.items()}
        for ear in some:
            self._versions[ear.id] = ear.version
            if ear.paused or ear.id not in trees:
                self.percolator.drop(ear.id)
            else:
                self.percolator.put(ear.id, ear.owner_id, clock.to_ms(ear.saved_at), trees[ear.id])

    async def handle(self, tx: Transaction, event: Event, progress: str) -> str:
        match event:
            case PostPublished(post_id=post_id):
                post = await posts.find(tx, post_id)
                if post is not None:
                    return await self._record(tx, post.id, await self._hearing(tx, post), int(progress or 0))
            case PostEdited(post_id=post_id):
                post = await posts.find(tx, post_id)
                if post is not None:
                    now, before = await self._hearing(tx, post), await ears.heard_by(tx, post_id)
                    await ears.withdraw(tx, post_id, before - set(now))
                    return await self._record(tx, post.id, [ear for ear in now if ear not in before], 0)
            case PostDeleted(post_id=post_id, boosted_id=None):
                return "more" if await ears.remove_post(tx, post_id, MAX_ROWS) == MAX_ROWS else ""
            case EarChanged(ear_id=ear_id):
                ear = await ears.find(tx, ear_id)
                if ear is not None and self._versions.get(ear.id) != ear.version:
                    await self._take_in(tx, [ear])
                    self._newest = max(self._newest, ear.version)
            case EarDropped(ear_id=ear_id):
                self.percolator.drop(ear_id)
                self._versions.pop(ear_id, None)
            case AccountCreated(account_id=account_id):
                account = await accounts.find(tx, account_id)
                if account is not None:
                    self.percolator.named(account.address.lower(), account_id)
        return ""

    async def _hearing(self, tx: Transaction, post: Post) -> list[int]:
        """The ears that match a post and whose owners may find it."""
        if post.history or post.boost_of_id:
            return []
        found = searchable(post)
        doc = document(found)
        listeners = self.percolator.candidates(doc, clock.to_ms(post.edited_at or post.created_at))
        if not listeners:
            return []
        at_home = [listener.owner_id for listener in listeners if listener.at_home]
        follow = set(await timelines.followers_among(tx, post.author_id, at_home)) if at_home else set()
        at_place = any(one.at_place for one in listeners)
        place = (await accounts.places(tx, [post.author_id])).get(post.author_id) if at_place else None
        by_list = sorted({listener.owner_id for listener in listeners if listener.at_list})
        titles = await lists.titles_with(tx, by_list, [post.author_id]) if by_list else {}
        listeners = [
            one for one in listeners if self.percolator.hears(
                one, doc, found, one.owner_id in follow, place, titles.get((one.owner_id, post.author_id), ()))]
        if not listeners:
            return []
        owners = sorted({one.owner_id for one in listeners})
        allowed: set[int] = set()
        for start in range(0, len(owners), MAX_ROWS):
            allowed |= await ears.owners_who_find(tx, post.id, owners[start : start + MAX_ROWS], clock.now())
        return sorted(one.ear_id for one in listeners if one.owner_id in allowed)

    async def _record(self, tx: Transaction, post_id: int, ear_ids: list[int], above: int) -> str:
        """Write the next MAX_ROWS matches of a post, of ears above `above`; where to go on, or "" when done."""
        if not ear_ids:
            return ""
        some = [ear_id for ear_id in ear_ids if ear_id > above][:MAX_ROWS]
        match_id = new_id(clock.now())
        await ears.record(tx, [(ear_id, match_id, post_id) for ear_id in some])
        return str(some[-1]) if len(some) == MAX_ROWS else ""

    async def rebuild(self, db: Database) -> None:
        """Hear again everything said since the oldest ear began to listen; a match made anew has its post's place."""
        async with db.transaction() as tx:
            await ears.forget_matches(tx)
        self.percolator, self._versions, self._newest = Percolator(), {}, 0
        await self.prepare(db)
        since = await ears.first_saved_at(db)
        above = 0
        while since is not None and (ids := await ears.posts_since(db, since, above, 100)):
            above = ids[-1]
            async with db.transaction() as tx:
                for post in (await posts.by_ids(tx, ids)).values():
                    await ears.record(tx, [(ear_id, post.id, post.id) for ear_id in await self._hearing(tx, post)])

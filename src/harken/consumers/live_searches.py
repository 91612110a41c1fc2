"""Which open connections search for what was just posted?

A thousand open searches must not cost a post a thousand queries: they are held together as ears are
(search/percolator.py), a post is analysed once, and one statement says which of those who searched may find it.
Everybody may hold a number of searches open, everybody without an account those of their address, and the process
only so many in all.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, tzinfo

import msgspec

from .. import clock
from ..actions.attempts import neighbourhood
from ..errors import TooMany
from ..model.account import Account, name_key
from ..model.post import Post
from ..search import places
from ..search.document import document
from ..search.index import searchable
from ..search.percolator import Percolator, later, names_in
from ..search.query import Query
from ..search.search import matching, understood
from ..store import accounts, ears, lists, timelines
from ..store.database import Database

_RETRY_SECONDS = 60
_EVER = 0
_AT_ONCE = 100  # people asked about in one statement
_JUDGED_AT_ONCE = 10  # queries judged before requests go on: publishing waits several times for its turn


class Limits(msgspec.Struct, frozen=True):
    """How many searches may be open at a time."""

    account: int = 50
    address: int = 50
    total: int = 5000


class LiveSearch(msgspec.Struct, frozen=True):
    """One open search. `who` is counted together: an account, or an address."""

    id: int
    who: str
    viewer: Account | None
    query: Query

    @property
    def owner(self) -> int:
        return self.viewer.id if self.viewer else 0


class LiveSearches:
    """All searches that are open in this process."""

    def __init__(self, db: Database, limits: Limits) -> None:
        self._db = db
        self._limits = limits
        self._open: dict[int, LiveSearch] = {}
        self._by_who: Counter[str] = Counter()
        self._names: Counter[str] = Counter()  # how many open searches name somebody
        self._percolator = Percolator()
        self._last = 0
        self.turn = asyncio.Lock()
        """Held by whoever loads a match for one connection, so that all others are served between two of them."""

    def __len__(self) -> int:
        return len(self._open)

    async def open(
        self, text: str, viewer: Account | None, address: str, now: datetime, zone: tzinfo
    ) -> LiveSearch:
        """Search on from now; days in the query are those of now. Give it back with `close`.

        Raises BadQuery, NotYet, NotSignedIn (for `me` and `in:` of a visitor), TooMany.
        """
        who = f"account:{viewer.id}" if viewer else f"address:{neighbourhood(address)}"
        most = self._limits.account if viewer else self._limits.address
        if self._by_who[who] >= most:
            raise TooMany(f"You have {most} live searches open. Close one of them first.", _RETRY_SECONDS)
        if len(self._open) >= self._limits.total:
            raise TooMany("Too many live searches are open on this server. Try again later.", _RETRY_SECONDS)
        # Counted before anything is awaited, or a thousand at once would all find room.
        self._last += 1
        number = self._last
        self._by_who[who] += 1
        try:
            await places.ready(text)
            query = understood(text, now, zone, viewer)
            await matching(self._db, query, viewer, [1], now)  # raises what only the viewer's absence makes wrong
            names = names_in(query.tree)
            keys = {name: name_key(*name.split("@", 1)) for name in names}
            known = await accounts.ids_by_key(self._db, keys.values()) if keys else {}
        except BaseException:
            self._release(who)
            raise
        if len(self._open) >= self._limits.total:
            self._release(who)
            raise TooMany("Too many live searches are open on this server. Try again later.", _RETRY_SECONDS)
        for name, key in keys.items():
            self._percolator.names.setdefault(name, known.get(key))
        self._names.update(names)
        search = LiveSearch(number, who, viewer, query)
        self._open[number] = search
        self._percolator.put(number, search.owner, _EVER, query.tree)
        return search

    def close(self, search: LiveSearch) -> None:
        """Search no more; a second time does nothing."""
        if self._open.pop(search.id, None) is None:
            return
        self._percolator.drop(search.id)
        self._release(search.who)
        for name in names_in(search.query.tree):
            self._names[name] -= 1
            if not self._names[name]:
                del self._names[name]
                self._percolator.names.pop(name, None)

    def _release(self, who: str) -> None:
        self._by_who[who] -= 1
        if not self._by_who[who]:
            del self._by_who[who]

    def named(self, name: str, account_id: int) -> None:
        """Somebody has this name now."""
        self._percolator.named(name, account_id)

    async def matching(self, post: Post) -> list[int]:
        """The open searches, by number, that find this post now: exactly what each query would, visibility included."""
        found, now = searchable(post), clock.now()
        doc = document(found)
        listeners = self._percolator.candidates(doc, clock.to_ms(now))
        if not listeners:
            return []
        db = self._db
        at_home = sorted({one.owner_id for one in listeners if one.at_home})
        follow = set(await timelines.followers_among(db, post.author_id, at_home)) if at_home else set()
        at_place = any(one.at_place for one in listeners)
        place = (await accounts.places(db, [post.author_id])).get(post.author_id) if at_place else None
        by_list = sorted({one.owner_id for one in listeners if one.at_list})
        titles = await lists.titles_with(db, by_list, [post.author_id]) if by_list else {}
        owners = sorted({one.owner_id for one in listeners})
        allowed: set[int] = set()
        for start in range(0, len(owners), _AT_ONCE):
            allowed |= await ears.owners_who_find(db, post.id, owners[start : start + _AT_ONCE], now)
            await asyncio.sleep(0)
        heard = []
        for count, one in enumerate(listeners):
            if count % _JUDGED_AT_ONCE == _JUDGED_AT_ONCE - 1:
                await asyncio.sleep(0)  # requests go between
            if one.owner_id not in allowed or not self._percolator.hears(
                one, doc, found, one.owner_id in follow, place, titles.get((one.owner_id, post.author_id), ())):
                continue
            search = self._open.get(one.ear_id)
            if search is not None and (not later(search.query.tree) or await self.finds(search, post.id)):
                heard.append(one.ear_id)
        return heard

    async def finds(self, search: LiveSearch, post_id: int) -> bool:
        """Whether this search finds the post now, asked of the index."""
        return bool(await matching(self._db, search.query, search.viewer, [post_id], clock.now()))

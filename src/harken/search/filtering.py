"""Which posts of a page does their reader want hidden, and why?

Decided when a page is read, by `matching.matches`, the judge of both indexes, so a filter hides exactly what a search
for it finds. A member's filters are parsed once for each version of them, a post is analysed once for each version of
it, and both are kept; the version lies on the reader's own account, so whoever has no filters costs no question.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import msgspec

from ..errors import Refused
from ..model.account import Account, name_key
from ..model.filter import Filter
from ..model.list import group_key
from ..model.post import SeenPost
from ..store import accounts, filters, lists
from ..store.database import Reader
from .document import Document, Searchable, document
from .index import searchable
from .matching import matches
from .percolator import Percolator, names_in, why
from .query import Geocode, In, Is, Near, Node, keyword_node, walk
from .search import understood

MAX_READERS = 2_000
MAX_DOCUMENTS = 5_000
_EVER = 0  # filters mean posts of all times

K = TypeVar("K")
V = TypeVar("V")


class Hit(msgspec.Struct, frozen=True):
    """A filter that means a post: by which of its keywords or parts of its query, and whether by the post itself."""

    kept: Filter
    words: tuple[str, ...] = ()
    itself: bool = False


class _Wish(msgspec.Struct, frozen=True):
    """The query of a filter, or one of its keywords, parsed."""

    kept: Filter
    tree: Node
    keyword: str = ""


class _Reading(msgspec.Struct):
    """All filters of one member at one version, filed by their rarest terms, and what they ask of the database."""

    version: int
    wishes: list[_Wish]
    percolator: Percolator  # a wish is filed under its place in `wishes`
    filters: dict[int, Filter]
    posts: dict[int, list[Filter]]  # that filters mean by themselves
    unknown: set[str]  # names that nobody has yet
    asks_home: bool
    asks_answers: bool
    asks_place: bool
    asks_lists: bool


_readings: OrderedDict[int, _Reading] = OrderedDict()
_documents: OrderedDict[tuple[int, datetime | None], tuple[Searchable, Document]] = OrderedDict()


def _keep(cache: OrderedDict[K, V], key: K, value: V, most: int) -> V:
    """Remember `value`, forgetting what was used longest ago when the cache is full."""
    cache[key] = value
    while len(cache) > most:
        cache.popitem(last=False)
    return value


async def hits(
    reader: Reader, viewer: Account | None, posts: Iterable[SeenPost], now: datetime
) -> dict[int, list[Hit]]:
    """The filters of `viewer` that mean each of `posts` (no boosts), by id; posts that none means are left out.

    One's own posts are never filtered. At most three statements, and none without filters.
    """
    if viewer is None or not viewer.filters:
        return {}
    reading = await _reading(reader, viewer)
    judged: dict[int, SeenPost] = {post.id: post for post in posts if post.author_id != viewer.id}
    if not judged:
        return {}
    facts = await _facts(reader, reading, viewer, judged)
    found: dict[int, list[Hit]] = {}
    for post in judged.values():
        about, doc = _document(post)
        words: dict[int, list[str]] = {kept.id: [] for kept in reading.posts.get(post.id, ())}
        for place in sorted(one.ear_id for one in reading.percolator.candidates(doc, _EVER)):
            wish = reading.wishes[place]
            if matches(wish.tree, doc, about, facts):
                words.setdefault(wish.kept.id, []).extend(
                    [wish.keyword] if wish.keyword else why(wish.tree, doc, about, facts))
        if words:
            met = [reading.filters[filter_id] for filter_id in sorted(words)]
            made = [Hit(kept, tuple(words[kept.id]), kept in reading.posts.get(post.id, ()))
                    for kept in met if not kept.expired(now)]
            if made:
                found[post.id] = made
    return found


def _document(post: SeenPost) -> tuple[Searchable, Document]:
    key = (post.id, post.edited_at)
    known = _documents.get(key)
    if known is None:
        about = searchable(post)
        return _keep(_documents, key, (about, document(about)), MAX_DOCUMENTS)
    _documents.move_to_end(key)
    return known


async def _reading(reader: Reader, viewer: Account) -> _Reading:
    """The parsed filters of `viewer`; a query that another version of Harken saved and this one cannot read is none."""
    known = _readings.get(viewer.id)
    if known is not None and known.version == viewer.filters:
        _readings.move_to_end(viewer.id)
        return known
    kept = await filters.of_owner(reader, viewer.id)
    wishes = [wish for one in kept for wish in _parsed(one, viewer)]
    nodes = [node for wish in wishes for node in walk(wish.tree)]
    posts: dict[int, list[Filter]] = {}
    for one in kept:
        for filtered in one.posts:
            posts.setdefault(filtered.post_id, []).append(one)
    reading = _Reading(
        viewer.filters, wishes, Percolator(), {one.id: one for one in kept}, posts,
        {name for wish in wishes for name in names_in(wish.tree)},
        asks_home=any(isinstance(node, In) and node.scope == "home" for node in nodes),
        asks_answers=any(isinstance(node, Is) and node.what == "unanswered" for node in nodes),
        asks_place=any(isinstance(node, (Near, Geocode)) for node in nodes),
        asks_lists=any(isinstance(node, In) and node.scope in ("list", "set") for node in nodes))
    reading.percolator.names |= dict.fromkeys(reading.unknown)
    for place, wish in enumerate(wishes):
        reading.percolator.put(place, viewer.id, _EVER, wish.tree)
    return _keep(_readings, viewer.id, reading, MAX_READERS)


def _parsed(kept: Filter, viewer: Account) -> list[_Wish]:
    wishes = []
    if kept.query:
        with suppress(Refused):
            wishes.append(_Wish(kept, understood(kept.query, kept.saved_at, kept.days, viewer).tree))
    for one in kept.keywords:
        tree = keyword_node(one.keyword, one.whole_word)
        if tree is not None:
            wishes.append(_Wish(kept, tree, one.keyword))
    return wishes


class _Facts:
    """`matching.Facts` for the posts of one page."""

    def __init__(
        self, viewer: int, names: Mapping[str, int | None], posts: Mapping[int, SeenPost], followed: set[int],
        answered: set[int], places: Mapping[int, tuple[int, int]], titles: Mapping[tuple[int, int], frozenset[str]],
    ) -> None:
        self._viewer, self._names, self._posts = viewer, names, posts
        self._followed, self._answered, self._places, self._titles = followed, answered, places, titles

    def account(self, name: str) -> int | None:
        return self._viewer if name == "me" else self._names.get(name)

    def count(self, post_id: int, what: str) -> int:
        return int(getattr(self._posts[post_id], what))

    def answered(self, post_id: int) -> bool:
        return post_id in self._answered

    def place(self, post: Searchable) -> tuple[int, int] | None:
        return self._places.get(post.author_id)

    def within(self, scope: str, name: str | None, post: Searchable) -> bool:
        if scope == "home":
            return post.author_id in self._followed or post.author_id == self._viewer
        if scope == "saved":
            return self._posts[post.id].favourited or self._posts[post.id].bookmarked
        if scope in ("list", "set"):
            return group_key(scope, name or "") in self._titles.get((self._viewer, post.author_id), ())
        return post.author_id == self._viewer


async def _facts(reader: Reader, reading: _Reading, viewer: Account, posts: Mapping[int, SeenPost]) -> _Facts:
    if reading.unknown:  # names never change hands, so those that are known stay known
        keys = {name: name_key(*name.split("@", 1)) for name in reading.unknown}
        known = await accounts.ids_by_key(reader, keys.values())
        for name, key in keys.items():
            if key in known:
                reading.percolator.named(name, known[key])
                reading.unknown.discard(name)
    authors = sorted({post.author_id for post in posts.values()})
    followed = set(await filters.followed_among(reader, viewer.id, authors)) if reading.asks_home else set()
    answered = await filters.answered_among(reader, sorted(posts)) if reading.asks_answers else set()
    at_place = await accounts.places(reader, authors) if reading.asks_place else {}
    titles = await lists.titles_with(reader, [viewer.id], authors) if reading.asks_lists else {}
    return _Facts(viewer.id, reading.percolator.names, posts, followed, answered, at_place, titles)

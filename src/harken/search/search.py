"""Answer a query, newest first or the best first: only what the viewer may find, paged without repeats.

Newest first is paged by id. `sort:top` ranks a bounded number of the newest matches (ranking.py) and is paged by a
cursor, which holds the newest id that the first page knew and, in four bytes each, what was shown.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import zlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeVar
from weakref import WeakKeyDictionary

import msgspec

from .. import clock
from ..errors import Invalid, NotSignedIn, NotYet
from ..ids import MAX_ID, id_at
from ..model.account import Account
from ..model.list import title_key
from ..model.paging import Window
from ..model.post import Edition, SeenPost
from ..store import accounts, server
from ..store.database import Database, Reader
from ..store.posts import whole
from ..store.visibility import COLUMNS, EDITION, FOUND
from . import fts5, places, ranking, tsvector
from .matching import filters
from .query import (
    All,
    And,
    BadQuery,
    From,
    Geocode,
    In,
    Is,
    Mention,
    MinCount,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Since,
    Tag,
    To,
    Until,
    Word,
    not_yet,
    parse,
    walk,
)
from .stems import stems

_DIALECTS = {"sqlite": fts5.DIALECT, "postgresql": tsvector.DIALECT}
# An id may lie a little beside its post's time: a full millisecond borrows from the next (ids.py).
_SLACK = timedelta(hours=1)
_COVERAGE_SECONDS = 60.0
Shape = TypeVar("Shape", bound=msgspec.Struct)


class Coverage(msgspec.Struct, frozen=True):
    """What an answer covers: how many public posts of which servers, since when."""

    posts: int
    since: datetime | None
    servers: int = 1


class Found(msgspec.Struct, frozen=True):
    """A page of an answer. `notes` tell people what was read otherwise than they may think.

    Of `sort:top` alone: `like` has the ids of the near-duplicates that stand behind a post, by its id;
    `more` is the cursor of the next page, and empty at the end.
    """

    posts: list[SeenPost]
    query: Query
    covers: Coverage
    notes: tuple[str, ...] = ()
    like: dict[int, tuple[int, ...]] = {}
    more: str = ""


async def find(
    db: Database, text: str, viewer: Account | None, window: Window, now: datetime, zone: tzinfo = UTC,
    cursor: str = "", fold: bool = False,
) -> Found:
    """Posts that match the query `text` and that `viewer` may find, newest first, or with `sort:top` the best first.

    The best go on behind `cursor`, the `more` of the page before. `fold` puts near-duplicates behind the best of
    them, for those who can show it (`like`); otherwise each keeps its place.

    Raises BadQuery (with a position) for what cannot be understood, NotYet for
    operators whose data do not exist yet, NotSignedIn for `in:home` and its
    kind without a viewer, Invalid for a broken cursor.
    """
    await places.ready(text)
    query = understood(text, now, zone, viewer)
    names = await _resolved(db, query.tree, viewer)
    unknown = tuple(f"Nobody here is called {name}." for name, account in names.items() if account is None)
    if query.order == "top":
        best = _Best(db, query.tree, names, viewer, now)
        posts, like, more, notes = await best.page(window, cursor, fold)
        return Found(posts, query, await coverage(db), query.notes + unknown + notes, like, more)
    posts = await _page(db, query.tree, names, viewer.id if viewer else 0, window, now)
    return Found(posts, query, await coverage(db), query.notes + unknown)


async def alike(
    db: Database, text: str, viewer: Account | None, post_id: int, limit: int, now: datetime, zone: tzinfo = UTC
) -> Found:
    """A post that `sort:top` found for `text`, and what it folds behind it, as far as `viewer` may find them.

    Raises what `find` does.
    """
    await places.ready(text)
    query = understood(text, now, zone, viewer)
    names = await _resolved(db, query.tree, viewer)
    posts = await _Best(db, query.tree, names, viewer, now).group(post_id, limit)
    return Found(posts, query, await coverage(db))


class Similar(msgspec.Struct, frozen=True):
    """Posts like another one, the most like it first.

    `same` say nearly what the post itself says; `words` are those by which was looked, the most telling first, without
    those that nothing found has; `behind` has a few near-duplicates of a post, by its id; `tree` marks.
    """

    posts: list[SeenPost]
    same: list[SeenPost]
    words: tuple[str, ...]
    behind: dict[int, list[SeenPost]]
    tree: Node


async def more_like(db: Database, post: SeenPost, viewer: Account | None, limit: int, now: datetime) -> Similar:
    """Posts that `viewer` may find and that say what is most telling in `post`, which must be theirs to see.

    The words are named only if something found has them, so they tell nothing about posts that are hidden.
    """
    candidate = ranking.Candidate(post.id, post.text, post.spoiler, post.language, 0, 0, 0)
    return await _Best(db, All(), {}, viewer, now).like(candidate, limit)


async def matching(
    db: Database, query: Query, viewer: Account | None, ids: Sequence[int], now: datetime
) -> list[SeenPost]:
    """Those of the posts `ids` that match and may be found: what an open page hears of."""
    if not ids:
        return []
    names = await _resolved(db, query.tree, viewer)
    window = Window(limit=len(ids), before=max(ids) + 1, after=min(ids) - 1)
    return await _page(db, query.tree, names, viewer.id if viewer else 0, window, now, ids)


async def newest(
    db: Database, query: Query, viewer: Account | None, limit: int, now: datetime, shape: type[Shape], columns: str
) -> list[Shape]:
    """The newest `limit` matches that `viewer` may find, as `shape` out of `columns` (of post p, its author a and
    its counters s): for what counts over many posts and shows few. Raises NotSignedIn."""
    names = await _resolved(db, query.tree, viewer)
    window = Window(limit=limit)
    return await _rows(db, query.tree, names, viewer.id if viewer else 0, window, now, shape, columns)


async def findable(db: Database, viewer: Account | None, ids: Sequence[int], now: datetime) -> dict[int, SeenPost]:
    """Those of the posts `ids` that `viewer` may find, by id."""
    return {post.id: post for post in await matching(db, Query(All()), viewer, ids, now)}


def understood(text: str, now: datetime, zone: tzinfo = UTC, viewer: Account | None = None) -> Query:
    """The parsed query; a place that several share is that of the viewer's country. Raises BadQuery, NotYet."""
    query = parse(text, now, zone)
    if later := not_yet(query):
        raise NotYet(f"Harken understands “{text[later[0].start : later[0].end]}”, and cannot search by it yet.")
    return places.placed(query, viewer.location if viewer else "")


async def _resolved(db: Database, tree: Node, viewer: Account | None) -> dict[str, int | None]:
    """The accounts that the query names. Raises NotSignedIn when it says `me` or `in:` and nobody is signed in."""
    names: dict[str, int | None] = {}
    for node in walk(tree):
        if isinstance(node, In) and viewer is None:
            raise NotSignedIn(f"Sign in to search in:{node.scope}.")
        if isinstance(node, (From, To, Mention)) and node.name not in names:
            if node.name == "me":
                if viewer is None:
                    raise NotSignedIn("Sign in to search by “me”.")
                names["me"] = viewer.id
                continue
            username, _, host = node.name.partition("@")
            account = await accounts.find_by_name(db, username, host)
            names[node.name] = account.id if account else None
    return names


async def _people(db: Database, tree: Node, viewer: int) -> dict[Node, list[int]]:
    """For each place and each `in:` that means few authors, who they are.

    They are looked up in the index. Many are recognised while walking, where it takes few posts to meet one of them.
    Whoever never posted does not count.
    """
    most = _DIALECTS[db.dialect].most_authors
    found: dict[Node, list[int]] = {}
    for node in walk(tree):
        personal = isinstance(node, In) and node.scope != "saved"
        if node not in found and (personal or isinstance(node, (Near, Geocode))):
            compiler = _Compiler(_DIALECTS[db.dialect], {})
            people = await db.patient(
                _Id,
                f"""SELECT a.id FROM account a WHERE {compiler.sql(node)}
                    AND EXISTS (SELECT 1 FROM post p WHERE p.author_id = a.id) LIMIT :most""",
                **compiler.values, **({"viewer": viewer} if personal else {}), most=most + 1)
            if len(people) <= most:
                found[node] = [person.id for person in people]
    return found


class _Names:
    """`matching.Facts` as far as compiling a query needs them."""

    def __init__(self, names: dict[str, int | None]) -> None:
        self._names = names

    def account(self, name: str) -> int | None:
        return self._names.get(name)


class Compiled(msgspec.Struct):
    """A query as SQL: one index expression that every match fulfils, and conditions on the rows."""

    match: str | None
    where: str
    values: dict[str, object]


class _Compiler:
    """Turns a tree into one MATCH as far as the index can say it, and SQL for the rest."""

    def __init__(
        self, dialect: fts5.Dialect, names: dict[str, int | None], people: Mapping[Node, Sequence[int]] | None = None,
        background: ranking.Background | None = None,
    ) -> None:
        self.dialect = dialect
        self.people = people or {}
        self.background = background or ranking.Background()
        self.names = _Names(names)
        self.values: dict[str, object] = {}

    def compiled(self, tree: Node) -> Compiled:
        parts = tree.parts if isinstance(tree, And) else (tree,)
        inside = [part for part in parts if self.in_index(part) and not isinstance(part, All)]
        rest = [self.sql(part) for part in parts if not self.in_index(part)]
        match = self.expression(And(tuple(inside)) if len(inside) > 1 else inside[0]) if inside else None
        return Compiled(match, " AND ".join(rest) or "1 = 1", self.values)

    def in_index(self, node: Node) -> bool:
        """Whether the index alone decides `node`."""
        match node:
            case And(parts=parts) | Or(parts=parts):
                return all(map(self.in_index, parts))
            case Not(part=part):
                return self.in_index(part)
            case Near() | Geocode() | In():
                return node in self.people
            case Since() | Until() | MinCount() | Is(what="unanswered"):
                return False
        return True

    def expression(self, node: Node) -> str:
        """`node` in the index's own query language."""
        say = self.dialect
        match node:
            case All():
                return say.filter("all")
            case And(parts=parts):
                asked = sorted((p for p in parts if not isinstance(p, Not)), key=self.background.share)
                wanted = [self.expression(p) for p in asked]
                unwanted = [self.expression(p.part) for p in parts if isinstance(p, Not)]
                return say.both(wanted or [say.filter("all")], unwanted)
            case Or(parts=parts):
                return say.either([self.expression(p) for p in parts])
            case Not(part=part):
                return say.both([say.filter("all")], [self.expression(part)])
            case Word(term=term):
                return say.word(term)
            case Prefix(term=term):
                return say.prefix(term)
            case Phrase(terms=terms, prefix=prefix):
                return say.phrase(terms, prefix)
            case Tag():
                return say.phrase((node.term,), False)
            case Near() | Geocode() | In():
                return say.either([say.filter(f"author:{author}") for author in self.people[node]]
                                  or [say.filter("nothing:")])
            case Mention(name=name):
                account = self.names.account(name)
                if account is None:
                    return say.word(node.term)
                return say.either([say.filter(f"mentions:{account}"), say.phrase((node.term,), False)])
        return say.either([say.filter(f) for f in filters(node, self.names)] or [say.filter("nothing:")])  # type: ignore[arg-type]

    def sql(self, node: Node) -> str:
        """`node` as a condition on p, a and s."""
        if self.in_index(node):
            name = self._value(self.expression(node), "m")
            return self.dialect.contains(name)
        match node:
            case And(parts=parts):
                return "(" + " AND ".join(map(self.sql, parts)) + ")"
            case Or(parts=parts):
                return "(" + " OR ".join(map(self.sql, parts)) + ")"
            case Not(part=part):
                return f"NOT ({self.sql(part)})"
            case Since(moment=moment):
                near = self._value(id_at(moment - _SLACK))
                return f"(p.created_at >= :{self._value(moment)} AND p.id >= :{near})"
            case Until(moment=moment):
                near = self._value(id_at(moment + _SLACK))
                return f"(p.created_at < :{self._value(moment)} AND p.id < :{near})"
            case Near() | Geocode():
                return self._within(places.circle(node))
            case MinCount(what=what, number=number):
                assert what in ("replies", "boosts", "favourites")
                return f"coalesce(s.{what}, 0) >= :{self._value(min(number, 1 << 60))}"
            case Is(what="unanswered"):
                return """NOT EXISTS (SELECT 1 FROM post r WHERE r.in_reply_to_id = p.id AND r.visibility <= 1
                    AND r.author_id <> p.author_id)"""
            case In(scope="mine"):
                return "a.id = :viewer"
            case In(scope="home"):
                return """(a.id = :viewer OR a.id IN (
                    SELECT followed_id FROM follow WHERE follower_id = :viewer AND accepted = 1))"""
            case In(scope="list"):
                return f"""a.id IN (SELECT m.account_id FROM list l JOIN list_member m ON m.list_id = l.id
                    WHERE l.owner_id = :viewer AND l.title_key = :{self._value(title_key(node.name or ""))})"""
            case In(scope="set"):
                return f"""a.id IN (SELECT m.account_id FROM people_set s JOIN people_set_member m ON m.set_id = s.id
                    WHERE s.owner_id = :viewer AND s.name_key = :{self._value(title_key(node.name or ""))})"""
            case In(scope="saved"):
                return """(EXISTS (SELECT 1 FROM favourite WHERE account_id = :viewer AND post_id = p.id)
                    OR EXISTS (SELECT 1 FROM bookmark WHERE account_id = :viewer AND post_id = p.id))"""
        raise NotYet(f"Nothing can be found by {node} yet.")

    def _within(self, circle: places.Circle) -> str:
        """The author's place lies within the circle; `places.Circle.has` says the same."""
        south, north, latitude, longitude, least = (self._value(value) for value in (
            circle.south, circle.north, circle.latitude, circle.longitude, circle.least_cosine))
        return f"""(a.latitude IS NOT NULL AND a.latitude BETWEEN :{south} AND :{north}
            AND sin(:{latitude}) * sin(radians(a.latitude / 100.0))
              + cos(:{latitude}) * cos(radians(a.latitude / 100.0)) * cos(radians(a.longitude / 100.0) - :{longitude})
              >= :{least})"""

    def _value(self, value: object, prefix: str = "v") -> str:
        name = f"{prefix}{len(self.values)}"
        self.values[name] = value
        return name


async def _page(
    db: Database,
    tree: Node,
    names: dict[str, int | None],
    viewer: int,
    window: Window,
    now: datetime,
    ids: Sequence[int] | None = None,
) -> list[SeenPost]:
    return await whole(db, await _rows(db, tree, names, viewer, window, now, Edition, EDITION, ids))


async def _rows(
    db: Database,
    tree: Node,
    names: dict[str, int | None],
    viewer: int,
    window: Window,
    now: datetime,
    shape: type[Shape],
    columns: str,
    ids: Sequence[int] | None = None,
) -> list[Shape]:
    dialect = _DIALECTS[db.dialect]
    compiled = _Compiler(dialect, names, await _people(db, tree, viewer), _known(db)).compiled(tree)
    window = _narrowed(window, tree.parts if isinstance(tree, And) else (tree,))
    condition = compiled.where
    values: dict[str, object] = {**compiled.values, "viewer": viewer, "now": now, "limit": window.limit}
    if ids is not None:
        condition += " AND p.id IN (SELECT value FROM json_each(:ids))"
        values["ids"] = list(ids)
    source, key = (dialect.source, dialect.key) if compiled.match is not None else ("post p", "p.id")
    if compiled.match is not None:
        condition = f"{dialect.matches} AND {condition}"
        values["match"] = compiled.match
    if compiled.match is not None and compiled.where == "1 = 1" and dialect.ids_first and ids is None:
        known = _known(db).edges(tree, _IDS_FOR_A_POST * window.limit, window.before)
        return await _of_ids(db, compiled, values, known, window, shape, columns)
    sql = f"""SELECT {columns} FROM {source} CROSS JOIN account a LEFT JOIN post_stats s ON s.post_id = p.id
        WHERE a.id = p.author_id AND {dialect.joined if compiled.match is not None else "1 = 1"}
        AND {key} < :before AND {key} > :after AND {condition} AND {FOUND}
        ORDER BY {key} {window.order} LIMIT :limit"""
    rows: list[Shape] = []
    async for before, after in dialect.stretches(db, window):
        values |= {"before": before, "after": after, "limit": window.limit - len(rows)}
        rows += await (db.aside if _may_halt(tree) else db.patient)(shape, sql, **values)
        if len(rows) >= window.limit:
            break
    return window.arranged(rows)


_IDS_FOR_A_POST = 2  # that is shown, as not all may be found
_MOST_IDS = 4_000


async def _of_ids(
    db: Database, compiled: Compiled, values: dict[str, object], edges: Sequence[int] | None, window: Window,
    shape: type[Shape], columns: str,
) -> list[Shape]:
    """A page in two kinds of statements: ids that the index finds, then those of their posts that may be found."""
    assert compiled.match is not None
    if window.from_bottom:
        edges = None
    rows: list[Shape] = []
    left, most = window, _IDS_FOR_A_POST * window.limit
    while True:
        ids = await _listed(db, compiled.match, left, most, edges)
        values |= {"ids": ids, "limit": window.limit - len(rows)}
        rows += await db.patient(
            shape,
            f"""SELECT {columns} FROM post p CROSS JOIN account a LEFT JOIN post_stats s ON s.post_id = p.id
                WHERE p.id IN (SELECT value FROM json_each(:ids)) AND a.id = p.author_id
                AND {compiled.where} AND {FOUND} ORDER BY p.id {window.order} LIMIT :limit""",
            **values)
        if len(rows) >= window.limit or len(ids) < most:
            return window.arranged(rows)
        edge = ids[-1]
        left = msgspec.structs.replace(left, **({"after": edge} if window.from_bottom else {"before": edge}))
        most = min(4 * most, _MOST_IDS)


async def _listed(
    db: Database, match: str, window: Window, most: int, edges: Sequence[int] | None
) -> list[int]:
    """The first `most` ids that the index finds, in the window's order. They are nobody's to see: who may find them has
    not been asked."""
    say = _DIALECTS[db.dialect]
    sql = f"""SELECT {say.key} AS id FROM {say.alone} WHERE {say.matches}
        AND {say.key} < :before AND {say.key} > :after ORDER BY {say.listed} {window.order} LIMIT :limit"""
    ids: list[int] = []
    async for before, after in say.stretches(db, window, edges):
        rows = await db.aside(_Id, sql, match=match, before=before, after=after, limit=most - len(ids))
        ids += [row.id for row in rows]
        if len(ids) >= most:
            break
    return ids


_ANSWERED_AT_ONCE = 3  # letters of a prefix that the index has lists for


def _may_halt(tree: Node) -> bool:
    """Whether the index may look long for a single post, which nobody can interrupt: 0.4 s for a phrase that is not
    there, of words that are in a third of ten million posts. A word, short prefix or filter alone is a list of posts.
    """
    match tree:
        case Phrase(terms=terms):
            return len(terms) > 1
        case Prefix(term=term):
            return len(term) > _ANSWERED_AT_ONCE
    return isinstance(tree, (And, Or, Not, Near, Geocode, In))


class Hit(msgspec.Struct, frozen=True):
    """A match, as far as counting needs it."""

    id: int
    created_at: datetime


class Walker:
    """Walks the matches of one query for one viewer, a piece at a time, and never longer than told."""

    def __init__(self, db: Database, compiled: Compiled, viewer: int, now: datetime) -> None:
        self._db = db
        self._dialect = dialect = _DIALECTS[db.dialect]
        in_index = compiled.match is not None
        self._values = {**compiled.values, "viewer": viewer, "now": now, "match": compiled.match}
        self._key = key = dialect.key if in_index else "p.id"
        self._sql = f"""SELECT p.id, p.created_at FROM {dialect.source if in_index else "post p"}
            CROSS JOIN account a LEFT JOIN post_stats s ON s.post_id = p.id
            WHERE a.id = p.author_id AND {f"{dialect.joined} AND {dialect.matches}" if in_index else "1 = 1"}
            AND {key} < :before AND {key} > :after AND {compiled.where} AND {FOUND}"""
        if not in_index:
            del self._values["match"]

    async def walk(self, window: Window, seconds: float, whole: bool = False) -> tuple[list[Hit], bool]:
        """The hits of `window` in the order they were met, and whether there was time for all of them.

        `whole` asks for the window in one statement: for windows that are small.
        """
        until = clock.monotonic() + seconds
        sql = f"{self._sql} ORDER BY {self._key} {window.order} LIMIT :limit"
        found: list[Hit] = []
        stretches = _one(window) if whole else self._dialect.stretches(self._db, window)
        async for before, after in stretches:
            left = until - clock.monotonic()
            if left <= 0:
                return found, False
            limits = {"before": before, "after": after, "limit": window.limit - len(found)}
            hits, complete = await self._db.hurried(Hit, sql, left, **self._values, **limits)
            found += hits
            if not complete or len(found) >= window.limit:
                return found, complete
        return found, True


async def _one(window: Window) -> AsyncIterator[tuple[int, int]]:
    yield window.before, window.after


async def walker(db: Database, query: Query, viewer: Account | None, now: datetime) -> Walker:
    """For counting what `query` finds for `viewer`. Raises NotSignedIn."""
    names = await _resolved(db, query.tree, viewer)
    asking = viewer.id if viewer else 0
    people = await _people(db, query.tree, asking)
    compiled = _Compiler(_DIALECTS[db.dialect], names, people, _known(db)).compiled(query.tree)
    return Walker(db, compiled, asking, now)


class _Id(msgspec.Struct, frozen=True):
    id: int


_ROUNDS = 4
_BEHIND = 5  # near-duplicates that are shown behind a post
_PLENTY = 4  # times as many posts met as are judged: no further list of the same kind is needed
_SLICE = 12  # posts analysed before others have a turn: a millisecond


class _Best:
    """The best matches of one query for one viewer. A constant number of statements: lists, texts, and the page."""

    def __init__(
        self, db: Database, tree: Node, names: dict[str, int | None], viewer: Account | None, now: datetime
    ) -> None:
        self.db = db
        self.dialect = _DIALECTS[db.dialect]
        self.tree = tree
        self.names = names
        self.viewer = viewer.id if viewer else 0
        self.now = now
        self.bounded = False  # whether posts older than some were not asked for all words together

    async def page(
        self, window: Window, cursor: str, fold: bool
    ) -> tuple[list[SeenPost], dict[int, tuple[int, ...]], str, tuple[str, ...]]:
        """(posts, what is folded behind each, cursor of the next page, notes)."""
        pin, shown = _read_cursor(cursor)
        if not pin:
            pin = min(window.before, 1 + (await self.db.value("SELECT max(id) FROM post") or 0))
        window = msgspec.structs.replace(window, before=min(window.before, pin))
        known = frozenset(shown)
        for effort in (ranking.GLANCE, ranking.THOROUGH):
            if effort is ranking.GLANCE and (window.limit > ranking.PAGE or len(shown) >= effort.judged // 2):
                continue
            wanted, order = await self._order(window, pin, fold, effort)
            left = [
                place
                for place in order
                if not any(_mark(each) in known for each in ((place.id, *place.like) if fold else (place.id,)))
            ]
            looked_at = sum(1 + len(place.like) for place in order) if fold else len(order)
            if len(left) > window.limit or looked_at < effort.enough:
                break
        places = left[: window.limit]
        posts = await self._shown([place.id for place in places])
        more = _written_cursor(pin, [*shown, *(_mark(place.id) for place in places)]) if len(left) > len(places) else ""
        notes: tuple[str, ...] = ()
        if len(wanted.plain) > 1 and not all(place.complete for place in places):
            notes = ("Posts with all the words come first; after them those with the rarest and most of them.",)
        if self.bounded:
            notes += ("These words are so common that only newer posts were asked whether they have all of them.",)
        return posts, {place.id: place.like for place in places if place.like}, more, notes

    async def group(self, post_id: int, limit: int) -> list[SeenPost]:
        """The post and its near-duplicates, best first, wherever in the ranking they are."""
        for effort in (ranking.GLANCE, ranking.THOROUGH):  # as a first page and a later one find it
            _, order = await self._order(Window(), MAX_ID, True, effort)
            ids = next(((place.id, *place.like) for place in order if post_id in (place.id, *place.like)), ())
            if ids:
                break
        return await self._shown(ids[:limit])

    async def _order(
        self, window: Window, pin: int, fold: bool, effort: ranking.Effort
    ) -> tuple[ranking.Plan, list[ranking.Ranked]]:
        background = await _background(self.db)
        wanted = ranking.plan(self.tree, background)
        bags = await self._bags(wanted, background, window, effort)
        order = ranking.rank(list(bags.values()), wanted, background, pin)
        await asyncio.sleep(0)
        leaders = ranking.folded(order, bags)
        if fold:
            return wanted, leaders
        like = {place.id: place.like for place in leaders}
        return wanted, [msgspec.structs.replace(place, like=like.get(place.id, ())) for place in order]

    async def like(self, post: ranking.Candidate, limit: int) -> Similar:
        """The posts most like `post`, which is not among them."""
        background = await _background(self.db)
        wanted = ranking.likeness(post, background)
        if not wanted.plain:
            return Similar([], [], (), {}, All())
        bags = await self._bags(wanted, background, Window(), ranking.WIDELY)
        bags.pop(post.id, None)
        order = ranking.rank(list(bags.values()), wanted, background, id_at(self.now))
        # With the post itself before all, what says the same stands behind it.
        bags[post.id] = ranking.bag(post, wanted)
        await asyncio.sleep(0)
        itself, *others = ranking.folded([ranking.Ranked(post.id, True), *order], bags)
        others = others[:limit]
        same = itself.like[:limit]
        behind = {place.id: place.like[:_BEHIND] for place in others if place.like}
        ids = [*(place.id for place in others), *same, *(each for several in behind.values() for each in several)]
        found: dict[int, SeenPost] = {one.id: one for one in await self._shown(ids)}
        said = set().union(*(bags[post_id].words for post_id in found))
        return Similar(
            posts=[found[place.id] for place in others if place.id in found],
            same=[found[post_id] for post_id in same if post_id in found],
            words=tuple(word for word, made in zip(wanted.plain, wanted.scored, strict=True) if made in said),
            behind={one: [found[each] for each in several if each in found] for one, several in behind.items()},
            tree=ranking.spellings(wanted, background),
        )

    async def _bags(
        self, wanted: ranking.Plan, background: ranking.Background, window: Window, effort: ranking.Effort
    ) -> dict[int, ranking.Bag]:
        bags: dict[int, ranking.Bag] = {}
        for at, post in enumerate(await self._candidates(wanted, background, window, effort)):
            if at % _SLICE == 0:
                await asyncio.sleep(0)
            bags[post.id] = ranking.bag(post, wanted)
        return bags

    async def _candidates(
        self, wanted: ranking.Plan, background: ranking.Background, window: Window, effort: ranking.Effort
    ) -> list[ranking.Candidate]:
        """Posts to be scored, which the viewer may find and which fulfil all that is strict."""
        compiler = _Compiler(self.dialect, self.names, background=background)
        rows = [part for part in wanted.strict if not compiler.in_index(part)]
        inside = tuple(part for part in wanted.strict if compiler.in_index(part))
        if not wanted.plain:
            return await self._newest(self.tree, window, effort.judged)
        window = _narrowed(window, wanted.strict)
        found: list[tuple[tuple[str, ...], list[int]]] = []
        met: set[int] = set()
        soon, early = not rows and not wanted.broad, False
        # All words together may be in few posts, and to see that takes longest.
        reach = max(window.after, ranking.reach(wanted, background, window.before))
        self.bounded = reach > max(window.after, background.stretches[-1][0] if background.stretches else 0)
        for step in ranking.lists(msgspec.structs.replace(wanted, strict=inside), background):
            for node, sure in step:
                part = window if found else msgspec.structs.replace(window, after=reach)
                edges = background.edges(node, effort.listed, part.before)
                found.append((sure, await _listed(self.db, compiler.expression(node), part, effort.listed, edges)))
                met.update(found[-1][1])
                await asyncio.sleep(0)
                if early := soon and len(met) >= _PLENTY * effort.judged:
                    break
            if early := soon and len(met) >= effort.judged:
                break
        ids = ranking.chosen(found, wanted, background, _ROUNDS * effort.judged)
        posts: list[ranking.Candidate] = []
        for at in range(0, len(ids), effort.judged):
            posts += await self._judged(ids[at : at + effort.judged], rows)
            if len(posts) >= effort.enough:
                break
        if len(posts) < effort.enough and (early or any(len(listed) >= effort.listed for _, listed in found)):
            # Few of the newest may be found, or fulfil what only the rows tell. Walk on until there are some.
            anything = ranking.anything(wanted, background)
            known = {post.id: post for post in posts}
            posts += [post for post in await self._newest(anything, window, effort.enough) if post.id not in known]
        return posts

    async def _newest(self, tree: Node, window: Window, limit: int) -> list[ranking.Candidate]:
        window = msgspec.structs.replace(window, limit=limit)
        return await _rows(
            self.db, tree, self.names, self.viewer, window, self.now, ranking.Candidate, ranking.COLUMNS)

    async def _judged(self, ids: list[int], rows: Sequence[Node]) -> list[ranking.Candidate]:
        compiled = _Compiler(self.dialect, self.names).compiled(And(tuple(rows)) if rows else All())
        return await self.db.aside(
            ranking.Candidate,
            f"""SELECT {ranking.COLUMNS} FROM post p CROSS JOIN account a LEFT JOIN post_stats s ON s.post_id = p.id
                WHERE p.id IN (SELECT value FROM json_each(:ids)) AND a.id = p.author_id
                AND {compiled.where} AND {FOUND}""",
            **compiled.values,
            ids=ids,
            viewer=self.viewer,
            now=self.now,
        )

    async def _shown(self, ids: Sequence[int]) -> list[SeenPost]:
        found = await self.db.patient(
            SeenPost,
            f"""SELECT {COLUMNS} FROM post p CROSS JOIN account a LEFT JOIN post_stats s ON s.post_id = p.id
                WHERE p.id IN (SELECT value FROM json_each(:ids)) AND a.id = p.author_id AND {FOUND}""",
            ids=list(ids),
            viewer=self.viewer,
            now=self.now,
        )
        by_id: dict[int, SeenPost] = {post.id: post for post in found}
        return [by_id[post_id] for post_id in ids if post_id in by_id]


def _narrowed(window: Window, strict: Sequence[Node]) -> Window:
    """The part of `window` that `since:` and its kind leave, so that lists are of posts that can fulfil them."""
    before, after = window.before, window.after
    for part in strict:
        if isinstance(part, Until):
            before = min(before, id_at(part.moment + _SLACK))
        elif isinstance(part, Since):
            after = max(after, id_at(part.moment - _SLACK) - 1)
    return msgspec.structs.replace(window, before=before, after=after)


def _mark(post_id: int) -> int:
    """Four bytes that stand for a post in a cursor."""
    return zlib.crc32(post_id.to_bytes(8, "big"))


def _written_cursor(pin: int, shown: Sequence[int]) -> str:
    packed = pin.to_bytes(8, "big") + b"".join(mark.to_bytes(4, "big") for mark in shown)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[int, list[int]]:
    """(newest id that counts plus one, marks of what was shown). Raises Invalid."""
    if not cursor:
        return 0, []
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        packed = b""
    pin = int.from_bytes(packed[:8], "big")
    if len(packed) % 4 or not 0 < pin <= MAX_ID or len(packed) > 8 + 4 * ranking.THOROUGH.judged * _ROUNDS:
        raise Invalid("This page address is not complete; start again from the first page.", "cursor")
    return pin, [int.from_bytes(packed[at : at + 4], "big") for at in range(8, len(packed), 4)]


_STRETCHES = 20  # of the archive, from which posts are taken to see how common words are
_backgrounds: WeakKeyDictionary[Database, tuple[float, ranking.Background]] = WeakKeyDictionary()


_sampling: WeakKeyDictionary[Database, asyncio.Task[ranking.Background]] = WeakKeyDictionary()
_TELLING = 500  # posts that tell something, so that nobody waits while they are sampled anew


async def prepare(db: Database) -> None:
    """What the first `sort:top` would wait for, the better part of a second in a large archive."""
    await _background(db)


def _known(db: Database) -> ranking.Background:
    """How common words were when they were last counted; nobody waits for it."""
    return _backgrounds.get(db, (0.0, ranking.Background()))[1]


async def _background(db: Database) -> ranking.Background:
    """How common words are in what everybody may find; asked anew after some minutes, sooner where there is little.

    Meanwhile the older answer holds.
    """
    at, known = _backgrounds.get(db, (0.0, ranking.Background()))
    if clock.monotonic() - at < known.posts / 5:
        return known
    task = _sampling.get(db)
    if task is None or task.done():
        task = _sampling[db] = asyncio.create_task(_sampled(db))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return known if known.posts >= _TELLING else await asyncio.shield(task)


async def _sampled(db: Database) -> ranking.Background:
    first = await db.value("SELECT min(id) FROM post") or 0  # apart: of both at once SQLite reads every post
    last = await db.value("SELECT max(id) FROM post") or 0
    step = max((last - first) // _STRETCHES, 1)
    sample: dict[int, ranking.Candidate] = {}
    stretches: list[tuple[int, float]] = []  # the oldest first
    for number in range(_STRETCHES):
        posts = await db.patient(
            ranking.Candidate,
            f"""SELECT {ranking.COLUMNS} FROM post p CROSS JOIN account a LEFT JOIN post_stats s ON s.post_id = p.id
                WHERE p.id >= :start AND a.id = p.author_id AND {FOUND} ORDER BY p.id LIMIT :each""",
            start=first + number * step,
            each=ranking.SAMPLED // _STRETCHES,
            viewer=0,
            now=clock.now(),
        )
        sample |= {post.id: post for post in posts}
        width = posts[-1].id - posts[0].id if posts else 0
        stretches.append((first + number * step, step * len(posts) / width if width else 0.0))
        await asyncio.sleep(0)
    posts = list(sample.values())
    stretches = [(last + 1, 0.0), *reversed(stretches)]
    made = await asyncio.to_thread(ranking.background, posts) if len(posts) > _SLICE else ranking.background(posts)
    made = msgspec.structs.replace(made, stretches=tuple(stretches))
    _backgrounds[db] = (clock.monotonic(), made)
    return made


async def rarities(db: Database, words: Iterable[str], language: str) -> dict[str, float]:
    """How rare each of `words` is in what everybody may find: more is rarer."""
    known, stem = await _background(db), stems(language)
    return {word: known.rarity(stem[word]) for word in words}


_covered: dict[int, tuple[float, Coverage]] = {}


async def coverage(db: Database) -> Coverage:
    """What a search here covers; counted at most once a minute."""
    at, known = _covered.get(id(db), (0.0, None))
    if known is not None and clock.monotonic() - at < _COVERAGE_SECONDS and known.posts:
        return known
    _, _, posts = await server.numbers(db, clock.now())
    oldest = await oldest_post(db)
    made = Coverage(posts, oldest)
    _covered.clear()
    _covered[id(db)] = (clock.monotonic(), made)
    return made


async def oldest_post(reader: Reader) -> datetime | None:
    """The time of the first post that is here."""
    at = await reader.value("SELECT created_at FROM post ORDER BY id LIMIT 1")
    return clock.from_ms(at) if at is not None else None


__all__ = [
    "BadQuery", "Coverage", "Found", "Hit", "Walker", "coverage", "find", "findable", "matching", "newest",
    "understood", "walker",
]  # fmt: skip

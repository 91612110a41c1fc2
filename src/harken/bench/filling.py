"""Fill an embedded database with very many posts, as quickly as is honest.

`harken import` looks for each post whether it has come before and who is meant, keeps six indexes by the row, and
writes a log that consumers read on. Here all posts are known to be new: their texts are made, analysed and rendered
by the server's own code in processes of their own, the rows are written by the statements of an import, in large
transactions and in the order of time, and the indexes that nothing needs meanwhile are made at the end. What comes out
is what an import leaves behind once its consumers have read it. Whoever is stopped goes on where they stood.
"""

from __future__ import annotations

import gc
import multiprocessing
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from .. import clock, ids
from ..engine import opened
from ..model.account import name_key
from ..model.post import Visibility
from ..search import index, places
from ..search.analysis import HAPPY, SAD, Terms, terms
from ..search.document import Packed, Searchable, as_reply, document, packed
from ..settings import Settings
from ..store import bulk, counts, imports, server
from ..store.database import Database, Transaction
from ..text import markup
from .corpus import Corpus

CHUNK = 20_000  # posts of one transaction
SOURCE = "bench"
PROCESSES = 2
_SETTING = "bench filling"
_PLACED = 55  # of a hundred authors say where they are, as among the customers of the real corpora
CHECKED = 50  # one post in so many is read as a whole, too
_QUIET = 10  # one author in so many does not want to be found


class Plan(msgspec.Struct):
    """What is being filled in and how far that has come; kept in the database itself."""

    posts: int
    until: datetime
    done: int = 0
    seconds: float = 0.0
    indexes: list[str] = []  # still to be made
    merged: bool = False
    differences: int = 0  # among the posts that were read as a whole, too


_COLUMNS = (
    "id", "author_id", "text", "html", "visibility", "language", "created_at", "in_reply_to_id",
    "in_reply_to_account_id", "conversation_id", "uri", "url", "mentions", "tags")
_SAME = {"spoiler": "", "sensitive": 0, "in_reply_to_uri": None, "source": None}


class _Chunk(msgspec.Struct, array_like=True):
    """Posts that are ready to be written, in the order of their ids."""

    rows: list[tuple[Any, ...]]  # of _COLUMNS
    documents: list[tuple[int, Packed]]
    keys: list[tuple[str, int]]
    tags: list[tuple[str, int]]
    mentions: list[tuple[int, int]]
    replies: dict[int, int]
    posted: list[tuple[int, int, int]]
    differences: int = 0


_corpus: Corpus
_accounts: Sequence[int]


def _prepare(sample: Sequence[Path], accounts: Sequence[int]) -> None:
    """Once in every process."""
    global _corpus, _accounts
    gc.disable()  # millions of objects live here, none in circles: looking for some took half of the time
    _corpus, _accounts = Corpus(sample=sample), accounts


def _chunk(first: int, last: int, posts: int, until: datetime) -> bytes:
    """Posts `first` up to `last` of `posts`, as a _Chunk."""
    _corpus.seed(first)
    made = _Chunk([], [], [], [], [], {}, [])
    here: dict[int, tuple[int, int, int]] = {}  # number to (id, author's number, conversation)
    replies: Counter[int] = Counter()
    numbers: Counter[int] = Counter()
    latest: dict[int, int] = {}
    for number, author, at, runs, language, parent in _corpus.lines(first, last, posts, len(_accounts), until):
        account, post_id = _accounts[author], ids.id_at(at, number)
        above = here[parent] if parent is not None else None
        people: dict[markup.Mention, str] = {}
        mentioned: list[int] = []
        if above is not None:
            name = f"author{above[1]}"
            runs, people = [f"@{name}", *runs], {markup.Mention(name, ""): f"/@{name}"}
            mentioned = [_accounts[above[1]]]
            replies[above[0]] += 1
        text = " ".join(runs)
        told = [_told(run) for run in runs]
        special = [one for one in told if one.special]
        found = Terms([], [term for one in special for term in one.terms.alternates],
                      [host for one in special for host in one.terms.hosts], any(one.terms.asks for one in special))
        shown = [one.html for one in told]
        if people:
            shown[0] = markup.to_html(runs[0], people)[3:-4]
        html = f"<p>{' '.join(shown)}</p>"
        spelled: dict[str, str] = {}
        for one in special:
            for key, tag in one.tags:
                spelled.setdefault(key, tag)
        # One post in thirty-three is unlisted, one in a hundred for followers.
        sort = number * 7 % 100
        visibility = Visibility.FOLLOWERS if sort == 0 else Visibility.UNLISTED if sort < 4 else Visibility.PUBLIC
        post = Searchable(
            id=post_id, author_id=account, text=text, language=language, visibility=visibility.name.lower(),
            mentions=tuple(mentioned), opening_mention=mentioned[0] if mentioned else None, created_at=at)
        rest = document(post, found)  # all but its words, and the moods that lie in them
        moods = {mood for one in told for mood in one.moods}.difference(rest.filters)
        doc = Packed(" ".join([one.words for one in told if one.words]), " ".join(rest.alternates),
                     " ".join([*rest.filters, *sorted(moods)]))
        if number % CHECKED == 0:
            made.differences += _differs(post, doc, html, list(spelled.values()), people)
        if above is not None:
            doc = as_reply(doc, mentioned[0])
        here[number] = (post_id, author, above[2] if above else post_id)
        made.rows.append((
            post_id, account, text, html, visibility.value, language, clock.to_ms(at), above[0] if above else None,
            mentioned[0] if above else None, here[number][2], f"/users/{account}/posts/{post_id}",
            f"/@author{author}/{post_id}", str(mentioned) if mentioned else "[]",
            msgspec.json.encode(list(spelled.values())).decode() if spelled else "[]"))
        made.documents.append((post_id, doc))
        made.keys.append((f"{number:09}", post_id))
        made.tags += [(tag, post_id) for tag in spelled]
        made.mentions += [(other, post_id) for other in mentioned]
        if visibility <= Visibility.UNLISTED:
            numbers[account] += 1
            latest[account] = clock.to_ms(at)
    made.replies = replies
    made.posted = [(account, n, latest[account]) for account, n in sorted(numbers.items())]
    return msgspec.msgpack.encode(made)


class _Told(NamedTuple):
    """What the server makes of some words."""

    terms: Terms
    words: str
    html: str
    tags: list[tuple[str, str]]  # key, as written
    moods: list[str]
    special: bool


@lru_cache(maxsize=1 << 20)
def _told(run: str) -> _Told:
    found, tags = terms(run), [(markup.tag_key(tag), tag) for tag in markup.tags(run)]
    moods = [mood for mood, signs in (("attitude:happy", HAPPY), ("attitude:sad", SAD))
             if not signs.isdisjoint(found.words) or not signs.isdisjoint(found.alternates)]
    special = bool(found.alternates or found.hosts or found.asks or tags)
    return _Told(found, " ".join(found.words), markup.to_html(run, {})[3:-4], tags, moods, special)


def _differs(post: Searchable, doc: Packed, html: str, tags: list[str], people: dict[markup.Mention, str]) -> bool:
    """Whether a text put together from words was read otherwise than the server would have read it in one piece."""
    whole = packed(document(post))
    return (doc.words, doc.alternates, sorted(doc.filters.split()), html, tags, post.text) != (
        whole.words, whole.alternates, sorted(whole.filters.split()), markup.to_html(post.text, people),
        markup.tags(post.text), markup.clean(post.text))


async def fill(settings: Settings, posts: int, sample: Sequence[Path], say: Callable[[str], None]) -> Plan:
    """Fill `settings.data` with `posts` posts by posts // 200 authors; what was planned and what it took."""
    gc.disable()
    async with opened(settings) as engine:
        db, started = engine.db, time.perf_counter()
        told = await server.setting(db, _SETTING)
        plan = msgspec.json.decode(told, type=Plan) if told else Plan(posts, clock.now())
        before = plan.seconds

        async def keep(tx: Transaction) -> None:
            plan.seconds = before + time.perf_counter() - started
            await server.set_setting(tx, _SETTING, msgspec.json.encode(plan).decode())

        accounts = await _authors(db, max(60, plan.posts // 200))
        if not told:
            plan.indexes = await bulk.indexes(db)
            async with db.transaction() as tx:
                await bulk.begin(tx)
                await keep(tx)
        spawning = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(PROCESSES, spawning, _prepare, (sample, accounts)) as pool:
            ahead: deque[tuple[int, Future[bytes]]] = deque()
            starts = iter(range(plan.done, plan.posts, CHUNK))
            decode = msgspec.msgpack.Decoder(_Chunk).decode
            while True:
                while len(ahead) <= PROCESSES and (first := next(starts, None)) is not None:
                    last = min(first + CHUNK, plan.posts)
                    ahead.append((last, pool.submit(_chunk, first, last, plan.posts, plan.until)))
                if not ahead:
                    break
                plan.done, future = ahead.popleft()
                chunk = decode(future.result())
                plan.differences += chunk.differences
                async with db.transaction() as tx:
                    await _write(tx, chunk)
                    await keep(tx)
                say(f"{plan.done:,} posts, {plan.seconds:,.0f} s")
        while plan.indexes:
            async with db.transaction() as tx:
                await bulk.make_index(tx, plan.indexes[0])
                say(plan.indexes.pop(0).split("(")[0])
                await keep(tx)
        begin = True
        while not plan.merged:  # what housekeeping does at night
            async with db.transaction() as tx:
                await bulk.end(tx)
                plan.merged = not await index.merge(tx, begin)
                await keep(tx)
            begin = False
        await db.give_back()
    gc.enable()
    return plan


async def _write(tx: Transaction, made: _Chunk) -> None:
    await imports.insert(tx, [dict(zip(_COLUMNS, row, strict=True)) | _SAME for row in made.rows])
    await imports.insert_mentions(tx, made.mentions, [])
    await imports.remember(tx, SOURCE, made.keys)
    await imports.insert_tags(tx, made.tags)
    await counts.add_replies(tx, made.replies)
    await counts.posted_many(tx, made.posted)
    await index.put_many(tx, made.documents)


async def _authors(db: Database, number: int) -> list[int]:
    """The ids of author0, author1 and so on, made if need be: most say where they live, by the sizes of places."""
    keys = [name_key(f"author{author}") for author in range(number)]
    if not await imports.names_taken(db, keys[:1]):
        towns, dice = await places.by_size(), Corpus().dice
        at = clock.now()
        rows: list[dict[str, Any]] = []
        for author, (key, town) in enumerate(zip(keys, dice.choices(*towns, k=number), strict=True)):
            account_id = ids.id_at(at) + author * 16
            placed = dice.randrange(100) < _PLACED
            rows.append({
                "id": account_id, "username": f"author{author}", "key": key, "uri": f"/users/{account_id}",
                "url": f"/@author{author}", "hearable": 0, "at": clock.to_ms(at),
                "location": str(town) if placed else "", "latitude": town.point[0] if placed else None,
                "longitude": town.point[1] if placed else None})
        for start in range(0, number, CHUNK):
            async with db.transaction() as tx:
                await imports.insert_accounts(tx, rows[start : start + CHUNK])
                await bulk.make_quiet(tx, [row["id"] for row in rows[start : start + CHUNK : _QUIET]][1:])
    known = {row[0]: row[1] for start in range(0, number, CHUNK)
             for row in await imports.authors(db, keys[start : start + CHUNK])}
    return [known[key] for key in keys]

"""What is being talked about now against what is usual: tags, words, phrases of two or three words, links.

Counted are accounts, not posts. A period (an hour, a day, a week) is compared with the `EARLIER` periods of the same
length before it, each weighing half as much as the one `HALF` periods later. With x of X accounts using a term now and
the decayed sums b of B before, the score is the signed log-likelihood ratio

    G² = 2 (x ln(x / E) + b' ln(b' / F)),    E = X (x + b') / (X + B'),    F = B' (x + b') / (X + B')

with b' = b + PRIOR / 100 and B' = B + PRIOR (T. Dunning, "Accurate Methods for the Statistics of Surprise and
Coincidence", Computational Linguistics 19, 1993). What everybody says all the time has x/X = b/B and scores nothing,
so usual words do not trend and there is no list of stop words. Where too little was said before (`KNOWN`), nobody can
tell a usual word from a new one, and only tags and links are taken, which somebody chose on purpose.

Against noise: near-identical texts count for the first who said them, at most `CAP` posts of an account are read in a
period, an account younger than a day counts a `YOUNG` part, and fewer than `PEOPLE` accounts are no trend. Of every
period the newest `SAMPLE` posts are read. Scripts written without spaces trend by tags and links only.

What was counted is kept for a minute. Who may be found is asked again for every answer: a trend is named only if
`PEOPLE` accounts still stand for it with posts that a visitor may find at that moment.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import log
from weakref import WeakKeyDictionary

import msgspec

from ..errors import Invalid
from ..ids import id_at
from ..model.post import SeenPost
from ..store import trends
from ..store.database import Database
from ..store.trends import Spoken
from .analysis import Word, analyse
from .knowers import same_words
from .search import findable

PERIODS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
KINDS = ("tag", "word", "phrase", "link")
EARLIER = 7
HALF = 3
SAMPLE = 2_000
CAP = 20
YOUNG = 0.25
PRIOR = 10  # accounts we suppose to have heard earlier, of whom one in a hundred used the term
PEOPLE = 3
KNOWN = 10  # accounts heard earlier, before words can be told from usual words
SURPRISE = 6.63  # G² that chance reaches once in a hundred, one degree of freedom
USUAL = 0.1  # of the accounts: a word that begins or ends no phrase
KEPT = 40
EVIDENCE = 12
POSTS = 3
_KEPT_FOR = timedelta(minutes=1)
_MOST_KEPT = 64
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_PLAIN = re.compile(r"[^\W\d_][\w'’-]+")
_ADDRESS = re.compile(r"(?i)https?://|www\.")
_BLANK = re.compile(r"[ \t]+")


class Trend(msgspec.Struct, frozen=True):
    """One thing that is talked about.

    `written` is how people write it, `accounts` how many did in each of the periods, oldest first and this one last;
    `posts` show it, newest first.
    """

    kind: str
    term: str
    written: str
    score: float
    accounts: list[int]
    posts: list[SeenPost]


class _Counted(msgspec.Struct, frozen=True):
    kind: str
    term: str
    written: str
    score: float
    accounts: list[int]
    evidence: list[int]  # one post of each account


_kept: WeakKeyDictionary[Database, dict[tuple[str, str], tuple[datetime, list[_Counted]]]] = WeakKeyDictionary()
_locks: WeakKeyDictionary[Database, asyncio.Lock] = WeakKeyDictionary()


async def find_trends(
    db: Database, period: str, now: datetime, language: str = "", kind: str = "", limit: int = 10,
    at: datetime | None = None,
) -> list[Trend]:
    """The trends of the last `period`, strongest first; with `at`, as of that moment, counted afresh.

    Raises Invalid for another period, kind or language code.
    """
    language = language.partition("-")[0].lower()
    if period not in PERIODS:
        raise Invalid(f"period must be one of {', '.join(PERIODS)}", "period")
    if kind and kind not in KINDS:
        raise Invalid(f"kind must be one of {', '.join(KINDS)}", "kind")
    if language and not _LANGUAGE.fullmatch(language):
        raise Invalid("language must be a code of two or three letters", "language")
    if at is not None:
        counted = await _count(db, period, language, at)
    else:
        async with _locks.setdefault(db, asyncio.Lock()):
            kept = _kept.setdefault(db, {})
            when, counted = kept.get((period, language), (None, []))
            if when is None or not timedelta() <= now - when < _KEPT_FOR:
                counted = await _count(db, period, language, now)
                if len(kept) >= _MOST_KEPT:
                    kept.clear()
                kept[period, language] = now, counted
    wanted = [one for one in counted if not kind or one.kind == kind]
    seen = await findable(db, None, sorted({post for one in wanted for post in one.evidence}), now)
    found = []
    for one in wanted:
        posts = [seen[post] for post in one.evidence if post in seen and not seen[post].sensitive]
        if len({post.author_id for post in posts}) >= PEOPLE:
            found.append(Trend(one.kind, one.term, one.written, one.score, one.accounts, posts[:POSTS]))
    return found[:limit]


async def _count(db: Database, period: str, language: str, at: datetime) -> list[_Counted]:
    length = PERIODS[period]
    spoken = [
        await trends.between(db, id_at(at - (back + 1) * length), id_at(at - back * length), SAMPLE, at)
        for back in range(EARLIER, -1, -1)]
    # Counting takes some tenths of a second, in which the loop can serve others.
    return await asyncio.to_thread(_scored, spoken, language)


def _scored(spoken: list[list[Spoken]], language: str) -> list[_Counted]:
    used, people = zip(*[_accounts(posts, language) for posts in spoken], strict=True)
    now, active = used[-1], people[-1]
    weights = [0.5 ** ((len(spoken) - 2 - i) / HALF) for i in range(len(spoken) - 1)]
    before = sum(weight * many for weight, many in zip(weights, people, strict=False))
    everybody = active + sum(people[:-1])
    common = {
        term for (kind, term), who in now.items()
        if kind == "word" and sum(len(one.get((kind, term), ())) for one in used) > max(USUAL * everybody, PEOPLE)
    } if everybody else set()
    found = []
    for (kind, term), who in now.items():
        x = sum(YOUNG if said.young else 1.0 for said, _ in who.values())
        if x < PEOPLE or (kind in ("word", "phrase") and before < KNOWN):
            continue
        parts = term.split(" ")
        if kind == "phrase" and (parts[0] in common or parts[-1] in common):
            continue
        b = sum(weight * len(one.get((kind, term), ())) for weight, one in zip(weights, used, strict=False))
        score = surprise(x, active, b + PRIOR / 100, before + PRIOR)
        if score >= SURPRISE:
            counts = [len(one.get((kind, term), ())) for one in used]
            latest = sorted((said.id for said, _ in who.values()), reverse=True)[:EVIDENCE]
            written = max(who.values(), key=lambda pair: pair[0].id)[1]
            found.append(_Counted(kind, term, written, round(score, 3), counts, latest))
    found.sort(key=lambda one: (-one.score, one.kind, one.term))
    return _apart(found, {(kind, term): set(who) for (kind, term), who in now.items()})


def _apart(found: list[_Counted], who: dict[tuple[str, str], set[int]]) -> list[_Counted]:
    """One of each thing: what shares a word with a stronger trend and most of its people is the same thing."""
    kept: list[_Counted] = []
    for one in sorted(found, key=lambda one: -one.score * (1 + 0.2 * one.term.count(" ") + 0.2 * (one.kind == "tag"))):
        mine, parts = who[one.kind, one.term], set(one.term.lstrip("#").split(" "))
        if not any(
            parts & set(other.term.lstrip("#").split(" "))
            and 2 * len(mine & who[other.kind, other.term]) > len(mine) for other in kept
        ):
            kept.append(one)
    of_kind: dict[str, int] = defaultdict(int)
    bounded = []
    for one in kept:
        of_kind[one.kind] += 1
        if of_kind[one.kind] <= KEPT // len(KINDS):
            bounded.append(one)
    return bounded


def surprise(x: float, of: float, b: float, before: float) -> float:
    """Dunning's G² for x of `of` now against b of `before`; 0 where it is not more than usual."""
    if x <= 0 or x / max(of, 1e-9) <= b / before:
        return 0.0
    share = (x + b) / (of + before)
    return 2 * (x * log(x / (of * share)) + b * log(b / (before * share)))


def _accounts(
    posts: list[Spoken], language: str
) -> tuple[dict[tuple[str, str], dict[int, tuple[Spoken, str]]], float]:
    """(kind, term) → account → a post and how it is written there; and how many accounts spoke."""
    used: dict[tuple[str, str], dict[int, tuple[Spoken, str]]] = defaultdict(dict)
    read: dict[int, int] = defaultdict(int)
    said: set[str] = set()
    for post in reversed(posts):  # oldest first, so that a copy does not count
        if language and (post.language or "").partition("-")[0].lower() != language:
            continue
        words = same_words(post.text) or post.text
        read[post.author_id] += 1
        if read[post.author_id] > CAP or words in said:
            continue
        said.add(words)
        for kind, term, written in _things(post.text):
            used[kind, term][post.author_id] = post, written
    return used, float(len(read))


def _things(text: str) -> Iterator[tuple[str, str, str]]:
    """(kind, term, as written) of everything in a text that may trend."""
    run: list[Word] = []
    for word in analyse(text):
        written = text[word.start : word.end]
        if written[:1] in "#＃" and len(word.term) > 1:
            yield "tag", word.term, written
        elif _ADDRESS.match(written):
            yield "link", word.term, written
        elif not word.piece and _PLAIN.fullmatch(written) and written[0] not in "@＠":
            if not (run and run[-1].end <= word.start and _BLANK.fullmatch(text, run[-1].end, word.start)):
                run = []
            run = [*run[-2:], word]
            yield "word", word.term, written
            for size in (2, 3):
                if len(run) >= size:
                    start = run[-size].start
                    yield "phrase", " ".join(one.term for one in run[-size:]), text[start : word.end]
            continue
        run = []

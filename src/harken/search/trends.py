"""What is being talked about now, against what is usual: tags, links, words and phrases of two words.

Counted are people, never posts. Of the period (an hour, a day, a week) and of earlier periods like it we read public
posts that anybody may find, at most POSTS of each, spread evenly over the time. Texts in the same words count once,
however many accounts post them; of one account at most EACH posts count, and one younger than a day counts YOUNG of
an older one. Then, for each term:

    rate      c / B + u                            c of the B earlier posts have it; B is at least KNOWN
              u = 3 / B for words and phrases, of which people have thousands: what none of B posts has may yet be as
              usual as that (the rule of three, J. Hanley and A. Lippman-Hand, JAMA 249:13, 1983);
              u = 1 / max(B, A) for tags and links, which somebody made; A posts are of the period
    expected  Σ 1 - (1 - rate)ⁿ                    over the people of the period, n their posts: how many would say it
                                                   if each post were a usual one
    score     √(2 (a ln(a / expected) - (a - expected)))      a people say it

which is the signed root of the log-likelihood ratio of a Poisson count (T. Dunning, "Accurate methods for the
statistics of surprise and coincidence", Computational Linguistics 19:1, 1993): about how many standard deviations it
is above the usual, and right for rare words too. A trend has a score of at least SURPRISING, LEAST people, and twice
as many as expected. Terms found in mostly the same posts are one trend, named by the one that says most.

What is kept for a minute are numbers and ids. Every answer asks anew which of the posts behind a trend may still be
found and say what they said, counts their authors, and drops trends that fewer than LEAST people are left of; so who
changes their mind is gone from the next answer.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import log, log2, sqrt
from typing import TypeVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import msgspec

from .. import clock
from ..ids import moment_of
from ..model.account import Account
from ..model.post import SeenPost
from ..store import trends as facts
from ..store.database import Database
from ..store.trends import Said
from ..text.markup import tag_key
from .analysis import analyse, terms
from .knowers import same_words
from .search import findable, newest, understood

POSTS = 20_000  # of the period, and again of what came before
EACH = 20  # posts of one account
LEAST = 3  # people who say a thing before it is a trend
YOUNG = 0.25  # what an account younger than a day counts: it is made quickly
SURPRISING = 3.3  # standard deviations; chance alone does that once in two thousand terms
KNOWN = 200  # earlier posts, below which nobody can say which words are usual: then only tags and links are counted
COMMON = 0.03  # of earlier posts: words this common are part of no phrase
SHOWN = 20
DAYS = 7
USES = 20_000
TELLING = 3  # posts that show what a trend is about
_KEPT = 40  # trends of a kind, of which some may go before they are shown
_SPARE = 10  # trends that are asked about beyond those to be shown
_BEHIND = 40  # posts behind a trend that are asked about at every answer, one for each person
_ASKED = 8  # posts of a trend of which TELLING are shown, should the viewer not wish to see some
_LANGUAGES = 12
_SAME = 0.6  # share of the posts of a term that have the other too
_MOST_USED = 256  # things whose days are remembered
_SECONDS = 5.0  # for reading; what is not read by then is not counted
_FRESH_SECONDS = 60.0
_SLICE = 20  # posts analysed before others have a turn: some 2 ms
_PART = 4  # pieces in which an earlier period is read
_MANUAL_BOOST = re.compile(r"\s*[\"“]?\s*RT\s*:?\s*[@＠]\w")
_LANGUAGE = re.compile(r"[a-z]{2,8}\Z")
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class Period(msgspec.Struct, frozen=True):
    """How long `now` is, in how many slices it is read and drawn, and how long ago the earlier ones like it ended."""

    length: timedelta
    slices: int
    before: tuple[timedelta, ...]


PERIODS = {
    # What is said at this time of day is as usual as what was said just before.
    "hour": Period(_HOUR, 12, (*(n * _HOUR for n in range(1, 6)), *(n * _DAY for n in range(1, 8)))),
    "day": Period(_DAY, 24, tuple(n * _DAY for n in range(1, 8))),
    "week": Period(7 * _DAY, 28, tuple(n * 7 * _DAY for n in range(1, 5))),
}


class Trend(msgspec.Struct, frozen=True):
    """One thing that is talked about more than usual.

    `kind` is tag, link, word or phrase; `name` is it as people write it; `query` finds it; `people` say it where
    `usual` would, going by what was said before; `spark` counts them in each slice of the period, oldest first;
    `posts` tell what it is about.
    """

    kind: str
    name: str
    query: str
    people: int
    usual: float
    score: float
    spark: tuple[int, ...]
    posts: list[SeenPost]


class Trending(msgspec.Struct, frozen=True):
    """Trends, the most surprising first. `counted` posts of the period were read; with `sampled` there are more.

    `languages` are those in which enough people talk, the commonest first.
    """

    trends: list[Trend]
    languages: list[str]
    counted: int
    sampled: bool
    at: datetime


class _Ranked(msgspec.Struct, frozen=True):
    """A trend before it is answered with: ids and numbers. `behind` has (post, weight of its author, edited at)."""

    kind: str
    name: str
    query: str
    people: int
    usual: float
    score: float
    spark: tuple[int, ...]
    behind: tuple[tuple[int, float, int | None], ...]
    telling: tuple[int, ...]
    folded: bool  # another trend is the same thing


class _Made(msgspec.Struct, frozen=True):
    """All trends of one period, by language; `""` is all of them together."""

    at: datetime
    until: float  # clock.monotonic()
    ranked: dict[str, list[_Ranked]]
    languages: list[str]
    counted: int
    sampled: bool


# Nothing here is for the garbage collector to walk: its walks through forty thousand posts would hold everybody up.
class _Post(msgspec.Struct, frozen=True, gc=False):
    """A post of the period while it is counted."""

    said: Said
    slice: int
    words: tuple[str, ...]


async def find_trends(
    db: Database, viewer: Account | None, period: str, now: datetime, language: str = "",
    kinds: Sequence[str] = (), limit: int = SHOWN, hidden: bool = False,
) -> Trending:
    """The trends of `period` (a key of PERIODS) until `now`, in one language or all.

    With `kinds` every trend of these kinds, without them each thing once,
    whatever kind says it best. The list is the same for everybody, but for
    trends of which `viewer` may find no post. What moderators took off is left out, unless `hidden` is wanted too.
    """
    made = await _current(db, period, now)
    off = await facts.hidden(db)
    some = [
        one for one in made.ranked.get(language, ())
        if (one.kind in kinds if kinds else not one.folded) and (hidden or not is_hidden(one.kind, one.name, off))]
    some = some[: limit + _SPARE]
    left = await facts.still(db, sorted({post for one in some for post, _, _ in one.behind}), now)
    there: list[tuple[_Ranked, int, list[int]]] = []
    for one in some:
        stay = {post: weight for post, weight, edited in one.behind if post in left and left[post] == edited}
        if sum(stay.values()) >= LEAST:
            telling = [
                post for post in one.telling if post in stay and (hidden or str(post) not in off["post"])][:_ASKED]
            there.append((one, one.people - len(one.behind) + len(stay), telling))
    shown = await findable(db, viewer, sorted({post for _, _, telling in there for post in telling}), now)
    answer = [
        Trend(one.kind, one.name, one.query, people, one.usual, one.score, one.spark,
              [shown[post] for post in telling if post in shown][:TELLING])
        for one, people, telling in there]
    return Trending(
        [one for one in answer if one.posts][:limit], made.languages, made.counted, made.sampled, made.at)


def is_hidden(kind: str, name: str, off: Mapping[str, set[str]]) -> bool:
    """Whether moderators took a trend off, by its kind and name; `off` is what `store.trends.hidden` gives."""
    if kind == "link":
        return name in off["link"] or (urlsplit(name).hostname or "") in off["publisher"]
    return kind == "tag" and tag_key(name) in off["tag"]


# ---- day by day ---------------------------------------------------------------------------------


class Day(msgspec.Struct, frozen=True):
    """How many posts of a day (in UTC) have a thing, and of how many accounts."""

    day: datetime
    uses: int
    accounts: int


class _Use(msgspec.Struct, frozen=True, gc=False):
    id: int
    author_id: int


_used: WeakKeyDictionary[Database, dict[str, tuple[float, list[Day]]]] = WeakKeyDictionary()


async def daily_uses(db: Database, query: str, now: datetime) -> list[Day]:
    """The last DAYS days of what a visitor finds for `query`, today first; not older than a minute.

    Of a thing that is said more than USES times in those days, the newest USES are counted.
    """
    known = _used.setdefault(db, {})
    until, days = known.get(query, (0.0, []))
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if clock.monotonic() < until and days[0].day == today:
        return days
    since = today - timedelta(days=DAYS - 1)
    asked = understood(f"{query} since:{since:%Y-%m-%d}", now)
    found = await newest(db, asked, None, USES, now, _Use, "p.id, p.author_id")
    who: dict[datetime, list[int]] = {today - timedelta(days=ago): [] for ago in range(DAYS)}
    for use in found:
        day = moment_of(use.id).replace(hour=0, minute=0, second=0, microsecond=0)
        if day in who:
            who[day].append(use.author_id)
    days = [Day(day, len(authors), len(set(authors))) for day, authors in who.items()]
    if len(known) >= _MOST_USED:
        known.clear()
    known[query] = clock.monotonic() + min(_FRESH_SECONDS, len(found) / 100), days
    return days


# ---- once a minute -----------------------------------------------------------------------------

_known: WeakKeyDictionary[Database, dict[str, _Made]] = WeakKeyDictionary()
_turns: WeakKeyDictionary[Database, asyncio.Lock] = WeakKeyDictionary()


async def _current(db: Database, period: str, now: datetime) -> _Made:
    """The trends of `period`, not older than a minute; on a quiet server they are made anew sooner.

    They are made once at a time: who asks meanwhile gets those of before.
    """
    known = _known.setdefault(db, {})
    lock = _turns.setdefault(db, asyncio.Lock())
    stale = known.get(period)
    recent = stale is not None and timedelta(0) <= now - stale.at <= timedelta(seconds=2 * _FRESH_SECONDS)
    if stale is not None and recent and (clock.monotonic() < stale.until or lock.locked()):
        return stale
    async with lock:
        made = known.get(period)
        if made is None or made is stale or made.at != now:
            known[period] = made = await _making(db, PERIODS[period], now)
        return made


async def _making(db: Database, period: Period, now: datetime) -> _Made:
    until = clock.monotonic() + _SECONDS
    end = now + timedelta(milliseconds=1)  # what was said in this millisecond counts
    read, sampled = await _read(db, end, period.length, period.slices, POSTS // period.slices, until)
    counted = len(read)
    posts = [post async for post in _considered(read)]
    earlier: list[_Post] = []
    if posts:
        each = POSTS // (len(period.before) * _PART)
        for ago in period.before:
            before, _ = await _read(db, end - ago, period.length, _PART, each, until)
            earlier += [post async for post in _considered(before)]
    spoken = _languages(posts)
    ranked = {"": await _ranked(posts, earlier, period.slices)}
    for language in spoken:
        ranked[language] = await _ranked(
            [post for post in posts if _language(post) == language],
            [post for post in earlier if _language(post) == language], period.slices, f" lang:{language}")
    fresh = min(_FRESH_SECONDS, (counted + len(earlier)) / 100)
    return _Made(now, clock.monotonic() + fresh, ranked, spoken, counted, sampled)


async def _read(
    db: Database, end: datetime, length: timedelta, slices: int, each: int, until: float
) -> tuple[list[tuple[int, Said]], bool]:
    """Posts with the number of their slice, oldest first, and whether some were left out."""
    found: list[tuple[int, Said]] = []
    sampled = False
    for number in reversed(range(slices)):
        newest = end - length + length * (number + 1) / slices
        left = until - clock.monotonic()
        said, complete = ([], False) if left <= 0 else await facts.said_between(
            db, newest - length / slices, newest, each, left)
        found += [(number, one) for one in said]
        sampled = sampled or not complete
    found.reverse()
    return found, sampled


async def _considered(read: Iterable[tuple[int, Said]]) -> AsyncIterator[_Post]:
    """The posts that count: the first in its words, and not too many of one account."""
    used: set[str] = set()
    each: Counter[int] = Counter()
    async for number, said in _politely(read):
        words = same_words(said.text) or said.text
        if words in used or each[said.author_id] >= EACH or _MANUAL_BOOST.match(said.text):
            continue
        used.add(words)
        each[said.author_id] += 1
        yield _Post(said, number, tuple(sequence(said.text)))


Thing = TypeVar("Thing")


async def _politely(things: Iterable[Thing]) -> AsyncIterator[Thing]:
    """`things`, with a turn for others now and then."""
    for count, thing in enumerate(things, 1):
        if count % _SLICE == 0:
            await asyncio.sleep(0)
        yield thing


def _language(post: _Post) -> str:
    return (post.said.language or "").partition("-")[0].lower()


def _languages(posts: list[_Post]) -> list[str]:
    people: dict[str, set[int]] = defaultdict(set)
    for post in posts:
        if _LANGUAGE.match(language := _language(post)) and language != "und":
            people[language].add(post.said.author_id)
    enough = sorted((-len(who), language) for language, who in people.items() if len(who) >= LEAST)
    return [language for _, language in enough[:_LANGUAGES]]


# ---- terms --------------------------------------------------------------------------------------


def sequence(text: str) -> list[str]:
    """The terms of a text in order: `#tag`, `https://host/path` for a link, words; `""` where none counts.

    Names (`@user`), numbers, faces and words of one or two letters count for nothing.
    """
    if "://" not in text:
        return [term if _wordy(term) else "" for term in terms(text).words]
    found = []
    for word in analyse(text):
        if text[word.start : word.start + 8].lower().startswith(("http://", "https://")):
            found.append(f"https://{word.term}")
        else:
            found.append(word.term if _wordy(word.term) else "")
    return found


def _wordy(term: str) -> bool:
    if term[0] == "#":
        return len(term) > 1
    if term[0] == "$":
        return term[1:].isalpha()
    return term[0].isalpha() and len(term) >= (3 if term.isascii() else 2)


def kind_of(term: str) -> str:
    """What `term` is: tag, link, phrase or word."""
    if term[0] == "#":
        return "tag"
    if term.startswith("https://"):
        return "link"
    return "phrase" if " " in term else "word"


def _query(term: str, written: str) -> str:
    match kind_of(term):
        case "tag":
            return term
        case "link":
            return f'"{written}"'
        case "word" if term.isalnum():
            return term
    return f'"{term}"'


def _phrases(words: Sequence[str], parts: set[str]) -> set[str]:
    return {f"{one} {other}" for one, other in pairwise(words) if one in parts and other in parts}


# ---- counting -----------------------------------------------------------------------------------


async def _ranked(
    posts: list[_Post], earlier: list[_Post], slices: int, narrowed: str = ""
) -> list[_Ranked]:
    """The trends of these posts, best first."""
    usual: Counter[str] = Counter()
    async for post in _politely(earlier):
        usual.update({word for word in post.words if word})
    before = len(earlier)
    said = await _said(posts, usual, before)
    phrases = {term for term in said if " " in term}
    if phrases:
        parts = {part for phrase in phrases for part in phrase.split(" ")}
        async for post in _politely(earlier):
            usual.update(_phrases(post.words, parts) & phrases)
    weights = {post.said.author_id: _weight(post) for post in posts}
    each = Counter(post.said.author_id for post in posts)
    talk = Counter((weights[who], n) for who, n in each.items())
    unseen = {True: 3 / max(before, KNOWN), False: 1 / max(before, len(posts), KNOWN)}
    scored: dict[str, tuple[float, float]] = {}
    async for term, behind in _politely(said.items()):
        known = usual[term] / max(before, KNOWN)
        rate = min(known + unseen[kind_of(term) in ("word", "phrase")], 1.0)
        expected = sum(many * weight * (1 - (1 - rate) ** n) for (weight, n), many in talk.items())
        people = sum(weights[who] for who in {post.said.author_id for post in behind})
        if people >= LEAST and people >= 2 * expected:
            score = sqrt(2 * (people * log(people / expected) - (people - expected)))
            if score >= SURPRISING:
                scored[term] = score, sum(many * (1 - (1 - min(known, 1.0)) ** n) for (_, n), many in talk.items())
    return await _told(scored, said, slices, narrowed)


async def _said(posts: list[_Post], usual: Counter[str], before: int) -> dict[str, list[_Post]]:
    """What at least LEAST people said, with the posts that say it."""
    first: dict[str, int] = {}  # most words are said by one person, and need no set
    people: dict[str, set[int]] = {}
    async for post in _politely(posts):
        who = post.said.author_id
        for word in post.words:
            if word and (before >= KNOWN or kind_of(word) != "word") and first.setdefault(word, who) != who:
                people.setdefault(word, {first[word]}).add(who)
    often = {word async for word, they in _politely(people.items()) if len(they) >= LEAST}
    parts = {word for word in often if kind_of(word) == "word" and usual[word] <= COMMON * before}
    said: dict[str, list[_Post]] = defaultdict(list)
    async for post in _politely(posts):
        for term in {word for word in post.words if word in often} | _phrases(post.words, parts):
            said[term].append(post)
    return {
        term: behind async for term, behind in _politely(said.items())
        if len({post.said.author_id for post in behind}) >= LEAST}


async def _told(
    scored: dict[str, tuple[float, float]], said: dict[str, list[_Post]], slices: int, narrowed: str
) -> list[_Ranked]:
    """The best of the scored terms, those that are the same thing as a better one folded."""
    ids = {term: {post.said.id for post in said[term]} async for term in _politely(scored)}
    # Of a phrase and its words the phrase says more, if the words are hardly said without it.
    better = dict(scored)
    for term in [term for term in scored if " " in term]:
        for part in term.split(" "):
            if part in scored and len(ids[term]) >= _SAME * len(ids[part]):
                better[term] = max(better[term], (scored[part][0] + 1e-9, better[term][1]))
    order = sorted(better, key=lambda term: (-better[term][0], term))
    heads: list[str] = []
    ranked: list[_Ranked] = []
    kept: Counter[str] = Counter()
    for term in order:
        await asyncio.sleep(0)
        kind = kind_of(term)
        if kept[kind] >= _KEPT:
            continue
        folded = any(
            len(ids[term] & ids[head]) >= _SAME * len(ids[term]) or term.lstrip("#") == head.lstrip("#")
            for head in heads)
        if not folded:
            heads.append(term)
        kept[kind] += 1
        ranked.append(_one(term, better[term], said[term], slices, folded, narrowed))
    return ranked


def _one(
    term: str, scored: tuple[float, float], behind: list[_Post], slices: int, folded: bool, narrowed: str
) -> _Ranked:
    score, usual = scored
    best = sorted(behind, key=lambda post: (_tells(post), post.said.id), reverse=True)
    first: dict[int, _Post] = {}
    for post in best:
        first.setdefault(post.said.author_id, post)
    asked = list(first.values())[:_BEHIND]
    bars = Counter(number for number, _ in {(post.slice, post.said.author_id) for post in behind})
    written = _written(term, asked)
    return _Ranked(
        kind_of(term), written, _query(term, written) + narrowed, len(first), round(usual, 1), round(score, 2),
        tuple(bars[number] for number in range(slices)),
        tuple((p.said.id, _weight(p), p.said.edited_at) for p in asked), tuple(p.said.id for p in asked), folded)


def _weight(post: _Post) -> float:
    return YOUNG if post.said.young else 1.0


def _tells(post: _Post) -> float:
    """How well a post shows what its words are about: not an answer to something else, long enough, and liked."""
    return log2(1 + post.said.liked) + (not post.said.answers) + min(len(post.words), 12) / 12


def _written(term: str, posts: Iterable[_Post]) -> str:
    """`term` as most people write it."""
    wanted = term.removeprefix("https://").split(" ")
    spelled: Counter[str] = Counter()
    for post in posts:
        text = post.said.text
        words = analyse(text)
        for at in range(len(words) - len(wanted) + 1):
            if [word.term for word in words[at : at + len(wanted)]] == wanted:
                spelled[" ".join(text[words[at].start : words[at + len(wanted) - 1].end].split())] += 1
                break
    return max(spelled, key=lambda one: (spelled[one], one), default=term)

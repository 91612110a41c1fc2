"""How many posts match, and when they were written: exact while they are few, estimated beyond, in bounded time.

Up to EXACT matches are walked and counted, newest first. What lies further
back is estimated: every bucket is cut into PIECES, in each of which the first
SAMPLE matches are walked; how far they reach says how dense the piece is, and
a piece that ends before is counted exactly. Then the piece that is thought to
hold most is halved and looked at again, until the time is over. The first
pieces are taken in an order that spreads evenly over all time, so that
whatever was looked at by then is a fair sample.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from heapq import heappop, heappush
from itertools import pairwise

import msgspec

from .. import clock
from ..errors import TryLater
from ..ids import id_at, moment_of
from ..model.account import Account
from ..model.paging import Window
from ..store.database import Database
from .query import And, Node, Or, Query, Since, Until
from .search import Hit, Walker, walker

EXACT = 50_000  # matches that are counted one by one
EXACT_SECONDS = 0.25
ESTIMATE_SECONDS = 0.35
PIECES = 4  # of a bucket, to begin with
SAMPLE = 64  # matches walked in a piece
MAX_BARS = 72
# An id may lie a little beside its post's time: a full millisecond borrows from the next (ids.py).
_SLACK = timedelta(hours=1)


class Bar(msgspec.Struct, frozen=True):
    """How many matches were created from `start` until before `end`; `about` when that was estimated."""

    start: datetime
    end: datetime
    count: int
    about: bool = False


class Histogram(msgspec.Struct, frozen=True):
    """Bars in the order of time, without gaps; `unit` is the length of one, empty where the caller chose it."""

    bars: tuple[Bar, ...] = ()
    unit: str = ""

    @property
    def about(self) -> bool:
        """Whether any of it was estimated."""
        return any(bar.about for bar in self.bars)

    @property
    def total(self) -> int:
        """All matches in the time that the bars cover; to two digits when that was estimated."""
        total = sum(bar.count for bar in self.bars)
        return _rounded(total) if self.about else total


async def histogram(
    db: Database, query: Query, viewer: Account | None, buckets: Sequence[datetime], now: datetime
) -> Histogram:
    """Count the matches that `viewer` may find between each two of the moments `buckets`, which ascend.

    Takes at most EXACT_SECONDS + ESTIMATE_SECONDS, off the event loop. Raises
    NotSignedIn, and TryLater when there was no time to count anything.
    """
    walking = await walker(db, query, viewer, now)
    window = _window(query.tree, buckets[0], buckets[-1])
    hits, complete = await walking.walk(window, EXACT_SECONDS)
    return Histogram(await _bars(walking, buckets, window, hits, complete))


async def over_time(db: Database, query: Query, viewer: Account | None, now: datetime) -> Histogram:
    """All matches from the first to the last, in bars as fine as MAX_BARS allow, whose days are the query's own.

    Empty when nothing matches. Raises NotSignedIn, TryLater.
    """
    walking = await walker(db, query, viewer, now)
    window = _window(query.tree, clock.EPOCH, now + _SLACK)
    hits, complete = await walking.walk(window, EXACT_SECONDS)
    if complete and not hits:
        return Histogram()
    newest = hits[0].created_at if hits else min(moment_of(window.before), now)
    oldest = hits[-1].created_at if hits else newest
    if not complete or len(hits) > EXACT:
        first = Window(limit=1, before=window.before, after=window.after, from_bottom=True)
        earliest, _ = await walking.walk(first, EXACT_SECONDS, whole=True)
        if not earliest:
            raise TryLater("There are too many posts to count them now.")
        oldest = min(oldest, earliest[0].created_at)
    unit, edges = fitting(oldest, newest, query.zone)
    return Histogram(await _bars(walking, edges, window, hits, complete), unit)


def _window(tree: Node, first: datetime, last: datetime) -> Window:
    """The ids in which a match between two moments can lie, as far as `tree` itself does not say less."""
    for part in tree.parts if isinstance(tree, And) else (tree,):
        if isinstance(part, Since):
            first = max(first, part.moment)
        elif isinstance(part, Until):
            last = min(last, part.moment)
    after = id_at(max(first - _SLACK, clock.EPOCH))
    return Window(limit=EXACT + 1, before=max(id_at(max(last + _SLACK, clock.EPOCH)), after), after=after - 1)


async def _bars(
    walking: Walker, edges: Sequence[datetime], window: Window, hits: list[Hit], complete: bool
) -> tuple[Bar, ...]:
    """Bars between `edges`; `hits` are the newest in `window`: all of them if `complete` and no more than EXACT."""
    counts = [0.0] * (len(edges) - 1)
    for hit in hits:
        place = bisect_right(edges, hit.created_at) - 1
        if 0 <= place < len(counts):
            counts[place] += 1
    guessed: set[int] = set()
    if not complete or len(hits) > EXACT:
        floor = hits[-1].id if hits else window.before
        guesses = await _estimated(walking, edges, window.after, floor)
        guessed = set(guesses)
        for place, (more, about) in guesses.items():
            counts[place] += more
            if not about:
                guessed.discard(place)
    return tuple(
        Bar(start, end, _rounded(counts[i]) if i in guessed else int(counts[i]), i in guessed)
        for i, (start, end) in enumerate(pairwise(edges))
    )


def _rounded(number: float) -> int:
    """Two digits of it: an estimate does not know more."""
    step = int(10 ** max(len(str(int(number))) - 2, 0))
    return round(number / step) * step


async def _estimated(
    walking: Walker, edges: Sequence[datetime], bottom: int, floor: int
) -> dict[int, tuple[float, bool]]:
    """How many matches lie above `bottom` and below the id `floor`, by the place of the bar, and if that is a guess."""
    pieces: dict[int, list[tuple[int, int]]] = {}
    for place in range(len(edges) - 1):
        low, high = max(id_at(edges[place]), bottom + 1), min(id_at(edges[place + 1]), floor)
        if low < high:
            cuts = [low + (high - low) * n // PIECES for n in range(PIECES + 1)]
            pieces[place] = list(pairwise(cuts))
    until = clock.monotonic() + ESTIMATE_SECONDS
    found: dict[int, list[float]] = {place: [] for place in pieces}  # a number for each piece that was looked at
    guesses: list[tuple[float, int, int, int, int]] = []  # -number, low, high, place, which of its pieces
    places = [list(pieces)[n] for n in _scattered(len(pieces))]
    for number in _scattered(PIECES):
        for place in places:
            low, high = pieces[place][number]
            probed = await _probed(walking, low, high, until)
            if probed is None:
                continue
            counted, guessed = probed
            found[place].append(counted)
            if guessed:
                heappush(guesses, (-counted, low, high, place, len(found[place]) - 1))
    # What is thought to hold most is looked at more closely for as long as there is time.
    while guesses:
        negative, low, high, place, which = guesses[0]
        middle = (low + high) // 2
        halves = [(low, middle), (middle, high)]
        answers = [await _probed(walking, *half, until) for half in halves]
        if any(answer is None for answer in answers):
            break
        heappop(guesses)
        found[place][which] += negative
        for half, answer in zip(halves, answers, strict=True):
            assert answer is not None
            found[place][which] += answer[0]
            if answer[1]:
                heappush(guesses, (-answer[0], *half, place, which))
    unsure = {place for _, _, _, place, _ in guesses} | {p for p, counts in found.items() if len(counts) < PIECES}
    return {place: (number, place in unsure) for place, number in _levelled(found, pieces).items()}


async def _probed(walking: Walker, low: int, high: int, until: float) -> tuple[float, bool] | None:
    """How many matches have ids from `low` until below `high`, and whether that is a guess; None without time."""
    probe = Window(limit=SAMPLE, before=high, after=low - 1, from_bottom=True)
    hits, complete = await walking.walk(probe, until - clock.monotonic(), whole=True)
    if not complete:
        return None
    if len(hits) < SAMPLE:
        return len(hits), False
    # The gaps between matches are one fewer than the matches; the last of them is an end, not a sample.
    reach = max(hits[-1].id - low, 1)
    return max((SAMPLE - 1) * (high - low) / reach, SAMPLE), True


def _scattered(number: int) -> list[int]:
    """0 to `number` - 1 so that every beginning of the list is spread over all of it (van der Corput's order)."""
    bits = max(number - 1, 1).bit_length()
    return sorted(range(number), key=lambda n: int(f"{n:0{bits}b}"[::-1], 2))


def _levelled(found: dict[int, list[float]], pieces: dict[int, list[tuple[int, int]]]) -> dict[int, float]:
    """Estimates per bar from what its pieces gave; a bar without any is taken to be like the nearest that has one.

    Raises TryLater when there is none at all.
    """
    known = [place for place, counts in found.items() if counts]
    if found and not known:
        raise TryLater("There are too many posts to count them now.")
    made: dict[int, float] = {}
    for place in found:
        like = min(known, key=lambda other: abs(other - place))
        share = (pieces[place][-1][1] - pieces[place][0][0]) / (pieces[like][-1][1] - pieces[like][0][0])
        made[place] = sum(found[like]) / len(found[like]) * PIECES * share
    return made


# ---- buckets -------------------------------------------------------------------------------------

_UNITS = (
    ("minutes", timedelta(minutes=5)), ("hour", timedelta(hours=1)), ("hours", timedelta(hours=6)),
    ("day", timedelta(days=1)), ("week", timedelta(days=7)), ("month", timedelta(days=30)),
    ("year", timedelta(days=365)),
)  # fmt: skip


def fitting(first: datetime, last: datetime, zone: tzinfo) -> tuple[str, list[datetime]]:
    """The finest unit of which MAX_BARS reach from `first` to `last`, and the moments between, UTC and ascending.

    Units: minutes (five of them), hour, hours (six of them), day, week, month, year.
    """
    unit = next((name for name, length in _UNITS if (last - first) / length <= MAX_BARS - 2), "year")
    at = _floor(first.astimezone(zone).replace(tzinfo=None), unit)
    end = last.astimezone(zone).replace(tzinfo=None)
    edges = [at]
    while at <= end:
        at = _next(at, unit)
        edges.append(at)
    moments = [edge.replace(tzinfo=zone).astimezone(UTC) for edge in edges]
    return unit, sorted(set(moments))


def _floor(local: datetime, unit: str) -> datetime:
    if unit == "minutes":
        return local.replace(minute=local.minute // 5 * 5, second=0, microsecond=0)
    if unit in ("hour", "hours"):
        return local.replace(
            hour=local.hour if unit == "hour" else local.hour // 6 * 6, minute=0, second=0, microsecond=0)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def _next(local: datetime, unit: str) -> datetime:
    if unit == "month":
        return local.replace(year=local.year + local.month // 12, month=local.month % 12 + 1)
    if unit == "year":
        return local.replace(year=local.year + 1)
    return local + dict(_UNITS)[unit]


# ---- narrowing -----------------------------------------------------------------------------------


def narrower(text: str, query: Query, start: datetime, end: datetime) -> str:
    """The query `text` with `since:` and `until:` for the moments from `start` until before `end`, in its own days.

    Dates that it has already on its outermost level give way to the new ones.
    """
    parts = query.tree.parts if isinstance(query.tree, And) else (query.tree,)
    kept = text
    for first_at, end_at in sorted({(p.start, p.end) for p in parts if isinstance(p, (Since, Until))}, reverse=True):
        kept = f"{kept[:first_at]} {kept[end_at:]}"
    kept = " ".join(kept.split())
    if isinstance(query.tree, Or):
        kept = f"({kept})"
    first, last = start.astimezone(query.zone), end.astimezone(query.zone)
    if (first.hour, first.minute, last.hour, last.minute) == (0, 0, 0, 0):
        return f"{kept} since:{first:%Y-%m-%d} until:{last - timedelta(days=1):%Y-%m-%d}".strip()
    return f"{kept} since:{first:%Y-%m-%dT%H:%M} until:{last - timedelta(minutes=1):%Y-%m-%dT%H:%M}".strip()

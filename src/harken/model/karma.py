"""Karma: a kind word in numbers, for oneself alone. What counts is how many people had something of what one said.

It never falls because somebody is away, unfollowed or declined, and nothing that one does by oneself raises it: only
others give it. Each of them gives little, however much they do, so that a ring of accounts gains no more than its
number.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import msgspec

MONTH = timedelta(days=30)
NEW = timedelta(days=7)
"""Accounts give nothing in their first days."""
MOST_OF_ONE = 3
"""Points that one person gives another in thirty days, whatever they do: one for each kind of thing, once."""


class Kind(enum.StrEnum):
    """What somebody did with what one said; each is worth a point."""

    ANSWER = "answer"
    FAVOURITE = "favourite"
    BOOST = "boost"


class Given(msgspec.Struct, frozen=True):
    """Somebody did something with a post of one's own, when it was a month or more since they last did that."""

    giver_id: int
    kind: Kind
    at: datetime


class Level(msgspec.Struct, frozen=True):
    """Where one stands: from `points` on."""

    points: int
    name: str


LEVELS = (
    Level(0, "arriving"), Level(5, "neighbour"), Level(25, "regular"), Level(100, "good company"),
    Level(300, "pillar"),
)


def points(given: Iterable[Given]) -> list[Given]:
    """Those of the deeds that count, oldest first: each kind by each person once in thirty days."""
    last: dict[tuple[int, Kind], datetime] = {}
    counted = []
    for one in sorted(given, key=lambda deed: deed.at):
        before = last.get((one.giver_id, one.kind))
        if before is None or one.at - before >= MONTH:
            last[one.giver_id, one.kind] = one.at
            counted.append(one)
    return counted


def level(number: int) -> tuple[Level, Level | None]:
    """The level that so many points reach, and the next one."""
    reached = max(n for n, one in enumerate(LEVELS) if one.points <= number)
    return LEVELS[reached], LEVELS[reached + 1] if reached + 1 < len(LEVELS) else None


def trend(counted: Iterable[Given], today: date, days: int = 30) -> list[tuple[date, int]]:
    """How many points there were at the end of each of the last days, by UTC."""
    dates = sorted(one.at.date() for one in counted)
    found = []
    for back in range(days - 1, -1, -1):
        day = today - timedelta(days=back)
        found.append((day, sum(1 for at in dates if at <= day)))
    return found

"""Ordered 64-bit ids: 48 bits of milliseconds, 12 of sequence, 4 of lane.

The same number is row id, API id and index document id, so newest-first is
id-descending everywhere. They exceed 2^53: write them as strings in JSON.

Processes that share a database must not share a lane: `harken serve` numbers
its workers; other processes draw a lane at random, which leaves one chance in
some thousands of a clash per simultaneous millisecond, and a clash is refused
by the primary key, never stored.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import NewType

from . import clock

AccountId = NewType("AccountId", int)
PostId = NewType("PostId", int)

LANES = 16
_LOW_BITS = 16
_REMEMBERED = 16_384  # milliseconds whose last id is known
_BACK = 256  # by so many milliseconds the clock may go back, and ids go on where they were
_last = 0
_given: dict[int, int] = {}  # the last id in each of these: work that takes long goes back to when it began
_lane = secrets.randbelow(LANES)

MAX_ID = (1 << 63) - 1


def use_lane(lane: int) -> None:
    """Take lane `lane` (0 to 15) for all further ids of this process."""
    global _lane
    _lane = lane % LANES


def new_id(at: datetime) -> int:
    """An id for something that happens at `at`; above all earlier ids of this process for that moment.

    The sequence starts at a random place in the lower half of a millisecond
    and counts upwards; a millisecond that is full borrows from the next.
    """
    global _last
    moment = clock.to_ms(at)
    if moment < _last < moment + _BACK:
        moment = _last
    candidate = (moment << _LOW_BITS) | (secrets.randbelow(1 << 8) << 4) | _lane
    while before := _given.pop(moment, 0):
        candidate = (((before >> 4) + 1) << 4) | _lane
        if candidate >> _LOW_BITS == moment:
            break
        _given[moment] = before
        moment += 1
        candidate = (moment << _LOW_BITS) | _lane
    _last, _given[moment] = moment, candidate
    if len(_given) > _REMEMBERED:
        del _given[next(iter(_given))]
    return candidate


def id_at(at: datetime, low: int = 0) -> int:
    """The id of moment `at` with the 16 low bits `low`: for history, and as a bound in `id < …`."""
    return (clock.to_ms(at) << _LOW_BITS) | (low & 0xFFFF)


def moment_of(identifier: int) -> datetime:
    """When the thing with this id happened, to the millisecond."""
    return clock.from_ms(identifier >> _LOW_BITS)


def ms_of(identifier: int) -> int:
    """The same in milliseconds since 1970, for many ids."""
    return identifier >> _LOW_BITS


def parse_id(text: str) -> int | None:
    """The id written as `text` in a path or parameter; None unless 1 to 19 ASCII digits that fit 63 bits."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        return None
    number = int(text)
    return number if number <= MAX_ID else None

"""The only reader of the time. Everything else is handed a moment or asks here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_frozen: datetime | None = None


def now() -> datetime:
    """The present moment: aware, UTC, in whole milliseconds (what the databases store)."""
    if _frozen is not None:
        return _frozen
    return from_ms(time.time_ns() // 1_000_000)


def monotonic() -> float:
    """Seconds on a clock that never goes back; only differences mean anything."""
    return time.monotonic()


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware `moment`, exact in integer arithmetic."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """The aware UTC moment `ms` milliseconds after 1970."""
    return datetime.fromtimestamp(ms / 1000, UTC)


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Stop the clock at `at` for the length of a test."""
    global _frozen
    before, _frozen = _frozen, at
    try:
        yield
    finally:
        _frozen = before

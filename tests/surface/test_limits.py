"""Rate limits: counted per key and window, told in Mastodon's headers, forgotten in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harken.actions import attempts
from harken.errors import TooMany
from harken.settings import Settings
from harken.surface.limits import Limits

NOON = datetime(2026, 6, 12, 12, 0, 10, tzinfo=UTC)


def test_the_limit_is_the_last_that_passes_and_a_new_window_starts_anew() -> None:
    limits = Limits(Settings())
    assert [limits.check("a", 3, 60, NOON).remaining for _ in range(3)] == [2, 1, 0]
    with pytest.raises(TooMany) as stopped:
        limits.check("a", 3, 60, NOON)
    assert stopped.value.retry_after == 50
    assert limits.check("b", 3, 60, NOON).remaining == 2
    assert limits.check("a", 3, 60, NOON + timedelta(seconds=50)).remaining == 2


def test_headers_are_mastodons() -> None:
    headers = dict(Limits(Settings(rate_limit_account=300)).by_account(7, NOON).headers())
    assert headers == {
        b"x-ratelimit-limit": b"300", b"x-ratelimit-remaining": b"299",
        b"x-ratelimit-reset": b"2026-06-12T12:05:00.000000Z"}


def test_off_is_off() -> None:
    limits = Limits(Settings(rate_limit="off"))
    assert {limits.check("a", 3, 60, NOON).remaining for _ in range(9)} == {3}


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "MAX_KEYS", 10)
    counting = attempts.Attempts(60)
    for n in range(100):
        counting.add(str(n), NOON)
    assert len(counting._counts) <= 10

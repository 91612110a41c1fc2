"""How much anybody may ask: fixed windows, counted in the process, with the headers that Mastodon sends."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from ..actions.attempts import Attempts, neighbourhood
from ..clock import from_ms, to_ms
from ..errors import TooMany
from ..settings import Settings

FIVE_MINUTES = 300
THREE_HOURS = 3 * 3600


class LimitState(msgspec.Struct, frozen=True):
    """Where somebody stands in the present window."""

    limit: int
    remaining: int
    reset: datetime

    def headers(self) -> list[tuple[bytes, bytes]]:
        """For the answer; the time is ISO 8601, as clients of Mastodon parse it."""
        return [
            (b"x-ratelimit-limit", str(self.limit).encode()),
            (b"x-ratelimit-remaining", str(self.remaining).encode()),
            (b"x-ratelimit-reset", self.reset.strftime("%Y-%m-%dT%H:%M:%S.000000Z").encode()),
        ]


class Limits:
    """The limits of the settings; where `rate_limit` is `off`, everybody has all of it, always."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._off = settings.rate_limit == "off"
        self._windows: dict[int, Attempts] = {}

    def check(self, key: str, limit: int, seconds: int, now: datetime, times: int = 1) -> LimitState:
        """Count `times` more for `key`. Raises TooMany when that is over `limit` in the window of `seconds`."""
        window = self._windows.get(seconds)
        if window is None:
            window = self._windows[seconds] = Attempts(seconds)
        used = 0 if self._off else window.add(key, now, times)
        length = seconds * 1000
        reset = from_ms((to_ms(now) // length + 1) * length)
        if used > limit:
            raise TooMany("Too many requests", max(1, -(-(reset - now) // timedelta(seconds=1))))
        return LimitState(limit, limit - used, reset)

    def by_address(self, address: str, now: datetime, times: int = 1) -> LimitState:
        """So many requests of somebody who is not signed in; 0 only looks. Raises TooMany."""
        return self.check(
            f"address:{neighbourhood(address)}", self._settings.rate_limit_address, FIVE_MINUTES, now, times)

    def by_account(self, account_id: int, now: datetime, times: int = 1) -> LimitState:
        """So many requests of an account; 0 only looks. Raises TooMany."""
        return self.check(f"account:{account_id}", self._settings.rate_limit_account, FIVE_MINUTES, now, times)

    def by_posts(self, account_id: int, now: datetime) -> LimitState:
        """One post of an account. Raises TooMany."""
        return self.check(f"posts:{account_id}", self._settings.rate_limit_posts, THREE_HOURS, now)

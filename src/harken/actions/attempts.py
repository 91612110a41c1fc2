"""How often something was tried within a window of time. Counted in the process, in bounded memory."""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv6Address, ip_address

from ..clock import to_ms
from ..errors import TooMany

MAX_KEYS = 100_000


class Attempts:
    """Fixed windows of `seconds`, each key counted by itself.

    Several workers count each for themselves, so the real limit is up to
    `workers` times the number given; that is still a limit.
    """

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self._window = 0
        self._counts: dict[str, int] = {}

    def _turn(self, now: datetime) -> None:
        window = to_ms(now) // (self.seconds * 1000)
        if window != self._window or len(self._counts) >= MAX_KEYS:
            # All windows end together, so forgetting is one step and needs no clock of its own.
            self._window = window
            self._counts = {}

    def count(self, key: str, now: datetime) -> int:
        """How often `key` was tried in this window."""
        self._turn(now)
        return self._counts.get(key, 0)

    def add(self, key: str, now: datetime, times: int = 1) -> int:
        """Note an attempt (or, with a negative number, take it back); how many there are now."""
        self._turn(now)
        self._counts[key] = count = max(0, self._counts.get(key, 0) + times)
        return count

    def forget(self, key: str) -> None:
        """`key` starts anew."""
        self._counts.pop(key, None)

    def ends_in(self, now: datetime) -> int:
        """Seconds until this window ends, at least 1."""
        length = self.seconds * 1000
        return max(1, -(-(length - to_ms(now) % length) // 1000))


class SignInGuard:
    """Stops those who guess passwords: `limit` failures for a name or an address in fifteen minutes; 0 is no limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._failures = Attempts(15 * 60)

    def start(self, keys: list[str], now: datetime) -> None:
        """Count an attempt as failed until `succeeded` says otherwise. Raises TooMany.

        It is counted before the password is looked at, so that a hundred
        guesses sent at the same moment are not all let through.
        """
        if not self.limit:
            return
        if any(self._failures.count(key, now) >= self.limit for key in keys):
            seconds = self._failures.ends_in(now)
            raise TooMany("Too many attempts; wait a little.", seconds)
        for key in keys:
            self._failures.add(key, now)

    def succeeded(self, keys: list[str], now: datetime) -> None:
        """The attempt that `start` counted was right."""
        if self.limit:
            for key in keys:
                self._failures.add(key, now, -1)


def neighbourhood(address: str) -> str:
    """What an address counts as: an IPv6 /64 is one household (RFC 6177), an IPv4 address itself."""
    try:
        parsed = ip_address(address.split("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return ":".join(parsed.exploded.split(":")[:4])
    return str(parsed)

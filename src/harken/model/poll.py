"""Polls: a question with options, inside a post."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Ballot(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to ask; without `seconds` it was not said how long."""

    options: tuple[str, ...]
    seconds: int | None = None
    multiple: bool = False
    hide_totals: bool = False  # until it ends


class Option(msgspec.Struct, frozen=True):
    """One thing to choose, and how many did."""

    title: str
    votes: int = 0


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """A poll as one viewer sees it: `chosen` are the positions that they chose. Its id is its post's."""

    post_id: int
    multiple: bool = False
    hide_totals: bool = False
    expires_at: datetime | None = None
    voters: int = 0
    ended_id: int | None = None
    options: list[Option] = []
    chosen: list[int] = []

    @property
    def votes(self) -> int:
        return sum(option.votes for option in self.options)

    def ended(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    def shows_totals(self, now: datetime) -> bool:
        """Whether it may be told by now what was chosen how often."""
        return not self.hide_totals or self.ended(now)

"""Outcomes: what came of a conversation or an acquaintance, as surely as somebody knew it."""

from __future__ import annotations

import enum
from datetime import date, datetime

import msgspec

from ..ids import AccountId, moment_of

MAX_WORDS = 1_000
MAX_AMOUNT = 10**12
"""In the smallest unit of the currency."""
MAX_CREDITS = 50
MAX_MINUTES = 24 * 60
"""That somebody writes down for one case at a time."""
MAX_OUTCOMES = 200
"""Of one case or one card, corrections included."""


class Tier(enum.StrEnum):
    """What kind of good came of it."""

    HUMAN = "human"  # a lunch, a thank-you, a friendship
    ACTION = "action"  # an appointment, a registration, a bug mended
    FINANCIAL = "financial"  # money


class Confidence(enum.StrEnum):
    """How surely it is known. The two are never added together."""

    HAPPENED = "happened"
    HOPED = "hoped"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that came of it. `amount` is in the smallest unit of `currency` (ISO 4217), None without a value."""

    id: int
    desk_id: int
    conversation_id: int | None = None
    account_id: AccountId | None = None
    contact_id: int | None = None
    replaces_id: int | None = None
    withdrawn: bool = False
    tier: Tier
    confidence: Confidence
    words: str
    happened_on: date
    amount: int | None = None
    currency: str = ""
    by_id: AccountId

    @property
    def written_at(self) -> datetime:
        return moment_of(self.id)


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """A helper's or an ear's part in an outcome."""

    outcome_id: int
    kind: str  # helper, ear
    of_id: int
    name: str = ""


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes that somebody wrote down for a case."""

    id: int
    desk_id: int
    conversation_id: int
    by_id: AccountId
    minutes: int

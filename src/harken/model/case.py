"""Cases: what a desk heard, by conversation, and what becomes of it."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

import msgspec

from ..ids import AccountId, PostId, moment_of, ms_of

LEASE = timedelta(minutes=15)
"""How long a claim lasts unless its helper goes on working."""
RENEW = timedelta(minutes=5)
"""How much of a lease must have passed before it is written anew."""
PRESENCE = timedelta(seconds=45)
"""How long somebody counts as looking after their page last said so."""
MAX_BULK = 50
MAX_REASON = 200
MAX_SNOOZE = timedelta(days=366)
COUNTED = 100
"""Cases of a tab are counted up to here."""


class State(enum.StrEnum):
    """Where a case stands."""

    NEW = "new"
    CLAIMED = "claimed"
    ANSWERED = "answered"  # a helper spoke last
    WAITING = "waiting"  # for the person, or somebody else
    SNOOZED = "snoozed"
    DONE = "done"
    NOISE = "noise"


class Tab(enum.IntEnum):
    """Where a case is listed."""

    OPEN = 0
    WAITING = 1
    SNOOZED = 2
    DONE = 3


TABS = {
    State.NEW: Tab.OPEN, State.CLAIMED: Tab.OPEN, State.ANSWERED: Tab.WAITING, State.WAITING: Tab.WAITING,
    State.SNOOZED: Tab.SNOOZED, State.DONE: Tab.DONE, State.NOISE: Tab.DONE,
}


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What people did with a conversation: a fact, and there from the first thing they did."""

    desk_id: int
    conversation_id: int
    post_id: PostId
    mark: str = ""
    reason: str = ""
    upto_id: int = 0
    claimed_by: AccountId | None = None
    lease_until: datetime | None = None
    wake_at: datetime | None = None
    answered_id: int = 0


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation in the queue of a desk. Whoever reads it has been checked against its post and author."""

    desk_id: int
    conversation_id: int
    post_id: PostId
    author_id: AccountId
    asked_id: int
    answered_id: int
    answered_by: AccountId | None = None
    replies: int
    state: State
    tab: Tab
    claimed_by: AccountId | None = None
    lease_until: datetime | None = None
    wake_at: datetime | None = None
    reason: str = ""
    due_at: datetime | None = None
    asks: int
    rank: int

    def held_by_other(self, helper: int, now: datetime) -> bool:
        """Whether somebody else works on it just now."""
        return bool(self.claimed_by and self.claimed_by != helper and self.lease_until and self.lease_until > now)

    def overdue(self, now: datetime) -> bool:
        return self.due_at is not None and self.due_at <= now and self.tab is Tab.OPEN


class Concern(msgspec.Struct, frozen=True, kw_only=True):
    """A case that words have to do with: `here` if they are said in its conversation, else by whom they reach."""

    conversation_id: int
    author_id: int
    here: bool


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody looks at a case, or types an answer."""

    conversation_id: int
    account_id: AccountId
    typing: bool


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """A helper said that a post matters to the desk, or that it is noise."""

    id: int
    desk_id: int
    post_id: PostId
    by_id: AccountId
    matters: bool


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it is counted."""

    conversation_id: int
    post_id: PostId
    author_id: AccountId
    state: State
    answer_id: int | None = None
    answered_by: AccountId | None = None
    contact_id: int | None = None

    @property
    def asked_at(self) -> datetime:
        return moment_of(self.post_id)

    @property
    def response(self) -> float | None:
        """Minutes until the first answer."""
        return None if self.answer_id is None else (ms_of(self.answer_id) - ms_of(self.post_id)) / 60_000

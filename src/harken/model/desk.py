"""Desks: teams that hear who asks for help; their people, and the record of what they did."""

from __future__ import annotations

import enum
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from ..ids import AccountId

MAX_NAME = 80
MAX_ABOUT = 1_000
MAX_CHANNEL = 200
MAX_DESKS = 50
"""Desks that one member opens."""
MAX_MEMBERS = 100
MAX_EARS = 200
"""Ears of one desk."""
MAX_ANSWER_MINUTES = 14 * 24 * 60


class Kind(enum.StrEnum):
    """What a desk does; health care has rules of its own about what may be said in public."""

    GENERAL = "general"
    HEALTH = "health"


class DeskRole(enum.IntEnum):
    """What somebody may do at a desk; each includes what those before it may."""

    READER = 0  # reads the queue
    HELPER = 1  # takes cases and answers
    LEAD = 2  # says who belongs here, what is listened for, and reads the record


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """A team and what it tells the public. `hours` are seven texts, Monday first, as `desk.hours` writes them."""

    id: int
    name: str
    about: str = ""
    kind: Kind = Kind.GENERAL
    emergency: str = ""
    zone: str = "UTC"
    hours: list[str] = msgspec.field(default_factory=lambda: [""] * 7)
    answer_minutes: int = 240
    channel: str = ""  # where people can talk to it in private
    approval: bool = False  # a second person reads what is sent
    hour_cost: int | None = None  # in the smallest unit of `currency`
    currency: str = ""  # ISO 4217
    created_at: datetime
    closed_at: datetime | None = None

    @property
    def days(self) -> ZoneInfo:
        """Where its clock hangs."""
        return ZoneInfo(self.zone)


class DeskOfMember(Desk, frozen=True, kw_only=True):
    """A desk as one of its people meets it."""

    role: DeskRole


class PublicDesk(Desk, frozen=True, kw_only=True):
    """A desk as everybody may know it: beside what it says of itself, how many people answer."""

    helpers: int


class DeskMember(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who works at a desk."""

    desk_id: int
    account_id: AccountId
    role: DeskRole
    joined_at: datetime


class DeskAct(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a desk's record. `by_id` is None where the clock did it; `about` says what was chosen or changed.

    It names accounts, conversations and contacts by id alone, so that what is deleted is not kept here. What is done
    with a contact names no account, so that nobody finds here who was forgotten.
    """

    id: int
    desk_id: int
    by_id: AccountId | None
    verb: str
    conversation_id: int | None = None
    target_id: AccountId | None = None
    contact_id: int | None = None
    about: str = ""
    at: datetime


class DeskTold(msgspec.Struct, frozen=True, kw_only=True):
    """What a helper is told of: a line of the record with its case as it stands now.

    `extract` is what `author_name` asked, `remark` why an answer was sent back, as long as it is.
    """

    id: int
    desk_id: int
    desk_name: str
    conversation_id: int
    author_name: str
    extract: str
    remark: str = ""

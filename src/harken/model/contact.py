"""Contacts: people whom a desk knows, across their accounts, and what it keeps about them."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

import msgspec

from ..ids import AccountId, PostId, moment_of

MAX_CONTACTS = 20_000
"""Cards of one desk."""
MAX_ACCOUNTS = 20
"""Accounts of one card."""
MAX_NAME = 100
MAX_WORDS = 1_000
"""Characters of how they met, and of what was asked for."""
MAX_REACH = 200
MAX_NOTE = 5_000
MAX_NOTES = 500
MAX_TAG = 40
MAX_TAGS = 30
MAX_RELATIONS = 100
RETENTION = {days: timedelta(days=days) for days in (30, 90, 365, 730, 1825)}
"""How long notes are kept, by choice."""
USUAL_DAYS = 365
MAX_RETENTION = timedelta(days=3653)


class Channel(enum.StrEnum):
    """How somebody prefers to be reached."""

    NONE = ""
    PUBLIC = "public"
    DIRECT = "direct"
    EMAIL = "email"
    PHONE = "phone"
    MEETING = "meeting"


class Relation(enum.StrEnum):
    """What one person is to another."""

    HOUSEHOLD = "household"
    PARTNER = "partner"
    PARENT = "parent"
    CHILD = "child"
    SIBLING = "sibling"
    RELATIVE = "relative"
    FRIEND = "friend"
    COLLEAGUE = "colleague"
    CARER = "carer"
    CARED_FOR = "cared_for"

    @property
    def back(self) -> Relation:
        """What the one is to the other then."""
        return _BACK.get(self, self)


_BACK = {
    Relation.PARENT: Relation.CHILD, Relation.CHILD: Relation.PARENT, Relation.CARER: Relation.CARED_FOR,
    Relation.CARED_FOR: Relation.CARER}


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A card. `person_id` is the card that stands for the person: another one after a merge."""

    id: int
    desk_id: int
    person_id: int
    into_id: int | None = None
    name: str
    met: str = ""
    asked: str = ""
    channel: Channel = Channel.NONE
    reach: str = ""
    silent: bool = False
    source: str = ""
    created_by: AccountId

    @property
    def created_at(self) -> datetime:
        return moment_of(self.id)


class ContactNote(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote down about a person, and until when it is kept."""

    id: int
    contact_id: int
    author_id: AccountId
    text: str
    keep_until: datetime

    @property
    def created_at(self) -> datetime:
        return moment_of(self.id)


class ContactAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account of a person; `contact_id` is the card that it was given to."""

    account_id: AccountId
    contact_id: int


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """Something between a person and a desk. `id` carries the time, and orders them.

    `kind` is a word that `web/contact_words.py` knows. What was said is a post, named by `post_id`; `text` is what
    somebody of the desk wrote themselves; `path` leads on.
    """

    id: int
    kind: str
    by_id: AccountId | None = None
    post_id: PostId | None = None
    text: str = ""
    about: str = ""
    path: str = ""


class Objection(enum.StrEnum):
    """Why a desk may not write to somebody, or take them up."""

    ASKED = "asked"  # they said so themselves
    NOTED = "noted"  # the card says so
    FORGOTTEN = "forgotten"  # they are to be forgotten

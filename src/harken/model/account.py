"""Accounts (public identities) and members (who signs in)."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from ..ids import AccountId


class State(enum.IntEnum):
    """What an account may be. Posts of those in `VISIBLE_STATES` can be seen."""

    ACTIVE = 0
    UNCONFIRMED = 1  # signed up; the e-mail has not been confirmed
    LIMITED = 2  # seen by followers and by link, found by nobody else
    SUSPENDED = 3  # an operator's doing: hidden everywhere, can be undone
    DELETED = 4  # a name that stays reserved
    MEMORIAL = 5  # nobody signs in any more; the posts stay


VISIBLE_STATES = (State.ACTIVE, State.LIMITED, State.MEMORIAL)


class Field(msgspec.Struct, frozen=True):
    """One row of the table on a profile."""

    name: str
    value: str


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A public identity, local (`domain` is empty) or remote. Counters come joined from account_stats."""

    id: AccountId
    username: str
    domain: str = ""
    uri: str
    url: str
    display_name: str = ""
    bio: str = ""
    location: str = ""
    fields: list[Field] = []
    avatar_id: int | None = None
    header_id: int | None = None
    protected: bool = False
    bot: bool = False
    discoverable: bool = False
    indexable: bool = False
    noindex: bool = True
    hearable: bool = False
    hide_collections: bool = False  # whom one follows, and who follows
    attribution_domains: list[str] = []  # sites that may name one as the author of a page
    state: State = State.ACTIVE
    created_at: datetime
    version: int = 0
    filters: int = 0  # the version of its owner's filters; 0 without any
    posts: int = 0
    followers: int = 0
    following: int = 0
    last_post_at: datetime | None = None

    @property
    def local(self) -> bool:
        return not self.domain

    @property
    def address(self) -> str:
        """`name` here, `name@host` elsewhere: how people write it after an @."""
        return f"{self.username}@{self.domain}" if self.domain else self.username

    @property
    def shown_name(self) -> str:
        return self.display_name or self.username


class Role(enum.IntEnum):
    """What a member may do for the server."""

    MEMBER = 0
    MODERATOR = 1
    ADMINISTRATOR = 2


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who signs in here."""

    account_id: AccountId
    email: str
    password_hash: str = ""
    confirmed_at: datetime | None = None
    role: Role = Role.MEMBER
    language: str = "en"
    time_zone: str = "UTC"
    default_visibility: int = 0
    default_sensitive: bool = False
    default_quote_policy: int = 2  # model.post.QuotePolicy
    totp_secret: str = ""
    totp_last_used: int = 0
    recovery_codes: list[str] = []
    application_id: int | None = None  # through which they joined
    created_at: datetime


def name_key(username: str, domain: str = "") -> str:
    """The key under which a name is unique: names differ by more than case (RFC 7565 leaves it to us)."""
    return f"{username.lower()}@{domain.lower()}" if domain else username.lower()

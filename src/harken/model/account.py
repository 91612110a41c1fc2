"""Accounts (public identities) and members (who signs in)."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from ..ids import AccountId
from .circle import Writers


class State(enum.IntEnum):
    """What an account may be. Posts of those in `VISIBLE_STATES` can be seen."""

    ACTIVE = 0
    UNCONFIRMED = 1  # signed up; the e-mail has not been confirmed
    LIMITED = 2  # seen by followers and by link, found by nobody else
    SUSPENDED = 3  # an operator's doing: hidden everywhere, can be undone
    DELETED = 4  # a name that stays reserved
    MEMORIAL = 5  # nobody signs in any more; the posts stay
    PENDING = 6  # signed up; a moderator has not let them in yet


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
    state: State = State.ACTIVE  # follows from what is below, see `state_of`
    silenced: bool = False
    suspended: bool = False
    memorial: bool = False
    disabled: bool = False  # nobody signs in; the posts stay
    sensitized: bool = False  # whatever media it posts is sensitive
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
    def signs_in(self) -> bool:
        """Whether its member may be signed in at all; those who have not confirmed their e-mail do little there."""
        return self.state in (State.ACTIVE, State.LIMITED, State.UNCONFIRMED) and not self.disabled

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
    OWNER = 3

    def may(self, permission: Permission) -> bool:
        """Whether this role includes `permission`."""
        return bool(PERMISSIONS[self] & (permission | Permission.ADMINISTRATOR))


class Permission(enum.IntFlag):
    """What roles are made of, with Mastodon's bits (docs.joinmastodon.org/entities/Role/#permissions)."""

    ADMINISTRATOR = 1 << 0  # everything
    VIEW_DEVOPS = 1 << 1
    VIEW_AUDIT_LOG = 1 << 2
    VIEW_DASHBOARD = 1 << 3
    MANAGE_REPORTS = 1 << 4
    MANAGE_FEDERATION = 1 << 5
    MANAGE_SETTINGS = 1 << 6
    MANAGE_BLOCKS = 1 << 7
    MANAGE_TAXONOMIES = 1 << 8
    MANAGE_APPEALS = 1 << 9
    MANAGE_USERS = 1 << 10
    MANAGE_INVITES = 1 << 11
    MANAGE_RULES = 1 << 12
    MANAGE_ANNOUNCEMENTS = 1 << 13
    MANAGE_CUSTOM_EMOJIS = 1 << 14
    MANAGE_WEBHOOKS = 1 << 15
    INVITE_USERS = 1 << 16
    MANAGE_ROLES = 1 << 17
    MANAGE_USER_ACCESS = 1 << 18
    DELETE_USER_DATA = 1 << 19


_MODERATOR = (
    Permission.VIEW_DASHBOARD | Permission.VIEW_AUDIT_LOG | Permission.MANAGE_USERS | Permission.MANAGE_REPORTS
    | Permission.MANAGE_TAXONOMIES | Permission.MANAGE_APPEALS
)
# As Mastodon's roles of the same names are delivered, and moderators judge appeals: against one another's decisions.
PERMISSIONS = {
    Role.MEMBER: Permission(0),
    Role.MODERATOR: _MODERATOR,
    Role.ADMINISTRATOR: _MODERATOR | Permission.MANAGE_FEDERATION | Permission.MANAGE_SETTINGS
    | Permission.MANAGE_BLOCKS | Permission.MANAGE_RULES
    | Permission.MANAGE_ANNOUNCEMENTS | Permission.MANAGE_CUSTOM_EMOJIS | Permission.MANAGE_WEBHOOKS
    | Permission.MANAGE_ROLES | Permission.MANAGE_USER_ACCESS | Permission.DELETE_USER_DATA,
    Role.OWNER: Permission.ADMINISTRATOR,
}


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
    written_by: Writers = Writers.EVERYBODY
    hide_friends: bool = False
    karma_off: bool = False
    look: str | None = None  # words of model.look; None until they choose
    thread_notices: bool = True  # of answers in conversations that they merely took part in
    totp_secret: str = ""
    totp_last_used: int = 0
    recovery_codes: list[str] = []
    application_id: int | None = None  # through which they joined
    approved: bool = True
    reason: str = ""  # why they want to join
    address: str = ""  # from which they joined
    invited_by: int | None = None
    invite_id: int | None = None
    created_at: datetime


class Severity(enum.StrEnum):
    """What was decided about all accounts of a server."""

    NOOP = "noop"
    SILENCE = "silence"
    SUSPEND = "suspend"


def state_of(account: Account, member: Member | None, server: Severity = Severity.NOOP) -> State:
    """The state that follows from what holds for an account, its member and its server. What is deleted stays so."""
    if account.state is State.DELETED:
        return State.DELETED
    if account.suspended or server is Severity.SUSPEND:
        return State.SUSPENDED
    if account.memorial:
        return State.MEMORIAL
    if member is not None and member.confirmed_at is None:
        return State.UNCONFIRMED
    if member is not None and not member.approved:
        return State.PENDING
    return State.LIMITED if account.silenced or server is Severity.SILENCE else State.ACTIVE


def name_key(username: str, domain: str = "") -> str:
    """The key under which a name is unique: names differ by more than case (RFC 7565 leaves it to us)."""
    return f"{username.lower()}@{domain.lower()}" if domain else username.lower()

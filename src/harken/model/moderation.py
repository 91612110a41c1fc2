"""What moderators are asked, decide, and write down."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec


class Category(enum.StrEnum):
    """Why somebody reports (docs.joinmastodon.org/entities/Report/#category)."""

    SPAM = "spam"
    LEGAL = "legal"
    VIOLATION = "violation"
    OTHER = "other"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`account_id` asks the moderators to look at `target_id`; `post_ids` are the target's."""

    id: int
    account_id: int
    target_id: int
    category: Category
    comment: str = ""
    post_ids: list[int] = []
    rule_ids: list[int] = []
    forward: bool = False
    created_at: datetime
    updated_at: datetime
    assigned_id: int | None = None
    resolved_at: datetime | None = None
    resolved_by: int | None = None


class Measure(enum.StrEnum):
    """What is done about an account."""

    NONE = "none"  # a warning, no more
    REMOVE = "remove"  # the posts that it is about
    SENSITIVE = "sensitive"  # all its media is
    DISABLE = "disable"  # nobody signs in; the posts stay
    SILENCE = "silence"  # found by nobody who does not follow
    SUSPEND = "suspend"  # hidden everywhere


class Warning(msgspec.Struct, frozen=True, kw_only=True):
    """What the member `target_id` was told when moderators acted."""

    id: int
    target_id: int
    action: Measure
    text: str = ""
    report_id: int | None = None
    post_ids: list[int] = []
    created_at: datetime
    by_id: int | None = None
    undone_at: datetime | None = None
    answers_id: int | None = None  # the warning whose appeal this answers
    removed: list[str] = []  # what the posts said that it removed, while one may appeal


class Appeal(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says against the warning `warning_id`, and what became of it; `accepted` None: nothing yet."""

    warning_id: int
    account_id: int
    text: str
    created_at: datetime
    accepted: bool | None = None
    words: str = ""
    decided_at: datetime | None = None
    decided_by: int | None = None


class StaffNote(msgspec.Struct, frozen=True, kw_only=True):
    """What a moderator writes to the others about a report or an account."""

    id: int
    about_kind: str
    about_id: int
    author_id: int
    text: str
    created_at: datetime


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the record of moderation: names are those of the moment."""

    id: int
    actor_id: int | None = None
    actor: str
    act: str
    about_kind: str
    about_id: int | None = None
    about: str
    why: str = ""
    at: datetime

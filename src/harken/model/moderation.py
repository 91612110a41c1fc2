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

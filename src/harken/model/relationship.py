"""What one account is to another."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..ids import AccountId


class Relationship(msgspec.Struct, frozen=True, kw_only=True):
    """`account_id` as the viewer sees them."""

    account_id: AccountId
    following: bool = False
    requested: bool = False
    followed_by: bool = False
    requested_by: bool = False
    show_boosts: bool = False
    notify: bool = False
    languages: list[str] = []
    blocking: bool = False
    blocked_by: bool = False
    muting: bool = False
    muting_notifications: bool = False
    muted_until: datetime | None = None
    domain_blocking: bool = False
    endorsed: bool = False
    note: str = ""


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """Something that `owner_id` should hear of; `id` is that of the fact it tells of."""

    id: int
    owner_id: int
    kind: str
    account_id: int
    post_id: int | None = None


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """How far somebody has read a timeline."""

    timeline: str
    last_read_id: int
    version: int
    updated_at: datetime

"""Posts for later."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..ids import AccountId
from .post import Draft


class Scheduled(msgspec.Struct, frozen=True, kw_only=True):
    """A draft that is published at its time. `failed` says why it could not be; then it waits for its author."""

    id: int
    account_id: AccountId
    at: datetime
    draft: Draft
    key: str = ""
    failed: str = ""

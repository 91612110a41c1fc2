"""A post that somebody passed on."""

from __future__ import annotations

import msgspec

from ..ids import AccountId, PostId


class Forward(msgspec.Struct, frozen=True, kw_only=True):
    """`account_id` passed a post on to `target_id`; `id` is shared by all whom it reached at once."""

    id: int
    post_id: PostId
    account_id: AccountId
    target_id: AccountId

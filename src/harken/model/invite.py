"""Invitations: a code that lets its holders join."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """`max_uses` 0 is as many as come; `note` says for whom, and only `inviter_id` reads it."""

    id: int
    code: str
    inviter_id: int
    note: str = ""
    max_uses: int = 0
    uses: int = 0
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def works(self, now: datetime) -> bool:
        """Whether somebody can still join with it; the inviter is another question."""
        return (self.revoked_at is None and (self.expires_at is None or self.expires_at > now)
                and (self.max_uses == 0 or self.uses < self.max_uses))

"""Who looks at a page: what a browser's session says about its member, in one statement."""

from __future__ import annotations

from datetime import datetime

import msgspec

from .database import Reader
from .tokens import hashed


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A browser session with its member's preferences."""

    session_id: int
    account_id: int
    language: str = "en"
    time_zone: str = "UTC"
    default_visibility: int = 0
    default_sensitive: bool = False
    role: int = 0
    look: str | None = None
    last_seen_at: datetime


async def visit(reader: Reader, secret: str) -> Visit | None:
    """The visit that a session cookie belongs to, or None."""
    return await reader.find(
        Visit,
        """SELECT s.id AS session_id, s.account_id, s.last_seen_at, coalesce(m.language, 'en') AS language,
             coalesce(m.time_zone, 'UTC') AS time_zone, coalesce(m.default_visibility, 0) AS default_visibility,
             coalesce(m.default_sensitive, 0) AS default_sensitive, coalesce(m.role, 0) AS role, m.look
           FROM session s LEFT JOIN member m ON m.account_id = s.account_id WHERE s.secret_hash = :hash""",
        hash=hashed(secret),
    )

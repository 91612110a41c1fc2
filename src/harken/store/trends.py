"""What trends are counted from: public posts that a visitor may find."""

from __future__ import annotations

from datetime import datetime

import msgspec

from .database import Reader
from .visibility import FOUND


class Spoken(msgspec.Struct, frozen=True, gc=False):
    """As much of a post as is counted. `young`: its author's account was less than a day old then."""

    id: int
    author_id: int
    text: str
    language: str | None
    young: int


async def between(reader: Reader, above: int, below: int, limit: int, now: datetime) -> list[Spoken]:
    """The newest `limit` posts with ids between the two, newest first, without sensitive ones and those behind words.

    Walks the primary key, so the cost follows `limit` and not the number of posts.
    """
    return await reader.patient(Spoken, f"""
        SELECT p.id, p.author_id, p.text, p.language,
            CASE WHEN p.history = 0 AND p.created_at - a.created_at < 86400000 THEN 1 ELSE 0 END AS young
        FROM post p CROSS JOIN account a WHERE a.id = p.author_id AND p.id > :above AND p.id < :below
            AND p.visibility = 0 AND p.sensitive = 0 AND p.spoiler = '' AND {FOUND}
        ORDER BY p.id DESC LIMIT :limit""", above=above, below=below, limit=limit, viewer=0, now=now)

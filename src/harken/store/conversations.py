"""Conversations among a few: direct posts, grouped."""

from __future__ import annotations

from datetime import datetime

from ..model.paging import Window
from ..model.post import SeenPost
from .database import Reader
from .visibility import COLUMNS, SEEN, SEEN_FROM, not_muted


async def latest(reader: Reader, viewer: int, window: Window, now: datetime) -> list[SeenPost]:
    """The newest direct post of each conversation that the viewer takes part in, newest first; paged by its id."""
    rows = await reader.patient(
        SeenPost,
        f"""SELECT {COLUMNS} FROM {SEEN_FROM} JOIN (
              SELECT max(d.id) AS id FROM post d WHERE d.visibility = 4
                AND (d.author_id = :viewer OR d.id IN (SELECT post_id FROM recipient WHERE account_id = :viewer))
              GROUP BY d.conversation_id) l ON l.id = p.id
            WHERE {SEEN} AND {not_muted("p.author_id")} AND p.id < :before AND p.id > :after
            ORDER BY p.id {window.order} LIMIT :limit""",
        viewer=viewer,
        now=now,
        before=window.before,
        after=window.after,
        limit=window.limit,
    )
    return window.arranged(rows)

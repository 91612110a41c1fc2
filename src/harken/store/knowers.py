"""What is counted to say who knows about a thing: posts that the viewer may find, and what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from .database import Reader
from .visibility import FOUND


class Said(msgspec.Struct, frozen=True, gc=False):
    """As much of a findable post as is counted. `askable`: its author may be named to the viewer as somebody to ask."""

    id: int
    author_id: int
    conversation_id: int
    in_reply_to_id: int | None
    text: str
    spoiler: str
    replies: int
    boosts: int
    favourites: int
    askable: int
    bot: int
    author_posts: int


# Whoever may not be found at all is not here to begin with: FOUND knows of blocks, mutes and states. What it lets
# through besides (what mentions me, what I favourited) must not make somebody an adviser who did not wish to be
# found, and neither limited accounts nor those in memory can be sent to strangers who ask.
COLUMNS = """p.id, p.author_id, p.conversation_id, p.in_reply_to_id, p.text, p.spoiler,
    coalesce(s.replies, 0) AS replies, coalesce(s.boosts, 0) AS boosts, coalesce(s.favourites, 0) AS favourites,
    CASE WHEN a.state = 0 AND a.discoverable = 1 AND a.indexable = 1 AND a.id <> :viewer THEN 1 ELSE 0 END AS askable,
    a.bot, coalesce((SELECT posts FROM account_stats WHERE account_id = a.id), 0) AS author_posts"""

_FROM = "post p CROSS JOIN account a LEFT JOIN post_stats s ON s.post_id = p.id WHERE a.id = p.author_id"


async def those(reader: Reader, ids: Sequence[int], viewer: int, now: datetime) -> list[Said]:
    """Those of the posts `ids` that `viewer` may find."""
    if not ids:
        return []
    sql = f"SELECT {COLUMNS} FROM {_FROM} AND p.id IN (SELECT value FROM json_each(:ids)) AND {FOUND}"
    return await reader.patient(Said, sql, ids=list(ids), viewer=viewer, now=now)


async def answers_to(reader: Reader, ids: Sequence[int], viewer: int, now: datetime, limit: int) -> list[Said]:
    """Direct answers to the posts `ids` that `viewer` may find; any `limit` of them if there are more."""
    if not ids:
        return []
    sql = f"""SELECT {COLUMNS} FROM {_FROM}
        AND p.in_reply_to_id IN (SELECT value FROM json_each(:ids)) AND {FOUND} LIMIT :limit"""
    return await reader.patient(Said, sql, ids=list(ids), viewer=viewer, now=now, limit=limit)

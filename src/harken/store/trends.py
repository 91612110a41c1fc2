"""What trends are counted from: public posts that a visitor may find, by time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ..ids import id_at
from .database import Database, Reader, Transaction
from .visibility import FOUND


class Said(msgspec.Struct, frozen=True, gc=False):
    """As much of a post as is counted. `liked` sums its answers, boosts and favourites; `edited_at` is in ms.

    `young`: its author's account was less than a day old then; of history nobody knows.
    """

    id: int
    author_id: int
    text: str
    language: str | None
    edited_at: int | None
    answers: int
    liked: int
    young: int


class Still(msgspec.Struct, frozen=True, gc=False):
    """A post that still counts."""

    id: int
    edited_at: int | None


# FOUND with nobody as viewer, and less: what its author covers with a warning is not for the shop window, accounts
# in memory do not talk, and bots are not people.
_COUNTS = f"""a.id = p.author_id AND p.visibility = 0 AND p.sensitive = 0 AND p.spoiler = '' AND a.state = 0
    AND a.sensitized = 0
    AND a.bot = 0 AND {FOUND}"""


async def said_between(
    db: Database, start: datetime, end: datetime, limit: int, seconds: float
) -> tuple[list[Said], bool]:
    """The newest `limit` posts from `start` until before `end`, newest first; whether those are all there are.

    Off the event loop, and never longer than `seconds`.
    """
    found, complete = await db.hurried(
        Said,
        f"""SELECT p.id, p.author_id, p.text, p.language, p.edited_at,
                CASE WHEN p.in_reply_to_id IS NULL AND p.in_reply_to_uri IS NULL THEN 0 ELSE 1 END AS answers,
                coalesce(s.replies, 0) + coalesce(s.boosts, 0) + coalesce(s.favourites, 0) AS liked,
                CASE WHEN p.history = 0 AND p.created_at - a.created_at < 86400000 THEN 1 ELSE 0 END AS young
            FROM post p CROSS JOIN account a LEFT JOIN post_stats s ON s.post_id = p.id
            WHERE p.id >= :start AND p.id < :end AND {_COUNTS} ORDER BY p.id DESC LIMIT :limit""",
        seconds, start=id_at(start), end=id_at(end), limit=limit, viewer=0, now=end)
    return found, complete and len(found) < limit


async def still(reader: Reader, ids: Sequence[int], now: datetime) -> dict[int, int | None]:
    """Those of the posts `ids` that count now, with the time of their last edit in ms."""
    if not ids:
        return {}
    found = await reader.patient(
        Still,
        f"""SELECT p.id, p.edited_at FROM post p CROSS JOIN account a
            WHERE p.id IN (SELECT value FROM json_each(:ids)) AND {_COUNTS}""",
        ids=list(ids), viewer=0, now=now)
    return {post.id: post.edited_at for post in found}


# ---- what moderators took off -------------------------------------------------------------------


async def hidden(reader: Reader) -> dict[str, set[str]]:
    """Names of what is not to trend, by kind: tag, link, publisher, post."""
    found: dict[str, set[str]] = {kind: set() for kind in ("tag", "link", "publisher", "post")}
    for kind, name in await reader.rows("SELECT kind, name FROM hidden_trend"):
        found[kind].add(name)
    return found


async def hide(tx: Transaction, kind: str, name: str) -> bool:
    """Whether it was to be seen before."""
    return bool(await tx.execute(
        "INSERT INTO hidden_trend (kind, name) VALUES (:kind, :name) ON CONFLICT DO NOTHING", kind=kind, name=name))


async def show(tx: Transaction, kind: str, name: str) -> bool:
    """Whether it was hidden before."""
    return bool(await tx.execute("DELETE FROM hidden_trend WHERE kind = :kind AND name = :name", kind=kind, name=name))

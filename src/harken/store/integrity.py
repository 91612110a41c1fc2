"""Questions that `harken check` and `harken rebuild` ask of the facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model.post import Post
from .database import Reader

# (what is wrong with such a row, the statement that finds some of them)
_DANGLING = (
    ("replies to a post that is not there",
     """SELECT r.id FROM post r WHERE r.in_reply_to_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM post p WHERE p.id = r.in_reply_to_id)"""),
    ("stands in another conversation than the post it replies to",
     """SELECT r.id FROM post r JOIN post p ON p.id = r.in_reply_to_id WHERE r.conversation_id <> p.conversation_id"""),
    ("boosts a post that is not there",
     """SELECT b.id FROM post b WHERE b.boost_of_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM post p WHERE p.id = b.boost_of_id)"""),
    ("was written by an account that is not there",
     "SELECT p.id FROM post p WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.id = p.author_id)"),
    ("was deleted, and is still there",
     "SELECT p.id FROM post p JOIN tombstone t ON t.uri = p.uri"),
    ("was deleted, and is still named by an import",
     "SELECT i.post_id FROM imported i WHERE NOT EXISTS (SELECT 1 FROM post p WHERE p.id = i.post_id)"),
    ("is a favourite, and not there",
     "SELECT f.post_id FROM favourite f WHERE NOT EXISTS (SELECT 1 FROM post p WHERE p.id = f.post_id)"),
    ("is bookmarked, and not there",
     "SELECT b.post_id FROM bookmark b WHERE NOT EXISTS (SELECT 1 FROM post p WHERE p.id = b.post_id)"),
    ("was passed on, and is not there",
     "SELECT w.post_id FROM forward w WHERE NOT EXISTS (SELECT 1 FROM post p WHERE p.id = w.post_id)"),
)


async def dangling(reader: Reader, limit: int = 5) -> list[str]:
    """Sentences about references that lead nowhere, some of each kind."""
    found = []
    for what, sql in _DANGLING:
        found += [f"post {post_id} {what}" for post_id in await reader.values(f"{sql} LIMIT :limit", limit=limit)]
    return found


async def posts_after(reader: Reader, after: int, limit: int) -> list[Post]:
    """The next posts that are no boosts, by id."""
    return await reader.all(
        Post, "SELECT * FROM post WHERE id > :after AND boost_of_id IS NULL ORDER BY id LIMIT :limit",
        after=after, limit=limit)


async def span(reader: Reader) -> tuple[int, int]:
    """The lowest and the highest post's id; (0, 0) for no posts."""
    low, high = (await reader.rows("SELECT (SELECT min(id) FROM post), (SELECT max(id) FROM post)"))[0]
    return int(low or 0), int(high or 0)


async def home_ids(reader: Reader, owner: int, ids: Sequence[int]) -> set[int]:
    """Those of `ids` that the stored home of `owner` has."""
    return set(await reader.values(
        "SELECT post_id FROM timeline WHERE owner_id = :owner AND post_id IN (SELECT value FROM json_each(:ids))",
        owner=owner, ids=list(ids)))


async def home_floor(reader: Reader, owner: int) -> int:
    """Below this, entries of a home were trimmed away."""
    return int(await reader.value("SELECT floor_id FROM home WHERE owner_id = :owner", owner=owner) or 0)


async def merged(reader: Reader) -> set[int]:
    """Authors that are merged on reading, not stored in homes."""
    return set(await reader.values("SELECT account_id FROM merged_author"))


async def tombstone(reader: Reader, uri: str) -> tuple[Any, ...] | None:
    """(uri, id, kind, at) of something deleted."""
    rows = await reader.rows("SELECT uri, id, kind, at FROM tombstone WHERE uri = :uri", uri=uri)
    return rows[0] if rows else None


async def tombstones(reader: Reader) -> list[tuple[Any, ...]]:
    """(uri, id, kind, at) of everything deleted, in order of time."""
    return await reader.rows("SELECT uri, id, kind, at FROM tombstone ORDER BY at, uri")

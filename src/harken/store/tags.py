"""Hashtags by themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..ids import new_id
from .database import Reader, Transaction
from .visibility import FOUND

_LATEST = 50  # posts of a tag that are looked at for one that may be found


async def follow(tx: Transaction, account_id: int, key: str, now: datetime) -> bool:
    """Bring the public posts with a tag into an account's home; False where they were there already."""
    return bool(
        await tx.execute(
            "INSERT INTO followed_tag (id, account_id, tag) VALUES (:id, :account, :tag) ON CONFLICT DO NOTHING",
            id=new_id(now),
            account=account_id,
            tag=key,
        )
    )


async def findable(reader: Reader, key: str, viewer: int, limit: int, now: datetime) -> list[str]:
    """Folded tags that begin with `key`, in order; only those on a recent post that `viewer` may find.

    Walks the tags by leaping from one to the next, so the cost follows `limit` and not how often a tag is used.
    """
    carried = f"""SELECT 1 FROM (SELECT post_id FROM post_tag WHERE tag = :tag ORDER BY post_id DESC LIMIT {_LATEST}) t
        JOIN post p ON p.id = t.post_id JOIN account a ON a.id = p.author_id WHERE {FOUND} LIMIT 1"""
    return await _leaping(reader, key, limit, carried, viewer=viewer, now=now)


async def _leaping(reader: Reader, key: str, wanted: int, carried: str, **values: Any) -> list[str]:
    """The first `wanted` tags from `key` on for which the statement `carried` finds a post."""
    found: list[str] = []
    if not key:
        return found
    at, above = key, ">="
    for _ in range(4 * wanted):
        tag = await reader.value(
            f"SELECT tag FROM post_tag WHERE tag {above} :at AND tag < :end ORDER BY tag LIMIT 1",
            at=at,
            end=key + "\U0010ffff",
        )
        if tag is None:
            break
        if await reader.value(carried, tag=tag, **values):
            found.append(tag)
        if len(found) >= wanted:
            break
        at, above = tag, ">"
    return found

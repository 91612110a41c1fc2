"""Hashtags by themselves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec

from ..ids import id_at, new_id
from ..model.paging import Window
from .database import Reader, Transaction
from .visibility import FOUND

_COUNTED = 1000  # uses of a tag
_OWN_LATEST = 1000  # posts of an account that are looked at for tags it uses
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


async def unfollow(tx: Transaction, account_id: int, key: str) -> None:
    await tx.execute("DELETE FROM followed_tag WHERE account_id = :account AND tag = :tag", account=account_id, tag=key)


async def followed_count(reader: Reader, account_id: int) -> int:
    return int(await reader.value("SELECT count(*) FROM followed_tag WHERE account_id = :account", account=account_id))


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """A tag that somebody follows; `id` pages the list."""

    id: int
    tag: str


async def followed(reader: Reader, account_id: int, window: Window) -> list[Followed]:
    """The tags that an account follows, last followed first."""
    rows = await reader.all(
        Followed,
        f"""SELECT id, tag FROM followed_tag WHERE account_id = :account AND id < :before AND id > :after
            ORDER BY id {window.order} LIMIT :limit""",
        account=account_id,
        before=window.before,
        after=window.after,
        limit=window.limit,
    )
    return window.arranged(rows)


async def stances(reader: Reader, account_id: int, keys: Collection[str]) -> tuple[set[str], set[str]]:
    """Those of the tags `keys` that an account follows, and those that it features."""
    rows = await reader.rows(
        """SELECT 'followed', tag FROM followed_tag WHERE account_id = :account
             AND tag IN (SELECT value FROM json_each(:key_texts))
           UNION ALL SELECT 'featured', tag FROM featured_tag WHERE account_id = :account
             AND tag IN (SELECT value FROM json_each(:key_texts))""",
        account=account_id,
        key_texts=list(keys),
    )
    return {tag for what, tag in rows if what == "followed"}, {tag for what, tag in rows if what == "featured"}


class DailyUse(msgspec.Struct, frozen=True, kw_only=True):
    """How often, and by how many, a tag was used on a day (counted from 1970, in UTC)."""

    tag: str
    day: int
    uses: int
    people: int


async def daily_uses(reader: Reader, keys: Collection[str], since: datetime, now: datetime) -> list[DailyUse]:
    """The uses of tags since a moment, in posts that everybody may find; of each tag the newest thousand at most."""
    return await reader.patient(
        DailyUse,
        f"""SELECT t.tag, p.created_at / 86400000 AS day, count(*) AS uses, count(DISTINCT p.author_id) AS people
            FROM (SELECT value AS tag, c.id FROM json_each(:key_texts) JOIN post c ON c.id IN (
                    SELECT post_id FROM post_tag WHERE tag = value AND post_id >= :above
                    ORDER BY post_id DESC LIMIT {_COUNTED})) t
            JOIN post p ON p.id = t.id JOIN account a ON a.id = p.author_id
            WHERE p.created_at >= :since AND {FOUND} GROUP BY t.tag, p.created_at / 86400000""",
        key_texts=list(keys),
        above=id_at(since),
        since=since,
        viewer=0,
        now=now,
    )


class Featured(msgspec.Struct, frozen=True, kw_only=True):
    """A tag on a profile, with what its owner said about it for all to see."""

    id: int
    tag: str
    name: str
    posts: int = 0
    last_post_at: datetime | None = None


async def featured(reader: Reader, account_id: int) -> list[Featured]:
    """The tags on a profile, most used first."""
    return await reader.patient(
        Featured,
        """SELECT f.id, f.tag, f.name, count(p.id) AS posts, max(p.created_at) AS last_post_at
           FROM featured_tag f LEFT JOIN (post_tag t JOIN post p ON p.id = t.post_id AND p.author_id = :account
             AND p.visibility <= 1) ON t.tag = f.tag
           WHERE f.account_id = :account GROUP BY f.id, f.tag, f.name ORDER BY posts DESC, f.id""",
        account=account_id,
    )


async def feature(tx: Transaction, account_id: int, key: str, name: str, now: datetime) -> Featured:
    await tx.execute(
        """INSERT INTO featured_tag (id, account_id, tag, name) VALUES (:id, :account, :tag, :name)
           ON CONFLICT DO NOTHING""",
        id=new_id(now),
        account=account_id,
        tag=key,
        name=name,
    )
    return next(one for one in await featured(tx, account_id) if one.tag == key)


async def unfeature(tx: Transaction, account_id: int, key: str) -> None:
    await tx.execute("DELETE FROM featured_tag WHERE account_id = :account AND tag = :tag", account=account_id, tag=key)


async def written_by(reader: Reader, account_id: int, limit: int) -> list[str]:
    """The tags that an account used in public lately and does not feature, last used first."""
    return await reader.values(
        f"""SELECT tag FROM (SELECT t.tag, max(t.post_id) AS latest FROM post_tag t
              WHERE t.post_id IN (SELECT id FROM post WHERE author_id = :account AND visibility <= 1
                                  ORDER BY id DESC LIMIT {_OWN_LATEST})
              GROUP BY t.tag) used
            WHERE NOT EXISTS (SELECT 1 FROM featured_tag f WHERE f.account_id = :account AND f.tag = used.tag)
            ORDER BY latest DESC, tag LIMIT :limit""",
        account=account_id,
        limit=limit,
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

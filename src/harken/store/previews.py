"""Previews of links, once for every URL. They are public: fetched without anybody's rights."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

from ..model.preview import Preview
from .database import Reader, Transaction

FRESH = timedelta(days=14)  # Mastodon's number: a link posted again later is looked at again
AGAIN = timedelta(minutes=5)  # a fetch that nobody ended is taken up again


class Due(msgspec.Struct, frozen=True):
    """A link to be fetched, for the `tries`th time; `image` is that of the preview so far."""

    url: str
    tries: int
    image: str


async def of_links(reader: Reader, urls: Collection[str]) -> dict[str, Preview]:
    """Previews by URL, of those links that have one: one statement, none for no links."""
    if not urls:
        return {}
    found = await reader.all(
        Preview,
        "SELECT * FROM preview WHERE url IN (SELECT value FROM json_each(:url_texts)) AND title <> ''",
        url_texts=sorted(urls),
    )
    return {one.url: one for one in found}


async def want(tx: Transaction, url: str, now: datetime) -> None:
    """Have a link fetched soon, unless that was done lately or is planned."""
    await tx.execute(
        """INSERT INTO preview (url, due_at) VALUES (:url, :now)
           ON CONFLICT (url) DO UPDATE SET due_at = :now, tries = 0
           WHERE preview.due_at IS NULL AND coalesce(preview.fetched_at, 0) < :stale""",
        url=url,
        now=now,
        stale=now - FRESH,
    )


async def withdraw(tx: Transaction, url: str, now: datetime) -> None:
    """Show nothing of what is behind a link any more, until it was fetched again."""
    await tx.execute(
        """UPDATE preview SET title = '', description = '', author_name = '', image_description = '', due_at = :now,
             tries = 0 WHERE url = :url""",
        url=url, now=now)


async def anything_due(reader: Reader, now: datetime) -> bool:
    return bool(await reader.value("SELECT 1 FROM preview WHERE due_at <= :now LIMIT 1", now=now))


async def claim(tx: Transaction, now: datetime, limit: int) -> list[Due]:
    """Take up what is due; nobody else gets it for a while."""
    return await tx.all(
        Due,
        """UPDATE preview SET due_at = :again, tries = tries + 1 WHERE due_at <= :now AND url IN (
             SELECT url FROM preview WHERE due_at <= :now ORDER BY due_at LIMIT :limit)
           RETURNING url, tries, image""",
        now=now,
        again=now + AGAIN,
        limit=limit,
    )


async def put(tx: Transaction, made: Preview, now: datetime) -> None:
    """Store what was found; a `made` without a title says that there is nothing to show."""
    values = msgspec.structs.asdict(made)
    await tx.execute(
        f"""UPDATE preview SET {", ".join(f"{name} = :{name}" for name in values if name != "url")},
              due_at = NULL, fetched_at = :now WHERE url = :url""",
        now=now,
        **values,
    )


async def put_off(tx: Transaction, url: str, until: datetime | None, now: datetime) -> None:
    """Try again at `until`; without it give up, and keep what was known before."""
    await tx.execute(
        """UPDATE preview SET due_at = :until, fetched_at = CASE WHEN :given_up = 1 THEN :now ELSE fetched_at END
           WHERE url = :url""",
        url=url,
        until=until,
        given_up=until is None,
        now=now,
    )

"""What the server knows of itself: stored settings, tombstones, numbers for its about page."""

from __future__ import annotations

from datetime import datetime

from ..ids import id_at
from .database import Reader, Transaction
from .visibility import STATES


async def setting(reader: Reader, name: str) -> str | None:
    """A stored setting."""
    value: str | None = await reader.value("SELECT value FROM setting WHERE name = :name", name=name)
    return value


async def set_setting(tx: Transaction, name: str, value: str) -> None:
    await tx.execute(
        "INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = :value",
        name=name,
        value=value,
    )


async def set_setting_once(tx: Transaction, name: str, value: str) -> None:
    """Store a setting unless it is there: who comes first decides."""
    await tx.execute(
        "INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING", name=name, value=value
    )


async def buried(reader: Reader, uri: str) -> bool:
    """Whether the thing with this uri was deleted; it never comes back."""
    return bool(await reader.value("SELECT 1 FROM tombstone WHERE uri = :uri", uri=uri))


async def numbers(reader: Reader, active_since: datetime) -> tuple[int, int, int]:
    """(people, people active since, public posts) of this server, from the counters: no walk over the posts."""
    people = await reader.value(f"SELECT count(*) FROM account WHERE domain = '' AND state IN {STATES}")
    active = await reader.value("SELECT count(*) FROM account_stats WHERE last_post_at > :since", since=active_since)
    posts = await reader.value("SELECT coalesce(sum(posts), 0) FROM account_stats")
    return int(people), int(active), int(posts)


async def peers(reader: Reader) -> list[str]:
    """Other servers whose people are known here."""
    return await reader.values("SELECT DISTINCT domain FROM account WHERE domain <> '' ORDER BY domain")


async def activity(reader: Reader, since: datetime, until: datetime) -> tuple[int, int]:
    """(public posts, new accounts) between two moments."""
    posts = await reader.value(
        "SELECT count(*) FROM post WHERE id >= :low AND id < :high AND visibility <= 1",
        low=id_at(since),
        high=id_at(until),
    )
    people = await reader.value(
        "SELECT count(*) FROM member WHERE account_id >= :low AND account_id < :high",
        low=id_at(since),
        high=id_at(until),
    )
    return int(posts), int(people)

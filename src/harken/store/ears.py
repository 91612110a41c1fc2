"""Ears and what they heard. Matches are written when a post arrives; what may be found is decided again on reading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from ..errors import NotFound
from ..ids import id_at
from ..model.ear import Ear, EarInList
from ..model.paging import Window
from ..model.post import SeenPost
from . import alerts
from .database import Reader, Transaction
from .visibility import COLUMNS, FOUND, OPEN, SEEN_FROM

COUNTED = 100
"""Unread matches are counted up to here; beyond, a reader only wants to know that it is many."""


# ---- ears --------------------------------------------------------------------


async def find(reader: Reader, ear_id: int) -> Ear | None:
    """The ear, whoever owns it."""
    return await reader.find(Ear, "SELECT * FROM ear WHERE id = :id", id=ear_id)


async def get(reader: Reader, ear_id: int, owner: int) -> Ear:
    """An ear of `owner`. Raises NotFound, also for somebody else's."""
    ear = await find(reader, ear_id)
    if ear is None or ear.owner_id != owner:
        raise NotFound("There is no such ear.")
    return ear


async def find_same(reader: Reader, owner: int, query: str) -> Ear | None:
    """The ear of `owner` that listens for this query already."""
    return await reader.find(
        Ear, "SELECT * FROM ear WHERE owner_id = :owner AND query = :query", owner=owner, query=query
    )


async def get_by_key(reader: Reader, key: str) -> Ear:
    """The ear with this secret. Raises NotFound."""
    ear = await reader.find(Ear, "SELECT * FROM ear WHERE key = :key", key=key)
    if ear is None:
        raise NotFound("There is no such ear, or it is not shared any more.")
    return ear


async def get_by_feed_key(reader: Reader, key: str) -> Ear:
    """The ear whose feed has this secret. Raises NotFound."""
    ear = await reader.find(Ear, "SELECT * FROM ear WHERE feed_key = :key AND feed_key <> ''", key=key)
    if ear is None:
        raise NotFound("There is no such feed, or its owner gave it another address.")
    return ear


async def of_owner(reader: Reader, owner: int, now: datetime, today: datetime) -> list[EarInList]:
    """Everything that `owner` keeps, by name, with counts of what may be found; `today` is when their day began."""
    found = f"SELECT 1 FROM ear_match m JOIN {SEEN_FROM.replace('post p', 'post p ON p.id = m.post_id', 1)}"
    return await reader.patient(
        EarInList,
        f"""SELECT e.*,
              (SELECT count(*) FROM ({found} WHERE m.ear_id = e.id AND m.id > e.read_id AND {FOUND} LIMIT {COUNTED}) u
              ) AS unread,
              (SELECT count(*) FROM ({found} WHERE m.ear_id = e.id AND m.id >= :today AND {FOUND}
                 LIMIT {COUNTED}) t) AS today
            FROM ear e WHERE e.owner_id = :viewer ORDER BY lower(e.name), e.id""",
        viewer=owner,
        now=now,
        today=id_at(today),
    )


async def of_desk(reader: Reader, desk_id: int) -> list[Ear]:
    """The ears of a desk, for those who work there."""
    return await reader.all(Ear, "SELECT * FROM ear WHERE owner_id = :desk ORDER BY id", desk=desk_id)


async def count(reader: Reader, owner: int) -> int:
    """How many ears somebody keeps."""
    return int(await reader.value("SELECT count(*) FROM ear WHERE owner_id = :owner", owner=owner))


async def insert(tx: Transaction, ear: Ear) -> None:
    await tx.execute(
        """INSERT INTO ear
             (id, owner_id, name, query, zone, saved_at, created_at, paused, shared, key, feed_key, read_id, version)
           VALUES (:id, :owner, :name, :query, :zone, :saved, :created, :paused, :shared, :key, :feed, :read,
             :version)""",
        id=ear.id,
        owner=ear.owner_id,
        name=ear.name,
        query=ear.query,
        zone=ear.zone,
        saved=ear.saved_at,
        created=ear.created_at,
        paused=ear.paused,
        shared=ear.shared,
        key=ear.key,
        feed=ear.feed_key,
        read=ear.read_id,
        version=ear.version,
    )


async def update(tx: Transaction, ear: Ear) -> None:
    """Write what its owner may change."""
    await tx.execute(
        """UPDATE ear SET name = :name, query = :query, zone = :zone, saved_at = :saved, paused = :paused,
             shared = :shared, key = :key, feed_key = :feed, version = :version WHERE id = :id""",
        id=ear.id,
        name=ear.name,
        query=ear.query,
        zone=ear.zone,
        saved=ear.saved_at,
        paused=ear.paused,
        shared=ear.shared,
        key=ear.key,
        feed=ear.feed_key,
        version=ear.version,
    )


async def mark_read(tx: Transaction, ear_id: int, match_id: int) -> bool:
    """Move the read mark forwards; whether it moved."""
    return bool(
        await tx.execute(
            "UPDATE ear SET read_id = :match WHERE id = :ear AND read_id < :match", ear=ear_id, match=match_id
        )
    )


async def delete(tx: Transaction, ear_id: int) -> None:
    """Forget an ear, what it heard and what it told."""
    await alerts.forget_ear(tx, ear_id)
    await tx.execute("DELETE FROM ear_match WHERE ear_id = :ear", ear=ear_id)
    await tx.execute("DELETE FROM ear WHERE id = :ear", ear=ear_id)


async def ids_of(reader: Reader, owner: int) -> list[int]:
    """The ears of somebody who goes."""
    return await reader.values("SELECT id FROM ear WHERE owner_id = :owner", owner=owner)


async def changed_since(reader: Reader, version: int, limit: int) -> list[Ear]:
    """Ears made or changed after `version`, in the order of their changes."""
    return await reader.all(
        Ear, "SELECT * FROM ear WHERE version > :version ORDER BY version LIMIT :limit", version=version, limit=limit
    )


# ---- what they heard -----------------------------------------------------------


class Heard(SeenPost, frozen=True, kw_only=True):
    """A post with the id of the match that brought it here."""

    match_id: int


async def heard(reader: Reader, ear: Ear, window: Window, now: datetime, for_all: bool = False) -> list[Heard]:
    """What the ear heard and its owner (or, `for_all`, anybody) may find, last heard first, paged by `match_id`."""
    open_only = f" AND {OPEN}" if for_all else ""
    return window.arranged(
        await reader.all(
            Heard,
            f"""SELECT {COLUMNS}, m.id AS match_id
                FROM ear_match m JOIN {SEEN_FROM.replace("post p", "post p ON p.id = m.post_id", 1)}
                WHERE m.ear_id = :ear AND m.id < :before AND m.id > :after AND {FOUND}{open_only}
                ORDER BY m.id {window.order} LIMIT :limit""",
            ear=ear.id,
            viewer=ear.owner_id,
            before=window.before,
            after=window.after,
            limit=window.limit,
            now=now,
        )
    )


async def heard_since(reader: Reader, ear: Ear, since: datetime, now: datetime, limit: int = 5000) -> list[int]:
    """The ids of what the ear heard since then and its owner may find, last first; they tell when it was heard."""
    return await reader.values(
        f"""SELECT m.id FROM ear_match m JOIN post p ON p.id = m.post_id JOIN account a ON a.id = p.author_id
            WHERE m.ear_id = :ear AND m.id >= :since AND {FOUND} ORDER BY m.id DESC LIMIT :limit""",
        ear=ear.id,
        viewer=ear.owner_id,
        since=id_at(since),
        now=now,
        limit=limit,
    )


async def unread_anywhere(reader: Reader, owner: int) -> bool:
    """Whether any ear of `owner` that is not paused heard something since it was read; unchecked, as a hint."""
    return bool(
        await reader.value(
            """SELECT 1 FROM ear e WHERE e.owner_id = :owner AND e.paused = 0 AND EXISTS (
                 SELECT 1 FROM ear_match m WHERE m.ear_id = e.id AND m.id > e.read_id)""",
            owner=owner,
        )
    )


async def heard_by(reader: Reader, post_id: int) -> set[int]:
    """The ears that heard a post."""
    return set(await reader.values("SELECT ear_id FROM ear_match WHERE post_id = :post", post=post_id))


async def hearing(reader: Reader, post_id: int, among: Sequence[int]) -> list[tuple[int, int]]:
    """(owner, ear) for those of `among` who have an ear that heard a post; an owner once."""
    rows = await reader.rows(
        """SELECT e.owner_id, min(e.id) FROM ear_match m JOIN ear e ON e.id = m.ear_id
           WHERE m.post_id = :post AND e.owner_id IN (SELECT value FROM json_each(:ids)) GROUP BY e.owner_id""",
        post=post_id,
        ids=list(among),
    )
    return [(int(owner), int(ear)) for owner, ear in rows]


async def owners_who_find(reader: Reader, post_id: int, owners: Sequence[int], now: datetime) -> set[int]:
    """Those of `owners` who may find the post."""
    found = FOUND.replace(":viewer", "value")
    return set(
        await reader.values(
            f"""SELECT value FROM json_each(:ids) CROSS JOIN post p JOIN account a ON a.id = p.author_id
                WHERE p.id = :post AND {found}""",
            ids=list(owners),
            post=post_id,
            now=now,
        )
    )


async def record(tx: Transaction, matches: Iterable[tuple[int, int, int]]) -> None:
    """Write (ear, match id, post), once a pair; ears that are gone or paused meanwhile hear nothing."""
    await tx.execute_many(
        """INSERT INTO ear_match (ear_id, id, post_id)
           SELECT id, :match, :post FROM ear WHERE id = :ear AND paused = 0 ON CONFLICT DO NOTHING""",
        [{"ear": ear, "match": match, "post": post} for ear, match, post in matches],
    )


async def withdraw(tx: Transaction, post_id: int, ear_ids: Iterable[int]) -> None:
    """Take a post out of these ears: it was edited and says something else now."""
    await tx.execute(
        """DELETE FROM ear_match WHERE post_id = :post AND ear_id IN (SELECT value FROM json_each(:ids))""",
        post=post_id,
        ids=list(ear_ids),
    )


async def remove_post(tx: Transaction, post_id: int, limit: int) -> int:
    """Take a post that is gone out of up to `limit` ears; how many were."""
    return await tx.execute(
        """DELETE FROM ear_match WHERE post_id = :post AND ear_id IN (
             SELECT ear_id FROM ear_match WHERE post_id = :post LIMIT :limit)""",
        post=post_id,
        limit=limit,
    )


async def posts_since(reader: Reader, since: int, above: int, limit: int) -> list[int]:
    """Posts (no boosts, no history) with ids above `above` said or edited at `since` or later, oldest first."""
    return await reader.values(
        """SELECT id FROM post WHERE id > :above AND coalesce(edited_at, created_at) >= :since
             AND history = 0 AND boost_of_id IS NULL ORDER BY id LIMIT :limit""",
        since=since,
        above=above,
        limit=limit,
    )


async def first_saved_at(reader: Reader) -> int | None:
    """When the oldest ear began to listen, in milliseconds."""
    at = await reader.value("SELECT min(saved_at) FROM ear")
    return None if at is None else int(at)


async def forget_matches(tx: Transaction) -> None:
    """Forget what all ears heard, to hear it again."""
    await tx.execute("DELETE FROM ear_match")


async def trim(tx: Transaction, ear_id: int, keep: int) -> None:
    """Keep the last `keep` matches of an ear."""
    cut = await tx.value(
        "SELECT id FROM ear_match WHERE ear_id = :ear ORDER BY id DESC LIMIT 1 OFFSET :keep", ear=ear_id, keep=keep
    )
    if cut is not None:
        await tx.execute("DELETE FROM ear_match WHERE ear_id = :ear AND id <= :cut", ear=ear_id, cut=cut)


async def full(reader: Reader, keep: int) -> list[int]:
    """Ears with more than `keep` matches."""
    return await reader.values(
        "SELECT ear_id FROM ear_match GROUP BY ear_id HAVING count(*) > :keep", keep=keep
    )

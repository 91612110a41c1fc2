"""Other servers that members block for themselves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from ..ids import new_id
from ..model.paging import Window
from .database import Reader, Transaction


class BlockedDomain(msgspec.Struct, frozen=True, kw_only=True):
    """A server that somebody blocks; `id` pages the list."""

    id: int
    domain: str


class Severance(msgspec.Struct, frozen=True, kw_only=True):
    """That follows ended when a member blocked a server: how many followed the member, how many the member."""

    id: int
    account_id: int
    domain: str
    followers: int
    following: int


async def insert_severance(tx: Transaction, new: Severance) -> None:
    await tx.execute(
        """INSERT INTO severance (id, account_id, domain, followers, following)
           VALUES (:id, :account_id, :domain, :followers, :following)""",
        **msgspec.structs.asdict(new),
    )


async def severances(reader: Reader, ids: Collection[int]) -> dict[int, Severance]:
    """Severances by id."""
    rows = await reader.all(
        Severance, "SELECT * FROM severance WHERE id IN (SELECT value FROM json_each(:ids))", ids=list(ids))
    return {row.id: row for row in rows}


async def page(reader: Reader, account_id: int, window: Window) -> list[BlockedDomain]:
    """The servers that an account blocks, last blocked first."""
    rows = await reader.all(
        BlockedDomain,
        f"""SELECT id, domain FROM blocked_domain WHERE account_id = :account AND id < :before AND id > :after
            ORDER BY id {window.order} LIMIT :limit""",
        account=account_id,
        before=window.before,
        after=window.after,
        limit=window.limit,
    )
    return window.arranged(rows)


async def follow_counts(reader: Reader, account_id: int, domain: str) -> tuple[int, int]:
    """How many of that server an account follows, and how many of it follow the account."""
    row = await reader.rows(
        """SELECT (SELECT count(*) FROM follow f JOIN account a ON a.id = f.followed_id
                   WHERE f.follower_id = :account AND f.accepted = 1 AND a.domain = :domain),
                  (SELECT count(*) FROM follow f JOIN account a ON a.id = f.follower_id
                   WHERE f.followed_id = :account AND f.accepted = 1 AND a.domain = :domain)""",
        account=account_id,
        domain=domain,
    )
    return int(row[0][0]), int(row[0][1])


async def add(tx: Transaction, account_id: int, domain: str, now: datetime) -> bool:
    """Block a server; False where it was blocked already."""
    return bool(await tx.execute(
        """INSERT INTO blocked_domain (id, account_id, domain) VALUES (:id, :account, :domain)
           ON CONFLICT DO NOTHING""",
        id=new_id(now),
        account=account_id,
        domain=domain,
    ))


async def remove(tx: Transaction, account_id: int, domain: str) -> None:
    await tx.execute(
        "DELETE FROM blocked_domain WHERE account_id = :account AND domain = :domain", account=account_id, domain=domain
    )


async def follows_with(reader: Reader, account_id: int, domain: str, limit: int) -> list[tuple[int, int]]:
    """(follower, followed) of follows and requests between an account and a server, either way."""
    rows = await reader.rows(
        """SELECT f.follower_id, f.followed_id FROM follow f JOIN account a ON a.id = f.followed_id
           WHERE f.follower_id = :account AND a.domain = :domain
           UNION ALL SELECT f.follower_id, f.followed_id FROM follow f JOIN account a ON a.id = f.follower_id
           WHERE f.followed_id = :account AND a.domain = :domain LIMIT :limit""",
        account=account_id,
        domain=domain,
        limit=limit,
    )
    return [(int(follower), int(followed)) for follower, followed in rows]

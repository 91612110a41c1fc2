"""Posts for later. Only their authors see them: every question names the account."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..model.paging import Window
from ..model.scheduled import Scheduled
from .database import Reader, Transaction


async def page(reader: Reader, account_id: int, window: Window) -> list[Scheduled]:
    """What an account has planned, last planned first."""
    rows = await reader.all(
        Scheduled,
        f"""SELECT * FROM scheduled_post WHERE account_id = :account AND id < :before AND id > :after
            ORDER BY id {window.order} LIMIT :limit""",
        account=account_id,
        before=window.before,
        after=window.after,
        limit=window.limit,
    )
    return window.arranged(rows)


async def upcoming(reader: Reader, account_id: int, limit: int) -> list[Scheduled]:
    """What an account has planned, the next first; those that failed before all."""
    return await reader.all(
        Scheduled,
        """SELECT * FROM scheduled_post WHERE account_id = :account
           ORDER BY CASE WHEN failed = '' THEN 1 ELSE 0 END, at LIMIT :limit""",
        account=account_id,
        limit=limit,
    )


async def find(reader: Reader, account_id: int, scheduled_id: int) -> Scheduled | None:
    """One planned post of an account."""
    return await reader.find(
        Scheduled,
        "SELECT * FROM scheduled_post WHERE id = :id AND account_id = :account",
        id=scheduled_id,
        account=account_id,
    )


async def find_by_key(reader: Reader, account_id: int, key: str) -> Scheduled | None:
    """The post that an account planned with this idempotency key."""
    return await reader.find(
        Scheduled,
        "SELECT * FROM scheduled_post WHERE account_id = :account AND key = :key LIMIT 1",
        account=account_id,
        key=key,
    )


async def numbers(reader: Reader, account_id: int, at: datetime) -> tuple[int, int]:
    """How many posts an account has planned: altogether, and for the day (in UTC) of `at`."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    total, that_day = (
        await reader.rows(
            """SELECT count(*), coalesce(sum(CASE WHEN at >= :day AND at < :next THEN 1 ELSE 0 END), 0)
               FROM scheduled_post WHERE account_id = :account""",
            account=account_id,
            day=day,
            next=day + timedelta(days=1),
        )
    )[0]
    return int(total), int(that_day)


async def insert(tx: Transaction, planned: Scheduled) -> None:
    await tx.execute(
        """INSERT INTO scheduled_post (id, account_id, at, draft, key)
           VALUES (:id, :account_id, :at, :draft, :key)""",
        id=planned.id,
        account_id=planned.account_id,
        at=planned.at,
        draft=planned.draft,
        key=planned.key,
    )


async def move(tx: Transaction, account_id: int, scheduled_id: int, at: datetime) -> bool:
    """Plan it for another time; False when the account has no such post."""
    return bool(
        await tx.execute(
            "UPDATE scheduled_post SET at = :at, failed = '' WHERE id = :id AND account_id = :account",
            id=scheduled_id,
            account=account_id,
            at=at,
        )
    )


async def remove(tx: Transaction, account_id: int, scheduled_id: int) -> bool:
    """Forget it; False when the account has no such post."""
    return bool(
        await tx.execute(
            "DELETE FROM scheduled_post WHERE id = :id AND account_id = :account", id=scheduled_id, account=account_id
        )
    )


async def due(reader: Reader, now: datetime, limit: int) -> list[int]:
    """Ids of what is to be published by now, the first first."""
    return await reader.values(
        "SELECT id FROM scheduled_post WHERE failed = '' AND at <= :now ORDER BY at, id LIMIT :limit",
        now=now,
        limit=limit,
    )


async def take(tx: Transaction, scheduled_id: int, now: datetime) -> Scheduled | None:
    """Take a due post out of the plan for publishing it in this transaction; None when somebody else did."""
    return await tx.find(
        Scheduled,
        "DELETE FROM scheduled_post WHERE id = :id AND failed = '' AND at <= :now RETURNING *",
        id=scheduled_id,
        now=now,
    )


async def mark_failed(tx: Transaction, scheduled_id: int, reason: str) -> None:
    """Note why it could not be published; it is not tried again."""
    await tx.execute("UPDATE scheduled_post SET failed = :reason WHERE id = :id", id=scheduled_id, reason=reason)

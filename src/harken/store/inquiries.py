"""Questions of people from other servers about what desks hold of them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..ids import AccountId
from .database import Reader, Transaction
from .tokens import hashed


class Inquiry(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who says that an account is theirs, and shows `code` there; `granted_by` has seen it."""

    id: int
    account_id: AccountId
    code: str
    granted_by: AccountId | None = None
    until: datetime


async def find(reader: Reader, secret: str, now: datetime) -> Inquiry | None:
    """The question behind a link, as long as it holds."""
    return await reader.find(
        Inquiry, "SELECT * FROM contact_inquiry WHERE secret_hash = :hash AND until > :now",
        hash=hashed(secret), now=now)


async def waiting(reader: Reader, now: datetime, limit: int) -> list[Inquiry]:
    """Questions that nobody has looked at, the oldest first."""
    return await reader.all(
        Inquiry,
        "SELECT * FROM contact_inquiry WHERE granted_by IS NULL AND until > :now ORDER BY id LIMIT :limit",
        now=now, limit=limit)


async def counts(reader: Reader, account_id: int, now: datetime) -> tuple[int, int]:
    """How many questions are open at all, and about an account."""
    rows = await reader.rows(
        """SELECT count(*), coalesce(sum(CASE WHEN account_id = :account THEN 1 ELSE 0 END), 0)
           FROM contact_inquiry WHERE until > :now""", account=account_id, now=now)
    return int(rows[0][0]), int(rows[0][1])


async def insert(tx: Transaction, inquiry: Inquiry, secret: str) -> None:
    await tx.execute(
        """INSERT INTO contact_inquiry (id, account_id, code, secret_hash, until)
           VALUES (:id, :account, :code, :hash, :until)""",
        id=inquiry.id, account=inquiry.account_id, code=inquiry.code, hash=hashed(secret), until=inquiry.until)


async def grant(tx: Transaction, inquiry_id: int, by: AccountId, until: datetime) -> bool:
    """Somebody has seen the code where it must be; whether there was such a question."""
    return bool(await tx.execute(
        "UPDATE contact_inquiry SET granted_by = :by, until = :until WHERE id = :id AND granted_by IS NULL",
        id=inquiry_id, by=by, until=until))


async def delete(tx: Transaction, inquiry_id: int) -> bool:
    return bool(await tx.execute("DELETE FROM contact_inquiry WHERE id = :id", id=inquiry_id))


async def drop_old(tx: Transaction, now: datetime) -> None:
    """Remove what does not hold any more."""
    await tx.execute("DELETE FROM contact_inquiry WHERE until <= :now", now=now)

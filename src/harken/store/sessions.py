"""Browser sessions, and the secrets that travel by e-mail."""

from __future__ import annotations

from datetime import datetime

import msgspec

from .database import Reader, Transaction
from .tokens import hashed


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A browser in which a member is signed in."""

    id: int
    account_id: int
    created_at: datetime
    last_seen_at: datetime
    address: str = ""
    user_agent: str = ""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A secret that proves something once: that one reads an e-mail address, or knew the password a moment ago."""

    account_id: int
    kind: str
    value: str = ""
    expires_at: datetime


async def of_account(reader: Reader, account_id: int) -> list[Session]:
    """Where a member is signed in, latest use first."""
    return await reader.all(
        Session, "SELECT * FROM session WHERE account_id = :id ORDER BY last_seen_at DESC, id DESC", id=account_id
    )


async def insert(tx: Transaction, session: Session, secret: str) -> None:
    await tx.execute(
        """INSERT INTO session (id, secret_hash, account_id, created_at, last_seen_at, address, user_agent)
           VALUES (:id, :hash, :account_id, :created_at, :last_seen_at, :address, :user_agent)""",
        hash=hashed(secret),
        **msgspec.structs.asdict(session),
    )


async def touch(tx: Transaction, session_id: int, address: str, now: datetime) -> None:
    """The session was used just now."""
    await tx.execute(
        "UPDATE session SET last_seen_at = :now, address = :address WHERE id = :id",
        id=session_id,
        now=now,
        address=address,
    )


async def delete(tx: Transaction, account_id: int, session_id: int) -> int:
    """End one session of this account; how many there were."""
    return await tx.execute(
        "DELETE FROM session WHERE id = :id AND account_id = :account", id=session_id, account=account_id
    )


async def delete_all(tx: Transaction, account_id: int, but: int = 0) -> int:
    """End every session of this account, except the one with id `but`."""
    return await tx.execute(
        "DELETE FROM session WHERE account_id = :account AND id <> :but", account=account_id, but=but
    )


async def delete_unused(tx: Transaction, before: datetime) -> int:
    """End every session that was not used since; how many that were."""
    return await tx.execute("DELETE FROM session WHERE last_seen_at < :before", before=before)


async def insert_link(tx: Transaction, link: Link, secret: str) -> None:
    await tx.execute(
        """INSERT INTO mail_link (secret_hash, account_id, kind, value, expires_at)
           VALUES (:hash, :account_id, :kind, :value, :expires_at)""",
        hash=hashed(secret),
        **msgspec.structs.asdict(link),
    )


async def find_link(reader: Reader, secret: str, now: datetime) -> Link | None:
    """What a secret proves, while it does."""
    return await reader.find(
        Link, "SELECT * FROM mail_link WHERE secret_hash = :hash AND expires_at > :now", hash=hashed(secret), now=now
    )


async def use_link(tx: Transaction, secret: str) -> bool:
    """Use a secret up; False when somebody did before."""
    return bool(await tx.execute("DELETE FROM mail_link WHERE secret_hash = :hash", hash=hashed(secret)))


async def links_of(reader: Reader, account_id: int, now: datetime) -> list[Link]:
    """Links sent to a member and not followed yet."""
    return await reader.all(
        Link,
        """SELECT * FROM mail_link WHERE account_id = :id AND expires_at > :now AND kind <> 'second'
           ORDER BY kind, expires_at""",
        id=account_id,
        now=now,
    )


async def delete_links(tx: Transaction, account_id: int, *kinds: str) -> None:
    """Make links of these kinds (all without any) worthless."""
    for kind in kinds:
        await tx.execute("DELETE FROM mail_link WHERE account_id = :id AND kind = :kind", id=account_id, kind=kind)
    if not kinds:
        await tx.execute("DELETE FROM mail_link WHERE account_id = :id", id=account_id)


async def delete_expired_links(tx: Transaction, now: datetime) -> None:
    await tx.execute("DELETE FROM mail_link WHERE expires_at <= :now", now=now)

"""Applications, access tokens and sessions. Secrets are stored as SHA-256: they are long and random."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

import msgspec

from .database import Reader, Transaction


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a bearer token allows: `account_id` is None for an application's own token."""

    id: int
    account_id: int | None
    application_id: int | None
    application_name: str | None = None
    application_website: str | None = None
    scopes: str
    created_at: datetime


def new_secret() -> str:
    """43 characters that nobody guesses."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


async def grant(reader: Reader, secret: str) -> Grant | None:
    """What the bearer of `secret` may do; None for a token that is unknown or revoked."""
    return await reader.find(
        Grant,
        """SELECT t.*, a.name AS application_name, a.website AS application_website
           FROM token t LEFT JOIN application a ON a.id = t.application_id WHERE t.secret_hash = :hash""",
        hash=hashed(secret),
    )


async def insert_token(
    tx: Transaction,
    token_id: int,
    secret: str,
    account_id: int | None,
    application_id: int | None,
    scopes: str,
    now: datetime,
) -> None:
    await tx.execute(
        """INSERT INTO token (id, secret_hash, application_id, account_id, scopes, created_at)
           VALUES (:id, :hash, :application, :account, :scopes, :now)""",
        id=token_id,
        hash=hashed(secret),
        application=application_id,
        account=account_id,
        scopes=scopes,
        now=now,
    )


async def session_account(reader: Reader, secret: str) -> tuple[int, int] | None:
    """(session id, account id) of a browser's cookie, or None."""
    rows = await reader.rows("SELECT id, account_id FROM session WHERE secret_hash = :hash", hash=hashed(secret))
    return (int(rows[0][0]), int(rows[0][1])) if rows else None

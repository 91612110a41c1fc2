"""Applications that members have let in, and the codes by which they come in."""

from __future__ import annotations

from datetime import datetime

import msgspec

from .database import Reader, Transaction
from .tokens import hashed


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """A client registered by its developers' program (there is no approval, as in Mastodon)."""

    id: int
    client_id: str
    client_secret_hash: str
    name: str
    website: str = ""
    redirect_uris: list[str]
    scopes: str
    created_at: datetime


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """An authorization code (RFC 6749, 4.1.2)."""

    application_id: int
    account_id: int
    redirect_uri: str
    scopes: str
    challenge: str = ""
    expires_at: datetime


class Authorized(msgspec.Struct, frozen=True, kw_only=True):
    """An application with a token of a member; without `application_id`, a token made on the command line."""

    application_id: int | None
    name: str | None = None
    website: str | None = None
    scopes: str
    created_at: datetime


async def find(reader: Reader, application_id: int) -> Application | None:
    return await reader.find(Application, "SELECT * FROM application WHERE id = :id", id=application_id)


async def find_by_client_id(reader: Reader, client_id: str) -> Application | None:
    # PostgreSQL has no NUL in text, and so no application has one.
    return await reader.find(
        Application, "SELECT * FROM application WHERE client_id = :id", id=client_id.replace("\x00", "")
    )


async def insert(tx: Transaction, application: Application) -> None:
    await tx.execute(
        """INSERT INTO application (id, client_id, client_secret_hash, name, website, redirect_uris, scopes, created_at)
           VALUES (:id, :client_id, :client_secret_hash, :name, :website, :redirect_uris, :scopes, :created_at)""",
        **(
            msgspec.structs.asdict(application)
            | {"redirect_uris": msgspec.json.encode(application.redirect_uris).decode()}
        ),
    )


async def insert_code(tx: Transaction, code: Code, secret: str) -> None:
    await tx.execute(
        """INSERT INTO authorization_code
              (code_hash, application_id, account_id, redirect_uri, scopes, challenge, expires_at)
           VALUES (:hash, :application_id, :account_id, :redirect_uri, :scopes, :challenge, :expires_at)""",
        hash=hashed(secret),
        **msgspec.structs.asdict(code),
    )


async def use_code(tx: Transaction, secret: str, now: datetime) -> Code | None:
    """What a code stands for; it is used up by asking."""
    await tx.execute("DELETE FROM authorization_code WHERE expires_at <= :now", now=now)
    code = await tx.find(Code, "SELECT * FROM authorization_code WHERE code_hash = :hash", hash=hashed(secret))
    # The count decides, where two ask at the same moment.
    used = await tx.execute("DELETE FROM authorization_code WHERE code_hash = :hash", hash=hashed(secret))
    return code if used else None


async def authorized_by(reader: Reader, account_id: int) -> list[Authorized]:
    """What may act for a member, latest first."""
    return await reader.all(
        Authorized,
        """SELECT t.application_id, a.name, a.website, max(t.scopes) AS scopes, max(t.created_at) AS created_at
           FROM token t LEFT JOIN application a ON a.id = t.application_id
           WHERE t.account_id = :id GROUP BY t.application_id, a.name, a.website ORDER BY max(t.created_at) DESC""",
        id=account_id,
    )


async def delete_tokens(tx: Transaction, account_id: int) -> None:
    """Everything that acts for a member stops doing so."""
    await tx.execute("DELETE FROM token WHERE account_id = :id", id=account_id)
    await tx.execute("DELETE FROM authorization_code WHERE account_id = :id", id=account_id)


async def delete_tokens_of(tx: Transaction, account_id: int, application_id: int) -> None:
    """One application stops acting for a member; 0 means tokens without an application."""
    await tx.execute(
        "DELETE FROM token WHERE account_id = :account AND coalesce(application_id, 0) = :application",
        account=account_id,
        application=application_id,
    )
    await tx.execute(
        "DELETE FROM authorization_code WHERE account_id = :account AND application_id = :application",
        account=account_id,
        application=application_id,
    )


async def delete_token(tx: Transaction, secret: str, application_id: int) -> bool:
    """Revoke one token of this application."""
    return bool(
        await tx.execute(
            "DELETE FROM token WHERE secret_hash = :hash AND application_id = :application",
            hash=hashed(secret),
            application=application_id,
        )
    )


async def token_owner(reader: Reader, secret: str) -> int | None:
    """The application that a token was made for; None when there is no such token, 0 without an application."""
    owner: int | None = await reader.value(
        "SELECT coalesce(application_id, 0) FROM token WHERE secret_hash = :hash", hash=hashed(secret)
    )
    return owner

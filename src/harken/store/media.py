"""What media there are; the bytes are in the media store."""

from __future__ import annotations

from datetime import datetime

import msgspec

from .database import Reader, Transaction


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """One stored file; `kind` is its media type, `path` its place in the store."""

    id: int
    account_id: int
    purpose: str
    kind: str
    path: str
    bytes: int
    width: int
    height: int
    description: str = ""
    created_at: datetime


async def find(reader: Reader, media_id: int) -> Media | None:
    return await reader.find(Media, "SELECT * FROM media WHERE id = :id", id=media_id)


async def of_account(reader: Reader, account_id: int, purpose: str = "") -> list[Media]:
    """An account's media, oldest first; all, or those for one purpose."""
    return await reader.all(
        Media,
        "SELECT * FROM media WHERE account_id = :account AND (:purpose = '' OR purpose = :purpose) ORDER BY id",
        account=account_id,
        purpose=purpose,
    )


async def insert(tx: Transaction, media: Media) -> None:
    await tx.execute(
        """INSERT INTO media (id, account_id, purpose, kind, path, bytes, width, height, description, created_at)
           VALUES (:id, :account_id, :purpose, :kind, :path, :bytes, :width, :height, :description, :created_at)""",
        **msgspec.structs.asdict(media),
    )


async def delete(tx: Transaction, media_id: int) -> None:
    await tx.execute("DELETE FROM media WHERE id = :id", id=media_id)

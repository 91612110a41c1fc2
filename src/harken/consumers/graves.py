"""Tombstones outside the database: a file that a restored backup is held against.

One line of JSON for each thing deleted: uri, id, kind, time, nothing else. A
line may come twice, after a crash; the second says nothing new.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from ..log.events import AccountDeleted, Event, PostDeleted
from ..store import accounts, integrity
from ..store.database import Database, Transaction

FILE_NAME = "tombstones.jsonl"


class Grave(msgspec.Struct, frozen=True):
    """One line of the file. The id is text, as in every JSON."""

    uri: str
    id: str
    kind: str
    at: int


class Graves:
    """Maintains DATA/tombstones.jsonl."""

    name = "graves"
    after: str | None = None

    def __init__(self, directory: Path) -> None:
        self._file = directory / FILE_NAME

    async def handle(self, tx: Transaction, event: Event, progress: str) -> str:
        match event:
            case PostDeleted(post_id=post_id, author_id=author_id):
                author = await accounts.find(tx, author_id)
                await self._add(tx, f"{author.uri}/posts/{post_id}" if author else "")
            case AccountDeleted(account_id=account_id):
                account = await accounts.find(tx, account_id)
                await self._add(tx, account.uri if account else "")
        return ""

    async def _add(self, tx: Transaction, uri: str) -> None:
        row = await integrity.tombstone(tx, uri)
        if row is None:
            return
        # The fact is committed already, so the line may be written before our own position is.
        with self._file.open("ab") as file:
            file.write(msgspec.json.encode(Grave(row[0], str(row[1]), row[2], row[3])) + b"\n")

    async def rebuild(self, db: Database) -> None:
        half = self._file.with_name(self._file.name + ".part")
        with half.open("wb") as file:
            for uri, identifier, kind, at in await integrity.tombstones(db):
                file.write(msgspec.json.encode(Grave(uri, str(identifier), kind, at)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        half.rename(self._file)

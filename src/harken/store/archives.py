"""Archives that are made for members and that members bring."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ..model.luggage import Archive
from .database import Reader, Transaction

_COLUMNS = [name for name in Archive.__struct_fields__]


async def insert(tx: Transaction, new: Archive) -> None:
    await tx.execute(
        f"INSERT INTO archive ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)})",
        **{name: getattr(new, name) for name in _COLUMNS} | {"report": msgspec.json.encode(new.report).decode()})


async def of_account(reader: Reader, account_id: int, direction: str, limit: int = 10) -> list[Archive]:
    """The last archives of a member that go one way, newest first."""
    return await reader.all(
        Archive, """SELECT * FROM archive WHERE account_id = :id AND direction = :direction
                    ORDER BY id DESC LIMIT :limit""", id=account_id, direction=direction, limit=limit)


async def find(reader: Reader, archive_id: int) -> Archive | None:
    return await reader.find(Archive, "SELECT * FROM archive WHERE id = :id", id=archive_id)


async def claim(tx: Transaction, now: datetime, until: datetime) -> Archive | None:
    """The next archive that waits and that nobody works on, ours until `until`."""
    return await tx.find(
        Archive,
        """UPDATE archive SET claimed_until = :until, tries = tries + 1 WHERE state = 'waiting' AND id = (
             SELECT id FROM archive WHERE state = 'waiting' AND claimed_until <= :now ORDER BY id LIMIT 1)
           RETURNING *""", now=now, until=until)


async def prolong(tx: Transaction, archive_id: int, until: datetime) -> None:
    await tx.execute("UPDATE archive SET claimed_until = :until WHERE id = :id", id=archive_id, until=until)


async def settle(tx: Transaction, archive_id: int, state: str, **columns: Any) -> int:
    """It is done, one way or the other, unless somebody else was quicker."""
    columns = {name: msgspec.json.encode(value).decode() if isinstance(value, dict) else value
               for name, value in columns.items()}
    assignments = "".join(f", {name} = :{name}" for name in columns)
    return await tx.execute(
        f"UPDATE archive SET state = :state{assignments} WHERE id = :id AND state = 'waiting'",
        id=archive_id, state=state, **columns)


async def forget(tx: Transaction, archive_id: int) -> None:
    """Its file is gone."""
    await tx.execute("UPDATE archive SET state = 'gone', bytes = 0 WHERE id = :id", id=archive_id)


async def outlived(reader: Reader, now: datetime) -> list[Archive]:
    """Archives whose files must go: those that are too old, and those of accounts that are."""
    return await reader.all(
        Archive,
        """SELECT r.* FROM archive r JOIN account a ON a.id = r.account_id
           WHERE r.state IN ('ready', 'waiting') AND (r.expires_at <= :now OR a.state = 4) ORDER BY r.id LIMIT 100""",
        now=now)


async def anything_waiting(reader: Reader, now: datetime) -> bool:
    return bool(await reader.value(
        "SELECT 1 FROM archive WHERE state = 'waiting' AND claimed_until <= :now LIMIT 1", now=now))

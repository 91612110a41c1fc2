"""How far people have read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..model.relationship import Marker
from .database import Reader, Transaction


async def of(reader: Reader, account_id: int, timelines: Sequence[str]) -> list[Marker]:
    """The marks that an account has set on these timelines."""
    return await reader.all(
        Marker,
        """SELECT * FROM marker WHERE account_id = :account
           AND timeline IN (SELECT value FROM json_each(:name_texts)) ORDER BY timeline""",
        account=account_id,
        name_texts=list(timelines),
    )


async def move(tx: Transaction, account_id: int, timeline: str, last_read_id: int, now: datetime) -> None:
    """Move a mark forwards; one that is further already stays."""
    await tx.execute(
        """INSERT INTO marker (account_id, timeline, last_read_id, version, updated_at)
           VALUES (:account, :timeline, :id, 1, :now)
           ON CONFLICT (account_id, timeline) DO UPDATE SET last_read_id = :id, version = marker.version + 1,
             updated_at = :now WHERE marker.last_read_id < :id""",
        account=account_id,
        timeline=timeline,
        id=last_read_id,
        now=now,
    )

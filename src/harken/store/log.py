"""The log's table and the consumers' positions in it."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from .database import Reader, Transaction

OLDEST_XID = -(1 << 62)  # a restored log has transaction ids below zero


class Position(msgspec.Struct, frozen=True, order=True):
    """Where a reader stands: after the entry (xid, seq). Entries of SQLite have xid 0."""

    xid: int = OLDEST_XID
    seq: int = 0


class Row(msgspec.Struct, frozen=True):
    """One entry as it is stored."""

    xid: int
    seq: int
    at: int
    kind: str
    body: str

    @property
    def position(self) -> Position:
        return Position(self.xid, self.seq)


class Consumer(msgspec.Struct, frozen=True, kw_only=True):
    """A consumer's stored state. `progress` is its own note about an entry it is in the middle of."""

    name: str
    xid: int = OLDEST_XID
    seq: int = 0
    progress: str = ""
    failures: int = 0
    holder: str = ""
    held_until: int = 0

    @property
    def position(self) -> Position:
        return Position(self.xid, self.seq)


_AFTER = {
    "sqlite": "SELECT 0 AS xid, seq, at, kind, body FROM log WHERE seq > :seq ORDER BY seq LIMIT :limit",
    # pg_snapshot_xmin: the oldest transaction still open; nothing before it can appear any more.
    "postgresql": """SELECT xid, seq, at, kind, body FROM log WHERE (xid, seq) > (:xid, :seq)
        AND xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY xid, seq LIMIT :limit""",
}
_END = {
    "sqlite": "SELECT 0, coalesce(max(seq), 0) FROM log",
    "postgresql": """SELECT xid, seq FROM log WHERE xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        ORDER BY xid DESC, seq DESC LIMIT 1""",
}


async def insert(tx: Transaction, kind: str, body: str, now: datetime) -> None:
    await tx.execute("INSERT INTO log (at, kind, body) VALUES (:at, :kind, :body)", at=now, kind=kind, body=body)


async def after(reader: Reader, dialect: str, position: Position, limit: int) -> list[Row]:
    """Entries after `position` that are settled, in order."""
    values = {"seq": position.seq, "limit": limit} | ({"xid": position.xid} if dialect == "postgresql" else {})
    return await reader.all(Row, _AFTER[dialect], **values)


async def end(reader: Reader, dialect: str) -> Position:
    """The position after everything that is settled."""
    rows = await reader.rows(_END[dialect])
    return Position(*rows[0]) if rows else Position()


async def consumer(reader: Reader, name: str) -> Consumer:
    """A consumer's state; a new one stands before the first entry."""
    return await reader.find(Consumer, "SELECT * FROM consumer WHERE name = :name", name=name) or Consumer(name=name)


async def consumers(reader: Reader) -> list[Consumer]:
    return await reader.all(Consumer, "SELECT * FROM consumer ORDER BY name")


async def take_lease(tx: Transaction, name: str, holder: str, now: datetime, length: timedelta) -> bool:
    """Become or stay the one process that runs consumer `name`, for `length`."""
    changed = await tx.execute(
        """INSERT INTO consumer (name, holder, held_until) VALUES (:name, :holder, :until)
           ON CONFLICT (name) DO UPDATE SET holder = :holder, held_until = :until
           WHERE consumer.holder = :holder OR consumer.held_until < :now""",
        name=name,
        holder=holder,
        until=now + length,
        now=now,
    )
    return changed > 0


async def release_leases(tx: Transaction, holder: str) -> None:
    """Let others take over at once."""
    await tx.execute("UPDATE consumer SET holder = '', held_until = 0 WHERE holder = :holder", holder=holder)


async def still_held(tx: Transaction, name: str, holder: str) -> bool:
    """Whether `holder` still has the lease; asked in the transaction that moves the position."""
    return bool(await tx.value("SELECT holder FROM consumer WHERE name = :name", name=name) == holder)


async def move(tx: Transaction, name: str, position: Position, progress: str = "") -> None:
    """Store how far a consumer has come, in the transaction of its work."""
    await tx.execute(
        """INSERT INTO consumer (name, xid, seq, progress) VALUES (:name, :xid, :seq, :progress)
           ON CONFLICT (name) DO UPDATE SET xid = :xid, seq = :seq, progress = :progress, failures = 0""",
        name=name,
        xid=position.xid,
        seq=position.seq,
        progress=progress,
    )


async def failed(tx: Transaction, name: str) -> None:
    """Count one more failure in a row at the same entry."""
    await tx.execute("UPDATE consumer SET failures = failures + 1 WHERE name = :name", name=name)


async def drop_passed(tx: Transaction, names: list[str], before: datetime, limit: int = 2000) -> int:
    """Drop entries older than `before` that every one of the consumers `names` has passed."""
    rows = await tx.rows(
        "SELECT xid, seq FROM consumer WHERE name IN (SELECT value FROM json_each(:name_texts)) ORDER BY xid, seq",
        name_texts=names,
    )
    if len(rows) < len(names):
        return 0
    return await tx.execute(
        """DELETE FROM log WHERE seq IN (
             SELECT seq FROM log WHERE at < :before AND seq <= :seq ORDER BY seq LIMIT :limit)""",
        before=before,
        seq=min(row[1] for row in rows),
        limit=limit,
    )


async def lags(reader: Reader) -> list[tuple[str, int, int]]:
    """(consumer, entries behind, failures in a row) of each."""
    return [
        (str(n), int(b), int(f))
        for n, b, f in await reader.rows(
            """SELECT c.name, (SELECT count(*) FROM log WHERE seq > c.seq), c.failures
               FROM consumer c ORDER BY c.name"""
        )
    ]


async def xmin_lag(reader: Reader, dialect: str) -> int:
    """How many transactions lie between the newest and the oldest still open; readers stay behind the oldest."""
    if dialect == "sqlite":
        return 0
    return int(
        await reader.value(
            """SELECT pg_snapshot_xmax(s)::text::bigint - pg_snapshot_xmin(s)::text::bigint
           FROM (SELECT pg_current_snapshot() AS s) now_open"""
        )
    )

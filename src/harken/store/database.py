"""What the rest of Harken asks of a database, whichever one runs.

SQL is written once, for SQLite, in the subset that PostgreSQL shares:
`:name` parameters, `ON CONFLICT`, `RETURNING`, partial indexes. A list of ids
is `IN (SELECT value FROM json_each(:ids))`; lists of text end in `_texts`.
The dialect files translate what little differs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from ..model.post import Edition, SeenPost

Shape = TypeVar("Shape", bound=msgspec.Struct)


class Reader(Protocol):
    """Something that answers questions: a database, or a transaction on it."""

    kept_posts: dict[Edition, SeenPost] | None
    """What `store.posts` has read before; None within a transaction, whose work may be taken back."""

    async def all(self, shape: type[Shape], sql: str, /, **values: Any) -> list[Shape]:
        """Every row as a `shape`."""

    async def patient(self, shape: type[Shape], sql: str, /, **values: Any) -> list[Shape]:
        """Like `all`, for a statement that may take long: never holds the event loop beyond a few milliseconds."""

    async def find(self, shape: type[Shape], sql: str, /, **values: Any) -> Shape | None:
        """The first row as a `shape`, or None."""

    async def value(self, sql: str, /, **values: Any) -> Any:
        """The first column of the first row, or None."""

    async def values(self, sql: str, /, **values: Any) -> list[Any]:
        """The first column of every row."""

    async def rows(self, sql: str, /, **values: Any) -> list[tuple[Any, ...]]:
        """Every row as a tuple."""


class Transaction(Reader, Protocol):
    """The only way to write. Inside it nothing but the database may be awaited."""

    dialect: str

    async def execute(self, sql: str, /, **values: Any) -> int:
        """Run one statement; the number of rows changed."""

    async def execute_many(self, sql: str, /, rows: list[dict[str, Any]]) -> None:
        """Run one statement for each of `rows`."""

    def late(self, identifier: int, work: Any) -> None:
        """Hand index work to the database's `flush`, done sorted by `identifier` just before COMMIT."""


Flush = Callable[[Any, list[tuple[int, Any]]], None]


class Database(Reader, Protocol):
    """A database that is open. Reads on it see what was last committed."""

    dialect: str
    committed: Callable[[], None]
    """Called on the event loop after a commit that wrote; the log's wake-up hangs here."""
    awaited_at: float
    """When (clock.monotonic) another process was last seen waiting for us to finish writing; 0 for never."""
    flush: Flush
    """Runs in the writer just before COMMIT with the late work of the surviving members (SQLite only)."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A write transaction; leaving it returns when the work is durable, or raises and nothing happened."""

    async def aside(self, shape: type[Shape], sql: str, /, **values: Any) -> list[Shape]:
        """Like `all`, never on the event loop: for a statement whose single steps may take long.

        `patient` gives up between two steps of SQLite's machine, and a search of the index for a phrase is one step.
        """

    async def hurried(self, shape: type[Shape], sql: str, seconds: float, /, **values: Any) -> tuple[list[Shape], bool]:
        """What a statement gives within `seconds`, off the event loop, and whether that is all of it.

        SQLite keeps the rows that came in time, PostgreSQL none of an interrupted statement. These statements have
        one thread (or connection) between them, so they slow down each other and nobody else.
        """

    async def migrate(self) -> list[str]:
        """Bring the schema up to date, under a lock; the names of the migrations applied.

        Raises NewerDatabase when the database knows migrations that this version does not.
        """

    async def check(self) -> list[str]:
        """What the database itself finds wrong with its files; empty is good."""

    async def copy_to(self, file: Path) -> None:
        """Write a consistent copy of everything to `file`, while others go on writing. Raises Refused."""

    async def give_back(self) -> None:
        """Write the write-ahead log into the database and cut it: what was deleted leaves that file too."""

    async def close(self) -> None:
        """Finish what is under way and let go of the files."""


class NewerDatabase(Exception):
    """The database was written by a newer Harken."""

    def __init__(self, migration: str) -> None:
        super().__init__(f"the database has {migration}, which this version of Harken does not know; upgrade Harken")


Work = Callable[[Transaction], Awaitable[Any]]


class ForeignSuspension(Exception):
    """Something other than the database was awaited inside `transaction()`."""

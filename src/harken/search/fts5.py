"""The embedded index: SQLite's FTS5, contentless, one row a post.

FTS5 flushes its buffers at every savepoint, which costs a third of the
throughput, so the rows of a group commit are written together, sorted by id,
just before COMMIT (`Transaction.late`).
"""

from __future__ import annotations

from typing import Any

from ..store.database import Database, Transaction
from .document import Document


class Fts5:
    """Writes the virtual table `search`."""

    def attach(self, db: Database) -> None:
        db.flush = flush

    async def put(self, tx: Transaction, post_id: int, doc: Document) -> None:
        tx.late(post_id, doc)

    async def remove(self, tx: Transaction, post_id: int) -> None:
        tx.late(post_id, None)


def flush(connection: Any, work: list[tuple[int, Document | None]]) -> None:
    """Write the index rows of one commit; runs in the writer thread."""
    connection.executemany("DELETE FROM search WHERE rowid = ?", [(post_id,) for post_id, _ in work])
    connection.executemany(
        "INSERT INTO search (rowid, words, alternates, filters) VALUES (?, ?, ?, ?)",
        [
            (post_id, " ".join(doc.words), " ".join(doc.alternates), " ".join(doc.filters))
            for post_id, doc in work
            if doc is not None
        ],
    )

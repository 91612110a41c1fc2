"""The cluster's index: PostgreSQL's tsvector under GIN, one row a post.

Weight A holds the words with their positions, B the alternates, C the filters.
"""

from __future__ import annotations

from ..store.database import Database, Transaction
from .document import Document

MAX_POSITION = 16_383  # PostgreSQL's limit, 12.11; later words share the last position


class TsVector:
    """Writes the table `search`."""

    def attach(self, db: Database) -> None:
        pass

    async def put(self, tx: Transaction, post_id: int, doc: Document) -> None:
        await tx.execute(
            """INSERT INTO search (post_id, terms) VALUES (:post_id, CAST(:terms AS tsvector))
               ON CONFLICT (post_id) DO UPDATE SET terms = excluded.terms""",
            post_id=post_id, terms=vector(doc))

    async def remove(self, tx: Transaction, post_id: int) -> None:
        await tx.execute("DELETE FROM search WHERE post_id = :post_id", post_id=post_id)


def vector(doc: Document) -> str:
    """A document in tsvector's input syntax (PostgreSQL 8.11.1)."""
    parts = [f"{quoted(word)}:{min(at, MAX_POSITION)}A" for at, word in enumerate(doc.words, 1)]
    parts += [f"{quoted(word)}:1B" for word in doc.alternates]
    parts += [f"{quoted(word)}:1C" for word in doc.filters]
    return " ".join(parts)


def quoted(lexeme: str) -> str:
    """A lexeme that may contain anything."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"

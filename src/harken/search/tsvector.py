"""The cluster's index: PostgreSQL's tsvector under GIN, one row a post.

Weight A holds the words with their positions, B the alternates, C the filters.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from ..model.paging import Window
from ..store.database import Database, Reader, Transaction
from .document import Document, Packed, unpacked
from .fts5 import Dialect

MAX_POSITION = 16_383  # PostgreSQL's limit, 12.11; later words share the last position


class TsVector:
    """Writes the table `search`."""

    def attach(self, db: Database) -> None:
        pass

    async def put(self, tx: Transaction, post_id: int, doc: Document) -> None:
        await tx.execute(
            """INSERT INTO search (post_id, terms) VALUES (:post_id, CAST(:terms AS tsvector))
               ON CONFLICT (post_id) DO UPDATE SET terms = excluded.terms""",
            post_id=post_id,
            terms=vector(doc),
        )

    async def put_many(self, tx: Transaction, documents: Sequence[tuple[int, Packed]]) -> None:
        await tx.execute_many(
            """INSERT INTO search (post_id, terms) VALUES (:post_id, CAST(:terms AS tsvector))
               ON CONFLICT (post_id) DO UPDATE SET terms = excluded.terms""",
            [{"post_id": post_id, "terms": vector(unpacked(doc))} for post_id, doc in documents],
        )

    async def remove(self, tx: Transaction, post_id: int) -> None:
        await tx.execute("DELETE FROM search WHERE post_id = :post_id", post_id=post_id)

    async def merge(self, tx: Transaction, begin: bool) -> bool:
        return False  # autovacuum does it

    async def clear(self, tx: Transaction) -> None:
        await tx.execute("DELETE FROM search")

    async def missing(self, reader: Reader, limit: int) -> list[int]:
        return await reader.values(
            """SELECT p.id FROM post p WHERE p.boost_of_id IS NULL
               AND NOT EXISTS (SELECT 1 FROM search s WHERE s.post_id = p.id) LIMIT :limit""",
            limit=limit,
        )

    async def stray(self, reader: Reader, limit: int) -> list[int]:
        return await reader.values(
            """SELECT s.post_id FROM search s WHERE NOT EXISTS (
                 SELECT 1 FROM post p WHERE p.id = s.post_id AND p.boost_of_id IS NULL) LIMIT :limit""",
            limit=limit,
        )

    async def holds(self, reader: Reader, post_id: int, doc: Document) -> bool:
        return bool(
            await reader.value(
                "SELECT 1 FROM search WHERE post_id = :id AND terms = CAST(:terms AS tsvector)",
                id=post_id,
                terms=vector(doc),
            )
        )


def vector(doc: Document) -> str:
    """A document in tsvector's input syntax (PostgreSQL 8.11.1)."""
    parts = [f"{quoted(word)}:{min(at, MAX_POSITION)}A" for at, word in enumerate(doc.words, 1)]
    parts += [f"{quoted(word)}:1B" for word in doc.alternates]
    parts += [f"{quoted(word)}:1C" for word in doc.filters]
    return " ".join(parts)


def quoted(lexeme: str) -> str:
    """A lexeme that may contain anything."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


FIRST_STRETCH = 4_000  # posts looked at for a page before looking further back
WIDER = 16


class _TsQueryDialect:
    """PostgreSQL's tsquery (8.11.2)."""

    source = "search x JOIN post p ON p.id = x.post_id"
    alone = "search x"
    joined = "1 = 1"
    key = "x.post_id"
    matches = "x.terms @@ CAST(:match AS tsquery)"
    # Not the key itself: PostgreSQL takes it for cheap to walk the posts backwards and look into each for the words.
    listed = "x.post_id + 0"
    # Of both at once it takes long to plan, and the plan of a prepared statement does not know the words.
    ids_first = True
    most_authors = 300  # every one of them is compared with every post

    def word(self, term: str) -> str:
        return quoted(term) + ":AB"

    def prefix(self, term: str) -> str:
        return quoted(term) + ":*AB"

    def phrase(self, terms: Sequence[str], prefix: bool) -> str:
        parts = [quoted(term) + ":A" for term in terms]
        if prefix:
            parts[-1] = quoted(terms[-1]) + ":*A"
        return "(" + " <-> ".join(parts) + ")"

    def filter(self, term: str) -> str:
        return quoted(term) + ":C"

    def both(self, wanted: Sequence[str], unwanted: Sequence[str]) -> str:
        return "(" + " & ".join([*wanted, *(f"!{part}" for part in unwanted)]) + ")"

    def either(self, parts: Sequence[str]) -> str:
        return "(" + " | ".join(parts) + ")"

    def contains(self, name: str) -> str:
        return f"EXISTS (SELECT 1 FROM search y WHERE y.post_id = p.id AND y.terms @@ CAST(:{name} AS tsquery))"

    async def stretches(
        self, db: Database, window: Window, edges: Sequence[int] | None = None
    ) -> AsyncIterator[tuple[int, int]]:
        """Newest posts first, then ever more of the older ones: GIN does not know the order of ids,
        so a common word is found in the first stretch and a rare one by the index in the last."""
        before, after, size = window.before, window.after, FIRST_STRETCH
        if edges is not None:
            for edge in edges:
                if after < edge < before:
                    yield before, edge - 1
                    before = edge
            yield before, after
            return
        while True:
            edge = await db.value(
                f"""SELECT post_id FROM search WHERE post_id < :before AND post_id > :after
                    ORDER BY post_id {window.order} OFFSET :size LIMIT 1""",
                before=before,
                after=after,
                size=size,
            )
            if edge is None:
                yield before, after
                return
            if window.from_bottom:
                yield edge + 1, after
                after = edge
            else:
                yield before, edge - 1
                before = edge
            size *= WIDER


DIALECT: Dialect = _TsQueryDialect()

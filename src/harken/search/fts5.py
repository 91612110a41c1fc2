"""The embedded index: SQLite's FTS5, contentless, one row a post.

FTS5 flushes its buffers at every savepoint, which costs a third of the
throughput, so the rows of a group commit are written together, sorted by id,
just before COMMIT (`Transaction.late`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

from ..model.paging import Window
from ..store.database import Database, Reader, Transaction
from .document import Document, Packed, packed


class Dialect(Protocol):
    """How one index says things; both say the same."""

    source: str
    """What to read from: the index and `post p`."""
    alone: str
    """The same without the posts."""
    joined: str
    """The condition that joins the two."""
    key: str
    """The index's id, by which pages are walked."""
    matches: str
    """The condition that a row fulfils `:match`."""
    listed: str
    """By what a list of ids is put in order."""
    ids_first: bool
    """Whether to ask the index alone for ids, and then for their posts."""
    most_authors: int
    """How many authors one expression may name before it is quicker to look at each post's author."""

    def word(self, term: str) -> str:
        """Posts with this word or alternate."""

    def prefix(self, term: str) -> str:
        """Posts with a word or alternate that begins so."""

    def phrase(self, terms: Sequence[str], prefix: bool) -> str:
        """Posts with these words in a row; the last by its beginning if `prefix`."""

    def filter(self, term: str) -> str:
        """Posts with this filter."""

    def both(self, wanted: Sequence[str], unwanted: Sequence[str]) -> str:
        """Posts with all of `wanted` (at least one, the rarest first) and none of `unwanted`."""

    def either(self, parts: Sequence[str]) -> str:
        """Posts with any of `parts`."""

    def contains(self, name: str) -> str:
        """The condition that post p fulfils the expression in the parameter `name`."""

    def stretches(
        self, db: Database, window: Window, edges: Sequence[int] | None = None
    ) -> AsyncIterator[tuple[int, int]]:
        """(before, after) of the stretches in which to look for a page, one after another.

        `edges` are the ids at which they begin, the newest first, where somebody knows how common the words are.
        """


WIDE = 56  # parts of an OR; with as many of them again, 3,000
MERGE_PAGES = 100  # of one transaction: a few milliseconds


class Fts5:
    """Writes the virtual table `search`."""

    def attach(self, db: Database) -> None:
        db.flush = flush

    async def put(self, tx: Transaction, post_id: int, doc: Document) -> None:
        tx.late(post_id, doc)

    async def put_many(self, tx: Transaction, documents: Sequence[tuple[int, Packed]]) -> None:
        for post_id, doc in documents:
            tx.late(post_id, doc)

    async def remove(self, tx: Transaction, post_id: int) -> None:
        tx.late(post_id, None)

    async def merge(self, tx: Transaction, begin: bool) -> bool:
        # sqlite.org/fts5.html, 6.8: a negative number begins to merge everything, positive ones go on,
        # and no more than one changed row means that nothing was left to do.
        before = await tx.value("SELECT total_changes()")
        await tx.execute(
            "INSERT INTO search (search, rank) VALUES ('merge', :pages)", pages=-MERGE_PAGES if begin else MERGE_PAGES
        )
        return begin or await tx.value("SELECT total_changes()") - before > 1

    async def clear(self, tx: Transaction) -> None:
        await tx.execute("INSERT INTO search (search) VALUES ('delete-all')")

    async def missing(self, reader: Reader, limit: int) -> list[int]:
        return await reader.values(
            """SELECT p.id FROM post p WHERE p.boost_of_id IS NULL
               AND NOT EXISTS (SELECT 1 FROM search_docsize d WHERE d.id = p.id) LIMIT :limit""",
            limit=limit,
        )

    async def stray(self, reader: Reader, limit: int) -> list[int]:
        return await reader.values(
            """SELECT d.id FROM search_docsize d WHERE NOT EXISTS (
                 SELECT 1 FROM post p WHERE p.id = d.id AND p.boost_of_id IS NULL) LIMIT :limit""",
            limit=limit,
        )

    async def holds(self, reader: Reader, post_id: int, doc: Document) -> bool:
        # The table is contentless, so it is asked: the words as a phrase, every alternate and every filter.
        asked = [f"words : {phrase}" for phrase in [" + ".join(map(_quoted, doc.words[:64]))] if doc.words]
        asked += [f"alternates : {_quoted(term)}" for term in doc.alternates[:64]]
        asked += [f"filters : {_quoted(term)}" for term in doc.filters]
        return bool(
            await reader.value(
                "SELECT 1 FROM search WHERE search MATCH :match AND rowid = :id", match=" AND ".join(asked), id=post_id
            )
        )


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


def flush(connection: Any, work: list[tuple[int, Document | Packed | None]]) -> None:
    """Write the index rows of one commit; runs in the writer thread."""
    connection.executemany("DELETE FROM search WHERE rowid = ?", [(post_id,) for post_id, _ in work])
    connection.executemany(
        "INSERT INTO search (rowid, words, alternates, filters) VALUES (?, ?, ?, ?)",
        [_row(post_id, doc if isinstance(doc, Packed) else packed(doc)) for post_id, doc in work if doc is not None],
    )


def _row(post_id: int, doc: Packed) -> tuple[int, str, str, str]:
    return post_id, doc.words, doc.alternates, doc.filters


class _Fts5Dialect:
    """FTS5's query language (sqlite.org/fts5.html, 3). Terms are quoted; the tokenizer leaves them whole."""

    source = "search CROSS JOIN post p"
    alone = "search"
    joined = "p.id = search.rowid"
    key = "search.rowid"
    matches = "search MATCH :match"
    listed = key
    ids_first = False
    most_authors = 3000  # 40 µs each, to find where their posts are listed

    def word(self, term: str) -> str:
        return "{words alternates} : " + _quoted(term)

    def prefix(self, term: str) -> str:
        return "{words alternates} : " + _quoted(term) + " *"

    def phrase(self, terms: Sequence[str], prefix: bool) -> str:
        return "words : " + _quoted(" ".join(terms)) + (" *" if prefix else "")

    def filter(self, term: str) -> str:
        return "filters : " + _quoted(term)

    def both(self, wanted: Sequence[str], unwanted: Sequence[str]) -> str:
        made = f"({' AND '.join(wanted[:2])})"
        if len(wanted) > 2:
            # FTS5 moves every part of one AND to each post that any of them has. Few posts have the two rarest, and
            # what is an AND inside a NOT stays one, so that the others are only asked about those.
            made = f"(({made} NOT {self.filter('nothing:')}) AND {' AND '.join(wanted[2:])})"
        return f"({made} NOT ({' OR '.join(unwanted)}))" if unwanted else made

    def either(self, parts: Sequence[str]) -> str:
        if len(parts) > WIDE:
            # For each row FTS5 looks at all children of an OR. It makes one OR of an OR in an OR, but not of a NOT,
            # and leaving out what does not exist costs nothing (10,000 authors: 0.6 s for all posts instead of 10 s).
            nothing = self.filter("nothing:")
            groups = [parts[at : at + WIDE] for at in range(0, len(parts), WIDE)]
            parts = [f"({self.either(group)} NOT {nothing})" for group in groups]
        return "(" + " OR ".join(parts) + ")"

    def contains(self, name: str) -> str:
        return f"p.id IN (SELECT rowid FROM search WHERE search MATCH :{name})"

    async def stretches(
        self, db: Database, window: Window, edges: Sequence[int] | None = None
    ) -> AsyncIterator[tuple[int, int]]:
        yield window.before, window.after  # the index is walked in the page's order


DIALECT: Dialect = _Fts5Dialect()

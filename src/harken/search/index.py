"""The search index: written in the post's own transaction, derived all the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..model.post import Post
from ..store.database import Database, Reader, Transaction
from .document import Document, Packed, Searchable, document
from .fts5 import Fts5
from .tsvector import TsVector


class Index(Protocol):
    """One of the two indexes. Both hold the analyser's terms, so both find the same."""

    def attach(self, db: Database) -> None:
        """Hook into the database when it opens."""

    async def put(self, tx: Transaction, post_id: int, doc: Document) -> None:
        """Make a post findable, or findable anew, with the caller's commit."""

    async def put_many(self, tx: Transaction, documents: Sequence[tuple[int, Packed]]) -> None:
        """The same for many posts at once."""

    async def remove(self, tx: Transaction, post_id: int) -> None:
        """Make a post unfindable with the caller's commit."""

    async def merge(self, tx: Transaction, begin: bool) -> bool:
        """One piece of the work that takes deleted terms out of the files; whether there is more."""

    async def clear(self, tx: Transaction) -> None:
        """Make everything unfindable with the caller's commit."""

    async def missing(self, reader: Reader, limit: int) -> list[int]:
        """Posts that ought to be in the index and are not."""

    async def stray(self, reader: Reader, limit: int) -> list[int]:
        """What is in the index and is no post, or a boost."""

    async def holds(self, reader: Reader, post_id: int, doc: Document) -> bool:
        """Whether the index has this document for the post, as far as it can tell."""


INDEXES: dict[str, Index] = {"sqlite": Fts5(), "postgresql": TsVector()}


def attach(db: Database) -> None:
    """Connect a database that has just been opened with its index."""
    INDEXES[db.dialect].attach(db)


async def add(tx: Transaction, post: Post) -> None:
    """Index a post (not a boost) in the transaction that stores it; again after an edit."""
    await INDEXES[tx.dialect].put(tx, post.id, document(searchable(post)))


async def merge(tx: Transaction, begin: bool) -> bool:
    """One piece of the work that takes deleted terms out of the files; whether there is more."""
    return await INDEXES[tx.dialect].merge(tx, begin)


async def put_many(tx: Transaction, documents: Sequence[tuple[int, Packed]]) -> None:
    """Index posts whose documents are made already."""
    await INDEXES[tx.dialect].put_many(tx, documents)


async def remove(tx: Transaction, post_id: int) -> None:
    """Take a post out of the index in the transaction that deletes it."""
    await INDEXES[tx.dialect].remove(tx, post_id)


def searchable(post: Post) -> Searchable:
    """What search needs of a post."""
    opening = post.mentions[0] if post.mentions and post.text.startswith("@") else None
    return Searchable(
        id=post.id,
        author_id=post.author_id,
        text=f"{post.text}\n{post.about}" if post.about else post.text,
        spoiler=post.spoiler,
        language=post.language,
        kind=post.kind,
        verb=post.verb,
        visibility=post.visibility.name.lower(),
        # A reply stays one when its parent is gone, or has not come yet: then only the uri is known.
        in_reply_to_id=0 if post.in_reply_to_id is None and post.in_reply_to_uri else post.in_reply_to_id,
        in_reply_to_account_id=post.in_reply_to_account_id,
        mentions=tuple(post.mentions),
        opening_mention=opening,
        source=post.source,
        sensitive=post.sensitive,
        created_at=post.created_at,
        has=frozenset([*post.carries, *([post.kind] if post.kind in ("poll", "event", "file") else [])]),
    )

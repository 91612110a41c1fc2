"""Quotes: what a post quotes stands in its own row. Who sees the quoted post is decided where posts are read."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from .. import clock
from ..model.post import QuotePolicy, QuoteState
from .database import Reader, Transaction


async def muted_among(reader: Reader, viewer: int, authors: AbstractSet[int]) -> frozenset[int]:
    """Those of `authors` whom the viewer has muted just now."""
    if not viewer or not authors:
        return frozenset()
    return frozenset(
        await reader.values(
            """SELECT target_id FROM mute WHERE account_id = :viewer AND (until IS NULL OR until > :now)
               AND target_id IN (SELECT value FROM json_each(:ids))""",
            viewer=viewer,
            now=clock.now(),
            ids=sorted(authors),
        )
    )


async def followed_among(reader: Reader, viewer: int, authors: AbstractSet[int]) -> frozenset[int]:
    """Those of `authors` whom the viewer follows."""
    if not viewer or not authors:
        return frozenset()
    return frozenset(
        await reader.values(
            """SELECT followed_id FROM follow WHERE follower_id = :viewer AND accepted = 1
               AND followed_id IN (SELECT value FROM json_each(:ids))""",
            viewer=viewer,
            ids=sorted(authors),
        )
    )


async def set_policy(tx: Transaction, post_id: int, policy: QuotePolicy) -> None:
    await tx.execute(
        "UPDATE post SET quote_policy = :policy, version = version + 1 WHERE id = :id", id=post_id, policy=policy)


async def revoke(tx: Transaction, post_id: int) -> None:
    """The post quotes nothing any more that could be shown; what it quoted is still known."""
    await tx.execute(
        """UPDATE post SET quote_state = :revoked, version = version + 1 WHERE id = :id AND quote_state = :accepted""",
        id=post_id,
        revoked=QuoteState.REVOKED,
        accepted=QuoteState.ACCEPTED,
    )


async def mark_deleted(tx: Transaction, quoted_id: int) -> None:
    """What was quoted is being deleted."""
    await tx.execute(
        """UPDATE post SET quote_state = :deleted, quote_of_id = NULL, version = version + 1 WHERE quote_of_id = :id""",
        id=quoted_id,
        deleted=QuoteState.DELETED,
    )


async def quoting(reader: Reader, quoted_id: int, above: int, below: int, limit: int) -> list[tuple[int, int]]:
    """(post, author) of those between two ids that quote a post, oldest first."""
    rows = await reader.rows(
        """SELECT id, author_id FROM post WHERE quote_of_id = :quoted AND quote_state = :accepted
           AND id > :above AND id < :below ORDER BY id LIMIT :limit""",
        quoted=quoted_id,
        accepted=QuoteState.ACCEPTED,
        above=above,
        below=below,
        limit=limit,
    )
    return [(int(row[0]), int(row[1])) for row in rows]

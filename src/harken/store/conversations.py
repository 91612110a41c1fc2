"""Conversations among a few: direct posts, grouped; how far each was read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..errors import NotFound
from ..model.paging import Window
from ..model.post import SeenPost
from .database import Reader, Transaction
from .posts import visible_window
from .visibility import COLUMNS, SEEN, SEEN_FROM, not_muted


async def latest(
    reader: Reader, viewer: int, window: Window, now: datetime, conversation_id: int = 0
) -> list[SeenPost]:
    """The newest direct post of each conversation that the viewer takes part in, newest first; paged by its id.

    Without what the viewer took off their list, and what is kept aside from them; only that of `conversation_id`, if
    given.
    """
    rows = await reader.patient(
        SeenPost,
        f"""SELECT {COLUMNS} FROM {SEEN_FROM} JOIN (
              SELECT max(d.id) AS id, d.conversation_id FROM post d WHERE d.visibility = 4
                AND (d.author_id = :viewer OR d.id IN (SELECT post_id FROM recipient WHERE account_id = :viewer))
                AND NOT EXISTS (SELECT 1 FROM withheld WHERE owner_id = :viewer AND notification_id = d.id)
                {"AND d.conversation_id = :conversation" if conversation_id else ""}
              GROUP BY d.conversation_id) l ON l.id = p.id
            WHERE {SEEN} AND {not_muted("p.author_id")} AND p.id < :before AND p.id > :after
              AND NOT EXISTS (SELECT 1 FROM conversation_mark c WHERE c.account_id = :viewer
                AND c.conversation_id = l.conversation_id AND c.gone_id >= l.id)
            ORDER BY p.id {window.order} LIMIT :limit""",
        viewer=viewer,
        now=now,
        before=window.before,
        after=window.after,
        limit=window.limit,
        **({"conversation": conversation_id} if conversation_id else {}),
    )
    return window.arranged(rows)


async def find_latest(reader: Reader, viewer: int, conversation_id: int, now: datetime) -> SeenPost | None:
    """The newest post of one conversation on the viewer's list."""
    found = await latest(reader, viewer, Window(limit=1), now, conversation_id) if conversation_id else []
    return found[0] if found else None


async def get_latest(reader: Reader, viewer: int, conversation_id: int, now: datetime) -> SeenPost:
    """The same. Raises NotFound."""
    found = await find_latest(reader, viewer, conversation_id, now)
    if found is None:
        raise NotFound
    return found


async def read_marks(reader: Reader, viewer: int, conversation_ids: Iterable[int]) -> dict[int, int]:
    """How far the viewer has read these conversations: the id of a post, by conversation."""
    rows = await reader.rows(
        """SELECT conversation_id, read_id FROM conversation_mark WHERE account_id = :viewer
           AND conversation_id IN (SELECT value FROM json_each(:ids))""",
        viewer=viewer,
        ids=list(conversation_ids),
    )
    return {int(conversation): int(read) for conversation, read in rows}


async def mark_read(tx: Transaction, account_id: int, conversation_id: int, up_to: int) -> None:
    """The mark moves forwards only."""
    await tx.execute(
        """INSERT INTO conversation_mark (account_id, conversation_id, read_id) VALUES (:account, :conversation, :up_to)
           ON CONFLICT (account_id, conversation_id) DO UPDATE SET read_id = :up_to, seen = -1
             WHERE conversation_mark.read_id < :up_to""",
        account=account_id,
        conversation=conversation_id,
        up_to=up_to,
    )


async def mark_unread(tx: Transaction, account_id: int, conversation_id: int, latest: int) -> None:
    """Back to before `latest`, whatever was read."""
    await tx.execute(
        """INSERT INTO conversation_mark (account_id, conversation_id, read_id)
           VALUES (:account, :conversation, :up_to)
           ON CONFLICT (account_id, conversation_id) DO UPDATE SET read_id = :up_to, seen = -1""",
        account=account_id,
        conversation=conversation_id,
        up_to=latest - 1,
    )


async def take_off(tx: Transaction, account_id: int, conversation_id: int, up_to: int) -> None:
    """Not on the list any more until something newer than `up_to` is said."""
    await tx.execute(
        """INSERT INTO conversation_mark (account_id, conversation_id, read_id, gone_id)
           VALUES (:account, :conversation, :up_to, :up_to)
           ON CONFLICT (account_id, conversation_id) DO UPDATE SET read_id = :up_to, gone_id = :up_to""",
        account=account_id,
        conversation=conversation_id,
        up_to=up_to,
    )


async def said(reader: Reader, viewer: int, conversation_id: int, window: Window, now: datetime) -> list[SeenPost]:
    """The direct posts of a conversation, newest first, without those before the viewer took it off their list."""
    return await visible_window(
        reader,
        f"""{SEEN_FROM} WHERE p.conversation_id = :conversation AND p.visibility = 4 AND p.boost_of_id IS NULL
            AND (p.author_id = :viewer OR p.id IN (SELECT post_id FROM recipient WHERE account_id = :viewer))
            AND {not_muted("p.author_id")}
            AND NOT EXISTS (SELECT 1 FROM withheld WHERE owner_id = :viewer AND notification_id = p.id)
            AND p.id > coalesce((SELECT gone_id FROM conversation_mark WHERE account_id = :viewer
                AND conversation_id = p.conversation_id), 0)""",
        viewer,
        window,
        now,
        conversation=conversation_id,
    )


async def find_with(reader: Reader, viewer: int, other: int, now: datetime) -> SeenPost | None:
    """The newest direct post between the viewer and one other person alone, if there is any on the viewer's list."""
    found = await visible_window(
        reader,
        f"""{SEEN_FROM} WHERE p.visibility = 4 AND p.boost_of_id IS NULL AND (
              (p.author_id = :viewer AND p.id IN (SELECT post_id FROM recipient WHERE account_id = :other))
              OR (p.author_id = :other AND p.id IN (SELECT post_id FROM recipient WHERE account_id = :viewer)))
            AND (SELECT count(*) FROM recipient WHERE post_id = p.id) = 1
            AND NOT EXISTS (SELECT 1 FROM withheld WHERE owner_id = :viewer AND notification_id = p.id)
            AND NOT EXISTS (SELECT 1 FROM conversation_mark c WHERE c.account_id = :viewer
                AND c.conversation_id = p.conversation_id AND c.gone_id >= p.id)""",
        viewer,
        Window(limit=1),
        now,
        other=other,
    )
    return found[0] if found else None

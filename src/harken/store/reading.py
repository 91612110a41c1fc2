"""How far somebody has read each conversation, and which have something new for them.

Two facts say it: the mark of a conversation (conversation_mark), and the one that everything was read up to a post (the
marker `river`). Without the second, what was said before somebody joined is no news; account ids are times.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..model.reading import Reading, Unread
from .database import Reader, Transaction
from .visibility import HOME, SEEN_FROM, not_muted, seen

TIMELINE = "river"
REACH = 400  # how many of the newest posts of each sort `unread` looks at

_FLOOR = f"""coalesce((SELECT last_read_id FROM marker WHERE account_id = :viewer AND timeline = '{TIMELINE}'),
    :viewer)"""
# q: a post of a conversation, b: its author, m: the viewer's mark of that conversation.
_SAID = "post q JOIN account b ON b.id = q.author_id"
_READABLE = f"q.boost_of_id IS NULL AND {seen('q', 'b')} AND {not_muted('q.author_id')}"


async def readings(reader: Reader, viewer: int, conversation_ids: Iterable[int], now: datetime) -> dict[int, Reading]:
    """How these conversations stand to the viewer, by their ids: one statement. Those without a visible post are left
    out."""
    wanted = sorted(set(conversation_ids))
    if not viewer or not wanted:
        return {}
    found = await reader.patient(
        Reading,
        f"""SELECT g.*, EXISTS (SELECT 1 FROM muted_conversation WHERE account_id = :viewer
              AND conversation_id = g.conversation_id) AS muted
            FROM (SELECT q.conversation_id,
              sum(CASE WHEN q.id <> q.conversation_id THEN 1 ELSE 0 END) AS answers,
              sum(CASE WHEN q.id <> q.conversation_id AND q.author_id <> :viewer THEN 1 ELSE 0 END) AS others,
              sum(CASE WHEN q.id <> q.conversation_id AND q.author_id <> :viewer AND q.id > f.id
                AND q.id > coalesce(m.read_id, 0) THEN 1 ELSE 0 END) AS newer,
              max(CASE WHEN q.author_id <> :viewer THEN q.id ELSE 0 END) AS newest_id,
              max(CASE WHEN m.read_id > f.id THEN m.read_id ELSE f.id END) AS read_id,
              max(CASE WHEN m.read_id > f.id THEN m.seen ELSE -1 END) AS seen,
              max(CASE WHEN q.id <> q.conversation_id AND q.author_id = :viewer THEN 1 ELSE 0 END) AS took_part
              FROM {_SAID} CROSS JOIN (SELECT {_FLOOR} AS id) f
              LEFT JOIN conversation_mark m ON m.account_id = :viewer AND m.conversation_id = q.conversation_id
              WHERE q.conversation_id IN (SELECT value FROM json_each(:ids)) AND {_READABLE}
              GROUP BY q.conversation_id) g""",
        viewer=viewer,
        ids=wanted,
        now=now,
    )
    return {one.conversation_id: one for one in found}


async def unread(reader: Reader, viewer: int, now: datetime) -> list[Unread]:
    """Conversations with something new for the viewer, of those they have at home, began, took part in, were mentioned
    in or are let in to: of the newest REACH posts of each sort. Without muted ones, and those whose beginning they
    cannot see. One statement.
    """
    newest = "SELECT post_id AS id FROM {0} ORDER BY post_id DESC LIMIT :reach"
    return await reader.patient(
        Unread,
        f"""SELECT r.id AS conversation_id, r.author_id = :viewer AS mine, r.visibility >= 3 AS private,
              EXISTS (SELECT 1 FROM post e WHERE e.conversation_id = r.id AND e.author_id = :viewer AND e.id <> r.id
                AND e.boost_of_id IS NULL) AS responded
            FROM (SELECT conversation_id AS id FROM (
                SELECT p.conversation_id FROM (
                  {newest.format("timeline WHERE owner_id = :viewer")}) t
                  JOIN {SEEN_FROM.replace("post p", "post p ON p.id = t.id", 1)} WHERE p.boost_of_id IS NULL AND {HOME}
                UNION SELECT conversation_id FROM (SELECT conversation_id, id FROM post
                  WHERE author_id = :viewer AND boost_of_id IS NULL ORDER BY id DESC LIMIT :reach) written
                UNION SELECT d.conversation_id FROM ({newest.format("recipient WHERE account_id = :viewer")}) l
                  JOIN post d ON d.id = l.id
                UNION SELECT d.conversation_id FROM ({newest.format("mention WHERE account_id = :viewer")}) l
                  JOIN post d ON d.id = l.id) near) c
            JOIN post r ON r.id = c.id JOIN account ra ON ra.id = r.author_id
            CROSS JOIN (SELECT {_FLOOR} AS id) f
            LEFT JOIN conversation_mark m ON m.account_id = :viewer AND m.conversation_id = r.id
            WHERE {seen("r", "ra")}
              AND NOT EXISTS (SELECT 1 FROM muted_conversation
                WHERE account_id = :viewer AND conversation_id = r.id)
              AND EXISTS (SELECT 1 FROM {_SAID} WHERE q.conversation_id = r.id AND q.id > f.id
                AND q.id > coalesce(m.read_id, 0) AND q.author_id <> :viewer AND {_READABLE})
            ORDER BY r.id DESC""",
        viewer=viewer,
        now=now,
        reach=REACH,
    )


async def mark_seen(tx: Transaction, viewer: int, reading: Reading) -> None:
    """Remember that the viewer has this conversation before them as it is. The mark moves forwards only."""
    await tx.execute(
        """INSERT INTO conversation_mark (account_id, conversation_id, read_id, seen)
           VALUES (:viewer, :conversation, :newest, :others)
           ON CONFLICT (account_id, conversation_id) DO UPDATE SET read_id = :newest, seen = :others
             WHERE conversation_mark.read_id <= :newest""",
        viewer=viewer,
        conversation=reading.conversation_id,
        newest=max(reading.newest_id, reading.read_id),
        others=reading.others,
    )


async def set_told(tx: Transaction, viewer: int, conversation_id: int, on: bool, since: int) -> None:
    """Whether the viewer is told of answers in a conversation, from those after the id `since` on."""
    await tx.execute(
        """INSERT INTO conversation_mark (account_id, conversation_id, told, told_from)
           VALUES (:viewer, :conversation, :told, :since)
           ON CONFLICT (account_id, conversation_id) DO UPDATE SET told = :told, told_from = :since""",
        viewer=viewer,
        conversation=conversation_id,
        told=int(on),
        since=since,
    )


async def told_among(reader: Reader, viewer: int, conversation_ids: Iterable[int]) -> set[int]:
    """Those of some conversations whose answers the viewer is told of: as they said, else where they took part, if they
    wish to be."""
    return set(await reader.values(
        """SELECT value FROM json_each(:ids) WHERE coalesce(
             (SELECT told FROM conversation_mark WHERE account_id = :viewer AND conversation_id = value),
             CASE WHEN EXISTS (SELECT 1 FROM post WHERE conversation_id = value AND author_id = :viewer
               AND boost_of_id IS NULL)
             THEN (SELECT thread_notices FROM member WHERE account_id = :viewer) END, 0) = 1""",
        viewer=viewer,
        ids=sorted(set(conversation_ids)),
    ))


async def mark_direct_read(tx: Transaction, viewer: int) -> None:
    """Every conversation among a few, up to its newest post."""
    await tx.execute(
        """INSERT INTO conversation_mark (account_id, conversation_id, read_id)
           SELECT :viewer, d.conversation_id, max(d.id) FROM post d WHERE d.visibility = 4
             AND (d.author_id = :viewer OR d.id IN (SELECT post_id FROM recipient WHERE account_id = :viewer))
           GROUP BY d.conversation_id
           ON CONFLICT (account_id, conversation_id) DO UPDATE SET read_id = excluded.read_id, seen = -1
             WHERE conversation_mark.read_id < excluded.read_id""",
        viewer=viewer,
    )

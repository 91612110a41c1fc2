"""Posts that people passed on to friends, and whom a post may still be passed on to.

Passing on gives nobody a right: whoever is asked about must see the post already, and what came is read with SEEN.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ..ids import AccountId, PostId
from ..model.forward import Forward
from ..model.paging import Window
from .database import Reader, Transaction
from .visibility import STATES, not_blocked, not_muted, seen, seen_by

# p: the post, a: its author, c: a friend of the viewer who may see it and to whom it was not said, told or passed on.
# What they did with it in private does not count, so that nobody can ask whether they did.
_MAY_GET = f"""post p JOIN account a ON a.id = p.author_id
    JOIN friend f ON f.account_id = :viewer AND f.accepted = 1 JOIN account c ON c.id = f.friend_id
    WHERE p.id = :post AND p.boost_of_id IS NULL AND p.visibility <= 2 AND c.state IN {STATES}
      AND c.id <> p.author_id AND {seen_by("c.id")}
      AND NOT EXISTS (SELECT 1 FROM forward WHERE post_id = p.id AND target_id = c.id)
      AND NOT EXISTS (SELECT 1 FROM mention WHERE account_id = c.id AND post_id = p.id)
      AND NOT EXISTS (SELECT 1 FROM recipient WHERE post_id = p.id AND account_id = c.id)
      AND NOT EXISTS (SELECT 1 FROM favourite WHERE account_id = c.id AND post_id = p.id)
      AND NOT EXISTS (SELECT 1 FROM post r WHERE r.boost_of_id = p.id AND r.author_id = c.id)
      AND NOT EXISTS (SELECT 1 FROM post r WHERE r.in_reply_to_id = p.id AND r.author_id = c.id
        AND r.visibility <= 1)"""

# It came home to them by itself: from its author, or from one of the last fifty who boosted it.
_NOT_AT_HOME = """
      AND NOT EXISTS (SELECT 1 FROM follow h WHERE h.follower_id = c.id AND h.followed_id = p.author_id
        AND h.accepted = 1)
      AND NOT EXISTS (SELECT 1 FROM follow h WHERE h.follower_id = c.id AND h.accepted = 1 AND h.show_boosts = 1
        AND h.followed_id IN (SELECT author_id FROM (
          SELECT author_id FROM post WHERE boost_of_id = :post ORDER BY id DESC LIMIT 50) boosters))"""


class _Friend(msgspec.Struct, frozen=True):
    """Somebody whom a post can be passed on to."""

    id: AccountId


async def may_get(
    reader: Reader, viewer: int, post_id: PostId, limit: int, among: Sequence[int] | None = None
) -> list[AccountId]:
    """Friends of the viewer to whom the post can be passed on, `among` those named; latest friends first."""
    return await reader.values(
        f"""SELECT c.id FROM {_MAY_GET}
            {"AND c.id IN (SELECT value FROM json_each(:ids))" if among is not None else ""}
            ORDER BY f.id DESC LIMIT :limit""",
        viewer=viewer, post=post_id, limit=limit, **({"ids": list(among)} if among is not None else {}))


async def have_not_had(reader: Reader, viewer: int, post_id: PostId, limit: int) -> list[AccountId]:
    """Of those who may get it, those to whom it did not come home by itself. Of a thousand friends it asks much, so it
    stays out of transactions."""
    rows = await reader.patient(
        _Friend, f"SELECT c.id FROM {_MAY_GET} {_NOT_AT_HOME} ORDER BY f.id DESC LIMIT :limit",
        viewer=viewer, post=post_id, limit=limit)
    return [row.id for row in rows]


async def insert(tx: Transaction, forward_id: int, post_id: PostId, by: AccountId, targets: Sequence[int]) -> None:
    """Store that a post reached `targets`."""
    await tx.execute_many(
        """INSERT INTO forward (post_id, target_id, id, account_id) VALUES (:post, :target, :id, :by)
           ON CONFLICT DO NOTHING""",
        [{"post": post_id, "target": target, "id": forward_id, "by": by} for target in targets])


async def targets(reader: Reader, forward_id: int, above: int, limit: int) -> list[int]:
    """Whom it reached, by id, from above `above`."""
    return await reader.values(
        "SELECT target_id FROM forward WHERE id = :id AND target_id > :above ORDER BY target_id LIMIT :limit",
        id=forward_id, above=above, limit=limit)


async def received(reader: Reader, viewer: int, window: Window, now: datetime) -> list[Forward]:
    """What was passed on to the viewer and can be seen, last first; nothing by those whom they muted or
    blocked, and nothing that these wrote."""
    rows = await reader.all(
        Forward,
        f"""SELECT w.id, w.post_id, w.account_id, w.target_id FROM forward w
            JOIN account x ON x.id = w.account_id JOIN post p ON p.id = w.post_id JOIN account a ON a.id = p.author_id
            WHERE w.target_id = :viewer AND w.id < :before AND w.id > :after AND x.state IN {STATES}
              AND {seen()} AND {not_blocked("w.account_id")}
              AND {not_muted("w.account_id")} AND {not_muted("p.author_id")}
            ORDER BY w.id {window.order} LIMIT :limit""",
        viewer=viewer, now=now, before=window.before, after=window.after, limit=window.limit)
    return window.arranged(rows)

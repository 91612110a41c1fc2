"""Whom a profile recommends, and whom the server suggests."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..ids import new_id
from ..model.account import Account
from ..model.paging import Window
from . import accounts
from .database import Reader, Transaction
from .visibility import STATES, not_blocked, not_muted


async def of_account(
    reader: Reader, account_id: int, viewer: int, window: Window
) -> tuple[list[Account], list[int]]:
    """Whom `account_id` recommends, as far as `viewer` may see them, last recommended first."""
    return await accounts.paged(
        reader,
        f"""(SELECT id, target_id AS account_id, account_id AS owner_id FROM endorsement) l
            JOIN account a ON a.id = l.account_id
            WHERE l.owner_id = :owner AND a.state IN {STATES} AND {not_blocked("l.account_id")}""",
        window,
        owner=account_id,
        viewer=viewer,
    )


async def add(tx: Transaction, account_id: int, target_id: int, now: datetime) -> None:
    await tx.execute(
        """INSERT INTO endorsement (id, account_id, target_id) VALUES (:id, :account, :target)
           ON CONFLICT DO NOTHING""",
        id=new_id(now),
        account=account_id,
        target=target_id,
    )


async def remove(tx: Transaction, account_id: int, target_id: int) -> None:
    await tx.execute(
        "DELETE FROM endorsement WHERE account_id = :account AND target_id = :target",
        account=account_id,
        target=target_id,
    )


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to follow: `friends` of those one follows do so, or, with 0, many others."""

    account_id: int
    friends: int
    followers: int


_ASKED = 200  # of those one follows, last followed first


async def suggested(reader: Reader, viewer: int, limit: int, now: datetime) -> list[Suggestion]:
    """Whom the viewer may want to follow: known to those they follow first, then the best known.

    Only discoverable people of this server who are followed by somebody; nobody whom the viewer knows, blocks, mutes
    or has dismissed. What somebody keeps to themselves (whom they follow) suggests nobody.
    """
    stranger = f"""a.discoverable = 1 AND a.state = 0 AND a.id <> :viewer AND a.moved_to_id IS NULL
        AND {not_blocked("a.id")} AND {not_muted("a.id")}
        AND NOT EXISTS (SELECT 1 FROM follow WHERE follower_id = :viewer AND followed_id = a.id)
        AND NOT EXISTS (SELECT 1 FROM dismissed_suggestion WHERE account_id = :viewer AND target_id = a.id)
        AND NOT EXISTS (SELECT 1 FROM blocked_domain WHERE account_id = :viewer AND domain = a.domain)"""
    return await reader.patient(
        Suggestion,
        f"""SELECT account_id, max(friends) AS friends, max(followers) AS followers FROM (
              SELECT * FROM (
                SELECT a.id AS account_id, count(*) AS friends, coalesce(max(s.followers), 0) AS followers
                FROM (SELECT followed_id FROM follow WHERE follower_id = :viewer AND accepted = 1
                      ORDER BY id DESC LIMIT {_ASKED}) mine
                JOIN account x ON x.id = mine.followed_id AND x.hide_collections = 0 AND x.state IN {STATES}
                JOIN follow theirs ON theirs.follower_id = x.id AND theirs.accepted = 1
                JOIN account a ON a.id = theirs.followed_id LEFT JOIN account_stats s ON s.account_id = a.id
                WHERE {stranger} GROUP BY a.id ORDER BY friends DESC, followers DESC, a.id LIMIT :limit) known
              UNION ALL SELECT * FROM (
                SELECT a.id AS account_id, 0 AS friends, s.followers FROM account a
                JOIN account_stats s ON s.account_id = a.id
                WHERE s.followers > 0 AND {stranger} ORDER BY s.followers DESC, a.id LIMIT :limit) famous) found
            GROUP BY account_id ORDER BY friends DESC, followers DESC, account_id LIMIT :limit""",
        viewer=viewer,
        limit=limit,
        now=now,
    )


async def dismiss_suggestion(tx: Transaction, account_id: int, target_id: int) -> None:
    await tx.execute(
        """INSERT INTO dismissed_suggestion (account_id, target_id) VALUES (:account, :target)
           ON CONFLICT DO NOTHING""",
        account=account_id,
        target=target_id,
    )

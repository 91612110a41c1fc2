"""Follows, blocks, mutes and private notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from ..model.relationship import Relationship
from .database import Reader, Transaction
from .visibility import STATES


class Follow(msgspec.Struct, frozen=True, kw_only=True):
    """One account follows another, or asks to."""

    id: int
    follower_id: int
    followed_id: int
    accepted: bool
    show_boosts: bool = True
    notify: bool = False
    languages: list[str] = []


async def follow(reader: Reader, follower: int, followed: int) -> Follow | None:
    """The follow or request from one to the other."""
    return await reader.find(
        Follow,
        "SELECT * FROM follow WHERE follower_id = :follower AND followed_id = :followed",
        follower=follower,
        followed=followed,
    )


async def blocked_between(reader: Reader, one: int, other: int) -> bool:
    """Whether either blocks the other."""
    return bool(
        await reader.value(
            """SELECT 1 FROM block WHERE (account_id = :one AND target_id = :other)
           OR (account_id = :other AND target_id = :one) LIMIT 1""",
            one=one,
            other=other,
        )
    )


async def of(reader: Reader, viewer: int, ids: Iterable[int], now: datetime) -> list[Relationship]:
    """What each of `ids` is to the viewer, in that order, without repeats: one statement."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return []
    found = await reader.all(
        Relationship,
        """SELECT x.id AS account_id,
             coalesce(f.accepted, 0) = 1 AS following, coalesce(f.accepted, 1) = 0 AS requested,
             coalesce(b.accepted, 0) = 1 AS followed_by, coalesce(b.accepted, 1) = 0 AS requested_by,
             coalesce(f.show_boosts, 0) AS show_boosts, coalesce(f.notify, 0) AS notify,
             coalesce(f.languages, '[]') AS languages,
             EXISTS (SELECT 1 FROM block WHERE account_id = :viewer AND target_id = x.id) AS blocking,
             EXISTS (SELECT 1 FROM block WHERE account_id = x.id AND target_id = :viewer) AS blocked_by,
             m.id IS NOT NULL AS muting, coalesce(m.notifications, 0) AS muting_notifications, m.until AS muted_until,
             EXISTS (SELECT 1 FROM blocked_domain WHERE account_id = :viewer AND domain = x.domain) AS domain_blocking,
             coalesce(fr.accepted, 0) = 1 AS friend, coalesce(fr.accepted, 1) = 0 AS friend_asked,
             EXISTS (SELECT 1 FROM friend
               WHERE account_id = x.id AND friend_id = :viewer AND accepted = 0) AS asks_friend,
             EXISTS (SELECT 1 FROM endorsement WHERE account_id = :viewer AND target_id = x.id) AS endorsed,
             coalesce((SELECT text FROM account_note WHERE account_id = :viewer AND target_id = x.id), '') AS note
           FROM account x
           LEFT JOIN follow f ON f.follower_id = :viewer AND f.followed_id = x.id
           LEFT JOIN follow b ON b.follower_id = x.id AND b.followed_id = :viewer
           LEFT JOIN friend fr ON fr.account_id = :viewer AND fr.friend_id = x.id
           LEFT JOIN mute m ON m.account_id = :viewer AND m.target_id = x.id AND (m.until IS NULL OR m.until > :now)
           WHERE x.id IN (SELECT value FROM json_each(:ids))""",
        viewer=viewer,
        ids=wanted,
        now=now,
    )
    by_id: dict[int, Relationship] = {r.account_id: r for r in found}
    return [by_id[i] for i in wanted if i in by_id]


async def insert_follow(tx: Transaction, new: Follow) -> None:
    await tx.execute(
        """INSERT INTO follow (id, follower_id, followed_id, accepted, show_boosts, notify, languages)
           VALUES (:id, :follower_id, :followed_id, :accepted, :show_boosts, :notify, :languages)""",
        **{n: getattr(new, n) for n in Follow.__struct_fields__ if n != "languages"},
        languages=msgspec.json.encode(new.languages).decode(),
    )


async def change_follow(
    tx: Transaction, follow_id: int, *, show_boosts: bool, notify: bool, languages: list[str]
) -> None:
    await tx.execute(
        "UPDATE follow SET show_boosts = :show_boosts, notify = :notify, languages = :languages WHERE id = :id",
        id=follow_id,
        show_boosts=show_boosts,
        notify=notify,
        languages=msgspec.json.encode(languages).decode(),
    )


async def accept_follow(tx: Transaction, follow_id: int) -> None:
    await tx.execute("UPDATE follow SET accepted = 1 WHERE id = :id", id=follow_id)


async def delete_follow(tx: Transaction, follow_id: int) -> None:
    await tx.execute("DELETE FROM follow WHERE id = :id", id=follow_id)


async def set_note(tx: Transaction, account_id: int, target_id: int, text: str) -> None:
    """Store the private note about somebody; none when `text` is empty."""
    if not text:
        await tx.execute(
            "DELETE FROM account_note WHERE account_id = :account AND target_id = :target",
            account=account_id,
            target=target_id,
        )
        return
    await tx.execute(
        """INSERT INTO account_note (account_id, target_id, text) VALUES (:account, :target, :text)
           ON CONFLICT (account_id, target_id) DO UPDATE SET text = :text""",
        account=account_id,
        target=target_id,
        text=text,
    )


_FAMILIAR = 40  # followers of each account


async def familiar_followers(reader: Reader, viewer: int, targets: Sequence[int]) -> dict[int, list[int]]:
    """For each of `targets`, those whom the viewer follows and who follow it: one statement.

    Without those who keep whom they follow to themselves, and nobody where the
    target keeps its followers to itself (Mastodon's rule).
    """
    rows = await reader.rows(
        f"""SELECT theirs.followed_id, theirs.follower_id FROM follow mine
            JOIN follow theirs ON theirs.follower_id = mine.followed_id
            JOIN account friend ON friend.id = theirs.follower_id JOIN account target ON target.id = theirs.followed_id
            WHERE mine.follower_id = :viewer AND mine.accepted = 1 AND theirs.accepted = 1
              AND theirs.followed_id IN (SELECT value FROM json_each(:ids)) AND theirs.follower_id <> :viewer
              AND friend.hide_collections = 0 AND target.hide_collections = 0 AND friend.state IN {STATES}
            ORDER BY mine.id DESC""",
        viewer=viewer,
        ids=list(targets),
    )
    found: dict[int, list[int]] = {}
    for target, friend in rows:
        some = found.setdefault(int(target), [])
        if len(some) < _FAMILIAR:
            some.append(int(friend))
    return found

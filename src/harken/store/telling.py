"""What members chose to be told of by e-mail, and the outbox of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ..ids import id_at
from ..model.telling import Letter, Telling
from .database import Reader, Transaction


async def find(reader: Reader, account_id: int) -> Telling | None:
    return await reader.find(Telling, "SELECT * FROM telling WHERE account_id = :id", id=account_id)


async def find_by_key(reader: Reader, key: str) -> Telling | None:
    """Whose e-mails carry this key."""
    return await reader.find(Telling, "SELECT * FROM telling WHERE unsubscribe_key = :key", key=key)


async def put(tx: Transaction, chosen: Telling) -> None:
    """Store what was chosen; the key stays what it was first."""
    await tx.execute(
        """INSERT INTO telling (account_id, follow, private, mention, devices, unsubscribe_key)
           VALUES (:account_id, :follow, :private, :mention, :devices, :unsubscribe_key)
           ON CONFLICT (account_id) DO UPDATE SET follow = :follow, private = :private, mention = :mention,
             devices = :devices""",
        **msgspec.structs.asdict(chosen))


class Wanting(Telling, frozen=True, kw_only=True):
    """A member who has a notification and is told of some kinds, and when they sleep."""

    kind: str
    time_zone: str
    quiet_from: int | None = None
    quiet_to: int | None = None
    digest_hour: int = 8


async def wanting(reader: Reader, fact_id: int, owners: Sequence[int]) -> list[Wanting]:
    """Those of `owners` who are told of something by e-mail, with what they have of a fact; addresses are confirmed."""
    return await reader.all(
        Wanting,
        # Whoever is named in a post for a few is told of a mention (Mastodon's word), and means a private message.
        """SELECT t.*, CASE WHEN n.kind = 'mention' AND p.visibility > 2 THEN 'private' ELSE n.kind END AS kind,
             m.time_zone, l.quiet_from, l.quiet_to, coalesce(l.digest_hour, 8) AS digest_hour
           FROM notification n JOIN telling t ON t.account_id = n.owner_id
             JOIN member m ON m.account_id = n.owner_id AND m.confirmed_at IS NOT NULL
             JOIN account a ON a.id = n.owner_id AND a.state IN (0, 2) AND a.disabled = 0
             LEFT JOIN listening l ON l.account_id = n.owner_id LEFT JOIN post p ON p.id = n.post_id
           WHERE n.id = :fact AND n.owner_id IN (SELECT value FROM json_each(:ids)) ORDER BY n.owner_id""",
        fact=fact_id, ids=list(owners))


async def record(tx: Transaction, letters: Sequence[Letter]) -> None:
    """Write rows of the outbox, once each."""
    await tx.execute_many(
        """INSERT INTO letter (owner_id, notification_id, at_id, due_at)
           VALUES (:owner_id, :notification_id, :at_id, :due_at) ON CONFLICT DO NOTHING""",
        [{name: getattr(one, name) for name in Letter.__struct_fields__ if name != "tries"} for one in letters])


async def anything_due(reader: Reader, now: datetime) -> bool:
    return bool(await reader.value("SELECT 1 FROM letter WHERE state = 'waiting' AND due_at <= :now LIMIT 1", now=now))


async def claim(tx: Transaction, now: datetime, again_at: datetime, limit: int) -> list[list[Letter]]:
    """What is due for up to `limit` members, a batch each; it comes back at `again_at` unless it is settled."""
    owners = await tx.values(
        """SELECT DISTINCT owner_id FROM letter WHERE state = 'waiting' AND due_at <= :now ORDER BY owner_id
           LIMIT :limit""", now=now, limit=limit)
    found = await tx.all(
        Letter,
        """SELECT * FROM letter WHERE state = 'waiting' AND due_at <= :now
             AND owner_id IN (SELECT value FROM json_each(:ids)) ORDER BY owner_id, notification_id DESC""",
        now=now, ids=owners)
    await tx.execute_many(
        """UPDATE letter SET due_at = :again, tries = tries + 1
           WHERE owner_id = :owner AND notification_id = :notification""",
        [{"again": again_at, "owner": one.owner_id, "notification": one.notification_id} for one in found])
    batches: dict[int, list[Letter]] = {}
    for one in found:
        batches.setdefault(one.owner_id, []).append(one)
    return list(batches.values())


async def settle(tx: Transaction, batch: Sequence[Letter], due_at: datetime | None) -> None:
    """They are done with, or to be tried again at `due_at`."""
    await tx.execute_many(
        """UPDATE letter SET state = :state, due_at = coalesce(:due, due_at)
           WHERE owner_id = :owner AND notification_id = :notification""",
        [{"state": "waiting" if due_at else "done", "due": due_at, "owner": one.owner_id,
          "notification": one.notification_id} for one in batch])


async def trim(tx: Transaction, before: datetime) -> None:
    """Forget what told of things from before then."""
    await tx.execute("DELETE FROM letter WHERE at_id < :before AND state = 'done'", before=id_at(before))


async def remove_orphans(tx: Transaction) -> None:
    """Forget what was meant for members who chose nothing any more."""
    await tx.execute(
        "DELETE FROM letter WHERE NOT EXISTS (SELECT 1 FROM telling t WHERE t.account_id = letter.owner_id)")


async def forget_member(tx: Transaction, account_id: int) -> None:
    """A member goes: nothing is sent to them any more."""
    await tx.execute("DELETE FROM telling WHERE account_id = :id", id=account_id)
    await tx.execute("DELETE FROM letter WHERE owner_id = :id", id=account_id)

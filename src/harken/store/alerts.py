"""Alerts of ears: what members chose, and the outbox."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from ..ids import AccountId, id_at
from ..model.alert import Alert, Channel, EarAlert, Kind, Listening, Mode, WebhookHealth
from ..model.post import SeenPost
from .database import Reader, Transaction
from .visibility import COLUMNS, FOUND, SEEN_FROM

MAX_CLAIMS = 20
"""A batch that was taken up so often and never settled breaks us, and is given up."""

# ---- what members chose --------------------------------------------------------


async def find_setting(reader: Reader, ear_id: int) -> EarAlert | None:
    """What was chosen for an ear."""
    return await reader.find(EarAlert, "SELECT * FROM ear_alert WHERE ear_id = :ear", ear=ear_id)


async def put_setting(tx: Transaction, chosen: EarAlert) -> None:
    """Store what was chosen; a webhook gets a fresh start."""
    await tx.execute(
        """INSERT INTO ear_alert (ear_id, owner_id, mode, in_app, push, email, webhook_url, webhook_secret, cool_down,
             spike, since_id)
           VALUES (:ear_id, :owner_id, :mode, :in_app, :push, :email, :webhook_url, :webhook_secret, :cool_down,
             :spike, :since_id)
           ON CONFLICT (ear_id) DO UPDATE SET mode = :mode, in_app = :in_app, push = :push, email = :email,
             webhook_url = :webhook_url, webhook_secret = :webhook_secret, cool_down = :cool_down, spike = :spike,
             since_id = :since_id""",
        **{name: getattr(chosen, name) for name in EarAlert.__struct_fields__},
    )
    await tx.execute("DELETE FROM webhook_health WHERE ear_id = :ear", ear=chosen.ear_id)


async def switch_off(tx: Transaction, ear_id: int) -> None:
    """Let an ear tell nothing from now on; how it would tell stays chosen."""
    await tx.execute("UPDATE ear_alert SET mode = 'never', spike = 0 WHERE ear_id = :ear", ear=ear_id)


async def find_listening(reader: Reader, account_id: int) -> Listening | None:
    """What was chosen for all ears of a member."""
    return await reader.find(Listening, "SELECT * FROM listening WHERE account_id = :id", id=account_id)


async def find_by_unsubscribe_key(reader: Reader, key: str) -> Listening | None:
    """Whose e-mails carry this key."""
    return await reader.find(Listening, "SELECT * FROM listening WHERE unsubscribe_key = :key", key=key)


async def put_listening(tx: Transaction, chosen: Listening) -> None:
    """Store what was chosen; the key stays what it was first."""
    await tx.execute(
        """INSERT INTO listening (account_id, quiet_from, quiet_to, digest_hour, unsubscribed, unsubscribe_key)
           VALUES (:account_id, :quiet_from, :quiet_to, :digest_hour, :unsubscribed, :unsubscribe_key)
           ON CONFLICT (account_id) DO UPDATE SET quiet_from = :quiet_from, quiet_to = :quiet_to,
             digest_hour = :digest_hour, unsubscribed = :unsubscribed""",
        **{name: getattr(chosen, name) for name in Listening.__struct_fields__},
    )


async def forget_ear(tx: Transaction, ear_id: int) -> None:
    """An ear is gone: forget what it told and how."""
    await tx.execute(
        """DELETE FROM notification WHERE kind = 'ear' AND owner_id IN (
             SELECT owner_id FROM alert WHERE ear_id = :ear LIMIT 1)
           AND id IN (SELECT id FROM alert WHERE ear_id = :ear)""",
        ear=ear_id,
    )
    for table in ("ear_alert", "alert", "webhook_health", "ear_spike"):
        await tx.execute(f"DELETE FROM {table} WHERE ear_id = :ear", ear=ear_id)


async def forget_member(tx: Transaction, account_id: int) -> None:
    """A member goes: nothing is sent to them any more. Their ears are forgotten one by one."""
    for table in ("listening", "push_subscription"):
        await tx.execute(f"DELETE FROM {table} WHERE account_id = :id", id=account_id)
    await tx.execute("DELETE FROM push WHERE owner_id = :id", id=account_id)


# ---- the outbox, as the consumer writes it ---------------------------------------


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """An ear that heard a post, with all that decides how to tell."""

    ear_id: int
    owner_id: AccountId
    mode: Mode
    in_app: bool
    push: bool
    email: bool
    webhook_url: str
    cool_down: int
    time_zone: str
    quiet_from: int | None = None
    quiet_to: int | None = None
    digest_hour: int = 8
    unsubscribed: bool = False
    disabled_at: datetime | None = None
    last_id: int = 0
    folded: int = 0


async def due(reader: Reader, post_id: int, author_id: int, above: int, limit: int) -> list[Due]:
    """The ears above `above` that heard a post and should tell of it, and did not yet, by id.

    Without those of its author, of people who cannot sign in, and without what was heard before the alert was set.
    """
    return await reader.all(
        Due,
        """SELECT d.*, (SELECT count(*) FROM alert f WHERE f.ear_id = d.ear_id AND f.state = 'folded'
             AND f.id > d.last_id) AS folded
           FROM (SELECT x.ear_id, s.owner_id, s.mode, s.in_app, s.push, s.email, s.webhook_url, s.cool_down,
               m.time_zone, l.quiet_from, l.quiet_to, coalesce(l.digest_hour, 8) AS digest_hour,
               coalesce(l.unsubscribed, 0) AS unsubscribed, h.disabled_at,
               coalesce((SELECT a.id FROM alert a WHERE a.ear_id = x.ear_id AND a.kind = 'heard' AND a.channel <> ''
                 ORDER BY a.id DESC LIMIT 1), 0) AS last_id
             FROM ear_match x JOIN ear_alert s ON s.ear_id = x.ear_id JOIN member m ON m.account_id = s.owner_id
               JOIN account o ON o.id = s.owner_id LEFT JOIN listening l ON l.account_id = s.owner_id
               LEFT JOIN webhook_health h ON h.ear_id = x.ear_id
             WHERE x.post_id = :post AND x.ear_id > :above AND s.mode <> 'never' AND s.owner_id <> :author
               AND o.state IN (0, 2) AND o.disabled = 0 AND x.id > s.since_id AND NOT EXISTS (
                 SELECT 1 FROM alert a WHERE a.ear_id = x.ear_id AND a.kind = 'heard' AND a.post_id = x.post_id)
             ORDER BY x.ear_id LIMIT :limit) d
           ORDER BY d.ear_id""",
        post=post_id,
        author=author_id,
        above=above,
        limit=limit,
    )


async def record(tx: Transaction, alerts: Iterable[Alert]) -> None:
    """Write rows of the outbox, once each; a test may be asked for again."""
    await tx.execute_many(
        """INSERT INTO alert (ear_id, kind, post_id, channel, id, owner_id, state, due_at, meanwhile, sent_at)
           SELECT :ear_id, :kind, :post_id, :channel, :id, :owner_id, :state, :due_at, :meanwhile, :sent_at
           WHERE EXISTS (SELECT 1 FROM ear WHERE id = :ear_id)
           ON CONFLICT (ear_id, kind, post_id, channel) DO UPDATE SET id = excluded.id, state = excluded.state,
             due_at = excluded.due_at, tries = 0, failure = '', sent_at = excluded.sent_at
             WHERE alert.kind IN ('test', 'broken')""",
        [
            {name: getattr(one, name) for name in Alert.__struct_fields__ if name not in ("tries", "failure")}
            for one in alerts
        ],
    )


async def tell_in_app(tx: Transaction, alert_id: int, owner: int, account: int, post_id: int | None) -> None:
    """An entry of the notifications page. Its id is the alert's, through which its ear is found."""
    await tx.execute(
        """INSERT INTO notification (owner_id, id, kind, account_id, post_id)
           VALUES (:owner, :id, 'ear', :account, :post) ON CONFLICT DO NOTHING""",
        owner=owner,
        id=alert_id,
        account=account,
        post=post_id,
    )


async def keep_silent(tx: Transaction, post_id: int, now: datetime, limit: int) -> int:
    """Remember of up to `limit` ears that an edit made them hear a post, so that they never tell of it; how many."""
    return await tx.execute(
        """INSERT INTO alert (ear_id, kind, post_id, channel, id, owner_id, state, due_at)
           SELECT x.ear_id, 'heard', x.post_id, '', x.id, s.owner_id, 'silent', :now
           FROM ear_match x JOIN ear_alert s ON s.ear_id = x.ear_id
           WHERE x.post_id = :post AND NOT EXISTS (
             SELECT 1 FROM alert a WHERE a.ear_id = x.ear_id AND a.kind = 'heard' AND a.post_id = x.post_id)
           ORDER BY x.ear_id LIMIT :limit ON CONFLICT DO NOTHING""",
        post=post_id,
        now=now,
        limit=limit,
    )


async def remove_post(tx: Transaction, post_id: int, limit: int) -> int:
    """Forget up to `limit` alerts of a post that is gone; how many."""
    return await tx.execute(
        """DELETE FROM alert WHERE post_id = :post AND id IN (
             SELECT id FROM alert WHERE post_id = :post LIMIT :limit)""",
        post=post_id,
        limit=limit,
    )


async def remove_orphans(tx: Transaction) -> None:
    """Forget alerts whose post or ear is gone."""
    await tx.execute(
        """DELETE FROM alert WHERE NOT EXISTS (SELECT 1 FROM ear e WHERE e.id = alert.ear_id)
           OR (post_id <> 0 AND NOT EXISTS (SELECT 1 FROM post p WHERE p.id = alert.post_id))"""
    )
    await _remove_orphaned_notifications(tx)


async def _remove_orphaned_notifications(tx: Transaction) -> None:
    await tx.execute(
        """DELETE FROM notification WHERE kind = 'ear'
           AND NOT EXISTS (SELECT 1 FROM alert a WHERE a.id = notification.id)"""
    )


async def trim(tx: Transaction, before: datetime) -> int:
    """Forget what was settled before then; what waits stays."""
    count = await tx.execute("DELETE FROM alert WHERE id < :before AND state <> 'waiting'", before=id_at(before))
    if count:
        await _remove_orphaned_notifications(tx)
    return count


# ---- the outbox, as the sender works it off ---------------------------------------


async def take_lease(tx: Transaction, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Become or stay the one process that does `name`."""
    return bool(
        await tx.execute(
            """INSERT INTO sender_lease (name, holder, held_until) VALUES (:name, :holder, :until)
               ON CONFLICT (name) DO UPDATE SET holder = :holder, held_until = :until
               WHERE sender_lease.holder = :holder OR sender_lease.held_until < :now""",
            name=name,
            holder=holder,
            until=until,
            now=now,
        )
    )


async def lease_held(reader: Reader, name: str, holder: str, now: datetime) -> bool:
    """Whether somebody else does `name` just now."""
    return bool(
        await reader.value(
            "SELECT 1 FROM sender_lease WHERE name = :name AND holder <> :holder AND held_until > :now",
            name=name,
            holder=holder,
            now=now,
        )
    )


async def release_leases(tx: Transaction, holder: str) -> None:
    """Let another process take over at once."""
    await tx.execute("DELETE FROM sender_lease WHERE holder = :holder", holder=holder)


async def anything_due(reader: Reader, now: datetime) -> bool:
    """Whether the sender has anything to do."""
    return bool(await reader.value("SELECT 1 FROM alert WHERE state = 'waiting' AND due_at <= :now LIMIT 1", now=now))


async def claim(tx: Transaction, now: datetime, again_at: datetime, limit: int) -> list[list[Alert]]:
    """Up to `limit` batches that are due, longest due first: one owner and channel each, one ear for webhooks.

    They come back at `again_at` unless they are settled before: a sender that dies loses nothing.
    """
    await tx.execute(
        """UPDATE alert SET state = 'failed', failure = 'It could not be sent.'
           WHERE state = 'waiting' AND due_at <= :now AND tries >= :most""",
        now=now,
        most=MAX_CLAIMS,
    )
    batches = []
    for owner, channel, ear, _ in await tx.rows(
        """SELECT owner_id, channel, CASE WHEN channel = 'webhook' THEN ear_id ELSE 0 END AS one_ear, min(due_at) AS due
           FROM alert WHERE state = 'waiting' AND due_at <= :now GROUP BY 1, 2, 3 ORDER BY 4 LIMIT :limit""",
        now=now,
        limit=limit,
    ):
        where = """state = 'waiting' AND due_at <= :now AND owner_id = :owner AND channel = :channel
                   AND (:ear = 0 OR ear_id = :ear)"""
        given = {"now": now, "owner": owner, "channel": channel, "ear": ear}
        batches.append(await tx.all(Alert, f"SELECT * FROM alert WHERE {where} ORDER BY id DESC", **given))
        await tx.execute(f"UPDATE alert SET due_at = :again, tries = tries + 1 WHERE {where}", again=again_at, **given)
    return batches


async def settle(
    tx: Transaction, rows: Sequence[Alert], state: str, now: datetime, failure: str = "", due_at: datetime | None = None
) -> None:
    """Store how sending went; `state` is sent, failed, dropped, or waiting until `due_at`."""
    await tx.execute_many(
        """UPDATE alert SET state = :state, failure = :failure, due_at = coalesce(:due, due_at),
             sent_at = CASE WHEN :state = 'sent' THEN :now ELSE sent_at END
           WHERE ear_id = :ear AND kind = :kind AND post_id = :post AND channel = :channel""",
        [
            {
                "state": state, "failure": failure[:300], "due": due_at, "now": now,
                "ear": row.ear_id, "kind": row.kind, "post": row.post_id, "channel": row.channel,
            }
            for row in rows
        ],
    )


async def show(tx: Transaction, row: Alert, new_id: int, others: int) -> None:
    """An alert that waited is shown in the notifications page now, under the id of this moment, with `others`."""
    await tx.execute(
        """UPDATE alert SET id = :id, meanwhile = :others
           WHERE ear_id = :ear AND kind = :kind AND post_id = :post AND channel = :channel""",
        id=new_id,
        others=others,
        ear=row.ear_id,
        kind=row.kind,
        post=row.post_id,
        channel=row.channel,
    )


async def found(reader: Reader, owner: int, post_ids: Sequence[int], now: datetime) -> list[SeenPost]:
    """Those of the posts that `owner` may find now, newest first."""
    return await reader.all(
        SeenPost,
        f"""SELECT {COLUMNS} FROM {SEEN_FROM} WHERE p.id IN (SELECT value FROM json_each(:ids)) AND {FOUND}
            ORDER BY p.id DESC""",
        ids=list(post_ids),
        viewer=owner,
        now=now,
    )


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Which ear an entry of the notifications page is about."""

    id: int
    ear_id: int
    name: str
    kind: Kind
    meanwhile: int


async def told_in_app(reader: Reader, owner: int, ids: Sequence[int]) -> dict[int, Told]:
    """The ears behind notifications, by notification id."""
    rows = await reader.all(
        Told,
        """SELECT a.id, a.ear_id, e.name, a.kind, a.meanwhile FROM alert a JOIN ear e ON e.id = a.ear_id
           WHERE a.owner_id = :owner AND a.channel = 'app' AND a.id IN (SELECT value FROM json_each(:ids))""",
        owner=owner,
        ids=list(ids),
    )
    return {row.id: row for row in rows}


class Last(msgspec.Struct, frozen=True, kw_only=True):
    """How a channel of an ear fared lately."""

    channel: Channel
    sent_at: datetime | None = None
    waiting: int = 0
    failure: str = ""
    failed_id: int = 0


async def last(reader: Reader, ear_id: int) -> list[Last]:
    """For each channel of an ear: when something was last sent, what waits, what last failed."""
    return await reader.all(
        Last,
        """SELECT a.channel, max(a.sent_at) AS sent_at, sum(CASE WHEN a.state = 'waiting' THEN 1 ELSE 0 END) AS waiting,
             max(CASE WHEN a.failure <> '' THEN a.id ELSE 0 END) AS failed_id,
             coalesce((SELECT f.failure FROM alert f WHERE f.ear_id = :ear AND f.channel = a.channel
               AND f.failure <> '' ORDER BY f.id DESC LIMIT 1), '') AS failure
           FROM alert a WHERE a.ear_id = :ear AND a.channel <> '' GROUP BY a.channel ORDER BY a.channel""",
        ear=ear_id,
    )


# ---- webhooks ------------------------------------------------------------------------


async def health(reader: Reader, ear_id: int) -> WebhookHealth:
    """How the webhook of an ear fared."""
    found = await reader.find(WebhookHealth, "SELECT * FROM webhook_health WHERE ear_id = :ear", ear=ear_id)
    return found or WebhookHealth(ear_id=ear_id)


async def put_health(tx: Transaction, health: WebhookHealth) -> None:
    await tx.execute(
        """INSERT INTO webhook_health (ear_id, failures, failing_since, disabled_at)
           VALUES (:ear, :failures, :since, :disabled)
           ON CONFLICT (ear_id) DO UPDATE SET failures = :failures, failing_since = :since, disabled_at = :disabled""",
        ear=health.ear_id,
        failures=health.failures,
        since=health.failing_since,
        disabled=health.disabled_at,
    )


# ---- spikes ----------------------------------------------------------------------------


class Spiking(EarAlert, frozen=True, kw_only=True):
    """An ear that watches its rate; `saved_at` is when its query began to listen."""

    saved_at: datetime
    spiking: bool = False
    told_at: datetime | None = None
    time_zone: str = "UTC"


async def watching(reader: Reader, above: int, limit: int) -> list[Spiking]:
    """Ears with a spike alert, not paused, by id from above `above`."""
    return await reader.all(
        Spiking,
        """SELECT s.*, e.saved_at, coalesce(k.spiking, 0) AS spiking, k.told_at, m.time_zone
           FROM ear_alert s JOIN ear e ON e.id = s.ear_id JOIN member m ON m.account_id = s.owner_id
             JOIN account o ON o.id = s.owner_id LEFT JOIN ear_spike k ON k.ear_id = s.ear_id
           WHERE s.spike > 0 AND s.ear_id > :above AND e.paused = 0 AND o.state IN (0, 2) AND o.disabled = 0
           ORDER BY s.ear_id LIMIT :limit""",
        above=above,
        limit=limit,
    )


class Rate(msgspec.Struct, frozen=True):
    """How much an ear heard in one stretch of 24 hours; 0 is the last one."""

    day: int
    count: int
    newest: int


async def rates(reader: Reader, ear_id: int, owner: int, now: datetime, days: int) -> list[Rate]:
    """What an ear heard from others and its owner may find, in stretches of 24 hours back from `now`."""
    return await reader.patient(
        Rate,
        f"""SELECT (:end - m.id) / :width AS day, count(*) AS count, max(m.post_id) AS newest
            FROM ear_match m JOIN post p ON p.id = m.post_id JOIN account a ON a.id = p.author_id
            WHERE m.ear_id = :ear AND m.id > :end - :width * :days AND m.id <= :end AND p.author_id <> :viewer
              AND {FOUND}
            GROUP BY (:end - m.id) / :width""",
        ear=ear_id,
        viewer=owner,
        now=now,
        end=id_at(now, 0xFFFF),
        width=(24 * 3600 * 1000) << 16,
        days=days,
    )


async def put_spike(tx: Transaction, ear_id: int, spiking: bool, told_at: datetime | None) -> None:
    await tx.execute(
        """INSERT INTO ear_spike (ear_id, spiking, told_at) VALUES (:ear, :spiking, :told)
           ON CONFLICT (ear_id) DO UPDATE SET spiking = :spiking, told_at = :told""",
        ear=ear_id,
        spiking=spiking,
        told=told_at,
    )

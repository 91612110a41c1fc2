"""Where browsers and applications receive pushes, and the outbox of what applications are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ..ids import AccountId, id_at
from ..model.alert import Push, PushPolicy, PushSubscription
from .database import Reader, Transaction

_ALIVE = """(EXISTS (SELECT 1 FROM session s WHERE s.id = p.session_id AND s.account_id = p.account_id)
             OR EXISTS (SELECT 1 FROM token t WHERE t.id = p.token_id AND t.account_id = p.account_id))"""


async def of_account(reader: Reader, account_id: int) -> list[PushSubscription]:
    """The subscriptions of a member whose session or token still lives, oldest first."""
    return await reader.all(
        PushSubscription,
        f"SELECT p.* FROM push_subscription p WHERE p.account_id = :account AND {_ALIVE} ORDER BY p.id",
        account=account_id,
    )


async def browsers_of(reader: Reader, account_id: int) -> list[PushSubscription]:
    """Those of `of_account` that are browsers: they are told what ears heard."""
    return [one for one in await of_account(reader, account_id) if one.session_id is not None]


async def find(reader: Reader, subscription_id: int) -> PushSubscription | None:
    """A subscription whose session or token still lives, of somebody who may sign in."""
    return await reader.find(
        PushSubscription,
        f"""SELECT p.* FROM push_subscription p JOIN account a ON a.id = p.account_id
            WHERE p.id = :id AND a.state IN (0, 2) AND a.disabled = 0 AND {_ALIVE}""",
        id=subscription_id,
    )


async def find_by_token(reader: Reader, token_id: int) -> PushSubscription | None:
    """The subscription of an application."""
    return await reader.find(
        PushSubscription,
        "SELECT * FROM push_subscription WHERE token_id = :token ORDER BY id DESC LIMIT 1",
        token=token_id,
    )


async def put(tx: Transaction, subscription: PushSubscription) -> None:
    """Store a subscription instead of that of the same session or token, or of the same address."""
    await tx.execute(
        """DELETE FROM push_subscription WHERE account_id = :account
           AND (session_id = :session OR token_id = :token OR endpoint = :endpoint)""",
        account=subscription.account_id,
        session=subscription.session_id,
        token=subscription.token_id,
        endpoint=subscription.endpoint,
    )
    await tx.execute(
        """INSERT INTO push_subscription
             (id, account_id, session_id, token_id, endpoint, p256dh, auth, standard, alerts, policy, bearer,
              created_at, quiet)
           VALUES (:id, :account_id, :session_id, :token_id, :endpoint, :p256dh, :auth, :standard, :alerts, :policy,
             :bearer, :created_at, :quiet)
           ON CONFLICT (account_id, endpoint) DO NOTHING""",
        **{name: getattr(subscription, name) for name in PushSubscription.__struct_fields__},
    )


async def choose(tx: Transaction, subscription_id: int, alerts: dict[str, bool], policy: PushPolicy) -> None:
    """Which notifications are pushed there, and because of whom."""
    await tx.execute(
        "UPDATE push_subscription SET alerts = :alerts, policy = :policy WHERE id = :id",
        id=subscription_id,
        alerts=alerts,
        policy=policy,
    )


async def keep_quiet(tx: Transaction, subscription_id: int, quiet: bool) -> None:
    """Whether nothing is pushed there in the quiet hours."""
    await tx.execute("UPDATE push_subscription SET quiet = :quiet WHERE id = :id", id=subscription_id, quiet=quiet)


async def delete(tx: Transaction, account_id: int, subscription_id: int) -> int:
    """Forget one subscription; how many there were."""
    return await tx.execute(
        "DELETE FROM push_subscription WHERE id = :id AND account_id = :account",
        id=subscription_id,
        account=account_id,
    )


async def delete_by_token(tx: Transaction, token_id: int) -> None:
    """Forget the subscription of an application."""
    await tx.execute("DELETE FROM push_subscription WHERE token_id = :token", token=token_id)


async def delete_dead(tx: Transaction) -> None:
    """Forget subscriptions whose session or token has ended: nothing was pushed there since."""
    await tx.execute(
        f"DELETE FROM push_subscription WHERE id IN (SELECT p.id FROM push_subscription p WHERE NOT {_ALIVE})"
    )


# ---- the outbox ------------------------------------------------------------------------


class Wanting(msgspec.Struct, frozen=True, kw_only=True):
    """A device whose member has a notification, which kinds it is told of, and when it keeps quiet."""

    subscription_id: int
    owner_id: AccountId
    kind: str
    alerts: dict[str, bool]
    quiet: bool
    time_zone: str
    quiet_from: int | None = None
    quiet_to: int | None = None


async def wanting(reader: Reader, fact_id: int, at_id: int, owners: Sequence[int]) -> list[Wanting]:
    """The devices of `owners` that were subscribed before the moment of `at_id`, with what they have of a fact; none
    of those who want no device to be told."""
    return await reader.all(
        Wanting,
        """SELECT p.id AS subscription_id, n.owner_id, n.kind, p.alerts, p.quiet, m.time_zone, l.quiet_from, l.quiet_to
           FROM push_subscription p JOIN notification n ON n.owner_id = p.account_id AND n.id = :fact
           JOIN account a ON a.id = p.account_id AND a.state IN (0, 2) AND a.disabled = 0
           JOIN member m ON m.account_id = p.account_id LEFT JOIN listening l ON l.account_id = p.account_id
           WHERE p.account_id IN (SELECT value FROM json_each(:ids)) AND p.id < :at
             AND NOT EXISTS (SELECT 1 FROM telling t WHERE t.account_id = p.account_id AND t.devices = 0)
           ORDER BY p.id""",
        fact=fact_id,
        at=at_id,
        ids=list(owners),
    )


async def record(tx: Transaction, pushes: Sequence[Push]) -> None:
    """Write rows of the outbox, once each."""
    await tx.execute_many(
        """INSERT INTO push (subscription_id, notification_id, owner_id, at_id, due_at)
           VALUES (:subscription_id, :notification_id, :owner_id, :at_id, :due_at) ON CONFLICT DO NOTHING""",
        [{name: getattr(one, name) for name in Push.__struct_fields__ if name != "tries"} for one in pushes],
    )


async def anything_due(reader: Reader, now: datetime) -> bool:
    """Whether there is something to push."""
    return bool(await reader.value("SELECT 1 FROM push WHERE state = 'waiting' AND due_at <= :now LIMIT 1", now=now))


async def claim(tx: Transaction, now: datetime, again_at: datetime, limit: int) -> list[Push]:
    """Up to `limit` pushes that are due, longest due first; they come back at `again_at` unless they are settled."""
    claimed = await tx.all(
        Push,
        "SELECT * FROM push WHERE state = 'waiting' AND due_at <= :now ORDER BY due_at LIMIT :limit",
        now=now,
        limit=limit,
    )
    await tx.execute_many(
        """UPDATE push SET due_at = :again, tries = tries + 1
           WHERE subscription_id = :subscription AND notification_id = :notification""",
        [
            {"again": again_at, "subscription": one.subscription_id, "notification": one.notification_id}
            for one in claimed
        ],
    )
    return claimed


async def settle(tx: Transaction, one: Push, due_at: datetime | None) -> None:
    """It is done with, or to be tried again at `due_at`."""
    await tx.execute(
        """UPDATE push SET state = :state, due_at = coalesce(:due, due_at)
           WHERE subscription_id = :subscription AND notification_id = :notification""",
        state="waiting" if due_at else "done",
        due=due_at,
        subscription=one.subscription_id,
        notification=one.notification_id,
    )


async def trim(tx: Transaction, before: datetime) -> None:
    """Forget what told of things from before then."""
    await tx.execute("DELETE FROM push WHERE at_id < :before", before=id_at(before))


async def remove_orphans(tx: Transaction) -> None:
    """Forget what was meant for applications that are gone."""
    await tx.execute(
        "DELETE FROM push WHERE NOT EXISTS (SELECT 1 FROM push_subscription s WHERE s.id = push.subscription_id)"
    )

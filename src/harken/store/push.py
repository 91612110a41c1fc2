"""Where browsers and applications receive pushes."""

from __future__ import annotations

from ..model.alert import PushSubscription
from .database import Reader, Transaction


async def of_account(reader: Reader, account_id: int) -> list[PushSubscription]:
    """The subscriptions of a member whose session or token still lives, oldest first."""
    return await reader.all(
        PushSubscription,
        """SELECT p.* FROM push_subscription p WHERE p.account_id = :account
           AND (EXISTS (SELECT 1 FROM session s WHERE s.id = p.session_id AND s.account_id = p.account_id)
             OR EXISTS (SELECT 1 FROM token t WHERE t.id = p.token_id AND t.account_id = p.account_id))
           ORDER BY p.id""",
        account=account_id,
    )


async def put(tx: Transaction, subscription: PushSubscription) -> None:
    """Store a subscription; the same address again takes its new keys. One a session, one a token."""
    await tx.execute(
        """DELETE FROM push_subscription WHERE account_id = :account
           AND (session_id = :session OR token_id = :token) AND endpoint <> :endpoint""",
        account=subscription.account_id,
        session=subscription.session_id,
        token=subscription.token_id,
        endpoint=subscription.endpoint,
    )
    await tx.execute(
        """INSERT INTO push_subscription
             (id, account_id, session_id, token_id, endpoint, p256dh, auth, standard, alerts, policy, created_at)
           VALUES (:id, :account_id, :session_id, :token_id, :endpoint, :p256dh, :auth, :standard, :alerts, :policy,
             :created_at)
           ON CONFLICT (account_id, endpoint) DO UPDATE SET session_id = :session_id, token_id = :token_id,
             p256dh = :p256dh, auth = :auth, standard = :standard, alerts = :alerts, policy = :policy""",
        **{name: getattr(subscription, name) for name in PushSubscription.__struct_fields__},
    )


async def delete(tx: Transaction, account_id: int, subscription_id: int) -> int:
    """Forget one subscription; how many there were."""
    return await tx.execute(
        "DELETE FROM push_subscription WHERE id = :id AND account_id = :account",
        id=subscription_id,
        account=account_id,
    )

"""Notifications kept aside or dropped: what members chose, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from ..model.relationship import NotificationPolicy
from .database import Reader, Transaction

KINDS = ("mention", "quote", "boost", "follow", "follow_request", "favourite", "friend_request", "private")
"""What a policy is asked about (Mastodon's rule): neither what one asked for nor what a server says."""

_NEW_ACCOUNT = timedelta(days=30)
_NEW_FOLLOWER = timedelta(days=3)

# n: the notification, x: who did it, p: its post, y: the owner's policy. The moment is in the notification's id.
_STRANGER = """NOT EXISTS (SELECT 1 FROM follow f WHERE f.follower_id = n.owner_id AND f.followed_id = n.account_id
    AND f.accepted = 1)"""
_WHEN = {
    "limited_accounts": f"x.state = 2 AND {_STRANGER}",
    "not_following": _STRANGER,
    "not_followers": """NOT EXISTS (SELECT 1 FROM follow f WHERE f.follower_id = n.account_id
        AND f.followed_id = n.owner_id AND f.accepted = 1 AND f.id <= n.id - :new_follower)""",
    "new_accounts": f"x.created_at > (n.id >> 16) - :new_account AND {_STRANGER}",
    "private_mentions": f"""n.kind IN ('mention', 'private') AND p.visibility IN (3, 4) AND {_STRANGER} AND NOT EXISTS (
        SELECT 1 FROM post q JOIN recipient r ON r.post_id = q.id AND r.account_id = n.account_id
        WHERE q.conversation_id = p.conversation_id AND q.id < p.id AND q.author_id = n.owner_id
          AND q.visibility IN (3, 4))""",
}
_NO_POLICY = {name: getattr(NotificationPolicy(), name).value for name in NotificationPolicy.__struct_fields__}


def _any(stance: str) -> str:
    """One of the conditions holds for which the owner chose `stance`."""
    return " OR ".join(
        f"(coalesce(y.{name}, '{_NO_POLICY[name]}') = '{stance}' AND {condition})" for name, condition in _WHEN.items()
    )


async def policy(reader: Reader, account_id: int) -> NotificationPolicy:
    """What a member chose, or what holds for who chose nothing."""
    found = await reader.find(
        NotificationPolicy, "SELECT * FROM notification_policy WHERE account_id = :id", id=account_id
    )
    return found or NotificationPolicy()


async def put_policy(tx: Transaction, account_id: int, chosen: NotificationPolicy) -> None:
    """It holds for what comes from now on."""
    names = NotificationPolicy.__struct_fields__
    await tx.execute(
        f"""INSERT INTO notification_policy (account_id, {", ".join(names)})
            VALUES (:account, {", ".join(f":{name}" for name in names)})
            ON CONFLICT (account_id) DO UPDATE SET {", ".join(f"{name} = :{name}" for name in names)}""",
        account=account_id,
        **msgspec.structs.asdict(chosen),
    )


async def withhold(tx: Transaction, notification_id: int, owners: Sequence[int]) -> None:
    """Ask the policies of `owners` about a notification that is new to them."""
    await tx.execute(
        f"""INSERT INTO withheld (owner_id, notification_id, account_id, post_id, state)
            SELECT n.owner_id, n.id, n.account_id, n.post_id,
              CASE WHEN {_any("drop")} THEN 'dropped' ELSE 'filtered' END
            FROM notification n JOIN account x ON x.id = n.account_id
              LEFT JOIN post p ON p.id = n.post_id
              LEFT JOIN notification_policy y ON y.account_id = n.owner_id
            WHERE n.id = :id AND n.owner_id IN (SELECT value FROM json_each(:owner_ids))
              AND n.kind IN (SELECT value FROM json_each(:kind_texts))
              AND (x.state = 2 OR y.account_id IS NOT NULL) AND ({_any("drop")} OR {_any("filter")})
              AND NOT EXISTS (SELECT 1 FROM notification_permission o
                WHERE o.account_id = n.owner_id AND o.from_id = n.account_id)
              AND NOT (n.kind = 'mention' AND EXISTS (
                SELECT 1 FROM member m WHERE m.account_id = n.account_id AND m.role > 0))
            ON CONFLICT DO NOTHING""",
        id=notification_id,
        owner_ids=list(owners),
        kind_texts=list(KINDS),
        new_account=_NEW_ACCOUNT // timedelta(milliseconds=1),
        new_follower=(_NEW_FOLLOWER // timedelta(milliseconds=1)) << 16,
    )


async def permit(tx: Transaction, owner: int, accounts: Sequence[int]) -> int:
    """Show the owner everything by these accounts, now and from now on; how much was kept aside."""
    await tx.execute_many(
        "INSERT INTO notification_permission (account_id, from_id) VALUES (:owner, :from) ON CONFLICT DO NOTHING",
        [{"owner": owner, "from": account} for account in accounts],
    )
    return await tx.execute(
        """DELETE FROM withheld WHERE owner_id = :owner AND state = 'filtered'
           AND account_id IN (SELECT value FROM json_each(:ids))""",
        owner=owner,
        ids=list(accounts),
    )


async def put_away(tx: Transaction, owner: int, accounts: Sequence[int]) -> int:
    """Never show what was kept aside of these accounts; how much it was."""
    return await tx.execute(
        """UPDATE withheld SET state = 'dropped' WHERE owner_id = :owner AND state = 'filtered'
           AND account_id IN (SELECT value FROM json_each(:ids))""",
        owner=owner,
        ids=list(accounts),
    )


async def accounts_behind(reader: Reader, owner: int, requests: Sequence[int]) -> list[int]:
    """Who asks with these requests: the id of a request is that of a notification that is kept aside."""
    return await reader.values(
        """SELECT DISTINCT account_id FROM withheld WHERE owner_id = :owner AND state = 'filtered'
           AND notification_id IN (SELECT value FROM json_each(:ids)) ORDER BY account_id""",
        owner=owner,
        ids=list(requests),
    )


async def forget(tx: Transaction, owner: int, notification_id: int) -> None:
    await tx.execute(
        "DELETE FROM withheld WHERE owner_id = :owner AND notification_id = :id", owner=owner, id=notification_id
    )


async def forget_fact(tx: Transaction, notification_id: int) -> None:
    await tx.execute("DELETE FROM withheld WHERE notification_id = :id", id=notification_id)


async def forget_post(tx: Transaction, post_id: int, limit: int) -> int:
    """Forget up to `limit` rows of a post that is gone; how many."""
    return await tx.execute(
        """DELETE FROM withheld WHERE post_id = :post AND owner_id IN (
             SELECT owner_id FROM withheld WHERE post_id = :post LIMIT :limit)""",
        post=post_id,
        limit=limit,
    )


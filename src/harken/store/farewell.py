"""What hangs on an account that is being deleted, a piece at a time."""

from __future__ import annotations

from ..model.post import Post
from . import files, gatherings, polls
from .database import Reader, Transaction

# Table → columns that name an account. Posts, favourites and follows are not here: they count elsewhere.
_HANGING = {
    "bookmark": ("account_id",),
    "bookmark_tag": ("account_id",),
    "rating": ("account_id",),
    "pin": ("account_id",),
    "block": ("account_id", "target_id"),
    "mute": ("account_id", "target_id"),
    "muted_conversation": ("account_id",),
    "hidden_message": ("account_id",),
    "profile_colours": ("account_id",),
    "elsewhere": ("account_id",),
    "conversation_mark": ("account_id",),
    "blocked_domain": ("account_id",),
    "account_note": ("account_id", "target_id"),
    "marker": ("account_id",),
    "dismissed": ("account_id",),
    "dismissed_before": ("account_id",),
    "notification_policy": ("account_id",),
    "severance": ("account_id",),
    "notification_permission": ("account_id", "from_id"),
    "withheld": ("owner_id",),
    "idempotency": ("account_id",),
    "mention": ("account_id",),
    "recipient": ("account_id",),
    "filter": ("owner_id",),
    "scheduled_post": ("account_id",),
    "people_set": ("owner_id",),
    "people_set_member": ("account_id", "owner_id"),
    "friend": ("account_id", "friend_id"),
    "list": ("owner_id",),
    "list_member": ("account_id", "owner_id"),
    "announcement_read": ("account_id",),
    "announcement_reaction": ("account_id",),
    "followed_tag": ("account_id",),
    "featured_tag": ("account_id",),
    "endorsement": ("account_id", "target_id"),
    "collection": ("owner_id",),
    "collection_item": ("account_id", "owner_id"),
    "report": ("account_id",),  # those about it stay: they are how moderators know who comes back
    "report_told": ("account_id",),
    "warning": ("target_id",),
    "appeal": ("account_id",),
    "invite": ("inviter_id",),
    "whisper_right": ("account_id",),
    "desk_member": ("account_id",),
    "desk_presence": ("account_id",),
    "contact_account": ("account_id",),
    "contact_inquiry": ("account_id",),
    "desk_spared": ("account_id",),
    "desk_draft": ("by_id",),
    "desk_outcome": ("account_id",),
    "forward": ("account_id", "target_id"),
    "dismissed_suggestion": ("account_id", "target_id"),
}


async def unfinished(reader: Reader) -> list[int]:
    """Accounts whose deletion was begun and not ended: they have no tombstone yet."""
    return [
        int(i)
        for i in await reader.values(
            """SELECT a.id FROM account a WHERE a.state = 4
           AND NOT EXISTS (SELECT 1 FROM tombstone t WHERE t.uri = a.uri) ORDER BY a.id"""
        )
    ]


async def some_posts(reader: Reader, account_id: int, limit: int) -> list[Post]:
    """Posts and boosts still there, newest first."""
    return await reader.all(
        Post, "SELECT * FROM post WHERE author_id = :id ORDER BY id DESC LIMIT :limit", id=account_id, limit=limit
    )


async def some_favourites(reader: Reader, account_id: int, limit: int) -> list[tuple[int, int]]:
    """(favourite, post) still there."""
    rows = await reader.rows(
        "SELECT id, post_id FROM favourite WHERE account_id = :id ORDER BY post_id LIMIT :limit",
        id=account_id,
        limit=limit,
    )
    return [(int(row[0]), int(row[1])) for row in rows]


async def delete_favourite(tx: Transaction, favourite_id: int) -> int:
    return await tx.execute("DELETE FROM favourite WHERE id = :id", id=favourite_id)


async def some_follows(reader: Reader, account_id: int, limit: int) -> list[tuple[int, int]]:
    """(follower, followed) still there, either way."""
    rows = await reader.rows(
        """SELECT follower_id, followed_id FROM follow WHERE follower_id = :id OR followed_id = :id
           ORDER BY id LIMIT :limit""",
        id=account_id,
        limit=limit,
    )
    return [(int(row[0]), int(row[1])) for row in rows]


async def delete_hanging(tx: Transaction, account_id: int) -> None:
    """Everything that nothing else counts, votes, and answers to invitations."""
    await polls.withdraw_all(tx, account_id)
    await gatherings.withdraw_all(tx, account_id)
    await files.doom_of_account(tx, account_id)
    for table, columns in _HANGING.items():
        for column in columns:
            await tx.execute(f"DELETE FROM {table} WHERE {column} = :id", id=account_id)


async def forget_keys(tx: Transaction, account_id: int) -> None:
    await tx.execute("UPDATE account SET private_key = NULL, public_key = NULL WHERE id = :id", id=account_id)

"""Follow a tag, so that public posts with it are at home, or let go of it."""

from __future__ import annotations

from datetime import datetime

from ..errors import NotAllowed
from ..model.account import Account
from ..store import tags
from ..store.database import Database

MAX_FOLLOWED_TAGS = 500  # each is walked when home is read


async def follow_tag(db: Database, account: Account, key: str, now: datetime) -> None:
    """Follow the tag with the folded name `key`; again: nothing. Raises NotAllowed (too many)."""
    async with db.transaction() as tx:
        new = await tags.follow(tx, account.id, key, now)
        if new and await tags.followed_count(tx, account.id) > MAX_FOLLOWED_TAGS:
            raise NotAllowed(f"You follow {MAX_FOLLOWED_TAGS} tags; unfollow some first.")


async def unfollow_tag(db: Database, account: Account, key: str) -> None:
    """Let go of a tag; what one follows for its author stays at home."""
    async with db.transaction() as tx:
        await tags.unfollow(tx, account.id, key)

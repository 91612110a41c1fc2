"""What a profile recommends: tags, and people."""

from __future__ import annotations

from datetime import datetime

from ..errors import Invalid, NotFound
from ..ids import AccountId
from ..model.account import Account
from ..store import accounts, endorsements, relationships, tags
from ..store.database import Database
from ..store.tags import Featured
from ..text import markup

MAX_FEATURED_TAGS = 10  # Mastodon's number


async def feature_tag(db: Database, account: Account, name: str, now: datetime, again: bool = True) -> Featured:
    """Show a tag on the profile. Raises Invalid: no tag, too many, or featured already unless `again` is fine."""
    name = name.strip().lstrip("#＃")
    async with db.transaction() as tx:
        known = {one.tag: one for one in await tags.featured(tx, account.id)}
        if not name:
            raise Invalid("Validation failed: Name can't be blank, Tag is invalid", "name")
        if not markup.is_tag(name):
            raise Invalid("Validation failed: Tag is invalid", "name")
        if (earlier := known.get(markup.tag_key(name))) is not None:
            if again:
                return earlier
            raise Invalid("Validation failed: Tag has already been taken", "name")
        if len(known) >= MAX_FEATURED_TAGS:
            raise Invalid("Validation failed: You have already featured the maximum number of hashtags", "name")
        return await tags.feature(tx, account.id, markup.tag_key(name), name, now)


async def unfeature_tag(db: Database, account: Account, key: str) -> None:
    """Take a tag off the profile, if it is there."""
    async with db.transaction() as tx:
        await tags.unfeature(tx, account.id, key)


async def endorse(db: Database, account: Account, target_id: AccountId, now: datetime) -> None:
    """Recommend somebody whom one follows. Raises NotFound, Invalid."""
    async with db.transaction() as tx:
        target = await accounts.visible(tx, target_id, account.id)
        known = await relationships.follow(tx, account.id, target.id)
        if known is None or not known.accepted:
            raise Invalid("Validation failed: You must be already following the person you want to endorse")
        await endorsements.add(tx, account.id, target.id, now)


async def stop_endorsing(db: Database, account: Account, target_id: AccountId) -> None:
    """Recommend somebody no more."""
    async with db.transaction() as tx:
        await endorsements.remove(tx, account.id, target_id)


async def dismiss_suggestion(db: Database, account: Account, target_id: AccountId) -> None:
    """Suggest somebody no more. Raises NotFound."""
    async with db.transaction() as tx:
        if await accounts.find(tx, target_id) is None:
            raise NotFound("There is no such account.")
        await endorsements.dismiss_suggestion(tx, account.id, target_id)

"""Make a list, change it, fill it, drop it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..errors import Invalid, NotFound
from ..ids import new_id
from ..model.account import Account
from ..model.list import List, Replies
from ..store import accounts, lists
from ..store.database import Database
from ..text.markup import clean

MAX_LISTS = 50  # Mastodon's number
MAX_TITLE = 256  # Mastodon's number
MAX_AT_ONCE = 1000


async def keep_list(
    db: Database, owner: Account, now: datetime, *, title: str, replies: str = Replies.LIST, exclusive: bool = False
) -> List:
    """Store a new list. Raises Invalid."""
    new = List(
        id=new_id(now), owner_id=owner.id, title=checked_title(title), replies=checked_replies(replies),
        exclusive=exclusive)
    async with db.transaction() as tx:
        if len(await lists.of_owner(tx, owner.id)) >= MAX_LISTS:
            raise Invalid("Validation failed: You have reached the maximum number of lists", "title")
        await lists.insert(tx, new)
    return new


async def change_list(
    db: Database, owner: Account, list_id: int, *, title: str | None = None, replies: str | None = None,
    exclusive: bool | None = None,
) -> List:
    """Change what is given and leave the rest. Raises NotFound, Invalid."""
    async with db.transaction() as tx:
        old = await lists.get(tx, list_id, owner.id)
        changed = List(
            id=old.id, owner_id=old.owner_id, title=old.title if title is None else checked_title(title),
            replies=old.replies if replies is None else checked_replies(replies),
            exclusive=old.exclusive if exclusive is None else exclusive)
        await lists.change(tx, changed)
    return changed


async def drop_list(db: Database, owner: Account, list_id: int) -> None:
    """Take a list away; the people in it hear nothing of it. Raises NotFound."""
    async with db.transaction() as tx:
        await lists.delete(tx, (await lists.get(tx, list_id, owner.id)).id)


async def add_to_list(db: Database, owner: Account, list_id: int, ids: Sequence[int]) -> None:
    """Put people into a list: whom the owner follows or has asked to, and the owner. All of them, or nobody.

    Raises NotFound (the list, an account, somebody who is not followed), Invalid (in the list already, too many).
    """
    wanted = set(ids)
    if len(wanted) > MAX_AT_ONCE:
        raise Invalid(f"Validation failed: Accounts are too many (maximum is {MAX_AT_ONCE})", "account_ids")
    async with db.transaction() as tx:
        kept = await lists.get(tx, list_id, owner.id)
        known = await accounts.by_ids(tx, wanted)
        if known.keys() != wanted or await lists.may_be_listed(tx, owner.id, wanted) != wanted:
            raise NotFound("You can put people into a list whom you follow.")
        if len(wanted) < len(ids) or wanted & set(await lists.member_ids(tx, kept.id)):
            raise Invalid("Validation failed: Account has already been taken", "account_ids")
        await lists.add(tx, kept, sorted(wanted))


async def remove_from_list(db: Database, owner: Account, list_id: int, ids: Sequence[int]) -> None:
    """Take people out of a list. Raises NotFound (the list)."""
    async with db.transaction() as tx:
        await lists.remove(tx, (await lists.get(tx, list_id, owner.id)).id, set(ids))


def checked_title(title: str) -> str:
    """A title on one line. Raises Invalid."""
    title = " ".join(clean(title).split())
    if not title:
        raise Invalid("Validation failed: Title can't be blank", "title")
    if len(title) > MAX_TITLE:
        raise Invalid(f"Validation failed: Title is too long (maximum is {MAX_TITLE} characters)", "title")
    return title


def checked_replies(name: str) -> Replies:
    """Whose answers to show, by name. Raises Invalid."""
    if name not in list(Replies):
        raise Invalid(f"'{name[:100]}' is not a valid replies_policy", "replies")
    return Replies(name)

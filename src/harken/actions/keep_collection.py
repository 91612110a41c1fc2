"""Recommend people in a collection: make one, change it, put people in, take them out, leave one oneself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..errors import Invalid, NotAllowed, NotFound
from ..ids import new_id
from ..log.append import append
from ..log.events import CollectionChanged, CollectionJoined
from ..model.account import Account
from ..model.collection import Collection, Item
from ..store import accounts, collections
from ..store.database import Database, Transaction
from ..text import markup

MAX_COLLECTIONS = 10  # Mastodon's numbers
MAX_ITEMS = 25
MAX_NAME = 40
MAX_DESCRIPTION = 100
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_FORBIDDEN = "This action is not allowed"


async def keep_collection(
    db: Database, owner: Account, now: datetime, ids: Sequence[int] = (), **given: Any
) -> Collection:
    """Store a new collection with the people `ids`; `given` are fields of it. Raises Invalid, NotFound."""
    checked = _checked({"name": "", **given})
    new = Collection(id=new_id(now), owner_id=owner.id, created_at=now, updated_at=now, **checked)
    async with db.transaction() as tx:
        if await collections.number_of(tx, owner.id) >= MAX_COLLECTIONS:
            raise Invalid("Validation failed: You have reached the maximum number of collections", "name")
        await collections.insert(tx, new)
        for account_id in dict.fromkeys(ids):
            await _add(tx, new, owner, account_id, now)
    return new


async def change_collection(
    db: Database, owner: Account, collection_id: int, now: datetime, **given: Any
) -> Collection:
    """Change what is given and leave the rest; those in it are told. Raises NotFound, NotAllowed, Invalid."""
    checked = _checked(given)
    async with db.transaction() as tx:
        old = await _own(tx, owner, collection_id)
        changed = msgspec.structs.replace(old, **checked, updated_at=now)
        if checked and any(getattr(old, name) != value for name, value in checked.items()):
            await collections.change(tx, changed)
            await append(tx, CollectionChanged(collection_id, new_id(now)), now)
    return changed


async def drop_collection(db: Database, owner: Account, collection_id: int) -> None:
    """Take a collection away. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        await collections.delete(tx, (await _own(tx, owner, collection_id)).id)


async def add_to_collection(
    db: Database, owner: Account, collection_id: int, account_id: int, now: datetime
) -> Item:
    """Recommend somebody who lets others discover them. Raises NotFound, NotAllowed, Invalid."""
    async with db.transaction() as tx:
        kept = await _own(tx, owner, collection_id)
        made = await _add(tx, kept, owner, account_id, now)
        await collections.change(tx, msgspec.structs.replace(kept, updated_at=now))
    return made


async def remove_from_collection(db: Database, owner: Account, collection_id: int, item_id: int) -> None:
    """Recommend somebody no more. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        kept = await _own(tx, owner, collection_id)
        await collections.remove(tx, await _item(tx, kept.id, item_id))


async def leave_collection(db: Database, account: Account, collection_id: int, item_id: int) -> None:
    """Be recommended there no more. Raises NotFound, NotAllowed (it is somebody else who is meant)."""
    async with db.transaction() as tx:
        item = await _item(tx, collection_id, item_id)
        if item.account_id != account.id:
            raise NotAllowed(_FORBIDDEN)
        await collections.remove(tx, item)


async def _own(tx: Transaction, owner: Account, collection_id: int) -> Collection:
    kept = await collections.get(tx, collection_id, owner.id)
    if kept.owner_id != owner.id:
        raise NotAllowed(_FORBIDDEN)
    return kept


async def _item(tx: Transaction, collection_id: int, item_id: int) -> Item:
    item = await collections.find_item(tx, item_id)
    if item is None or item.collection_id != collection_id:
        raise NotFound("Nobody of that number is in the collection.")
    return item


async def _add(tx: Transaction, kept: Collection, owner: Account, account_id: int, now: datetime) -> Item:
    target = await accounts.visible(tx, account_id, owner.id)
    known = await collections.stored_items(tx, kept.id)
    if any(item.account_id == target.id for item in known):
        raise Invalid("Validation failed: Account has already been taken", "account_id")
    if len(known) >= MAX_ITEMS:
        raise Invalid(f"Validation failed: Collection has too many items (maximum is {MAX_ITEMS})", "account_id")
    item = Item(id=new_id(now), collection_id=kept.id, account_id=target.id)
    await collections.add(tx, item, owner.id)
    if not any(one.id == item.id for one in (await collections.items(tx, [kept.id], owner.id)).get(kept.id, ())):
        raise NotAllowed(_FORBIDDEN)  # they do not let others discover them, or a block lies between
    await append(tx, CollectionJoined(item.id, kept.id, target.id), now)
    return item


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    """Fields of a collection, cleaned. Raises Invalid."""
    checked = dict(given)
    if "name" in checked:
        checked["name"] = name = " ".join(markup.clean(checked["name"] or "").split())
        if not name:
            raise Invalid("Validation failed: Name can't be blank", "name")
        if len(name) > MAX_NAME:
            raise Invalid(f"Validation failed: Name is too long (maximum is {MAX_NAME} characters)", "name")
    if "description" in checked:
        checked["description"] = text = markup.clean(checked["description"] or "").strip()
        if len(text) > MAX_DESCRIPTION:
            raise Invalid(
                f"Validation failed: Description is too long (maximum is {MAX_DESCRIPTION} characters)", "description")
    if "language" in checked:
        checked["language"] = checked["language"] or None
        if checked["language"] and not _LANGUAGE.fullmatch(checked["language"]):
            raise Invalid("Validation failed: Language is invalid", "language")
    if "tag" in checked:
        checked["tag"] = (checked["tag"] or "").strip().lstrip("#＃") or None
        if checked["tag"] and not markup.is_tag(checked["tag"]):
            raise Invalid("Validation failed: Tag is invalid", "tag_name")
    return checked

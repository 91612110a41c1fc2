"""Collections: people whom somebody recommends. Who does not want to be recommended is in none, whatever is stored."""

from __future__ import annotations

from collections.abc import Collection as Several

from ..errors import NotFound
from ..model.collection import Collection, Item
from .database import Reader, Transaction
from .visibility import STATES, not_blocked

# c: the collection, o: its owner. Its address is enough to see one, unless a block lies between.
_SEEN = f"""FROM collection c JOIN account o ON o.id = c.owner_id
    WHERE o.state IN {STATES} AND {not_blocked("c.owner_id")}"""
# i: the item, a: who it is. Being discoverable is the consent, and can be withdrawn (Mastodon's rule).
_SHOWN = f"""FROM collection_item i JOIN account a ON a.id = i.account_id
    WHERE a.state IN {STATES} AND a.discoverable = 1 AND {not_blocked("i.account_id")}
    AND NOT EXISTS (SELECT 1 FROM block WHERE account_id = i.account_id AND target_id = i.owner_id)
    AND NOT EXISTS (SELECT 1 FROM block WHERE account_id = i.owner_id AND target_id = i.account_id)"""


async def get(reader: Reader, collection_id: int, viewer: int) -> Collection:
    """A collection that `viewer` may see. Raises NotFound."""
    found = await reader.find(Collection, f"SELECT c.* {_SEEN} AND c.id = :id", id=collection_id, viewer=viewer)
    if found is None:
        raise NotFound("There is no such collection.")
    return found


async def by_ids(reader: Reader, ids: Several[int], viewer: int) -> dict[int, Collection]:
    """Those of `ids` that `viewer` may see."""
    found = await reader.all(
        Collection,
        f"SELECT c.* {_SEEN} AND c.id IN (SELECT value FROM json_each(:ids))",
        ids=sorted(ids),
        viewer=viewer,
    )
    return {one.id: one for one in found}


async def of_owner(reader: Reader, owner: int, viewer: int, limit: int, offset: int = 0) -> list[Collection]:
    """What `owner` recommends, newest first: all of it to themselves, to others what may be discovered."""
    return await reader.all(
        Collection,
        f"""SELECT c.* {_SEEN} AND c.owner_id = :owner AND (c.discoverable = 1 OR c.owner_id = :viewer)
            ORDER BY c.id DESC LIMIT :limit OFFSET :offset""",
        owner=owner,
        viewer=viewer,
        limit=limit,
        offset=offset,
    )


async def having(reader: Reader, account_id: int, limit: int, offset: int = 0) -> list[Collection]:
    """The collections in which somebody is shown, those that they were put into last first."""
    return await reader.all(
        Collection,
        f"""SELECT c.* FROM (SELECT i.id, i.collection_id {_SHOWN} AND i.account_id = :viewer) i
            JOIN collection c ON c.id = i.collection_id JOIN account o ON o.id = c.owner_id
            WHERE o.state IN {STATES} ORDER BY i.id DESC LIMIT :limit OFFSET :offset""",
        viewer=account_id,
        limit=limit,
        offset=offset,
    )


async def items(reader: Reader, ids: Several[int], viewer: int) -> dict[int, list[Item]]:
    """Who is in these collections, as far as they want and `viewer` may see them, in the order of joining."""
    found: dict[int, list[Item]] = {}
    if ids:
        for item in await reader.all(
            Item,
            f"SELECT i.* {_SHOWN} AND i.collection_id IN (SELECT value FROM json_each(:ids)) ORDER BY i.id",
            ids=sorted(ids),
            viewer=viewer,
        ):
            found.setdefault(item.collection_id, []).append(item)
    return found


async def stored_items(reader: Reader, collection_id: int) -> list[Item]:
    """Everybody who was put into a collection, also those who are not shown now: for limits and for telling."""
    return await reader.all(
        Item, "SELECT * FROM collection_item WHERE collection_id = :id ORDER BY id", id=collection_id
    )


async def owner_of(reader: Reader, collection_id: int) -> int:
    """The owner's id; 0 for a collection that is gone."""
    return int(await reader.value("SELECT owner_id FROM collection WHERE id = :id", id=collection_id) or 0)


async def shown_of(reader: Reader, owner: int, viewer: int) -> int:
    """How many collections a profile shows."""
    return int(await reader.value(
        "SELECT count(*) FROM collection WHERE owner_id = :owner AND (discoverable = 1 OR owner_id = :viewer)",
        owner=owner,
        viewer=viewer,
    ))


async def number_of(reader: Reader, owner: int) -> int:
    return int(await reader.value("SELECT count(*) FROM collection WHERE owner_id = :owner", owner=owner))


async def insert(tx: Transaction, new: Collection) -> None:
    await tx.execute(
        """INSERT INTO collection (id, owner_id, name, description, language, tag, sensitive, discoverable,
             created_at, updated_at)
           VALUES (:id, :owner_id, :name, :description, :language, :tag, :sensitive, :discoverable,
             :created_at, :updated_at)""",
        **{name: getattr(new, name) for name in new.__struct_fields__},
    )


_NEVER_CHANGED = ("owner_id", "created_at")


async def change(tx: Transaction, changed: Collection) -> None:
    await tx.execute(
        """UPDATE collection SET name = :name, description = :description, language = :language, tag = :tag,
             sensitive = :sensitive, discoverable = :discoverable, updated_at = :updated_at WHERE id = :id""",
        **{name: getattr(changed, name) for name in changed.__struct_fields__ if name not in _NEVER_CHANGED},
    )


async def delete(tx: Transaction, collection_id: int) -> None:
    await tx.execute("DELETE FROM collection_item WHERE collection_id = :id", id=collection_id)
    await tx.execute("DELETE FROM notification WHERE collection_id = :id", id=collection_id)
    await tx.execute("DELETE FROM collection WHERE id = :id", id=collection_id)


async def add(tx: Transaction, item: Item, owner: int) -> None:
    await tx.execute(
        """INSERT INTO collection_item (id, collection_id, account_id, owner_id)
           VALUES (:id, :collection, :account, :owner)""",
        id=item.id,
        collection=item.collection_id,
        account=item.account_id,
        owner=owner,
    )


async def find_item(reader: Reader, item_id: int) -> Item | None:
    return await reader.find(Item, "SELECT * FROM collection_item WHERE id = :id", id=item_id)


async def remove(tx: Transaction, item: Item) -> None:
    """Take somebody out, and what they were told of it."""
    await tx.execute("DELETE FROM collection_item WHERE id = :id", id=item.id)
    await tx.execute(
        "DELETE FROM notification WHERE owner_id = :account AND collection_id = :collection",
        account=item.account_id,
        collection=item.collection_id,
    )

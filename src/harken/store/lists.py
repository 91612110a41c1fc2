"""Lists and who is in them; only their owners know of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from ..errors import NotFound
from ..model.account import Account
from ..model.list import List, title_key
from ..model.paging import Window
from . import accounts
from .database import Reader, Transaction
from .visibility import STATES


async def of_owner(reader: Reader, owner: int) -> list[List]:
    """Everything `owner` reads by list, oldest list first."""
    return await reader.all(List, "SELECT * FROM list WHERE owner_id = :owner ORDER BY id", owner=owner)


async def get(reader: Reader, list_id: int, owner: int) -> List:
    """A list of `owner`'s. Raises NotFound, also for other people's lists."""
    found = await reader.find(List, "SELECT * FROM list WHERE id = :id AND owner_id = :owner", id=list_id, owner=owner)
    if found is None:
        raise NotFound("There is no such list.")
    return found


async def having(reader: Reader, owner: int, account_id: int) -> list[List]:
    """The lists of `owner` that an account is in."""
    return await reader.all(
        List,
        """SELECT l.* FROM list_member m JOIN list l ON l.id = m.list_id
           WHERE m.owner_id = :owner AND m.account_id = :account ORDER BY l.id""",
        owner=owner,
        account=account_id,
    )


_MEMBERS = f"""(SELECT m.account_id AS id, m.account_id, m.list_id FROM list_member m
    JOIN account a ON a.id = m.account_id WHERE a.state IN {STATES}) l WHERE l.list_id = :list"""


async def members(reader: Reader, list_id: int, window: Window) -> tuple[list[Account], list[int]]:
    """Who is in a list, and the ids that page it: those of the accounts, as Mastodon does."""
    return await accounts.paged(reader, _MEMBERS, window, list=list_id)


async def member_ids(reader: Reader, list_id: int) -> list[int]:
    return await reader.values("SELECT account_id FROM list_member WHERE list_id = :list", list=list_id)


async def sizes(reader: Reader, owner: int) -> dict[int, int]:
    """How many are in each list of `owner`'s; lists without members are not there."""
    rows = await reader.rows(
        "SELECT list_id, count(*) FROM list_member WHERE owner_id = :owner GROUP BY list_id", owner=owner
    )
    return {int(list_id): int(number) for list_id, number in rows}


async def may_be_listed(reader: Reader, owner: int, ids: Collection[int]) -> set[int]:
    """Those of `ids` whom `owner` follows or has asked to, and `owner`."""
    return set(
        await reader.values(
            """SELECT followed_id FROM follow WHERE follower_id = :owner
                 AND followed_id IN (SELECT value FROM json_each(:ids))
               UNION SELECT value FROM json_each(:ids) WHERE value = :owner""",
            owner=owner,
            ids=list(ids),
        )
    )


async def owners_having(reader: Reader, account_id: int, among: Sequence[int]) -> list[int]:
    """Those of `among` who have an account in a list."""
    return await reader.values(
        """SELECT DISTINCT owner_id FROM list_member WHERE account_id = :account
           AND owner_id IN (SELECT value FROM json_each(:ids))""",
        account=account_id,
        ids=list(among),
    )


async def titles_with(
    reader: Reader, owners: Collection[int], ids: Collection[int]
) -> dict[tuple[int, int], frozenset[str]]:
    """The title keys of the lists of `owners` that each of the accounts `ids` is in, by (owner, account); and of their
    sets, as `set:` and the key of the name."""
    rows = await reader.rows(
        """SELECT m.owner_id, m.account_id, l.title_key FROM list_member m JOIN list l ON l.id = m.list_id
           WHERE m.account_id IN (SELECT value FROM json_each(:ids))
             AND m.owner_id IN (SELECT value FROM json_each(:owner_ids))
           UNION ALL SELECT m.owner_id, m.account_id, 'set:' || s.name_key
             FROM people_set_member m JOIN people_set s ON s.id = m.set_id
           WHERE m.account_id IN (SELECT value FROM json_each(:ids))
             AND m.owner_id IN (SELECT value FROM json_each(:owner_ids))""",
        owner_ids=list(owners),
        ids=list(ids),
    )
    found: dict[tuple[int, int], set[str]] = {}
    for owner, account_id, key in rows:
        found.setdefault((int(owner), int(account_id)), set()).add(key)
    return {pair: frozenset(keys) for pair, keys in found.items()}


async def insert(tx: Transaction, new: List) -> None:
    await tx.execute(
        """INSERT INTO list (id, owner_id, title, title_key, replies, exclusive)
           VALUES (:id, :owner_id, :title, :key, :replies, :exclusive)""",
        id=new.id,
        owner_id=new.owner_id,
        title=new.title,
        key=title_key(new.title),
        replies=new.replies,
        exclusive=new.exclusive,
    )


async def change(tx: Transaction, changed: List) -> None:
    await tx.execute(
        "UPDATE list SET title = :title, title_key = :key, replies = :replies, exclusive = :exclusive WHERE id = :id",
        id=changed.id,
        title=changed.title,
        key=title_key(changed.title),
        replies=changed.replies,
        exclusive=changed.exclusive,
    )


async def delete(tx: Transaction, list_id: int) -> None:
    await tx.execute("DELETE FROM list_member WHERE list_id = :id", id=list_id)
    await tx.execute("DELETE FROM list WHERE id = :id", id=list_id)


async def add(tx: Transaction, kept: List, ids: Iterable[int]) -> None:
    """Put people into a list who are not in it."""
    await tx.execute_many(
        """INSERT INTO list_member (list_id, account_id, owner_id) VALUES (:list, :account, :owner)
           ON CONFLICT DO NOTHING""",
        [{"list": kept.id, "account": account_id, "owner": kept.owner_id} for account_id in ids],
    )


async def remove(tx: Transaction, list_id: int, ids: Iterable[int]) -> None:
    """Take people out of a list; those who are not in it stay out."""
    await tx.execute(
        "DELETE FROM list_member WHERE list_id = :list AND account_id IN (SELECT value FROM json_each(:ids))",
        list=list_id,
        ids=list(ids),
    )


async def remove_everywhere(tx: Transaction, owner: int, account_id: int) -> None:
    """Take somebody out of all lists of `owner`'s, who follows them no more."""
    await tx.execute(
        "DELETE FROM list_member WHERE owner_id = :owner AND account_id = :account", owner=owner, account=account_id
    )

"""Sets of people and who is in them; only their owners know of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..errors import NotFound
from ..model.account import Account
from ..model.circle import PeopleSet
from ..model.list import title_key
from ..model.paging import Window
from . import accounts
from .database import Reader, Transaction
from .visibility import STATES, not_blocked

_COLUMNS = "s.id, s.owner_id, s.name"


async def of_owner(reader: Reader, owner: int) -> list[PeopleSet]:
    """Everybody `owner` speaks to by set, by name."""
    return await reader.all(
        PeopleSet, f"SELECT {_COLUMNS} FROM people_set s WHERE s.owner_id = :owner ORDER BY s.name_key", owner=owner
    )


async def get(reader: Reader, set_id: int, owner: int) -> PeopleSet:
    """A set of `owner`'s. Raises NotFound, also for other people's sets."""
    found = await reader.find(
        PeopleSet, f"SELECT {_COLUMNS} FROM people_set s WHERE s.id = :id AND s.owner_id = :owner",
        id=set_id, owner=owner
    )
    if found is None:
        raise NotFound("There is no such set.")
    return found


async def find_named(reader: Reader, owner: int, name: str) -> PeopleSet | None:
    """The set of `owner`'s that is called so; case and spaces do not matter."""
    return await reader.find(
        PeopleSet, f"SELECT {_COLUMNS} FROM people_set s WHERE s.owner_id = :owner AND s.name_key = :key", owner=owner,
        key=title_key(name))


async def having(reader: Reader, owner: int, account_id: int) -> list[PeopleSet]:
    """The sets of `owner` that an account is in."""
    return await reader.all(
        PeopleSet,
        f"""SELECT {_COLUMNS} FROM people_set_member m JOIN people_set s ON s.id = m.set_id
            WHERE m.owner_id = :owner AND m.account_id = :account ORDER BY s.name_key""",
        owner=owner,
        account=account_id,
    )


async def sizes(reader: Reader, owner: int) -> dict[int, int]:
    """How many are in each set of `owner`'s; empty ones are not there."""
    rows = await reader.rows(
        f"""SELECT m.set_id, count(*) FROM people_set_member m JOIN account a ON a.id = m.account_id
            WHERE m.owner_id = :owner AND a.state IN {STATES} GROUP BY m.set_id""", owner=owner
    )
    return {int(set_id): int(number) for set_id, number in rows}


_MEMBERS = f"""(SELECT m.account_id AS id, m.account_id, m.set_id FROM people_set_member m
    JOIN account a ON a.id = m.account_id WHERE a.state IN {STATES}) l WHERE l.set_id = :set_id"""


async def members(reader: Reader, set_id: int, window: Window) -> tuple[list[Account], list[int]]:
    """Who is in a set, and the ids that page it: those of the accounts."""
    return await accounts.paged(reader, _MEMBERS, window, set_id=set_id)


async def reached(reader: Reader, owner: int, ids: Collection[int]) -> set[int]:
    """Everybody in the sets `ids` of `owner`'s who can be spoken to: no block between them, not gone."""
    if not ids:
        return set()
    return set(await reader.values(
        f"""SELECT m.account_id FROM people_set_member m JOIN account a ON a.id = m.account_id
            WHERE m.owner_id = :viewer AND m.set_id IN (SELECT value FROM json_each(:ids))
              AND a.state IN {STATES} AND {not_blocked("m.account_id")}""",
        viewer=owner,
        ids=sorted(ids),
    ))


async def of_post(reader: Reader, post_id: int, owner: int) -> list[PeopleSet]:
    """The sets that `owner` said a post of theirs to, as far as they are still there."""
    return await reader.all(
        PeopleSet,
        f"""SELECT {_COLUMNS} FROM post_set ps JOIN people_set s ON s.id = ps.set_id
            WHERE ps.post_id = :post AND s.owner_id = :owner ORDER BY s.name_key""",
        post=post_id,
        owner=owner,
    )


async def names_of_posts(reader: Reader, post_ids: Collection[int], owner: int) -> dict[int, list[str]]:
    """The names of the sets that `owner` said posts of theirs to, by post."""
    found: dict[int, list[str]] = {}
    for post_id, name in await reader.rows(
        """SELECT ps.post_id, s.name FROM post_set ps JOIN people_set s ON s.id = ps.set_id
           WHERE ps.post_id IN (SELECT value FROM json_each(:ids)) AND s.owner_id = :owner ORDER BY s.name_key""",
        ids=list(post_ids), owner=owner,
    ):
        found.setdefault(int(post_id), []).append(str(name))
    return found


async def insert(tx: Transaction, new: PeopleSet) -> None:
    await tx.execute(
        "INSERT INTO people_set (id, owner_id, name, name_key) VALUES (:id, :owner_id, :name, :key)",
        id=new.id,
        owner_id=new.owner_id,
        name=new.name,
        key=title_key(new.name),
    )


async def rename(tx: Transaction, set_id: int, name: str) -> None:
    await tx.execute(
        "UPDATE people_set SET name = :name, name_key = :key WHERE id = :id", id=set_id, name=name, key=title_key(name))


async def delete(tx: Transaction, set_id: int) -> None:
    """The set is gone; what was said to it stays with those who were in it."""
    for table in ("people_set_member", "post_set"):
        await tx.execute(f"DELETE FROM {table} WHERE set_id = :id", id=set_id)
    await tx.execute("DELETE FROM people_set WHERE id = :id", id=set_id)


async def add(tx: Transaction, kept: PeopleSet, ids: Iterable[int]) -> None:
    await tx.execute_many(
        """INSERT INTO people_set_member (set_id, account_id, owner_id) VALUES (:set_id, :account, :owner)
           ON CONFLICT DO NOTHING""",
        [{"set_id": kept.id, "account": account_id, "owner": kept.owner_id} for account_id in ids],
    )


async def remove(tx: Transaction, set_id: int, ids: Iterable[int]) -> None:
    await tx.execute(
        "DELETE FROM people_set_member WHERE set_id = :set_id AND account_id IN (SELECT value FROM json_each(:ids))",
        set_id=set_id,
        ids=list(ids),
    )


async def remove_everywhere(tx: Transaction, owner: int, account_id: int) -> None:
    """Take somebody out of all sets of `owner`'s: a block lies between them."""
    await tx.execute(
        "DELETE FROM people_set_member WHERE owner_id = :owner AND account_id = :account", owner=owner,
        account=account_id)


async def note_post(tx: Transaction, post_id: int, ids: Iterable[int]) -> None:
    """Remember to which sets a post was said."""
    await tx.execute_many(
        "INSERT INTO post_set (post_id, set_id) VALUES (:post, :set_id) ON CONFLICT DO NOTHING",
        [{"post": post_id, "set_id": set_id} for set_id in ids])

"""Make a set of people, rename it, fill it, drop it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..errors import Invalid, NotFound
from ..ids import new_id
from ..model.account import Account
from ..model.circle import PeopleSet
from ..store import accounts, sets
from ..store.database import Database, Transaction
from ..text.markup import clean

MAX_SETS = 50
MAX_NAME = 60
MAX_MEMBERS = 500


async def keep_set(db: Database, owner: Account, now: datetime, name: str) -> PeopleSet:
    """Store a new set, still empty. Raises Invalid."""
    new = PeopleSet(id=new_id(now), owner_id=owner.id, name=checked_name(name))
    async with db.transaction() as tx:
        if len(await sets.of_owner(tx, owner.id)) >= MAX_SETS:
            raise Invalid(f"You have {MAX_SETS} sets, which is as many as there can be.", "name")
        await _unused(tx, new)
        await sets.insert(tx, new)
    return new


async def rename_set(db: Database, owner: Account, set_id: int, name: str) -> PeopleSet:
    """Call it otherwise. Raises NotFound, Invalid."""
    async with db.transaction() as tx:
        old = await sets.get(tx, set_id, owner.id)
        new = PeopleSet(id=old.id, owner_id=old.owner_id, name=checked_name(name))
        await _unused(tx, new)
        await sets.rename(tx, new.id, new.name)
    return new


async def drop_set(db: Database, owner: Account, set_id: int) -> None:
    """Take a set away: nobody in it hears of it, and what was said to it stays with them. Raises NotFound."""
    async with db.transaction() as tx:
        await sets.delete(tx, (await sets.get(tx, set_id, owner.id)).id)


async def add_to_set(db: Database, owner: Account, set_id: int, ids: Sequence[int]) -> None:
    """Put people into a set: anybody whom the owner can see, except the owner. All of them, or nobody.

    Who is in a set is told only what is said to it from now on. Raises NotFound (the set, an account), Invalid.
    """
    wanted = set(ids)
    async with db.transaction() as tx:
        kept = await sets.get(tx, set_id, owner.id)
        for account_id in wanted:
            if (await accounts.visible(tx, account_id, owner.id)).id == owner.id:
                raise NotFound("You are told whatever you say; there is no need to put yourself in.")
        if (await sets.sizes(tx, owner.id)).get(kept.id, 0) + len(wanted) > MAX_MEMBERS:
            raise Invalid(f"A set has at most {MAX_MEMBERS} people.", "accounts")
        await sets.add(tx, kept, sorted(wanted))


async def remove_from_set(db: Database, owner: Account, set_id: int, ids: Sequence[int]) -> None:
    """Take people out of a set; what was said to them stays theirs. Raises NotFound (the set)."""
    async with db.transaction() as tx:
        await sets.remove(tx, (await sets.get(tx, set_id, owner.id)).id, ids)


def checked_name(name: str) -> str:
    """A name on one line. Raises Invalid."""
    name = " ".join(clean(name).split())
    if not name:
        raise Invalid("Give the set a name.", "name")
    if len(name) > MAX_NAME:
        raise Invalid(f"The name of a set has at most {MAX_NAME} characters.", "name")
    return name


async def _unused(tx: Transaction, new: PeopleSet) -> None:
    known = await sets.find_named(tx, new.owner_id, new.name)
    if known is not None and known.id != new.id:
        raise Invalid("You have a set of that name.", "name")

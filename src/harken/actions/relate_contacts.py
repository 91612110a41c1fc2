"""Say who belongs to whom among the people of a desk."""

from __future__ import annotations

from datetime import datetime

from ..errors import Conflict, Invalid, NotAllowed, NotFound
from ..ids import new_id
from ..model.account import Account
from ..model.contact import MAX_RELATIONS, Relation
from ..store import contact_links, contacts
from ..store.database import Database
from .know_person import at_work, recorded


async def relate_contacts(
    db: Database, by: Account, desk_id: int, contact_id: int, other_id: int, kind: str, now: datetime
) -> None:
    """Note that the other is `kind` to the person; once, however often it is said.

    Raises NotFound, NotAllowed (too many), Conflict (one and the same person), Invalid.
    """
    if kind not in set(Relation):
        raise Invalid("People are household, partner, parent, child, sibling, relative, friend, colleague, carer or "
                      "cared_for to each other.", "kind")
    async with db.transaction() as tx:
        await at_work(tx, desk_id, by)
        person = await contacts.visible(tx, desk_id, contact_id, by.id)
        other = await contacts.visible(tx, desk_id, other_id, by.id)
        if person.id == other.id:
            raise Conflict("These are one and the same person.")
        there = await contact_links.related(tx, desk_id, person.id, by.id)
        if any(one.person_id == other.id and one.kind is Relation(kind) for one in there):
            return
        for one in (person, other):
            if await contact_links.count_related(tx, one.id) >= MAX_RELATIONS:
                raise NotAllowed(f"A person has at most {MAX_RELATIONS} relations here.")
        await contact_links.relate(tx, new_id(now), person.id, other.id, Relation(kind))
        await recorded(tx, person, by.id, "relate", now, f"card {other.id}")


async def end_relation(
    db: Database, by: Account, desk_id: int, contact_id: int, relation_id: int, now: datetime
) -> None:
    """Note that this is not so. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        await at_work(tx, desk_id, by)
        person = await contacts.visible(tx, desk_id, contact_id, by.id)
        for one in await contact_links.related(tx, desk_id, person.id, by.id):
            if one.id == relation_id:
                await contact_links.end_relation(tx, relation_id)
                await recorded(tx, person, by.id, "unrelate", now, f"card {one.person_id}")
                return
        raise NotFound("There is no such relation.")

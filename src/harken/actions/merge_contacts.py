"""Say that two cards are one person, and take it back exactly.

Nothing is moved: a merged card keeps its accounts, notes, tags and relations, and only says under which card it is
read. What is written after that belongs to the card that stands for the person, and stays with it.
"""

from __future__ import annotations

from datetime import datetime

from ..errors import Conflict, NotAllowed, NotFound
from ..model.account import Account
from ..model.contact import MAX_ACCOUNTS, Contact
from ..store import contact_links, contacts
from ..store.database import Database
from .know_person import at_work, recorded


async def merge_contacts(
    db: Database, by: Account, desk_id: int, contact_id: int, other_id: int, now: datetime
) -> Contact:
    """The person of `contact_id`, who is that of `other_id` too from now on.

    Raises NotFound, NotAllowed, Conflict when they are one already.
    """
    async with db.transaction() as tx:
        await at_work(tx, desk_id, by)
        person = await contacts.visible(tx, desk_id, contact_id, by.id)
        other = await contacts.visible(tx, desk_id, other_id, by.id)
        if person.id == other.id:
            raise Conflict("These are one person already.")
        theirs = await contacts.accounts(tx, [person.id, other.id])
        if sum(map(len, theirs.values())) > MAX_ACCOUNTS:
            raise NotAllowed(f"A person has at most {MAX_ACCOUNTS} accounts here.")
        ids = [card.id for card in await contacts.cards(tx, other.id)]
        await contact_links.forget_apart(tx, [card.id for card in await contacts.cards(tx, person.id)], ids)
        await contact_links.set_into(tx, other.id, person.id)
        await contact_links.put_under(tx, ids, person.id)
        await recorded(tx, person, by.id, "merge", now, f"card {other.id}")
    return person


async def split_contact(db: Database, by: Account, desk_id: int, card_id: int, now: datetime) -> Contact:
    """Take back that a card was merged into another: it is a person again, with all that was merged into it before.

    Raises NotFound (no such card, or not merged), NotAllowed.
    """
    async with db.transaction() as tx:
        await at_work(tx, desk_id, by)
        person = await contacts.visible(tx, desk_id, card_id, by.id)
        cards = {card.id: card for card in await contacts.cards(tx, person.id)}
        if card_id not in cards or cards[card_id].into_id is None:
            raise NotFound("This card was not merged into another.")
        apart = {card_id}
        while more := {card.id for card in cards.values() if card.into_id in apart} - apart:
            apart |= more
        await contact_links.set_into(tx, card_id, None)
        await contact_links.put_under(tx, sorted(apart), card_id)
        await contact_links.keep_apart(tx, person.id, card_id)
        await recorded(tx, person, by.id, "split", now, f"card {card_id}")
        return await contacts.visible(tx, desk_id, card_id, by.id)


async def keep_apart(db: Database, by: Account, desk_id: int, contact_id: int, other_id: int, now: datetime) -> None:
    """Say that two cards are two people, so that nobody is asked again. Raises NotFound, NotAllowed, Conflict."""
    async with db.transaction() as tx:
        await at_work(tx, desk_id, by)
        person = await contacts.visible(tx, desk_id, contact_id, by.id)
        other = await contacts.visible(tx, desk_id, other_id, by.id)
        if person.id == other.id:
            raise Conflict("These are one person already.")
        await contact_links.keep_apart(tx, person.id, other.id)
        await recorded(tx, person, by.id, "apart", now, f"card {other.id}")

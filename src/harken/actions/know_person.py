"""Make a card for a person, say what is known of them, and which accounts are theirs."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..desk.same_person import name_key
from ..errors import Conflict, Invalid, NotAllowed, NotFound
from ..ids import AccountId, new_id
from ..log.append import append
from ..log.events import ContactChanged
from ..model.account import Account
from ..model.contact import (
    MAX_ACCOUNTS,
    MAX_CONTACTS,
    MAX_NAME,
    MAX_REACH,
    MAX_WORDS,
    Channel,
    Contact,
)
from ..model.desk import Desk, DeskRole
from ..store import accounts, contacts, desks
from ..store.database import Database, Transaction
from ..store.forgotten import forgotten, uris_of
from ..text import markup
from .keep_desk import note


class ContactDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a helper says of a person; None leaves a thing as it is."""

    name: str | None = None
    met: str | None = None
    asked: str | None = None
    channel: str | None = None
    reach: str | None = None
    silent: bool | None = None


async def know_person(
    db: Database, by: Account, desk_id: int, account_id: AccountId, now: datetime, met: str = ""
) -> Contact:
    """A card for whoever is behind an account, or the one there is.

    Raises NotFound (no such desk or account, or a block between), NotAllowed (a reader; an account that desks do not
    hear, or that asked to be forgotten).
    """
    async with db.transaction() as tx:
        desk = await at_work(tx, desk_id, by)
        person = await accounts.visible(tx, account_id, by.id)
        before = await contacts.find_of_account(tx, desk_id, account_id)
        if before is not None:
            return await contacts.visible(tx, desk_id, before.id, by.id)
        card = await new_card(tx, desk, by, ContactDraft(name=person.shown_name[:MAX_NAME], met=met), now)
        await give_account(tx, card, by, account_id)
        await recorded(tx, card, by.id, "know", now)
    return card


async def write_card(
    db: Database, by: Account, desk_id: int, draft: ContactDraft, now: datetime, source: str = ""
) -> Contact:
    """A card by hand; `source` says from which line of which list. Raises NotFound, NotAllowed, Invalid."""
    async with db.transaction() as tx:
        desk = await at_work(tx, desk_id, by)
        card = await new_card(tx, desk, by, draft, now, source)
        await recorded(tx, card, by.id, "know", now)
    return card


async def change_card(
    db: Database, by: Account, desk_id: int, contact_id: int, draft: ContactDraft, now: datetime
) -> Contact:
    """Say something else of a person. Raises NotFound, NotAllowed, Invalid."""
    async with db.transaction() as tx:
        await at_work(tx, desk_id, by)
        old = await contacts.visible(tx, desk_id, contact_id, by.id)
        merged = await contacts.cards(tx, old.id)
        old = msgspec.structs.replace(old, silent=any(card.silent for card in merged))
        new = changed(old, draft)
        told = [name for name in ContactDraft.__struct_fields__ if getattr(old, name) != getattr(new, name)]
        if told:
            for card in merged:  # of all, so that nobody is written to because a merge was undone
                await contacts.update(tx, msgspec.structs.replace(card, silent=new.silent), name_key(card.name))
            await contacts.update(tx, new, name_key(new.name))
            await recorded(tx, new, by.id, "revise", now, ", ".join(told))
    return new


async def add_account(
    db: Database, by: Account, desk_id: int, contact_id: int, account_id: AccountId, now: datetime
) -> None:
    """Note that an account is this person's too.

    Raises NotFound, NotAllowed (not heard, or to be forgotten), Conflict (somebody else's, whom one may merge).
    """
    async with db.transaction() as tx:
        await at_work(tx, desk_id, by)
        card = await contacts.visible(tx, desk_id, contact_id, by.id)
        await accounts.visible(tx, account_id, by.id)
        there = await contacts.find_of_account(tx, desk_id, account_id)
        if there is not None and there.id != card.id:
            raise Conflict("Another card has this account already: merge the two if they are one person.")
        if there is None:
            await give_account(tx, card, by, account_id)
            await recorded(tx, card, by.id, "revise", now, "accounts")


async def remove_account(
    db: Database, by: Account, desk_id: int, contact_id: int, account_id: AccountId, now: datetime
) -> None:
    """Note that an account is not this person's. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        await at_work(tx, desk_id, by)
        card = await contacts.visible(tx, desk_id, contact_id, by.id)
        there = await contacts.find_of_account(tx, desk_id, account_id)
        if there is None or there.id != card.id:
            raise NotFound("This person has no such account.")
        await contacts.remove_account(tx, desk_id, account_id)
        await recorded(tx, card, by.id, "revise", now, "accounts")


# ---- within a transaction --------------------------------------------------------------


async def at_work(tx: Transaction, desk_id: int, by: Account, least: DeskRole = DeskRole.HELPER) -> Desk:
    """The desk, for somebody who may change its cards, while nobody else does. Raises NotFound, NotAllowed."""
    desk = await desks.get(tx, desk_id, by.id, least)
    await desks.lock(tx, desk_id)
    return desk


async def new_card(
    tx: Transaction, desk: Desk, by: Account, draft: ContactDraft, now: datetime, source: str = ""
) -> Contact:
    """An empty card with what `draft` says. Raises NotAllowed when there are too many, Invalid."""
    if await contacts.count(tx, desk.id) >= MAX_CONTACTS:
        raise NotAllowed(f"This desk knows {MAX_CONTACTS} people, which is the most; forget some first.")
    number = new_id(now)
    card = changed(Contact(
        id=number, desk_id=desk.id, person_id=number, name="", source=source, created_by=by.id), draft)
    await contacts.insert(tx, card, name_key(card.name))
    return card


async def give_account(tx: Transaction, card: Contact, by: Account, account_id: AccountId) -> None:
    """Raises NotAllowed unless the account may be known to this desk."""
    if not await contacts.is_heard(tx, account_id):
        raise NotAllowed("This account does not let desks hear it, so no desk keeps a card about it.")
    if await forgotten(tx, card.desk_id, await uris_of(tx, [account_id])):
        raise NotAllowed("Somebody asked this desk to forget them. It keeps no card about this account.")
    if len((await contacts.accounts(tx, [card.person_id])).get(card.person_id, [])) >= MAX_ACCOUNTS:
        raise NotAllowed(f"A person has at most {MAX_ACCOUNTS} accounts here.")
    await contacts.add_account(tx, card, account_id)
    # Looked at once it is theirs: across a block nobody makes a card.
    await contacts.visible(tx, card.desk_id, card.id, by.id)


async def recorded(
    tx: Transaction, card: Contact, by_id: AccountId | None, verb: str, now: datetime, about: str = ""
) -> None:
    """A line in the record, which names the card and nobody's words, and the event."""
    await note(tx, card.desk_id, by_id, verb, now, contact_id=card.id, about=about)
    await append(tx, ContactChanged(card.desk_id, card.id, verb, by_id or 0), now)


def changed(card: Contact, draft: ContactDraft) -> Contact:
    """`card` with what `draft` says. Raises Invalid."""
    given = {name: value for name in ContactDraft.__struct_fields__ if (value := getattr(draft, name)) is not None}
    for field, most in (("name", MAX_NAME), ("reach", MAX_REACH)):
        if field in given:
            given[field] = " ".join(markup.clean(given[field]).split())
            if len(given[field]) > most:
                raise Invalid(f"At most {most} characters.", field)
    if not given.get("name", card.name):
        raise Invalid("Give the person a name, such as you would call them.", "name")
    for field in ("met", "asked"):
        if field in given:
            given[field] = markup.clean(given[field]).strip()
            if len(given[field]) > MAX_WORDS:
                raise Invalid(f"At most {MAX_WORDS} characters; write a note for more.", field)
    if "channel" in given:
        if given["channel"] not in set(Channel):
            raise Invalid("People are reached by public, direct, email, phone or meeting.", "channel")
        given["channel"] = Channel(given["channel"])
    return msgspec.structs.replace(card, **given)

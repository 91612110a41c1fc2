"""Forget somebody: by their own wish, by a lead's decision, or because their account is deleted.

What is forgotten leaves no words. The record keeps that it happened, with the number of the card. Where a person is
forgotten for good, a keyed hash of each account keeps the desk from taking them up again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..desk.history import SOURCES
from ..errors import Invalid, NotFound
from ..ids import AccountId
from ..log.append import append
from ..log.events import AccountChanged, CaseMoved, DeskTaught
from ..model.account import Account
from ..model.contact import Contact
from ..model.desk import DeskRole
from ..store import accounts, contacts, desk_memory, desk_queue, desks, outcomes, stories
from ..store.database import Database, Transaction
from ..store.forgotten import ALL_DESKS, allow, forget, uris_of
from .keep_desk import note
from .know_person import at_work, recorded

WAITING = 500
"""People to decide about that are looked at."""
DECISIONS = ("forget", "remove", "notes")


async def forget_contact(db: Database, by: Account, desk_id: int, contact_id: int, now: datetime) -> None:
    """Forget a person for good; for leads. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        await at_work(tx, desk_id, by, DeskRole.LEAD)
        await _forget(tx, await _visible_or_waiting(tx, desk_id, contact_id, by), by.id, now, for_good=True)


async def decide_contact(
    db: Database, by: Account, desk_id: int, contact_id: int, decision: str, now: datetime
) -> None:
    """Say what becomes of somebody who is not heard any more; for leads.

    `forget`: for good. `remove`: everything, but they may be met again if they let desks hear them. `notes`: the card
    stays, and is about none of their accounts. Raises NotFound, NotAllowed, Invalid.
    """
    if decision not in DECISIONS:
        raise Invalid("Choose forget, remove or notes.", "decision")
    async with db.transaction() as tx:
        await at_work(tx, desk_id, by, DeskRole.LEAD)
        card = await _waiting(tx, desk_id, contact_id, by)
        if decision == "notes":
            await desk_memory.remove_accounts(tx, [one.id for one in await contacts.cards(tx, card.id)])
            await recorded(tx, card, by.id, "unlink", now)
        else:
            await _forget(tx, card, by.id, now, for_good=decision == "forget")


async def forget_me(db: Database, person: Account, desk_id: int, now: datetime) -> None:
    """Have one desk (or ALL_DESKS) forget oneself and never take oneself up again. Raises NotFound.

    All desks: nobody hears this account any more either.
    """
    async with db.transaction() as tx:
        if desk_id != ALL_DESKS and await desks.find(tx, desk_id) is None:
            raise NotFound("There is no such desk.")
        known = await desk_memory.desks_that_know(tx, person.id)
        heard = await desk_memory.desks_that_heard(tx, person.id)
        for one in sorted({*known, *heard} if desk_id == ALL_DESKS else {desk_id}):
            await desks.lock(tx, one)
            card = await contacts.find_of_account(tx, one, person.id)
            if card is not None:
                await _forget(tx, card, None, now, for_good=True)
            else:
                await _forget_cases(tx, one, [person.id], now)
                await note(tx, one, None, "forget", now)
        await forget(tx, desk_id, [person.uri])
        for one in await contacts.spared_by(tx, person.id) if desk_id == ALL_DESKS else [desk_id]:
            await contacts.spare(tx, one, person.id, False)  # the hash says more
        if desk_id == ALL_DESKS:
            await accounts.change(tx, person.id, hearable=False)
        await append(tx, AccountChanged(person.id), now)


async def hear_me_again(db: Database, person: Account, desk_id: int, now: datetime) -> None:
    """Let a desk (or all that one did not tell to forget) take oneself up again."""
    async with db.transaction() as tx:
        await allow(tx, desk_id, person.uri)
        await append(tx, AccountChanged(person.id), now)


async def spare_me(db: Database, person: Account, desk_id: int, spared: bool, now: datetime) -> None:
    """Tell a desk not to write to oneself, or that it may. Raises NotFound."""
    async with db.transaction() as tx:
        if await desks.find(tx, desk_id) is None:
            raise NotFound("There is no such desk.")
        await contacts.spare(tx, desk_id, person.id, spared)
        await note(tx, desk_id, None, "spare" if spared else "unspare", now)


async def forget_deleted(tx: Transaction, account_id: AccountId, now: datetime) -> None:
    """An account is deleted: no desk keeps a card that was about nothing else."""
    for desk_id in await desk_memory.desks_that_know(tx, account_id):
        await desks.lock(tx, desk_id)
        card = await contacts.find_of_account(tx, desk_id, account_id)
        if card is None:
            continue
        theirs = (await contacts.accounts(tx, [card.id]))[card.id]
        if len(theirs) == 1:
            await _forget(tx, card, None, now, for_good=False)
        else:
            await contacts.remove_account(tx, desk_id, account_id)
            await recorded(tx, card, None, "unlink", now)


# ---- within a transaction --------------------------------------------------------------


async def _waiting(tx: Transaction, desk_id: int, contact_id: int, by: Account) -> Contact:
    for card in await contacts.waiting(tx, desk_id, by.id, WAITING):
        if card.id == contact_id:
            return card
    raise NotFound("Nobody waits for this decision any more.")


async def _visible_or_waiting(tx: Transaction, desk_id: int, contact_id: int, by: Account) -> Contact:
    try:
        return await contacts.visible(tx, desk_id, contact_id, by.id)
    except NotFound:
        return await _waiting(tx, desk_id, contact_id, by)


async def _forget(tx: Transaction, card: Contact, by_id: AccountId | None, now: datetime, *, for_good: bool) -> None:
    cards = await contacts.cards(tx, card.id)
    ids = [one.id for one in cards]
    theirs = [one.account_id for one in (await contacts.accounts(tx, [card.id])).get(card.id, [])]
    if for_good:
        sources = [f"list {one.source}" for one in cards if one.source]
        await forget(tx, card.desk_id, [*(await uris_of(tx, theirs)).values(), *sources])
    for source in SOURCES:
        await source.forget(tx, ids)
    await desk_memory.remove_cards(tx, ids)
    await _forget_cases(tx, card.desk_id, theirs, now)
    await recorded(tx, card, by_id, "forget" if for_good else "remove", now)
    for account_id in theirs:
        await append(tx, AccountChanged(account_id), now)  # what others said beside them is folded anew


async def _forget_cases(tx: Transaction, desk_id: int, account_ids: Sequence[int], now: datetime) -> None:
    await stories.forget(tx, (), desk_id, account_ids)
    gone = [one.conversation_id for one in await desk_memory.cases_of(tx, desk_id, account_ids)]
    await desk_memory.remove_cases(tx, desk_id, gone)
    await outcomes.forget(tx, account_ids=account_ids, desk_id=desk_id)
    if gone:
        await append(tx, CaseMoved(desk_id, gone), now)
    if await desk_memory.unlearn(tx, desk_id, account_ids):
        await append(tx, DeskTaught(desk_id, await desk_queue.newest_judgement(tx, desk_id), True), now)

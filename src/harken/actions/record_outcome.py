"""Write down what came of it, correct that, take it back; and the time that a case took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from ..desk.money import amount_of, currency_named
from ..errors import Conflict, Invalid, NotAllowed, NotFound
from ..ids import AccountId, new_id
from ..model.account import Account
from ..model.desk import Desk, DeskRole
from ..model.outcome import (
    MAX_CREDITS,
    MAX_MINUTES,
    MAX_OUTCOMES,
    MAX_WORDS,
    Confidence,
    Credit,
    Outcome,
    Spent,
    Tier,
)
from ..store import contacts, desk_queue, desks, ears, outcomes
from ..store.database import Database, Transaction
from ..text import markup
from .keep_desk import note
from .know_person import at_work

_EARLIEST = date(1900, 1, 1)
_HOPES = timedelta(days=3660)  # how far ahead something can be hoped for


class OutcomeDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a helper says of an outcome, as it was written. `value` is a sum such as 120.50; `on` is a day."""

    tier: str = Tier.HUMAN
    confidence: str = Confidence.HAPPENED
    words: str = ""
    on: str = ""
    value: str = ""
    currency: str = ""
    helpers: Sequence[int] = ()
    ears: Sequence[int] = ()


async def record_outcome(
    db: Database, by: Account, desk_id: int, draft: OutcomeDraft, now: datetime, *, conversation_id: int | None = None,
    contact_id: int | None = None,
) -> Outcome:
    """Write down what came of a case or of knowing somebody.

    Raises NotFound (no such desk, case or card), NotAllowed (a reader; too many), Invalid.
    """
    async with db.transaction() as tx:
        desk = await at_work(tx, desk_id, by)
        account_id: AccountId | None = None
        if conversation_id is not None:
            account_id = (await desk_queue.get(tx, desk_id, conversation_id, by.id)).author_id
        elif contact_id is not None:
            await contacts.visible(tx, desk_id, contact_id, by.id)
        else:
            raise Invalid("Say of which case or whom it came.", "contact_id")
        known = await outcomes.about(
            tx, desk_id, by.id, conversation_ids=[conversation_id] if conversation_id else [],
            contact_ids=[contact_id] if contact_id else [])
        if len(known) >= MAX_OUTCOMES:
            raise NotAllowed(f"{MAX_OUTCOMES} outcomes are written down here, which is the most.")
        made = _made(desk, by, draft, now, Outcome(
            id=new_id(now), desk_id=desk_id, conversation_id=conversation_id, account_id=account_id,
            contact_id=contact_id, tier=Tier.HUMAN, confidence=Confidence.HOPED, words="", happened_on=_EARLIEST,
            by_id=by.id))
        await outcomes.insert(tx, made, await _credits(tx, desk_id, made.id, draft, by))
        await _noted(tx, made, by, "outcome", now)
    return made


async def correct_outcome(
    db: Database, by: Account, desk_id: int, outcome_id: int, draft: OutcomeDraft | None, now: datetime
) -> Outcome:
    """Say it otherwise, or (without a draft) take it back: whoever wrote it, or a lead. What it was is kept.

    Raises NotFound, NotAllowed, Conflict when somebody corrected it meanwhile, Invalid.
    """
    async with db.transaction() as tx:
        desk = await at_work(tx, desk_id, by)
        old = await outcomes.find(tx, desk_id, outcome_id, by.id)
        if old is None or old.withdrawn:
            raise NotFound("This desk wrote down no such outcome.")
        if old.conversation_id is not None:
            await desk_queue.get(tx, desk_id, old.conversation_id, by.id)
        elif old.contact_id is not None:
            await contacts.visible(tx, desk_id, old.contact_id, by.id)
        if old.by_id != by.id:
            await desks.get(tx, desk_id, by.id, DeskRole.LEAD)
        if await outcomes.is_replaced(tx, old.id):
            raise Conflict("Somebody has corrected this meanwhile; look at what it says now.")
        base = msgspec.structs.replace(old, id=new_id(now), replaces_id=old.id, by_id=by.id)
        if draft is None:
            made = msgspec.structs.replace(base, withdrawn=True)
            await outcomes.insert(tx, made, [])
        else:
            made = _made(desk, by, draft, now, base)
            await outcomes.insert(tx, made, await _credits(tx, desk_id, made.id, draft, by))
        await _noted(tx, made, by, "withdraw" if draft is None else "correct", now)
    return made


async def spend_time(
    db: Database, by: Account, desk_id: int, conversation_id: int, minutes: int, now: datetime
) -> None:
    """Write down how long one worked on a case. Raises NotFound, NotAllowed, Invalid."""
    if not 1 <= minutes <= MAX_MINUTES:
        raise Invalid(f"Minutes are 1 to {MAX_MINUTES}.", "minutes")
    async with db.transaction() as tx:
        await at_work(tx, desk_id, by)
        await desk_queue.get(tx, desk_id, conversation_id, by.id)
        await outcomes.insert_spent(tx, Spent(
            id=new_id(now), desk_id=desk_id, conversation_id=conversation_id, by_id=by.id, minutes=minutes))
        await note(tx, desk_id, by.id, "spend", now, conversation_id=conversation_id, about=f"{minutes} min")


def _made(desk: Desk, by: Account, draft: OutcomeDraft, now: datetime, base: Outcome) -> Outcome:
    words = " ".join(markup.clean(draft.words).split())
    if not 0 < len(words) <= MAX_WORDS:
        raise Invalid(f"Say in a line what came of it, in at most {MAX_WORDS} characters.", "words")
    if draft.tier not in set(Tier):
        raise Invalid("It is human, action or financial.", "tier")
    if draft.confidence not in set(Confidence):
        raise Invalid("It happened, or it is hoped.", "confidence")
    today = now.astimezone(desk.days).date()
    try:
        on = date.fromisoformat(draft.on) if draft.on else today
    except ValueError:
        raise Invalid("A day looks like 2008-06-12.", "on") from None
    if not _EARLIEST <= on <= today + _HOPES:
        raise Invalid("That is too far away.", "on")
    if on > today and draft.confidence == Confidence.HAPPENED:
        raise Invalid("What has happened has a day that was. Is it hoped?", "on")
    currency = currency_named(draft.currency) if draft.value.strip() else ""
    return msgspec.structs.replace(
        base, tier=Tier(draft.tier), confidence=Confidence(draft.confidence), words=words, happened_on=on,
        amount=amount_of(draft.value, currency), currency=currency)


async def _credits(
    tx: Transaction, desk_id: int, outcome_id: int, draft: OutcomeDraft, by: Account
) -> list[Credit]:
    """Those who are named, or whoever writes it down. Raises Invalid for who is not of this desk."""
    if len(draft.helpers) + len(draft.ears) > MAX_CREDITS:
        raise Invalid(f"At most {MAX_CREDITS} share in it.", "helpers")
    helpers = sorted(set(draft.helpers)) or [by.id]
    if set(await desks.members_among(tx, desk_id, helpers)) != set(helpers):
        raise Invalid("Only people of this desk share in it.", "helpers")
    kept = {ear.id: ear.name for ear in await ears.of_desk(tx, desk_id) if ear.id in set(draft.ears)}
    if set(kept) != set(draft.ears):
        raise Invalid("Only ears of this desk share in it.", "ears")
    return [
        *(Credit(outcome_id=outcome_id, kind="helper", of_id=helper) for helper in helpers),
        *(Credit(outcome_id=outcome_id, kind="ear", of_id=ear, name=name) for ear, name in kept.items())]


async def _noted(tx: Transaction, made: Outcome, by: Account, verb: str, now: datetime) -> None:
    """A line of the record; it never repeats the words."""
    await note(
        tx, made.desk_id, by.id, verb, now, conversation_id=made.conversation_id, contact_id=made.contact_id,
        about=f"{made.tier}, {made.confidence}")

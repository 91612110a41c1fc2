"""Write down what one should remember of a person, until when, and strike it out again."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..errors import Invalid, NotAllowed, NotFound
from ..ids import new_id
from ..model.account import Account
from ..model.contact import MAX_NOTE, MAX_NOTES, MAX_RETENTION, USUAL_DAYS, ContactNote
from ..model.desk import DeskRole
from ..store import contacts, desks
from ..store.database import Database
from ..text import markup
from .keep_desk import note
from .know_person import at_work, recorded


async def note_contact(
    db: Database, by: Account, desk_id: int, contact_id: int, text: str, now: datetime,
    kept: timedelta = timedelta(days=USUAL_DAYS),
) -> ContactNote:
    """Keep a note about a person for so long. Raises NotFound, NotAllowed, Invalid."""
    text = markup.clean(text).strip()
    if not 0 < len(text) <= MAX_NOTE:
        raise Invalid(f"A note has 1 to {MAX_NOTE} characters.", "text")
    if not timedelta() < kept <= MAX_RETENTION:
        raise Invalid(f"A note is kept for a day to {MAX_RETENTION.days} days.", "keep_days")
    async with db.transaction() as tx:
        await at_work(tx, desk_id, by)
        card = await contacts.visible(tx, desk_id, contact_id, by.id)
        if len(await contacts.notes(tx, card.id, now)) >= MAX_NOTES:
            raise NotAllowed(f"There are {MAX_NOTES} notes about this person, which is the most; strike some out.")
        made = ContactNote(
            id=new_id(now), contact_id=card.id, author_id=by.id, text=text, keep_until=now + kept)
        await contacts.insert_note(tx, made)
        await recorded(tx, card, by.id, "note", now, f"until {made.keep_until.date().isoformat()}")
    return made


async def strike_note(
    db: Database, by: Account, desk_id: int, contact_id: int, note_id: int, now: datetime
) -> None:
    """Remove a note: whoever wrote it, or a lead. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        await at_work(tx, desk_id, by)
        card = await contacts.visible(tx, desk_id, contact_id, by.id)
        found = await contacts.find_note(tx, note_id)
        if found is None or found.contact_id not in {one.id for one in await contacts.cards(tx, card.id)}:
            raise NotFound("There is no such note.")
        if found.author_id != by.id:
            await desks.get(tx, desk_id, by.id, DeskRole.LEAD)
        await contacts.delete_note(tx, note_id)
        await recorded(tx, card, by.id, "strike", now)


async def drop_old_notes(db: Database, now: datetime) -> None:
    """Remove the notes that were kept long enough; the record says so, not what they said."""
    while True:
        async with db.transaction() as tx:
            dropped = await contacts.drop_old_notes(tx, now)
            for desk_id, contact_id in dropped:
                await note(tx, desk_id, None, "expire", now, contact_id=contact_id)
        if not dropped:
            return

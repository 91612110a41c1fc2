"""Give the contacts of a desk out as a table, and write down that it was done."""

from __future__ import annotations

from datetime import datetime

from ..desk.contact_csv import as_csv
from ..ids import MAX_ID
from ..model.account import Account
from ..model.contact import Contact
from ..model.desk import DeskRole
from ..model.paging import Window
from ..store import accounts, contacts, desks
from ..store.database import Database
from .keep_desk import note

PIECE = 500


async def export_contacts(db: Database, by: Account, desk_id: int, now: datetime) -> str:
    """All people whom a lead may see, the oldest first, as CSV. Raises NotFound, NotAllowed."""
    await desks.get(db, desk_id, by.id, DeskRole.LEAD)
    found: list[Contact] = []
    before = MAX_ID
    while piece := await contacts.page(db, desk_id, by.id, Window(limit=PIECE, before=before)):
        found += piece
        before = piece[-1].id
    ids = [one.id for one in found]
    theirs = await contacts.accounts(db, ids)
    known = await accounts.by_ids(db, [one.account_id for some in theirs.values() for one in some])
    text = as_csv(
        found[::-1], {person: [known[one.account_id].address for one in some if one.account_id in known]
                      for person, some in theirs.items()},
        await contacts.tags(db, ids), await contacts.silent(db, ids))
    async with db.transaction() as tx:
        await note(tx, desk_id, by.id, "export", now, about=str(len(found)))
    return text

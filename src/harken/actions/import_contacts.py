"""Take contacts in from a table: each line that can be used, once, however often it comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ..desk.contact_csv import BadLine, Line, read
from ..errors import Refused
from ..ids import AccountId
from ..log.append import append
from ..log.events import ContactChanged
from ..model.account import Account, name_key
from ..model.contact import MAX_ACCOUNTS
from ..model.desk import Desk, DeskRole
from ..store import accounts, contacts
from ..store.database import Database, Transaction
from ..store.forgotten import forgotten, uris_of
from .keep_desk import note
from .know_person import ContactDraft, at_work, new_card
from .tag_contact import checked_tags

PIECE = 50  # lines in one transaction


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a table: people who are new, lines known before, and those that could not be used."""

    new: int
    known: int
    bad: list[BadLine]


class _Left(Exception):
    """A line that is not taken; nothing was written for it."""


async def import_contacts(db: Database, by: Account, desk_id: int, content: bytes, now: datetime) -> Imported:
    """Take in what a CSV file says; for leads. An interrupted import is begun again with the same file.

    Raises NotFound, NotAllowed, Invalid (no such table at all).
    """
    async with db.transaction() as tx:
        await at_work(tx, desk_id, by, DeskRole.LEAD)  # before anything is read
    lines, bad = read(content)
    new = known = 0
    for start in range(0, len(lines), PIECE):
        async with db.transaction() as tx:
            desk = await at_work(tx, desk_id, by, DeskRole.LEAD)
            for line in lines[start : start + PIECE]:
                try:
                    taken = await _take(tx, desk, by, line, now)
                except (_Left, Refused) as error:
                    bad.append(BadLine(number=line.number, why=str(error)))
                else:
                    new, known = new + taken, known + (not taken)
    async with db.transaction() as tx:
        await note(tx, desk_id, by.id, "import", now, about=f"{new} new, {known} known, {len(bad)} left out")
    return Imported(new=new, known=known, bad=sorted(bad, key=lambda one: one.number))


async def _take(tx: Transaction, desk: Desk, by: Account, line: Line, now: datetime) -> bool:
    """Whether the line was new. Raises _Left or Refused before it writes anything, since the others stay."""
    if await contacts.find_of_source(tx, desk.id, line.source) is not None:
        return False
    if await forgotten(tx, desk.id, {0: f"list {line.source}"}):
        raise _Left("They asked to be forgotten.")
    draft = ContactDraft(
        name=line.name, met=line.met, asked=line.asked, channel=line.channel, reach=line.reach, silent=line.silent)
    tags = checked_tags(line.tags)
    theirs = await _accounts(tx, desk, line.accounts)
    if len(theirs) > MAX_ACCOUNTS:
        raise _Left(f"A person has at most {MAX_ACCOUNTS} accounts here.")
    if any([await contacts.find_of_account(tx, desk.id, account_id) for account_id in theirs]):
        return False
    card = await new_card(tx, desk, by, draft, now, line.source)
    for account_id in theirs:
        await contacts.add_account(tx, card, account_id)
    await contacts.put_tags(tx, card.id, tags)
    await append(tx, ContactChanged(desk.id, card.id, "know", by.id), now)
    return True


async def _accounts(tx: Transaction, desk: Desk, addresses: Sequence[str]) -> list[AccountId]:
    """The accounts of a line, each of which the desk may know. Raises _Left."""
    keys = list(dict.fromkeys(name_key(*address.lstrip("@").partition("@")[::2]) for address in addresses))
    found = await accounts.by_names(tx, keys)
    for key in keys:
        if key not in found:
            raise _Left(f"Nobody called @{key} is known here.")
        if not await contacts.is_heard(tx, found[key].id):
            raise _Left(f"@{key} does not let desks hear them.")
    ids = [found[key].id for key in keys]
    if await forgotten(tx, desk.id, await uris_of(tx, ids)):
        raise _Left("They asked to be forgotten.")
    return ids

"""Ask for everything that is one's own, and bring what one took along; both are done in the background."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from .. import clock
from ..errors import Invalid, NotAllowed, TooMany
from ..ids import new_id
from ..log.append import append
from ..log.events import ArchiveDone
from ..model.account import Account
from ..model.luggage import Archive, Direction
from ..store import archives
from ..store.database import Database

AGAIN = timedelta(hours=1)
LIFE = timedelta(days=7)  # of a file that was made
PATIENCE = timedelta(days=1)  # how long a file that was brought waits at most
FORMS = ("harken", "following", "blocks", "mutes", "domain_blocks", "lists", "bookmarks")


async def ask_archive(db: Database, account: Account, now: datetime) -> Archive:
    """Have an archive made; one that is under way is answered again. Raises TooMany within AGAIN, NotAllowed."""
    if not account.signs_in:
        raise NotAllowed("This account cannot be exported.")
    async with db.transaction() as tx:
        for earlier in await archives.of_account(tx, account.id, Direction.OUT, 1):
            if earlier.state == "waiting":
                return earlier
            left = earlier.created_at + AGAIN - now
            if earlier.state == "ready" and left > timedelta(0):
                raise TooMany(
                    "Your last archive is less than an hour old; download that one.", int(left.total_seconds()))
        new = _new(account, Direction.OUT, "harken", now, LIFE)
        await archives.insert(tx, new)
    return new


async def bring_archive(db: Database, account: Account, form: str, size: int, now: datetime) -> Archive:
    """Note that a file of `size` bytes waits to be unpacked into `account`; the caller has it, under the id answered.

    Raises Invalid for a form that nobody knows, TooMany while another one waits, NotAllowed.
    """
    if not account.signs_in:
        raise NotAllowed("Nothing can be brought into this account.")
    if form not in FORMS:
        raise Invalid("Choose what the file holds.", "form")
    async with db.transaction() as tx:
        if any(one.state == "waiting" for one in await archives.of_account(tx, account.id, Direction.IN, 1)):
            raise TooMany("Wait until what you brought before is unpacked.", 60)
        new = _new(account, Direction.IN, form, now, PATIENCE, size)
        await archives.insert(tx, new)
    return new


async def finish_archive(db: Database, archive: Archive, state: str, now: datetime, **columns: Any) -> bool:
    """Note how it went, and tell its owner; whether that was not known before."""
    async with db.transaction() as tx:
        if not await archives.settle(tx, archive.id, state, done_at=now, **columns):
            return False
        await append(tx, ArchiveDone(archive.id, archive.account_id), now)
    return True


def _new(
    account: Account, direction: Direction, form: str, now: datetime, life: timedelta, size: int = 0
) -> Archive:
    return Archive(
        id=new_id(now), account_id=account.id, direction=direction, form=form, secret=secrets.token_urlsafe(24),
        bytes=size, claimed_until=clock.EPOCH, created_at=now, expires_at=now + life)

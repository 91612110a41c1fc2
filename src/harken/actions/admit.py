"""Who may join, and with which e-mail address."""

from __future__ import annotations

from datetime import datetime

from ..errors import Invalid, NotAllowed
from ..model.barrier import Keeping, canonical_hash
from ..store import barriers
from ..store.database import Database, Reader


class EmailBlocked(Invalid):
    """E-mail addresses of this provider are not taken here."""


async def check_email(reader: Reader, email: str) -> None:
    """Raises EmailBlocked for a domain that is blocked, Invalid for an address that is."""
    if await barriers.find_email_domain(reader, email.strip().rpartition("@")[2]):
        raise EmailBlocked("E-mail addresses of this provider are not taken here; please use another.", "email")
    if await barriers.find_canonical(reader, canonical_hash(email)):
        raise Invalid("This e-mail address cannot be used here.", "email")


async def note_refused(db: Database, email: str, address: str, now: datetime) -> None:
    """Count that somebody tried with an address whose domain is blocked."""
    found = await barriers.find_email_domain(db, email.strip().rpartition("@")[2])
    if found is not None:
        async with db.transaction() as tx:
            await barriers.note_attempt(tx, found.id, address[:64], now)


async def approved_at_once(reader: Reader, address: str, now: datetime) -> bool:
    """Whether whoever joins from `address` needs no moderator. Raises NotAllowed where nobody joins from."""
    kept = await barriers.kept_from(reader, address, now)
    if kept & {Keeping.SIGN_UP, Keeping.ACCESS}:
        raise NotAllowed("This action is not allowed")
    return Keeping.APPROVAL not in kept

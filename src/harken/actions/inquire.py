"""Ask, as somebody of another server, what desks here hold about oneself.

Whoever asks gets a code and a secret link. They put the code on their own profile, where nobody else can; an operator
looks there and says that it is so. Then the link opens. A code that is sent to us by another server is not enough by
itself: it is as good as that server's word.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from ..errors import Invalid, NotFound, TooMany
from ..ids import new_id
from ..model.account import Account, Permission
from ..store import accounts, inquiries
from ..store.database import Database
from ..store.inquiries import Inquiry
from .moderate_account import must_be_allowed

ASKED_FOR = timedelta(days=14)
"""How long an operator may take."""
OPEN_FOR = timedelta(days=7)
"""How long the link shows what is held."""
MOST, MOST_EACH = 500, 5


async def inquire(db: Database, address: str, now: datetime) -> str:
    """The secret of a new question about the account `address`.

    Raises Invalid (no address, or somebody here, who signs in), NotFound, TooMany.
    """
    name, _at, host = address.strip().lstrip("@").partition("@")
    if not name or len(address) > 300:
        raise Invalid("Write the address of your account, such as @name@example.org.", "address")
    account = await accounts.find_by_name(db, name, host)
    if account is None:
        raise NotFound("This server has never heard of that account, so no desk here holds anything about it.")
    if account.local:
        raise Invalid("That account is of this server: sign in, and see it there.", "address")
    secret = secrets.token_urlsafe(24)
    async with db.transaction() as tx:
        everything, theirs = await inquiries.counts(tx, account.id, now)
        if everything >= MOST or theirs >= MOST_EACH:
            raise TooMany("Too many such questions wait for an answer. Try again in some days.", 86_400)
        code = f"harken-{secrets.token_hex(5)}"
        await inquiries.insert(
            tx, Inquiry(id=new_id(now), account_id=account.id, code=code, until=now + ASKED_FOR), secret)
    return secret


async def settle_inquiry(db: Database, by: Account, inquiry_id: int, seen: bool, now: datetime) -> None:
    """Say that the code was seen on the account's own page, or that it is not there; for moderators.

    Raises NotAllowed, NotFound.
    """
    async with db.transaction() as tx:
        await must_be_allowed(tx, by, Permission.MANAGE_USERS)
        if not (await inquiries.grant(tx, inquiry_id, by.id, now + OPEN_FOR) if seen
                else await inquiries.delete(tx, inquiry_id)):
            raise NotFound("There is no such question any more.")

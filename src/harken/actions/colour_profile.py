"""Choose the colours in which clients draw a profile."""

from __future__ import annotations

import re

import msgspec

from ..errors import Invalid, NotAllowed
from ..model.account import Account
from ..model.colours import Colours
from ..store import colours
from ..store.database import Database

_COLOUR = re.compile(r"#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


async def colour_profile(db: Database, account: Account, given: dict[str, str]) -> Colours:
    """Change the colours that are given (names are those of `Colours`). Raises Invalid, NotAllowed."""
    if not account.signs_in:
        raise NotAllowed("This account cannot be changed.")
    chosen = {name: _checked(name, value.strip()) for name, value in given.items()}
    async with db.transaction() as tx:
        kept = (await colours.of_accounts(tx, [account.id])).get(account.id, Colours())
        made = msgspec.structs.replace(kept, **chosen)
        await colours.put(tx, account.id, made)
    return made


def _checked(name: str, value: str) -> str:
    if value and not _COLOUR.fullmatch(value):
        raise Invalid("A colour is three or six hexadecimal digits.", name)
    digits = value.removeprefix("#").upper()
    return "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits

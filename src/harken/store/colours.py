"""The colours of profiles."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..model.colours import Colours
from .database import Reader, Transaction


class _Kept(Colours, frozen=True, kw_only=True):
    account_id: int


async def of_accounts(reader: Reader, ids: Iterable[int]) -> dict[int, Colours]:
    """Those of accounts that have chosen any."""
    found = await reader.all(
        _Kept, "SELECT * FROM profile_colours WHERE account_id IN (SELECT value FROM json_each(:ids))",
        ids=sorted(set(ids)))
    return {
        one.account_id: Colours(**{name: getattr(one, name) for name in Colours.__struct_fields__}) for one in found}


async def put(tx: Transaction, account_id: int, colours: Colours) -> None:
    await tx.execute(
        """INSERT INTO profile_colours (account_id, background, words, link, sidebar_fill, sidebar_border)
           VALUES (:account, :background, :words, :link, :sidebar_fill, :sidebar_border)
           ON CONFLICT (account_id) DO UPDATE SET background = :background, words = :words, link = :link,
             sidebar_fill = :sidebar_fill, sidebar_border = :sidebar_border""",
        account=account_id, **msgspec.structs.asdict(colours))

"""Who was told a post that is for some people only."""

from __future__ import annotations

from collections.abc import Collection

from ..model.account import Account
from ..model.paging import Window
from . import accounts
from .database import Reader
from .visibility import STATES, not_blocked

_OF_POST = f"""(SELECT r.account_id AS id, r.account_id FROM recipient r JOIN account a ON a.id = r.account_id
    WHERE r.post_id = :post AND a.state IN {STATES} AND {not_blocked("r.account_id")}) l WHERE 1 = 1"""


async def ids_of(reader: Reader, post_id: int) -> set[int]:
    return set(await reader.values("SELECT account_id FROM recipient WHERE post_id = :post", post=post_id))


async def counts(reader: Reader, post_ids: Collection[int]) -> dict[int, int]:
    """How many each of these posts was said to; whoever asks has checked that they may be seen."""
    rows = await reader.rows(
        """SELECT post_id, count(*) FROM recipient WHERE post_id IN (SELECT value FROM json_each(:ids))
           GROUP BY post_id""", ids=list(post_ids))
    return {int(post_id): int(number) for post_id, number in rows}


async def of_post(reader: Reader, post_id: int, viewer: int, window: Window) -> tuple[list[Account], list[int]]:
    """To whom a post was said, as `viewer` may see them, and the ids that page them. Whoever asks has checked that the
    viewer may see the post."""
    return await accounts.paged(reader, _OF_POST, window, post=post_id, viewer=viewer)

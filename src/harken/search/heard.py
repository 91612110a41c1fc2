"""What an ear heard, as its owner may read it now, and why each post came."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..errors import NotYet
from ..model.account import Account
from ..model.ear import Ear
from ..model.paging import Window
from ..store import ears
from ..store.database import Database
from ..store.ears import Heard
from . import search
from .percolator import later
from .query import BadQuery, Query
from .reasons import reasons


class Hearing(msgspec.Struct, frozen=True):
    """A page of an ear. `ids` page it, whatever was left out; `query` is None where nobody understands it any more."""

    posts: list[Heard]
    ids: list[int]
    because: dict[int, list[str]]
    query: Query | None


def understood(ear: Ear, owner: Account) -> Query:
    """The ear's query as it was meant when it was saved. Raises BadQuery, NotYet."""
    return search.understood(ear.query, ear.saved_at, ear.days, owner)


async def page(db: Database, ear: Ear, owner: Account, window: Window, now: datetime, for_all: bool = False) -> Hearing:
    """What `ear` heard, last heard first; what becomes true only later is decided here.

    `for_all` leaves out what an author does not say to everybody.
    """
    try:
        query: Query | None = understood(ear, owner)
    except (BadQuery, NotYet):
        query = None  # saved by another version of Harken
    found = await ears.heard(db, ear, window, now, for_all)
    shown = found
    if query is not None and later(query.tree):
        true_now = {p.id for p in await search.matching(db, query, owner, [p.id for p in found], now)}
        shown = [p for p in found if p.id in true_now]
    because = await reasons(db, query.tree, owner.id, shown) if query else {}
    return Hearing(shown, [p.match_id for p in found], because, query)

"""A page of a queue, narrowed by any search expression."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..model.account import Account
from ..model.case import Item
from ..model.desk import Desk
from ..search import search
from ..search.query import All
from ..store import desk_queue
from ..store.database import Database
from ..store.desk_queue import Cursor, Shown

_LOOKED_AT = (200, 900, 900)  # cases compared with an expression: few for what is common, then more at a time


class Page(msgspec.Struct, frozen=True):
    """Cases, what matters most first; `next` is where to go on, None at the end. A page of a rare expression may be
    short, or empty, and still have a next one."""

    items: list[Item]
    next: Cursor | None


async def page(
    db: Database, desk: Desk, viewer: Account, shown: Shown, expression: str, after: Cursor, limit: int, now: datetime
) -> Page:
    """The next `limit` cases after a place in the queue. Raises BadQuery, NotYet."""
    query = search.understood(expression, now, desk.days, viewer) if expression.strip() else None
    if query is None or isinstance(query.tree, All):
        found = await desk_queue.page(db, desk.id, viewer.id, shown, after, limit + 1, now)
        return _cut(found, limit)
    kept: list[Item] = []
    for piece in _LOOKED_AT:
        some = await desk_queue.page(db, desk.id, viewer.id, shown, after, piece, now)
        matching = {p.id for p in await search.matching(db, query, viewer, [item.post_id for item in some], now)}
        kept += [item for item in some if item.post_id in matching]
        if len(kept) > limit:
            return _cut(kept, limit)
        if len(some) < piece:
            return Page(kept, None)
        after = _place(some[-1])
    return Page(kept, after)


async def fits(db: Database, desk: Desk, viewer: Account, expression: str, item: Item, now: datetime) -> bool:
    """Whether one case fulfils an expression. Raises BadQuery, NotYet."""
    query = search.understood(expression, now, desk.days, viewer)
    return bool(await search.matching(db, query, viewer, [item.post_id], now))


def _place(item: Item) -> Cursor:
    return Cursor(item.rank, item.conversation_id)


def _cut(found: list[Item], limit: int) -> Page:
    return Page(found[:limit], _place(found[limit - 1]) if len(found) > limit else None)

"""What a desk listens for."""

from __future__ import annotations

import secrets
from datetime import datetime

import msgspec

from ..errors import Invalid, NotAllowed
from ..ids import AccountId, new_id
from ..log.append import append
from ..log.events import EarChanged, EarDropped
from ..model.account import Account
from ..model.desk import MAX_EARS, Desk, DeskRole
from ..model.ear import MAX_NAME, Ear
from ..search.percolator import later
from ..search.query import From, In, Mention, To, walk
from ..search.search import understood
from ..store import desks, ears
from ..store.database import Database
from .keep_desk import note
from .keep_ear import checked_name, checked_query


def _checked(query: str, desk: Desk, now: datetime) -> str:
    """A query for a desk, which is nobody: it has no home and no lists. Raises BadQuery, NotYet, Invalid."""
    query = checked_query(query, desk.days, now)
    tree = understood(query, now, desk.days).tree
    named = {node.name for node in walk(tree) if isinstance(node, (From, To, Mention))}
    if "me" in named or any(isinstance(node, In) for node in walk(tree)):
        raise Invalid("A desk is nobody's own: say @name instead of me, and nothing with in:.", "query")
    if later(tree):
        raise Invalid("An ear of a desk decides when a post is said: counts and is:unanswered come too late for it. "
                      "Use them to filter the queue.", "query")
    return query


async def keep_desk_ear(
    db: Database, by: Account, desk_id: int, query: str, now: datetime, name: str = ""
) -> Ear:
    """Have a desk listen for `query` from now on; the same query is kept once.

    Its name is public, on the page that says who listens here. Raises NotFound, NotAllowed, BadQuery, NotYet, Invalid.
    """
    async with db.transaction() as tx:
        desk = await desks.get(tx, desk_id, by.id, DeskRole.LEAD)
        query = _checked(query, desk, now)
        same = await ears.find_same(tx, AccountId(desk_id), query)
        if same is not None:
            return same
        if await ears.count(tx, desk_id) >= MAX_EARS:
            raise NotAllowed(f"This desk keeps {MAX_EARS} ears, which is the most; drop one first.")
        # The owner of an ear is an account or a desk; ids of both come from one sequence.
        ear = Ear(
            id=new_id(now), owner_id=AccountId(desk_id), name=checked_name(name) or query[:MAX_NAME], query=query,
            zone=desk.zone, saved_at=now, created_at=now, key=secrets.token_urlsafe(24), version=new_id(now))
        await ears.insert(tx, ear)
        await note(tx, desk_id, by.id, "listen", now, about=query)
        await append(tx, EarChanged(ear.id, desk_id), now)
    return ear


async def pause_desk_ear(
    db: Database, by: Account, desk_id: int, ear_id: int, paused: bool, now: datetime
) -> Ear:
    """Stop listening for a while, or go on from now. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        await desks.get(tx, desk_id, by.id, DeskRole.LEAD)
        old = await ears.get(tx, ear_id, desk_id)
        new = msgspec.structs.replace(
            old, paused=paused, saved_at=now if old.paused and not paused else old.saved_at, version=new_id(now))
        if paused != old.paused:
            await ears.update(tx, new)
            await note(tx, desk_id, by.id, "pause" if paused else "listen", now, about=old.query)
            await append(tx, EarChanged(ear_id, desk_id), now)
    return new


async def drop_desk_ear(db: Database, by: Account, desk_id: int, ear_id: int, now: datetime) -> None:
    """Listen for this no more. What it alone heard and nobody took up leaves the queue. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        await desks.get(tx, desk_id, by.id, DeskRole.LEAD)
        ear = await ears.get(tx, ear_id, desk_id)
        await ears.delete(tx, ear.id)
        await note(tx, desk_id, by.id, "unlisten", now, about=ear.query)
        await append(tx, EarDropped(ear.id, desk_id), now)

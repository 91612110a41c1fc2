"""Keep a search as an ear, change it, read it, drop it."""

from __future__ import annotations

import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from ..errors import Invalid, NotAllowed
from ..ids import new_id
from ..log.append import append
from ..log.events import EarChanged, EarDropped, EarRead
from ..model.account import Account
from ..model.ear import MAX_EARS, MAX_NAME, Ear
from ..search.percolator import later
from ..search.query import All
from ..search.search import understood
from ..store import alerts, ears
from ..store.database import Database
from ..text import markup
from .publish_post import may_post


async def keep_ear(db: Database, owner: Account, query: str, zone: str, now: datetime, name: str = "") -> Ear:
    """Listen for `query` from now on; its days begin in the time zone called `zone`.

    The same query is kept once: asking again gives the ear that is there.
    Raises BadQuery, NotYet, Invalid (no query, too long a name, too many ears), NotAllowed.
    """
    may_post(owner)
    query = checked_query(query, ZoneInfo(zone), now)
    name = checked_name(name) or query[:MAX_NAME]
    ear = Ear(
        id=new_id(now), owner_id=owner.id, name=name, query=query, zone=zone, saved_at=now, created_at=now,
        key=secrets.token_urlsafe(24), version=new_id(now))
    async with db.transaction() as tx:
        same = await ears.find_same(tx, owner.id, query)
        if same is not None:
            return same
        if await ears.count(tx, owner.id) >= MAX_EARS:
            raise NotAllowed(f"You keep {MAX_EARS} ears, which is the most; drop one first.")
        await ears.insert(tx, ear)
        await append(tx, EarChanged(ear.id, owner.id), now)
    return ear


async def change_ear(
    db: Database, owner: Account, ear_id: int, now: datetime, *, name: str | None = None, query: str | None = None,
    zone: str | None = None, paused: bool | None = None, shared: bool | None = None, new_key: bool = False,
    feed: bool | None = None,
) -> Ear:
    """Change an ear of one's own; None leaves a thing as it is.

    A new query listens from now on, and so does an ear that was paused: what
    was said meanwhile can be searched for. A query that becomes true only later
    has no moment to tell of, so its alert is switched off. `feed` gives the ear's
    feed a new secret address, whether it had one or not, or takes it away. Raises NotFound, BadQuery, NotYet, Invalid.
    """
    async with db.transaction() as tx:
        old = await ears.get(tx, ear_id, owner.id)
        zone = old.zone if zone is None else zone
        again = query is not None and (query.strip() != old.query or zone != old.zone)
        resumed = old.paused and paused is False
        new = msgspec.structs.replace(
            old,
            name=old.name if name is None else checked_name(name) or old.name,
            query=checked_query(query, ZoneInfo(zone), now) if query is not None and again else old.query,
            zone=zone if again else old.zone,
            saved_at=now if again or resumed else old.saved_at,
            paused=old.paused if paused is None else paused,
            shared=old.shared if shared is None else shared,
            key=secrets.token_urlsafe(24) if new_key else old.key,
            feed_key=old.feed_key if feed is None else secrets.token_urlsafe(24) if feed else "",
            version=new_id(now),
        )
        await ears.update(tx, new)
        if again and later(understood(new.query, now, new.days).tree):
            await alerts.switch_off(tx, new.id)
        await append(tx, EarChanged(ear_id, owner.id), now)
    return new


async def read_ear(db: Database, owner: Account, ear_id: int, match_id: int, now: datetime) -> None:
    """Everything up to the match `match_id` has been read. Raises NotFound."""
    async with db.transaction() as tx:
        await ears.get(tx, ear_id, owner.id)
        if await ears.mark_read(tx, ear_id, match_id):
            await append(tx, EarRead(ear_id, owner.id), now)


async def drop_ear(db: Database, owner: Account, ear_id: int, now: datetime) -> None:
    """Listen no more, and forget what was heard. Raises NotFound."""
    async with db.transaction() as tx:
        ear = await ears.get(tx, ear_id, owner.id)
        await ears.delete(tx, ear.id)
        await append(tx, EarDropped(ear.id, owner.id), now)


def checked_name(name: str) -> str:
    """A name on one line. Raises Invalid when it is too long."""
    name = " ".join(markup.clean(name).split())
    if len(name) > MAX_NAME:
        raise Invalid(f"The name is too long: {MAX_NAME} characters are the most.", "name")
    return name


def checked_query(query: str, zone: ZoneInfo, now: datetime) -> str:
    """A query that an ear can listen for. Raises BadQuery, NotYet, Invalid for one that hears everything."""
    query = markup.clean(query).strip()
    if isinstance(understood(query, now, zone).tree, All):
        raise Invalid("Say what to listen for: a word, a #tag, from:somebody.", "query")
    return query

"""Fill a fresh server with the demo community, through the actions that real people use."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import resources

import msgspec

from ..actions.boost_post import boost_post
from ..actions.create_account import create_account
from ..actions.follow import accept_follow, follow
from ..actions.keep_post import favourite_post
from ..actions.publish_post import publish_post
from ..engine import Engine
from ..model.account import Account, Field, Role
from ..model.post import Draft, Post, Visibility
from ..store import accounts
from ..store.database import Database
from . import desk

PASSWORD = "harken-demo"
"""Everybody's; their e-mail address is name@example.org."""
NEWCOMER = "amber"
"""As whom a newcomer signs in."""


class _Person(msgspec.Struct, frozen=True):
    account: str
    display_name: str
    bio: str
    location: str
    language: str
    created_days_ago: float
    locked: bool
    bot: bool
    hearable: bool
    indexable: bool
    discoverable: bool
    fields: list[tuple[str, str]]


class _Follow(msgspec.Struct, frozen=True):
    follows: tuple[str, str]


class _Said(msgspec.Struct, frozen=True):
    id: str
    author: str
    minutes_ago: float
    text: str
    lang: str | None
    in_reply_to: str | None
    visibility: str
    spoiler: str
    source: str | None
    verb: str | None = None
    favourited_by: list[str] = []
    boosted_by: list[str] = []


class Loaded(msgspec.Struct, frozen=True):
    """How much was loaded."""

    accounts: int
    posts: int


async def load(engine: Engine, now: datetime) -> Loaded | None:
    """Fill the server; None, and nothing happens, when anybody is there already.

    Everything is written at the time it is said to have happened: people,
    then who follows whom, then what they said, then what their desk did with it.
    """
    db = engine.db
    if await db.value("SELECT 1 FROM account LIMIT 1") is not None:
        return None
    people: dict[str, Account] = {}
    said: dict[str, Post] = {}
    lines = list(_lines())
    arrived = await asyncio.gather(*(_arrive(db, line, now) for line in lines if isinstance(line, _Person)))
    people |= {account.username: account for account in arrived}
    pairs = [line.follows for line in lines if isinstance(line, _Follow)]
    await asyncio.gather(*(
        _meet(db, people[follower], people[followed], now, timedelta(seconds=number))
        for number, (follower, followed) in enumerate(pairs)))
    helping = await desk.open_up(db, people, now)
    for line in lines:
        if isinstance(line, _Said):
            said[line.id] = await _say(db, line, people, said, now)
    await engine.runner.settle()
    await desk.a_week(db, helping, people, said, now, f"{engine.base_url}/stories")
    await engine.runner.settle()
    return Loaded(len(people), len(said))


def _lines() -> Iterator[_Person | _Follow | _Said]:
    for raw in resources.files(__package__).joinpath("community.jsonl").read_bytes().split(b"\n"):
        if raw:
            if raw.startswith(b'{"account"'):
                yield msgspec.json.decode(raw, type=_Person)
            elif raw.startswith(b'{"follows"'):
                yield msgspec.json.decode(raw, type=_Follow)
            else:
                yield msgspec.json.decode(raw, type=_Said)


async def _arrive(db: Database, person: _Person, now: datetime) -> Account:
    made = await create_account(
        db, username=person.account, email=f"{person.account}@example.org", password=PASSWORD,
        now=now - timedelta(days=person.created_days_ago), display_name=person.display_name, bio=person.bio,
        role=Role.ADMINISTRATOR if person.account == NEWCOMER else Role.MEMBER, discoverable=person.discoverable,
        indexable=person.indexable, hearable=person.hearable, language=person.language)
    async with db.transaction() as tx:
        await accounts.change(
            tx, made.id, location=person.location, protected=person.locked, bot=person.bot,
            fields=[Field(name, value) for name, value in person.fields])
    return await accounts.get(db, made.id)


async def _meet(db: Database, follower: Account, followed: Account, now: datetime, later: timedelta) -> None:
    # A week ago, before the first post, or on the follower's first day if that was later.
    at = max(now - timedelta(days=7), follower.created_at, followed.created_at) + timedelta(minutes=5) + later
    await follow(db, follower, followed.id, at)
    if followed.protected:
        await accept_follow(db, followed, follower.id, at)


async def _say(
    db: Database, line: _Said, people: dict[str, Account], said: dict[str, Post], now: datetime
) -> Post:
    at = now - timedelta(minutes=line.minutes_ago)
    post = await publish_post(
        db, people[line.author],
        Draft(
            text=line.text, spoiler=line.spoiler, language=line.lang, source=line.source, verb=line.verb,
            visibility=Visibility[line.visibility.upper()],
            in_reply_to_id=said[line.in_reply_to].id if line.in_reply_to else None),
        at)
    # Spread evenly over what is left of two hours. Ids come from these moments, and two facts of the very
    # same millisecond, written out of order, could get the same one: `len(said)` keeps them apart.
    reactions = len(line.favourited_by) + len(line.boosted_by)
    step = min(timedelta(hours=2), now - at) / (reactions + 1)
    moments = iter([at + step * (n + 1) + timedelta(milliseconds=len(said)) for n in range(reactions)])
    await asyncio.gather(  # together, so that they share a commit
        *(favourite_post(db, people[name], post.id, next(moments)) for name in line.favourited_by),
        *(boost_post(db, people[name], post.id, next(moments)) for name in line.boosted_by))
    return post

"""Fill a fresh server with the demo community, through the actions that real people use."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

import msgspec

from ..actions.boost_post import boost_post
from ..actions.create_account import create_account
from ..actions.follow import accept_follow, follow
from ..actions.keep_post import bookmark_post, favourite_post
from ..actions.publish_post import publish_post
from ..engine import Engine
from ..model.account import Account, Field
from ..model.post import Draft, Post, Visibility
from ..store import accounts

HOST = "amber"
PASSWORD = "harken-demo"
SIGN_IN = (HOST, "nell", "henrik")  # those who have the password; hashing one takes its time on purpose


class Person(msgspec.Struct):
    """A line with an account."""

    account: str
    display_name: str
    bio: str = ""
    location: str = ""
    language: str = "en"
    created_days_ago: int = 30
    locked: bool = False
    bot: bool = False
    hearable: bool = True
    indexable: bool = True
    discoverable: bool = True
    fields: list[tuple[str, str]] = []


class Said(msgspec.Struct):
    """A line with a post."""

    id: str
    author: str
    minutes_ago: float
    text: str
    lang: str | None = None
    in_reply_to: str | None = None
    visibility: str = "public"
    spoiler: str = ""
    source: str | None = None
    favourited_by: list[str] = []
    boosted_by: list[str] = []


async def load(engine: Engine, now: datetime) -> bool:
    """Fill the server; False, and nothing done, when it has accounts already."""
    if await engine.db.value("SELECT 1 FROM account LIMIT 1"):
        return False
    people, follows, posts = _lines()
    known: dict[str, Account] = {}
    for person in people:
        known[person.account] = await _join(engine, person, now)
    begin = now - timedelta(days=7)
    for number, (one, other) in enumerate(follows):
        at = begin + timedelta(seconds=number)
        await follow(engine.db, known[one], known[other].id, at)
        if known[other].protected:
            await accept_follow(engine.db, known[other], known[one].id, at)
    made: dict[str, Post] = {}
    for said in posts:
        at = now - timedelta(minutes=said.minutes_ago)
        made[said.id] = await publish_post(
            engine.db, known[said.author],
            Draft(text=said.text, visibility=Visibility[said.visibility.upper()], spoiler=said.spoiler,
                  language=said.lang, source=said.source,
                  in_reply_to_id=made[said.in_reply_to].id if said.in_reply_to else None), at)
        post = made[said.id]
        for number, name in enumerate(said.favourited_by):
            await favourite_post(engine.db, known[name], post.id, min(now, at + timedelta(minutes=3 + 7 * number)))
        for number, name in enumerate(said.boosted_by):
            await boost_post(engine.db, known[name], post.id, min(now, at + timedelta(minutes=5 + 11 * number)))
        if HOST in said.favourited_by and "?" in said.text:
            await bookmark_post(engine.db, known[HOST], post.id, min(now, at + timedelta(minutes=9)))
    await engine.runner.settle()
    return True


async def _join(engine: Engine, person: Person, now: datetime) -> Account:
    account = await create_account(
        engine.db, username=person.account, email=f"{person.account}@example.org",
        password=PASSWORD if person.account in SIGN_IN else "", now=now - timedelta(days=person.created_days_ago),
        display_name=person.display_name, bio=person.bio, discoverable=person.discoverable, indexable=person.indexable,
        noindex=True, hearable=person.hearable, language=person.language)
    async with engine.db.transaction() as tx:
        await accounts.change(
            tx, account.id, protected=person.locked, bot=person.bot, location=person.location,
            fields=[Field(name, value) for name, value in person.fields])
    return await accounts.get(engine.db, account.id)


def _lines() -> tuple[list[Person], list[tuple[str, str]], list[Said]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for line in resources.files(__package__).joinpath("community.jsonl").read_text(encoding="utf-8").splitlines():
        given = msgspec.json.decode(line)
        if "account" in given:
            found["people"].append(msgspec.convert(given, Person))
        elif "follows" in given:
            found["follows"].append(tuple(given["follows"]))
        else:
            found["posts"].append(msgspec.convert(given, Said))
    return found["people"], found["follows"], sorted(found["posts"], key=lambda said: -said.minutes_ago)



"""Do what one of Twitter's commands asks, and say what was done."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..errors import NotAllowed, NotFound
from ..ids import AccountId
from ..model.account import Account
from ..model.ear import Ear
from ..model.paging import Window
from ..model.post import Draft, SeenPost, Visibility
from ..store import accounts, ears, posts, relationships, timelines
from ..store.database import Database, Reader
from ..text import markup
from ..text.commands import Command
from . import keep_post
from .follow import follow, unfollow
from .keep_ear import change_ear, drop_ear, keep_ear
from .publish_post import may_post, mentioned, publish_post

SAID = {
    "follow": "You follow %(name)s.",
    "asked": "%(name)s is asked whether you may follow.",
    "unfollow": "You do not follow %(name)s any more.",
    "on": "You are told whenever %(name)s posts.",
    "off": "You still follow %(name)s, and are not told of each post any more.",
    "whois": "This is %(name)s.",
    "get": "What %(name)s said last:",
    "fav": "You like what %(name)s said last:",
    "nudge": "%(name)s was asked to say something.",
    "direct": "Sent to %(name)s; nobody else can read it.",
    "track": "Tracking %(words)s. Ears show what is said about it.",
    "untrack": "You do not track %(words)s any more.",
    "untrack all": "Nothing is tracked for now. What your ears heard is kept, and each can be switched on again.",
    "tracks": "You track:",
    "stats": "This is you in numbers:",
    "invite": "Harken writes to no strangers. Give those whom you invite this address:",
    "help": "These words do something when they are all you write:",
}
"""Sentences for `Done.said`; surfaces translate them."""

NUDGE = "you have been quiet. What are you doing?"


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What a command did: `said` is a key of SAID; the rest is what they are about."""

    said: str
    account: Account | None = None
    post: SeenPost | None = None
    words: str = ""
    ears: tuple[Ear, ...] = ()
    undo: str = ""  # the command that takes it back

    @property
    def values(self) -> dict[str, str]:
        """What its sentence is about."""
        return {"name": self.account.shown_name if self.account else "", "words": self.words}


async def find_meant(reader: Reader, viewer: Account, asked: Command) -> Account | None:
    """The account that a command names, if there is one that the viewer may see."""
    name, _, host = asked.name.partition("@")
    found = await accounts.find_by_name(reader, name, host) if name else None
    if found is None:
        return None
    try:
        return await accounts.visible(reader, found.id, viewer.id)
    except NotFound:
        return None


async def run_command(
    db: Database, viewer: Account, asked: Command, now: datetime, *, zone: str = "UTC", max_characters: int = 500,
    idempotency_key: str = "", language: str | None = None,
) -> Done:
    """Do it. Raises NotFound (nobody has the name, nothing to like), and what the action behind it raises:
    BadQuery, NotYet, Invalid, NotAllowed."""
    if not asked.name:
        return await _about_oneself(db, viewer, asked, now, zone)
    them = await find_meant(db, viewer, asked)
    if them is None:
        raise NotFound(f"Nobody here is called {asked.name}.")
    if asked.verb in ("direct", "nudge"):
        text = asked.text if asked.verb == "direct" else NUDGE
        post = await _send(db, viewer, them, text, now, max_characters, idempotency_key, language)
        return Done(said=asked.verb, account=them, post=post)
    return await _about_somebody(db, viewer, asked, them, now)


async def _about_somebody(db: Database, viewer: Account, asked: Command, them: Account, now: datetime) -> Done:
    name = them.address
    match asked.verb:
        case "follow":
            await follow(db, viewer, them.id, now)
            relation = await relationships.follow(db, viewer.id, them.id)
            return Done(
                said="follow" if relation and relation.accepted else "asked", account=them, undo=f"unfollow {name}")
        case "unfollow":
            known = await relationships.follow(db, viewer.id, them.id)
            await unfollow(db, viewer.id, them.id, now)
            return Done(said="unfollow", account=them, undo=f"follow {name}" if known else "")
        case "on":
            await follow(db, viewer, them.id, now, notify=True)
            return Done(said="on", account=them, undo=f"off {name}")
        case "off":
            if await relationships.follow(db, viewer.id, them.id) is None:
                raise NotAllowed(f"You do not follow {them.shown_name}, so nothing is told to you.")
            await follow(db, viewer, them.id, now, notify=False)
            return Done(said="off", account=them, undo=f"on {name}")
        case "whois":
            return Done(said="whois", account=them)
    latest = await timelines.of_account(db, them.id, viewer.id, Window(limit=1), now, boosts=False)
    if not latest:
        raise NotFound(f"{them.shown_name} has said nothing that you can see.")
    if asked.verb == "fav":
        await keep_post.favourite_post(db, viewer, latest[0].id, now)
        latest = [await posts.visible(db, latest[0].id, viewer.id)]
    return Done(said=asked.verb, account=them, post=latest[0])


async def _about_oneself(db: Database, viewer: Account, asked: Command, now: datetime, zone: str) -> Done:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    match asked.verb:
        case "track":
            ear = await keep_ear(db, viewer, asked.text, zone, now)
            return Done(said="track", words=ear.query, ears=(ear,), undo=f"untrack {ear.query}")
        case "untrack":
            known = await ears.find_same(db, viewer.id, asked.text)
            kept = [known] if known else [
                ear for ear in await ears.of_owner(db, viewer.id, now, midnight)
                if asked.text.casefold() in (ear.query.casefold(), ear.name.casefold())]
            if not kept:
                raise NotFound(f"You do not track “{asked.text}”.")
            await drop_ear(db, viewer, kept[0].id, now)
            return Done(said="untrack", words=kept[0].query, undo=f"track {kept[0].query}")
        case "untrack all":
            listening = [ear for ear in await ears.of_owner(db, viewer.id, now, midnight) if not ear.paused]
            for ear in listening:  # what they heard stays, and each can be switched on again
                await change_ear(db, viewer, ear.id, now, paused=True)
            return Done(said="untrack all", ears=tuple(listening))
    own = tuple(await ears.of_owner(db, viewer.id, now, midnight)) if asked.verb in ("tracks", "stats") else ()
    return Done(said=asked.verb, account=await accounts.get(db, viewer.id), ears=own)


async def _send(
    db: Database, viewer: Account, them: Account, text: str, now: datetime, max_characters: int, key: str,
    language: str | None,
) -> SeenPost:
    """A direct post to somebody who follows the sender: Twitter's rule, so that strangers stay quiet."""
    may_post(viewer)
    heard = await relationships.follow(db, them.id, viewer.id)
    if them.id == viewer.id or heard is None or not heard.accepted:
        raise NotAllowed(f"{them.shown_name} does not follow you, so you cannot send them a message like this.")
    others = [a for a in (await mentioned(db, markup.mentions(text))).values() if a.id not in (them.id, viewer.id)]
    if others:
        raise NotAllowed(
            f"This names {others[0].shown_name} too, who would then read it. Write the name without the sign @.")
    draft = Draft(text=f"@{them.address} {text}", visibility=Visibility.DIRECT, language=language)
    made = await publish_post(db, viewer, draft, now, max_characters=max_characters, idempotency_key=key)
    return await posts.visible(db, made.id, AccountId(viewer.id))

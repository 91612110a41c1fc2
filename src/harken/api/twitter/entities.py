"""Posts and accounts in the shapes of 2008: status, user, direct message. Ids are numbers, with their text beside."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from ... import clock
from ...model.account import VISIBLE_STATES, Account, Member
from ...model.colours import Colours
from ...model.post import SeenPost
from ...model.relationship import Relationship
from ...store import accounts, colours, members, posts, relationships, timelines
from ..feeds.feed import Person, persons
from .asking import Asking
from .writing import Tree

_USUAL_COLOURS = Colours(
    background="FFFFFF", words="1F2328", link="0B62C4", sidebar_fill="F6F8FA", sidebar_border="D1D9E0")


def time(at: datetime) -> str:
    """As `Tue Apr 07 22:52:51 +0000 2009`."""
    return at.astimezone(UTC).strftime("%a %b %d %H:%M:%S +0000 %Y")


class Faces(msgspec.Struct, kw_only=True):
    """What is known of some accounts, to draw them for one viewer."""

    people: dict[int, Person]
    headers: dict[int, str]
    relations: dict[int, Relationship]
    colours: dict[int, Colours]
    viewer: int
    member: Member | None
    favourites: int
    base_url: str

    def user(self, account: Account) -> Tree:
        """A user. What only its owner should know (time zone, favourites) others do not get."""
        seen, own = self.relations.get(account.id), account.id == self.viewer
        drawn, usual = self.colours.get(account.id, _USUAL_COLOURS), _USUAL_COLOURS
        zone = self.member.time_zone if own and self.member else None
        made: Tree = {
            "id": account.id, "id_str": str(account.id), "name": account.shown_name,
            "screen_name": account.address, "location": account.location, "description": account.bio,
            "profile_image_url": self.people[account.id].picture or f"{self.base_url}/static/avatar.svg",
            "url": _site(account), "protected": account.protected, "followers_count": account.followers}
        for name in Colours.__struct_fields__:
            shown = {"words": "text"}.get(name, name)
            made[f"profile_{shown}_color"] = getattr(drawn, name) or getattr(usual, name)
        return made | {
            "friends_count": account.following, "created_at": time(account.created_at),
            "favourites_count": self.favourites if own else 0,
            "utc_offset": _offset(zone) if zone else None, "time_zone": zone,
            "profile_background_image_url": self.headers.get(account.header_id or 0, ""),
            "profile_background_tile": False, "statuses_count": account.posts,
            "following": bool(seen and seen.following),
            "notifications": bool(seen and seen.following and seen.notify)}


def _site(account: Account) -> str | None:
    """The first address among the rows of a profile."""
    return next((f.value for f in account.fields if f.value.startswith(("https://", "http://"))), None)


def _offset(zone: str) -> int:
    """Seconds from UTC just now."""
    offset = clock.now().astimezone(ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds()) if offset else 0


async def faces(asking: Asking, found: Iterable[Account]) -> Faces:
    """What is needed to draw these accounts: four statements, whatever their number."""
    engine, everybody = asking.engine, list({a.id: a for a in found}.values())
    db, ids = engine.db, [a.id for a in everybody]
    paths = await accounts.picture_paths(db, [a.header_id for a in everybody if a.header_id])
    relations = await relationships.of(db, asking.viewer, ids, clock.now()) if asking.viewer else []
    own = asking.viewer in ids
    return Faces(
        people=await persons(db, everybody, engine.base_url),
        headers={media_id: f"{engine.base_url}/media/{path}" for media_id, path in paths.items()},
        relations={r.account_id: r for r in relations}, colours=await colours.of_accounts(db, ids),
        viewer=asking.viewer, member=await members.find(db, asking.viewer) if own else None,
        favourites=await accounts.favourites_of(db, asking.viewer) if own else 0, base_url=engine.base_url)


async def statuses(asking: Asking, seen: Sequence[SeenPost], *, users: bool = True) -> list[Tree]:
    """Statuses in the order of the posts; `users` leaves their authors away where they stand around them."""
    engine = asking.engine
    bundle = await posts.bundle(engine.db, list(seen), asking.viewer)
    known = await faces(asking, bundle.accounts.values())
    made = []
    for outer in bundle.posts:
        post = bundle.others.get(outer.boost_of_id or 0, outer)
        author = bundle.accounts[outer.author_id]
        words = text_of(post)
        files = [bundle.media[i].address for i in post.media if i in bundle.media and bundle.media[i].address]
        words = " ".join([words, *(engine.base_url + address for address in files)]).strip()
        if outer.boost_of_id:
            words = f"RT @{bundle.accounts[post.author_id].address}: {words}"
        answered = _answered(outer, bundle.accounts)
        tree: Tree = {
            "created_at": time(outer.created_at), "id": outer.id, "id_str": str(outer.id), "text": words,
            "source": source(outer, engine.base_url), "truncated": False,
            "in_reply_to_status_id": outer.in_reply_to_id if answered else None,
            "in_reply_to_status_id_str": str(outer.in_reply_to_id) if answered and outer.in_reply_to_id else None,
            "in_reply_to_user_id": answered.id if answered else None,
            "favorited": post.favourited, "in_reply_to_screen_name": answered.address if answered else None}
        if users:
            tree["user"] = known.user(author)
        made.append(tree)
    return made


def text_of(post: SeenPost) -> str:
    """The text, after the warning of its author."""
    return f"{post.spoiler}\n\n{post.text}" if post.spoiler else post.text


def source(post: SeenPost, base_url: str) -> str:
    """The application as a link; nothing where history does not say."""
    if not post.source:
        return "" if post.history else "web"
    name = html.escape(post.source)
    return f'<a href="{html.escape(post.source_url)}">{name}</a>' if post.source_url else name


def _answered(post: SeenPost, people: Mapping[int, Account]) -> Account | None:
    found = people.get(post.in_reply_to_account_id or 0)
    return found if found and found.state in VISIBLE_STATES else None


async def users(asking: Asking, found: Sequence[Account], *, latest: bool = True) -> list[Tree]:
    """Users, each with the last thing that the viewer may see of it."""
    known = await faces(asking, found)
    newest = await timelines.newest_of(asking.engine.db, [a.id for a in found], asking.viewer) if latest else {}
    by_author: dict[int, Tree] = {}
    shown = list(newest.values())
    for post, tree in zip(shown, await statuses(asking, shown, users=False), strict=False):
        by_author[post.author_id] = tree
    return [
        known.user(account) | ({"status": by_author[account.id]} if account.id in by_author else {})
        for account in found]


async def user(asking: Asking, account: Account, *, latest: bool = True) -> Tree:
    """One user."""
    return (await users(asking, [await accounts.get(asking.engine.db, account.id)], latest=latest))[0]


async def messages(asking: Asking, seen: Sequence[SeenPost]) -> list[Tree]:
    """Direct messages; one to several goes by the first of them, and its text begins without their name."""
    db = asking.engine.db
    bundle = await posts.bundle(db, list(seen), asking.viewer)
    known = await faces(asking, bundle.accounts.values())
    made = []
    for post in bundle.posts:
        sender = bundle.accounts[post.author_id]
        # The viewer is the recipient of whatever they did not write themselves.
        to = asking.viewer if post.author_id != asking.viewer else next(iter(post.mentions), post.author_id)
        recipient = bundle.accounts.get(to, sender)
        words = text_of(post)
        start = f"@{recipient.address} "
        if words.lower().startswith(start.lower()):
            words = words[len(start):].lstrip()
        made.append({
            "id": post.id, "id_str": str(post.id), "sender_id": sender.id, "text": words,
            "recipient_id": recipient.id, "created_at": time(post.created_at), "sender_screen_name": sender.address,
            "recipient_screen_name": recipient.address, "sender": known.user(sender),
            "recipient": known.user(recipient)})
    return made

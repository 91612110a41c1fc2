"""People: profiles, their followers, the directory, and what one does about them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from markupsafe import Markup

from .. import clock
from ..actions import befriend, block, feature, follow
from ..api import feeds
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..errors import NotFound
from ..ids import AccountId
from ..model.account import Account
from ..model.paging import Window
from ..model.post import SeenPost
from ..model.relationship import Relationship
from ..store import accounts, collections, endorsements, posts, relationships, timelines
from ..store.database import Database
from ..text import markup
from . import faces
from .cards import cards
from .conversations import conversation
from .home import page_of
from .languages import gettext_now as _
from .pages import AnyAnswer, form, must_be_signed_in, render, safe_path, see, signed_in
from .paging import again, is_first, offset, older, window

PEOPLE = 40
RECOMMENDED = 8  # that a profile names


class Person(msgspec.Struct, kw_only=True):
    """An account in a list, with what it is to the viewer."""

    account: Account
    bio: Markup
    relation: Relationship | None


async def people(request: AnyRequest, found: list[Account]) -> list[Person]:
    """Accounts with their relation to the viewer: one statement."""
    viewer = await signed_in(request)
    await faces.load(engine_of(request).db, found)
    known: dict[int, Relationship] = {}
    if viewer:
        ids = [account.id for account in found]
        known = {r.account_id: r for r in await relationships.of(engine_of(request).db, viewer.id, ids, clock.now())}
    return [
        Person(account=a, bio=rich(a.bio), relation=known.get(a.id) if viewer and viewer.id != a.id else None)
        for a in found]


def rich(text: str) -> Markup:
    """Plain text of a profile as HTML with links."""
    return Markup(markup.to_html(markup.clean(text), {}))


async def named(request: AnyRequest, handle: str) -> Account:
    """The account of `@name` or `@name@host` in a path. Raises NotFound, also for paths that name nobody."""
    if not handle.startswith("@"):
        raise NotFound(_("There is no such page here."))
    viewer = await signed_in(request)
    name, _at, host = handle[1:].partition("@")
    found = await accounts.find_by_name(engine_of(request).db, name, host)
    if found is None:
        raise NotFound(_("There is nobody of that name here."))
    return await accounts.visible(engine_of(request).db, found.id, viewer.id if viewer else 0)


@get("/{handle:str}", include_in_schema=False)
async def profile(request: AnyRequest, handle: FromPath[str]) -> Response[bytes]:
    """Somebody's page: `?tab=replies` and `?tab=media` show other posts; `/@name.atom` (.json, .rss) is a feed."""
    stem, kind = feeds.parted(handle)
    if kind and stem.startswith("@"):
        return await feeds.addresses.account(request, stem[1:], kind)
    viewer = await signed_in(request)
    account = await named(request, handle)
    db, now, me = engine_of(request).db, clock.now(), viewer.id if viewer else 0
    tab = request.query_params.get("tab", "")
    tab = tab if tab in ("replies", "media") else ""
    seen = await timelines.of_account(
        db, account.id, me, window(request), now, replies=tab == "replies", boosts=tab != "media",
        only_media=tab == "media")
    pinned = await timelines.pinned(db, account.id, me, now) if not tab and is_first(request) else []
    shown = (await people(request, [account]))[0]
    page = await page_of(request, seen, "account")
    recommended, _ids = await endorsements.of_account(db, account.id, me, Window(limit=RECOMMENDED))
    pins = {p.id for p in pinned}
    page["cards"] = [card for card in page["cards"] if card.booster or card.post.id not in pins]
    return await render(
        request, "profile.html", account=account, person=shown, tab=tab, recommended=recommended,
        pinned=await cards(request, pinned, context="account"),
        collections=await collections.shown_of(db, account.id, me),
        fields=[(field.name, rich(field.value)) for field in account.fields],
        tabs=[("", _("Posts")), ("replies", _("With replies")), ("media", _("Media"))], **page)


@get("/{handle:str}/tagged/{name:str}", include_in_schema=False)
async def tagged(request: AnyRequest, handle: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """What somebody said with a tag, such as one that their profile features."""
    viewer = await signed_in(request)
    account = await named(request, handle)
    seen = await timelines.of_account(
        engine_of(request).db, account.id, viewer.id if viewer else 0, window(request), clock.now(), boosts=False,
        tag=markup.tag_key(name))
    return await render(
        request, "timeline.html", heading=_("#%(tag)s by %(name)s") % {"tag": name, "name": account.shown_name},
        intro="", empty=_("No posts that you can see yet."), **await page_of(request, seen, "account"))


@get("/{handle:str}/{rest:str}", include_in_schema=False)
async def below_profile(request: AnyRequest, handle: FromPath[str], rest: FromPath[str]) -> Response[bytes]:
    """`/@name/followers`, `/@name/following`, and `/@name/ID`, the conversation around a post."""
    if rest in ("followers", "following"):
        return await _follows(request, await named(request, handle), rest)
    return await conversation(request, await post_at(request, handle, rest))


async def post_at(request: AnyRequest, handle: str, post_id: str) -> SeenPost:
    """The post at `/@name/ID`, of a boost the boosted one. Raises NotFound, also for what the viewer may not see."""
    viewer = await signed_in(request)
    if not handle.startswith("@"):
        raise NotFound(_("There is no such page here."))
    found = await posts.visible(engine_of(request).db, id_in_path(post_id), viewer.id if viewer else 0)
    author = await accounts.get(engine_of(request).db, found.author_id)
    if handle[1:].lower() != author.address.lower():
        raise NotFound(_("There is no such post, or you cannot see it."))
    if found.boost_of_id:
        found = await posts.visible(engine_of(request).db, found.boost_of_id, viewer.id if viewer else 0)
    return found


async def _follows(request: AnyRequest, account: Account, which: str) -> Response[bytes]:
    viewer = await signed_in(request)
    load = accounts.followers if which == "followers" else accounts.following
    found, ids = await load(engine_of(request).db, account.id, viewer.id if viewer else 0, window(request, PEOPLE))
    heading = _("Who follows %(name)s") if which == "followers" else _("Whom %(name)s follows")
    return await render(
        request, "people.html", heading=heading % {"name": account.shown_name}, intro="", account=account,
        people=await people(request, found[:PEOPLE]), older=older(request, ids, PEOPLE),
        empty=_("%(name)s keeps this list private.") % {"name": account.shown_name}
        if account.hide_collections and (viewer is None or viewer.id != account.id) else _("Nobody yet."), orders=[])


@get("/people", include_in_schema=False)
async def directory(request: AnyRequest) -> Response[bytes]:
    """Those who want to be found: recently heard first, or newest first."""
    viewer = await signed_in(request)
    newest = request.query_params.get("order") == "newest"
    start = offset(request)
    found = await accounts.directory(
        engine_of(request).db, viewer.id if viewer else 0, PEOPLE + 1, clock.now(), start, newest=newest)
    more = again(request, **{"from": str(start + PEOPLE)}) if len(found) > PEOPLE else ""
    return await render(
        request, "people.html", heading=_("People"), account=None,
        intro=_("Everybody here who wants to be found. Others keep out of this list; that is fine too."),
        people=await people(request, found[:PEOPLE]), older=more, empty=_("Nobody is in the directory yet."),
        orders=[("/people", _("Recently heard"), not newest), ("/people?order=newest", _("New here"), newest)])


# ---- what one does about somebody ----------------------------------------------------


class Doing(msgspec.Struct, kw_only=True):
    """A button on a profile."""

    back: str = "/"
    hours: int = 0


Verb = Callable[[Database, Account, AccountId, int], Awaitable[Any]]

VERBS: dict[str, Verb] = {
    "follow": lambda db, me, them, _h: follow.follow(db, me, them, clock.now()),
    "unfollow": lambda db, me, them, _h: follow.unfollow(db, me.id, them, clock.now()),
    "show-boosts": lambda db, me, them, _h: follow.follow(db, me, them, clock.now(), show_boosts=True),
    "hide-boosts": lambda db, me, them, _h: follow.follow(db, me, them, clock.now(), show_boosts=False),
    "notify": lambda db, me, them, _h: follow.follow(db, me, them, clock.now(), notify=True),
    "unnotify": lambda db, me, them, _h: follow.stop_notifying(db, me, them),
    "block": lambda db, me, them, _h: block.block(db, me, them, clock.now()),
    "unblock": lambda db, me, them, _h: block.unblock(db, me, them, clock.now()),
    "mute": lambda db, me, them, hours: block.mute(
        db, me, them, clock.now(), length=timedelta(hours=min(hours, 24 * 366)) if hours > 0 else None),
    "unmute": lambda db, me, them, _h: block.unmute(db, me, them),
    "accept": lambda db, me, them, _h: follow.accept_follow(db, me, them, clock.now()),
    "decline": lambda db, me, them, _h: follow.unfollow(db, them, me.id, clock.now()),
    "befriend": lambda db, me, them, _h: befriend.ask_friend(db, me, them, clock.now()),
    "accept-friend": lambda db, me, them, _h: befriend.accept_friend(db, me, them, clock.now()),
    "accept-fan": lambda db, me, them, _h: befriend.accept_as_fan(db, me, them, clock.now()),
    "decline-friend": lambda db, me, them, _h: befriend.decline_friend(db, me, them, clock.now()),
    "unfriend": lambda db, me, them, _h: befriend.unfriend(db, me, them, clock.now()),
    "recommend": lambda db, me, them, _h: feature.endorse(db, me, them, clock.now()),
    "unrecommend": lambda db, me, them, _h: feature.stop_endorsing(db, me, them),
    "remove-follower": lambda db, me, them, _h: follow.unfollow(db, them, me.id, clock.now()),
}


@post("/people/{account_id:str}/{verb:str}", include_in_schema=False, status_code=200)
async def do(request: AnyRequest, account_id: FromPath[str], verb: FromPath[str]) -> AnyAnswer:
    """Follow, unfollow, block, mute and so on; then back to where the button stood."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Doing)
    target = await accounts.visible(engine_of(request).db, id_in_path(account_id), viewer.id)
    act = VERBS.get(verb)
    if act is None:
        raise NotFound(_("There is no such page here."))
    await act(engine_of(request).db, viewer, target.id, given.hours)
    return see(safe_path(given.back))


routes = [profile, tagged, below_profile, directory, do]

"""Friends, fans and requests; who was told a post; and who may write to one in private."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from ..actions.change_profile import change_circle
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..model.circle import Writers
from ..model.post import Visibility
from ..store import friends, members, posts, recipients, sets
from .cards import cards
from .languages import gettext_now as _
from .languages import ngettext_now as ngettext
from .pages import AnyAnswer, form, must_be_signed_in, render, see, signed_in
from .paging import older, window
from .profiles import PEOPLE, named, people


@get("/friend-requests", include_in_schema=False)
async def requests(request: AnyRequest) -> Response[bytes]:
    """Those who would like to be friends of the viewer."""
    viewer = await must_be_signed_in(request)
    found, ids = await friends.requests(engine_of(request).db, viewer.id, window(request, PEOPLE))
    return await render(
        request, "people.html", heading=_("Friend requests"), account=None,
        intro=_("A friend reads what you say to friends, and you read each other. As a fan, they only follow you. "
                "Whoever you decline is not told."),
        people=await people(request, found[:PEOPLE]), older=older(request, ids, PEOPLE), empty=_("Nobody is waiting."),
        orders=[])


@get("/{handle:str}/friends", include_in_schema=False)
async def friends_of(request: AnyRequest, handle: FromPath[str]) -> Response[bytes]:
    """Somebody's friends, unless they keep that to themselves."""
    return await _circle(request, handle, "friends")


@get("/{handle:str}/fans", include_in_schema=False)
async def fans_of(request: AnyRequest, handle: FromPath[str]) -> Response[bytes]:
    """Those who follow somebody without being friends."""
    return await _circle(request, handle, "fans")


async def _circle(request: AnyRequest, handle: str, which: str) -> Response[bytes]:
    viewer = await signed_in(request)
    account = await named(request, handle)
    db, me = engine_of(request).db, viewer.id if viewer else 0
    kept = not await friends.shown_to(db, account, me)
    load = friends.friends if which == "friends" else friends.fans
    found, ids = ([], []) if kept else await load(db, account.id, me, window(request, PEOPLE))
    name = {"name": account.shown_name}
    own = me == account.id
    return await render(
        request, "people.html", account=account,
        heading=(_("Friends of %(name)s") if which == "friends" else _("Fans of %(name)s")) % name,
        intro=_("Friends are asked, and say yes. You find the button on people's profiles.")
        if own and which == "friends" else "",
        people=await people(request, found[:PEOPLE]), older=older(request, ids, PEOPLE),
        empty=_("%(name)s keeps this list private.") % name if kept else _("Nobody yet."),
        orders=[(f"/@{account.address}/friends", _("Friends"), which == "friends"),
                (f"/@{account.address}/fans", _("Fans"), which == "fans")])


@get("/posts/{post_id:str}/recipients", include_in_schema=False)
async def told(request: AnyRequest, post_id: FromPath[str]) -> Response[bytes]:
    """To whom a post was said.

    Everybody who was told may see this: whoever answers is read by all of them, and should know who they are. Only the
    author sees by which sets they were chosen.
    """
    viewer = await must_be_signed_in(request)
    db = engine_of(request).db
    seen = await posts.visible(db, id_in_path(post_id), viewer.id)
    private = seen.visibility in (Visibility.SET, Visibility.DIRECT)
    found, ids = await recipients.of_post(db, seen.id, viewer.id, window(request, PEOPLE)) if private else ([], [])
    chosen = await sets.of_post(db, seen.id, viewer.id) if seen.author_id == viewer.id else []
    number = len(await recipients.ids_of(db, seen.id)) if private else 0
    said = {
        Visibility.PUBLIC: _("Everybody can read this post."), Visibility.UNLISTED: _("Everybody can read this post."),
        Visibility.FOLLOWERS: _("Those who follow its author can read this post, and whom it mentions."),
    }.get(seen.visibility) or ngettext(
        "%(num)d person can read this post, beside its author.",
        "%(num)d people can read this post, beside its author.", number) % {"num": number}
    return await render(
        request, "recipients.html", card=next(iter(await cards(request, [seen])), None), said=said, sets=chosen,
        people=await people(request, found[:PEOPLE]), older=older(request, ids, PEOPLE))


class Circle(msgspec.Struct):
    """The form of who may write."""

    written_by: int = 0
    hide_friends: bool = False


def writers() -> dict[Writers, str]:
    """Each rule, as people call it."""
    return {
        Writers.EVERYBODY: _("Everybody"), Writers.FOLLOWED: _("People I follow, and friends"),
        Writers.FRIENDS: _("Friends"), Writers.NOBODY: _("Nobody")}


@get("/settings/circle", include_in_schema=False)
async def settings(request: AnyRequest) -> Response[bytes]:
    """Who may write to one, and who sees whose friend one is."""
    viewer = await must_be_signed_in(request)
    member = await members.find(engine_of(request).db, viewer.id)
    return await render(
        request, "account/circle.html", member=member, writers=writers(), said=request.query_params.get("saved") == "1")


@post("/settings/circle", include_in_schema=False, status_code=200)
async def save(request: AnyRequest) -> AnyAnswer:
    viewer = await must_be_signed_in(request)
    given = await form(request, Circle)
    await change_circle(engine_of(request).db, viewer, written_by=given.written_by, hide_friends=given.hide_friends)
    return see("/settings/circle?saved=1")


routes = [requests, friends_of, fans_of, told, settings, save]

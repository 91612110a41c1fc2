"""Home, the front page for visitors, the public timeline, and tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from markupsafe import Markup

from .. import clock
from ..actions.announce import dismiss_announcement
from ..actions.follow_tag import follow_tag, unfollow_tag
from ..api import feeds
from ..api.requests import AnyRequest, engine_of
from ..errors import NotFound, NotSignedIn
from ..ids import parse_id
from ..model.account import Account
from ..model.paging import Window
from ..model.post import SeenPost
from ..store import community, posts, server, tags, timelines
from ..text.markup import tag_key, to_html
from .cards import Card, cards
from .compose import own_box
from .folding import folded, once
from .languages import gettext_now as _
from .pages import AnyAnswer, Nothing, form, fragment, must_be_signed_in, render, see, signed_in, unread_of
from .paging import PAGE, is_first, number, older, window

NEWEST = 60  # new posts that one click shows; the pager has the rest


async def page_of(request: AnyRequest, seen: Sequence[SeenPost], context: str = "public") -> dict[str, Any]:
    """What `timeline.html` needs to show a page of posts in a `context` of filters."""
    shown = list(seen[:PAGE])
    made = await cards(request, shown, context=context)
    return {
        "cards": folded(once(made)) if context == "home" else made,
        "older": older(request, [post.id for post in seen]),
        "first": is_first(request),
        "newest": max((post.id for post in shown), default=0),
    }


@get("/", include_in_schema=False)
async def front(request: AnyRequest) -> Response[bytes]:
    """Home of a member; for a visitor, what this is and what people say here."""
    viewer = await signed_in(request)
    db = engine_of(request).db
    if viewer is None:
        seen = await timelines.public(db, 0, window(request), clock.now())
        people, active, said = await server.numbers(db, clock.from_ms(clock.to_ms(clock.now()) - 30 * 86_400_000))
        return await render(
            request, "front.html", people=people, active=active, said=said, **await page_of(request, seen))
    seen = await timelines.home(db, viewer.id, window(request), clock.now())
    seen = await _with_just_posted(request, viewer, seen)
    return await render(
        request, "home.html", box=await own_box(request, viewer),
        announcements=await _unread_announcements(request, viewer),
        **await page_of(request, seen, "home"))


async def _unread_announcements(request: AnyRequest, viewer: Account) -> list[tuple[int, Markup]]:
    """What the operators announce and the viewer has not put away: (id, HTML)."""
    if not is_first(request):
        return []
    db = engine_of(request).db
    found = await community.announcements(db, clock.now())
    read = await community.read_announcements(db, viewer.id) if found else set()
    return [(one.id, Markup(to_html(one.text, {}))) for one in found if one.id not in read]


@post("/announcements/{announcement_id:int}/dismiss", include_in_schema=False, status_code=200)
async def dismiss(request: AnyRequest, announcement_id: FromPath[int]) -> AnyAnswer:
    """Put an announcement away."""
    viewer = await must_be_signed_in(request)
    await form(request, Nothing)
    await dismiss_announcement(engine_of(request).db, viewer, announcement_id)
    return see("/")


async def _with_just_posted(request: AnyRequest, viewer: Account, seen: list[SeenPost]) -> list[SeenPost]:
    """The page with the post that the viewer has just sent: their answer does not wait for a consumer."""
    posted = parse_id(request.query_params.get("posted") or "")
    if not posted or not is_first(request) or any(post.id == posted for post in seen):
        return seen
    found = await posts.visible_by_ids(engine_of(request).db, [posted], viewer.id)
    own = [post for post in found.values() if post.author_id == viewer.id]
    if not own or (len(seen) > PAGE and own[0].id < seen[-1].id):
        return seen
    return sorted([*seen, *own], key=lambda post: post.id, reverse=True)


@get("/public", include_in_schema=False)
async def public(request: AnyRequest) -> Response[bytes]:
    """What everybody here says to everybody."""
    viewer = await signed_in(request)
    seen = await timelines.public(engine_of(request).db, viewer.id if viewer else 0, window(request), clock.now())
    return await render(
        request, "timeline.html", heading=_("Everybody"),
        intro=_("Everything that people here say to everybody, newest first."),
        empty=_("Nobody has said anything yet. Somebody has to begin."), **await page_of(request, seen))


@get("/tags/{name:str}", include_in_schema=False)
async def tag(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Public posts with a tag; `NAME.atom`, `.json` and `.rss` are its feeds."""
    stem, kind = feeds.parted(name)
    if kind:
        return await feeds.addresses.tag(request, stem, kind)
    key = tag_key(name)
    if not key:
        raise NotFound(_("There is no such tag."))
    viewer = await signed_in(request)
    seen = await timelines.tag(engine_of(request).db, key, viewer.id if viewer else 0, window(request), clock.now())
    written = next((t for post in seen for t in post.tags if tag_key(t) == key), name)
    return await render(
        request, "timeline.html", heading=f"#{written}", intro="", feed=f"/tags/{quote(key)}.",
        follow=await _follow_button(request, viewer, key) if viewer else None,
        empty=_("No public post has this tag."), **await page_of(request, seen))


class FollowButton(msgspec.Struct):
    """What the button above a tag's posts does."""

    path: str
    on: bool


async def _follow_button(request: AnyRequest, viewer: Account, key: str) -> FollowButton:
    followed, _featured = await tags.stances(engine_of(request).db, viewer.id, [key])
    return FollowButton(f"/tags/{quote(key)}/{'unfollow' if followed else 'follow'}", bool(followed))


@post("/tags/{name:str}/{verb:str}", include_in_schema=False)
async def follow_or_not(request: AnyRequest, name: FromPath[str], verb: FromPath[str]) -> AnyAnswer:
    """Bring the public posts with a tag home, or not any more."""
    viewer = await must_be_signed_in(request)
    await form(request, Nothing)
    key = tag_key(name)
    if not key or verb not in ("follow", "unfollow"):
        raise NotFound(_("There is no such tag."))
    if verb == "follow":
        await follow_tag(engine_of(request).db, viewer, key, clock.now())
    else:
        await unfollow_tag(engine_of(request).db, viewer, key)
    return see(f"/tags/{quote(key)}")


@get("/fragments/home", include_in_schema=False)
async def newer(request: AnyRequest) -> Response[bytes]:
    """Posts of the home timeline above `after`, as list items; with `ids`, only their ids.

    A page below is looked at too: a post that stands there and is boosted now comes with everybody who boosted it, as
    it would on a page asked for anew.
    """
    viewer = await signed_in(request)
    if viewer is None:
        raise NotSignedIn(_("Please sign in first."))
    after = number(request, "after", 0)
    seen = await timelines.home(engine_of(request).db, viewer.id, Window(limit=NEWEST + PAGE), clock.now())
    shown = once(await cards(request, seen, context="home"))
    return items(request, [card for card in shown if card.position > after][:NEWEST])


def items(request: AnyRequest, shown: Sequence[Card]) -> Response[bytes]:
    """List items for the 'N new posts' bar, or a line for each: its id, and of a boost that of the post it shows."""
    headers = {"Cache-Control": "private, no-store"}
    if "ids" in request.query_params:
        lines = [" ".join(map(str, dict.fromkeys((card.position, card.post.id)))) for card in shown]
        return Response("\n".join(lines).encode(), media_type="text/plain", headers=headers)
    text = fragment(request, "fragments/items.html", cards=shown)
    return Response(text.encode("utf-8", "replace"), media_type="text/html", headers=headers)


@get("/fragments/unread", include_in_schema=False)
async def unread(request: AnyRequest) -> Response[bytes]:
    """How many notifications are unread, for the badge of a page that stays open."""
    viewer = await must_be_signed_in(request)
    count = await unread_of(request, viewer)
    return Response(str(count).encode(), media_type="text/plain", headers={"Cache-Control": "private, no-store"})


routes = [front, dismiss, public, tag, follow_or_not, newer, unread]

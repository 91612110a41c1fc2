"""The river: everything by time, newest first; what is new, what is muted, and filters.

The page is a list. On wide screens `static/river.js` lays the same list out beside a line of time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from .. import clock
from ..actions.control_answers import refusal
from ..actions.mark_conversation import read_everything, see_conversation
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..errors import Invalid
from ..ids import parse_id
from ..model.account import Account
from ..model.paging import Window
from ..model.post import SeenPost
from ..model.reading import Reading, UnreadCounts, counted
from ..store import posts, reading, river
from .cards import Card, cards
from .compose import answer_box
from .conversations import arranged
from .languages import gettext_now as _
from .languages import ngettext_now as ngettext
from .pages import AnyAnswer, form, fragment, is_htmx, must_be_signed_in, render, safe_path, see
from .paging import number, window
from .posts import original

STRETCH = 40  # posts of home that one page looks through
ANSWERS = 60  # shown when a post is opened in place: the newest; a link shows the rest
MAX_ASKED = 200  # conversations that an open page asks about at once
_PRIVATE = {"Cache-Control": "private, no-store"}


class Drop(msgspec.Struct, kw_only=True):
    """One post in the river: its card, how its conversation stands to the reader (and in words), its moment in
    milliseconds."""

    card: Card
    reading: Reading
    at_ms: int
    words: str


class Stretch(msgspec.Struct, kw_only=True):
    """A page of the river; `before` pages the next one, 0 at the end."""

    drops: list[Drop]
    before: int = 0


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A filter above the river; `count` conversations of it have something new, where that is counted."""

    name: str
    words: str
    count: int = 0


def choices(counts: UnreadCounts) -> list[Choice]:
    """The filters, in the order in which they stand there."""
    return [
        Choice(name="all", words=_("All")), Choice(name="unread", words=_("New"), count=counts.all),
        Choice(name="mine", words=_("Mine"), count=counts.mine),
        Choice(name="private", words=_("Private"), count=counts.private),
        Choice(name="responded", words=_("Answered by me"), count=counts.responded),
        Choice(name="mentioned", words=_("Mentions me")), Choice(name="favourite", words=_("Favourites"))]


def _shown(request: AnyRequest) -> str:
    """Which filter is asked for. Raises Invalid."""
    name = request.query_params.get("show") or "all"
    if name not in river.SHOWS:
        raise Invalid(_("There is no such filter."), "show")
    return name


async def _stretch(request: AnyRequest, viewer: Account, show: str, asked: Window) -> Stretch:
    """A page of what `show` names; `asked` is one longer than the page."""
    db, now = engine_of(request).db, clock.now()
    seen = await river.page(db, viewer.id, show, asked, now)
    before = seen[-2].id if len(seen) == asked.limit else 0
    seen = river.once(seen[:asked.limit - 1])
    if show == "all":
        gone = await river.flowed_lately(db, viewer.id, seen, now)
        seen = [one for one in seen if one.id not in gone]
    return Stretch(drops=await _drops(request, viewer, seen), before=before)


async def _drops(request: AnyRequest, viewer: Account, seen: Sequence[SeenPost]) -> list[Drop]:
    made = await cards(request, seen, context="home")
    known = await reading.readings(
        engine_of(request).db, viewer.id, [card.post.conversation_id for card in made], clock.now())
    when: dict[int, datetime] = {one.id: one.created_at for one in seen}
    stands = [known.get(one.post.conversation_id, Reading(conversation_id=one.post.conversation_id)) for one in made]
    return [
        Drop(card=card, reading=one, at_ms=clock.to_ms(when[card.position]), words=standing_words(one))
        for card, one in zip(made, stands, strict=True)]


def _address(show: str, before: int, path: str = "/river") -> str:
    """Where the next page is; nothing at the end."""
    if not before:
        return ""
    given: dict[str, Any] = {} if show == "all" else {"show": show}
    return f"{path}?{urlencode(given | {'before': before})}"


@get("/river", include_in_schema=False)
async def page(request: AnyRequest) -> Response[bytes]:
    """The river of the viewer."""
    viewer = await must_be_signed_in(request)
    show = _shown(request)
    stretch = await _stretch(request, viewer, show, window(request, STRETCH))
    counts = counted(await reading.unread(engine_of(request).db, viewer.id, clock.now()))
    return await render(
        request, "river.html", drops=stretch.drops, show=show, choices=choices(counts), counts=counts,
        first="before" not in request.query_params, older=_address(show, stretch.before),
        next_stretch=_address(show, stretch.before, "/fragments/river"),
        newest=max((drop.card.position for drop in stretch.drops), default=0))


@get("/fragments/river", include_in_schema=False)
async def stretch(request: AnyRequest) -> Response[bytes]:
    """More of the river: below `before`, or above `after` what is new; list items in an `ol` that says where it goes
    on."""
    viewer = await must_be_signed_in(request)
    show = _shown(request)
    found = await _stretch(request, viewer, show, window(request, STRETCH))
    after = number(request, "after", 0)
    text = fragment(
        request, "fragments/river.html", drops=found.drops,
        next_stretch="" if after else _address(show, found.before, "/fragments/river"))
    return Response(text.encode("utf-8", "replace"), media_type="text/html", headers=_PRIVATE)


@get("/fragments/river/counts", include_in_schema=False)
async def counts(request: AnyRequest) -> Response[UnreadCounts]:
    """How many conversations have something new, by filter."""
    viewer = await must_be_signed_in(request)
    return Response(
        counted(await reading.unread(engine_of(request).db, viewer.id, clock.now())), headers=_PRIVATE)


class Standing(msgspec.Struct, frozen=True):
    """How a conversation on an open page stands now; `words` are for screen readers."""

    answers: int
    state: str
    words: str


@get("/fragments/river/states", include_in_schema=False)
async def states(request: AnyRequest) -> Response[dict[str, Standing]]:
    """How the conversations `ids` (separated by commas, at most MAX_ASKED) stand to the viewer, by id."""
    viewer = await must_be_signed_in(request)
    asked = (request.query_params.get("ids") or "").split(",", MAX_ASKED)[:MAX_ASKED]
    ids = [number for text in asked if (number := parse_id(text)) is not None]
    known = await reading.readings(engine_of(request).db, viewer.id, ids, clock.now())
    return Response(
        {str(one.conversation_id): Standing(one.answers, one.state.value, standing_words(one))
         for one in known.values()}, headers=_PRIVATE)


def standing_words(one: Reading) -> str:
    """How a conversation stands, in words."""
    words = ngettext("%(num)d answer", "%(num)d answers", one.answers) % {"num": one.answers}
    if one.muted:
        return f"{words}, {_('muted')}"
    if one.fresh:
        return f"{words}, " + ngettext("%(num)d new", "%(num)d new", one.fresh) % {"num": one.fresh}
    return f"{words}, {_('new')}" if one.is_new else words


@get("/fragments/river/{post_id:str}", include_in_schema=False)
async def opened(request: AnyRequest, post_id: FromPath[str]) -> Response[bytes]:
    """A post with its answers, for opening it where it stands; the newest ANSWERS, and a box to answer in."""
    viewer = await must_be_signed_in(request)
    db = engine_of(request).db
    focus = await original(request, await posts.visible(db, id_in_path(post_id), viewer.id), viewer.id)
    tree = arranged(focus, await posts.visible_conversation(db, focus, viewer.id))
    # As Plurk had it: one flat thread by time, with who answers whom said where it is not plain.
    below = sorted((seen for seen, _depth in tree.below), key=lambda one: one.id)
    hidden = below[:-ANSWERS] if len(below) > ANSWERS else []
    shown = below[len(hidden):]
    known = await reading.readings(db, viewer.id, [focus.conversation_id], clock.now())
    stands = known.get(focus.conversation_id, Reading(conversation_id=focus.conversation_id))
    made = await cards(request, [focus, *shown], within=frozenset({focus.id}))
    by_id = {card.post.id: card for card in made}
    for one in shown:
        if one.id in by_id:
            by_id[one.id].fresh = one.id > stands.read_id and one.author_id != viewer.id
    closed = await refusal(db, focus, viewer.id)
    text = fragment(
        request, "fragments/river_open.html", card=by_id.get(focus.id), hidden=len(hidden), reading=stands,
        said=[by_id[one.id] for one in shown if one.id in by_id],
        closed=_(closed) if closed else "", box=None if closed else await answer_box(request, viewer, focus))
    return Response(text.encode("utf-8", "replace"), media_type="text/html", headers=_PRIVATE)


class Back(msgspec.Struct, kw_only=True):
    """Where a form came from."""

    back: str = "/river"


@post("/river/read", include_in_schema=False, status_code=200)
async def read_all(request: AnyRequest) -> AnyAnswer:
    """Nothing said until now is news."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Back)
    await read_everything(engine_of(request).db, viewer, clock.now())
    return see(safe_path(given.back, "/river"))


@post("/posts/{post_id:str}/seen", include_in_schema=False, status_code=200)
async def read_one(request: AnyRequest, post_id: FromPath[str]) -> AnyAnswer:
    """The conversation of a post has been read."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Back)
    await see_conversation(engine_of(request).db, viewer, id_in_path(post_id), clock.now())
    if is_htmx(request):
        return Response(b"", headers=_PRIVATE)
    return see(safe_path(given.back, "/river"))


routes = [page, stretch, counts, states, opened, read_all, read_one]

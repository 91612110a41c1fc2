"""Ears: what a member listens for, what was heard, and how to change it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from .. import clock
from ..actions import keep_ear as kept
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..errors import Invalid, NotFound, NotYet
from ..ids import id_at, moment_of
from ..model.account import Account
from ..model.ear import MAX_EARS, Ear
from ..model.paging import Window
from ..model.post import SeenPost
from ..search import heard, highlight, search
from ..search.query import BadQuery, Query
from ..store import ears
from . import languages
from .cards import Card, cards
from .languages import gettext_now as _
from .marks import marked
from .pages import Nothing, form, must_be_signed_in, render, see, spelling, zone_of
from .paging import PAGE, is_first, older, window
from .search import Mistake, mistake

DAYS = 14
WEEK = timedelta(days=7)
_PREVIEW = 5


class Bar(msgspec.Struct, frozen=True):
    """One day of an ear: its date in short, how many posts it heard, and the height of its bar in percent."""

    date: str
    count: int
    height: int


class Given(msgspec.Struct):
    """The form of an ear."""

    query: str = ""
    name: str = ""
    preview: str = ""
    shared: str = ""


def today(request: AnyRequest) -> datetime:
    """When the reader's day began."""
    return clock.now().astimezone(zone_of(request)).replace(hour=0, minute=0, second=0, microsecond=0)


@get("/ears", include_in_schema=False)
async def overview(request: AnyRequest) -> Response[bytes]:
    """Everything the viewer listens for."""
    viewer = await must_be_signed_in(request)
    return await _overview(request, viewer, Given(query=request.query_params.get("q") or ""))


async def _overview(
    request: AnyRequest, viewer: Account, given: Given, wrong: Mistake | None = None, error: str = "", status: int = 200
) -> Response[bytes]:
    listed = await ears.of_owner(engine_of(request).db, viewer.id, clock.now(), today(request))
    return await render(
        request, "ears.html", status=status, ears=listed, given=given, mistake=wrong, error=error, counted=ears.COUNTED,
        most=MAX_EARS)


@post("/ears", include_in_schema=False)
async def keep(request: AnyRequest) -> Response[bytes] | Redirect:
    """Keep a search: one click on a result page, or the form of the overview."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    try:
        ear = await kept.keep_ear(
            engine_of(request).db, viewer, given.query, spelling(request).zone, clock.now(), given.name)
    except BadQuery as error:
        return await _overview(request, viewer, given, wrong=mistake(given.query, error), status=422)
    except (Invalid, NotYet) as error:
        return await _overview(request, viewer, given, error=error.message, status=422)
    return see(f"/ears/{ear.id}")


@get("/ears/{ear_id:str}", include_in_schema=False)
async def one(request: AnyRequest, ear_id: FromPath[str]) -> Response[bytes]:
    """What an ear heard, last heard first; seeing the first page moves the read mark."""
    viewer = await must_be_signed_in(request)
    db = engine_of(request).db
    ear = await ears.get(db, id_in_path(ear_id), viewer.id)
    now = clock.now()
    hearing = await heard.page(db, ear, viewer, window(request), now)
    query, last = hearing.query, (hearing.ids[:PAGE] or [0])[-1]
    shown = [p for p in hearing.posts if p.match_id >= last]
    new = {p.id for p in shown if p.match_id > ear.read_id} if is_first(request) else set()
    made = await cards(request, shown, marked=_marked(query, shown), context="search")
    for card in made:
        card.because = hearing.because.get(card.post.id, [])
        card.fresh = card.post.id in new
        card.fewer = f"/ears/{ear.id}/fewer?post={card.post.id}"
    response = await render(
        request, "ear.html", ear=ear, broken=query is None, cards=made, first=is_first(request), new=len(new),
        older=older(request, hearing.ids), query_text=ear.query,
        newest=max((p.id for p in shown), default=id_at(ear.saved_at)), bars=await _days(request, ear),
        before=await _before(request, viewer, ear, query) if is_first(request) and not shown and query else [])
    if is_first(request) and hearing.ids:
        await kept.read_ear(db, viewer, ear.id, hearing.ids[0], now)
    return response


def _marked(query: Query | None, seen: Sequence[SeenPost]) -> dict[int, str]:
    """The HTML of each post with the words marked that the query asks for."""
    return {p.id: marked(p.html, p.text, highlight.spans(query.tree, p.text)) for p in seen} if query else {}


async def _days(request: AnyRequest, ear: Ear) -> list[Bar]:
    """What the ear heard on each of the last DAYS days of its owner; empty when that was nothing."""
    now, zone = clock.now(), zone_of(request)
    ids = await ears.heard_since(engine_of(request).db, ear, today(request) - timedelta(days=DAYS - 1), now)
    if not ids:
        return []
    counted = Counter(moment_of(i).astimezone(zone).date() for i in ids)
    most = max(counted.values())
    days = [(today(request) - timedelta(days=back)).date() for back in reversed(range(DAYS))]
    reader = spelling(request)
    return [
        Bar(languages.short_date(
            datetime(day.year, day.month, day.day, 12, tzinfo=zone), reader.zone, reader.language, False),
            counted[day], -(-100 * counted[day] // most))
        for day in days]


async def _before(request: AnyRequest, viewer: Account, ear: Ear, query: Query) -> list[Card]:
    """What was said before the ear began to listen, for a page that would be empty."""
    db = engine_of(request).db
    found = await search.find(db, ear.query, viewer, Window(limit=_PREVIEW), ear.saved_at, ear.days)
    return await cards(request, found.posts, marked=_marked(query, found.posts))


@get("/ears/{ear_id:str}/edit", include_in_schema=False)
async def edit(request: AnyRequest, ear_id: FromPath[str]) -> Response[bytes]:
    """The form of an ear, with what its query would have heard in the last week."""
    viewer = await must_be_signed_in(request)
    ear = await ears.get(engine_of(request).db, id_in_path(ear_id), viewer.id)
    return await _edit(request, viewer, ear, Given(ear.query, ear.name, shared="yes" if ear.shared else ""))


async def _edit(
    request: AnyRequest, viewer: Account, ear: Ear, given: Given, error: str = "", status: int = 200
) -> Response[bytes]:
    wrong: Mistake | None = None
    week: list[Card] = []
    many = False
    db, now = engine_of(request).db, clock.now()
    try:
        page = Window(limit=ears.COUNTED, after=id_at(now - WEEK))
        found = await search.find(db, given.query, viewer, page, now, zone_of(request))
        recent = [p for p in found.posts if p.created_at > now - WEEK]
        many, count = len(recent) == ears.COUNTED, len(recent)
        week = await cards(request, recent[:_PREVIEW], marked=_marked(found.query, recent[:_PREVIEW]))
    except BadQuery as fault:
        wrong, status, count = mistake(given.query, fault), 422, 0
    except NotYet as fault:
        error, status, count = fault.message, 422, 0
    return await render(
        request, "ear_edit.html", status=status, ear=ear, given=given, mistake=wrong, error=error, week=week,
        count=count, many=many)


@post("/ears/{ear_id:str}/edit", include_in_schema=False)
async def change(request: AnyRequest, ear_id: FromPath[str]) -> Response[bytes] | Redirect:
    """Save an ear, or show what another query would have heard."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    db = engine_of(request).db
    ear = await ears.get(db, id_in_path(ear_id), viewer.id)
    if given.preview:
        return await _edit(request, viewer, ear, given)
    try:
        await kept.change_ear(
            db, viewer, ear.id, clock.now(), name=given.name, query=given.query, zone=spelling(request).zone,
            shared=bool(given.shared))
    except BadQuery:
        return await _edit(request, viewer, ear, given)
    except (Invalid, NotYet) as error:
        return await _edit(request, viewer, ear, given, error.message, 422)
    return see(f"/ears/{ear.id}")


_VERBS = ("pause", "resume", "link", "feed", "no-feed", "drop")


@post([f"/ears/{{ear_id:str}}/{verb}" for verb in _VERBS], include_in_schema=False)
async def do(request: AnyRequest, ear_id: FromPath[str]) -> Redirect:
    """Pause, resume, make a new link or feed address, take the feed away, drop."""
    viewer = await must_be_signed_in(request)
    await form(request, Nothing)
    db, number, now = engine_of(request).db, id_in_path(ear_id), clock.now()
    match request.scope["path"].rsplit("/", 1)[1]:
        case "drop":
            await kept.drop_ear(db, viewer, number, now)
            return see("/ears")
        case "link":
            await kept.change_ear(db, viewer, number, now, new_key=True)
            return see(f"/ears/{number}/edit")
        case "feed" | "no-feed" as verb:
            await kept.change_ear(db, viewer, number, now, feed=verb == "feed")
            return see(f"/ears/{number}/edit#feed")
        case verb:
            await kept.change_ear(db, viewer, number, now, paused=verb == "pause")
            return see(f"/ears/{number}")


@get("/ears/{ear_id:str}/drop", include_in_schema=False)
async def ask_to_drop(request: AnyRequest, ear_id: FromPath[str]) -> Response[bytes]:
    """Are you sure?"""
    viewer = await must_be_signed_in(request)
    ear = await ears.get(engine_of(request).db, id_in_path(ear_id), viewer.id)
    return await render(request, "ear_drop.html", ear=ear)


@get("/ears/shared/{key:str}", include_in_schema=False)
async def shared(request: AnyRequest, key: FromPath[str]) -> Response[bytes]:
    """An ear that somebody shared by its link: what it listens for, and a way to keep a copy."""
    ear = await ears.get_by_key(engine_of(request).db, key)
    if not ear.shared:
        raise NotFound(_("There is no such ear, or it is not shared any more."))
    return await render(request, "ear_shared.html", ear=ear)


routes: list[Any] = [overview, keep, shared, edit, change, ask_to_drop, one, do]

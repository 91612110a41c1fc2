"""Planned posts: what a member will say later, when, and what went wrong."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from .. import clock
from ..actions import schedule_post
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..errors import Invalid
from ..model.scheduled import Scheduled
from ..store import scheduled
from .cards import When, visibility_name, when
from .compose import kind_words, moment_here
from .pages import form, must_be_signed_in, render, see, zone_of

SHOWN = 300


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One planned post; `field` is its time as a browser's field wants it."""

    planned: Scheduled
    when: When
    field: str
    visibility: str


class Moved(msgspec.Struct, kw_only=True):
    """The form below a planned post."""

    later: str = ""


async def _page(request: AnyRequest, error: str = "", at: int = 0) -> Response[bytes]:
    viewer = await must_be_signed_in(request)
    found = await scheduled.upcoming(engine_of(request).db, viewer.id, SHOWN)
    now, zone = clock.now(), zone_of(request)
    plans = [
        Plan(
            planned=one, when=when(one.at, now, request), visibility=visibility_name(one.draft.visibility),
            field=one.at.astimezone(zone).strftime("%Y-%m-%dT%H:%M"))
        for one in found]
    return await render(
        request, "scheduled.html", status=422 if error else 200, plans=plans, error=error, error_at=at)


@get("/scheduled", include_in_schema=False)
async def plan(request: AnyRequest) -> Response[bytes]:
    """What the viewer has planned, the next first."""
    return await _page(request)


@post("/scheduled/{scheduled_id:str}/move", include_in_schema=False, status_code=200)
async def move(request: AnyRequest, scheduled_id: FromPath[str]) -> Response[bytes] | Redirect:
    """Plan a post for another time."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Moved)
    target = id_in_path(scheduled_id)
    engine = engine_of(request)
    try:
        await schedule_post.reschedule_post(
            engine.db, viewer, target, moment_here(request, given.later), clock.now())
    except Invalid as refused:
        return await _page(request, kind_words(refused, engine.settings.max_post_characters), target)
    return see("/scheduled")


@post("/scheduled/{scheduled_id:str}/cancel", include_in_schema=False, status_code=200)
async def cancel(request: AnyRequest, scheduled_id: FromPath[str]) -> Response[bytes] | Redirect:
    """Forget a planned post."""
    viewer = await must_be_signed_in(request)
    await form(request, Moved)
    await schedule_post.cancel_scheduled_post(engine_of(request).db, viewer, id_in_path(scheduled_id), clock.now())
    return see("/scheduled")


routes = [plan, move, cancel]

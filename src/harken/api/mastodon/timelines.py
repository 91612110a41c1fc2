"""docs.joinmastodon.org/methods/timelines, conversations, markers."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import delete, get
from litestar.params import FromPath

from ... import clock
from ...actions.mark_conversation import read_conversation, remove_conversation, unread_conversation
from ...actions.mark_read import TIMELINES, mark_read
from ...errors import Invalid, NotFound
from ...ids import parse_id
from ...model.account import Account
from ...model.post import SeenPost
from ...model.relationship import Marker
from ...search import search
from ...search.trends import find_trends
from ...store import conversations, markers, timelines
from ...text import markup
from ..requests import AnyRequest, engine_of, id_in_path, link_header, parameters, viewer, viewer_or_visitor, window
from . import entities
from .answers import Answer, answer, doing, identity, status_page
from .trends import MOST_TRENDS


class PublicFilter(msgspec.Struct):
    """Which public posts."""

    local: bool = False
    remote: bool = False
    only_media: bool = False


class TagFilter(PublicFilter):
    """Which public posts with tags."""

    any: list[str] | str = []
    all: list[str] | str = []
    none: list[str] | str = []


class Asked(msgspec.Struct):
    """Which marks."""

    timeline: list[str] | str = []


def _keys(names: list[str] | str) -> list[str]:
    given = [names] if isinstance(names, str) else names
    return [key for name in given[:20] if (key := markup.tag_key(name))]


@get("/api/v1/timelines/home")
async def home(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:statuses")
    page = window(request)
    return await status_page(request, by, await timelines.home(engine_of(request).db, by.id, page, clock.now()), page)


@get("/api/v1/timelines/public")
async def public(request: AnyRequest) -> Answer:
    by = await viewer_or_visitor(request, "read:statuses")
    asked = await parameters(request, PublicFilter)
    page = window(request)
    if asked.remote:
        return answer([])  # no other servers yet
    found = await timelines.public(engine_of(request).db, identity(by), page, clock.now(), only_media=asked.only_media)
    return await status_page(request, by, found, page)


@get("/api/v1/timelines/tag/{hashtag:str}")
async def tag(request: AnyRequest, hashtag: FromPath[str]) -> Answer:
    by = await viewer_or_visitor(request, "read:statuses")
    asked = await parameters(request, TagFilter)
    page = window(request)
    if asked.remote:
        return answer([])
    found = await timelines.tag(
        engine_of(request).db, markup.tag_key(hashtag), identity(by), page, clock.now(),
        also=_keys(asked.any), required=_keys(asked.all), excluded=_keys(asked.none), only_media=asked.only_media)
    return await status_page(request, by, found, page)


@get("/api/v1/conversations")
async def conversations_(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:statuses")
    page = window(request)
    engine = engine_of(request)
    found = await conversations.latest(engine.db, by.id, page, clock.now())
    made = await entities.conversations(engine.db, found, by.id, engine.base_url)
    return answer(made, link_header(request, engine.base_url, [p.id for p in found], full=len(found) >= page.limit))


class LinkAsked(msgspec.Struct):
    """Which page."""

    url: str = ""


@get("/api/v1/timelines/link")
async def link(request: AnyRequest) -> Answer:
    """Posts with a link that trends now: those that everybody may find, without whom the viewer does not hear."""
    by = await viewer_or_visitor(request, "read:statuses")
    url = (await parameters(request, LinkAsked)).url.rstrip("/")
    db, page, now = engine_of(request).db, window(request), clock.now()
    trending = await find_trends(db, None, "day", now, kinds=("link",), limit=MOST_TRENDS)
    query = next((one.query for one in trending.trends if one.name.rstrip("/") == url), None)
    if query is None:
        raise NotFound
    ids = [post.id for post in (await search.find(db, query, None, page, now)).posts]
    shown = await search.findable(db, by, ids, now)
    return await status_page(request, by, [shown[i] for i in ids if i in shown], page, list(ids))


async def _conversation(request: AnyRequest, by: Account, latest: SeenPost) -> Answer:
    engine = engine_of(request)
    return answer((await entities.conversations(engine.db, [latest], by.id, engine.base_url))[0])


@doing("/api/v1/conversations/{conversation_id:str}/read")
async def read(request: AnyRequest, conversation_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:conversations")
    db = engine_of(request).db
    return await _conversation(
        request, by, await read_conversation(db, by, id_in_path(conversation_id), clock.now()))


@doing("/api/v1/conversations/{conversation_id:str}/unread")
async def unread(request: AnyRequest, conversation_id: FromPath[str]) -> Answer:
    """Not in the documentation: `post :unread` in Mastodon's routes since 4.2, and masto calls it."""
    by = await viewer(request, "write:conversations")
    db = engine_of(request).db
    return await _conversation(
        request, by, await unread_conversation(db, by, id_in_path(conversation_id), clock.now()))


@delete("/api/v1/conversations/{conversation_id:str}", status_code=200)
async def remove(request: AnyRequest, conversation_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:conversations")
    await remove_conversation(engine_of(request).db, by, id_in_path(conversation_id), clock.now())
    return answer({})


# ---- markers -------------------------------------------------------------------


def _marks(found: list[Marker]) -> dict[str, Any]:
    return {
        mark.timeline: {
            "last_read_id": str(mark.last_read_id), "version": mark.version,
            "updated_at": entities.time(mark.updated_at)}
        for mark in found}


@get("/api/v1/markers")
async def marks(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:statuses")
    asked = (await parameters(request, Asked)).timeline
    return answer(_marks(await markers.of(engine_of(request).db, by.id, [asked] if isinstance(asked, str) else asked)))


class Mark(msgspec.Struct):
    """How far one timeline was read."""

    last_read_id: str | int


class Marks(msgspec.Struct):
    """How far each timeline was read."""

    home: Mark | None = None
    notifications: Mark | None = None


@doing("/api/v1/markers")
async def mark(request: AnyRequest) -> Answer:
    by = await viewer(request, "write:statuses")
    asked = await parameters(request, Marks)
    last_read: dict[str, int] = {}
    for name in TIMELINES:
        given: Mark | None = getattr(asked, name)
        if given is not None:
            number = parse_id(str(given.last_read_id))
            if number is None:
                raise Invalid("Validation failed: last_read_id must be an id")
            last_read[name] = number
    if not last_read:
        return answer({})
    return answer(_marks(await mark_read(engine_of(request).db, by, last_read, clock.now())))


routes = [home, public, tag, link, conversations_, read, unread, remove, marks, mark]

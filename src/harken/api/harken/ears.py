"""Ears for programs; docs/api.md, "Ears"."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath

from ... import clock
from ...actions import keep_ear as kept
from ...errors import Invalid
from ...ids import parse_id
from ...model.ear import Ear
from ...search import heard
from ...store import ears
from ..mastodon import entities
from ..mastodon.answers import answer
from ..requests import AnyRequest, engine_of, id_in_path, link_header, parameters, viewer, window


class Given(msgspec.Struct):
    """What a program may say of an ear; None leaves it as it is."""

    query: str | None = None
    name: str | None = None
    time_zone: str | None = None
    paused: bool | None = None
    shared: bool | None = None
    feed: bool | None = None

    @property
    def zone(self) -> str | None:
        """The time zone. Raises Invalid for one that nobody knows."""
        if self.time_zone is not None and self.time_zone not in available_timezones():
            raise Invalid("time_zone is a name such as Europe/Berlin.", "time_zone")
        return self.time_zone


class EarEntity(msgspec.Struct):
    """An ear as its owner sees it; `unread` and `today` stop counting at ears.COUNTED."""

    id: str
    name: str
    query: str
    time_zone: str
    listens_since: datetime
    created_at: datetime
    paused: bool
    shared_url: str | None
    feed_url: str | None
    last_read_id: str
    unread: int | None = None
    today: int | None = None


class HeardEntity(msgspec.Struct):
    """Something an ear heard: `id` orders by arrival and pages; `because` are the parts of the query that hold."""

    id: str
    because: list[str]
    status: msgspec.Raw


class ReadMark(msgspec.Struct):
    """Up to which of the things heard."""

    last_read_id: str


def _entity(ear: Ear, base_url: str, unread: int | None = None, today: int | None = None) -> EarEntity:
    return EarEntity(
        id=str(ear.id), name=ear.name, query=ear.query, time_zone=ear.zone, listens_since=ear.saved_at,
        created_at=ear.created_at, paused=ear.paused,
        shared_url=f"{base_url}/ears/shared/{ear.key}" if ear.shared else None,
        feed_url=f"{base_url}/feeds/ears/{ear.feed_key}.atom" if ear.feed_key else None, last_read_id=str(ear.read_id),
        unread=unread, today=today)


@get("/api/harken/v1/ears")
async def many(request: AnyRequest) -> Response[bytes]:
    """Everything the member listens for, by name."""
    by = await viewer(request, "read:ears")
    engine, now = engine_of(request), clock.now()
    today = now.astimezone(ZoneInfo("UTC")).replace(hour=0, minute=0, second=0, microsecond=0)
    listed = await ears.of_owner(engine.db, by.id, now, today)
    return answer([_entity(ear, engine.base_url, ear.unread, ear.today) for ear in listed])


@post("/api/harken/v1/ears", status_code=200)
async def keep(request: AnyRequest) -> Response[bytes]:
    """Listen for `query` from now on; the same query is kept once."""
    by = await viewer(request, "write:ears")
    asked = await parameters(request, Given)
    engine = engine_of(request)
    ear = await kept.keep_ear(
        engine.db, by, asked.query or "", asked.zone or "UTC", clock.now(), asked.name or "")
    return answer(_entity(ear, engine.base_url))


@get("/api/harken/v1/ears/{ear_id:str}")
async def one(request: AnyRequest, ear_id: FromPath[str]) -> Response[bytes]:
    """One ear."""
    by = await viewer(request, "read:ears")
    engine = engine_of(request)
    return answer(_entity(await ears.get(engine.db, id_in_path(ear_id), by.id), engine.base_url))


@patch("/api/harken/v1/ears/{ear_id:str}")
async def change(request: AnyRequest, ear_id: FromPath[str]) -> Response[bytes]:
    """Change what is given; a new query listens from now on."""
    by = await viewer(request, "write:ears")
    asked = await parameters(request, Given)
    engine = engine_of(request)
    ear = await kept.change_ear(
        engine.db, by, id_in_path(ear_id), clock.now(), name=asked.name, query=asked.query, zone=asked.zone,
        paused=asked.paused, shared=asked.shared, feed=asked.feed)
    return answer(_entity(ear, engine.base_url))


@delete("/api/harken/v1/ears/{ear_id:str}", status_code=200)
async def drop(request: AnyRequest, ear_id: FromPath[str]) -> Response[bytes]:
    """Listen no more."""
    by = await viewer(request, "write:ears")
    await kept.drop_ear(engine_of(request).db, by, id_in_path(ear_id), clock.now())
    return answer({})


@get("/api/harken/v1/ears/{ear_id:str}/heard")
async def timeline(request: AnyRequest, ear_id: FromPath[str]) -> Response[bytes]:
    """What it heard, last heard first, with why; paged as Mastodon's timelines are."""
    by = await viewer(request, "read:ears")
    engine, page = engine_of(request), window(request)
    ear = await ears.get(engine.db, id_in_path(ear_id), by.id)
    hearing = await heard.page(engine.db, ear, by, page, clock.now())
    statuses = await entities.statuses(engine.db, list(hearing.posts), by.id, engine.base_url)
    made = [
        HeardEntity(str(p.match_id), hearing.because.get(p.id, []), statuses[p.id])
        for p in hearing.posts if p.id in statuses]
    return answer(made, link_header(request, engine.base_url, hearing.ids, full=len(hearing.ids) >= page.limit))


@post("/api/harken/v1/ears/{ear_id:str}/read", status_code=200)
async def read(request: AnyRequest, ear_id: FromPath[str]) -> Response[bytes]:
    """Everything up to `last_read_id` has been read; a mark never moves back."""
    by = await viewer(request, "write:ears")
    number = parse_id((await parameters(request, ReadMark)).last_read_id)
    if number is None:
        raise Invalid("last_read_id is the id of something that the ear heard.", "last_read_id")
    engine = engine_of(request)
    await kept.read_ear(engine.db, by, id_in_path(ear_id), number, clock.now())
    return answer(_entity(await ears.get(engine.db, id_in_path(ear_id), by.id), engine.base_url))


routes = [many, keep, one, change, drop, timeline, read]

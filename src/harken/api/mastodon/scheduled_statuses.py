"""docs.joinmastodon.org/methods/scheduled_statuses."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath

from ... import clock
from ...actions.schedule_post import cancel_scheduled_post, reschedule_post
from ...errors import NotFound
from ...store import scheduled
from ..requests import AnyRequest, engine_of, id_in_path, link_header, parameters, viewer, window
from . import entities
from .answers import Answer, answer


class Moved(msgspec.Struct):
    """When to publish it instead."""

    scheduled_at: str = ""


def moment(text: str) -> datetime | None:
    """A time as ISO 8601 has it, in whole milliseconds; without a zone it is UTC. None for what is no time."""
    try:
        given = datetime.fromisoformat(text.strip())
        aware = given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
        return clock.from_ms(clock.to_ms(aware))
    except (ValueError, OverflowError):
        return None


@get("/api/v1/scheduled_statuses")
async def many(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:statuses")
    engine, page = engine_of(request), window(request)
    found = await scheduled.page(engine.db, by.id, page)
    headers = link_header(request, engine.base_url, [one.id for one in found], full=len(found) >= page.limit)
    return answer(await entities.scheduled_statuses(engine.db, found, engine.base_url), headers)


async def _answer(request: AnyRequest, account_id: int, text: str) -> Answer:
    engine = engine_of(request)
    found = await scheduled.find(engine.db, account_id, id_in_path(text))
    if found is None:
        raise NotFound
    return answer((await entities.scheduled_statuses(engine.db, [found], engine.base_url))[0])


@get("/api/v1/scheduled_statuses/{scheduled_id:str}")
async def one(request: AnyRequest, scheduled_id: FromPath[str]) -> Answer:
    return await _answer(request, (await viewer(request, "read:statuses")).id, scheduled_id)


@put("/api/v1/scheduled_statuses/{scheduled_id:str}")
async def move(request: AnyRequest, scheduled_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:statuses")
    at = moment((await parameters(request, Moved)).scheduled_at)
    await reschedule_post(engine_of(request).db, by, id_in_path(scheduled_id), at, clock.now())
    return await _answer(request, by.id, scheduled_id)


@delete("/api/v1/scheduled_statuses/{scheduled_id:str}", status_code=200)
async def cancel(request: AnyRequest, scheduled_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:statuses")
    await cancel_scheduled_post(engine_of(request).db, by, id_in_path(scheduled_id), clock.now())
    return answer({})


routes = [many, one, move, cancel]

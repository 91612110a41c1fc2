"""What is unread, by conversation and reader; the river; docs/api.md, "What is unread, and the river"."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from ... import clock
from ...actions.mark_conversation import follow_conversation, read_everything, see_conversation
from ...errors import Invalid
from ...ids import parse_id
from ...model.account import Account
from ...model.post import SeenPost
from ...model.reading import Reading, counted
from ...store import posts, reading, river
from ..mastodon import entities
from ..mastodon.answers import answer
from ..requests import AnyRequest, engine_of, id_in_path, link_header, parameters, viewer, window

MAX_ASKED = 100


class Standing(msgspec.Struct):
    """How a conversation stands to the member."""

    id: str
    state: str
    answers: int
    fresh: int
    responses_seen: int
    told: bool


class Drop(msgspec.Struct):
    """One post in the river, with its conversation; `id` pages, and is not the status's where it was boosted."""

    id: str
    created_at: datetime
    status: msgspec.Raw
    conversation: Standing


class Asked(msgspec.Struct):
    """Which statuses."""

    id: list[str] | str = []


async def _standings(request: AnyRequest, by: Account, ids: Iterable[int]) -> dict[int, Standing]:
    """By conversation: two statements, whatever their number."""
    wanted = sorted(set(ids))
    db = engine_of(request).db
    known = await reading.readings(db, by.id, wanted, clock.now())
    told = await reading.told_among(db, by.id, wanted)
    made = {i: known.get(i, Reading(conversation_id=i)) for i in wanted}
    return {
        i: Standing(str(i), one.state.value, one.answers, one.fresh, one.responses_seen, i in told)
        for i, one in made.items()}


@get("/api/harken/v1/river")
async def flow(request: AnyRequest) -> Response[bytes]:
    """A page of the river."""
    by = await viewer(request, "read:statuses")
    show = request.query_params.get("show") or "all"
    if show not in river.SHOWS:
        raise Invalid(f"show is one of {', '.join(river.SHOWS)}", "show")
    engine, page = engine_of(request), window(request)
    found = await river.page(engine.db, by.id, show, page, clock.now())
    shown = river.once(found)
    originals = await posts.visible_by_ids(engine.db, [p.boost_of_id for p in shown if p.boost_of_id], by.id)
    about = {p.id: originals[p.boost_of_id].conversation_id if p.boost_of_id in originals else p.conversation_id
             for p in shown}
    statuses = await entities.statuses(engine.db, shown, by.id, engine.base_url)
    stands = await _standings(request, by, about.values())
    made = [
        Drop(str(p.id), p.created_at, statuses[p.id], stands[about[p.id]]) for p in shown if p.id in statuses]
    return answer(made, link_header(
        request, engine.base_url, [p.id for p in found], full=len(found) >= page.limit))


@get("/api/harken/v1/reading")
async def states(request: AnyRequest) -> Response[bytes]:
    """How the conversations of some statuses stand, by the status's id; what one may not see is left out."""
    by = await viewer(request, "read:statuses")
    asked = await parameters(request, Asked)
    texts = [asked.id] if isinstance(asked.id, str) else asked.id
    if len(texts) > MAX_ASKED:
        raise Invalid(f"At most {MAX_ASKED} statuses at a time.", "id")
    ids = [number for text in texts if (number := parse_id(text)) is not None]
    seen = await posts.visible_by_ids(engine_of(request).db, ids, by.id)
    stands = await _standings(request, by, [one.conversation_id for one in seen.values()])
    return answer({str(one.id): stands[one.conversation_id] for one in seen.values()})


@get("/api/harken/v1/reading/counts")
async def counts(request: AnyRequest) -> Response[bytes]:
    """How many conversations have something new."""
    by = await viewer(request, "read:statuses")
    return answer(counted(await reading.unread(engine_of(request).db, by.id, clock.now())))


@post("/api/harken/v1/reading/read_all", status_code=200)
async def read_all(request: AnyRequest) -> Response[bytes]:
    """Nothing said until now is news."""
    by = await viewer(request, "write:conversations")
    await read_everything(engine_of(request).db, by, clock.now())
    return answer({})


async def _stands(request: AnyRequest, by: Account, status_id: int) -> Response[bytes]:
    seen: SeenPost = await posts.visible(engine_of(request).db, status_id, by.id)
    return answer((await _standings(request, by, [seen.conversation_id]))[seen.conversation_id])


@post("/api/harken/v1/statuses/{status_id:str}/read", status_code=200)
async def read(request: AnyRequest, status_id: FromPath[str]) -> Response[bytes]:
    """The conversation of a status has been read; how it stands now."""
    by = await viewer(request, "write:conversations")
    await see_conversation(engine_of(request).db, by, id_in_path(status_id), clock.now())
    return await _stands(request, by, id_in_path(status_id))


@post("/api/harken/v1/statuses/{status_id:str}/tell", status_code=200)
async def tell(request: AnyRequest, status_id: FromPath[str]) -> Response[bytes]:
    """Tell me of answers in the conversation of a status."""
    by = await viewer(request, "write:conversations")
    await follow_conversation(engine_of(request).db, by, id_in_path(status_id), True, clock.now())
    return await _stands(request, by, id_in_path(status_id))


@post("/api/harken/v1/statuses/{status_id:str}/untell", status_code=200)
async def untell(request: AnyRequest, status_id: FromPath[str]) -> Response[bytes]:
    """Do not tell me of answers there."""
    by = await viewer(request, "write:conversations")
    await follow_conversation(engine_of(request).db, by, id_in_path(status_id), False, clock.now())
    return await _stands(request, by, id_in_path(status_id))


routes = [flow, states, counts, read_all, read, tell, untell]

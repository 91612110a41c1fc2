"""Events for programs: what is on, who comes, changing and cancelling; docs/api.md, "Events". They are published as
statuses with `harken[event]`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from litestar import Response, delete, get, post, put
from litestar.params import FromPath

from ... import clock
from ...actions import keep_calendar
from ...actions.answer_invitation import answer_invitation
from ...actions.change_gathering import cancel_gathering, change_gathering
from ...errors import Invalid, NotFound
from ...ids import PostId
from ...model.account import Account, State
from ...model.gathering import Rsvp
from ...store import accounts, gatherings, posts
from ..feeds.calendar import MOST, as_feed, calendar, since
from ..mastodon import entities
from ..mastodon.answers import answer, identity, one_status
from ..mastodon.event_extras import NewEvent
from ..requests import AnyRequest, engine_of, id_in_path, parameters, viewer, viewer_or_visitor

MAX_NAMES = 200
LONGEST = timedelta(days=400)


class AnswerGiven(msgspec.Struct):
    """yes, no or maybe; empty takes the answer back."""

    answer: str = ""


class RsvpEntity(msgspec.Struct):
    """Who said what. `account` is Mastodon's Account."""

    account: msgspec.Raw
    answer: str


class CalendarEntity(msgspec.Struct):
    """The secret address of one's calendar, or null."""

    url: str | None


def named_answer(text: str) -> Rsvp | None:
    """The answer of that name; None for none. Raises Invalid."""
    if not text:
        return None
    try:
        return Rsvp[text.upper()]
    except KeyError:
        raise Invalid("The answer is yes, no or maybe.", "answer") from None


def _moment(request: AnyRequest, name: str, otherwise: datetime) -> datetime:
    text = request.query_params.get(name) or ""
    if not text:
        return otherwise
    try:
        read = datetime.fromisoformat(text[:40])
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(f"{name} is a time in ISO 8601.", name) from None


@get("/api/harken/v1/events")
async def many(request: AnyRequest) -> Response[bytes]:
    """Statuses whose events lie between `from` and `to` (from now on, 31 days, when left out), the first to start
    first; with `whose=mine` those that concern the member."""
    by = await viewer_or_visitor(request, "read:statuses")
    engine, now = engine_of(request), clock.now()
    start = _moment(request, "from", now)
    try:
        end = _moment(request, "to", start + timedelta(days=31))
    except OverflowError:
        raise Invalid("from is too far away.", "from") from None
    if end - start > LONGEST:
        raise Invalid("Ask for 400 days at most.", "to")
    mine = request.query_params.get("whose") == "mine" and by is not None
    found = await gatherings.visible_between(engine.db, identity(by), start, end, now, MAX_NAMES, mine=mine)
    return answer(list((await entities.statuses(engine.db, found, identity(by), engine.base_url)).values()))


@put("/api/harken/v1/statuses/{status_id:str}/event")
async def change(request: AnyRequest, status_id: FromPath[str]) -> Response[bytes]:
    """Another name, place or time; those who come are told."""
    by = await viewer(request, "write:statuses")
    given = await parameters(request, NewEvent)
    target = PostId(id_in_path(status_id))
    await change_gathering(engine_of(request).db, by, target, given.invitation, clock.now())
    return await _status(request, by, target)


@delete("/api/harken/v1/statuses/{status_id:str}/event", status_code=200)
async def cancel(request: AnyRequest, status_id: FromPath[str]) -> Response[bytes]:
    """Cancel it; the status stays and says so, and those who come are told."""
    by = await viewer(request, "write:statuses")
    target = PostId(id_in_path(status_id))
    await cancel_gathering(engine_of(request).db, by, target, clock.now())
    return await _status(request, by, target)


@post("/api/harken/v1/statuses/{status_id:str}/rsvp", status_code=200)
async def rsvp(request: AnyRequest, status_id: FromPath[str]) -> Response[bytes]:
    """Say whether one comes; it can be changed until the event is over."""
    by = await viewer(request, "write:statuses")
    given = await parameters(request, AnswerGiven)
    target = PostId(id_in_path(status_id))
    await answer_invitation(engine_of(request).db, by, target, named_answer(given.answer), clock.now())
    return await _status(request, by, target)


@get("/api/harken/v1/statuses/{status_id:str}/rsvps")
async def rsvps(request: AnyRequest, status_id: FromPath[str]) -> Response[bytes]:
    """Who said what, the first to answer first, 200 at most: for those who may see the status."""
    by = await viewer_or_visitor(request, "read:statuses")
    engine = engine_of(request)
    seen = await posts.visible(engine.db, id_in_path(status_id), identity(by))
    if seen.kind != "event":
        raise NotFound("There is no such event, or you cannot see it.")
    said = await gatherings.coming(engine.db, seen.id, identity(by), MAX_NAMES)
    people = await accounts.by_ids(engine.db, [one.account_id for one in said])
    faces = await entities.accounts(engine.db, people.values(), engine.base_url)
    return answer([
        RsvpEntity(faces[one.account_id], one.answer.name.lower()) for one in said if one.account_id in faces])


@post("/api/harken/v1/calendar", status_code=200)
async def open_calendar(request: AnyRequest) -> CalendarEntity:
    """Give one's calendar a new secret address; the one before ends."""
    by = await viewer(request, "write:accounts")
    engine = engine_of(request)
    key = await keep_calendar.open_calendar(engine.db, by)
    return CalendarEntity(f"{engine.base_url}/feeds/calendars/{key}.ics")


@delete("/api/harken/v1/calendar", status_code=200)
async def close_calendar(request: AnyRequest) -> CalendarEntity:
    """End the address of one's calendar."""
    by = await viewer(request, "write:accounts")
    await keep_calendar.close_calendar(engine_of(request).db, by)
    return CalendarEntity(None)


@get("/feeds/calendars/{name:str}", include_in_schema=False)
async def calendar_of_member(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """`/feeds/calendars/SECRET.ics`: what a member comes to or was invited to, for whoever was given the address."""
    engine, now = engine_of(request), clock.now()
    owner_id = await gatherings.owner_of_feed(engine.db, name.removesuffix(".ics")) if name.endswith(".ics") else None
    owner = await accounts.find(engine.db, owner_id) if owner_id else None
    if owner is None or not owner.signs_in:
        raise NotFound("There is no such calendar.")
    seen = await gatherings.visible_for_feed(engine.db, owner.id, since(now), MOST)
    bundle = await posts.bundle(engine.db, seen, owner.id)
    content = calendar(
        bundle.posts, bundle.gatherings, bundle.accounts, engine.base_url,
        f"{owner.shown_name} · {engine.settings.title}")
    return as_feed(content, request.headers.get("if-none-match", ""), private=True)


@get("/feeds/events/{name:str}")
async def calendar_of_account(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """`/feeds/events/NAME.ics`: the events that an account says to everybody."""
    engine, now = engine_of(request), clock.now()
    found = await accounts.find_by_name(engine.db, name.removesuffix(".ics"), "") if name.endswith(".ics") else None
    if found is None or found.protected or found.state is State.DELETED:
        raise NotFound("There is no such calendar.")
    author = await accounts.visible(engine.db, found.id, 0)
    seen = await gatherings.visible_of_author(engine.db, author.id, since(now), MOST)
    bundle = await posts.bundle(engine.db, seen, 0)
    content = calendar(
        bundle.posts, bundle.gatherings, bundle.accounts, engine.base_url,
        f"{author.shown_name} (@{author.address})")
    return as_feed(content, request.headers.get("if-none-match", ""), private=False)


async def _status(request: AnyRequest, by: Account, post_id: PostId) -> Response[bytes]:
    return await one_status(request, by, await posts.visible(engine_of(request).db, post_id, by.id))


routes = [many, change, cancel, rsvp, rsvps, open_calendar, close_calendar, calendar_of_member, calendar_of_account]

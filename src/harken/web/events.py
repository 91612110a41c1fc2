"""Events: the calendar, who comes, answering, changing, and the calendar file."""

from __future__ import annotations

import calendar as days
import re
from datetime import UTC, date, datetime, timedelta

import msgspec
from babel.dates import format_date, get_day_names
from litestar import Response, get, post
from litestar.params import FromPath

from .. import clock
from ..actions import keep_calendar
from ..actions.answer_invitation import answer_invitation
from ..actions.change_gathering import cancel_gathering, change_gathering
from ..api.feeds.calendar import as_file, calendar
from ..api.harken.events import named_answer
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..errors import Invalid, NotFound
from ..ids import PostId
from ..model.account import Account
from ..model.gathering import Gathering, Rsvp
from ..model.post import SeenPost
from ..store import accounts, gatherings, posts
from ..text.catalogues import zone, zones
from . import faces
from .cards import Card, cards
from .languages import gettext_now as _
from .occasions import EventFields, fields_of
from .pages import AnyAnswer, form, must_be_signed_in, render, safe_path, see, signed_in, spelling, zone_of
from .posts import own_post

SHOWN = 60
NAMES = 500
_FAR = datetime(2100, 1, 1, tzinfo=UTC)
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


class Door(msgspec.Struct, frozen=True):
    """A link to another view of the same."""

    name: str
    address: str
    here: bool


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of a month."""

    number: int
    iso: str
    within: bool
    today: bool
    entries: list[Card]


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """A month as a table; `days` are the names of the week's, short and long."""

    name: str
    days: list[tuple[str, str]]
    weeks: list[list[Day]]
    before: str
    after: str


class Answer(msgspec.Struct, kw_only=True):
    """The buttons of an event."""

    answer: str = ""
    back: str = "/"


class EditForm(msgspec.Struct, kw_only=True):
    """The page that changes an event."""

    event: EventFields = msgspec.field(default_factory=EventFields)


class CalendarForm(msgspec.Struct, kw_only=True):
    """The address of one's calendar: open or close."""

    act: str = ""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What the fields of an event need, where no post box is around them."""

    event: EventFields
    zones: tuple[str, ...]


@get("/events", include_in_schema=False)
async def events(request: AnyRequest) -> Response[bytes]:
    """What is on: upcoming, of a month, or past; what concerns the reader, or all that they may find."""
    viewer = await signed_in(request)
    query = request.query_params
    view = query.get("view") if query.get("view") in ("month", "past") else "upcoming"
    mine = viewer is not None and query.get("whose") != "all"
    now, reader = clock.now(), viewer.id if viewer else 0
    shown: Month | None = None
    first = date(1, 1, 1)
    start, end = now, _FAR
    if view == "past":
        start, end = clock.EPOCH, now
    elif view == "month":
        first = _first_of(query.get("month") or "", now.astimezone(zone_of(request)).date())
        start, end = _month_span(first, request)
    found = await gatherings.visible_between(
        engine_of(request).db, reader, start, end, now, SHOWN + 1, mine=mine, newest=view == "past")
    made = await cards(request, found[:SHOWN])
    if view == "past":
        made = [card for card in made if card.event and card.event.over]
    tail = "" if mine or viewer is None else "&whose=all"
    if view == "month":
        shown = await _month(request, first, made, tail, now)
    key = await gatherings.feed_key(engine_of(request).db, reader) if viewer else None
    return await render(
        request, "events.html", cards=made, more=len(found) > SHOWN, month=shown,
        feed=f"{engine_of(request).base_url}/feeds/calendars/{key}.ics" if key else "",
        nothing={"past": _("Nothing has been yet."), "month": _("Nothing is on in this month."),
                 "upcoming": _("Nothing is on.")}[view or "upcoming"],
        views=[
            Door(_("Upcoming"), f"/events{'?' + tail[1:] if tail else ''}", view == "upcoming"),
            Door(_("Month"), f"/events?view=month{tail}", view == "month"),
            Door(_("Past"), f"/events?view=past{tail}", view == "past")],
        whose=[
            Door(_("For me"), "/events" + ("" if view == "upcoming" else f"?view={view}"), mine),
            Door(_("Everybody's"), "/events?whose=all" + ("" if view == "upcoming" else f"&view={view}"), not mine)])


def _first_of(text: str, today: date) -> date:
    match = _MONTH.fullmatch(text)
    return date(int(match[1]), int(match[2]), 1) if match else today.replace(day=1)


def _next(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _month_span(first: date, request: AnyRequest) -> tuple[datetime, datetime]:
    local = zone_of(request)
    following = _next(first)
    return (datetime(first.year, first.month, 1, tzinfo=local).astimezone(UTC),
            datetime(following.year, following.month, 1, tzinfo=local).astimezone(UTC))


async def _month(request: AnyRequest, first: date, made: list[Card], tail: str, now: datetime) -> Month:
    language, local = spelling(request).language, zone_of(request)
    today = now.astimezone(local).date()
    known = await gatherings.of_posts(engine_of(request).db, [card.post.id for card in made], 0)
    on: dict[date, list[Card]] = {}
    for card in made:
        for day in _days_of(known.get(card.post.id), request):
            on.setdefault(day, []).append(card)
    weeks = [
        [Day(number=day.day, iso=day.isoformat(), within=day.month == first.month, today=day == today,
             entries=on.get(day, [])) for day in week]
        for week in days.Calendar().monthdatescalendar(first.year, first.month)]
    short, long = (get_day_names(width, context="stand-alone", locale=language) for width in ("abbreviated", "wide"))
    before = (first - timedelta(days=1)).replace(day=1)
    return Month(
        name=format_date(first, "LLLL y", locale=language), weeks=weeks,
        days=[(str(short[number]), str(long[number])) for number in range(7)],
        before=f"/events?view=month&month={before:%Y-%m}{tail}",
        after=f"/events?view=month&month={_next(first):%Y-%m}{tail}")


def _days_of(event: Gathering | None, request: AnyRequest) -> list[date]:
    """The days on which it is: on the reader's clock, of whole days on its own."""
    if event is None:
        return []
    from_zone = zone_of(request)
    if event.all_day:
        from_zone = zone(event.zone)
    start = event.starts_at.astimezone(from_zone).date()
    end = (event.ends_at - timedelta(seconds=1)).astimezone(from_zone).date()
    return [start + timedelta(days=n) for n in range(min((end - start).days, 366) + 1)]


@post("/posts/{post_id:str}/rsvp", include_in_schema=False, status_code=200)
async def rsvp(request: AnyRequest, post_id: FromPath[str]) -> AnyAnswer:
    """Say whether one comes, then back to where the event stood."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Answer)
    target = PostId(id_in_path(post_id))
    await answer_invitation(engine_of(request).db, viewer, target, named_answer(given.answer), clock.now())
    return see(f"{safe_path(given.back).partition('#')[0]}#post-{target}")


@get("/events/{post_id:str}/people", include_in_schema=False)
async def people(request: AnyRequest, post_id: FromPath[str]) -> Response[bytes]:
    """Who comes, for those who may see the post."""
    viewer = await signed_in(request)
    reader, db = viewer.id if viewer else 0, engine_of(request).db
    seen = await _event_post(request, post_id, reader)
    said = await gatherings.coming(db, seen.id, reader, NAMES)
    known = await accounts.by_ids(db, [one.account_id for one in said])
    await faces.load(db, known.values())

    def of(answer: Rsvp) -> list[Account]:
        return [known[one.account_id] for one in said if one.answer is answer and one.account_id in known]

    return await render(
        request, "event_people.html", card=(await cards(request, [seen]))[0],
        groups=[(_("Come"), of(Rsvp.YES)), (_("May come"), of(Rsvp.MAYBE)), (_("Cannot come"), of(Rsvp.NO))])


async def _event_post(request: AnyRequest, post_id: str, reader: int) -> SeenPost:
    seen = await posts.visible(engine_of(request).db, id_in_path(post_id), reader)
    if seen.kind != "event":
        raise NotFound(_("There is no such event."))
    return seen


@get("/events/{name:str}", include_in_schema=False)
async def file(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """`/events/ID.ics`: one event, for whoever may see its post."""
    if not name.endswith(".ics"):
        raise NotFound(_("There is no such event."))
    viewer = await signed_in(request)
    reader, engine = viewer.id if viewer else 0, engine_of(request)
    seen = await _event_post(request, name.removesuffix(".ics"), reader)
    bundle = await posts.bundle(engine.db, [seen], reader)
    return as_file(
        calendar(bundle.posts, bundle.gatherings, bundle.accounts, engine.base_url), f"event-{seen.id}.ics")


@get("/events/{post_id:str}/edit", include_in_schema=False)
async def edit(request: AnyRequest, post_id: FromPath[str]) -> Response[bytes]:
    """The fields of an own event."""
    _viewer, found = await own_post(request, post_id)
    event = await gatherings.find(engine_of(request).db, found.id)
    if event is None:
        raise NotFound(_("There is no such event."))
    return await _edit_page(request, found, fields_of(request, event))


async def _edit_page(request: AnyRequest, found: SeenPost, fields: EventFields, error: str = "") -> Response[bytes]:
    return await render(
        request, "event_edit.html", status=422 if error else 200, post=found, error=error,
        box=Shown(event=fields, zones=zones()))


@post("/events/{post_id:str}/edit", include_in_schema=False, status_code=200)
async def save(request: AnyRequest, post_id: FromPath[str]) -> AnyAnswer:
    """Change an own event; those who come are told."""
    viewer, found = await own_post(request, post_id)
    given = await form(request, EditForm)
    try:
        await change_gathering(engine_of(request).db, viewer, found.id, given.event.invitation, clock.now())
    except Invalid as refused:
        return await _edit_page(request, found, given.event, _(refused.message))
    return see(f"/@{viewer.address}/{found.id}")


@post("/events/{post_id:str}/cancel", include_in_schema=False, status_code=200)
async def cancel(request: AnyRequest, post_id: FromPath[str]) -> AnyAnswer:
    """Cancel an own event; those who come are told."""
    viewer, found = await own_post(request, post_id)
    await form(request, CalendarForm)
    await cancel_gathering(engine_of(request).db, viewer, found.id, clock.now())
    return see(f"/@{viewer.address}/{found.id}")


@post("/events/calendar", include_in_schema=False, status_code=200)
async def address(request: AnyRequest) -> AnyAnswer:
    """Give one's calendar a new secret address, or end it."""
    viewer = await must_be_signed_in(request)
    given = await form(request, CalendarForm)
    if given.act == "open":
        await keep_calendar.open_calendar(engine_of(request).db, viewer)
    elif given.act == "close":
        await keep_calendar.close_calendar(engine_of(request).db, viewer)
    return see("/events")


routes = [events, rsvp, people, file, edit, save, cancel, address]

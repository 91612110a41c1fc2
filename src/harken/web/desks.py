"""Desks: which there are, who works there, what they listen for, and the record of what was done."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from .. import clock
from ..actions import keep_desk as kept
from ..actions import keep_desk_ear as listening
from ..actions import staff_desk as staff
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..desk import hours
from ..desk.money import plain
from ..desk.record import as_csv
from ..errors import Conflict, Invalid, NotYet, Refused
from ..ids import AccountId
from ..model.account import Account
from ..model.case import COUNTED
from ..model.desk import MAX_ABOUT, DeskAct, DeskOfMember, DeskRole
from ..model.paging import Window
from ..search.query import BadQuery
from ..store import accounts, desk_memory, desk_queue, desks, ears
from . import desk_words, faces
from .cards import When, when
from .pages import Nothing, form, must_be_signed_in, render, see, spelling
from .paging import is_first, older, window
from .search import Mistake, mistake

RECORD = 50
_EXPORTED = 1_000  # lines of the record asked for at a time
_PRESETS = (15, 60, 120, 240, 480, 960, 2400)  # minutes of working time until an answer is due


class Given(msgspec.Struct):
    """The form of a desk."""

    name: str = ""
    about: str = ""
    kind: str = "general"
    emergency: str = ""
    zone: str = ""
    hours: list[str] = []
    answer_minutes: int = 240
    channel: str = ""
    approval: str = ""
    hour_cost: str = ""
    currency: str = ""

    @property
    def draft(self) -> kept.DeskDraft:
        return kept.DeskDraft(
            name=self.name, about=self.about, kind=self.kind, emergency=self.emergency, zone=self.zone or "UTC",
            hours=self.hours or None, answer_minutes=self.answer_minutes, channel=self.channel,
            approval=bool(self.approval), hour_cost=self.hour_cost, currency=self.currency)


class Place(msgspec.Struct):
    """The form that gives somebody a place."""

    name: str = ""
    role: str = "helper"


class Listened(msgspec.Struct):
    """The form of a desk's ear."""

    query: str = ""
    name: str = ""


class Person(msgspec.Struct, frozen=True):
    """Somebody at a desk, as its page names them."""

    account: Account
    role: DeskRole
    since: When


class Line(msgspec.Struct, frozen=True):
    """One act of the record, as its page says it."""

    act: DeskAct
    by: Account | None
    target: Account | None
    when: When


@get("/desks", include_in_schema=False)
async def overview(request: AnyRequest) -> Response[bytes]:
    """The desks that the viewer works at, and a way to open one."""
    return await _overview(request, await must_be_signed_in(request), Given(zone=""))


async def _overview(
    request: AnyRequest, viewer: Account, given: Given, error: str = "", status: int = 200
) -> Response[bytes]:
    engine = engine_of(request)
    given.zone = given.zone or spelling(request).zone
    mine = await desks.of_member(engine.db, viewer.id)
    return await render(
        request, "desk/desks.html", status=status, desks=mine, error=error, counted=COUNTED,
        deciding=await desk_memory.counts_waiting(engine.db, {d.id for d in mine if d.role is DeskRole.LEAD}),
        waiting=await desk_queue.open_counts(engine.db, viewer.id, [desk.id for desk in mine]),
        may_open=await kept.may_open_desks(engine.db, viewer, engine.settings.desk_openers),
        openers=engine.settings.desk_openers, given=given, **_choices(request))


def _choices(request: AnyRequest) -> dict[str, object]:
    return {
        "kinds": desk_words.kinds(), "roles": desk_words.roles(), "days": desk_words.day_names(request),
        "presets": _PRESETS, "most": MAX_ABOUT}


@post("/desks", include_in_schema=False)
async def open_one(request: AnyRequest) -> Response[bytes] | Redirect:
    """Open a desk."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    engine = engine_of(request)
    try:
        desk = await kept.open_desk(engine.db, viewer, given.draft, clock.now(), engine.settings.desk_openers)
    except Invalid as error:
        return await _overview(request, viewer, given, error.message, 422)
    return see(f"/desks/{desk.id}/about")


# ---- one desk --------------------------------------------------------------------


@get("/desks/{desk_id:str}/about", include_in_schema=False)
async def about(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """What a desk is, who works there, what it listens for; its leads change that here."""
    viewer = await must_be_signed_in(request)
    return await _about(request, await desks.get(engine_of(request).db, id_in_path(desk_id), viewer.id), Listened())


async def _about(
    request: AnyRequest, desk: DeskOfMember, given: Listened, wrong: Mistake | None = None, error: str = "",
    part: str = "", status: int = 200,
) -> Response[bytes]:
    db, now = engine_of(request).db, clock.now()
    placed = await desks.members(db, desk.id)
    known = await accounts.by_ids(db, [one.account_id for one in placed])
    await faces.load(db, known.values())
    people = [Person(known[one.account_id], one.role, when(one.joined_at, now, request))
              for one in placed if one.account_id in known]
    today = now.astimezone(desk.days).replace(hour=0, minute=0, second=0, microsecond=0)
    return await render(
        request, "desk/about.html", status=status, desk=desk, people=people, given=given, mistake=wrong, error=error,
        part=part, ears=await ears.of_owner(db, AccountId(desk.id), now, today), counted=ears.COUNTED,
        week=desk_words.week(request, desk.hours), open_now=hours.is_open(desk.hours, desk.days, now),
        **_choices(request))


@get("/desks/{desk_id:str}/settings", include_in_schema=False)
async def settings(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """The form of a desk, for its leads."""
    viewer = await must_be_signed_in(request)
    desk = await desks.get(engine_of(request).db, id_in_path(desk_id), viewer.id, DeskRole.LEAD)
    return await _settings(request, desk, Given(
        desk.name, desk.about, desk.kind, desk.emergency, desk.zone, desk.hours, desk.answer_minutes,
        desk.channel, "yes" if desk.approval else "",
        "" if desk.hour_cost is None else plain(desk.hour_cost, desk.currency), desk.currency))


async def _settings(
    request: AnyRequest, desk: DeskOfMember, given: Given, error: str = "", status: int = 200
) -> Response[bytes]:
    return await render(
        request, "desk/settings.html", status=status, desk=desk, given=given, error=error, **_choices(request))


@post("/desks/{desk_id:str}/settings", include_in_schema=False)
async def change(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes] | Redirect:
    """Save what a desk says of itself."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    db, number = engine_of(request).db, id_in_path(desk_id)
    try:
        await kept.change_desk(db, viewer, number, given.draft, clock.now())
    except Invalid as error:
        desk = await desks.get(db, number, viewer.id, DeskRole.LEAD)
        return await _settings(request, desk, given, error.message, 422)
    return see(f"/desks/{number}/about")


@get("/desks/{desk_id:str}/close", include_in_schema=False)
async def ask_to_close(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Are you sure?"""
    viewer = await must_be_signed_in(request)
    desk = await desks.get(engine_of(request).db, id_in_path(desk_id), viewer.id, DeskRole.LEAD)
    return await render(request, "desk/close.html", desk=desk)


@post("/desks/{desk_id:str}/close", include_in_schema=False)
async def close(request: AnyRequest, desk_id: FromPath[str]) -> Redirect:
    """Listen no more."""
    viewer = await must_be_signed_in(request)
    await form(request, Nothing)
    await kept.close_desk(engine_of(request).db, viewer, id_in_path(desk_id), clock.now())
    return see("/desks")


@post("/desks/{desk_id:str}/people", include_in_schema=False)
async def place(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes] | Redirect:
    """Give somebody a place, by name."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Place)
    db, number = engine_of(request).db, id_in_path(desk_id)
    desk = await desks.get(db, number, viewer.id, DeskRole.LEAD)
    try:
        who = await staff.find_by_name(db, given.name)
        await staff.staff_desk(db, viewer, number, who, staff.role_named(given.role), clock.now())
    except (Invalid, Conflict) as error:
        return await _about(request, desk, Listened(), error=error.message, part="people", status=422)
    return see(f"/desks/{number}/about#people")


@post("/desks/{desk_id:str}/people/{account_id:str}/leave", include_in_schema=False)
async def leave(request: AnyRequest, desk_id: FromPath[str], account_id: FromPath[str]) -> Response[bytes] | Redirect:
    """End somebody's place, or one's own."""
    viewer = await must_be_signed_in(request)
    await form(request, Nothing)
    db, number, who = engine_of(request).db, id_in_path(desk_id), AccountId(id_in_path(account_id))
    try:
        await staff.leave_desk(db, viewer, number, who, clock.now())
    except Conflict as error:
        desk = await desks.get(db, number, viewer.id)
        return await _about(request, desk, Listened(), error=error.message, part="people", status=409)
    return see("/desks" if who == viewer.id else f"/desks/{number}/about#people")


@post("/desks/{desk_id:str}/ears", include_in_schema=False)
async def listen(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes] | Redirect:
    """Have the desk listen for something."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Listened)
    db, number, now = engine_of(request).db, id_in_path(desk_id), clock.now()
    desk = await desks.get(db, number, viewer.id, DeskRole.LEAD)
    try:
        await listening.keep_desk_ear(db, viewer, number, given.query, now, given.name)
    except BadQuery as error:
        return await _about(request, desk, given, wrong=mistake(given.query, error), part="ears", status=422)
    except (Invalid, NotYet, Refused) as error:
        return await _about(request, desk, given, error=error.message, part="ears", status=422)
    return see(f"/desks/{number}/about#ears")


@post([f"/desks/{{desk_id:str}}/ears/{{ear_id:str}}/{verb}" for verb in ("pause", "resume", "drop")],
      include_in_schema=False)
async def hush(request: AnyRequest, desk_id: FromPath[str], ear_id: FromPath[str]) -> Redirect:
    """Pause an ear, go on, or drop it."""
    viewer = await must_be_signed_in(request)
    await form(request, Nothing)
    db, number, ear, now = engine_of(request).db, id_in_path(desk_id), id_in_path(ear_id), clock.now()
    match request.scope["path"].rsplit("/", 1)[1]:
        case "drop":
            await listening.drop_desk_ear(db, viewer, number, ear, now)
        case verb:
            await listening.pause_desk_ear(db, viewer, number, ear, verb == "pause", now)
    return see(f"/desks/{number}/about#ears")


# ---- the record --------------------------------------------------------------------


@get("/desks/{desk_id:str}/record", include_in_schema=False)
async def record(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """What was done at a desk, newest first, for its leads."""
    viewer = await must_be_signed_in(request)
    db, now = engine_of(request).db, clock.now()
    desk = await desks.get(db, id_in_path(desk_id), viewer.id, DeskRole.LEAD)
    found = await desks.acts(db, desk.id, viewer.id, window(request, RECORD))
    shown = found[:RECORD]
    known = await accounts.by_ids(db, {i for act in shown for i in (act.by_id, act.target_id) if i})
    lines = [
        Line(act, known.get(act.by_id or AccountId(0)), known.get(act.target_id or AccountId(0)),
             when(act.at, now, request))
        for act in shown]
    return await render(
        request, "desk/record.html", desk=desk, lines=lines, verbs=desk_words.acts(), first=is_first(request),
        older=older(request, [act.id for act in found], RECORD))


@get("/desks/{desk_id:str}/record.csv", include_in_schema=False)
async def exported(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """The whole record as CSV, oldest first."""
    viewer = await must_be_signed_in(request)
    desk = await desks.get(engine_of(request).db, id_in_path(desk_id), viewer.id, DeskRole.LEAD)
    text = await record_as_csv(request, desk, viewer.id)
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": f'attachment; filename="desk-{desk.id}.csv"', "Cache-Control": "private, no-store"})


async def record_as_csv(request: AnyRequest, desk: DeskOfMember, viewer: AccountId) -> str:
    """All lines of a record, for a lead of the desk."""
    db, everything = engine_of(request).db, list[DeskAct]()
    until = Window(limit=_EXPORTED)
    while piece := await desks.acts(db, desk.id, viewer, until):
        everything += piece
        until = Window(limit=_EXPORTED, before=piece[-1].id)
    ids = {i for act in everything for i in (act.by_id, act.target_id) if i}
    names = {i: f"@{account.address}" for i, account in (await accounts.by_ids(db, ids)).items()}
    return as_csv(everything[::-1], names)


routes = [
    overview, open_one, about, settings, change, ask_to_close, close, place, leave, listen, hush, record,
    exported]

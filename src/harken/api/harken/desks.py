"""Desks for programs: what they are, their people, what they listen for, their record; docs/api.md, "Desks"."""

from __future__ import annotations

from datetime import datetime

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath

from ... import clock
from ...actions import keep_desk as kept
from ...actions import keep_desk_ear as listening
from ...actions import staff_desk as staff
from ...desk import hours
from ...desk.money import plain
from ...errors import Invalid
from ...ids import AccountId
from ...model.account import Account
from ...model.desk import Desk, DeskAct, DeskOfMember, DeskRole
from ...model.ear import Ear
from ...store import accounts, desks, ears
from ..mastodon import entities
from ..mastodon.answers import answer
from ..requests import AnyRequest, engine_of, id_in_path, link_header, parameters, viewer, window


class DeskGiven(msgspec.Struct):
    """What a program may say of a desk; None leaves it as it is."""

    name: str | None = None
    about: str | None = None
    kind: str | None = None
    emergency: str | None = None
    time_zone: str | None = None
    hours: list[str] | None = None
    answer_minutes: int | None = None
    private_channel: str | None = None
    approval: bool | None = None
    hour_cost: str | None = None
    currency: str | None = None

    @property
    def draft(self) -> kept.DeskDraft:
        return kept.DeskDraft(
            name=self.name, about=self.about, kind=self.kind, emergency=self.emergency, zone=self.time_zone,
            hours=self.hours, answer_minutes=self.answer_minutes, channel=self.private_channel, approval=self.approval,
            hour_cost=self.hour_cost, currency=self.currency)


class DeskEntity(msgspec.Struct):
    """A desk; `role` is that of whoever asks, `hours` are seven texts, Monday first."""

    id: str
    name: str
    about: str
    kind: str
    emergency: str
    time_zone: str
    hours: list[str]
    open_now: bool
    answer_minutes: int
    private_channel: str
    approval: bool
    hour_cost: str | None
    currency: str | None
    created_at: datetime
    role: str


class RoleGiven(msgspec.Struct):
    """lead, helper or reader."""

    role: str = "helper"


class MemberEntity(msgspec.Struct):
    """Somebody at a desk. `account` is Mastodon's Account."""

    account: msgspec.Raw
    role: str
    joined_at: datetime


class EarGiven(msgspec.Struct):
    """An ear of a desk; None leaves a thing as it is."""

    query: str | None = None
    name: str | None = None
    paused: bool | None = None


class DeskEarEntity(msgspec.Struct):
    """What a desk listens for."""

    id: str
    name: str
    query: str
    paused: bool
    listens_since: datetime


class ActEntity(msgspec.Struct):
    """One line of the record; `by_id` is null where the clock did it."""

    id: str
    at: datetime
    by_id: str | None
    act: str
    conversation_id: str | None
    account_id: str | None
    contact_id: str | None
    about: str


def entity(desk: Desk, role: DeskRole) -> DeskEntity:
    """A desk as one of its people meets it."""
    return DeskEntity(
        id=str(desk.id), name=desk.name, about=desk.about, kind=desk.kind.value, emergency=desk.emergency,
        time_zone=desk.zone, hours=desk.hours, open_now=hours.is_open(desk.hours, desk.days, clock.now()),
        answer_minutes=desk.answer_minutes, private_channel=desk.channel, approval=desk.approval,
        hour_cost=None if desk.hour_cost is None else plain(desk.hour_cost, desk.currency),
        currency=desk.currency or None,
        created_at=desk.created_at, role=role.name.lower())


def _ear(ear: Ear) -> DeskEarEntity:
    return DeskEarEntity(
        id=str(ear.id), name=ear.name, query=ear.query, paused=ear.paused, listens_since=ear.saved_at)


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _act(act: DeskAct) -> ActEntity:
    return ActEntity(
        id=str(act.id), at=act.at, by_id=_text(act.by_id), act=act.verb, conversation_id=_text(act.conversation_id),
        account_id=_text(act.target_id), contact_id=_text(act.contact_id), about=act.about)


async def at_desk(
    request: AnyRequest, desk_id: str, scope: str, least: DeskRole = DeskRole.READER
) -> tuple[Account, DeskOfMember]:
    """Who asks, and the desk as they know it. Raises NotSignedIn, NotFound, NotAllowed."""
    by = await viewer(request, scope)
    return by, await desks.get(engine_of(request).db, id_in_path(desk_id), by.id, least)


@get("/api/harken/v1/desks")
async def many(request: AnyRequest) -> Response[bytes]:
    """The desks that one works at, by name."""
    by = await viewer(request, "read:desks")
    return answer([entity(desk, desk.role) for desk in await desks.of_member(engine_of(request).db, by.id)])


@post("/api/harken/v1/desks", status_code=200)
async def open_one(request: AnyRequest) -> Response[bytes]:
    """Open a desk, if the server's settings let one."""
    by = await viewer(request, "write:desks")
    engine = engine_of(request)
    given = await parameters(request, DeskGiven)
    desk = await kept.open_desk(engine.db, by, given.draft, clock.now(), engine.settings.desk_openers)
    return answer(entity(desk, DeskRole.LEAD))


@get("/api/harken/v1/desks/{desk_id:str}")
async def one(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """One desk."""
    _by, desk = await at_desk(request, desk_id, "read:desks")
    return answer(entity(desk, desk.role))


@patch("/api/harken/v1/desks/{desk_id:str}")
async def change(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Change what is given; for leads."""
    by = await viewer(request, "write:desks")
    given = await parameters(request, DeskGiven)
    desk = await kept.change_desk(engine_of(request).db, by, id_in_path(desk_id), given.draft, clock.now())
    return answer(entity(desk, DeskRole.LEAD))


@delete("/api/harken/v1/desks/{desk_id:str}", status_code=200)
async def close(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Listen no more; for leads."""
    by = await viewer(request, "write:desks")
    await kept.close_desk(engine_of(request).db, by, id_in_path(desk_id), clock.now())
    return answer({})


@get("/api/harken/v1/desks/{desk_id:str}/members")
async def people(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Who works there, leads first."""
    _by, desk = await at_desk(request, desk_id, "read:desks")
    engine = engine_of(request)
    placed = await desks.members(engine.db, desk.id)
    known = await accounts.by_ids(engine.db, [one.account_id for one in placed])
    shown = await entities.accounts(engine.db, list(known.values()), engine.base_url)
    return answer([
        MemberEntity(shown[one.account_id], one.role.name.lower(), one.joined_at)
        for one in placed if one.account_id in shown])


@put("/api/harken/v1/desks/{desk_id:str}/members/{account_id:str}", status_code=200)
async def place(request: AnyRequest, desk_id: FromPath[str], account_id: FromPath[str]) -> Response[bytes]:
    """Give somebody a place or another role; for leads."""
    by = await viewer(request, "write:desks")
    role = staff.role_named((await parameters(request, RoleGiven)).role)
    who = AccountId(id_in_path(account_id))
    await staff.staff_desk(engine_of(request).db, by, id_in_path(desk_id), who, role, clock.now())
    return answer({})


@delete("/api/harken/v1/desks/{desk_id:str}/members/{account_id:str}", status_code=200)
async def leave(request: AnyRequest, desk_id: FromPath[str], account_id: FromPath[str]) -> Response[bytes]:
    """End somebody's place (leads), or one's own."""
    by = await viewer(request, "write:desks")
    who = AccountId(id_in_path(account_id))
    await staff.leave_desk(engine_of(request).db, by, id_in_path(desk_id), who, clock.now())
    return answer({})


@get("/api/harken/v1/desks/{desk_id:str}/ears")
async def heard_by(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """What the desk listens for, by name."""
    _by, desk = await at_desk(request, desk_id, "read:desks")
    now = clock.now()
    return answer([_ear(ear) for ear in await ears.of_owner(engine_of(request).db, AccountId(desk.id), now, now)])


@post("/api/harken/v1/desks/{desk_id:str}/ears", status_code=200)
async def listen(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Have the desk listen for `query` from now on; for leads. The same query is kept once."""
    by = await viewer(request, "write:desks")
    given = await parameters(request, EarGiven)
    return answer(_ear(await listening.keep_desk_ear(
        engine_of(request).db, by, id_in_path(desk_id), given.query or "", clock.now(), given.name or "")))


@patch("/api/harken/v1/desks/{desk_id:str}/ears/{ear_id:str}")
async def hush(request: AnyRequest, desk_id: FromPath[str], ear_id: FromPath[str]) -> Response[bytes]:
    """Pause an ear or go on (`paused`); for leads."""
    by = await viewer(request, "write:desks")
    given = await parameters(request, EarGiven)
    if given.paused is None:
        raise Invalid("Say paused: true or false.", "paused")
    return answer(_ear(await listening.pause_desk_ear(
        engine_of(request).db, by, id_in_path(desk_id), id_in_path(ear_id), given.paused, clock.now())))


@delete("/api/harken/v1/desks/{desk_id:str}/ears/{ear_id:str}", status_code=200)
async def unlisten(request: AnyRequest, desk_id: FromPath[str], ear_id: FromPath[str]) -> Response[bytes]:
    """Listen for this no more; for leads."""
    by = await viewer(request, "write:desks")
    await listening.drop_desk_ear(
        engine_of(request).db, by, id_in_path(desk_id), id_in_path(ear_id), clock.now())
    return answer({})


@get("/api/harken/v1/desks/{desk_id:str}/record")
async def record(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """What was done there, newest first, paged as Mastodon's timelines are; for leads."""
    by, desk = await at_desk(request, desk_id, "read:desks", DeskRole.LEAD)
    engine, page = engine_of(request), window(request)
    found = await desks.acts(engine.db, desk.id, by.id, page)
    return answer([_act(act) for act in found], link_header(
        request, engine.base_url, [act.id for act in found], full=len(found) >= page.limit))


routes = [
    many, open_one, one, change, close, people, place, leave, heard_by, listen, hush, unlisten, record]

"""E-mail and devices: of which notifications one is told where, and when nothing makes a sound."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get, post

from .. import clock, mail
from ..actions.choose_telling import choose_device, choose_telling
from ..actions.set_alert import listening_of, set_listening
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..errors import Invalid
from ..model.account import Account
from ..model.telling import DEVICE_KINDS, SUBJECTS
from ..store import desks, push, sessions, telling
from .alerts import clock_time, minutes
from .cards import When, when
from .languages import gettext_now as _
from .pages import AnyAnswer, form, must_be_signed_in, render, see, visit_of


class Chosen(msgspec.Struct, kw_only=True):
    """The form of e-mails and quiet hours."""

    follow: str = "never"
    private: str = "never"
    mention: str = "never"
    quiet_from: str = ""
    quiet_to: str = ""
    digest_hour: int = 8
    devices: bool = False


class Device(msgspec.Struct, kw_only=True):
    """The form of one device."""

    id: str = ""
    kind: list[str] | str = []
    quiet: bool = False


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One device on the page."""

    id: int
    name: str
    here: bool
    since: When
    kinds: list[str]
    quiet: bool


def subjects() -> list[tuple[str, str]]:
    """What an e-mail can be about."""
    return [
        ("follow", _("Somebody follows me, asks to, or wants to be friends")),
        ("private", _("Somebody writes to me in private (the e-mail says who, not what)")),
        ("mention", _("Somebody answers or mentions me"))]


def paces() -> list[tuple[str, str]]:
    """When it comes."""
    return [("never", _("Never")), ("at_once", _("At once")), ("daily", _("Once a day"))]


def kinds(helps: bool) -> dict[str, str]:
    """What a device can be told of; of desks only whoever works at one."""
    return {
        "mention": _("answers and mentions"), "private": _("private messages"), "follow": _("new followers"),
        "follow_request": _("follow requests"), "friend_request": _("friend requests"),
        "favourite": _("favourites"), "boost": _("boosts"),
        "post": _("posts by people I have switched the bell on for"),
        "poll": _("polls that ended"), "quote": _("quotes"),
        **({"case_handed": _("cases that colleagues hand over to me"),
            "draft_asked": _("answers that I am asked to approve"),
            "draft_returned": _("answers of mine that are sent back")} if helps else {})}


@get("/settings/telling", include_in_schema=False)
async def page(request: AnyRequest) -> AnyAnswer:
    """What was chosen."""
    viewer = await must_be_signed_in(request)
    db = engine_of(request).db
    chosen, hours = await telling.find(db, viewer.id), await listening_of(db, viewer.id)
    given = Chosen(
        quiet_from=clock_time(hours.quiet_from), quiet_to=clock_time(hours.quiet_to), digest_hour=hours.digest_hour,
        devices=chosen.devices if chosen else True,
        **({name: getattr(chosen, name).value for name in SUBJECTS} if chosen else {}))
    return await _page(request, viewer, given, said=_("Saved.") if "saved" in request.query_params else "")


async def _page(
    request: AnyRequest, viewer: Account, given: Chosen, error: str = "", said: str = "", status: int = 200
) -> AnyAnswer:
    engine, now = engine_of(request), clock.now()
    signed_in = {one.id: one.user_agent for one in await sessions.of_account(engine.db, viewer.id)}
    here = visit_of(request).session_id
    devices = [
        Shown(
            id=one.id, name=signed_in.get(one.session_id or 0, "") or _("An application"),
            here=one.session_id is not None and one.session_id == here, since=when(one.created_at, now, request),
            kinds=[kind for kind in DEVICE_KINDS if one.alerts.get(kind)], quiet=one.quiet)
        for one in await push.of_account(engine.db, viewer.id)]
    return await render(
        request, "account/telling.html", status=status, given=given, error=error, said=said, devices=devices,
        subjects=subjects(), paces=paces(), kinds=kinds(bool(await desks.of_member(engine.db, viewer.id))),
        can_mail=mail.can_send(engine.settings))


@post("/settings/telling", status_code=200, include_in_schema=False)
async def save(request: AnyRequest) -> AnyAnswer:
    """Save e-mails and quiet hours."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Chosen)
    db = engine_of(request).db
    try:
        hours = await listening_of(db, viewer.id)
        await set_listening(
            db, viewer, minutes(given.quiet_from), minutes(given.quiet_to), given.digest_hour, hours.unsubscribed)
        await choose_telling(db, viewer, {name: getattr(given, name) for name in SUBJECTS}, given.devices)
    except Invalid as error:
        return await _page(request, viewer, given, _(error.message), status=422)
    return see("/settings/telling?saved=")


@post("/settings/telling/device", status_code=200, include_in_schema=False)
async def save_device(request: AnyRequest) -> AnyAnswer:
    """Save what one device is told of."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Device)
    wanted = [given.kind] if isinstance(given.kind, str) else given.kind
    await choose_device(engine_of(request).db, viewer, id_in_path(given.id), wanted[:50], given.quiet)
    return see("/settings/telling?saved=#devices")


routes: list[Any] = [page, save, save_device]

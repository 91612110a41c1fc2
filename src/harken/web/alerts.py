"""How an ear tells its owner; quiet hours, pushes and the digest for all of them; and the way out by e-mail."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from .. import clock, mail, webpush
from ..actions.choose_telling import stop_telling
from ..actions.set_alert import listening_of, set_alert, set_listening, why_not
from ..actions.subscribe_push import subscribe_push, unsubscribe_push, vapid_key
from ..actions.try_alert import try_alert
from ..actions.unsubscribe import unsubscribe
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..errors import Invalid, NotAllowed, NotFound
from ..ids import moment_of
from ..model.account import Account
from ..model.alert import COOL_DOWNS, SPIKES, Channel, EarAlert, Mode
from ..model.ear import Ear
from ..model.telling import SUBJECTS
from ..store import alerts, ears, push, sessions, telling
from .cards import When, when
from .languages import gettext_now as _
from .pages import Nothing, form, must_be_signed_in, render, see, visit_of


class Given(msgspec.Struct):
    """The form of an ear's alerts."""

    mode: str = "never"
    in_app: bool = False
    push: bool = False
    email: bool = False
    webhook_url: str = ""
    cool_down: int = 900
    spike: int = 0


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """How one way of telling fared lately."""

    name: str
    sent: When | None
    waiting: int
    failure: str
    failed: When | None


def way_names() -> dict[Channel, str]:
    """What each way of telling is called."""
    return {
        Channel.APP: _("On this site"), Channel.PUSH: _("Notification on this device"), Channel.EMAIL: _("E-mail"),
        Channel.WEBHOOK: _("Webhook")}


def cool_down_names() -> list[tuple[int, str]]:
    """Each length of silence that is offered."""
    names = (
        _("none: tell me of each post"), _("5 minutes"), _("15 minutes"), _("an hour"), _("6 hours"), _("a day"))
    return list(zip(COOL_DOWNS, names, strict=True))


def spike_names() -> list[tuple[int, str]]:
    """Each sensitivity that is offered."""
    names = (
        _("do not watch it"), _("soon: one and a half deviations above the week before"),
        _("clearly more: two deviations"), _("only when it is striking: three deviations"))
    return list(zip(SPIKES, names, strict=True))


@get("/ears/{ear_id:str}/alerts", include_in_schema=False)
async def of_ear(request: AnyRequest, ear_id: FromPath[str]) -> Response[bytes]:
    """How an ear tells, and how that went."""
    viewer = await must_be_signed_in(request)
    db = engine_of(request).db
    ear = await ears.get(db, id_in_path(ear_id), viewer.id)
    chosen = await alerts.find_setting(db, ear.id)
    given = Given(in_app=True, mode="never") if chosen is None else Given(
        chosen.mode.value, chosen.in_app, chosen.push, chosen.email, chosen.webhook_url, chosen.cool_down, chosen.spike)
    done = {"saved": _("Saved."), "test": _("A test is under way. Load this page again to see how it went.")}
    return await _of_ear(request, viewer, ear, given, said=done.get(request.query_params.get("done", ""), ""))


async def _of_ear(
    request: AnyRequest, viewer: Account, ear: Ear, given: Given, error: str = "", field: str = "", said: str = "",
    status: int = 200,
) -> Response[bytes]:
    engine, now = engine_of(request), clock.now()
    names = way_names()
    ways = [
        Way(
            name=names[one.channel], sent=when(one.sent_at, now, request) if one.sent_at else None,
            waiting=one.waiting, failure=one.failure,
            failed=when(moment_of(one.failed_id), now, request) if one.failure else None)
        for one in await alerts.last(engine.db, ear.id)]
    chosen = await alerts.find_setting(engine.db, ear.id)
    return await render(
        request, "ear_alerts.html", status=status, ear=ear, given=given, error=error, field=field, said=said, ways=ways,
        why_not=why_not(ear), can_mail=mail.can_send(engine.settings), can_test=bool(chosen and chosen.channels),
        browsers=len(await push.browsers_of(engine.db, viewer.id)), secret=chosen.webhook_secret if chosen else "",
        disabled=(await alerts.health(engine.db, ear.id)).disabled_at is not None,
        listening=await listening_of(engine.db, viewer.id), cool_downs=cool_down_names(), spikes=spike_names())


@post("/ears/{ear_id:str}/alerts", include_in_schema=False)
async def choose(request: AnyRequest, ear_id: FromPath[str]) -> Response[bytes] | Redirect:
    """Save how an ear tells."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    db = engine_of(request).db
    ear = await ears.get(db, id_in_path(ear_id), viewer.id)
    try:
        if given.mode not in {mode.value for mode in Mode}:
            raise Invalid(_("Choose when it tells you."), "mode")
        await set_alert(
            db, viewer, EarAlert(
                ear_id=ear.id, owner_id=viewer.id, mode=Mode(given.mode), in_app=given.in_app, push=given.push,
                email=given.email, webhook_url=given.webhook_url.strip(), cool_down=given.cool_down, spike=given.spike),
            clock.now())
    except Invalid as error:
        return await _of_ear(request, viewer, ear, given, error.message, error.field, status=422)
    except NotAllowed as error:
        return await _of_ear(request, viewer, ear, given, error.message, "mode", status=422)
    return see(f"/ears/{ear.id}/alerts?done=saved")


@post("/ears/{ear_id:str}/alerts/test", include_in_schema=False)
async def test(request: AnyRequest, ear_id: FromPath[str]) -> Redirect:
    """Send a test every way that is saved."""
    viewer = await must_be_signed_in(request)
    await form(request, Nothing)
    number = id_in_path(ear_id)
    await try_alert(engine_of(request).db, viewer, number, clock.now())
    return see(f"/ears/{number}/alerts?done=test")


# ---- for all ears -----------------------------------------------------------------


class Hours(msgspec.Struct):
    """The form of quiet hours and digest; times as HH:MM, both empty for none."""

    quiet_from: str = ""
    quiet_to: str = ""
    digest_hour: int = 8
    email: bool = False


class Subscribed(msgspec.Struct):
    """What a browser says of its push subscription."""

    endpoint: str = ""
    p256dh: str = ""
    auth: str = ""


class Removed(msgspec.Struct):
    """Which subscription to end."""

    id: str = ""


class Browser(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that receives pushes."""

    id: int
    here: bool
    name: str
    since: When


def minutes(text: str) -> int | None:
    """Minutes after midnight of `HH:MM`; None for nothing. Raises Invalid."""
    if not text.strip():
        return None
    found = re.fullmatch(r"\s*([01]?\d|2[0-3]):([0-5]\d)(?::\d\d)?\s*", text, re.ASCII)
    if found is None:
        raise Invalid(_("Write the time like 22:00."), "quiet_from")
    return int(found[1]) * 60 + int(found[2])


def clock_time(minute: int | None) -> str:
    """`HH:MM`; empty for none."""
    return "" if minute is None else f"{minute // 60:02}:{minute % 60:02}"


@get("/settings/alerts", include_in_schema=False)
async def settings_page(request: AnyRequest) -> Response[bytes]:
    """Quiet hours, the digest and the browsers that receive pushes."""
    viewer = await must_be_signed_in(request)
    chosen = await listening_of(engine_of(request).db, viewer.id)
    given = Hours(
        clock_time(chosen.quiet_from), clock_time(chosen.quiet_to), chosen.digest_hour, not chosen.unsubscribed)
    return await _settings_page(request, viewer, given, said=_("Saved.") if "saved" in request.query_params else "")


async def _settings_page(
    request: AnyRequest, viewer: Account, given: Hours, error: str = "", said: str = "", status: int = 200
) -> Response[bytes]:
    db, now = engine_of(request).db, clock.now()
    signed_in = {one.id: one.user_agent for one in await sessions.of_account(db, viewer.id)}
    here = visit_of(request).session_id
    browsers = [
        Browser(
            id=one.id, here=one.session_id == here, since=when(one.created_at, now, request),
            name=signed_in.get(one.session_id or 0, "") or _("An application"))
        for one in await push.of_account(db, viewer.id)]
    return await render(
        request, "account/alerts.html", status=status, given=given, error=error, said=said, browsers=browsers,
        vapid=webpush.public_key(await vapid_key(db)), can_mail=mail.can_send(engine_of(request).settings))


@post("/settings/alerts", include_in_schema=False)
async def save(request: AnyRequest) -> Response[bytes] | Redirect:
    """Save quiet hours and the digest's hour."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Hours)
    try:
        await set_listening(
            engine_of(request).db, viewer, minutes(given.quiet_from), minutes(given.quiet_to), given.digest_hour,
            not given.email)
    except Invalid as error:
        return await _settings_page(request, viewer, given, error.message, status=422)
    return see("/settings/alerts?saved=")


@post("/settings/alerts/push", include_in_schema=False)
async def subscribe(request: AnyRequest) -> Redirect:
    """Push to this browser from now on."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Subscribed)
    engine = engine_of(request)
    await subscribe_push(
        engine.db, viewer, visit_of(request).session_id, given.endpoint, given.p256dh, given.auth, clock.now(),
        insecure=engine.settings.allow_private_addresses)
    return see("/settings/alerts?saved=")


@post("/settings/alerts/push/remove", include_in_schema=False)
async def remove(request: AnyRequest) -> Redirect:
    """Push to that browser no more."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Removed)
    await unsubscribe_push(engine_of(request).db, viewer, id_in_path(given.id))
    return see("/settings/alerts?saved=")


# ---- the way out, without signing in ---------------------------------------------------


@get("/unsubscribe/{key:str}", include_in_schema=False)
async def ask_to_unsubscribe(request: AnyRequest, key: FromPath[str]) -> Response[bytes]:
    """Ask, and change nothing: programs that look into e-mails follow every link."""
    db = engine_of(request).db
    found, chosen = await alerts.find_by_unsubscribe_key(db, key), await telling.find_by_key(db, key)
    if found is None and chosen is None:
        raise NotFound(_("This link belongs to nobody who gets e-mails from here."))
    done = found.unsubscribed if found else chosen is not None and not any(
        getattr(chosen, name) != "never" for name in SUBJECTS)
    return await render(request, "unsubscribe.html", key=key, done=done, ears=found is not None)


@post("/unsubscribe/{key:str}", status_code=200, include_in_schema=False)
async def unsubscribe_now(request: AnyRequest, key: FromPath[str]) -> Response[bytes]:
    """One click (RFC 8058): no session, no token of a form; who has the key got the e-mail."""
    db = engine_of(request).db
    about_ears = await stop_telling(db, key) is None
    if about_ears:
        await unsubscribe(db, key)
    return await render(request, "unsubscribe.html", key=key, done=True, ears=about_ears)


routes: list[Any] = [
    of_ear, choose, test, settings_page, save, subscribe, remove, ask_to_unsubscribe, unsubscribe_now]

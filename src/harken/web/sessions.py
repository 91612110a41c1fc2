"""Where one is signed in: each browser with what it is, from where and when last; end one, or all others."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from litestar import Response, get, post

from .. import clock
from ..actions import sign_in
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..store import sessions
from .cards import when
from .languages import gettext_now as _
from .pages import AnyAnswer, form, must_be_signed_in, render, see, visit_of

# In this order, because each also says the name of one further down.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Vivaldi", "Vivaldi"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("HeadlessChrome", "Chrome"),
    ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"), ("Lynx", "Lynx"), ("w3m", "w3m"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("FreeBSD", "FreeBSD"), ("Linux", "Linux"))


def device(user_agent: str) -> str:
    """What somebody sits at, such as "Firefox, Android"; empty for what says nothing we know."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if not browser and not system:
        return " ".join(re.findall(r"^[\w .-]{1,40}", user_agent))
    return ", ".join(part for part in (browser, system) if part)


class Given(msgspec.Struct):
    """Which session is to end; `others` for all but this one."""

    session: str = ""


@get("/settings/sessions", include_in_schema=False)
async def many(request: AnyRequest) -> Response[bytes]:
    """Every browser in which the viewer is signed in."""
    viewer = await must_be_signed_in(request)
    engine, now = engine_of(request), clock.now()
    found = await sessions.of_account(engine.db, viewer.id)
    return await render(
        request, "account/sessions.html", sessions=found, here_is=visit_of(request).session_id,
        devices={one.id: device(one.user_agent) or _("An unnamed browser") for one in found},
        days=engine.settings.session_days, said=_("Signed out there.") if "ended" in request.query_params else "",
        times={at: when(at, now, request) for one in found for at in (one.created_at, one.last_seen_at)})


@post("/settings/sessions", include_in_schema=False, status_code=200)
async def end(request: AnyRequest) -> AnyAnswer:
    """Sign out of another browser, or of all others."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    db = engine_of(request).db
    if given.session == "others":
        await sign_in.end_other_sessions(db, viewer, but=visit_of(request).session_id)
    else:
        await sign_in.end_session(db, viewer, id_in_path(given.session))
    return see("/settings/sessions?ended")


routes: list[Any] = [many, end]

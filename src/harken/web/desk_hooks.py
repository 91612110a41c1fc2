"""The programs that a desk tells: which, how they fare, and their secret, shown once."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from .. import clock
from ..actions.keep_desk_hook import drop_desk_hook, keep_desk_hook, pause_desk_hook
from ..alerting.desk_hooks import try_hook
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..errors import Conflict, Invalid, NotFound
from ..model.account import Account
from ..model.desk import DeskOfMember, DeskRole
from ..model.desk_hook import Delivery, DeskHook
from ..store import desk_hooks, desks
from .cards import When, when
from .languages import gettext_now as _
from .pages import Nothing, form, must_be_signed_in, render, see


class Given(msgspec.Struct):
    """The form that names an address."""

    url: str = ""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A hook with its last deliveries."""

    hook: DeskHook
    deliveries: list[tuple[Delivery, When]]


@get("/desks/{desk_id:str}/hooks", include_in_schema=False)
async def page(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Whom the desk tells."""
    viewer = await must_be_signed_in(request)
    desk = await desks.get(engine_of(request).db, id_in_path(desk_id), viewer.id, DeskRole.LEAD)
    return await _page(request, viewer, desk)


async def _page(
    request: AnyRequest, viewer: Account, desk: DeskOfMember, *, given: str = "", error: str = "",
    made: DeskHook | None = None, said: str = "", status: int = 200,
) -> Response[bytes]:
    db, now = engine_of(request).db, clock.now()
    hooks = [Told(hook=hook, deliveries=[
        (one, when(one.at, now, request)) for one in await desk_hooks.deliveries(db, hook.id)][:10])
        for hook in await desk_hooks.of_desk(db, desk.id, viewer.id)]
    return await render(
        request, "desk/hooks.html", status=status, desk=desk, hooks=hooks, given=given, error=error, made=made,
        said=said)


@post("/desks/{desk_id:str}/hooks", include_in_schema=False, status_code=200)
async def keep(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Tell an address; the page says its secret, this once."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    engine = engine_of(request)
    desk = await desks.get(engine.db, id_in_path(desk_id), viewer.id, DeskRole.LEAD)
    try:
        made = await keep_desk_hook(
            engine.db, viewer, desk.id, given.url, clock.now(), engine.settings.allow_private_addresses)
    except (Invalid, Conflict) as error:
        return await _page(request, viewer, desk, given=given.url, error=error.message, status=422)
    return await _page(request, viewer, desk, made=made)


@post("/desks/{desk_id:str}/hooks/{hook_id:str}/try", include_in_schema=False, status_code=200)
async def attempt(request: AnyRequest, desk_id: FromPath[str], hook_id: FromPath[str]) -> Response[bytes]:
    """See whether it answers."""
    viewer = await must_be_signed_in(request)
    await form(request, Nothing)
    engine = engine_of(request)
    desk = await desks.get(engine.db, id_in_path(desk_id), viewer.id, DeskRole.LEAD)
    hook = await desk_hooks.find(engine.db, id_in_path(hook_id))
    if hook is None or hook.desk_id != desk.id:
        raise NotFound("This desk tells no such address.")
    failure = await try_hook(hook, desk, engine.base_url, clock.now(), engine.settings.allow_private_addresses)
    if failure:
        return await _page(request, viewer, desk, error=failure)
    return await _page(request, viewer, desk, said=_("It answered."))


@post([f"/desks/{{desk_id:str}}/hooks/{{hook_id:str}}/{verb}" for verb in ("pause", "resume", "drop")],
      include_in_schema=False)
async def change(request: AnyRequest, desk_id: FromPath[str], hook_id: FromPath[str]) -> Redirect:
    """Pause, go on, forget."""
    viewer = await must_be_signed_in(request)
    await form(request, Nothing)
    db, desk, hook, now = engine_of(request).db, id_in_path(desk_id), id_in_path(hook_id), clock.now()
    match request.scope["path"].rsplit("/", 1)[1]:
        case "drop":
            await drop_desk_hook(db, viewer, desk, hook, now)
        case verb:
            await pause_desk_hook(db, viewer, desk, hook, verb == "pause", now)
    return see(f"/desks/{desk}/hooks")


routes = [page, keep, attempt, change]

"""How pages look: colours, size of the text, motion, links, pictures. A member's choice follows them, a visitor's stays
in their browser."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie

from ..actions.choose_look import choose_look
from ..api.requests import AnyRequest, engine_of
from ..model.look import CHOICES, Look
from .languages import gettext_now as _
from .pages import LOOK_COOKIE, AnyAnswer, form, look_of, render, see, signed_in


class Switched(msgspec.Struct, kw_only=True):
    """The colours below every page."""

    theme: str = ""
    back: str = "/"


class Given(msgspec.Struct, kw_only=True):
    """The form; a switch that is off sends nothing."""

    theme: str = ""
    size: str = ""
    motion: str = ""
    links: str = ""
    play: str = ""
    media: str = ""
    density: str = ""


def themes() -> list[tuple[str, str]]:
    """Colours to choose from."""
    return [("", _("Automatic")), ("light", _("Light")), ("dark", _("Dark")), ("contrast", _("More contrast"))]


def sizes() -> list[tuple[str, str]]:
    """Sizes of the text to choose from."""
    return [("small", _("Small")), ("", _("Usual")), ("large", _("Large")), ("larger", _("Very large"))]


@get("/settings/appearance", include_in_schema=False)
async def page(request: AnyRequest) -> Response[bytes]:
    """What is chosen, for visitors too."""
    return await render(
        request, "account/appearance.html", chosen=await look_of(request), themes=themes(), sizes=sizes(),
        said=_("Saved.") if "saved" in request.query_params else "")


@post("/settings/appearance", include_in_schema=False, status_code=200)
async def save(request: AnyRequest) -> AnyAnswer:
    """Remember all of it."""
    given = await form(request, Given)
    words = ".".join(word for name, word in msgspec.structs.asdict(given).items() if word in CHOICES[name])
    return await _keep(request, Look.read(words), "/settings/appearance?saved")


@post("/appearance", include_in_schema=False, status_code=200)
async def colours(request: AnyRequest) -> AnyAnswer:
    """Remember the colours, and leave the rest as it is."""
    given = await form(request, Switched)
    theme = given.theme if given.theme in CHOICES["theme"] else ""
    return await _keep(request, msgspec.structs.replace(await look_of(request), theme=theme), given.back)


async def _keep(request: AnyRequest, look: Look, path: str) -> AnyAnswer:
    """In the browser as well for a member: the page by which they sign in again looks so too."""
    viewer = await signed_in(request)
    if viewer is not None:
        await choose_look(engine_of(request).db, viewer, look)
    answer = see(path)
    if str(look):
        answer.set_cookie(Cookie(
            key=LOOK_COOKIE, value=str(look), path="/", max_age=31_536_000, samesite="lax", httponly=True,
            secure=engine_of(request).base_url.startswith("https://")))
    else:
        answer.delete_cookie(LOOK_COOKIE)
    return answer


routes: list[Any] = [page, save, colours]

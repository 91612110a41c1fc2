"""What this server is, who listens here, how to search, and the choice of colours."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie

from .. import __version__, clock
from ..api.requests import AnyRequest, engine_of
from ..search.operators import OPERATORS, TABLE
from ..search.query import not_yet, parse
from ..store import server
from .pages import THEME_COOKIE, THEMES, form, render, see
from .posts import AnyAnswer


@get("/about", include_in_schema=False)
async def about(request: AnyRequest) -> Response[bytes]:
    """What this server is, in numbers that cost nothing to ask."""
    people, active, said = await server.numbers(engine_of(request).db, clock.now() - timedelta(days=30))
    return await render(request, "about.html", people=people, active=active, said=said, version=__version__)


@get("/about/listening", include_in_schema=False)
async def listening(request: AnyRequest) -> Response[bytes]:
    """Which desks listen here, and how to be left alone by them."""
    return await render(request, "listening.html")


@get("/help/search", include_in_schema=False)
async def help_search(request: AnyRequest) -> Response[bytes]:
    """The whole search language on one page."""
    later = {e for o in OPERATORS for e in o.examples if not_yet(parse(e, clock.now()))}
    return await render(request, "help_search.html", table=TABLE, later=later)


class Look(msgspec.Struct, kw_only=True):
    """Light, dark, or as the device says."""

    theme: str = ""
    back: str = "/"


@post("/appearance", include_in_schema=False, status_code=200)
async def appearance(request: AnyRequest) -> AnyAnswer:
    """Remember the colours in this browser; works for visitors too."""
    given = await form(request, Look)
    answer = see(given.back)
    if given.theme in THEMES:
        answer.set_cookie(Cookie(
            key=THEME_COOKIE, value=given.theme, path="/", max_age=31_536_000, samesite="lax",
            secure=engine_of(request).base_url.startswith("https://")))
    else:
        answer.delete_cookie(THEME_COOKIE)
    return answer


routes = [about, listening, help_search, appearance]

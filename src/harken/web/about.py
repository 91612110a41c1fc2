"""What this server is, who listens here, how to search, and the choice of colours."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie
from markupsafe import Markup

from .. import __version__, clock
from ..api.requests import AnyRequest, engine_of
from ..errors import NotFound
from ..model.community import Paper, PaperKind
from ..search.operators import OPERATORS, TABLE
from ..search.query import not_yet, parse
from ..store import community, server
from ..text import markup
from .languages import gettext_now as _
from .pages import THEME_COOKIE, THEMES, form, render, see
from .posts import AnyAnswer


@get("/about", include_in_schema=False)
async def about(request: AnyRequest) -> Response[bytes]:
    """What this server is, in numbers that cost nothing to ask."""
    db, now = engine_of(request).db, clock.now()
    people, active, said = await server.numbers(db, now - timedelta(days=30))
    written = {paper.kind for paper in await community.papers(db)}
    about = await community.paper_now(db, PaperKind.ABOUT, now)
    return await render(
        request, "about.html", people=people, active=active, said=said, version=__version__,
        rules=await community.rules(db), about=_text(about), has_privacy=PaperKind.PRIVACY in written,
        has_terms=PaperKind.TERMS in written)


def _text(paper: Paper | None) -> Markup:
    return Markup(markup.to_html(paper.text, {})) if paper else Markup()


@get("/privacy-policy", include_in_schema=False)
async def privacy(request: AnyRequest) -> Response[bytes]:
    """What the operators say about privacy. Raises NotFound where they say nothing."""
    return await _paper(request, PaperKind.PRIVACY, _("Privacy"))


@get(["/terms-of-service", "/terms-of-service/{day:str}"], include_in_schema=False)
async def terms(request: AnyRequest) -> Response[bytes]:
    """The terms that hold now, or those of a day; the other editions are linked."""
    return await _paper(request, PaperKind.TERMS, _("Terms of service"), request.path_params.get("day", ""))


async def _paper(request: AnyRequest, kind: PaperKind, title: str, day: str = "") -> Response[bytes]:
    db = engine_of(request).db
    editions = await community.papers(db, kind)
    chosen = (next((one for one in editions if one.effective_at.date().isoformat() == day), None) if day
              else await community.paper_now(db, kind, clock.now()))
    if chosen is None:
        raise NotFound("There is no such page here.")
    days = [one.effective_at.date().isoformat() for one in reversed(editions)]
    return await render(
        request, "paper.html", title=title, text=_text(chosen), day=chosen.effective_at.date().isoformat(),
        days=days if kind is PaperKind.TERMS else [])


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


routes = [about, privacy, terms, listening, help_search, appearance]

"""What this server is, who listens here, how to search."""

from __future__ import annotations

from datetime import timedelta

from litestar import Response, get
from markupsafe import Markup

from .. import __version__, clock
from ..api.requests import AnyRequest, engine_of
from ..errors import NotFound
from ..model.community import Paper, PaperKind
from ..search.operators import OPERATORS, TABLE
from ..search.query import not_yet, parse
from ..store import accounts, barriers, community, desks, server
from ..text import markup
from .desk_words import week
from .languages import gettext_now as _
from .pages import render


@get("/about", include_in_schema=False)
async def about(request: AnyRequest) -> Response[bytes]:
    """What this server is, in numbers that cost nothing to ask."""
    db, now = engine_of(request).db, clock.now()
    people, active, said = await server.numbers(db, now - timedelta(days=30))
    written = {paper.kind for paper in await community.papers(db)}
    about = await community.paper_now(db, PaperKind.ABOUT, now)
    return await render(
        request, "about.html", people=people, active=active, said=said, version=__version__,
        rules=await community.rules(db), about=_text(about), blocked=await barriers.public_domain_blocks(db),
        speaker=await accounts.find_by_name(db, engine_of(request).settings.contact_account) if engine_of(
            request).settings.contact_account else None, has_privacy=PaperKind.PRIVACY in written,
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
    db = engine_of(request).db
    listed = await desks.open_to_public(db)
    return await render(
        request, "listening.html", desks=listed, heard=await desks.ear_names(db) if listed else {},
        weeks={desk.id: week(request, desk.hours) for desk in listed})


@get("/help/search", include_in_schema=False)
async def help_search(request: AnyRequest) -> Response[bytes]:
    """The whole search language on one page."""
    later = {e for o in OPERATORS for e in o.examples if not_yet(parse(e, clock.now()))}
    return await render(request, "help_search.html", table=TABLE, later=later)


routes = [about, privacy, terms, listening, help_search]

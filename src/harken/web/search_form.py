"""The search form for those who do not know operators: it writes the query, and shows it, so that one learns."""

from __future__ import annotations

from urllib.parse import quote

import msgspec
from litestar import Response, get
from litestar.response import Redirect

from .. import clock
from ..api.requests import AnyRequest
from ..search.advanced import CIRCLES, Fields, read, written
from ..search.query import NOT_YET, BadQuery, parse
from . import languages
from .languages import gettext_now as _
from .pages import render, see, signed_in, spelling, zone_of
from .search_box import MAX_QUERY, asked, how_read

_LONGEST_FIELD = 500


def filled(request: AnyRequest) -> Fields | None:
    """The form as it was sent; None when no field of it was."""
    names = Fields.__struct_fields__
    given = {name: value[:_LONGEST_FIELD] for name, value in request.query_params.items() if name in names}
    return msgspec.convert(given, Fields) if given else None


@get("/search/advanced", include_in_schema=False)
async def advanced(request: AnyRequest) -> Response[bytes] | Redirect:
    """The form, filled in from the query `q`; sent, it leads to the search that it wrote, or shows it (`show`)."""
    viewer = await signed_in(request)
    fields, text, unread = filled(request), asked(request), ""
    if fields is not None:
        text = written(fields)[:MAX_QUERY]
        if "show" not in request.query_params:
            return see(f"/search?q={quote(text, safe='')}" if text else "/search/advanced")
    else:
        fields = Fields()
        try:
            fields = read(text, parse(text, clock.now(), zone_of(request)), zone_of(request)) if text else fields
        except BadQuery as error:
            unread, fields.rest = str(error), text
    reader = spelling(request).language
    return await render(
        request, "search_advanced.html", f=fields, written=text, reading=_reading(request, text), unread=unread,
        languages=languages.all_names(reader), things=_things(), circles=_circles() if viewer else [], later=NOT_YET)


def _reading(request: AnyRequest, text: str) -> str:
    """The sentence for what the form wrote, or what is wrong with it; empty for nothing."""
    if not text:
        return ""
    try:
        return how_read(request, parse(text, clock.now(), zone_of(request)))
    except BadQuery as error:
        return str(error)


def _things() -> list[tuple[str, str]]:
    return [
        ("link", _("a link")), ("media", _("any picture, film or sound")), ("image", _("a picture")),
        ("video", _("a film")), ("audio", _("a sound")), ("poll", _("a poll")), ("event", _("an event")),
        ("file", _("a file"))]


def _circles() -> list[tuple[str, str]]:
    names = {"home": _("people in my home timeline"), "mine": _("myself"), "saved": _("my favourites and bookmarks")}
    return [(circle, names[circle]) for circle in CIRCLES]


@get("/fragments/written", include_in_schema=False)
async def writing(request: AnyRequest) -> Response[bytes]:
    """The query that the form has written so far, and how it reads."""
    text = written(filled(request) or Fields())[:MAX_QUERY]
    await signed_in(request)
    return await render(request, "fragments/written.html", written=text, reading=_reading(request, text))


routes = [advanced, writing]

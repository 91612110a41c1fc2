"""When it was said: bars over time above the results, each a link that narrows the search to its days."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from urllib.parse import quote

import msgspec
from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from litestar import Response, get

from .. import clock
from ..api.requests import AnyRequest, engine_of
from ..errors import TryLater
from ..search.counts import Bar, Histogram, narrower, over_time
from ..search.query import Query
from ..search.search import understood
from .languages import gettext_now as _
from .languages import ngettext_now as ngettext
from .pages import fragment, signed_in, spelling, zone_of
from .search_box import asked

WIDTH, HEIGHT = 10, 48  # of a bar in the drawing's own measure
_DAY = "d MMM y"  # as posts are dated


class Drawn(msgspec.Struct, frozen=True):
    """One bar: where it stands in the drawing, what it says, and the search it leads to."""

    x: int
    y: float
    height: float
    when: str
    count: str
    address: str


class Drawing(msgspec.Struct, frozen=True):
    """The whole picture; `said` is it in one sentence."""

    bars: list[Drawn]
    said: str
    first: str
    last: str


async def drawn(request: AnyRequest, text: str) -> Drawing | None:
    """The bars for the query `text`; None where there is nothing to draw.

    Raises BadQuery, NotYet, NotSignedIn, TryLater.
    """
    viewer = await signed_in(request)
    now = clock.now()
    query = understood(text, now, zone_of(request), viewer)
    found = await over_time(engine_of(request).db, query, viewer, now)
    return _drawing(found, text, query, spelling(request).language) if found.total else None


def _drawing(found: Histogram, text: str, query: Query, language: str) -> Drawing:
    highest = max(bar.count for bar in found.bars)
    bars = []
    for n, bar in enumerate(found.bars):
        # Whatever is there can be seen, however high its neighbours are.
        height = max(HEIGHT * bar.count / highest, 2.0) if bar.count else 0.0
        when = _when(bar, found.unit, query.zone, language)
        address = "/search?q=" + quote(narrower(text, query, bar.start, bar.end), safe="")
        bars.append(Drawn(n * WIDTH, round(HEIGHT - height, 1), round(height, 1), when, _many(bar, language), address))
    number = format_decimal(found.total, locale=language)
    said = ngettext("%(n)s post", "%(n)s posts", found.total) % {"n": number}
    if found.about:
        said = _("about %(posts)s") % {"posts": said}
    first, last = found.bars[0], found.bars[-1]
    if found.unit in ("year", "month"):
        return Drawing(bars, said, bars[0].when, bars[-1].when)
    ends = (_day(at, query, language) for at in (first.start, last.end - timedelta(seconds=1)))
    return Drawing(bars, said, *ends)


def _many(bar: Bar, language: str) -> str:
    number = format_decimal(bar.count, locale=language)
    return _("about %(n)s") % {"n": number} if bar.about else number


def _when(bar: Bar, unit: str, zone: tzinfo, language: str) -> str:
    """The name of a bar: `2008`, `June 2008`, `12 June 2008`, or from when to when."""
    start, end = bar.start.astimezone(zone), bar.end.astimezone(zone)
    if unit == "year":
        return f"{start:%Y}"
    if unit == "month":
        return format_date(start, "LLLL y", locale=language)
    day = format_date(start, _DAY, locale=language)
    if unit == "day":
        return day
    if unit == "week":
        return f"{day} – {format_date(end - timedelta(days=1), _DAY, locale=language)}"
    return f"{day}, {_clock(start, language)} – {_clock(end, language)}"


def _day(at: datetime, query: Query, language: str) -> str:
    return format_date(at.astimezone(query.zone), _DAY, locale=language)


def _clock(at: datetime, language: str) -> str:
    return format_time(at.time(), "short", locale=language)


async def over_time_of(request: AnyRequest, text: str) -> str:
    """The bars as a piece of a page; empty where there is nothing to draw, the reason where there was no time."""
    try:
        drawing, reason = await drawn(request, text), ""
    except TryLater:
        drawing, reason = None, _("There are too many posts to count them just now.")
    return fragment(request, "fragments/over_time.html", drawing=drawing, reason=reason)


@get("/fragments/over-time", include_in_schema=False)
async def bars_over_time(request: AnyRequest) -> Response[bytes]:
    """The bars of the search `q`, for a page that is shown already."""
    text = asked(request)
    body = await over_time_of(request, text)
    headers = {"Cache-Control": "private, no-store"}
    return Response(body.encode("utf-8", "replace"), media_type="text/html", headers=headers)


routes = [bars_over_time]

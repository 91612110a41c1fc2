"""Trends: what more people than usual talk about, since when, and the posts that tell what it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from babel.numbers import format_decimal
from litestar import Response, get

from .. import clock
from ..api.requests import AnyRequest, engine_of
from ..model.account import Account
from ..search import highlight
from ..search.query import BadQuery
from ..search.search import understood
from ..search.trends import PERIODS, SHOWN, Trend, Trending, find_trends
from . import languages
from .cards import Card, cards
from .languages import gettext_now as _
from .languages import ngettext_now as ngettext
from .marks import marked
from .pages import render, signed_in, spelling

HEIGHT = 24  # of a sparkline in its own measure
BESIDE = 6  # trends on the page where a search begins


class Door(msgspec.Struct, frozen=True):
    """A link to the same page for another time or language."""

    name: str
    address: str
    here: bool


class Shown(msgspec.Struct, kw_only=True):
    """One trend, worked out. `when` says in words what the bars show; `link` is set where the trend is a page."""

    name: str
    address: str
    said: str
    when: str
    bars: list[float]
    link: str
    cards: list[Card]


class Chip(msgspec.Struct, frozen=True):
    """A trend in passing."""

    name: str
    address: str


def _name(trend: Trend) -> str:
    return trend.name.partition("://")[2].rstrip("/") if trend.kind == "link" else trend.name


def _address(trend: Trend) -> str:
    return "/search?q=" + quote(trend.query, safe="")


def _people(trend: Trend, language: str) -> str:
    """`47 people, usually 2`."""
    number = format_decimal(trend.people, locale=language)
    people = ngettext("%(num)s person", "%(num)s people", trend.people) % {"num": number}
    if trend.usual < 1:
        return people
    usual = format_decimal(round(trend.usual), locale=language)
    return _("%(people)s; usually about %(usual)s") % {"people": people, "usual": usual}


def _when(trend: Trend, period: str, at: datetime, zone: str, language: str) -> str:
    """When most people said it, for who does not see the bars."""
    most = max(range(len(trend.spark)), key=lambda number: trend.spark[number])
    begun = at - PERIODS[period].length * (1 - most / len(trend.spark))
    number = trend.spark[most]
    return ngettext("Most at once: %(num)s person, around %(when)s", "Most at once: %(num)s people, around %(when)s",
                    number) % {"num": number, "when": languages.exact_time(begun, zone, language)}


def _bars(spark: tuple[int, ...]) -> list[float]:
    highest = max(spark) or 1
    return [round(max(HEIGHT * count / highest, 1.0), 1) for count in spark]


def _doors(period: str, language: str, spoken: list[str], reader: str) -> tuple[list[Door], list[Door]]:
    def to(period: str, language: str) -> str:
        return "/trends?" + urlencode({"period": period} | ({"language": language} if language else {}))

    named = {"hour": _("Last hour"), "day": _("Last day"), "week": _("Last week")}
    periods = [Door(name, to(each, language), each == period) for each, name in named.items()]
    spoken = [*spoken, *([language] if language and language not in spoken else [])]
    tongues = [Door(_("All languages"), to(period, ""), not language)] + [
        Door(languages.language_name(each, reader), to(period, each), each == language) for each in spoken]
    return periods, tongues


def asked(request: AnyRequest) -> tuple[str, str]:
    """The period and the language of the address; what nobody knows is a day, and all languages."""
    period, language = request.query_params.get("period", ""), request.query_params.get("language", "").lower()
    known = len(language) <= 8 and language.isascii() and language.isalpha()
    return period if period in PERIODS else "day", language if known else ""


@get("/trends", include_in_schema=False)
async def page(request: AnyRequest) -> Response[bytes]:
    """The trends of the last hour, day or week, in all languages or one."""
    period, language = asked(request)
    viewer, reader = await signed_in(request), spelling(request)
    found = await find_trends(engine_of(request).db, viewer, period, clock.now(), language, limit=SHOWN)
    periods, tongues = _doors(period, language, found.languages, reader.language)
    context: dict[str, Any] = {
        "periods": periods, "languages": tongues, "counted": found.counted, "sampled": found.sampled,
        "trends": await _shown(request, found, period)}
    return await render(request, "trends.html", **context)


async def _shown(request: AnyRequest, found: Trending, period: str) -> list[Shown]:
    posts = {post.id: post for trend in found.trends for post in trend.posts}
    html: dict[int, str] = {}
    for trend in found.trends:
        try:
            tree = understood(trend.query, found.at).tree
        except BadQuery:  # a word that the language of queries reads otherwise; nothing is marked
            continue
        for post in trend.posts:
            html[post.id] = marked(html.get(post.id, post.html), post.text, highlight.spans(tree, post.text))
    made = {card.post.id: card for card in await cards(request, list(posts.values()), marked=html, context="public")}
    reader = spelling(request)
    shown: list[Shown] = []
    for trend in found.trends:
        shown.append(Shown(
            name=_name(trend), address=_address(trend), said=_people(trend, reader.language),
            when=_when(trend, period, found.at, reader.zone, reader.language), bars=_bars(trend.spark),
            link=trend.name if trend.kind == "link" else "",
            # A post that tells of two trends stands with the first.
            cards=[made.pop(post.id) for post in trend.posts if post.id in made]))
    return shown


async def in_passing(request: AnyRequest, viewer: Account | None) -> list[Chip]:
    """A few trends of the last day, for the page where a search begins."""
    found = await find_trends(engine_of(request).db, viewer, "day", clock.now(), limit=BESIDE)
    return [Chip(_name(trend), _address(trend)) for trend in found.trends]


routes = [page]

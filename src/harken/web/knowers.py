"""People who know: whom to ask about what was searched for, and why them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Response, get

from .. import clock
from ..api.requests import AnyRequest, engine_of
from ..errors import NotYet
from ..model.account import Account
from ..search import highlight
from ..search.knowers import Known, Reason, find_knowers
from ..search.query import BadQuery
from . import faces, languages
from .cards import Card, cards
from .languages import gettext_now as _
from .languages import ngettext_now as ngettext
from .marks import marked
from .pages import render, signed_in, spelling, zone_of
from .search import mistake
from .search_box import asked

PEOPLE = 12
TOGETHER = 3  # people whom one post may ask


class Adviser(msgspec.Struct, kw_only=True):
    """Somebody to ask, as the page shows them: why in one sentence, and the posts that show it."""

    account: Account
    why: str
    cards: list[Card]
    ask: str


def ask_address(people: list[Account]) -> str:
    """Where a post to these people begins; nothing is published before somebody presses the button there."""
    return "/compose?text=" + quote(" ".join(f"@{account.address}" for account in people) + " ", safe="")


def lately(at: datetime, now: datetime, zone: str, language: str) -> str:
    """When that was, as one says it in passing."""
    here = languages.zone(zone)
    days = (now.astimezone(here).date() - at.astimezone(here).date()).days
    if days <= 0:
        return _("today")
    if days == 1:
        return _("yesterday")
    if days < 7:
        return _("this week")
    if days < 14:
        return _("last week")
    if days < 31:
        return _("in the last month")
    return _("in %(month)s") % {"month": languages.month(at, language)}


def said(reason: Reason) -> str:
    """A reason in plain words."""
    number = {"num": reason.count}
    match reason.kind:
        case "answered":
            return ngettext(
                "answered a question about this", "answered %(num)s questions about this", reason.count) % number
        case "wrote":
            return ngettext("wrote about this", "wrote about this on %(num)s days", reason.count) % number
        case "heard":
            return ngettext("somebody replied to that", "%(num)s people replied to that", reason.count) % number
        case "liked":
            return ngettext("it was liked once", "it was liked %(num)s times", reason.count) % number
    return _("mostly writes about this") if reason.count >= 50 else _("often writes about this")


def why(reasons: list[Reason], now: datetime, zone: str, language: str) -> str:
    """All of it in one sentence: "Answered 4 questions about this, last week; wrote about this on 5 days"."""
    told = [said(reason) for reason in reasons]
    if reasons:
        told[0] += ", " + lately(reasons[0].last, now, zone, language)
        told[0] = told[0][:1].upper() + told[0][1:]
    return "; ".join(told)


@get("/search/people", include_in_schema=False)
async def people_who_know(request: AnyRequest) -> Response[bytes]:
    """With `q`, the people who know about it, best first; without, the box to ask in."""
    text = asked(request)
    viewer = await signed_in(request)
    context: dict[str, Any] = {
        "query_text": text, "mistake": None, "not_yet": "", "people": [], "together": "", "counted": 0, "more": False,
        "notes": ()}
    if not text:
        return await render(request, "knowers.html", **context)
    try:
        known = await find_knowers(
            engine_of(request).db, text, viewer, clock.now(), PEOPLE, zone_of(request))
    except BadQuery as error:
        return await render(request, "knowers.html", status=422, **context | {"mistake": mistake(text, error)})
    except NotYet as error:
        return await render(request, "knowers.html", status=501, **context | {"not_yet": error.message})
    context |= {
        "people": await _advisers(request, known), "counted": known.counted, "more": known.more,
        "notes": known.query.notes}
    first = [one.account for one in known.people if not one.account.bot][:TOGETHER]
    if len(first) > 1:
        context["together"] = ask_address(first)
    return await render(request, "knowers.html", **context)


async def _advisers(request: AnyRequest, known: Known) -> list[Adviser]:
    found = [post for one in known.people for post in one.posts]
    html: dict[int, str] = {
        post.id: marked(post.html, post.text, highlight.spans(known.query.tree, post.text)) for post in found}
    shown = {card.post.id: card for card in await cards(request, found, marked=html)}
    await faces.load(engine_of(request).db, [one.account for one in known.people])
    now, reader = clock.now(), spelling(request)
    return [
        Adviser(
            account=one.account, why=why(one.reasons, now, reader.zone, reader.language),
            cards=[shown[post.id] for post in one.posts if post.id in shown], ask=ask_address([one.account]))
        for one in known.people]


routes = [people_who_know]

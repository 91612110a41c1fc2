"""The search page: newest first, live, with errors shown where they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from babel.numbers import format_decimal
from litestar import Response, get
from markupsafe import Markup

from .. import clock
from ..api.requests import AnyRequest, engine_of
from ..errors import NotYet
from ..model.account import Account
from ..model.paging import Window
from ..model.post import SeenPost
from ..search import highlight
from ..search.query import BadQuery
from ..search.search import Found, alike, find, understood
from ..store import accounts, timelines
from ..text.markup import tag_key
from . import languages
from .cards import cards
from .folding import folded
from .home import NEWEST, items
from .marks import marked
from .over_time import over_time_of
from .pages import render, signed_in, spelling, zone_of
from .paging import PAGE, again, is_first, number, older, window
from .profiles import people
from .search_box import asked, how_read
from .trends import in_passing

_BESIDE = 60  # characters shown on either side of a mistake
MOST_ALIKE = 100  # near-duplicates on their page
EXAMPLES = (
    "clinic OR hospital", '"second opinion"', "is:question -is:reply", "#askamber", "breakfast since:3d",
)


class Mistake(msgspec.Struct, frozen=True):
    """A query that cannot be read, split where the mistake is."""

    message: str
    before: str
    wrong: str
    after: str


def mistake(text: str, error: BadQuery) -> Mistake:
    """`text` cut at the place that `error` points at, with a little on either side."""
    start = min(max(error.position, 0), len(text))
    end = min(start + max(error.length, 1), len(text))
    before, wrong, after = text[:start], text[start:end], text[end:]
    if len(before) > _BESIDE:
        before = "…" + before[-_BESIDE:]
    if len(wrong) > _BESIDE:
        wrong = wrong[:_BESIDE] + "…"
    if len(after) > _BESIDE:
        after = after[:_BESIDE] + "…"
    return Mistake(str(error.args[0] if error.args else error), before, wrong, after)


async def answer(request: AnyRequest, text: str, page: Window) -> Found:
    """Posts that match, as this viewer may find them. Raises BadQuery, NotYet."""
    viewer, now, zone = await signed_in(request), clock.now(), zone_of(request)
    db = engine_of(request).db
    if like := number(request, "like", 0):
        return await alike(db, text, viewer, like, MOST_ALIKE, now, zone)
    if understood(text, now, zone).order == "top":
        page = msgspec.structs.replace(page, limit=min(page.limit, PAGE))  # its cursor knows whether there is more
    cursor = request.query_params.get("cursor") or ""
    return await find(db, text, viewer, page, now, zone, cursor=cursor, fold=True)


def orders(text: str, found: Found) -> dict[str, str]:
    """The query in each order that it can be asked for."""
    sort = found.query.sort
    plain = f"{text[: sort.start].rstrip()} {text[sort.end :].lstrip()}".strip() if sort else text
    return {"newest": plain, "best": f"{plain} sort:top".strip()}


def highlights(found: Found) -> dict[int, str]:
    """The HTML of each post with its matches marked."""
    return {
        post.id: marked(post.html, post.text, highlight.spans(found.query.tree, post.text)) for post in found.posts}


@get("/search", include_in_schema=False)
async def search(request: AnyRequest) -> Response[bytes]:
    """The box; with `q`, people, tags and posts that match."""
    text = asked(request)
    viewer = await signed_in(request)
    context: dict[str, Any] = {
        "query_text": text, "mistake": None, "not_yet": "", "cards": [], "older": "", "first": False, "newest": 0,
        "covers": None, "covered": "", "best": False, "like": {}, "within": False, "orders": {},
        "notes": (), "since": "", "reading": "", "bars": "", "persons": [], "tags": [],
        "examples": EXAMPLES,
    }
    if not text:
        return await render(request, "search.html", **context, trending=await in_passing(request, viewer))
    try:
        found = await answer(request, text, window(request))
    except BadQuery as error:
        return await render(request, "search.html", status=422, **context | {"mistake": mistake(text, error)})
    except NotYet as error:
        return await render(request, "search.html", status=501, **context | {"not_yet": error.message})
    best = found.query.order == "top"
    shown = found.posts if best else found.posts[:PAGE]
    first = is_first(request) and not any(name in request.query_params for name in ("cursor", "like"))
    within = "like" in request.query_params
    made = await cards(request, shown, marked=highlights(found), context="search")
    context |= {
        "cards": made if best or within else folded(made),
        "best": best,
        "orders": orders(text, found),
        "like": found.like,
        "within": within,
        "older": again(request, cursor=found.more) if found.more else
            "" if best else older(request, [post.id for post in found.posts]),
        "first": first,
        "newest": max((post.id for post in shown), default=0),
        "covers": found.covers,
        "covered": format_decimal(found.covers.posts, locale=spelling(request).language) if found.covers else "",
        "notes": found.notes,
        "reading": how_read(request, found.query),
        "since": _day(request, found.covers.since) if found.covers.since else "",
    }
    if "bars" in request.query_params:
        context["bars"] = Markup(await over_time_of(request, text))
    if first:
        context |= await _beside(request, text, viewer, shown)
    return await render(request, "search.html", **context)


def _day(request: AnyRequest, at: datetime) -> str:
    reader = spelling(request)
    return languages.short_date(at, reader.zone, reader.language, True)


async def _beside(request: AnyRequest, text: str, viewer: Account | None, shown: list[SeenPost]) -> dict[str, Any]:
    """People and tags for a plain word or name; a query with operators asks for posts."""
    word = text.lstrip("@#")
    if " " in word.strip() or ":" in word or len(word) < 2:
        return {}
    db, me = engine_of(request).db, viewer.id if viewer else 0
    persons = await accounts.search(db, word, me, 4)
    key = tag_key(word)
    spellings = {tag_key(t): t for post in shown for t in post.tags if key and key in tag_key(t)}
    if key and key not in spellings and await timelines.tag(db, key, me, Window(limit=1), clock.now()):
        spellings[key] = word
    return {"persons": await people(request, persons), "tags": sorted(spellings.values(), key=str.lower)[:6]}


@get("/fragments/search", include_in_schema=False)
async def newer(request: AnyRequest) -> Response[bytes]:
    """Matches above `after`, as list items; with `ids`, only their ids."""
    found = await answer(request, asked(request), Window(limit=NEWEST, after=number(request, "after", 0)))
    return items(request, await cards(request, found.posts, marked=highlights(found), context="search"))


routes = [search, newer]

"""docs.joinmastodon.org/methods/trends: of the last day. Posts are those that tell what the trends are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import msgspec
from litestar import get

from ... import clock
from ...errors import Invalid
from ...model.account import Account
from ...model.preview import Preview
from ...search.trends import Day, Trend, daily_uses, find_trends
from ...store import previews
from ..requests import AnyRequest, engine_of, parameters, viewer_or_visitor, window
from . import entities
from .answers import Answer, answer, identity

MOST_TRENDS = 40  # that pages reach


class Asked(msgspec.Struct):
    """How many to leave out."""

    offset: int = 0


async def _found(
    request: AnyRequest, kinds: Sequence[str], default: int, most: int, hidden: bool
) -> tuple[list[Trend], Account | None, slice]:
    """All trends of these kinds, who asks, and which of the answer they want."""
    by = await viewer_or_visitor(request, "")
    offset, limit = (await parameters(request, Asked)).offset, window(request, default, most).limit
    if offset < 0:
        raise Invalid("offset must be a number from 0 on", "offset")
    db = engine_of(request).db
    found = await find_trends(db, by, "day", clock.now(), kinds=kinds, limit=MOST_TRENDS, hidden=hidden)
    return found.trends, by, slice(offset, offset + limit)


def _history(days: list[Day]) -> list[entities.Usage]:
    return [entities.Usage(str(int(one.day.timestamp())), str(one.uses), str(one.accounts)) for one in days]


@get(["/api/v1/trends", "/api/v1/trends/tags"])
async def tags(request: AnyRequest) -> Answer:
    return answer(await trending_tags(request))


async def trending_tags(request: AnyRequest, hidden: bool = False) -> list[entities.Tag]:
    """The page of tags that is asked for; with those that moderators took off, if `hidden`."""
    engine = engine_of(request)
    found, by, wanted = await _found(request, ("tag",), 10, 20, hidden)
    days = [_history(await daily_uses(engine.db, trend.query, clock.now())) for trend in found[wanted]]
    names = [trend.name.lstrip("#＃") for trend in found[wanted]]
    return await entities.tags(engine.db, names, identity(by), engine.base_url, days)


@get("/api/v1/trends/links")
async def links(request: AnyRequest) -> Answer:
    return answer(await trending_links(request))


async def trending_links(request: AnyRequest, hidden: bool = False) -> list[entities.TrendingLink]:
    """The page of links that is asked for; with those that moderators took off, if `hidden`."""
    found, _, wanted = await _found(request, ("link",), 10, 20, hidden)
    return await link_cards(request, {trend.name: trend.query for trend in found[wanted]})


async def link_cards(request: AnyRequest, queries: Mapping[str, str]) -> list[entities.TrendingLink]:
    """Links, by the queries that find them, with their use on the last days."""
    engine, made = engine_of(request), []
    cards = await previews.of_links(engine.db, set(queries))
    for url, query in queries.items():
        days = await daily_uses(engine.db, query, clock.now())
        made.append(_card(url, cards.get(url), _history(days), engine.base_url))
    return made


def _card(
    url: str, preview: Preview | None, history: list[entities.Usage], base_url: str
) -> entities.TrendingLink:
    """A page by its preview, else by its address."""
    if preview is not None:
        card = msgspec.structs.asdict(entities.preview_card(preview, base_url))
        return entities.TrendingLink(**card, history=history)
    there = urlsplit(url)
    return entities.TrendingLink(
        url=url, title=url.partition("://")[2].rstrip("/"), provider_name=there.hostname or "",
        provider_url=f"{there.scheme}://{there.netloc}", history=history)


@get("/api/v1/trends/statuses")
async def statuses(request: AnyRequest) -> Answer:
    return answer(await trending_statuses(request))


async def trending_statuses(request: AnyRequest, hidden: bool = False) -> list[msgspec.Raw]:
    """The page of posts that is asked for; with those that moderators took off, if `hidden`."""
    engine = engine_of(request)
    found, by, wanted = await _found(request, (), 20, 40, hidden)
    # The first post of each trend, then the second ones: a page is about many things.
    turns = [post for turn in range(3) for one in found for post in one.posts[turn : turn + 1]]
    posts = list({post.id: post for post in turns}.values())[wanted]
    return list((await entities.statuses(engine.db, posts, identity(by), engine.base_url)).values())


routes = [tags, links, statuses]

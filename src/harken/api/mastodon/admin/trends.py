"""docs.joinmastodon.org/methods/admin/trends: what trends, as everybody is shown it, and what moderators take off.

Nothing waits for a review here: what people say trends until a moderator rejects it. Approving takes that back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from .... import clock
from ....actions.moderate_trends import hide_trend, show_trend
from ....errors import NotFound
from ....model.account import Account, Permission
from ....search.trends import find_trends, is_hidden
from ....store import posts
from ....store import trends as facts
from ....text.markup import is_tag, tag_key
from ...requests import AnyRequest, engine_of, id_in_path
from .. import entities, trends
from ..answers import Answer, Handler, answer
from .staff import staff


class Tag(entities.Tag):
    """docs.joinmastodon.org/entities/Tag/#admin."""

    trendable: bool = True
    usable: bool = True
    requires_review: bool = False


class Link(entities.TrendingLink):
    """A trending link with an id, by which moderators speak of it (observed; not documented)."""

    id: str = ""
    requires_review: bool = False


def _number(name: str) -> str:
    """The id of a link or a host, made of it: links have no row of their own."""
    return str(int.from_bytes(hashlib.sha256(name.encode()).digest()[:7]))


async def _may(request: AnyRequest, scope: str = "admin:read") -> Account:
    return await staff(request, scope, Permission.MANAGE_TAXONOMIES)


async def _admin_tags(request: AnyRequest, found: list[entities.Tag]) -> list[Tag]:
    off = await facts.hidden(engine_of(request).db)
    return [
        Tag(**msgspec.structs.asdict(one), trendable=not is_hidden("tag", one.name, off)) for one in found]


def _link(one: entities.TrendingLink) -> Link:
    return Link(**msgspec.structs.asdict(one), id=_number(one.url))


@get("/api/v1/admin/trends/tags")
async def tags(request: AnyRequest) -> Answer:
    await _may(request)
    return answer(await _admin_tags(request, await trends.trending_tags(request, hidden=True)))


@get("/api/v1/admin/trends/links")
async def links(request: AnyRequest) -> Answer:
    await _may(request)
    return answer([_link(one) for one in await trends.trending_links(request, hidden=True)])


@get("/api/v1/admin/trends/statuses")
async def statuses(request: AnyRequest) -> Answer:
    await _may(request)
    return answer(await trends.trending_statuses(request, hidden=True))


async def _known_links(request: AnyRequest) -> dict[str, str]:
    """Links that trend, or would, and the queries that find them."""
    found = await find_trends(
        engine_of(request).db, None, "day", clock.now(), kinds=("link",), limit=trends.MOST_TRENDS, hidden=True)
    return {one.name: one.query for one in found.trends}


async def _hosts(request: AnyRequest) -> dict[str, bool]:
    """Sites whose pages trend, and those that were taken off: whether they may trend."""
    off = (await facts.hidden(engine_of(request).db))["publisher"]
    found = {urlsplit(url).hostname or "" for url in await _known_links(request)}
    return {host: host not in off for host in sorted(found | off)}


@get("/api/v1/admin/trends/links/publishers")
async def publishers(request: AnyRequest) -> Answer:
    await _may(request)
    return answer([_publisher(host, trendable) for host, trendable in (await _hosts(request)).items()])


def _publisher(host: str, trendable: bool) -> dict[str, Any]:
    return {
        "id": _number(host), "domain": host, "trendable": trendable, "reviewed_at": None,
        "requested_review_at": None, "requires_review": False}


# ---- verdicts ------------------------------------------------------------------------------------


def _judging(path: str) -> Callable[[Handler], HTTPRouteHandler]:
    return post([f"/api/v1/admin/trends/{path}/approve", f"/api/v1/admin/trends/{path}/reject"], status_code=200)


def _approving(request: AnyRequest) -> bool:
    return bool(request.scope["path"].endswith("/approve"))


async def _judge(request: AnyRequest, by: Account, kind: str, name: str) -> None:
    await (show_trend if _approving(request) else hide_trend)(engine_of(request).db, by, kind, name, clock.now())


@_judging("tags/{tag_id:str}")
async def judge_tag(request: AnyRequest, tag_id: FromPath[str]) -> Answer:
    by, engine = await _may(request, "admin:write"), engine_of(request)
    if not is_tag(tag_id):
        raise NotFound
    await _judge(request, by, "tag", tag_key(tag_id))
    found = await entities.tags(engine.db, [tag_id], by.id, engine.base_url)
    return answer((await _admin_tags(request, found))[0])


@_judging("statuses/{status_id:str}")
async def judge_status(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by, engine = await _may(request, "admin:write"), engine_of(request)
    seen = await posts.visible(engine.db, id_in_path(status_id), by.id)
    await _judge(request, by, "post", str(seen.id))
    return answer(await entities.status(engine.db, seen, by.id, engine.base_url))


@_judging("links/{link_id:str}")
async def judge_link(request: AnyRequest, link_id: FromPath[str]) -> Answer:
    by = await _may(request, "admin:write")
    for url, query in (await _known_links(request)).items():
        if _number(url) == link_id:
            await _judge(request, by, "link", url)
            return answer(_link((await trends.link_cards(request, {url: query}))[0]))
    raise NotFound


@_judging("links/publishers/{host_id:str}")
async def judge_publisher(request: AnyRequest, host_id: FromPath[str]) -> Answer:
    by = await _may(request, "admin:write")
    for host in await _hosts(request):
        if _number(host) == host_id:
            await _judge(request, by, "publisher", host)
            return answer(_publisher(host, _approving(request)))
    raise NotFound


routes = [tags, links, statuses, publishers, judge_tag, judge_status, judge_link, judge_publisher]

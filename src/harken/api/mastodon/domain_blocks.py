"""docs.joinmastodon.org/methods/domain_blocks: servers that a member blocks for themselves."""

from __future__ import annotations

import msgspec
from litestar import delete, get

from ... import clock
from ...actions import block_domain
from ...store import blocked_domains
from ..requests import AnyRequest, engine_of, link_header, parameters, viewer, window
from .answers import Answer, answer, doing


class Given(msgspec.Struct):
    """Which server."""

    domain: str = ""


@get("/api/v1/domain_blocks")
async def many(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:blocks")
    engine, page = engine_of(request), window(request, default=100, most=200)
    found = await blocked_domains.page(engine.db, by.id, page)
    headers = link_header(request, engine.base_url, [one.id for one in found], full=len(found) >= page.limit)
    return answer([one.domain for one in found], headers)


@get("/api/v1/domain_blocks/preview")
async def preview(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:blocks")
    domain = block_domain.checked_domain((await parameters(request, Given)).domain)
    following, followers = await blocked_domains.follow_counts(engine_of(request).db, by.id, domain)
    return answer({"following_count": following, "followers_count": followers})


@doing("/api/v1/domain_blocks")
async def block(request: AnyRequest) -> Answer:
    by = await viewer(request, "write:blocks")
    given = await parameters(request, Given)
    await block_domain.block_domain(engine_of(request).db, by, given.domain, clock.now())
    return answer({})


@delete("/api/v1/domain_blocks", status_code=200)
async def unblock(request: AnyRequest) -> Answer:
    by = await viewer(request, "write:blocks")
    await block_domain.unblock_domain(engine_of(request).db, by, (await parameters(request, Given)).domain)
    return answer({})


routes = [many, preview, block, unblock]

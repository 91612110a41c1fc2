"""docs.joinmastodon.org/methods/admin/trends: what trends, as everybody is shown it.

Nothing waits for a review here: trends are what people say, and what moderators hide is hidden there too.
"""

from __future__ import annotations

import msgspec
from litestar import get

from ....model.account import Permission
from ...requests import AnyRequest
from .. import entities, trends
from ..answers import Answer, answer
from .staff import staff


class Tag(entities.Tag):
    """docs.joinmastodon.org/entities/Tag/#admin."""

    trendable: bool = True
    usable: bool = True
    requires_review: bool = False


async def _may(request: AnyRequest) -> None:
    await staff(request, "admin:read", Permission.MANAGE_TAXONOMIES)


@get("/api/v1/admin/trends/tags")
async def tags(request: AnyRequest) -> Answer:
    await _may(request)
    return answer([Tag(**msgspec.structs.asdict(one)) for one in await trends.trending_tags(request)])


@get("/api/v1/admin/trends/links")
async def links(request: AnyRequest) -> Answer:
    await _may(request)
    return answer(await trends.trending_links(request))


@get("/api/v1/admin/trends/statuses")
async def statuses(request: AnyRequest) -> Answer:
    await _may(request)
    return answer(await trends.trending_statuses(request))


routes = [tags, links, statuses]

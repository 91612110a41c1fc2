"""docs.joinmastodon.org/methods/admin/domain_allows: servers that a server which talks to few talks to.

Harken talks to all but those that are blocked, so what stands here changes nothing yet but the list.
"""

from __future__ import annotations

import msgspec
from litestar import delete, get
from litestar.params import FromPath

from .... import clock
from ....actions import keep_out
from ....model.account import Permission
from ....model.barrier import Named
from ...requests import AnyRequest, engine_of, id_in_path, parameters
from .. import entities
from ..answers import Answer, answer, doing
from .listing import one_of, page_of
from .staff import staff

_READ, _WRITE = "admin:read:domain_allows", "admin:write:domain_allows"
_MAY, _TABLE = Permission.MANAGE_FEDERATION, "domain_allow"


class DomainAllow(msgspec.Struct):
    """docs.joinmastodon.org/entities/Admin_DomainAllow."""

    id: str
    domain: str
    created_at: str


class Given(msgspec.Struct):
    """Which server."""

    domain: str = ""


def _entity(one: Named) -> DomainAllow:
    return DomainAllow(str(one.id), one.domain, entities.time(one.created_at))


@get("/api/v1/admin/domain_allows")
async def many(request: AnyRequest) -> Answer:
    return await page_of(request, _READ, _MAY, _TABLE, Named, _entity)


@get("/api/v1/admin/domain_allows/{allow_id:str}")
async def one(request: AnyRequest, allow_id: FromPath[str]) -> Answer:
    return answer(_entity(await one_of(request, _READ, _MAY, _TABLE, Named, allow_id)))


@doing("/api/v1/admin/domain_allows")
async def create(request: AnyRequest) -> Answer:
    by = await staff(request, _WRITE, _MAY)
    given = await parameters(request, Given)
    return answer(_entity(await keep_out.name_domain(
        engine_of(request).db, by, _TABLE, given.domain, clock.now())))


@delete("/api/v1/admin/domain_allows/{allow_id:str}", status_code=200)
async def remove(request: AnyRequest, allow_id: FromPath[str]) -> Answer:
    by = await staff(request, _WRITE, _MAY)
    return answer(_entity(await keep_out.take_back(
        engine_of(request).db, by, _TABLE, Named, id_in_path(allow_id), clock.now())))


routes = [many, one, create, remove]

"""docs.joinmastodon.org/methods/admin/ip_blocks: networks from which nobody joins, or reaches this server at all."""

from __future__ import annotations

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath

from .... import clock
from ....actions import keep_out
from ....model.account import Permission
from ....model.barrier import IpBlock as Kept
from ...requests import AnyRequest, engine_of, id_in_path, parameters
from .. import entities
from ..answers import Answer, answer, doing
from .listing import one_of, page_of
from .staff import staff

_READ, _WRITE = "admin:read:ip_blocks", "admin:write:ip_blocks"
_MAY, _TABLE = Permission.MANAGE_BLOCKS, "ip_block"


class IpBlock(msgspec.Struct):
    """docs.joinmastodon.org/entities/Admin_IpBlock."""

    id: str
    ip: str
    severity: str
    comment: str
    created_at: str
    expires_at: str | None


class Decided(msgspec.Struct):
    """What shall hold; an `expires_in` of 0 is for good."""

    ip: str | None = None
    severity: str | None = None
    comment: str | None = None
    expires_in: int | None = None


def _entity(one: Kept) -> IpBlock:
    return IpBlock(
        str(one.id), one.network, one.severity.value, one.comment, entities.time(one.created_at),
        entities.time(one.expires_at) if one.expires_at else None)


@get("/api/v1/admin/ip_blocks")
async def many(request: AnyRequest) -> Answer:
    return await page_of(request, _READ, _MAY, _TABLE, Kept, _entity)


@get("/api/v1/admin/ip_blocks/{block_id:str}")
async def one(request: AnyRequest, block_id: FromPath[str]) -> Answer:
    return answer(_entity(await one_of(request, _READ, _MAY, _TABLE, Kept, block_id)))


@doing("/api/v1/admin/ip_blocks")
async def create(request: AnyRequest) -> Answer:
    by = await staff(request, _WRITE, _MAY)
    given = await parameters(request, Decided)
    return answer(_entity(await keep_out.block_network(
        engine_of(request).db, by, clock.now(), network=given.ip or "", severity=given.severity or "",
        comment=given.comment or "", seconds=given.expires_in)))


@put("/api/v1/admin/ip_blocks/{block_id:str}")
async def change(request: AnyRequest, block_id: FromPath[str]) -> Answer:
    by = await staff(request, _WRITE, _MAY)
    given = await parameters(request, Decided)
    return answer(_entity(await keep_out.change_network(
        engine_of(request).db, by, id_in_path(block_id), clock.now(), network=given.ip, severity=given.severity,
        comment=given.comment, seconds=given.expires_in)))


@delete("/api/v1/admin/ip_blocks/{block_id:str}", status_code=200)
async def remove(request: AnyRequest, block_id: FromPath[str]) -> Answer:
    by = await staff(request, _WRITE, _MAY)
    return answer(_entity(await keep_out.take_back(
        engine_of(request).db, by, _TABLE, Kept, id_in_path(block_id), clock.now())))


routes = [many, one, create, change, remove]

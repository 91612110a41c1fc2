"""docs.joinmastodon.org/methods/admin/domain_blocks: servers whose people are limited, or not seen here at all."""

from __future__ import annotations

import hashlib

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath

from .... import clock
from ....actions import keep_out
from ....model.account import Permission
from ....model.barrier import DomainBlock as Kept
from ...requests import AnyRequest, engine_of, id_in_path, parameters
from .. import entities
from ..answers import Answer, answer, doing
from .listing import one_of, page_of
from .staff import staff

_READ, _WRITE = "admin:read:domain_blocks", "admin:write:domain_blocks"
_MAY, _TABLE = Permission.MANAGE_FEDERATION, "domain_block"


class DomainBlock(msgspec.Struct):
    """docs.joinmastodon.org/entities/Admin_DomainBlock."""

    id: str
    domain: str
    digest: str
    created_at: str
    severity: str
    reject_media: bool
    reject_reports: bool
    private_comment: str | None
    public_comment: str | None
    obfuscate: bool


class Decided(msgspec.Struct):
    """What shall hold; what is not said stays as it is."""

    domain: str = ""
    severity: str | None = None
    reject_media: bool | None = None
    reject_reports: bool | None = None
    private_comment: str | None = None
    public_comment: str | None = None
    obfuscate: bool | None = None


def _entity(one: Kept) -> DomainBlock:
    return DomainBlock(
        str(one.id), one.domain, hashlib.sha256(one.domain.encode()).hexdigest(), entities.time(one.created_at),
        one.severity.value, one.reject_media, one.reject_reports, one.private_comment, one.public_comment,
        one.obfuscate)


@get("/api/v1/admin/domain_blocks")
async def many(request: AnyRequest) -> Answer:
    return await page_of(request, _READ, _MAY, _TABLE, Kept, _entity)


@get("/api/v1/admin/domain_blocks/{block_id:str}")
async def one(request: AnyRequest, block_id: FromPath[str]) -> Answer:
    return answer(_entity(await one_of(request, _READ, _MAY, _TABLE, Kept, block_id)))


@doing("/api/v1/admin/domain_blocks")
async def create(request: AnyRequest) -> Answer:
    by = await staff(request, _WRITE, _MAY)
    given = await parameters(request, Decided)
    return answer(_entity(await keep_out.block_server(
        engine_of(request).db, by, given.domain, clock.now(), severity=given.severity or "silence",
        reject_media=given.reject_media, reject_reports=given.reject_reports, private_comment=given.private_comment,
        public_comment=given.public_comment, obfuscate=given.obfuscate)))


@put("/api/v1/admin/domain_blocks/{block_id:str}")
async def change(request: AnyRequest, block_id: FromPath[str]) -> Answer:
    by = await staff(request, _WRITE, _MAY)
    given = await parameters(request, Decided)
    return answer(_entity(await keep_out.change_server(
        engine_of(request).db, by, id_in_path(block_id), clock.now(), severity=given.severity,
        reject_media=given.reject_media, reject_reports=given.reject_reports, private_comment=given.private_comment,
        public_comment=given.public_comment, obfuscate=given.obfuscate)))


@delete("/api/v1/admin/domain_blocks/{block_id:str}", status_code=200)
async def remove(request: AnyRequest, block_id: FromPath[str]) -> Answer:
    by = await staff(request, _WRITE, _MAY)
    return answer(_entity(await keep_out.take_back(
        engine_of(request).db, by, _TABLE, Kept, id_in_path(block_id), clock.now())))


routes = [many, one, create, change, remove]

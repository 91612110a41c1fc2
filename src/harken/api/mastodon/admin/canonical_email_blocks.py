"""docs.joinmastodon.org/methods/admin/canonical_email_blocks: addresses that nobody joins with."""

from __future__ import annotations

import msgspec
from litestar import delete, get
from litestar.params import FromPath

from .... import clock
from ....actions import keep_out
from ....errors import Invalid
from ....model.account import Permission
from ....model.barrier import CanonicalBlock, canonical_hash
from ....store import barriers
from ...requests import AnyRequest, engine_of, id_in_path, parameters
from ..answers import Answer, answer, doing
from .listing import one_of, page_of
from .staff import staff

_READ, _WRITE = "admin:read:canonical_email_blocks", "admin:write:canonical_email_blocks"
_MAY, _TABLE = Permission.MANAGE_BLOCKS, "canonical_email_block"


class CanonicalEmailBlock(msgspec.Struct):
    """docs.joinmastodon.org/entities/Admin_CanonicalEmailBlock."""

    id: str
    canonical_email_hash: str


class Given(msgspec.Struct):
    """An address, or its hash."""

    email: str = ""
    canonical_email_hash: str = ""


def _entity(one: CanonicalBlock) -> CanonicalEmailBlock:
    return CanonicalEmailBlock(str(one.id), one.hash)


@get("/api/v1/admin/canonical_email_blocks")
async def many(request: AnyRequest) -> Answer:
    return await page_of(request, _READ, _MAY, _TABLE, CanonicalBlock, _entity)


@get("/api/v1/admin/canonical_email_blocks/{block_id:str}")
async def one(request: AnyRequest, block_id: FromPath[str]) -> Answer:
    return answer(_entity(await one_of(request, _READ, _MAY, _TABLE, CanonicalBlock, block_id)))


@doing("/api/v1/admin/canonical_email_blocks/test")
async def test(request: AnyRequest) -> Answer:
    """The blocks that an address meets."""
    await staff(request, _READ, _MAY)
    given = await parameters(request, Given)
    if not given.email.strip():
        raise Invalid("Validation failed: Email can't be blank", "email")
    found = await barriers.find_canonical(engine_of(request).db, canonical_hash(given.email))
    return answer([_entity(found)] if found else [])


@doing("/api/v1/admin/canonical_email_blocks")
async def create(request: AnyRequest) -> Answer:
    by = await staff(request, _WRITE, _MAY)
    given = await parameters(request, Given)
    return answer(_entity(await keep_out.block_address(
        engine_of(request).db, by, clock.now(), email=given.email, digest=given.canonical_email_hash)))


@delete("/api/v1/admin/canonical_email_blocks/{block_id:str}", status_code=200)
async def remove(request: AnyRequest, block_id: FromPath[str]) -> Answer:
    by = await staff(request, _WRITE, _MAY)
    return answer(_entity(await keep_out.take_back(
        engine_of(request).db, by, _TABLE, CanonicalBlock, id_in_path(block_id), clock.now())))


routes = [many, one, test, create, remove]

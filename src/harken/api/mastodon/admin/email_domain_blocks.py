"""docs.joinmastodon.org/methods/admin/email_domain_blocks: providers of e-mail with whose addresses nobody joins."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from litestar import delete, get
from litestar.params import FromPath

from .... import clock
from ....actions import keep_out
from ....model.account import Permission
from ....model.barrier import Named
from ....store import barriers
from ...requests import AnyRequest, engine_of, id_in_path, parameters
from .. import entities
from ..answers import Answer, answer, doing
from .listing import one_of, rows_of
from .staff import staff

_READ, _WRITE = "admin:read:email_domain_blocks", "admin:write:email_domain_blocks"
_MAY, _TABLE = Permission.MANAGE_BLOCKS, "email_domain_block"
_DAYS = 7


class EmailDomainBlock(msgspec.Struct):
    """docs.joinmastodon.org/entities/Admin_EmailDomainBlock; its history says who tried nevertheless."""

    id: str
    domain: str
    created_at: str
    history: list[entities.Usage]


class Given(msgspec.Struct):
    """Which domain."""

    domain: str = ""


async def _entities(request: AnyRequest, found: Sequence[Named]) -> list[EmailDomainBlock]:
    today = int(clock.now().timestamp()) // 86_400
    days = [today - ago for ago in range(_DAYS)]
    tried = await barriers.attempts(engine_of(request).db, [one.id for one in found], days[-1])

    def history(block_id: int) -> list[entities.Usage]:
        counted = [(day, *tried.get((block_id, day), (0, 0))) for day in days]
        return [entities.Usage(str(day * 86_400), str(uses), str(people)) for day, people, uses in counted]

    return [EmailDomainBlock(str(one.id), one.domain, entities.time(one.created_at), history(one.id)) for one in found]


@get("/api/v1/admin/email_domain_blocks")
async def many(request: AnyRequest) -> Answer:
    found, headers = await rows_of(request, _READ, _MAY, _TABLE, Named)
    return answer(await _entities(request, found), headers)


@get("/api/v1/admin/email_domain_blocks/{block_id:str}")
async def one(request: AnyRequest, block_id: FromPath[str]) -> Answer:
    return answer((await _entities(request, [await one_of(request, _READ, _MAY, _TABLE, Named, block_id)]))[0])


@doing("/api/v1/admin/email_domain_blocks")
async def create(request: AnyRequest) -> Answer:
    by = await staff(request, _WRITE, _MAY)
    given = await parameters(request, Given)
    made = await keep_out.name_domain(engine_of(request).db, by, _TABLE, given.domain, clock.now())
    return answer((await _entities(request, [made]))[0])


@delete("/api/v1/admin/email_domain_blocks/{block_id:str}", status_code=200)
async def remove(request: AnyRequest, block_id: FromPath[str]) -> Answer:
    by = await staff(request, _WRITE, _MAY)
    number = id_in_path(block_id)
    shown = await _entities(request, [await barriers.get(engine_of(request).db, _TABLE, Named, number)])
    await keep_out.take_back(engine_of(request).db, by, _TABLE, Named, number, clock.now())  # and its history
    return answer(shown[0])


routes = [many, one, create, remove]

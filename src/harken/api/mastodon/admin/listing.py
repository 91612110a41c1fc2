"""Pages of what is kept out, alike for every kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....model.account import Permission
from ....store import barriers
from ....store.barriers import Shape
from ...requests import AnyRequest, engine_of, id_in_path, link_header, window
from ..answers import Answer, answer
from .staff import staff


async def rows_of(
    request: AnyRequest, scope: str, permission: Permission, table: str, shape: type[Shape]
) -> tuple[list[Shape], dict[str, str]]:
    """A page of 100, at most 200, newest first, and its headers."""
    await staff(request, scope, permission)
    engine, page = engine_of(request), window(request, default=100, most=200)
    found = await barriers.page(engine.db, table, shape, page)
    return found, link_header(request, engine.base_url, [one.id for one in found], full=len(found) >= page.limit)


async def page_of(
    request: AnyRequest, scope: str, permission: Permission, table: str, shape: type[Shape],
    entity: Callable[[Shape], Any],
) -> Answer:
    """The same as an answer."""
    found, headers = await rows_of(request, scope, permission, table, shape)
    return answer([entity(one) for one in found], headers)


async def one_of(
    request: AnyRequest, scope: str, permission: Permission, table: str, shape: type[Shape], text: str
) -> Shape:
    """That whose id is in the path. Raises NotFound."""
    await staff(request, scope, permission)
    return await barriers.get(engine_of(request).db, table, shape, id_in_path(text))

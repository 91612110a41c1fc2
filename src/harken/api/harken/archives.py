"""Archives of everything that is one's own; docs/api.md, "Archives"."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Stream

from ... import clock
from ...actions.take_along import ask_archive
from ...errors import NotFound
from ...ids import parse_id
from ...model.account import Account
from ...model.luggage import Archive, Direction
from ...store import archives
from ..mastodon.answers import answer
from ..mastodon.entities import time
from ..requests import AnyRequest, engine_of, viewer

PIECE_BYTES = 262_144
_SCOPE = "read"  # all of it: an archive holds what every scope of reading covers


def _entity(one: Archive, base_url: str) -> dict[str, Any]:
    ready = one.state == "ready"
    return {
        "id": str(one.id), "state": one.state, "created_at": time(one.created_at), "bytes": one.bytes,
        "expires_at": time(one.expires_at) if one.expires_at else None, "error": one.failure or None,
        "url": f"{base_url}/api/harken/v1/archives/{one.id}/file" if ready else None}


@get("/api/harken/v1/archives")
async def many(request: AnyRequest) -> Response[bytes]:
    """The last ten."""
    by = await viewer(request, _SCOPE)
    engine = engine_of(request)
    found = await archives.of_account(engine.db, by.id, Direction.OUT)
    return answer([_entity(one, engine.base_url) for one in found])


@post("/api/harken/v1/archives", status_code=202)
async def ask(request: AnyRequest) -> Response[bytes]:
    """Have one made."""
    by = await viewer(request, _SCOPE)
    engine = engine_of(request)
    made = await ask_archive(engine.db, by, clock.now())
    engine.archiving.nudge()
    return answer(_entity(made, engine.base_url), status=202)


@get("/api/harken/v1/archives/{archive_id:str}/file")
async def file(request: AnyRequest, archive_id: FromPath[str]) -> Stream:
    """The zip, for its owner."""
    return await stored_file(request, await viewer(request, _SCOPE), archive_id)


async def stored_file(request: AnyRequest, owner: Account, archive_id: str) -> Stream:
    """The file of an archive of `owner`'s. Raises NotFound."""
    engine = engine_of(request)
    found = await archives.find(engine.db, parse_id(archive_id) or 0)
    ready = found is not None and found.account_id == owner.id and found.direction is Direction.OUT
    if found is None or not ready or found.state != "ready" or (found.expires_at or clock.EPOCH) <= clock.now():
        raise NotFound("There is no such archive, or it is too old.")
    place = engine.archiving.file_of(found)
    if not place.is_file():
        raise NotFound("There is no such archive, or it is too old.")
    name = f"{owner.username}-{found.created_at:%Y-%m-%d}.zip"
    return Stream(pieces(place), media_type="application/zip", headers={
        "Content-Length": str(place.stat().st_size), "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="{name}"'})


async def pieces(place: Path) -> AsyncIterator[bytes]:
    """A file, a piece at a time."""
    with place.open("rb") as source:
        while piece := await asyncio.to_thread(source.read, PIECE_BYTES):
            yield piece


routes = [many, ask, file]

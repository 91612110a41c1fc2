"""The limit by address counts whoever is nobody, whatever their Authorization header says."""

from __future__ import annotations

import httpx
import msgspec
import pytest

from harken.app import build
from harken.engine import Engine
from tests.world import World

LIMIT = 5


@pytest.mark.parametrize("claim", ["Bearer nobody", "nonsense", "Basic YTpi", "Bearer "])
async def test_a_header_full_of_nothing_is_no_way_around_the_limit(engine: Engine, world: World, claim: str) -> None:
    member = await world.token(await world.account("amber"))
    engine.settings = msgspec.structs.replace(engine.settings, rate_limit="on", rate_limit_address=LIMIT)
    transport = httpx.ASGITransport(app=build(engine))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="https://harken.test") as client:
        async def status(path: str, authorization: str) -> int:
            return (await client.get(path, headers={"Authorization": authorization})).status_code

        given = [await status("/api/v1/instance", claim) for _ in range(LIMIT + 3)]
        assert given[:LIMIT] == [200] * LIMIT
        assert given[-2:] == [429, 429]
        assert await status("/api/v1/timelines/home", claim) == 429
        # A member in the same house is not shut out by it.
        for path in ("/api/v1/instance", "/api/v1/timelines/home"):
            assert await status(path, f"Bearer {member}") == 200

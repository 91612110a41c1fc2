"""Whispers, for programs."""

from __future__ import annotations

import httpx
import msgspec
import pytest

from harken import clock
from harken.actions.unmask_whisper import take_right
from harken.engine import Engine
from harken.model.account import Role
from harken.settings import Settings
from tests.world import World

pytestmark = pytest.mark.anyio
BASE = "/api/harken/v1/whispers"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A server whose operator allows whispers."""
    return msgspec.structs.replace(settings, whispers=True)


async def test_a_program_whispers_lists_and_takes_back(world: World, client: httpx.AsyncClient) -> None:
    ana, bob = await world.account("ana"), await world.account("bob")
    hers, his = [{"Authorization": f"Bearer {await world.token(one)}"} for one in (ana, bob)]
    once = hers | {"Idempotency-Key": "k1"}
    said = (await client.post(BASE, json={"status": "Psst", "spoiler_text": "Quiet"}, headers=once)).json()
    assert (said["account"]["acct"], said["harken"]["verb"], said.get("application")) == ("whisper", "whispers", None)
    assert (await client.post(BASE, json={"status": "Psst"}, headers=once)).json()["id"] == said["id"]
    told = (await client.post(
        "/api/v1/statuses", json={"status": "@whisper who?", "in_reply_to_id": said["id"]}, headers=his)).json()
    answer = {"status": "@bob nobody", "in_reply_to_id": told["id"]}
    assert (await client.post(BASE, json=answer, headers=his)).status_code == 404
    more = (await client.post(BASE, json=answer, headers=hers)).json()
    assert [one["id"] for one in (await client.get(BASE, headers=hers)).json()] == [more["id"], said["id"]]
    page = await client.get(f"{BASE}?limit=1", headers=hers)
    assert [one["id"] for one in (await client.get(page.links["next"]["url"], headers=hers)).json()] == [said["id"]]
    assert (await client.get(BASE, headers=his)).json() == []
    assert (await client.delete(f"{BASE}/{said['id']}", headers=his)).status_code == 404
    assert (await client.delete(f"/api/v1/statuses/{said['id']}", headers=hers)).status_code == 404
    assert (await client.delete(f"{BASE}/{said['id']}", headers=hers)).json() == {}
    assert (await client.get(f"/api/v1/statuses/{said['id']}", headers=hers)).status_code == 404


async def test_what_may_not_be_is_refused_with_its_reason(
    world: World, client: httpx.AsyncClient, engine: Engine, settings: Settings
) -> None:
    ana, mo = await world.account("ana"), await world.account("mo", role=Role.MODERATOR)
    headers = {"Authorization": f"Bearer {await world.token(ana)}"}
    for given, status in (
            ({"status": ""}, 422), ({"status": "x" * 501}, 422), ({"status": "@mo hey"}, 422),
            ({"status": "x", "language": "<de>"}, 422), ({"status": "x", "in_reply_to_id": "x"}, 404),
            ({"status": "x", "in_reply_to_id": "77"}, 404), ({"status": ["x"]}, 422)):
        assert (await client.post(BASE, json=given, headers=headers)).status_code == status, given
    assert (await client.post(BASE, json={"status": "x"})).status_code == 401
    reader = {"Authorization": f"Bearer {await world.token(ana, 'read')}"}
    assert (await client.post(BASE, json={"status": "x"}, headers=reader)).status_code == 403
    await take_right(world.db, mo, ana.id, "Third threat after two warnings", clock.now())
    assert (await client.post(BASE, json={"status": "x"}, headers=headers)).status_code == 403
    object.__setattr__(engine, "settings", msgspec.structs.replace(settings, whispers=False))
    assert (await client.post(BASE, json={"status": "x"}, headers=headers)).status_code == 404
    assert (await client.get(BASE, headers=headers)).json() == []

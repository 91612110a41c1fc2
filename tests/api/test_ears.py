"""Ears for programs."""

from __future__ import annotations

import httpx
import pytest

from tests.world import World

EARS = "/api/harken/v1/ears"


async def test_an_ear_is_kept_read_changed_and_dropped(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    client.headers["Authorization"] = f"Bearer {await world.token(ann)}"
    ear = (await client.post(EARS, json={"query": "clinic is:question", "time_zone": "Europe/Berlin"})).json()
    assert (ear["name"], ear["time_zone"], ear["shared_url"]) == ("clinic is:question", "Europe/Berlin", None)
    assert (await client.post(EARS, json={"query": "clinic is:question"})).json()["id"] == ear["id"]
    for number in range(5):
        await world.post(bob, f"clinic {number}?")
    await world.settle()
    assert [(e["unread"], e["today"]) for e in (await client.get(EARS)).json()] == [(5, 5)]
    page = await client.get(f"{EARS}/{ear['id']}/heard?limit=2")
    texts = [one["status"]["content"] for one in page.json()]
    assert [text[3:-4] for text in texts] == ["clinic 4?", "clinic 3?"]
    assert page.json()[0]["because"] == ["clinic", "is:question"]
    rest = await client.get(page.links["next"]["url"].replace("limit=2", "limit=10"))
    assert [one["status"]["content"][3:-4] for one in rest.json()] == ["clinic 2?", "clinic 1?", "clinic 0?"]
    mark = {"last_read_id": page.json()[1]["id"]}
    assert (await client.post(f"{EARS}/{ear['id']}/read", json=mark)).json()["last_read_id"] == mark["last_read_id"]
    assert [e["unread"] for e in (await client.get(EARS)).json()] == [1]
    changed = (await client.patch(f"{EARS}/{ear['id']}", json={"paused": True, "name": "Care", "shared": True})).json()
    assert (changed["paused"], changed["name"]) == (True, "Care")
    assert "/ears/shared/" in changed["shared_url"]
    assert (await client.delete(f"{EARS}/{ear['id']}")).status_code == 200
    assert (await client.get(f"{EARS}/{ear['id']}")).status_code == 404


@pytest.mark.parametrize("given, said", [
    ({"query": "a OR"}, "OR"), ({}, "Say what to listen for"),
    ({"query": "a", "time_zone": "Mars/Olympus"}, "time_zone"),
    ({"query": "a", "name": "x" * 101}, "too long"), ({"query": 7.5}, "")])
async def test_what_cannot_be_kept_says_why(
    world: World, client: httpx.AsyncClient, given: dict[str, object], said: str
) -> None:
    client.headers["Authorization"] = f"Bearer {await world.token(await world.account('ann'))}"
    answer = await client.post(EARS, json=given)
    assert answer.status_code in ((422,) if said else (200, 422))
    assert said in answer.text


async def test_an_ear_is_its_owners_alone(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = (await client.post(
        EARS, json={"query": "tea"}, headers={"Authorization": f"Bearer {await world.token(ann)}"})).json()
    client.headers["Authorization"] = f"Bearer {await world.token(bob)}"
    for method, path in (
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/heard"), ("POST", "/read")):
        answer = await client.request(method, f"{EARS}/{ear['id']}{path}", json={"last_read_id": "1"})
        assert answer.status_code == 404, (method, path)
    client.headers["Authorization"] = f"Bearer {await world.token(ann, 'read')}"
    assert (await client.delete(f"{EARS}/{ear['id']}")).status_code == 403

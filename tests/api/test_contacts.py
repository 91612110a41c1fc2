"""People whom a desk knows, for programs."""

from __future__ import annotations

import httpx
import pytest

from harken import clock
from harken.actions.change_profile import change_profile
from harken.ids import AccountId
from harken.store import accounts
from tests.api.test_desk_cases import Desk, asks, desk
from tests.world import World

__all__ = ["desk"]


async def test_a_person_is_known_noted_related_merged_and_forgotten(
    world: World, client: httpx.AsyncClient, desk: Desk
) -> None:
    await asks(world, client, desk, "which clinic?")
    hal, rea, lea, people = desk.who["hal"], desk.who["rea"], desk.who["lea"], f"{desk.path}/contacts"
    ann = (await client.post(people, json={
        "account_id": desk.ids["ann"], "how_we_met": "here", "tags": ["Knee"]}, headers=hal)).json()
    assert (ann["name"], ann["tags"], ann["accounts"][0]["username"]) == ("ann", ["knee"], "ann")
    again = (await client.post(people, json={"account_id": desk.ids["ann"]}, headers=hal)).json()
    assert (again["id"], again["how_we_met"]) == (ann["id"], "here")
    ort = (await client.post(people, json={"name": "ann"}, headers=hal)).json()
    one, other = f"{people}/{ann['id']}", f"{people}/{ort['id']}"
    assert (await client.get(f"{one}/proposals", headers=rea)).json()[0]["reasons"] == ["card"]
    note = (await client.post(f"{one}/notes", json={"text": "likes tea", "keep_days": 30}, headers=hal)).json()
    assert [n["text"] for n in (await client.get(f"{one}/notes", headers=rea)).json()] == ["likes tea"]
    history = (await client.get(f"{one}/history", headers=rea)).json()
    assert [m["kind"] for m in history] == ["note", "met", "case"]
    page = await client.get(f"{one}/history?limit=1&max_id={history[0]['id']}", headers=rea)
    assert [m["kind"] for m in page.json()] == ["met"]
    related = await client.post(f"{one}/relations", json={"other_id": ort["id"], "kind": "child"}, headers=hal)
    assert related.json()["related"][0]["kind"] == "child"
    [back] = (await client.get(other, headers=rea)).json()["related"]
    assert back["kind"] == "parent"
    assert (await client.delete(f"{other}/relations/{back['id']}", headers=hal)).json()["related"] == []
    merged = (await client.post(f"{one}/merge", json={"other_id": ort["id"]}, headers=hal)).json()
    assert merged["merged"][0]["id"] == ort["id"]
    assert (await client.get(other, headers=rea)).json()["id"] == ann["id"]
    assert (await client.post(f"{other}/split", headers=hal)).json()["id"] == ort["id"]
    assert (await client.delete(f"{one}/notes/{note['id']}", headers=hal)).status_code == 200
    changed = (await client.patch(one, json={"do_not_contact": True, "channel": "phone"}, headers=hal)).json()
    assert (changed["do_not_contact"], changed["channel"], changed["notes_count"]) == (True, "phone", 0)
    assert [p["id"] for p in (await client.get(f"{people}?tag=knee&q=AN", headers=rea)).json()] == [ann["id"]]
    assert (await client.delete(one, headers=hal)).status_code == 403
    assert (await client.delete(one, headers=lea)).status_code == 200
    assert (await client.get(one, headers=lea)).status_code == 404


async def test_tables_decisions_and_tags_of_cases(world: World, client: httpx.AsyncClient, desk: Desk) -> None:
    await asks(world, client, desk, "which clinic?")
    lea, hal, people = desk.who["lea"], desk.who["hal"], f"{desk.path}/contacts"
    done = (await client.post(f"{people}/table", json={"csv": "name,accounts\nAnn,@ann\nx,@y\n"}, headers=lea)).json()
    assert (done["new"], done["left_out"][0]["line"]) == (1, 3)
    assert "Ann" in (await client.get(f"{people}/table", headers=lea)).text
    assert (await client.get(f"{people}/table", headers=hal)).status_code == 403
    [case] = (await client.get(f"{desk.path}/cases", headers=hal)).json()["cases"]
    tagged = await client.put(f"{desk.path}/cases/{case['id']}/tags", json={"tags": ["B", "a"]}, headers=hal)
    assert tagged.json() == {"tags": ["a", "b"]}
    ann = await accounts.get(world.db, AccountId(int(desk.ids["ann"])))
    await change_profile(world.db, ann, now=clock.now(), hearable=False)
    [waits] = (await client.get(f"{people}/waiting", headers=lea)).json()
    assert waits["name"] == "Ann"
    one = f"{people}/{waits['id']}"
    assert (await client.get(one, headers=lea)).status_code == 404
    assert (await client.post(f"{one}/decision", json={"decision": "notes"}, headers=lea)).status_code == 200
    assert (await client.get(one, headers=lea)).json()["accounts"] == []


@pytest.mark.parametrize(("method", "path", "body", "status"), [
    ("POST", "", {"name": ""}, 422), ("POST", "", {"name": "x", "tags": ["y" * 99]}, 422),
    ("POST", "", {"account_id": "none"}, 404), ("POST", "", {"account_id": "77"}, 404),
    ("POST", "", {"name": 7}, 422), ("GET", "/77", None, 404), ("GET", "/x", None, 404),
    ("GET", "?limit=x", None, 422), ("POST", "/table", {"csv": "\0"}, 403), ("DELETE", "/77", None, 403),
    ("POST", "/77/split", {}, 404), ("POST", "/77/merge", {"other_id": "78"}, 404)])
async def test_bad_input_is_refused_and_leaves_nothing(
    world: World, client: httpx.AsyncClient, desk: Desk, method: str, path: str, body: dict[str, object] | None,
    status: int,
) -> None:
    answer = await client.request(method, f"{desk.path}/contacts{path}", json=body, headers=desk.who["hal"])
    assert answer.status_code == status
    assert "error" in answer.json()
    assert await world.db.values("SELECT id FROM contact") == []


async def test_scopes_and_roles_are_asked_for(world: World, client: httpx.AsyncClient, desk: Desk) -> None:
    people = f"{desk.path}/contacts"
    ann = await accounts.get(world.db, AccountId(int(desk.ids["hal"])))
    narrow = {"Authorization": f"Bearer {await world.token(ann, 'read:statuses write:statuses')}"}
    assert (await client.get(people, headers=narrow)).status_code == 403
    assert (await client.post(people, json={"name": "x"}, headers=narrow)).status_code == 403
    assert (await client.get(people)).status_code == 401
    assert (await client.get(people, headers=desk.who["otto"])).status_code == 404
    assert (await client.post(people, json={"name": "x"}, headers=desk.who["rea"])).status_code == 403

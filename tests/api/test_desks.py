"""Desks for programs: open, staff, listen, and who may read the record."""

from __future__ import annotations

import httpx
import pytest

from harken import clock
from harken.actions.delete_account import begin_deletion
from harken.ids import AccountId
from harken.model.account import Role
from harken.store import desks
from tests.world import World

DESKS = "/api/harken/v1/desks"


async def acting(world: World, client: httpx.AsyncClient, *names: str) -> dict[str, dict[str, str]]:
    """Headers of new members by name; the first is a moderator."""
    found = {}
    for number, name in enumerate(names):
        account = await world.account(name, role=Role.MODERATOR if number == 0 else Role.MEMBER)
        found[name] = {"Authorization": f"Bearer {await world.token(account)}", "X-Id": str(account.id)}
    return found


async def test_a_desk_is_opened_by_those_who_may_and_changed_by_its_lead(
    world: World, client: httpx.AsyncClient
) -> None:
    who = await acting(world, client, "lea", "hal", "rea", "otto")
    given = {"name": " The  clinic ", "about": "We help", "kind": "health", "time_zone": "Europe/Berlin",
             "hours": [*["9:00-17:00"] * 5, "", ""]}
    assert (await client.post(DESKS, json=given, headers=who["otto"])).status_code == 403
    made = (await client.post(DESKS, json=given, headers=who["lea"])).json()
    assert (made["name"], made["role"], made["hours"][0]) == ("The clinic", "lead", "09:00-17:00")
    path = f"{DESKS}/{made['id']}"
    for name, role in (("hal", "helper"), ("rea", "reader")):
        put = f"{path}/members/{who[name]['X-Id']}"
        assert (await client.put(put, json={"role": role}, headers=who["lea"])).status_code == 200
        assert (await client.put(put, json={"role": "lead"}, headers=who[name])).status_code == 403
        assert (await client.patch(path, json={"name": "Mine"}, headers=who[name])).status_code == 403
        assert (await client.get(f"{path}/record", headers=who[name])).status_code == 403
        assert [d["role"] for d in (await client.get(DESKS, headers=who[name])).json()] == [role]
    for method, part in (("GET", ""), ("GET", "/members"), ("GET", "/ears"), ("GET", "/record"), ("DELETE", "")):
        assert (await client.request(method, path + part, headers=who["otto"])).status_code == 404, part
    changed = await client.patch(path, json={"emergency": "Call 112"}, headers=who["lea"])
    assert (changed.json()["emergency"], changed.json()["about"]) == ("Call 112", "We help")
    people = (await client.get(f"{path}/members", headers=who["rea"])).json()
    assert [(p["account"]["username"], p["role"]) for p in people] == [
        ("lea", "lead"), ("hal", "helper"), ("rea", "reader")]
    record = (await client.get(f"{path}/record", headers=who["lea"])).json()
    assert [(a["act"], a["about"]) for a in record] == [
        ("change", "emergency"), ("staff", "reader"), ("staff", "helper"), ("open", "The clinic")]
    page = await client.get(f"{path}/record?limit=2", headers=who["lea"])
    rest = await client.get(page.links["next"]["url"], headers=who["lea"])
    assert [a["act"] for a in rest.json()] == ["staff", "open"]


@pytest.mark.parametrize("given, field", [
    ({}, "name"), ({"name": "x" * 81}, "name"), ({"name": "a", "kind": "military"}, "general"),
    ({"name": "a", "time_zone": "Mars/Olympus"}, "time zone"), ({"name": "a", "hours": ["9-5"] * 7}, "hours"),
    ({"name": "a", "hours": ["09:00-17:00"]}, "seven"), ({"name": "a", "answer_minutes": 0}, "minute"),
    ({"name": "a", "about": "x" * 1001}, "too long")])
async def test_what_no_desk_can_be_says_why(
    world: World, client: httpx.AsyncClient, given: dict[str, object], field: str
) -> None:
    who = await acting(world, client, "lea")
    answer = await client.post(DESKS, json=given, headers=who["lea"])
    assert answer.status_code == 422
    assert field in answer.text


async def test_an_ear_of_a_desk_hears_what_a_visitor_may_find(world: World, client: httpx.AsyncClient) -> None:
    who = await acting(world, client, "lea", "hal")
    path = f"{DESKS}/{(await client.post(DESKS, json={'name': 'Desk'}, headers=who['lea'])).json()['id']}"
    ear = (await client.post(f"{path}/ears", json={"query": "clinic", "name": "Care"}, headers=who["lea"])).json()
    again = await client.post(f"{path}/ears", json={"query": "clinic"}, headers=who["lea"])
    assert again.json()["id"] == ear["id"]
    for query in ("in:home clinic", "from:me", "clinic is:unanswered", "", "a OR"):
        assert (await client.post(f"{path}/ears", json={"query": query}, headers=who["lea"])).status_code == 422, query
    open_one, shy = await world.account("open"), await world.account("shy", indexable=False)
    heard = await world.post(open_one, "a clinic?")
    for author, to in ((open_one, "unlisted"), (open_one, "followers"), (shy, "public")):
        await world.post(author, "a clinic", to=to)
    await world.settle()
    assert await world.db.values("SELECT post_id FROM ear_match WHERE ear_id = :id", id=int(ear["id"])) == [heard.id]
    assert (await client.patch(f"{path}/ears/{ear['id']}", json={"paused": True}, headers=who["lea"])).json()["paused"]
    assert (await client.get(f"/api/harken/v1/ears/{ear['id']}", headers=who["lea"])).status_code == 404
    assert (await client.delete(f"{path}/ears/{ear['id']}", headers=who["lea"])).status_code == 200
    assert (await client.get(f"{path}/ears", headers=who["lea"])).json() == []


async def test_a_desk_always_has_a_lead_and_closes_with_its_last_helper(
    world: World, client: httpx.AsyncClient
) -> None:
    who = await acting(world, client, "lea", "hal", "rea")
    ids = {name: int(headers["X-Id"]) for name, headers in who.items()}
    desk = (await client.post(DESKS, json={"name": "Desk"}, headers=who["lea"])).json()["id"]
    path = f"{DESKS}/{desk}"
    assert (await client.delete(f"{path}/members/{ids['lea']}", headers=who["lea"])).status_code == 409
    assert (await client.put(f"{path}/members/{ids['lea']}", json={"role": "reader"}, headers=who["lea"])
            ).status_code == 409
    await client.put(f"{path}/members/{ids['hal']}", json={"role": "helper"}, headers=who["lea"])
    await client.put(f"{path}/members/{ids['rea']}", json={"role": "reader"}, headers=who["lea"])
    await client.post(f"{path}/ears", json={"query": "tea"}, headers=who["lea"])
    await begin_deletion(world.db, AccountId(ids["lea"]), clock.now())
    assert [(m.account_id, m.role.name) for m in await desks.members(world.db, int(desk))] == [
        (ids["hal"], "LEAD"), (ids["rea"], "READER")]
    await begin_deletion(world.db, AccountId(ids["hal"]), clock.now())
    assert (await client.get(path, headers=who["rea"])).status_code == 404
    assert await world.db.value("SELECT count(*) FROM ear") == 0


async def test_nobody_changes_the_record_not_even_we(world: World, client: httpx.AsyncClient) -> None:
    who = await acting(world, client, "lea")
    await client.post(DESKS, json={"name": "Desk"}, headers=who["lea"])
    for sql in ("UPDATE desk_act SET verb = 'x'", "DELETE FROM desk_act"):
        with pytest.raises(Exception, match="only added to"):
            async with world.db.transaction() as tx:
                await tx.execute(sql)
    assert await world.db.values("SELECT verb FROM desk_act") == ["open"]


async def test_an_application_can_be_let_in_to_desks_and_nothing_else(
    world: World, client: httpx.AsyncClient
) -> None:
    app = await client.post("/api/v1/apps", json={
        "client_name": "CRM", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read:desks write:desks"})
    assert app.status_code == 200
    lea = await world.account("lea", role=Role.MODERATOR)
    reading = {"Authorization": f"Bearer {await world.token(lea, 'read:desks')}"}
    assert (await client.get(DESKS, headers=reading)).status_code == 200
    assert (await client.post(DESKS, json={"name": "Desk"}, headers=reading)).status_code == 403
    assert (await client.get("/api/v1/timelines/home", headers=reading)).status_code == 403

"""A desk's queue for programs."""

from __future__ import annotations

import httpx
import pytest

from harken.model.account import Role
from tests.world import World

DESKS = "/api/harken/v1/desks"


class Desk:
    """A desk with a lead, a helper and a reader, who are headers here."""

    def __init__(self, path: str, who: dict[str, dict[str, str]], ids: dict[str, str]) -> None:
        self.path, self.who, self.ids = path, who, ids


@pytest.fixture
async def desk(world: World, client: httpx.AsyncClient) -> Desk:
    who, ids = {}, {}
    for name in ("lea", "hal", "rea", "otto", "ann"):
        role = Role.MODERATOR if name == "lea" else Role.MEMBER
        account = await world.account(name, role=role, hearable=name == "ann")
        who[name], ids[name] = {"Authorization": f"Bearer {await world.token(account)}"}, str(account.id)
    path = f"{DESKS}/{(await client.post(DESKS, json={'name': 'Desk'}, headers=who['lea'])).json()['id']}"
    for name, role_name in (("hal", "helper"), ("rea", "reader")):
        await client.put(f"{path}/members/{ids[name]}", json={"role": role_name}, headers=who["lea"])
    await client.post(f"{path}/ears", json={"query": "clinic"}, headers=who["lea"])
    await world.settle()
    return Desk(path, who, ids)


async def asks(world: World, client: httpx.AsyncClient, desk: Desk, text: str) -> str:
    """`ann` says something; its id."""
    made = await client.post("/api/v1/statuses", json={"status": text}, headers=desk.who["ann"])
    await world.settle()
    return str(made.json()["id"])


async def test_a_case_is_read_claimed_answered_and_closed(
    world: World, client: httpx.AsyncClient, desk: Desk
) -> None:
    post = await asks(world, client, desk, "Can anyone recommend a clinic? I am worried")
    await asks(world, client, desk, "the clinic opens at nine")
    hal, lea = desk.who["hal"], desk.who["lea"]
    page = (await client.get(f"{desk.path}/cases", headers=hal)).json()
    assert page["cases"][0]["status"]["id"] == post
    assert {"asks:who_knows", "question", "unanswered"} <= set(page["cases"][0]["reasons"])
    assert page["counts"]["open"] == 2
    case = f"{desk.path}/cases/{page['cases'][0]['id']}"
    claimed = (await client.post(f"{case}/moves", json={"verb": "claim"}, headers=hal)).json()
    assert (claimed["state"], claimed["claimed_by_id"]) == ("claimed", desk.ids["hal"])
    refused = await client.post(f"{case}/moves", json={"verb": "done"}, headers=lea)
    assert (refused.status_code, refused.json()["claimed_by_id"]) == (409, desk.ids["hal"])
    said = await client.post(f"{case}/answers", json={"status": "Come and see us"}, headers=hal)
    assert said.json()["content"].startswith("<p>")
    assert said.json()["in_reply_to_id"] == post
    assert said.json()["harken"]["desk"] == {"id": desk.path.rsplit("/", 1)[1], "name": "Desk"}
    again = await client.post(f"{case}/answers", json={"status": "Me too", "take": True}, headers=lea)
    assert (again.status_code, again.json()["answer_id"]) == (409, said.json()["id"])
    assert (await client.get(case, headers=desk.who["rea"])).json()["state"] == "answered"
    done = await client.post(f"{case}/moves", json={"verb": "done", "take": True}, headers=lea)
    assert done.json()["state"] == "done"
    record = (await client.get(f"{desk.path}/record", headers=lea)).json()
    assert [line["act"] for line in record][:3] == ["done", "answer", "claim"]


async def test_the_queue_is_paged_and_narrowed_by_any_search_expression(
    world: World, client: httpx.AsyncClient, desk: Desk
) -> None:
    for number in range(5):
        await asks(world, client, desk, f"clinic {'tea' if number % 2 else 'cake'} {number}")
    hal, seen, after = desk.who["hal"], [], ""
    while True:
        page = (await client.get(f"{desk.path}/cases", params={"limit": 2, "after": after}, headers=hal)).json()
        seen += [case["id"] for case in page["cases"]]
        after = page["next"]
        if not after:
            break
    assert len(seen) == len(set(seen)) == 5
    tea = (await client.get(f"{desk.path}/cases", params={"q": "tea -3"}, headers=hal)).json()
    assert len(tea["cases"]) == 1
    for wrong in ({"q": "a OR"}, {"tab": "x"}, {"limit": 0}, {"after": "x"}):
        assert (await client.get(f"{desk.path}/cases", params=wrong, headers=hal)).status_code == 422, wrong
    moved = await client.post(
        f"{desk.path}/moves", json={"verb": "noise", "reason": "adverts", "cases": [*seen[:3], "77"]}, headers=hal)
    assert (len(moved.json()["done"]), list(moved.json()["refused"])) == (3, ["77"])
    assert len((await client.get(f"{desk.path}/cases", params={"tab": "done"}, headers=hal)).json()["cases"]) == 3


async def test_nothing_of_it_is_there_for_those_who_do_not_work_there(
    world: World, client: httpx.AsyncClient, desk: Desk
) -> None:
    case = await asks(world, client, desk, "clinic?")
    for method, path, given in (
        ("GET", "/cases", {}), ("GET", f"/cases/{case}", {}), ("POST", f"/cases/{case}/moves", {"verb": "claim"}),
        ("POST", "/moves", {"verb": "done", "cases": [case]}), ("POST", f"/cases/{case}/answers", {"status": "x"}),
        ("POST", f"/cases/{case}/presence", {"typing": True})):
        answer = await client.request(method, desk.path + path, json=given or None, headers=desk.who["otto"])
        assert answer.status_code == 404, path
        answer = await client.request(method, desk.path + path, json=given or None, headers=desk.who["rea"])
        writes = method == "POST" and not path.endswith("presence")
        assert answer.status_code == (403 if writes else 200), path
        assert (await client.request(method, desk.path + path, json=given or None)).status_code == 401


@pytest.mark.parametrize("given", [
    {}, {"verb": "eat"}, {"verb": "snooze"}, {"verb": "hand"}, {"verb": "snooze", "until": "2001-01-01T00:00:00Z"},
    {"verb": "noise", "reason": "x" * 201}, {"verb": "snooze", "until": "soon"}, {"verb": "hand", "to": "x"}])
async def test_what_cannot_be_done_says_why(
    world: World, client: httpx.AsyncClient, desk: Desk, given: dict[str, object]
) -> None:
    case = await asks(world, client, desk, "clinic?")
    answer = await client.post(f"{desk.path}/cases/{case}/moves", json=given, headers=desk.who["hal"])
    assert answer.status_code == 422, answer.text

"""Collections in a browser without JavaScript."""

from __future__ import annotations

import httpx

from tests.web.test_accounts import csrf
from tests.web.test_pages import sign_in
from tests.world import World


async def test_somebody_recommends_people_and_one_of_them_leaves(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    await world.account("carol", discoverable=False)
    await sign_in(client, world, alice)
    token = await csrf(client, "/@alice/collections")
    made = await client.post("/collections", data={"csrf": token, "name": "Tea people", "listed": "1"})
    path = made.headers["location"]
    for name, said in [("@carol", "discovered"), ("nobody", "nobody of that name"), ("", "nobody of that name")]:
        page = await client.post(f"{path}/add", data={"csrf": token, "name": name})
        assert (page.status_code, said in page.text) == (422, True), name
    assert (await client.post(f"{path}/add", data={"csrf": token, "name": "@bob"})).status_code == 303
    assert "They are in it already" in (await client.post(f"{path}/add", data={"csrf": token, "name": "bob"})).text
    too_long = await client.post(f"{path}/edit", data={"csrf": token, "name": "x" * 41, "listed": "1"})
    assert (too_long.status_code, "at most 40 characters" in too_long.text) == (422, True)
    assert "<b>1</b> collection" in (await client.get("/@alice")).text
    await world.settle()
    client.cookies.clear()
    assert "@bob" in (await client.get(path)).text
    await sign_in(client, world, bob)
    assert "recommends you in a collection" in (await client.get("/notifications")).text
    page = await client.get(path)
    assert "You are in this collection" in page.text
    token = await csrf(client, path)
    refused = await client.post(f"{path}/delete", data={"csrf": token})
    assert refused.status_code == 403
    item = page.text.split('name="item" value="')[1].split('"')[0]
    assert (await client.post(f"{path}/leave", data={"csrf": token, "item": item})).status_code == 303
    assert "@bob" not in (await client.get(path)).text.split("<main")[1]
    client.cookies.clear()
    await sign_in(client, world, alice)
    token = await csrf(client, path)
    assert (await client.post(f"{path}/delete", data={"csrf": token})).headers["location"] == "/@alice/collections"
    assert (await client.get(path)).status_code == 404

"""Filtered notifications on the web: the policy, who waits, letting in and putting away."""

from __future__ import annotations

import httpx

from harken.model.account import Account
from tests.web.test_pages import send, sign_in
from tests.world import World

PAGE = "/notifications/filtered"


async def choosy(world: World, client: httpx.AsyncClient) -> Account:
    """Alice, who keeps aside whom she does not follow, and to whom Bob and Carol wrote."""
    alice = await world.account("alice")
    await sign_in(client, world, alice)
    page = (await client.get("/settings/notifications")).text
    assert page.count("<select") == 5
    answer = await send(client, "/settings/notifications", not_following="filter", new_accounts="accept")
    page = (await client.get(answer.headers["location"])).text
    assert "Saved." in page
    assert '<option value="filter" selected>' in page.split('id="not_following"')[1].split("</select>")[0]
    for name in ("bob", "carol"):
        await world.post(await world.account(name), f"@alice {name} was here")
    await world.settle()
    return alice


async def test_who_waits_is_let_in_or_put_away(world: World, client: httpx.AsyncClient) -> None:
    await choosy(world, client)
    page = (await client.get("/notifications")).text
    assert "Filtered notifications: 2 people would like to reach you" in page
    assert "bob was here" not in page
    page = (await client.get(PAGE)).text
    assert page.index("carol was here") < page.index("bob was here")
    bob, carol = map(str, await world.db.values("SELECT id FROM post ORDER BY id"))
    answer = await send(client, f"{PAGE}/accept", id=bob)
    assert answer.headers["location"] == PAGE
    answer = await send(client, f"{PAGE}/dismiss", id=carol)
    assert answer.headers["location"] == "/notifications"
    page = (await client.get("/notifications")).text
    assert "bob was here" in page
    assert "carol was here" not in page
    assert "Filtered notifications" not in page
    assert "Nobody is kept waiting." in (await client.get(PAGE)).text


async def test_nobody_answers_another_s_requests(world: World, client: httpx.AsyncClient) -> None:
    await choosy(world, client)
    bob = str(await world.db.value("SELECT id FROM post WHERE text LIKE '%bob%'"))
    await sign_in(client, world, await world.account("mallory"))
    await send(client, f"{PAGE}/accept", id=bob)
    assert await world.db.value("SELECT count(*) FROM withheld WHERE state = 'filtered'") == 2
    client.cookies.clear()
    assert (await client.get(PAGE)).status_code in (303, 401)
    assert (await client.post(f"{PAGE}/accept", data={"id": bob})).status_code in (303, 401, 403)


async def test_what_cannot_be_chosen_is_refused(world: World, client: httpx.AsyncClient) -> None:
    await sign_in(client, world, await world.account("alice"))
    assert (await send(client, "/settings/notifications", not_following="perhaps")).status_code == 422
    assert (await client.get(f"{PAGE}?before=x")).status_code == 422

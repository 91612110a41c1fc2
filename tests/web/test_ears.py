"""Ears as their owner meets them: keep, read, change, share, drop."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from harken import clock
from harken.store import ears
from tests.web.test_pages import csrf, send, sign_in, texts
from tests.world import World


async def test_a_search_becomes_an_ear_in_one_click_and_tells_why_each_post_came(
    world: World, client: httpx.AsyncClient
) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    await world.post(bob, "the old clinic closed")
    await sign_in(client, world, ann)
    answer = await send(client, "/ears", query="clinic (good OR is:question)")
    page = (await client.get(answer.headers["location"])).text
    assert "Nothing heard yet" in page
    await world.post(bob, "which clinic is good?")
    await world.post(bob, "a clinic")
    await world.settle()
    assert 'id="heard">' in (await client.get("/public")).text
    overview = (await client.get("/ears")).text
    assert "1 not read" in overview
    assert "1 today" in overview
    page = (await client.get(answer.headers["location"])).text
    assert texts(page) == ["which clinic is good?"]
    why = re.search(r'<p class="why">(.*?)</p>', page, re.S)
    assert why
    assert re.findall("<code>(.*?)</code>", why[1]) == ["clinic", "good", "is:question"]
    assert "new" in why[1]
    assert "<mark>clinic</mark>" in page
    assert "not read" not in (await client.get("/ears")).text
    assert 'id="heard" hidden>' in (await client.get("/public")).text


async def test_a_new_ear_shows_what_was_said_before(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    await world.post(bob, "the old clinic closed")
    await sign_in(client, world, ann)
    where = (await send(client, "/ears", query="clinic")).headers["location"]
    page = (await client.get(where)).text
    assert "Said before this ear listened" in page
    assert texts(page) == ["the old clinic closed"]


async def test_a_query_is_tried_on_the_last_week_before_it_is_saved(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    await world.post(bob, "the clinic closed")
    await world.post(bob, "a hospital opened")
    await sign_in(client, world, ann)
    where = (await send(client, "/ears", query="clinic")).headers["location"]
    edit = f"{where}/edit"
    tried = await send(client, edit, on=edit, query="hospital", name="clinic", preview="yes")
    assert "would have heard 1 post" in tried.text
    assert texts(tried.text) == ["a hospital opened"]
    ear_id = int(where.rsplit("/", 1)[1])
    assert (await ears.get(world.db, ear_id, ann.id)).query == "clinic"
    assert (await send(client, edit, on=edit, query="hospital", name="Care")).status_code == 303
    changed = await ears.get(world.db, ear_id, ann.id)
    assert (changed.query, changed.name) == ("hospital", "Care")
    wrong = await send(client, edit, on=edit, query="hospital OR", name="Care")
    assert wrong.status_code == 422
    assert 'id="mistake"' in wrong.text
    assert "hospital OR" in unescape(wrong.text)


async def test_what_becomes_true_only_later_is_decided_on_reading(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    await sign_in(client, world, ann)
    where = (await send(client, "/ears", query="clinic is:unanswered")).headers["location"]
    first = await world.post(bob, "which clinic?")
    await world.post(bob, "what clinic?")
    await world.settle()
    assert texts((await client.get(where)).text) == ["what clinic?", "which clinic?"]
    await world.post(ann, "this one", reply_to=first)
    assert texts((await client.get(where)).text) == ["what clinic?"]


async def test_a_shared_ear_shows_its_query_and_nothing_that_was_heard(
    world: World, client: httpx.AsyncClient
) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    await sign_in(client, world, ann)
    where = (await send(client, "/ears", query="clinic", name="Care")).headers["location"]
    await world.post(bob, "which clinic?")
    await world.settle()
    ear = await ears.get(world.db, int(where.rsplit("/", 1)[1]), ann.id)
    link = f"/ears/shared/{ear.key}"
    assert (await client.get(link)).status_code == 404
    await send(client, f"{where}/edit", on=f"{where}/edit", query="clinic", name="Care", shared="yes")
    await sign_in(client, world, bob)
    page = (await client.get(link)).text
    assert "Care" in page
    assert "clinic" in page
    assert "which clinic?" not in page
    copied = (await send(client, "/ears", on=link, query="clinic", name="Care")).headers["location"]
    assert copied != where
    assert (await client.get(where)).status_code == 404
    await sign_in(client, world, ann)
    await send(client, f"{where}/link", on=f"{where}/edit")
    assert (await client.get(link)).status_code == 404


async def test_pausing_resuming_and_dropping(world: World, client: httpx.AsyncClient) -> None:
    ann = await world.account("ann")
    await sign_in(client, world, ann)
    where = (await send(client, "/ears", query="clinic")).headers["location"]
    await send(client, f"{where}/pause", on=where)
    assert "paused" in (await client.get("/ears")).text
    await send(client, f"{where}/resume", on=where)
    assert (await send(client, f"{where}/drop", on=f"{where}/drop")).headers["location"] == "/ears"
    assert (await client.get(where)).status_code == 404


@pytest.mark.parametrize("query, said", [
    ("", "Say what to listen for"), ("(a", "bracket"), ("x" * 3000, "too long"),
    ("~x", "cannot search by it yet")])
async def test_bad_queries_come_back_with_what_is_wrong(
    world: World, client: httpx.AsyncClient, query: str, said: str
) -> None:
    await sign_in(client, world, await world.account("ann"))
    answer = await send(client, "/ears", query=query)
    assert answer.status_code == 422
    assert said in unescape(answer.text)


async def test_the_forms_need_their_token_and_somebody_who_is_signed_in(
    world: World, client: httpx.AsyncClient
) -> None:
    assert (await client.get("/ears")).headers["location"].startswith("/sign-in")
    await sign_in(client, world, await world.account("ann"))
    csrf((await client.get("/ears")).text)
    assert (await client.post("/ears", data={"csrf": "0" * 64, "query": "tea"})).status_code == 403
    assert (await client.get("/ears/nonsense")).status_code == 404
    assert (await send(client, "/ears/1/pause")).status_code == 404
    assert not await ears.of_owner(world.db, 1, clock.now(), clock.now())


async def test_the_result_page_offers_to_keep_the_search(world: World, client: httpx.AsyncClient) -> None:
    await sign_in(client, world, await world.account("ann"))
    page = (await client.get('/search?q="second+opinion"')).text
    assert 'action="/ears"' in page
    assert 'name="query" value="&#34;second opinion&#34;"' in page
    client.cookies.clear()
    assert 'action="/ears"' not in (await client.get("/search?q=tea")).text


async def test_an_ear_leads_to_its_alerts(world: World, client: httpx.AsyncClient) -> None:
    await sign_in(client, world, await world.account("ann"))
    where = (await send(client, "/ears", query="clinic")).headers["location"]
    assert f'href="{where}/alerts"' in (await client.get(where)).text
    assert (await client.get(f"{where}/alerts")).status_code == 200


async def test_a_feed_is_made_changed_and_ended_on_the_ears_page(world: World, client: httpx.AsyncClient) -> None:
    ann = await world.account("ann")
    await sign_in(client, world, ann)
    where = (await send(client, "/ears", query="clinic")).headers["location"]
    assert "/feeds/ears/" not in (await client.get(f"{where}/edit")).text
    found: list[str] = []
    for _ in range(2):
        await send(client, f"{where}/feed")
        found.append(re.findall(r'href="(/feeds/ears/[^"]+\.atom)"', (await client.get(f"{where}/edit")).text)[0])
    assert [(await client.get(address)).status_code for address in found] == [404, 200]
    assert found[1] in (await client.get(where)).text
    await send(client, f"{where}/no-feed")
    assert (await client.get(found[1])).status_code == 404

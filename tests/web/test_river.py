"""The river as a list: what it shows, what is new in it, its filters and pages, without scripts."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import httpx
import pytest

from harken import clock
from harken.actions.block import mute
from harken.actions.boost_post import boost_post
from harken.actions.keep_post import favourite_post
from harken.actions.publish_post import publish_post
from harken.model.account import Account
from harken.model.post import Draft, Post
from harken.web import river
from tests.web.test_pages import sign_in
from tests.web.test_statuses import submit
from tests.world import World


def shown(page: str) -> list[str]:
    """The texts in the river, in order."""
    found = re.findall(r'class="words"[^>]*>\s*(.*?)\s*</span>', page, re.S)
    return [re.sub(r"<[^>]*>", "", text).strip() for text in found]


def states(page: str) -> list[str]:
    return re.findall(r'<li class="drop (\w+)', page)


async def test_the_river_shows_conversations_and_what_is_new_in_them(world: World, client: httpx.AsyncClient) -> None:
    ana, ben, cyd = [await world.account(name) for name in ("ana", "ben", "cyd")]
    await world.follows(ben, ana)
    tea = await world.post(ana, "tea?")
    await world.post(ana, "anybody?", reply_to=tea)
    far = await world.post(cyd, "a stranger's question")
    await world.post(ana, "an answer to a stranger", reply_to=far)
    passed_on = await world.post(cyd, "passed on")
    await boost_post(world.db, ana, passed_on.id, clock.now())
    await world.settle()
    assert (await client.get("/river")).status_code in (303, 302)  # a visitor has none
    await sign_in(client, world, ben)
    page = (await client.get("/river")).text
    assert shown(page) == ["passed on", "tea?"]  # an answer stands with its conversation
    assert states(page) == ["unread", "unread"]
    assert "1 answer, 1 new" in page
    await client.get(f"/@ana/{tea.id}")  # opening reads
    assert states((await client.get("/river")).text) == ["unread", "read"]
    assert (await submit(client, "/river/read", back="/river")).headers["location"] == "/river"
    assert states((await client.get("/river")).text) == ["read", "read"]
    await world.post(cyd, "two sugars", reply_to=tea)
    await submit(client, f"/posts/{passed_on.id}/mute")
    assert states((await client.get("/river")).text) == ["muted", "unread"]
    assert (await submit(client, f"/posts/{tea.id}/seen")).status_code == 303
    assert states((await client.get("/river")).text) == ["muted", "read"]


async def test_filters_choose_among_what_one_may_see(world: World, client: httpx.AsyncClient) -> None:
    ana, ben, cyd = [await world.account(name) for name in ("ana", "ben", "cyd")]
    await world.follows(ben, ana)
    home = await world.post(ana, "at home")
    await world.post(ben, "my own")
    await world.post(ana, "@ben psst", to="direct")
    await world.post(ana, "@cyd between us", to="direct")
    strange = await world.post(cyd, "a stranger's question")
    await world.post(ben, "an answer", reply_to=strange)
    await world.post(cyd, "hello @ben")
    await favourite_post(world.db, ben, home.id, clock.now())
    await world.settle()
    await sign_in(client, world, ben)

    async def seen(show: str) -> list[str]:
        return shown((await client.get(f"/river?show={show}")).text)

    assert await seen("mine") == ["my own"]
    assert await seen("private") == ["@ben psst"]
    assert await seen("responded") == ["a stranger&#39;s question"]
    assert await seen("favourite") == ["at home"]
    assert await seen("mentioned") == ["hello @ben", "@ben psst"]
    assert await seen("unread") == ["hello @ben", "a stranger&#39;s question", "@ben psst", "at home"]
    counts = (await client.get("/fragments/river/counts")).json()
    assert counts == {"all": 4, "mine": 0, "private": 1, "responded": 1}
    await submit(client, "/river/read")
    assert await seen("unread") == []
    assert "You have read everything" in (await client.get("/river?show=unread")).text
    assert (await client.get("/river?show=nonsense")).status_code == 422
    assert (await client.get("/river?before=x")).status_code == 422


async def test_the_river_is_paged_without_gaps_in_a_constant_number_of_statements(
    world: World, client: httpx.AsyncClient
) -> None:
    ana, ben = await world.account("ana"), await world.account("ben")
    await world.follows(ben, ana)
    said = [f"drop {n}" for n in range(river.STRETCH + 7)]
    for text in said:
        await world.post(ana, text)
    await world.settle()
    await sign_in(client, world, ben)
    page = (await client.get("/river")).text
    first = shown(page)
    assert first == said[::-1][:river.STRETCH]
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    rest = (await client.get(following[1].replace("&amp;", "&"))).text
    assert shown(rest) == said[::-1][river.STRETCH:]
    assert 'rel="next"' not in rest
    more = re.search(r'id="river" data-next="([^"]+)"', page)
    assert more
    piece = (await client.get(more[1].replace("&amp;", "&"))).text
    assert shown(piece) == said[::-1][river.STRETCH:]
    newest = re.search(r'data-id="(\d+)"', page)
    assert newest
    await world.post(ana, "just now")
    await world.settle()
    assert shown((await client.get(f"/fragments/river?after={newest[1]}")).text) == ["just now"]


async def test_a_post_opens_in_place_with_its_answers_and_a_box(world: World, client: httpx.AsyncClient) -> None:
    ana, ben, cyd = [await world.account(name) for name in ("ana", "ben", "cyd")]
    tea = await world.post(ana, "tea?")
    first = await world.post(cyd, "yes <b>please</b>", reply_to=tea)
    await world.post(ana, "milk?", reply_to=first)
    hidden = await world.post(ana, "@cyd psst", to="direct")
    await sign_in(client, world, ben)
    piece = (await client.get(f"/fragments/river/{tea.id}")).text
    assert piece.count("data-said=") == 2
    assert "yes &lt;b&gt;please" in piece
    assert "answers cyd" in piece
    assert f'name="reply_to" value="{tea.id}"' in piece
    assert (await client.get(f"/fragments/river/{hidden.id}")).status_code == 404
    await submit(client, f"/posts/{tea.id}/seen")
    await world.post(cyd, "one more", reply_to=tea)
    piece = (await client.get(f"/fragments/river/{tea.id}")).text
    assert re.findall(r'data-said="\d+"( class="fresh")?', piece) == ["", "", ' class="fresh"']


async def test_a_post_stands_once_in_the_river_though_its_boost_comes_in_another_piece(
    world: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(river, "STRETCH", 2)
    ana, ben, cyd, dee = [await world.account(name) for name in ("ana", "ben", "cyd", "dee")]
    await world.follows(ben, ana, cyd)
    now = clock.now()

    async def said(author: Account, text: str, ago: timedelta) -> Post:
        return await publish_post(world.db, author, Draft(text=text), now - ago)

    old = await said(ana, "said a month ago", timedelta(days=30))
    tea = await said(ana, "tea?", timedelta(days=2))
    far = await said(dee, "a stranger's news", timedelta(days=2))
    await boost_post(world.db, cyd, far.id, now - timedelta(days=1))
    for n in range(2):
        await said(ana, f"meanwhile {n}", timedelta(hours=2))
    await boost_post(world.db, ana, far.id, now)
    await boost_post(world.db, cyd, tea.id, now)
    await boost_post(world.db, cyd, old.id, now)
    await world.settle()
    await sign_in(client, world, ben)

    async def pieces() -> list[str]:
        found, address = [], "/fragments/river"
        while address:
            piece = (await client.get(address)).text
            found += shown(piece)
            address = html.unescape(re.search(r'data-next="([^"]*)"', piece)[1])  # type: ignore[index]
        return found

    # Flowed by lately, it stands where it flowed first; what is long gone comes back with the boost.
    flows = ["said a month ago", "meanwhile 1", "meanwhile 0", "a stranger&#39;s news", "tea?", "said a month ago"]
    assert await pieces() == flows
    await mute(world.db, ben, cyd.id, now)  # whom one does not hear has passed nothing on
    assert await pieces() == ["a stranger&#39;s news", *flows[1:3], *flows[4:]]

"""Pages of filters, and what filters do to the pages of others' posts."""

from __future__ import annotations

import re

import httpx
import pytest

from harken import clock
from harken.actions.keep_filter import keep_filter
from harken.model.account import Account
from harken.model.filter import Filter
from harken.store import filters
from tests.web.test_pages import send, sign_in, texts
from tests.world import World


async def pair(world: World, client: httpx.AsyncClient) -> tuple[Account, Account]:
    ann, bob = await world.account("ann"), await world.account("bob")
    await world.follows(ann, bob)
    await sign_in(client, world, ann)
    return ann, bob


async def hide(world: World, owner: Account, query: str, *contexts: str, action: str = "hide") -> Filter:
    return await keep_filter(
        world.db, owner, clock.now(), title=f"about {query}", query=query, contexts=contexts or ["home"], action=action)


async def test_a_filter_is_made_from_a_search_changed_and_dropped(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await pair(world, client)
    await world.post(bob, "the election")
    found = await client.get("/search?q=election")
    link = re.search(r'href="(/settings/filters/new\?q=election)"', found.text)
    assert link
    form = await client.get(link[1])
    assert 'value="election"' in form.text
    made = await send(client, "/settings/filters/new", query="election", title="Politics", action="hide", hours="24",
                      **{"context[]": "search"})
    assert (made.status_code, made.headers["location"]) == (303, "/settings/filters")
    [kept] = await filters.of_owner(world.db, ann.id)
    assert (kept.title, kept.query, kept.contexts, kept.action) == ("Politics", "election", ["search"], "hide")
    assert kept.expires_at
    assert 23.9 < (kept.expires_at - clock.now()).total_seconds() / 3600 < 24.1
    assert "Politics" in (await client.get("/settings/filters")).text
    page = (await client.get("/search?q=election")).text
    assert texts(page) == []
    assert "hide 1 post of this page" in page
    here = f"/settings/filters/{kept.id}"
    fields = {"query": "election", "title": "Vote", "action": "warn", "hours": "", "context[]": "search"}
    changed = await send(client, here, **fields)
    assert changed.status_code == 303
    [now] = await filters.of_owner(world.db, ann.id)
    assert (now.title, now.action, now.expires_at, now.saved_at) == ("Vote", "warn", kept.expires_at, kept.saved_at)
    assert "Hidden by your filter “Vote”" in (await client.get("/search?q=election")).text
    await send(client, f"{here}/delete")
    assert await filters.of_owner(world.db, ann.id) == []
    assert (await client.get(here)).status_code == 404


@pytest.mark.parametrize(("path", "context"), [
    ("/", "home"), ("/public", "public"), ("/tags/vote", "public"), ("/@bob", "account"), ("/search?q=vote", "search"),
    ("/fragments/home?after=0", "home"), ("/fragments/search?q=vote&after=0", "search")])
async def test_each_page_has_its_context(world: World, client: httpx.AsyncClient, path: str, context: str) -> None:
    ann, bob = await pair(world, client)
    await world.post(bob, "go and #vote")
    await world.settle()
    assert texts((await client.get(path)).text) == ["go and #vote"]
    other = "public" if context != "public" else "home"
    await hide(world, ann, "vote", other)
    assert texts((await client.get(path)).text) == ["go and #vote"]
    await hide(world, ann, "vote", context, action="warn")
    page = (await client.get(path)).text
    assert re.search(r'<details class="warning filtered"><summary>.*“about vote”.*go and', page, re.S)
    await hide(world, ann, "vote", context)
    assert texts((await client.get(path)).text) == []
    if path.startswith("/fragments"):
        assert (await client.get(f"{path}&ids=1")).text == "", "what is hidden is no news"


async def test_hidden_posts_shorten_a_page_and_break_no_paging(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await pair(world, client)
    for number in range(45):
        await world.post(bob, f"{'vote' if 10 <= number < 40 else 'tea'} {number}")
    await world.settle()
    await hide(world, ann, "vote")
    read, path, counts = [], "/", []
    while path:
        page = (await client.get(path)).text
        read += texts(page)
        counts.append(int((re.search(r"hide (\d+) post", page) or ["", "0"])[1]))
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert read == [f"tea {n}" for n in (*range(44, 39, -1), *range(9, -1, -1))]
    assert counts == [15, 15, 0]


async def test_a_conversation_shows_the_post_one_asked_for(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await pair(world, client)
    root = await world.post(bob, "whom will you vote for?")
    answer = await world.post(bob, "I vote for tea", reply_to=root)
    await world.post(bob, "tea it is", reply_to=answer)
    await hide(world, ann, "vote", "thread")
    assert texts((await client.get(f"/@bob/{root.id}")).text) == ["whom will you vote for?", "tea it is"]
    assert texts((await client.get(f"/@bob/{answer.id}")).text) == ["I vote for tea", "tea it is"]


async def test_notifications_of_filtered_posts_are_hidden_or_folded(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await pair(world, client)
    await world.post(bob, "@ann vote!")
    await world.post(bob, "@ann tea?")
    await world.settle()
    kept = await hide(world, ann, "vote", "notifications", action="warn")
    page = (await client.get("/notifications")).text
    assert len(texts(page)) == 2
    assert "about vote" in page
    async with world.db.transaction() as tx:
        await filters.delete(tx, kept, 0)
    await world.post(bob, "@ann vote now!")
    await world.post(bob, "@ann more tea?")
    await world.settle()
    assert (await client.get("/fragments/unread")).text == "2"
    await hide(world, ann, "vote", "notifications")
    assert (await client.get("/fragments/unread")).text == "1", "what is hidden is not counted as waiting"
    assert 'id="unread">1<' in (await client.get("/about")).text
    assert texts((await client.get("/notifications")).text) == ["@ann more tea?", "@ann tea?"]
    assert (await client.get("/fragments/unread")).text == "0"


@pytest.mark.parametrize(("fields", "reason"), [
    ({"query": ""}, "Say what to hide"), ({"query": "tea", "context[]": ""}, "Choose at least one place"),
    ({"query": "tea OR"}, "<mark>"), ({"query": "tea", "hours": "7"}, "Choose how long"),
    ({"query": "tea", "action": "burn"}, "Action is not"), ({"query": "~x"}, "cannot search by it yet")])
async def test_what_cannot_be_a_filter_comes_back_with_the_reason(
    world: World, client: httpx.AsyncClient, fields: dict[str, str], reason: str
) -> None:
    ann, _bob = await pair(world, client)
    given = {"title": "x", "action": "warn", "context[]": "home", "hours": "0"} | fields
    answer = await send(client, "/settings/filters/new", **given)
    assert answer.status_code == 422
    assert reason in answer.text
    assert await filters.of_owner(world.db, ann.id) == []


async def test_only_its_owner_opens_a_filter(world: World, client: httpx.AsyncClient) -> None:
    _ann, bob = await pair(world, client)
    kept = await hide(world, bob, "vote")
    here = f"/settings/filters/{kept.id}"
    assert (await client.get(here)).status_code == 404
    assert (await send(client, f"{here}/delete")).status_code == 404
    client.cookies.clear()
    assert (await client.get("/settings/filters")).status_code == 303

"""Commands in the post box: understood, answered, and posted as a text for whoever meant one."""

from __future__ import annotations

import re

import httpx
import pytest

from harken.store import posts, relationships
from tests.web.test_pages import send, sign_in
from tests.world import World


async def said(world: World) -> list[str]:
    return [p.text for p in (await posts.by_ids(world.db, await posts.newest_ids(world.db, 9))).values()]


async def test_a_command_is_answered_and_not_posted(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    await sign_in(client, world, ann)
    answer = await send(client, "/compose", "/", text="follow bob")
    assert answer.status_code == 200
    assert "You follow bob." in answer.text
    assert await relationships.follow(world.db, ann.id, bob.id)
    assert await said(world) == []
    undo = re.search(r'name="text" value="(unfollow bob)"', answer.text)
    literal = re.search(r'name="text" value="(\\follow bob)"', answer.text)
    assert undo
    assert literal
    assert "not follow bob any more" in (await send(client, "/compose", "/", text=undo[1])).text
    posted = await send(client, "/compose", "/", text=literal[1], visibility="0", language="en")
    assert posted.status_code == 303
    assert await said(world) == ["follow bob"]


@pytest.mark.parametrize(("text", "fields"), [
    ("follow your heart", {}), ("follow zoe", {}), ("get up", {}), ("follow bob", {"spoiler": "spoilt"}),
    ("track and field was my favourite at school.", {})])
async def test_a_text_is_posted(world: World, client: httpx.AsyncClient, text: str, fields: dict[str, str]) -> None:
    ann = await world.account("ann")
    await world.account("bob")
    await sign_in(client, world, ann)
    assert (await send(client, "/compose", "/", text=text, **fields)).status_code == 303
    assert await said(world) == [text]


async def test_an_answer_to_somebody_is_never_a_command(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    post = await world.post(bob, "whom should I follow?")
    await sign_in(client, world, ann)
    assert (await send(client, "/compose", "/", text="follow bob", reply_to=str(post.id))).status_code == 303
    assert not await relationships.follow(world.db, ann.id, bob.id)


@pytest.mark.parametrize(("text", "reason"), [
    ("d bobb my results are back", "Nobody here is called bobb"), ("d bob my results are back", "does not follow you")])
async def test_what_was_meant_for_one_never_reaches_everybody_by_a_slip(
    world: World, client: httpx.AsyncClient, text: str, reason: str
) -> None:
    ann = await world.account("ann")
    await world.account("bob")
    await sign_in(client, world, ann)
    answer = await send(client, "/compose", "/", text=text)
    assert answer.status_code == 422
    assert reason in answer.text
    assert "Nothing was sent." in answer.text
    assert await said(world) == []


@pytest.mark.parametrize("text", [
    "track tea", "untrack tea", "track", "track off", "stats", "help", "invite", "whois bob", "get bob", "fav bob",
    "on bob", "off bob", "nudge bob", 'track "open', "leave bob"])
async def test_every_command_has_a_page(world: World, client: httpx.AsyncClient, text: str) -> None:
    ann, bob = await world.account("ann"), await world.account("bob", bio="I drink <b>tea</b>")
    await world.post(bob, "hello")
    await sign_in(client, world, ann)
    answer = await send(client, "/compose", "/", text=text)
    assert answer.status_code in (200, 422)
    assert "Post it as text instead" in answer.text
    assert "<b>tea" not in answer.text
    assert answer.text.count("<h1") == 1
    assert (await client.get("/help/commands")).status_code == 200

"""Fewer like this: from a post that an ear heard in vain to a query that leaves such posts out."""

from __future__ import annotations

import re

import httpx

from harken import clock
from harken.actions.keep_ear import keep_ear
from harken.store import ears
from tests.web.test_pages import send, sign_in
from tests.world import World


async def test_an_ear_learns_to_leave_something_out(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = await keep_ear(world.db, ann, "clinic OR hospital", "UTC", clock.now())
    await world.settle()
    post = await world.post(bob, "The hospital soap opera tonight #telly")
    await world.settle()
    await sign_in(client, world, ann)
    page = (await client.get(f"/ears/{ear.id}")).text
    link = re.search(r'href="(/ears/\d+/fewer\?post=\d+)"', page)
    assert link
    form = (await client.get(link[1])).text
    offered = re.findall(r'name="out\[\]" value="([^"]+)"', form)
    assert {"-from:bob", "-#telly", "-soap", "-opera"} <= set(offered)
    assert "-hospital" not in offered
    path = f"/ears/{ear.id}/fewer"
    nothing = await send(client, path, post=str(post.id))
    assert (nothing.status_code, "at least one thing" in nothing.text) == (422, True)
    foreign = await send(client, path, post=str(post.id), **{"out[]": "OR everything"})
    assert foreign.status_code == 422
    done = await send(client, path, post=str(post.id), **{"out[]": "-soap"})
    assert "(clinic OR hospital ) -soap" in done.text
    assert (await ears.get(world.db, ear.id, ann.id)).query == "(clinic OR hospital ) -soap"
    await world.settle()
    await world.post(bob, "Another hospital soap")
    await world.post(bob, "Which hospital is good?")
    await world.settle()
    texts = await world.db.values("SELECT p.text FROM ear_match m JOIN post p ON p.id = m.post_id ORDER BY m.id")
    assert texts == ["The hospital soap opera tonight #telly", "Which hospital is good?"]


async def test_only_its_owner_and_only_posts_that_one_sees(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = await keep_ear(world.db, ann, "clinic", "UTC", clock.now())
    hidden, shown = await world.post(bob, "clinic", to="followers"), await world.post(bob, "clinic soap")
    await sign_in(client, world, ann)
    assert (await client.get(f"/ears/{ear.id}/fewer?post={hidden.id}")).status_code == 404
    assert (await client.get(f"/ears/{ear.id}/fewer?post=x")).status_code == 404
    assert (await client.get(f"/ears/{ear.id}/fewer")).status_code == 404
    await sign_in(client, world, bob)
    assert (await client.get(f"/ears/{ear.id}/fewer?post={shown.id}")).status_code == 404

"""What open pages are told of, and when: whoever asks because of it must find it."""

from __future__ import annotations

import asyncio

import httpx

from harken import clock
from harken.actions.boost_post import boost_post
from harken.engine import Engine
from tests.web.test_pages import sign_in
from tests.world import World


async def test_a_page_hears_of_posts_once_its_home_has_them(
    world: World, engine: Engine, client: httpx.AsyncClient
) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    await world.follows(ann, bob)
    old = await world.post(ann, "of before")
    await world.settle()
    page, program = (engine.streaming.subscribe(ann.id, {channel}) for channel in ("front", "home"))
    elsewhere = engine.streaming.subscribe(bob.id, {"home"})
    stop = asyncio.Event()
    running = asyncio.create_task(engine.streaming.run(stop))
    await asyncio.sleep(0.3)
    said = await world.post(bob, "tea?")
    passed_on = await boost_post(world.db, bob, old.id, clock.now())
    for of in (0, old.id):  # programs get the posts themselves, at once
        heard = await program.next(5)
        assert heard is not None
        assert (heard.id, heard.of) == (passed_on.id if of else said.id, of)
    await asyncio.sleep(0.3)
    assert page.queue.empty(), "a page that asked now would get nothing, and had put its sign away"
    await world.settle()
    for of in (0, old.id):
        heard = await page.next(5)
        assert heard is not None
        assert (heard.kind, heard.id, heard.of) == ("post", passed_on.id if of else said.id, of)
    await sign_in(client, world, ann)
    assert "tea?" in (await client.get("/fragments/home", params={"after": old.id})).text
    assert {(await elsewhere.next(5)).of for _ in range(2)} == {0, old.id}  # type: ignore[union-attr]
    stop.set()
    await running

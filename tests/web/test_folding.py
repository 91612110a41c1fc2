"""What several people say in nearly the same words takes the place of one, on home and search."""

from __future__ import annotations

import re

import httpx
import pytest

from harken import clock
from harken.actions.boost_post import boost_post
from tests.web.test_pages import sign_in, texts
from tests.world import World

NEWS = "The lymphoedema clinic on Main Street closes its doors on Friday"


@pytest.mark.parametrize(("path", "folds"), [("/", True), ("/search?q=clinic", True), ("/public", False)])
async def test_the_same_words_of_others_are_folded(
    world: World, client: httpx.AsyncClient, path: str, folds: bool
) -> None:
    ann, bob, eve = await world.account("ann"), await world.account("bob"), await world.account("eve")
    await world.follows(ann, bob, eve)
    await world.post(bob, NEWS)
    await world.post(eve, f"{NEWS}!")
    await world.post(bob, f"RT @eve {NEWS}")
    await world.post(eve, "A clinic for cats opens its doors on Friday on Station Road")
    await world.settle()
    await sign_in(client, world, ann)
    page = (await client.get(path)).text
    assert len(texts(page)) == 4, "nothing is lost"
    behind = re.findall(r'<details class="alike"><summary[^>]*>([^<]+)</summary>(.*?)</details></li>', page, re.S)
    # Bob's own repetition stands for itself, and only Eve's is behind it.
    wanted = [("and 1 like it", [f"{NEWS}!"])] if folds else []
    assert [(summary, texts(folded)) for summary, folded in behind] == wanted


async def test_short_greetings_are_each_their_own(world: World, client: httpx.AsyncClient) -> None:
    ann, bob, eve = await world.account("ann"), await world.account("bob"), await world.account("eve")
    await world.follows(ann, bob, eve)
    for author in (bob, eve):
        await world.post(author, "Good morning!")
    await world.settle()
    await sign_in(client, world, ann)
    page = (await client.get("/")).text
    assert texts(page) == ["Good morning!", "Good morning!"]
    assert "like it" not in page


async def test_a_post_stands_on_a_page_once_with_everybody_who_boosted_it(
    world: World, client: httpx.AsyncClient
) -> None:
    ann, bob, eve, mia = [await world.account(name) for name in ("ann", "bob", "eve", "mia")]
    await world.follows(ann, bob, eve)
    said = await world.post(mia, "Soup at six")
    for by in (bob, eve):
        await boost_post(world.db, by, said.id, clock.now())
    await world.settle()
    await sign_in(client, world, ann)
    page = (await client.get("/")).text
    assert page.count("Soup at six") == 1
    assert page.count(f'id="post-{said.id}"') == 1
    why = page[page.index('class="why"'):].split("</p>")[0]
    assert "/@eve" in why
    assert "/@bob" in why


async def test_what_comes_in_names_everybody_who_boosted_it_those_below_too(
    world: World, client: httpx.AsyncClient
) -> None:
    ann, bob, eve, mia = [await world.account(name) for name in ("ann", "bob", "eve", "mia")]
    await world.follows(ann, bob, eve, mia)
    said = await world.post(mia, "Soup at six")
    before = await boost_post(world.db, bob, said.id, clock.now())
    after = await boost_post(world.db, eve, said.id, clock.now())
    await world.settle()
    await sign_in(client, world, ann)
    news = (await client.get(f"/fragments/home?after={before.id}")).text
    assert news.count("<article") == 1
    why = news[news.index('class="why"'):].split("</p>")[0]
    assert "/@eve" in why
    assert "/@bob" in why
    assert (await client.get(f"/fragments/home?after={before.id}&ids=1")).text == f"{after.id} {said.id}"
    assert (await client.get(f"/fragments/home?after={after.id}&ids=1")).text == ""

"""The search page by best: the switch, what is folded, and its pages."""

from __future__ import annotations

import re
from html import unescape

import httpx

from tests.world import World


async def test_the_page_switches_between_newest_and_best_and_shows_what_is_folded(
    world: World, client: httpx.AsyncClient
) -> None:
    ada = await world.account("ada")
    news = "The new clinic on Main Street opens its doors next Monday morning"
    for text in (news, f"{news}!", f"{news} :)", "Another clinic closes"):
        await world.post(ada, text)
    page = (await client.get("/search?q=clinic")).text
    assert re.search(r'href="/search\?q=clinic" aria-current="page">Newest<', page)
    to_best = unescape(re.search(r'href="([^"]+)">Best<', page)[1])  # type: ignore[index]
    page = (await client.get(to_best)).text
    assert 'aria-current="page">Best<' in page
    assert 'data-live="search"' not in page
    assert page.count("<article") == 2
    folded = unescape(re.search(r'href="([^"]+)">and 2 like it<', page)[1])  # type: ignore[index]
    page = (await client.get(folded)).text
    assert page.count("<article") == 3
    assert "say nearly the same" in page


async def test_pages_of_the_best_follow_their_cursor(world: World, client: httpx.AsyncClient) -> None:
    ada = await world.account("ada")
    for number in range(45):
        await world.post(ada, f"clinic {number * 7919}")
    address, ids = "/search?q=clinic+sort%3Atop", []
    while address:
        page = (await client.get(address)).text
        ids += re.findall(r'<article[^>]* id="post-(\d+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = unescape(following[1]) if following else ""
    assert len(ids) == len(set(ids)) == 45


async def test_a_broken_cursor_or_group_is_told(world: World, client: httpx.AsyncClient) -> None:
    assert (await client.get("/search?q=clinic+sort:top&cursor=zzz")).status_code in (400, 422)
    assert (await client.get("/search?q=clinic+sort:top&like=x")).status_code in (400, 422)
    empty = await client.get("/search?q=clinic+sort:top&like=5")
    assert empty.status_code == 200
    assert "<article" not in empty.text

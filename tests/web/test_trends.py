"""The trends page: plain links between times and languages, a picture with words, and posts that tell."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from harken import clock
from harken.actions.block import block
from harken.model.account import Account
from tests.web.test_pages import sign_in
from tests.world import World

pytestmark = pytest.mark.anyio
SAID = ("Look up,", "I saw the", "What a", "No clouds before the", "Is this the")


async def burst(world: World, tag: str, number: int = 4, **given: Any) -> list[Account]:
    with clock.frozen(clock.now() - timedelta(days=2)):
        who = [await world.account(f"{tag.lower()}{n}") for n in range(number)]
    for n, one in enumerate(who):
        await world.post(one, f"{SAID[n]} <b>#{tag}</b>!", **given)
    return who


def named(page: str) -> list[str]:
    return [unescape(name) for name in re.findall(r'<h2><a href="[^"]+" dir="auto">([^<]+)</a></h2>', page)]


async def test_the_page_names_what_trends_shows_when_and_posts_that_tell(
    world: World, client: httpx.AsyncClient
) -> None:
    await burst(world, "Eclipse")
    answer = await client.get("/trends")
    assert answer.status_code == 200
    page = answer.text
    assert named(page) == ["#Eclipse"]
    assert '<h2><a href="/search?q=%23eclipse" dir="auto">' in page
    assert "4 people" in page
    assert re.search(r'<svg class="spark"[^>]* role="img" aria-label="Most at once: 4 people, around [^"]+">', page)
    assert page.partition('<svg class="spark"')[2].partition("</svg>")[0].count("<rect ") == 24
    assert page.count('<article class="post"') == 3
    assert len(set(re.findall(r'id="(post-\d+)"', page))) == 3
    assert "<b>#" not in page
    assert page.count("<h1") == 1
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script>|javascript:", page)
    assert 'aria-current="page">Last day</a>' in page


async def test_plain_links_lead_to_other_times_and_languages(world: World, client: httpx.AsyncClient) -> None:
    await burst(world, "Sonne", language="de")
    await burst(world, "Sun", language="en")
    page = (await client.get("/trends?period=hour")).text
    assert set(named(page)) == {"#Sonne", "#Sun"}
    assert 'aria-current="page">Last hour</a>' in page
    for address in ("/trends?period=week", "/trends?period=hour&amp;language=de"):
        assert f'href="{address}"' in page
    german = (await client.get("/trends?period=hour&language=de")).text
    assert named(german) == ["#Sonne"]
    assert 'aria-current="page">German</a>' in german


async def test_an_empty_search_begins_with_what_trends(world: World, client: httpx.AsyncClient) -> None:
    empty = (await client.get("/search")).text
    assert 'href="/trends"' in empty
    await burst(world, "Eclipse")
    assert '<a href="/search?q=%23eclipse" dir="auto">#Eclipse</a>' in (await client.get("/search")).text


async def test_nothing_trends_where_nobody_speaks(client: httpx.AsyncClient) -> None:
    answer = await client.get("/trends")
    assert answer.status_code == 200
    assert named(answer.text) == []
    assert "Nothing is talked about more than usual." in answer.text


async def test_a_member_sees_no_posts_of_those_they_blocked(world: World, client: httpx.AsyncClient) -> None:
    crowd = await burst(world, "Eclipse")
    reader = await world.account("reader")
    await block(world.db, reader, crowd[3].id, crowd[3].created_at)
    assert "@eclipse3" in (await client.get("/trends")).text
    await sign_in(client, world, reader)
    page = (await client.get("/trends")).text
    assert named(page) == ["#Eclipse"]
    assert "@eclipse3" not in page


async def test_a_trending_page_can_be_opened(world: World, client: httpx.AsyncClient) -> None:
    for n, said in enumerate([*SAID, *SAID, *SAID]):
        await world.post(await world.account(f"p{n}"), f"{said} {chr(97 + n) * 9} https://sky.example/a?b=1&c=<i>")
    page = (await client.get("/trends")).text
    assert named(page) == ["sky.example/a?b=1&c="]
    assert '<a href="https://sky.example/a?b=1&amp;c=" rel="nofollow noopener noreferrer">' in page


@pytest.mark.parametrize("query", [
    "period=year", "period=", "language=%00", "language=" + "x" * 5000, "language=%ff", "language=../..",
    "period=day&period=hour", "language=%3Cscript%3E"])
async def test_hostile_addresses_get_a_page(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/trends?{query}")
    assert answer.status_code == 200
    assert "<script>" not in answer.text

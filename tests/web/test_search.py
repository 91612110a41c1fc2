"""The search page: the box that explains and completes, and mistakes that are pointed at."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from harken import clock
from harken.actions.block import block, mute
from tests.web.test_pages import sign_in
from tests.world import World

pytestmark = pytest.mark.anyio


async def offers(client: httpx.AsyncClient, q: str, **more: str) -> list[str]:
    """What the box offers for `q`, as it would then read."""
    answer = await client.get("/fragments/complete", params={"q": q, **more})
    assert answer.status_code == 200
    return [unescape(found) for found in re.findall(r'data-q="([^"]*)"', answer.text)]


def reading(page: str) -> str:
    found = re.search(r'id="reading"[^>]*>(.*?)</p>', page, re.S)
    assert found
    return unescape(found[1])


async def test_a_result_says_how_the_query_was_read(world: World, client: httpx.AsyncClient) -> None:
    await world.post(await world.account("alice"), "Tea or toast?")
    page = await client.get("/search", params={"q": "(tea OR coffee) ? since:2008-06-12"})
    assert reading(page.text) == "Posts with tea or coffee, asking something, from June 12, 2008 on, newest first."
    assert 'aria-describedby="reading"' in page.text


async def test_the_box_completes_operators_and_their_values(world: World, client: httpx.AsyncClient) -> None:
    assert await offers(client, "fr") == ["from:"]
    assert await offers(client, "tea is:un") == ["tea is:unanswered "]
    assert await offers(client, "is: tea", at="3") == [
        f"is:{value} tea" for value in ("question", "unanswered", "reply", "original", "boost", "sensitive")]
    assert "lang:de " in await offers(client, "lang:ger")
    assert await offers(client, "breakfast") == []
    assert len(await offers(client, "", all="1")) > 15
    assert await offers(client, "\x00") == []
    assert await offers(client, "x" * 5000, at="99999999999") == []


async def test_people_are_completed_only_if_they_want_to_be_met(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    await world.account("bella")
    await world.account("benny", discoverable=False)
    foe, bore = await world.account("bertha"), await world.account("bruno")
    await sign_in(client, world, alice)
    assert sorted(await offers(client, "from:b")) == ["from:bella ", "from:bertha ", "from:bruno "]
    assert await offers(client, "@ben") == []
    await block(world.db, foe, alice.id, clock.now())
    await mute(world.db, alice, bore.id, clock.now())
    assert await offers(client, "from:b") == ["from:bella "]
    hidden = await world.account("blanche", discoverable=False)
    await world.follows(alice, hidden)
    assert await offers(client, "tea -@b") == ["tea -@blanche ", "tea -@bella "]
    assert await offers(client, "from:me") == []
    assert (await offers(client, "from:"))[0] == "from:me "


async def test_tags_are_completed_only_from_posts_that_may_be_found(world: World, client: httpx.AsyncClient) -> None:
    alice, shy = await world.account("alice"), await world.account("shy", indexable=False)
    await world.post(alice, "A pot of #tea and #teatime")
    await world.post(shy, "My #teacosy is mine")
    await world.post(alice, "Not for all: #teasecret", to="unlisted")
    assert await offers(client, "#te") == ["#tea ", "#teatime "]
    await sign_in(client, world, shy)
    assert await offers(client, "#teac") == ["#teacosy "]


async def test_an_offer_is_escaped(world: World, client: httpx.AsyncClient) -> None:
    await world.account("mallory", display_name="<img src=x onerror=alert(1)>")
    answer = await client.get("/fragments/complete", params={"q": '"><script> from:mal'})
    assert "<img" not in answer.text
    assert "<script" not in answer.text


@pytest.mark.parametrize(("q", "pointed"), [
    ("tea (toast", "tea <mark>(</mark>toast"),
    ("tea) toast", "tea<mark>)</mark> toast"),
    ("lang:klingonisch_1 x", "<mark>lang:klingonisch_1</mark> x"),
    ("a " * 100 + "( b", "…" + ("a " * 100)[-60:] + "<mark>(</mark> b"),
])  # fmt: skip
async def test_a_mistake_is_pointed_at_in_the_box(client: httpx.AsyncClient, q: str, pointed: str) -> None:
    page = await client.get("/search", params={"q": q})
    assert page.status_code == 422
    assert f'<p class="pointed" dir="auto">{pointed}</p>' in page.text
    assert 'aria-invalid="true"' in page.text


async def test_what_cannot_be_searched_yet_is_said(client: httpx.AsyncClient) -> None:
    page = await client.get("/search", params={"q": "tea ~x"})
    assert page.status_code == 501
    assert "cannot search by it yet" in page.text


async def test_the_help_page_lists_what_the_box_completes(client: httpx.AsyncClient) -> None:
    page = (await client.get("/help/search")).text
    for example in ("from:amber", "min_favourites:5", "tz:Europe/Berlin", "geocode:35.78,-78.64,25km"):
        assert example in page


async def test_bars_narrow_the_search_without_scripts(world: World, client: httpx.AsyncClient) -> None:
    alice, shy = await world.account("alice"), await world.account("shy", indexable=False)
    for _ in range(3):
        await world.post(alice, "A pot of tea")
    await world.post(shy, "My own tea")
    first = await client.get("/search", params={"q": "tea"})
    assert 'href="/search?q=tea&amp;bars=1"' in first.text
    page = await client.get("/search", params={"q": "tea", "bars": "1"})
    assert ">3 posts</h2>" in page.text
    assert not re.search(r"\sstyle=|<style", page.text)
    links = [unescape(link) for link in re.findall(r'<td><a href="([^"]+)"', page.text)]
    assert sum(int(n) for n in re.findall(r"</a></td><td>(\d+)</td>", page.text)) == 3
    found = 0
    for link in links:
        answer = await client.get(link)
        assert answer.status_code == 200
        assert "since" in link
        found += answer.text.count('<article class="post')
    assert found == 3
    piece = await client.get("/fragments/over-time", params={"q": "tea"})
    assert piece.headers["cache-control"] == "private, no-store"
    assert ">3 posts</h2>" in piece.text
    assert (await client.get("/fragments/over-time", params={"q": "(tea"})).status_code == 422
    assert "Nothing to count" in (await client.get("/fragments/over-time", params={"q": "coffee"})).text


async def test_the_form_writes_a_query_and_leads_to_its_results(world: World, client: httpx.AsyncClient) -> None:
    await world.post(await world.account("alice"), "Where is the clinic?")
    sent = {"every": "", "either": "clinic, hospital", "none": "tea", "question": "1", "since": "2008-06-12"}
    answer = await client.get("/search/advanced", params=sent)
    assert answer.status_code == 303
    page = await client.get(answer.headers["location"])
    assert 'value="(clinic OR hospital) -tea is:question since:2008-06-12"' in page.text
    assert page.text.count('<article class="post') == 1
    shown = await client.get("/search/advanced", params=sent | {"show": "1"})
    assert "<code dir=\"auto\">(clinic OR hospital) -tea is:question since:2008-06-12</code>" in shown.text
    assert "Posts with clinic or hospital, without tea, asking something" in shown.text
    piece = await client.get("/fragments/written", params=sent)
    assert "(clinic OR hospital) -tea" in piece.text
    assert "<html" not in piece.text


async def test_the_form_opens_filled_in_and_keeps_what_it_cannot_show(client: httpx.AsyncClient) -> None:
    page = await client.get("/search/advanced", params={"q": 'tea -milk from:amber ? domain:"bbc.co.uk" sort:top'})
    assert page.status_code == 200
    for name, value in {"every": "tea", "none": "milk", "author": "amber"}.items():
        assert re.search(rf'name="{name}"[^>]* value="{value}"', page.text)
    assert re.search(r'name="question" value="1" checked', page.text)
    assert 'value="domain:&#34;bbc.co.uk&#34;"' in page.text
    broken = await client.get("/search/advanced", params={"q": 'tea (<b>"'})
    assert broken.status_code == 200
    assert "could not be read" in broken.text
    assert "<b>" not in broken.text
    empty = await client.get("/search/advanced", params={"every": "", "none": ""})
    assert empty.headers["location"] == "/search/advanced"

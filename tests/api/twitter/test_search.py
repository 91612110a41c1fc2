"""The search API of 2008, as a script of 2008 uses it."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs

import feedparser
import httpx
import pytest

from harken import clock
from harken.actions.block import block
from harken.actions.delete_post import delete_post
from harken.ids import id_at
from harken.model.post import Post
from tests.world import World

BASE = "/search.json"


async def asked(client: httpx.AsyncClient, address: str = BASE, **params: Any) -> Any:
    """The envelope."""
    answer = await client.get(address, params=params or None)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    return answer.json()


async def ids(client: httpx.AsyncClient, **params: Any) -> list[int]:
    return [result["id"] for result in (await asked(client, **params))["results"]]


async def said(world: World, count: int, text: str = "tea") -> list[Post]:
    alice = await world.account("alice")
    return [await world.post(alice, f"{text} {n}") for n in range(count)]


async def test_an_answer_has_every_field_of_then(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    question = await world.post(bob, "a <b> question", source="App & Co", source_url="https://app.example/?a=1&b=2")
    post = await world.post(alice, "@bob more tea than coffee", language="en", reply_to=question)
    made = await asked(client, q="tea coffee", rpp=10)
    assert set(made) == {
        "results", "since_id", "since_id_str", "max_id", "max_id_str", "refresh_url", "results_per_page", "page",
        "query", "completed_in"}
    assert made["query"] == "tea+coffee"
    assert (made["page"], made["results_per_page"], made["since_id"]) == (1, 10, 0)
    assert (made["max_id"], made["max_id_str"]) == (post.id, str(post.id))
    assert made["refresh_url"] == f"?since_id={post.id}&q=tea+coffee&rpp=10"
    assert 0 <= made["completed_in"] < 60
    [result] = made["results"]
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", result.pop("created_at"))
    assert result == {
        "text": "@bob more tea than coffee", "to_user": "bob", "to_user_id": bob.id, "to_user_id_str": str(bob.id),
        "from_user": "alice", "from_user_id": alice.id, "from_user_id_str": str(alice.id),
        "id": post.id, "id_str": str(post.id), "iso_language_code": "en", "geo": None,
        "source": "&lt;a href=&quot;https://harken.test/&quot;&gt;web&lt;/a&gt;",
        "profile_image_url": "https://harken.test/static/avatar.svg"}
    [other] = (await asked(client, q="from:bob"))["results"]
    assert other["source"] == (
        "&lt;a href=&quot;https://app.example/?a=1&amp;amp;b=2&quot;&gt;App &amp;amp; Co&lt;/a&gt;")
    assert (other["to_user"], other["to_user_id"], other["iso_language_code"]) == (None, None, "und")


async def test_pages_have_neither_gaps_nor_repeats_while_new_posts_arrive(
    world: World, client: httpx.AsyncClient
) -> None:
    alice = await world.account("alice")
    old = [(await world.post(alice, f"tea {n}")).id for n in range(35)]
    made = await asked(client, q="tea")
    assert len(made["results"]) == made["results_per_page"] == 15
    found = [result["id"] for result in made["results"]]
    pin = made["max_id"]
    for number in (2, 3):
        await world.post(alice, "tea, meanwhile")
        assert parse_qs(made["next_page"][1:]) == {"page": [str(number)], "max_id": [str(pin)], "q": ["tea"]}
        made = await asked(client, BASE + made["next_page"])
        assert (made["page"], made["max_id"]) == (number, pin)
        found += [result["id"] for result in made["results"]]
    assert found == old[::-1]
    assert "next_page" not in made
    assert len(await ids(client, q="tea", rpp=500)) == 37


async def test_the_best_of_a_search_have_pages_too(world: World, client: httpx.AsyncClient) -> None:
    posts = {post.id for post in await said(world, 7, "a cup of tea")}
    found: list[int] = []
    made = await asked(client, q="tea sort:top", rpp=3)
    found += [result["id"] for result in made["results"]]
    while "next_page" in made:
        made = await asked(client, BASE + made["next_page"])
        found += [result["id"] for result in made["results"]]
    assert sorted(found) == sorted(posts)
    assert (await asked(client, BASE + made["refresh_url"]))["results"] == []


async def test_a_poller_hears_everything_once(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    made = await asked(client, q="tea")
    assert (made["results"], made["max_id"]) == ([], -1)
    heard: list[int] = []
    written: list[int] = []
    for burst in (0, 1, 0, 3, 0, 0, 2):
        for n in range(burst):
            written.append((await world.post(alice, f"tea {n}")).id)
            await world.post(alice, "coffee")
        made = await asked(client, BASE + made["refresh_url"])
        assert "warning" not in made
        heard += [result["id"] for result in made["results"]][::-1]
    assert heard == written


async def test_the_reach_of_pages_is_said(world: World, client: httpx.AsyncClient) -> None:
    posts = await said(world, 3)
    answer = await client.get(BASE, params={"q": "tea", "rpp": 100, "page": 16})
    assert (answer.status_code, "out of range" in answer.json()["error"]) == (403, True)
    assert await ids(client, q="tea", rpp=100, page=15) == []
    assert await ids(client, q="tea", max_id=posts[1].id) == [posts[1].id, posts[0].id]
    assert await ids(client, q="tea", since_id=posts[1].id) == [posts[2].id]
    assert (await asked(client, q="tea", rpp=1, page=2))["previous_page"].startswith("?page=1&max_id=")


async def test_a_since_id_from_elsewhere_is_adjusted_and_one_from_the_future_refused(
    world: World, client: httpx.AsyncClient
) -> None:
    posts = await said(world, 2)
    made = await asked(client, q="tea", since_id=1478555574)  # such were the ids of 2009
    assert [result["id"] for result in made["results"]] == [post.id for post in posts[::-1]]
    assert made["warning"].startswith(f"adjusted since_id to {made['since_id']} (")
    assert 1478555574 < made["since_id"] < posts[0].id
    assert len(await ids(client, q="tea", since_id=made["since_id"])) == 2
    late = id_at(clock.from_ms(clock.to_ms(clock.now()) + 3_600_000))
    answer = await client.get(BASE, params={"q": "tea", "since_id": late})
    assert (answer.status_code, answer.json()) == (404, {"error": "since_id too recent, poll less frequently"})


async def test_the_advanced_form_means_what_it_says(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    first = await world.post(alice, "green tea is what I drink #morning :)", language="en")
    second = await world.post(bob, "@alice black tea? or coffee https://example.org/", language="de")
    both = [second.id, first.id]
    for params, expected in [
        ({"ands": "tea green"}, [first.id]), ({"phrase": "black tea"}, [second.id]),
        ({"ors": "coffee green"}, both), ({"q": "tea", "nots": "coffee milk"}, [first.id]),
        ({"q": "drink OR coffee", "from": "bob"}, [second.id]), ({"tag": "#morning"}, [first.id]),
        ({"to": "alice"}, [second.id]), ({"ref": "alice"}, [second.id]), ({"q": "tea", "lang": "de"}, [second.id]),
        ({"q": "tea", "lang": "all"}, both), ({"tude[]": ":)"}, [first.id]), ({"tude[]": "?"}, [second.id]),
        ({"filter[]": "links"}, [second.id]), ({"q": "tea", "since": "2008-07-01"}, both),
        ({"q": "tea", "since": "Tue, 01 Jul 2008 10:00:00 GMT", "until": "2008-07-02"}, []),
        ({"q": "tea", "phrase": "", "ors": "", "nots": "", "rpp": "", "page": "", "since_id": ""}, both),
    ]:
        assert await ids(client, **params) == expected, params


@pytest.mark.parametrize("params, status", [
    ({}, 403), ({"q": "  "}, 403), ({"lang": "en"}, 403), ({"q": "a" * 1001}, 403), ({"q": "(tea"}, 422),
    ({"q": "tea", "from": "x OR"}, 422), ({"q": "tea", "geocode": "here"}, 422), ({"q": "tea", "rpp": "many"}, 422),
    ({"q": "tea", "page": "9" * 20}, 422), ({"q": "tea", "since_id": "x"}, 422), ({"q": "tea", "max_id": "1e9"}, 422),
    ({"q": "tea", "since": "Someday, maybe"}, 422), ({"q": "tea", "tude[]": "angry"}, 422), ({"q": "in:home"}, 401),
    ({"q": "tea", "page": "200"}, 403)])
async def test_what_cannot_be_answered_is_refused_in_the_old_shape(
    client: httpx.AsyncClient, params: dict[str, str], status: int
) -> None:
    for address in (BASE, "/search.atom"):
        answer = await client.get(address, params=params)
        assert answer.status_code == status, answer.text
        assert isinstance(answer.json()["error"], str)
    if params == {"q": "(tea"}:
        assert answer.json()["position"] == 0


async def test_the_page_before_the_first_is_the_first(world: World, client: httpx.AsyncClient) -> None:
    await said(world, 2)
    assert len(await ids(client, q="tea", page="-3", rpp="0", max_id="-1", since_id="-1")) == 2


# ---- who is asked for, and by whom -------------------------------------------------------


async def test_visitors_find_what_visitors_may_and_a_token_finds_more(
    world: World, client: httpx.AsyncClient
) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    hidden = await world.account("hidden", indexable=False)
    await world.follows(bob, alice)
    public = await world.post(alice, "tea")
    friends = await world.post(alice, "tea for friends", to="followers")
    for to in ("unlisted", "direct"):
        await world.post(alice, "tea", to=to)
    await world.post(hidden, "tea")
    assert await ids(client, q="tea") == [public.id]
    client.cookies.update(await world.cookies(bob))
    assert await ids(client, q="tea") == [public.id], "a page elsewhere could read it through a callback"
    headers = {"Authorization": f"Bearer {await world.token(bob)}"}
    made = (await client.get(BASE, params={"q": "tea"}, headers=headers)).json()
    assert [result["id"] for result in made["results"]] == [friends.id, public.id]
    assert (await client.get(BASE, params={"q": "tea"}, headers={"Authorization": "Bearer no"})).status_code == 401
    old = await client.get(BASE, params={"q": "tea"}, headers={"Authorization": "Basic YTpi"})
    assert old.status_code == 200, "scripts of then sent passwords, and search asked for none"
    await block(world.db, alice, bob.id, clock.now())
    made = (await client.get(BASE, params={"q": "tea"}, headers=headers)).json()
    assert made["results"] == []


async def test_what_is_deleted_is_gone_at_once(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    post = await world.post(alice, "tea")
    assert await ids(client, q="tea") == [post.id]
    first = await client.get("/search.atom", params={"q": "tea"})
    await delete_post(world.db, alice, post.id, clock.now())
    assert await ids(client, q="tea") == []
    again = await client.get("/search.atom", params={"q": "tea"}, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, str(post.id) in again.text) == (200, False)


# ---- callback ------------------------------------------------------------------------------


async def test_a_callback_is_called_with_the_answer(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    post = await world.post(alice, "tea </script><script>alert(1)</script>")
    async with world.db.transaction() as tx:  # as history may have it
        await tx.execute("UPDATE post SET text = text || :end WHERE id = :id", id=post.id, end="\u2028\u2029")
    answer = await client.get(BASE, params={"q": "tea", "callback": "Widgets.list[0].$done_1"})
    assert answer.headers["content-type"] == "application/javascript; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    text = answer.text
    assert text.startswith("/**/Widgets.list[0].$done_1({")
    assert text.endswith("});")
    assert "\u2028" not in text
    assert "\u2029" not in text
    made = json.loads(text.removeprefix("/**/Widgets.list[0].$done_1(").removesuffix(");"))
    assert made["results"][0]["text"].endswith("\u2028\u2029")
    assert "callback" not in made["refresh_url"]


@pytest.mark.parametrize("name", [
    "alert(1)", "a;b", "a b", "a\nb", "<script>", "a/*", "a'", 'a"', "a=b", "é", "a\u2028b", "a" * 101, "a,b", "a`b",
    "a+b", "%00", "a\x00", "a\n", "\ufeffa"])
async def test_a_callback_that_is_no_name_is_refused(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(BASE, params={"q": "tea", "callback": name})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/json"
    assert name not in answer.text
    assert (await client.get(BASE, params={"q": "tea", "callback": "a" * 100})).status_code == 200


# ---- Atom --------------------------------------------------------------------------------------


async def test_the_atom_feed_has_the_names_and_links_of_then(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice", display_name="Alice & Co")
    posts = [await world.post(alice, f"tea <{n}> & ]]> more", language="en") for n in range(3)]
    answer = await client.get("/search.atom", params={"q": "tea & more", "rpp": 2, "show_user": "true"})
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    found = feedparser.parse(answer.content, response_headers={"content-type": answer.headers["content-type"]})
    assert not found.bozo, found.bozo_exception
    assert found.feed.opensearch_itemsperpage == "2"
    links = {link.rel: link.href for link in found.feed.links}
    assert set(links) == {"self", "alternate", "refresh", "next"}
    assert links["refresh"].startswith(f"https://harken.test/search.atom?since_id={posts[2].id}&q=tea")
    assert [entry.id for entry in found.entries] == [f"tag:harken.test,2005:{post.id}" for post in posts[:0:-1]]
    entry = found.entries[0]
    assert entry.title == "alice: tea <2> & ]]> more"
    assert (entry.twitter_lang, entry.author) == ("en", "alice (Alice & Co)")
    assert entry.link == f"https://harken.test/@alice/{posts[2].id}"
    assert entry.twitter_source == '<a href="https://harken.test/">web</a>'
    rest = feedparser.parse((await client.get(links["next"])).content)
    assert [entry.id for entry in rest.entries] == [f"tag:harken.test,2005:{posts[0].id}"]
    assert {link.rel for link in rest.feed.links} == {"self", "alternate", "refresh", "previous"}
    assert feedparser.parse((await client.get(links["refresh"])).content).entries == []
    tag = answer.headers["etag"]
    again = await client.get(links["self"], headers={"If-None-Match": tag})
    assert again.status_code == 304


async def test_show_user_puts_the_author_first(world: World, client: httpx.AsyncClient) -> None:
    await said(world, 1)
    for given, text in (("true", "alice: tea 0"), ("false", "tea 0"), ("", "tea 0")):
        assert (await asked(client, q="tea", show_user=given))["results"][0]["text"] == text

"""More like this: the page, the API, what they find, and what they make of posts that say little or are hidden."""

from __future__ import annotations

import re
from urllib.parse import quote

import httpx
import pytest

from harken import clock
from harken.actions.block import block
from harken.actions.boost_post import boost_post
from harken.model.account import Account
from harken.model.post import Post
from tests.web.test_pages import sign_in
from tests.world import World

pytestmark = pytest.mark.anyio


async def ward(world: World) -> tuple[Account, dict[str, Post]]:
    """Somebody who asks about dialysis, and what others say, near to it and far from it."""
    asker, other = await world.account("asker"), await world.account("other")
    said = {
        "near": "Our dialysis nurses in Raleigh are kind",
        "form": "Two nurse friends praised another clinic",
        "far": "I had toast for breakfast",
        "same": "Which dialysis clinic in Raleigh has kind nurses",
    }
    made = {name: await world.post(other, text) for name, text in said.items()}
    made["asked"] = await world.post(asker, "Which dialysis clinic in Raleigh has kind nurses?")
    return asker, made


def address(author: str, post: Post) -> str:
    return f"/@{author}/{post.id}/like-this"


def shown(page: str) -> list[int]:
    """The posts of the page in its order; the first is the one that was asked about."""
    return [int(number) for number in re.findall(r'<article class="post[^>]*id="post-(\d+)"', page)]


@pytest.mark.parametrize("as_member", [False, True])
async def test_the_page_shows_what_says_the_most_of_it_first_and_by_which_words(
    world: World, client: httpx.AsyncClient, as_member: bool
) -> None:
    asker, made = await ward(world)
    if as_member:
        await sign_in(client, world, asker)
    answer = await client.get(address("asker", made["asked"]))
    assert answer.status_code == 200
    assert shown(answer.text) == [made[name].id for name in ("asked", "same", "near", "form")]
    assert "1 post says nearly the same" in answer.text
    assert '<a href="/search?q=dialysis">dialysis</a>' in answer.text
    assert "<mark>nurse</mark>" in answer.text, "a word is found in all its forms"
    assert answer.text.count("<h1") == 1
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script>|javascript:", answer.text)


async def test_posts_lead_to_more_like_them(world: World, client: httpx.AsyncClient) -> None:
    asker, made = await ward(world)
    there = f'href="{address("asker", made["asked"])}"'
    assert there in (await client.get(f"/@asker/{made['asked'].id}")).text
    await sign_in(client, world, asker)
    assert there in (await client.get("/search?q=dialysis")).text


@pytest.mark.parametrize(
    "text", ["🙂", "@asker", "https://example.org/a", "the", "1", "猫", "؟", "\u200d", "~", "(", "a* OR b"])
async def test_a_post_that_says_next_to_nothing_has_a_calm_page(
    world: World, client: httpx.AsyncClient, text: str
) -> None:
    asker, _ = await ward(world)
    post = await world.post(asker, text)
    answer = await client.get(address("asker", post))
    assert answer.status_code == 200
    assert shown(answer.text) == [post.id]
    assert "Nobody has said anything like it yet." in answer.text


async def test_tags_count_as_words_and_writing_without_spaces_is_found(
    world: World, client: httpx.AsyncClient
) -> None:
    asker = await world.account("asker")
    tagged = await world.post(asker, "#marmalade")
    plain = await world.post(asker, "We cook marmalade today")
    cafe = await world.post(asker, "東京の猫カフェに行きたい")
    cats = await world.post(asker, "猫カフェはどこですか")
    assert shown((await client.get(address("asker", tagged))).text) == [tagged.id, plain.id]
    assert shown((await client.get(address("asker", cafe))).text) == [cafe.id, cats.id]


async def test_only_what_the_viewer_may_find_is_shown_and_named(world: World, client: httpx.AsyncClient) -> None:
    asker, _made = await ward(world)
    quiet = await world.account("quiet", indexable=False)
    blocked = await world.account("blocked")
    await world.post(quiet, "Kind nurses, and quince jelly")
    await world.post(blocked, "Kind nurses in Raleigh")
    followers = await world.post(blocked, "Raleigh nurses strike", to="followers")
    unlisted = await world.post(blocked, "Raleigh dialysis", to="unlisted")
    await block(world.db, asker, blocked.id, clock.now())
    about = await world.post(asker, "Kind nurses and quince in Raleigh")
    await sign_in(client, world, asker)
    page = (await client.get(address("asker", about))).text
    assert not {followers.id, unlisted.id} & set(shown(page))
    assert "@blocked" not in page
    assert "jelly" not in page
    assert '<a href="/search?q=nurses">' in page
    assert '<a href="/search?q=quince">' not in page, "a word that only a hidden post has is not named"
    mine = await world.post(asker, "A secret about nurses", to="direct")
    assert (await client.get(address("asker", mine))).status_code == 200
    client.cookies.clear()
    assert (await client.get(address("asker", mine))).status_code == 404


@pytest.mark.parametrize("path", [
    "/@asker/12/like-this", "/@asker/x/like-this", "/asker/12/like-this", "/@nobody/99999999999999999999999/like-this"])
async def test_what_is_no_post_is_not_found(world: World, client: httpx.AsyncClient, path: str) -> None:
    await world.account("asker")
    assert (await client.get(path)).status_code == 404


async def test_near_duplicates_stand_behind_the_best_of_them(world: World, client: httpx.AsyncClient) -> None:
    asker, made = await ward(world)
    again = await world.post(asker, "Our dialysis nurses in Raleigh are kind!")
    page = (await client.get(address("asker", made["asked"]))).text
    assert {made["near"].id, again.id} == set(shown(page)[2:4])
    assert "and 1 like it" in page


async def test_a_boost_is_like_what_it_boosts(world: World, client: httpx.AsyncClient) -> None:
    asker, made = await ward(world)
    boost = await boost_post(world.db, asker, made["near"].id, clock.now())
    assert shown((await client.get(f"/@asker/{boost.id}/like-this")).text)[0] == made["near"].id


async def test_programs_ask_for_the_same(world: World, client: httpx.AsyncClient) -> None:
    _asker, made = await ward(world)
    there = f"/api/harken/v1/statuses/{made['asked'].id}/similar"
    answer = (await client.get(there)).json()
    assert [one["id"] for one in answer["statuses"]] == [str(made["near"].id), str(made["form"].id)]
    assert [one["id"] for one in answer["same"]] == [str(made["same"].id)]
    assert "dialysis" in answer["words"]
    assert len((await client.get(f"{there}?limit=1")).json()["statuses"]) == 1
    for limit in ("0", "41", "x"):
        assert (await client.get(f"{there}?limit={quote(limit)}")).status_code == 422
    assert (await client.get("/api/harken/v1/statuses/12/similar")).status_code == 404

"""Lists on the web: made, filled from a profile, read, changed and dropped, without a script."""

from __future__ import annotations

import re

import httpx
import pytest

from harken.model.account import Account
from harken.model.list import Replies
from harken.store import lists
from tests.world import World


async def browser(world: World, client: httpx.AsyncClient, account: Account) -> str:
    """Sign in; the token of forms."""
    client.cookies.update(await world.cookies(account))
    found = re.search(r'name="csrf" value="([^"]+)"', (await client.get("/lists")).text)
    assert found
    return found[1]


async def test_a_list_is_made_filled_read_changed_and_dropped(world: World, client: httpx.AsyncClient) -> None:
    alice, bob, carol = await world.account("alice"), await world.account("bob"), await world.account("carol")
    await world.follows(alice, bob)
    csrf = {"csrf": await browser(world, client, alice)}
    assert "You have no lists yet" in (await client.get("/lists")).text
    assert "You have no lists yet" in (await client.get(f"/people/{bob.id}/lists")).text
    made = await client.post("/lists", data=csrf | {"title": "Tea <people>", "exclusive": "1"})
    assert made.status_code == 303
    where = made.headers["location"]
    [kept] = await lists.of_owner(world.db, alice.id)
    assert (where, kept.title, kept.exclusive) == (f"/lists/{kept.id}", "Tea <people>", True)
    empty = (await client.get(where)).text
    assert "Nobody is on this list yet" in empty
    assert "Tea &lt;people&gt;" in empty

    assert f"/people/{bob.id}/lists" in (await client.get("/@bob")).text
    put = await client.post(f"/people/{bob.id}/lists", data=csrf | {"lists[]": str(kept.id)})
    assert (put.status_code, put.headers["location"]) == (303, "/@bob")
    await world.post(bob, "kettle on")
    await world.post(carol, "elsewhere")
    page = (await client.get(where)).text
    assert "kettle on" in page
    assert "elsewhere" not in page
    assert "checked" in (await client.get(f"/people/{bob.id}/lists")).text
    await world.settle()
    assert "kettle on" not in (await client.get("/")).text

    edit = (await client.get(f"{where}/edit")).text
    assert "@bob" in edit
    await client.post(f"{where}/edit", data=csrf | {"title": "Tea", "replies": "none"})
    kept = await lists.get(world.db, kept.id, alice.id)
    assert (kept.title, kept.replies, kept.exclusive) == ("Tea", Replies.NONE, False)
    assert "kettle on" in (await client.get("/")).text
    await client.post(f"{where}/remove", data=csrf | {"account": str(bob.id)})
    assert await lists.member_ids(world.db, kept.id) == []
    await client.post(f"{where}/delete", data=csrf)
    assert await lists.of_owner(world.db, alice.id) == []


@pytest.mark.parametrize("given, said", [
    ({"title": " "}, "Give the list a name"), ({"title": "x" * 257}, "at most 256 characters"),
    ({"title": "x", "replies": "loud"}, "Choose which answers")])
async def test_what_is_wrong_is_said_beside_the_form(
    world: World, client: httpx.AsyncClient, given: dict[str, str], said: str
) -> None:
    csrf = {"csrf": await browser(world, client, await world.account("alice"))}
    answer = await client.post("/lists", data=csrf | given)
    assert answer.status_code == 422
    assert said in answer.text


async def test_other_people_s_lists_are_not_there(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    csrf = {"csrf": await browser(world, client, alice)}
    where = (await client.post("/lists", data=csrf | {"title": "mine"})).headers["location"]
    client.cookies.clear()
    assert (await client.get(where)).status_code == 303, "visitors are asked to sign in"
    csrf = {"csrf": await browser(world, client, bob)}
    for path in (where, f"{where}/edit"):
        assert (await client.get(path)).status_code == 404
    for path in ("edit", "remove", "delete"):
        assert (await client.post(f"{where}/{path}", data=csrf | {"account": "1", "title": "x"})).status_code == 404
    stranger = await client.get(f"/people/{alice.id}/lists")
    assert "Follow alice first" in stranger.text
    assert (await client.post(f"/people/{alice.id}/lists", data=csrf | {"lists[]": "1"})).status_code == 404


async def test_a_featured_tag_leads_to_its_posts(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    await world.post(alice, "about #Tea")
    await world.post(alice, "about coffee")
    page = (await client.get("/@alice/tagged/tea")).text
    assert "about coffee" not in page
    assert "#<span>Tea</span>" in page
    assert (await client.get("/@nobody/tagged/tea")).status_code == 404

"""Small buttons: following a tag, recommending somebody, blocking a server, hiding one's lists, describing pictures."""

from __future__ import annotations

import re

import httpx

from harken.store import accounts, media
from tests.api.mastodon.test_streaming import PIXEL
from tests.web.test_pages import send, sign_in
from tests.world import World


async def test_a_tag_is_followed_from_its_page(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    await world.post(bob, "A #Lindenblütentee in June")
    path = "/tags/lindenblütentee"
    assert "Follow this tag" not in (await client.get(path)).text  # a visitor
    await sign_in(client, world, alice)
    assert "Follow this tag" in (await client.get(path)).text
    answer = await send(client, f"{path}/follow", path)
    page = (await client.get(answer.headers["location"])).text
    assert "Unfollow this tag" in page
    await world.post(bob, "More #lindenblütentee")
    await world.settle()
    assert "More" in (await client.get("/")).text
    await send(client, f"{path}/unfollow", path)
    assert "Unfollow" not in (await client.get(path)).text
    assert (await send(client, f"{path}/eat")).status_code == 404


async def test_somebody_is_recommended_on_one_s_profile(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob", display_name="Bob the Good")
    await sign_in(client, world, alice)
    assert "Recommend on my profile" not in (await client.get("/@bob")).text
    assert (await send(client, f"/people/{bob.id}/recommend", back="/@bob")).status_code == 422  # not followed yet
    await world.follows(alice, bob)
    assert "Recommend on my profile" in (await client.get("/@bob")).text
    answer = await send(client, f"/people/{bob.id}/recommend", back="/@bob")
    assert "Recommend no more" in (await client.get(answer.headers["location"])).text
    client.cookies.clear()
    assert re.search(r'Recommends <a href="/@bob"[^>]*>Bob the Good</a>', (await client.get("/@alice")).text)
    await sign_in(client, world, alice)
    await send(client, f"/people/{bob.id}/unrecommend", back="/@bob")
    assert "Recommends" not in (await client.get("/@alice")).text


async def test_following_and_being_told_are_two_switches(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    await sign_in(client, world, alice)
    assert "Tell me of each" not in (await client.get("/@bob")).text  # there is nothing to be told of
    await world.follows(alice, bob)
    assert re.search(r'class="act bell" aria-pressed="false"', (await client.get("/@bob")).text)
    answer = await send(client, f"/people/{bob.id}/notify", back="/@bob")
    assert re.search(r'class="act bell" aria-pressed="true"', (await client.get(answer.headers["location"])).text)
    await world.post(bob, "Tea is ready")
    await world.settle()
    assert "Tea is ready" in (await client.get("/notifications")).text
    await send(client, f"/people/{bob.id}/unnotify", back="/@bob")
    page = (await client.get("/@bob")).text
    assert 'aria-pressed="false"' in page
    assert "Unfollow" in page
    await send(client, f"/people/{bob.id}/unfollow")
    await send(client, f"/people/{bob.id}/unnotify")  # a page that stood open meanwhile
    assert "Unfollow" not in (await client.get("/@bob")).text


async def test_a_server_is_blocked_and_unblocked(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    await sign_in(client, world, alice)
    path = "/settings/filters/servers"
    assert path in (await client.get("/settings/filters")).text
    assert 'value="spam.example"' in (await client.get(f"{path}?domain=spam.example")).text
    answer = await send(client, path, domain=" Spam.Example ")
    assert "<b dir=\"ltr\">spam.example</b>" in (await client.get(answer.headers["location"])).text
    for wrong in ("", "not a server", "http://", "a" * 300):
        answer = await send(client, path, domain=wrong)
        assert answer.status_code == 422
        assert "Write the name of a server" in answer.text
    await send(client, f"{path}/unblock", domain="spam.example")
    assert "You block no server." in (await client.get(path)).text


async def test_one_s_lists_of_people_are_hidden_by_a_setting(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    await world.follows(bob, alice)
    assert "@bob" in (await client.get("/@alice/followers")).text
    await sign_in(client, world, alice)
    await send(client, "/settings/privacy", hide_collections="1", discoverable="1")
    assert re.search(r'name="hide_collections" value="1" checked', (await client.get("/settings/privacy")).text)
    client.cookies.clear()
    page = (await client.get("/@alice/followers")).text
    assert "@bob" not in page
    assert "keeps this list private" in page
    await sign_in(client, world, alice)
    await send(client, "/settings/privacy", discoverable="1")
    assert (await accounts.get(world.db, alice.id)).hide_collections is False


async def test_the_description_of_a_posted_picture_is_changed(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    token = {"Authorization": f"Bearer {await world.token(alice)}"}
    made = (await client.post("/api/v2/media", headers=token, files={"file": ("a.png", PIXEL, "image/png")},
                              data={"description": "A dot"})).json()  # fmt: skip
    post = (await client.post(
        "/api/v1/statuses", headers=token, json={"status": "Look", "media_ids": [made["id"]]})).json()
    await sign_in(client, world, alice)
    path = f"/edit/{post['id']}"
    assert 'value="A dot"' in (await client.get(path)).text
    given = {"text": "Look", "visibility": "0", "language": post["language"] or "en"}
    answer = await send(client, path, path, **given, **{"described[]": made["id"], "alt[]": "One red dot"})
    assert answer.status_code == 303
    assert 'alt="One red dot"' in (await client.get(answer.headers["location"])).text
    assert (await client.get(f"/api/v1/statuses/{post['id']}/history")).json()[0]["media_attachments"][0][
        "description"] == "A dot"
    answer = await send(client, path, path, **given, **{"described[]": made["id"], "alt[]": "x" * 2000})
    assert answer.status_code == 422
    await sign_in(client, world, bob)
    theirs = await world.post(bob, "mine")
    await send(client, f"/edit/{theirs.id}", text="mine!", **{"described[]": made["id"], "alt[]": "stolen"})
    kept = await media.find(world.db, int(made["id"]))
    assert kept is not None
    assert kept.description == "One red dot"

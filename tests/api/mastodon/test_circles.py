"""Tags that one follows and features, people whom one recommends, and whom the server suggests."""

from __future__ import annotations

import httpx
import pytest

from tests.api.mastodon.conftest import People, Person
from tests.world import World


async def at_home(person: Person, **params: object) -> list[str]:
    return [s["content"] for s in await person.get("/api/v1/timelines/home", **params)]


async def test_posts_with_a_followed_tag_come_home(people: People, world: World) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    before = await bob.posts("before #Tea")
    shown = await alice.get("/api/v1/tags/tea")
    assert (shown["following"], shown["featuring"], len(shown["history"])) == (False, False, 7)
    assert shown["history"][0]["uses"] == "1"
    assert (await alice.do("/api/v1/tags/TEA/follow"))["following"] is True
    await alice.do("/api/v1/tags/tea/follow")
    for visibility in ("unlisted", "private", "direct"):
        await bob.posts(f"{visibility} #tea", visibility=visibility)
    said = await bob.posts("a reply with #tea", in_reply_to_id=(await carol.posts("no tag"))["id"])
    await carol.do(f"/api/v1/statuses/{before['id']}/reblog")
    await world.settle()
    page = await alice.get("/api/v1/timelines/home")
    assert [s["id"] for s in page] == [said["id"], before["id"]]
    assert [s["id"] for s in await alice.get("/api/v1/timelines/home", limit=1)] == [said["id"]]
    assert [s["id"] for s in await alice.get("/api/v1/timelines/home", max_id=said["id"])] == [before["id"]]
    assert [s["id"] for s in await alice.get("/api/v1/timelines/home", min_id=before["id"])] == [said["id"]]
    await alice.do(f"/api/v1/accounts/{bob.id}/mute")
    assert await at_home(alice) == []
    await alice.do(f"/api/v1/accounts/{bob.id}/unmute")
    assert (await alice.do("/api/v1/tags/tea/unfollow"))["following"] is False
    assert await at_home(alice) == []


async def test_unfollowing_somebody_keeps_what_a_tag_brings(people: People, world: World) -> None:
    alice, bob = await people("alice"), await people("bob")
    await alice.do(f"/api/v1/accounts/{bob.id}/follow")
    await alice.do("/api/v1/tags/tea/follow")
    for text in ("plain", "#tea"):
        await bob.posts(text)
    await world.settle()
    assert len(await at_home(alice)) == 2
    await alice.do(f"/api/v1/accounts/{bob.id}/unfollow")
    await world.settle()
    assert len(await at_home(alice)) == 1
    await world.engine.consumers[0].rebuild(world.db)
    assert len(await at_home(alice)) == 1


async def test_followed_tags_are_listed_in_pages(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    for name in ("one", "two", "three"):
        await alice.do(f"/api/v1/tags/{name}/follow")
    answer = await alice.ask("GET", "/api/v1/followed_tags", params={"limit": 2})
    assert [(t["name"], t["following"]) for t in answer.json()] == [("three", True), ("two", True)]
    rest = await alice.ask("GET", answer.links["next"]["url"])
    assert [t["name"] for t in rest.json()] == ["one"]
    assert (await client.get("/api/v1/followed_tags")).status_code == 401
    tag = (await client.get("/api/v1/tags/one")).json()
    assert "following" not in tag
    assert "featuring" not in tag
    for name in ("123", "a b", "a-b", "%20"):
        assert await alice.status_of("POST", f"/api/v1/tags/{name}/follow") == 404, name


async def test_tags_are_featured_on_a_profile(people: People, client: httpx.AsyncClient) -> None:
    alice, bob = await people("alice"), await people("bob")
    for text in ("#Tea", "#tea and #cake"):
        await alice.posts(text)
    await alice.posts("#tea", visibility="private")
    await bob.posts("#tea")
    assert [t["name"] for t in await alice.get("/api/v1/featured_tags/suggestions")] == ["cake", "tea"]
    made = await alice.do("/api/v1/featured_tags", name="#Tea")
    assert made == {
        "id": made["id"], "name": "Tea", "url": "https://harken.test/@alice/tagged/tea", "statuses_count": "2",
        "last_status_at": made["last_status_at"]}
    assert len(made["last_status_at"]) == len("2026-01-01")
    assert [t["name"] for t in await alice.get("/api/v1/featured_tags/suggestions")] == ["cake"]
    assert (await alice.do("/api/v1/tags/cake/feature"))["featuring"] is True
    assert (await alice.do("/api/v1/tags/cake/feature"))["featuring"] is True, "again is fine"
    seen = (await client.get(f"/api/v1/accounts/{alice.id}/featured_tags")).json()
    assert [(t["name"], t["statuses_count"]) for t in seen] == [("Tea", "2"), ("cake", "1")]
    assert await alice.get("/api/v1/featured_tags") == seen
    assert (await alice.do("/api/v1/tags/cake/unfeature"))["featuring"] is False
    assert await bob.status_of("DELETE", f"/api/v1/featured_tags/{made['id']}") == 404
    assert (await alice.ask("DELETE", f"/api/v1/featured_tags/{made['id']}")).json() == {}
    assert await alice.get("/api/v1/featured_tags") == []


@pytest.mark.parametrize("name, error", [
    ("", "Validation failed: Name can't be blank, Tag is invalid"), ("1984", "Validation failed: Tag is invalid"),
    ("a b", "Validation failed: Tag is invalid"), ("TEA", "Validation failed: Tag has already been taken")])
async def test_what_cannot_be_featured_is_refused(people: People, name: str, error: str) -> None:
    alice = await people("alice")
    await alice.do("/api/v1/featured_tags", name="tea")
    answer = await alice.ask("POST", "/api/v1/featured_tags", json={"name": name})
    assert (answer.status_code, answer.json()["error"]) == (422, error)


async def test_ten_tags_are_featured_at_most(people: People) -> None:
    alice = await people("alice")
    for n in range(10):
        await alice.do("/api/v1/featured_tags", name=f"tag{n}")
    answer = await alice.ask("POST", "/api/v1/featured_tags", json={"name": "more"})
    assert (answer.status_code, answer.json()["error"]) == (
        422, "Validation failed: You have already featured the maximum number of hashtags")


@pytest.mark.parametrize("put, take", [("endorse", "unendorse"), ("pin", "unpin")])
async def test_people_one_follows_are_endorsed(people: People, put: str, take: str) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    refused = await alice.ask("POST", f"/api/v1/accounts/{bob.id}/{put}")
    assert (refused.status_code, refused.json()["error"]) == (
        422, "Validation failed: You must be already following the person you want to endorse")
    for who in (bob, carol):
        await alice.do(f"/api/v1/accounts/{who.id}/follow")
        assert (await alice.do(f"/api/v1/accounts/{who.id}/{put}"))["endorsed"] is True
    assert [a["acct"] for a in await alice.get("/api/v1/endorsements")] == ["carol", "bob"]
    assert [a["acct"] for a in await alice.get("/api/v1/endorsements", limit=0)] == ["carol", "bob"]
    path = f"/api/v1/accounts/{alice.id}/endorsements"
    answer = await bob.ask("GET", path, params={"limit": 1})
    assert [a["acct"] for a in answer.json()] == ["carol"]
    assert [a["acct"] for a in (await bob.ask("GET", answer.links["next"]["url"])).json()] == ["bob"]
    await bob.do(f"/api/v1/accounts/{carol.id}/block")
    assert [a["acct"] for a in await bob.get(path)] == ["bob"]
    assert (await alice.do(f"/api/v1/accounts/{bob.id}/{take}"))["endorsed"] is False
    await alice.do(f"/api/v1/accounts/{carol.id}/unfollow")
    assert await alice.get("/api/v1/endorsements") == [], "who is not followed is not endorsed"


async def test_friends_of_friends_are_suggested_before_the_famous(people: People, world: World) -> None:
    alice, bob, carol, dave, star, shy = [
        await people(n, discoverable=n != "shy") for n in ("alice", "bob", "carol", "dave", "star", "shy")]
    fans = [await people(f"fan{n}", discoverable=False) for n in range(3)]
    await world.follows(alice.account, bob.account, carol.account)
    await world.follows(bob.account, dave.account, shy.account, alice.account)
    await world.follows(carol.account, dave.account)
    for fan in fans:
        await world.follows(fan.account, star.account)
    found = await alice.get("/api/v2/suggestions")
    assert [(s["account"]["acct"], s["source"], s["sources"]) for s in found] == [
        ("dave", "past_interactions", ["friends_of_friends"]), ("star", "global", ["most_followed"])]
    assert [a["acct"] for a in await alice.get("/api/v1/suggestions", limit=1)] == ["dave"]
    assert (await alice.ask("DELETE", f"/api/v1/suggestions/{dave.id}")).json() == {}
    assert [a["acct"] for a in await alice.get("/api/v1/suggestions")] == ["star"]
    await star.do(f"/api/v1/accounts/{alice.id}/block")
    assert await alice.get("/api/v2/suggestions") == []
    assert await alice.get(f"/api/v1/accounts/{bob.id}/identity_proofs") == []

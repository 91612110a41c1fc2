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


async def test_who_hides_collections_shows_them_to_nobody_else(people: People, client: httpx.AsyncClient) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    await alice.do(f"/api/v1/accounts/{bob.id}/follow")
    await bob.do(f"/api/v1/accounts/{carol.id}/follow")
    await carol.do(f"/api/v1/accounts/{bob.id}/follow")
    path = "/api/v1/accounts/familiar_followers"
    assert [a["acct"] for a in (await alice.get(path, **{"id[]": carol.id}))[0]["accounts"]] == ["bob"]
    hidden = (await bob.ask("PATCH", "/api/v1/accounts/update_credentials", data={"hide_collections": "true"})).json()
    assert (hidden["hide_collections"], hidden["source"]["hide_collections"]) == (True, True)
    for kind in ("followers", "following"):
        assert len(await bob.get(f"/api/v1/accounts/{bob.id}/{kind}")) == {"followers": 2, "following": 1}[kind]
        assert await carol.get(f"/api/v1/accounts/{bob.id}/{kind}") == []
        assert (await client.get(f"/api/v1/accounts/{bob.id}/{kind}")).json() == []
    assert "keeps this list private" in (await client.get("/@bob/followers")).text
    assert await alice.get(path, **{"id[]": carol.id}) == [{"id": carol.id, "accounts": []}]
    assert await alice.get("/api/v2/suggestions") == [] or all(
        s["sources"] != ["friends_of_friends"] for s in await alice.get("/api/v2/suggestions"))


async def test_a_profile_is_changed_in_every_spelling(people: People) -> None:
    alice = await people("alice")
    path = "/api/v1/accounts/update_credentials"
    form = {"fields_attributes[420][name]": "first", "fields_attributes[420][value]": "1",
            "fields_attributes[69][name]": "second", "fields_attributes[69][value]": "2",
            "attribution_domains[]": "Example.org"}
    made = (await alice.ask("PATCH", path, data=form)).json()
    assert [f["name"] for f in made["source"]["fields"]] == ["first", "second"]
    assert made["source"]["attribution_domains"] == ["example.org"]
    made = (await alice.ask("PATCH", path, json={
        "fields_attributes": {"9": {"name": "a", "value": "1"}, "-3": {"name": "b", "value": "2"}},
        "attribution_domains": [], "discoverable": False, "indexable": False, "locked": True, "bot": True,
        "source": {"privacy": "unlisted", "sensitive": True, "language": "de"}})).json()
    assert [f["name"] for f in made["fields"]] == ["a", "b"]
    assert [made[name] for name in ("discoverable", "indexable", "locked", "bot")] == [False, False, True, True]
    source = made["source"]
    assert (source["privacy"], source["sensitive"], source["language"], source["attribution_domains"]) == (
        "unlisted", True, "de", [])
    made = (await alice.ask("PATCH", path, json={"fields_attributes": [{"name": "c", "value": "3"}]})).json()
    assert [f["name"] for f in made["fields"]] == ["c"]


@pytest.mark.parametrize("given, error", [
    ({"display_name": "x" * 31}, "Validation failed: Display name is too long (maximum is 30 characters)"),
    ({"note": "x" * 501}, "Validation failed: Note character limit of 500 exceeded"),
    ({"attribution_domains": ["not a site"]}, "Validation failed: One of these is not the name of a site")])
async def test_what_no_profile_can_have_is_refused(people: People, given: dict[str, object], error: str) -> None:
    answer = await (await people("alice")).ask("PATCH", "/api/v1/accounts/update_credentials", json=given)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(error)


async def test_servers_are_blocked_for_oneself(people: People, world: World) -> None:
    alice, remote = await people("alice"), await people("remote")
    await alice.do(f"/api/v1/accounts/{remote.id}/follow")
    await remote.do(f"/api/v1/accounts/{alice.id}/follow")
    post = await remote.posts("from elsewhere")
    async with world.db.transaction() as tx:
        await tx.execute("UPDATE account SET domain = 'elsewhere.example' WHERE id = :id", id=remote.account.id)
    path = "/api/v1/domain_blocks"
    assert await alice.get(f"{path}/preview", domain="elsewhere.example") == {
        "following_count": 1, "followers_count": 1}
    for domain in ("Elsewhere.Example", "b\u00fccher.example", "three.example"):
        assert await alice.do(path, domain=domain) == {}
    answer = await alice.ask("GET", path, params={"limit": 2})
    assert answer.json() == ["three.example", "xn--bcher-kva.example"]
    assert (await alice.ask("GET", answer.links["next"]["url"])).json() == ["elsewhere.example"]
    relation = (await alice.get("/api/v1/accounts/relationships", **{"id[]": remote.id}))[0]
    assert (relation["domain_blocking"], relation["following"], relation["followed_by"]) == (True, False, False)
    assert await alice.status_of("GET", f"/api/v1/statuses/{post['id']}") == 404
    assert (await alice.ask("DELETE", path, params={"domain": "elsewhere.example"})).json() == {}
    assert await alice.status_of("GET", f"/api/v1/statuses/{post['id']}") == 200
    for domain, error in (("", "can't be blank"), ("a b", "is not a valid domain name"), ("x", "is not a valid")):
        refused = await alice.ask("POST", path, json={"domain": domain})
        assert refused.status_code == 422
        assert refused.json()["error"].startswith(f"Validation failed: Domain {error}")


async def test_the_directory_leaves_out_whom_one_does_not_want_to_see(people: People) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    await bob.posts("first")
    await carol.posts("second")
    assert [a["acct"] for a in await alice.get("/api/v1/directory")] == ["carol", "bob", "alice"]
    assert [a["acct"] for a in await alice.get("/api/v1/directory", order="new", local="true", offset=1)] == [
        "bob", "alice"]
    await alice.do(f"/api/v1/accounts/{bob.id}/mute")
    await carol.do(f"/api/v1/accounts/{alice.id}/block")
    assert [a["acct"] for a in await alice.get("/api/v1/directory")] == ["alice"]

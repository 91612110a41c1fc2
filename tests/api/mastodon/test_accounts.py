"""Accounts and what people are to each other."""

from __future__ import annotations

import httpx
import pytest

from tests.api.mastodon.conftest import People
from tests.world import World


async def test_only_the_owner_is_told_the_source(people: People) -> None:
    alice = await people("alice")
    own = await alice.get("/api/v1/accounts/verify_credentials")
    assert own["source"]["privacy"] == "public"
    assert own["source"]["follow_requests_count"] == 0
    assert "source" not in await alice.get(f"/api/v1/accounts/{alice.id}")
    assert own["created_at"].endswith("T00:00:00.000Z")


async def test_credentials_need_a_token(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/accounts/verify_credentials")
    assert (answer.status_code, answer.json()) == (401, {"error": "The access token is invalid"})
    foreign = await client.get("/api/v1/accounts/verify_credentials", headers={"Authorization": "Bearer nobody's"})
    assert foreign.status_code == 401


async def test_a_token_does_only_what_its_scopes_allow(people: People) -> None:
    reader = await people("reader", scopes="read:accounts")
    other = await people("other")
    assert await reader.status_of("GET", "/api/v1/accounts/verify_credentials") == 200
    assert await reader.status_of("GET", "/api/v1/timelines/home") == 403
    assert await reader.status_of("POST", f"/api/v1/accounts/{other.id}/follow") == 403


async def test_an_account_is_looked_up_by_its_address(people: People) -> None:
    alice = await people("alice")
    for acct in ("alice", "@alice", "ALICE", "alice@harken.test"):
        assert (await alice.get("/api/v1/accounts/lookup", acct=acct))["id"] == alice.id
    for acct in ("nobody", "alice@elsewhere.test", ""):
        assert await alice.status_of("GET", "/api/v1/accounts/lookup", params={"acct": acct}) == 404


@pytest.mark.parametrize("text", ["0", "9" * 19, "9" * 40, "x", "-1", "1.5", "%00", "٣"])
async def test_what_is_no_id_is_the_id_of_nothing(people: People, text: str) -> None:
    alice = await people("alice")
    for path in ("/api/v1/accounts/{}", "/api/v1/statuses/{}", "/api/v1/notifications/{}"):
        answer = await alice.ask("GET", path.format(text))
        assert (answer.status_code, answer.json()) == (404, {"error": "Record not found"})


async def test_following_and_back(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    followed = await alice.do(f"/api/v1/accounts/{bob.id}/follow", reblogs=False, notify=True)
    assert (followed["following"], followed["showing_reblogs"], followed["notifying"]) == (True, False, True)
    assert [a["acct"] for a in await bob.get(f"/api/v1/accounts/{bob.id}/followers")] == ["alice"]
    assert [a["acct"] for a in await bob.get(f"/api/v1/accounts/{alice.id}/following")] == ["bob"]
    assert (await bob.get("/api/v1/accounts/relationships", **{"id[]": alice.id}))[0]["followed_by"]
    assert not (await bob.do(f"/api/v1/accounts/{alice.id}/remove_from_followers"))["followed_by"]
    await alice.do(f"/api/v1/accounts/{bob.id}/follow")
    assert not (await alice.do(f"/api/v1/accounts/{bob.id}/unfollow"))["following"]
    assert await alice.status_of("POST", f"/api/v1/accounts/{alice.id}/follow") == 403


async def test_a_protected_account_is_asked(people: People, world: World) -> None:
    alice, bob, carol = await people("alice"), await people("bob", protected=True), await people("carol")
    asked = await alice.do(f"/api/v1/accounts/{bob.id}/follow")
    assert (asked["requested"], asked["following"]) == (True, False)
    await carol.do(f"/api/v1/accounts/{bob.id}/follow")
    assert {a["acct"] for a in await bob.get("/api/v1/follow_requests")} == {"alice", "carol"}
    assert (await bob.get("/api/v1/accounts/verify_credentials"))["source"]["follow_requests_count"] == 2
    assert (await bob.do(f"/api/v1/follow_requests/{alice.id}/authorize"))["followed_by"]
    assert not (await bob.do(f"/api/v1/follow_requests/{carol.id}/reject"))["followed_by"]
    assert await bob.get("/api/v1/follow_requests") == []
    assert await bob.status_of("POST", f"/api/v1/follow_requests/{carol.id}/reject") == 404
    assert await bob.status_of("POST", f"/api/v1/follow_requests/{carol.id}/authorize") == 404


async def test_blocking_hides_posts_both_ways(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    status = await alice.posts("hello")
    assert (await alice.do(f"/api/v1/accounts/{bob.id}/block"))["blocking"]
    assert await bob.status_of("GET", f"/api/v1/statuses/{status['id']}") == 404
    assert await bob.status_of("POST", f"/api/v1/accounts/{alice.id}/follow") == 403
    assert [a["acct"] for a in await alice.get("/api/v1/blocks")] == ["bob"]
    assert [a["acct"] for a in await alice.get("/api/v1/accounts/search", q="@bob")] == ["bob"]
    assert await alice.get("/api/v1/accounts/search", q="bo") == []
    assert not (await alice.do(f"/api/v1/accounts/{bob.id}/unblock"))["blocking"]
    assert await bob.status_of("GET", f"/api/v1/statuses/{status['id']}") == 200


async def test_muting_for_a_while(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    muted = await alice.do(f"/api/v1/accounts/{bob.id}/mute", duration=3600, notifications=False)
    assert (muted["muting"], muted["muting_notifications"]) == (True, False)
    assert muted["muting_expires_at"].endswith("Z")
    assert [a["acct"] for a in await alice.get("/api/v1/mutes")] == ["bob"]
    assert not (await alice.do(f"/api/v1/accounts/{bob.id}/unmute"))["muting"]
    assert await alice.status_of("POST", f"/api/v1/accounts/{bob.id}/mute", json={"duration": -5}) == 422
    assert await alice.status_of("POST", f"/api/v1/accounts/{bob.id}/mute", json={"duration": 10**30}) == 422


async def test_a_note_is_private_and_bounded(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    assert (await alice.do(f"/api/v1/accounts/{bob.id}/note", comment="met at lunch"))["note"] == "met at lunch"
    assert (await bob.get("/api/v1/accounts/relationships", **{"id[]": alice.id}))[0]["note"] == ""
    assert (await alice.do(f"/api/v1/accounts/{bob.id}/note", comment=""))["note"] == ""
    assert await alice.status_of("POST", f"/api/v1/accounts/{bob.id}/note", json={"comment": "x" * 2001}) == 422


async def test_the_pages_of_followers_meet_without_gap(people: People) -> None:
    alice = await people("alice")
    names = [f"fan{n}" for n in range(5)]
    for name in names:
        fan = await people(name)
        await fan.do(f"/api/v1/accounts/{alice.id}/follow")
    answer = await alice.ask("GET", f"/api/v1/accounts/{alice.id}/followers", params={"limit": 2})
    seen = [a["acct"] for a in answer.json()]
    while "next" in answer.links:
        answer = await alice.ask("GET", answer.links["next"]["url"])
        seen += [a["acct"] for a in answer.json()]
    assert seen == names[::-1]


async def test_several_accounts_at_once(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    found = await alice.get("/api/v1/accounts", **{"id[]": [bob.id, alice.id, "77", "x"]})
    assert [a["acct"] for a in found] == ["bob", "alice"]
    assert [r["id"] for r in await alice.get("/api/v1/accounts/relationships", **{"id[]": [bob.id, "x"]})] == [bob.id]
    assert [r["id"] for r in await alice.get("/api/v1/accounts/relationships", id=bob.id)] == [bob.id]


async def test_familiar_followers_are_those_one_follows_too(people: People) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    await alice.do(f"/api/v1/accounts/{bob.id}/follow")
    await bob.do(f"/api/v1/accounts/{carol.id}/follow")
    found = await alice.get("/api/v1/accounts/familiar_followers", **{"id[]": carol.id})
    assert [(f["id"], [a["acct"] for a in f["accounts"]]) for f in found] == [(carol.id, ["bob"])]


async def test_searching_people_needs_somebody(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    await people("hidden", discoverable=False)
    assert [a["acct"] for a in await alice.get("/api/v1/accounts/search", q="ali")] == ["alice"]
    assert await alice.get("/api/v1/accounts/search", q="hid") == []
    assert await alice.get("/api/v1/accounts/search", q="  ") == []
    assert (await client.get("/api/v1/accounts/search", params={"q": "ali"})).status_code == 401


async def test_favourites_and_bookmarks_are_listed_in_the_order_of_keeping(people: People) -> None:
    alice = await people("alice")
    first, second = await alice.posts("one"), await alice.posts("two")
    for kept, path in (("favourite", "favourites"), ("bookmark", "bookmarks")):
        for status in (second, first):
            await alice.do(f"/api/v1/statuses/{status['id']}/{kept}")
        assert [s["id"] for s in await alice.get(f"/api/v1/{path}")] == [first["id"], second["id"]]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/endorsements",
        "/api/v1/lists",
        "/api/v1/filters",
        "/api/v2/filters",
        "/api/v1/followed_tags",
        "/api/v1/announcements",
        "/api/v2/suggestions",
        "/api/v1/featured_tags",
        "/api/v1/domain_blocks",
        "/api/v1/scheduled_statuses",
        "/api/v1/conversations",
    ],
)
async def test_what_nobody_has_is_an_empty_list_for_members_only(
    people: People, client: httpx.AsyncClient, path: str
) -> None:
    assert await (await people("alice")).get(path) == []
    assert (await client.get(path)).status_code == 401


async def test_the_directory_shows_who_wants_to_be_found(people: People, client: httpx.AsyncClient) -> None:
    await people("alice")
    await people("hidden", discoverable=False)
    assert [a["acct"] for a in (await client.get("/api/v1/directory")).json()] == ["alice"]


async def test_preferences_follow_the_member(people: People) -> None:
    assert (await (await people("alice")).get("/api/v1/preferences"))["posting:default:visibility"] == "public"


async def test_of_somebody_suspended_only_the_name_is_there(people: People, world: World) -> None:
    alice, bob = await people("alice"), await people("bob")
    async with world.db.transaction() as tx:
        await tx.execute("UPDATE account SET state = 3 WHERE id = :id", id=int(bob.id))
    shown = await alice.get(f"/api/v1/accounts/{bob.id}")
    assert (shown["suspended"], shown["username"], shown["note"], shown["fields"]) == (True, "bob", "", [])
    assert await alice.get(f"/api/v1/accounts/{bob.id}/statuses") == []
    assert await bob.status_of("GET", "/api/v1/timelines/home") == 403


PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738550000"
    "000049454e44ae426082"
)


async def test_a_profile_is_changed_piece_by_piece(people: People) -> None:
    alice = await people("alice")
    path = "/api/v1/accounts/update_credentials"
    changed = (
        await alice.ask(
            "PATCH",
            path,
            data={
                "display_name": "Alice A.",
                "note": "hello https://example.org",
                "locked": "true",
                "fields_attributes[0][name]": "Home",
                "fields_attributes[0][value]": "here",
                "source[privacy]": "unlisted",
                "source[sensitive]": "true",
            },
        )
    ).json()
    assert (changed["display_name"], changed["locked"], changed["source"]["privacy"]) == ("Alice A.", True, "unlisted")
    assert 'href="https://example.org"' in changed["note"]
    assert changed["fields"] == [{"name": "Home", "value": "here", "verified_at": None}]
    again = (await alice.ask("PATCH", path, json={"bot": True})).json()
    assert (again["display_name"], again["bot"], again["source"]["sensitive"]) == ("Alice A.", True, True)
    assert (await alice.posts("quiet"))["visibility"] == "unlisted"


async def test_a_picture_is_uploaded_and_removed(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    drawn = (await alice.get("/api/v1/accounts/verify_credentials"))["avatar"]
    answer = await alice.ask("PATCH", "/api/v1/accounts/update_credentials", files={"avatar": ("a.png", PICTURE)})
    assert answer.status_code == 200, answer.text
    assert answer.json()["avatar"] != drawn
    assert (await client.get(answer.json()["avatar"])).headers["content-type"].startswith("image/")
    assert (await alice.ask("DELETE", "/api/v1/profile/avatar")).json()["avatar"] == drawn


async def test_a_profile_that_cannot_be_is_refused(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    path = "/api/v1/accounts/update_credentials"
    for bad in (
        {"display_name": "x" * 500},
        {"note": "x" * 5000},
        {"source": {"privacy": "secret"}},
        {"locked": "maybe"},
        {"avatar": "text"},
        {"fields_attributes": [{"name": str(n), "value": "x"} for n in range(9)]},
    ):
        assert await alice.status_of("PATCH", path, json=bad) == 422
    assert await alice.status_of("PATCH", path, files={"avatar": ("a.png", b"no picture")}) == 422
    assert (await client.patch(path, json={"bot": True})).status_code == 401

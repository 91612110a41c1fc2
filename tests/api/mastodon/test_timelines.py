"""Timelines, conversations, markers."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.mastodon.conftest import People, Person


async def test_home_holds_those_one_follows(people: People) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    await alice.do(f"/api/v1/accounts/{bob.id}/follow")
    mine, his = await alice.posts("mine"), await bob.posts("his")
    await carol.posts("not followed")
    await people.world.settle()
    assert [s["id"] for s in await alice.get("/api/v1/timelines/home")] == [his["id"], mine["id"]]


async def test_pages_follow_each_other_both_ways_without_gap_or_repeat(people: People) -> None:
    alice = await people("alice")
    ids = [(await alice.posts(f"post {n}"))["id"] for n in range(7)][::-1]
    await people.world.settle()
    for path in ("/api/v1/timelines/home", "/api/v1/timelines/public", f"/api/v1/accounts/{alice.id}/statuses"):
        answer = await alice.ask("GET", path, params={"limit": 3})
        seen = [s["id"] for s in answer.json()]
        oldest = answer
        while "next" in oldest.links:
            oldest = await alice.ask("GET", oldest.links["next"]["url"])
            seen += [s["id"] for s in oldest.json()]
        assert seen == ids
        up = await alice.ask("GET", path, params={"limit": 3, "min_id": ids[-1]})
        assert [s["id"] for s in up.json()] == ids[-4:-1]
        since = await alice.ask("GET", path, params={"limit": 3, "since_id": ids[-1]})
        assert [s["id"] for s in since.json()] == ids[:3]


@pytest.mark.parametrize(
    "params", [{"max_id": "x"}, {"min_id": "-1"}, {"since_id": "9" * 30}, {"limit": "many"}, {"limit": "-1"}]
)
async def test_a_bad_cursor_is_a_422(people: People, params: dict[str, str]) -> None:
    alice = await people("alice")
    for path in ("timelines/home", "timelines/public", "timelines/tag/x", "notifications"):
        assert await alice.status_of("GET", f"/api/v1/{path}", params=params) == 422


async def test_the_limit_is_capped(people: People) -> None:
    alice = await people("alice")
    for n in range(45):
        await people.world.post(alice.account, f"post {n}")
    assert len(await alice.get(f"/api/v1/accounts/{alice.id}/statuses", limit=10_000)) == 40
    assert len(await alice.get(f"/api/v1/accounts/{alice.id}/statuses")) == 20


async def test_public_shows_public_posts_to_everybody(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    status = await alice.posts("for all")
    await alice.posts("unlisted", visibility="unlisted")
    path = "/api/v1/timelines/public"
    assert [s["id"] for s in (await client.get(path, params={"local": "true"})).json()] == [status["id"]]
    assert (await client.get(path, params={"remote": "true"})).json() == []
    assert (await client.get(path, params={"only_media": "true"})).json() == []
    assert (await client.get(path, params={"local": "maybe"})).status_code == 422


async def test_tags_are_combined(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    both = (await alice.posts("#Tea and #milk"))["id"]
    tea = (await alice.posts("#tea"))["id"]
    milk = (await alice.posts("#Milk only"))["id"]

    async def found(path: str) -> list[str]:
        return [s["id"] for s in (await client.get(f"/api/v1/timelines/tag/{path}")).json()]

    assert await found("tea") == await found("TEA") == [tea, both]
    assert await found("tea?any[]=milk") == [milk, tea, both]
    assert await found("tea?all[]=milk") == [both]
    assert await found("tea?none[]=milk") == [tea]
    assert await found("nothing") == []


async def test_a_tag_in_any_script_pages_with_a_plain_header(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    ids = [(await alice.posts(f"#お茶 {n}"))["id"] for n in range(3)]
    answer = await client.get("/api/v1/timelines/tag/お茶", params={"limit": 2})
    assert [s["id"] for s in answer.json()] == ids[:0:-1]
    assert [s["id"] for s in (await client.get(answer.links["next"]["url"])).json()] == ids[:1]


async def test_there_is_no_list(people: People) -> None:
    alice = await people("alice")
    assert await alice.status_of("GET", "/api/v1/timelines/list/3") == 404
    assert await alice.status_of("GET", "/api/v1/lists/3") == 404


async def test_an_account_s_statuses_are_filtered(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    his = await bob.posts("his")
    reply = await alice.posts("@bob re", in_reply_to_id=his["id"])
    boost = await alice.do(f"/api/v1/statuses/{his['id']}/reblog")
    plain = await alice.posts("plain #tag")
    path = f"/api/v1/accounts/{alice.id}/statuses"

    async def ids(**params: str) -> list[str]:
        return [s["id"] for s in await bob.get(path, **params)]

    assert await ids() == [plain["id"], boost["id"], reply["id"]]
    assert await ids(exclude_replies="true") == [plain["id"], boost["id"]]
    assert await ids(exclude_reblogs="1") == [plain["id"], reply["id"]]
    assert await ids(tagged="TAG") == [plain["id"]]
    assert await ids(only_media="true") == []


async def test_a_conversation_is_shown_by_its_newest_post_to_those_in_it(people: People) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    first = await alice.posts("@bob secret", visibility="direct")
    second = await bob.posts("@alice whisper", visibility="direct", in_reply_to_id=first["id"])
    await alice.posts("@bob in public")
    for who, other in ((alice, "bob"), (bob, "alice")):
        (one,) = await who.get("/api/v1/conversations")
        assert (one["last_status"]["id"], [a["acct"] for a in one["accounts"]]) == (second["id"], [other])
    assert await carol.get("/api/v1/conversations") == []


async def test_a_conversation_is_unread_until_it_is_read_or_answered(people: People) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    path = "/api/v1/conversations"

    async def unread(who: Person) -> list[bool]:
        return [one["unread"] for one in await who.get(path)]

    first = await alice.posts("@bob secret", visibility="direct")
    assert (await unread(alice), await unread(bob)) == ([False], [True])
    (talk,) = await bob.get(path)
    assert await carol.status_of("POST", f"{path}/{talk['id']}/read") == 404
    assert await carol.status_of("DELETE", f"{path}/{talk['id']}") == 404
    assert await bob.status_of("POST", f"{path}/x/read") == 404
    assert await bob.do(f"{path}/{talk['id']}/read") == talk | {"unread": False}
    assert await carol.status_of("POST", f"{path}/{talk['id']}/unread") == 404
    assert await bob.do(f"{path}/{talk['id']}/unread") == talk | {"unread": True}
    assert [one["unread"] for one in await bob.get(path)] == [True]
    assert await bob.do(f"{path}/{talk['id']}/read") == talk | {"unread": False}
    assert await unread(bob) == [False]
    second = await alice.posts("@bob more", visibility="direct", in_reply_to_id=first["id"])
    assert await unread(bob) == [True]
    third = await bob.posts("@alice enough", visibility="direct", in_reply_to_id=second["id"])
    assert (await unread(alice), await unread(bob)) == ([True], [False])
    assert (await bob.ask("DELETE", f"{path}/{talk['id']}")).json() == {}
    assert (await unread(alice), await unread(bob)) == ([True], [])
    assert await bob.status_of("DELETE", f"{path}/{talk['id']}") == 404
    last = await alice.posts("@bob please", visibility="direct", in_reply_to_id=third["id"])
    (again,) = await bob.get(path)
    assert (again["id"], again["unread"], again["last_status"]["id"]) == (talk["id"], True, last["id"])


async def test_what_is_kept_aside_begins_no_conversation(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    answer = await alice.ask("PATCH", "/api/v2/notifications/policy", json={"for_private_mentions": "filter"})
    assert answer.status_code == 200
    await bob.posts("@alice psst", visibility="direct")
    await people.world.settle()
    assert await alice.get("/api/v1/conversations") == []
    (request,) = await alice.get("/api/v1/notifications/requests")
    await alice.do(f"/api/v1/notifications/requests/{request['id']}/accept")
    assert len(await alice.get("/api/v1/conversations")) == 1


async def test_a_marker_moves_forwards_only(people: People) -> None:
    alice = await people("alice")
    assert await alice.get("/api/v1/markers", **{"timeline[]": ["home", "notifications"]}) == {}
    made = await alice.do("/api/v1/markers", home={"last_read_id": "20"})
    assert (made["home"]["last_read_id"], made["home"]["version"]) == ("20", 1)
    assert (await alice.do("/api/v1/markers", home={"last_read_id": "10"}))["home"]["last_read_id"] == "20"
    form = await alice.ask("POST", "/api/v1/markers", data={"notifications[last_read_id]": "7"})
    assert form.json()["notifications"]["last_read_id"] == "7"
    both = ["home", "notifications"]
    assert sorted(await alice.get("/api/v1/markers", **{"timeline[]": both})) == both
    bad: dict[str, Any]
    for bad in ({"home": {"last_read_id": "x"}}, {"home": 5}, {"home": {}}):
        assert await alice.status_of("POST", "/api/v1/markers", json=bad) == 422
    assert await alice.do("/api/v1/markers") == {}

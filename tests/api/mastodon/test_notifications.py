"""Notifications."""

from __future__ import annotations

from tests.api.mastodon.conftest import People, Person


async def _busy(people: People) -> tuple[Person, Person, dict[str, str]]:
    """Alice, to whom Bob has done everything that notifies."""
    alice, bob = await people("alice"), await people("bob")
    status = await alice.posts("hello")
    await bob.do(f"/api/v1/accounts/{alice.id}/follow")
    await bob.do(f"/api/v1/statuses/{status['id']}/favourite")
    await bob.do(f"/api/v1/statuses/{status['id']}/reblog")
    await bob.posts("@alice hi", in_reply_to_id=status["id"])
    await people.world.settle()
    return alice, bob, status


async def test_each_kind_has_mastodon_s_name(people: People) -> None:
    alice, bob, status = await _busy(people)
    told = await alice.get("/api/v1/notifications")
    assert [n["type"] for n in told] == ["mention", "reblog", "favourite", "follow"]
    assert {n["account"]["acct"] for n in told} == {"bob"}
    assert told[1]["status"]["id"] == status["id"]
    assert "status" not in told[3]
    assert await bob.get("/api/v1/notifications") == []


async def test_types_choose_and_exclude(people: People) -> None:
    alice, bob, _ = await _busy(people)

    async def types(**params: object) -> list[str]:
        return [n["type"] for n in await alice.get("/api/v1/notifications", **params)]

    assert await types(**{"types[]": ["follow", "reblog"]}) == ["reblog", "follow"]
    assert await types(**{"exclude_types[]": ["follow", "favourite"]}) == ["mention", "reblog"]
    assert await types(**{"types[]": "admin.report"}) == []
    assert len(await types(account_id=bob.id)) == 4
    assert await types(account_id=alice.id) == []
    assert await types(account_id="x") == []


async def test_one_is_read_put_away_and_gone(people: People) -> None:
    alice, bob, _ = await _busy(people)
    told = await alice.get("/api/v1/notifications")
    path = f"/api/v1/notifications/{told[0]['id']}"
    assert (await alice.get(path))["type"] == "mention"
    assert await bob.status_of("GET", path) == 404
    assert await bob.status_of("POST", f"{path}/dismiss") == 404
    assert await alice.do(f"{path}/dismiss") == {}
    assert await alice.status_of("GET", path) == 404
    assert await alice.do("/api/v1/notifications/dismiss", id=told[1]["id"]) == {}
    assert [n["type"] for n in await alice.get("/api/v1/notifications")] == ["favourite", "follow"]
    assert await alice.do("/api/v1/notifications/clear") == {}
    assert await alice.do("/api/v1/notifications/clear") == {}
    assert await alice.get("/api/v1/notifications") == []
    await bob.posts("@alice again")
    await people.world.settle()
    assert [n["type"] for n in await alice.get("/api/v1/notifications")] == ["mention"]


async def test_the_unread_count_follows_the_marker(people: People) -> None:
    alice, _, _ = await _busy(people)
    assert await alice.get("/api/v1/notifications/unread_count") == {"count": 4}
    assert await alice.get("/api/v1/notifications/unread_count", limit=2) == {"count": 2}
    told = await alice.get("/api/v1/notifications")
    await alice.do("/api/v1/markers", notifications={"last_read_id": told[1]["id"]})
    assert await alice.get("/api/v1/notifications/unread_count") == {"count": 1}


async def test_somebody_asked_to_be_told_of_each_post(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    await alice.do(f"/api/v1/accounts/{bob.id}/follow", notify=True)
    await bob.posts("news")
    await people.world.settle()
    assert [n["type"] for n in await alice.get("/api/v1/notifications")] == ["status"]


async def test_a_request_to_follow_is_told(people: People) -> None:
    alice, bob = await people("alice", protected=True), await people("bob")
    await bob.do(f"/api/v1/accounts/{alice.id}/follow")
    await people.world.settle()
    assert [n["type"] for n in await alice.get("/api/v1/notifications")] == ["follow_request"]


async def test_groups_hold_one_notification_each(people: People) -> None:
    alice, bob, status = await _busy(people)
    made = await alice.get("/api/v2/notifications")
    assert [a["acct"] for a in made["accounts"]] == ["bob"]
    groups = made["notification_groups"]
    assert [g["type"] for g in groups] == ["mention", "reblog", "favourite", "follow"]
    assert groups[1]["status_id"] == status["id"]
    assert {s["id"] for s in made["statuses"]} == {g["status_id"] for g in groups[:3]}
    key = groups[0]["group_key"]
    assert (await alice.get(f"/api/v2/notifications/{key}"))["notification_groups"][0]["group_key"] == key
    assert [a["acct"] for a in await alice.get(f"/api/v2/notifications/{key}/accounts")] == ["bob"]
    assert await bob.status_of("GET", f"/api/v2/notifications/{key}") == 404
    assert await alice.do(f"/api/v2/notifications/{key}/dismiss") == {}
    assert await alice.status_of("GET", f"/api/v2/notifications/{key}") == 404

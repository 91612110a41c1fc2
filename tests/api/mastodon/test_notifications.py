"""Notifications."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from harken import clock
from harken.model.account import Role
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


async def test_an_edit_is_told_to_those_who_boosted_or_quoted(people: People) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    status = await alice.posts("hello")
    await bob.do(f"/api/v1/statuses/{status['id']}/reblog")
    quoting = await carol.posts("look", quoted_status_id=status["id"])
    answer = await alice.ask("PUT", f"/api/v1/statuses/{status['id']}", json={"status": "hello there"})
    assert answer.status_code == 200
    await people.world.settle()
    (told,) = await bob.get("/api/v1/notifications")
    assert (told["type"], told["account"]["acct"], told["status"]["id"]) == ("update", "alice", status["id"])
    (told,) = await carol.get("/api/v1/notifications")
    assert (told["type"], told["account"]["acct"], told["status"]["id"]) == ("quoted_update", "alice", quoting["id"])


async def test_moderators_hear_who_joins(people: People) -> None:
    alice, bob = await people("alice", role=Role.MODERATOR), await people("bob")
    carol = await people("carol")
    await people.world.settle()
    told = await alice.get("/api/v1/notifications")
    assert [(n["type"], n["account"]["acct"]) for n in told] == [("admin.sign_up", "carol"), ("admin.sign_up", "bob")]
    assert await bob.get("/api/v1/notifications") == await carol.get("/api/v1/notifications") == []
    (group,) = (await alice.get("/api/v2/notifications"))["notification_groups"]
    assert (group["type"], group["notifications_count"]) == ("admin.sign_up", 2)


async def test_blocking_a_server_tells_how_many_follows_ended(people: People) -> None:
    alice = await people("alice")
    names = ("ann", "ben", "cleo")
    there = [await people.world.account(name) for name in names]
    for person in there[:2]:
        await people.world.follows(alice.account, person)
    await people.world.follows(there[2], alice.account)
    async with people.world.db.transaction() as tx:  # nobody federates yet: these move house
        for person in there:
            await tx.execute("UPDATE account SET domain = 'there.example' WHERE id = :id", id=person.id)
    assert await alice.do("/api/v1/domain_blocks", domain="there.example") == {}
    assert await alice.do("/api/v1/domain_blocks", domain="there.example") == {}
    assert await alice.do("/api/v1/domain_blocks", domain="elsewhere.example") == {}
    await people.world.settle()
    (told,) = [n for n in await alice.get("/api/v1/notifications") if n["type"] == "severed_relationships"]
    assert told["account"]["id"] == alice.id
    assert told["event"] == {
        "id": told["id"], "type": "user_domain_block", "purged": True, "target_name": "there.example",
        "followers_count": 1, "following_count": 2, "created_at": told["created_at"]}
    groups = (await alice.get("/api/v2/notifications"))["notification_groups"]
    assert [g["event"] for g in groups if g["type"] == "severed_relationships"] == [told["event"]]
    assert (await alice.get("/api/v1/accounts/relationships", **{"id[]": str(there[0].id)}))[0]["following"] is False


# ---- groups ------------------------------------------------------------------------------

V2 = "/api/v2/notifications"
NOON = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)


async def _popular(people: People, fans: int = 3) -> tuple[Person, list[Person], list[str]]:
    """Alice, `fans` who follow her and like both of her posts at noon, and the posts' ids."""
    with clock.frozen(NOON - timedelta(days=1)):
        alice = await people("alice")
        crowd = [await people(f"fan{number}") for number in range(fans)]
        statuses = [(await alice.posts(f"number {number}"))["id"] for number in range(2)]
    with clock.frozen(NOON):
        for fan in crowd:
            await fan.do(f"/api/v1/accounts/{alice.id}/follow")
            for status in statuses:
                await fan.do(f"/api/v1/statuses/{status}/favourite")
        await people.world.settle()
    return alice, crowd, statuses


async def test_what_is_the_same_within_half_a_day_is_one_group(people: People) -> None:
    alice, crowd, (first, second) = await _popular(people)
    with clock.frozen(NOON + timedelta(hours=1)):
        await crowd[0].posts("@alice hi", in_reply_to_id=first)
    with clock.frozen(NOON + timedelta(hours=13)):
        late = await people("late")
        await late.do(f"/api/v1/statuses/{first}/favourite")
    await people.world.settle()
    made = await alice.get(V2)
    groups = made["notification_groups"]
    assert [(g["type"], g.get("status_id"), g["notifications_count"]) for g in groups] == [
        ("favourite", first, 1), ("mention", groups[1]["status_id"], 1), ("favourite", second, 3),
        ("favourite", first, 3), ("follow", None, 3)]
    ids = [fan.id for fan in crowd]
    assert groups[2]["sample_account_ids"] == ids[::-1]
    assert {a["id"] for a in made["accounts"]} == {late.id, *ids}
    assert {s["id"] for s in made["statuses"]} == {first, second, groups[1]["status_id"]}
    assert "partial_accounts" not in made
    told = {n["id"]: n for n in await alice.get("/api/v1/notifications")}
    assert len(told) == 11
    for group in groups:
        members = [n for n in told.values() if n["group_key"] == group["group_key"]]
        assert len(members) == group["notifications_count"]
        assert {n["type"] for n in members} == {group["type"]}
        assert group["most_recent_notification_id"] == group["page_max_id"] == max(n["id"] for n in members)
        assert group["page_min_id"] == min(n["id"] for n in members)
        assert group["latest_page_notification_at"] == told[group["page_max_id"]]["created_at"]
        one = await alice.get(f"{V2}/{group['group_key']}")
        assert one["notification_groups"][0] == {
            name: value for name, value in group.items() if "page" not in name}
        accounts = await alice.get(f"{V2}/{group['group_key']}/accounts")
        assert [a["id"] for a in accounts] == group["sample_account_ids"]
        assert await crowd[0].status_of("GET", f"{V2}/{group['group_key']}") == 404


async def test_a_client_says_what_it_can_show_in_groups(people: People) -> None:
    alice, crowd, (first, second) = await _popular(people)
    made = await alice.get(V2, **{"grouped_types[]": "follow", "expand_accounts": "partial_avatars"})
    groups = made["notification_groups"]
    assert sorted(g["type"] for g in groups) == ["favourite"] * 6 + ["follow"]
    alone = [g for g in groups if g["type"] == "favourite"]
    assert all(g["group_key"] == f"ungrouped-{g['page_min_id']}" for g in alone)
    made = await alice.get(V2, **{"types[]": "follow", "expand_accounts": "partial_avatars"})
    assert [a["id"] for a in made["accounts"]] == [crowd[-1].id]
    assert sorted(a["id"] for a in made["partial_accounts"]) == sorted(fan.id for fan in crowd[:-1])
    assert set(made["partial_accounts"][0]) == {"id", "acct", "url", "avatar", "avatar_static", "locked", "bot"}
    assert await alice.status_of("GET", V2, params={"expand_accounts": "some"}) == 422
    assert [g["type"] for g in (await alice.get(V2, account_id=crowd[1].id))["notification_groups"]] == [
        "favourite", "favourite", "follow"]
    made = await alice.get(V2, **{"exclude_types[]": ["favourite"]})
    assert [g["type"] for g in made["notification_groups"]] == ["follow"]
    assert {first, second}.isdisjoint(s["id"] for s in made["statuses"])


async def test_groups_are_counted_paged_and_put_away(people: People) -> None:
    alice, _, _ = await _popular(people)
    assert await alice.get(f"{V2}/unread_count") == {"count": 3}
    assert await alice.get(f"{V2}/unread_count", limit=2) == {"count": 2}
    assert await alice.get(f"{V2}/unread_count", **{"grouped_types[]": "follow"}) == {"count": 7}
    answer = await alice.ask("GET", V2, params={"limit": 1})
    (newest,) = answer.json()["notification_groups"]
    assert newest["notifications_count"] == 3
    below = re.search(r"max_id=(\d+)", answer.headers["link"])
    assert below
    seen, page = [newest], answer
    while match := re.search(r"max_id=(\d+)>; rel=\"next\"", page.headers["link"]):
        page = await alice.ask("GET", V2, params={"limit": 1, "max_id": match[1]})
        seen += page.json()["notification_groups"]
    ranges = [(int(g["page_min_id"]), int(g["page_max_id"])) for g in seen]
    told = [int(n["id"]) for n in await alice.get("/api/v1/notifications")]
    assert sorted({i for low, high in ranges for i in (low, high)} - set(told)) == []
    assert {g["group_key"] for g in seen} == {n["group_key"] for n in await alice.get("/api/v1/notifications")}
    up = await alice.get(V2, min_id=told[-1], limit=1)
    assert int(up["notification_groups"][0]["page_min_id"]) == told[-2]
    assert await alice.do(f"{V2}/{newest['group_key']}/dismiss") == {}
    assert await alice.status_of("GET", f"{V2}/{newest['group_key']}") == 404
    assert len(await alice.get("/api/v1/notifications")) == 6
    for key in ("x", "favourite-1-1", "ungrouped-x", "ungrouped-1", "follow-99999999", "follow-"):
        assert await alice.status_of("GET", f"{V2}/{key}") == 404
        assert await alice.status_of("POST", f"{V2}/{key}/dismiss") == 404

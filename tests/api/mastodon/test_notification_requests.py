"""Notifications by strangers: accepted, kept aside, dropped; and the requests that come of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from harken import clock
from harken.actions.change_state import limit
from harken.engine import Engine
from harken.store import accounts
from tests.api.mastodon.conftest import People, Person
from tests.api.mastodon.test_streaming import _opened

POLICY = "/api/v2/notifications/policy"
REQUESTS = "/api/v1/notifications/requests"
NOTIFICATIONS = "/api/v1/notifications"


async def choose(person: Person, **stances: str) -> Any:
    answer = await person.ask("PATCH", POLICY, json=stances)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def types(person: Person, **params: object) -> list[str]:
    return [one["type"] for one in await person.get(NOTIFICATIONS, **params)]


async def test_the_policy_is_read_and_changed_piece_by_piece(people: People) -> None:
    alice = await people("alice")
    first = await alice.get(POLICY)
    assert first == {
        "for_not_following": "accept", "for_not_followers": "accept", "for_new_accounts": "accept",
        "for_private_mentions": "accept", "for_limited_accounts": "filter",
        "summary": {"pending_requests_count": 0, "pending_notifications_count": 0}}
    assert await choose(alice, for_new_accounts="drop") == first | {"for_new_accounts": "drop"}
    # PUT too: Rails routes both for `update`, and masto sends it.
    form = await alice.ask("PUT", POLICY, data={"for_not_following": "filter"})
    assert form.json() == first | {"for_new_accounts": "drop", "for_not_following": "filter"}
    v1 = await alice.get("/api/v1/notifications/policy")
    assert v1 == {
        "filter_not_following": True, "filter_not_followers": False, "filter_new_accounts": True,
        "filter_private_mentions": False, "summary": first["summary"]}
    given = {"filter_new_accounts": False, "filter_private_mentions": "true"}
    assert (await alice.ask("PATCH", "/api/v1/notifications/policy", json=given)).status_code == 200
    assert await alice.get(POLICY) == first | {"for_not_following": "filter", "for_private_mentions": "filter"}
    assert await alice.status_of("PATCH", POLICY, json={"for_not_following": "perhaps"}) == 422
    reader = await people("reader", scopes="read")
    assert await reader.status_of("PATCH", POLICY, json={}) == 403


async def test_what_is_kept_aside_becomes_a_request(people: People) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    await choose(alice, for_not_following="filter")
    await people.world.follows(alice.account, carol.account)
    status = await alice.posts("hello")
    for person in (bob, carol):
        await person.do(f"/api/v1/statuses/{status['id']}/favourite")
        await person.posts("@alice one")
        last = await person.posts("@alice two")
    await bob.posts("@alice three")
    await bob.posts("two", quoted_status_id=status["id"])
    await people.world.settle()
    assert await types(alice) == ["mention", "mention", "favourite"]
    assert {n["account"]["acct"] for n in await alice.get(NOTIFICATIONS)} == {"carol"}
    assert await types(alice, include_filtered=True) == [
        "quote", "mention", "mention", "mention", "favourite", "mention", "mention", "favourite"]
    assert await types(alice, account_id=bob.id) == ["quote", "mention", "mention", "mention", "favourite"]
    assert await alice.get("/api/v1/notifications/unread_count") == {"count": 3}
    groups = (await alice.get("/api/v2/notifications"))["notification_groups"]
    assert [group["type"] for group in groups] == ["mention", "mention", "favourite"]
    assert last["account"]["acct"] == "carol"
    (request,) = await alice.get(REQUESTS)
    assert request["account"]["acct"] == "bob"
    assert request["notifications_count"] == "4"
    assert request["last_status"]["content"].endswith("<p>two</p>")
    assert request["created_at"] < request["updated_at"]
    assert await alice.get(f"{REQUESTS}/{request['id']}") == request
    assert (await alice.get(POLICY))["summary"] == {"pending_requests_count": 1, "pending_notifications_count": 4}
    for path in (f"{REQUESTS}/{request['id']}", f"{REQUESTS}/1", f"{REQUESTS}/x"):
        assert await carol.status_of("GET", path) == 404
        assert await carol.status_of("POST", f"{path}/accept") == 404


async def test_accepting_shows_everything_now_and_later(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    await choose(alice, for_not_following="filter")
    await bob.posts("@alice one")
    await people.world.settle()
    (request,) = await alice.get(REQUESTS)
    assert await alice.do(f"{REQUESTS}/{request['id']}/accept") == {}
    assert await alice.get(f"{REQUESTS}/merged") == {"merged": True}
    assert await types(alice) == ["mention"]
    assert await alice.get(REQUESTS) == []
    assert await alice.status_of("POST", f"{REQUESTS}/{request['id']}/accept") == 404
    await bob.posts("@alice two")
    await people.world.settle()
    assert await types(alice) == ["mention", "mention"]


async def test_dismissing_hides_what_came_and_not_what_comes(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    await choose(alice, for_not_following="filter")
    await bob.posts("@alice one")
    await people.world.settle()
    (request,) = await alice.get(REQUESTS)
    assert await alice.do(f"{REQUESTS}/{request['id']}/dismiss") == {}
    assert await alice.get(REQUESTS) == []
    assert await types(alice, include_filtered=True) == []
    await bob.posts("@alice two")
    await people.world.settle()
    (again,) = await alice.get(REQUESTS)
    assert again["notifications_count"] == "1"
    assert again["id"] != request["id"]


async def test_many_requests_at_once_and_paged(people: People) -> None:
    alice = await people("alice")
    await choose(alice, for_not_following="filter")
    for number in range(5):
        await (await people(f"stranger{number}")).posts("@alice hi")
    await people.world.settle()
    found = await alice.get(REQUESTS)
    assert [one["account"]["acct"] for one in found] == [f"stranger{number}" for number in (4, 3, 2, 1, 0)]
    ids = [one["id"] for one in found]
    answer = await alice.ask("GET", REQUESTS, params={"limit": 2})
    assert [one["id"] for one in answer.json()] == ids[:2]
    assert f"max_id={ids[1]}" in answer.headers["link"]
    assert [one["id"] for one in await alice.get(REQUESTS, max_id=ids[1], limit=2)] == ids[2:4]
    assert [one["id"] for one in await alice.get(REQUESTS, min_id=ids[4], limit=2)] == ids[2:4]
    form = {"id[]": [ids[0], "x", "1"]}
    assert (await alice.ask("POST", f"{REQUESTS}/accept", data=form)).json() == {}
    assert await alice.do(f"{REQUESTS}/dismiss", id=ids[1:3]) == {}
    assert await alice.do(f"{REQUESTS}/dismiss") == {}
    assert [one["id"] for one in await alice.get(REQUESTS)] == ids[3:]
    assert [n["account"]["acct"] for n in await alice.get(NOTIFICATIONS)] == ["stranger4"]


async def test_what_is_dropped_is_never_shown(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    await choose(alice, for_not_following="drop", for_new_accounts="filter")
    await bob.posts("@alice hi")
    await people.world.settle()
    assert await types(alice, include_filtered=True) == []
    assert await alice.get(REQUESTS) == []
    await choose(alice, for_not_following="accept", for_new_accounts="accept")
    assert await types(alice, include_filtered=True) == []


@pytest.mark.parametrize("rule, aside", [
    ("for_not_following", "fan old_fan limited_fan stranger"),
    ("for_not_followers", "fan stranger idol limited_fan"),  # the fans follow since today
    ("for_new_accounts", "stranger limited_fan fan"),
    ("for_limited_accounts", "limited_fan"),
])  # fmt: skip
async def test_who_is_meant(people: People, rule: str, aside: str) -> None:
    alice = await people("alice")
    others = {name: await people(name) for name in ("stranger", "fan", "old_fan", "idol", "limited_fan")}
    for name in ("fan", "limited_fan"):
        await people.world.follows(others[name].account, alice.account)
    with clock.frozen(clock.now() - timedelta(days=4)):
        await people.world.follows(others["old_fan"].account, alice.account)
    await people.world.follows(alice.account, others["idol"].account)
    async with people.world.db.transaction() as tx:
        await accounts.change(tx, others["old_fan"].account.id, created_at=clock.now() - timedelta(days=31))
    await limit(people.world.db, others["limited_fan"].account.id, clock.now())
    await choose(alice, **{"for_limited_accounts": "accept", rule: "filter"})
    for person in others.values():
        await person.posts("@alice hi")
    await people.world.settle()
    assert {one["account"]["acct"] for one in await alice.get(REQUESTS)} == set(aside.split())
    assert {n["account"]["acct"] for n in await alice.get(NOTIFICATIONS)} == others.keys() - set(aside.split())


async def test_private_mentions_pass_when_they_answer(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    await choose(alice, for_private_mentions="filter")
    await bob.posts("@alice aloud")
    await bob.posts("@alice secretly", visibility="direct")
    asked = await alice.posts("@bob tell me", visibility="direct")
    await bob.posts("@alice an answer", visibility="direct", in_reply_to_id=asked["id"])
    await people.world.settle()
    shown = [n["status"]["content"] for n in await alice.get(NOTIFICATIONS)]
    assert ["an answer" in shown[0], "aloud" in shown[1], len(shown)] == [True, True, 2]
    (request,) = await alice.get(REQUESTS)
    assert "secretly" in request["last_status"]["content"]


async def test_a_moderator_is_always_heard_and_a_blocked_person_never(people: People) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    await choose(alice, for_not_following="filter")
    async with people.world.db.transaction() as tx:
        await tx.execute("UPDATE member SET role = 1 WHERE account_id = :id", id=bob.account.id)
    await bob.posts("@alice official")
    await carol.posts("@alice spam")
    await people.world.settle()
    assert await types(alice) == ["mention"]
    assert len(await alice.get(REQUESTS)) == 1
    await alice.do(f"/api/v1/accounts/{carol.id}/block")
    assert await alice.get(REQUESTS) == []
    assert (await alice.get(POLICY))["summary"]["pending_requests_count"] == 0


async def test_a_deleted_post_takes_its_request_along(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    await choose(alice, for_not_following="filter")
    status = await bob.posts("@alice hi")
    await people.world.settle()
    assert len(await alice.get(REQUESTS)) == 1
    await bob.ask("DELETE", f"/api/v1/statuses/{status['id']}")
    assert await alice.get(REQUESTS) == []
    await people.world.settle()
    assert await people.world.db.rows("SELECT * FROM withheld") == []


async def test_streams_keep_quiet_and_tell_of_the_merging(people: People, engine: Engine) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    await choose(alice, for_not_following="filter")
    await people.world.follows(alice.account, carol.account)
    engine.start()
    await asyncio.sleep(0.05)
    connection = await _opened(engine, "/api/v1/streaming/user/notification", alice)
    await bob.posts("@alice aside")
    await carol.posts("@alice shown")
    event, told = await connection.event()
    assert event == "notification"
    assert "shown" in told["status"]["content"]
    (found,) = await alice.get(REQUESTS)
    await alice.do(f"{REQUESTS}/{found['id']}/accept")
    assert (await connection.event())[0] == "notifications_merged"
    await connection.vanish()
    await engine.stop()

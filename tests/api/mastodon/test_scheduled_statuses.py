"""Posts for later: planned, moved, cancelled, published once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harken import clock
from harken.actions.change_state import suspend
from harken.actions.delete_account import delete_account
from harken.actions.schedule_post import publish_scheduled_post
from harken.media.store import FileStore
from harken.store import scheduled
from harken.timetable import do_what_is_due
from tests.api.mastodon.conftest import People, Person


def at(**later: int) -> str:
    return (clock.now() + timedelta(**later)).isoformat()


async def said(person: Person) -> list[str]:
    return [s["content"] for s in await person.get(f"/api/v1/accounts/{person.id}/statuses")]


async def test_a_planned_post_appears_at_its_time_and_not_before(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    root = await bob.posts("ask me later")
    planned = await alice.posts(
        "later", scheduled_at=at(hours=1), visibility="unlisted", spoiler_text="cw", in_reply_to_id=root["id"],
        poll={"options": ["a", "b"], "expires_in": 300})
    assert "content" not in planned
    params = planned["params"]
    assert (params["text"], params["visibility"], params["spoiler_text"], params["in_reply_to_id"]) == (
        "later", "unlisted", "cw", int(root["id"]))
    assert params["poll"] == {"options": ["a", "b"], "expires_in": 300, "multiple": False, "hide_totals": False}
    assert (params["allowed_mentions"], params["quoted_status_id"], params["quote_approval_policy"]) == (
        None, None, "public")
    await do_what_is_due(people.world.db)
    assert await said(alice) == []
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        await do_what_is_due(people.world.db)
        await do_what_is_due(people.world.db)
        [made] = await alice.get(f"/api/v1/accounts/{alice.id}/statuses")
        assert (made["content"], made["visibility"], made["in_reply_to_id"]) == ("<p>later</p>", "unlisted", root["id"])
        assert not made["poll"]["expired"]
        assert made["created_at"] > planned["scheduled_at"]
    assert await alice.get("/api/v1/scheduled_statuses") == []


async def test_several_who_look_at_once_publish_it_once(people: People) -> None:
    alice = await people("alice")
    planned = await alice.posts("once", scheduled_at=at(minutes=6))
    later = clock.now() + timedelta(minutes=7)
    made = await asyncio.gather(*(publish_scheduled_post(people.world.db, int(planned["id"]), later) for _ in range(8)))
    assert len([post for post in made if post]) == 1
    assert await said(alice) == ["<p>once</p>"]


async def test_the_plan_is_read_moved_and_cancelled_by_its_author_alone(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    planned = await alice.posts("later", scheduled_at="2099-10-01T12:00:00")
    assert planned["scheduled_at"] == "2099-10-01T12:00:00.000Z"
    path = f"/api/v1/scheduled_statuses/{planned['id']}"
    assert await alice.get(path) == planned
    for method in ("GET", "PUT", "DELETE"):
        assert await bob.status_of(method, path, data={"scheduled_at": "2099-10-02"}) == 404
    for wrong in (at(minutes=4), "soon", ""):
        refused = await alice.ask("PUT", path, json={"scheduled_at": wrong})
        assert (refused.status_code, refused.json()["error"]) == (
            422, "Validation failed: Scheduled at The scheduled date must be in the future")
    moved = await alice.ask("PUT", path, data={"scheduled_at": "2099-10-02T12:00:00+02:00"})
    assert moved.json()["scheduled_at"] == "2099-10-02T10:00:00.000Z"
    assert (await alice.ask("DELETE", path)).json() == {}
    assert await alice.status_of("GET", path) == 404
    assert await alice.status_of("GET", "/api/v1/scheduled_statuses/x") == 404


async def test_the_plan_is_paged(people: People) -> None:
    alice = await people("alice")
    ids = [(await alice.posts(str(n), scheduled_at=at(hours=1)))["id"] for n in range(5)][::-1]
    answer = await alice.ask("GET", "/api/v1/scheduled_statuses", params={"limit": 2})
    assert [one["id"] for one in answer.json()] == ids[:2]
    following = answer.links["next"]["url"]
    assert [one["id"] for one in (await alice.ask("GET", following)).json()] == ids[2:4]


@pytest.mark.parametrize(
    "given, error",
    [
        ({"scheduled_at": "soon"}, "Record invalid"),
        ({"status": ""}, "Validation failed: Text can't be blank"),
        ({"poll": {"options": ["a"], "expires_in": 300}}, "Validation failed: Choices must have more than one item"),
    ],
)
async def test_what_could_not_be_published_is_not_planned(people: People, given: dict[str, Any], error: str) -> None:
    alice = await people("alice")
    refused = await alice.ask(
        "POST", "/api/v1/statuses", json={"status": "x", "scheduled_at": at(hours=1)} | given)
    assert (refused.status_code, refused.json()["error"]) == (422, error)


async def test_a_time_that_has_passed_means_now_and_five_minutes_are_too_soon(people: People) -> None:
    alice = await people("alice")
    assert (await alice.posts("now", scheduled_at="2020-01-01"))["content"] == "<p>now</p>"
    assert (await alice.posts("now", scheduled_at=""))["content"] == "<p>now</p>"
    refused = await alice.ask("POST", "/api/v1/statuses", json={"status": "x", "scheduled_at": at(minutes=4)})
    assert refused.json()["error"] == "Validation failed: Scheduled at The scheduled date must be in the future"


async def test_no_more_than_25_a_day_and_300_altogether(people: People) -> None:
    alice = await people("alice")
    noon = datetime(2099, 1, 1, 12, tzinfo=UTC)
    for day in range(12):
        for _ in range(25):
            await alice.posts("x", scheduled_at=(noon + timedelta(days=day)).isoformat())
        if day == 0:
            given = {"status": "x", "scheduled_at": noon.isoformat()}
            refused = await alice.ask("POST", "/api/v1/statuses", json=given)
            assert refused.json()["error"] == (
                "Validation failed: You have exceeded the limit of 25 scheduled posts for today")
    refused = await alice.ask("POST", "/api/v1/statuses", json={"status": "x", "scheduled_at": "2099-06-01"})
    assert refused.json()["error"] == "Validation failed: You have exceeded the limit of 300 scheduled posts"


async def test_the_same_key_plans_once(people: People) -> None:
    alice = await people("alice")
    key = {"Idempotency-Key": "abc"}
    given = {"status": "x", "scheduled_at": at(hours=1)}
    one, two = [(await alice.ask("POST", "/api/v1/statuses", json=given, headers=key)).json() for _ in range(2)]
    assert one == two
    assert len(await alice.get("/api/v1/scheduled_statuses")) == 1


async def test_what_is_refused_at_its_time_stays_with_the_reason(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    root = await bob.posts("soon gone")
    await alice.posts("an answer", scheduled_at=at(minutes=6), in_reply_to_id=root["id"])
    await alice.posts("not an answer", scheduled_at=at(minutes=6))
    await bob.ask("DELETE", f"/api/v1/statuses/{root['id']}")
    with clock.frozen(clock.now() + timedelta(minutes=7)):
        await do_what_is_due(people.world.db)
        assert await said(alice) == ["<p>not an answer</p>"]
        [left] = await scheduled.upcoming(people.world.db, alice.account.id, 9)
        assert left.failed == "The post you are trying to reply to does not appear to exist."


async def test_nobody_publishes_for_an_account_that_may_not_post(people: People, tmp_path: Any) -> None:
    alice, bob = await people("alice"), await people("bob")
    for one in (alice, bob):
        await one.posts("later", scheduled_at=at(minutes=6))
    await suspend(people.world.db, alice.account.id, clock.now())
    await delete_account(people.world.db, FileStore(tmp_path), bob.account.id, clock.now())
    with clock.frozen(clock.now() + timedelta(minutes=7)):
        await do_what_is_due(people.world.db)
    assert await people.world.db.values("SELECT id FROM post") == []
    assert await people.world.db.values("SELECT account_id FROM scheduled_post") == [alice.account.id]

"""POST /api/v1/reports: what is stored, what is refused, who is told."""

from __future__ import annotations

from typing import Any

import pytest

from harken import clock
from harken.actions.file_report import MAX_A_DAY
from harken.actions.write_rules import add_rule
from harken.ids import new_id
from harken.model.account import Role
from harken.model.moderation import Category, Report
from harken.store import reports
from tests.api.mastodon.conftest import People, Person


async def told(person: Person) -> list[Any]:
    found = await person.get("/api/v1/notifications")
    return [one for one in found if one["type"] == "admin.report"]


async def test_a_report_holds_what_was_said_and_tells_the_moderators_alone(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    moderator, owner = await people("rose", role=Role.MODERATOR), await people("vera", role=Role.OWNER)
    mine, his = await alice.posts("mine"), await bob.posts("his")
    made = await alice.do("/api/v1/reports", account_id=bob.id, status_ids=[mine["id"], his["id"], "12"],
                          comment="  He is loud. ", category="spam", forward=True)
    assert made["status_ids"] == [his["id"]]
    assert made["rule_ids"] is None
    assert (made["comment"], made["category"], made["forwarded"]) == ("He is loud.", "spam", False)
    assert (made["action_taken"], made["action_taken_at"]) == (False, None)
    assert made["target_account"]["acct"] == "bob"
    await people.world.settle()
    for staff in (moderator, owner):
        [one] = await told(staff)
        assert one["report"]["id"] == one["id"] == made["id"]
        assert one["account"]["acct"] == "alice"
    assert await told(bob) == await told(alice) == []


async def test_who_is_no_moderator_any_more_hears_of_no_report(people: People) -> None:
    alice, bob, rose = await people("alice"), await people("bob"), await people("rose", role=Role.MODERATOR)
    await alice.do("/api/v1/reports", account_id=bob.id)
    await people.world.settle()
    assert len(await told(rose)) == 1
    async with people.world.db.transaction() as tx:
        await tx.execute("UPDATE member SET role = 0 WHERE account_id = :id", id=rose.account.id)
    assert await told(rose) == []


async def test_rules_make_it_a_violation(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    rule = await add_rule(people.world.db, "Be kind.", "", clock.now())
    made = await alice.do("/api/v1/reports", account_id=bob.id, rule_ids=[str(rule.id)], category="spam")
    assert (made["category"], made["rule_ids"]) == ("violation", [str(rule.id)])


@pytest.mark.parametrize(
    "given, status, error",
    [
        ({"account_id": ""}, 404, "Record not found"),
        ({"account_id": "77"}, 404, "Record not found"),
        ({"comment": "x" * 1001}, 422, "Validation failed: Comment is too long (maximum is 1000 characters)"),
        ({"rule_ids": ["1"]}, 422, "Validation failed: Rule ids does not reference valid rules"),
        ({"category": "boring"}, 422, "Validation failed: Category is not included in the list"),
        ({"comment": "x" * 1000, "status_ids": ["what", "-1"], "rule_ids": []}, 200, None),
    ],
)
async def test_what_cannot_be_reported(people: People, given: dict[str, Any], status: int, error: str | None) -> None:
    alice, bob = await people("alice"), await people("bob")
    answer = await alice.ask("POST", "/api/v1/reports", json={"account_id": bob.id} | given)
    assert (answer.status_code, answer.json().get("error")) == (status, error)


async def test_a_post_that_one_may_not_see_is_no_part_of_a_report(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    hidden = await bob.posts("for followers", visibility="private")
    made = await alice.do("/api/v1/reports", account_id=bob.id, status_ids=[hidden["id"]])
    assert made["status_ids"] is None


async def test_reporting_needs_its_scope(people: People) -> None:
    bob, reader = await people("bob"), await people("alice", scopes="read")
    answer = await reader.ask("POST", "/api/v1/reports", json={"account_id": bob.id})
    assert (answer.status_code, answer.json()["error"]) == (403, "This action is outside the authorized scopes")


async def test_nobody_reports_without_end(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    now = clock.now()
    async with people.world.db.transaction() as tx:
        for _ in range(MAX_A_DAY):
            await reports.insert(tx, Report(
                id=new_id(now), account_id=alice.account.id, target_id=bob.account.id, category=Category.OTHER,
                created_at=now, updated_at=now), [])
    assert await alice.status_of("POST", "/api/v1/reports", json={"account_id": bob.id}) == 429

"""Numbers for those who look after the server: counted from what happened, on each database alike."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from harken import clock
from harken.model.account import Role
from tests.api.mastodon.conftest import People, Person

NOON = datetime.fromisoformat("2026-03-10T12:00:00+00:00")
DAYS = {"start_at": "2026-03-09T23:00:00Z", "end_at": "2026-03-11"}


async def staff(people: People, name: str = "rose") -> Person:
    return await people(name, "read admin:read", role=Role.MODERATOR)


@pytest.fixture
async def days(people: People) -> Person:
    """On 10 March alice posts twice with a tag and bob likes one; on the 11th bob answers and reports alice."""
    with clock.frozen(NOON - timedelta(days=9)):
        rose = await staff(people)
    with clock.frozen(NOON):
        alice, bob = await people("alice", language="de"), await people("bob")
        first = await alice.posts("#tea one", language="de")
        await alice.posts("#tea two", language="en")
        await bob.do(f"/api/v1/statuses/{first['id']}/favourite")
    with clock.frozen(NOON + timedelta(days=1)):
        await bob.posts("@alice nice", in_reply_to_id=first["id"])
        await bob.do("/api/v1/reports", account_id=alice.id)
    return rose


async def test_measures_count_each_day_and_what_was_before(days: Person) -> None:
    keys = ["active_users", "new_users", "interactions", "opened_reports", "resolved_reports", "tag_uses",
            "tag_accounts", "tag_servers", "instance_statuses", "no such thing"]
    found = await days.do("/api/v1/admin/measures", keys=keys, **DAYS, **{
        key: {"id": "Tea"} for key in ("tag_uses", "tag_accounts", "tag_servers")},
        instance_statuses={"domain": "far.example"})
    numbers = {one["key"]: (one["total"], [each["value"] for each in one["data"]]) for one in found}
    assert numbers == {
        "active_users": ("2", ["0", "2", "1"]), "new_users": ("2", ["0", "2", "0"]),
        "interactions": ("2", ["0", "1", "1"]), "opened_reports": ("1", ["0", "0", "1"]),
        "resolved_reports": ("0", ["0", "0", "0"]), "tag_uses": ("2", ["0", "2", "0"]),
        "tag_accounts": ("1", ["0", "1", "0"]), "tag_servers": ("0", ["0", "0", "0"]),
        "instance_statuses": ("0", ["0", "0", "0"])}
    assert next(one["date"] for one in found[0]["data"]) == "2026-03-09T00:00:00.000Z"
    later = {"start_at": "2026-03-12", "end_at": "2026-03-14"}
    [after] = await days.do("/api/v1/admin/measures", keys=["active_users"], **later)
    assert (after["total"], after["previous_total"]) == ("0", "2")


async def test_dimensions_name_what_most_is(days: Person) -> None:
    found = await days.do("/api/v1/admin/dimensions", keys=[
        "languages", "sources", "tag_languages", "tag_servers", "servers", "space_usage", "software_versions"],
        tag_languages={"id": "tea"}, tag_servers={"id": "tea"}, **DAYS)
    numbers = {one["key"]: [(each["key"], each["human_key"], each["value"]) for each in one["data"]] for one in found}
    assert numbers["languages"] == [("en", "English", "2"), ("de", "German", "1")]
    assert numbers["sources"][0][2] == "3"
    assert numbers["tag_languages"] == [("de", "German", "1"), ("en", "English", "1")]
    assert numbers["tag_servers"] == [("web", "This server", "2")]
    assert numbers["servers"] == []
    assert numbers["space_usage"] == [("media", "Media storage", "0")]
    assert [name for name, _, _ in numbers["software_versions"]] == ["harken", "python"]


async def test_retention_says_who_stays(days: Person) -> None:
    found = await days.do("/api/v1/admin/retention", start_at="2026-03-10", end_at="2026-03-12", frequency="day")
    assert [(each["value"], each["rate"]) for each in found[0]["data"]] == [("2", 1.0), ("1", 0.5), ("0", 0.0)]
    assert [len(one["data"]) for one in found] == [3, 2, 1]
    months = await days.do("/api/v1/admin/retention", start_at="2026-03-10", end_at="2026-04-12", frequency="month")
    assert [one["period"][:10] for one in months] == ["2026-03-01", "2026-04-01"]
    assert months[0]["data"][0] == {"date": "2026-03-01T00:00:00.000Z", "rate": 2 / 3, "value": "2"}


@pytest.mark.parametrize(
    "path, given",
    [
        ("measures", {"start_at": "never"}),
        ("measures", {"start_at": "2026-03-11", "end_at": "2026-03-10"}),
        ("measures", {"start_at": "2020-01-01", "end_at": "2026-01-01"}),
        ("measures", {"keys": ["tag_uses"]}),
        ("measures", {"keys": ["instance_accounts"], "instance_accounts": {}}),
        ("dimensions", {"keys": ["tag_servers"]}),
        ("dimensions", {"end_at": "9999-12-31"}),
        ("retention", {"start_at": "2020-01-01", "end_at": "2026-01-01"}),
        ("retention", {"start_at": "2026-01-01", "end_at": "2026-03-01"}),
    ],
)
async def test_what_cannot_be_counted(people: People, path: str, given: dict[str, Any]) -> None:
    rose = await staff(people)
    assert await rose.status_of("POST", f"/api/v1/admin/{path}", json=given) == 422


async def test_numbers_are_for_those_who_may(people: People) -> None:
    alice, blind = await people("alice", "read admin:read"), await people("vera", "read", role=Role.OWNER)
    for person, error in (
        (alice, "This action is not allowed"), (blind, "This action is outside the authorized scopes")):
        for method, path in (("POST", "measures"), ("POST", "dimensions"), ("POST", "retention"),
                             ("GET", "trends/tags"), ("GET", "trends/links"), ("GET", "trends/statuses")):
            answer = await person.ask(method, f"/api/v1/admin/{path}")
            assert (answer.status_code, answer.json()["error"]) == (403, error), path

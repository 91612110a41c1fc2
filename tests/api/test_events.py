"""Events for programs: in statuses, below /api/harken/v1, in feeds and as iCalendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from tests.world import World

EVENT = {"name": "Lunch; at, the lake", "place": "Café Möwe", "starts_at": "2031-06-12T15:30", "ends_at":
         "2031-06-12T17:30", "time_zone": "Europe/Berlin", "remind": 60}


async def bearer(world: World, name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {await world.token(await world.account(name))}"}


async def publish(client: httpx.AsyncClient, who: dict[str, str], **changed: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/statuses", headers=who, json={
        "status": "Bring bread", "harken": {"event": EVENT}, **changed})
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_an_event_is_published_answered_changed_and_cancelled(world: World, client: httpx.AsyncClient) -> None:
    ana, ben = await bearer(world, "ana"), await bearer(world, "ben")
    made = await publish(client, ana)
    assert made["harken"]["kind"] == "event"
    event = made["harken"]["event"]
    assert (event["starts_at"], event["ends_at"]) == ("2031-06-12T13:30:00Z", "2031-06-12T15:30:00Z")
    assert event["answer"] is None
    assert event["open"]
    assert not event["cancelled"]
    # A client that knows no events shows it in words.
    assert "Bring bread" in made["content"]
    assert "June 12, 2031" in made["content"]
    assert "<strong>Lunch; at, the lake</strong>" in made["content"]
    assert "Café Möwe" in made["content"]

    here = f"/api/harken/v1/statuses/{made['id']}"
    said = (await client.post(f"{here}/rsvp", headers=ben, json={"answer": "yes"})).json()["harken"]["event"]
    assert (said["yes_count"], said["answer"]) == (1, "yes")
    seen = (await client.get(f"/api/v1/statuses/{made['id']}", headers=ana)).json()["harken"]["event"]
    assert (seen["yes_count"], seen["answer"]) == (1, None)
    assert [(one["account"]["acct"], one["answer"]) for one in (await client.get(f"{here}/rsvps")).json()] == [
        ("ben", "yes")]
    assert (await client.post(f"{here}/rsvp", headers=ben, json={"answer": "perhaps"})).status_code == 422
    assert (await client.post(f"{here}/rsvp", json={"answer": "yes"})).status_code == 401

    changed = await client.put(f"{here}/event", headers=ana, json=EVENT | {"place": "Boathouse"})
    assert changed.json()["harken"]["event"]["place"] == "Boathouse"
    assert (await client.put(f"{here}/event", headers=ben, json=EVENT)).status_code == 404
    assert (await client.delete(f"{here}/event", headers=ben)).status_code == 404
    cancelled = (await client.delete(f"{here}/event", headers=ana)).json()
    assert cancelled["harken"]["event"]["cancelled"]
    assert not cancelled["harken"]["event"]["open"]
    assert "<del>" in cancelled["content"]
    assert (await client.post(f"{here}/rsvp", headers=ben, json={"answer": "no"})).status_code == 422
    await world.settle()
    asked = {"types[]": ["event_changed", "event_cancelled"]}
    told = (await client.get("/api/v1/notifications", headers=ben, params=asked)).json()
    assert [one["type"] for one in told] == ["event_cancelled", "event_changed"]
    assert (await client.get("/api/v1/notifications", headers=ben)).json() == []


@pytest.mark.parametrize("changed", [
    {"time_zone": "Mars/Olympus"}, {"time_zone": "../../../etc/localtime"}, {"starts_at": "yesterday"},
    {"starts_at": "99999-01-01T00:00"}, {"ends_at": "2031-06-12T15:00"}, {"name": ""}, {"remind": 10**30},
    {"name": "x" * 100_000}, {"remind": -1}, {"starts_at": "0001-01-01T00:00", "ends_at": ""}, {"name": {"a": 1}},
    {"starts_at": "9999-12-31T23:59", "ends_at": "", "all_day": True},
])
async def test_a_bad_event_is_refused_with_a_reason(
    world: World, client: httpx.AsyncClient, changed: dict[str, Any]
) -> None:
    answer = await client.post(
        "/api/v1/statuses", headers=await bearer(world, "ana"), json={"harken": {"event": EVENT | changed}})
    assert answer.status_code == 422
    assert answer.json()["error"]


async def test_events_are_listed_by_their_time(world: World, client: httpx.AsyncClient) -> None:
    ana, ben = await bearer(world, "ana"), await bearer(world, "ben")
    made = await publish(client, ana)
    span = {"from": "2031-06-12T00:00:00Z", "to": "2031-06-13T00:00:00Z"}
    assert [one["id"] for one in (await client.get("/api/harken/v1/events", params=span)).json()] == [made["id"]]
    assert (await client.get("/api/harken/v1/events")).json() == []
    assert (await client.get("/api/harken/v1/events", headers=ben, params=span | {"whose": "mine"})).json() == []
    for bad in ({"from": "soon"}, {"from": "9999-12-31T00:00:00Z"}, {"to": "9999-12-31"}):
        assert (await client.get("/api/harken/v1/events", params=bad)).status_code == 422


def events_in(content: bytes) -> list[Any]:
    return list(Calendar.from_ical(content).walk("VEVENT"))


async def test_a_calendar_at_a_secret_address_follows_what_its_owner_comes_to(
    world: World, client: httpx.AsyncClient
) -> None:
    ana, ben = await bearer(world, "ana"), await bearer(world, "ben")
    made = await publish(client, ana)
    url = (await client.post("/api/harken/v1/calendar", headers=ben)).json()["url"]
    assert events_in((await client.get(url)).content) == []
    await client.post(f"/api/harken/v1/statuses/{made['id']}/rsvp", headers=ben, json={"answer": "maybe"})
    answer = await client.get(url)
    assert answer.headers["content-type"].startswith("text/calendar")
    [event] = events_in(answer.content)
    assert event.decoded("dtstart") == datetime(2031, 6, 12, 13, 30, tzinfo=UTC)
    assert event["dtstart"].params["TZID"] == "Europe/Berlin"
    assert str(event["summary"]) == EVENT["name"]
    assert str(event["status"]) == "CONFIRMED"
    assert (await client.get(url, headers={"If-None-Match": answer.headers["etag"]})).status_code == 304
    other = (await client.post("/api/harken/v1/calendar", headers=ben)).json()["url"]
    assert (await client.get(url)).status_code == 404
    assert (await client.get(other)).status_code == 200
    assert (await client.delete("/api/harken/v1/calendar", headers=ben)).json() == {"url": None}
    assert (await client.get(other)).status_code == 404


async def test_the_rules_of_time_zones_are_in_the_file_and_right(world: World, client: httpx.AsyncClient) -> None:
    ana = await bearer(world, "ana")
    winter = EVENT | {"starts_at": "2031-12-12T15:30", "ends_at": "2031-12-12T16:30"}
    for event in (EVENT, winter, EVENT | {"time_zone": "UTC"}, EVENT | {"all_day": True}):
        await publish(client, ana, harken={"event": event})
    await publish(client, ana, visibility="private")
    content = (await client.get("/feeds/events/ana.ics")).content
    read = Calendar.from_ical(content)
    assert len(list(read.walk("VEVENT"))) == 4
    assert [str(one["tzid"]) for one in read.walk("VTIMEZONE")] == ["Europe/Berlin"]
    [rules] = [one.to_tz() for one in read.walk("VTIMEZONE")]  # type: ignore[attr-defined]
    assert rules.utcoffset(datetime(2031, 6, 12, 15, 30)) == timedelta(hours=2)  # noqa: DTZ001
    assert rules.utcoffset(datetime(2031, 12, 12, 15, 30)) == timedelta(hours=1)  # noqa: DTZ001
    assert b"DTSTART;VALUE=DATE:20310612" in content
    assert b"DTEND;VALUE=DATE:20310613" in content
    assert b"DTSTART:20310612T153000Z" in content
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert (await client.get("/feeds/events/nobody.ics")).status_code == 404
    atom = (await client.get("/@ana.atom")).text
    assert "June 12, 2031" in atom
    assert "Lunch; at, the lake" in atom


async def test_a_link_post_has_its_link_and_card(world: World, client: httpx.AsyncClient) -> None:
    ana = await bearer(world, "ana")
    made = await client.post("/api/v1/statuses", headers=ana, json={
        "status": "Worth reading", "harken": {"link": "https://example.org/a?b=c#d"}})
    assert made.json()["harken"] == {"kind": "link"}
    assert 'href="https://example.org/a?b=c#d"' in made.json()["content"]
    bare = await client.post("/api/v1/statuses", headers=ana, json={"harken": {"link": "https://example.org/"}})
    assert bare.status_code == 200
    wrong = await client.post("/api/v1/statuses", headers=ana, json={"harken": {"link": "javascript:alert(1)"}})
    assert wrong.status_code == 422

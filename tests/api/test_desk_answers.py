"""What a desk says, for programs."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from harken import clock
from tests.api.test_desk_cases import Desk, asks, desk  # noqa: F401
from tests.world import World

BAD = "Thank you for choosing us for your surgery!"


@pytest.fixture
async def case(world: World, client: httpx.AsyncClient, desk: Desk) -> str:  # noqa: F811
    """The address of a case at a desk for health care."""
    await client.patch(
        desk.path, json={"kind": "health", "private_channel": "Call 555-0123"}, headers=desk.who["lea"])
    return f"{desk.path}/cases/{await asks(world, client, desk, 'which clinic?')}"


async def test_what_must_not_be_said_is_named_and_a_lead_overrides(
    client: httpx.AsyncClient, desk: Desk, case: str  # noqa: F811
) -> None:
    hal, lea = desk.who["hal"], desk.who["lea"]
    looked = (await client.post(f"{case}/check", json={"status": BAD}, headers=hal)).json()
    assert [one["words"] for one in looked["findings"]] == ["Thank you for choosing", "your surgery"]
    first = looked["findings"][0]
    assert BAD[first["start"] : first["end"]] == first["words"]
    assert looked["neutral"][0].endswith("Call 555-0123")
    stopped = await client.post(f"{case}/answers", json={"status": BAD, "override": "why not"}, headers=hal)
    assert stopped.status_code == 422
    assert stopped.json()["findings"] == looked["findings"]
    assert (stopped.json()["may_override"], stopped.json()["private_channel"]) == (False, "Call 555-0123")
    assert (await client.post(f"{case}/answers", json={"status": BAD}, headers=lea)).json()["may_override"] is True
    sent = await client.post(f"{case}/answers", json={"status": BAD, "override": "she agreed"}, headers=lea)
    assert sent.status_code == 200
    edited = await client.put(
        f"/api/v1/statuses/{sent.json()['id']}", json={"status": f"@ann {BAD} Again!"}, headers=lea)
    assert edited.status_code == 422


async def test_a_draft_is_written_asked_for_approved_and_sent_in_its_writers_name(
    client: httpx.AsyncClient, desk: Desk, case: str  # noqa: F811
) -> None:
    hal, lea, rea = (desk.who[name] for name in ("hal", "lea", "rea"))
    await client.patch(desk.path, json={"approval": True}, headers=lea)
    assert (await client.post(f"{case}/answers", json={"status": "Call us"}, headers=lea)).status_code == 403
    assert (await client.get(f"{case}/draft", headers=hal)).status_code == 404
    made = (await client.put(f"{case}/draft", json={"status": "Call us", "ask": True}, headers=hal)).json()
    assert (made["version"], made["asked"], made["writer_ids"]) == (1, True, [desk.ids["hal"]])
    stale = await client.put(f"{case}/draft", json={"status": "Me", "version": 0}, headers=lea)
    assert (stale.status_code, stale.json()["draft"]["status"]) == (409, "Call us")
    assert [one["status"] for one in (await client.get(f"{desk.path}/drafts", headers=lea)).json()] == ["Call us"]
    for who, status in ((hal, 403), (rea, 403), (desk.who["otto"], 404)):
        assert (await client.post(f"{case}/draft/approve", json={"version": 1}, headers=who)).status_code == status
    back = (await client.post(
        f"{case}/draft/return", json={"version": 1, "remark": "when?"}, headers=lea)).json()
    assert (back["asked"], back["remark"], back["version"]) == (False, "when?", 2)
    await client.put(
        f"{case}/draft", json={"status": "Call us at nine", "version": 2, "ask": True}, headers=hal)
    sent = (await client.post(f"{case}/draft/approve", json={"version": 3}, headers=lea)).json()
    assert (sent["account"]["id"], sent["harken"]["desk"]["name"]) == (desk.ids["hal"], "Desk")
    assert (await client.get(f"{desk.path}/drafts", headers=hal)).json() == []


async def test_an_answer_is_planned_and_taken_back(
    client: httpx.AsyncClient, desk: Desk, case: str  # noqa: F811
) -> None:
    hal = desk.who["hal"]
    later = (clock.now() + timedelta(hours=2)).isoformat()
    for wrong in ("2001-01-01T00:00:00Z", "2030-01-01T00:00:00", "soon"):
        refused = await client.post(f"{case}/answers", json={"status": "x", "publish_at": wrong}, headers=hal)
        assert refused.status_code in (400, 422), wrong
    plan = (await client.post(f"{case}/answers", json={"status": "Call us", "publish_at": later}, headers=hal)).json()
    assert (plan["planned"], plan["failed"]) == (True, "")
    mine = (await client.get("/api/v1/scheduled_statuses", headers=hal)).json()
    assert [one["params"]["text"] for one in mine] == ["@ann Call us"]
    gone = await client.request("DELETE", f"{case}/draft", json={"version": 1}, headers=desk.who["lea"])
    assert gone.status_code == 200
    assert (await client.get("/api/v1/scheduled_statuses", headers=hal)).json() == []


async def test_replies_are_saved_filled_changed_and_dropped(
    client: httpx.AsyncClient, desk: Desk, case: str  # noqa: F811
) -> None:
    hal, rea, path = desk.who["hal"], desk.who["rea"], f"{desk.path}/replies"
    assert (await client.post(path, json={"name": "a", "text": "{x}"}, headers=hal)).status_code == 422
    assert (await client.post(path, json={"name": "a", "text": "b"}, headers=rea)).status_code == 403
    made = (await client.post(path, json={"name": "Hello", "text": "Hello {name}"}, headers=hal)).json()
    await client.put(f"{path}/{made['id']}", json={"name": "Hi", "text": "Hi {name}"}, headers=hal)
    asked = {"case": case.rsplit("/", 1)[1]}
    assert (await client.get(path, params=asked, headers=rea)).json() == [
        {"id": made["id"], "name": "Hi", "text": "Hi {name}", "filled": "Hi ann"}]
    assert (await client.get(path, headers=desk.who["otto"])).status_code == 404
    assert (await client.delete(f"{path}/{made['id']}", headers=hal)).status_code == 200
    assert (await client.delete(f"{path}/{made['id']}", headers=hal)).status_code == 404

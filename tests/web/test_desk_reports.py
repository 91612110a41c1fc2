"""Outcomes and reports in the browser."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import httpx
import pytest

from harken.store import accounts
from tests.web.test_contacts import at_desk
from tests.web.test_pages import send, sign_in
from tests.world import World


async def test_from_a_case_to_a_report(world: World, client: httpx.AsyncClient) -> None:
    desk, hal, ann = await at_desk(world)
    await sign_in(client, world, hal)
    case = await world.db.value("SELECT conversation_id FROM desk_item")
    path = f"/desks/{desk.id}/cases/{case}"
    assert "A lunch counts" in (await client.get(path)).text
    form = (await client.get(f"{path}/outcome")).text
    ear = re.search(r'name="ears\[\]" value="(\d+)" checked', form)
    assert ear, "the ear that heard it is proposed"
    wrong = await send(client, f"{path}/outcome", words="They met", value="5", tier="human", confidence="happened")
    assert (wrong.status_code, "They met" in wrong.text, "in which currency" in wrong.text) == (422, True, True)
    assert (await send(client, f"{path}/outcome", **{
        "words": "They met <for> lunch", "value": "12,50", "currency": "EUR", "tier": "human", "confidence": "happened",
        "ears[]": ear[1]})).status_code == 303
    assert (await send(client, f"{path}/outcome", words="An appointment", tier="action",
                       confidence="hoped")).status_code == 303
    assert (await send(client, f"{path}/time", minutes="90")).status_code == 303
    page = (await client.get(path)).text
    assert "They met &lt;for&gt; lunch" in page
    assert "€12.50" in page
    assert "90 minutes written down" in page
    report = unescape((await client.get(f"/desks/{desk.id}/report")).text)
    for part in ("They met <for> lunch", "€12.50", "Heard", "1 question without an answer", "2 hours", "hoped"):
        assert part in report, part
    answer = await client.get(f"/desks/{desk.id}/report.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.reader(io.StringIO(answer.text)))
    assert ["outcome", "human", "value", "happened", "12.50", "EUR"] in lines
    assert ["outcome", "action", "outcomes", "hoped", "1", "outcomes"] in lines
    assert ["way", "heard", "cases", "", "1", "cases"] in lines
    outcome = await world.db.value("SELECT min(id) FROM desk_outcome")
    there = f"/desks/{desk.id}/outcomes/{outcome}"
    assert 'value="12.50"' in (await client.get(there)).text
    assert (await send(client, there, words="=They had tea", tier="human", confidence="happened")).status_code == 303
    assert "=They had tea" in (await client.get(path)).text
    history = (await client.get(there)).text
    assert "corrected since" in history
    assert "Save the correction" not in history, "what was corrected is corrected no more"
    card = (await send(client, f"/desks/{desk.id}/contacts/know", account_id=str(ann.id))).headers["location"]
    assert "=They had tea" in (await client.get(card)).text
    newest = await world.db.value("SELECT max(id) FROM desk_outcome")
    assert (await send(client, f"/desks/{desk.id}/outcomes/{newest}/withdraw")).status_code == 303
    assert "=They had tea" not in (await client.get(path)).text


async def test_what_an_hour_costs_stands_beside_and_is_not_subtracted(world: World, client: httpx.AsyncClient) -> None:
    desk, hal, _ann = await at_desk(world)
    lea = await accounts.get(world.db, await world.db.value("SELECT account_id FROM desk_member WHERE role = 2"))
    await sign_in(client, world, lea)
    form = {"name": "Desk", "kind": "general", "zone": "UTC", "hour_cost": "30"}
    wrong = await send(client, f"/desks/{desk.id}/settings", **form)
    assert (wrong.status_code, "in which currency" in wrong.text) == (422, True)
    assert (await send(client, f"/desks/{desk.id}/settings", **form, currency="EUR")).status_code == 303
    assert 'value="30.00"' in (await client.get(f"/desks/{desk.id}/settings")).text
    client.cookies.clear()
    await sign_in(client, world, hal)
    case = await world.db.value("SELECT conversation_id FROM desk_item")
    await send(client, f"/desks/{desk.id}/cases/{case}/time", minutes="90")
    assert "that is €45.00" in (await client.get(f"/desks/{desk.id}/report")).text


@pytest.mark.parametrize("query", ["from=x", "from=2026-02-30", "from=2026-05-01&to=2026-04-01", "from=0001-01-01"])
async def test_days_that_are_none_are_said(world: World, client: httpx.AsyncClient, query: str) -> None:
    desk, hal, _ann = await at_desk(world)
    await sign_in(client, world, hal)
    page = await client.get(f"/desks/{desk.id}/report?{query}")
    assert page.status_code == 422
    assert 'role="alert"' in page.text
    assert (await client.get(f"/desks/{desk.id}/report.csv?{query}")).status_code == 422


async def test_who_does_not_work_there_finds_no_report(world: World, client: httpx.AsyncClient) -> None:
    desk, _hal, ann = await at_desk(world)
    assert (await client.get(f"/desks/{desk.id}/report")).status_code in (302, 303)
    await sign_in(client, world, ann)
    for path in ("report", "report.csv", "outcomes/1"):
        assert (await client.get(f"/desks/{desk.id}/{path}")).status_code == 404

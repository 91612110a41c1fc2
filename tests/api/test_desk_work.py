"""Outcomes, reports and webhooks for programs."""

from __future__ import annotations

from typing import Any

import httpx

from tests.api.test_desks import DESKS, acting
from tests.world import World


async def test_a_program_writes_corrects_and_counts(world: World, client: httpx.AsyncClient) -> None:
    who = await acting(world, client, "lea", "hal", "rea", "otto")

    async def ask(who_asks: str, method: str, path: str, expected: int = 200, **given: Any) -> Any:
        answer = await client.request(method, path, headers=who[who_asks], json=given or None)
        assert answer.status_code == expected, (who_asks, method, path, answer.text)
        return answer.json()

    base = f"{DESKS}/{(await ask('lea', 'POST', DESKS, name='Desk'))['id']}"
    for name, role in (("hal", "helper"), ("rea", "reader")):
        await ask("lea", "PUT", f"{base}/members/{who[name]['X-Id']}", role=role)
    await ask("lea", "POST", f"{base}/ears", query="clinic")
    await world.settle()
    ann = await world.account("ann", hearable=True)
    asked = await world.post(ann, "which clinic?")
    await world.settle()
    case = str(asked.conversation_id)
    made = await ask(
        "hal", "POST", f"{base}/outcomes", conversation_id=case, words="Lunch", value="12.5", currency="EUR")
    assert (made["value"], made["words"], made["helper_ids"]) == ("12.50", "Lunch", [who["hal"]["X-Id"]])
    await ask("rea", "POST", f"{base}/outcomes", 403, conversation_id=case, words="x")
    await ask("otto", "POST", f"{base}/outcomes", 404, conversation_id=case, words="x")
    await ask("hal", "POST", f"{base}/outcomes", 422, words="of nothing")
    again = await ask("hal", "POST", f"{base}/outcomes/{made['id']}", words="A walk", confidence="hoped")
    assert (again["replaces_id"], again["value"]) == (made["id"], None)
    await ask("hal", "POST", f"{base}/outcomes/{made['id']}", 409, words="late")
    [listed] = await ask("rea", "GET", f"{base}/outcomes")
    assert (listed["id"], listed["words"]) == (again["id"], None)
    report = await ask("rea", "GET", f"{base}/report")
    assert (report["way"]["heard"], report["way"]["outcome"]) == (1, 1)
    assert report["outcomes"]["human"]["hoped"]["count"] == 1
    await ask("rea", "GET", f"{base}/report?from=never", 422)
    await ask("otto", "GET", f"{base}/report", 404)
    await ask("hal", "GET", f"{base}/webhooks", 403)
    hook = await ask("lea", "POST", f"{base}/webhooks", url="https://example.org/x")
    assert hook["secret"]
    [kept] = await ask("lea", "GET", f"{base}/webhooks")
    assert kept["secret"] is None
    await ask("lea", "DELETE", f"{base}/webhooks/{hook['id']}")
    await ask("hal", "DELETE", f"{base}/outcomes/{again['id']}")
    assert await ask("rea", "GET", f"{base}/outcomes") == []

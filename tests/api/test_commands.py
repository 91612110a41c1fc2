"""Commands for programs, and statuses that are never commands."""

from __future__ import annotations

import httpx

from harken.store import relationships
from tests.world import World


async def test_a_program_sends_commands_to_their_own_address(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    client.headers["authorization"] = f"Bearer {await world.token(ann)}"
    status = await client.post("/api/v1/statuses", json={"status": "follow bob"})
    assert status.status_code == 200
    assert not await relationships.follow(world.db, ann.id, bob.id)
    done = await client.post("/api/harken/v1/commands", json={"text": "follow bob"})
    assert done.status_code == 200
    assert {k: done.json()[k] for k in ("command", "answer", "undo", "status", "ears")} == {
        "command": "follow", "answer": "You follow bob.", "undo": "unfollow bob", "status": None, "ears": []}
    assert done.json()["account"]["acct"] == "bob"
    tracked = (await client.post("/api/harken/v1/commands", data={"text": "track tea"})).json()
    assert [e["query"] for e in tracked["ears"]] == ["tea"]
    for text, code in (("follow your heart", 422), ("follow zoe", 404), ("d bob hello", 403), ("", 422)):
        assert (await client.post("/api/harken/v1/commands", json={"text": text})).status_code == code, text
    client.headers["authorization"] = f"Bearer {await world.token(ann, 'read')}"
    assert (await client.post("/api/harken/v1/commands", json={"text": "stats"})).status_code == 403

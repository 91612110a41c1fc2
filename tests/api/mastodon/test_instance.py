"""The server itself, and how others find it."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from harken import clock
from harken.actions.change_state import suspend
from tests.api.mastodon.conftest import People


async def test_the_version_tells_clients_what_they_may_use(client: httpx.AsyncClient) -> None:
    one = (await client.get("/api/v1/instance/")).json()
    two = (await client.get("/api/v2/instance")).json()
    assert one["version"] == two["version"]
    assert one["version"].startswith("4.5.0 (compatible; Harken ")
    assert (one["uri"], two["domain"]) == ("harken.test", "harken.test")
    assert one["urls"]["streaming_api"] == two["configuration"]["urls"]["streaming"] == "wss://harken.test"
    assert two["configuration"]["statuses"]["max_characters"] == 500


async def test_clients_learn_who_speaks_for_the_server(people: People, client: httpx.AsyncClient) -> None:
    async def told() -> tuple[Any, Any]:
        one, two = [(await client.get(f"/api/{version}/instance")).json() for version in ("v1", "v2")]
        return one["contact_account"], two["contact"]["account"]

    alice = await people("alice")
    assert await told() == (None, None)
    engine = people.world.engine
    engine.settings = msgspec.structs.replace(engine.settings, contact_account="@Alice")
    assert [face["id"] for face in await told()] == [alice.id, alice.id]
    await suspend(people.world.db, alice.account.id, clock.now())
    assert await told() == (None, None)


async def test_as_many_tags_may_be_featured_as_clients_are_told(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    told = (await client.get("/api/v2/instance")).json()["configuration"]["accounts"]["max_featured_tags"]
    for number in range(told):
        await alice.do("/api/v1/featured_tags", name=f"tag{number}")
    refused = await alice.ask("POST", "/api/v1/featured_tags", json={"name": "onemore"})
    assert refused.status_code == 422


async def test_health_is_said_in_mastodons_word_and_in_json(people: People, client: httpx.AsyncClient) -> None:
    await people.world.settle()
    well = await client.get("/health")
    assert (well.status_code, well.text, well.headers["content-type"]) == (200, "OK", "text/plain; charset=utf-8")
    as_json = {"Accept": "application/json"}
    assert (await client.get("/health", headers=as_json)).json() == {"status": "ok", "standing_still": []}
    async with people.world.db.transaction() as tx:
        await tx.execute("UPDATE consumer SET failures = 5 WHERE name = 'timelines'")
    ill = await client.get("/health")
    assert (ill.status_code, ill.text) == (503, "standing still: timelines")
    assert (await client.get("/health", headers=as_json)).json()["standing_still"] == ["timelines"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/instance/rules",
        "/api/v1/instance/peers",
        "/api/v1/custom_emojis",
        "/api/v1/instance/domain_blocks",
    ],
)
async def test_what_is_empty_is_an_empty_list(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()) == (200, [])


async def test_activity_counts_twelve_weeks(people: People, client: httpx.AsyncClient) -> None:
    await (await people("alice")).posts("hello")
    weeks = (await client.get("/api/v1/instance/activity")).json()
    assert len(weeks) == 12
    assert (weeks[0]["statuses"], weeks[0]["registrations"], weeks[1]["statuses"]) == ("1", "1", "0")


async def test_documents_that_nobody_wrote_are_not_there(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/instance/privacy_policy")).status_code == 404
    assert (await client.get("/api/v1/instance/extended_description")).json()["content"].startswith("<p>")


async def test_nodeinfo_is_found_from_its_well_known_place(client: httpx.AsyncClient) -> None:
    (link,) = (await client.get("/.well-known/nodeinfo")).json()["links"]
    assert (await client.get(link["href"])).json()["software"]["name"] == "harken"


async def test_webfinger_knows_local_people_only(people: People, client: httpx.AsyncClient) -> None:
    await people("Alice")

    async def status(resource: str) -> int:
        return (await client.get("/.well-known/webfinger", params={"resource": resource})).status_code

    answer = await client.get("/.well-known/webfinger", params={"resource": "acct:alice@harken.test"})
    assert answer.headers["content-type"].startswith("application/jrd+json")
    assert answer.json()["subject"] == "acct:Alice@harken.test"
    assert await status("https://harken.test/@alice") == 200
    for unknown in ("acct:alice@elsewhere.test", "acct:bob@harken.test", "mailto:x", "alice"):
        assert await status(unknown) == 404
    assert await status("") == 422

"""The server itself, and how others find it."""

from __future__ import annotations

import httpx
import pytest

from tests.api.mastodon.conftest import People


async def test_the_version_tells_clients_what_they_may_use(client: httpx.AsyncClient) -> None:
    one = (await client.get("/api/v1/instance/")).json()
    two = (await client.get("/api/v2/instance")).json()
    assert one["version"] == two["version"]
    assert one["version"].startswith("4.5.0 (compatible; Harken ")
    assert (one["uri"], two["domain"]) == ("harken.test", "harken.test")
    assert one["urls"]["streaming_api"] == two["configuration"]["urls"]["streaming"] == "wss://harken.test"
    assert two["configuration"]["statuses"]["max_characters"] == 500


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

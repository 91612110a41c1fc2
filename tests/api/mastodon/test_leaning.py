"""What existing clients lean on beside the entities: words, headers, bodies in three encodings, addresses."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from harken.engine import Engine
from tests.api.mastodon.conftest import People
from tests.world import World


async def test_errors_are_mastodon_s_to_the_letter(client: httpx.AsyncClient, people: People) -> None:
    alice = await people("alice")
    writer = await people("writer", scopes="write")
    app = await _app_token(client)

    async def refused(status: int, method: str, path: str, token: str = "", **given: Any) -> str:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await client.request(method, path, headers=headers, **given)
        assert answer.status_code == status, answer.text
        return str(answer.json()["error"])

    home = "/api/v1/timelines/home"
    assert await refused(401, "GET", home) == "The access token is invalid"
    assert await refused(401, "GET", home, "wrong") == "The access token is invalid"
    assert await refused(403, "GET", home, writer.token) == "This action is outside the authorized scopes"
    assert await refused(422, "GET", home, app) == "This method requires an authenticated user"
    for path in ("/api/v1/statuses/1", "/api/v1/accounts/1", "/api/v1/lists/1", "/api/v9/anything", "/api/v1/nothing"):
        assert await refused(404, "GET", path, alice.token) == "Record not found"
    statuses = "/api/v1/statuses"
    assert await refused(422, "POST", statuses, alice.token) == "Validation failed: Text can't be blank"
    assert await refused(422, "POST", statuses, alice.token, json={"status": "x" * 501}) == (
        "Validation failed: Text character limit of 500 exceeded"
    )
    assert await refused(422, "POST", statuses, alice.token, json={"status": "x", "visibility": "loud"}) == (
        "Validation failed: Visibility is not included in the list"
    )


async def _app_token(client: httpx.AsyncClient) -> str:
    made = (await client.post("/api/v1/apps", data={"client_name": "Bot", "redirect_uris": "myapp://done"})).json()
    secrets = {"client_id": made["client_id"], "client_secret": made["client_secret"]}
    answer = await client.post("/oauth/token", data={"grant_type": "client_credentials"} | secrets)
    return str(answer.json()["access_token"])


async def test_a_token_of_an_application_alone_reads_what_is_public(client: httpx.AsyncClient, people: People) -> None:
    status = await (await people("alice")).posts("for everybody")
    headers = {"Authorization": f"Bearer {await _app_token(client)}"}
    assert (await client.get("/api/v1/apps/verify_credentials", headers=headers)).json()["name"] == "Bot"
    found = (await client.get(f"/api/v1/statuses/{status['id']}", headers=headers)).json()
    assert "favourited" not in found


@pytest.mark.parametrize("scope, seen", [("read:statuses", 200), ("read", 200), ("read:accounts", 403), ("write", 403)])
async def test_a_scope_covers_its_own(people: People, scope: str, seen: int) -> None:
    alice = await people("alice", scopes=scope)
    assert await alice.status_of("GET", "/api/v1/timelines/home") == seen


async def test_profile_says_who_somebody_is_and_nothing_else(people: People) -> None:
    alice = await people("alice", scopes="profile")
    assert await alice.status_of("GET", "/api/v1/accounts/verify_credentials") == 200
    assert await alice.status_of("GET", "/oauth/userinfo") == 200
    assert await alice.status_of("GET", "/api/v1/preferences") == 403


async def test_one_request_in_three_encodings_means_the_same(people: People) -> None:
    alice = await people("alice")
    row = "fields_attributes[0]"
    fields = {f"{row}[name]": "Home", f"{row}[value]": "a tree", "source[sensitive]": "true"}
    nested = {"fields_attributes": [{"name": "Home", "value": "a tree"}], "source": {"sensitive": True}}
    for given in ({"json": nested}, {"data": fields}, {"files": {name: (None, text) for name, text in fields.items()}}):
        cleared = {"fields_attributes": {}, "source": {"sensitive": False}}
        await alice.ask("PATCH", "/api/v1/accounts/update_credentials", json=cleared)
        answer = await alice.ask("PATCH", "/api/v1/accounts/update_credentials", **given)
        source = answer.json()["source"]
        assert (source["fields"][0]["value"], source["sensitive"]) == ("a tree", True), given


@pytest.mark.parametrize(
    "path",
    ["/api/v1/timelines/public", "/api/v1/nothing", "/api/v1/streaming", "/api/v1/streaming/user", "/api/v1/statuses",
     "/oauth/token", "/oauth/revoke", "/.well-known/webfinger", "/nodeinfo/2.0"],
)  # fmt: skip
async def test_programs_in_browsers_may_ask_from_anywhere(client: httpx.AsyncClient, path: str) -> None:
    asked = {"Origin": "https://elk.example", "Access-Control-Request-Method": "POST"}
    before = await client.options(path, headers=asked)
    assert before.status_code == 204
    assert "PATCH" in before.headers["access-control-allow-methods"]
    assert "Idempotency-Key" in before.headers["access-control-allow-headers"]
    answer = await client.get(path, headers=asked)
    for each in (before, answer):
        assert each.headers["access-control-allow-origin"] == "*"
        assert "Link" in each.headers["access-control-expose-headers"]


async def test_what_somebody_has_already_is_not_sent_again(client: httpx.AsyncClient, people: People) -> None:
    alice = await people("alice")
    status = await alice.posts("hello")
    path = f"/api/v1/statuses/{status['id']}"
    first = await alice.ask("GET", path)
    assert first.headers["etag"].startswith('W/"')
    assert "Authorization" in first.headers["vary"]
    again = await alice.ask("GET", path, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    as_visitor = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert as_visitor.status_code == 200, "a visitor is told less"
    await alice.do(f"{path}/favourite")
    assert (await alice.ask("GET", path, headers={"If-None-Match": first.headers["etag"]})).status_code == 200


async def test_head_says_what_get_would_and_sends_no_body(client: httpx.AsyncClient, world: World) -> None:
    await world.account("alice")
    for path in ("/api/v2/instance", "/about", "/@alice", "/nodeinfo/2.0"):
        plain = {"accept-encoding": "identity"}  # a page's masked token packs to a byte more or less each time
        head, got = await client.head(path, headers=plain), await client.get(path, headers=plain)
        assert (head.status_code, head.content) == (200, b""), path
        for name in ("content-type", "content-length", "etag"):
            assert head.headers.get(name) == got.headers.get(name), (path, name)
    assert (await client.head("/api/v1/nothing")).status_code == 404


async def test_a_wrong_method_and_a_slash_too_many(client: httpx.AsyncClient, people: People) -> None:
    alice = await people("alice")
    wrong = await alice.ask("DELETE", "/api/v1/instance")
    assert (wrong.status_code, list(wrong.json())) == (405, ["error"])
    assert "GET" in wrong.headers["allow"]
    status = await alice.posts("hello")
    assert (await alice.get(f"/api/v1/statuses/{status['id']}/"))["id"] == status["id"]
    assert (await client.get("/api/v1/instance/")).status_code == 200


async def test_addresses_and_the_version_look_as_clients_expect(client: httpx.AsyncClient, people: People) -> None:
    alice = await people("alice")
    status = await alice.posts("hello")
    assert status["url"] == f"https://harken.test/@alice/{status['id']}"
    assert status["account"]["url"] == "https://harken.test/@alice"
    instance = (await client.get("/api/v1/instance")).json()
    assert instance["uri"] == "harken.test"
    assert re.fullmatch(r"4\.5\.\d+ \(compatible; Harken [\d.]+\)", instance["version"])
    assert (await client.get("/api/v2/instance")).json()["domain"] == "harken.test"


async def test_how_much_may_still_be_asked(engine: Engine, people: People) -> None:
    alice = await people("alice")
    answer = await alice.ask("GET", "/api/v1/timelines/home")
    limit, left = (int(answer.headers[f"x-ratelimit-{name}"]) for name in ("limit", "remaining"))
    assert limit == engine.settings.rate_limit_account
    assert 0 < left <= limit
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000000Z", answer.headers["x-ratelimit-reset"])


async def test_a_password_is_no_grant_unless_the_operator_says_so(client: httpx.AsyncClient, people: People) -> None:
    await people("alice")
    made = (await client.post("/api/v1/apps", json={"client_name": "Old", "redirect_uris": "x:y"})).json()
    given = {"client_id": made["client_id"], "client_secret": made["client_secret"], "grant_type": "password"}
    answer = await client.post("/oauth/token", data=given | {"username": "alice@example.org", "password": "any"})
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


async def test_a_list_may_be_bracketed_twice(people: People) -> None:
    """Mastodon.py 2.3 writes the ids of notification requests so."""
    alice, bob = await people("alice"), await people("bob")
    for name in ("id[]", "id[][]"):
        answer = await alice.ask("GET", f"/api/v1/accounts?{name}={alice.id}&{name}={bob.id}")
        assert [one["id"] for one in answer.json()] == [alice.id, bob.id]
        form = {"content-type": "application/x-www-form-urlencoded"}
        body = f"poll[options]{name[2:]}=a&poll[options]{name[2:]}=b&poll[expires_in]=300&status=which"
        made = await alice.ask("POST", "/api/v1/statuses", content=body, headers=form)
        assert [option["title"] for option in made.json()["poll"]["options"]] == ["a", "b"]

"""The authorisation server: registration, consent, codes, tokens, and every way in which it says no."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

from harken import clock, webpush
from harken.actions.create_account import create_account
from harken.actions.subscribe_push import vapid_key
from harken.engine import Engine
from harken.model.account import Account
from tests.world import World

BACK = "https://client.example/back?kept=1"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


async def register(client: httpx.AsyncClient, **given: Any) -> dict[str, Any]:
    answer = await client.post(
        "/api/v1/apps",
        json={
            "client_name": "A client",
            "redirect_uris": [BACK, "urn:ietf:wg:oauth:2.0:oob"],
            "scopes": "read write",
        }
        | given,
    )
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def asked(app: dict[str, Any], **given: str) -> dict[str, str]:
    return {
        "response_type": "code",
        "client_id": app["client_id"],
        "redirect_uri": BACK,
        "scope": "read",
        "state": "s+1 ü",
    } | given


async def consent(
    client: httpx.AsyncClient, world: World, account: Account, request: dict[str, str], decision: str = "allow"
) -> httpx.Response:
    client.cookies.update(await world.cookies(account))
    page = await client.get("/oauth/authorize", params=request)
    if page.status_code != 200:
        return page
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf
    return await client.post("/oauth/authorize", data=request | {"csrf": csrf[1], "decision": decision})


def told(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def exchange(client: httpx.AsyncClient, app: dict[str, Any], code: str, **given: str) -> httpx.Response:
    return await client.post(
        "/oauth/token",
        data={
            "grant_type": "authorization_code",
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "code": code,
            "redirect_uri": BACK,
        }
        | given,
    )


async def test_registration_answers_as_mastodon_does(client: httpx.AsyncClient, engine: Engine) -> None:
    app = await register(client, website="https://client.example")
    assert app | {"id": "", "client_id": "", "client_secret": ""} == {
        "id": "",
        "name": "A client",
        "website": "https://client.example",
        "scopes": ["read", "write"],
        "redirect_uri": f"{BACK}\nurn:ietf:wg:oauth:2.0:oob",
        "redirect_uris": [BACK, "urn:ietf:wg:oauth:2.0:oob"],
        "client_id": "",
        "client_secret": "",
        "client_secret_expires_at": 0,
        "vapid_key": webpush.public_key(await vapid_key(engine.db)),
    }
    form = await client.post("/api/v1/apps", data={"client_name": "B", "redirect_uris": "myapp://back"})
    assert form.json()["scopes"] == ["read"]
    assert form.json()["website"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_name": ""},
        {"client_name": "x" * 61},
        {"redirect_uris": ""},
        {"redirect_uris": "no-uri"},
        {"redirect_uris": "javascript:alert(1)"},
        {"redirect_uris": "https://a.example/#f"},
        {"redirect_uris": "https://"},
        {"redirect_uris": ["https://a.example/\r\nX: y"]},
        {"scopes": "read everything"},
        {"website": "nowhere"},
        {"redirect_uris": {"a": "b"}},
        {"client_name": 5, "redirect_uris": 7},
    ],
)
async def test_registrations_that_are_refused(client: httpx.AsyncClient, wrong: dict[str, Any]) -> None:
    answer = await client.post("/api/v1/apps", json={"client_name": "A", "redirect_uris": BACK} | wrong)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("Validation failed")


async def test_the_whole_way_to_a_token_and_its_end(client: httpx.AsyncClient, world: World) -> None:
    ana = await world.account("ana")
    app = await register(client)
    request = asked(app, code_challenge=CHALLENGE, code_challenge_method="S256")
    answer = told(await consent(client, world, ana, request))
    assert (answer["state"], answer["kept"]) == ("s+1 ü", "1")
    got = await exchange(client, app, answer["code"], code_verifier=VERIFIER)
    assert got.status_code == 200
    assert got.headers["cache-control"] == "no-store"
    token = got.json()
    assert (token["token_type"], token["scope"]) == ("Bearer", "read")
    assert isinstance(token["created_at"], int)
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    client.cookies.clear()
    me = await client.get("/api/v1/accounts/verify_credentials", headers=bearer)
    assert me.json()["username"] == "ana"
    assert (await client.get("/api/v1/apps/verify_credentials", headers=bearer)).json()["name"] == "A client"
    assert (await client.get("/oauth/userinfo", headers=bearer)).status_code == 403
    again = await exchange(client, app, answer["code"], code_verifier=VERIFIER)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")

    other = await register(client)
    revocation = {"token": token["access_token"]} | {name: other[name] for name in ("client_id", "client_secret")}
    assert (await client.post("/oauth/revoke", data=revocation)).status_code == 403
    revocation |= {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    for _ in range(2):
        done = await client.post("/oauth/revoke", data=revocation)
        assert (done.status_code, done.json()) == (200, {})
    assert (await client.get("/api/v1/accounts/verify_credentials", headers=bearer)).status_code == 401


async def test_a_visitor_is_sent_to_sign_in_and_back(client: httpx.AsyncClient) -> None:
    app = await register(client)
    answer = await client.get("/oauth/authorize", params=asked(app))
    assert answer.status_code == 303
    wanted = parse_qs(urlsplit(answer.headers["location"]).query)["next"][0]
    assert wanted.startswith("/oauth/authorize?response_type=code")
    assert app["client_id"] in wanted


async def test_saying_no_tells_the_application_so(client: httpx.AsyncClient, world: World) -> None:
    app = await register(client)
    answer = told(await consent(client, world, await world.account("ana"), asked(app), "deny"))
    assert answer["error"] == "access_denied"
    assert "code" not in answer


async def test_out_of_band_shows_the_code(client: httpx.AsyncClient, world: World) -> None:
    oob = "urn:ietf:wg:oauth:2.0:oob"
    app = await register(client)
    answer = await consent(client, world, await world.account("ana"), asked(app, redirect_uri=oob))
    page = await client.get(answer.headers["location"])
    code = re.search(r'class="oauth-code"[^>]* value="([^"]+)"', page.text)
    assert code
    assert (await exchange(client, app, code[1], redirect_uri=oob)).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "x"},
        {"client_id": "\x00"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": BACK + "/"},
        {"redirect_uri": ""},
    ],
)
async def test_nobody_is_sent_to_an_address_that_was_not_registered(
    client: httpx.AsyncClient, world: World, wrong: dict[str, str]
) -> None:
    app = await register(client)
    client.cookies.update(await world.cookies(await world.account("ana")))
    answer = await client.get("/oauth/authorize", params=asked(app, **wrong))
    assert answer.status_code in (400, 401)
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "wrong, error",
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "read follow"}, "invalid_scope"),
        ({"scope": "nonsense"}, "invalid_scope"),
        ({"response_type": ""}, "invalid_request"),
        ({"code_challenge": VERIFIER, "code_challenge_method": "plain"}, "invalid_code_challenge_method"),
        ({"code_challenge": VERIFIER}, "invalid_code_challenge_method"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
    ],
)
async def test_requests_that_the_application_is_told_are_wrong(
    client: httpx.AsyncClient, world: World, wrong: dict[str, str], error: str
) -> None:
    app = await register(client)
    client.cookies.update(await world.cookies(await world.account("ana")))
    assert told(await client.get("/oauth/authorize", params=asked(app, **wrong)))["error"] == error


async def test_a_form_from_elsewhere_allows_nothing(client: httpx.AsyncClient, world: World) -> None:
    app = await register(client)
    client.cookies.update(await world.cookies(await world.account("ana")))
    answer = await client.post("/oauth/authorize", data=asked(app) | {"decision": "allow", "csrf": "0" * 64})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "wrong, error, status",
    [
        ({"code_verifier": "w" * 50}, "invalid_grant", 400),
        ({"code_verifier": ""}, "invalid_request", 400),
        ({"redirect_uri": "https://client.example/"}, "invalid_grant", 400),
        ({"code": "x"}, "invalid_grant", 400),
        ({"client_secret": "x"}, "invalid_client", 401),
        ({"client_secret": ""}, "invalid_client", 401),
        ({"client_id": "x"}, "invalid_client", 401),
        ({"grant_type": "magic"}, "unsupported_grant_type", 400),
        ({"grant_type": ""}, "invalid_request", 400),
        ({"grant_type": "password"}, "unsupported_grant_type", 400),
        ({"code": ""}, "invalid_request", 400),
    ],
)
async def test_codes_open_nothing_to_those_who_lack_the_rest(
    client: httpx.AsyncClient, world: World, wrong: dict[str, str], error: str, status: int
) -> None:
    app = await register(client)
    request = asked(app, code_challenge=CHALLENGE, code_challenge_method="S256")
    code = told(await consent(client, world, await world.account("ana"), request))["code"]
    answer = await exchange(client, app, **({"code": code, "code_verifier": VERIFIER} | wrong))
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]


async def test_a_code_belongs_to_the_application_that_asked(client: httpx.AsyncClient, world: World) -> None:
    app, other = await register(client), await register(client)
    code = told(await consent(client, world, await world.account("ana"), asked(app)))["code"]
    assert (await exchange(client, other, code)).json()["error"] == "invalid_grant"


async def test_client_credentials_give_a_token_of_the_application(client: httpx.AsyncClient) -> None:
    app = await register(client)
    basic = httpx.BasicAuth(app["client_id"], app["client_secret"])
    given = {"grant_type": "client_credentials", "scope": "read:statuses"}
    got = await client.post("/oauth/token", json=given, auth=basic)
    assert got.json()["scope"] == "read:statuses"
    bearer = {"Authorization": f"Bearer {got.json()['access_token']}"}
    assert (await client.get("/api/v1/apps/verify_credentials", headers=bearer)).status_code == 200
    assert (await client.get("/api/v1/accounts/verify_credentials", headers=bearer)).status_code in (401, 403)
    wide = await client.post("/oauth/token", data=given | {"scope": "admin:read"}, auth=basic)
    assert wide.json()["error"] == "invalid_scope"


async def test_the_profile_scope_reads_the_name_alone(client: httpx.AsyncClient, world: World) -> None:
    ana = await world.account("ana")
    bearer = {"Authorization": f"Bearer {await world.token(ana, 'profile')}"}
    info = (await client.get("/oauth/userinfo", headers=bearer)).json()
    assert info["sub"] == f"https://harken.test{ana.uri}"
    assert info["preferred_username"] == "ana"
    assert (await client.get("/api/v1/timelines/home", headers=bearer)).status_code == 403


async def test_metadata_names_what_works(client: httpx.AsyncClient) -> None:
    found = (await client.get("/.well-known/oauth-authorization-server")).json()
    assert found["issuer"] == "https://harken.test/"
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert "password" not in found["grant_types_supported"]


@pytest.mark.parametrize(
    "content, kind",
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'{"grant_type": {"a": 1}}', "application/json"),
        (b"\xff=\xfe", "application/x-www-form-urlencoded"),
        (b"x", "text/plain"),
        (b"", "application/json"),
        (b"grant_type=client_credentials&client_id=%00&client_secret=%00", "application/x-www-form-urlencoded"),
    ],
)
async def test_unreadable_token_requests_are_refused_in_oauths_words(
    client: httpx.AsyncClient, content: bytes, kind: str
) -> None:
    answer = await client.post("/oauth/token", content=content, headers={"Content-Type": kind})
    assert answer.status_code in (400, 401)
    assert set(answer.json()) == {"error", "error_description"}


async def test_the_password_grant_exists_only_where_the_operator_wants_it(
    world: World, client: httpx.AsyncClient, engine: Engine
) -> None:
    await create_account(world.db, username="ana", email="a@example.org", password="correct horse", now=clock.now())
    app = await register(client)
    given = {
        "grant_type": "password",
        "username": "ana",
        "password": "correct horse",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
    }
    assert (await client.post("/oauth/token", data=given)).json()["error"] == "unsupported_grant_type"
    engine.settings = msgspec.structs.replace(engine.settings, password_grant=True)
    assert (await client.post("/oauth/token", data=given)).json()["token_type"] == "Bearer"
    wrong = await client.post("/oauth/token", data=given | {"password": "wrong"})
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")

"""Joining through an application, and confirming the address."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from harken.app import build
from harken.engine import Engine
from harken.store import members
from tests.world import World

GOOD: dict[str, Any] = {
    "username": "newcomer", "email": "newcomer@example.org", "password": "a long password", "agreement": "true",
    "locale": "de-AT", "reason": "tea"}


async def app_token(client: httpx.AsyncClient, scopes: str = "read write") -> str:
    app = (await client.post("/api/v1/apps", data={
        "client_name": "Join", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": scopes})).json()
    asked = {"grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"],
             "scope": scopes}
    return str((await client.post("/oauth/token", data=asked)).json()["access_token"])


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("body", ["form", "json"])
async def test_who_joins_gets_a_token_that_works(client: httpx.AsyncClient, world: World, body: str) -> None:
    headers = bearing(await app_token(client))
    given: dict[str, Any] = {"data": GOOD} if body == "form" else {"json": GOOD | {"agreement": True}}
    answer = await client.post("/api/v1/accounts", headers=headers, **given)
    assert answer.status_code == 200, answer.text
    token = answer.json()
    assert (token["token_type"], token["scope"]) == ("Bearer", "read write")
    me = (await client.get("/api/v1/accounts/verify_credentials", headers=bearing(token["access_token"]))).json()
    assert (me["username"], me["locked"], me["discoverable"]) == ("newcomer", False, False)
    confirmed = await client.get("/api/v1/emails/check_confirmation", headers=bearing(token["access_token"]))
    assert confirmed.json() is True
    again = await client.post("/api/v1/accounts", headers=headers, data=GOOD)
    assert again.json()["details"] == {
        "email": [{"error": "ERR_TAKEN", "description": "has already been taken"}],
        "username": [{"error": "ERR_TAKEN", "description": "has already been taken"}]}


async def test_everything_wrong_is_said_at_once(client: httpx.AsyncClient) -> None:
    headers = bearing(await app_token(client))
    answer = await client.post("/api/v1/accounts", headers=headers, data={"username": "a b", "email": "x"})
    assert answer.status_code == 422
    assert answer.json() == {
        "error": "Validation failed: Email must be a valid e-mail address, Password can't be blank, "
                 "Username must contain only letters, numbers and underscores, Agreement must be accepted",
        "details": {
            "email": [{"error": "ERR_INVALID", "description": "must be a valid e-mail address"}],
            "password": [{"error": "ERR_BLANK", "description": "can't be blank"}],
            "username": [{"error": "ERR_INVALID",
                          "description": "must contain only letters, numbers and underscores"}],
            "agreement": [{"error": "ERR_ACCEPTED", "description": "must be accepted"}]}}


@pytest.mark.parametrize("change, parameter, code", [
    ({"username": ""}, "username", "ERR_BLANK"), ({"username": "x" * 31}, "username", "ERR_TOO_LONG"),
    ({"username": "Admin"}, "username", "ERR_RESERVED"), ({"email": " "}, "email", "ERR_BLANK"),
    ({"password": "short"}, "password", "ERR_TOO_SHORT"), ({"password": "x" * 1001}, "password", "ERR_TOO_LONG"),
    ({"agreement": "false"}, "agreement", "ERR_ACCEPTED"), ({"locale": "<b>"}, "locale", "ERR_INCLUSION")])
async def test_each_fault_has_its_code(
    client: httpx.AsyncClient, change: dict[str, str], parameter: str, code: str
) -> None:
    answer = await client.post(
        "/api/v1/accounts", headers=bearing(await app_token(client)), data=GOOD | change)
    assert answer.status_code == 422
    assert [(key, [one["error"] for one in found]) for key, found in answer.json()["details"].items()] == [
        (parameter, [code])]


async def test_joining_needs_an_application_that_may_write(client: httpx.AsyncClient) -> None:
    nobody = await client.post("/api/v1/accounts", data=GOOD)
    assert (nobody.status_code, nobody.json()["error"]) == (401, "The access token is invalid")
    reader = await client.post("/api/v1/accounts", headers=bearing(await app_token(client, "read")), data=GOOD)
    assert (reader.status_code, reader.json()["error"]) == (403, "This action is outside the authorized scopes")


async def test_a_closed_server_takes_nobody(engine: Engine) -> None:
    engine.settings = msgspec.structs.replace(engine.settings, open_registration=False)
    transport = httpx.ASGITransport(app=build(engine), raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="https://harken.test") as client:
        answer = await client.post("/api/v1/accounts", headers=bearing(await app_token(client)), data=GOOD)
    assert (answer.status_code, answer.json()["error"]) == (403, "This action is not allowed")


async def test_an_address_waits_for_its_link(engine: Engine, world: World) -> None:
    engine.settings = msgspec.structs.replace(engine.settings, confirm_email=True)
    transport = httpx.ASGITransport(app=build(engine), raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="https://harken.test") as client:
        joined = await client.post("/api/v1/accounts", headers=bearing(await app_token(client)), data=GOOD)
        mine = bearing(joined.json()["access_token"])
        refused = await client.get("/api/v1/timelines/home", headers=mine)
        assert (refused.status_code, refused.json()["error"]) == (
            403, "Your login is missing a confirmed e-mail address")
        assert (await client.get("/api/v1/emails/check_confirmation", headers=mine)).json() is False
        assert (await client.get("/api/v1/emails/check_confirmation")).status_code == 401
        path = "/api/v1/emails/confirmations"
        assert (await client.post(path, headers=mine)).json() == {}
        assert (await client.post(path, headers=mine, data={"email": "better@example.org"})).json() == {}
        member = await members.find_by_email(world.db, "better@example.org")
        assert member is not None
        await world.account("other")
        taken = await client.post(path, headers=mine, data={"email": "other@example.org"})
        assert (taken.status_code, taken.json()["error"]) == (422, "Validation failed: Email has already been taken")
        foreign = bearing(await world.token(await world.account("bystander")))
        answer = await client.post(path, headers=foreign)
        assert (answer.status_code, answer.json()["error"]) == (
            403, "This method is only available to the application the user originally signed-up with")
        async with world.db.transaction() as tx:
            await tx.execute("UPDATE member SET confirmed_at = 1 WHERE account_id = :id", id=member.account_id)
        answer = await client.post(path, headers=mine)
        assert (answer.status_code, answer.json()["error"]) == (
            403, "This method is only available while the e-mail is awaiting confirmation")

"""Servers, e-mail addresses and networks that are kept out: what the admin API stores, and that the doors ask it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from harken import clock
from harken.engine import Engine
from harken.ids import AccountId, new_id
from harken.model.account import Account, Role, State
from harken.model.barrier import DomainBlock, canonical_hash
from harken.model.paging import Window
from harken.store import accounts, moderation
from tests.api.mastodon.conftest import People, Person

ADMIN = "read write admin:read admin:write"
JOINING = {"username": "anna", "email": "anna@example.org", "password": "long enough 1", "agreement": True}


async def owner_of(people: People) -> Person:
    return await people("vera", ADMIN, role=Role.OWNER)


async def far_away(people: People, name: str, domain: str) -> Account:
    """An account of another server."""
    made = Account(
        id=AccountId(new_id(clock.now())), username=name, domain=domain, uri=f"https://{domain}/users/{name}",
        url=f"https://{domain}/@{name}", created_at=clock.now(), discoverable=True, indexable=True)
    async with people.world.db.transaction() as tx:
        await accounts.insert(tx, made)
    return await people.world.again(made)


@pytest.fixture
async def joining(engine: Engine, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Joins through an application; the answer."""
    monkeypatch.setattr(engine, "settings", msgspec.structs.replace(
        engine.settings, open_registration=True, confirm_email=False))
    app = (await client.post("/api/v1/apps", json={
        "client_name": "Joiner", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"})).json()
    token = (await client.post("/oauth/token", json={
        "client_id": app["client_id"], "client_secret": app["client_secret"], "grant_type": "client_credentials",
        "scope": "read write"})).json()["access_token"]

    async def join(**given: Any) -> httpx.Response:
        return await client.post(
            "/api/v1/accounts", json=JOINING | given, headers={"Authorization": f"Bearer {token}"})

    return join


# ---- servers -----------------------------------------------------------------------


async def test_everybody_of_a_blocked_server_is_limited_or_gone_now_and_later(people: People) -> None:
    owner, here = await owner_of(people), await far_away(people, "zoe", "sub.bad.example")
    near = await far_away(people, "yan", "notbad.example")
    path = "/api/v1/admin/domain_blocks"
    block = await owner.do(path, domain="BAD.example", severity="suspend")
    assert (await people.world.again(here)).state is State.SUSPENDED
    assert (await people.world.again(near)).state is State.ACTIVE
    assert (await far_away(people, "xia", "bad.example")).state is State.SUSPENDED
    assert (await owner.get("/api/v1/admin/accounts", by_domain="bad.example"))[0]["suspended"]
    assert (await owner.ask("PUT", f"{path}/{block['id']}", json={"severity": "silence"})).status_code == 200
    assert (await people.world.again(here)).state is State.LIMITED
    assert (await owner.do(f"/api/v1/admin/accounts/{here.id}/action", type="suspend")) == {}
    assert (await owner.ask("DELETE", f"{path}/{block['id']}")).status_code == 200
    assert (await people.world.again(here)).state is State.SUSPENDED  # for its own sake
    assert (await owner.do(f"/api/v1/admin/accounts/{here.id}/unsuspend"))["suspended"] is False
    assert (await people.world.again(here)).state is State.ACTIVE


async def test_who_a_moderator_restores_stays_what_their_server_is(people: People) -> None:
    owner, zoe = await owner_of(people), await far_away(people, "zoe", "bad.example")
    await owner.do(f"/api/v1/admin/accounts/{zoe.id}/action", type="suspend")
    await owner.do("/api/v1/admin/domain_blocks", domain="bad.example")
    await owner.do(f"/api/v1/admin/accounts/{zoe.id}/unsuspend")
    assert (await people.world.again(zoe)).state is State.LIMITED


async def test_the_public_list_has_what_concerns_people_and_no_private_word(people: People) -> None:
    owner = await owner_of(people)
    path = "/api/v1/admin/domain_blocks"
    await owner.do(path, domain="quiet.example", severity="noop", reject_media=True)
    await owner.do(path, domain="secret.example", private_comment="Lawyers.", public_comment="Spam.", obfuscate=True)
    told = await people.client.get("/api/v1/instance/domain_blocks")
    assert "Lawyers" not in told.text
    [one] = told.json()
    assert (one["domain"], one["severity"], one["comment"]) == ("secr**.****ple", "silence", "Spam.")


def test_an_obfuscated_name_shows_its_ends() -> None:
    block = DomainBlock(id=1, domain="example.com", obfuscate=True, created_at=clock.now())
    assert block.shown_domain == "exa****.*om"


@pytest.mark.parametrize(
    "kind, given, error",
    [
        ("domain_blocks", {}, "Validation failed: Domain can't be blank"),
        ("domain_blocks", {"domain": "a b"}, "Validation failed: Domain is not a valid domain name"),
        ("domain_blocks", {"domain": "a.example", "severity": "x"},
         "Validation failed: Severity is not included in the list"),
        ("domain_allows", {}, "Validation failed: Domain can't be blank"),
        ("email_domain_blocks", {}, "Validation failed: Domain can't be blank"),
        ("ip_blocks", {"ip": "192.0.2.1"}, "Validation failed: Severity can't be blank"),
        ("ip_blocks", {"ip": "300.1.1.1", "severity": "no_access"}, "Validation failed: Ip is not a valid IP address"),
        ("ip_blocks", {"ip": "192.0.2.1", "severity": "x"},
         "Validation failed: Severity is not included in the list"),
        ("canonical_email_blocks", {}, "Validation failed: Canonical email hash can't be blank"),
        ("canonical_email_blocks", {"canonical_email_hash": "zz"},
         "Validation failed: Canonical email hash is invalid"),
        ("canonical_email_blocks/test", {}, "Validation failed: Email can't be blank"),
    ],
)
async def test_what_cannot_be_kept_out(people: People, kind: str, given: dict[str, Any], error: str) -> None:
    answer = await (await owner_of(people)).ask("POST", f"/api/v1/admin/{kind}", json=given)
    assert (answer.status_code, answer.json()["error"]) == (422, error)


@pytest.mark.parametrize(
    "kind, given, what",
    [
        ("domain_blocks", {"domain": "a.example"}, "Domain"),
        ("domain_allows", {"domain": "a.example"}, "Domain"),
        ("email_domain_blocks", {"domain": "a.example"}, "Domain"),
        ("ip_blocks", {"ip": "192.0.2.1", "severity": "sign_up_block"}, "Ip"),
        ("canonical_email_blocks", {"email": "a@example.org"}, "Canonical email hash"),
    ],
)
async def test_nothing_is_kept_out_twice_and_only_by_who_may(
    people: People, kind: str, given: dict[str, Any], what: str
) -> None:
    owner, rose = await owner_of(people), await people("rose", ADMIN, role=Role.MODERATOR)
    path = f"/api/v1/admin/{kind}"
    made = await owner.do(path, **given)
    again = await owner.ask("POST", path, json=given)
    assert (again.status_code, again.json()["error"]) == (422, f"Validation failed: {what} has already been taken")
    for method, where in (("GET", path), ("POST", path), ("GET", f"{path}/{made['id']}"),
                          ("DELETE", f"{path}/{made['id']}")):
        assert await rose.status_of(method, where, json=given) == 403, method
    assert await owner.status_of("DELETE", f"{path}/{made['id']}") == 200
    for method in ("GET", "DELETE"):
        assert await owner.status_of(method, f"{path}/{made['id']}") == 404
    acts = [one.act for one in await moderation.acts(people.world.db, Window(limit=9))]
    assert len(acts) == 2
    assert all(re.match(r"(un|dis)?(block|allow)", one) for one in acts)


# ---- at the door -------------------------------------------------------------------


async def test_nobody_joins_with_an_address_of_a_blocked_provider(people: People, joining: Any) -> None:
    owner = await owner_of(people)
    block = await owner.do("/api/v1/admin/email_domain_blocks", domain="throwaway.example")
    refused = await joining(email="anna@mail.throwaway.example")
    assert refused.status_code == 422
    assert refused.json()["details"]["email"] == [
        {"error": "ERR_BLOCKED", "description": "uses a forbidden e-mail provider"}]
    seen = await owner.get(f"/api/v1/admin/email_domain_blocks/{block['id']}")
    assert (seen["history"][0]["uses"], seen["history"][0]["accounts"]) == ("1", "1")
    assert (await joining()).status_code == 200


async def test_nobody_comes_back_with_the_address_of_a_suspended_account(people: People, joining: Any) -> None:
    owner, bob = await owner_of(people), await people("bob")
    await owner.do(f"/api/v1/admin/accounts/{bob.id}/action", type="suspend")
    refused = await joining(email="B.ob+again@example.org")
    assert refused.json()["details"]["email"] == [{"error": "ERR_TAKEN", "description": "has already been taken"}]
    assert len(await owner.get("/api/v1/admin/canonical_email_blocks")) == 1
    await owner.do(f"/api/v1/admin/accounts/{bob.id}/unsuspend")
    assert (await joining(email="B.ob+again@example.org")).status_code == 200


def test_one_address_is_one_however_it_is_written() -> None:
    assert canonical_hash("Jane.Doe+news@Example.org ") == canonical_hash("janedoe@example.org")
    assert canonical_hash("jane@example.org") != canonical_hash("jane@example.com")


async def test_a_network_joins_with_a_moderator_s_word_not_at_all_or_again_when_it_is_over(
    people: People, joining: Any
) -> None:
    owner = await owner_of(people)
    path = "/api/v1/admin/ip_blocks"
    block = await owner.do(path, ip="127.0.0.0/8", severity="sign_up_requires_approval", expires_in=3600)
    joined = await joining(reason="I like birds.")
    assert joined.status_code == 200
    asked = await people.client.get(
        "/api/v1/timelines/home", headers={"Authorization": f"Bearer {joined.json()['access_token']}"})
    assert asked.json()["error"] == "Your login is currently pending approval"
    [waits] = await owner.get("/api/v2/admin/accounts", status="pending", ip="127.0.0.1")
    assert (waits["username"], waits["invite_request"]) == ("anna", "I like birds.")
    await owner.ask("PUT", f"{path}/{block['id']}", json={"severity": "sign_up_block"})
    refused = await joining(username="berta", email="berta@example.org")
    assert (refused.status_code, refused.json()["error"]) == (403, "This action is not allowed")
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert (await joining(username="berta", email="berta@example.org")).status_code == 200


async def test_a_network_without_access_reaches_nothing_until_it_is_over(people: People) -> None:
    owner = await owner_of(people)
    await owner.do("/api/v1/admin/ip_blocks", ip="192.0.2.1", severity="no_access")
    assert (await people.client.get("/")).status_code == 200
    await owner.do("/api/v1/admin/ip_blocks", ip="127.0.0.1", severity="no_access", expires_in=60)
    for path in ("/", "/api/v2/instance", "/api/v1/admin/ip_blocks", "/static/style.css"):
        assert (await people.client.get(path)).status_code == 403, path
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        assert (await people.client.get("/")).status_code == 200


async def test_who_joins_on_the_web_meets_the_same_doors(
    people: People, joining: Any, client: httpx.AsyncClient
) -> None:
    owner = await owner_of(people)
    await owner.do("/api/v1/admin/email_domain_blocks", domain="throwaway.example")

    async def sign_up(email: str) -> httpx.Response:
        client.cookies.clear()
        page = (await client.get("/sign-up")).text
        found = re.search(r'name="csrf" value="([^"]+)"', page)
        assert found
        return await client.post("/sign-up", data={
            "csrf": found[1], "username": "anna", "email": email, "password": "long enough 1"})

    refused = await sign_up("anna@throwaway.example")
    assert refused.status_code == 422
    assert "please use another" in refused.text
    await owner.do("/api/v1/admin/ip_blocks", ip="127.0.0.1", severity="sign_up_requires_approval")
    waits = await sign_up("anna@example.org")
    assert "A moderator looks at it first" in waits.text
    assert "harken_session" not in client.cookies
    assert len(await owner.get("/api/v1/admin/accounts", pending="true")) == 1

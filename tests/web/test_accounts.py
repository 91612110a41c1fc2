"""One's own account in the browser: without JavaScript, errors beside the field, nothing by a stale form."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import httpx
import pyotp
import pytest
from PIL import Image

from harken import clock
from harken.actions import secure_account
from harken.actions.attempts import SignInGuard
from harken.actions.create_account import create_account
from harken.actions.delete_account import finish_farewells
from harken.engine import Engine
from harken.model.account import Account, State
from harken.store import accounts, applications, members, sessions
from tests.world import World

GOOD = "correct horse"


async def csrf(client: httpx.AsyncClient, page: str) -> str:
    answer = await client.get(page)
    assert answer.status_code == 200, (answer.status_code, answer.text[:2000])
    found = re.search(r'name="csrf" value="([^"]+)"', answer.text)
    assert found
    return found[1]


async def send(
    client: httpx.AsyncClient, page: str, given: dict[str, Any], to: str = "", **more: Any
) -> httpx.Response:
    return await client.post(to or page, data={"csrf": await csrf(client, page)} | given, **more)


async def ana(world: World) -> Account:
    return await create_account(world.db, username="ana", email="ana@example.org", password=GOOD, now=clock.now())


async def as_ana(world: World, client: httpx.AsyncClient) -> Account:
    account = await ana(world)
    client.cookies.update(await world.cookies(account))
    return account


async def test_somebody_joins_and_is_signed_in(client: httpx.AsyncClient, world: World) -> None:
    answer = await send(client, "/sign-up", {
        "username": "Ana", "email": "ana@example.org", "password": GOOD, "indexable": "1", "hearable": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    for word in ("harken_session=", "HttpOnly", "SameSite=lax", "Secure", "Path=/"):
        assert word in cookie
    made = await accounts.find_by_name(world.db, "ana")
    assert made is not None
    assert (made.discoverable, made.indexable, made.noindex, made.hearable) == (False, True, True, True)
    assert (await client.get("/settings/profile")).status_code == 200


@pytest.mark.parametrize("given, kept", [("Asia/Kathmandu", "Asia/Kathmandu"), ("Nowhere/Else", "UTC"), ("", "UTC")])
async def test_who_joins_lives_by_the_clock_of_their_browser(
    client: httpx.AsyncClient, world: World, given: str, kept: str
) -> None:
    await send(client, "/sign-up", {
        "username": "ana", "email": "ana@example.org", "password": GOOD, "time_zone": given})
    page = (await client.get("/settings/account")).text
    assert f"<option selected>{kept}</option>" in page


@pytest.mark.parametrize("wrong, said", [
    ({"username": "a b"}, "letters"), ({"username": "admin"}, "kept for the server"), ({"email": "x"}, "not an e-mail"),
    ({"password": "short"}, "at least 8"), ({"password": ""}, "at least 8"), ({"username": "\x00"}, "letters")])
async def test_what_is_wrong_is_said_and_the_rest_is_kept(
    client: httpx.AsyncClient, world: World, wrong: dict[str, str], said: str
) -> None:
    given = {"username": "ana", "email": "ana@example.org", "password": GOOD, "hearable": "1"} | wrong
    answer = await send(client, "/sign-up", given)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    if "username" not in wrong:
        assert 'value="ana"' in answer.text
    assert GOOD not in answer.text
    assert re.search(r'name="hearable" value="1" checked', answer.text)
    assert not re.search(r'name="indexable" value="1" checked', answer.text)


async def test_signing_in_and_out(client: httpx.AsyncClient, world: World) -> None:
    account = await ana(world)
    wrong = await send(client, "/sign-in", {"name": "ana", "password": "wrong", "next": "/bookmarks"})
    assert wrong.status_code == 422
    assert "not right" in wrong.text
    assert 'value="/bookmarks"' in wrong.text
    right = await send(client, "/sign-in", {"name": "ana", "password": GOOD, "next": "/bookmarks"})
    assert (right.status_code, right.headers["location"]) == (303, "/bookmarks")
    assert len(await sessions.of_account(world.db, account.id)) == 1
    out = await send(client, "/settings/account", {}, to="/sign-out")
    assert out.status_code == 303
    assert await sessions.of_account(world.db, account.id) == []
    assert (await client.get("/settings/account")).headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("elsewhere", [
    "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_signing_in_leads_nowhere_else(client: httpx.AsyncClient, world: World, elsewhere: str) -> None:
    await ana(world)
    answer = await send(client, "/sign-in", {"name": "ana", "password": GOOD, "next": elsewhere})
    assert answer.headers["location"] == "/"


async def test_a_second_step_is_asked(client: httpx.AsyncClient, world: World) -> None:
    account = await as_ana(world, client)
    page = await client.get("/settings/security")
    assert "<svg" in page.text
    secret = re.search(r'name="secret" value="([A-Z2-7]+)"', page.text)
    assert secret
    totp = pyotp.TOTP(secret[1])
    given = {"what": "start", "secret": secret[1], "password": GOOD, "code": "000000"}
    wrong = await send(client, "/settings/security", given)
    assert wrong.status_code == 422
    assert secret[1] in wrong.text  # the app keeps the entry it has
    on = await send(client, "/settings/security", given | {"code": totp.at(clock.now())})
    assert on.text.count("<code>") == 10
    client.cookies.clear()
    asked = await send(client, "/sign-in", {"name": "ana", "password": GOOD, "next": "/bookmarks"})
    ticket = re.search(r'name="ticket" value="([^"]+)"', asked.text)
    assert ticket
    assert len(await sessions.of_account(world.db, account.id)) == 1
    with clock.frozen(clock.now() + timedelta(seconds=60)):
        done = await client.post("/sign-in/code", data={
            "csrf": await csrf(client, "/sign-in"), "ticket": ticket[1], "code": totp.at(clock.now()),
            "next": "/bookmarks"})
    assert (done.status_code, done.headers["location"]) == (303, "/bookmarks")


def picture(size: tuple[int, int], kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    made = Image.new("RGB", size, "red")
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    made.save(out, kind, exif=exif)
    return out.getvalue()


async def test_who_finds_me_is_switched_on_a_page_of_its_own(client: httpx.AsyncClient, world: World) -> None:
    account = await as_ana(world, client)
    assert (await send(client, "/settings/privacy", {"protected": "1", "crawlable": "1"})).status_code == 303
    changed = await accounts.get(world.db, account.id)
    assert (changed.protected, changed.noindex, changed.indexable, changed.discoverable, changed.hearable) == (
        True, False, False, False, False)
    assert (await client.post("/settings/privacy", data={"indexable": "1"})).status_code == 403
    assert (await send(client, "/settings/privacy", {"hearable": "1", "indexable": "1"})).status_code == 303
    changed = await accounts.get(world.db, account.id)
    assert (changed.protected, changed.noindex, changed.indexable, changed.hearable) == (False, True, True, True)


async def test_a_profile_with_pictures(client: httpx.AsyncClient, world: World, engine: Engine) -> None:
    account = await as_ana(world, client)
    await send(client, "/settings/privacy", {"indexable": "1"})
    given = {
        "display_name": " Ana  B. ", "bio": "I ask.\r\nI answer.", "location": "Graz",
        "field_name[]": ["Web", "", "", ""], "field_value[]": ["https://a.example", "", "", ""]}
    for content in (picture((900, 700)), picture((300, 300), "PNG")):
        answer = await send(client, "/settings/profile", given, files={"avatar": ("a.jpg", content, "image/jpeg")})
        assert answer.status_code == 303, answer.text
    changed = await accounts.get(world.db, account.id)
    assert (changed.display_name, changed.bio, changed.location) == ("Ana B.", "I ask.\nI answer.", "Graz")
    assert [(f.name, f.value) for f in changed.fields] == [("Web", "https://a.example")]
    assert changed.indexable  # what the form does not ask stays as it was
    assert changed.avatar_id
    ((path, width),) = await world.db.rows("SELECT path, width FROM media")
    assert width == 300
    assert [p for p in engine.media_directory.rglob("*") if p.is_file()] == [engine.media_directory / path]
    served = await client.get(f"/media/{path}")
    assert served.headers["content-type"] == "image/webp"
    assert "immutable" in served.headers["cache-control"]
    assert b"where I live" not in served.content
    gone = await send(client, "/settings/profile", given | {"remove_avatar": "1"})
    assert gone.status_code == 303
    assert (await client.get(f"/media/{path}")).status_code == 404
    assert (await client.get("/settings/profile")).text.count("https://a.example") == 1


@pytest.mark.parametrize("path", [
    "../harken.sqlite", "avatar/../../x.webp", "avatar/00/zz.webp", "%2e%2e/harken.sqlite", "x"])
async def test_media_are_all_that_is_served_as_media(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"/media/{path}")).status_code == 404


@pytest.mark.parametrize("content", [b"GIF89a", b"<svg/>", b"\xff\xd8\xff" + b"x" * 100, picture((9000, 5000), "PNG")])
async def test_what_is_no_picture_is_refused(client: httpx.AsyncClient, world: World, content: bytes) -> None:
    await as_ana(world, client)
    files = {"avatar": ("a.jpg", content, "image/jpeg")}
    answer = await send(client, "/settings/profile", {"bio": "kept"}, files=files)
    assert answer.status_code == 422
    assert "kept" in answer.text
    assert await world.db.value("SELECT count(*) FROM media") == 0


async def test_too_long_a_profile_is_refused_beside_the_field(client: httpx.AsyncClient, world: World) -> None:
    account = await as_ana(world, client)
    answer = await send(client, "/settings/profile", {"display_name": "x" * 31, "bio": "kept"})
    assert answer.status_code == 422
    assert 'id="display_name-error"' in answer.text
    assert "kept" in answer.text
    assert (await accounts.get(world.db, account.id)).bio == ""


async def test_password_sessions_and_preferences(client: httpx.AsyncClient, world: World) -> None:
    account = await as_ana(world, client)
    await world.cookies(account)
    page = "/settings/account"
    wrong = await send(client, page, {"what": "password", "password": "wrong", "new_password": "another one"})
    assert (wrong.status_code, 'id="old-password-error"' in wrong.text) == (422, True)
    short = await send(client, page, {"what": "password", "password": GOOD, "new_password": "short"})
    assert (short.status_code, 'id="new_password-error"' in short.text) == (422, True)
    assert len(await sessions.of_account(world.db, account.id)) == 2
    done = await send(client, page, {"what": "password", "password": GOOD, "new_password": "another one"})
    assert done.status_code == 200
    assert len(await sessions.of_account(world.db, account.id)) == 1
    given = {"what": "preferences", "language": "en", "time_zone": "Europe/Vienna", "default_visibility": "2"}
    assert (await send(client, page, given)).status_code == 303
    member = await members.find(world.db, account.id)
    assert member is not None
    assert (member.time_zone, member.default_visibility) == ("Europe/Vienna", 2)
    for bad in ({"time_zone": "Mars/Base"}, {"default_visibility": "3"}, {"language": "\x00"}):
        assert (await send(client, page, given | bad)).status_code == 422
    other = (await world.cookies(account))["harken_session"]
    assert other
    second = (await sessions.of_account(world.db, account.id))[0].id
    assert (await send(client, "/settings/sessions", {"session": str(second)})).status_code == 303
    assert len(await sessions.of_account(world.db, account.id)) == 1


async def test_a_forgotten_password(client: httpx.AsyncClient, world: World) -> None:
    account = await ana(world)
    known = await send(client, "/forgot", {"name": "ana@example.org"})
    unknown = await send(client, "/forgot", {"name": "nobody@example.org"})
    nul = await send(client, "/forgot", {"name": "\x00"})
    without = [re.sub(r'value="[^"]*"', "", a.text) for a in (known, unknown, nul)]
    assert without[0] == without[1] == without[2]
    ((kind, path),) = await secure_account.pending_links(world.db, account.id, clock.now())
    assert kind == "password"
    assert (await send(client, path, {"new_password": "short"})).status_code == 422
    assert (await send(client, path, {"new_password": "another one"})).status_code == 200
    assert (await client.get(path)).status_code == 404
    assert (await send(client, "/sign-in", {"name": "ana", "password": "another one"})).status_code == 303


async def test_confirming_an_address(client: httpx.AsyncClient, world: World) -> None:
    account = await create_account(
        world.db, username="ana", email="a@example.org", password=GOOD, now=clock.now(), confirmed=False)
    path = await secure_account.new_link(world.db, account.id, "confirm", clock.now())
    token = await csrf(client, path)  # looking is not confirming
    assert (await accounts.get(world.db, account.id)).state is State.UNCONFIRMED
    assert (await client.post(path, data={"csrf": token})).status_code == 200
    assert (await accounts.get(world.db, account.id)).state is State.ACTIVE
    assert (await client.get("/confirm/nonsense")).status_code == 404


async def test_applications_are_listed_and_shut_out(client: httpx.AsyncClient, world: World) -> None:
    account = await as_ana(world, client)
    await world.token(account)
    assert "command line" in (await client.get("/settings/applications")).text
    assert (await send(client, "/settings/applications", {"application": "0"})).status_code == 303
    assert await applications.authorized_by(world.db, account.id) == []


async def test_deleting_oneself_needs_the_password_and_is_final(
    client: httpx.AsyncClient, world: World, engine: Engine
) -> None:
    account, bea = await as_ana(world, client), await world.account("bea")
    post = await world.post(account, "a secret word: quetzal")
    theirs = await world.post(bea, "hello")
    await world.follows(account, bea)
    await world.follows(bea, account)
    for given in ({"password": GOOD}, {"sure": "1", "password": "wrong"}):
        assert (await send(client, "/settings/account", {"what": "delete"} | given)).status_code == 422
    done = await send(client, "/settings/account", {"what": "delete", "sure": "1", "password": GOOD})
    assert done.status_code == 200, done.text
    await finish_farewells()
    await world.settle()
    assert not await world.sees(bea, post)
    assert await world.sees(bea, theirs)
    bea = await world.again(bea)
    assert (bea.followers, bea.following) == (0, 0)
    assert (await client.get("/settings/account")).status_code == 303
    again = await send(client, "/sign-up", {"username": "ana", "email": "ana@example.org", "password": GOOD})
    assert "already" in again.text


@pytest.mark.parametrize("page", [
    "/sign-up", "/sign-in", "/sign-in/code", "/sign-out", "/forgot", "/settings/profile", "/settings/account",
    "/settings/security", "/settings/applications", "/reset/x", "/confirm/x", "/settings/confirm-again"])
async def test_a_form_without_its_token_changes_nothing(client: httpx.AsyncClient, world: World, page: str) -> None:
    await as_ana(world, client)
    answer = await client.post(page, data={"csrf": "0" * 64, "what": "delete", "password": GOOD, "sure": "1"})
    assert answer.status_code == 403


async def test_guessing_in_the_browser_is_stopped(client: httpx.AsyncClient, world: World, engine: Engine) -> None:
    await ana(world)
    transport: Any = client._transport
    transport.app.sign_in_guard = SignInGuard(2)
    for expected in (422, 422, 429):
        assert (await send(client, "/sign-in", {"name": "ana", "password": "wrong"})).status_code == expected

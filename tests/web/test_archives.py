"""Taking everything along, and bringing it, through the pages."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta

import httpx
import pytest

from harken import clock
from harken.actions.follow import follow
from harken.engine import Engine
from harken.model.account import Account
from harken.store import relationships
from tests.world import World


async def browser(world: World, account: Account) -> dict[str, str]:
    """The headers of a browser in which `account` is signed in."""
    return {"Cookie": "; ".join(f"{k}={v}" for k, v in (await world.cookies(account)).items())}


async def token_of(client: httpx.AsyncClient, path: str, cookies: dict[str, str]) -> str:
    page = await client.get(path, headers=cookies)
    assert page.status_code == 200
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    return found[1]


async def brought(
    client: httpx.AsyncClient, cookies: dict[str, str], content: bytes, form: str = "harken"
) -> httpx.Response:
    csrf = await token_of(client, "/settings/import", cookies)
    return await client.post(
        "/settings/import", data={"csrf": csrf, "form": form}, files={"file": ("a.zip", content)}, headers=cookies)


@pytest.fixture
async def alice(world: World) -> Account:
    made = await world.account("alice")
    await world.post(made, "to be taken along")
    return made


async def test_an_archive_is_made_told_of_and_downloaded_by_its_owner_only(
    world: World, engine: Engine, client: httpx.AsyncClient, alice: Account
) -> None:
    cookies = await browser(world, alice)
    csrf = await token_of(client, "/settings/export", cookies)
    assert (await client.post("/settings/export", data={"csrf": csrf}, headers=cookies)).status_code == 303
    assert "is being made" in (await client.get("/settings/export", headers=cookies)).text
    await engine.archiving.settle()
    await world.settle()
    page = (await client.get("/settings/export", headers=cookies)).text
    found = re.search(r"/settings/export/\d+/file", page)
    assert found
    assert "/settings/export" in (await client.get("/notifications", headers=cookies)).text
    file = await client.get(found[0], headers=cookies)
    assert file.headers["content-type"] == "application/zip"
    assert "no-store" in file.headers["cache-control"]
    with zipfile.ZipFile(io.BytesIO(file.content)) as packed:
        assert b"to be taken along" in packed.read("harken/posts.jsonl")
        assert b"to be taken along" in packed.read("index.html")
        assert packed.testzip() is None
    assert (await client.get(found[0])).status_code == 303
    assert (await client.get(found[0], headers=await browser(world, await world.account("bob")))).status_code == 404
    again = await client.post("/settings/export", data={"csrf": csrf}, headers=cookies)
    assert again.status_code == 429
    kept = list(engine.archiving.directory.iterdir())
    assert [one.stat().st_mode & 0o777 for one in kept] == [0o600]
    with clock.frozen(clock.now() + timedelta(days=8)):
        assert (await client.get(found[0], headers=cookies)).status_code == 404
        await engine.archiving.settle()
        assert not list(engine.archiving.directory.iterdir())
        assert "removed" in (await client.get("/settings/export", headers=cookies)).text


async def test_programs_ask_for_an_archive_too(
    world: World, engine: Engine, client: httpx.AsyncClient, alice: Account
) -> None:
    mine = {"Authorization": f"Bearer {await world.token(alice)}"}
    made = await client.post("/api/harken/v1/archives", headers=mine)
    assert (made.status_code, made.json()["state"], made.json()["url"]) == (202, "waiting", None)
    assert (await client.post("/api/harken/v1/archives", headers=mine)).json()["id"] == made.json()["id"]
    await engine.archiving.settle()
    [ready] = (await client.get("/api/harken/v1/archives", headers=mine)).json()
    assert (await client.get(ready["url"], headers=mine)).content[:2] == b"PK"
    theirs = {"Authorization": f"Bearer {await world.token(await world.account('bob'))}"}
    narrow = {"Authorization": f"Bearer {await world.token(alice, 'read:statuses')}"}
    assert (await client.get(ready["url"], headers=theirs)).status_code == 404
    assert (await client.get(ready["url"], headers=narrow)).status_code == 403


async def test_what_is_brought_is_unpacked_and_said(
    world: World, engine: Engine, client: httpx.AsyncClient, alice: Account
) -> None:
    bob = await world.account("bob")
    await follow(world.db, alice, bob.id, clock.now())
    mine = {"Authorization": f"Bearer {await world.token(alice)}"}
    await client.post("/api/harken/v1/archives", headers=mine)
    await engine.archiving.settle()
    [ready] = (await client.get("/api/harken/v1/archives", headers=mine)).json()
    content = (await client.get(ready["url"], headers=mine)).content
    moved = await world.account("moved")
    cookies = await browser(world, moved)
    assert (await brought(client, cookies, content)).status_code == 303
    assert "is being unpacked" in (await client.get("/settings/import", headers=cookies)).text
    assert (await brought(client, cookies, content)).status_code == 422
    await engine.archiving.settle()
    assert await relationships.follow(world.db, moved.id, bob.id) is not None
    page = (await client.get("/settings/import", headers=cookies)).text
    assert "1 people you follow" in page
    assert "Here already: 1 posts" in page  # they stay whose they are on this server
    assert "to be taken along" not in (await client.get("/@moved")).text
    assert (await brought(client, cookies, b"no zip at all")).status_code == 303
    await engine.archiving.settle()
    page = (await client.get("/settings/import", headers=cookies)).text
    assert "could not be used" in page
    assert not [one for one in engine.archiving.directory.iterdir() if one.name.startswith("half")]
    assert (await brought(client, cookies, b"")).status_code == 422


@pytest.mark.parametrize(("form", "text", "kept"), [
    ("following", "Account address,Show boosts,Notify on new posts,Languages\nbob@harken.test,false,true,en\n"
                  "far@away.example,true,false,\n", ["follows"]),
    ("blocks", "bob@harken.test\nfar@away.example\n", ["blocks"]),
    ("mutes", "Account address,Hide notifications\nbob,true\nfar@away.example,true\n", ["mutes"]),
    ("lists", "Friends,far@away.example\nFriends,bob@harken.test\n", ["lists", "lists"]),
    ("bookmarks", "https://away.example/1\n", ["bookmarks"]),
    ("domain_blocks", "#domain\nnoise.example\n", []),
])
async def test_the_lists_of_mastodon_are_taken(
    world: World, engine: Engine, client: httpx.AsyncClient, alice: Account, form: str, text: str, kept: list[str]
) -> None:
    bob = await world.account("bob")
    cookies = await browser(world, alice)
    assert (await brought(client, cookies, text.encode(), form)).status_code == 303
    await engine.archiving.settle()
    page = (await client.get("/settings/import", headers=cookies)).text
    assert "Done." in page
    assert ("Kept aside" in page) is bool(kept)
    [relation] = await relationships.of(world.db, alice.id, [bob.id], clock.now())
    assert (relation.following, relation.blocking, relation.muting) == (
        form == "following", form == "blocks", form == "mutes")
    assert relation.notify is (form == "following")
    await brought(client, cookies, b"\xff\xfe\x00", form)
    await engine.archiving.settle()
    assert "could not be used" in (await client.get("/settings/import", headers=cookies)).text

"""Files on pages: shared by a plain form and by tus, listed, deleted."""

from __future__ import annotations

import re

import httpx

from harken.store import files, posts
from tests.web.test_pages import sign_in
from tests.world import World

BOX = {"text": "the minutes", "visibility": "2", "language": "en"}


async def token(client: httpx.AsyncClient) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', (await client.get("/compose")).text)
    assert found
    return found[1]


async def test_a_file_is_shared_by_a_plain_form_listed_and_deleted(world: World, client: httpx.AsyncClient) -> None:
    ana, ben = await world.account("ana"), await world.account("ben")
    await world.follows(ben, ana)
    await sign_in(client, world, ana)
    sent = await client.post(
        "/compose", data=BOX | {"csrf": await token(client)}, files={"document": ("../Minutes & more.txt", b"hello")})
    assert sent.status_code == 303, sent.text
    [post_id] = await posts.newest_ids(world.db, 9)
    page = (await client.get(f"/@ana/{post_id}")).text
    assert "Minutes &amp; more.txt" in page
    assert "5 B" in page
    address = "/files/" + page.split('href="/files/')[1].split('"')[0]
    assert (await client.get(address)).text == "hello"
    assert "Minutes &amp; more.txt" in (await client.get("/files")).text
    assert "Minutes" not in (await client.get("/files?whose=others")).text
    await sign_in(client, world, ben)
    assert (await client.get(address)).text == "hello"
    assert "Minutes &amp; more.txt" in (await client.get("/files?whose=others")).text
    client.cookies.clear()
    assert (await client.get(address)).status_code == 404
    assert (await client.get("/files")).status_code == 303

    empty = {"document": ("x", b"")}
    await sign_in(client, world, ana)
    refused = await client.post("/compose", data=BOX | {"csrf": await token(client)}, files=empty)
    assert refused.status_code == 422
    assert "This file is empty." in refused.text


async def test_a_page_sends_files_in_pieces_with_its_secret(world: World, client: httpx.AsyncClient) -> None:
    ana = await world.account("ana")
    await sign_in(client, world, ana)
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "6", "Upload-Metadata": "filename eC50eHQ="}
    assert (await client.post("/files/uploads", headers=headers)).status_code == 403
    headers["Harken-Form"] = await token(client)
    begun = await client.post("/files/uploads", headers=headers)
    assert begun.status_code == 201, begun.text
    at = begun.headers["location"]
    body = headers | {"Content-Type": "application/offset+octet-stream"}
    assert (await client.patch(at, headers=body | {"Upload-Offset": "0"}, content=b"abc")).status_code == 204
    assert (await client.head(at, headers=headers)).headers["upload-offset"] == "3"
    assert (await client.patch(at, headers=body | {"Upload-Offset": "3"}, content=b"def")).status_code == 204
    data = BOX | {"csrf": headers["Harken-Form"], "document_id": at.rpartition("/")[2]}
    assert (await client.post("/compose", data=data)).status_code == 303
    assert (await client.post("/compose", data=data | {"document_id": "99"})).status_code == 422
    assert [one.name for one in await files.of_account(world.db, ana.id, 2**62, 9)] == ["x.txt"]

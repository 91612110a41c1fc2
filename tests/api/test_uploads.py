"""Files by tus: in pieces, broken off and gone on with, within limits, checked, and given out to whoever may."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from harken import clock
from harken.actions.check_file import scan
from harken.actions.receive_file import MAX_LOOSE, begin_file, clean_name, plays, receive
from harken.errors import Conflict
from harken.filing import Filing
from harken.housekeeping import tidy
from harken.model.account import Account
from harken.model.file import FileLimits, FileState
from harken.model.paging import Window
from harken.search.search import find
from harken.store import files, posts
from tests.world import World

HERE = "/api/harken/v1/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
BODY = {"Content-Type": "application/offset+octet-stream"}
CONTENT = bytes(range(256)) * 40


def named(name: str) -> str:
    return f"filename {base64.b64encode(name.encode()).decode()},filetype aW1hZ2UvcG5n"


async def bearer(world: World, who: Account) -> dict[str, str]:
    return {"Authorization": f"Bearer {await world.token(who)}", **TUS}


async def begun(client: httpx.AsyncClient, who: dict[str, str], size: int = len(CONTENT), name: str = "a.bin") -> str:
    answer = await client.post(HERE, headers={**who, "Upload-Length": str(size), "Upload-Metadata": named(name)})
    assert answer.status_code == 201, answer.text
    return answer.headers["location"].removeprefix("https://harken.test")


async def sent(client: httpx.AsyncClient, who: dict[str, str], at: str, offset: int, content: bytes) -> httpx.Response:
    return await client.patch(at, headers={**who, **BODY, "Upload-Offset": str(offset)}, content=content)


async def whole(client: httpx.AsyncClient, who: dict[str, str], content: bytes = CONTENT, name: str = "a.bin") -> str:
    at = await begun(client, who, len(content), name)
    assert (await sent(client, who, at, 0, content)).status_code == 204
    return at.rpartition("/")[2]


async def posted(client: httpx.AsyncClient, who: dict[str, str], file_id: str, **more: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/statuses", headers=who, json={"harken": {"file": file_id}, **more})
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_file_goes_on_where_it_stopped_and_is_given_out_as_it_came(
    world: World, client: httpx.AsyncClient
) -> None:
    who = await bearer(world, await world.account("ana"))
    at = await begun(client, who, name="Übersicht 2031.pdf")
    assert (await sent(client, who, at, 0, CONTENT[:5000])).headers["upload-offset"] == "5000"
    here = await client.head(at, headers=who)
    assert (here.headers["upload-offset"], here.headers["upload-length"]) == ("5000", str(len(CONTENT)))
    assert here.headers["cache-control"] == "no-store"
    assert "upload-expires" in here.headers
    assert (await sent(client, who, at, 4999, b"x")).status_code == 409
    assert (await sent(client, who, at, 5000, CONTENT[5000:] + b"x")).status_code == 413
    offset = int((await client.head(at, headers=who)).headers["upload-offset"])
    assert (await sent(client, who, at, offset, CONTENT[offset:])).status_code == 204
    made = await posted(client, who, at.rpartition("/")[2])
    assert made["harken"]["kind"] == "file"
    [attached] = made["media_attachments"]
    assert (attached["type"], attached["description"]) == ("unknown", "Übersicht 2031.pdf")
    answer = await client.get(attached["url"])
    assert answer.content == CONTENT
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in ", ".join(answer.headers.get_list("content-security-policy"))
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"_bersicht 2031.pdf\"; filename*=UTF-8''%C3%9Cbersicht%202031.pdf")
    part = await client.get(attached["url"], headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, CONTENT[10:20])
    assert (await client.get(attached["url"], headers={"Range": "bytes=99999-"})).status_code == 416
    for query in ("kind:file", "has:file", "ubersicht"):
        found = await find(world.db, query, None, Window(limit=9), clock.now())
        assert [str(one.id) for one in found.posts] == [made["id"]], query
    again = await client.post("/api/v1/statuses", headers=who, json={"harken": {"file": at.rpartition("/")[2]}})
    assert again.status_code == 422


async def test_what_came_before_a_connection_broke_is_kept(world: World) -> None:
    ana = await world.account("ana")
    limits = FileLimits(10_000_000, 10_000_000, False)
    made = await begin_file(world.db, ana, "x", 3_000_000, limits, clock.now())

    async def breaking() -> AsyncIterator[bytes]:
        for _ in range(15):
            yield b"a" * 100_000
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await receive(world.db, world.engine.media, ana, made.id, 0, breaking(), limits)
    here = await files.find(world.db, made.id)
    assert here is not None
    assert (here.received, here.state) == (1_500_000, FileState.RECEIVING)

    async def rest() -> AsyncIterator[bytes]:
        yield b"b" * 1_500_000

    done = await receive(world.db, world.engine.media, ana, made.id, 1_500_000, rest(), limits)
    assert done.state is FileState.CLEAN
    assert await world.engine.media.piece(done.path, 1_499_999, 2) == b"ab"


async def test_two_cannot_add_to_one_file_at_once(world: World) -> None:
    ana = await world.account("ana")
    limits = FileLimits(1000, 1000, False)
    made = await begin_file(world.db, ana, "x", 10, limits, clock.now())
    go = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"12345"
        await go.wait()
        yield b"67890"

    first = asyncio.create_task(receive(world.db, world.engine.media, ana, made.id, 0, slow(), limits))
    await asyncio.sleep(0.1)
    with pytest.raises(Conflict):
        await receive(world.db, world.engine.media, ana, made.id, 0, slow(), limits)
    go.set()
    assert (await first).state is FileState.CLEAN


async def test_a_checksum_that_is_wrong_keeps_nothing(world: World, client: httpx.AsyncClient) -> None:
    who = await bearer(world, await world.account("ana"))
    at = await begun(client, who)
    headers = {**who, **BODY, "Upload-Offset": "0"}
    right = base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()
    for given, status in (("sha256 " + base64.b64encode(b"x" * 32).decode(), 460), ("md4 xxxx", 422),
                          ("sha256 !!", 422), (f"sha256 {right}", 204)):
        answer = await client.patch(at, headers={**headers, "Upload-Checksum": given}, content=CONTENT)
        assert answer.status_code == status, given
        offset = (await client.head(at, headers=who)).headers["upload-offset"]
        assert offset == (str(len(CONTENT)) if status == 204 else "0")


@pytest.mark.parametrize("headers, status", [
    ({"Upload-Length": "-1"}, 422), ({"Upload-Length": "9" * 400}, 422), ({"Upload-Length": "1e3"}, 422), ({}, 422),
    ({"Upload-Length": "0"}, 422), ({"Upload-Length": "999999999999"}, 413), ({"Upload-Defer-Length": "1"}, 422),
    ({"Upload-Length": "5", "Upload-Metadata": "filename \u00ff\u00ff"}, 422),
    ({"Upload-Length": "5", "Upload-Metadata": "filename =="}, 201), ({"Upload-Length": "5"}, 201),
    ({"Upload-Length": "5", "Upload-Metadata": "x " * 9000}, 422),
    ({"Upload-Length": "5", "Upload-Metadata": "filename //8="}, 422),
    ({"Upload-Length": "5", "Tus-Resumable": "2"}, 412),
])
async def test_whatever_headers_say_gets_an_answer(
    world: World, client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    who = await bearer(world, await world.account("ana"))
    coded = {name: value.encode("latin-1") for name, value in (who | headers).items()}
    answer = await client.post(HERE, headers=coded)  # type: ignore[arg-type]
    assert answer.status_code in (status, 422 if "==" in str(headers) else status)


async def test_others_files_are_nobodys_business(world: World, client: httpx.AsyncClient) -> None:
    ana, ben = [await bearer(world, await world.account(name)) for name in ("ana", "ben")]
    at = await begun(client, ana)
    assert (await client.post(HERE, headers={**TUS, "Upload-Length": "5"})).status_code == 401
    assert (await client.head(at, headers=ben)).status_code == 404
    assert (await sent(client, ben, at, 0, CONTENT)).status_code == 404
    assert (await client.delete(at, headers=ben)).status_code == 404
    assert (await client.patch(at, headers={**ana, "Upload-Offset": "0", "Content-Type": "text/plain"})
            ).status_code == 415
    assert (await client.delete(at, headers=ana)).status_code == 204
    assert (await client.head(at, headers=ana)).status_code == 404
    for bad in ("0", "x", "9" * 30):
        assert (await client.head(f"{HERE}/{bad}", headers=ana)).status_code == 404
    told = await client.request("OPTIONS", HERE)
    assert told.headers["tus-extension"] == "creation,expiration,termination,checksum"
    file_id = await whole(client, ana)
    assert (await client.post("/api/v1/statuses", headers=ben, json={"harken": {"file": file_id}})).status_code == 422


async def test_a_file_is_for_whoever_may_see_its_post_and_goes_with_it(world: World, client: httpx.AsyncClient) -> None:
    ana, ben, cleo = [await world.account(name) for name in ("ana", "ben", "cleo")]
    await world.follows(ben, ana)
    tokens = {one.username: await bearer(world, one) for one in (ana, ben, cleo)}
    file_id = await whole(client, tokens["ana"])
    address = f"/files/{file_id}/a.bin"
    assert (await client.get(address)).status_code == 404
    assert (await client.get(address, headers=tokens["ana"])).status_code == 200
    made = await posted(client, tokens["ana"], file_id, visibility="private")
    for name, status in (("ana", 200), ("ben", 200), ("cleo", 404)):
        assert (await client.get(address, headers=tokens[name])).status_code == status, name
    assert (await client.get(address)).status_code == 404
    assert (await client.get(f"/files/{file_id}/b.bin", headers=tokens["ana"])).status_code == 404
    assert (await client.delete(f"{HERE}/{file_id}", headers=tokens["ana"])).status_code == 409
    kept = await files.find(world.db, int(file_id))
    assert kept is not None
    await client.delete(f"/api/v1/statuses/{made['id']}", headers=tokens["ana"])
    assert (await client.get(address, headers=tokens["ana"])).status_code == 404
    await world.engine.filing.settle()
    assert await world.engine.media.size(kept.path) is None
    assert await world.db.value("SELECT count(*) FROM file") == 0


async def test_there_is_an_end_to_what_one_may_keep(world: World) -> None:
    ana = await world.account("ana")
    limits = FileLimits(100, 250, False)
    for size in (100, 100):
        await begin_file(world.db, ana, "x", size, limits, clock.now())
    with pytest.raises(Exception, match="together"):
        await begin_file(world.db, ana, "x", 51, limits, clock.now())
    with pytest.raises(Exception, match="at most"):
        await begin_file(world.db, ana, "x", 101, limits, clock.now())
    for _ in range(MAX_LOOSE - 2):
        await begin_file(world.db, ana, "x", 1, limits, clock.now())
    with pytest.raises(Exception, match="before you upload more"):
        await begin_file(world.db, ana, "x", 1, limits, clock.now())
    with clock.frozen(clock.now() + timedelta(days=2)):
        await tidy(world.db)
    assert await files.used(world.db, ana.id) == 0


SCANNER = "import sys; sys.exit(open(sys.argv[1], 'rb').read().count(b'VIRUS'))"


async def test_nobody_gets_a_file_before_it_was_checked_or_one_that_is_infected(
    world: World, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    script = tmp_path / "scan.py"
    script.write_text(SCANNER)
    command = f"{sys.executable} {script}"
    world.engine.settings = msgspec.structs.replace(world.engine.settings, file_scanner=command)
    who = await bearer(world, await world.account("ana"))
    clean = await posted(client, who, await whole(client, who))
    bad = await posted(client, who, await whole(client, who, b"a VIRUS"))
    assert clean["harken"]["file"]["state"] == "checking"
    assert clean["media_attachments"][0]["url"] is None
    address = f"/files/{clean['harken']['file']['id']}/a.bin"
    assert (await client.get(address, headers=who)).status_code == 409
    await Filing(world.db, world.engine.media, command).settle()
    assert (await client.get(address, headers=who)).status_code == 200
    assert (await client.get(f"/files/{bad['harken']['file']['id']}/a.bin", headers=who)).status_code == 404
    refused = (await client.get(f"/api/v1/statuses/{bad['id']}", headers=who)).json()["harken"]["file"]
    assert (refused["state"], refused["url"]) == ("infected", None)
    await world.settle()
    told = (await client.get("/api/v1/notifications", headers=who, params={"types[]": "file_refused"})).json()
    assert [one["type"] for one in told] == ["file_refused"]
    broken = await whole(client, who, b"VIRUS VIRUS")  # the scanner ends with 2, which means nothing
    await Filing(world.db, world.engine.media, command).settle()
    kept = await files.find(world.db, int(broken))
    assert kept is not None
    assert kept.state is FileState.CHECKING


@pytest.mark.parametrize("content, answer, infected", [
    (b"fine", b"stream: OK\0", False), (b"x" * 600_000, b"stream: Eicar FOUND\0", True)])
async def test_clamd_is_asked_by_instream(
    world: World, tmp_path: Path, content: bytes, answer: bytes, infected: bool
) -> None:
    heard = bytearray()

    async def clamd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        while count := int.from_bytes(await reader.readexactly(4), "big"):
            heard.extend(await reader.readexactly(count))
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_unix_server(clamd, tmp_path / "s"):
        await world.engine.media.put("file/00/1.bin", content)
        assert await scan(world.engine.media, "file/00/1.bin", f"clamd://{tmp_path}/s") is infected
    assert heard == content


@pytest.mark.parametrize("given, kept", [
    ("../../etc/passwd", "passwd"), ("C:\\Users\\x\\a b.txt", "a b.txt"), ("", "file"), ("...", "file"),
    ("\x00\n", "file"), ("photo\u202egpj.exe", "photogpj.exe"), ("a" * 300 + ".tar.gz", "a" * 117 + ".gz"),
    (".htaccess", "htaccess"),
    ("тест.doc", "тест.doc"), ('a"b<c>.html', "abc.html"), ("x." + "y" * 300, "x." + "y" * 118),
    ("a\ud800.txt", "a.txt"),
])
def test_names_are_kept_without_what_harms(given: str, kept: str) -> None:
    assert clean_name(given) == kept


def test_what_plays_is_told_by_its_content() -> None:
    assert plays(b"ID3\x04") == "audio/mpeg"
    assert plays(b"\0\0\0\x18ftypmp42") == "video/mp4"
    assert plays(b"<html><script>") == plays(b"\x89PNG\r\n\x1a\n") == plays(b"%PDF-1.7") == ""


async def test_what_plays_is_inline_only_when_asked_and_never_a_page(world: World, client: httpx.AsyncClient) -> None:
    who = await bearer(world, await world.account("ana"))
    for content, kind in ((b"ID3\x04" + b"\0" * 500, "audio/mpeg"), (b"<html><script>alert(1)</script>", None)):
        made = await posted(client, who, await whole(client, who, content, "x.html"))
        address = made["harken"]["file"]["url"]
        assert made["harken"]["file"]["plays"] == kind
        playing = await client.get(f"{address}?play")
        assert playing.headers["content-type"] == (kind or "application/octet-stream")
        assert playing.headers["content-disposition"].startswith("inline" if kind else "attachment")
        assert (await client.get(address)).headers["content-type"] == "application/octet-stream"
    assert len(await posts.newest_ids(world.db, 9)) == 2

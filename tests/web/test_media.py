"""Pictures from the post box to the page, without JavaScript."""

from __future__ import annotations

import os
import re
from typing import Any

import httpx
import pytest

from harken.engine import Engine
from harken.web import attachments
from tests.media.files import drawn, moving_gif
from tests.web.test_pages import csrf, sign_in
from tests.world import World

pytestmark = pytest.mark.anyio


async def sent(client: httpx.AsyncClient, files: list[tuple[str, bytes]], **fields: Any) -> httpx.Response:
    """The post box as a browser sends it: four places for files, most of them empty."""
    token = csrf((await client.get("/compose")).text)
    places = [*files, *[("", b"")] * (4 - len(files))]
    parts = [("file[]", (name, content, "application/octet-stream")) for name, content in places if name]
    return await client.post("/compose", data={"csrf": token, **fields}, files=parts)


async def test_a_picture_is_posted_with_its_description_and_has_its_place_before_it_comes(
    world: World, client: httpx.AsyncClient
) -> None:
    alice = await world.account("alice")
    await sign_in(client, world, alice)
    answer = await sent(client, [("barn.jpg", drawn(640, 480))], text="", **{"alt[]": ["A red <barn>."]})
    assert answer.status_code == 303, answer.text
    page = (await client.get("/@alice")).text
    [img] = re.findall(r"<img src=\"/media/post/[^>]*>", page)
    assert 'alt="A red &lt;barn&gt;."' in img
    assert 'width="554" height="415"' in img
    assert "A red &lt;barn&gt;." in page.split("<figcaption>")[1]
    small = re.findall(r'src="(/media/post/[^"]+)"', img)[0]
    assert (await client.get(small)).status_code == 200
    assert "<img src=\"/media/post/" in (await client.get("/@alice?tab=media")).text


async def test_what_is_sensitive_is_behind_a_disclosure(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    await sign_in(client, world, alice)
    await sent(client, [("a.png", drawn(form="PNG"))], text="Careful.", sensitive="1")
    page = (await client.get("/@alice")).text
    before, _, after = page.partition('<details class="warning"><summary>Sensitive')
    assert "/media/post/" not in before
    assert "/media/post/" in after.partition("</details>")[0]


async def test_a_box_that_comes_back_keeps_its_pictures(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    await sign_in(client, world, alice)
    answer = await sent(
        client, [("a.jpg", drawn()), ("b.svg", b"<svg/>")], text="Two.", **{"alt[]": ["One.", "Two."]})
    assert answer.status_code == 422
    assert "b.svg: File type of uploaded media could not be verified" in answer.text
    [taken] = re.findall(r'name="taken\[\]" value="(\d+)"', answer.text)
    assert "One." in answer.text
    again = await sent(client, [], text="One, then.", **{"taken[]": [taken]})
    assert again.status_code == 303
    assert (await client.get("/@alice")).text.count("<figure>") == 1


async def test_five_files_are_one_too_many(world: World, client: httpx.AsyncClient, engine: Engine) -> None:
    alice = await world.account("alice")
    await sign_in(client, world, alice)
    answer = await sent(client, [(f"{n}.jpg", drawn()) for n in range(5)], text="Five.")
    assert answer.status_code == 422
    assert "at most four files" in answer.text


async def test_somebody_elses_upload_cannot_be_taken(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    await sign_in(client, world, alice)
    answer = await sent(client, [("a.jpg", drawn()), ("b.svg", b"<svg/>")], text="x", **{"alt[]": ["Mine."]})
    [taken] = re.findall(r'name="taken\[\]" value="(\d+)"', answer.text)
    await sign_in(client, world, bob)
    stolen = await sent(client, [], text="x", **{"taken[]": [taken]})
    assert stolen.status_code == 422
    assert "Mine." not in stolen.text
    assert "/media/post/" not in stolen.text


async def test_what_takes_long_to_convert_waits_in_the_box(
    world: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    from harken.media import ffmpeg

    if not ffmpeg.available() and not os.environ.get("CI"):
        pytest.skip("ffmpeg is not installed")
    monkeypatch.setattr(attachments, "WAIT_SECONDS", 0)
    alice = await world.account("alice")
    await sign_in(client, world, alice)
    answer = await sent(client, [("a.gif", moving_gif())], text="Moving.")
    assert answer.status_code == 422
    assert "still being prepared" in answer.text
    [taken] = re.findall(r'name="taken\[\]" value="(\d+)"', answer.text)
    await engine.converting.settle()
    assert (await sent(client, [], text="Moving.", **{"taken[]": [taken]})).status_code == 303
    assert "<video " in (await client.get("/@alice")).text


async def test_a_deleted_post_takes_its_picture_along(world: World, client: httpx.AsyncClient, engine: Engine) -> None:
    from harken import clock
    from harken.actions.delete_post import delete_post
    from harken.ids import PostId

    alice = await world.account("alice")
    await sign_in(client, world, alice)
    made = await sent(client, [("a.jpg", drawn())], text="Gone soon.")
    post_id = int(made.headers["location"].partition("=")[2])
    src = re.findall(r'<img src="(/media/post/[^"]+)"', (await client.get("/@alice")).text)[0]
    await delete_post(engine.db, alice, PostId(post_id), clock.now())
    assert (await client.get(src)).status_code == 404
    await engine.converting.settle()
    assert not [file for file in engine.media_directory.rglob("*") if file.is_file()]

"""How pages look: chosen without JavaScript, kept for members everywhere and for visitors in their browser."""

from __future__ import annotations

import re

import httpx
import pytest

from harken.model.look import CHOICES, Look
from harken.web.static import files
from tests.media.files import drawn
from tests.web.test_media import sent
from tests.web.test_pages import send, sign_in
from tests.world import World

pytestmark = pytest.mark.anyio
PAGE = "/settings/appearance"


def marks(page: str) -> dict[str, str]:
    """What the first tag of a page says of its looks."""
    found = re.search(r"<html [^>]*>", page)
    assert found
    return dict(re.findall(r'data-(\w+)="(\w+)"', found[0]))


async def test_a_member_s_choice_follows_them_into_other_browsers(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    await sign_in(client, world, alice)
    chosen = {"theme": "dark", "size": "large", "motion": "still", "links": "lined", "density": "close"}
    answer = await send(client, PAGE, on=PAGE, **chosen)
    assert answer.headers["location"] == PAGE + "?saved"
    await sign_in(client, world, alice)  # another browser: no cookie but the session
    assert marks((await client.get("/about")).text) == chosen
    assert len(re.findall(" checked>", (await client.get(PAGE)).text)) == 5
    await sign_in(client, world, bob)
    assert marks((await client.get("/about")).text) == {}
    await sign_in(client, world, alice)
    await send(client, PAGE, on=PAGE)
    assert marks((await client.get("/about")).text) == {}


async def test_a_visitor_s_choice_stays_in_the_browser(world: World, client: httpx.AsyncClient) -> None:
    await send(client, PAGE, on=PAGE, size="larger", links="lined")
    assert marks((await client.get("/about")).text) == {"size": "larger", "links": "lined"}
    await send(client, "/appearance", theme="contrast", back="/about")
    assert marks((await client.get("/about")).text) == {"theme": "contrast", "size": "larger", "links": "lined"}
    client.cookies.clear()
    assert marks((await client.get("/about")).text) == {}


@pytest.mark.parametrize("nonsense", ['dark"><script>', "x" * 5000, ".....", "dark.light", "%00"])
async def test_what_nobody_can_choose_is_no_look(client: httpx.AsyncClient, nonsense: str) -> None:
    client.cookies.set("harken_look", nonsense)
    page = await client.get("/about")
    assert page.status_code == 200
    assert marks(page.text).get("theme", "light") in CHOICES["theme"]
    answer = await send(client, PAGE, on=PAGE, theme=nonsense, size=nonsense, motion=nonsense)
    assert answer.status_code == 303
    assert set(marks((await client.get("/about")).text)) <= {"theme"}


async def test_pictures_wait_to_be_opened_for_whoever_asks_that(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    await sign_in(client, world, alice)
    await sent(client, [("a.jpg", drawn())], text="A barn.")
    assert "<summary>Open the file</summary>" not in (await client.get("/@alice")).text
    await send(client, PAGE, on=PAGE, media="hidden", play="moving")
    before, _, after = (await client.get("/@alice")).text.partition("<summary>Open the file</summary>")
    assert "/media/post/" not in before
    assert "/media/post/" in after.partition("</details>")[0]
    token = {"Authorization": f"Bearer {await world.token(alice)}"}
    preferences = (await client.get("/api/v1/preferences", headers=token)).json()
    assert preferences["reading:expand:media"] == "hide_all"
    assert preferences["reading:autoplay:gifs"] is True


def test_every_choice_is_written_and_read_back_and_has_a_style() -> None:
    style = files()["style.css"].content.decode()
    for name, words in CHOICES.items():
        for word in words:
            assert Look.read(str(Look(**{name: word}))) == Look(**{name: word})
            if name not in ("play", "media") and word != "contrast":  # those are in the page; contrast.css is a file
                assert f'[data-{name}="{word}"]' in style
    assert len({word for words in CHOICES.values() for word in words}) == sum(map(len, CHOICES.values()))

"""Previews of links, with a site on loopback behind the fetcher."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec
import pytest
from PIL import Image

from harken import clock
from harken.engine import Engine
from harken.media.store import FileStore
from harken.previews.fetching import FIRST_PAUSE, MAX_TRIES, Fetching
from harken.store import previews
from tests.api.mastodon.conftest import Person
from tests.world import World

PAGE = """<!doctype html><html lang="en-GB"><head><title>Plain title</title>
<meta property="og:title" content="The clinic &amp; the lunch">
<meta name="description" content="A walk  after lunch">
<meta property="og:image" content="/picture.png"><meta property="og:image:alt" content="Five people laughing">
<meta property="og:site_name" content="The Paper">
<meta property="article:published_time" content="2008-06-12T10:00:00Z">
<script type="application/ld+json">
{"@graph": [{"@type": ["NewsArticle"], "headline": "Lunch",
"author": [{"@type": "Person", "name": "An Editor", "url": "/editor"}]}]}
</script></head><body>long ago</body></html>"""


def picture(width: int = 1280, height: int = 640) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


class Site:
    """Answers each path with (status, headers, body), 404 for others; counts what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        self.port = 0

    def page(self, path: str, body: str | bytes, status: int = 200, **headers: str) -> str:
        kept = {"Content-Type": "text/html; charset=utf-8"} | {k.replace("_", "-"): v for k, v in headers.items()}
        self.pages[path] = (status, kept, body.encode() if isinstance(body, str) else body)
        return f"http://127.0.0.1:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).decode().split(" ")[1]
        self.asked.append(path)
        status, headers, body = self.pages.get(path, (404, {}, b""))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        try:
            writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body)
            await writer.drain()
        except ConnectionError:
            pass  # the fetcher has read as much as it wants
        writer.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
    await asyncio.sleep(0.05)


@asynccontextmanager
async def _alice(engine: Engine, world: World) -> AsyncIterator[Person]:
    import httpx

    from harken.app import build

    alice = await world.account("alice")
    transport = httpx.ASGITransport(app=build(engine), raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="https://harken.test") as client:
        yield Person(alice, await world.token(alice), client)


def fetching(engine: Engine) -> Fetching:
    settings = msgspec.structs.replace(engine.settings, allow_private_addresses=True)
    return Fetching(engine.db, settings, engine.base_url, FileStore(engine.media_directory), engine.wake)


async def test_a_link_gets_a_card_after_the_post_and_one_for_all(engine: Engine, world: World, site: Site) -> None:
    url = site.page("/lunch", PAGE)
    site.page("/picture.png", picture(), Content_Type="image/png")
    async with _alice(engine, world) as alice:
        made = await alice.posts(f"read this {url}#later")
        assert made["card"] is None
        assert site.asked == []
        await alice.posts(f"once more: {url}")
        assert await fetching(engine).settle() == 1
        assert site.asked == ["/lunch", "/picture.png"]
        card = (await alice.get(f"/api/v1/statuses/{made['id']}"))["card"]
        assert (card["title"], card["description"], card["type"], card["language"]) == (
            "Lunch", "A walk after lunch", "link", "en")
        assert (card["author_name"], card["provider_name"], card["image_description"]) == (
            "An Editor", "The Paper", "Five people laughing")
        assert card["authors"][0]["name"] == "An Editor"
        assert (card["width"], card["height"], card["published_at"]) == (640, 320, "2008-06-12T10:00:00.000Z")
        stored = await FileStore(engine.media_directory).get(card["image"].partition("/media/")[2])
        assert stored
        assert Image.open(io.BytesIO(stored)).size == (640, 320)
        assert await alice.get(f"/api/v1/statuses/{made['id']}/card") == card
        [other] = [s for s in await alice.get(f"/api/v1/accounts/{alice.id}/statuses") if s["id"] != made["id"]]
        assert other["card"] == card
        assert await alice.get(f"/api/v1/statuses/{(await alice.posts('no link'))['id']}/card") == {}


@pytest.mark.parametrize(
    "body, headers, status",
    [
        ("<title>secret</title>", {"Content_Type": "text/plain"}, 200),
        ("<title>gone</title>", {}, 404),
        ("<title></title>", {}, 200),
        (b"\x1f\x8b broken", {"Content_Encoding": "gzip"}, 200),
        ("<title>x</title>", {"Content_Encoding": "br"}, 200),
        ("", {"Location": "/self"}, 302),
        ("", {"Location": "file:///etc/passwd"}, 302),
    ],
)
async def test_what_is_no_page_gets_no_card(
    engine: Engine, world: World, site: Site, body: str | bytes, headers: dict[str, str], status: int
) -> None:
    url = site.page("/self", body, status, **headers)
    await world.post(await world.account("ann"), f"see {url}")
    await fetching(engine).settle()
    assert await previews.of_links(engine.db, [url]) == {}
    assert len(site.asked) <= 6
    assert not await previews.anything_due(engine.db, clock.now() + timedelta(days=1))


async def test_a_private_address_is_never_asked_not_even_by_a_redirect(
    engine: Engine, world: World, site: Site
) -> None:
    url = site.page("/inside", PAGE)
    await world.post(await world.account("ann"), f"see {url}")
    assert await engine.previews.settle() == 1
    assert site.asked == []
    assert await previews.of_links(engine.db, [url]) == {}


async def test_a_packed_page_is_read_and_a_bomb_is_cut(engine: Engine, world: World, site: Site) -> None:
    ann = await world.account("ann")
    packed = site.page("/packed", gzip.compress(PAGE.encode()), Content_Encoding="gzip")
    bomb = site.page("/bomb", gzip.compress(b"<title>big</title>" + b" " * 50_000_000), Content_Encoding="gzip")
    for url in (packed, bomb):
        await world.post(ann, url)
    await fetching(engine).settle()
    found = await previews.of_links(engine.db, [packed, bomb])
    assert {one.title for one in found.values()} == {"Lunch", "big"}


async def test_a_film_is_framed_by_us_and_a_photograph_has_its_address(
    engine: Engine, world: World, site: Site
) -> None:
    def says(name: str, **given: object) -> str:
        document = json.dumps({"version": "1.0", "title": name} | given)
        site.page(f"/{name}.json", document, Content_Type="application/json")
        link = f'<link rel="alternate" type="application/json+oembed" href="/{name}.json">'
        return site.page(f"/{name}", f"<title>{name}</title>{link}")

    film = says(
        "film", type="video", width=640, height=360, provider_name="Films",
        html='<script>alert(1)</script><iframe src="https://films.example/1?a=1&amp;b=2" onload="x()"></iframe>')
    photo = says("photo", type="photo", width=100, height=50, url="/picture.png")
    evil = says("evil", type="video", html='<iframe src="javascript:alert(1)"></iframe>')
    site.page("/picture.png", picture(100, 50), Content_Type="image/png")
    async with _alice(engine, world) as alice:
        made = [await alice.posts(url) for url in (film, photo, evil)]
        await fetching(engine).settle()
        cards = [(await alice.get(f"/api/v1/statuses/{one['id']}"))["card"] for one in made]
    assert cards[0]["type"] == "video"
    assert cards[0]["html"].startswith('<iframe src="https://films.example/1?a=1&amp;b=2" width="640" height="360"')
    assert "script>" not in cards[0]["html"]
    assert (cards[1]["type"], cards[1]["embed_url"]) == ("photo", f"http://127.0.0.1:{site.port}/picture.png")
    assert (cards[2]["type"], cards[2]["html"]) == ("link", "")


async def test_a_server_that_is_down_is_asked_again_a_few_times(engine: Engine, world: World, site: Site) -> None:
    url = site.page("/busy", "", 503)
    await world.post(await world.account("ann"), url)
    now = clock.now()
    for _ in range(MAX_TRIES + 2):
        with clock.frozen(now):
            await fetching(engine).settle()
            await fetching(engine).settle()
        now += FIRST_PAUSE * 4**MAX_TRIES
    assert site.asked == ["/busy"] * MAX_TRIES


async def test_a_link_posted_again_is_looked_at_again_when_its_preview_is_old(
    engine: Engine, world: World, site: Site
) -> None:
    ann = await world.account("ann")
    url = site.page("/news", "<title>old</title>")
    await world.post(ann, url)
    await fetching(engine).settle()
    site.page("/news", "<title>new</title>")
    await world.post(ann, url)
    assert await fetching(engine).settle() == 0
    with clock.frozen(clock.now() + previews.FRESH + timedelta(minutes=1)):
        await world.post(ann, url)
        assert await fetching(engine).settle() == 1
    assert (await previews.of_links(engine.db, [url]))[url].title == "new"


async def test_hostile_markup_is_read_without_an_error() -> None:
    from harken.previews.page import decoded, read_page

    bodies = [
        b"<" * 5000, b"<!" + b"[" * 3000, b"\xff\xfe\x00<title>", b"<script type='application/ld+json'>" + b"[" * 9000,
        b"<meta charset='rot13'><title>x", b"<a href=//[>", b"<meta property=og:image content='http://[::1'>"]
    for body in bodies:
        read_page(decoded(body, "text/html; charset=base64"), "https://x.example/", "https://x.example/")


def test_a_charset_that_no_browser_knows_costs_nothing() -> None:
    """Python's punycode takes time with the square of the length: half a megabyte of it stopped the server."""
    from harken.previews.page import decoded

    body = b"a" * 250_000 + b"-" + b"b" * 250_000
    for named in ("punycode", "idna", "unicode_escape", "raw-unicode-escape", "utf-7", "undefined"):
        started = clock.monotonic()
        assert decoded(body, f"text/html; charset={named}") == body.decode(), named
        assert clock.monotonic() - started < 1, named

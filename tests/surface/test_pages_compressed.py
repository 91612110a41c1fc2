"""Pages go over the wire compressed, and no two show the same form token."""

from __future__ import annotations

import gzip
import re

import httpx

from tests.web.test_pages import sign_in
from tests.world import World


async def raw(client: httpx.AsyncClient, path: str, accepts: str) -> tuple[httpx.Headers, bytes]:
    async with client.stream("GET", path, headers={"Accept-Encoding": accepts}) as answer:
        return answer.headers, b"".join([part async for part in answer.aiter_raw()])


async def test_a_page_is_compressed_for_those_who_read_that(world: World, client: httpx.AsyncClient) -> None:
    plain, whole = await raw(client, "/about", "identity")
    assert "content-encoding" not in plain
    headers, squeezed = await raw(client, "/about", "br, gzip")
    assert headers["content-encoding"] == "gzip"
    assert int(headers["content-length"]) == len(squeezed) < len(whole) / 2
    assert gzip.decompress(squeezed).startswith(b"<!doctype html>")
    assert "Accept-Encoding" in headers["vary"]
    assert "Cookie" in headers["vary"]
    missing, _ = await raw(client, "/@nobody", "gzip")
    assert missing["content-encoding"] == "gzip", "a page that tells of an error is a page"
    program = await client.get("/api/v2/instance", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in program.headers
    head = await client.head("/about", headers={"Accept-Encoding": "gzip"})
    assert (head.status_code, head.content) == (200, b"")


async def test_a_form_token_looks_different_every_time_and_is_believed_every_time(
    world: World, client: httpx.AsyncClient
) -> None:
    await sign_in(client, world, await world.account("lea"))
    tokens = set()
    for _ in range(3):
        page = (await client.get("/settings/profile")).text
        shown = set(re.findall(r'name="csrf" value="([0-9a-f]{64})"', page))
        assert len(shown) == 1, "one page has one"
        tokens |= shown
    assert len(tokens) == 3
    for token in tokens:
        sent = await client.post("/appearance", data={"csrf": token, "theme": "contrast", "back": "/about"})
        assert sent.status_code == 303
    assert 'data-theme="contrast"' in (await client.get("/about")).text
    one = tokens.pop()
    wrong = [one[:-1] + ("0" if one[-1] != "0" else "1"), one[:32], one + "00", "x" * 64, "0" * 64, "ÿ" * 64]
    for token in wrong:
        refused = await client.post("/appearance", data={"csrf": token, "theme": "dark", "back": "/about"})
        assert refused.status_code == 403, token


async def test_the_first_page_is_light(world: World, client: httpx.AsyncClient) -> None:
    """All that a browser must fetch before it shows a page of twenty posts, without pictures: under 60 KB."""
    lea = await world.account("lea")
    for n in range(25):
        await world.post(lea, f"Number {n}: bread at noon, and #soup for whoever comes by with @lea https://example.org/{n}")
    await sign_in(client, world, lea)
    sizes = {"/": len((await raw(client, "/", "gzip"))[1])}
    page = (await client.get("/")).text
    for address in re.findall(r'<(?:script src|link rel="stylesheet" href|use href)="(/static/[^"#]+)', page):
        sizes[address.split("?")[0]] = len((await raw(client, address, "gzip"))[1])
    assert {"/static/style.css", "/static/harken.js", "/static/icons.svg"} <= sizes.keys()
    assert sum(sizes.values()) < 60_000, sizes

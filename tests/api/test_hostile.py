"""Every path of the API, asked in every wrong way we could think of: a clear refusal, never a 500."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.world import World

NAMES = [
    "id",
    "id[]",
    "q",
    "limit",
    "max_id",
    "since_id",
    "min_id",
    "status",
    "visibility",
    "in_reply_to_id",
    "language",
    "display_name",
    "note",
    "fields_attributes",
    "duration",
    "types[]",
    "account_id",
    "acct",
    "uri",
    "resource",
    "scopes",
    "redirect_uris",
    "client_name",
    "grant_type",
    "code",
    "timeline[]",
    "home",
    "offset",
    "spoiler_text",
    "poll",
    "rpp",
    "page",
    "callback",
    "geocode",
    "lang",
    "since",
    "until",
    "near",
    "tude[]",
    "from",
]
VALUES: list[Any] = [
    "",
    "\x00",
    "\ud800",
    "-1",
    "9" * 40,
    "0x10",
    "\u202egnol",
    "🏳️‍🌈" * 50,
    "x" * 70_000,
    "null",
    "[]",
    "%",
    "'",
    '"',
    "@" * 100,
    "#a " * 2000,
    "(" * 500,
    "1e400",
    "NaN",
    "true",
    "../../etc/passwd",
    "<script>",
]
BODIES: list[tuple[str, bytes]] = [
    ("application/json", b"{"),
    ("application/json", b"[]"),
    ("application/json", b"null"),
    ("application/json", b"\xff\xfe"),
    ("application/json", b'{"a":' * 5000),
    ("application/json", b'{"status": "\\ud800"}'),
    ("application/json", b'{"status": {"a": [1]}}'),
    ("application/json", json.dumps({name: 1e308 for name in NAMES}).encode()),
    ("application/json", json.dumps({name: [[[[]]]] for name in NAMES}).encode()),
    ("application/json", json.dumps({name: None for name in NAMES}).encode()),
    ("application/json", json.dumps({name: "\x00" for name in NAMES}).encode()),
    ("application/x-www-form-urlencoded", b"\xff=\xff"),
    ("application/x-www-form-urlencoded", b"a[b]=1&a=2&a[]=3"),
    ("application/x-www-form-urlencoded", b"a" + b"[a]" * 2000 + b"=1"),
    ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 3000)),
    ("multipart/form-data", b"nothing"),
    ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="avatar"; filename="a.png"\r\n\r\nnot a picture\r\n--x--\r\n',
    ),
    ("text/plain", b"hello"),
    ("application/xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]>"),
    ("", b"\x00" * 100),
]


async def paths(client: httpx.AsyncClient) -> list[tuple[str, str]]:
    described = (await client.get("/api/openapi/openapi.json")).json()
    found = [
        (method.upper(), path)
        for path, methods in described["paths"].items()
        for method in methods
        if "streaming" not in path and not path.startswith("/live")
    ]
    assert len(found) > 80
    # Pages of people hand these on, and pages are not in the document.
    return found + [("GET", path) for path in ("/feeds/search.atom", "/tags/tea.json", "/@alice.atom", "/@alice.rss")]


def filled(path: str, value: str) -> str:
    parts = [value if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts)


@pytest.mark.slow
async def test_no_answer_is_a_500(client: httpx.AsyncClient, world: World) -> None:
    alice = await world.account("alice")
    post = await world.post(alice, "something to aim at")
    token = await world.token(alice)
    headers = {"Authorization": f"Bearer {token}"}
    asked = 0
    broken = []

    async def ask(method: str, path: str, **given: Any) -> None:
        nonlocal asked
        asked += 1
        answer = await client.request(method, path, **given)
        if answer.status_code >= 500 and answer.status_code != 501:
            broken.append((method, path, given, answer.status_code))
        elif answer.status_code >= 400 and path.startswith(("/api/", "/feeds/", "/search.")):
            assert isinstance(answer.json()["error"], str), (method, path)

    for method, path in await paths(client):
        for target in (str(post.id), str(alice.id), "0", "9" * 30, "-1", "%00", "x" * 3000, "%F0%9F%98%80"):
            await ask(method, filled(path, target), headers=headers)
        await ask(method, filled(path, str(post.id)))
        await ask(method, filled(path, str(post.id)), headers={"Authorization": "Bearer wrong"})
        target = filled(path, str(post.id))
        if method == "GET":
            for value in VALUES:
                query = {
                    name: value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value for name in NAMES
                }
                await ask(
                    method, target, headers=headers, params=query if len(str(value)) < 90 else {"q": value[:5000]}
                )
        else:
            for kind, body in BODIES:
                await ask(method, target, headers=headers | {"Content-Type": kind}, content=body)
    assert broken == []
    assert asked > 1500

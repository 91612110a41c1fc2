"""Every endpoint of the API and every parameter that its code reads, with what no honest client sends.

Nothing is listed here: the endpoints are the routes of the application, the parameters are read off the code of their
handlers (fields of the structs, names asked of the query), and who may call what stands in tests/contract. Whoever
adds an endpoint has added it here. The quick tests are part of `make test`; those marked slow try everything.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
import pytest
from litestar.routes import HTTPRoute

from harken import clock
from harken.actions.block import block
from harken.actions.delete_post import delete_post
from harken.app import routed
from harken.engine import Engine
from harken.ids import new_id
from harken.model.account import Account, Role, State
from harken.store import accounts, tokens
from tests.contract import contract
from tests.world import World

SECONDS = 5.0  # within which any answer is there, on a machine that does other things too
MARK = "xyzzyplugh"  # stands in whatever the stranger of these tests may not see
SCOPES = "read write follow push profile admin:read admin:write"
PARTS = re.compile(r"\{(\w+)(?::\w+)?\}")
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}(\[\])?")
HUGE = "9" * 401
# Documented as a member's, but a visitor may look names up (as in Mastodon), and the other is for the unconfirmed.
OF_OTHERS = {"/api/v1/accounts/lookup", "/api/v1/emails/confirmations"}


@dataclass(frozen=True)
class Endpoint:
    """One method of one route, and the parameters that its handler reads."""

    method: str
    path: str
    parameters: tuple[str, ...] = field(compare=False)

    def at(self, values: dict[str, str], otherwise: str) -> str:
        return PARTS.sub(lambda match: values.get(match[1], otherwise), self.path)


def _reads(function: Any, seen: set[Any]) -> Iterator[str]:
    """The names of parameters that `function`, and what of the API it calls, can read."""
    function = inspect.unwrap(function)
    if not isinstance(function, types.FunctionType) or function in seen:
        return
    seen.add(function)
    codes, names, constants = [function.__code__], set[str](), set[str]()
    while codes:
        code = codes.pop()
        names |= set(code.co_names)
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                codes.append(constant)
            elif isinstance(constant, str):
                constants.add(constant)
    if names & {"query_params", "raw_parameters"}:
        yield from (text for text in constants if NAME.fullmatch(text))
    takes = names & {"parameters", "converted"}
    for name in names:
        known = function.__globals__.get(name)
        if takes and isinstance(known, type) and issubclass(known, msgspec.Struct):
            yield from known.__struct_encode_fields__
        elif getattr(known, "__module__", "").startswith("harken.api"):
            yield from _reads(known, seen)
        elif isinstance(known, types.ModuleType) and known.__name__.startswith("harken.api"):
            for inner in names & set(vars(known)):
                yield from _reads(vars(known)[inner], seen)
    if "window" in names:
        yield from ("limit", "max_id", "since_id", "min_id")


def endpoints() -> list[Endpoint]:
    """What the application answers to programs; streams have no end, and their parameters are test_streaming.py's."""
    found = {
        Endpoint(str(method), route.path, tuple(sorted(set(_reads(handler.fn, set())))))
        for route in routed(0).routes
        if isinstance(route, HTTPRoute)
        and route.path.startswith(("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/.well-known/"))
        and not re.match(r"/api/openapi|/api/v1/streaming(/(?!health)|$)", route.path)
        for handler in route.route_handlers
        for method in handler.http_methods
        if method != "OPTIONS"
    }
    return sorted(found, key=lambda each: (each.path, each.method))


ENDPOINTS = endpoints()

# As JSON writes them, because Python's own writer knows neither 10^400 nor half a surrogate.
JSON_VALUES = [
    '"not a number"', "[]", "[[1]]", "{}", '{"a":{"b":[null]}}', "null", "true", "-1", "0", "1.5",
    "9223372036854775808", "1e308", "1" + "0" * 400, '""', '"\\u0000"', '"\\ud800"', '"\\ud83d\\udca9"',
    '"' + HUGE + '"', '"NaN"', '["a",1,null,{}]', '"<script>alert(1)</script>"', '"javascript:alert(1)"',
    '"../../../etc/passwd"', '"%s%n{0}"',
]  # fmt: skip
# As they stand in an address or a form.
FORM_VALUES = [
    "", "x", "-1", "NaN", "1e400", HUGE, "9223372036854775808", "%00", "%FF%FE", "%ED%A0%80", "%E2%80%AE", "0x10",
    "1;DROP%20TABLE%20post", "%27", "%22%28%2A", "true", "..%2F..%2Fetc%2Fpasswd", "%5B%5D",
]  # fmt: skip
BODIES = [
    ("application/json", b""),
    ("application/json", b"{"),
    ("application/json", b"[1]"),
    ("application/json", b"NaN"),
    ("application/json", '{"a":1}'.encode("utf-16")),
    ("application/json", b'{"a":"\xff"}'),
    ("application/json", b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    ("application/json", b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}"),
    ("application/x-www-form-urlencoded", b"a" + b"[b]" * 10_000 + b"=1"),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(5_000))),
    ("application/x-www-form-urlencoded", b"\xff=\xff&a[=1&]=2&=3"),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="file"; filename="a'),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\ncut'),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: nonsense\r\n\r\n1\r\n--x--\r\n"),
    ("multipart/form-data; boundary=" + "x" * 300, b"--x--"),
    ("text/html", b"<p>hello"),
    ("image/svg+xml", b"<svg onload='alert(1)'/>"),
    ("nonsense; charset=\x7f", b"a=1"),
    ("", b"a=1"),
]
MALFORMED = ["0", "-1", "x", HUGE, "9223372036854775807", "9223372036854775808", "%00", "%FF", "%F0%9F%92%A9",
             "..%2F..", "%25", "'", "1.5", "%D9%A1"]  # fmt: skip


class Sweep:
    """Asks, and looks at every answer: never a 500, always JSON in Mastodon's shape, soon, nothing hidden in it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.asked = 0
        self.wrong: list[str] = []

    async def ask(
        self, endpoint: Endpoint, path: str, token: str = "", *, expect: tuple[int, str] | None = None,
        hidden: bool = False, **given: Any,
    ) -> None:
        headers = ({"Authorization": f"Bearer {token}"} if token else {}) | given.pop("headers", {})
        self.asked += 1
        what = f"{endpoint.method} {path[:150]} {str(given)[:200]}"
        try:
            async with asyncio.timeout(SECONDS):
                answer = await self.client.request(endpoint.method, path, headers=headers, **given)
        except TimeoutError:
            self.wrong.append(f"{what}: nothing within {SECONDS} s")
            return
        except Exception as error:
            self.wrong.append(f"{what}: {type(error).__name__}: {str(error)[:400]}")
            return
        if fault := _fault(answer, expect) or ("tells what is hidden" if hidden and MARK in answer.text else ""):
            self.wrong.append(f"{what}: {answer.status_code} {fault} {answer.text[:200]}")

    def done(self) -> None:
        assert not self.wrong, f"{len(self.wrong)} of {self.asked}:\n" + "\n".join(self.wrong[:60])


def _fault(answer: httpx.Response, expect: tuple[int, str] | None) -> str:
    """What is wrong with an answer, whoever asked."""
    if answer.status_code >= 500 and answer.status_code not in (501, 503):
        return "is no answer"
    error = None
    if answer.status_code >= 400:
        try:
            error = answer.json()["error"]
        except (ValueError, TypeError, KeyError):
            return "is not in the shape of Mastodon's errors:"
        if not isinstance(error, str) or not error:
            return "says nothing:"
    if expect and (answer.status_code, error) != expect:
        return f"should be {expect}:"
    return ""


class Scene:
    """A member with every right, a stranger, somebody who blocks the stranger, and what each of them has."""

    owner: Account
    token: str
    stranger: str
    ids: dict[str, str]
    foreign: list[str]


async def told(world: World) -> Scene:
    """The scene, with posts and an own poll to aim at, and others that the stranger may not see."""
    scene = Scene()
    scene.owner = await world.account("keeper", role=Role.OWNER)
    scene.token = await world.token(scene.owner, SCOPES)
    stranger = await world.account("stranger")
    scene.stranger = await world.token(stranger, "read write follow push profile")
    friend = await world.account("friend")
    hermit = await world.account("hermit", protected=True)
    foe = await world.account("foe")
    await world.follows(scene.owner, hermit)
    await block(world.db, foe, stranger.id, clock.now())
    post = await world.post(scene.owner, "something to aim at #tea")
    gone = await world.post(friend, f"deleted {MARK}")
    await delete_post(world.db, friend, gone.id, clock.now())
    hidden = [
        await world.post(hermit, f"among ourselves {MARK}", to="followers"),
        await world.post(friend, f"@keeper psst {MARK}", to="direct"),
        await world.post(friend, f"for friends {MARK}", to="followers"),
        gone,
    ]
    await world.settle()
    scene.ids = {"account_id": str(friend.id), "status_id": str(post.id), "hashtag": "tea", "name": "tea"}
    scene.foreign = [str(one.id) for one in hidden]
    return scene


@pytest.fixture
async def scene(world: World) -> Scene:
    return await told(world)


def contracted(endpoint: Endpoint) -> contract.Endpoint | None:
    """What the documentation says of it."""
    wanted = contract.shape(endpoint.path)
    return next(
        (each for each in contract.endpoints().values()
         if each.method == endpoint.method and contract.shape(each.path) == wanted), None)  # fmt: skip


async def aimed(sweep: Sweep, scene: Scene, endpoint: Endpoint, long: bool, turn: int) -> None:
    """Each parameter with each value (or, where time is short, one of each kind): JSON, in the address, in a form."""
    path = endpoint.at(scene.ids, scene.ids["status_id"])
    reads = endpoint.method in ("GET", "DELETE")
    for number, name in enumerate(endpoint.parameters):
        plain = name.removesuffix("[]")
        some = turn + number
        written = JSON_VALUES if long else [JSON_VALUES[some % len(JSON_VALUES)]]
        formed = FORM_VALUES if long else [FORM_VALUES[some % len(FORM_VALUES)]]
        if not reads:
            for value in written:
                await sweep.ask(
                    endpoint, path, scene.token, headers={"Content-Type": "application/json"},
                    content=f'{{"{plain}":{value}}}'.encode())  # fmt: skip
        for value in formed:
            twice = f"{plain}={value}&{plain}={value}" if some % 2 else f"{plain}[]={value}&{plain}[x][y]={value}"
            if reads:
                await sweep.ask(endpoint, f"{path}?{plain}={value}", scene.token)
                if long:
                    await sweep.ask(endpoint, f"{path}?{twice}", scene.token)
                continue
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            for text in [f"{plain}={value}", twice] if long else [twice]:
                await sweep.ask(endpoint, path, scene.token, headers=form, content=text.encode())
        if long and not reads:
            megabyte = json.dumps({plain: "a" * 1_000_000}).encode()
            await sweep.ask(
                endpoint, path, scene.token, headers={"Content-Type": "application/json"}, content=megabyte)


async def bodied(sweep: Sweep, scene: Scene, endpoint: Endpoint, bodies: list[tuple[str, bytes]]) -> None:
    """Bodies that are not what they are said to be."""
    path = endpoint.at(scene.ids, scene.ids["status_id"])
    for kind, body in bodies:
        await sweep.ask(endpoint, path, scene.token, headers={"Content-Type": kind}, content=body)


async def placed(sweep: Sweep, scene: Scene, endpoint: Endpoint, values: list[str]) -> None:
    """Ids that are none, and those of what the stranger, and a visitor, may not see."""
    if not PARTS.search(endpoint.path):
        return
    for value in values:
        await sweep.ask(endpoint, PARTS.sub(lambda _, value=value: value, endpoint.path), scene.token)  # type: ignore[misc]
    for value in scene.foreign:
        path = PARTS.sub(lambda _, value=value: value, endpoint.path)  # type: ignore[misc]
        await sweep.ask(endpoint, path, scene.stranger, hidden=True)
        await sweep.ask(endpoint, path, hidden=True)


@pytest.mark.parametrize("long", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["quick", "long"])
async def test_hostile_parameters(client: httpx.AsyncClient, world: World, scene: Scene, long: bool) -> None:
    assert len(ENDPOINTS) > 220, "the routes must be found, or nothing is tried"
    assert sum(len(each.parameters) for each in ENDPOINTS) > 500, "the parameters must be found, or nothing is tried"
    sweep = Sweep(client)
    for turn, endpoint in enumerate(ENDPOINTS):
        if endpoint.path in ("/oauth/revoke",) and long:
            scene.token = await world.token(scene.owner, SCOPES)
        await aimed(sweep, scene, endpoint, long, turn)
        some = turn % len(BODIES)
        if endpoint.method not in ("GET", "DELETE") or long:
            await bodied(sweep, scene, endpoint, BODIES if long else (BODIES + BODIES)[some : some + 3])
        some = turn % len(MALFORMED)
        await placed(sweep, scene, endpoint, MALFORMED if long else (MALFORMED + MALFORMED)[some : some + 2])
    print(f"{len(ENDPOINTS)} endpoints, {sum(len(e.parameters) for e in ENDPOINTS)} parameters, {sweep.asked} requests")
    sweep.done()


async def _application_token(world: World, scopes: str) -> str:
    secret = tokens.new_secret()
    async with world.db.transaction() as tx:
        await tokens.insert_token(tx, new_id(clock.now()), secret, None, None, scopes, clock.now())
    return secret


async def test_every_endpoint_knows_who_may_call_it(client: httpx.AsyncClient, world: World, engine: Engine) -> None:
    scene = await told(world)
    sweep = Sweep(client)
    held = {state: await world.account(f"held{state.value}") for state in (State.SUSPENDED, State.UNCONFIRMED)}
    suspended, unconfirmed = [await world.token(account, SCOPES) for account in held.values()]
    for state, account in held.items():
        async with world.db.transaction() as tx:
            await accounts.change(tx, account.id, state=state)
    program = await _application_token(world, SCOPES)
    narrow = await world.token(scene.owner, "push")
    narrower = await world.token(scene.owner, "profile")
    asked = 0
    for endpoint in ENDPOINTS:
        documented = contracted(endpoint)
        if documented is None or documented.who != "user" or documented.name in contract.missing():
            continue
        if endpoint.path in OF_OTHERS:
            continue
        asked += 1
        path = endpoint.at(scene.ids, scene.ids["status_id"])
        dead = (401, "The access token is invalid")
        await sweep.ask(endpoint, path, expect=dead)
        await sweep.ask(endpoint, path, "revoked", expect=dead)
        if documented.scopes:
            foreign = narrower if any("push" in scope for scope in documented.scopes) else narrow
            await sweep.ask(endpoint, path, foreign, expect=(403, "This action is outside the authorized scopes"))
        await sweep.ask(endpoint, path, program, expect=(422, "This method requires an authenticated user"))
        await sweep.ask(endpoint, path, suspended, expect=(403, "Your login is currently disabled"))
        await sweep.ask(
            endpoint, path, unconfirmed, expect=(403, "Your login is missing a confirmed e-mail address"))
    print(f"{asked} endpoints of members, {sweep.asked} requests")
    assert asked > 100
    sweep.done()


async def test_a_form_of_a_million_parameters_is_refused_before_it_is_read(client: httpx.AsyncClient) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    started = clock.monotonic()
    answer = await client.post("/api/v1/apps", content=b"a%20=%41&" * 1_000_000, headers=form)
    assert (answer.status_code, answer.json()["error"]) == (422, "There are more than 1000 parameters.")
    assert clock.monotonic() - started < 1.5

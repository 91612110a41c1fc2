"""Mastodon's contract: what every endpoint answers (entities.toml, endpoints.toml), and a check of real answers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import msgspec

from harken.api.mastodon.instance import API_VERSION

HERE = Path(__file__).parent
WORDS = {
    "string": str,
    "html": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "hash": dict,
    "null": type(None),
}
_DIGITS = re.compile(r"-?\d+")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
KINDS = {*WORDS, "id", "digits", "url", "datetime", "date"}
# Answers that are no JSON of the contract.
NO_ENTITY = ("text", "page", "stream")
# What Harken adds, each where a client that does not know it skips it.
OURS = {
    "Error": {"position", "length"},  # where a query of the search language is wrong
    "Relationship": {"harken"},
    "DeletedStatus": {"harken"},
    "Status": {"harken"},  # docs/api.md, "In Mastodon's own entities"
}


@dataclass(frozen=True)
class Attribute:
    """One attribute of an entity."""

    kind: str
    optional: bool
    signed_in: bool
    newer: bool  # than the version that we say we speak


@dataclass(frozen=True)
class Endpoint:
    """One line of endpoints.toml."""

    name: str  # "GET /api/v1/accounts/:id"
    answers: str
    who: str  # public, app or user
    scopes: tuple[str, ...]

    @property
    def method(self) -> str:
        return self.name.split()[0]

    @property
    def path(self) -> str:
        return self.name.split()[1]


@dataclass
class Seen:
    """What was met in answers: attributes by entity, and those of them that ever had a value."""

    attributes: dict[str, set[str]] = field(default_factory=dict)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


@cache
def entities() -> dict[str, dict[str, Attribute]]:
    """Every entity by name, with what it takes over from another."""
    given: dict[str, dict[str, str]] = tomllib.loads((HERE / "entities.toml").read_text())
    ours = _version(API_VERSION)[:2]

    def attribute(text: str) -> Attribute:
        kind, rest = re.fullmatch(r"(\[?<[^>]*>\]?\??|\S+)(.*)", text).groups()  # type: ignore[union-attr]
        words = rest.split()
        return Attribute(kind, "optional" in words, "signed-in" in words, _version(words[-1])[:2] > ours)

    def whole(name: str) -> dict[str, Attribute]:
        own = {key: attribute(text) for key, text in given[name].items() if key != "extends"}
        return (whole(given[name]["extends"]) if "extends" in given[name] else {}) | own

    return {name: whole(name) for name in given}


@cache
def endpoints() -> dict[str, Endpoint]:
    """Every endpoint by its name."""
    made = {}
    for name, text in tomllib.loads((HERE / "endpoints.toml").read_text()).items():
        answers, token, _ = (part.strip() for part in text.split("|"))
        who, *scopes = token.split()
        made[name] = Endpoint(name, answers, who, tuple(scopes))
    return made


@cache
def missing() -> frozenset[str]:
    """The endpoints that Harken does not have yet, each named in missing.toml."""
    return frozenset(tomllib.loads((HERE / "missing.toml").read_text())["missing"])


def shape(path: str) -> str:
    """A path whose variable parts are stars, from `:id` as from `{status_id:str}`."""
    return re.sub(r"\{[^}]*\}|:\w+", "*", path)


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], Endpoint]]:
    # Literal paths come before those with variables: /accounts/search is no account.
    ordered = sorted(endpoints().values(), key=lambda each: (shape(each.path).count("*"), each.path))
    return [
        (each.method, re.compile(re.escape(shape(each.path)).replace(r"\*", "[^/]+")), each) for each in ordered
    ]


@cache
def endpoint_of(method: str, path: str) -> Endpoint | None:
    """The endpoint behind a request, or None for what is not Mastodon's."""
    method = "GET" if method == "HEAD" else method
    return next((each for verb, pattern, each in _patterns() if verb == method and pattern.fullmatch(path)), None)


def differences(
    value: Any, kind: str, *, signed_in: bool | None = True, at: str = "", seen: Seen | None = None
) -> list[str]:
    """Where `value` departs from `kind` (a type of entities.toml); empty when it is as documented.

    `signed_in` None is a token of which we do not know whether it is a person's or an application's.
    """
    return list(_differences(value, kind, signed_in, at, seen))


def _differences(value: Any, kind: str, signed_in: bool | None, at: str, seen: Seen | None) -> Iterator[str]:
    if kind.endswith("?"):
        if value is None:
            return
        kind = kind[:-1]
    if kind.startswith("["):
        if not isinstance(value, list):
            yield f"{at} is {value!r:.60}, not a list"
            return
        for index, each in enumerate(value):
            yield from _differences(each, kind[1:-1], signed_in, f"{at}[{index}]", seen)
    elif kind.startswith("{"):
        if not isinstance(value, dict):
            yield f"{at} is {value!r:.60}, not a hash"
            return
        for key, each in value.items():
            yield from _differences(each, kind[1:-1], signed_in, f"{at}.{key}", seen)
    elif kind.startswith("<"):
        if value not in kind[1:-1].split():
            yield f"{at} is {value!r:.60}, not one of {kind[1:-1]}"
    elif "/" in kind:
        choices = [list(_differences(value, each, signed_in, at, None)) for each in kind.split("/")]
        if all(choices):
            yield min(choices, key=len)[0]
        else:
            yield from _differences(value, kind.split("/")[choices.index([])], signed_in, at, seen)
    elif kind in entities():
        yield from _entity(value, kind, signed_in, at, seen)
    elif not _is(value, kind):
        yield f"{at} is {value!r:.60}, not {kind}"


def _entity(value: Any, kind: str, signed_in: bool | None, at: str, seen: Seen | None) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at} is {value!r:.60}, not a {kind}"
        return
    known = entities()[kind]
    if signed_in is None and (telling := {name for name, attribute in known.items() if attribute.signed_in}):
        signed_in = not telling.isdisjoint(value)
    noted = seen.attributes.setdefault(kind, set()) if seen is not None else set()
    for name, attribute in known.items():
        if name not in value:
            if not (attribute.optional or attribute.newer or (attribute.signed_in and not signed_in)):
                yield f"{at}.{name} is missing ({kind})"
            continue
        if attribute.signed_in and not signed_in:
            yield f"{at}.{name} is told to a visitor ({kind})"
        if value[name] not in (None, [], {}, ""):
            noted.add(name)
        yield from _differences(value[name], attribute.kind, signed_in, f"{at}.{name}", seen)
    for name in value.keys() - known.keys() - OURS.get(kind, set()):
        yield f"{at}.{name} is not in Mastodon's {kind}"


def _is(value: Any, kind: str) -> bool:
    if kind in WORDS:
        if isinstance(value, bool):
            return kind == "boolean"
        return isinstance(value, WORDS[kind])  # type: ignore[arg-type]
    if not isinstance(value, str):
        return False
    match kind:
        case "id" | "digits":
            return bool(_DIGITS.fullmatch(value))
        case "url":
            return bool(re.match(r"(https?|wss?)://[^/\s]+", value))
        case "datetime":
            return bool(_DATETIME.fullmatch(value)) and datetime.fromisoformat(value) is not None
        case "date":
            return len(value) == 10 and date.fromisoformat(value) is not None
    raise AssertionError(f"entities.toml names a type that nobody knows: {kind}")


def check(
    method: str, path: str, status: int, body: bytes, *, signed_in: bool | None, seen: Seen | None = None
) -> list[str]:
    """Where an answer departs from the contract: the entity of a success, the error's shape of a refusal."""
    endpoint = endpoint_of(method, path)
    if endpoint is None or method == "HEAD" or endpoint.answers in NO_ENTITY or 300 <= status < 400 or status == 206:
        return []
    kind = endpoint.answers if status < 300 else "Error"
    try:
        value = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return [f"{endpoint.name} ({status}): no JSON"]
    return [f"{endpoint.name} ({status}): {each}" for each in differences(value, kind, signed_in=signed_in, seen=seen)]


def keep(response: httpx.Response, seen: Seen | None = None, signed_in: bool | None = None) -> None:
    """Assert that a response, its body already read, keeps the contract."""
    request = response.request
    if "authorization" not in request.headers:
        signed_in = False
    broken = check(
        request.method, request.url.path, response.status_code, response.content,
        signed_in=signed_in, seen=seen,
    )  # fmt: skip
    assert not broken, "\n".join(broken)


async def keep_contract(response: httpx.Response) -> None:
    """An event hook for httpx.AsyncClient."""
    if endpoint_of(response.request.method, response.request.url.path) is not None:
        await response.aread()
        keep(response)


def keep_contract_now(response: httpx.Response) -> None:
    """An event hook for httpx.Client."""
    if endpoint_of(response.request.method, response.request.url.path) is not None:
        endpoint = endpoint_of(response.request.method, response.request.url.path)
        assert endpoint is not None
        if endpoint.answers not in NO_ENTITY:
            response.read()
            keep(response)

"""Harken keeps Mastodon's contract: everything that is documented is answered, and as documented."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from harken.app import routed
from harken.engine import Engine
from tests.api.mastodon.conftest import People
from tests.api.mastodon.test_streaming import Connection
from tests.contract import contract
from tests.contract.tour import STOPS, Tour


def answered() -> dict[str, bool]:
    """Every endpoint of the documentation that has a route; whether that is more than a stub."""
    handlers: dict[tuple[str, str], HTTPRouteHandler] = {
        (str(method), contract.shape(route.path)): handler
        for route in routed(0).routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
    }
    return {
        name: not handler.opt.get("stub")
        for name, endpoint in contract.endpoints().items()
        if (handler := handlers.get((endpoint.method, contract.shape(endpoint.path)))) is not None
    }


def test_what_is_missing_is_listed_and_what_is_listed_is_missing() -> None:
    there = {name for name, real in answered().items() if real}
    unlisted = contract.endpoints().keys() - there - contract.missing()
    assert not unlisted, f"no route answers these, and tests/contract/missing.toml does not say so: {sorted(unlisted)}"
    begun = contract.missing() & there
    assert not begun, (
        f"these answer now: take them off tests/contract/missing.toml and call them in tests/contract/tour.py: "
        f"{sorted(begun)}"
    )
    unknown = contract.missing() - contract.endpoints().keys()
    assert not unknown, f"missing.toml lists what is not documented: {sorted(unknown)}"


async def test_every_endpoint_answers_as_documented(engine: Engine, people: People) -> None:
    tour = Tour(people, await people("alice"), await people("bob"), engine)
    for visit in STOPS:
        await visit(tour)
    await streams(tour)
    report(tour)
    forgotten = contract.endpoints().keys() - tour.been - contract.missing()
    assert not forgotten, f"the tour does not call {sorted(forgotten)}"
    assert not tour.empty, f"nothing was there to be answered by {sorted(tour.empty)}"


async def streams(tour: Tour) -> None:
    """Every stream opens; what comes over it, test_streaming.py hears."""
    tour.engine.start()
    kept = await tour.alice.do("/api/v1/lists", title="Streamed")
    for name, endpoint in contract.endpoints().items():
        if endpoint.answers != "stream" or name in contract.missing():
            continue
        connection = Connection(tour.engine, endpoint.path, f"tag=tea&list={kept['id']}", tour.alice.token)
        start = await connection.next()
        assert start["status"] == 200, name
        tour.been.add(name)
        while tour.engine.streaming.open_streams == 0:
            await asyncio.sleep(0.005)
        await connection.vanish()
    await tour.engine.stop()


def report(tour: Tour) -> None:
    """Print how much of the documentation the tour has covered (`make contract` shows it)."""
    endpoints, entities = contract.endpoints(), contract.entities()
    met = {name for name in entities if name in tour.seen.attributes}
    lines = [
        f"{len(tour.been)} of {len(endpoints)} endpoints answered, {len(contract.missing())} missing",
        f"{len(met)} of {len(entities)} entities seen; not yet: {' '.join(sorted(entities.keys() - met))}",
    ]
    for name in sorted(met):
        never = {
            key for key, attribute in entities[name].items()
            if not attribute.newer and key not in tour.seen.attributes[name]
        }  # fmt: skip
        if never:
            lines.append(f"  {name}: never with a value: {' '.join(sorted(never))}")
    text = "\n".join(lines)
    if to := os.environ.get("CONTRACT_REPORT"):
        Path(to).write_text(text + "\n")
    print(text)


@pytest.mark.parametrize(
    "value, kind, wrong",
    [
        ("12", "id", ""),
        (12, "id", "not id"),
        (True, "integer", "not integer"),
        (1, "boolean", "not boolean"),
        (None, "string?", ""),
        (None, "string", "not string"),
        ("/about", "url", "not url"),
        ("2008-06-12T10:00:00.000Z", "datetime", ""),
        ("2008-06-12T10:00:00Z", "datetime", "not datetime"),
        ("loud", "<public unlisted>", "not one of"),
        ([1, "2"], "[integer]", "[1] is '2', not integer"),
        ({"en": ["de"]}, "{[string]}", ""),
        ({"en": "de"}, "{[string]}", ".en is 'de', not a list"),
        ({"name": "tea", "url": "https://example.org/tags/tea"}, "Status::Tag", ""),
        ({"name": "tea"}, "Status::Tag", ".url is missing"),
        ({"name": "tea", "uri": "x", "url": "https://example.org/"}, "Status::Tag", ".uri is not in"),
        ({"state": "accepted", "quoted_status_id": "1"}, "Quote/ShallowQuote", ""),
        ({"state": "accepted", "quoted": "1"}, "Quote/ShallowQuote", "is missing"),
    ],
)
def test_the_checker_sees_what_departs(value: Any, kind: str, wrong: str) -> None:
    found = contract.differences(value, kind)
    assert (wrong in found[0]) if wrong else (found == []), found


def test_every_type_in_the_data_is_known() -> None:
    """A misspelt type would check nothing."""
    for name, attributes in contract.entities().items():
        for key, attribute in attributes.items():
            for kind in attribute.kind.removesuffix("?").strip("[]{}").split("/"):
                known = kind.startswith("<") or kind in contract.entities() or kind in contract.KINDS
                assert known, (name, key, kind)
    for endpoint in contract.endpoints().values():
        kinds = endpoint.answers.strip("[]{}").split("/")
        assert all(kind in contract.entities() or kind in (*contract.NO_ENTITY, "string") for kind in kinds), endpoint

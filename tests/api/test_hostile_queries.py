"""Queries that nobody means well with, at every door that takes one: an answer or a refusal, soon, and never a 500."""

from __future__ import annotations

import time

import httpx
import pytest

from harken import clock
from harken.search.query import BadQuery, parse
from tests.web.test_pages import sign_in
from tests.world import World

QUERIES = {
    "long": "word " * 2000,
    "one long word": "x" * 10_000,
    "terms": " ".join(f"t{n}" for n in range(1000)),
    "alternatives": " OR ".join(f"t{n}" for n in range(1000)),
    "exclusions": "a " + " ".join(f"-t{n}" for n in range(1000)),
    "only exclusions": "-a -e -i",
    "deep": "(" * 500 + "tea" + ")" * 500,
    "deep and open": "(" * 500,
    "deep negation": "-(" * 500 + "tea" + ")" * 500,
    "many negations": "-" * 500 + "tea",
    "prefixes": " ".join(f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"),
    "prefix of nothing": "*",
    "prefixes excluded": "-a* -e* -t* -s*",
    "operators": "from: to: @ # lang: since: near: geocode: sort: verb: in:",
    "operator storm": "from:a " * 500,
    "quotes": '"' * 501,
    "a long phrase": '"' + "to be or not " * 300 + '"',
    "dates": "since:9999-99-99 until:0000-00-00",
    "places": "near:" + "San " * 200 + " within:1e309mi",
    "geocode": "geocode:nan,inf,-1km",
    "nul": "a\x00b",
    "surrogate": "a\ud800b",
    "bidi": "\u202e\u2066tea\u2069",
    "combining": "e" + "\u0301" * 3000,
    "zero width": "\u200b\u200d\ufeff" * 1000,
    "emoji": "🏳️‍🌈👩‍👩‍👧‍👦" * 300,
    "han": "猫" * 3000,
    "not characters": "\ufffe\uffff\U0010ffff",
    "sql": "'; DROP TABLE post; --",
    "fts": 'NEAR(a b, 5) {col} : ^a AND NOT "',
    "tsquery": "a & b | !c <-> d :*",
    "html": "<script>alert(1)</script>\"'>",
    "smileys": ":) :( ? " * 500,
    "numbers": "min_faves:99999999999999999999999 min_replies:-1",
}
DOORS = [
    "/search?q={q}", "/search?q={q}&bars=1", "/search/advanced?q={q}", "/search/people?q={q}", "/search.json?q={q}",
    "/search.atom?q={q}", "/feeds/search.atom?q={q}", "/api/v2/search?q={q}", "/api/v2/search?q={q}&type=statuses",
    "/api/v1/search?q={q}", "/fragments/search?q={q}&after=0", "/fragments/over-time?q={q}",
    "/fragments/written?all={q}",
    "/fragments/complete?q={q}&at=3", "/api/harken/v1/knowers?q={q}", "/ears?q={q}", "/settings/filters/new?q={q}"]
SOON = 0.6
"""Seconds of CPU, the test's own included, on a machine that does other things; a quiet one takes less than 0.1."""


@pytest.mark.parametrize("door", DOORS)
async def test_every_door_answers_or_refuses_soon(world: World, client: httpx.AsyncClient, door: str) -> None:
    ann = await world.account("ann")
    for number in range(30):
        await world.post(ann, f"tea {number} with a biscuit? :) in a t{number}")
    await world.settle()
    await sign_in(client, world, ann)
    path, _, rest = door.partition("?")
    client.headers["Authorization"] = f"Bearer {await world.token(ann)}"
    await client.get(path, params={"q": "near:Vienna tea"})  # what is loaded once is loaded
    wrong = []
    for name, query in QUERIES.items():
        given = httpx.QueryParams(rest.replace("{q}", "")).merge({"q": query.encode("utf-8", "surrogatepass").decode(
            "utf-8", "replace")})
        began = time.process_time()
        answer = await client.get(path, params=given)
        took = time.process_time() - began
        if answer.status_code >= 500 and answer.status_code != 501:
            wrong.append(f"{name}: {answer.status_code}")
        if took > SOON:
            wrong.append(f"{name}: {took:.2f} s")
    assert wrong == []


async def test_ears_filters_and_commands_refuse_what_they_cannot_keep(
    world: World, client: httpx.AsyncClient
) -> None:
    ann = await world.account("ann")
    client.headers["Authorization"] = f"Bearer {await world.token(ann)}"
    ear = (await client.post("/api/harken/v1/ears", json={"query": "tea"})).json()["id"]
    wrong = []
    for name, query in QUERIES.items():
        if "\ud800" in query:  # JSON cannot say it, forms neither
            continue
        for method, path, body in (
            ("POST", "/api/harken/v1/ears", {"query": query}),
            ("PATCH", f"/api/harken/v1/ears/{ear}", {"query": query}),
            ("POST", "/api/v2/filters", {"title": "x", "context": ["home"], "query": query}),
            ("POST", "/api/v1/statuses", {"status": f"track {query}"[:500]}),
        ):
            began = time.process_time()
            answer = await client.request(method, path, json=body)
            took = time.process_time() - began
            if (answer.status_code >= 500 and answer.status_code != 501) or took > SOON:
                wrong.append(f"{method} {path}, {name}: {answer.status_code}, {took:.2f} s")
    assert wrong == []


@pytest.mark.parametrize("query", ["(" * 500, 'tea "coffee', "tea since:someday", "a OR", "tea near:"])
async def test_a_refusal_shows_where_the_fault_is(client: httpx.AsyncClient, query: str) -> None:
    with pytest.raises(BadQuery) as fault:
        parse(query, clock.now())
    page = await client.get("/search", params={"q": query})
    assert page.status_code == 422
    assert 'id="mistake"' in page.text
    for door in ("/api/v2/search?type=statuses", "/search.json", "/feeds/search.atom", "/api/harken/v1/knowers"):
        answer = await client.get(httpx.URL(door).copy_merge_params({"q": query}))
        assert answer.status_code == 422, door
        assert (answer.json()["position"], answer.json()["length"]) == (fault.value.position, fault.value.length), door

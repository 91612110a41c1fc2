"""`/trends.json` and its successors, as scripts of 2008 and 2009 read them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from harken import clock
from harken.actions.change_profile import change_profile
from harken.model.account import Account
from tests.world import World

SAID = ("Off to the", "Rain on the", "A drum for the", "At noon, the")
KEYED = {
    "/trends/current.json": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "/trends/daily.json": r"\d{4}-\d\d-\d\d \d\d:00",
    "/trends/weekly.json": r"\d{4}-\d\d-\d\d"}


async def parade(world: World) -> list[Account]:
    with clock.frozen(clock.now() - timedelta(days=2)):
        crowd = [await world.account(f"p{n}") for n in range(4)]
    for who, said in zip(crowd, SAID, strict=True):
        await world.post(who, f"{said} #Parade")
        await world.post(who, f"{said} page: https://parade.example/route")
    return crowd


async def test_ten_terms_with_their_searches(world: World, client: httpx.AsyncClient) -> None:
    await parade(world)
    answer = await client.get("/trends.json")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    made = answer.json()
    assert made["trends"] == [{"name": "#Parade", "url": "https://harken.test/search?q=%23parade"}]
    assert abs(parsedate_to_datetime(made["as_of"]) - clock.now()) < timedelta(minutes=1)
    assert set(made) == {"trends", "as_of"}
    assert (await client.get("/trends.json?exclude=hashtags")).json()["trends"] == []


@pytest.mark.parametrize("path", KEYED)
async def test_later_shapes_are_keyed_by_time(world: World, client: httpx.AsyncClient, path: str) -> None:
    await parade(world)
    made = (await client.get(path)).json()
    [(key, trends)] = made["trends"].items()
    assert re.fullmatch(KEYED[path], key)
    assert trends == [{"name": "#Parade", "query": "#parade"}]
    assert abs(made["as_of"] - clock.now().timestamp()) < 60


async def test_who_wishes_not_to_be_found_is_not_counted_in_the_next_answer(
    world: World, client: httpx.AsyncClient
) -> None:
    crowd = await parade(world)
    for who, there in zip(crowd, (True, False), strict=False):
        await change_profile(world.db, who, now=clock.now(), indexable=False)
        assert bool((await client.get("/trends.json")).json()["trends"]) is there


@pytest.mark.parametrize("path", ["/trends.json", *KEYED])
async def test_a_callback_is_a_name_and_nothing_more(client: httpx.AsyncClient, path: str) -> None:
    called = await client.get(f"{path}?callback=a.b[0]")
    assert called.headers["content-type"] == "application/javascript; charset=utf-8"
    assert called.text.startswith("/**/a.b[0](")
    assert "trends" in json.loads(called.text.removeprefix("/**/a.b[0](").removesuffix(");"))
    for wrong in ("callback=alert(1)", "callback=" + "a" * 101, "callback=a%0Ab", "callback=%C3%A9", "exclude=words",
                  "callback[x]=1"):
        refused = await client.get(f"{path}?{wrong}")
        assert refused.status_code == 422, wrong
        assert "error" in refused.json()

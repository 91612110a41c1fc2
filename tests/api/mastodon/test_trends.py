"""Trends as clients of Mastodon read them."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from harken import clock
from harken.actions.block import block
from harken.actions.change_profile import change_profile
from harken.model.account import Account
from tests.world import World

SAID = ("Off to the", "Rain on the", "A drum for the", "At noon, the")
LINK = "https://Parade.example/route?day=1"


async def parade(world: World) -> list[Account]:
    with clock.frozen(clock.now() - timedelta(days=30)):
        crowd = [await world.account(f"p{n}") for n in range(4)]
    with clock.frozen(clock.now() - timedelta(days=3)):
        await world.post(crowd[0], "A #parade, some day")
    for who, said in zip(crowd, SAID, strict=True):
        await world.post(who, f"{said} #Parade")
        await world.post(who, f"{said} page: {LINK}")
    await world.post(crowd[0], "Home from the #parade")
    return crowd


async def test_a_tag_has_seven_days_of_history_in_words(world: World, client: httpx.AsyncClient) -> None:
    await parade(world)
    for path in ("/api/v1/trends/tags", "/api/v1/trends"):
        [tag] = (await client.get(path)).json()
        history = tag.pop("history")
        assert tag == {
            "id": "parade", "name": "parade", "url": "https://harken.test/tags/parade"}
        midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        assert [day["day"] for day in history] == [
            str(int((midnight - timedelta(days=ago)).timestamp())) for ago in range(7)]
        assert sum(int(day["uses"]) for day in history) == 6
        assert history[0] == {"day": history[0]["day"], "uses": "5", "accounts": "4"}
        assert history[3] == {"day": history[3]["day"], "uses": "1", "accounts": "1"}


async def test_a_link_is_a_card_with_history(world: World, client: httpx.AsyncClient) -> None:
    await parade(world)
    [link] = (await client.get("/api/v1/trends/links")).json()
    assert link["history"][0] == {"day": link["history"][0]["day"], "uses": "4", "accounts": "4"}
    assert (link["url"], link["title"], link["type"]) == (LINK, "Parade.example/route?day=1", "link")
    assert (link["provider_name"], link["provider_url"]) == ("parade.example", "https://Parade.example")
    assert set(link) == {
        "url", "title", "description", "language", "type", "author_name", "author_url", "authors", "provider_name",
        "provider_url", "html", "width", "height", "image", "image_description", "embed_url", "blurhash",
        "published_at", "history"}


async def test_posts_are_statuses_and_not_those_of_somebody_blocked(world: World, client: httpx.AsyncClient) -> None:
    crowd = await parade(world)
    reader = await world.account("reader")
    everything = (await client.get("/api/v1/trends/statuses")).json()
    assert len({one["id"] for one in everything}) == len(everything) == 6
    assert len({one["account"]["acct"] for one in everything[:3]}) > 1
    assert "p3" in {one["account"]["acct"] for one in everything}
    await block(world.db, reader, crowd[3].id, clock.now())
    token = {"Authorization": f"Bearer {await world.token(reader, 'read')}"}
    mine = (await client.get("/api/v1/trends/statuses", headers=token)).json()
    assert mine
    assert "p3" not in {one["account"]["acct"] for one in mine}
    first = (await client.get("/api/v1/trends/statuses?limit=1&offset=1")).json()
    assert [one["id"] for one in first] == [everything[1]["id"]]


@pytest.mark.parametrize("path", ["tags", "links", "statuses"])
async def test_who_wishes_not_to_be_found_is_gone_from_the_next_answer(
    world: World, client: httpx.AsyncClient, path: str
) -> None:
    crowd = await parade(world)
    for who, there in zip(crowd, (True, False), strict=False):
        await change_profile(world.db, who, now=clock.now(), indexable=False)
        answer = await client.get(f"/api/v1/trends/{path}")
        assert answer.status_code == 200
        assert bool(answer.json()) is there


@pytest.mark.parametrize("query", ["limit=x", "offset=-1", "offset=x", "offset[a]=1", "offset=1e400"])
async def test_bad_pages_are_refused(client: httpx.AsyncClient, query: str) -> None:
    for path in ("tags", "links", "statuses"):
        refused = await client.get(f"/api/v1/trends/{path}?{query}")
        assert refused.status_code == 422
        assert refused.json()["error"]


async def test_beyond_the_last_page_is_nothing(world: World, client: httpx.AsyncClient) -> None:
    await parade(world)
    for path in ("tags", "links", "statuses"):
        assert (await client.get(f"/api/v1/trends/{path}?offset=1000000&limit=1")).json() == []


async def test_posts_with_a_link_that_trends_are_a_timeline(world: World, client: httpx.AsyncClient) -> None:
    crowd = await parade(world)
    path = "/api/v1/timelines/link"
    shy = await world.account("shy", indexable=False)
    await world.post(shy, f"Not to be found: {LINK}")
    await world.post(crowd[0], f"For friends: {LINK}", to="followers")
    await world.post(crowd[0], "Elsewhere: https://parade.example/other")
    reader = await world.account("reader")
    await world.follows(reader, crowd[0])
    token = {"Authorization": f"Bearer {await world.token(reader, 'read')}"}

    async def authors(headers: dict[str, str] | None = None, **given: str) -> list[str]:
        answer = await client.get(path, params={"url": LINK} | given, headers=headers)
        assert answer.status_code == 200, answer.text
        return [one["account"]["acct"] for one in answer.json()]

    assert await authors() == await authors(token) == ["p3", "p2", "p1", "p0"]
    answer = await client.get(path, params={"url": LINK, "limit": "2"})
    assert await authors(limit="2", max_id=answer.json()[-1]["id"]) == ["p1", "p0"]
    assert 'rel="next"' in answer.headers["link"]
    await block(world.db, reader, crowd[3].id, clock.now())
    assert await authors(token) == ["p2", "p1", "p0"]
    for unknown in ("https://parade.example/other", "x", ""):
        assert (await client.get(path, params={"url": unknown})).status_code == 404

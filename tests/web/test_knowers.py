"""People who know: the page, the API, the button, and what they make of bad input."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from harken.actions.change_profile import change_profile
from harken.model.account import Account
from harken.search.knowers import Reason
from harken.web.knowers import lately, why
from tests.web.test_pages import sign_in
from tests.world import World

pytestmark = pytest.mark.anyio
API = "/api/harken/v1/knowers"


async def community(world: World) -> tuple[Account, Account, Account]:
    """Somebody who asks, somebody who answers, and somebody who talks."""
    asker, helper, talker = [await world.account(name) for name in ("asker", "helper", "talker")]
    question = await world.post(asker, "Where is there a good clinic?")
    await world.post(helper, "The clinic by the river. They listen.", reply_to=question)
    await world.post(talker, "A <b>clinic</b> is a quiet place")
    return asker, helper, talker


def named(page: str) -> list[str]:
    return re.findall(r'<article class="person knower"><a class="face" href="/@([^"]+)"', page)


@pytest.mark.parametrize("as_member", [False, True])
async def test_the_page_names_people_says_why_and_shows_the_posts(
    world: World, client: httpx.AsyncClient, as_member: bool
) -> None:
    asker, _, _ = await community(world)
    if as_member:
        await sign_in(client, world, asker)
    answer = await client.get("/search/people?q=clinic")
    assert answer.status_code == 200
    assert named(answer.text) == ["helper", "talker"]
    assert "Answered a question about this, today" in answer.text
    assert "by the river" in answer.text
    assert "<b>clinic</b>" not in answer.text
    assert answer.text.count("<h1") == 1
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script>|javascript:", answer.text)


async def test_search_and_people_lead_to_each_other(world: World, client: httpx.AsyncClient) -> None:
    await community(world)
    there = "/search/people?q=%22a%20clinic%22%20%26%20%3E"
    posts = await client.get("/search", params={"q": '"a clinic" & >'})
    assert f'<a href="{there}">' in posts.text
    people = await client.get(there)
    assert '<a href="/search?q=%22a%20clinic%22%20%26%20%3E">' in people.text


async def test_ask_them_opens_a_post_with_their_names_and_publishes_nothing(
    world: World, client: httpx.AsyncClient
) -> None:
    asker, helper, _ = await community(world)
    page = (await client.get("/search/people?q=clinic")).text
    buttons = [unescape(address) for address in re.findall(r'href="(/compose\?text=[^"]+)"', page)]
    assert [parse_qs(urlsplit(b).query)["text"] for b in buttons] == [
        ["@helper "], ["@talker "], ["@helper @talker "]]
    refused = await client.get(buttons[0])
    assert refused.status_code == 303, "a visitor signs in first, and comes back"
    assert parse_qs(urlsplit(refused.headers["location"]).query)["next"] == [buttons[0]]
    await sign_in(client, world, asker)
    box = (await client.get(buttons[0])).text
    assert re.search(r"<textarea[^>]*>\n@helper </textarea>", box)
    assert (await world.again(asker)).posts == 1
    assert (await world.again(helper)).posts == 1


@pytest.mark.parametrize(
    "text", ["</textarea><script>alert(1)</script>", "\x00", "x" * 20_000, "@" * 500, "\u202egnol"])
async def test_a_link_can_fill_the_post_box_with_nothing_but_text(
    world: World, client: httpx.AsyncClient, text: str
) -> None:
    await sign_in(client, world, await world.account("alice"))
    answer = await client.get("/compose", params={"text": text})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    plain = len((await client.get("/compose")).text)
    assert len(answer.text) < plain + 5_000 + 20_100, "cut in the box; the page's own address stands in it once"


async def test_the_page_is_empty_handed_kindly(world: World, client: httpx.AsyncClient) -> None:
    await community(world)
    assert named((await client.get("/search/people")).text) == []
    nobody = await client.get("/search/people?q=zeppelin")
    assert nobody.status_code == 200
    assert "Nobody who wishes to be found" in nobody.text
    assert 'href="/compose?text=zeppelin"' in nobody.text


@pytest.mark.parametrize(("query", "status"), [
    ('("', 422), ("clinic OR", 422), ("from:", 422), ("near:Vienna", 200), ("~x", 501), ("verb:asks", 200),
    ("in:home", 303), ("x" * 5000, 200), ("\ud800", 200), ("clinic -clinic", 200), ("-clinic", 200), ("🏳️‍🌈", 200),
    ("%", 422)])
async def test_bad_questions_get_a_clear_answer(
    world: World, client: httpx.AsyncClient, query: str, status: int
) -> None:
    await community(world)
    encoded = quote(query, safe="", errors="replace")
    assert (await client.get(f"/search/people?q={encoded}")).status_code == status
    assert (await client.get(f"{API}?q={encoded}")).status_code in {303: (401,), 200: (200, 422)}.get(status, (status,))


async def test_the_api_gives_accounts_reasons_and_posts(world: World, client: httpx.AsyncClient) -> None:
    _, helper, _ = await community(world)
    answer = await client.get(API, params={"q": "clinic", "limit": "1"})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["query"], body["counted"], body["more"], body["notes"]) == ("clinic", 3, False, [])
    [person] = body["people"]
    assert person["account"]["acct"] == "helper"
    assert person["account"]["id"] == str(helper.id)
    assert [(r["kind"], r["count"]) for r in person["reasons"]] == [("answered", 1), ("wrote", 1)]
    assert person["reasons"][0]["last_at"].endswith("Z")
    [post] = person["posts"]
    assert "river" in (await client.get(f"/api/v1/statuses/{post}")).json()["content"]


async def test_the_api_asks_for_whoever_holds_the_token(world: World, client: httpx.AsyncClient) -> None:
    asker, helper, _ = await community(world)
    for who, wanted in ((asker, ["helper", "talker"]), (helper, ["talker"])):
        token = {"Authorization": f"Bearer {await world.token(who)}"}
        body = (await client.get(API, params={"q": "clinic"}, headers=token)).json()
        assert [p["account"]["acct"] for p in body["people"]] == wanted
    narrow = {"Authorization": f"Bearer {await world.token(asker, 'write')}"}
    assert (await client.get(API, params={"q": "clinic"}, headers=narrow)).status_code == 403


@pytest.mark.parametrize("given", [{"q": ""}, {}, {"q": "x", "limit": "0"}, {"q": "x", "limit": "41"},
                                   {"q": "x", "limit": "many"}])
async def test_the_api_refuses_what_it_cannot_answer(client: httpx.AsyncClient, given: dict[str, str]) -> None:
    answer = await client.get(API, params=given)
    assert answer.status_code == 422
    assert answer.json()["error"]


async def test_a_bot_is_marked_and_asked_alone(world: World, client: httpx.AsyncClient) -> None:
    _, helper, _ = await community(world)
    await change_profile(world.db, helper, now=datetime.now(UTC), bot=True)
    page = (await client.get("/search/people?q=clinic")).text
    assert named(page) == ["talker", "helper"]
    assert "Ask the first few together" not in page


@pytest.mark.parametrize(("days", "said"), [
    (0, "today"), (1, "yesterday"), (3, "this week"), (8, "last week"), (20, "in the last month"),
    (100, "in February 2026")])
def test_when_it_was_is_said_in_passing(days: int, said: str) -> None:
    now = datetime(2026, 5, 20, 12, tzinfo=UTC)
    assert lately(now - timedelta(days=days), now, "UTC", "en") == said


def test_reasons_make_a_sentence() -> None:
    now = datetime(2026, 5, 20, 12, tzinfo=UTC)
    reasons = [Reason(kind, n, now) for kind, n in (
        ("answered", 4), ("wrote", 1), ("heard", 3), ("liked", 2), ("focus", 60))]
    assert why(reasons, now, "UTC", "en") == (
        "Answered 4 questions about this, today; wrote about this; 3 people replied to that; it was liked 2 times; "
        "mostly writes about this")
    assert why([], now, "UTC", "en") == ""

"""What administrators write for everybody: rules, papers, announcements, emoji; without JavaScript."""

from __future__ import annotations

import io

import httpx
import pytest
from PIL import Image

from harken import clock
from harken.actions.write_rules import add_rule
from harken.model.account import Role
from harken.model.paging import Window
from harken.store import community, moderation
from tests.web.test_moderation import browser, csrf
from tests.world import World

PAGE = "/moderation/community"


async def test_rules_papers_and_news_are_written_and_taken_away(world: World, client: httpx.AsyncClient) -> None:
    adas = await browser(world, client, await world.account("ada", role=Role.ADMINISTRATOR))
    await adas.send(PAGE, what="rule", text="Be kind.", hint="To newcomers most of all.")
    await adas.send(PAGE, what="news", text="We move on Sunday.", days="7")
    await adas.send(PAGE, what="paper", kind="about", text="Two neighbours run this.", day="2008-06-12")
    [rule] = await community.rules(world.db)
    [news] = await community.announcements(world.db, clock.now())
    assert (rule.text, news.text) == ("Be kind.", "We move on Sunday.")
    about = (await adas.get("/about")).text
    assert "Be kind." in about
    assert "Two neighbours run this." in about
    for what, number in (("remove-rule", rule.id), ("remove-news", news.id)):
        asked = await adas.send(PAGE, what=what, id=str(number))
        assert "Yes, take it away" in asked.text
        assert (await adas.send(PAGE, what=what, id=str(number), sure="1")).status_code == 303
    assert await community.rules(world.db) == []
    assert await community.announcements(world.db, clock.now()) == []
    assert [act.act for act in await moderation.acts(world.db, Window(limit=9))] == [
        "withdraw_announcement", "remove_rule", "write_paper", "announce", "add_rule"]


async def test_an_emoji_is_added_and_removed(world: World, client: httpx.AsyncClient) -> None:
    adas = await browser(world, client, await world.account("ada", role=Role.ADMINISTRATOR))
    token, picture = csrf((await adas.get(PAGE)).text), io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(picture, "png")
    given = {"csrf": token, "what": "emoji", "shortcode": "drum"}
    sent = await client.post(PAGE, data=given, files={"picture": ("drum.png", picture.getvalue(), "image/png")})
    assert sent.status_code == 303
    [kept] = await community.all_emoji(world.db)
    assert kept.shortcode == "drum"
    twice = await client.post(PAGE, data=given, files={"picture": ("drum.png", picture.getvalue(), "image/png")})
    assert twice.status_code == 422
    for content in (b"", b"no picture"):
        bad = await client.post(
            PAGE, data=given | {"shortcode": "x1"}, files={"picture": ("x.png", content, "image/png")})
        assert bad.status_code == 422, content
    await adas.send(PAGE, what="remove-emoji", id=str(kept.id), sure="1")
    assert await community.all_emoji(world.db) == []


@pytest.mark.parametrize("given", [
    {"what": "rule", "text": " "}, {"what": "news", "text": ""}, {"what": "news", "text": "x", "days": "-1"},
    {"what": "paper", "kind": "menu", "text": "x"}, {"what": "paper", "kind": "terms", "text": "x", "day": "soon"},
    {"what": "emoji", "shortcode": "a b"}])
async def test_what_cannot_be_is_said(world: World, client: httpx.AsyncClient, given: dict[str, str]) -> None:
    adas = await browser(world, client, await world.account("ada", role=Role.ADMINISTRATOR))
    assert (await adas.send(PAGE, **given)).status_code == 422


async def test_moderators_and_strange_forms_change_nothing(world: World, client: httpx.AsyncClient) -> None:
    rule = await add_rule(world.db, "Be kind.", "", clock.now())
    roses = await browser(world, client, await world.account("rose", role=Role.MODERATOR))
    assert (await roses.get(PAGE)).status_code == 403
    given = {"what": "remove-rule", "id": str(rule.id), "sure": "1"}
    assert (await roses.send(PAGE, at="/moderation", **given)).status_code == 403
    adas = await browser(world, client, await world.account("ada", role=Role.ADMINISTRATOR))
    await adas.get(PAGE)
    assert (await client.post(PAGE, data=given)).status_code == 403
    assert (await adas.send(PAGE, what="remove-rule", id="9")).status_code == 404
    assert (await adas.send(PAGE, what="burn")).status_code == 404
    assert await community.rules(world.db) == [rule]

"""A badge: what anybody may read, in the frames of others."""

from __future__ import annotations

import feedparser
import httpx
import pytest

from harken import clock
from harken.actions.delete_post import delete_post
from harken.store import accounts
from tests.web.test_pages import sign_in
from tests.world import World


async def test_a_badge_shows_public_posts_and_nothing_else(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice", display_name="Alice <i>"), await world.account("bob")
    first = await world.post(alice, "<script>alert(1)</script> #tea https://example.org/")
    for to, text in (("followers", "for followers"), ("unlisted", "by link"), ("direct", "@bob psst")):
        await world.post(alice, text, to=to)
    await world.post(alice, "an answer", reply_to=await world.post(bob, "a question"))
    await world.post(alice, "behind it", spoiler="a warning")
    await sign_in(client, world, alice)
    answer = await client.get("/@alice/badge")
    page = answer.text
    assert "&lt;script&gt;" in page
    assert "Alice &lt;i&gt;" in page
    assert "a warning" in page
    for hidden in ("<script", "for followers", "by link", "psst", "an answer", "behind it", "csrf", "a question"):
        assert hidden not in page
    assert "set-cookie" not in answer.headers
    assert "an answer" in (await client.get("/@alice/badge?replies=1")).text
    await delete_post(world.db, alice, first.id, clock.now())
    assert "&lt;script&gt;" not in (await client.get("/@alice/badge")).text


async def test_only_a_badge_may_stand_in_the_frames_of_others(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    badge = await client.get("/@alice/badge")
    assert "frame-ancestors *" in badge.headers["content-security-policy"]
    assert "script-src" not in badge.headers["content-security-policy"]
    assert "x-frame-options" not in badge.headers
    for path in ("/@alice", "/", "/settings/badge"):
        page = await client.get(path)
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["x-frame-options"] == "DENY"
    await sign_in(client, world, alice)
    page = await client.get("/settings/badge?posts=3&theme=dark")
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    assert "/@alice/badge?theme=dark&amp;amp;posts=3" in page.text
    assert 'src="/@alice/badge?theme=dark&amp;posts=3"' in page.text


@pytest.mark.parametrize(
    ("asked", "shown"), [("1", 1), ("20", 20), ("500", 20), ("0", 1), ("x", 5), ("-1", 5), ("٣", 5)])
async def test_it_shows_from_one_to_twenty(world: World, client: httpx.AsyncClient, asked: str, shown: int) -> None:
    alice = await world.account("alice")
    for n in range(22):
        await world.post(alice, f"number {n}.")
    page = (await client.get("/@alice/badge", params={"posts": asked, "theme": "light"})).text
    assert page.count("<li>") == shown
    assert 'data-theme="light"' in page
    assert "number 21." in page


async def test_the_protected_and_those_who_are_not_here_have_none(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice", protected=True)
    for path in ("/@alice/badge", "/@nobody/badge", "/alice/badge"):
        assert (await client.get(path)).status_code == 404
    assert (await client.get("/api/oembed?url=https://harken.test/@alice")).status_code == 404
    async with world.db.transaction() as tx:
        await accounts.change(tx, alice.id, protected=False)
    made = (await client.get("/api/oembed?url=https://harken.test/@alice&maxwidth=250&maxheight=300")).json()
    assert made["html"].startswith('<iframe src="https://harken.test/@alice/badge"')
    assert (made["type"], made["width"], made["height"]) == ("rich", 250, 300)
    assert (await client.get("/api/oembed?url=http://[")).status_code == 404


async def test_rss_works_wherever_there_is_a_feed_and_profiles_show_it(
    world: World, client: httpx.AsyncClient
) -> None:
    alice = await world.account("alice")
    await world.post(alice, "tea & more #tea")
    page = (await client.get("/@alice")).text
    assert '<a href="/@alice.rss"' in page
    for path in ("/@alice.rss", "/tags/tea.rss", "/feeds/search.rss?q=tea", "/statuses/user_timeline/alice.rss"):
        answer = await client.get(path)
        assert answer.headers["content-type"].startswith("application/rss+xml")
        feed = feedparser.parse(answer.content)
        assert (feed.bozo, feed.version) == (False, "rss20")
        assert [entry.title for entry in feed.entries] == ["tea & more #tea"]

"""Custom emoji, announcements, rules and papers, as clients and browsers meet them."""

from __future__ import annotations

import io
from datetime import timedelta

import httpx
import pytest
from PIL import Image

from harken import clock
from harken.actions import announce, write_rules
from harken.actions.keep_emoji import add_emoji, remove_emoji
from harken.engine import Engine
from harken.errors import Conflict, Invalid, NotFound, TooLarge
from harken.media.store import FileStore
from harken.model.community import Emoji, Emojis
from tests.api.mastodon.conftest import People
from tests.world import World


def picture(frames: int = 1, side: int = 64, kind: str = "PNG") -> bytes:
    made = [Image.new("RGBA", (side, side), (200, 10 * number, 0, 255)) for number in range(frames)]
    out = io.BytesIO()
    if frames > 1:
        made[0].save(out, "GIF", save_all=True, append_images=made[1:], duration=80)
    else:
        made[0].save(out, kind)
    return out.getvalue()


def store_of(engine: Engine) -> FileStore:
    return FileStore(engine.media_directory)


async def test_an_emoji_is_named_in_texts_names_and_bios_and_gone_when_removed(
    engine: Engine, people: People, client: httpx.AsyncClient, world: World
) -> None:
    alice = await people("alice")
    await add_emoji(engine.db, store_of(engine), "tea_cup", picture(frames=3), clock.now(), "Drinks")
    [listed] = (await client.get("/api/v1/custom_emojis")).json()
    assert (listed["shortcode"], listed["category"]) == ("tea_cup", "Drinks")
    assert listed["url"] != listed["static_url"]
    for url, moves in ((listed["url"], True), (listed["static_url"], False)):
        with Image.open(io.BytesIO((await client.get(url)).content)) as shown:
            assert (getattr(shown, "n_frames", 1) > 1) is moves
    changed = {"display_name": "Alice :tea_cup:", "note": ":tea_cup: drinker"}
    await alice.ask("PATCH", "/api/v1/accounts/update_credentials", json=changed)
    status = await alice.posts("Time for :tea_cup:, not :unknown: at 10:30:00")
    assert [emoji["shortcode"] for emoji in status["emojis"]] == ["tea_cup"]
    assert [emoji["shortcode"] for emoji in status["account"]["emojis"]] == ["tea_cup"]
    assert "category" not in status["emojis"][0]
    page = (await client.get(f"/@alice/{status['id']}")).text
    assert page.count('<img class="emoji"') == 2, "in the name and in the text"
    assert ":unknown:" in page
    assert (await client.get("/@alice")).text.count('<img class="emoji"') >= 3

    await remove_emoji(engine.db, store_of(engine), "tea_cup", clock.now())
    after = await alice.get(f"/api/v1/statuses/{status['id']}")
    assert (after["emojis"], after["account"]["emojis"]) == ([], [])
    assert (await client.get(listed["url"])).status_code == 404


async def test_what_is_no_emoji_is_refused(engine: Engine) -> None:
    store, now = store_of(engine), clock.now()
    await add_emoji(engine.db, store, "tea", picture(), now)
    with pytest.raises(Conflict, match="already"):
        await add_emoji(engine.db, store, "tea", picture(), now)
    for shortcode in ("x", "two words", ":tea:", "é" * 3, "a" * 61):
        with pytest.raises(Invalid, match="shortcode"):
            await add_emoji(engine.db, store, shortcode, picture(), now)
    with pytest.raises(Invalid, match="picture"):
        await add_emoji(engine.db, store, "svg", b"<svg onload=alert(1)>", now)
    with pytest.raises(TooLarge, match="256"):
        await add_emoji(engine.db, store, "huge", b"\x89PNG" + b"x" * 300_000, now)
    with pytest.raises(TooLarge, match="1024"):
        await add_emoji(engine.db, store, "wide", picture(side=1100), now)
    with pytest.raises(NotFound):
        await remove_emoji(engine.db, store, "coffee", clock.now())


@pytest.mark.parametrize(
    "html, drawn",
    [
        (":tea:", 1),
        ("(:tea:)", 1),
        (":tea::tea:", 0),
        ("a:tea:b", 0),
        ('<a href="https://example.org/:tea:">x</a>', 0),
        ('<a href="/x" title=":tea:">:tea:</a>', 1),
        (":TEA:", 0),
        ("12:tea:30", 0),
    ],
)
def test_shortcodes_become_pictures_in_text_alone(html: str, drawn: int) -> None:
    emojis = Emojis({"tea": Emoji(id=1, shortcode="tea", path="emoji/01/1.webp", still_path="emoji/01/1.webp")}, (1,))
    assert emojis.in_html(html).count("<img") == drawn


async def test_an_announcement_is_read_reacted_to_and_over(engine: Engine, people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    now = clock.now()
    made = await announce.announce(engine.db, "Lunch on Friday #lunch", now, ends_at=now + timedelta(hours=2))
    path = f"/api/v1/announcements/{made.id}"
    assert await alice.status_of("PUT", f"{path}/reactions/🎉") == 200
    assert await bob.status_of("PUT", f"{path}/reactions/🎉") == 200
    assert await alice.status_of("PUT", f"{path}/reactions/nonsense") == 422
    [one] = await bob.get("/api/v1/announcements")
    assert one["reactions"] == [{"name": "🎉", "count": 2, "me": True}]
    assert (one["read"], one["tags"][0]["name"]) == (False, "lunch")
    assert await bob.status_of("DELETE", f"{path}/reactions/🎉") == 200
    assert (await bob.get("/api/v1/announcements"))[0]["reactions"] == [{"name": "🎉", "count": 1, "me": False}]
    await bob.do(f"{path}/dismiss")
    assert await bob.get("/api/v1/announcements") == []
    assert [one["read"] for one in await bob.get("/api/v1/announcements", with_dismissed=True)] == [True]
    assert len(await alice.get("/api/v1/announcements")) == 1
    with clock.frozen(now + timedelta(hours=3)):
        assert await alice.get("/api/v1/announcements") == []
    assert await alice.status_of("POST", "/api/v1/announcements/1/dismiss") == 404
    await announce.withdraw_announcement(engine.db, made.id, clock.now())
    assert await bob.get("/api/v1/announcements", with_dismissed=True) == []


async def test_home_shows_an_announcement_until_it_is_put_away(
    engine: Engine, world: World, client: httpx.AsyncClient
) -> None:
    alice = await world.account("alice")
    made = await announce.announce(engine.db, "Lunch & <b>tea</b>", clock.now())
    client.cookies.update(await world.cookies(alice))
    page = (await client.get("/")).text
    assert "Lunch &amp; &lt;b&gt;tea" in page
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    assert (await client.post(f"/announcements/{made.id}/dismiss", data={"csrf": "wrong"})).status_code == 403
    await client.post(f"/announcements/{made.id}/dismiss", data={"csrf": csrf})
    assert "Lunch" not in (await client.get("/")).text


async def test_rules_and_papers_are_told_to_clients_and_on_pages(engine: Engine, client: httpx.AsyncClient) -> None:
    now = clock.now()
    assert (await client.get("/api/v1/instance/privacy_policy")).status_code == 404
    assert (await client.get("/privacy-policy")).status_code == 404
    await write_rules.add_rule(engine.db, "Be kind.", "Always.", now)
    await write_rules.write_paper(engine.db, "privacy", "We keep little.\n\nAnd sell nothing.", now, now)
    await write_rules.write_paper(engine.db, "terms", "Old terms.", now - timedelta(days=100), now)
    await write_rules.write_paper(engine.db, "terms", "New terms.", now + timedelta(days=100), now)
    assert (await client.get("/api/v2/instance")).json()["rules"][0]["text"] == "Be kind."
    urls = (await client.get("/api/v2/instance")).json()["configuration"]["urls"]
    assert (await client.get(urls["privacy_policy"])).status_code == 200
    terms = (await client.get("/api/v1/instance/terms_of_service")).json()
    later = (now + timedelta(days=100)).date().isoformat()
    assert (terms["content"], terms["effective"], terms["succeeded_by"]) == ("<p>Old terms.</p>", True, later)
    following = (await client.get(f"/api/v1/instance/terms_of_service/{later}")).json()
    assert (following["content"], following["effective"], following["succeeded_by"]) == (
        "<p>New terms.</p>", False, None)
    assert (await client.get("/api/v1/instance/terms_of_service/2001-01-01")).status_code == 404
    about = (await client.get("/about")).text
    assert "Be kind." in about
    assert f"/terms-of-service/{later}" in (await client.get("/terms-of-service")).text
    with pytest.raises(Invalid, match="privacy"):
        await write_rules.write_paper(engine.db, "recipes", "x", now, now)


async def test_a_post_can_be_put_into_a_page_if_everybody_may_see_it(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    status = await alice.posts("Tea <script> & more")
    found = (await client.get("/api/oembed", params={"url": status["url"], "maxwidth": 300})).json()
    assert (found["type"], found["width"], found["author_url"]) == ("rich", 300, "https://harken.test/@alice")
    assert "<script>" not in found["html"]
    assert "Tea &lt;script&gt;" in found["html"]
    hidden = await alice.posts("For followers", visibility="private")
    for url in (hidden["url"], "https://elsewhere.test/@alice/1", "https://harken.test/@alice/1", "x", ""):
        assert (await client.get("/api/oembed", params={"url": url})).status_code == 404, url
    page = (await client.get(f"/@alice/{status['id']}")).text
    assert "application/json+oembed" in page

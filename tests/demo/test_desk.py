"""The demo's desk tells one story that everybody in it agreed to, and has one that waits."""

from __future__ import annotations

import httpx

from harken import clock
from harken.demo.load import load
from harken.engine import Engine
from harken.ids import MAX_ID
from harken.store import posts, stories


async def test_a_story_is_on_the_front_page_and_another_waits_for_a_yes(
    engine: Engine, client: httpx.AsyncClient
) -> None:
    now = clock.now()
    await load(engine, now)
    [shown] = await stories.shown_page(engine.db, 0, now, MAX_ID, 20)
    assert (shown.title, shown.summary != "") == ("Eleven minutes", True)
    page = (await client.get(f"/stories/{shown.slug}")).text
    for words in ("Behind the rope works??", "inspects a bollard", "no spanner in it", "article:published_time"):
        assert words in page, words
    told = await posts.find(engine.db, shown.post_id or 0)
    assert told is not None
    assert f"{engine.base_url}/stories/{shown.slug}" in told.text
    waiting = await engine.db.value("SELECT id FROM story WHERE published_at IS NULL")
    yes = await stories.saying_yes(engine.db, waiting, now)
    assert 0 < len(yes) < len(await stories.people(engine.db, waiting))
    assert all(one.asked_at for one in await stories.people(engine.db, waiting))

"""Bars say how many: exactly while there are few, about when there are many, and only what may be found."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from tests.test_visibility import random_world
from tests.world import World

from harken import clock
from harken.errors import NotSignedIn, TryLater
from harken.ids import MAX_ID, PostId, id_at
from harken.model.account import Account
from harken.model.paging import Window
from harken.model.post import Post, Visibility
from harken.search import counts, index
from harken.search.counts import fitting, histogram, narrower, over_time
from harken.search.query import parse
from harken.search.search import Walker, find
from harken.store import posts
from harken.store.database import Database

NOW = datetime(2008, 6, 20, 12, tzinfo=UTC)


async def moments(db: Database, text: str, viewer: Account | None) -> list[datetime]:
    """When each match was created, by reading every page of the answer."""
    found = await find(db, text, viewer, Window(limit=10_000, before=MAX_ID), clock.now())
    return [post.created_at for post in found.posts]


@pytest.mark.parametrize("seed", [1, 2])
async def test_bars_add_up_to_what_each_viewer_finds(world: World, seed: int) -> None:
    people = await random_world(world, random.Random(seed), 5, 120)
    now = clock.now()
    for viewer in [None, *people[:3]]:
        for text in ("word0", "word0 OR word1", "-word0", ""):
            made = await moments(world.db, text, viewer)
            found = await over_time(world.db, parse(text, now), viewer, now)
            assert not found.about
            assert found.total == len(made)
            for bar in found.bars:
                assert bar.count == sum(bar.start <= at < bar.end for at in made)
            edges = [now - timedelta(hours=hours) for hours in (3, 2, 1)] + [now + timedelta(hours=1)]
            chosen = await histogram(world.db, parse(text, now), viewer, edges, now)
            assert [bar.count for bar in chosen.bars] == [sum(a <= at < b for at in made) for a, b in pairwise(edges)]


async def spread(world: World, number: int, days: int) -> None:
    """`number` posts of one author over `days` days until now, denser towards the end, every second says tea."""
    author = await world.account("amber")
    now = clock.now()
    async with world.db.transaction() as tx:
        for n in range(number):
            at = now - timedelta(days=days) * (1 - n / number) ** 2
            text = f"{'tea' if n % 2 else 'milk'} number {n}"
            post_id = id_at(at, n % 60_000)
            uri = f"https://harken.test/posts/{post_id}"
            post = Post(
                id=PostId(post_id), author_id=author.id, text=text, html=text, conversation_id=post_id, uri=uri,
                url=uri, visibility=Visibility.PUBLIC, created_at=clock.from_ms(clock.to_ms(at)))
            await posts.insert(tx, post)
            await index.add(tx, post)


async def test_what_is_many_is_estimated_and_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await spread(world, 3000, 60)
    now = clock.now()
    tea = parse("tea", now)
    exact = await over_time(world.db, tea, None, now)
    assert (exact.total, exact.about) == (1500, False)
    monkeypatch.setattr(counts, "EXACT", 200)
    monkeypatch.setattr(counts, "ESTIMATE_SECONDS", 30.0)
    probed, left = counts._probed, counts.PIECES * len(exact.bars)

    async def probed_once(walking: Walker, low: int, high: int, until: float) -> tuple[float, bool] | None:
        nonlocal left
        left -= 1
        return await probed(walking, low, high, until) if left >= 0 else None

    monkeypatch.setattr(counts, "_probed", probed_once)
    monkeypatch.setattr(counts, "SAMPLE", 8)
    guess = await over_time(world.db, tea, None, now)
    assert guess.about
    assert 0.75 * exact.total < guess.total < 1.25 * exact.total
    assert [bar.start for bar in guess.bars] == [bar.start for bar in exact.bars]
    # The newest were walked one by one, and where little was said every piece was counted to its end.
    assert guess.bars[-1] == exact.bars[-1]
    left = 10_000  # with time enough, halving goes on until everything is counted
    closer = await over_time(world.db, tea, None, now)
    assert (closer.total, closer.about) == (1500, False)
    for bar, true in zip(guess.bars, exact.bars, strict=True):
        assert bar.about or bar.count == true.count
    rare = await over_time(world.db, parse('"number 77"', now), None, now)
    assert (rare.total, rare.about) == (1, False)


async def test_without_time_nothing_is_invented(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.post(await world.account("amber"), "tea")
    monkeypatch.setattr(counts, "EXACT_SECONDS", 0.0)
    monkeypatch.setattr(counts, "ESTIMATE_SECONDS", 0.0)
    with pytest.raises(TryLater):
        await over_time(world.db, parse("tea", NOW), None, clock.now())


async def test_a_visitor_has_no_circle_to_count(world: World) -> None:
    with pytest.raises(NotSignedIn):
        await over_time(world.db, parse("in:home", NOW), None, NOW)


@pytest.mark.parametrize(("passed", "unit"), [
    (timedelta(minutes=20), "minutes"), (timedelta(hours=30), "hour"), (timedelta(days=9), "hours"),
    (timedelta(days=40), "day"), (timedelta(days=200), "week"), (timedelta(days=900), "month"),
    (timedelta(days=6000), "year"), (timedelta(), "minutes"),
])  # fmt: skip
@pytest.mark.parametrize("zone", ["UTC", "Europe/Vienna", "America/St_Johns"])
def test_units_fit_and_bars_have_no_gaps(passed: timedelta, unit: str, zone: str) -> None:
    name, edges = fitting(NOW - passed, NOW, ZoneInfo(zone))
    assert name == unit
    assert len(edges) - 1 <= counts.MAX_BARS
    assert edges == sorted(set(edges))
    assert edges[0] <= NOW - passed <= NOW < edges[-1]


@pytest.mark.parametrize(("text", "narrowed"), [
    ("tea", "tea since:2008-06-12 until:2008-06-18"),
    ("", "since:2008-06-12 until:2008-06-18"),
    ("tea OR milk", "(tea OR milk) since:2008-06-12 until:2008-06-18"),
    ("tea since:2007 toast until:2009", "tea toast since:2008-06-12 until:2008-06-18"),
    ("during:2008 tea", "tea since:2008-06-12 until:2008-06-18"),
    ("tea -since:3d", "tea -since:3d since:2008-06-12 until:2008-06-18"),
    ("tea sort:top", "tea sort:top since:2008-06-12 until:2008-06-18"),
])  # fmt: skip
def test_a_bar_narrows_the_query_to_its_days(text: str, narrowed: str) -> None:
    start, end = datetime(2008, 6, 12, tzinfo=UTC), datetime(2008, 6, 19, tzinfo=UTC)
    assert narrower(text, parse(text, NOW), start, end) == narrowed


def test_a_bar_of_hours_narrows_to_the_minute_in_the_zone_of_the_query() -> None:
    query = parse("tea tz:Europe/Vienna", NOW)
    made = narrower("tea tz:Europe/Vienna", query, NOW, NOW + timedelta(hours=1))
    assert made == "tea tz:Europe/Vienna since:2008-06-12T14:00 until:2008-06-12T14:59".replace("-12T", "-20T")
    kept = parse(made, NOW)
    assert "12:00" in str(kept)

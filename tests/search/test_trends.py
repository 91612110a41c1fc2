"""Trends: a burst of many people, and neither one loud account nor a flood of copies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from tests.world import World

from harken import clock
from harken.actions.change_profile import change_profile
from harken.actions.delete_post import delete_post
from harken.errors import Invalid
from harken.model.account import Account
from harken.model.post import Post
from harken.search.trends import PERIODS, find_trends, surprise

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
ticks = count()
THINGS = ["apples", "rivers", "lamps", "stairs", "gloves", "clouds"]
SAYINGS = ["I saw {} again", "the {} are late", "who likes {} here", "nobody sells {} today", "our {} broke"]


async def people(world: World, many: int, age: timedelta = timedelta(days=90)) -> list[Account]:
    with clock.frozen(NOW - age):
        return [await world.account(f"p{next(ticks)}") for _ in range(many)]


async def say(world: World, who: Account, text: str, ago: timedelta, **given: object) -> Post:
    with clock.frozen(NOW - ago - timedelta(milliseconds=next(ticks) % 1000)):
        return await world.post(who, text, **given)  # type: ignore[arg-type]


async def usual(world: World, who: Sequence[Account]) -> None:
    """What is said every hour: so that usual words are known."""
    for hour in range(1, 5):
        for number, account in enumerate(who):
            thing = THINGS[(number + hour) % len(THINGS)]
            await say(world, account, SAYINGS[number % len(SAYINGS)].format(thing), timedelta(hours=hour, minutes=10))


async def burst(world: World, who: Sequence[Account], what: str, **given: object) -> list[Post]:
    return [
        await say(world, account, SAYINGS[number % 5].format(what) + f" near {THINGS[number % 6]}",
                  timedelta(minutes=10), **given)
        for number, account in enumerate(who)]


async def terms(world: World, **given: object) -> list[str]:
    return [one.term for one in await find_trends(world.db, "hour", NOW, **given)]  # type: ignore[arg-type]


async def test_a_burst_of_many_people_trends_and_usual_words_do_not(world: World) -> None:
    who = await people(world, 6)
    await usual(world, who)
    await burst(world, who, "earthquake")
    found = await find_trends(world.db, "hour", NOW)
    assert found[0].term == "earthquake"
    assert found[0].accounts == [0] * 7 + [6]
    assert len(found[0].posts) == 3
    assert not {one.term for one in found} & {"i", "the", "again", "here", *THINGS}


async def test_neither_one_loud_account_nor_copies_nor_new_accounts_trend(world: World) -> None:
    who = await people(world, 6)
    await usual(world, who)
    for number in range(12):
        await say(world, who[0], f"{SAYINGS[number % 5].format('bargain')} {THINGS[number % 6]}", timedelta(minutes=9))
    for account in who:
        await say(world, account, "miracle pills cure everything", timedelta(minutes=8))
    await burst(world, await people(world, 6, timedelta(hours=2)), "#casino")
    assert not {"bargain", "miracle", "miracle pills", "#casino"} & set(await terms(world, limit=40))
    await burst(world, who, "#parade")
    assert "#parade" in await terms(world, at=NOW)


async def test_consent_deletion_and_sensitivity_are_honoured_in_the_next_answer(world: World) -> None:
    who = await people(world, 4)
    posts = await burst(world, who, "#parade")
    await burst(world, who, "#secret", sensitive=True)
    await burst(world, who, "#quiet", to="unlisted")
    assert await terms(world) == ["#parade"]
    await change_profile(world.db, who[0], indexable=False, now=NOW)
    found = await find_trends(world.db, "hour", NOW)
    assert [one.term for one in found] == ["#parade"]
    assert all(post.author_id != who[0].id for one in found for post in one.posts)
    await delete_post(world.db, who[1], posts[1].id, NOW)
    assert await terms(world) == []


async def test_languages_are_counted_apart(world: World) -> None:
    who = await people(world, 4)
    await burst(world, who, "#marktplatz", language="de")
    await burst(world, who, "#market", language="en")
    assert await terms(world, language="de") == ["#marktplatz"]
    assert await terms(world, language="en", kind="tag") == ["#market"]
    assert await terms(world, language="fr") == []


async def test_the_past_is_counted_as_of_then(world: World) -> None:
    who = await people(world, 4)
    await burst(world, who, "#parade")
    assert await terms(world, at=NOW - timedelta(hours=1)) == []
    later = await find_trends(world.db, "hour", NOW + timedelta(hours=3))
    assert later == []


@pytest.mark.parametrize("given", [{"kind": "x"}, {"language": "e'"}, {"language": "x" * 500}])
async def test_what_is_no_kind_or_language_is_refused(world: World, given: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        await find_trends(world.db, "hour", NOW, **given)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        await find_trends(world.db, "century", NOW)
    assert set(PERIODS) == {"hour", "day", "week", "month"}


def test_only_more_than_usual_surprises() -> None:
    assert surprise(5, 10, 50, 100) == 0
    assert 0 < surprise(6, 10, 5, 100) < surprise(9, 10, 5, 100)

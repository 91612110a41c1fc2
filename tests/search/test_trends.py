"""Trends: many people saying a thing is one, one person saying it often is none, and who leaves is gone at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
import pytest
from tests.world import World

from harken import clock
from harken.actions.block import block
from harken.actions.change_profile import change_profile
from harken.actions.change_state import limit, suspend
from harken.actions.delete_post import delete_post
from harken.actions.edit_post import edit_post
from harken.model.account import Account
from harken.model.post import Post
from harken.search import trends
from harken.search.trends import Trend, find_trends, kind_of, sequence

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
ticks = count()
# Words of our own that mean nothing together, so that usual talk has many and each is rare.
_ENDS = ("ba", "de", "fi", "go", "lu", "ma", "ne", "po", "ri", "tu")


async def at(world: World, ago: timedelta, who: Account, text: str, **given: object) -> Post:
    """`who` says something some time before NOW; no two posts in one millisecond, where ids might meet."""
    with clock.frozen(NOW - ago - timedelta(milliseconds=next(ticks))):
        return await world.post(who, text, **given)  # type: ignore[arg-type]


async def people(world: World, number: int, name: str = "p", **given: Any) -> list[Account]:
    with clock.frozen(NOW - timedelta(days=60)):
        return [await world.account(f"{name}{n}", **given) for n in range(number)]


def word(number: int) -> str:
    return "".join(_ENDS[int(digit)] for digit in f"{number:04}")


async def usual_talk(world: World, who: list[Account]) -> None:
    """Some hundred posts of the week before, about breakfast and little else."""
    for number in range(trends.KNOWN + 20):
        ago = timedelta(days=1, hours=1 + number % 140)
        await at(world, ago, who[number % len(who)], f"breakfast was {word(number)} and then {word(number * 7 % 999)}")


async def found(world: World, period: str = "day", **given: object) -> list[Trend]:
    trends._known.clear()  # counted anew
    return (await find_trends(world.db, None, period, NOW, **given)).trends  # type: ignore[arg-type]


async def names(world: World, period: str = "day", **given: object) -> list[str]:
    return [trend.name for trend in await found(world, period, **given)]


async def test_what_many_say_for_the_first_time_trends_and_what_they_always_say_does_not(world: World) -> None:
    crowd = await people(world, 12)
    await usual_talk(world, crowd)
    for number, who in enumerate(crowd):
        await at(world, timedelta(hours=2), who, f"breakfast was {word(number)}")
        if number < 7:
            await at(world, timedelta(hours=1), who, f"{word(500 + number)} Solar Eclipse {word(600 + number)}!")
    [trend] = await found(world)
    assert (trend.kind, trend.name, trend.query) == ("phrase", "Solar Eclipse", '"solar eclipse"')
    assert trend.people == 7
    assert trend.usual == 0
    assert sum(trend.spark) == 7
    assert (len(trend.spark), trend.spark[-2]) == (24, 7)
    assert len(trend.posts) == trends.TELLING
    assert all("Solar Eclipse" in post.text for post in trend.posts)
    assert len({post.author_id for post in trend.posts}) == trends.TELLING


async def test_words_are_no_trend_where_nobody_knows_yet_what_is_usual_but_tags_and_links_are(world: World) -> None:
    for number, who in enumerate(await people(world, 5)):
        await at(world, timedelta(hours=1), who, f"{word(number)} eclipse #Eclipse https://sky.example/{word(1)}?a=1")
    assert {(one.kind, one.name) for one in await found(world, kinds=("tag", "link", "word", "phrase"))} == {
        ("tag", "#Eclipse"), ("link", f"https://sky.example/{word(1)}?a=1")}
    [one] = await found(world)
    assert one.people == 5, "a tag and a link on the same posts are one trend"


async def test_one_loud_account_does_not_trend_and_three_people_do(world: World) -> None:
    loud, *others = await people(world, 4)
    for number in range(40):
        await at(world, timedelta(minutes=number), loud, f"{word(number)} #buy {word(number + 50)}")
    for number, who in enumerate(others):
        await at(world, timedelta(hours=1), who, f"{word(number)} #picnic {word(number + 60)}")
    assert await names(world) == ["#picnic"]


async def test_a_flood_of_copies_does_not_trend(world: World) -> None:
    crowd = await people(world, 8)
    for number, who in enumerate(crowd):
        copy = f"@p{number} Buy #coin now, {number}00 % off! https://x.example/{number}"
        await at(world, timedelta(minutes=number), who, copy)
        await at(world, timedelta(minutes=number), who, f"RT @p0: {word(number)} #retold {word(number + 30)}")
    assert await names(world) == []
    for number, who in enumerate(crowd):
        await at(world, timedelta(minutes=number), who, f"{word(number)} bought a #coin {word(number + 30)}")
    assert await names(world) == ["#coin"]


@pytest.mark.parametrize(("given", "said"), [
    ({}, {}), ({"indexable": False}, {}), ({"protected": True}, {}), ({}, {"to": "unlisted"}),
    ({}, {"to": "followers"}), ({}, {"sensitive": True}), ({}, {"spoiler": "about the sky"})])
async def test_only_what_a_visitor_may_find_and_nobody_covered_trends(
    world: World, given: dict[str, Any], said: dict[str, Any]
) -> None:
    for number, who in enumerate(await people(world, 4, **given)):
        await at(world, timedelta(hours=1), who, f"{word(number)} #eclipse", **said)
    assert await names(world) == ([] if given or said else ["#eclipse"])


async def test_bots_are_not_people(world: World) -> None:
    crowd = await people(world, 3)
    await change_profile(world.db, crowd[0], now=NOW, bot=True)
    for number, who in enumerate(crowd):
        await at(world, timedelta(hours=1), who, f"{word(number)} #eclipse")
    assert await names(world) == []


async def test_a_dozen_accounts_made_today_count_like_three(world: World) -> None:
    with clock.frozen(NOW - timedelta(hours=3)):
        new = [await world.account(f"new{n}") for n in range(12)]
    for number, who in enumerate(new):
        if number < 11:
            await at(world, timedelta(hours=1), who, f"{word(number)} #casino")
        await at(world, timedelta(hours=1), who, f"{word(number + 30)} #eclipse")
    assert await names(world) == ["#eclipse"]


Leaving = Callable[[World, Account, Post], Awaitable[object]]
LEAVE: dict[str, Leaving] = {
    "indexable off": lambda w, who, post: change_profile(w.db, who, now=NOW, indexable=False),
    "protecting": lambda w, who, post: change_profile(w.db, who, now=NOW, protected=True),
    "deleting": lambda w, who, post: delete_post(w.db, who, post.id, NOW),
    "editing": lambda w, who, post: edit_post(w.db, who, post.id, text="nothing", now=NOW),
    "suspending": lambda w, who, post: suspend(w.db, who.id, NOW),
    "limiting": lambda w, who, post: limit(w.db, who.id, NOW),
}


@pytest.mark.parametrize("how", LEAVE)
async def test_who_leaves_is_not_counted_in_the_very_next_answer(
    world: World, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = await people(world, 4)
    posts = [await at(world, timedelta(hours=1), who, f"{word(number)} #eclipse") for number, who in enumerate(crowd)]
    [trend] = await found(world)
    assert trend.people == 4
    # From here on nothing is counted anew: what was known a minute ago is asked about.
    known = trends._known[world.db]
    known["day"] = msgspec.structs.replace(known["day"], until=clock.monotonic() + 3600)
    monkeypatch.setattr(trends, "_making", None)
    await LEAVE[how](world, crowd[0], posts[0])
    [trend] = (await find_trends(world.db, None, "day", NOW)).trends
    assert trend.people == 3
    assert posts[0].id not in {post.id for post in trend.posts}
    await LEAVE[how](world, crowd[1], posts[1])
    assert (await find_trends(world.db, None, "day", NOW)).trends == []


async def test_posts_of_somebody_blocked_do_not_tell_and_a_trend_of_theirs_alone_is_not_shown(world: World) -> None:
    crowd = await people(world, 3)
    [reader] = await people(world, 1, "reader")
    posts = [await at(world, timedelta(hours=1), who, f"{word(number)} #eclipse") for number, who in enumerate(crowd)]
    for blocked in range(3):
        shown = (await find_trends(world.db, reader, "day", NOW)).trends
        assert {p.id for one in shown for p in one.posts} == {p.id for p in posts[blocked:]}
        await block(world.db, reader, crowd[blocked].id, NOW)
    assert (await find_trends(world.db, reader, "day", NOW)).trends == []
    assert await names(world) == ["#eclipse"]


async def test_each_language_has_its_own_trends(world: World) -> None:
    for number, who in enumerate(await people(world, 6)):
        tag, language = ("#Sonne", "de-AT") if number % 2 else ("#sun", "en")
        await at(world, timedelta(hours=1), who, f"{word(number)} {tag}", language=language)
    answer = await find_trends(world.db, None, "day", NOW)
    assert sorted(answer.languages) == ["de", "en"]
    assert {one.name for one in answer.trends} == {"#sun", "#Sonne"}
    [german] = await found(world, language="de")
    assert (german.name, german.query) == ("#Sonne", "#sonne lang:de")
    assert await names(world, language="fr") == []


@pytest.mark.parametrize(("ago", "where"), [
    (timedelta(minutes=30), ["hour", "day", "week"]), (timedelta(hours=5), ["day", "week"]),
    (timedelta(days=3), ["week"]), (timedelta(days=20), [])])
async def test_each_period_hears_its_own_time(world: World, ago: timedelta, where: list[str]) -> None:
    for number, who in enumerate(await people(world, 3)):
        await at(world, ago, who, f"{word(number)} #eclipse")
    assert [period for period in trends.PERIODS if await names(world, period)] == where


async def test_beyond_what_is_read_posts_are_taken_evenly_over_the_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trends, "POSTS", 24)
    [who] = await people(world, 1)
    for number in range(60):
        await at(world, timedelta(hours=number % 12), who, f"tea {word(number)}")
    answer = await find_trends(world.db, None, "day", NOW)
    assert (answer.counted, answer.sampled) == (12, True)


@pytest.mark.parametrize(("text", "terms"), [
    ("The #Sun, @bob! 42 is :) a C++ day", ["the", "#sun", "", "", "", "", "", "c++", "day"]),
    ("see HTTPS://Sky.example/A?b=1, and $AAPL", ["see", "https://sky.example/a?b=1", "and", "$aapl"]),
    ("на вокзале", ["на", "вокзале"]),
    ("地震だ", ["地震", "震だ", ""]),
])
def test_what_counts_as_a_term(text: str, terms: list[str]) -> None:
    assert sequence(text) == terms


def test_kinds_of_terms() -> None:
    assert [kind_of(t) for t in ("#sun", "https://x.example", "solar eclipse", "sun")] == [
        "tag", "link", "phrase", "word"]

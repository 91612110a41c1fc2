"""Who knows about a thing: those who answer before those who ask, and nobody who may not be found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from tests.world import World

from harken import clock
from harken.actions.block import block, mute
from harken.actions.boost_post import boost_post
from harken.actions.change_profile import change_profile
from harken.actions.delete_post import delete_post
from harken.actions.keep_post import favourite_post
from harken.errors import NotSignedIn
from harken.model.account import Account, State
from harken.model.post import Post
from harken.search import knowers
from harken.search.knowers import Known, find_knowers, same_words
from harken.search.query import BadQuery
from harken.store import accounts

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
ticks = count()


async def known(world: World, query: str, viewer: Account | None = None, limit: int = 20) -> Known:
    return await find_knowers(world.db, query, viewer, NOW, limit)


async def names(world: World, query: str, viewer: Account | None = None) -> list[str]:
    return [one.account.username for one in (await known(world, query, viewer)).people]


async def at(world: World, days_ago: float, who: Account, text: str, **given: object) -> Post:
    """`who` says something some days before NOW; no two posts in one millisecond, where ids might meet."""
    with clock.frozen(NOW - timedelta(days=days_ago, milliseconds=-next(ticks))):
        return await world.post(who, text, **given)  # type: ignore[arg-type]


async def people(world: World, *called: str) -> list[Account]:
    with clock.frozen(NOW - timedelta(days=400)):
        return [await world.account(name) for name in called]


async def test_who_answers_comes_before_who_talks_and_who_only_asks_is_not_named(world: World) -> None:
    asker, other, helper, talker = await people(world, "asker", "other", "helper", "talker")
    for number, who in enumerate([asker, other, asker]):
        question = await at(world, 10 - number, who, f"Where does one go with a kidney stone? {'again ' * number}")
        await at(world, 9.9 - number, helper, f"Clinic {'abc'[number]} in the old town, ask for the nurse",
                 reply_to=question)
    await at(world, 5, talker, "My kidney and I had breakfast")
    await at(world, 4, talker, "The kidney has its own day of the year")
    answer = await known(world, "kidney")
    assert [one.account.username for one in answer.people] == ["helper", "talker"]
    first = answer.people[0]
    assert (first.reasons[0].kind, first.reasons[0].count) == ("answered", 3)
    assert abs(first.reasons[0].last - (NOW - timedelta(days=7.9))) < timedelta(minutes=1)
    assert len(first.posts) == 1, "three times the same words are shown once"
    assert {p.author_id for p in first.posts} == {helper.id}
    assert [(r.kind, r.count) for r in answer.people[1].reasons] == [("wrote", 2)]
    assert answer.counted == 5


async def test_an_answer_counts_when_it_or_its_question_matches(world: World) -> None:
    asker, one, two, three = await people(world, "asker", "one", "two", "three")
    question = await at(world, 5, asker, "Who sells good flour?")
    statement = await at(world, 5, asker, "I bake on Sundays with rye")
    await at(world, 4, one, "The mill has rye and spelt", reply_to=question)  # the answer says it
    asked = await at(world, 3, asker, "And who has rye?")
    await at(world, 2, two, "Ask the miller", reply_to=asked)  # only the question says it
    await at(world, 2, three, "So do I", reply_to=statement)  # an answer to what asked nothing
    answer = await known(world, "rye")
    assert {p.account.username: {r.kind for r in p.reasons} & {"answered", "heard"} for p in answer.people} == {
        "one": {"answered"}, "two": {"answered"}, "asker": {"heard"}}


async def test_the_same_words_help_several_people_less_than_words_of_their_own(world: World) -> None:
    asker, canned, caring = await people(world, "asker", "canned", "caring")
    for number in range(4):
        question = await at(world, 9 - number, asker, f"Is my {['router', 'modem', 'cable', 'socket'][number]} broken?")
        await at(world, 8.9 - number, canned, f"We are sorry, please send a message #{number}", reply_to=question)
        if number < 3:
            knob = ["red", "green", "blue"][number]
            await at(world, 8.8 - number, caring, f"Turn the {knob} knob", reply_to=question)
    assert await names(world, "broken") == ["caring", "canned"]
    second = (await known(world, "broken")).people[1]
    assert ((second.reasons[0].kind, second.reasons[0].count), len(second.posts)) == (("answered", 4), 1)


async def test_being_answered_by_several_people_counts_for_more_than_by_one_often(world: World) -> None:
    popular, chatty, *others = await people(world, "popular", "chatty", "a", "b", "c")
    said, told = await at(world, 3, popular, "Sourdough wants patience"), await at(world, 3, chatty, "Sourdough smells")
    for number, who in enumerate(others):
        await at(world, 2, who, "oh yes indeed", reply_to=said)
        await at(world, 2, others[0], f"well {'xyz'[number]}", reply_to=told)
    await at(world, 2, chatty, "I answer myself", reply_to=told)
    answer = await known(world, "sourdough")
    counts = {p.account.username: [(r.kind, r.count) for r in p.reasons] for p in answer.people}
    assert ("heard", 3) in counts["popular"]
    assert ("heard", 1) in counts["chatty"]
    assert [p.account.username for p in answer.people] == ["popular", "chatty"]


async def test_saying_the_same_often_or_on_one_evening_does_not_make_an_expert(world: World) -> None:
    steady, loud, parrot = await people(world, "steady", "loud", "parrot")
    for number in range(12):
        await at(world, 1 + number / 1000, loud, f"Tea tea tea {'abcdefghijkl'[number]}bc")
        await at(world, 1 + number, parrot, f"@loud Buy our tea today! https://shop.example/{number} #{number}")
    for number in range(4):
        await at(world, 1 + number, steady, f"Tea of the day: {['Assam', 'Ceylon', 'Sencha', 'Darjeeling'][number]}")
    answer = await known(world, "tea")
    assert answer.people[0].account.username == "steady"
    wrote = {p.account.username: r.count for p in answer.people for r in p.reasons if r.kind == "wrote"}
    assert wrote == {"steady": 4, "loud": 1, "parrot": 1}


async def test_who_writes_about_everything_is_behind_who_writes_about_this(world: World) -> None:
    broad, narrow = await people(world, "broad", "narrow")
    for number in range(60):
        await at(world, 1 + number / 10, broad, f"Number {'x' * number} of my opinions")
    for number in range(3):
        await at(world, 1 + number, broad, f"Bees {'ab' * number} fly")
        await at(world, 1 + number, narrow, f"Bees {'cd' * number} dance")
    answer = await known(world, "bees")
    assert [p.account.username for p in answer.people] == ["narrow", "broad"]
    assert ["focus" in [r.kind for r in p.reasons] for p in answer.people] == [True, False]


async def test_favourites_and_boosts_speak_for_somebody_and_recent_words_for_more_than_old_ones(world: World) -> None:
    liked, plain, old, fan = await people(world, "liked", "plain", "old", "fan")
    post = await at(world, 2, liked, "Compost needs air")
    await at(world, 2, plain, "Compost needs time")
    await at(world, 300, old, "Compost needs worms")
    await favourite_post(world.db, fan, post.id, NOW)
    await boost_post(world.db, fan, post.id, NOW)
    answer = await known(world, "compost")
    assert [p.account.username for p in answer.people] == ["liked", "plain", "old"]
    assert ("liked", 2) in [(r.kind, r.count) for r in answer.people[0].reasons]


async def test_another_persons_words_are_not_ones_own(world: World) -> None:
    author, booster, first, second = await people(world, "author", "booster", "first", "second")
    await at(world, 3, author, "Yeast lives")
    await at(world, 2, booster, "RT @author Yeast lives")
    await at(world, 4, first, "Yeast on special offer everywhere this week")
    await at(world, 3, second, "Yeast on special offer everywhere this week")
    assert await names(world, "yeast") == ["author", "second", "first"]


async def test_bots_come_last(world: World) -> None:
    robot, human = await people(world, "robot", "human")
    question = await at(world, 3, human, "Weather in May?")
    await at(world, 2, robot, "Weather: sun", reply_to=question)
    await at(world, 90, human, "Weather is what happens")
    assert await names(world, "weather") == ["robot", "human"]
    await change_profile(world.db, robot, now=NOW, bot=True)
    assert await names(world, "weather") == ["human", "robot"]


Change = Callable[[World, Account, Account, Post], Awaitable[object]]
GONE: dict[str, Change] = {
    "not indexable": lambda w, a, v, p: change_profile(w.db, a, now=NOW, indexable=False),
    "not discoverable": lambda w, a, v, p: change_profile(w.db, a, now=NOW, discoverable=False),
    "deleted post": lambda w, a, v, p: delete_post(w.db, a, p.id, NOW),
    "blocked": lambda w, a, v, p: block(w.db, v, a.id, NOW),
    "blocking": lambda w, a, v, p: block(w.db, a, v.id, NOW),
    "muted": lambda w, a, v, p: mute(w.db, v, a.id, NOW),
    "limited": lambda w, a, v, p: state(w, a, State.LIMITED),
    "suspended": lambda w, a, v, p: state(w, a, State.SUSPENDED),
    "in memory": lambda w, a, v, p: state(w, a, State.MEMORIAL),
}


async def state(world: World, account: Account, to: State) -> None:
    async with world.db.transaction() as tx:
        await accounts.change(tx, account.id, state=to)


@pytest.mark.parametrize("change", GONE)
async def test_whoever_may_not_be_named_is_not(world: World, change: str) -> None:
    viewer, author, witness = await people(world, "viewer", "author", "witness")
    post = await at(world, 2, author, "Beekeeping is @viewer a quiet thing")  # found by viewer, whatever the switches
    await at(world, 2, witness, "Beekeeping is loud in May")
    await favourite_post(world.db, viewer, post.id, NOW)
    assert await names(world, "beekeeping", viewer) == ["author", "witness"]
    await GONE[change](world, author, viewer, post)
    assert await names(world, "beekeeping", viewer) == ["witness"]


async def test_a_blocked_domain_and_the_viewer_are_not_named(world: World) -> None:
    viewer, remote = await people(world, "viewer", "remote")
    async with world.db.transaction() as tx:
        await accounts.change(tx, remote.id, domain="far.example")
    await at(world, 2, viewer, "Knots hold")
    await at(world, 2, remote, "Knots slip")
    assert await names(world, "knots", viewer) == ["remote"]
    async with world.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO blocked_domain (account_id, domain) VALUES (:me, 'far.example')", me=viewer.id)
    assert await names(world, "knots", viewer) == []
    assert sorted(await names(world, "knots")) == ["remote", "viewer"]


async def test_only_what_the_viewer_may_find_is_counted_and_shown(world: World) -> None:
    friend, author, stranger = await people(world, "friend", "author", "stranger")
    await world.follows(friend, author)
    await at(world, 2, author, "Clinic hours are long", to="followers")
    await at(world, 2, author, "The clinic is closed", to="unlisted")
    assert await names(world, "clinic", stranger) == []
    assert await names(world, "clinic", friend) == ["author"]
    assert (await known(world, "clinic", friend)).counted == 1


async def test_the_number_of_statements_does_not_grow_with_the_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = await people(world, *(f"p{number}" for number in range(12)))
    asked: list[str] = []
    for name in ("all", "patient", "value", "values", "rows", "find"):
        original = getattr(world.db, name)

        def counting(*given: object, ask: Callable[..., object] = original, **named: object) -> object:
            asked.append(str(given[-1]))
            return ask(*given, **named)

        monkeypatch.setattr(world.db, name, counting)
    counts = []
    for upto in (2, 12):
        for number, who in enumerate(crowd[:upto]):
            question = await at(world, 3, who, f"Any oak {'abcdefghijklm'[number]} {upto}?")
            await at(world, 2, crowd[number - 1], f"Oak {'nopqrstuvwxyz'[number]} {upto}", reply_to=question)
        asked.clear()
        assert len((await known(world, "oak")).people) == upto
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[0] <= 10  # on PostgreSQL; SQLite needs no search for the stretch to look in


async def test_of_many_matches_the_newest_are_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowers, "SAMPLE", 2)
    early, late = await people(world, "early", "late")
    await at(world, 9, early, "Rain falls")
    for number in range(2):
        await at(world, 2 - number, late, f"Rain {'ab'[number]}bc")
    answer = await known(world, "rain")
    assert ([p.account.username for p in answer.people], answer.counted, answer.more) == (["late"], 2, True)


async def test_questions_that_cannot_be_asked_are_refused_and_nothing_names_nobody(world: World) -> None:
    await people(world, "sunny")
    assert (await known(world, "  ")).people == []
    with pytest.raises(BadQuery):
        await known(world, '("')
    with pytest.raises(NotSignedIn):
        await known(world, "in:home")


@pytest.mark.parametrize(("one", "other", "same"), [
    ("@ann Sorry to hear that! Send us a DM https://t.co/a",
     "@bob sorry to hear that, send us a DM https://t.co/b", True),
    ("Order 1234 has shipped", "Order 99 has shipped", True),
    ("I went to the clinic", "I went to the library", False),
    ("猫が好き", "犬が好き", False),
])
def test_texts_that_differ_in_names_numbers_and_addresses_are_the_same(one: str, other: str, same: bool) -> None:
    assert (same_words(one) == same_words(other)) is same

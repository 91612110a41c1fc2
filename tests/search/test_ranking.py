"""The best first: both databases give the same order, strictly where the query is strict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from tests.world import World

from harken import clock
from harken.actions.block import block
from harken.actions.delete_post import delete_post
from harken.actions.keep_post import favourite_post
from harken.errors import Invalid
from harken.model.account import Account
from harken.model.paging import Window
from harken.search import analysis, ranking
from harken.search.query import parse
from harken.search.search import Found, alike, find
from harken.search.stems import forms, stems

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def best(
    world: World, query: str, viewer: Account | None = None, limit: int = 50, cursor: str = "", fold: bool = True
) -> Found:
    return await find(
        world.db, f"{query} sort:top", viewer, Window(limit=limit), clock.now(), cursor=cursor, fold=fold)


def texts(found: Found) -> list[str]:
    return [post.text for post in found.posts]


async def say(world: World, *said: str) -> Account:
    author = await world.account("ada")
    for text in said:
        await world.post(author, text)
    return author


async def test_posts_with_all_the_words_come_first_and_the_answer_says_that_others_follow(world: World) -> None:
    await say(
        world, "The clinic opens on Monday", "Where is a clinic with free parking?", "Parking is awful here",
        "Nothing of the kind", "My bike")
    found = await best(world, "clinic parking")
    assert texts(found)[0] == "Where is a clinic with free parking?"
    assert set(texts(found)[1:]) == {"The clinic opens on Monday", "Parking is awful here"}
    assert any("all the words" in note for note in found.notes)
    alone = await best(world, "bike")
    assert texts(alone) == ["My bike"]
    assert not any("all the words" in note for note in alone.notes)


@pytest.mark.parametrize("query, wanted", [
    ('"free parking" clinic', {"free parking at the clinic", "free parking downtown"}),
    ("clinic -closed", {"free parking at the clinic"}),
    ("clinic from:nobody", set()),
    ("clinic is:question", {"is the clinic closed?"}),
    ("#clinic downtown", {"#clinic hours"}),
    ("(clinic OR downtown) free", {
        "free parking at the clinic", "free parking downtown", "is the clinic closed?", "#clinic hours"}),
    ("clinic until:2001-01-01", set()),
    ("clinic min_favourites:1", set()),
])
async def test_operators_phrases_and_exclusions_stay_strict(world: World, query: str, wanted: set[str]) -> None:
    await say(
        world, "free parking at the clinic", "free parking downtown", "parking is free of charge",
        "is the clinic closed?", "#clinic hours")
    found = set(texts(await best(world, query)))
    if query == "clinic -closed":
        found.discard("#clinic hours")  # a plain word finds the tag
    assert found == wanted


async def test_a_word_finds_its_other_forms_and_its_own_form_is_not_preferred_to_two_words(world: World) -> None:
    await say(world, "They protested against the cuts", "Protests everywhere", "Protein shakes")
    assert texts(await best(world, "protest cut"))[0] == "They protested against the cuts"
    assert "Protein shakes" not in texts(await best(world, "protest cut"))


async def test_what_the_best_answers_share_brings_their_kind_forward(world: World) -> None:
    await say(
        world, "quake: aftershock rescue teams arrive in Kathmandu", "quake: rescue aftershock in Kathmandu tonight",
        "quake is a fine old game by id", "more quake aftershock news, rescue goes on")
    found = texts(await best(world, "quake"))
    assert found[-1] == "quake is a fine old game by id"


async def test_near_duplicates_stand_behind_the_first_of_them(world: World) -> None:
    news = "The new clinic on Main Street opens its doors next Monday morning"
    await say(world, news, f"{news}!", f"RT @ada: {news}", "Another clinic closes")
    found = await best(world, "clinic")
    assert len(found.posts) == 2
    leader = next(post for post in found.posts if post.id in found.like)
    assert len(found.like[leader.id]) == 2
    assert not leader.text.startswith("RT")
    group = await alike(world.db, "clinic sort:top", None, found.like[leader.id][1], 50, clock.now())
    assert [post.id for post in group.posts] == [leader.id, *found.like[leader.id]]
    unfolded = await best(world, "clinic", fold=False)
    assert {post.id for post in unfolded.posts} == {post.id for post in found.posts} | set(found.like[leader.id])
    assert unfolded.like == found.like


async def test_conversation_decides_between_equals(world: World) -> None:
    ada, bob = await world.account("ada"), await world.account("bob")
    loved = await world.post(ada, "a clinic to love")
    await world.post(ada, "a clinic to leave")
    assert texts(await best(world, "clinic"))[0] == "a clinic to leave"
    await favourite_post(world.db, bob, loved.id, clock.now())
    assert texts(await best(world, "clinic"))[0] == "a clinic to love"


async def test_nobody_finds_what_they_may_not(world: World) -> None:
    ada, bob, eve = await world.account("ada"), await world.account("bob"), await world.account("eve")
    shy = await world.account("shy", indexable=False)
    await world.follows(bob, ada)
    await world.post(ada, "clinic for followers", to="followers")
    await world.post(ada, "clinic for you @bob", to="direct")
    await world.post(ada, "clinic unlisted", to="unlisted")
    await world.post(shy, "clinic of the shy")
    gone = await world.post(ada, "clinic gone")
    await world.post(ada, "clinic for all")
    await delete_post(world.db, ada, gone.id, clock.now())
    assert set(texts(await best(world, "clinic"))) == {"clinic for all"}
    assert set(texts(await best(world, "clinic", eve))) == {"clinic for all"}
    assert set(texts(await best(world, "clinic", bob))) == {
        "clinic for all", "clinic for followers", "clinic for you @bob"}
    await block(world.db, ada, eve.id, clock.now())
    assert texts(await best(world, "clinic", eve)) == []


async def test_few_findable_posts_among_many_hidden_ones_are_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking, "GLANCE", ranking.Effort(10, 10, 5))
    monkeypatch.setattr(ranking, "THOROUGH", ranking.Effort(10, 10, 5))
    ada, shy = await world.account("ada"), await world.account("shy", indexable=False)
    await world.post(ada, "clinic and bakery")
    for number in range(30):
        await world.post(shy, f"clinic number {number}")
    assert texts(await best(world, "clinic bakery library")) == ["clinic and bakery"]
    assert texts(await best(world, "clinic")) == ["clinic and bakery"]
    # Of those with all words there are plenty, none of which may be found.
    assert texts(await best(world, "clinic number")) == ["clinic and bakery"]


async def test_pages_neither_repeat_nor_miss_a_post_while_new_ones_arrive(world: World) -> None:
    words = ["bakery", "school", "library", "museum", "harbour", "station", "market"]
    ada = await say(world, *(f"clinic number {number} near the {words[number % 7]}" for number in range(25)))
    first = await best(world, "clinic school", limit=10)
    await world.post(ada, "clinic school, newer and better")
    await delete_post(world.db, ada, first.posts[3].id, clock.now())
    second = await best(world, "clinic school", limit=10, cursor=first.more)
    third = await best(world, "clinic school", limit=10, cursor=second.more)
    seen = [post.id for page in (first, second, third) for post in page.posts]
    assert len(seen) == len(set(seen)) == 25
    assert third.more == ""
    assert "clinic school, newer and better" not in [text for page in (second, third) for text in texts(page)]


@pytest.mark.parametrize("cursor", ["x", "!!!!", "AAAAAAAAAAA", "A" * 100_000, "é"])
async def test_a_broken_cursor_is_refused(world: World, cursor: str) -> None:
    with pytest.raises(Invalid):
        await best(world, "clinic", cursor=cursor)


async def test_a_query_without_words_gives_what_is_talked_about(world: World) -> None:
    ada, bob = await world.account("ada"), await world.account("bob")
    loved = await world.post(ada, "one")
    await world.post(ada, "two")
    await favourite_post(world.db, bob, loved.id, clock.now())
    assert texts(await best(world, "from:ada")) == ["one", "two"]
    assert texts(await best(world, "")) == ["one", "two"]


def post(identifier: int, text: str, language: str | None = None) -> ranking.Candidate:
    return ranking.Candidate(identifier, text, "", language, 0, 0, 0)


def ranked(query: str, posts: Sequence[ranking.Candidate]) -> list[int]:
    background = ranking.background(posts)
    wanted = ranking.plan(parse(query, NOW).tree, background)
    bags = [ranking.bag(one, wanted) for one in posts]
    return [place.id for place in ranking.rank(bags, wanted, background, max(one.id for one in posts))]


def test_the_order_of_the_candidates_does_not_matter() -> None:
    posts = [post(number, f"tea {'cake ' * (number % 3)} {'scone' * (number % 2)}") for number in range(1, 40)]
    assert ranked("tea cake", posts) == ranked("tea cake", posts[::-1])


def test_a_german_post_is_stemmed_as_german() -> None:
    posts = [post(1, "Die Kliniken schließen", "de"), post(2, "Der Hund bellt", "de"), post(3, "Eine Klinik", "de")]
    assert ranked("klinik", posts)[:2] in ([1, 3], [3, 1])
    assert stems("de")["kliniken"] == stems("de-at")["klinik"]


def test_forms_lead_back_to_the_same_stem() -> None:
    for word, also in [("running", "run"), ("cities", "city"), ("laws", "law"), ("protest", "protesting")]:
        assert also in forms(word, "en")
        assert {stems("en")[form] for form in forms(word, "en")} == {stems("en")[word]}
    assert forms("猫", "ja") == ("猫",)


def test_a_bag_has_the_stems_of_what_the_analyser_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "_REMEMBERED", 4)  # forgets while it reads
    text = "RT @Ann: clinics' #Opening_hours, co-operating \U0001f642 see https://a.example/x or www.example.com/a $AB!"
    for _ in range(2):
        bag = ranking.bag(post(1, text, "en"), ranking.Plan((), ("hours", "opening", "shut"), (), "en"))
        plain = {"clinic", "opening_hours", "co-operating", "\U0001f642", "see", "or", "$ab"}
        assert bag.gist == plain
        assert bag.words == dict.fromkeys(plain | {"ann", "open", "hour", "co", "oper", "cooper", "ab"}, 1)
        assert (bag.length, bag.links, bag.passed_on, bag.exact) == (8, True, True, 2 / 3)
    assert not ranking.bag(post(2, "@a-b opens"), ranking.Plan((), ("opens",), (), "en")).links
    long = ranking.bag(post(3, "tea " * 20_000), ranking.Plan((), ("tea",), (), "en"))
    assert long.words == {"tea": analysis.MAX_WORDS}


def test_what_is_common_is_asked_for_last() -> None:
    background = ranking.Background(4_000, Counter(clinic=100, school=10, the=3000))
    parts = [parse(text, NOW).tree for text in ("zebra", "school", "(school OR clinic)", '"the clinic"', "the -school")]
    shares = [background.share(part) for part in parts]
    assert shares == [0, 10 / 4_000, 110 / 4_000, 100 / 4_000, 3_000 / 4_000]
    assert background.share(parse("lang:en", NOW).tree) > background.share(parse("from:ada", NOW).tree)


def test_folding_a_thousand_posts_compares_only_those_that_can_be_alike() -> None:
    texts = [f"w{number} w{number + 1} w{number + 2} w{number + 3} common words" for number in range(0, 4000, 4)]
    posts = [post(number + 1, text) for number, text in enumerate(texts)] + [post(5000, f"{texts[7]} again")]
    background = ranking.Background()
    wanted = ranking.plan(parse("common", NOW).tree, background)
    bags = {one.id: ranking.bag(one, wanted) for one in posts}
    started = clock.monotonic()
    places = ranking.folded([ranking.Ranked(one.id, True) for one in posts], bags)
    assert [place.like for place in places if place.like] == [(5000,)]
    assert len(places) == 1000
    assert clock.monotonic() - started < 2


def test_recent_posts_are_preferred_to_old_ones_that_say_the_same() -> None:
    day = int(timedelta(days=1).total_seconds() * 1000) << 16
    assert ranked("tea", [post(400 * day, "some tea"), post(1, "more tea")]) == [400 * day, 1]


async def test_pages_go_on_beyond_what_the_first_of_them_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking, "GLANCE", ranking.Effort(12, 12, 6))
    await say(world, *(f"clinic number {number}" for number in range(30)))
    seen: list[int] = []
    more = ""
    for _ in range(5):
        page = await best(world, "clinic", limit=6, cursor=more)
        seen += [post.id for post in page.posts]
        more = page.more
    assert len(seen) == len(set(seen)) == 30
    assert more == ""


def test_how_far_back_posts_are_asked_for_all_of_several_common_words() -> None:
    def known(**having: int) -> ranking.Background:
        return ranking.Background(4_000, Counter(having), stretches=STRETCHES)

    wanted = ranking.Plan((), ("clinic", "school"), ("clinic", "school"), "en")
    common = known(clinic=150, school=100)
    assert ranking.reach(wanted, common, 400) == 360  # 400,000 posts have 25,000 times one of the words
    assert ranking.reach(wanted, common, 340) == 300
    assert ranking.reach(wanted, common, 300) == 280
    third = ranking.Plan((), ("clinic", "school", "the"), ("clinic", "school", "the"), "en")
    assert ranking.reach(third, known(clinic=150, school=100, the=150), 400) == 360  # the two rarest of them decide
    rarer = known(clinic=800, school=10)  # of the commoner word most is skipped: 1.1 million posts
    assert 280 < ranking.reach(wanted, rarer, 400) < 300
    assert ranking.reach(wanted, known(clinic=10, school=5), 400) == 0
    assert ranking.reach(wanted, known(clinic=150), 400) == 0


STRETCHES = ((400, 0.0), (300, 1e6), (200, 2e6), (100, 3e6))  # in ids, the newest first


def test_where_to_look_for_so_many_posts_follows_how_common_their_words_are() -> None:
    known = ranking.Background(4_000, Counter(the=2_000, clinic=40, school=4), stretches=STRETCHES)

    def edges(text: str, wanted: int = 1_000, before: int = 400) -> list[int] | None:
        return known.edges(parse(text, NOW).tree, wanted, before)

    assert known.since(500_000, 400) == 350
    assert known.since(500_000, 1_000) == 350  # what came since then is not known, and does not count
    assert known.since(500_000, 350) == 300
    assert known.since(7e6, 400) == 0
    assert edges("the", 100_000) == [360, 270]
    assert edges("clinic") == [380, 320, 194]
    assert edges("clinic OR school", before=300) == [291, 264, 170]
    assert edges("school", 10_000) == []
    assert edges("zzzz") == []
    assert edges("from:ada") == edges("in:home the") == [390, 360, 270]
    assert ranking.Background().edges(parse("the", NOW).tree, 10, 400) is None

"""Both indexes answer as the brute-force oracle does, for viewers with all kinds of relations."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from tests.oracle import Facts
from tests.test_visibility import random_world
from tests.world import World

from harken import clock
from harken.actions.delete_post import delete_post
from harken.actions.edit_post import edit_post
from harken.engine import Engine
from harken.errors import NotSignedIn, NotYet
from harken.ids import MAX_ID
from harken.model.account import Account
from harken.model.paging import Window
from harken.model.post import Post
from harken.search import fts5, ranking, search, tsvector
from harken.search.document import Searchable, document
from harken.search.index import searchable
from harken.search.matching import matches
from harken.search.query import BadQuery
from harken.store import posts

EVERYTHING = Window(limit=10_000)
ATOMS = [
    "word0",
    "word1",
    "word2",
    "edited",
    "re",
    "#tag",
    "wor*",
    "e*",
    '"re word1"',
    '"word1 re"',
    '"edited p*"',
    "@p0",
    "@p1",
    "from:p0",
    "from:p2",
    "from:me",
    "to:p1",
    "to:nobody",
    "is:reply",
    "is:original",
    "is:question",
    "has:link",
    "lang:en",
    "since:1h",
    "until:yesterday",
    "in:home",
    "in:list:X",
    "in:mine",
    "in:saved",
    "min_favourites:1",
    "min_replies:1",
    "is:unanswered",
    "kind:note",
    "absent",
    ":)",
]


def random_query(dice: random.Random, depth: int = 3) -> str:
    if depth == 0 or dice.random() < 0.35:
        return dice.choice(ATOMS)
    match dice.randrange(4):
        case 0:
            return f"{random_query(dice, depth - 1)} {random_query(dice, depth - 1)}"
        case 1:
            return f"({random_query(dice, depth - 1)} OR {random_query(dice, depth - 1)})"
        case 2:
            return f"-({random_query(dice, depth - 1)})"
    return f"{random_query(dice, depth - 1)} -{dice.choice(ATOMS)}"


class ViewerFacts:
    """`matching.Facts` from the oracle's memory."""

    def __init__(self, facts: Facts, viewer: int, names: Mapping[str, int]) -> None:
        self.facts, self.viewer, self.names = facts, viewer, names
        self.counts = facts.counts()

    def account(self, name: str) -> int | None:
        return self.viewer if name == "me" else self.names.get(name)

    def count(self, post_id: int, what: str) -> int:
        return self.counts[post_id][("replies", "boosts", "favourites").index(what)]

    def answered(self, post_id: int) -> bool:
        author = self.facts.posts[post_id]["author"]
        return any(
            p["parent"] == post_id and p["author"] != author and p["visibility"] <= 1 for p in self.facts.posts.values()
        )

    def place(self, post: Searchable) -> tuple[int, int] | None:
        return None

    def within(self, scope: str, name: str | None, post: Searchable) -> bool:
        if scope == "mine":
            return post.author_id == self.viewer
        if scope == "list":
            return any(kept["owner"] == self.viewer and post.author_id in kept["members"]
                       for kept in self.facts.lists.values())
        if scope == "home":
            return post.author_id == self.viewer or self.facts.follows_accepted(self.viewer, post.author_id)
        return (self.viewer, post.id) in self.facts.favourites | self.facts.bookmarks


@pytest.mark.parametrize(
    "level", ["a b c (y OR {})", "(w OR -(a b -c {}))", "a b -(y OR {})", "x* (q OR {}) -(r OR s)"])
async def test_brackets_as_deep_as_a_query_may_have_are_understood_by_the_index(world: World, level: str) -> None:
    text = "tea"
    while True:
        try:
            search.understood(text, clock.now())
        except search.BadQuery:
            break
        deepest, text = text, level.format(text)
    await search.find(world.db, deepest, None, EVERYTHING, clock.now())


@pytest.mark.parametrize("seed", range(4))
async def test_the_index_finds_what_the_oracle_finds(
    engine: Engine, world: World, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(100 + seed)
    # Authors by the index in an OR of ORs, and while walking.
    monkeypatch.setattr(fts5, "WIDE", 2)
    for dialect in (fts5.DIALECT, tsvector.DIALECT):
        monkeypatch.setattr(dialect, "most_authors", 300 if seed % 2 else 1)
    if seed % 2:  # in many steps, back to where the words should be found and beyond
        monkeypatch.setattr(search, "_MOST_IDS", 4)
        monkeypatch.setattr(search, "_IDS_FOR_A_POST", 1)
        monkeypatch.setattr(ranking, "_ENOUGH_SAMPLED", 1)
        monkeypatch.setattr(ranking, "_AMPLE", 0.5)
        monkeypatch.setattr(search, "_STRETCHES", 3)
    people = await random_world(world, dice, people_count=6, steps=160)
    facts = await Facts.read(world.db)
    stored = await posts.by_ids(world.db, list(facts.posts))
    documents = {i: (searchable(p), document(searchable(p))) for i, p in stored.items() if p.boost_of_id is None}
    names = {p.username: p.id for p in people}
    await search.prepare(world.db)
    some = 0
    for _ in range(250):
        text = random_query(dice)
        viewer = dice.choice(people)
        tree = search.understood(text, clock.now()).tree
        known = ViewerFacts(facts, viewer.id, names)
        wanted = sorted(
            (
                i
                for i, (post, doc) in documents.items()
                if facts.found(viewer.id, i) and matches(tree, doc, post, known)
            ),
            reverse=True,
        )
        found = await search.find(world.db, text, viewer, EVERYTHING, clock.now())
        assert [p.id for p in found.posts] == wanted, text
        some += bool(wanted)
        if len(wanted) > 5:
            paged: list[int] = []
            before = MAX_ID
            while page := (
                await search.find(world.db, text, viewer, Window(limit=3, before=before), clock.now())
            ).posts:
                paged += [p.id for p in page]
                before = paged[-1]
            assert paged == wanted
    assert some > 40, "queries that find nothing prove little"
    for text in ("word0", "re OR edited", "#tag -word1"):
        tree = search.understood(text, clock.now()).tree
        known = ViewerFacts(facts, 0, names)
        wanted = sorted(
            (i for i, (post, doc) in documents.items() if facts.found(0, i) and matches(tree, doc, post, known)),
            reverse=True,
        )
        assert [p.id for p in (await search.find(world.db, text, None, EVERYTHING, clock.now())).posts] == wanted


async def ids_for(world: World, text: str, viewer: Account | None = None) -> list[int]:
    return [p.id for p in (await search.find(world.db, text, viewer, EVERYTHING, clock.now())).posts]


async def test_a_post_is_found_at_once_changed_at_once_and_gone_at_once(world: World) -> None:
    alice = await world.account("alice")
    post: Post = await world.post(alice, "where is the lymphoedema clinic?")
    assert await ids_for(world, "lymphoedema") == [post.id]
    await edit_post(world.db, alice, post.id, text="where is the swimming pool?", now=clock.now())
    assert await ids_for(world, "lymphoedema") == []
    assert await ids_for(world, '"swimming pool" ?') == [post.id]
    await delete_post(world.db, alice, post.id, clock.now())
    assert await ids_for(world, "swimming") == []


async def test_switching_indexable_off_hides_from_others_in_the_next_search(world: World) -> None:
    from harken.store import accounts

    alice, bob = await world.account("alice"), await world.account("bob")
    post = await world.post(alice, "findable")
    assert await ids_for(world, "findable", bob) == [post.id]
    async with world.db.transaction() as tx:
        await accounts.change(tx, alice.id, indexable=False)
    assert await ids_for(world, "findable", bob) == []
    assert await ids_for(world, "findable") == []
    assert await ids_for(world, "findable", alice) == [post.id], "one finds one's own"


async def test_what_cannot_be_answered_says_so(world: World) -> None:
    with pytest.raises(BadQuery) as fault:
        await search.find(world.db, 'coffee "never closed', None, EVERYTHING, clock.now())
    assert fault.value.position == 7
    with pytest.raises(NotYet, match="~x"):
        await search.find(world.db, "coffee ~x", None, EVERYTHING, clock.now())
    with pytest.raises(NotSignedIn):
        await search.find(world.db, "in:home", None, EVERYTHING, clock.now())


async def test_days_end_when_summize_says(world: World) -> None:
    alice = await world.account("alice")
    post = await world.post(alice, "today")
    day = clock.now().date()
    assert await ids_for(world, f"since:{day} until:{day}") == [post.id]
    assert await ids_for(world, f"since:{day + timedelta(days=1)}") == []
    assert await ids_for(world, f"until:{day - timedelta(days=1)}") == []


async def test_new_matches_are_told_from_other_new_posts(world: World) -> None:
    alice = await world.account("alice")
    query = search.understood("coffee -tea", clock.now())
    made = [await world.post(alice, text) for text in ("coffee", "coffee and tea", "tea")]
    found = await search.matching(world.db, query, None, [p.id for p in made], clock.now())
    assert [p.id for p in found] == [made[0].id]


@pytest.mark.parametrize("query, apart", [
    ("coffee", False), ("cof*", False), ("is:question", False), ('"good coffee"', True), ("coff*", True),
    ("good coffee", True), ("coffee -tea", True), ("coffee OR tea", True), ("in:home", True)])
async def test_what_the_index_may_look_for_long_is_looked_for_off_the_event_loop(
    world: World, monkeypatch: pytest.MonkeyPatch, query: str, apart: bool
) -> None:
    ann = await world.account("ann")
    await world.post(ann, "good coffee?")
    asked: list[str] = []
    aside = world.db.aside

    async def noted(shape: Any, sql: str, /, **values: Any) -> Any:
        asked.append(sql)
        return await aside(shape, sql, **values)

    monkeypatch.setattr(world.db, "aside", noted)
    found = await search.find(world.db, query, ann, EVERYTHING, clock.now())
    assert [post.text for post in found.posts] == ["good coffee?"]
    # PostgreSQL is never waited for on the loop; there it is by which statements are planned for their very words.
    assert bool(asked) is (apart or world.db.dialect == "postgresql")

"""A filter decides exactly as a search would, and is read anew when it changes."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from tests.search.test_search import EVERYTHING, random_query
from tests.test_visibility import random_world
from tests.world import World

from harken import clock
from harken.actions.edit_post import edit_post
from harken.actions.follow import follow
from harken.actions.keep_filter import change_filter, drop_filter, keep_filter, with_query
from harken.errors import Invalid, NotAllowed
from harken.model.account import Account
from harken.model.filter import MAX_FILTERS, Filter
from harken.search import filtering, search
from harken.search.query import BadQuery, keyword_node
from harken.store import accounts, posts


async def hide(world: World, owner: Account, query: str = "", **given: object) -> Filter:
    return await keep_filter(
        world.db, owner, clock.now(), **{"title": query or "x", "contexts": ["home"], "query": query} | given)  # type: ignore[arg-type]


async def meant(world: World, viewer: Account) -> dict[int, list[filtering.Hit]]:
    """Everything the viewer sees that their filters mean."""
    viewer = await accounts.get(world.db, viewer.id)
    ids = await posts.newest_ids(world.db, 1000)
    seen = await posts.visible_by_ids(world.db, ids, viewer.id)
    return await filtering.hits(world.db, viewer, seen.values(), clock.now())


@pytest.mark.parametrize("seed", [0, 3])
async def test_a_filter_means_what_a_search_finds(world: World, seed: int) -> None:
    dice = random.Random(700 + seed)
    people = await random_world(world, dice, people_count=6, steps=120)
    some = 0
    for viewer in people[:4]:
        kept: list[tuple[Filter, str]] = []
        while len(kept) < 40:
            query = random_query(dice)
            try:
                kept.append((await hide(world, viewer, query), query))
            except Invalid:
                continue  # a query that hides everything
        by_post = await meant(world, viewer)
        for one, query in kept:
            found = (await search.find(world.db, query, viewer, EVERYTHING, clock.now())).posts
            findable = {p.id for p in (await search.find(world.db, "", viewer, EVERYTHING, clock.now())).posts}
            wanted = {p.id for p in found if p.author_id != viewer.id}
            hidden = {post for post, hits in by_post.items() if any(hit.kept.id == one.id for hit in hits)}
            assert hidden & findable == wanted, query
            some += len(wanted)
    assert some > 200, "filters that hide nothing prove little"


async def test_a_filter_works_at_once_changes_at_once_and_ends(world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    post = await world.post(bob, "Election news")
    own = await world.post(ann, "election, I say")
    assert await meant(world, ann) == {}
    one = await hide(world, ann, "election")
    [hit] = (await meant(world, ann))[post.id]
    assert (hit.kept.id, hit.words) == (one.id, ("election",))
    assert own.id not in await meant(world, ann), "one's own posts are never hidden"
    assert await meant(world, bob) == {}, "a filter is its owner's alone"
    await change_filter(world.db, ann, one.id, clock.now(), lambda old: with_query(old, "football", "UTC", clock.now()))
    assert await meant(world, ann) == {}
    await edit_post(world.db, bob, post.id, text="Football news", spoiler="", now=clock.now())
    assert list(await meant(world, ann)) == [post.id], "an edited post is read anew"
    await drop_filter(world.db, ann, one.id, clock.now())
    assert await meant(world, ann) == {}
    assert (await accounts.get(world.db, ann.id)).filters == 0
    await hide(world, ann, "football", expires_at=clock.now() - timedelta(seconds=1))
    assert await meant(world, ann) == {}


async def test_a_filter_may_name_somebody_who_comes_later_and_those_one_follows(world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    await hide(world, ann, "from:zoe OR (in:home tea)")
    zoe = await world.account("zoe")
    by_zoe, tea = await world.post(zoe, "hello"), await world.post(bob, "tea")
    assert list(await meant(world, ann)) == [by_zoe.id]
    await follow(world.db, ann, bob.id, clock.now())
    assert set(await meant(world, ann)) == {by_zoe.id, tea.id}


@pytest.mark.parametrize(("keyword", "whole", "text", "hidden"), [
    ("from birdsite", True, "Crosspost from Birdsite!", True), ("from birdsite", True, "from a birdsite", False),
    ("poli", False, "Politics again", True), ("poli", True, "Politics again", False),
    ("https://t.co/", False, "see https://t.co/abc now", True), ("#sport", False, "#SportsDay", True),
    ("#sport", True, "#SportsDay", False), ("OR", True, "this or that", True), ("-tea", True, "no tea please", True),
    ("from:bob", True, "I had it from: Bob", True), ("c++", True, "C++ is hard", True),
    ("c++", True, "C is hard", False),
    ("猫", True, "黒猫だ", True), ("second opin", False, "a second opinion", True), (":)", True, "fine :)", True),
])  # fmt: skip
async def test_a_keyword_has_no_grammar(world: World, keyword: str, whole: bool, text: str, hidden: bool) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    post = await world.post(bob, text)
    await hide(world, ann, keywords=[(keyword, whole)])
    hits = await meant(world, ann)
    assert [hit.words for hit in hits.get(post.id, [])] == ([(keyword,)] if hidden else [])


@pytest.mark.parametrize("given", [
    {"title": " "}, {"contexts": []}, {"contexts": ["kitchen"]}, {"action": "burn"}, {"keywords": [("!!!", False)]},
    {"keywords": [("", True)]}, {"query": "   ()"}, {"keywords": [(f"w{i}", True) for i in range(201)]}])
async def test_what_cannot_be_a_filter_is_refused(world: World, given: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        await hide(world, await world.account("ann"), **{"query": "tea"} | given)  # type: ignore[arg-type]


async def test_filters_are_bounded_and_a_bad_query_is_pointed_at(world: World) -> None:
    ann = await world.account("ann")
    with pytest.raises(BadQuery) as fault:
        await hide(world, ann, 'tea "milk')
    assert fault.value.position == 4
    for number in range(MAX_FILTERS):
        await hide(world, ann, f"word{number}")
    with pytest.raises(NotAllowed):
        await hide(world, ann, "one more")
    assert keyword_node("!!!", True) is None

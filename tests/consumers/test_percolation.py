"""Ears hear what their owner's search finds at the moment of publishing; nothing else, and nothing twice."""

from __future__ import annotations

import asyncio
import random

import pytest

from harken import clock
from harken.actions.delete_post import delete_post
from harken.actions.edit_post import edit_post
from harken.actions.keep_ear import change_ear, drop_ear, keep_ear, read_ear
from harken.actions.keep_list import add_to_list, keep_list
from harken.errors import Invalid, NotAllowed, NotFound, NotYet
from harken.model.account import Account
from harken.model.ear import Ear
from harken.model.paging import Window
from harken.search import search
from harken.search.percolator import later
from harken.search.query import BadQuery
from harken.store import ears
from tests.search.test_search import random_query
from tests.test_visibility import random_world
from tests.world import World

PAGE = Window(limit=100)


async def heard(world: World, ear: Ear) -> list[str]:
    """The texts that an ear heard, last heard first."""
    await world.settle()
    return [post.text for post in await ears.heard(world.db, ear, PAGE, clock.now())]


async def listen(world: World, owner: Account, query: str) -> Ear:
    return await keep_ear(world.db, owner, query, "UTC", clock.now())


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
async def test_an_ear_hears_what_a_search_finds_when_a_post_is_published(world: World, seed: int) -> None:
    dice = random.Random(400 + seed)
    people = await random_world(world, dice, people_count=6, steps=60)
    kept: list[tuple[Account, Ear]] = []
    while len(kept) < 120:
        owner = dice.choice(people)
        try:
            kept.append((owner, await listen(world, owner, random_query(dice))))
        except Invalid:
            continue  # a query that hears everything
    await world.settle()
    some = 0
    for number in range(40):
        author = await world.again(dice.choice(people))
        words = " ".join(dice.choices(["word0", "word1", "re", "edited", "#tag", "@p1", ":)", "what?", "x"], k=3))
        to = dice.choice(["public", "public", "unlisted", "followers"])
        try:
            post = await world.post(author, f"{words} {number}", to=to)
        except NotAllowed:
            continue  # one of them was suspended by the random world
        await world.settle()
        by = await ears.heard_by(world.db, post.id)
        for owner, ear in kept:
            query = search.understood(ear.query, ear.saved_at)
            found = bool(await search.matching(world.db, query, owner, [post.id], clock.now()))
            if later(query.tree):
                assert ear.id in by or not found, (ear.query, post.text)
            else:
                assert (ear.id in by) == found, (ear.query, post.text)
            some += found
    assert some > 100, "ears that hear nothing prove little"


async def test_an_edit_adds_and_withdraws_matches_and_a_deletion_ends_them(world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    clinic, coffee = await listen(world, ann, "clinic"), await listen(world, ann, "coffee")
    post = await world.post(bob, "which clinic is good?")
    assert (await heard(world, clinic), await heard(world, coffee)) == (["which clinic is good?"], [])
    await edit_post(world.db, bob, post.id, text="which coffee is good?", spoiler="", now=clock.now())
    assert (await heard(world, clinic), await heard(world, coffee)) == ([], ["which coffee is good?"])
    await delete_post(world.db, bob, post.id, clock.now())
    assert await heard(world, coffee) == []
    assert not await world.db.value("SELECT count(*) FROM ear_match")


async def test_only_its_owner_reads_changes_and_drops_an_ear(world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = await listen(world, ann, "clinic")
    assert await listen(world, ann, "clinic") == ear, "the same query is kept once"
    for forbidden in (
        change_ear(world.db, bob, ear.id, clock.now(), name="mine"), drop_ear(world.db, bob, ear.id, clock.now()),
        read_ear(world.db, bob, ear.id, 1, clock.now())):
        with pytest.raises(NotFound):
            await forbidden
    await drop_ear(world.db, ann, ear.id, clock.now())
    await world.post(bob, "clinic")
    await world.settle()
    assert not await world.db.value("SELECT count(*) FROM ear_match")


async def test_an_ear_hears_from_when_its_query_was_saved_and_not_while_it_pauses(world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    await world.post(bob, "clinic before")
    await asyncio.sleep(0.002)  # times are whole milliseconds
    ear = await listen(world, ann, "clinic")
    await world.post(bob, "clinic one")
    await world.settle()
    await change_ear(world.db, ann, ear.id, clock.now(), paused=True)
    await world.post(bob, "clinic two")
    await world.settle()
    await change_ear(world.db, ann, ear.id, clock.now(), paused=False)
    await world.post(bob, "clinic three")
    assert await heard(world, ear) == ["clinic three", "clinic one"]
    await change_ear(world.db, ann, ear.id, clock.now(), query="hospital")
    await world.post(bob, "clinic four")
    await world.post(bob, "hospital five")
    assert (await heard(world, ear))[0] == "hospital five"


async def test_an_ear_waits_for_somebody_who_is_not_here_yet(world: World) -> None:
    ann = await world.account("ann")
    ear = await listen(world, ann, "from:zoe OR from:me tea")
    zoe = await world.account("Zoe")
    await world.post(zoe, "here I am")
    await world.post(ann, "my tea")
    assert await heard(world, ear) == ["my tea", "here I am"]


async def test_unread_is_counted_by_arrival_and_only_of_what_may_be_found(world: World) -> None:
    ann, bob, eve = await world.account("ann"), await world.account("bob"), await world.account("eve")
    ear = await listen(world, ann, "clinic")
    for author in (bob, eve, bob):
        await world.post(author, "clinic")
    await world.settle()
    async with world.db.transaction() as tx:
        await tx.execute("UPDATE account SET indexable = 0 WHERE id = :id", id=eve.id)
    [listed] = await ears.of_owner(world.db, ann.id, clock.now(), clock.now().replace(hour=0, minute=0, second=0))
    assert (listed.unread, listed.today) == (2, 2)
    newest = (await ears.heard(world.db, ear, PAGE, clock.now()))[0]
    await read_ear(world.db, ann, ear.id, newest.match_id, clock.now())
    [listed] = await ears.of_owner(world.db, ann.id, clock.now(), clock.now().replace(hour=0, minute=0, second=0))
    assert (listed.unread, listed.today) == (0, 2)


async def test_history_is_not_heard(world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = await listen(world, ann, "clinic")
    post = await world.post(bob, "clinic")
    async with world.db.transaction() as tx:
        await tx.execute("UPDATE post SET history = 1 WHERE id = :id", id=post.id)
    assert await heard(world, ear) == []


async def test_an_ear_hears_the_people_of_a_list(world: World) -> None:
    ann, bob, carol = await world.account("ann"), await world.account("bob"), await world.account("carol")
    await world.follows(ann, bob, carol)
    kept = await keep_list(world.db, ann, clock.now(), title="Doctors")
    await add_to_list(world.db, ann, kept.id, [bob.id])
    ear = await listen(world, ann, "clinic in:list:doctors")
    other = await listen(world, carol, "clinic in:list:doctors")
    post = await world.post(bob, "clinic by bob")
    await world.post(carol, "clinic by carol")
    assert await heard(world, ear) == [post.text]
    assert await heard(world, other) == [], "the lists of others are not one's own"


@pytest.mark.parametrize("query, error", [("", Invalid), ("a OR", BadQuery), ("~x", NotYet)])
async def test_a_query_that_cannot_be_heard_is_refused(world: World, query: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await listen(world, await world.account("ann"), query)

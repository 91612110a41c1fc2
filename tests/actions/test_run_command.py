"""Commands do what they say, and only what the action behind them allows."""

from __future__ import annotations

import pytest

from harken import clock
from harken.actions.run_command import SAID, Done, run_command
from harken.errors import Invalid, NotAllowed, NotFound
from harken.model.account import Account
from harken.model.post import Visibility
from harken.search.query import BadQuery
from harken.store import ears, posts, relationships
from harken.text.commands import command
from tests.world import World


async def run(world: World, who: Account, text: str, key: str = "") -> Done:
    asked = command(text)
    assert asked, text
    done = await run_command(world.db, await world.again(who), asked, clock.now(), idempotency_key=key)
    assert SAID[done.said] % done.values
    return done


async def kept(world: World, who: Account) -> list[tuple[str, bool]]:
    return [(e.query, e.paused) for e in await ears.of_owner(world.db, who.id, clock.now(), clock.now())]


async def test_track_keeps_an_ear_and_untrack_drops_it(world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    done = await run(world, ann, "track drinking tea")
    assert (done.words, done.undo) == ("drinking tea", "untrack drinking tea")
    await run(world, ann, "track drinking tea")
    await run(world, ann, "track clinic")
    assert await kept(world, ann) == [("clinic", False), ("drinking tea", False)]
    assert [e.query for e in (await run(world, ann, "track")).ears] == ["clinic", "drinking tea"]
    await world.settle()
    await world.post(bob, "drinking green tea")
    await world.settle()
    assert len(await ears.heard_by(world.db, (await posts.newest_ids(world.db, 1))[0])) == 1
    await run(world, ann, "track off")
    assert await kept(world, ann) == [("clinic", True), ("drinking tea", True)]
    assert await run(world, ann, done.undo)
    await run(world, ann, "untrack CLINIC")
    assert await kept(world, ann) == []
    with pytest.raises(NotFound):
        await run(world, ann, "untrack clinic")
    with pytest.raises(BadQuery):
        await run(world, ann, 'track "never closed')


async def test_follow_and_its_relatives(world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    shy = await world.account("shy", protected=True)
    assert (await run(world, ann, "follow bob")).undo == "unfollow bob"
    assert (await run(world, ann, "follow shy")).said == "asked"
    with pytest.raises(NotAllowed):
        await run(world, bob, "off ann")
    for text, told in (("on bob", True), ("off bob", False)):
        await run(world, ann, text)
        known = await relationships.follow(world.db, ann.id, bob.id)
        assert known
        assert known.notify is told
    await run(world, ann, "leave bob")
    assert await relationships.follow(world.db, ann.id, bob.id) is None
    with pytest.raises(NotAllowed):
        await run(world, ann, "follow ann")
    with pytest.raises(NotFound):
        await run(world, ann, "follow nobody")
    assert shy.protected


async def test_get_and_fav_reach_the_latest_post_that_may_be_seen(world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    with pytest.raises(NotFound):
        await run(world, ann, "get bob")
    seen = await world.post(bob, "hello")
    await world.post(bob, "only for followers", to="followers")
    for text in ("get bob", "fav bob"):
        done = await run(world, ann, text)
        assert done.post
        assert (done.post.id, done.post.favourited) == (seen.id, text == "fav bob")
    whois = await run(world, ann, "whois bob")
    assert (whois.account and whois.account.id, whois.post) == (bob.id, None)


async def test_a_direct_message_reaches_one_who_follows_the_sender_and_nobody_else(world: World) -> None:
    ann, bob, eve = await world.account("ann"), await world.account("bob"), await world.account("eve")
    await world.follows(ann, bob)
    with pytest.raises(NotAllowed, match="does not follow you"):
        await run(world, ann, "d bob my results are back")
    await world.follows(bob, ann)
    done = await run(world, ann, "d bob my results are back", key="once")
    again = await run(world, ann, "d bob my results are back", key="once")
    assert done.post
    assert again.post
    assert again.post.id == done.post.id
    assert (done.post.text, done.post.visibility) == ("@bob my results are back", Visibility.DIRECT)
    assert [await world.sees(who, done.post) for who in (ann, bob, eve, None)] == [True, True, False, False]
    with pytest.raises(NotAllowed, match="eve too"):
        await run(world, ann, "d bob do not tell @eve")
    assert (await run(world, ann, "nudge bob")).post
    with pytest.raises(NotAllowed):
        await run(world, ann, "nudge eve")
    with pytest.raises(NotAllowed):
        await run(world, ann, "d ann note to myself")
    with pytest.raises(Invalid):
        await run(world, ann, f"d bob {'x' * 600}")


@pytest.mark.parametrize("text", ["stats", "help", "invite", "tracks"])
async def test_what_only_tells_changes_nothing(world: World, text: str) -> None:
    ann = await world.account("ann")
    before = await world.db.value("SELECT count(*) FROM log")
    assert (await run(world, ann, text)).account == await world.again(ann)
    assert await world.db.value("SELECT count(*) FROM log") == before

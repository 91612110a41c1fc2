"""Unread, read and muted, by conversation and by reader."""

from __future__ import annotations

from harken import clock
from harken.actions.block import mute, mute_conversation
from harken.actions.delete_post import delete_post
from harken.actions.mark_conversation import read_conversation, read_everything, see_conversation
from harken.model.account import Account
from harken.model.post import Post
from harken.model.reading import Reading, ReadState, UnreadCounts, counted
from harken.store import reading
from tests.world import World


async def _stands(world: World, who: Account, post: Post) -> Reading:
    found = await reading.readings(world.db, who.id, [post.conversation_id], clock.now())
    return found[post.conversation_id]


async def _counts(world: World, who: Account) -> UnreadCounts:
    await world.settle()
    return counted(await reading.unread(world.db, who.id, clock.now()))


async def test_a_conversation_is_unread_until_it_is_seen_and_again_when_somebody_answers(world: World) -> None:
    ana, ben, cyd = [await world.account(name) for name in ("ana", "ben", "cyd")]
    said = await world.post(ana, "tea?")
    assert (await _stands(world, ben, said)).state is ReadState.UNREAD
    assert (await _stands(world, ana, said)).state is ReadState.READ  # her own words are no news to her
    first = await world.post(cyd, "yes", reply_to=said)
    stood = await see_conversation(world.db, ben, said.id, clock.now())
    assert (stood.is_new, stood.fresh, stood.answers, stood.responses_seen) == (True, 1, 1, 0)
    after = await _stands(world, ben, said)
    assert (after.state, after.fresh, after.responses_seen) == (ReadState.READ, 0, 1)
    assert (await _stands(world, ana, said)).fresh == 1
    await world.post(ben, "with milk", reply_to=said)
    assert (await _stands(world, ben, said)).state is ReadState.READ
    assert (await _stands(world, ben, said)).took_part
    await world.post(ana, "there is none", reply_to=first)
    after = await _stands(world, ben, said)
    assert (after.state, after.fresh, after.answers, after.responses_seen) == (ReadState.UNREAD, 1, 3, 2)


async def test_nobody_is_told_of_answers_they_may_not_see(world: World) -> None:
    ana, ben, cyd = [await world.account(name) for name in ("ana", "ben", "cyd")]
    said = await world.post(ana, "tea?")
    await see_conversation(world.db, ben, said.id, clock.now())
    await world.post(cyd, "@ana between us: no", to="direct", reply_to=said)
    assert (await _stands(world, ben, said)).answers == 0
    assert (await _stands(world, ana, said)).fresh == 1
    await world.post(cyd, "for all: no", reply_to=said)
    assert (await _stands(world, ben, said)).fresh == 1
    await mute(world.db, ben, cyd.id, clock.now())
    assert (await _stands(world, ben, said)).state is ReadState.READ


async def test_a_muted_conversation_is_muted_whatever_is_said(world: World) -> None:
    ana, ben = await world.account("ana"), await world.account("ben")
    await world.follows(ben, ana)
    said = await world.post(ana, "tea?")
    assert (await _counts(world, ben)).all == 1
    await mute_conversation(world.db, ben, said.id)
    assert (await _stands(world, ben, said)).state is ReadState.MUTED
    assert (await _counts(world, ben)).all == 0


async def test_an_answer_that_arrives_late_is_new_and_one_that_is_deleted_hides_none(world: World) -> None:
    ana, ben = await world.account("ana"), await world.account("ben")
    said = await world.post(ana, "tea?")
    early = await world.post(ana, "anybody?", reply_to=said)
    await see_conversation(world.db, ben, said.id, clock.now())
    async with world.db.transaction() as tx:  # as a post of another server's would: its id is older than the mark
        await tx.execute(
            """INSERT INTO post (id, author_id, visibility, created_at, in_reply_to_id, conversation_id, uri, url)
               SELECT id - 1, author_id, visibility, created_at, in_reply_to_id, conversation_id, 'late', 'late'
               FROM post WHERE id = :id""", id=early.id)
    assert (await _stands(world, ben, said)).fresh == 1
    await see_conversation(world.db, ben, said.id, clock.now())
    assert (await _stands(world, ben, said)).fresh == 0
    await delete_post(world.db, ana, early.id, clock.now())
    await world.post(ana, "still nobody?", reply_to=said)
    assert (await _stands(world, ben, said)).fresh == 1


async def test_counts_split_what_is_new(world: World) -> None:
    ana, ben, cyd = [await world.account(name) for name in ("ana", "ben", "cyd")]
    await world.follows(ben, ana)
    await world.post(ana, "at home")
    own = await world.post(ben, "mine")
    await world.post(ana, "@ben psst", to="direct")
    strange = await world.post(cyd, "by a stranger")
    await world.post(ben, "hello", reply_to=strange)
    await see_conversation(world.db, ben, strange.id, clock.now())
    assert await _counts(world, ben) == UnreadCounts(all=2, mine=0, private=1, responded=0)
    await world.post(cyd, "hello back", reply_to=own)
    await world.post(cyd, "and here", reply_to=strange)
    assert await _counts(world, ben) == UnreadCounts(all=4, mine=1, private=1, responded=1)
    await read_everything(world.db, ben, clock.now())
    assert await _counts(world, ben) == UnreadCounts()
    assert (await _stands(world, ben, own)).state is ReadState.READ
    await world.post(cyd, "one more", reply_to=own)
    assert await _counts(world, ben) == UnreadCounts(all=1, mine=1)


async def test_what_was_said_before_somebody_joined_is_no_news(world: World) -> None:
    ana = await world.account("ana")
    said = await world.post(ana, "tea?")
    late = await world.account("late")
    assert (await _stands(world, late, said)).state is ReadState.READ
    await world.post(ana, "coffee?", reply_to=said)
    assert (await _stands(world, late, said)).fresh == 1


async def test_reading_through_mastodons_api_is_reading(world: World) -> None:
    ana, ben = await world.account("ana"), await world.account("ben")
    said = await world.post(ana, "@ben psst", to="direct")
    await world.post(ana, "@ben hey", to="direct", reply_to=said)
    assert (await _stands(world, ben, said)).fresh == 1
    await read_conversation(world.db, ben, said.conversation_id, clock.now())
    assert (await _stands(world, ben, said)).state is ReadState.READ

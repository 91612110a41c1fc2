"""The reply check at every door: who helps at a desk for health care is checked wherever they speak of its cases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from harken import clock
from harken.actions.check_words import Stopped
from harken.actions.edit_post import edit_post
from harken.actions.follow import follow
from harken.actions.keep_desk import DeskDraft, change_desk, open_desk
from harken.actions.keep_desk_ear import keep_desk_ear
from harken.actions.publish_post import publish_post
from harken.actions.schedule_post import publish_scheduled_post, schedule_post
from harken.actions.staff_desk import leave_desk, staff_desk
from harken.actions.whisper import whisper
from harken.actions.work_case import Move, Verb, work_case
from harken.actions.write_message import write_message
from harken.model.account import Account
from harken.model.desk import DeskRole
from harken.model.poll import Ballot
from harken.model.post import Draft, Post, Visibility
from harken.store import posts, scheduled
from tests.desk.conftest import Team
from tests.world import World

BAD = "Thank you for choosing us for your surgery!"
GOOD = "Please call us."


@pytest.fixture
async def asked(world: World, team: Team) -> Post:
    """Ann asks; the desk is for health care and has it in its queue."""
    await change_desk(world.db, team.lea, team.desk.id, DeskDraft(kind="health"), clock.now())
    post = await world.post(team.ann, "which clinic?")
    await world.settle()
    return post


async def says(world: World, by: Account, text: str, **given: object) -> Post:
    return await publish_post(world.db, by, Draft(text=text, **given), clock.now())  # type: ignore[arg-type]


async def stopped(world: World, by: Account, text: str, **given: object) -> Stopped:
    with pytest.raises(Stopped) as found:
        await says(world, by, text, **given)
    return found.value


async def test_helpers_and_leads_are_checked_in_the_ordinary_box_and_nobody_else_is(
    world: World, team: Team, asked: Post
) -> None:
    for by in (team.hal, team.lea):
        error = await stopped(world, by, BAD, in_reply_to_id=asked.id)
        assert (error.desk.id, error.outside.conversation_id if error.outside else 0) == (team.desk.id, asked.id)
        assert "You help at the desk" in error.message
        assert f"/desks/{team.desk.id}/cases/{asked.id}" in error.message
        assert (await says(world, by, GOOD, in_reply_to_id=asked.id)).desk_id is None
    for by in (team.rea, team.ann, await world.account("zoe")):
        assert (await says(world, by, BAD, in_reply_to_id=asked.id)).text == BAD


async def test_deeper_in_the_conversation_and_by_every_kind_of_post_it_is_the_same(
    world: World, team: Team, asked: Post
) -> None:
    deeper = await world.post(await world.account("zoe"), "I know one", reply_to=asked)
    deepest = await world.post(team.rea, "me too", reply_to=deeper)
    await stopped(world, team.hal, BAD, in_reply_to_id=deepest.id)
    await stopped(world, team.hal, "hello", in_reply_to_id=deepest.id, spoiler=BAD)
    await stopped(world, team.hal, "hello", in_reply_to_id=asked.id,
                  poll=Ballot(options=("yes", "after your surgery"), seconds=3600))
    await stopped(world, team.hal, BAD, quote_of_id=asked.id)
    await stopped(world, team.hal, f"@ann {BAD}")  # as clients of 2008 answered
    await stopped(world, team.hal, f"@ann {BAD}", visibility=Visibility.DIRECT)
    with pytest.raises(Stopped) as error:
        await write_message(world.db, team.hal, [team.ann], BAD, clock.now())
    assert "you write to somebody of its cases" in error.value.message
    assert (await write_message(world.db, team.hal, [team.ann], GOOD, clock.now())).text == f"@ann {GOOD}"
    assert (await says(world, team.hal, BAD)).text == BAD  # to nobody


async def test_who_waits_at_the_desk_is_spoken_to_with_care_until_their_case_is_done(
    world: World, team: Team, asked: Post
) -> None:
    other = await says(world, team.ann, "lovely weather")
    await stopped(world, team.hal, "See you on Thursday", in_reply_to_id=other.id)
    await team.work(team.hal, (await team.page())[0], Verb.DONE)
    assert (await says(world, team.hal, "See you on Thursday", in_reply_to_id=other.id)).in_reply_to_id == other.id
    await stopped(world, team.hal, BAD, in_reply_to_id=asked.id)  # what was said there stays what it was


async def test_an_edit_is_checked_and_so_is_what_is_planned_at_both_times(
    world: World, team: Team, asked: Post
) -> None:
    said = await says(world, team.hal, GOOD, in_reply_to_id=asked.id)
    with pytest.raises(Stopped):
        await edit_post(world.db, team.hal, said.id, text=BAD, now=clock.now())
    later = clock.now() + timedelta(hours=1)
    with pytest.raises(Stopped):
        await schedule_post(world.db, team.hal, Draft(text=BAD, in_reply_to_id=asked.id), later, clock.now())
    await leave_desk(world.db, team.lea, team.desk.id, team.hal.id, clock.now())
    plan = await schedule_post(world.db, team.hal, Draft(text=BAD, in_reply_to_id=asked.id), later, clock.now())
    await staff_desk(world.db, team.lea, team.desk.id, team.hal.id, DeskRole.HELPER, clock.now())
    assert await publish_scheduled_post(world.db, plan.id, later) is None
    found = await scheduled.find(world.db, team.hal.id, plan.id)
    assert found is not None
    assert "The reply check stopped this" in found.failed


async def test_who_left_the_desk_speaks_for_themselves_and_not_in_its_name(
    world: World, team: Team, asked: Post
) -> None:
    answer = await team.answer(team.hal, (await team.page())[0])
    await leave_desk(world.db, team.lea, team.desk.id, team.hal.id, clock.now())
    assert (await says(world, team.hal, BAD, in_reply_to_id=asked.id)).text == BAD
    with pytest.raises(Stopped):
        await edit_post(world.db, team.hal, answer.id, text=BAD, now=clock.now())


async def test_who_helps_at_several_desks_is_checked_for_each_that_has_the_case(
    world: World, team: Team, asked: Post
) -> None:
    second = await open_desk(world.db, team.lea, DeskDraft(name="Second", kind="health"), clock.now())
    await staff_desk(world.db, team.lea, second.id, team.hal.id, DeskRole.HELPER, clock.now())
    assert (await stopped(world, team.hal, BAD, in_reply_to_id=asked.id)).desk.id == team.desk.id
    await change_desk(world.db, team.lea, team.desk.id, DeskDraft(kind="general"), clock.now())
    assert (await says(world, team.hal, BAD, in_reply_to_id=asked.id)).text == BAD  # not a case of the second
    await keep_desk_ear(world.db, team.lea, second.id, "clinic", clock.now())
    await world.settle()
    again = await world.post(team.ann, "which clinic then?")
    await world.settle()
    assert (await stopped(world, team.hal, BAD, in_reply_to_id=again.id)).desk.id == second.id
    item = next(one for one in await team.page() if one.conversation_id == again.id)
    with pytest.raises(Stopped):  # the first desk checks nothing, the second does
        await team.answer(team.hal, item, text=BAD)


async def test_a_lead_lets_words_pass_for_one_desk_and_the_notes_of_another_still_stay_private(
    world: World, team: Team, asked: Post
) -> None:
    second = await open_desk(world.db, team.lea, DeskDraft(name="Second", kind="health"), clock.now())
    await keep_desk_ear(world.db, team.lea, second.id, "clinic", clock.now())
    await world.settle()
    again = await world.post(team.ann, "another clinic?")
    await world.settle()
    await work_case(world.db, team.lea, second.id, again.id,
                    Move(verb=Verb.NOISE, reason="her brother works at the gas station"), clock.now())
    item = next(one for one in await team.page() if one.conversation_id == again.id)
    with pytest.raises(Stopped) as error:
        await team.answer(team.lea, item, text="I hear that her brother works at the gas station", override="agreed")
    assert error.value.desk.id == second.id
    assert (await team.answer(team.lea, item, text=BAD, override="agreed")).text.endswith(BAD)


async def test_a_whisper_in_a_case_is_checked_by_who_whispers(world: World, team: Team, asked: Post) -> None:
    first = await whisper(world.db, team.hal, "does anybody know a doctor?", clock.now())
    told = await world.post(team.ann, "my clinic does", reply_to=first)
    await world.settle()
    with pytest.raises(Stopped):
        await whisper(world.db, team.hal, BAD, clock.now(), in_reply_to=told.id)
    assert (await whisper(world.db, team.hal, GOOD, clock.now(), in_reply_to=told.id)).text == GOOD


async def test_what_is_said_to_people_whom_no_desk_hears_is_nobodys_business(
    world: World, team: Team, asked: Post
) -> None:
    zoe = await world.account("zoe")
    await follow(world.db, zoe, team.hal.id, clock.now())
    assert (await write_message(world.db, team.hal, [zoe], BAD, clock.now())).text == f"@zoe {BAD}"
    mine = await says(world, zoe, "hello")
    assert (await posts.visible(world.db, (await says(world, team.hal, BAD, in_reply_to_id=mine.id)).id, zoe.id)).text

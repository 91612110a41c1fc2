"""A desk's queue: what comes in, who works on what, and what leaves it at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from harken import clock
from harken.actions.answer_case import AnsweredAlready
from harken.actions.attend_case import attend_case, leave_case
from harken.actions.block import block
from harken.actions.change_profile import change_profile
from harken.actions.delete_post import delete_post
from harken.actions.keep_desk import close_desk
from harken.actions.staff_desk import leave_desk
from harken.actions.work_case import Move, Taken, Verb, work_case, work_cases
from harken.engine import opened
from harken.errors import Invalid, NotAllowed, NotFound
from harken.model.case import LEASE, MAX_BULK, Item, State, Tab
from harken.model.post import Visibility
from harken.store import desk_queue
from harken.timetable import do_what_is_due
from tests.desk.conftest import Team
from tests.world import World


async def test_what_several_ears_hear_in_one_conversation_is_one_case(world: World, team: Team) -> None:
    asked = await world.post(team.ann, "which clinic is good?")
    other = await world.account("other", hearable=True)
    await world.post(other, "is the clinic in town good?", reply_to=asked)
    await world.post(team.ann, "nothing to hear here")
    await world.settle()
    assert await team.texts() == ["which clinic is good?"]
    assert (await team.page())[0].replies == 1


async def test_only_people_who_said_yes_are_taken_up_and_only_what_they_say_in_public(
    world: World, team: Team
) -> None:
    shy = await world.account("shy")
    locked = await world.account("locked", hearable=True, protected=True)
    await world.post(shy, "clinic 1?")
    await world.post(locked, "clinic 2?")
    for to in ("unlisted", "followers", "direct"):
        await world.post(team.ann, f"clinic {to}?", to=to)
    await world.post(team.hal, "clinic by a helper?")
    await world.settle()
    assert await team.texts() == []


async def test_whoever_changes_their_mind_leaves_the_queue_before_any_consumer_runs(
    world: World, team: Team
) -> None:
    post = await world.post(team.ann, "clinic?")
    await world.settle()
    item = (await team.page())[0]
    await team.work(team.hal, item, Verb.CLAIM)
    for switch in ({"hearable": False}, {"indexable": False}, {"protected": True}):
        await change_profile(world.db, await world.again(team.ann), now=clock.now(), **switch)  # type: ignore[arg-type]
        assert await team.page() == [], switch
        with pytest.raises(NotFound):
            await team.work(team.hal, item, Verb.DONE)
        await world.settle()
        back = {name: not value for name, value in switch.items()}
        await change_profile(world.db, await world.again(team.ann), now=clock.now(), **back)  # type: ignore[arg-type]
        await world.settle()
        assert len(await team.page()) == 1, "who says yes again is heard again"
    await block(world.db, team.ann, team.hal.id, clock.now())
    assert await team.page(team.hal) == []
    assert len(await team.page(team.bea)) == 1
    await delete_post(world.db, team.ann, post.id, clock.now())
    assert await team.page(team.bea) == []
    with pytest.raises(NotFound):
        await team.answer(team.bea, item)
    await world.settle()
    assert await world.db.value("SELECT count(*) FROM desk_item") == 0


async def test_a_deleted_question_gives_its_place_to_the_next_in_the_conversation(world: World, team: Team) -> None:
    first = await world.post(team.ann, "clinic one?")
    other = await world.account("other", hearable=True)
    await world.post(other, "clinic two?", reply_to=first)
    await world.settle()
    await delete_post(world.db, team.ann, first.id, clock.now())
    await world.settle()
    assert await team.texts() == ["clinic two?"]


async def test_one_of_two_claims_wins_and_the_other_hears_whose_it_is(world: World, team: Team) -> None:
    for number in range(8):
        await world.post(team.ann, f"clinic {number}?")
    await world.settle()
    now = clock.now()
    async with opened(world.engine.settings, strict=True) as second:  # another process, as far as databases know
        for item in await team.page():
            claim = Move(verb=Verb.CLAIM)
            outcomes = await asyncio.gather(
                work_case(world.db, team.hal, team.desk.id, item.conversation_id, claim, now),
                work_case(second.db, team.bea, team.desk.id, item.conversation_id, claim, now),
                work_case(world.db, team.lea, team.desk.id, item.conversation_id, claim, now),
                return_exceptions=True)
            won = [one for one in outcomes if isinstance(one, Item)]
            lost = [one for one in outcomes if isinstance(one, Taken)]
            assert (len(won), len(lost)) == (1, 2), outcomes
            assert {one.item.claimed_by for one in lost} == {won[0].claimed_by}
    acts = await world.db.value("SELECT count(*) FROM desk_act WHERE verb = 'claim'")
    assert acts == 8, "who lost did nothing"


async def test_a_claim_lasts_while_its_helper_works_and_no_longer(world: World, team: Team) -> None:
    await world.post(team.ann, "clinic?")
    await world.settle()
    item = (await team.page())[0]
    start = clock.now()
    with clock.frozen(start):
        await team.work(team.hal, item, Verb.CLAIM)
        with pytest.raises(Taken):
            await team.work(team.bea, item, Verb.CLAIM)
    with clock.frozen(start + timedelta(minutes=10)):
        await attend_case(world.db, team.hal, team.desk.id, item.conversation_id, True, clock.now())
    with clock.frozen(start + LEASE + timedelta(minutes=1)):
        await do_what_is_due(world.db)
        assert (await team.page())[0].state is State.CLAIMED, "typing renewed it"
    with clock.frozen(start + 2 * LEASE):
        await do_what_is_due(world.db)
        assert (await team.page())[0].state is State.NEW
        await team.work(team.bea, item, Verb.CLAIM)
    assert await world.db.values("SELECT by_id FROM desk_act WHERE verb = 'lapse'") == [None]


async def test_a_helper_who_leaves_frees_what_they_held(world: World, team: Team) -> None:
    await world.post(team.ann, "clinic?")
    await world.settle()
    item = (await team.page())[0]
    await team.work(team.hal, item, Verb.CLAIM)
    await leave_desk(world.db, team.lea, team.desk.id, team.hal.id, clock.now())
    assert [i.claimed_by for i in await team.page(team.bea)] == [None]
    with pytest.raises(NotFound):
        await team.work(team.hal, item, Verb.CLAIM)
    assert await team.page(team.hal) == []


async def test_a_second_answer_is_stopped_and_shows_the_first(world: World, team: Team) -> None:
    await world.post(team.ann, "clinic?")
    await world.settle()
    item = (await team.page())[0]
    post = await team.answer(team.hal, item)
    with pytest.raises(AnsweredAlready) as stopped:
        await team.answer(team.bea, item)
    assert stopped.value.answer_id == post.id
    with pytest.raises(Taken):
        await team.answer(team.bea, item, known_answer_id=stopped.value.answer_id)
    await team.answer(team.bea, item, known_answer_id=stopped.value.answer_id, take=True)
    said = await world.db.values("SELECT text FROM post WHERE in_reply_to_id = :id ORDER BY id", id=item.post_id)
    assert said == ["@ann Here is help"] * 2
    await world.settle()
    assert [(i.state, i.answered_by) for i in await team.page(tab=Tab.WAITING)] == [(State.ANSWERED, team.bea.id)]
    first = await world.post(team.ann, "another clinic?")
    await world.settle()
    await world.post(team.hal, "from my phone", reply_to=first)  # no consumer has come to it yet
    with pytest.raises(AnsweredAlready):
        await team.answer(team.bea, (await team.page())[0])


async def test_an_answer_in_private_reaches_the_person_and_counts(world: World, team: Team) -> None:
    await world.post(team.ann, "clinic?")
    await world.settle()
    post = await team.answer(team.hal, (await team.page())[0], visibility=Visibility.DIRECT)
    assert await world.sees(team.ann, post)
    assert not await world.sees(team.bea, post)
    assert [i.state for i in await team.page(tab=Tab.WAITING)] == [State.ANSWERED]


@pytest.mark.parametrize("verb, tab, state", [
    (Verb.DONE, Tab.DONE, State.DONE), (Verb.WAIT, Tab.WAITING, State.WAITING),
    (Verb.SNOOZE, Tab.SNOOZED, State.SNOOZED), (Verb.NOISE, Tab.DONE, State.NOISE)])
async def test_what_the_person_says_next_brings_a_case_back_unless_it_is_noise(
    world: World, team: Team, verb: Verb, tab: Tab, state: State
) -> None:
    post = await world.post(team.ann, "clinic?")
    await world.settle()
    item = (await team.page())[0]
    until = clock.now() + timedelta(days=1) if verb is Verb.SNOOZE else None
    await team.work(team.hal, item, verb, until=until, reason="an advert" if verb is Verb.NOISE else "")
    assert [i.state for i in await team.page(tab=tab)] == [state]
    assert await team.page() == []
    await world.post(team.ann, "are you still there", reply_to=post)
    await world.settle()
    assert len(await team.page()) == (0 if verb is Verb.NOISE else 1)
    await team.work(team.bea, item, Verb.REOPEN)
    assert len(await team.page()) == 1


async def test_a_case_wakes_at_its_time_and_says_so_in_the_record(world: World, team: Team) -> None:
    await world.post(team.ann, "clinic?")
    await world.settle()
    item = (await team.page())[0]
    wake = clock.now() + timedelta(hours=2)
    await team.work(team.hal, item, Verb.SNOOZE, until=wake)
    await do_what_is_due(world.db)
    assert await team.page() == []
    with clock.frozen(wake + timedelta(seconds=1)):
        await do_what_is_due(world.db)
        assert [i.state for i in await team.page()] == [State.NEW]
    assert await world.db.values("SELECT verb FROM desk_act WHERE conversation_id IS NOT NULL ORDER BY id") == [
        "snooze", "wake"]
    for until in (clock.now() - timedelta(minutes=1), clock.now() + timedelta(days=400), None):
        with pytest.raises(Invalid):
            await team.work(team.hal, item, Verb.SNOOZE, until=until)


async def test_a_case_is_handed_to_helpers_only(world: World, team: Team) -> None:
    await world.post(team.ann, "clinic?")
    await world.settle()
    item = (await team.page())[0]
    await team.work(team.hal, item, Verb.HAND, to=team.bea.id)
    assert [i.claimed_by for i in await team.page(team.bea, mine=True)] == [team.bea.id]
    for nobody in (team.rea.id, team.ann.id, None):
        with pytest.raises(Invalid):
            await team.work(team.bea, item, Verb.HAND, to=nobody)
    with pytest.raises(NotAllowed):
        await team.work(team.rea, item, Verb.CLAIM)
    assert len(await team.page(team.rea)) == 1


async def test_many_at_once_do_what_they_can_and_say_what_they_could_not(world: World, team: Team) -> None:
    for number in range(4):
        await world.post(team.ann, f"clinic {number}?")
    await world.settle()
    items = await team.page()
    await team.work(team.bea, items[0], Verb.CLAIM)
    ids = [item.conversation_id for item in items]
    done, refused = await work_cases(
        world.db, team.hal, team.desk.id, [*ids, 12345], Move(verb=Verb.DONE), clock.now())
    assert done == sorted(ids[1:])
    assert set(refused) == {ids[0], 12345}
    with pytest.raises(Invalid):
        await work_cases(world.db, team.hal, team.desk.id, range(1, MAX_BULK + 2), Move(verb=Verb.DONE), clock.now())


async def test_who_looks_and_types_is_told_to_the_others_of_the_desk_alone(world: World, team: Team) -> None:
    await world.post(team.ann, "clinic?")
    await world.settle()
    item = (await team.page())[0]
    now = clock.now()
    await attend_case(world.db, team.hal, team.desk.id, item.conversation_id, True, now)
    ids = [item.conversation_id]
    seen = await desk_queue.present(world.db, team.desk.id, team.bea.id, now, ids)
    assert [(one.account_id, one.typing) for one in seen] == [(team.hal.id, True)]
    assert await desk_queue.present(world.db, team.desk.id, team.hal.id, now, ids) == []
    assert await desk_queue.present(world.db, team.desk.id, team.ann.id, now, ids) == []
    assert await desk_queue.present(world.db, team.desk.id, team.bea.id, now + timedelta(minutes=1), ids) == []
    await leave_case(world.db, team.hal, team.desk.id, item.conversation_id, now)
    assert await desk_queue.present(world.db, team.desk.id, team.bea.id, now, ids) == []
    with pytest.raises(NotFound):
        await attend_case(world.db, team.people["otto"], team.desk.id, item.conversation_id, False, now)


async def test_asking_comes_before_chatter_and_unanswered_before_answered(world: World, team: Team) -> None:
    asked = await world.post(team.ann, "I need help: can anyone recommend a clinic?")
    other = await world.account("other", hearable=True)
    await world.post(other, "Does anybody know a good clinic? I need one")
    chatter = await world.account("chatter", hearable=True)
    await world.post(chatter, "our clinic offers a new website https://example.org")
    await world.settle()
    await world.post(chatter, "yes", reply_to=asked)
    await world.settle()
    assert [text[:8] for text in await team.texts()] == ["Does any", "I need h", "our clin"]


async def test_counts_are_of_what_the_viewer_may_see(world: World, team: Team) -> None:
    for number in range(3):
        await world.post(team.ann, f"clinic {number}?")
    await world.settle()
    items = await team.page()
    await team.work(team.hal, items[0], Verb.CLAIM)
    await team.work(team.hal, items[1], Verb.WAIT)
    late = clock.now() + timedelta(days=30)
    assert await desk_queue.counts(world.db, team.desk.id, team.hal.id, late) == {
        "open": 2, "waiting": 1, "snoozed": 0, "mine": 1, "overdue": 2}
    await block(world.db, team.hal, team.ann.id, clock.now())
    assert set((await desk_queue.counts(world.db, team.desk.id, team.hal.id, late)).values()) == {0}
    assert set((await desk_queue.counts(world.db, team.desk.id, team.ann.id, late)).values()) == {0}


async def test_a_closed_desk_hears_nothing_and_shows_nothing(world: World, team: Team) -> None:
    await world.post(team.ann, "clinic?")
    await world.settle()
    await close_desk(world.db, team.lea, team.desk.id, clock.now())
    assert await team.page() == []
    await world.settle()
    assert await world.db.value("SELECT count(*) FROM desk_item") == 0

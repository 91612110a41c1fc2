"""Answers of a desk: in whose name, and what is known of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
import pytest

from harken import clock
from harken.actions.answer_case import answer_case
from harken.actions.change_profile import change_profile
from harken.actions.check_words import Stopped
from harken.actions.delete_post import delete_post
from harken.actions.draft_answer import DraftChanged, DraftText, approve_draft, draft_answer, return_draft
from harken.actions.edit_post import edit_post
from harken.actions.keep_desk import DeskDraft, change_desk, close_desk
from harken.actions.keep_reply import drop_reply, keep_reply
from harken.actions.know_person import ContactDraft, change_card, know_person
from harken.actions.plan_answer import plan_answer
from harken.actions.schedule_post import publish_scheduled_post
from harken.actions.staff_desk import leave_desk
from harken.actions.work_case import Verb
from harken.desk import saved
from harken.engine import opened
from harken.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from harken.model.account import Account
from harken.model.answering import SharedDraft
from harken.model.case import Item, Tab
from harken.model.paging import Window
from harken.model.post import Draft, Post, Visibility
from harken.store import contacts, desk_answers, desks, posts, scheduled
from tests.desk.conftest import Team
from tests.world import World


async def test_an_answer_says_for_which_desk_it_speaks_and_other_posts_do_not(world: World, team: Team) -> None:
    asked = await world.post(team.ann, "which clinic?")
    await world.settle()
    answer = await team.answer(team.hal, (await team.page())[0])
    alone = await world.post(team.hal, "@ann as a neighbour", reply_to=asked)
    told = await posts.visible(world.db, answer.id, team.ann.id)
    assert (told.desk_id, told.desk_name) == (team.desk.id, "Desk")
    assert (await posts.visible(world.db, alone.id, team.ann.id)).desk_id is None
    await change_desk(world.db, team.lea, team.desk.id, DeskDraft(name="Renamed"), clock.now())
    await edit_post(world.db, team.hal, answer.id, text="@ann here is more help", now=clock.now())
    edited = await posts.visible(world.db, answer.id, team.ann.id)
    assert (edited.text, edited.desk_id, edited.desk_name) == ("@ann here is more help", team.desk.id, "Desk")


async def test_an_answer_for_the_person_alone_is_a_message_to_them(world: World, team: Team) -> None:
    await world.post(team.ann, "which clinic?")
    await world.settle()
    answer = await team.answer(team.hal, (await team.page())[0], Visibility.DIRECT)
    assert answer.visibility is Visibility.DIRECT
    assert answer.text.startswith("@ann ")
    assert (await posts.visible(world.db, answer.id, team.ann.id)).desk_name == "Desk"
    assert answer.id not in await posts.visible_by_ids(world.db, [answer.id], team.bea.id)


async def clinic(world: World, team: Team) -> Item:
    """The desk is for health care, and somebody asks; the case."""
    await change_desk(
        world.db, team.lea, team.desk.id, DeskDraft(kind="health", channel="Call 555-0123"), clock.now())
    await world.post(team.ann, "which clinic?")
    await world.settle()
    return (await team.page())[0]


async def record(world: World, team: Team) -> list[tuple[str, str]]:
    """What was done at the desk, the newest first."""
    acts = await desks.acts(world.db, team.desk.id, team.lea.id, Window(limit=100))
    return [(act.verb, act.about) for act in acts]


async def says(world: World, team: Team, by: Account, item: Item, text: str, **given: object) -> Post:
    return await answer_case(
        world.db, by, team.desk.id, item.conversation_id, Draft(text=text), clock.now(), **given)  # type: ignore[arg-type]


BAD = "Thank you for choosing us for your surgery!"


async def test_the_check_stops_a_helper_and_a_lead_overrides_with_a_reason_that_the_record_keeps(
    world: World, team: Team
) -> None:
    item = await clinic(world, team)
    for by, override in ((team.hal, ""), (team.hal, "because"), (team.lea, ""), (team.lea, "  ")):
        with pytest.raises(Stopped) as stopped:
            await says(world, team, by, item, BAD, override=override)
        assert {one.reason.value for one in stopped.value.findings} == {"patient"}
        assert stopped.value.may_override is (by is team.lea)
    assert (await team.page())[0].answered_id == 0
    with pytest.raises(Invalid):
        await says(world, team, team.lea, item, BAD, override="x" * 201)
    await says(world, team, team.lea, item, BAD, override="She agreed in writing")
    assert (await record(world, team))[:2] == [("answer", ""), ("override", "patient: She agreed in writing")]
    other = await world.post(team.ann, "another clinic?")
    await world.settle()
    good = next(one for one in await team.page() if one.conversation_id == other.id)
    await says(world, team, team.hal, good, "Please call us at 555-0123.", override="not needed")
    assert [verb for verb, _ in await record(world, team)][:2] == ["answer", "answer"]


async def test_a_desk_that_is_not_for_health_care_checks_nothing(world: World, team: Team) -> None:
    await world.post(team.ann, "which clinic?")
    await world.settle()
    assert (await says(world, team, team.hal, (await team.page())[0], BAD)).text.endswith(BAD)


async def test_an_answer_is_checked_again_when_it_is_edited_and_other_posts_are_not(
    world: World, team: Team
) -> None:
    item = await clinic(world, team)
    answer = await says(world, team, team.lea, item, "Please call us.")
    with pytest.raises(Stopped):
        await edit_post(world.db, team.lea, answer.id, text=f"@ann {BAD}", now=clock.now())
    with pytest.raises(Stopped):
        await edit_post(world.db, team.lea, answer.id, text="@ann hello", spoiler=BAD, now=clock.now())
    alone = await world.post(team.lea, "hello")
    assert (await edit_post(world.db, team.lea, alone.id, text=BAD, now=clock.now())).text == BAD


async def test_private_notes_of_the_desk_do_not_leave_it(world: World, team: Team) -> None:
    item = await clinic(world, team)
    await team.work(team.hal, item, Verb.NOISE, reason="her brother works at the gas station")
    await team.work(team.hal, item, Verb.REOPEN)
    await team.work(team.hal, item, Verb.NOISE, reason="her brother works at the gas station")
    with pytest.raises(Stopped) as stopped:
        await says(world, team, team.hal, item, "I hear that her brother works at the gas station")
    assert {one.reason.value for one in stopped.value.findings} == {"note"}


# ---- drafts, approval, plans ------------------------------------------------------------


async def writes(world: World, team: Team, by: Account, item: Item, text: str, version: int, **given: object
                 ) -> SharedDraft:
    return await draft_answer(
        world.db, by, team.desk.id, item.conversation_id, DraftText(text=text, **given), version,  # type: ignore[arg-type]
        clock.now())


async def asks(world: World, team: Team) -> Item:
    """Somebody asks; the case."""
    await world.post(team.ann, "which clinic?")
    await world.settle()
    return (await team.page())[0]


async def test_a_draft_is_written_together_and_nobody_overwrites_what_they_have_not_read(
    world: World, team: Team
) -> None:
    item = await asks(world, team)
    first = await writes(world, team, team.hal, item, "come to us", 0)
    with pytest.raises(DraftChanged) as changed:
        await writes(world, team, team.bea, item, "stay at home", 0)
    assert changed.value.draft is not None
    assert changed.value.draft.text == "come to us"
    second = await writes(world, team, team.bea, item, "come to us at nine", first.version)
    assert (second.by_id, second.writers) == (team.bea.id, [team.hal.id, team.bea.id])
    with pytest.raises(NotAllowed):
        await writes(world, team, team.rea, item, "me too", second.version)
    for viewer, sees in ((team.hal, True), (team.lea, True), (team.rea, False), (team.ann, False)):
        found = await desk_answers.visible_draft(world.db, team.desk.id, item.conversation_id, viewer.id)
        assert (found is not None) is sees, viewer.username
    await says(world, team, team.bea, item, second.text, draft_version=second.version)
    assert await desk_answers.visible_drafts(world.db, team.desk.id, team.hal.id, 10) == []
    assert [verb for verb, _ in await record(world, team)][:3] == ["answer", "draft", "draft"]


async def test_where_a_desk_wants_it_a_second_person_approves_and_whoever_wrote_cannot(
    world: World, team: Team
) -> None:
    item = await asks(world, team)
    await change_desk(world.db, team.lea, team.desk.id, DeskDraft(approval=True), clock.now())
    for by in (team.hal, team.lea):
        with pytest.raises(NotAllowed):
            await says(world, team, by, item, "come to us")
    draft = await writes(world, team, team.hal, item, "come to us", 0)
    conversation, db, desk = item.conversation_id, world.db, team.desk.id
    with pytest.raises(Conflict):
        await approve_draft(db, team.bea, desk, conversation, draft.version, clock.now())
    draft = await writes(world, team, team.hal, item, "come to us", draft.version, ask=True)
    with pytest.raises(NotAllowed):
        await approve_draft(db, team.hal, desk, conversation, draft.version, clock.now())
    with pytest.raises(NotAllowed):
        await approve_draft(db, team.rea, desk, conversation, draft.version, clock.now())
    returned = await return_draft(db, team.bea, desk, conversation, draft.version, "say when", clock.now())
    assert (returned.asked, returned.remark) == (False, "say when")
    again = await writes(world, team, team.hal, item, "come to us at nine", returned.version, ask=True)
    with pytest.raises(DraftChanged):
        await approve_draft(db, team.bea, desk, conversation, draft.version, clock.now())
    post = await approve_draft(db, team.bea, desk, conversation, again.version, clock.now())
    assert post is not None
    assert (post.author_id, post.text, post.desk_id) == (team.hal.id, "@ann come to us at nine", desk)
    assert [verb for verb, _ in await record(world, team)][:5] == ["answer", "approve", "ask", "return", "ask"]
    assert (await team.page(tab=Tab.WAITING))[0].answered_by == team.hal.id


async def test_the_check_stops_at_approval_too_and_only_a_lead_lets_it_pass(world: World, team: Team) -> None:
    item = await clinic(world, team)
    draft = await writes(world, team, team.hal, item, BAD, 0, ask=True)
    for by, override in ((team.bea, "fine with me"), (team.lea, "")):
        with pytest.raises(Stopped):
            await approve_draft(
                world.db, by, team.desk.id, item.conversation_id, draft.version, clock.now(), override=override)
    post = await approve_draft(
        world.db, team.lea, team.desk.id, item.conversation_id, draft.version, clock.now(), override="She agreed")
    assert post is not None
    assert ("override", "patient: She agreed") in await record(world, team)


async def planned(world: World, team: Team, by: Account, item: Item, text: str) -> SharedDraft:
    return await plan_answer(
        world.db, by, team.desk.id, item.conversation_id, Draft(text=text), clock.now() + timedelta(hours=1),
        clock.now())


async def due(world: World, draft: SharedDraft) -> Post | None:
    """The moment has come."""
    assert draft.scheduled_id is not None
    return await publish_scheduled_post(world.db, draft.scheduled_id, clock.now() + timedelta(hours=2))


async def test_a_planned_answer_is_sent_at_its_time_and_the_case_follows(world: World, team: Team) -> None:
    item = await asks(world, team)
    draft = await planned(world, team, team.hal, item, "come to us")
    assert (await team.page())[0].answered_id == 0
    with pytest.raises(Conflict):
        await planned(world, team, team.bea, item, "me too")
    post = await due(world, draft)
    assert post is not None
    assert (post.author_id, post.desk_id) == (team.hal.id, team.desk.id)
    assert (await team.page(tab=Tab.WAITING))[0].answered_id == post.id
    assert await desk_answers.find_draft(world.db, team.desk.id, item.conversation_id) is None
    assert [verb for verb, _ in await record(world, team)][:2] == ["answer", "plan"]
    assert await due(world, draft) is None


async def stop_by_answer(world: World, team: Team, item: Item, post: Post) -> None:
    await says(world, team, team.bea, item, "I was quicker")


async def stop_by_leaving(world: World, team: Team, item: Item, post: Post) -> None:
    await leave_desk(world.db, team.lea, team.desk.id, team.hal.id, clock.now())


async def stop_by_deleting(world: World, team: Team, item: Item, post: Post) -> None:
    await delete_post(world.db, team.ann, post.id, clock.now())


async def stop_by_turning_private(world: World, team: Team, item: Item, post: Post) -> None:
    await change_profile(world.db, await world.again(team.ann), now=clock.now(), hearable=False)


async def stop_by_closing(world: World, team: Team, item: Item, post: Post) -> None:
    await close_desk(world.db, team.lea, team.desk.id, clock.now())


async def stop_by_wanting_approval(world: World, team: Team, item: Item, post: Post) -> None:
    await change_desk(world.db, team.lea, team.desk.id, DeskDraft(approval=True), clock.now())


async def stop_by_note(world: World, team: Team, item: Item, post: Post) -> None:
    await change_desk(world.db, team.lea, team.desk.id, DeskDraft(kind="health"), clock.now())
    await team.work(team.lea, item, Verb.NOISE, reason="brother sells petrol near the harbour", take=True)


@pytest.mark.parametrize("happens", [
    stop_by_answer, stop_by_leaving, stop_by_deleting, stop_by_turning_private, stop_by_closing,
    stop_by_wanting_approval, stop_by_note])
async def test_what_happens_before_its_time_stops_a_planned_answer_and_its_author_keeps_the_words(
    world: World, team: Team, happens: Callable[[World, Team, Item, Post], Awaitable[None]]
) -> None:
    post = await world.post(team.ann, "which clinic?")
    await world.settle()
    item = (await team.page())[0]
    draft = await planned(world, team, team.hal, item, "your brother sells petrol near the harbour")
    await happens(world, team, item, post)
    assert await due(world, draft) is None
    [kept] = await scheduled.upcoming(world.db, team.hal.id, 10)
    assert kept.draft.text == "@ann your brother sells petrol near the harbour"
    assert kept.failed
    assert await world.db.value(
        "SELECT count(*) FROM desk_act WHERE desk_id = :desk AND verb = 'fail'", desk=team.desk.id) == 1


async def test_an_approved_answer_waits_for_its_time_and_anybody_at_the_desk_takes_the_plan_back(
    world: World, team: Team
) -> None:
    item = await asks(world, team)
    await change_desk(world.db, team.lea, team.desk.id, DeskDraft(approval=True), clock.now())
    later = clock.now() + timedelta(hours=1)
    draft = await writes(world, team, team.hal, item, "come to us", 0, ask=True, publish_at=later)
    assert await approve_draft(
        world.db, team.bea, team.desk.id, item.conversation_id, draft.version, clock.now()) is None
    kept = await desk_answers.visible_draft(world.db, team.desk.id, item.conversation_id, team.hal.id)
    assert kept is not None
    with pytest.raises(Conflict):
        await writes(world, team, team.hal, item, "wait", kept.version)
    back = await return_draft(
        world.db, team.bea, team.desk.id, item.conversation_id, kept.version, "", clock.now())
    assert back.scheduled_id is None
    assert await due(world, kept) is None
    assert await scheduled.upcoming(world.db, team.hal.id, 10) == []
    draft = await writes(world, team, team.hal, item, "come to us", back.version, ask=True, publish_at=later)
    await approve_draft(world.db, team.bea, team.desk.id, item.conversation_id, draft.version, clock.now())
    kept = await desk_answers.visible_draft(world.db, team.desk.id, item.conversation_id, team.hal.id)
    assert kept is not None
    assert await due(world, kept) is not None


async def test_a_draft_goes_with_its_post_and_is_not_seen_while_its_author_is_not_heard(
    world: World, team: Team
) -> None:
    post = await world.post(team.ann, "which clinic?")
    await world.settle()
    item = (await team.page())[0]
    draft = await writes(world, team, team.hal, item, "dear ann", 0)
    await change_profile(world.db, await world.again(team.ann), now=clock.now(), hearable=False)
    assert await desk_answers.visible_drafts(world.db, team.desk.id, team.hal.id, 10) == []
    with pytest.raises(NotFound):
        await writes(world, team, team.hal, item, "dear ann!", draft.version)
    await change_profile(world.db, await world.again(team.ann), now=clock.now(), hearable=True)
    await world.settle()
    assert len(await desk_answers.visible_drafts(world.db, team.desk.id, team.hal.id, 10)) == 1
    await delete_post(world.db, await world.again(team.ann), post.id, clock.now())
    assert await world.db.value("SELECT count(*) FROM desk_draft") == 0


async def test_a_helper_who_left_cannot_be_sent_for_and_what_they_wrote_stays_with_the_desk(
    world: World, team: Team
) -> None:
    item = await asks(world, team)
    draft = await writes(world, team, team.hal, item, "come to us", 0, ask=True)
    await leave_desk(world.db, team.lea, team.desk.id, team.hal.id, clock.now())
    with pytest.raises(NotFound):
        await approve_draft(world.db, team.bea, team.desk.id, item.conversation_id, draft.version, clock.now())
    with pytest.raises(NotFound):
        await writes(world, team, team.hal, item, "let me in", draft.version)
    mine = await writes(world, team, team.bea, item, "come to us", draft.version, ask=True)
    post = await approve_draft(
        world.db, team.lea, team.desk.id, item.conversation_id, mine.version, clock.now())
    assert post is not None
    assert post.author_id == team.bea.id


async def test_of_those_who_approve_answer_and_publish_at_once_in_two_processes_one_does_it(
    world: World, team: Team
) -> None:
    for number in range(4):
        await world.post(team.ann, f"clinic {number}?")
    await world.settle()
    desk, items = team.desk.id, await team.page()
    async with opened(world.engine.settings, strict=True) as second:  # another process, as far as databases know
        for number, item in enumerate(items):
            conversation, now = item.conversation_id, clock.now()
            if number % 2:
                plan = await planned(world, team, team.hal, item, "come to us")
                assert plan.scheduled_id is not None
                later = now + timedelta(hours=2)
                others = [publish_scheduled_post(world.db, plan.scheduled_id, later),
                          publish_scheduled_post(second.db, plan.scheduled_id, later)]
            else:
                draft = await writes(world, team, team.hal, item, "come to us", 0, ask=True)
                others = [approve_draft(second.db, team.bea, desk, conversation, draft.version, now),
                          approve_draft(world.db, team.lea, desk, conversation, draft.version, now)]
            outcomes = await asyncio.gather(
                *others,
                answer_case(world.db, team.lea, desk, conversation, Draft(text="or to me"), now, take=True),
                answer_case(second.db, team.bea, desk, conversation, Draft(text="or to us"), now, take=True),
                return_exceptions=True)
            assert sum(isinstance(one, Post) for one in outcomes) == 1, outcomes
            refused = (Post, Refused, type(None))
            assert all(isinstance(one, refused) for one in outcomes), outcomes
    said = await world.db.values("SELECT conversation_id FROM post WHERE desk_id IS NOT NULL")
    assert sorted(said) == sorted(item.conversation_id for item in items)
    answers = await world.db.value("SELECT count(*) FROM desk_act WHERE verb = 'answer'")
    assert answers == len(items), "who lost did nothing"


async def test_nobody_writes_to_a_person_whose_card_says_so(world: World, team: Team) -> None:
    item = await asks(world, team)
    card = await know_person(world.db, team.hal, team.desk.id, team.ann.id, clock.now())
    await change_card(world.db, team.hal, team.desk.id, card.id, ContactDraft(silent=True), clock.now())
    with pytest.raises(NotAllowed):
        await says(world, team, team.hal, item, "hello")
    await change_card(world.db, team.hal, team.desk.id, card.id, ContactDraft(silent=False), clock.now())
    draft = await planned(world, team, team.hal, item, "hello")
    async with world.db.transaction() as tx:
        await contacts.spare(tx, team.desk.id, team.ann.id, True)
    assert await due(world, draft) is None
    with pytest.raises(NotAllowed):
        await says(world, team, team.hal, item, "hello")
    async with world.db.transaction() as tx:
        await contacts.spare(tx, team.desk.id, team.ann.id, False)
    assert await says(world, team, team.hal, item, "hello")


# ---- saved replies ------------------------------------------------------------------------


async def test_helpers_keep_replies_whose_placeholders_are_filled(world: World, team: Team) -> None:
    now, desk = clock.now(), team.desk.id
    with pytest.raises(NotAllowed):
        await keep_reply(world.db, team.rea, desk, "Hello", "Hello", now)
    for name, text in (("", "x"), ("x" * 61, "x"), ("x", ""), ("x", "y" * 2001), ("x", "{nmae}")):
        with pytest.raises(Invalid):
            await keep_reply(world.db, team.hal, desk, name, text, now)
    reply = await keep_reply(world.db, team.hal, desk, "Hello", "Hello {name} ({handle}), {helper} at {desk}", now)
    changed = await keep_reply(world.db, team.bea, desk, "Hi", reply.text, now, reply.id)
    assert [one.name for one in await desk_answers.visible_replies(world.db, desk, team.rea.id)] == ["Hi"]
    assert await desk_answers.visible_replies(world.db, desk, team.ann.id) == []
    with pytest.raises(NotFound):
        await desk_answers.visible_reply(world.db, desk + 1, reply.id, team.hal.id)
    asker = msgspec.structs.replace(await world.again(team.ann), display_name="{desk}")
    assert saved.filled(changed.text, team.desk, asker, team.bea) == "Hello {desk} (@ann), bea at Desk"
    await drop_reply(world.db, team.hal, desk, reply.id, now)
    with pytest.raises(NotFound):
        await drop_reply(world.db, team.hal, desk, reply.id, now)
    assert (await record(world, team))[:3] == [("drop", "Hi"), ("keep", "Hi"), ("keep", "Hello")]

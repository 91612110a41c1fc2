"""Helpers hear of cases handed over to them, of answers to approve and of answers sent back; nobody else does."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from harken import clock
from harken.actions.change_profile import change_profile
from harken.actions.delete_post import delete_post
from harken.actions.draft_answer import DraftText, approve_draft, discard_draft, draft_answer, return_draft
from harken.actions.keep_desk import close_desk
from harken.actions.staff_desk import leave_desk, staff_desk
from harken.actions.work_case import Move, Verb, work_cases
from harken.engine import Engine
from harken.log.tail import read_on
from harken.model.account import Account
from harken.model.answering import SharedDraft
from harken.model.case import Item
from harken.model.desk import DeskRole
from harken.model.paging import Window
from harken.model.relationship import DESK_KINDS
from harken.store import desk_told, notifications
from harken.store.log import Position
from tests.desk.conftest import Team
from tests.world import World


async def told(world: World, viewer: Account) -> list[str]:
    """The kinds of what somebody reads among their notifications, newest first."""
    return [one.kind for one in await notifications.page(world.db, viewer.id, Window(limit=80), clock.now())]


async def rows(world: World) -> list[tuple[Any, ...]]:
    return sorted(await world.db.rows("SELECT owner_id, id, kind, account_id, post_id FROM notification"), key=repr)


@pytest.fixture
async def case(world: World, team: Team) -> Item:
    await world.post(team.ann, "which clinic?")
    await world.settle()
    return (await team.page())[0]


async def drafts(
    world: World, team: Team, by: Account, case: Item, version: int = 0, ask: bool = True, text: str = "Go there."
) -> SharedDraft:
    given = DraftText(text=text, ask=ask)
    made = await draft_answer(world.db, by, team.desk.id, case.conversation_id, given, version, clock.now())
    await world.settle()
    return made


async def test_a_case_is_told_to_whom_it_is_handed_and_to_nobody_else(world: World, team: Team, case: Item) -> None:
    await team.work(team.hal, case, Verb.HAND, to=team.hal.id)
    await world.settle()
    assert await told(world, team.hal) == []
    await team.work(team.hal, case, Verb.HAND, to=team.bea.id)
    await world.settle()
    assert await told(world, team.bea) == ["case_handed"]
    assert [await told(world, one) for one in (team.hal, team.rea, team.ann)] == [[], [], []]
    assert "case_handed" not in await told(world, team.lea)
    one, = await notifications.page(world.db, team.bea.id, Window(limit=80), clock.now())
    about = await desk_told.visible_by_ids(world.db, [one.id], team.bea.id)
    assert one.account_id == team.hal.id
    assert (about[one.id].desk_name, about[one.id].extract) == ("Desk", "which clinic?")
    assert about[one.id].conversation_id == case.conversation_id
    assert await desk_told.visible_by_ids(world.db, [one.id], team.ann.id) == {}


async def test_whoever_may_approve_an_answer_is_asked(world: World, team: Team, case: Item) -> None:
    first = await drafts(world, team, team.hal, case, ask=False)
    assert await told(world, team.bea) == []
    asked = await drafts(world, team, team.bea, case, first.version)
    assert "draft_asked" in await told(world, team.lea)
    for one in (team.hal, team.bea, team.rea, team.ann):  # two wrote in it, one reads only, one is no colleague
        assert "draft_asked" not in await told(world, one), one.username
    await drafts(world, team, team.bea, case, asked.version, text="Go to the second.")
    assert (await told(world, team.lea)).count("draft_asked") == 1


@pytest.mark.parametrize("decided", ["approved", "returned", "discarded", "written anew"])
async def test_an_answer_that_was_decided_asks_nobody(world: World, team: Team, case: Item, decided: str) -> None:
    draft = await drafts(world, team, team.hal, case)
    assert "draft_asked" in await told(world, team.bea)
    given = (world.db, team.lea, team.desk.id, case.conversation_id, draft.version)
    match decided:
        case "approved":
            await approve_draft(*given, clock.now())
        case "returned":
            await return_draft(*given, "Say when it is open.", clock.now())
        case "discarded":
            await discard_draft(*given, clock.now())
        case _:
            await drafts(world, team, team.lea, case, draft.version, ask=False)
    assert "draft_asked" not in await told(world, team.bea)  # at once, whatever the consumers do
    await world.settle()
    assert "draft_asked" not in await told(world, team.bea)


async def test_who_asked_hears_that_it_was_sent_back_and_why_as_long_as_it_is(
    world: World, team: Team, case: Item
) -> None:
    draft = await drafts(world, team, team.hal, case)
    back = await return_draft(
        world.db, team.bea, team.desk.id, case.conversation_id, draft.version, "Say when it is open.", clock.now())
    await world.settle()
    assert await told(world, team.hal) == ["draft_returned"]
    assert await told(world, team.bea) == []
    one, = await notifications.page(world.db, team.hal.id, Window(limit=80), clock.now())
    assert (await desk_told.visible_by_ids(world.db, [one.id], team.hal.id))[one.id].remark == "Say when it is open."
    again = await drafts(world, team, team.hal, case, back.version)
    assert (await desk_told.visible_by_ids(world.db, [one.id], team.hal.id))[one.id].remark == ""
    await return_draft(world.db, team.hal, team.desk.id, case.conversation_id, again.version, "", clock.now())
    await world.settle()
    assert await told(world, team.hal) == ["draft_returned"]  # not of what one sent back oneself


@pytest.mark.parametrize("gone", ["left", "reads only", "closed", "deleted", "unheard"])
async def test_what_one_may_not_see_any_more_is_not_told(world: World, team: Team, case: Item, gone: str) -> None:
    await team.work(team.hal, case, Verb.HAND, to=team.bea.id)
    draft = await drafts(world, team, team.hal, case)
    await return_draft(world.db, team.lea, team.desk.id, case.conversation_id, draft.version, "No.", clock.now())
    await drafts(world, team, team.bea, case, draft.version + 1)
    assert await told(world, team.hal) == ["draft_returned"]
    assert await told(world, team.bea) == ["case_handed"]
    assert "draft_asked" in await told(world, team.lea)
    ids = sorted({row[1] for row in await rows(world) if row[2] in DESK_KINDS.values()})
    now, people = clock.now(), [team.bea]
    match gone:
        case "left":
            await leave_desk(world.db, team.bea, team.desk.id, team.bea.id, now)
        case "reads only":
            await staff_desk(world.db, team.lea, team.desk.id, team.bea.id, DeskRole.READER, now)
        case "closed":
            await close_desk(world.db, team.lea, team.desk.id, now)
            people = [team.hal, team.bea, team.lea]
        case "deleted":
            await delete_post(world.db, team.ann, case.post_id, now)
            people = [team.hal, team.bea, team.lea]
        case _:
            await change_profile(world.db, team.ann, now=now, hearable=False)
            people = [team.hal, team.bea, team.lea]
    for settled in (False, True):  # at once, whatever the consumers do
        for one in people:
            assert not set(DESK_KINDS.values()) & set(await told(world, one)), settled
            assert await desk_told.visible_by_ids(world.db, ids, one.id) == {}
            assert [await notifications.find(world.db, one.id, id, clock.now()) for id in ids] == [None] * len(ids)
        await world.settle()
    if gone == "left":
        assert not await world.db.value("SELECT count(*) FROM notification WHERE owner_id = :id", id=team.bea.id)
        await staff_desk(world.db, team.lea, team.desk.id, team.bea.id, DeskRole.HELPER, clock.now())
        await world.settle()
        assert await told(world, team.bea) == []


async def test_it_is_told_once_and_a_rebuild_tells_the_same(
    engine: Engine, world: World, team: Team, case: Item
) -> None:
    await team.work(team.lea, case, Verb.HAND, to=team.hal.id)
    await team.work(team.lea, case, Verb.HAND, to=team.bea.id, take=True)
    draft = await drafts(world, team, team.hal, case)
    await return_draft(world.db, team.bea, team.desk.id, case.conversation_id, draft.version, "No.", clock.now())
    await world.settle()
    await leave_desk(world.db, team.bea, team.desk.id, team.bea.id, clock.now())
    await staff_desk(world.db, team.lea, team.desk.id, team.people["otto"].id, DeskRole.HELPER, clock.now())
    await world.settle()
    before = await rows(world)
    assert {row[2] for row in before} >= set(DESK_KINDS.values())
    consumer = next(one for one in engine.consumers if one.name == "notifications")
    async with world.db.transaction() as tx:
        for entry in await read_on(world.db, world.db.dialect, Position(), limit=10_000):
            while await consumer.handle(tx, entry.event, ""):
                pass
    assert await rows(world) == before
    await consumer.rebuild(world.db)
    assert await rows(world) == before


async def test_fifty_cases_at_once_are_fifty_notifications_and_ring_once(world: World, team: Team) -> None:
    said = [await world.post(team.ann, f"which clinic {number}?") for number in range(50)]
    await world.settle()
    move = Move(verb=Verb.HAND, to=team.bea.id)
    ids = [post.conversation_id for post in said]
    done, refused = await work_cases(world.db, team.hal, team.desk.id, ids, move, clock.now())
    assert (len(done), refused) == (50, {})
    assert await world.db.value("SELECT count(*) FROM log WHERE kind = 'HelperTold'") == 1
    await world.settle()
    assert await told(world, team.bea) == ["case_handed"] * 50


async def test_programs_that_ask_by_name_are_told(
    world: World, client: httpx.AsyncClient, team: Team, case: Item
) -> None:
    await team.work(team.hal, case, Verb.HAND, to=team.bea.id)
    await world.settle()
    headers = {"Authorization": f"Bearer {await world.token(team.bea)}"}
    path = "/api/v1/notifications"
    assert (await client.get(path, headers=headers)).json() == []
    assert (await client.get(f"{path}/unread_count", headers=headers)).json() == {"count": 0}
    one, = (await client.get(f"{path}?types[]=case_handed&types[]=draft_asked", headers=headers)).json()
    assert (one["type"], one["account"]["username"], one.get("status")) == ("case_handed", "hal", None)
    assert (await client.get(f"{path}?types[]=draft_returned", headers=headers)).json() == []

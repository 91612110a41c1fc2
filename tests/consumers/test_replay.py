"""Every consumer: the log handled twice gives the same state, and a rebuild from the facts too."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from harken import clock
from harken.actions.answer_case import answer_case
from harken.actions.boost_post import boost_post
from harken.actions.choose_telling import choose_telling
from harken.actions.delete_post import delete_post
from harken.actions.draft_answer import DraftText, draft_answer
from harken.actions.edit_post import edit_post
from harken.actions.end_poll import end_poll
from harken.actions.file_report import file_report
from harken.actions.filter_notifications import choose_policy
from harken.actions.keep_desk import DeskDraft, change_desk, open_desk
from harken.actions.keep_desk_ear import drop_desk_ear, keep_desk_ear
from harken.actions.keep_ear import keep_ear
from harken.actions.set_alert import set_alert
from harken.actions.staff_desk import leave_desk, staff_desk
from harken.actions.subscribe_push import subscribe_application
from harken.actions.vote import vote
from harken.actions.work_case import Move, Verb, work_case
from harken.consumers.graves import FILE_NAME
from harken.engine import Engine
from harken.log.tail import read_on
from harken.model.account import Account, Role
from harken.model.alert import EarAlert, Mode, PushPolicy
from harken.model.desk import DeskRole
from harken.model.poll import Ballot
from harken.model.post import Draft
from harken.model.relationship import NotificationPolicy, Stance
from harken.store.log import Position
from tests.test_visibility import random_world
from tests.world import World

TABLES = {
    "timelines": ["timeline", "merged_author"],
    "notifications": ["notification", "withheld"],
    "percolation": ["ear_match"],
    "alerts": ["alert"],
    "desks": ["desk_item", "desk_lesson"],
    "pushes": ["push"],
    "letters": ["letter"],
    "graves": [],  # a file; see `state`
}


async def state(engine: Engine, name: str) -> dict[str, Any]:
    """What a consumer maintains, in an order of its own."""
    if name == "graves":  # a line may come twice
        return {FILE_NAME: set((engine.settings.data / FILE_NAME).read_bytes().splitlines())}
    columns = {"ear_match": "ear_id, post_id"}  # its id tells when the post arrived, which a rebuild cannot know
    return {
        table: sorted(await engine.db.rows(f"SELECT {columns.get(table, '*')} FROM {table}"), key=repr)
        for table in TABLES[name]}


async def token_id(world: World, owner: Account) -> int:
    """The id of a new token."""
    await world.token(owner)
    return int(await world.db.value("SELECT max(id) FROM token WHERE account_id = :id", id=owner.id))


def browser_keys() -> tuple[str, str]:
    """A public point on P-256 (that of RFC 8291's example) and 16 bytes of secret."""
    return (
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg")


async def busy_desk(world: World, lead: Account) -> None:
    """A desk that heard, answered, judged, slept and lost a helper."""
    db, now = world.db, clock.now()
    helper = await world.account("helper", hearable=True)
    asking = await world.account("asking", hearable=True)
    desk = await open_desk(db, lead, DeskDraft(name="Desk"), now)
    await staff_desk(db, lead, desk.id, helper.id, DeskRole.HELPER, now)
    kept = [await keep_desk_ear(db, lead, desk.id, query, now) for query in ("clinic", "is:question", "tea")]
    await world.settle()
    said = [await world.post(asking, f"which clinic {number} is good? I need tea {number}") for number in range(8)]
    await world.post(helper, "does a helper ask for a clinic?")
    await world.settle()
    for post, verb in zip(said, (Verb.CLAIM, Verb.DONE, Verb.NOISE, Verb.MATTERS, Verb.NOISE), strict=False):
        await work_case(db, lead, desk.id, post.conversation_id, Move(verb=verb), now)
    await work_case(db, lead, desk.id, said[2].conversation_id, Move(verb=Verb.MATTERS), now)
    await work_case(db, helper, desk.id, said[5].conversation_id, Move(verb=Verb.CLAIM), now)
    await work_case(db, lead, desk.id, said[7].conversation_id, Move(verb=Verb.HAND, to=helper.id), now)
    await work_case(db, helper, desk.id, said[7].conversation_id, Move(verb=Verb.HAND, to=lead.id), now)
    await draft_answer(db, helper, desk.id, said[0].conversation_id, DraftText(text="soon", ask=True), 0, now)
    await answer_case(db, helper, desk.id, said[6].conversation_id, Draft(text="here"), now)
    await world.post(asking, "and now", reply_to=said[1])
    await world.settle()
    await edit_post(db, asking, said[3].id, text="which clinic? I ask for a tree", now=clock.now())
    await delete_post(db, asking, said[4].id, clock.now())
    await boost_post(db, lead, said[7].id, clock.now())
    await drop_desk_ear(db, lead, desk.id, kept[2].id, clock.now())
    await leave_desk(db, helper, desk.id, helper.id, clock.now())
    await change_desk(db, lead, desk.id, DeskDraft(answer_minutes=15), clock.now())


async def busy_world(world: World, seed: int) -> None:
    """A world in which every consumer had something to do."""
    listener = await world.account("listener", role=Role.MODERATOR)
    for query in ("word0", "edited OR #tag", "-word1", "from:p1"):
        ear = await keep_ear(world.db, listener, query, "UTC", clock.now())
        chosen = EarAlert(ear_id=ear.id, owner_id=listener.id, mode=Mode.AT_ONCE, email=True, cool_down=0)
        await set_alert(world.db, listener, chosen, clock.now())
    choosy = NotificationPolicy(not_following=Stance.FILTER, private_mentions=Stance.DROP)
    await choose_policy(world.db, listener, choosy)
    await subscribe_application(
        world.db, listener, await token_id(world, listener), "", "https://push.example/1", *browser_keys(), clock.now(),
        standard=True, alerts={"quoted_edit": True, "poll": True, "mention": True}, policy=PushPolicy.ALL)
    await choose_telling(world.db, listener, {"mention": "at_once", "follow": "daily"})
    people = await random_world(world, random.Random(seed), people_count=6, steps=150)
    author = await world.account("author")
    await delete_post(world.db, author, (await world.post(author, "soon gone")).id, clock.now())
    asked = await world.post(author, "?", poll=Ballot(options=("a", "b"), seconds=300))
    await vote(world.db, listener, asked.id, [1], clock.now())
    await end_poll(world.db, asked.id, clock.now() + timedelta(minutes=5))
    await world.post(author, "@listener hello")
    await world.post(author, "@listener in private", to="direct")
    fan = await world.account("fan")
    await boost_post(world.db, fan, asked.id, clock.now())
    await boost_post(world.db, listener, asked.id, clock.now())
    quoting = await world.post(listener, "look", quote_of_id=asked.id)
    await edit_post(world.db, author, asked.id, text="??", now=clock.now(), keep_poll=True)
    assert quoting.quote_of_id == asked.id
    await busy_desk(world, listener)
    await world.account("moderator_rose", role=Role.MODERATOR)
    await file_report(world.db, listener, author.id, clock.now())
    assert people
    await world.settle()
    states = await world.db.values("SELECT state FROM withheld WHERE owner_id = :id ORDER BY state", id=listener.id)
    assert {"dropped", "filtered"} <= set(states)
    told = "SELECT owner_id, kind FROM notification WHERE kind IN ('edit', 'quoted_edit') ORDER BY owner_id"
    assert {(listener.id, "quoted_edit"), (fan.id, "edit")} <= {tuple(row) for row in await world.db.rows(told)}
    assert (listener.id, "edit") not in {tuple(row) for row in await world.db.rows(told)}
    assert await world.db.value("SELECT count(*) FROM notification WHERE kind = 'sign_up'") > 0


async def test_every_consumer_is_covered(engine: Engine) -> None:
    assert {consumer.name for consumer in engine.consumers} == set(TABLES)


async def test_handling_the_log_twice_changes_nothing(engine: Engine, world: World) -> None:
    await busy_world(world, 7)
    entries = await read_on(world.db, world.db.dialect, Position(), limit=10_000)
    for consumer in engine.consumers:
        before = await state(engine, consumer.name)
        assert any(before.values()), "a consumer that wrote nothing proves nothing"
        async with world.db.transaction() as tx:
            for entry in entries:
                progress = ""
                while progress := await consumer.handle(tx, entry.event, progress):
                    pass
        assert await state(engine, consumer.name) == before


async def test_a_rebuild_gives_what_following_the_log_gave(engine: Engine, world: World) -> None:
    await busy_world(world, 11)
    for consumer in engine.consumers:
        before = await state(engine, consumer.name)
        assert any(before.values())
        await consumer.rebuild(world.db)
        assert await state(engine, consumer.name) == before


async def test_a_fan_out_goes_on_in_the_middle(engine: Engine, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import harken.consumers.timelines as module

    monkeypatch.setattr(module, "MAX_ROWS", 2)
    author = await world.account("author")
    fans = [await world.account(f"fan{i}") for i in range(7)]
    for fan in fans:
        await world.follows(fan, author)
    await world.settle()
    post = await world.post(author, "to all of you")
    await world.settle()
    owners = await world.db.values("SELECT owner_id FROM timeline WHERE post_id = :id", id=post.id)
    assert sorted(owners) == sorted([author.id, *[fan.id for fan in fans]])

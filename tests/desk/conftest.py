"""A desk with its people."""

from __future__ import annotations

import pytest

from harken import clock
from harken.actions.answer_case import answer_case
from harken.actions.keep_desk import DeskDraft, open_desk
from harken.actions.keep_desk_ear import keep_desk_ear
from harken.actions.staff_desk import staff_desk
from harken.actions.work_case import Move, Verb, work_case
from harken.model.account import Account, Role
from harken.model.case import Item, Tab
from harken.model.desk import Desk, DeskRole
from harken.model.post import Draft, Post, Visibility
from harken.store import desk_queue, posts
from harken.store.desk_queue import Cursor, Shown
from tests.world import World


class Team:
    """A desk with a lead, two helpers and a reader, and somebody who asks."""

    def __init__(self, world: World, desk: Desk, people: dict[str, Account]) -> None:
        self.world, self.desk, self.people = world, desk, people
        self.lea, self.hal, self.bea, self.rea = (people[name] for name in ("lea", "hal", "bea", "rea"))
        self.ann = people["ann"]

    async def page(self, viewer: Account | None = None, **shown: object) -> list[Item]:
        tab = Shown(**{"tab": Tab.OPEN, **shown})  # type: ignore[arg-type]
        return await desk_queue.page(
            self.world.db, self.desk.id, (viewer or self.hal).id, tab, Cursor(), 50, clock.now())

    async def texts(self, viewer: Account | None = None, **shown: object) -> list[str]:
        found = []
        for item in await self.page(viewer, **shown):
            post = await posts.find(self.world.db, item.post_id)
            assert post is not None
            found.append(post.text)
        return found

    async def work(self, by: Account, item: Item, verb: Verb, **given: object) -> Item:
        move = Move(verb=verb, **given)  # type: ignore[arg-type]
        return await work_case(self.world.db, by, self.desk.id, item.conversation_id, move, clock.now())

    async def answer(
        self, by: Account, item: Item, visibility: Visibility = Visibility.PUBLIC, text: str = "Here is help",
        **given: object,
    ) -> Post:
        draft = Draft(text=text, visibility=visibility)
        return await answer_case(
            self.world.db, by, self.desk.id, item.conversation_id, draft, clock.now(), **given)  # type: ignore[arg-type]


@pytest.fixture
async def team(world: World) -> Team:
    people = {"lea": await world.account("lea", role=Role.MODERATOR)}
    for name in ("hal", "bea", "rea", "otto"):
        people[name] = await world.account(name, hearable=True)
    people["ann"] = await world.account("ann", hearable=True)
    now = clock.now()
    desk = await open_desk(world.db, people["lea"], DeskDraft(name="Desk"), now)
    for name, role in (("hal", DeskRole.HELPER), ("bea", DeskRole.HELPER), ("rea", DeskRole.READER)):
        await staff_desk(world.db, people["lea"], desk.id, people[name].id, role, now)
    for query in ("clinic", "is:question"):
        await keep_desk_ear(world.db, people["lea"], desk.id, query, now)
    await world.settle()
    return Team(world, desk, people)

"""Every consumer: the log handled twice gives the same state, and a rebuild from the facts too."""

from __future__ import annotations

import random
from typing import Any

import pytest

from harken.consumers.graves import FILE_NAME
from harken.engine import Engine
from harken.log.tail import read_on
from harken.store.log import Position
from tests.test_visibility import random_world
from tests.world import World

TABLES = {
    "timelines": ["timeline", "merged_author"],
    "notifications": ["notification"],
    "graves": [],  # a file; see `state`
}


async def state(engine: Engine, name: str) -> dict[str, Any]:
    db: Database = engine.db
    if name == "graves":  # a line may come twice
        return {"lines": set((engine.settings.data / "tombstones.jsonl").read_bytes().splitlines())}
    return {table: sorted(await db.rows(f"SELECT * FROM {table}"), key=repr) for table in TABLES[name]}


def test_every_consumer_is_covered(request: pytest.FixtureRequest) -> None:
    from harken.consumers.graves import Graves
    from harken.consumers.notifications import Notifications
    from harken.consumers.timelines import Timelines

    assert {Timelines.name, Notifications.name, Graves.name} == set(TABLES)


async def test_handling_the_log_twice_changes_nothing(engine: Engine, world: World) -> None:
    await random_world(world, random.Random(7), people_count=6, steps=150)
    await world.settle()
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
    await random_world(world, random.Random(11), people_count=6, steps=150)
    await world.settle()
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

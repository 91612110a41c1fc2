"""What was deleted is gone from the disk, looked for in the files themselves."""

from __future__ import annotations

import pytest

from harken import clock
from harken.actions.delete_post import delete_post
from harken.actions.edit_post import edit_post
from harken.engine import Engine
from harken.housekeeping import tidy
from tests.world import World


async def test_deleted_words_leave_the_files(engine: Engine, world: World) -> None:
    if engine.db.dialect != "sqlite":
        pytest.skip("PostgreSQL's files belong to its own server, which vacuums them")
    alice = await world.account("alice")
    for number in range(300):
        await world.post(alice, f"noise {number} of many")
    secret = await world.post(alice, "xyzzysecret one")
    edited = await world.post(alice, "plughsecret two")
    await edit_post(world.db, alice, edited.id, text="harmless", now=clock.now())
    await world.settle()

    def holding(word: bytes) -> list[str]:
        # An index may store a word without its first letters, which it shares with its neighbour.
        return [f.name for f in engine.settings.data.rglob("*") if f.is_file() and word[2:] in f.read_bytes()]

    await engine.db.give_back()
    assert holding(b"xyzzysecret"), "it must have been there, or its absence proves nothing"
    await delete_post(world.db, alice, secret.id, clock.now())
    await delete_post(world.db, alice, edited.id, clock.now())
    await world.settle()
    await tidy(world.db)
    assert holding(b"xyzzysecret") == []
    assert holding(b"plughsecret") == []

"""An ear that hears much more than usual says so once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harken import clock
from harken.actions.keep_ear import keep_ear
from harken.actions.set_alert import set_alert
from harken.alerting.spikes import is_spike
from harken.engine import Engine
from harken.model.alert import Alert, EarAlert
from harken.store import notifications
from tests.world import World

START = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("today, before, tenths, spike", [
    (20, [4, 5, 6, 5, 4, 6, 5], 30, True),
    (11, [4, 5, 6, 5, 4, 6, 5], 30, False),
    (10, [4, 5, 6, 5, 4, 6, 5], 20, True),
    (9, [5] * 7, 20, False),  # an even week: a Poisson process of that mean would vary by 2.2
    (4, [0] * 7, 15, False),  # too few to judge
    (5, [0] * 7, 15, True),
    (50, [1, 1], 15, False),  # two days are no history
    (50, [0, 40, 0, 40, 0, 40, 0], 20, False),  # that is how it always goes up and down
])
def test_a_spike_stands_out_of_the_week_before(today: int, before: list[int], tenths: int, spike: bool) -> None:
    assert is_spike(today, before, tenths) is spike


async def test_a_spike_is_told_once_and_again_only_after_it_ended(engine: Engine, world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    with clock.frozen(START):
        ear = await keep_ear(world.db, ann, "clinic", "UTC", clock.now())
        await set_alert(world.db, ann, EarAlert(ear_id=ear.id, owner_id=ann.id, spike=20), clock.now())
    told = []
    counts = [1, 2, 1, 1, 2, 12, 12, 1, 1, 1, 1, 1, 1, 1, 1, 12]
    for day, count in enumerate(counts):
        for number in range(count):
            with clock.frozen(START + timedelta(days=day, hours=1, minutes=number)):
                await world.post(bob, f"clinic {day} {number}")
                await world.post(ann, "my own clinic does not count")
        with clock.frozen(START + timedelta(days=day, hours=2)):
            await world.settle()
            told += [day] * await engine.sender.watch()
            told += [day] * await engine.sender.watch()
            await engine.sender.settle()
    assert told == [5, 15]
    rows = await world.db.all(Alert, "SELECT * FROM alert ORDER BY id")
    assert [(row.kind.value, row.meanwhile) for row in rows] == [("spike", 12), ("spike", 12)]
    assert await notifications.unread(world.db, ann.id, START + timedelta(days=30)) == 2

"""Ids: in order, and each once, also when work that takes long goes back to the moment when it began."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from harken.ids import moment_of, new_id


def test_going_back_to_a_moment_never_gives_an_id_twice() -> None:
    began = datetime(2026, 5, 12, 9, 0, tzinfo=UTC)
    dice, given = random.Random(1), []
    for step in range(4_000):  # a request that began long ago, and lines that are written now
        given.append(new_id(began))
        given.append(new_id(began + timedelta(milliseconds=300 + dice.randrange(400) + step // 10)))
    assert len(set(given)) == len(given)
    assert given[::2] == sorted(given[::2]), "of one moment, the later is the higher"


def test_hopping_between_moments_near_and_far_never_gives_an_id_twice() -> None:
    began = datetime(2026, 6, 12, 9, 0, tzinfo=UTC)
    for seed in range(20):
        dice, given = random.Random(seed), []
        at = began + timedelta(minutes=seed)
        for _ in range(3_000):  # many requests at once: each stamps what it writes with when it began
            at += timedelta(milliseconds=dice.randrange(2))
            given.append(new_id(at - timedelta(milliseconds=dice.choice((0, 1, 3, 40, 250, 300, 900)))))
        assert len(set(given)) == len(given), seed


def test_a_full_millisecond_borrows_from_the_next() -> None:
    at = datetime(2026, 7, 12, 9, 0, tzinfo=UTC)
    later = [new_id(at + timedelta(milliseconds=1)) for _ in range(10)]
    given = [new_id(at - timedelta(seconds=step % 2)) for step in range(20_000)]
    assert len({*given, *later}) == 20_010


def test_an_id_tells_its_moment() -> None:
    at = datetime(2031, 6, 12, 15, 30, 1, 250_000, tzinfo=UTC)
    assert moment_of(new_id(at)) == at

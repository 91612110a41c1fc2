"""Working hours: as people write them, across weekends and clock changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.desk.hours import due, is_open, opened, written
from harken.errors import Invalid

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = [*["09:00-12:00 13:00-17:00"] * 5, "", ""]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize("text, kept", [
    ("9:00-17:00", "09:00-17:00"), ("13:00–17:00, 9:00 - 12:00", "09:00-12:00 13:00-17:00"), ("", ""),
    ("  ", ""), ("00:00-24:00", "00:00-24:00")])
def test_hours_are_kept_in_one_spelling(text: str, kept: str) -> None:
    assert written(text) == kept


@pytest.mark.parametrize("text", [
    "nine to five", "17:00-09:00", "09:00-09:00", "09:00-25:00", "09:70-10:00", "09:00-12:00 11:00-13:00", "09:00",
    "1:00-2:00 3:00-4:00 5:00-6:00 7:00-8:00 9:00-10:00 11:00-12:00 13:00-14:00"])
def test_what_are_no_hours_says_so(text: str) -> None:
    with pytest.raises(Invalid):
        written(text)


@pytest.mark.parametrize("asked, minutes, expected", [
    ("2026-05-12T10:00", 60, "2026-05-12T11:00"),  # a Tuesday
    ("2026-05-12T11:30", 60, "2026-05-12T13:30"),  # over lunch
    ("2026-05-12T16:30", 60, "2026-05-13T09:30"),  # over night
    ("2026-05-15T16:30", 60, "2026-05-18T09:30"),  # over the weekend
    ("2026-05-16T12:00", 420, "2026-05-18T17:00"),  # a whole day, asked on a Saturday
    ("2026-05-12T10:00", 7 * 60 * 5, "2026-05-19T10:00"),  # a working week later
])
def test_an_answer_is_due_after_so_much_working_time(asked: str, minutes: int, expected: str) -> None:
    assert due(OFFICE, BERLIN, at(asked), minutes) == at(expected)


def test_a_week_without_hours_never_closes() -> None:
    night = at("2026-05-16T03:00")
    assert is_open([""] * 7, BERLIN, night)
    assert due([""] * 7, BERLIN, night, 90) == night + timedelta(minutes=90)
    assert not is_open(OFFICE, BERLIN, night)
    assert is_open(OFFICE, BERLIN, at("2026-05-12T13:00"))
    assert not is_open(OFFICE, BERLIN, at("2026-05-12T12:00"))


def test_a_night_with_a_changed_clock_is_as_long_as_it_was() -> None:
    nights = ["00:00-06:00"] * 7
    spring, autumn = at("2026-03-29T00:00"), at("2026-10-25T00:00")
    assert due(nights, BERLIN, spring, 300) == at("2026-03-29T06:00")  # five hours, as two to three was left out
    assert due(nights, BERLIN, autumn, 420) == at("2026-10-25T06:00")


@given(st.lists(st.tuples(st.integers(0, 1439), st.integers(1, 1440)), min_size=7, max_size=7),
       st.integers(0, 525_600), st.integers(1, 20_160))
def test_exactly_the_working_time_passes_until_an_answer_is_due(
    days: list[tuple[int, int]], minute: int, minutes: int
) -> None:
    week = ["" if a >= b else f"{a // 60}:{a % 60:02}-{b // 60}:{b % 60:02}" for a, b in days]
    asked = at("2026-01-01T00:00") + timedelta(minutes=minute)
    until = due(week, BERLIN, asked, minutes)
    if (until - asked) > timedelta(days=390):
        return  # a desk that opens some minutes a week; it is late whenever it answers
    worked = sum((min(end, until) - begin for begin, end in opened(week, BERLIN, asked) if begin < until), timedelta())
    assert worked == timedelta(minutes=minutes)

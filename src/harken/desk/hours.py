"""Working hours: how people write them, whether a desk is open, and when an answer is due."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..errors import Invalid

DAYS = 7
MAX_SPANS = 6
"""Times of opening within one day."""
_SPAN = re.compile(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)")
_MIDNIGHT = 24 * 60
_SEARCHED = 400  # days: the longest due time takes weeks of a desk that opens an hour a week

Span = tuple[int, int]
"""Minutes of the day, from and to."""


def written(text: str) -> str:
    """One day's hours as they are kept, such as `09:00-12:00 13:00-17:00`; empty for a day off. Raises Invalid."""
    return " ".join(f"{_clock(start)}-{_clock(end)}" for start, end in spans(text))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def spans(text: str) -> list[Span]:
    """The times of one day, in order. Raises Invalid for what is no time, ends before it begins, or overlaps."""
    found = [(int(a) * 60 + int(b), int(c) * 60 + int(d)) for a, b, c, d in _SPAN.findall(text)]
    rest = _SPAN.sub("", text).replace(",", " ").replace(";", " ").strip()
    if rest or any(int(m[1]) > 59 or int(m[3]) > 59 for m in _SPAN.findall(text)) or len(found) > MAX_SPANS:
        raise Invalid(f"“{text[:40]}” are no hours: write 09:00-17:00, or leave a day off empty.", "hours")
    before = 0
    for start, end in sorted(found):
        if start < before or end <= start or end > _MIDNIGHT:
            raise Invalid(f"“{text[:40]}”: hours end after they begin, by 24:00, and do not overlap.", "hours")
        before = end
    return sorted(found)


def opened(week: Sequence[str], zone: ZoneInfo, since: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The stretches from `since` on in which a desk works, oldest first, in UTC; a week without hours never closes.

    Where the clocks change, an hour that does not exist is left out and one that comes twice counts twice.
    """
    if not any(week):
        yield since, since + timedelta(days=_SEARCHED)
        return
    day = since.astimezone(zone).date()
    for _ in range(_SEARCHED):
        for start, end in spans(week[day.weekday()]):
            begins, ends = (_moment(day, minutes, zone) for minutes in (start, end))
            if ends > since and ends > begins:
                yield max(begins, since), ends
        day += timedelta(days=1)


def _moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    from_midnight = datetime.combine(day, time(), zone)
    hour, minute = divmod(minutes, 60)
    local = from_midnight.replace(hour=hour, minute=minute) if hour < 24 else from_midnight + timedelta(days=1)
    return local.astimezone(UTC)


def is_open(week: Sequence[str], zone: ZoneInfo, now: datetime) -> bool:
    """Whether somebody works just now."""
    first = next(opened(week, zone, now), None)
    return first is not None and first[0] <= now


def due(week: Sequence[str], zone: ZoneInfo, asked_at: datetime, minutes: int) -> datetime:
    """When `minutes` of working time have passed since `asked_at`."""
    left = timedelta(minutes=minutes)
    last = asked_at
    for begins, ends in opened(week, zone, asked_at):
        if ends - begins >= left:
            return begins + left
        left -= ends - begins
        last = ends
    return last

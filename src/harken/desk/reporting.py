"""What a desk's work came to in some days: counted from cases and outcomes, with no more certainty than was written.

Cases are those whose first post was said in these days; outcomes those that happened, or are hoped, in these days.
What happened and what is hoped are never added together, nor sums of two currencies, and few are not made a share.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import msgspec

from ..ids import id_at, ms_of
from ..model.case import CaseRow, State
from ..model.desk import Desk
from ..model.outcome import Confidence, Credit, Outcome, Tier
from ..store import desk_reports
from ..store import outcomes as written
from ..store.database import Reader
from .hours import spans
from .money import parted

FEW = 5
"""Fewer than this have no median."""
SPANS = (15, 60, 240, 1440, 7 * 1440)
"""Minutes that part the response times."""
MOST_CASES = 50_000


class Sums(msgspec.Struct, kw_only=True):
    """Some outcomes of one confidence: how many, and their values in the smallest unit, by currency."""

    count: int = 0
    amounts: dict[str, int] = msgspec.field(default_factory=dict)

    def add(self, amount: int | None, currency: str) -> None:
        self.count += 1
        self.value(amount, currency)

    def value(self, amount: int | None, currency: str) -> None:
        if amount is not None:
            self.amounts[currency] = self.amounts.get(currency, 0) + amount


class Group(msgspec.Struct, kw_only=True):
    """What is said of one ear, helper, tag or week. `responses` are minutes until the first answer."""

    key: str
    heard: int = 0
    answered: int = 0
    responses: list[float] = msgspec.field(default_factory=list)
    happened: Sums = msgspec.field(default_factory=Sums)
    hoped: Sums = msgspec.field(default_factory=Sums)

    @property
    def typical(self) -> float | None:
        return typical(self.responses)

    def sums(self, confidence: Confidence) -> Sums:
        return self.happened if confidence is Confidence.HAPPENED else self.hoped


class Way(msgspec.Struct, kw_only=True):
    """From heard to outcome: cases, each step counted by itself; medians in minutes and days, None for few."""

    heard: int = 0
    noise: int = 0
    answered: int = 0
    known: int = 0
    outcome: int = 0
    until_answered: float | None = None
    until_known: float | None = None
    until_outcome: float | None = None


class Report(msgspec.Struct, kw_only=True):
    """Everything. `times` has a row for each span and one for later; in it (in hours, out of hours)."""

    first: date
    last: date
    cut: bool
    way: Way
    times: list[tuple[int, int]]
    never: tuple[int, int]
    ears: list[Group]
    helpers: list[Group]
    tags: list[Group]
    weeks: list[Group]
    unanswered: list[int]
    tiers: dict[Tier, tuple[Sums, Sums]]  # happened, hoped
    minutes: int


class Open:
    """Whether a desk works at a moment: the same as `hours.is_open`, made for many moments."""

    def __init__(self, week: Sequence[str], zone: ZoneInfo) -> None:
        self._days = [spans(day) for day in week] if any(week) else []
        self._zone = zone

    def at(self, moment: datetime) -> bool:
        local = moment if moment.tzinfo is self._zone else moment.astimezone(self._zone)
        minute = local.hour * 60 + local.minute
        return not self._days or any(start <= minute < end for start, end in self._days[local.weekday()])


async def report_of(reader: Reader, desk: Desk, viewer: int, first: date, last: date) -> Report:
    """The report of a desk for somebody who works there, from one day of the desk to another, both included."""
    since, until = (datetime.combine(day, time(), desk.days).astimezone(UTC)
                    for day in (first, last + timedelta(days=1)))
    ids = id_at(since), id_at(until)
    found = await desk_reports.cases(reader, desk.id, viewer, *ids, MOST_CASES + 1)
    outcomes = await written.standing(reader, desk.id, viewer, first, last)
    return await asyncio.to_thread(
        report, first=first, last=last, zone=desk.days, open_hours=Open(desk.hours, desk.days),
        cases=found[:MOST_CASES],
        ears=await desk_reports.ears(reader, desk.id, viewer, *ids),
        tags=await desk_reports.tags(reader, desk.id, viewer, *ids), outcomes=outcomes,
        credits=await written.credits(reader, [one.id for one in outcomes]),
        minutes=sum(one.minutes for one in await written.spent(reader, desk.id, viewer, *ids)),
        cut=len(found) > MOST_CASES)


def typical(values: Sequence[float]) -> float | None:
    """The median, unless they are too few to say so."""
    return float(median(values)) if len(values) >= FEW else None


def report(
    *, first: date, last: date, zone: ZoneInfo, open_hours: Open, cases: Sequence[CaseRow],
    ears: Mapping[int, Sequence[int]], tags: Mapping[int, Sequence[str]], outcomes: Sequence[Outcome],
    credits: Mapping[int, Sequence[Credit]], minutes: int, cut: bool = False,
) -> Report:
    """Count it. `ears` and `tags` are those of each case, by conversation; `outcomes` are those that stand."""
    counted = [case for case in cases if case.state is not State.NOISE]
    asked = {case.conversation_id: case.asked_at.astimezone(zone) for case in cases}
    of_case = {one.conversation_id for one in outcomes if one.conversation_id is not None}
    of_contact = {one.contact_id for one in outcomes if one.contact_id is not None}
    way = Way(heard=len(cases), noise=len(cases) - len(counted))
    way.answered = sum(case.answer_id is not None for case in counted)
    way.known = sum(case.contact_id is not None for case in counted)
    way.outcome = sum(case.conversation_id in of_case or case.contact_id in of_contact for case in counted)
    way.until_answered = typical([case.response for case in counted if case.response is not None])
    way.until_known = typical(_later(
        (case.answer_id, case.contact_id) for case in counted if case.answer_id and case.contact_id))
    way.until_outcome = _until_outcome(asked, outcomes)
    times, never = _times(counted, asked, open_hours)
    tiers = {tier: (Sums(), Sums()) for tier in Tier}
    for one in outcomes:
        tiers[one.tier][one.confidence is Confidence.HOPED].add(one.amount, one.currency)
    return Report(
        first=first, last=last, cut=cut, way=way, times=times, never=never,
        ears=_by(counted, lambda case: map(str, ears.get(case.conversation_id, ())), outcomes, credits, "ear"),
        helpers=_by_helper(counted, outcomes, credits),
        tags=_by(counted, lambda case: tags.get(case.conversation_id, ()), outcomes, credits, "", tags),
        weeks=_weeks(counted, asked, outcomes, first, last),
        unanswered=[case.conversation_id for case in counted
                    if case.answer_id is None and case.state is not State.DONE],
        tiers=tiers, minutes=minutes)


def _later(pairs: Iterable[tuple[int, int]]) -> list[float]:
    return [(ms_of(then) - ms_of(before)) / 60_000 for before, then in pairs if then > before]


def _until_outcome(asked: Mapping[int, datetime], outcomes: Sequence[Outcome]) -> float | None:
    """Days from the question until what happened (not: is hoped) of it."""
    return typical([
        float(max((one.happened_on - asked[one.conversation_id].date()).days, 0)) for one in outcomes
        if one.confidence is Confidence.HAPPENED and one.conversation_id is not None and one.conversation_id in asked])


def _times(
    cases: Sequence[CaseRow], asked: Mapping[int, datetime], open_hours: Open
) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    counted: Counter[tuple[int, bool]] = Counter()
    for case in cases:
        place = -1 if case.response is None else bisect_right(SPANS, case.response)
        counted[place, open_hours.at(asked[case.conversation_id])] += 1
    rows = [(counted[place, True], counted[place, False]) for place in range(len(SPANS) + 1)]
    return rows, (counted[-1, True], counted[-1, False])


def _by(
    cases: Sequence[CaseRow], keys: Callable[[CaseRow], Iterable[str]], outcomes: Sequence[Outcome],
    credits: Mapping[int, Sequence[Credit]], kind: str, tags: Mapping[int, Sequence[str]] | None = None,
) -> list[Group]:
    """Groups of cases by `keys`, most heard first; outcomes by credit of `kind`, or by the tags of their case."""
    found: dict[str, Group] = {}
    for case in cases:
        for key in keys(case):
            group = found.setdefault(key, Group(key=key))
            group.heard += 1
            if case.response is not None:
                group.answered += 1
                group.responses.append(case.response)
    for one in outcomes:
        if tags is None:
            _share(found, one, [credit.of_id for credit in credits.get(one.id, ()) if credit.kind == kind])
            continue
        for tag in tags.get(one.conversation_id or 0, ()):
            found.setdefault(tag, Group(key=tag)).sums(one.confidence).add(one.amount, one.currency)
    return sorted(found.values(), key=lambda group: (-group.heard, group.key))


def _by_helper(
    cases: Sequence[CaseRow], outcomes: Sequence[Outcome], credits: Mapping[int, Sequence[Credit]]
) -> list[Group]:
    """Who gave the first answers, and shares in what came of it."""
    found: dict[str, Group] = {}
    for case in cases:
        if case.answered_by is not None and case.response is not None:
            group = found.setdefault(str(case.answered_by), Group(key=str(case.answered_by)))
            group.answered += 1
            group.responses.append(case.response)
    for one in outcomes:
        _share(found, one, [credit.of_id for credit in credits.get(one.id, ()) if credit.kind == "helper"])
    return sorted(found.values(), key=lambda group: (-group.answered, group.key))


def _share(found: dict[str, Group], one: Outcome, sharers: Sequence[int]) -> None:
    """Everybody has taken part in it; its value is parted among them, so that the parts add up to it."""
    parts = parted(one.amount or 0, sharers)
    for sharer in sharers:
        sums = found.setdefault(str(sharer), Group(key=str(sharer))).sums(one.confidence)
        sums.count += 1
        sums.value(None if one.amount is None else parts[sharer], one.currency)


def _weeks(
    cases: Sequence[CaseRow], asked: Mapping[int, datetime], outcomes: Sequence[Outcome], first: date, last: date
) -> list[Group]:
    """Every week from the first day to the last, by its Monday, empty ones too."""
    day = first - timedelta(days=first.weekday())
    found = {}
    while day <= last:
        found[day] = Group(key=day.isoformat())
        day += timedelta(days=7)
    for case in cases:
        day = asked[case.conversation_id].date()
        group = found.get(day - timedelta(days=day.weekday()))
        if group is not None:
            group.heard += 1
            if case.response is not None:
                group.answered += 1
                group.responses.append(case.response)
    for one in outcomes:
        group = found.get(one.happened_on - timedelta(days=one.happened_on.weekday()))
        if group is not None:
            group.sums(one.confidence).add(one.amount, one.currency)
    return list(found.values())

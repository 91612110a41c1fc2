"""The numbers of a report against the same said in plain Python, of random desks."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from harken import clock
from harken.actions.record_outcome import OutcomeDraft, record_outcome, spend_time
from harken.actions.tag_contact import tag_case
from harken.actions.work_case import Verb
from harken.desk import hours
from harken.desk.reporting import FEW, Open, report, report_of, typical
from harken.ids import AccountId, PostId, id_at
from harken.model.case import CaseRow, State
from harken.model.outcome import Confidence, Credit, Outcome, Tier
from tests.desk.conftest import Team

ZONE = ZoneInfo("Europe/Berlin")
WEEK = ["09:00-12:00 13:00-17:00"] * 5 + ["", ""]


@pytest.mark.parametrize("seed", range(6))
def test_a_report_counts_what_there_is(seed: int) -> None:
    dice = random.Random(seed)
    start = datetime(2026, 3, 20, tzinfo=UTC)  # over the change of the clocks
    first, last = date(2026, 3, 20), date(2026, 4, 20)
    cases = []
    for number in range(200):
        asked = start + timedelta(minutes=dice.randrange(1, 30 * 1440))
        later = timedelta(minutes=dice.choice([3, 14, 15, 90, 2000, 20_000]))
        answered = asked + later if dice.random() < 0.6 else None
        cases.append(CaseRow(
            conversation_id=number + 1, post_id=PostId(id_at(asked)), author_id=AccountId(dice.randrange(1, 90)),
            state=dice.choice(list(State)), answer_id=id_at(answered) if answered else None,
            answered_by=AccountId(dice.choice([901, 902])) if answered else None,
            contact_id=id_at(asked + timedelta(days=1)) if dice.random() < 0.3 else None))
    outcomes = [
        Outcome(
            id=5000 + n, desk_id=1, conversation_id=dice.choice([dice.randrange(1, 201), None]), by_id=AccountId(901),
            tier=dice.choice(list(Tier)), confidence=dice.choice(list(Confidence)), words="x",
            happened_on=first + timedelta(days=dice.randrange(32)),
            amount=dice.choice([None, dice.randrange(10_000)]), currency=dice.choice(["EUR", "USD"]))
        for n in range(60)]
    credits = {one.id: [Credit(outcome_id=one.id, kind="helper", of_id=who)
                        for who in dice.sample([901, 902, 903], dice.randrange(1, 4))] for one in outcomes}
    ears = {case.conversation_id: dice.sample([11, 12], dice.randrange(1, 3)) for case in cases}
    tags = {case.conversation_id: dice.sample(["knee", "tea"], dice.randrange(0, 3)) for case in cases}
    found = report(
        first=first, last=last, zone=ZONE, open_hours=Open(WEEK, ZONE), cases=cases, ears=ears, tags=tags,
        outcomes=outcomes, credits=credits, minutes=0)

    kept = [case for case in cases if case.state is not State.NOISE]
    assert (found.way.heard, found.way.noise) == (200, 200 - len(kept))
    assert found.way.answered == len([case for case in kept if case.answer_id])
    assert found.way.known == len([case for case in kept if case.contact_id])
    with_outcome = {one.conversation_id for one in outcomes}
    assert found.way.outcome == len([case for case in kept if case.conversation_id in with_outcome])
    assert sum(map(sum, found.times)) + sum(found.never) == len(kept)
    in_hours = [case for case in kept if hours.is_open(WEEK, ZONE, case.asked_at)]
    assert sum(pair[0] for pair in [*found.times, found.never]) == len(in_hours)
    quick = [case for case in in_hours if case.response is not None and case.response < 15]
    assert found.times[0][0] == len(quick)
    for tier in Tier:
        for confidence, sums in zip((Confidence.HAPPENED, Confidence.HOPED), found.tiers[tier], strict=True):
            of_it = [one for one in outcomes if (one.tier, one.confidence) == (tier, confidence)]
            assert sums.count == len(of_it)
            for code in ("EUR", "USD"):
                assert sums.amounts.get(code, 0) == sum(o.amount or 0 for o in of_it if o.currency == code)
    for code in ("EUR", "USD"):  # what is shared adds up to what there was
        parts = sum(group.happened.amounts.get(code, 0) for group in found.helpers)
        assert parts == sum(pair[0].amounts.get(code, 0) for pair in found.tiers.values())
    assert sum(group.heard for group in found.weeks) == len(kept)
    assert {group.key: group.heard for group in found.ears} == {
        str(ear): len([case for case in kept if ear in ears[case.conversation_id]]) for ear in (11, 12)}
    assert {group.key: group.heard for group in found.tags} == {
        tag: len([case for case in kept if tag in tags[case.conversation_id]]) for tag in ("knee", "tea")}
    assert set(found.unanswered) == {
        case.conversation_id for case in kept if not case.answer_id and case.state is not State.DONE}


def test_few_have_no_typical_time() -> None:
    assert typical([1.0] * (FEW - 1)) is None
    assert typical([5.0, 1.0, 3.0, 2.0, 4.0]) == 3.0


async def test_a_report_of_a_real_desk(team: Team) -> None:
    db, now = team.world.db, clock.now()
    for number in range(4):
        await team.world.post(team.ann, f"which clinic is good, {number}?")
    await team.world.settle()
    items = await team.page()
    assert len(items) == 4
    await team.answer(team.hal, items[0])
    await team.work(team.hal, items[1], Verb.NOISE)
    await tag_case(db, team.hal, team.desk.id, items[0].conversation_id, ["Knee"], now)
    await record_outcome(
        db, team.hal, team.desk.id, OutcomeDraft(
            words="They met", value="12.50", currency="EUR", helpers=[team.hal.id, team.bea.id]),
        now, conversation_id=items[0].conversation_id)
    await spend_time(db, team.hal, team.desk.id, items[0].conversation_id, 25, now)
    await team.world.settle()
    today = clock.now().astimezone(team.desk.days).date()
    found = await report_of(db, team.desk, team.rea.id, today - timedelta(days=1), today)
    way = found.way
    assert (way.heard, way.noise, way.answered, way.known, way.outcome) == (4, 1, 1, 0, 1)
    assert found.minutes == 25
    assert [(group.key, group.heard, group.happened.count) for group in found.tags] == [("knee", 1, 1)]
    shares = {group.key: group.happened.amounts["EUR"] for group in found.helpers}
    assert shares == {str(team.hal.id): 625, str(team.bea.id): 625}
    assert sorted(group.heard for group in found.ears) == [3, 3]
    assert len(found.unanswered) == 2

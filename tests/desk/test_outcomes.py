"""What came of it: who writes it, how it is corrected, what is kept and what is forgotten."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest

from harken import clock
from harken.actions.know_person import know_person
from harken.actions.record_outcome import OutcomeDraft, correct_outcome, record_outcome, spend_time
from harken.desk.money import amount_of, currency_named, parted, plain, written
from harken.desk.reporting import report_of
from harken.errors import Conflict, Invalid, NotAllowed, NotFound
from harken.model.account import Account
from harken.model.outcome import Confidence, Outcome, Tier
from harken.store import outcomes
from tests.desk.conftest import Team


async def heard(team: Team, text: str = "which clinic is good?") -> int:
    """A case that ann asked."""
    post = await team.world.post(team.ann, text)
    await team.world.settle()
    return post.conversation_id


async def came(team: Team, by: Account, conversation: int, words: str = "They met for lunch", **given: Any) -> Outcome:
    return await record_outcome(
        team.world.db, by, team.desk.id, OutcomeDraft(words=words, **given), clock.now(), conversation_id=conversation)


@pytest.mark.parametrize("text, currency, amount", [
    ("", "EUR", None), ("120", "EUR", 12000), ("120.5", "EUR", 12050), ("120,50", "EUR", 12050),
    ("1,250.50", "EUR", 125050), ("1.250,50", "EUR", 125050), ("1 250", "EUR", 125000), ("1,250", "EUR", 125000),
    ("1.250.000", "EUR", 125000000), ("1,250", "JPY", 1250), ("1.234", "KWD", 1234), ("0", "EUR", 0)])
def test_a_sum_is_read_as_people_write_it(text: str, currency: str, amount: int | None) -> None:
    assert amount_of(text, currency) == amount


@pytest.mark.parametrize("text, currency", [
    ("120", ""), ("abc", "EUR"), ("-5", "EUR"), (".5", "EUR"), ("5.", "EUR"), ("12,34.5", "EUR"), ("1.005", "JPY.x"),
    ("12.3456", "EUR"), ("1e9", "EUR"), ("9" * 20, "EUR"), ("１２", "EUR"), ("12.5", "JPY")])
def test_what_is_no_sum_is_refused(text: str, currency: str) -> None:
    with pytest.raises(Invalid):
        amount_of(text, currency_named(currency))


def test_parts_add_up_to_the_sum() -> None:
    dice = random.Random(1)
    for _ in range(300):
        amount, people = dice.randrange(10**6), dice.sample(range(1000), dice.randrange(1, 9))
        parts = parted(amount, people)
        assert sum(parts.values()) == amount
        assert max(parts.values()) - min(parts.values()) <= 1
    assert plain(5, "JPY") == "5"
    assert written(125050, "EUR", "de") == "1.250,50\xa0€"


async def test_an_outcome_is_written_corrected_and_taken_back(team: Team) -> None:
    db, case = team.world.db, await heard(team)
    first = await came(team, team.hal, case, tier=Tier.ACTION, confidence=Confidence.HOPED, value="80", currency="eur")
    assert (first.amount, first.currency, first.account_id) == (8000, "EUR", team.ann.id)
    with pytest.raises(NotAllowed):  # bea did not write it, and does not lead
        await correct_outcome(db, team.bea, team.desk.id, first.id, OutcomeDraft(words="x"), clock.now())
    second = await correct_outcome(
        db, team.lea, team.desk.id, first.id, OutcomeDraft(words="An appointment", tier="action"), clock.now())
    with pytest.raises(Conflict):
        await correct_outcome(db, team.hal, team.desk.id, first.id, OutcomeDraft(words="late"), clock.now())
    day = clock.now().date()
    standing = await outcomes.standing(db, team.desk.id, team.rea.id, day - timedelta(2), day + timedelta(2))
    assert [one.id for one in standing] == [second.id]
    await correct_outcome(db, team.lea, team.desk.id, second.id, None, clock.now())
    assert not await outcomes.standing(db, team.desk.id, team.rea.id, day - timedelta(2), day + timedelta(2))
    kept = await outcomes.about(db, team.desk.id, team.rea.id, conversation_ids=[case])
    assert [(one.words, one.withdrawn) for one in kept] == [
        ("They met for lunch", False), ("An appointment", False), ("An appointment", True)]
    record = await db.rows(
        "SELECT verb, about FROM desk_act WHERE verb IN ('outcome', 'correct', 'withdraw') ORDER BY id")
    assert [tuple(row) for row in record] == [
        ("outcome", "action, hoped"), ("correct", "action, happened"), ("withdraw", "action, happened")]


async def test_two_corrections_at_once_leave_one(team: Team) -> None:
    db, case = team.world.db, await heard(team)
    first = await came(team, team.hal, case)
    both = await asyncio.gather(*(
        correct_outcome(db, by, team.desk.id, first.id, OutcomeDraft(words=by.username), clock.now())
        for by in (team.hal, team.lea)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in both) == ["Conflict", "Outcome"]


@pytest.mark.parametrize("given", [
    {"words": " "}, {"words": "x" * 1001}, {"tier": "gold"}, {"confidence": "sure"}, {"on": "tomorrow"},
    {"on": "2999-01-01", "confidence": "hoped"}, {"on": "1600-01-01"}, {"value": "5"},
    {"value": "5", "currency": "XYZZY"}, {"helpers": [1]}, {"ears": [1]}, {"helpers": list(range(60))}])
async def test_what_cannot_be_written_down_says_why(team: Team, given: dict[str, Any]) -> None:
    case = await heard(team)
    with pytest.raises(Invalid):
        await came(team, team.hal, case, **given)
    tomorrow = (clock.now() + timedelta(days=2)).date().isoformat()
    with pytest.raises(Invalid, match="Is it hoped"):
        await came(team, team.hal, case, on=tomorrow)
    assert (await came(team, team.hal, case, on=tomorrow, confidence="hoped")).happened_on.isoformat() == tomorrow


async def test_readers_read_and_strangers_know_nothing(team: Team) -> None:
    db, case, now = team.world.db, await heard(team), clock.now()
    made = await came(team, team.hal, case)
    with pytest.raises(NotAllowed):
        await came(team, team.rea, case)
    with pytest.raises(NotAllowed):
        await spend_time(db, team.rea, team.desk.id, case, 5, now)
    assert await outcomes.find(db, team.desk.id, made.id, team.rea.id) is not None
    otto = team.people["otto"]
    for stranger in (otto, team.ann):
        assert await outcomes.find(db, team.desk.id, made.id, stranger.id) is None
        assert await outcomes.about(db, team.desk.id, stranger.id, conversation_ids=[case]) == []
        assert await outcomes.standing(db, team.desk.id, stranger.id, made.happened_on, made.happened_on) == []
        with pytest.raises(NotFound):
            await came(team, stranger, case)
        empty = await report_of(db, team.desk, stranger.id, made.happened_on, made.happened_on)
        assert (empty.way.heard, empty.minutes) == (0, 0)


async def test_it_stays_with_a_person_through_a_merge_and_goes_when_they_are_forgotten(team: Team) -> None:
    db, case, now = team.world.db, await heard(team), clock.now()
    card = await know_person(db, team.hal, team.desk.id, team.ann.id, now)
    of_case = await came(team, team.hal, case, "A lunch")
    of_card = await record_outcome(
        db, team.hal, team.desk.id, OutcomeDraft(words="A walk"), now, contact_id=card.id)
    assert {one.id for one in await outcomes.of_cards(db, [card.id])} == {of_case.id, of_card.id}
    async with db.transaction() as tx:
        await outcomes.forget(tx, contact_ids=[card.id], account_ids=[team.ann.id])
    assert await db.value("SELECT count(*) FROM desk_outcome") == 0
    assert await db.value("SELECT count(*) FROM desk_credit") == 0


async def test_who_is_not_heard_any_more_is_not_counted(team: Team) -> None:
    from harken.log.append import append
    from harken.log.events import AccountChanged
    from harken.store import accounts

    db, case, day = team.world.db, await heard(team), clock.now().astimezone(team.desk.days).date()
    await came(team, team.hal, case)
    found = await report_of(db, team.desk, team.rea.id, day - timedelta(1), day)
    assert (found.way.heard, found.way.outcome) == (1, 1)
    async with db.transaction() as tx:
        await accounts.change(tx, team.ann.id, hearable=False)
        await append(tx, AccountChanged(team.ann.id), clock.now())
    found = await report_of(db, team.desk, team.rea.id, day - timedelta(1), day)
    assert (found.way.heard, found.way.outcome) == (0, 0)
    assert found.tiers[Tier.HUMAN][0].count == 1, "what it came to is the desk's own to count"

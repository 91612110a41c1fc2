"""Who asks for help: what the ranking knows untaught, what it learns, and what it says about itself."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.desk.asking import Lesson, features, in_crisis, reasons, score, teach


def of(text: str, **more: object) -> dict[str, float]:
    return features(text, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("asking, chatter", [
    ("Can anyone recommend a doctor?", "I had a good doctor"),
    ("We need tents and water in Gorkha", "Tents and water were sent to Gorkha"),
    ("Kennt jemand eine gute Ärztin?", "Die Ärztin hat heute zu"),
    ("Does anybody know where I can get help with my rent", "Our shop offers 20 % off https://example.org"),
    ("¿Alguien sabe dónde puedo encontrar ayuda?", "Hoy comí sopa"),
    ("बच्चों के लिए मदद चाहिए", "आज मौसम अच्छा है"),
    ("My mother is missing since noon", "RT breaking: minister says roads reopen")])
def test_a_desk_that_was_taught_nothing_tells_asking_from_chatter(asking: str, chatter: str) -> None:
    assert score(of(asking), Lesson()) > score(of(chatter, link="https" in chatter), Lesson()) + 0.1


def test_a_few_judgements_change_the_order_and_say_why() -> None:
    lesson = Lesson()
    advert = "Looking for a clinic? Visit the grand opening of our spa"
    wanted = "the lift at the clinic is out again"
    assert score(of(advert), lesson) > score(of(wanted), lesson)
    for number in range(4):
        teach(lesson, of(f"Looking for fun? Visit the spa opening {number}"), False)
        teach(lesson, of(f"the lift in building {number} is out"), True)
    assert score(of(wanted), lesson) > score(of(advert), lesson)
    assert any(reason.feature == "word:lift" and reason.amount > 0 for reason in reasons(of(wanted), lesson))
    assert any(reason.feature == "word:spa" and reason.amount < 0 for reason in reasons(of(advert), lesson, 10))


def test_an_ear_that_heard_noise_once_is_not_held_against_all_it_hears() -> None:
    lesson = Lesson()
    before = score(of("which clinic is open?", ears=[7]), lesson)
    teach(lesson, of("lunch was good", ears=[7]), False)
    assert score(of("which clinic is open?", ears=[7]), lesson) > before - 0.1


@given(st.text(max_size=300), st.booleans(), st.integers(0, 40))
def test_any_text_has_a_score_and_can_be_taught(text: str, matters: bool, times: int) -> None:
    lesson, found = Lesson(), of(text)
    for _ in range(times):
        teach(lesson, found, matters)
    value = score(found, lesson)
    assert 0 <= value <= 1
    assert all(math.isfinite(weight) for weight in lesson.weights.values())
    if times >= 20:
        assert (value > 0.5) is matters


def test_words_that_cannot_wait_are_named_and_everyday_words_are_not() -> None:
    assert in_crisis("honestly I want to die") == "want to die"
    assert in_crisis("er will sich umbringen") == "umbringen"
    for said in ("ich will sterben", "Hilfe, er ist bewusstlos", "no quiero vivir", "mi padre no respira",
                 "もう死にたい", "息ができない", "I cut myself again", "call an ambulance please"):
        assert in_crisis(said), said
    for everyday in ("this traffic is killing me", "I died laughing", "to die for, this cake", "overdue library book"):
        assert in_crisis(everyday) == "", everyday


def script() -> ModuleType:
    path = Path(__file__).parents[2] / "bench" / "evaluate_desk.py"
    spec = importlib.util.spec_from_file_location("evaluate_desk", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_evaluation_says_why_it_does_nothing_without_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["evaluate_desk.py", "--data", str(tmp_path)])
    script().main()
    assert "skipped" in capsys.readouterr().out


def test_the_evaluation_measures_what_a_taught_queue_is_better_at() -> None:
    measure = script()
    assert measure.measured([True, False, True, *[False] * 17]) == (0.1, pytest.approx((1 + 2 / 3) / 2))
    texts = [f"the lift is out in house {n}" for n in range(40)] + [f"lunch was good {n}" for n in range(400)]
    found = measure.evaluated(texts, [n < 40 for n in range(440)])
    assert found["need or help"][1] < 0.3
    assert found["after 200 judgements"][1] > 0.95

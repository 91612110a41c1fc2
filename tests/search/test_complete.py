"""What the box offers at the cursor, and what it becomes."""

from __future__ import annotations

import pytest

from harken.search.complete import Choice, Typed, choices, completed, typed


@pytest.mark.parametrize(("text", "word"), [
    ("fr|", Typed(0, 2, "", "fr")),
    ("tea from:am|", Typed(4, 11, "from:", "am")),
    ("tea -from:am|ber milk", Typed(5, 15, "from:", "am")),
    ("(#ask|", Typed(1, 5, "#", "ask")),
    ("(tea OR @am|)", Typed(8, 11, "@", "am")),
    ("tea |", Typed(4, 4)),
    ('"second from:|', None),
    ('"second opinion" is:|', Typed(17, 20, "is:", "")),
    ("FROM:Am|", Typed(0, 7, "from:", "Am")),
])  # fmt: skip
def test_the_word_at_the_cursor(text: str, word: Typed | None) -> None:
    assert typed(text.replace("|", ""), text.index("|")) == word


def test_a_position_outside_the_text_is_its_end() -> None:
    assert typed("is:", 500) == typed("is:", 3)
    assert typed("", 0) == Typed(0, 0)


def test_operators_are_offered_from_the_second_letter_on() -> None:
    assert choices(Typed(0, 1, "", "f")) == []
    offered = [choice.text for choice in choices(Typed(0, 2, "", "mi"))]
    assert offered == ["min_replies:", "min_boosts:", "min_favourites:"]
    assert choices(Typed(0, 3, "", "tea")) == []
    assert len(choices(Typed(0, 0), everything=True)) > 15


def test_values_are_offered_until_they_are_written() -> None:
    assert [choice.text for choice in choices(Typed(0, 4, "is:", "un"))] == ["is:unanswered"]
    assert choices(Typed(0, 13, "is:", "unanswered")) == []


@pytest.mark.parametrize(("text", "choice", "made"), [
    ("fr|", Choice("from:", "", True), "from:|"),
    ("tea is:q| milk", Choice("is:question", ""), "tea is:question| milk"),
    ("(tea is:q|)", Choice("is:question", ""), "(tea is:question|)"),
    ("is:q|", Choice("is:question", ""), "is:question |"),
    ("-from:am|xyz milk", Choice("from:amber", ""), "-from:amber| milk"),
])  # fmt: skip
def test_a_choice_takes_the_place_of_the_word(text: str, choice: Choice, made: str) -> None:
    at, plain = text.index("|"), text.replace("|", "")
    word = typed(plain, at)
    assert word is not None
    result, cursor = completed(plain, word, choice)
    # Where a space or a bracket follows already, the cursor steps over it.
    assert result == made.replace("|", "")
    assert cursor in (made.index("|"), made.index("|") + 1)

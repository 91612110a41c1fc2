"""What may stand at the cursor of a query: which word is being typed, and what it can become."""

from __future__ import annotations

from dataclasses import dataclass

from .operators import OPERATORS, Operator

MAX_CHOICES = 8
_QUOTES = '"“”„＂'


@dataclass(frozen=True, slots=True)
class Typed:
    """The word at the cursor: `text[start:end]` would be replaced.

    `key` is the operator it begins with (`from:`, `#`), empty if none; `value`
    what stands between it and the cursor.
    """

    start: int
    end: int
    key: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that the word can become. `meaning` is an English source text."""

    text: str
    meaning: str
    goes_on: bool = False
    """Whether a value follows directly, so that no space belongs behind it."""


_KEYED = tuple(o for o in OPERATORS if o.key and (o.key.endswith(":") or o.key in "#@"))


def typed(text: str, at: int) -> Typed | None:
    """The word in which position `at` of `text` lies; None inside quotation marks, where nothing is completed."""
    at = max(0, min(at, len(text)))
    before = text[:at]
    if sum(before.count(quote) for quote in _QUOTES) % 2:
        return None
    start = at
    while start and not text[start - 1].isspace() and text[start - 1] not in "(":
        start -= 1
    while start < at and text[start] == "-":
        start += 1
    end = at
    while end < len(text) and not text[end].isspace() and text[end] not in "()":
        end += 1
    word = text[start:at]
    for operator in _KEYED:
        if word.lower().startswith(operator.key):
            return Typed(start, end, operator.key, word[len(operator.key) :])
    return Typed(start, end, "", word)


def operator_of(key: str) -> Operator | None:
    """The line of the table for `key`."""
    return next((operator for operator in _KEYED if operator.key == key), None)


def choices(word: Typed, everything: bool = False) -> list[Choice]:
    """What the table itself knows for `word`; people, tags and languages come from elsewhere.

    Without a key: operators that begin so, from the second letter on, so that
    plain words are left alone; all of them if `everything` was asked for.
    """
    if word.key:
        operator = operator_of(word.key)
        values = operator.values if operator else ()
        return [
            Choice(word.key + value, meaning)
            for value, meaning in values
            if value.startswith(word.value.lower()) and value != word.value.lower()
        ][:MAX_CHOICES]
    begun = word.value.lower()
    if not begun:
        return [Choice(o.key, o.meaning, True) for o in _KEYED] if everything else []
    if len(begun) < 2:
        return []
    return [Choice(o.key, o.meaning, True) for o in _KEYED if o.key.startswith(begun)][:MAX_CHOICES]


def completed(text: str, word: Typed, choice: Choice) -> tuple[str, int]:
    """`text` with `choice` in the place of `word`, and where the cursor goes."""
    rest = text[word.end :]
    gap = "" if choice.goes_on or rest.startswith((" ", ")")) else " "
    made = text[: word.start] + choice.text + gap + rest
    at = word.start + len(choice.text) + (0 if choice.goes_on else 1)
    return made, min(at, len(made))

"""What a desk for health care should not say: words that confirm that somebody is or was a patient, dates, staff or
diagnoses tied to a person, and what the desk's private notes say.

A provider may not disclose anything of the kind, even when the person spoke of it first: to confirm that somebody is a
patient discloses it (45 CFR 164.502; the cases of 2019 and 2023 about answers to public reviews).
The check is a list of phrases (desk/phrases.py) and of signs (desk/signs.py), the same for everybody at every time, so
that a helper can learn it; of all its languages that share a script, because nobody's language is known for sure. It is
a careful colleague and no lawyer. What it finds and what it lets pass is counted in tests/desk/test_checking.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

import msgspec

from .phrases import CLINIC, GATHERING, GENERAL, PAST, PERSON, RULES, TIME, Reason, Rule
from .signs import signs


class Finding(msgspec.Struct, frozen=True, order=True):
    """Words that should not be said: characters `start` to `end` of the text."""

    start: int
    end: int
    reason: Reason
    words: str


# A sentence ends at . ! ? or a new line; not after "Dr." or a number.
_SENTENCE = re.compile(
    r"(?:[^.!?。！？\n]|(?<=\bDr)\.|(?<=\bDra)\.|(?<=\bProf)\.|(?<=\bMr)\.|(?<=\bMs)\.|(?<=\bMrs)\.|(?<=\d)\.(?=\s?\S)"
    r"|\.(?=\w))+[.!?。！？]*", re.IGNORECASE)
_LONGEST, _SHARED = 600, 200  # characters of a sentence
_NEAR = 150  # characters in which an "if" still reaches
_TIED = re.compile(r"\b(?:you|your|sie|ihr\w*|su|usted|him|her|we)\b", re.IGNORECASE)
_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
STRAIGHT = str.maketrans("‘’ʼ`", "''''")


def check(text: str, private: Sequence[str] = (), public: Sequence[str] = ()) -> list[Finding]:
    """What should not be said of `text`, by where it stands; empty when it may be sent.

    `private` are the desk's notes, of which nothing is repeated that was not said in `public` already.
    """
    plain = text.translate(STRAIGHT)
    found: list[Finding] = []
    for began, said in sentences(plain):
        here = [(rule.reason, start, end) for rule in _rules_for(said) for start, end in hits(rule, said)]
        if not here and PERSON.search(said) and PAST.search(said) and not (
                GENERAL.search(said) or GATHERING.search(said)):
            here = [(Reason.PATIENT, hit.start(), hit.end()) for hit in CLINIC.finditer(said)]
        if here and _TIED.search(said) and not GATHERING.search(said):
            here += [(Reason.DATE, hit.start(), hit.end()) for hit in TIME.finditer(said)]
        found += [Finding(began + start, began + end, reason, "") for reason, start, end in here]
    found += _repeated(plain, private, public)
    return [msgspec.structs.replace(one, words=text[one.start : one.end]) for one in _widest(found)]


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """Where each sentence begins, and what it says. One that goes on and on comes in pieces that share words, for what
    is looked up in a sentence takes time by the square of its length."""
    for sentence in _SENTENCE.finditer(text):
        said = sentence[0]
        for start in range(0, max(1, len(said) - _SHARED), _LONGEST - _SHARED):
            yield sentence.start() + start, said[start : start + _LONGEST]


def _rules_for(said: str) -> Iterable[Rule]:
    """The phrases, and the signs of the languages that a sentence can be in: all that share its script."""
    if _JAPANESE.search(said):
        return chain(RULES, signs("ja"))
    return chain(RULES, signs("en"), signs("de"), signs("es"))


def hits(rule: Rule, said: str) -> list[tuple[int, int]]:
    """Where a sentence says what a rule stops."""
    hits = [hit.span() for hit in rule.said.finditer(said)]
    if not hits or (rule.unless and rule.unless.search(said)):
        return []
    if not all(one.search(said) for one in rule.needs) or any(one.search(said) for one in rule.unless_any):
        return []
    before = rule.unless_before
    return [(start, end) for start, end in hits if not (before and before.search(said[max(0, start - _NEAR) : start]))]


def _widest(found: Iterable[Finding]) -> list[Finding]:
    """Of findings for one reason that lie on each other, the one that begins first and goes farthest."""
    kept: list[Finding] = []
    for one in sorted(found, key=lambda f: (f.start, -f.end, f.reason)):
        if not any(other.reason is one.reason and one.start < other.end for other in kept):
            kept.append(one)
    return kept


# ---- what private notes say ----------------------------------------------------------

_RUN = 4  # words in a row that are no chance
_WORD = re.compile(r"[^\W_]+(?:['’@.+-][^\W_]+)*")
_TELLING = 4  # letters from which a word says something
_UNSPACED_RUN = 8  # characters in a row, where no spaces part the words; three of them more than grammar
_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff々ー]+")
_GRAMMAR = re.compile(r"[\u3040-\u309f]")


def _words(text: str) -> list[tuple[str, int, int]]:
    return [(hit[0].casefold(), hit.start(), hit.end()) for hit in _WORD.finditer(text)]


def _runs(text: str) -> set[tuple[str, ...]]:
    words = [word for word, _start, _end in _words(text)]
    return {tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)}


def _alone(text: str) -> set[str]:
    """Words that say much by themselves: addresses, and numbers of five digits or more."""
    return {word for word, _start, _end in _words(text) if "@" in word or sum(c.isdigit() for c in word) >= 5}


def _unspaced(text: str) -> list[tuple[str, int]]:
    """Runs of characters where no spaces part the words, and where they begin."""
    return [
        (run, hit.start() + i) for hit in _UNSPACED.finditer(text) for i in range(len(hit[0]) - _UNSPACED_RUN + 1)
        if len(_GRAMMAR.sub("", run := hit[0][i : i + _UNSPACED_RUN])) >= 3]


@lru_cache(256)
def _of_notes(notes: tuple[str, ...]) -> tuple[frozenset[tuple[str, ...]], frozenset[str], frozenset[str]]:
    runs: set[tuple[str, ...]] = set()
    alone: set[str] = set()
    unspaced: set[str] = set()
    for one in notes:
        runs |= _runs(one)
        alone |= _alone(one)
        unspaced |= {run for run, _start in _unspaced(one)}
    return frozenset(runs), frozenset(alone), frozenset(unspaced)


def _repeated(text: str, private: Sequence[str], public: Sequence[str]) -> list[Finding]:
    if not private:
        return []
    runs, alone, unspaced = _of_notes(tuple(private))
    known_runs, known_alone, known_unspaced = _of_notes(tuple(public))
    words = _words(text)
    found = [Finding(start, end, Reason.NOTE, "") for word, start, end in words
             if word in alone and word not in known_alone]
    at = [i for i in range(len(words) - _RUN + 1)
          if (run := tuple(word for word, _s, _e in words[i : i + _RUN])) in runs and run not in known_runs
          and sum(len(word) >= _TELLING for word in run) >= 2]
    end = -1
    for piece, start in _unspaced(text):
        if piece in unspaced and piece not in known_unspaced:
            begins = found.pop().start if start <= end else start
            end = start + _UNSPACED_RUN
            found.append(Finding(begins, end, Reason.NOTE, ""))
    while at:
        first = last = at.pop(0)
        while at and at[0] <= last + _RUN:
            last = at.pop(0)
        found.append(Finding(words[first][1], words[last + _RUN - 1][2], Reason.NOTE, ""))
    return found

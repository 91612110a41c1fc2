"""Does somebody ask for help? Features that people can read, and a learner that a desk teaches.

Logistic regression over a post's features, learned online: each judgement ("matters", "noise") moves the weights of
the features that the post has, by stochastic gradient descent with a step of its own for each feature (AdaGrad; Duchi,
Hazan and Singer 2011). It begins with weights that know what asking sounds like, so a new desk has an order at once.
`make eval` measures it. Every score can say which features made it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise

import msgspec

from ..search.analysis import terms
from ..search.stems import stems

MAX_WORDS = 60
MAX_WEIGHTS = 20_000
_STEP = 0.35
_WORD_STEP = 1.2  # words begin at nothing, and there are many: each may move further
_EAR_STEP = 0.08  # every post that an ear heard has it: one judgement should say little of all the others
_DECAY = 1e-4
_MATTERS = 3.0  # those who ask are few: one "matters" says as much as three times "noise"
_TOLD = 0.15  # of a score, from which a feature is worth naming

# How people ask, in the languages that we can read. One phrase is one hit, whatever stands around it.
_ASKING = {
    "need": r"\b(?:needs?|needed|needing|urgent(?:ly)?|require[sd]?|in need|brauche[nst]?|benötig\w+|dringend|"
            r"suche[nt]?|besoin|urgen[ct]e?|necesit\w+|se necesita\w*|preciso|chahiye|zaroorat|jarur(?:i|at)|"
            r"awashyak\w*)\b|चाहिए|ज़?रूरत|आवश्यक|तत्काल",
    "help": r"\b(?:help(?!ed|ing|line)|assist(?:ance)?|sos|rescue|please send|can (?:any|some)(?:one|body)|"
            r"hilfe|hilft|helft|aidez|aide|ayuda\w*|ajuda\w*|madad|sahayata)\b|मदद|सहायता|बचाओ",
    "who_knows": r"\b(?:any(?:one|body) (?:know|here|else|recommend)|does any(?:one|body)|who knows|recommend\w*|"
                 r"suggest(?:ions?)?|advice|looking for|look for|where can|how (?:do|can) (?:i|we)|what should i|"
                 r"weiß (?:jemand|wer)|kennt (?:jemand|wer)|wer kennt|wo (?:kann|finde)|wie (?:kann|komme)|empfehl\w+|"
                 r"quelqu'?un (?:sait|conna[iî]t)|alguien sabe|algu[eé]m sabe|d[oó]nde puedo)\b",
    "missing": r"\b(?:missing|stuck|stranded|trapped|not (?:reached|received|working)|no (?:food|water|shelter|"
               r"help|electricity|signal)|without (?:food|water|shelter)|can'?t (?:find|get|reach)|"
               r"cannot (?:find|get|reach)|vermisst|verloren|kein(?:e|en)? (?:hilfe|wasser|strom)|perdu|"
               r"perdido|laapata)\b",
    "worry": r"\b(?:worried|afraid|scared|desperate|diagnos\w+|pain|hurts?|lost my|angst|sorge\w*|verzweifelt|"
             r"inquiet\w*|preocupad\w+)\b",
}  # fmt: skip
_OFFERING = (
    r"\b(?:we (?:have|offer|provide|are providing)|available|offering|free (?:calls?|calling|messages?|shipping)|"
    r"is providing|are providing|has (?:sent|deployed|announced)|sends?|sent|donat\w+|pledg\w+|contact us|"
    r"our (?:team|offer|new)|buy|sale|discount|subscribe|sign up|verfügbar|wir bieten|kostenlos|disponible|rabatt)\b")
_NEWS = r"\b(?:breaking|reports?|reported|according to|says|said|minister|government|pm|president|video|watch|live)\b"
_FIRST = (
    r"\b(?:i|i'?m|i'?ve|my|me|we|our|us|ich|mein\w*|mir|wir|uns\w*|je|j'|mon|ma|mes|nous|yo|mi|nosotros|main|mera|hum)"
    r"\b")
_PASSED_ON = re.compile(r"^\s*rt\b", re.IGNORECASE)
_PATTERNS = {name: re.compile(said, re.IGNORECASE) for name, said in {
    **{f"asks:{name}": said for name, said in _ASKING.items()}, "offers": _OFFERING, "news": _NEWS,
    "first": _FIRST}.items()}

PRIOR: dict[str, float] = {
    "bias": -1.4, "asks:need": 1.5, "asks:help": 0.9, "asks:who_knows": 1.5, "asks:missing": 1.1, "asks:worry": 0.7,
    "question": 1.0, "first": 0.5, "offers": -0.7, "news": -0.9, "link": -0.7, "tags": -0.4, "passed_on": -0.6,
    "reply": -0.2,
}
"""What a desk that was taught nothing thinks of each feature."""

CRISIS = re.compile(
    r"\b(?:suicid\w*|kill(?:ing)? myself|end (?:my life|it all)|want to die|self[- ]?harm\w*|hurt(?:ing)? myself|"
    r"cut(?:ting)? myself|(?:don'?t|do not) want to (?:live|be alive|wake up)|no reason to live|better off dead|"
    r"overdos\w+|can'?t breathe|not breathing|chest pains?|heart attack|having a stroke|unconscious|"
    r"bleeding (?:heavily|out|won'?t stop)|call an ambulance|suizid\w*|selbstmord\w*|(?:mich )?umbringen|"
    r"nicht mehr leben|will sterben|sterben will|das leben nehmen|selbstverletz\w*|ritze mich|mich ritzen|überdosis|"
    r"keine luft (?:mehr|bekomm\w*)|herzinfarkt|schlaganfall|bewusstlos|notarzt|krankenwagen|me tuer|suicidio|"
    r"suicidarme|matarme|quitarme la vida|quiero morir(?:me)?|no quiero (?:seguir )?viv(?:ir|iendo)|me corto|"
    r"autolesi\w+|sobredosis|no puedo respirar|no respira|infarto|ambulancia)\b|"
    r"死にたい|死にたくて|自殺|消えたい|生きていたくない|自傷|リストカット|リスカ|オーバードーズ|過量服薬|息ができない|"
    r"意識がない|救急車|心臓発作|胸が苦しい", re.IGNORECASE)
"""Words after which nobody should wait in a queue: the desk's own emergency text is shown beside the post."""

Features = Mapping[str, float]


class Lesson(msgspec.Struct):
    """What a desk was taught: weights, and of each the sum of squared gradients, which makes its steps smaller."""

    weights: dict[str, float] = msgspec.field(default_factory=dict)
    squares: dict[str, float] = msgspec.field(default_factory=dict)
    judged: int = 0

    def weight(self, feature: str) -> float:
        return self.weights.get(feature, PRIOR.get(feature, 0.0))


class Reason(msgspec.Struct, frozen=True):
    """A feature that made a score, and how much: above 0 it speaks for asking, below against."""

    feature: str
    amount: float


def features(
    text: str, *, language: str | None = None, link: bool = False, tags: int = 0, reply: bool = False,
    question: bool | None = None, ears: Iterable[int] = (),
) -> dict[str, float]:
    """What a post shows; words are stems, so that `beds` teaches `bed`, alone and with the next one.

    `question` says whether it asks by a question mark, where that is known.
    """
    found: dict[str, float] = {"bias": 1.0}
    for name, pattern in _PATTERNS.items():
        if pattern.search(text):
            found[name] = 1.0
    if ("?" in text or "？" in text) if question is None else question:
        found["question"] = 1.0
    for name, has in (("link", link), ("tags", tags >= 3), ("passed_on", _PASSED_ON.match(text)), ("reply", reply)):
        if has:
            found[name] = 1.0
    stem = stems(language or "en")
    words = list(dict.fromkeys(stem[word] for word in terms(text).words if len(word) > 1))[:MAX_WORDS]
    said = [*words, *(f"{one} {other}" for one, other in pairwise(words))]
    share = 1.0 / math.sqrt(max(1, len(words)))  # so that a long post is not louder than a short one
    found |= {f"word:{word}": share for word in said}
    found |= {f"ear:{ear}": 1.0 for ear in ears}
    return found


def score(found: Features, lesson: Lesson) -> float:
    """How likely it is, from 0 to 1, that somebody asks for help."""
    return _sigmoid(sum(value * lesson.weight(name) for name, value in found.items()))


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x > -700 else 0.0


def teach(lesson: Lesson, found: Features, matters: bool) -> None:
    """One judgement: a step of gradient descent, in place."""
    error = (score(found, lesson) - matters) * (_MATTERS if matters else 1.0)
    for name, value in found.items():
        old = lesson.weight(name)
        gradient = error * value + _DECAY * (old - PRIOR.get(name, 0.0))
        squares = lesson.squares[name] = lesson.squares.get(name, 1e-2) + gradient * gradient
        step = _WORD_STEP if name.startswith("word:") else _EAR_STEP if name.startswith("ear:") else _STEP
        lesson.weights[name] = old - step * gradient / math.sqrt(squares)
    lesson.judged += 1
    if len(lesson.weights) > MAX_WEIGHTS:
        for name in sorted(lesson.weights, key=lambda n: abs(lesson.weights[n]))[: MAX_WEIGHTS // 10]:
            del lesson.weights[name], lesson.squares[name]


def reasons(found: Features, lesson: Lesson, most: int = 4) -> list[Reason]:
    """What made a score, the weightiest first."""
    made = [Reason(name, value * lesson.weight(name)) for name, value in found.items() if name != "bias"]
    made = [reason for reason in made if abs(reason.amount) >= _TOLD]
    return sorted(made, key=lambda reason: (-abs(reason.amount), reason.feature))[:most]


def hits(text: str) -> int:
    """How many ways of asking a text has: the keyword baseline that `make eval` compares with."""
    return sum(bool(pattern.search(text)) for name, pattern in _PATTERNS.items() if name.startswith("asks:")) + (
        "?" in text)


@lru_cache(4096)
def in_crisis(text: str) -> str:
    """The first words of a text that cannot wait, or nothing."""
    found = CRISIS.search(text)
    return found[0] if found else ""

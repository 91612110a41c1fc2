"""`make eval`, the desk's part: does the order of a queue put those first who ask for help?

On 8,301 messages about an earthquake (in English, Hindi and mixtures), of which about one in eighty asks for something.
Random halves with as many that ask in each: a helper judges in one half what the queue puts on top, ten at a time, and
the other half is ranked. Prints precision at 20 and average precision, the mean of SPLITS such halves, beside two
baselines of keywords. Posts with even places (in order of time) served to choose the constants, those with odd
places did not. Without the data this says so and ends well.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import zstandard

from harken.desk import asking
from harken.text.language import detected

FILE = "need.jsonl.zst"
SPLITS = 6
STEPS = (50, 100, 200, 400, 800)
AT_ONCE = 10
_PLAIN = ("need", "help")


def shared_data() -> Path | None:
    """The folder `shared/data/eval` beside the project or above it; None where there is none."""
    for folder in Path(__file__).resolve().parents:
        if (found := folder / "shared" / "data" / "eval").is_dir():
            return found
    return None


def posts(file: Path) -> list[dict[str, Any]]:
    """The messages, oldest first."""
    with file.open("rb") as packed, zstandard.ZstdDecompressor().stream_reader(packed) as plain:
        rows = [json.loads(line) for line in io.TextIOWrapper(plain, encoding="utf-8")]
    return sorted(rows, key=lambda row: (row["created_at"], row["id"]))


def features(text: str) -> dict[str, float]:
    """What the queue would know of it."""
    return asking.features(text, language=detected(text), link="://" in text, tags=text.count("#"))


def measured(ranked: Sequence[bool]) -> tuple[float, float]:
    """Precision at 20, and average precision."""
    hits, total = 0, 0.0
    for place, right in enumerate(ranked, 1):
        if right:
            hits += 1
            total += hits / place
    return sum(ranked[:20]) / 20, total / max(1, hits)


def halves(asks: Sequence[bool], dice: random.Random) -> tuple[list[int], list[int]]:
    """Two random halves with as many that ask in each: to teach with, and to rank."""
    parts: tuple[list[int], list[int]] = ([], [])
    for wanted in (True, False):
        some = [place for place, one in enumerate(asks) if one is wanted]
        dice.shuffle(some)
        parts[0].extend(some[: len(some) // 2])
        parts[1].extend(some[len(some) // 2 :])
    return parts


def evaluated(texts: Sequence[str], asks: Sequence[bool]) -> dict[str, tuple[float, float]]:
    """The measures of every way to rank, by its name, as the mean of SPLITS halves."""
    known = [features(text) for text in texts]
    found: dict[str, list[tuple[float, float]]] = {}

    def note(name: str, places: Sequence[int], score: Callable[[int], float]) -> None:
        order = sorted(places, key=score, reverse=True)
        found.setdefault(name, []).append(measured([asks[place] for place in order]))

    for split in range(SPLITS):
        dice = random.Random(split)
        teaching, ranked = halves(asks, dice)
        chance = {place: dice.random() / 100 for place in ranked}  # equal counts of keywords stand in no order
        note(" or ".join(_PLAIN), ranked,
             lambda i, chance=chance: sum(w in texts[i].lower() for w in _PLAIN) + chance[i])  # type: ignore[misc]
        note("all ways of asking", ranked,
             lambda i, chance=chance: asking.hits(texts[i]) + chance[i])  # type: ignore[misc]
        lesson = asking.Lesson()
        note("untaught", ranked, lambda i, lesson=lesson: asking.score(known[i], lesson))  # type: ignore[misc]
        left = set(teaching)
        for step in STEPS:
            while lesson.judged < step and left:
                on_top = sorted(left, key=lambda i: (-asking.score(known[i], lesson), i))[:AT_ONCE]
                for place in on_top:
                    asking.teach(lesson, known[place], asks[place])
                left.difference_update(on_top)
            note(f"after {step} judgements", ranked,
                 lambda i, lesson=lesson: asking.score(known[i], lesson))  # type: ignore[misc]
    return {name: (statistics.mean(p for p, _ in some), statistics.mean(ap for _, ap in some))
            for name, some in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of need.jsonl.zst; found beside the project by default")
    given = parser.parse_args()
    folder = given.data or shared_data()
    if folder is None or not (folder / FILE).exists():
        print("eval of the desk: skipped, there is no ../shared/data/eval with the messages")
        return
    rows = posts(folder / FILE)
    for name, some in (("all", rows), ("odd places", rows[1::2])):
        asks = [row["label"] == "need" for row in some]
        print(f"Who asks for help, {name}: {len(some)} messages, {sum(asks)} ask; means of {SPLITS} random halves")
        for way, (precision, average) in evaluated([row["text"] for row in some], asks).items():
            print(f"  {way:28} P@20 {precision:.3f}   AP {average:.3f}")


if __name__ == "__main__":
    main()

"""How well `harken.text.language` tells languages: prints accuracy by length and language, and the speed.

Run by hand: `python bench/languages.py [FILE]`; the file has lines of {"text": …, "lang": …}, by default the labelled
sentences beside the project.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections import Counter
from pathlib import Path

import zstandard

from harken.text.language import detected

FILE = Path(__file__).parents[2] / "shared" / "data" / "eval" / "languages.jsonl.zst"
CUTS = (20, 40, 80, 10_000)


def main(file: Path) -> None:
    if not file.exists():
        print(f"skipped: there is no {file}")
        return
    with file.open("rb") as raw:
        lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(raw), "utf-8")
        rows = [(row["text"], row["lang"]) for row in map(json.loads, lines)]
    print(f"{len(rows):,} sentences in {len({lang for _, lang in rows})} languages")
    print("characters   right  wrong  not told  of those told, right")
    for cut in CUTS:
        started = time.perf_counter()
        said = [(lang, detected(text[:cut])) for text, lang in rows]
        rate = len(rows) / (time.perf_counter() - started)
        right = sum(lang == code for lang, code in said)
        told = sum(code is not None for _, code in said)
        print(f"{'all' if cut == CUTS[-1] else cut:>10}   {right / len(rows):.3f}  {(told - right) / len(rows):.3f}  "
              f"{1 - told / len(rows):.3f}     {right / max(told, 1):.3f}     {rate:,.0f}/s")
    by, total = Counter[str](), Counter(lang for lang, _ in said)
    by.update(lang for lang, code in said if lang == code)
    rates = {lang: by[lang] / total[lang] for lang in total}
    good = [lang for lang, share in rates.items() if share >= 0.9]
    print(f"right for nine of ten whole sentences in {len(good)} languages; worst: "
          + ", ".join(f"{lang} {share:.2f}" for lang, share in sorted(rates.items(), key=lambda x: x[1])[:12]))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FILE)

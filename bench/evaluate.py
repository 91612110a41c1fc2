"""`make eval`: how good the best-first order is, on TREC's microblog topics of 2011 and 2012.

Imports the posts through `harken import` into a database of its own, asks every topic's query with `sort:top` through
`search.find`, of posts up to the topic's newest, and prints P@30, MAP and nDCG@20 beside the query-likelihood run
that comes with the data. The halves are of topics with odd and even numbers: constants that help only one of them
are not kept. The measures are those of the data's own score.py, loaded from beside it; without the data this says so
and ends well.

Near-duplicates keep their places in the main figures, as the judgements count each of them; `folded` has only the first
of each, as people see them. A page is looked for with less effort than a thousand posts; its MAP ends with the page.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from harken import clock
from harken.engine import opened
from harken.model.paging import Window
from harken.search.search import find
from harken.settings import Settings
from harken.store import imports

RANKED = 1000
PAGE = 40
SOURCE = "trec"


def shared_data() -> Path | None:
    """The folder `shared/data/eval` beside the project or above it; None where there is none."""
    for folder in Path(__file__).resolve().parents:
        if (found := folder / "shared" / "data" / "eval").is_dir():
            return found
    return None


def measures(folder: Path) -> ModuleType:
    """The data's score.py: `rows`, `load` and `score`."""
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def history(posts: list[dict[str, Any]], file: Path, links: bool = True) -> None:
    """Write the posts as lines to import, oldest first. The source took links out of the texts; they go back in."""
    with file.open("w", encoding="utf-8") as lines:
        for post in sorted(posts, key=lambda post: int(post["id"])):
            link = f" {post['url']}" if links and post.get("url") else ""
            line = {"id": post["id"], "author": post["author"], "created_at": post["created_at"],
                    "text": post["text"].strip() + link}  # fmt: skip
            lines.write(json.dumps(line) + "\n")


async def rankings(
    settings: Settings, topics: list[dict[str, Any]], fold: bool, limit: int = RANKED
) -> tuple[dict[str, list[str]], list[float]]:
    """The ids of the source per topic, best first, and how long each answer took in milliseconds."""
    ranking: dict[str, list[str]] = {}
    took: list[float] = []
    async with opened(settings) as engine:
        keys = await imports.keys(engine.db, SOURCE)
        ids = {int(key): post_id for post_id, key in keys.items()}
        await find(engine.db, "warm sort:top", None, Window(), clock.now())
        for topic in topics:
            newest = max((key for key in ids if key <= int(topic["newest_id"])), default=0)
            window = Window(limit=limit, before=ids.get(newest, 0) + 1)
            started = time.perf_counter()
            found = await find(engine.db, f"{topic['query']} sort:top", None, window, clock.now(), fold=fold)
            took.append((time.perf_counter() - started) * 1000)
            ranking[str(topic["topic"])] = [keys[post.id] for post in found.posts]
    return ranking, took


def table(name: str, scores: dict[str, float]) -> str:
    """One line of the answer."""
    return f"{name:28} P@30 {scores['P30']:.3f}   MAP {scores['MAP']:.3f}   nDCG@20 {scores['nDCG20']:.3f}"


def halves(judged: dict[str, dict[str, int]]) -> list[dict[str, dict[str, int]]]:
    """The judgements of odd and of even topics."""
    return [{topic: grades for topic, grades in judged.items() if int(topic) % 2 == odd} for odd in (1, 0)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of the trec_ files; found beside the project by default")
    parser.add_argument("--without-links", action="store_true", help="leave the texts without their links")
    given = parser.parse_args()
    folder = given.data or shared_data()
    if folder is None or not (folder / "trec_topics.jsonl.zst").exists():
        print("eval: skipped, there is no ../shared/data/eval with the TREC topics")
        return
    score = measures(folder)
    judged, baseline = score.load(folder)
    topics = score.rows(folder / "trec_topics.jsonl.zst")
    with tempfile.TemporaryDirectory(prefix="harken-eval-") as scratch:
        file = Path(scratch) / "trec.jsonl"
        history(score.rows(folder / "trec_posts.jsonl.zst"), file, links=not given.without_links)
        command = [sys.executable, "-m", "harken", "import", "--data", f"{scratch}/data", "--source", SOURCE, str(file)]
        subprocess.run(command, check=True)
        settings = Settings(data=Path(scratch) / "data")
        ranking, took = asyncio.run(rankings(settings, topics, fold=False))
        folded, _ = asyncio.run(rankings(settings, topics, fold=True))
        page, soon = asyncio.run(rankings(settings, topics, fold=False, limit=PAGE))
    print(table("query likelihood (supplied)", score.score(baseline, judged)))
    print(table("sort:top", score.score(ranking, judged)))
    for name, half in zip(("  odd topics", "  even topics"), halves(judged), strict=True):
        print(table(name, score.score(ranking, half)))
    print(table("sort:top, folded", score.score(folded, judged)))
    print(table(f"sort:top, pages of {PAGE}", score.score(page, judged)))
    for posts, times in ((RANKED, sorted(took)), (PAGE, sorted(soon))):
        print(f"{len(topics)} topics, {posts} posts each: p50 {statistics.median(times):.0f} ms, "
              f"p95 {times[int(len(times) * 0.95)]:.0f} ms")  # fmt: skip


if __name__ == "__main__":
    main()

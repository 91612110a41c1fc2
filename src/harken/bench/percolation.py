"""What matching new posts to very many ears costs, in this process, on one core."""

from __future__ import annotations

import gc
import random
import resource
import time
from datetime import UTC, datetime

import msgspec

from ..model.post import Visibility
from ..search.document import Searchable, document
from ..search.percolator import Percolator
from ..search.query import parse
from .corpus import Corpus

POSTS = 5_000
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Percolated(msgspec.Struct, frozen=True):
    """Figures of one run: posts a second with and without the analysis of their texts, and what ears are like."""

    ears: int
    per_second: float
    matching_per_second: float
    candidates: float
    matches: float
    put_seconds: float
    megabytes: float


def percolate(ears: int) -> Percolated:
    """Put `ears` queries of mixed kinds into a percolator and give it POSTS posts.

    The mixture: three words (40 %), a phrase of two words (20 %), two words without a third (15 %), a rare word
    (10 %), either of two rare words that asks something (10 %), an author (5 %). Words come by Zipf's law, of the
    corpus that the posts come from, the rare ones from its tail.
    """
    corpus, dice = Corpus(3), random.Random(5)
    rare = corpus.words[len(corpus.words) // 10 :]

    def query() -> str:
        kind = dice.random()
        words = corpus.text().split()[:3]
        plain = [word.strip("?#") for word in words if "/" not in word] + [dice.choice(rare)]
        if kind < 0.4:
            return " ".join([*plain[:2], dice.choice(rare)])
        if kind < 0.6:
            return f'"{plain[0]} {dice.choice(rare)}"'
        if kind < 0.75:
            return f"{plain[0]} {dice.choice(rare)} -{plain[-1]}x"
        if kind < 0.85:
            return dice.choice(rare)
        if kind < 0.95:
            return f"({dice.choice(rare)} OR {dice.choice(rare)}) is:question"
        return f"from:author{dice.randrange(50_000)}"

    posts = [
        Searchable(
            id=number, author_id=dice.randrange(50_000), text=corpus.text(), language="en",
            visibility=Visibility.PUBLIC.name.lower(), created_at=_NOW)
        for number in range(POSTS)]
    percolator = Percolator()
    percolator.names |= {f"author{number}": number for number in range(50_000)}
    for post in posts[:2000]:
        percolator.observe(document(post))
    queries = [parse(query(), _NOW).tree for _ in range(ears)]
    gc.collect()
    before, started = _resident(), time.process_time()
    for number, tree in enumerate(queries):
        percolator.put(number, number % 1000, 0, tree)
    put = time.process_time() - started
    size = _resident() - before
    gc.freeze()  # as the server does when it has started
    documents = [document(post) for post in posts]
    found, met, started = 0, 0, time.process_time()
    for post, doc in zip(posts, documents, strict=True):
        met_now = percolator.candidates(doc, 1)
        met += len(met_now)
        found += sum(percolator.hears(one, doc, post, False) for one in met_now)
    matching = time.process_time() - started
    started = time.process_time()
    for post in posts:
        document(post)
    analysis = time.process_time() - started
    gc.unfreeze()
    return Percolated(
        ears, POSTS / (matching + analysis), POSTS / matching, met / POSTS, found / POSTS, put, size)


def _resident() -> float:
    """Megabytes that this process holds."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize() / 1e6
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3

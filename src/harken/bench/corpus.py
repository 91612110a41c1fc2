"""Texts to fill a server with. Made, not real, and said so.

Where a corpus of real posts is given, a made post is spliced from runs of two to six words out of several of
them, so words have their real frequencies, stand beside the words they really stand beside, and come in bursts: the
real posts are taken more or less in their own order, several times over. Now and then a run ends in an invented word,
by Zipf's law out of five million, so that the vocabulary goes on growing as it does in life (Heaps' law).
Without a corpus every word is invented.
"""

from __future__ import annotations

import itertools
import json
import math
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from ..imports import files
from ..text import markup

_SYLLABLES = [a + b for a in "bdfklmnrst" for b in "aeiou"]
VOCABULARY = 50_000
TAIL = 5_000_000
LINKS = 100_000
HOSTS = ["t.co", "bit.ly", *(f"{name}.example.org" for name in ("news", "video", "pictures", "clinic", "shop", "blog"))]
MOST = 20_000  # real posts taken of a file
STEP = timedelta(seconds=7)
_ROUNDS = 9  # times the real posts pass by
_DAY = 86_400.0


class _Real(msgspec.Struct):
    """What is read of a real post."""

    text: str
    lang: str | None = None


class _Pool:
    """The runs of one language's real posts in their order, without links."""

    def __init__(self) -> None:
        self.runs: list[str] = []
        self.lengths: list[int] = []  # of the posts, in runs

    def add(self, text: str, dice: random.Random) -> None:
        words = [word for token in text.split() if not token.startswith("http") for word in _pieces(token)]
        at = 0
        before = len(self.runs)
        while at < len(words):
            length = dice.randrange(2, 7)
            self.runs.append(" ".join(words[at : at + length]))
            at += length
        if len(self.runs) > before:
            self.lengths.append(min(len(self.runs) - before, 12))


def _pieces(token: str) -> Iterator[str]:
    """A run of Chinese or Japanese has no spaces to splice at: some dozen characters pass for a word."""
    if len(token) <= 12 or token.isascii():
        yield token
        return
    yield from (token[at : at + 9] for at in range(0, len(token), 9))


class Corpus:
    """Reproducible: the same seed and files give the same texts."""

    def __init__(self, seed: int = 2008, sample: Sequence[Path] = ()) -> None:
        self.dice = random.Random(seed)
        words = [
            "".join(self.dice.choices(_SYLLABLES, k=self.dice.choice((1, 2, 2, 3, 3, 4)))) for _ in range(VOCABULARY)
        ]
        self.words = list(dict.fromkeys(["the", "a", "to", "help", "coffee", "clinic", *words]))
        self._weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(len(self.words))))
        self._pools: dict[str, _Pool] = {}
        self._languages: list[str] = []
        decode = msgspec.json.Decoder(_Real).decode
        for path in sample:
            for raw in itertools.islice(files.lines(path, "jsonl"), MOST):
                real = decode(raw)
                language = real.lang or ("en" if sum(map(str.isascii, real.text)) * 2 > len(real.text) else "zh")
                self._pools.setdefault(language, _Pool()).add(markup.clean(real.text), self.dice)
        whole = sum(len(pool.lengths) for pool in self._pools.values())
        self._pools = {name: pool for name, pool in self._pools.items() if len(pool.lengths) > whole / 100}
        by_size = sorted(self._pools, key=lambda name: -len(self._pools[name].lengths))
        # Nineteen in twenty write the commonest language, whatever the files' sizes.
        self._languages = [name for name in by_size[1:] for _ in range(20 // len(by_size[1:]))]
        self._languages += by_size[:1] * (19 * len(self._languages) or 1)
        self.real = whole

    def seed(self, seed: int) -> None:
        """Go on from here as if `seed` had been given: for parts that are made apart from each other."""
        self.dice = random.Random(seed)

    def said(self, age: float) -> tuple[list[str], str]:
        """(runs of words, language) of a post made when `age`, 0 to 1, of all time was over."""
        if not self._languages:
            return [self.text()], "en"
        roll = self.dice.random
        language = self._languages[int(roll() * len(self._languages))]
        pool = self._pools[language]
        size = len(pool.runs)
        centre = age * _ROUNDS % 1
        text: list[str] = []
        for _ in range(pool.lengths[int(roll() * len(pool.lengths))]):
            # Half of what is said is what everybody talks about just now.
            spread = roll()
            at = int((centre + 0.004 * (roll() - roll()) if spread < 0.5 else roll()) * size) % size
            text.append(pool.runs[at])
            if spread > 0.93:
                text.append(self.rare())
        if roll() < 0.35:
            # To one of many pages: some of them are passed on by many.
            text.append(f"https://{HOSTS[int(len(HOSTS) ** roll()) - 1]}/{int(LINKS ** roll()):x}")
        return text, language

    def rare(self) -> str:
        """A word of the tail."""
        rank = int(math.exp(self.dice.random() * math.log(TAIL)))
        word = ""
        while rank:
            rank, syllable = divmod(rank, len(_SYLLABLES))
            word += _SYLLABLES[syllable]
        return "q" + word

    def text(self) -> str:
        """A post of invented words: some 14, sometimes a tag or a link."""
        count = max(2, min(40, int(self.dice.gauss(14, 7))))
        text = " ".join(self.dice.choices(self.words, cum_weights=self._weights, k=count))
        roll = self.dice.random()
        if roll < 0.15:
            text += f" #{self.words[self.dice.randrange(3, 400)]}"
        elif roll < 0.3:
            text += f" https://example.org/{self.dice.randrange(10**6)}"
        return text + ("?" if self.dice.random() < 0.1 else "")

    def author(self, authors: int) -> int:
        """Who writes: few write much, by Zipf's law; the first of 50,000 one post in ninety."""
        return int(10 * ((authors + 10) / 10) ** self.dice.random()) - 10

    def lines(
        self, first: int, last: int, posts: int, authors: int, until: datetime
    ) -> Iterator[tuple[int, int, datetime, list[str], str, int | None]]:
        """(number, author, time, runs of words, language, number of the post answered) of posts `first` up to `last` of
        `posts`, oldest first. A fifth answer one of the fifty before; by day more is said than by night."""
        start = until - STEP * posts
        for number in range(first, last):
            text, language = self.said(number / posts)
            seconds = (start + STEP * number - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
            at = start + STEP * number + timedelta(seconds=0.11 * _DAY * (math.sin(2 * math.pi * seconds / _DAY) - 1))
            answered = self.dice.random() < 0.2 and number > first
            parent = number - min(number - first, int(50 ** self.dice.random())) if answered else None
            yield number, min(self.author(authors), authors - 1), at, text, language, parent

    def jsonl(self, posts: int, authors: int, until: datetime, of: int | None = None) -> Iterator[bytes]:
        """The first `posts` of `of` as lines for `harken import`."""
        for number, author, at, text, language, parent in self.lines(0, posts, of or posts, authors, until):
            line = {
                "id": f"{number:09}", "author": f"author{author}", "text": " ".join(text), "lang": language,
                "created_at": at.isoformat()}
            if parent is not None:
                line["in_reply_to"] = f"{parent:09}"
            yield json.dumps(line).encode() + b"\n"

"""Texts to fill a server with: words by Zipf's law, lengths as people write. Made, not real, and said so."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

_SYLLABLES = [a + b for a in "bdfklmnrst" for b in "aeiou"]
VOCABULARY = 50_000


class Corpus:
    """Reproducible: the same seed gives the same texts."""

    def __init__(self, seed: int = 2008) -> None:
        self._dice = random.Random(seed)
        words = [
            "".join(self._dice.choices(_SYLLABLES, k=self._dice.choice((1, 2, 2, 3, 3, 4)))) for _ in range(VOCABULARY)
        ]
        self.words = list(dict.fromkeys(["the", "a", "to", "help", "coffee", "clinic", *words]))
        self._weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(len(self.words))))

    def text(self) -> str:
        """A post: some 14 words, sometimes a tag or a link."""
        count = max(2, min(40, int(self._dice.gauss(14, 7))))
        text = " ".join(self._dice.choices(self.words, cum_weights=self._weights, k=count))
        roll = self._dice.random()
        if roll < 0.15:
            text += f" #{self.words[self._dice.randrange(3, 400)]}"
        elif roll < 0.3:
            text += f" https://example.org/{self._dice.randrange(10**6)}"
        return text + ("?" if self._dice.random() < 0.1 else "")

    def lines(self, posts: int, authors: int, until: datetime) -> Iterator[dict[str, str]]:
        """Lines for `harken import`, oldest first, one author in the first ten writing half of them."""
        step = timedelta(seconds=7)
        for number in range(posts):
            author = (
                self._dice.randrange(min(10, authors)) if self._dice.random() < 0.5 else self._dice.randrange(authors)
            )
            yield {
                "id": str(number),
                "author": f"author{author}",
                "text": self.text(),
                "lang": "en",
                "created_at": (until - step * (posts - number)).isoformat(),
            } | (
                {"in_reply_to": str(self._dice.randrange(max(0, number - 50), number))}
                if number and self._dice.random() < 0.2
                else {}
            )

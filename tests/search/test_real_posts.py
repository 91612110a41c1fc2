"""The indexes against the brute-force oracle on real conversations: tens of thousands of posts, a thousand queries."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from harken import clock
from harken.engine import Engine
from harken.errors import Refused
from harken.model.paging import Window
from harken.model.post import Post
from harken.search import search
from harken.search.document import document
from harken.search.index import searchable
from harken.search.matching import matches

DATA = Path(__file__).parents[3] / "shared" / "data" / "import"
FILES = ["smalltalk.jsonl.zst", "rumours.jsonl.zst"]
QUERIES = 500  # on each database; a thousand in all, each against every post
FIRST = 50


class NoFacts:
    """Text, phrases and filters need no facts; what needs them is compared in random worlds (test_search.py)."""

    def account(self, name: str) -> int | None:
        return None

    def count(self, post_id: int, what: str) -> int:
        raise AssertionError

    def answered(self, post_id: int) -> bool:
        raise AssertionError

    def place(self, post: object) -> tuple[int, int] | None:
        raise AssertionError

    def within(self, scope: str, name: str | None, post: object) -> bool:
        raise AssertionError


@pytest.mark.slow
async def test_both_indexes_find_in_real_posts_what_the_oracle_finds(engine: Engine) -> None:
    if not all((DATA / name).exists() for name in FILES):
        pytest.skip(f"there is no {DATA} on this machine")
    options = ["--data", str(engine.settings.data)]
    if engine.settings.database:
        options += ["--database", engine.settings.database]
    done = subprocess.run(
        [sys.executable, "-m", "harken", "import", *[str(DATA / name) for name in FILES], *options],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    stored = await engine.db.all(Post, "SELECT * FROM post ORDER BY id DESC")
    assert len(stored) > 25_000
    dice = random.Random(2008)
    known = [(post.id, searchable(post)) for post in stored]
    documents = {post_id: document(post) for post_id, post in known}
    words = Counter(word for doc in documents.values() for word in set(doc.words))
    common = [word for word, _ in words.most_common(150)]
    some = 0
    for _ in range(QUERIES):
        text = _query(dice, common, stored)
        try:
            tree = search.understood(text, clock.now()).tree
        except Refused:
            continue  # a piece of a real text that is no query
        wanted: list[int] = []
        for post_id, post in known:
            if matches(tree, documents[post_id], post, NoFacts()):
                wanted.append(post_id)
                if len(wanted) == FIRST:
                    break
        found = await search.find(engine.db, text, None, Window(limit=FIRST), clock.now())
        assert [post.id for post in found.posts] == wanted, json.dumps(text)
        some += bool(wanted)
    assert some > QUERIES // 3


def _query(dice: random.Random, common: list[str], stored: list[Post]) -> str:
    """Words as people wrote them, alone and together."""
    pieces = dice.choice(stored).text.split()
    start = dice.randrange(len(pieces))
    piece = pieces[start].replace('"', "")
    match dice.randrange(7):
        case 0:
            return piece
        case 1:
            return '"' + " ".join(pieces[start : start + dice.randrange(2, 4)]).replace('"', "") + '"'
        case 2:
            return f"{dice.choice(common)} {dice.choice(common)}"
        case 3:
            return f"{piece} -{dice.choice(common)}"
        case 4:
            return f"({piece} OR {dice.choice(common)}) {dice.choice(common)}"
        case 5:
            condition = dice.choice(["is:question", "has:link", "is:reply", ":)", ":("])
            return f"{piece[: dice.randrange(1, 5)]}* {condition}"
    return f"{dice.choice(common)} {dice.choice(['?', ':)', '-has:link', 'is:original'])} -{piece}"

"""The percolator agrees with the judge of single queries, for thousands of queries and posts."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from harken.search.document import Searchable, document
from harken.search.matching import matches
from harken.search.percolator import Context, Percolator, at_once, names_in, why
from harken.search.query import parse

NOW = datetime(2026, 6, 1, tzinfo=UTC)
WORDS = [
    "help", "clinic", "coffee", "the", "a", "friend's", "C++", "covid-19", "猫が好き", "tea", "#help", "@bob",
    ":)", "why?",
]
ATOMS = [
    *WORDS[:10], "hel*", "c*", "猫", '"the clinic"', '"coffee the*"', "#help", "@bob", "@zoe", "from:bob", "from:me",
    "to:bob", "is:question", "is:reply", "has:link", "lang:en", "lang:de", ":)", "in:home", "in:mine", "in:saved",
    "min_replies:2", "is:unanswered", "since:2026-05-31", "until:2026-05-01", "domain:example.org",
]
NAMES = {"bob": 2, "zoe": None}


def query(dice: random.Random, depth: int = 3) -> str:
    if depth == 0 or dice.random() < 0.3:
        return dice.choice(ATOMS)
    return dice.choice([
        f"{query(dice, depth - 1)} {query(dice, depth - 1)}", f"({query(dice, depth - 1)} OR {query(dice, depth - 1)})",
        f"-({query(dice, depth - 1)})", f"{query(dice, depth - 1)} -{dice.choice(ATOMS)}"])


def post(dice: random.Random, number: int) -> Searchable:
    text = " ".join(dice.choices(WORDS, k=dice.randrange(1, 7))) + dice.choice(["", " https://www.example.org/x"])
    return Searchable(
        id=number, author_id=dice.choice([1, 2, 3]), text=text, language=dice.choice(["en", "de", None]),
        created_at=NOW, in_reply_to_id=dice.choice([None, 5]), in_reply_to_account_id=2,
        mentions=(2,) if "@bob" in text else ())


def test_thousands_of_queries_meet_hundreds_of_posts_as_if_one_by_one() -> None:
    dice = random.Random(7)
    percolator = Percolator()
    percolator.names |= NAMES
    for number in range(200):
        percolator.observe(document(post(dice, number)))
    trees = {}
    for ear in range(3000):
        trees[ear] = parse(query(dice), NOW).tree
        percolator.put(ear, ear % 4, 0, trees[ear])
    for ear in range(0, 3000, 5):  # changed, and dropped
        trees[ear] = parse(query(dice), NOW).tree
        percolator.put(ear, ear % 4, 0, trees[ear])
    for ear in range(0, 3000, 7):
        del trees[ear]
        percolator.drop(ear)
    heard = 0
    for number in range(300):
        one = post(dice, number)
        doc = document(one)
        got = {c.ear_id for c in percolator.candidates(doc, 1) if percolator.hears(c, doc, one, number % 2 == 0)}
        wanted = {
            ear for ear, tree in trees.items()
            if matches(at_once(tree), doc, one, Context(NAMES, ear % 4, number % 2 == 0))}
        assert got == wanted
        heard += len(got)
    assert heard > 10_000


def test_dropping_everybody_leaves_nothing_behind() -> None:
    dice = random.Random(8)
    percolator = Percolator()
    percolator.names |= NAMES
    for ear in range(500):
        percolator.put(ear, 1, 0, parse(query(dice), NOW).tree)
    for ear in range(500):
        percolator.drop(ear)
    assert not any([
        percolator.listeners, percolator._filed, percolator._keys, percolator._always, +percolator._lengths,
        percolator._trees, [names for names in percolator._naming.values() if names]])


def test_an_ear_is_filed_under_its_rarest_part() -> None:
    percolator = Percolator()
    common = document(Searchable(id=1, author_id=1, text="the help", created_at=NOW))
    for _ in range(100):
        percolator.observe(common)
    percolator.put(1, 1, 0, parse("the help marigold", NOW).tree)
    percolator.put(2, 1, 0, parse('"the help of marigold"', NOW).tree)
    assert percolator.candidates(common, 1) == []
    assert percolator._keys == {1: ("marigold",), 2: ("of",)} or percolator._keys[2] == ("marigold",)


def test_why_names_the_parts_that_hold_as_they_are_written() -> None:
    one = Searchable(id=1, author_id=2, text="Which clinic has good coffee?", created_at=NOW)
    tree = parse('(clinic OR hospital) is:question "good coffee" -tea from:bob min_replies:3', NOW).tree
    assert why(tree, document(one), one, Context(NAMES, 1, False)) == [
        "clinic", "is:question", '"good coffee"', "from:bob"]
    assert names_in(tree) == {"bob"}


def test_a_beginning_is_heard_although_nothing_else_is_filed_under_one() -> None:
    for text in ('"the clin*"', "the clin*", "-coffee the clin*", "(the clin*) OR tea"):
        percolator = Percolator()
        percolator.put(1, 1, 0, parse(text, NOW).tree)
        one = Searchable(id=1, author_id=2, text="the clinic", created_at=NOW)
        assert [listener.ear_id for listener in percolator.candidates(document(one), 1)] == [1], text

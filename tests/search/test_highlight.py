"""What is marked in a result."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.search.facts import NOBODY

from harken.search.document import Searchable, document
from harken.search.highlight import spans
from harken.search.matching import matches
from harken.search.query import parse

NOON = datetime(2008, 6, 12, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "query, text, marked",
    [
        ("lunch", "Lunch! After lunch, lunches.", ["Lunch", "lunch"]),
        ("friend", "My friend’s friend", ["friend’s", "friend"]),
        ("lun*", "Lunch lunar", ["Lunch", "lunar"]),
        ('"after lunch"', "after; Lunch after", ["after; Lunch"]),
        ('"in the su*"', "In the sun", ["In the sun"]),
        ('"a b"', "a a b", ["a b"]),
        ("a OR b", "b c a", ["b", "a"]),
        ("a -b", "a b", ["a"]),
        ("-(a OR b)", "a b", []),
        ("-a", "a b", []),
        ("c", "#C and C but C++", ["#C", "C"]),
        ("#c", "#C and C", ["#C"]),
        ("@bob", "@Bob bob", ["@Bob"]),
        ("domain:example.org", "see http://www.example.org/x.", ["http://www.example.org/x"]),
        (":)", "well :-) 😀 :(", [":-)", "😀"]),
        ("猫", "黒猫がいる", ["猫"]),
        ("猫がい", "黒猫がいる猫", ["猫がい"]),
        ("cafe", "un Café", ["Café"]),
        ("from:bob since:2008", "bob 2008", []),
        ("", "anything", []),
        ('"a b" "b c"', "a b c", ["a b c"]),
    ],
)
def test_what_was_asked_for_is_marked_and_nothing_else(query: str, text: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in spans(parse(query, NOON).tree, text)] == marked


SOME = ["a", "b", "#a", "a-b", "猫が", "猫", ":)", "http://a.org/b", "@a", "b's"]
WORDS = st.lists(st.sampled_from(SOME), min_size=1, max_size=6)


@settings(max_examples=300)
@given(WORDS, st.sampled_from(["a", "b", "#a", "@a", "猫", '"a b"', "a*", ":)", "domain:a.org", '"猫 a"', "b's"]))
def test_a_post_is_marked_exactly_when_it_is_found(words: list[str], query: str) -> None:
    text = " ".join(words)
    tree = parse(query, NOON).tree
    post = Searchable(id=1, author_id=1, text=text, created_at=NOON)
    found = spans(tree, text)
    assert bool(found) is matches(tree, document(post), post, NOBODY)
    assert found == sorted(found)
    assert all(one[1] <= other[0] for one, other in pairwise(found))

"""What a query may leave out because of a post, and that leaving it out leaves everything else as it was."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from tests.search.facts import Told
from tests.search.test_percolator import post as random_post
from tests.search.test_percolator import query as random_query

from harken.ids import AccountId, PostId
from harken.model.post import SeenPost, Visibility
from harken.search.document import document
from harken.search.fewer import Kind, choices, narrowed
from harken.search.matching import matches
from harken.search.query import BadQuery, parse

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HERE = ZoneInfo("UTC")


def seen(text: str, *tags: str) -> SeenPost:
    return SeenPost(
        id=PostId(1), author_id=AccountId(2), text=text, visibility=Visibility.PUBLIC, created_at=NOW,
        conversation_id=1, uri="u", url="/u", tags=list(tags))


def test_choices_are_what_the_query_does_not_name() -> None:
    one = seen("Coffee and the clinic on Main Street, 24 hours! https://www.shop.example.org/x #Sale @zoe", "Sale")
    tree = parse("clinic -#other hours", NOW).tree
    offered = choices(tree, one, "bob", {"coffee": 3.0, "street": 9.0, "main": 5.0})
    assert [(c.kind, c.name, c.query) for c in offered] == [
        (Kind.AUTHOR, "@bob", "-from:bob"), (Kind.TAG, "#sale", "-#sale"),
        (Kind.HOST, "www.shop.example.org", "-domain:www.shop.example.org"), (Kind.WORD, "street", "-street"),
        (Kind.WORD, "main", "-main"), (Kind.WORD, "coffee", "-coffee"), (Kind.WORD, "and", "-and"),
        (Kind.WORD, "the", "-the")]
    assert choices(parse("clinic -from:bob", NOW).tree, seen("clinic"), "bob", {}) == []


@pytest.mark.parametrize(("query", "made"), [
    ("clinic", "clinic -tea -from:bob"), ("clinic OR hospital", "(clinic OR hospital ) -tea -from:bob"),
    ("(clinic OR hospital) help", "(clinic OR hospital) help -tea -from:bob"),
    ("is:question", "is:question -tea -from:bob"),
])  # fmt: skip
def test_what_is_left_out_is_added_at_the_end(query: str, made: str) -> None:
    assert narrowed(query, ["-tea", "-from:bob"], NOW, HERE) == made


def test_a_narrowed_query_finds_what_the_old_one_found_without_what_is_left_out() -> None:
    dice = random.Random(9)
    facts = Told({"bob": 2, "me": 1})
    found = 0
    posts = [random_post(dice, number) for number in range(60)]
    for _ in range(400):
        text = random_query(dice)
        old, new = parse(text, NOW).tree, parse(narrowed(text, ["-coffee", "-from:bob"], NOW, HERE), NOW).tree
        for one in posts:
            doc = document(one)
            wanted = matches(old, doc, one, facts) and "coffee" not in doc.words and one.author_id != 2
            assert matches(new, doc, one, facts) == wanted, text
            found += wanted
    assert found > 100, "queries that find nothing prove little"


def test_a_query_that_would_grow_too_long_is_refused() -> None:
    with pytest.raises(BadQuery):
        narrowed(" ".join(["clinic"] * 150), ["-tea"], NOW, HERE)

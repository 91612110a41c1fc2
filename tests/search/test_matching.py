"""The oracle: every condition has a post that fulfils it and one that does not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.search.facts import Told

from harken.errors import NotYet
from harken.search.document import Searchable, document
from harken.search.matching import matches
from harken.search.query import parse

NOW = datetime(2008, 6, 12, 12, tzinfo=UTC)
FACTS = Told(
    accounts={"alice": 7, "bob": 8, "me": 7, "carol@example.org": 9},
    counts={(1, "replies"): 3, (1, "boosts"): 1},
    scopes={("mine", None): {1}, ("list", "Doctors"): {1}},
)


def found(query: str, **facts: Any) -> bool:
    given: dict[str, Any] = {"id": 1, "author_id": 7, "text": "a b", "created_at": NOW}
    post = Searchable(**(given | facts))
    return matches(parse(query, NOW).tree, document(post), post, FACTS)


@pytest.mark.parametrize(
    "query, facts, answer",
    [
        ("from:alice", {}, True),
        ("from:me", {}, True),
        ("from:bob", {}, False),
        ("from:nobody", {}, False),
        ("-from:nobody", {}, True),
        ("to:bob", {"opening_mention": 8}, True),
        ("to:bob", {"in_reply_to_account_id": 8, "in_reply_to_id": 3}, True),
        ("to:bob", {"mentions": (8,)}, False),
        ("@bob", {"mentions": (8,)}, True),
        ("@bob", {"text": "hi @bob"}, True),
        ("@bob", {"text": "hi bob"}, False),
        ("@bob", {"text": "hi @bob@elsewhere.org"}, False),
        ("@dave", {"text": "hi @dave@elsewhere.org"}, True),
        ("@carol@example.org", {"text": "hi @carol", "mentions": (9,)}, True),
        ("min_replies:3", {}, True),
        ("min_replies:4", {}, False),
        ("min_favourites:1", {}, False),
        ("is:unanswered", {}, False),
        ("is:unanswered", {"id": 2}, True),
        ("in:mine", {}, True),
        ("in:mine", {"id": 2}, False),
        ("in:list:Doctors", {}, True),
        ("in:list:Nurses", {}, False),
        ("since:2008-06-12", {}, True),
        ("since:2008-06-13", {}, False),
        ("until:2008-06-12", {}, True),
        ("before:2008-06-12", {}, False),
        ("during:2008-06", {}, True),
        ("lang:pt", {"language": "pt-BR"}, True),
        ("lang:pt-br", {"language": "pt"}, False),
        ('source:"Tweet Deck"', {"source": "tweet deck"}, True),
        ("source:tweet", {"source": "tweet deck"}, False),
        ("kind:note", {}, True),
        ("is:sensitive", {"sensitive": True}, True),
        ("is:sensitive", {}, False),
        ("", {}, True),
        ("-z", {}, True),
        ("-a", {}, False),
        ("z OR b", {}, True),
        ("z OR -b", {}, False),
        ('"b a"', {}, False),
    ],
)
def test_a_condition_holds_or_does_not(query: str, facts: dict[str, Any], answer: bool) -> None:
    assert found(query, **facts) is answer


def test_what_has_no_data_yet_is_refused_and_not_answered_with_nothing() -> None:
    with pytest.raises(NotYet, match="similar"):
        found("a ~b")

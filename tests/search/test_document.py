"""What an index stores of a post."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from harken.search.document import Searchable, document

NOON = datetime(2008, 6, 12, 12, tzinfo=UTC)
PLAIN = {"all", "author:7", "kind:note", "audience:public"}


def filters(text: str = "word", **facts: Any) -> set[str]:
    stored = document(Searchable(id=1, author_id=7, text=text, created_at=NOON, **facts)).filters
    assert len(stored) == len(set(stored))
    return set(stored)


@pytest.mark.parametrize(
    "facts, added",
    [
        ({}, {"is:original"}),
        ({"in_reply_to_id": 5, "in_reply_to_account_id": 9}, {"is:reply", "to:9"}),
        ({"opening_mention": 8, "mentions": (8, 4)}, {"to:8", "mentions:8", "mentions:4", "is:original"}),
        ({"in_reply_to_id": 5, "in_reply_to_account_id": 9, "opening_mention": 9}, {"is:reply", "to:9"}),
        ({"language": "pt-BR"}, {"is:original", "lang:pt-br", "lang:pt"}),
        ({"language": "not a language"}, {"is:original"}),
        ({"source": " Twitter for  Android "}, {"is:original", "source:twitter_for_android"}),
        ({"sensitive": True}, {"is:original", "is:sensitive"}),
        ({"verb": "Asks"}, {"is:original", "verb:asks"}),
        ({"has": frozenset({"image"})}, {"is:original", "has:image", "has:media"}),
        ({"has": frozenset({"poll"})}, {"is:original", "has:poll"}),
        ({"text": "RT @bob hello"}, {"is:boost"}),
        ({"text": "START @bob hello"}, {"is:original"}),
        ({"text": "Why?"}, {"is:original", "is:question"}),
        ({"text": "yay :-)"}, {"is:original", "attitude:happy"}),
        ({"text": "oh 😢"}, {"is:original", "attitude:sad"}),
        (
            {"text": "http://www.bbc.co.uk/news?x"},
            {"is:original", "has:link", "domain:www.bbc.co.uk", "domain:bbc.co.uk"},
        ),
        ({"text": "see https://example.org/"}, {"is:original", "has:link", "domain:example.org"}),
    ],
)
def test_filters_say_what_a_post_is(facts: dict[str, Any], added: set[str]) -> None:
    assert filters(**facts) == PLAIN | added


def test_kind_and_audience_are_as_given() -> None:
    assert filters(kind="event", visibility="followers") >= {"kind:event", "audience:followers"}


def test_a_content_warning_comes_before_the_text() -> None:
    post = Searchable(id=1, author_id=7, text="of the film", spoiler="The end", created_at=NOON)
    assert document(post).words == ["the", "end", "of", "the", "film"]


def test_no_filter_has_white_space() -> None:
    names = {"source": "a\u2003b\0c\u2028d", "kind": "no te", "verb": "x y", "text": "http://a.b\u2003c"}
    for stored in filters(**names):
        assert stored.split() == [stored]

"""A query is said in words that mean what it finds."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from harken.search.explain import Speech, explain
from harken.search.operators import OPERATORS
from harken.search.query import _KEYS, parse, walk

NOW = datetime(2008, 6, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(("text", "said"), [
    ("", "All posts, newest first."),
    ("tea", "Posts with tea, newest first."),
    ("tea toast jam", "Posts with tea, toast and jam, newest first."),
    ("(clinic OR hospital) ? since:2008-06-12",
     "Posts with clinic or hospital, asking something, from 2008-06-12 on, newest first."),
    # OR binds looser than people think: the sentence shows it.
    ("clinic OR hospital ? since:2008-06-12",
     "Posts either with clinic or (with hospital, asking something, from 2008-06-12 on), newest first."),
    ("(tea OR coffee) breakfast -milk -sugar",
     "Posts with (tea or coffee) and breakfast, without milk or sugar, newest first."),
    ("tea -(milk sugar)", "Posts with tea, without (milk and sugar), newest first."),
    ('hospit* "second opinion" #askamber',
     "Posts with words that begin with “hospit”, “second opinion” and #askamber, newest first."),
    ("from:amber to:kofi @ben", "Posts by @amber, said to @kofi, mentioning @ben, newest first."),
    ("from:me -is:reply", "Posts by you, not answering somebody, newest first."),
    ("-(from:a OR (is:reply tea))", "Posts not (either by @a or (with tea, answering somebody)), newest first."),
    ("during:2008-06-12", "Posts on 2008-06-12, newest first."),
    ("during:2008-05", "Posts from 2008-05-01 to 2008-05-31, newest first."),
    ("until:2008-06-12 sort:top", "Posts until 2008-06-12, best first."),
    ("since:2h", "Posts from 2008-06-20 10:00 on, newest first."),
    ("until:2008-06-12T14:59", "Posts until 2008-06-12 14:59, newest first."),
    ("since:2009 until:2008", "Posts at no time at all: the end lies before the beginning, newest first."),
    ("min_replies:1 min_boosts:2", "Posts with at least 1 answer, with at least 2 boosts, newest first."),
    ("has:link lang:de domain:bbc.co.uk", "Posts with a link, in de, linking to bbc.co.uk, newest first."),
    ('near:"San Francisco" within:15mi', "Posts within 24.1 km of San Francisco, newest first."),
    (":) in:home", "Posts with a happy face, by you and those you follow, newest first."),
])  # fmt: skip
def test_a_query_is_said_as_it_is_read(text: str, said: str) -> None:
    assert explain(parse(text, NOW)) == said


def test_days_are_said_in_the_zone_of_the_query() -> None:
    vienna = ZoneInfo("Europe/Vienna")
    assert explain(parse("since:2008-06-12", NOW, vienna)) == "Posts from 2008-06-12 on, newest first."
    assert explain(parse("since:2008-06-12 tz:Asia/Tokyo", NOW, vienna)) == "Posts from 2008-06-12 on, newest first."


def test_the_sentence_is_translated() -> None:
    german = {
        "Posts %(what)s, %(order)s.": "Beiträge %(what)s, %(order)s.", "newest first": "neueste zuerst",
        "with %(words)s": "mit %(words)s", "%(first)s or %(last)s": "%(first)s oder %(last)s",
    }  # fmt: skip
    speech = Speech(gettext=lambda text: german[text])
    assert explain(parse("tea OR toast", NOW), speech) == "Beiträge mit tea oder toast, neueste zuerst."


def test_the_table_holds_every_operator_of_the_language_and_every_example_is_understood() -> None:
    listed = {operator.key.removesuffix(":") for operator in OPERATORS}
    assert set(_KEYS.values()) <= listed
    for operator in OPERATORS:
        assert operator.examples
        for example in operator.examples:
            query = parse(example, NOW)
            assert not query.notes
            assert explain(query).endswith(("newest first.", "best first."))
        for value, _meaning in operator.values:
            (node,) = [n for n in walk(parse(f"{operator.key}{value}", NOW).tree)][:1]
            assert node.key or operator.takes or operator.key == "sort:"

"""The form writes queries that mean what it says, and opens again as it was."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from harken.search.advanced import Fields, read, written
from harken.search.query import And, Node, parse, unparse

NOW = datetime(2008, 6, 20, 12, tzinfo=UTC)


def conditions(text: str) -> list[str]:
    """The conditions of a query, in an order of their own."""
    tree: Node = parse(text, NOW).tree
    return sorted({unparse(part) for part in (tree.parts if isinstance(tree, And) else (tree,))})


@pytest.mark.parametrize(("fields", "text"), [
    (Fields(), ""),
    (Fields(every="tea toast"), "tea toast"),
    (Fields(every='tea -milk OR is:x (a "b c'), 'tea "-milk" "OR" "is:x" "(a" b c'),
    (Fields(either="clinic hospital"), "(clinic OR hospital)"),
    (Fields(either="hospital, second opinion"), '(hospital OR "second opinion")'),
    (Fields(either="clinic"), "clinic"),
    (Fields(phrase='the "second" opinion'), '"the second opinion"'),
    (Fields(none="milk sugar"), "-milk -sugar"),
    (Fields(author="@amber, ben", to="kofi", mentioning="@ann bob"),
     "(from:amber OR from:ben) to:kofi @ann @bob"),
    (Fields(tags="#tea, toast"), "#tea #toast"),
    (Fields(since="2008-06-12", until="2008-06-13"), "since:2008-06-12 until:2008-06-13"),
    (Fields(near="San Francisco", within="15"), 'near:"San Francisco" within:15km'),
    (Fields(within="15"), ""),
    (Fields(mood="happy", question="1", has="link", circle="home", min_replies="3"),
     ":) has:link is:question in:home min_replies:3"),
    (Fields(mood="angry", has="gold", circle="elsewhere", order="oldest"), ""),
    (Fields(every="tea", rest="a OR b", order="top"), "tea (a OR b) sort:top"),
])  # fmt: skip
def test_the_form_writes_a_query(fields: Fields, text: str) -> None:
    made = written(fields)
    assert sorted(made.split()) == sorted(text.split())
    assert parse(made, NOW)


@pytest.mark.parametrize("text", [
    "", "tea toast", "(clinic OR hospital) ? since:2008-06-12", 'tea -milk -"second opinion" "of course"',
    "from:amber to:kofi @ben #askamber #tea lang:de", "(from:a OR from:b) tea", ":) has:image in:saved min_boosts:2",
    "hospit* until:2008-06-12", "during:2008-06-12", "during:2008-06 tea", "after:2008-06-01 before:2008-06-09",
    'near:"San Francisco" within:15km', 'near:Raleigh within:15mi tea', "tea since:3d", "tea since:yesterday",
    "tea OR (milk sugar) OR from:amber", "-(a b) -from:x -is:reply", '"a b" "c d" "e f"', "~tea kind:event",
    "lang:de lang:en", "(a OR b) (c OR d)", "geocode:35.78,-78.64,25km", "min_replies:0", "a OR (b :( )",
    "tea since:2008-06-12 tz:Asia/Tokyo", "猫 #猫好き", 'in:list:"my friends" source:web',
])  # fmt: skip
def test_a_query_opens_in_the_form_and_is_written_again_with_the_same_meaning(text: str) -> None:
    fields = read(text, parse(text, NOW), UTC)
    assert conditions(written(fields)) == conditions(text)
    again = read(written(fields), parse(written(fields), NOW), UTC)
    assert conditions(written(again)) == conditions(text)


def test_what_has_no_field_is_kept_as_it_was_written() -> None:
    text = "tea since:3d -is:reply domain:bbc.co.uk from:amber"
    fields = read(text, parse(text, NOW), UTC)
    assert (fields.every, fields.author, fields.rest) == ("tea", "amber", "since:3d -is:reply domain:bbc.co.uk")


def test_the_days_of_the_form_are_the_readers_own() -> None:
    vienna = ZoneInfo("Europe/Vienna")
    query = parse("during:2008-06-12", NOW, vienna)
    fields = read("during:2008-06-12", query, vienna)
    assert (fields.since, fields.until, fields.rest) == ("2008-06-12", "2008-06-12", "")
    foreign = "since:2008-06-12 tz:Asia/Tokyo"
    kept = read(foreign, parse(foreign, NOW, vienna), vienna)
    assert kept.since == ""
    assert parse(kept.rest, NOW, vienna).tree == parse(foreign, NOW, vienna).tree

"""The grammar: what is understood, and where the finger points when it is not."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harken.search import query as grammar
from harken.search.query import (
    NOT_YET,
    All,
    And,
    Attitude,
    BadQuery,
    Domain,
    From,
    Geocode,
    Has,
    In,
    Is,
    Kind,
    Language,
    Mention,
    MinCount,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Similar,
    Since,
    Source,
    Tag,
    To,
    Until,
    Verb,
    Word,
    not_yet,
    parse,
    walk,
)

NOW = datetime(2008, 6, 12, 22, 30, 15, 250_000, tzinfo=UTC)
A, B, C = Word("a"), Word("b"), Word("c")


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[misc,arg-type]


def tree(text: str) -> Node:
    return parse(text, NOW).tree


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", All()),
        ("  ", All()),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a b OR c", Or((And((A, B)), C))),
        ("a (b OR c)", And((A, Or((B, C))))),
        ("((a) b) c", And((A, B, C))),
        ("a OR (b OR c)", Or((A, B, C))),
        ("-a", Not(A)),
        ("NOT a b", And((Not(A), B))),
        ("-(a b)", Not(And((A, B)))),
        ("NOT NOT a", A),
        ("-(-a)", A),
        ('-"a b"', Not(Phrase(("a", "b")))),
        ("-from:x", Not(From("x"))),
        ("-:)", Not(Attitude("happy"))),
        ("+a", A),
        ('+"a b" +c', And((Phrase(("a", "b")), C))),
        ("a or b", And((A, Word("or"), B))),
        ("not and", And((Word("not"), Word("and")))),
        ('"OR"', Phrase(("or",))),
        ("a - b -> c", And((A, B, C))),
        ('"a b', None),
        ("“a b”", Phrase(("a", "b"))),
        ('"a b*"', Phrase(("a", "b"), prefix=True)),
        ('5" nail', And((Word("5"), Word("nail")))),
        ('say"what"', Phrase(("say", "what"))),
        ('"a b"c', And((Phrase(("a", "b")), C))),
        ("hel*", Prefix("hel")),
        ("#ta*", Prefix("#ta")),
        ("*hel*", Word("hel")),
        ("#Tag", Tag("tag")),
        ("@User", Mention("user")),
        ("@user@example.org", Mention("user@example.org")),
        ("f(x)", Phrase(("f", "x"))),
        ("(f(x) OR a)", Or((Phrase(("f", "x")), A))),
        ("don't", Word("don't")),
        ("C++", Word("c++")),
        ("12:30", Word("12:30")),
        ("re:invent", Phrase(("re", "invent"))),
        ("https://example.org/a?b", Word("example.org/a?b")),
        ('note:"a b"', And((Word("note"), Phrase(("a", "b"))))),
        ("猫", Prefix("猫")),
        ("黒猫", Word("黒猫")),
        ("黒猫が", Phrase(("黒猫", "猫が"))),
        ('"黒猫 a"', Phrase(("黒猫", "猫", "a"))),
        ('"a 黒"', Phrase(("a", "黒"), prefix=True)),
        ("#今天天气", Tag("今天天气")),
        ("?", Is("question")),
        ("a ?", And((A, Is("question")))),
        ("really?", Word("really")),
        (":)", Attitude("happy")),
        ("=) :-( ", And((Attitude("happy"), Attitude("sad")))),
        ("(a :))", And((A, Attitude("happy")))),
        (":D", Word(":d")),
        ("-_-", Word("-_-")),
        ("~cats", Similar("cats")),
        ('~"feeling ill"', Similar("feeling ill")),
        ("~5", Word("5")),
        ("from:@Alice", From("alice")),
        ("FROM:me", From("me")),
        ("from:alice@Example.org", From("alice@example.org")),
        ("to:bob", To("bob")),
        ("lang:pt_BR", Language("pt-br")),
        ("language:en", Language("en")),
        ('source:"Tweet Deck"', Source("tweet_deck")),
        ("source:Tweet_Deck", Source("tweet_deck")),
        ("domain:https://WWW.bbc.co.uk/news", Domain("www.bbc.co.uk")),
        ("kind:event", Kind("event")),
        ("verb:asks", Verb("asks")),
        ("has:images", Has("image")),
        ("filter:links", Has("link")),
        ("filter:replies", Is("reply")),
        ("is:Unanswered", Is("unanswered")),
        ("in:home", In("home")),
        ("in:list:Doctors", In("list", "Doctors")),
        ('in:set:"My friends"', In("set", "My friends")),
        ('near:"San Francisco" within:15mi', Near("San Francisco", 24140)),
        ("within:2.5km near:Graz", Near("Graz", 2500)),
        ("near:Graz", Near("Graz", 25_000)),
        ("near:Graz within:1km OR near:Linz within:2km", Or((Near("Graz", 1000), Near("Linz", 2000)))),
        ("geocode:48.2,-16.4,25km", Geocode(48.2, -16.4, 25_000)),
        ("min_replies:3", MinCount("replies", 3)),
        ("min_faves:3", MinCount("favourites", 3)),
        ("min_boosts:0", MinCount("boosts", 0)),
    ],
)
def test_a_query_means_this(text: str, expected: Node | None) -> None:
    if expected is None:
        with pytest.raises(BadQuery):
            parse(text, NOW)
    else:
        assert tree(text) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("since:2008-06-10", Since(utc(2008, 6, 10))),
        ("until:2008-06-10", Until(utc(2008, 6, 11))),
        ("before:2008-06-10", Until(utc(2008, 6, 10))),
        ("after:2008-06-10", Since(utc(2008, 6, 11))),
        ("during:2008-06-10", And((Since(utc(2008, 6, 10)), Until(utc(2008, 6, 11))))),
        ("during:2008-12", And((Since(utc(2008, 12, 1)), Until(utc(2009, 1, 1))))),
        ("during:2008", And((Since(utc(2008, 1, 1)), Until(utc(2009, 1, 1))))),
        ("since:today", Since(utc(2008, 6, 12))),
        ("until:yesterday", Until(utc(2008, 6, 12))),
        ("since:3d", Since(NOW - timedelta(days=3))),
        ("since:2h", Since(NOW - timedelta(hours=2))),
        ("since:30m", Since(NOW - timedelta(minutes=30))),
        ("before:2w", Until(NOW - timedelta(days=14))),
        ("during:3d", Since(NOW - timedelta(days=3))),
        ("since:2008-06-10T08:30+02:00", Since(utc(2008, 6, 10, 6, 30))),
        ("until:2008-06-10T08:30Z", Until(utc(2008, 6, 10, 8, 31))),
        # Vienna was two hours ahead, and already had the 13th.
        ("since:2008-06-10 tz:Europe/Vienna", Since(utc(2008, 6, 9, 22))),
        ("tz:Europe/Vienna until:today", Until(utc(2008, 6, 13, 22))),
        ("tz:-05:00 since:2008-06-10", Since(utc(2008, 6, 10, 5))),
        ("tz:Europe/Vienna during:2008-03-30", And((Since(utc(2008, 3, 29, 23)), Until(utc(2008, 3, 30, 22))))),
    ],
)
def test_a_date_means_this(text: str, expected: Node) -> None:
    assert tree(text) == expected


def test_days_begin_where_the_member_lives_unless_the_query_says_otherwise() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    assert parse("since:2008-06-10", NOW, tokyo).tree == Since(utc(2008, 6, 9, 15))
    assert parse("since:2008-06-10 tz:UTC", NOW, tokyo).tree == Since(utc(2008, 6, 10))


@pytest.mark.parametrize(
    "text, marked, hint",
    [
        ('a "b c', '"b c', "quotation mark"),
        ('from:"x', '"x', "quotation mark"),
        ("a (b OR c", "(", "never closed"),
        ("(a (b)", "(", "never closed"),
        ("a) b", ")", "closes nothing"),
        ("a ()", "()", "between these brackets"),
        ('a ""', '""', "between these quotation marks"),
        ('a "!?"', '"!?"', "between these quotation marks"),
        ("a OR", "OR", "nothing after"),
        ("OR a", "OR", "nothing before"),
        ("a OR OR b", "OR", "nothing after"),
        ("(a OR) b", "OR", "nothing after"),
        ("a AND", "AND", "nothing after"),
        ("a NOT", "NOT", "nothing after"),
        ("a NOT OR b", "NOT", "nothing after"),
        ("a !!! OR !!!", "OR", "nothing after"),
        ("from: alice", "from:", "directly after the colon"),
        ("a lang:", "lang:", "directly after the colon"),
        ('a source:" "', 'source:" "', "directly after the colon"),
        ("a in:set:", "in:set:", "directly after the colon"),
        ("in:work", "in:work", "set:NAME"),
        ("from:a/b", "from:a/b", "not the name of an account"),
        ("since:2008-02-30", "since:2008-02-30", "not a date"),
        ("a until:soon b", "until:soon", "not a date"),
        ("since:999999w", "since:999999w", "not a date"),
        ("since:0001", "since:0001", "not a date"),
        ("since:9999", "since:9999", "not a date"),
        ("during:2008-06-10T25:00", "during:2008-06-10T25:00", "not a date"),
        ("tz:Vienna/Europe a", "tz:Vienna/Europe", "time zone"),
        ("tz:../../etc/passwd", "tz:../../etc/passwd", "time zone"),
        ("min_replies:-1", "min_replies:-1", "whole number"),
        ("min_replies:٣", "min_replies:٣", "whole number"),
        ("is:funny", "is:funny", "is: takes"),
        ("has:cheese", "has:cheese", "has: takes"),
        ("kind:cheese", "kind:cheese", "kind: takes"),
        ("lang:123456789", "lang:123456789", "language code"),
        ("domain:!", "domain:!", "name of a site"),
        ("sort:best", "sort:best", "sort: takes"),
        ("a -sort:top", "-sort:top", "whole query"),
        ("within:5km", "within:5km", "near:"),
        ("near:x within:5parsecs", "within:5parsecs", "not a distance"),
        ("geocode:91,0,5km", "geocode:91,0,5km", "geocode: takes"),
        ("geocode:1,2,0km", "geocode:1,2,0km", "not a distance"),
        ("!!!", "!!!", "nothing to search for"),
        ("*", "*", "nothing to search for"),
        ("-", "-", "nothing to search for"),
        ("a" * 2001, "a", "too long"),
        ("(" * 13 + "a" + ")" * 13, "(", "brackets within brackets"),
        (" ".join(["a"] * 150 + ["b"]), "b", "too many words"),
        ('"' + "a " * 150 + 'b"', '"' + "a " * 150 + 'b"', "too many words"),
    ],
)
def test_a_fault_is_pointed_at_and_explained(text: str, marked: str, hint: str) -> None:
    with pytest.raises(BadQuery) as caught:
        parse(text, NOW)
    fault = caught.value
    assert text[fault.position : fault.position + fault.length] == marked
    assert hint in fault.message


def test_the_limits_themselves_are_allowed() -> None:
    assert tree("(" * 12 + "a" + ")" * 12) == A
    assert tree(" ".join(["a"] * 150)) == And((A,) * 150)
    assert tree("NOT " * 499 + "a") == Not(A)
    assert isinstance(tree("a" * 2000), Word)


def test_every_node_knows_its_place() -> None:
    text = 'one OR ("two three" -from:bob)'
    places = {text[node.start : node.end] for node in walk(tree(text))}
    assert places >= {"one", '"two three"', "-from:bob", "from:bob", '"two three" -from:bob'}


def test_order_is_newest_unless_asked() -> None:
    assert parse("a", NOW).order == "newest"
    assert parse("a sort:new", NOW).order == "newest"
    asked = parse("sort:Top a", NOW)
    assert (asked.order, asked.tree, str(asked)) == ("top", A, "a sort:top")
    assert parse("sort:top", NOW).tree == All()


def test_a_slip_in_a_key_is_searched_as_words_and_noted() -> None:
    query = parse("form:alice", NOW)
    assert query.tree == Phrase(("form", "alice"))
    assert "from:" in query.notes[0]
    assert parse("re:invent 12:30 https://example.org", NOW).notes == ()


def test_what_is_ignored_is_noted() -> None:
    assert "!!!" in parse("a !!! b", NOW).notes[0]
    assert parse("a & b - c", NOW).notes == ()


@pytest.mark.parametrize(
    "text, marked",
    [
        ("a verb:asks", []),
        ("geocode:1,2,3km has:event near:x", []),
        ("a has:file near:x", []),
        ("-(kind:file OR kind:event)", []),
        ("sort:top a in:set:x", []),
        ("~cats", ["~cats"]),
        ("a has:link kind:note in:home in:list:x is:reply", []),
    ],
)
def test_what_cannot_be_answered_yet_is_pointed_at(text: str, marked: list[str]) -> None:
    assert [text[node.start : node.end] for node in not_yet(parse(text, NOW))] == marked


def test_every_key_not_there_yet_belongs_to_a_query() -> None:
    texts = {"similar": "~x"}
    for key in NOT_YET:
        assert not_yet(parse(texts.get(key, key), NOW)), key


SEEDS = st.sampled_from(
    ["OR ", " OR ", "AND ", "NOT ", "-", "(", ")", " ", " ", "  ", '"', "“", ":", ":)", ":(", "=)", "?", "~", "+", "*"]
    + ["a", "c++", "C#", ".net", "foo ", "#tag", "@bob", "@a@b.org", "http://x.y/z", "www.bbc.co.uk"]
    + ["猫", "😡", "黒猫", "friend's", "covid-19", "x.org/a_(b", "$AAPL", "12:30", "<3", "-_-", "D:", "\ud800", "\0"]
    + ["2008-06-12", "3d", "yesterday", "15mi", "link", "top", "home", "set:A"]
    + ["7", "reply", "48.2,16.3,25km", "Europe/Vienna", "en"]
    + [f"{key}:" for key in grammar._KEYS]
)
QUERIES = st.one_of(st.text(max_size=40), st.lists(st.one_of(SEEDS, SEEDS, st.characters()), max_size=16).map("".join))


def understood(text: str) -> Query | BadQuery:
    try:
        return parse(text, NOW)
    except BadQuery as fault:
        return fault


@settings(max_examples=1000)
@given(QUERIES)
def test_any_text_is_a_query_or_a_fault_with_a_place(text: str) -> None:
    read = understood(text)
    if isinstance(read, BadQuery):
        assert 0 <= read.position < len(text)
        assert 1 <= read.length <= len(text) - read.position
        assert read.message.endswith((".", "?"))
    else:
        assert all(0 <= node.start <= node.end <= len(text) for node in walk(read.tree))


LEAVES: st.SearchStrategy[Node] = st.sampled_from(
    [tree(text) for text in ["a", "c++", "don't", "hel*", '"a b"', '"a b*"', "#tag", "@bob", "猫", "黒猫が", ":)"]]
    + [tree(text) for text in [":(", "-_-", ":D", "?", "~cats", "from:x", "to:me", "x.org/a_(b", "since:3d"]]
    + [tree(text) for text in ["before:2008", "lang:en", 'source:"a (b"', "domain:x.org"]]
    + [tree(text) for text in ["kind:poll", "has:link", "in:home"]]
    + [tree(text) for text in ['in:set:"A B"', "near:x within:5mi", "geocode:1.5,-2.25,3km", "min_replies:2"]]
    + [tree(text) for text in ["is:reply", "verb:asks"]]
)


def nodes(kind: type[And] | type[Or], inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    others = inner.filter(lambda node: not isinstance(node, kind))
    return st.lists(others, min_size=2, max_size=4).map(lambda parts: kind(tuple(parts)))


def excluded(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return inner.filter(lambda node: not isinstance(node, Not)).map(Not)


TREES: st.SearchStrategy[Node] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(nodes(And, inner), nodes(Or, inner), excluded(inner)),
    max_leaves=12,
)


@settings(max_examples=500)
@given(TREES)
def test_a_tree_written_out_and_read_again_is_the_same_tree(given: Node) -> None:
    assert tree(str(given)) == given


@settings(max_examples=1000)
@given(QUERIES)
def test_a_query_written_out_and_read_again_is_the_same_query(text: str) -> None:
    read = understood(text)
    if isinstance(read, Query):
        assert parse(str(read), NOW) == read


PIECES = ["(", "-", '"', "NOT ", "a OR ", "a:", ':"', "from:", "猫", "*", "a*", "~", ":)", "a(", "-(", "--", "a,"]


@pytest.mark.parametrize("piece", PIECES)
def test_no_query_takes_long(piece: str) -> None:
    text = (piece * 2000)[:2000]
    start = time.process_time()
    with contextlib.suppress(BadQuery):
        parse(text, NOW)
    assert time.process_time() - start < 0.5

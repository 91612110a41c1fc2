"""What finds what, and what every term can promise to the two indexes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

import apsw
import apsw.fts5
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.search.facts import NOBODY

from harken.search import analysis
from harken.search.analysis import MAX_TERM, MAX_WORDS, analyse, domains, fold, terms
from harken.search.document import Searchable, document
from harken.search.matching import matches
from harken.search.query import parse

NOON = datetime(2008, 6, 12, 12, tzinfo=UTC)

# Every plane in which Unicode has assigned characters that are not all alike, and the edges of the others.
CHARACTERS = [
    *range(0x20000),
    *range(0x2F800, 0x2FA20),
    *range(0xE0000, 0xE0200),
    *(edge for plane in range(2, 0x11) for edge in (plane << 16, (plane << 16) + 0xFFFE, (plane << 16) + 0xFFFF)),
]

# text · queries that find it · queries that do not
TABLE: list[tuple[str, list[str], list[str]]] = [
    # case, diacritics, forms
    ("Lunch in the sun", ["lunch", "LUNCH", '"in the sun"', "lun*", "sun lunch"], ["lunches", '"sun the in"', "un*"]),
    ("A café in Zürich", ["cafe", "café", "CAFE\u0301", "zurich", "zürich", '"cafe in"'], ["caf", "zuerich"]),
    ("Die Straße nach Gießen", ["strasse", "STRASSE", "straße", "giessen"], ["strase"]),
    ("Łódź and Ærøskøbing", ["lodz", "łódź", "aeroskobing", "Ærøskøbing"], ["odz"]),
    ("Ｗｉｄｅ ｌｅｔｔｅｒｓ", ["wide", '"wide letters"', "ｗｉｄｅ"], ["w"]),
    ("Καλημέρα Ελλάς", ["καλημερα", "ελλας", "ΕΛΛΑΣ"], ["καλη"]),
    ("Новогодняя ёлка и мой чай", ["елка", "ёлка", "мой", "ЧАЙ"], ["мои", "чаи"]),
    ("Їжак у лісі", ["їжак", "ЇЖАК"], ["іжак"]),
    ("İstanbul'da yağmur", ["istanbul", "istanbul'da", "yagmur"], ["stanbul"]),
    ("مَرْحَبًا يا أصدقاء", ["مرحبا", "مَرْحَبًا", "أصدقاء"], ["اصدقا"]),
    ("שָׁלוֹם לכולם", ["שלום", "שָׁלוֹם"], ["שלו"]),
    ("हिन्दी में बात", ["हिन्दी", "बात"], ["हिनद", "बत"]),
    ("m² and ½ litre of H₂O", ["m2", "h2o", "m²"], ["h₂"]),
    ("soft\u00adware with\u200bspace", ["software", "space", '"with space"'], ["soft", "withspace"]),
    # apostrophes
    ("My friend's car", ["friend", "friend's", "friend’s", '"friend\'s car"'], ["friends", '"friend car"', "s"]),
    ("A friend of mine", ["friend"], ["friend's"]),
    ("We don’t know", ["don't", "dont", "don’t"], ["don", "t", "do"]),
    ("You'll see, they've gone", ["you", "you'll", "they", "they've"], ["ll", "ve"]),
    ("Sinead O'Connor sings", ["o'connor", "oconnor", "connor"], ["o"]),
    ("Voici l'avion d'Anne", ["avion", "l'avion", "anne"], ["l"]),
    ("the patients' choice, 'quoted'", ["patients", "quoted", '"patients choice quoted"'], ["patient"]),
    # hyphens, dots, slashes, ampersands
    ("COVID-19 is here", ["covid", "covid-19", "COVID19", "covid 19", '"covid-19 is"'], ['"covid 19"', '"19 is"']),
    ("covid all around", ["covid"], ["covid-19"]),
    ("My mother-in-law's e-mail", ["mother", "mother-in-law", "email", "e-mail", "law"], ["mail-e"]),
    ("Works at AT&T in R&D", ["at&t", "att", "AT&T", "r&d", "rd"], ["t", "r"]),
    ("pi is 3.14 or so", ["3.14"], ["3", "14", "3.1"]),
    ("Release v1.2.3 is out", ["v1.2.3", "v1.2*"], ["1.2.3"]),
    ("From the U.S.A. and the UK", ["usa", "u.s.a.", "U.S.A"], ["us", "u"]),
    ("No space after.The stop", ["after", "the", "after.the"], ['"after the"']),
    ("Meet at 12:30 on 2008-06-12", ["12:30", "2008-06-12", "30"], ["1230", "06-12"]),
    ("Open 24/7, costs 1,000 or 50%", ["24/7", "1,000", "1000", "50%", "50"], ["247", "5"]),
    ("Going to re:invent this", ["re:invent", "invent", '"re invent"'], ["reinvent"]),
    ("and/or either", ["and", "or", '"and or either"'], ["andor"]),
    ("snake_case and _emphasis_", ["snake_case", "snake", "case", "emphasis"], ["snakes", "snake_cases"]),
    # names with signs
    ("I write C++ all day", ["c++", "C++", '"c++ all"'], ["c", "#c", "c#"]),
    ("Now with C++17 and notepad++", ["c++", "c++17", "notepad++", "notepad"], ["c"]),
    ("I write C# all day", ["c#", "C#"], ["c", "c++", "#c"]),
    ("I write C all day", ["c", "C"], ["c++", "c#", "#c"]),
    ("Learning #C tonight", ["#c", "#C", "c"], ["c++", "c#", '"c tonight"']),
    (".NET jobs", [".net", ".NET", "net"], ["#net"]),
    ("LGBTQ+ march", ["lgbtq+", "lgbtq"], ["lgbt"]),
    # tags, mentions, cashtags, money
    ("So tired #MondayBlues", ["#mondayblues", "mondayblues", "#monday*"], ["monday", "#monday", "blues"]),
    ("mondayblues again", ["mondayblues"], ["#mondayblues"]),
    ("#1 in #no_smoking", ["#1", "1", "#no_smoking", "smoking"], ["#no"]),
    ("Thanks @Alice_B!", ["@alice_b", "alice_b", "@ALICE_B"], ["@alice", "alice"]),
    (".@bob's talk, cc @carol@example.org", ["@bob", "bob", "@carol", "carol", "@carol@example.org"], ["@bob@a.org"]),
    ("bob was here", ["bob"], ["@bob"]),
    ("Write to help.desk@example.org please", ["help.desk@example.org", "example.org"], ["@example", "@example.org"]),
    ("Long $ACME and $brk.b at $5.20", ["$acme", "$ACME", "acme", "$brk.b", "$5.20", "5.20"], ["$ac", "#acme"]),
    # URLs
    (
        "Read https://www.example.co.uk/News/today?x=1.",
        ["https://www.example.co.uk/News/today?x=1", "http://www.example.co.uk/news/today?x=1", "example.co.uk",
         "www.example.co.uk", "domain:example.co.uk", "has:link", "filter:links"],
        ["co.uk", "domain:co.uk", "today", "news", "domain:ample.co.uk"],
    ),
    ("At www.example.com or example.org/a", ["example.com", "www.example.com", "example.org", "example.org/a"], ["a"]),
    ("See (http://example.org/wiki/Ear_(organ)).", ["example.org/wiki/ear_(organ)", "domain:example.org"], ["organ"]),
    ("on http://localhost:8000/x now", ["http://localhost:8000/x", "now"], ["x"]),
    ("No link: example … http://… end", ["end", "example"], ["has:link", "http"]),
    # faces and emoji
    ("Great day :-)", ['":-)"', ":)", "attitude OR :)"], [":(", '":)"', '":("']),
    ("Great day :)", ['":)"', ":)"], ['":-)"', ":("]),
    ("thanks:) and =) and :D", [":)", '":)"', ":D", "thanks"], [":("]),
    ("Oh no :'( and D:", [":(", "D:"], [":)", "d"]),
    ("Options:(a) or (b)", ["options", "a", "b"], [":("]),
    ("Sun 😀 and heart ❤️", ["😀", "❤", "❤️", ":)"], [":(", "😡"]),
    ("Doctor 👩🏽‍⚕️ here, 👍🏿", ["👩🏽‍⚕️", "👩‍⚕", "👩", "👍", "👍🏿"], ["👍🏽", "👨"]),
    ("From 🇦🇹 to 🇩🇪, 1️⃣", ["🇦🇹", "🇩🇪", '"🇦🇹 to 🇩🇪"'], ["🇹🇩"]),
    ("😡😡😡", ["😡", '"😡 😡 😡"', ":("], ['"😡 😡 😡 😡"']),
    # scripts without spaces
    ("黒猫がいる", ["猫", "黒猫", "黒", "る", "猫が", "いる", "黒猫がいる"], ["猫黒", "犬", "黒が"]),
    ("猫", ["猫", '"猫"', "猫*"], ["黒猫", "猫が"]),
    ("今天天气很好", ["天气", "今天", "好", "天天气", '"天气很好"'], ["气天", "今气"]),
    ("#今天天气 很好", ["#今天天气", "今天天气", "天气", "气"], ["#今天", "#天气"]),
    ("iPhone版が出た", ["iphone", "版", "iphone版", '"iphone 版が"'], ["phone"]),
    ("고양이가 좋아", ["고양이", "고양이가", "고", "좋아"], ["양고", "강아지"]),
    ("ｶﾞｷﾞ", ["ガギ", "ガ", "ｶﾞ"], ["カキ"]),
    ("ภาษาไทยยาก", ["ภาษา", "ไทย", "ภาษาไทย"], ["ทไย"]),
    ("你好@dora看http://example.org/x吧", ["@dora", "你好", "example.org/x", "吧", "看"], ["x吧"]),
    # questions, boosts, punctuation
    ("Does anybody know?", ["?", "is:question", "know?"], ["-?"]),
    ("See http://example.org/?q=1 now", ["see", "-?"], ["?"]),
    ("RT @erin: breakfast", ["is:boost", "@erin", "rt"], ["is:original", "is:reply"]),
    ("Art @erin: breakfast", ["is:original", "-is:boost"], ["is:boost"]),
    ("a \"b\" (c) [d] — e… f!", ['"a b c d e f"', "f"], ['"a c"']),
    ("tab\tand\nline\r\nbreaks", ['"tab and line breaks"'], ["tabandline"]),
    ("nul\0inside \ud800 surrogate \u202ereversed\u202c", ["surrogate", "reversed", "nul"], ["nulinside"]),
    ("!!! ... ---", ["-anything"], ["anything"]),
]


def found(text: str, query: str) -> bool:
    post = Searchable(id=1, author_id=1, text=text, created_at=NOON)
    return matches(parse(query, NOON).tree, document(post), post, NOBODY)


@pytest.mark.parametrize("text, query", [(text, query) for text, finds, _ in TABLE for query in finds])
def test_the_table_of_what_is_found(text: str, query: str) -> None:
    assert found(text, query)


@pytest.mark.parametrize("text, query", [(text, query) for text, _, misses in TABLE for query in misses])
def test_the_table_of_what_is_not_found(text: str, query: str) -> None:
    assert not found(text, query)


def test_the_table_is_as_long_as_promised() -> None:
    assert len(TABLE) >= 60


def test_words_know_where_they_stand() -> None:
    text = "Well, #Jo's\tC++ 猫が!"
    assert [(word.term, text[word.start : word.end]) for word in analyse(text)] == [
        ("well", "Well"), ("#jo", "#Jo"), ("c++", "C++"), ("猫が", "猫が"), ("が", "が"),
    ]  # fmt: skip


def test_one_word_takes_one_position_however_many_alternates_it_has() -> None:
    (word,) = analyse("COVID-19")
    assert word.term == "covid-19"
    assert set(word.alternates) == {"covid", "19", "covid19"}


@pytest.mark.parametrize(
    "host, owners",
    [
        ("www.bbc.co.uk", ["www.bbc.co.uk", "bbc.co.uk"]),
        ("a.b.example.org", ["a.b.example.org", "b.example.org", "example.org"]),
        ("t.co", ["t.co"]),
        ("localhost", ["localhost"]),
        ("", []),
    ],
)
def test_a_host_is_found_by_its_owners_and_not_by_registries(host: str, owners: list[str]) -> None:
    assert domains(host) == owners


def test_long_terms_are_told_apart_although_they_are_cut() -> None:
    (one,) = analyse("http://example.org/" + "a" * 500 + "1")
    (other,) = analyse("http://example.org/" + "a" * 500 + "2")
    assert one.term != other.term
    assert one.term[:80] == other.term[:80]
    assert len(one.term) <= MAX_TERM


@pytest.mark.parametrize("piece", ["a ", "猫", "a,b;", "😡", "ก็", "#猫"])
def test_a_text_gives_a_bounded_number_of_words(piece: str) -> None:
    text = piece * 30_000
    assert len(analyse(text)) == MAX_WORDS
    assert len(terms(text).words) == MAX_WORDS


@pytest.mark.parametrize(
    "piece",
    ["a", "-", "a-", "a.", "@", "@a", "#", "(", ")", "http://", "a@", "a+", "+", ":", ":)", "'", "_", "1,", "1:",
     "\u0301", "e\u0301", "\u0327\u0301", "👩\u200d", "🏽", "\u200d", "猫", "ｶﾞ", "ก", "\u202e", "\ud800",
     "\0", "//a.b", "www.", "$", "&a", "<3"],
)  # fmt: skip
def test_analysis_takes_linear_time_whatever_the_text(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        start = time.process_time()
        analyse(text)
        return time.process_time() - start

    seconds(1_000)
    small = min(seconds(20_000) for _ in range(3))
    large = min(seconds(160_000) for _ in range(2))
    # Eight times the text. Quadratic time would take 64 times as long.
    assert large < 30 * small + 0.02


def test_folding_twice_changes_nothing_more() -> None:
    for code in CHARACTERS:
        once = fold(chr(code))
        assert fold(once) == once, hex(code)


@pytest.fixture(scope="module")
def tokens() -> Callable[[list[str]], list[str]]:
    """SQLite's own tokenizer, as the index configures it, over terms joined by spaces."""
    connection = apsw.Connection(":memory:")
    options = ["remove_diacritics", "0", "categories", "L* M* N* P* S* Cf Co"]
    tokenizer = connection.fts5_tokenizer("unicode61", options)

    def split(joined: list[str]) -> list[str]:
        text = " ".join(joined).encode()
        flags = {"include_offsets": False, "include_colocated": False}
        return [str(token) for token in tokenizer(text, apsw.FTS5_TOKENIZE_DOCUMENT, None, **flags)]

    return split


def test_sqlite_keeps_a_term_of_any_character(tokens: Callable[[list[str]], list[str]]) -> None:
    for at in range(0, len(CHARACTERS), 256):
        characters = [chr(code) for code in CHARACTERS[at : at + 256]]
        found = terms(" ".join([*characters, *(f"x{character}x" for character in characters)]))
        assert tokens(found.words) == found.words, hex(CHARACTERS[at])
        assert tokens(found.alternates) == found.alternates, hex(CHARACTERS[at])


PUNCTUATION = list("@#$.:;=-_()'’+&/%*?\"1aZ猫กéß ")
LONGER = ["http://", "www.", ".com", "\u200d", "👩", "🏽", "\ufe0f", "\u0308", "\ud800", "\0", "\u2028", "ﷺ"]
SIGNS = st.sampled_from([*PUNCTUATION, *LONGER])
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.one_of(SIGNS, st.characters()), max_size=25).map("".join))


@settings(max_examples=500)
@example(text="\u2483 \u1e9e \ua64a")
@example(text="Ⓜ")
@given(text=TEXTS)
def test_no_text_breaks_the_analyser_or_its_promises(text: str, tokens: Callable[[list[str]], list[str]]) -> None:
    words = analyse(text)
    found = terms(text)
    assert [word.term for word in words] == found.words
    assert [alternate for word in words for alternate in word.alternates] == found.alternates
    assert tokens(found.words) == found.words
    assert tokens(found.alternates) == found.alternates
    for term in found.words + found.alternates + found.hosts:
        assert 0 < len(term) <= MAX_TERM
        assert len(term.encode()) < 2046
        assert '"' not in term
    for word in words:
        assert 0 <= word.start < word.end <= len(text)


@settings(max_examples=300)
@given(texts=st.lists(TEXTS, max_size=5))
def test_a_stretch_is_analysed_alike_whatever_surrounds_it(texts: list[str]) -> None:
    alone = [word.term for text in texts for word in analyse(text)]
    assert [word.term for word in analyse(" ".join(texts))] == alone


SIGNED = st.builds("{}{}{}".format, st.sampled_from("@#$"), st.text("aZ_9.,!?:;)d-o/x'Pé(", min_size=1, max_size=8),
                   st.sampled_from(["", ".", "!?", ":", ")"]))  # fmt: skip


@settings(max_examples=500)
@given(written=SIGNED | st.text("aZ'é.,!?”(“-3", min_size=1, max_size=8))
def test_the_short_ways_through_the_analyser_say_what_the_long_one_says(written: str) -> None:
    def said() -> tuple[object, ...]:
        analysis._memory.clear()
        analysis._earlier.clear()
        return tuple(analysis._analysed(written))

    short = said()
    with pytest.MonkeyPatch.context() as patch:
        for way in ("_PLAIN", "_SIGNED"):
            patch.setattr(analysis, way, re.compile("(?!)"))
        assert said() == short
    if term := analysis.plain(written):
        assert analysis.stretch(written) == ((term,), (), (), "?" in written)


@settings(max_examples=300)
@given(text=TEXTS)
def test_memory_changes_nothing(text: str) -> None:
    analysis._memory.clear()
    analysis._earlier.clear()
    first = terms(text)
    assert terms(text) == first
    analysis._earlier.update(analysis._memory)
    analysis._memory.clear()
    assert terms(text) == first


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "_REMEMBERED_STRETCHES", 10)
    for number in range(100):
        terms(f"word{number}")
    assert len(analysis._memory) <= 10
    assert terms("word99").words == ["word99"]

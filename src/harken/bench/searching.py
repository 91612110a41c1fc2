"""The queries of the search budget: what people ask, and what hurts."""

from __future__ import annotations

from datetime import datetime, timedelta

MIX = [
    "the", "the to", "help", "coffee", "clinic", "coffee OR clinic", '"thank you"', '"customer service" help',
    "help -the", "hel*", "th*", "#help", "from:author1", "help from:author2", "to:author3", "coffee since:30d",
    "is:question help", "has:link coffee", "lang:en coffee :)", "in:home", "in:home the", "zzzznothing",
]  # fmt: skip

READER, QUIET, BLOCKER, MUTER = "bench1", "benchquiet", "benchblocks", "benchmutes"
FOLLOWED, BLOCKED, MUTED = 500, 1_000, 99  # people; people; of a hundred


def adversarial(first: datetime, authors: int) -> list[tuple[str, str, str]]:
    """(what it is, who asks, the query); `first` is when the oldest post was made."""
    early = f"{first + timedelta(days=2):%Y-%m-%d}"
    return [
        ("commonest word and one that nobody says", READER, "the zzzznothing"),
        ("two common words in the oldest days", READER, f"the to until:{early}"),
        ("common word AND rare author", READER, f"the from:author{authors - 1}"),
        ("phrase of common words that nobody says", READER, '"the to the to the"'),
        ("phrase of two common words", READER, '"the the"'),
        ("only exclusions of common words", READER, "-the -to -a -in -of lang:en"),
        ("rare word without the commonest", READER, "umbrella -the -to -a -in -of"),
        ("prefix of one letter", READER, "a*"),
        ("prefix of one letter and a rare word", READER, "t* umbrella"),
        ("prefix of two letters", READER, "th*"),
        ("prefix of three letters", READER, "the*"),
        ("prefix of five letters", READER, "serv*"),
        ("prefixes in the oldest days", READER, f"a* th* until:{early}"),
        ("in:home, 500 quiet follows", QUIET, "in:home"),
        ("in:home, 500 quiet follows, commonest word", QUIET, "in:home the"),
        ("in:home, 500 quiet follows, no such word", QUIET, "in:home zzzznothing"),
        ("1,000 blocks, commonest word", BLOCKER, "the"),
        ("1,000 blocks, some word", BLOCKER, "umbrella"),
        ("99 % hidden, commonest word", MUTER, "the"),
        ("99 % hidden, some word", MUTER, "umbrella"),
        ("near, few people", READER, "near:Graz within:10km coffee"),
        ("near, many people", READER, 'near:"New York" within:300mi coffee'),
        ("near, most people", READER, "near:Delhi within:5000km umbrella"),
        ("near, nobody", READER, "geocode:-60.0,-140.0,50km the"),
        ("near, nobody says it", READER, "near:London within:300km zzzznothing"),
        ("only followers may see, somebody else's", READER, "min_replies:1 from:author0 the"),
    ]


COUNTED = ["the", "coffee", "a*", "umbrella -the", "from:author1"]

"""What is a command, and what is a sentence that begins like one."""

from __future__ import annotations

import pytest

from harken.text.commands import Command, command, literal

COMMANDS = [
    ("track clinic", Command("track", text="clinic")),
    ("Track drinking  tea", Command("track", text="drinking tea")),
    ('track "second opinion" OR clinic -dental', Command("track", text='"second opinion" OR clinic -dental')),
    ("track C++", Command("track", text="C++")),
    ("track from:amber", Command("track", text="from:amber")),
    ("track clinic ?", Command("track", text="clinic ?")),
    ("untrack clinic", Command("untrack", text="clinic")),
    ("track off", Command("untrack all")),
    ("untrack ALL", Command("untrack all")),
    ("  track ", Command("tracks")),
    ("tracks", Command("tracks")),
    ("tracking", Command("tracks")),
    ("stats", Command("stats")),
    ("HELP", Command("help")),
    ("invite", Command("invite")),
    ("follow amber", Command("follow", "amber")),
    ("Follow @Amber", Command("follow", "amber")),
    ("follow amber@example.org", Command("follow", "amber@example.org")),
    ("leave amber", Command("unfollow", "amber")),
    ("unfollow amber", Command("unfollow", "amber")),
    ("on amber", Command("on", "amber")),
    ("off amber", Command("off", "amber")),
    ("whois amber", Command("whois", "amber")),
    ("get amber", Command("get", "amber")),
    ("fav amber", Command("fav", "amber")),
    ("nudge amber", Command("nudge", "amber")),
    ("d amber are you there?", Command("direct", "amber", "are you there?")),
    ("DM @amber two\nlines", Command("direct", "amber", "two\nlines")),
]

SENTENCES = [
    "follow your heart", "follow amber!", "follow", "Follow the money, they say", "following amber", "follow-amber",
    "get well soon!", "get up", "get out of here", "on my way", "on", "off", "off we go", "off to bed.",
    "leave me alone", "leave", "whois", "who is amber", "fav song ever", "favourite amber", "nudge nudge wink wink",
    "track and field is what I did at school back then", "Track 5 is the best one on it.", "track this!",
    "track, trace, repeat", "tracked amber", "tracking down a bug", "untrack", "stats are in", "stats.", "help me",
    "help!", "invite amber", "d", "d amber", "dm me", "D: that is sad", "d-day", "Dm Bm", "d'oh that was it",
    "follow\namber", "track clinic\nand more", "I follow amber", "\\follow amber", "#follow amber", "", "  ",
    "x" * 6000, "track " + "x" * 101, "on all", "follow ambér", "get \u202eamber",
]  # fmt: skip


@pytest.mark.parametrize(("text", "meant"), COMMANDS)
def test_a_message_that_has_exactly_the_form_is_a_command(text: str, meant: Command) -> None:
    assert command(text) == meant


# Some have the form, and are saved by there being nobody of that name: `get up` and `help me` are two words as well.
NAMES_NOBODY = {"get up"}


@pytest.mark.parametrize("text", SENTENCES)
def test_a_sentence_is_no_command(text: str) -> None:
    meant = command(text)
    assert meant is None or (text in NAMES_NOBODY and meant.name)


@pytest.mark.parametrize(("text", "posted"), [
    ("\\track tea", "track tea"), ("  \\d amber hello", "d amber hello"), ("\\o/", "\\o/"), ("\\follow your heart",
    "\\follow your heart"), ("track tea", "track tea"), ("\\\\track tea", "\\\\track tea"), ("C:\\track", "C:\\track")])
def test_a_backslash_before_a_command_goes_and_any_other_stays(text: str, posted: str) -> None:
    assert literal(text) == posted

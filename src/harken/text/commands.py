"""Twitter's commands of 2007: short messages that do something instead of being posted.

A command is a whole message on one line that begins with the word and has exactly its form; whether a name in it
belongs to somebody is for the caller to ask. `follow your heart` has one word too many and `get well soon!` is no name,
so both are texts; `track` takes a few words and no sentence. A backslash before a command says that it is a text.

    track WORDS · untrack WORDS · untrack all, track off · track, tracks, tracking
    follow NAME · unfollow NAME, leave NAME · on NAME · off NAME
    whois NAME · get NAME · fav NAME · nudge NAME · d NAME TEXT, dm NAME TEXT
    stats · invite · help

Source: FEATURES.md section 1 in the project's notes, after the help pages of the time.
"""

from __future__ import annotations

import re

import msgspec

MAX_LENGTH = 5_000
MAX_TRACKED_WORDS = 6
MAX_TRACKED = 100  # characters

_SPACE = re.compile(r"\s+")
_NAME = re.compile(r"@?([A-Za-z0-9_]{1,30}(?:@[A-Za-z0-9.-]{1,253})?)")
_NO_NAMES = frozenset({"all", "off", "on"})
_SENTENCE = re.compile(r"\w[.!?…]+$|[,;]\s|\w:\s")

NAMED = {
    "follow": "follow", "unfollow": "unfollow", "leave": "unfollow", "on": "on", "off": "off", "whois": "whois",
    "get": "get", "fav": "fav", "nudge": "nudge",
}
ALONE = {
    "stats": "stats", "tracks": "tracks", "tracking": "tracks", "track": "tracks", "help": "help", "invite": "invite",
}
DIRECT = ("d", "dm")


class Command(msgspec.Struct, frozen=True):
    """What a message asks for. `name` is without the sign; `text` the words to track or to send."""

    verb: str
    name: str = ""
    text: str = ""


def command(message: str) -> Command | None:
    """The command that `message` is, or None for a text to be posted."""
    if len(message) > MAX_LENGTH:
        return None
    message = message.strip()
    word, _, rest = message.partition(" ")
    verb, rest = word.lower(), rest.strip()
    if verb in DIRECT:
        return _direct(rest)
    if "\n" in message or "\r" in message:
        return None
    if not rest:
        return Command(ALONE[verb]) if verb in ALONE else None
    if verb in ("track", "untrack"):
        return _tracking(verb, _SPACE.sub(" ", rest))
    name = _NAME.fullmatch(rest)
    if verb in NAMED and name and name[1].lower() not in _NO_NAMES:
        return Command(NAMED[verb], name[1].lower())
    return None


def literal(message: str) -> str:
    """The text that is posted: without the backslash that keeps a command from being one."""
    bare = message.lstrip()
    return bare[1:] if bare.startswith("\\") and command(bare[1:]) else message


def _direct(rest: str) -> Command | None:
    name, _, text = rest.partition(" ")
    found = _NAME.fullmatch(name)
    if found is None or not text.strip():
        return None
    return Command("direct", found[1].lower(), text.strip())


def _tracking(verb: str, words: str) -> Command | None:
    if (verb, words.lower()) in (("track", "off"), ("untrack", "all")):
        return Command("untrack all")
    if len(words) > MAX_TRACKED or len(words.split()) > MAX_TRACKED_WORDS or _SENTENCE.search(words):
        return None
    return Command(verb, text=words)

"""The operators as people meet them: one table for the help page, the completion and the tests.

Texts are English sources for gettext; whoever shows them translates.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..model.verb import VERBS


def _(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Operator:
    """One line of the table: `examples` parse, `meaning` says what they find.

    `key` is what one types before the value, with its colon or sign, and empty
    where there is none to complete. `values` are those it takes, each with its
    meaning; `takes` says what follows where they cannot be listed: "person",
    "tag", "language", "date" or plain text ("").
    """

    key: str
    meaning: str
    examples: tuple[str, ...]
    takes: str = ""
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the table with its heading."""

    title: str
    operators: tuple[Operator, ...]


_CARRIED = (
    ("link", _("a link")), ("media", _("any picture, film or sound")), ("image", _("a picture")),
    ("video", _("a film")), ("audio", _("a sound")), ("poll", _("a poll")), ("event", _("an event")),
    ("file", _("a file")),
)  # fmt: skip
_DATES = (
    ("today", _("today")), ("yesterday", _("yesterday")), ("2h", _("two hours ago")), ("3d", _("three days ago")),
    ("2w", _("two weeks ago")),
)  # fmt: skip

TABLE = (
    Part(_("Words"), (
        Operator("", _("posts with both words"), ("tea toast",)),
        Operator("OR", _("posts with either word"), ("tea OR coffee",)),
        Operator("(", _("brackets group"), ("(tea OR coffee) breakfast",)),
        Operator("-", _("without: a minus sign directly before it"), ("tea -milk", "tea NOT milk")),
        Operator('"', _("exactly these words, in this order"), ('"second opinion"',)),
        Operator("*", _("words that begin so"), ("hospit*",)),
        Operator("~", _("posts about something like it, in whatever words"), ("~appointment",)),
    )),
    Part(_("People and tags"), (
        Operator("#", _("posts with this tag"), ("#askamber",), takes="tag"),
        Operator("@", _("posts that mention this person"), ("@amber",), takes="person"),
        Operator("from:", _("what this person wrote; from:me is your own"), ("from:amber",), takes="person"),
        Operator("to:", _("what was said to this person"), ("to:amber",), takes="person"),
        Operator("in:", _("only from my circle"), ("in:home", "in:mine", "in:saved", "in:list:NAME", "in:set:NAME"),
                 values=(("home", _("by people in my home timeline")), ("mine", _("my own posts")),
                         ("saved", _("what I favourited or bookmarked")))),
    )),
    Part(_("When"), (
        Operator("since:", _("from the start of that day on; the last days or hours"),
                 ("since:2008-06-12", "since:yesterday", "since:3d", "since:2h"), "date", _DATES),
        Operator("until:", _("to the end of that day"), ("until:2008-06-12",), "date", _DATES),
        Operator("before:", _("before that day"), ("before:2008-06-12",), "date", _DATES),
        Operator("after:", _("after that day"), ("after:2008-06-12",), "date", _DATES),
        Operator("during:", _("in that day, month or year"), ("during:2008-06-12", "during:2008-06"), "date", _DATES),
        Operator("tz:", _("whose days are meant; yours, if you leave it out"), ("during:2008-06-12 tz:Europe/Berlin",)),
    )),
    Part(_("What kind"), (
        Operator("?", _("questions"), ("?",)),
        Operator("is:", _("what kind of post it is"),
                 ("is:question", "is:unanswered", "is:reply", "is:original", "is:boost", "is:sensitive"),
                 values=(("question", _("questions")), ("unanswered", _("posts that nobody has answered yet")),
                         ("reply", _("answers")), ("original", _("no answers and no repetitions")),
                         ("boost", _("posts that begin with RT @somebody")),
                         ("sensitive", _("posts behind a content warning")))),
        Operator(":)", _("with a happy face (it looks for faces, it does not read minds)"), (":)",)),
        Operator(":(", _("with a sad face"), (":(",)),
        Operator("has:", _("posts that carry such a thing"),
                 tuple(f"has:{thing}" for thing, _meaning in _CARRIED), values=_CARRIED),
        Operator("filter:", _("the same, as Summize wrote it"), ("filter:links",),
                 values=(("links", _("a link")), ("replies", _("answers")))),
        Operator("lang:", _("posts in this language"), ("lang:de",), takes="language"),
        Operator("source:", _("posts written with this application"), ("source:web",)),
        Operator("domain:", _("posts with a link to this site"), ("domain:example.org",)),
        Operator("kind:", _("posts of this kind"), ("kind:note", "kind:event"),
                 values=(("note", _("a text")), ("link", _("a link")), ("file", _("a file")), ("event", _("an event")),
                         ("poll", _("a poll")))),
        Operator("verb:", _("posts that say so before their text"), ("verb:asks", "verb:needs"),
                 values=tuple((verb, _("with this qualifier")) for verb in VERBS if verb.isalpha())),
        Operator("min_replies:", _("with at least so many answers"), ("min_replies:3",)),
        Operator("min_boosts:", _("boosted at least so often"), ("min_boosts:2",)),
        Operator("min_favourites:", _("with at least so many favourites"), ("min_favourites:5",)),
    )),
    Part(_("Where"), (
        Operator("near:", _("near a place, if the writer said where they are"), ('near:"Raleigh"',)),
        Operator("within:", _("how far from it, in mi, km or m"), ('near:"Raleigh" within:15mi',)),
        Operator("geocode:", _("near a point: latitude, longitude, distance"), ("geocode:35.78,-78.64,25km",)),
    )),
    Part(_("Order"), (
        Operator("sort:", _("the best matches first, or the newest, as without it"),
                 ("breakfast sort:top", "breakfast sort:new"),
                 values=(("top", _("the best first")), ("new", _("the newest first")))),
    )),
)  # fmt: skip

OPERATORS = tuple(operator for part in TABLE for operator in part.operators)

"""How a query was read, in one plain sentence, so that people see what they asked for and learn the language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from .query import (
    All,
    And,
    Attitude,
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
)


def _plainly(moment: datetime, with_time: bool) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if with_time else f"{moment:%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class Speech:
    """Who speaks: translations, and how to say a day (or moment, already local) and a language."""

    gettext: Callable[[str], str] = lambda text: text
    ngettext: Callable[[str, str, int], str] = lambda one, many, number: one if number == 1 else many
    day: Callable[[datetime, bool], str] = _plainly
    language: Callable[[str], str] = lambda code: code


def explain(query: Query, speech: Speech = Speech(), zone: tzinfo | None = None) -> str:
    """`Posts with clinic or hospital, asking something, from 2008-06-12 on, newest first.`

    Days are said in the query's own zone, or in `zone`.
    """
    return _Explanation(speech, zone or query.zone).sentence(query)


_WORDY = (Word, Prefix, Phrase, Tag)


class _Explanation:
    def __init__(self, speech: Speech, zone: tzinfo) -> None:
        self.speech = speech
        self.zone = zone

    def sentence(self, query: Query) -> str:
        _ = self.speech.gettext
        tree = query.tree
        order = _("best first") if query.order == "top" else _("newest first")
        if isinstance(tree, All):
            return _("All posts, %(order)s.") % {"order": order}
        return _("Posts %(what)s, %(order)s.") % {"what": self.all_of(_parts(tree)), "order": order}

    def all_of(self, parts: Sequence[Node]) -> str:
        """Conditions that hold together: the words in one breath, then the rest in their order."""
        _ = self.speech.gettext
        said: list[str] = []
        wordy = [part for part in parts if _is_wordy(part)]
        inside = "or" if len(wordy) == 1 else "and"  # alone, an OR needs no brackets
        if words := [self.words(part, inside) for part in wordy]:
            said.append(_("with %(words)s") % {"words": self.joined(words, "and")})
        if words := [self.words(part.part, "or") for part in parts if isinstance(part, Not) and _is_wordy(part.part)]:
            said.append(_("without %(words)s") % {"words": self.joined(words, "or")})
        rest = [p for p in parts if not _is_wordy(p) and not (isinstance(p, Not) and _is_wordy(p.part))]
        times = [part for part in rest if isinstance(part, (Since, Until))]
        said += [self.clause(part) for part in rest if part not in times]
        if times:
            said.append(self.span(times))
        return ", ".join(said)

    def group(self, node: Node) -> str:
        """`node` as one of several, in brackets where it would run into its neighbours."""
        text = self.all_of(_parts(node))
        return f"({text})" if isinstance(node, (And, Or)) and not _is_wordy(node) else text

    def joined(self, texts: Sequence[str], how: str) -> str:
        """`a, b and c`"""
        _ = self.speech.gettext
        if len(texts) < 2:
            return "".join(texts)
        pattern = _("%(first)s and %(last)s") if how == "and" else _("%(first)s or %(last)s")
        return pattern % {"first": ", ".join(texts[:-1]), "last": texts[-1]}

    def words(self, node: Node, inside: str = "and") -> str:
        """Words, phrases and tags as written, joined by `and` and `or`, in brackets where these mix."""
        _ = self.speech.gettext
        match node:
            case And(parts=parts) | Or(parts=parts):
                how = "and" if isinstance(node, And) else "or"
                text = self.joined([self.words(part, how) for part in parts], how)
                return text if how == inside else f"({text})"
            case Prefix(term=term):
                return _("words that begin with “%(word)s”") % {"word": term}
            case Phrase(terms=terms, written=written, prefix=prefix):
                text = written or " ".join(terms)
                return f"“{text}…”" if prefix and not text.endswith("*") else f"“{text}”"
            case Tag():
                return node.term
            case Word(term=term, written=written):
                return written or term
        raise AssertionError(node)

    def clause(self, node: Node) -> str:
        """One condition that is not a word, so that it can stand after `posts`."""
        _, many = self.speech.gettext, self.speech.ngettext
        match node:
            case And(parts=parts):
                return self.all_of(parts)
            case Or(parts=parts):
                return _("either %(these)s") % {"these": self.joined(list(map(self.group, parts)), "or")}
            case Not(part=part):
                return _("not %(what)s") % {"what": self.group(part)}
            case From(name="me"):
                return _("by you")
            case From(name=name):
                return _("by @%(name)s") % {"name": name}
            case To(name="me"):
                return _("said to you")
            case To(name=name):
                return _("said to @%(name)s") % {"name": name}
            case Mention(name=name):
                return _("mentioning @%(name)s") % {"name": name}
            case Since() | Until():
                return self.span([node])
            case Language(code=code):
                return _("in %(language)s") % {"language": self.speech.language(code)}
            case Source(name=name):
                return _("written with “%(name)s”") % {"name": name}
            case Domain(host=host):
                return _("linking to %(host)s") % {"host": host}
            case Kind(name=name):
                return _("of the kind “%(name)s”") % {"name": name}
            case Verb(name=name):
                return _("published with the verb “%(name)s”") % {"name": name}
            case Has(thing=thing):
                return self.carrying(thing)
            case Is(what=what):
                return self.being(what)
            case Attitude(mood="happy"):
                return _("with a happy face")
            case Attitude():
                return _("with a sad face")
            case In(scope="home"):
                return _("by you and those you follow")
            case In(scope="mine"):
                return _("by you")
            case In(scope="saved"):
                return _("that you favourited or bookmarked")
            case In(scope="list", name=name):
                return _("by people of your list “%(name)s”") % {"name": name}
            case In(name=name):
                return _("by people of your set “%(name)s”") % {"name": name}
            case Near(place=place, metres=metres):
                return _("within %(distance)s of %(place)s") % {"distance": _distance(metres), "place": place}
            case Geocode(latitude=latitude, longitude=longitude, metres=metres):
                return _("within %(distance)s of %(place)s") % {
                    "distance": _distance(metres), "place": f"{latitude:g}, {longitude:g}"}
            case MinCount(what="replies", number=number):
                return many("with at least %(n)d answer", "with at least %(n)d answers", number) % {"n": number}
            case MinCount(what="boosts", number=number):
                return many("with at least %(n)d boost", "with at least %(n)d boosts", number) % {"n": number}
            case MinCount(number=number):
                return many("with at least %(n)d favourite", "with at least %(n)d favourites", number) % {"n": number}
            case Similar(text=text):
                return _("about something like “%(text)s”") % {"text": text}
            case All():
                return _("of any kind")
        return _("with %(words)s") % {"words": self.words(node)}

    def carrying(self, thing: str) -> str:
        _ = self.speech.gettext
        return {
            "link": _("with a link"), "media": _("with a picture, film or sound"), "image": _("with a picture"),
            "video": _("with a film"), "audio": _("with a sound"), "poll": _("with a poll"),
            "event": _("with an event"), "file": _("with a file"),
        }[thing]

    def being(self, what: str) -> str:
        _ = self.speech.gettext
        return {
            "reply": _("answering somebody"), "question": _("asking something"),
            "unanswered": _("that nobody has answered"), "sensitive": _("behind a content warning"),
            "boost": _("that repeat somebody with RT"), "original": _("that neither answer nor repeat"),
        }[what]

    def span(self, parts: Sequence[Node]) -> str:
        """The stretch of time that all `parts`, each a Since or an Until, leave."""
        _ = self.speech.gettext
        start = max((part.moment for part in parts if isinstance(part, Since)), default=None)
        end = min((part.moment for part in parts if isinstance(part, Until)), default=None)
        if start is None and end is not None:
            return _("until %(day)s") % {"day": self.last(end)}
        if start is not None and end is None:
            return _("from %(day)s on") % {"day": self.first(start)}
        assert start is not None
        assert end is not None
        if end <= start:
            return _("at no time at all: the end lies before the beginning")
        if self.first(start) == self.last(end):
            return _("on %(day)s") % {"day": self.first(start)}
        return _("from %(first)s to %(last)s") % {"first": self.first(start), "last": self.last(end)}

    def first(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        return self.speech.day(local, not _is_midnight(local))

    def last(self, moment: datetime) -> str:
        """The last day (or minute) before `moment`, as people say an end."""
        local = moment.astimezone(self.zone)
        if _is_midnight(local):
            return self.speech.day(local - timedelta(days=1), False)
        return self.speech.day((moment.astimezone(UTC) - timedelta(milliseconds=1)).astimezone(self.zone), True)


def _parts(node: Node) -> Sequence[Node]:
    return node.parts if isinstance(node, And) else (node,)


def _is_wordy(node: Node) -> bool:
    """Whether `node` asks for words and tags alone."""
    if isinstance(node, (And, Or)):
        return all(map(_is_wordy, node.parts))
    return isinstance(node, _WORDY)


def _is_midnight(local: datetime) -> bool:
    return (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)


def _distance(metres: int) -> str:
    return f"{round(metres / 1000, 1):g} km" if metres >= 1000 else f"{metres} m"

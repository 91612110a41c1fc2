"""The form for those who do not know the operators: what it holds as a query, and a query as what it holds."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

import msgspec

from .query import (
    All,
    And,
    Attitude,
    BadQuery,
    From,
    Has,
    In,
    Is,
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
    Since,
    Tag,
    To,
    Until,
    Word,
    parse,
    unparse,
)

THINGS = ("link", "media", "image", "video", "audio", "poll", "event", "file")
CIRCLES = ("home", "mine", "saved")


class Fields(msgspec.Struct, kw_only=True):
    """What stands in the form, as people write it. `rest` is query text that has no field of its own."""

    every: str = ""
    either: str = ""
    phrase: str = ""
    none: str = ""
    author: str = ""
    to: str = ""
    mentioning: str = ""
    tags: str = ""
    language: str = ""
    since: str = ""
    until: str = ""
    near: str = ""
    within: str = ""
    mood: str = ""
    question: str = ""
    unanswered: str = ""
    has: str = ""
    circle: str = ""
    min_replies: str = ""
    min_boosts: str = ""
    min_favourites: str = ""
    order: str = ""
    rest: str = ""


_QUOTES = re.compile('["“”„＂]')
_PIECE = re.compile(r'"[^"]*"|[^\s"]+')
_SEPARATORS = re.compile(r"[\s,;]+")


def written(fields: Fields) -> str:
    """The query that the form means. It may be a bad one, where a field holds what is no name or number."""
    parts = _words(fields.every)
    if either := _alternatives(fields.either):
        parts.append(f"({' OR '.join(either)})" if len(either) > 1 else either[0])
    if phrase := _bare(fields.phrase):
        parts.append(f'"{phrase}"')
    parts += [f"-{word}" for word in _words(fields.none)]
    for key, names in (("from:", fields.author), ("to:", fields.to)):
        people = [f"{key}{name}" for name in _names(names, "@")]
        parts += [f"({' OR '.join(people)})"] if len(people) > 1 else people
    parts += [f"@{name}" for name in _names(fields.mentioning, "@")]
    parts += [f"#{name}" for name in _names(fields.tags, "#")]
    parts += [f"lang:{code}" for code in _names(fields.language, "")[:1]]
    parts += [f"has:{fields.has}"] if fields.has in THINGS else []
    parts += [{"happy": ":)", "sad": ":("}[fields.mood]] if fields.mood in ("happy", "sad") else []
    parts += ["is:question"] if fields.question else []
    parts += ["is:unanswered"] if fields.unanswered else []
    parts += [f"in:{fields.circle}"] if fields.circle in CIRCLES else []
    for what in ("replies", "boosts", "favourites"):
        number = getattr(fields, f"min_{what}").strip()
        parts += [f"min_{what}:{_joined(number)}"] if number not in ("", "0") else []
    for key, day in (("since:", fields.since), ("until:", fields.until)):
        parts += [key + _joined(day)] if day.strip() else []
    if place := _bare(fields.near):
        parts.append(f'near:"{place}"')
        distance = _joined(fields.within)
        parts += [f"within:{distance}{'km' if distance.isdigit() else ''}"] if distance else []
    if rest := fields.rest.strip():
        parts.append(f"({rest})" if _is_or(rest) and parts else rest)
    parts += ["sort:top"] if fields.order == "top" else []
    return " ".join(parts)


def _is_or(text: str) -> bool:
    """Whether `text` would fall apart beside others; a bad query is left as it is, and pointed at later."""
    try:
        return isinstance(parse(text, _SOME_DAY).tree, Or)
    except BadQuery:
        return False


_SOME_DAY = datetime.fromisoformat("2008-06-12T00:00:00+00:00")


def _words(text: str) -> list[str]:
    """The words and quoted phrases of a field, none of which the grammar can take for an operator."""
    return [_word(piece) for piece in _PIECE.findall(_QUOTES.sub('"', text)) if piece.strip('" ')]


def _alternatives(text: str) -> list[str]:
    """Like `_words`; but where there are commas, what stands between them."""
    if "," not in text:
        return _words(text)
    return [_word(part if " " not in part else f'"{part}"') for part in map(_bare, text.split(",")) if part]


def _word(piece: str) -> str:
    if piece.startswith('"'):
        return piece
    try:
        node = parse(piece, _SOME_DAY).tree
    except BadQuery:
        node = All()
    return piece if isinstance(node, (Word, Prefix, Phrase, Tag, Mention)) else f'"{piece}"'


def _bare(text: str) -> str:
    return " ".join(_QUOTES.sub(" ", text).split())


def _joined(text: str) -> str:
    return "".join(_QUOTES.sub("", text).split())


def _names(text: str, sign: str) -> list[str]:
    return [name for piece in _SEPARATORS.split(_QUOTES.sub(" ", text)) if (name := piece.lstrip(sign or " "))]


def read(text: str, query: Query, zone: tzinfo) -> Fields:
    """The form for the query `text`; what has no field stays in `rest`, as it was written where that is possible.

    The dates of the form are days of `zone`.
    """
    fields = Fields(order="top" if query.order == "top" else "")
    rest: list[str] = []
    tree = query.tree
    seen: set[tuple[int, int]] = set()
    for part in tree.parts if isinstance(tree, And) else (tree,):
        if _taken(fields, part, text, zone):
            continue
        place = (part.start, part.end)
        if place not in seen:  # the two halves of during: stand in one place
            rest.append(_kept(part, text, query.zone == zone))
        seen.add(place)
    fields.rest = " ".join(rest) if len(rest) != 1 else rest[0]
    return fields


def _kept(part: Node, text: str, same_days: bool) -> str:
    """A condition as text: as it was written if it stands by itself there and means the same alone."""
    if isinstance(part, All):
        return ""
    if isinstance(part, Or):
        return f"({unparse(part)} )" if "(" in unparse(part).rsplit(" ", 1)[-1] else f"({unparse(part)})"
    whole = isinstance(part, (And, Not, Near)) or (isinstance(part, (Since, Until)) and not same_days)
    return unparse(part) if whole else text[part.start : part.end]


def _taken(fields: Fields, part: Node, text: str, zone: tzinfo) -> bool:
    """Whether a field could hold `part`, and does now."""
    match part:
        case Phrase() if text[part.start : part.end].startswith(tuple('"“”„＂')):
            return _once(fields, "phrase", _bare(text[part.start : part.end]))
        case Word() | Prefix() | Phrase():
            return _more(fields, "every", text[part.start : part.end])
        case Not(part=Word() | Prefix() as inner):
            return _more(fields, "none", unparse(inner))
        case Not(part=Phrase() as inner):
            return _more(fields, "none", unparse(inner))
        case Or(parts=parts) if all(isinstance(one, (Word, Prefix, Phrase)) for one in parts):
            return _once(fields, "either", " ".join(map(unparse, parts)))
        case Or(parts=parts) if all(isinstance(one, From) for one in parts):
            return _once(fields, "author", " ".join(one.name for one in parts if isinstance(one, From)))
        case Or(parts=parts) if all(isinstance(one, To) for one in parts):
            return _once(fields, "to", " ".join(one.name for one in parts if isinstance(one, To)))
        case From(name=name):
            return _once(fields, "author", name)
        case To(name=name):
            return _once(fields, "to", name)
        case Mention(name=name):
            return _more(fields, "mentioning", name)
        case Tag(name=name):
            return _more(fields, "tags", name)
        case Language(code=code):
            return _once(fields, "language", code)
        case Since(moment=moment):
            day = moment.astimezone(zone)
            return _is_day(part, text, day) and _once(fields, "since", f"{day:%Y-%m-%d}")
        case Until(moment=moment):
            day = moment.astimezone(zone)
            return _is_day(part, text, day) and _once(fields, "until", f"{day - timedelta(days=1):%Y-%m-%d}")
        case Near(place=place, metres=metres) if metres % 1000 == 0:
            return _once(fields, "near", place) and _once(fields, "within", str(metres // 1000))
        case Attitude(mood=mood):
            return _once(fields, "mood", mood)
        case Is(what="question"):
            return _once(fields, "question", "1")
        case Is(what="unanswered"):
            return _once(fields, "unanswered", "1")
        case Has(thing=thing):
            return _once(fields, "has", thing)
        case In(scope=scope, name=None):
            return _once(fields, "circle", scope)
        case MinCount(what=what, number=number) if number:
            return _once(fields, f"min_{what}", str(number))
    return False


def _is_day(part: Node, text: str, day: datetime) -> bool:
    """Whether the moment is where a day begins and was not written as one that moves on, such as `yesterday`."""
    at_midnight = (day.hour, day.minute, day.second, day.microsecond) == (0, 0, 0, 0)
    return at_midnight and re.search(r":\d{4}", text[part.start : part.end]) is not None


def _once(fields: Fields, name: str, value: str) -> bool:
    if getattr(fields, name):
        return False
    setattr(fields, name, value)
    return True


def _more(fields: Fields, name: str, value: str) -> bool:
    setattr(fields, name, f"{getattr(fields, name)} {value}".strip())
    return True


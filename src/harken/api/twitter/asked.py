"""What a script asks: the parameters of the API and of the advanced form, as one query of our language."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from ...errors import Invalid, NotAllowed
from ...ids import parse_id
from ...search.query import BadQuery, parse

MAX_QUERY = 1000
MOST_PER_PAGE = 100
PER_PAGE = 15
MAX_DEPTH = 1500  # results that pages reach, as then; since_id and dates reach everything
_ATTITUDES = (":)", ":(", "?")


class Asked(msgspec.Struct, kw_only=True):
    """Parameters by their old names. Ids and numbers are text, because scripts send them empty or as -1."""

    q: str = ""
    callback: str = ""
    lang: str = ""
    rpp: str = ""
    page: str = ""
    since_id: str = ""
    max_id: str = ""
    geocode: str = ""
    show_user: str = ""
    # The advanced form's.
    ands: str = ""
    phrase: str = ""
    ors: str = ""
    nots: str = ""
    tag: str = ""
    author: str = msgspec.field(default="", name="from")
    to: str = ""
    ref: str = ""
    near: str = ""
    within: str = ""
    units: str = ""
    since: str = ""
    until: str = ""
    source: str = ""
    tude: list[str] | str = ""
    filters: list[str] | str = msgspec.field(default="", name="filter")

    @property
    def results_per_page(self) -> int:
        """1 to 100; Raises Invalid for what is no number."""
        return min(whole_number("rpp", self.rpp) or PER_PAGE, MOST_PER_PAGE)

    @property
    def page_number(self) -> int:
        """From 1. Raises Invalid, and NotAllowed beyond MAX_DEPTH, as then."""
        page = whole_number("page", self.page) or 1
        if page * self.results_per_page > MAX_DEPTH:
            raise NotAllowed(
                f"page parameter out of range: pages reach {MAX_DEPTH} results. Use max_id, or until: in the query.")
        return page

    @property
    def shows_user(self) -> bool:
        return self.show_user.lower() in ("true", "1", "t")


def whole_number(name: str, text: str) -> int:
    """A number that is 0 where nothing, or nothing sensible like -1, is given. Raises Invalid."""
    digits = text.strip().removeprefix("-")
    if not digits:
        return 0
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise Invalid(f"{name} must be a number", name)
    return 0 if text.strip().startswith("-") else int(digits)


def identifier(name: str, text: str) -> int:
    """An id; 0 where nothing is given, or -1, which an empty answer gave as its max_id. Raises Invalid."""
    if not text.strip() or text.strip() == "-1":
        return 0
    number = parse_id(text.strip())
    if number is None:
        raise Invalid(f"{name} must be an id", name)
    return number


def query_of(asked: Asked, now: datetime) -> str:
    """All of it as one query.

    Every part is parsed by itself first, so none can change the meaning of
    another. Raises NotAllowed without anything to search for (as then),
    BadQuery for a fault in `q`, Invalid for one in another parameter.
    """
    q = asked.q.strip()
    if len(q) > MAX_QUERY:
        raise NotAllowed(f"Query was too long: more than {MAX_QUERY} characters.")
    parts = [q] if q else []
    if q:
        parse(q, now)
    for name, part in _conditions(asked):
        try:
            parse(part, now)
        except BadQuery as error:
            raise Invalid(f"{name}: {error.message}", name) from error
        parts.append(part)
    if not parts or all(part.startswith("lang:") for part in parts):
        raise NotAllowed("You must enter a query.")
    return parts[0] if len(parts) == 1 else " ".join(f"({p})" if "OR" in p.split() else p for p in parts)


def _conditions(asked: Asked) -> list[tuple[str, str]]:
    """(parameter, what it means in our language) of all but `q`."""
    found = [
        ("ands", asked.ands.strip()),
        ("phrase", f'"{_unquoted(asked.phrase)}"' if _unquoted(asked.phrase) else ""),
        ("ors", " OR ".join(_words(asked.ors))),
        ("nots", " ".join(f"-{word}" for word in _words(asked.nots))),
        ("tag", _prefixed("#", asked.tag.strip().lstrip("#"))),
        ("from", _prefixed("from:", asked.author)),
        ("to", _prefixed("to:", asked.to)),
        ("ref", _prefixed("@", asked.ref.strip().lstrip("@"))),
        ("near", _near(asked)),
        ("geocode", _prefixed("geocode:", asked.geocode.replace(" ", ""))),
        ("since", _prefixed("since:", _day("since", asked.since))),
        ("until", _prefixed("until:", _day("until", asked.until))),
        ("source", f'source:"{_unquoted(asked.source)}"' if _unquoted(asked.source) else ""),
        *(("tude[]", _attitude(mood)) for mood in _several(asked.tude)),
        *(("filter[]", _prefixed("filter:", kind)) for kind in _several(asked.filters)),
        ("lang", "" if asked.lang.strip().lower() == "all" else _prefixed("lang:", asked.lang)),
    ]
    return [(name, part) for name, part in found if part]


def _prefixed(operator: str, value: str) -> str:
    return operator + value.strip() if value.strip() else ""


def _unquoted(text: str) -> str:
    return text.replace('"', " ").strip()


def _words(text: str) -> list[str]:
    return [word for word in _unquoted(text).split() if word.lstrip("-") and word not in ("OR", "AND", "NOT")]


def _several(given: list[str] | str) -> list[str]:
    return [value for value in ([given] if isinstance(given, str) else given) if value.strip()]


def _attitude(mood: str) -> str:
    if mood.strip() not in _ATTITUDES:
        raise Invalid("tude[] must be one of :) :( ?", "tude[]")
    return mood.strip()


def _near(asked: Asked) -> str:
    place, distance = _unquoted(asked.near), asked.within.strip()
    if not place:
        return ""
    if distance and distance[-1:].isdigit():
        distance += asked.units.strip() or "mi"
    return f'near:"{place}"' + (f" within:{distance}" if distance else "")


def _day(name: str, text: str) -> str:
    """A date as our language writes it; `since` was also an HTTP date. Raises Invalid."""
    if "," not in text:
        return text
    try:
        moment = parsedate_to_datetime(text)
    except ValueError as error:
        raise Invalid(f"{name} must be a date such as 2008-07-01", name) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError as error:
        raise Invalid(f"{name} must be a date such as 2008-07-01", name) from error

"""Lists as Mastodon's export page writes them (CSV): follows, blocks, mutes, servers, lists and bookmarks."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

from ..errors import Invalid
from ..model.luggage import Follow, Group, Kept, Line, Mute, Person, Server

MAX_ROWS = 50_000
_HEADINGS = ("account address", "list name", "#domain", "#uri")

Row = Callable[[list[str], dict[str, int]], Line]


def _following(row: list[str], at: dict[str, int]) -> Line:
    languages = [text.strip() for text in _cell(row, at, "languages").split(",") if text.strip()]
    return Follow(
        who=row[0], show_boosts=_cell(row, at, "show boosts").lower() != "false",
        notify=_cell(row, at, "notify on new posts").lower() == "true", languages=languages)


def _mute(row: list[str], at: dict[str, int]) -> Line:
    return Mute(who=row[0], notifications=_cell(row, at, "hide notifications").lower() != "false")


def _member(row: list[str], _: dict[str, int]) -> Line:
    return Group(name=row[0], members=row[1:2])


_FORMS: dict[str, tuple[str, Row]] = {
    "following": ("follows", _following),
    "blocks": ("blocks", lambda row, _: Person(who=row[0])),
    "mutes": ("mutes", _mute),
    "domain_blocks": ("domain_blocks", lambda row, _: Server(domain=row[0])),
    "lists": ("lists", _member),
    "bookmarks": ("bookmarks", lambda row, _: Kept(post=row[0])),
}


def _cell(row: list[str], at: dict[str, int], name: str) -> str:
    place = at.get(name, -1)
    return row[place].strip() if 0 <= place < len(row) else ""


def lines(form: str, content: bytes) -> Iterator[tuple[str, Line]]:
    """(kind, line) of each row. Raises Invalid for what is no such list."""
    kind, made = _FORMS[form]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("The list is not UTF-8 text.", "file") from error
    at: dict[str, int] = {}
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""))):
            row = [cell.strip() for cell in row]
            if number == 0 and row and row[0].lower() in _HEADINGS:
                at = {cell.lower(): place for place, cell in enumerate(row)}
                continue
            if number > MAX_ROWS:
                raise Invalid(f"The list has more than {MAX_ROWS} rows.", "file")
            if row and row[0] and all(len(cell) <= 2000 for cell in row) and "\0" not in row[0]:
                yield kind, made(row, at)
    except csv.Error as error:
        raise Invalid(f"The list cannot be read: {error}", "file") from error

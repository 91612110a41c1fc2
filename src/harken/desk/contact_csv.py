"""Contacts as a table that leaves the house, and comes in from elsewhere: CSV (RFC 4180) with a line of titles."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ..errors import Invalid
from ..model.contact import Contact
from .record import FORMULA, cell

COLUMNS = (
    "reference", "name", "accounts", "how_we_met", "asked_for", "channel", "reach", "tags", "do_not_contact")
MAX_BYTES = 2_000_000
MAX_LINES = 5_000
MAX_CELL = 5_000
_YES = {"yes", "true", "1", "x", "y"}
_NO = {"", "no", "false", "0", "n"}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One person of a table. `source` is how the line is known again: its reference, else the digest of it."""

    number: int
    source: str
    name: str
    accounts: list[str]
    met: str
    asked: str
    channel: str
    reach: str
    tags: list[str]
    silent: bool


class BadLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was left out, and why; the line of titles is number 1."""

    number: int
    why: str


def as_csv(
    people: Iterable[Contact], addresses: Mapping[int, Sequence[str]], tags: Mapping[int, Sequence[str]],
    silent: Iterable[int],
) -> str:
    """People, in their order. No notes: they have days on which they end, and a file has none."""
    quiet = set(silent)
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(COLUMNS)
    for one in people:
        lines.writerow([cell(text) for text in (
            one.source or str(one.id), one.name, " ".join(f"@{a}" for a in addresses.get(one.id, ())), one.met,
            one.asked, one.channel.value, one.reach, ", ".join(tags.get(one.id, ())),
            "yes" if one.id in quiet else "no")])
    return out.getvalue()


def read(content: bytes) -> tuple[list[Line], list[BadLine]]:
    """The people of a table, with the lines that cannot be used. Columns may stand in any order, and be left out but
    for `name`; commas, semicolons or tabs part them. Raises Invalid for what is no such table, or too large."""
    if len(content) > MAX_BYTES:
        raise Invalid(f"The table is larger than {MAX_BYTES // 1_000_000} MB.", "file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("The table is not UTF-8: save it as “CSV UTF-8”.", "file") from None
    if "\0" in text:
        raise Invalid("This is no table.", "file")
    titles = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=titles.count))
    good: list[Line] = []
    bad: list[BadLine] = []
    try:
        columns = [title.strip().lower().replace(" ", "_") for title in next(rows, [])]
        if "name" not in columns:
            raise Invalid(f"The first line must name the columns: {', '.join(COLUMNS)}; `name` at least.", "file")
        for row in rows:
            number = rows.line_num
            if len(good) + len(bad) >= MAX_LINES:
                raise Invalid(f"The table has more than {MAX_LINES} lines; import it in parts.", "file")
            if not any(value.strip() for value in row):
                continue
            try:
                good.append(_line(number, dict(zip(columns, map(_plain, row), strict=False)), len(row) - len(columns)))
            except Invalid as error:
                bad.append(BadLine(number=number, why=error.message))
    except csv.Error as error:
        raise Invalid(f"Line {rows.line_num} is no CSV: {error}", "file") from None
    return good, bad


def _plain(value: str) -> str:
    """A cell without the mark that keeps spreadsheets from computing it."""
    return value[1:].strip() if value[:1] == "'" and value[1:2] in FORMULA else value.strip()


def _line(number: int, given: Mapping[str, str], too_many: int) -> Line:
    if too_many > 0:
        raise Invalid("This line has more cells than there are columns.")
    if any(len(value) > MAX_CELL for value in given.values()):
        raise Invalid(f"A cell has more than {MAX_CELL} characters.")
    silent = given.get("do_not_contact", "").lower()
    if silent not in _YES | _NO:
        raise Invalid("do_not_contact is yes or no.")
    known = [given.get(column, "") for column in COLUMNS]
    reference = known[0] or "sha256:" + hashlib.sha256("\0".join(known).encode()).hexdigest()
    if len(reference) > 200:
        raise Invalid("A reference has at most 200 characters.")
    return Line(
        number=number, source=reference, name=given.get("name", ""),
        accounts=given.get("accounts", "").replace(",", " ").replace(";", " ").split(),
        met=given.get("how_we_met", ""), asked=given.get("asked_for", ""), channel=given.get("channel", "").lower(),
        reach=given.get("reach", ""), tags=given.get("tags", "").replace(";", ",").split(","), silent=silent in _YES)

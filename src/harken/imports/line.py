"""One line of history, as `harken import` takes it; every other format is turned into this one."""

from __future__ import annotations

import json
from typing import Any

import msgspec

MAX_LINE_BYTES = 1_000_000  # a text of a million letters is no post


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of DESIGN.md, "The command line", and two that archives have: spoiler and sensitive."""

    author: str
    created_at: str
    text: str
    id: str | int | None = None
    lang: str | None = None
    in_reply_to: str | int | None = None
    source: str | None = None
    location: str | None = None
    visibility: str | None = None
    spoiler: str | None = None
    sensitive: bool = False


class AuthorOf(msgspec.Struct, frozen=True):
    """What the first pass reads of a line."""

    author: str
    created_at: str
    text: msgspec.Raw
    location: str | None = None


_line = msgspec.json.Decoder(Line)
_author = msgspec.json.Decoder(AuthorOf)


class Unusable(Exception):
    """A line that cannot be imported; the text says why, the same for all lines with that fault."""


def read(raw: bytes) -> Line:
    """The line. Raises Unusable."""
    if len(raw) > MAX_LINE_BYTES:
        raise Unusable("longer than a million bytes")
    try:
        return _line.decode(raw)
    except msgspec.ValidationError as error:
        raise Unusable(_fault(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _convert(_leniently(raw), Line)


def read_author(raw: bytes) -> AuthorOf | None:
    """Author, time and place of a line; None where `read` would raise, too."""
    if len(raw) > MAX_LINE_BYTES:
        return None
    try:
        return _author.decode(raw)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError):
        try:
            line = _convert(_leniently(raw), Line)
        except Unusable:
            return None
        return AuthorOf(line.author, line.created_at, msgspec.Raw(), line.location)


def _leniently(raw: bytes) -> Any:
    """With unpaired surrogates, which Python's own decoder lets pass and `clean` takes out."""
    try:
        return json.loads(raw)
    except UnicodeDecodeError:
        raise Unusable("not UTF-8") from None
    except (ValueError, RecursionError):
        raise Unusable("not JSON") from None


def _convert(value: Any, shape: type[Line]) -> Line:
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise Unusable(_fault(error)) from None


def _fault(error: msgspec.ValidationError) -> str:
    """msgspec's sentence in ours: `no author`, `created_at is not text`."""
    text = str(error)
    if "missing required field" in text:
        return f"no {text.split('`')[1]}"
    if " - at `$." in text:
        name = text.rpartition("`$.")[2].rstrip("`")
        return f"no {name}" if "got `null`" in text else f"{name} cannot be read"
    return "not an object"

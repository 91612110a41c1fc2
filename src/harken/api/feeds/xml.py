"""Elements of XML as text: every value escaped, no element left open."""

from __future__ import annotations

from datetime import UTC, datetime

from .feed import plain

PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ESCAPES = str.maketrans({
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;",
    # A parser would read these as spaces in an attribute, and \r as \n everywhere (XML 1.0, 2.11 and 3.3.3).
    "\r": "&#13;",
})


def escaped(text: str) -> str:
    """`text` as it stands in an element or attribute."""
    return plain(text).translate(_ESCAPES)


def element(name: str, *inside: str, **attributes: str) -> str:
    """An element around markup that is `inside`; attributes that are empty are left out, `xml__lang` is xml:lang."""
    written = "".join(
        f' {key.rstrip("_").replace("__", ":")}="{escaped(value)}"' for key, value in attributes.items() if value)
    body = "".join(inside)
    return f"<{name}{written}>{body}</{name}>" if body else f"<{name}{written}/>"


def text(name: str, value: str, **attributes: str) -> str:
    """An element with a text in it."""
    return element(name, escaped(value), **attributes)


def time(at: datetime) -> str:
    """A moment as RFC 3339 writes it, to the second, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

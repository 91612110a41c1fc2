"""The catalogues of translations, and time zones by name: for pages and e-mails alike."""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

_CATALOGUES = Path(__file__).parent.parent / "web" / "locale"
ENGLISH = gettext.NullTranslations()


@cache
def available() -> tuple[str, ...]:
    """The languages that can be read, English first."""
    return ("en", *sorted(path.stem for path in _CATALOGUES.glob("*.po")))


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; English where there is none. Read from its .po, so there is no build step."""
    path = _CATALOGUES / f"{language}.po"
    if language not in available() or not path.exists():
        return ENGLISH
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def zone(name: str) -> ZoneInfo:
    """The time zone of that name; UTC for a name that nobody knows."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


@cache
def zones() -> tuple[str, ...]:
    """The names of time zones that somebody may choose, in order (the IANA database's, without its odds and ends)."""
    odd = ("Factory", "localtime", "posixrules")
    return tuple(sorted(name for name in available_timezones() if name not in odd and not name.startswith("posix/")
                        and not name.startswith("right/")))

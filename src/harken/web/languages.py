"""In which language and time zone a page speaks. Source texts are English; catalogues live in `locale/`."""

from __future__ import annotations

import gettext
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time

from ..text.catalogues import ENGLISH as _ENGLISH
from ..text.catalogues import available, translations, zone

__all__ = ["available", "translations", "zone"]

_speaking: ContextVar[gettext.NullTranslations] = ContextVar("speaking")


def speak(language: str) -> None:
    """Answer the rest of this request in `language`."""
    _speaking.set(translations(language))


def gettext_now(text: str) -> str:
    """`text` in the language of this request."""
    return _speaking.get(_ENGLISH).gettext(text)


def ngettext_now(one: str, many: str, number: int) -> str:
    """The right plural in the language of this request."""
    return _speaking.get(_ENGLISH).ngettext(one, many, number)


def preferred(accept_language: str) -> str:
    """The available language that a browser asks for first (RFC 9110, 12.5.4); English when none fits."""
    wanted: list[tuple[float, str]] = []
    for part in accept_language[:500].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wanted.append((float(weight or 1), tag.split("-")[0].lower()))
        except ValueError:
            continue
    for _, language in sorted(wanted, key=lambda item: -item[0]):
        if language in available():
            return language
    return "en"


@lru_cache(4096)
def language_name(code: str, reader: str = "en") -> str:
    """`de` as `German`, in the reader's language; the code itself where nobody knows it."""
    try:
        return Locale.parse(code.replace("-", "_")).get_display_name(reader) or code
    except (UnknownLocaleError, ValueError):
        return code


@cache
def direction(language: str) -> str:
    """`ltr` or `rtl`: to which side a language is written."""
    return Locale.parse(language.replace("-", "_")).text_direction


@cache
def all_names(reader: str = "en") -> tuple[tuple[str, str], ...]:
    """Every language with a code of two letters and its name, in the reader's language, by name."""
    known = Locale.parse(reader.replace("-", "_")).languages
    return tuple(sorted(((c, n) for c, n in known.items() if len(c) == 2), key=lambda pair: pair[1].lower()))


@lru_cache(20_000)
def exact_time(at: datetime, zone_name: str, language: str) -> str:
    """The moment in full, in the reader's zone: what a hover or a long press shows."""
    local = zone(zone_name)
    day = format_date(at.astimezone(local), "long", locale=language)
    return f"{day}, {format_time(at, 'short', tzinfo=local, locale=language)} ({zone_name})"


@lru_cache(20_000)
def short_date(at: datetime, zone_name: str, language: str, with_year: bool) -> str:
    """The day, for what is older than a week."""
    return format_date(at.astimezone(zone(zone_name)), "d MMM y" if with_year else "d MMM", locale=language)


@lru_cache(4096)
def said_date(local: datetime, language: str, with_time: bool) -> str:
    """The day in full, as it is said in a sentence; with the time of day if asked. `local` is in its own zone."""
    day = format_date(local, "long", locale=language)
    return f"{day}, {format_time(local.time(), 'short', locale=language)}" if with_time else day


@lru_cache(20_000)
def month(at: datetime, language: str) -> str:
    """`June 2008`: when somebody joined."""
    return format_date(at, "LLLL y", locale=language)


def ago(at: datetime, now: datetime, zone_name: str, language: str) -> str:
    """How long ago, in as few letters as people read in passing."""
    passed = now - at
    if passed < timedelta(minutes=1):
        return gettext_now("now")
    if passed < timedelta(hours=1):
        return gettext_now("%(n)d min") % {"n": passed.seconds // 60}
    if passed < timedelta(days=1):
        return gettext_now("%(n)d h") % {"n": passed.seconds // 3600}
    if passed < timedelta(days=7):
        return gettext_now("%(n)d d") % {"n": passed.days}
    return short_date(at, zone_name, language, at.year != now.year)

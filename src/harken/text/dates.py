"""When an event takes place, in words: for pages, e-mails, feeds and other people's clients."""

from __future__ import annotations

import html
from datetime import datetime, timedelta
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time

from ..model.gathering import Gathering
from .catalogues import translations, zone


@lru_cache(256)
def locale_of(language: str | None) -> str:
    """What the formatting of dates calls a language; English where it knows none."""
    try:
        return str(Locale.parse((language or "en").replace("-", "_")))
    except (UnknownLocaleError, ValueError, TypeError):
        return "en"


def when_it_is(gathering: Gathering, language: str | None, zone_name: str = "") -> str:
    """`12 June 2030, 15:30 – 17:00`, on the clock of the event, or of another zone; of whole days only the dates."""
    return spell(gathering.starts_at, gathering.ends_at, zone_name or gathering.zone, gathering.all_day, language)


def spell(starts_at: datetime, ends_at: datetime, zone_name: str, all_day: bool, language: str | None) -> str:
    """A span of time in words."""
    local, spoken = zone(zone_name), locale_of(language)
    start, end = starts_at.astimezone(local), ends_at.astimezone(local)
    if all_day:
        end = end - timedelta(seconds=1)
        first, last = (format_date(at, "long", locale=spoken) for at in (start, end))
        return first if start.date() == end.date() else f"{first} – {last}"
    day, begins, ends = (
        format_date(start, "long", locale=spoken), format_time(start, "short", locale=spoken),
        format_time(end, "short", locale=spoken))
    if start.date() == end.date():
        return f"{day}, {begins} – {ends}"
    return f"{day}, {begins} – {format_date(end, 'long', locale=spoken)}, {ends}"


def same_clock(gathering: Gathering, zone_name: str) -> bool:
    """Whether clocks of a zone show what those at the event show while it lasts."""
    here, there = zone(zone_name), zone(gathering.zone)
    return all(at.astimezone(here).replace(tzinfo=None) == at.astimezone(there).replace(tzinfo=None)
               for at in (gathering.starts_at, gathering.ends_at))


def as_html(gathering: Gathering, address: str, language: str | None) -> str:
    """The event as a paragraph for whoever knows no events; `address` is the page that shows all of it."""
    say = translations((language or "en").split("-")[0]).gettext
    name = html.escape(gathering.name)
    lines = [f'📅 <a href="{html.escape(address)}"><strong>{name}</strong></a>']
    if gathering.cancelled_at:
        lines[0] = f"📅 {html.escape(say('Cancelled:'))} <del>{name}</del>"
    zone_name = "" if gathering.all_day else f" ({html.escape(gathering.zone)})"
    lines.append(f"{html.escape(when_it_is(gathering, language))}{zone_name}")
    if gathering.place:
        lines.append(f"📍 {html.escape(gathering.place)}")
    return f"<p>{'<br>'.join(lines)}</p>"


def as_text(gathering: Gathering, language: str | None) -> str:
    """The same in one plain line."""
    place = f", {gathering.place}" if gathering.place else ""
    return f"{gathering.name} · {when_it_is(gathering, language)} ({gathering.zone}){place}"

"""What pages say about outcomes and reports."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date

from ..api.requests import AnyRequest
from ..model.outcome import Confidence, Tier
from .languages import gettext_now as _
from .languages import ngettext_now
from .pages import spelling


def tiers() -> dict[Tier, tuple[str, str]]:
    """Each tier: its name, and what belongs to it."""
    return {
        Tier.HUMAN: (_("Human"), _("A thank-you, a lunch, a friendship")),
        Tier.ACTION: (_("Action"), _("An appointment, a registration, something mended")),
        Tier.FINANCIAL: (_("Financial"), _("Money that came or was saved")),
    }


def confidences() -> dict[Confidence, tuple[str, str]]:
    """How surely it is known."""
    return {
        Confidence.HAPPENED: (_("It happened"), _("Somebody saw it, or said so")),
        Confidence.HOPED: (_("It is hoped"), _("Likely, and not yet known")),
    }


def day(request: AnyRequest, on: date) -> str:
    """A day as this reader writes it."""
    return str(format_date(on, "medium", locale=spelling(request).language))


def span(minutes: float) -> str:
    """A time that passed, in one word and a number."""
    whole = round(minutes)
    if whole < 60:
        return ngettext_now("%(num)d minute", "%(num)d minutes", whole) % {"num": whole}
    if whole < 48 * 60:
        return ngettext_now("%(num)d hour", "%(num)d hours", round(minutes / 60)) % {"num": round(minutes / 60)}
    return days(minutes / 1440)


def days(number: float) -> str:
    """So many days."""
    return ngettext_now("%(num)d day", "%(num)d days", round(number)) % {"num": round(number)}


def times() -> list[str]:
    """The rows of a report's response times, and "never" at the end."""
    return [
        _("within 15 minutes"), _("within an hour"), _("within 4 hours"), _("within a day"), _("within a week"),
        _("later"), _("not answered")]

"""What pages say about stories: how people stand to them, and what they are asked, word for word."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from babel.dates import format_date

from ..model.account import Account
from ..model.desk import Desk
from ..model.story import Says, Story
from .languages import gettext_now as _


def states() -> dict[str, str]:
    """How somebody stands to a story: what `Standing.state` means."""
    return {
        "yes": _("says yes"), "no": _("says no"), "revoked": _("took their yes back"),
        "asked": _("asked, no answer yet"), "unasked": _("not asked yet"),
        "changed": _("to be asked again: something changed"),
        "ended": _("their yes does not count just now"), "forgotten": _("asked to be forgotten: take it out"),
    }


def said() -> dict[Says, str]:
    """What somebody answered, in the list of their answers."""
    return {Says.YES: _("You said yes"), Says.NO: _("You said no"), Says.REVOKED: _("You took your yes back")}


def day(text: str, language: str) -> str:
    """A day, YYYY-MM-DD, as this reader writes it."""
    try:
        return str(format_date(date.fromisoformat(text), format="long", locale=language))
    except ValueError:
        return text


def last_day(until: datetime, language: str) -> str:
    """The last day on which a story that ends at `until` is told."""
    return day((until - timedelta(milliseconds=1)).date().isoformat(), language)


def question(
    story: Story, desk: Desk, author: Account, site: str, base_url: str, language: str
) -> list[tuple[str, str]]:
    """(What, in words): everything that somebody is told who is asked. It goes into the record as it stands."""
    return [
        (_("Where"), _(
            "On a page of its own below %(page)s, on the list of stories there and in its feeds. Anybody in the world "
            "can read it there, and could copy it or pass it on.") % {"page": f"{base_url}/stories"}),
        (_("Until"), _("%(day)s at the latest, and not a moment longer than you say yes.") % {
            "day": last_day(story.until, language)}),
        (_("By whom"), _(
            "@%(name)s publishes it for the desk “%(desk)s” on %(site)s, with a post that leads to it.") % {
            "name": author.address, "desk": desk.name, "site": site}),
        (_("What for"), _("So that others can read what happened.")),
        (_("If something changes"), _(
            "Your yes is to exactly what stands here. Once the desk changes any of its words, or you change your post, "
            "the story is off its page and you are asked again.")),
        (_("If you change your mind"), _(
            "Come back to this page and take your yes back: in the same moment the story is off its page. Copies that "
            "others made meanwhile are out of our reach.")),
        (_("If you say no"), _("Then it is not shown. Nothing that you get from this desk depends on your answer.")),
    ]


def sentences(asked: list[tuple[str, str]]) -> list[str]:
    """The same, a line each, for the record."""
    return [f"{what}: {words}" for what, words in asked]


def title() -> str:
    """What all stories together are called."""
    return _("Stories")

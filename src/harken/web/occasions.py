"""Events as cards show them, and as the post box takes them."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from babel.dates import format_date

from ..actions.invite import invitation_of
from ..api.requests import AnyRequest
from ..model.gathering import Gathering, Invitation, Rsvp
from ..model.post import SeenPost
from ..text.catalogues import zone
from ..text.dates import same_clock, when_it_is
from .languages import gettext_now as _
from .pages import spelling, visit_of

_FIELD = "%Y-%m-%dT%H:%M"
_A_SECOND = timedelta(seconds=1)


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """An event on a card. `here` is its time on the reader's clock, where that shows another one."""

    name: str
    place: str
    when: str
    here: str
    zone: str
    starts: str  # for machines
    ends: str
    day: str
    month: str
    cancelled: bool
    over: bool
    open: bool
    answers: list[tuple[str, str, int, bool]]  # for the form: value, words, how many, whether the reader said so
    yes: int
    maybe: int
    file: str
    own: bool
    changeable: bool


class EventFields(msgspec.Struct, kw_only=True):
    """What the post box says of an event, as it is sent."""

    name: str = ""
    place: str = ""
    starts: str = ""
    ends: str = ""
    zone: str = ""
    all_day: str = ""
    remind: int = 60

    @property
    def given(self) -> bool:
        """Whether anything was written: the zone and the reminder stand there by themselves."""
        return bool(self.name.strip() or self.place.strip() or self.starts.strip() or self.ends.strip())

    @property
    def invitation(self) -> Invitation:
        """The same in our words. Raises Invalid."""
        return invitation_of(
            self.name, self.place, self.starts, self.ends, self.zone.strip(), bool(self.all_day), self.remind)


def fields_of(request: AnyRequest, event: Gathering | None = None) -> EventFields:
    """The fields for an event as it is, or for a new one on the member's clock."""
    if event is None:
        return EventFields(zone=visit_of(request).time_zone)
    local = zone(event.zone)
    start, end = event.starts_at.astimezone(local), event.ends_at.astimezone(local)
    if event.all_day:
        end = (event.ends_at - _A_SECOND).astimezone(local)
    return EventFields(
        name=event.name, place=event.place, starts=start.strftime(_FIELD), ends=end.strftime(_FIELD), zone=event.zone,
        all_day="1" if event.all_day else "", remind=event.remind)


def occasion(
    event: Gathering | None, post: SeenPost, reader: int, now: datetime, request: AnyRequest
) -> Occasion | None:
    """An event as this reader sees it; None for a post without one."""
    if event is None:
        return None
    spelled = spelling(request)
    start = event.starts_at.astimezone(zone(event.zone))
    elsewhere = not event.all_day and not same_clock(event, spelled.zone) and bool(reader)
    return Occasion(
        name=event.name, place=event.place, when=when_it_is(event, spelled.language),
        here=when_it_is(event, spelled.language, spelled.zone) if elsewhere else "", zone=event.zone,
        starts=_machine(event.starts_at, event), ends=_machine(event.ends_at, event), day=str(start.day),
        month=_short_month(start, spelled.language), cancelled=event.cancelled_at is not None, over=event.over(now),
        open=event.open(now) and bool(reader), yes=event.said_yes, maybe=event.said_maybe,
        answers=[
            (said.name.lower(), words, count, event.said is said) for said, words, count in (
                (Rsvp.YES, _("I come"), event.said_yes), (Rsvp.MAYBE, _("Maybe"), event.said_maybe),
                (Rsvp.NO, _("I cannot"), event.said_no))],
        file=f"/events/{post.id}.ics", own=post.author_id == reader,
        changeable=post.author_id == reader and event.open(now))


def _machine(at: datetime, event: Gathering) -> str:
    local = at.astimezone(zone(event.zone))
    return local.date().isoformat() if event.all_day else local.isoformat(timespec="minutes")


def _short_month(at: datetime, language: str) -> str:
    return str(format_date(at, "MMM", locale=language))

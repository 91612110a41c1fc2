"""Events in the object `harken` of a status: as it tells them, and as clients write them; docs/api.md, "Events"."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ... import clock
from ...actions.invite import invitation_of
from ...model.gathering import Gathering, Invitation


class EventExtras(msgspec.Struct, frozen=True):
    """An event, with what the viewer said (`answer`: yes, no, maybe or null). Of whole days both times are midnights on
    the clock of `time_zone`, the end after the last day; `remind` is minutes before the start, 0 for never."""

    name: str
    place: str
    starts_at: str
    ends_at: str
    time_zone: str
    all_day: bool
    remind: int
    cancelled: bool
    open: bool
    yes_count: int
    no_count: int
    maybe_count: int
    answer: str | None
    ical_url: str


class NewEvent(msgspec.Struct):
    """An event as a client writes it: times in ISO 8601, on the clock of `time_zone` unless they say which."""

    name: str = ""
    place: str = ""
    starts_at: str = ""
    ends_at: str = ""
    time_zone: str = "UTC"
    all_day: bool = False
    remind: int = 0

    @property
    def invitation(self) -> Invitation:
        """The same in our words. Raises Invalid."""
        return invitation_of(
            self.name, self.place, self.starts_at, self.ends_at, self.time_zone, self.all_day, self.remind)


def event_extras(event: Gathering, base_url: str) -> EventExtras:
    """An event as one viewer sees it."""
    return EventExtras(
        name=event.name, place=event.place, starts_at=_time(event.starts_at), ends_at=_time(event.ends_at),
        time_zone=event.zone, all_day=event.all_day, remind=event.remind, cancelled=event.cancelled_at is not None,
        open=event.open(clock.now()), yes_count=event.said_yes, no_count=event.said_no, maybe_count=event.said_maybe,
        answer=None if event.said is None else event.said.name.lower(),
        ical_url=f"{base_url}/events/{event.post_id}.ics")


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")

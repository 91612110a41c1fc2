"""Invite people to an event, in a post: what is checked, and what is stored."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec

from ..errors import Invalid
from ..model.gathering import REMINDERS, Gathering, Invitation
from ..store import gatherings
from ..store.database import Transaction
from ..text import markup
from ..text.catalogues import zone, zones

MAX_NAME = 120
MAX_PLACE = 300
LONGEST = timedelta(days=366)
FARTHEST = timedelta(days=20 * 366)
USUAL = timedelta(hours=1)


def invitation_of(
    name: str, place: str, starts: str, ends: str, zone_name: str, all_day: bool, remind: int
) -> Invitation:
    """An event as people and programs write it: times in ISO 8601, on the clock of the zone unless they say which.

    Without an end it lasts an hour, or the day. Of whole days only the dates count, the last one included.
    Raises Invalid.
    """
    if zone_name not in zones():
        raise Invalid("There is no such time zone. Write it like Europe/Berlin.", "time_zone")
    start = _moment(starts, zone_name, "starts_at")
    end = _moment(ends, zone_name, "ends_at") if ends.strip() else None
    if start is None:
        raise Invalid("Say when the event starts, like 2030-06-12T15:30.", "starts_at")
    try:
        if all_day:
            first = start.astimezone(zone(zone_name)).date()
            last = end.astimezone(zone(zone_name)).date() if end else first
            start, end = _midnight(first, zone_name), _midnight(last + timedelta(days=1), zone_name)
        end = end or start + USUAL
    except OverflowError:
        raise Invalid("That is too far away.", "starts_at") from None
    return Invitation(
        name=name, place=place, starts_at=start, ends_at=end, zone=zone_name, all_day=all_day, remind=remind)


def _moment(text: str, zone_name: str, field: str) -> datetime | None:
    """The moment that a text means. A time that the zone's clocks leave out means the one an hour later."""
    text = text.strip()
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text[:40])
        return (read if read.tzinfo else read.replace(tzinfo=zone(zone_name))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid("Write the time like 2030-06-12T15:30.", field) from None


def _midnight(day: date, zone_name: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone(zone_name)).astimezone(UTC)


def checked_invitation(invitation: Invitation, now: datetime) -> Invitation:
    """The event with its texts cleaned. Raises Invalid, naming what cannot be."""
    name = " ".join(markup.clean(invitation.name[: MAX_NAME * 4]).split())
    place = " ".join(markup.clean(invitation.place[: MAX_PLACE * 4]).split())
    starts_at, ends_at = (at.replace(microsecond=0) for at in (invitation.starts_at, invitation.ends_at))
    if not any(letter.isprintable() for letter in name):
        raise Invalid("Give the event a name.", "name")
    if len(name) > MAX_NAME:
        raise Invalid(f"The name of an event has at most {MAX_NAME} characters.", "name")
    if len(place) > MAX_PLACE:
        raise Invalid(f"The place of an event has at most {MAX_PLACE} characters.", "place")
    if ends_at <= starts_at:
        raise Invalid("The event ends before it starts.", "ends_at")
    if ends_at - starts_at > LONGEST:
        raise Invalid("An event lasts a year at most.", "ends_at")
    if ends_at <= now:
        raise Invalid("This time has passed already.", "ends_at")
    if starts_at - now > FARTHEST:
        raise Invalid("An event is at most twenty years away.", "starts_at")
    if invitation.remind not in REMINDERS:
        raise Invalid(f"The reminder is one of {', '.join(map(str, REMINDERS))} minutes before the start.", "remind")
    return msgspec.structs.replace(invitation, name=name, place=place, starts_at=starts_at, ends_at=ends_at)


def about(invitation: Invitation) -> str:
    """What the post is found by."""
    return f"{invitation.name}\n{invitation.place}" if invitation.place else invitation.name


async def invite(tx: Transaction, post_id: int, invitation: Invitation, now: datetime) -> None:
    """Store the event of a post within the caller's transaction; it is checked."""
    await gatherings.insert(tx, post_id, invitation, now)


def is_same(old: Gathering, new: Invitation) -> bool:
    """Whether those who come have nothing to hear: it is the same but for the reminder."""
    return all(getattr(old, field) == getattr(new, field)
               for field in ("name", "place", "starts_at", "ends_at", "zone", "all_day"))

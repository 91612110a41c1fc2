"""iCalendar (RFC 5545): one event as a file, and calendars to subscribe to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from icalendar import Alarm, Calendar, Event, vCalAddress, vText, vUri
from litestar import Response

from ...model.account import Account
from ...model.gathering import Gathering, Rsvp
from ...model.post import SeenPost, Visibility
from ...text.catalogues import zone

KIND = "text/calendar; charset=utf-8"
MOST = 500  # events of one calendar
PAST = timedelta(days=92)  # that a calendar keeps showing
_AGAIN = timedelta(hours=1)


def calendar(
    seen: Sequence[SeenPost], events: Mapping[int, Gathering], authors: Mapping[int, Account], base_url: str,
    name: str = "",
) -> bytes:
    """The events of these posts, each as its viewer may see it, with the rules of the time zones that they use."""
    made: Any = Calendar()
    made.add("prodid", "-//Harken//harken//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    if name:
        made.add("name", vText(name))  # RFC 7986
        made.add("x-wr-calname", vText(name))
        made.add("refresh-interval", _AGAIN, parameters={"VALUE": "DURATION"})
    for post in seen:
        if (event := events.get(post.id)) and (author := authors.get(post.author_id)):
            made.add_component(_event(post, event, author, base_url))
    if seen:
        made.add_missing_timezones()
    content: bytes = made.to_ical()
    return content


def _event(post: SeenPost, event: Gathering, author: Account, base_url: str) -> Any:
    made: Any = Event()
    local = zone(event.zone)
    page = base_url + post.url if post.url.startswith("/") else post.url
    made.add("uid", f"{post.id}@{urlsplit(base_url).hostname or 'localhost'}")
    made.add("dtstamp", event.changed_at.replace(microsecond=0))
    made.add("created", post.created_at.replace(microsecond=0))
    made.add("last-modified", event.changed_at.replace(microsecond=0))
    made.add("sequence", event.sequence)
    made.add("summary", event.name)
    if event.place:
        made.add("location", event.place)
    description = "\n\n".join(part for part in (post.spoiler or post.text, page) if part)
    made.add("description", description)
    made.add("url", vUri(page))
    for field, at in (("dtstart", event.starts_at), ("dtend", event.ends_at)):
        # UTC needs no rules, and readers know its own spelling, with a Z.
        there = at.replace(tzinfo=UTC) if event.zone == "UTC" else at.astimezone(local)
        made.add(field, at.astimezone(local).date() if event.all_day else there)
    made.add("status", "CANCELLED" if event.cancelled_at else "CONFIRMED")
    made.add("transp", "OPAQUE" if event.said is Rsvp.YES and not event.all_day else "TRANSPARENT")
    made.add("class", "PUBLIC" if post.visibility is Visibility.PUBLIC else "PRIVATE")
    organizer: Any = vCalAddress(base_url + author.url if author.url.startswith("/") else author.url)
    organizer.params["CN"] = vText(" ".join(author.shown_name.replace('"', "'").split()))
    made.add("organizer", organizer)
    if event.remind and not event.cancelled_at:
        alarm: Any = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", event.name)
        alarm.add("trigger", -timedelta(minutes=event.remind))
        made.add_component(alarm)
    return made


def as_file(content: bytes, name: str) -> Response[bytes]:
    """A calendar to be kept; `name` is ours and ASCII."""
    return Response(content, media_type=KIND, headers={
        "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"})


def as_feed(content: bytes, if_none_match: str, private: bool) -> Response[bytes]:
    """A calendar to be asked for again and again; 304 while it is what the reader has."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=600" if private else "public, max-age=600"}
    if tag in if_none_match:
        return Response(b"", status_code=304, headers=headers)
    return Response(content, media_type=KIND, headers=headers)


def since(now: datetime) -> datetime:
    """From when on calendars show events."""
    return now - PAST

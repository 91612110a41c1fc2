"""E-mails that remind of events: one for each who comes, in their language and on their clock."""

from __future__ import annotations

from datetime import timedelta

from .. import clock, mail
from ..errors import TryLater
from ..model.account import Member
from ..model.gathering import Gathering, Rsvp
from ..settings import Settings
from ..store import gatherings, members, posts
from ..store.database import Database
from ..text.catalogues import translations
from ..text.dates import when_it_is

MAX_TRIES = 5
AGAIN = timedelta(minutes=5)
PIECE = 50


async def send_reminders(db: Database, settings: Settings, base_url: str) -> int:
    """Send what waits; how many left. What a mail server does not take is tried again, some times."""
    sent = 0
    for one in await gatherings.reminders(db, clock.now(), PIECE):
        async with db.transaction() as tx:
            if not await gatherings.claim(tx, one, clock.now() + AGAIN):
                continue
        member = await members.find(db, one.account_id)
        event = await gatherings.find(db, one.post_id, one.account_id)
        seen = await posts.visible_by_ids(db, [one.post_id], one.account_id)
        wanted = event and event.open(clock.now()) and one.post_id in seen and (
            event.said not in (None, Rsvp.NO) or next(iter(seen.values())).author_id == one.account_id)
        try:
            if wanted and event and member and member.email and mail.can_send(settings):
                post = next(iter(seen.values()))
                await mail.send(settings, letter(event, member, settings.title, base_url + post.url))
                sent += 1
        except TryLater:
            if one.tries + 1 < MAX_TRIES:
                continue
        async with db.transaction() as tx:
            await gatherings.forget(tx, one)
    return sent


def letter(event: Gathering, to: Member, site: str, page: str) -> mail.Letter:
    """What reminds of an event."""
    say = translations(to.language).gettext
    name = " ".join(event.name.split())
    lines = [name, when_it_is(event, to.language, "" if event.all_day else to.time_zone)
             + ("" if event.all_day else f" ({to.time_zone})")]
    if event.place:
        lines.append(event.place)
    return mail.Letter(
        to=to.email, subject=(say("Soon: %(name)s") % {"name": name})[:120],
        text="\n".join(lines) + "\n\n" + say(
            "All about it, and where to say that you do not come:\n%(page)s\n\n"
            "%(site)s reminds you because you said that you come, or may come.\n") % {"page": page, "site": site})

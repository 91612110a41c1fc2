"""What happens at its time although nobody asks: planned posts are published, polls end, cases wake, those who come
to an event are reminded, stories whose last day is over go with the posts that told of them.

The times stand in the facts, so nothing is lost while the server is down. Every
process looks; whoever comes first does the work in one transaction that the
others then find done, so nothing happens twice.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from . import clock
from .actions.end_poll import end_poll
from .actions.publish_story import take_down_if_over
from .actions.remind import remind
from .actions.schedule_post import publish_scheduled_post
from .actions.work_case import move_by_clock
from .alerting.reminders import send_reminders
from .settings import Settings
from .store import desk_queue, gatherings, polls, scheduled, stories
from .store.database import Database

LOOK_SECONDS = 1.0
PIECE = 50

_log = structlog.get_logger("harken.timetable")


async def keep_times(db: Database, settings: Settings, base_url: str, stop: asyncio.Event) -> None:
    """Do what is due, about once a second, until `stop`."""
    while not stop.is_set():
        try:
            await do_what_is_due(db)
            await send_reminders(db, settings, base_url)
        except Exception:
            _log.exception("something was due and failed")  # the next look tries again
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await stop.wait()


async def do_what_is_due(db: Database) -> None:
    """One look: everything that is due now."""
    while planned := await scheduled.due(db, clock.now(), PIECE):
        for scheduled_id in planned:
            await publish_scheduled_post(db, scheduled_id, clock.now())
    while ended := await polls.due(db, clock.now(), PIECE):
        for post_id in ended:
            await end_poll(db, post_id, clock.now())
    while moved := await desk_queue.due(db, clock.now(), PIECE):
        for desk_id, conversation_id in moved:
            await move_by_clock(db, desk_id, conversation_id, clock.now())
    while near := await gatherings.due(db, clock.now(), PIECE):
        for post_id in near:
            await remind(db, post_id, clock.now())
    while over := await stories.ended(db, clock.now(), PIECE):
        for story_id in over:
            await take_down_if_over(db, story_id, clock.now())

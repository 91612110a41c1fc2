"""What happens at its time although nobody asks: planned posts are published, polls end.

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
from .actions.schedule_post import publish_scheduled_post
from .store import polls, scheduled
from .store.database import Database

LOOK_SECONDS = 1.0
PIECE = 50

_log = structlog.get_logger("harken.timetable")


async def keep_times(db: Database, stop: asyncio.Event) -> None:
    """Do what is due, about once a second, until `stop`."""
    while not stop.is_set():
        try:
            await do_what_is_due(db)
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

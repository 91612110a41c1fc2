"""Once a day: what was deleted leaves the files.

SQLite overwrites deleted rows (`secure_delete`), but the terms of a deleted
post stay in the full-text index until its segments are merged, and in the
write-ahead log until that is cut. DESIGN.md promises both within a day.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import structlog

from . import clock
from .actions.appeal import TIME_TO_APPEAL
from .actions.note_contact import drop_old_notes
from .actions.publish_story import take_down_lapsed
from .actions.whisper import REMEMBERED
from .search import index
from .store import (
    alerts,
    desk_queue,
    ears,
    files,
    inquiries,
    media,
    push,
    reports,
    server,
    sessions,
    telling,
    whispers,
)
from .store.database import Database

EVERY = timedelta(hours=12)
KEPT_ALERTS = timedelta(days=60)
KEPT_PUSHES = timedelta(days=7)  # the outbox, so that nothing goes out twice; each is tried for hours only
KEPT_UPLOADS = timedelta(days=1)  # that no post carries
KEPT_MATCHES = 5_000  # of an ear; what is older can be searched for
_LOOK_SECONDS = 600
_PAUSE_SECONDS = 0.05  # between two pieces, so that posts go first

_log = structlog.get_logger("harken.housekeeping")


async def keep_house(db: Database, stop: asyncio.Event, session_life: timedelta) -> None:
    """Tidy whenever it is time, in whichever process comes first, until `stop`."""
    while not stop.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await stop.wait()
                return
        try:
            if await _my_turn(db):
                await tidy(db, stop, session_life)
        except Exception:
            _log.exception("housekeeping failed")  # the next look tries again


async def tidy(
    db: Database, stop: asyncio.Event | None = None, session_life: timedelta = timedelta(days=365)
) -> None:
    """Trim what ears heard and told, merge the index piece by piece, then cut the write-ahead log.

    Sessions that were not used for `session_life` end.
    """
    async with db.transaction() as tx:
        await sessions.delete_unused(tx, clock.now() - session_life)
    for ear_id in await ears.full(db, KEPT_MATCHES):
        async with db.transaction() as tx:
            await ears.trim(tx, ear_id, KEPT_MATCHES)
    async with db.transaction() as tx:
        await alerts.trim(tx, clock.now() - KEPT_ALERTS)
    async with db.transaction() as tx:
        await reports.forget_removed(tx, clock.now() - TIME_TO_APPEAL)
    async with db.transaction() as tx:
        await push.delete_dead(tx)
        await push.remove_orphans(tx)
        await push.trim(tx, clock.now() - KEPT_PUSHES)
        await telling.trim(tx, clock.now() - KEPT_PUSHES)
    async with db.transaction() as tx:
        await files.doom_expired(tx, clock.now())  # `filing` removes the bytes
    async with db.transaction() as tx:
        await media.doom_loose(tx, clock.now() - KEPT_UPLOADS)  # `converting` removes the files
    async with db.transaction() as tx:
        await desk_queue.sweep(tx, clock.now())
    await drop_old_notes(db, clock.now())
    await take_down_lapsed(db, clock.now())
    async with db.transaction() as tx:
        await inquiries.drop_old(tx, clock.now())
        await whispers.forget_gone(tx, clock.now() - REMEMBERED)
    begin = more = True
    while more and not (stop and stop.is_set()):
        async with db.transaction() as tx:
            more = await index.merge(tx, begin)
        begin = False
        await asyncio.sleep(_PAUSE_SECONDS if stop else 0)
    await db.give_back()


async def _my_turn(db: Database) -> bool:
    async with db.transaction() as tx:
        last = await server.setting(tx, "tidied_at")
        now = clock.now()
        if last is not None and now - clock.from_ms(int(last)) < EVERY:
            return False
        await server.set_setting(tx, "tidied_at", str(clock.to_ms(now)))
    return True

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
from .search import index
from .store import alerts, ears, media, push, server
from .store.database import Database

EVERY = timedelta(hours=12)
KEPT_ALERTS = timedelta(days=60)
KEPT_PUSHES = timedelta(days=7)  # the outbox, so that nothing goes out twice; each is tried for hours only
KEPT_UPLOADS = timedelta(days=1)  # that no post carries
KEPT_MATCHES = 5_000  # of an ear; what is older can be searched for
_LOOK_SECONDS = 600
_PAUSE_SECONDS = 0.05  # between two pieces, so that posts go first

_log = structlog.get_logger("harken.housekeeping")


async def keep_house(db: Database, stop: asyncio.Event) -> None:
    """Tidy whenever it is time, in whichever process comes first, until `stop`."""
    while not stop.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await stop.wait()
                return
        try:
            if await _my_turn(db):
                await tidy(db, stop)
        except Exception:
            _log.exception("housekeeping failed")  # the next look tries again


async def tidy(db: Database, stop: asyncio.Event | None = None) -> None:
    """Trim what ears heard and told, merge the index piece by piece, then cut the write-ahead log."""
    for ear_id in await ears.full(db, KEPT_MATCHES):
        async with db.transaction() as tx:
            await ears.trim(tx, ear_id, KEPT_MATCHES)
    async with db.transaction() as tx:
        await alerts.trim(tx, clock.now() - KEPT_ALERTS)
    async with db.transaction() as tx:
        await push.delete_dead(tx)
        await push.remove_orphans(tx)
        await push.trim(tx, clock.now() - KEPT_PUSHES)
    async with db.transaction() as tx:
        await media.doom_loose(tx, clock.now() - KEPT_UPLOADS)  # `converting` removes the files
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

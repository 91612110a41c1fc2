"""In every serving process: convert uploads one at a time, and remove the files of what is gone."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from . import clock
from .actions.convert_media import convert_next, remove_files
from .media.store import MediaStore
from .store import media
from .store.database import Database

LOOK_SECONDS = 2.0

_log = structlog.get_logger("harken.media")


class Converting:
    """Works off what waits, whoever left it: this process, another one, or one that died."""

    def __init__(self, db: Database, store: MediaStore, max_bytes: int) -> None:
        self._db = db
        self._store = store
        self._max_bytes = max_bytes
        self._more = asyncio.Event()

    def nudge(self) -> None:
        """There is something new: look now and not in a moment."""
        self._more.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; what is being converted then is begun again by the next server."""
        working = asyncio.create_task(self._work())
        await stop.wait()
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working

    async def _work(self) -> None:
        while True:
            try:
                await self.settle()
            except Exception:
                _log.exception("media were not worked off")  # the next look tries again
            self._more.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._more.wait()

    async def settle(self) -> None:
        """Work off everything that waits now."""
        while await media.unfinished(self._db):
            removed = await remove_files(self._db, self._store)
            if not (await convert_next(self._db, self._store, clock.now(), self._max_bytes) or removed):
                return  # the rest is in the hands of other processes

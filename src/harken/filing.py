"""In every serving process: have uploaded files checked, and remove the bytes of what is gone."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from . import clock
from .actions.check_file import check_next, remove_gone
from .media.store import MediaStore
from .store.database import Database

LOOK_SECONDS = 2.0

_log = structlog.get_logger("harken.files")


class Filing:
    """Works off what waits, whoever left it."""

    def __init__(self, db: Database, store: MediaStore, scanner: str) -> None:
        self._db = db
        self._store = store
        self._scanner = scanner
        self._more = asyncio.Event()

    def nudge(self) -> None:
        """There is something new: look now and not in a moment."""
        self._more.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; what is being checked then is checked anew by the next server."""
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
                _log.exception("files were not worked off")  # the next look tries again
            self._more.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._more.wait()

    async def settle(self) -> None:
        """Work off everything that waits now."""
        while await remove_gone(self._db, self._store):
            pass
        while self._scanner and await check_next(self._db, self._store, self._scanner, clock.now()):
            pass

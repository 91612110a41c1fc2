"""How work that waits in the database is worked off, in every serving process, beside the answering of requests."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

LOOK_SECONDS = 2.0


class Worker:
    """Works off what waits, whoever left it: this process, another one, or one that died."""

    name: str
    """What is worked off, for the log."""

    def __init__(self) -> None:
        self._more = asyncio.Event()

    async def settle(self) -> None:
        """Work off everything that waits now."""
        raise NotImplementedError

    def nudge(self) -> None:
        """There is something new: look now and not in a moment."""
        self._more.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; what is under way then is begun again by the next server."""
        working = asyncio.create_task(self._work())
        await stop.wait()
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working

    async def _work(self) -> None:
        log = structlog.get_logger(f"harken.{self.name}")
        while True:
            try:
                await self.settle()
            except Exception:
                log.exception(f"{self.name} were not worked off")  # the next look tries again
            self._more.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._more.wait()

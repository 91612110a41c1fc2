"""Run the consumers: one process at a time for each, politely, until told to stop."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Sequence
from datetime import timedelta

import structlog

from .. import clock
from ..log.tail import Entry, read_on
from ..log.wake import Wake
from ..store import log
from ..store.database import Database, Transaction
from ..store.log import Position
from .consumer import Consumer, Preparing

MAX_SECONDS = 0.01  # of one transaction; DESIGN.md allows 0.02
READ_AHEAD = 200
POLL_SECONDS = 0.25  # the net below the wake-up
LEASE = timedelta(seconds=10)
MAX_BACKOFF_SECONDS = 30.0

_log = structlog.get_logger("harken.consumers")


class Runner:
    """Runs `consumers` in order, each as long as this process holds its lease."""

    def __init__(self, db: Database, wake: Wake, consumers: Sequence[Consumer], keep_log: timedelta) -> None:
        self._db = db
        self._wake = wake
        self._consumers = list(consumers)
        self._keep_log = keep_log
        self._holder = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._leased_until: dict[str, float] = {}
        self._taken_over: set[str] = set()
        self._retry_at: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._swept_at = clock.monotonic()

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop`; then let go of the leases, so that another process goes on at once."""
        while not stop.is_set():
            seen = self._wake.count
            busy = False
            for consumer in self._consumers:
                busy = await self._step(consumer) or busy
            await self._sweep()
            if not busy and self._wake.count == seen:
                await self._wake.wait(seen, POLL_SECONDS)
        async with self._db.transaction() as tx:
            await log.release_leases(tx, self._holder)

    async def settle(self) -> None:
        """Consume until everybody has caught up (for tests and commands). Raises what a consumer raises."""
        while True:
            moved = False
            for consumer in self._consumers:
                await self._lease(consumer)
                moved = await self._piece(consumer) or moved
            if not moved:
                break
        # Whoever serves next need not wait until our leases run out.
        self._leased_until.clear()
        async with self._db.transaction() as tx:
            await log.release_leases(tx, self._holder)

    async def _step(self, consumer: Consumer) -> bool:
        """One piece of work; whether there may be more at once."""
        name = consumer.name
        if clock.monotonic() < self._retry_at.get(name, 0.0):
            return False
        try:
            if not await self._lease(consumer):
                return False
            moved = await self._piece(consumer)
            self._failures.pop(name, None)
            return moved
        except Exception:
            # Nothing is skipped: the entry is tried again, later and later, and `harken check` and
            # /metrics show the consumer that stands still.
            failures = self._failures[name] = self._failures.get(name, 0) + 1
            self._retry_at[name] = clock.monotonic() + min(MAX_BACKOFF_SECONDS, 0.1 * 2**failures)
            _log.exception("consumer failed", consumer=name, failures=failures)
            return False

    async def _lease(self, consumer: Consumer) -> bool:
        now = clock.monotonic()
        if self._leased_until.get(consumer.name, 0.0) > now:
            return True
        state = await log.consumer(self._db, consumer.name)
        if state.holder not in ("", self._holder) and state.held_until > clock.to_ms(clock.now()):
            return False
        async with self._db.transaction() as tx:
            mine = await log.take_lease(tx, consumer.name, self._holder, clock.now(), LEASE)
        if mine:
            if state.holder != self._holder:  # somebody else may have had it
                self._taken_over.add(consumer.name)
            self._leased_until[consumer.name] = now + LEASE.total_seconds() / 2
        return mine

    async def _piece(self, consumer: Consumer) -> bool:
        """One transaction of work; False when caught up."""
        state = await log.consumer(self._db, consumer.name)
        entries = await read_on(self._db, self._db.dialect, state.position, READ_AHEAD)
        if consumer.after is not None:
            limit = (await log.consumer(self._db, consumer.after)).position
            entries = [entry for entry in entries if entry.position <= limit]
        if not entries:
            return False
        if consumer.name in self._taken_over:
            if isinstance(consumer, Preparing):
                await consumer.prepare(self._db)
            self._taken_over.discard(consumer.name)
        position, progress = state.position, state.progress
        async with self._db.transaction() as tx:
            if not await log.still_held(tx, consumer.name, self._holder):
                self._leased_until.pop(consumer.name, None)
                return False
            started = clock.monotonic()
            for entry in entries:
                position, progress = await _advance(consumer, tx, entry, position, progress)
                if progress or clock.monotonic() - started > MAX_SECONDS:
                    break
            await log.move(tx, consumer.name, position, progress)
        return True

    async def _sweep(self) -> None:
        """Now and then drop what everybody has passed."""
        if clock.monotonic() - self._swept_at < 60:
            return
        self._swept_at = clock.monotonic()
        async with self._db.transaction() as tx:
            await log.drop_passed(tx, [c.name for c in self._consumers], clock.now() - self._keep_log)


async def _advance(
    consumer: Consumer, tx: Transaction, entry: Entry, position: Position, progress: str
) -> tuple[Position, str]:
    progress = await consumer.handle(tx, entry.event, progress)
    return (position, progress) if progress else (entry.position, "")

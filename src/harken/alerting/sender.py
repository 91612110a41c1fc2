"""Work off the outboxes of alerts and of pushes: the only part of them that leaves the machine.

One process sends at a time, by a lease. A batch (one owner and channel) is
claimed in a transaction, delivered outside any, and settled in another. A
sender that dies between delivers again: the outside can hear twice, and a
webhook's `Harken-Delivery` says so.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from .. import clock, mail
from ..actions.set_alert import listening_of
from ..errors import Refused, TryLater
from ..ids import new_id
from ..log.wake import Wake
from ..model.alert import Alert, Channel, Kind, Push, WebhookHealth
from ..model.telling import Letter
from ..settings import Settings
from ..store import alerts, members, push, telling
from ..store.database import Database, Transaction
from . import spikes, webhook
from .letters import letter
from .news import News, news
from .notices import notice
from .pushing import push_news, push_notification

LEASE = timedelta(seconds=20)
AGAIN = timedelta(minutes=3)  # a batch that nobody settled is taken up again
LOOK_SECONDS = 0.5
PAUSE_SECONDS = 0.1  # between two looks, so that a burst of posts costs a look and not a hundred
AT_ONCE = 16
SPIKE_EVERY = timedelta(hours=1)
STOP_SECONDS = 1.5

MAX_TRIES = {Channel.APP: 5, Channel.PUSH: 5, Channel.EMAIL: 8, Channel.WEBHOOK: 12}
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
LEAST_FAILURES = 8
FAILING_FOR = timedelta(days=1)

_log = structlog.get_logger("harken.alerting")


def pause(tries: int) -> timedelta:
    """How long to wait after so many tries: twice as long each time."""
    return min(FIRST_PAUSE * (1 << min(tries - 1, 20)), LONGEST_PAUSE)


class Sender:
    """Delivers what is due, as long as this process holds the lease."""

    def __init__(self, db: Database, settings: Settings, base_url: str, wake: Wake) -> None:
        self._db = db
        self._settings = settings
        self._base_url = base_url
        self._wake = wake
        self._holder = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._leased_until = 0.0
        self._under_way: set[asyncio.Task[None]] = set()
        self._spikes_at = clock.EPOCH

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`; what is under way then gets a moment, and comes again otherwise."""
        while not stop.is_set():
            seen = self._wake.count
            try:
                if await self._lease():
                    await self._hourly()
                    await self._begin()
            except Exception:
                _log.exception("sending alerts failed")
                await asyncio.sleep(1)
            await asyncio.sleep(PAUSE_SECONDS)
            await self._wake.wait(seen, LOOK_SECONDS)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=STOP_SECONDS)
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
        async with self._db.transaction() as tx:
            await alerts.release_leases(tx, self._holder)

    async def settle(self) -> None:
        """Send everything that is due now (for tests). Raises what goes wrong in ourselves."""
        while await self._anything_due():
            for delivery in await self._claim(AT_ONCE):
                await delivery

    async def watch(self) -> int:
        """Look for spikes now; how many began."""
        return await spikes.watch(self._db, clock.now())

    async def _lease(self) -> bool:
        if self._leased_until > clock.monotonic():
            return True
        now = clock.now()
        if await alerts.lease_held(self._db, "alerts", self._holder, now):
            return False
        async with self._db.transaction() as tx:
            mine = await alerts.take_lease(tx, "alerts", self._holder, now, now + LEASE)
        if mine:
            self._leased_until = clock.monotonic() + LEASE.total_seconds() / 2
        return mine

    async def _hourly(self) -> None:
        if clock.now() - self._spikes_at >= SPIKE_EVERY:
            self._spikes_at = clock.now()
            await self.watch()

    async def _begin(self) -> None:
        """Take up what is due, as far as there are hands."""
        free = AT_ONCE - len(self._under_way)
        if free <= 0 or not await self._anything_due():
            return
        for delivery in await self._claim(free):
            task = asyncio.create_task(delivery)
            self._under_way.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("an alert could not be sent", exc_info=task.exception())

    async def _anything_due(self) -> bool:
        now = clock.now()
        return (
            await alerts.anything_due(self._db, now) or await push.anything_due(self._db, now)
            or await telling.anything_due(self._db, now))

    async def _claim(self, limit: int) -> list[Coroutine[Any, Any, None]]:
        """What to do now: batches of alerts first, and at least one push of a notification if any waits."""
        now = clock.now()
        async with self._db.transaction() as tx:
            batches = await alerts.claim(tx, now, now + AGAIN, limit)
            pushes = await push.claim(tx, now, now + AGAIN, max(limit - len(batches), 1))
            letters = await telling.claim(tx, now, now + AGAIN, max(limit - len(batches) - len(pushes), 1))
        return [*map(self._deliver, batches), *map(self._push, pushes), *map(self._write, letters)]

    async def _write(self, batch: list[Letter]) -> None:
        """One e-mail of notifications, and how it went."""
        now, due_at = clock.now(), None
        member = await members.find(self._db, batch[0].owner_id)
        made = None if member is None or not mail.can_send(self._settings) else await notice(
            self._db, batch, member, self._settings.title, self._base_url, now)
        if made is not None:
            tries = max(one.tries for one in batch) + 1
            try:
                await mail.send(self._settings, made)
            except TryLater:
                if tries < MAX_TRIES[Channel.EMAIL]:
                    due_at = now + pause(tries)
        async with self._db.transaction() as tx:
            await telling.settle(tx, batch, due_at)

    async def _push(self, one: Push) -> None:
        """Bring one notification to an application, and store how it went."""
        now = clock.now()
        subscription = await push.find(self._db, one.subscription_id)
        due_at = None
        if subscription is not None:
            try:
                await push_notification(
                    self._db, subscription, one.notification_id, self._base_url, self._contact, now,
                    self._settings.allow_private_addresses)
            except TryLater:
                if one.tries + 1 < MAX_TRIES[Channel.PUSH]:
                    due_at = now + pause(one.tries + 1)
            except Refused:
                pass  # not wanted any more, or never to be reached
        async with self._db.transaction() as tx:
            await push.settle(tx, one, due_at)

    @property
    def _contact(self) -> str:
        """Whom a push service may turn to (RFC 8292, 2.1)."""
        return self._base_url if self._base_url.startswith("https:") else "mailto:operator@localhost.invalid"

    async def _deliver(self, batch: list[Alert]) -> None:
        """Bring one batch where it belongs, and store how it went."""
        now = clock.now()
        channel = batch[0].channel
        told = await news(self._db, batch, now)
        kept = [row for one in told for row in one.rows]
        gone = [row for row in batch if row not in kept]
        failure, refused = "", False
        if told:
            try:
                await self._send(channel, told, now)
            except Refused as error:
                failure, refused = error.message, True
            except TryLater as error:
                failure = str(error)
        tries = max((row.tries for row in batch), default=0) + 1
        again = bool(failure) and not refused and tries < MAX_TRIES[channel]
        state = ("waiting" if again else "failed") if failure else "sent"
        async with self._db.transaction() as tx:
            await alerts.settle(tx, gone, "dropped", now)
            await alerts.settle(tx, kept, state, now, failure, now + pause(tries) if again else None)
            if channel is Channel.WEBHOOK and told:
                await self._note_health(tx, told[0], bool(failure), now)

    async def _send(self, channel: Channel, told: list[News], now: datetime) -> None:
        """Raises TryLater and Refused, with a sentence for the owner."""
        private = self._settings.allow_private_addresses
        if channel is Channel.APP:
            await self._show(told)
            return
        if channel is Channel.WEBHOOK:
            if (await alerts.health(self._db, told[0].ear.id)).disabled_at is not None:
                raise Refused("The webhook is switched off because it failed for a day; save it again to switch it on.")
            await webhook.call(told[0], self._base_url, now, private)
            return
        owner = told[0].ear.owner_id
        member = await members.find(self._db, owner)
        if member is None:
            raise Refused("There is nobody to tell.")
        if channel is Channel.PUSH:
            await push_news(self._db, told, member, self._base_url, self._contact, now, private)
            return
        listening = await listening_of(self._db, owner)
        if listening.unsubscribed:
            raise Refused("You asked for no more e-mails about ears; the settings of alerts allow them again.")
        if not mail.can_send(self._settings):
            raise Refused("This server sends no e-mail.")
        await mail.send(self._settings, letter(
            told, member, self._settings.title, self._base_url, listening.unsubscribe_key))

    async def _show(self, told: list[News]) -> None:
        """Entries of the notifications page: one for each ear, at its newest post, saying how many there are."""
        async with self._db.transaction() as tx:
            for one in told:
                first, newest = one.rows[0], one.items[0] if one.items else None
                about = newest.author.id if newest else one.ear.owner_id
                others = one.meanwhile if one.kind is Kind.SPIKE else one.count - 1 + one.meanwhile
                alert_id = new_id(clock.now())
                await alerts.show(tx, first, alert_id, others)
                await alerts.tell_in_app(tx, alert_id, first.owner_id, about, newest.post.id if newest else None)

    async def _note_health(self, tx: Transaction, one: News, failed: bool, now: datetime) -> None:
        """Count failures in a row; a day of them switches the webhook off and says so in the notifications page."""
        before = await alerts.health(tx, one.ear.id)
        if not failed:
            if before.failures:
                await alerts.put_health(tx, WebhookHealth(ear_id=one.ear.id))
            return
        health = msgspec.structs.replace(
            before, failures=before.failures + 1, failing_since=before.failing_since or now)
        since = health.failing_since or now
        if health.disabled_at is None and health.failures >= LEAST_FAILURES and now - since >= FAILING_FOR:
            health = msgspec.structs.replace(health, disabled_at=now)
            alert_id = new_id(now)
            await alerts.record(tx, [Alert(
                ear_id=one.ear.id, kind=Kind.BROKEN, channel=Channel.APP, id=alert_id, owner_id=one.ear.owner_id,
                state="sent", due_at=now, sent_at=now)])
            await alerts.tell_in_app(tx, alert_id, one.ear.owner_id, one.ear.owner_id, None)
        await alerts.put_health(tx, health)

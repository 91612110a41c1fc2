"""Notice that an ear hears much more than usual.

The rule: what it heard in the last 24 hours exceeds the mean of the seven
stretches of 24 hours before by more than k of their standard deviations
(k = 1.5, 2 or 3; FEATURES.md 5d). The deviation is taken to be at least that
of a Poisson process of the same mean, because a few even days say little;
three days of listening and five posts are the least to judge by.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from ..ids import new_id
from ..model.alert import Alert, Channel, Kind, Listening
from ..store import alerts
from ..store.alerts import Spiking
from ..store.database import Database
from ..text.catalogues import zone

DAYS = 7
LEAST_DAYS = 3
LEAST_POSTS = 5
_AT_ONCE = 100


def is_spike(today: int, before: Sequence[int], tenths: int) -> bool:
    """Whether `today` is more than tenths / 10 deviations above the mean of `before` (counts of 24 hours each)."""
    if len(before) < LEAST_DAYS or today < LEAST_POSTS:
        return False
    mean = sum(before) / len(before)
    deviation = math.sqrt(sum((count - mean) ** 2 for count in before) / len(before))
    return today > mean + tenths / 10 * max(deviation, math.sqrt(mean), 1.0)


async def watch(db: Database, now: datetime) -> int:
    """Look at every ear that watches its rate, and write an alert for each that begins to spike; how many did."""
    above = began = 0
    while some := await alerts.watching(db, above, _AT_ONCE):
        above = some[-1].ear_id
        for one in some:
            began += await _look(db, one, now)
    return began


async def _look(db: Database, one: Spiking, now: datetime) -> bool:
    days = min(DAYS, (now - one.saved_at) // timedelta(days=1) - 1)
    heard = {r.day: r for r in await alerts.rates(db, one.ear_id, one.owner_id, now, DAYS + 1)}
    today = heard.get(0)
    before = [heard[day].count if day in heard else 0 for day in range(1, days + 1)]
    spiking = today is not None and is_spike(today.count, before, one.spike)
    tell = spiking and not one.spiking and (
        one.told_at is None or now - one.told_at >= timedelta(seconds=one.cool_down))
    if spiking == one.spiking and not tell:
        return False
    async with db.transaction() as tx:
        await alerts.put_spike(tx, one.ear_id, spiking, now if tell else one.told_at)
        if tell and today is not None:
            listening = await alerts.find_listening(tx, one.owner_id) or Listening(account_id=one.owner_id)
            quiet = listening.quiet_until(now, zone(one.time_zone)) or now
            await alerts.record(tx, [
                Alert(
                    ear_id=one.ear_id, kind=Kind.SPIKE, post_id=today.newest, channel=channel,
                    id=new_id(now), owner_id=one.owner_id, state="waiting",
                    due_at=quiet if channel in (Channel.PUSH, Channel.EMAIL) else now, meanwhile=today.count)
                for channel in one.channels if channel is not Channel.EMAIL or not listening.unsubscribed])
    return tell

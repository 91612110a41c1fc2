"""Send a test alert by every way that an ear has."""

from __future__ import annotations

from datetime import datetime

from ..errors import Invalid
from ..ids import new_id
from ..model.account import Account
from ..model.alert import Alert, Channel, Kind
from ..store import alerts, ears
from ..store.database import Database


async def try_alert(db: Database, owner: Account, ear_id: int, now: datetime) -> list[Channel]:
    """The ways by which a test is under way; quiet hours do not hold it back. Raises NotFound, Invalid."""
    async with db.transaction() as tx:
        ear = await ears.get(tx, ear_id, owner.id)
        chosen = await alerts.find_setting(tx, ear.id)
        if chosen is None or not chosen.channels:
            raise Invalid("Choose at least one way to be told, and save it first.", "channels")
        alert_id = new_id(now)
        await alerts.record(tx, [
            Alert(
                ear_id=ear.id, kind=Kind.TEST, channel=channel, id=alert_id, owner_id=owner.id,
                state="sent" if channel is Channel.APP else "waiting", due_at=now,
                sent_at=now if channel is Channel.APP else None)
            for channel in chosen.channels])
        if chosen.in_app:
            await alerts.tell_in_app(tx, alert_id, owner.id, owner.id, None)
    return chosen.channels

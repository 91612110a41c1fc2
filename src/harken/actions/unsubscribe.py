"""No more e-mails about ears, by a link in one of them."""

from __future__ import annotations

import msgspec

from ..errors import NotFound
from ..model.alert import Listening
from ..store import alerts
from ..store.database import Database


async def unsubscribe(db: Database, key: str, off: bool = True) -> Listening:
    """Stop (or with `off=False` allow again) all e-mails about ears to whoever got `key`. Raises NotFound."""
    async with db.transaction() as tx:
        found = await alerts.find_by_unsubscribe_key(tx, key)
        if found is None:
            raise NotFound("This link belongs to nobody who gets e-mails from here.")
        chosen = msgspec.structs.replace(found, unsubscribed=off)
        await alerts.put_listening(tx, chosen)
    return chosen

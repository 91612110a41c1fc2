"""Read the log on from a position."""

from __future__ import annotations

from datetime import datetime

import msgspec

from .. import clock
from ..store import log
from ..store.database import Reader
from ..store.log import Position
from .events import KINDS, Event

_DECODERS = {name: msgspec.json.Decoder(kind) for name, kind in KINDS.items()}


class Entry(msgspec.Struct, frozen=True):
    """One event, where it stands and when it was written."""

    position: Position
    at: datetime
    event: Event


async def read_on(reader: Reader, dialect: str, after: Position, limit: int = 100) -> list[Entry]:
    """The next entries after `after`, oldest first; empty when caught up.

    PostgreSQL hands out sequence numbers before commit. Entries carry their
    transaction's id, and we read only behind the oldest transaction still
    open, so no reader steps over a slow writer (docs/decisions/0003-log-order.md).
    Kinds that this version does not know are left out: a newer process wrote them.
    """
    return [
        Entry(row.position, clock.from_ms(row.at), _DECODERS[row.kind].decode(row.body))
        for row in await log.after(reader, dialect, after, limit)
        if row.kind in _DECODERS
    ]

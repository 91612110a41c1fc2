"""Who looks at a case, and who types: told to the others at the desk, and forgotten within a minute."""

from __future__ import annotations

from datetime import datetime

from ..log.append import append
from ..log.events import DeskAttended
from ..model.account import Account
from ..model.desk import DeskRole
from ..store import desk_queue, desks
from ..store.database import Database
from .work_case import leased


async def attend_case(
    db: Database, by: Account, desk_id: int, conversation_id: int, typing: bool, now: datetime
) -> None:
    """Somebody has a case before them now. Whoever has claimed it keeps it so. Raises NotFound."""
    async with db.transaction() as tx:
        desk = await desks.get(tx, desk_id, by.id, DeskRole.READER)
        await desk_queue.get(tx, desk_id, conversation_id, by.id)
        if await desk_queue.attend(tx, desk_id, conversation_id, by.id, typing, now):
            await append(tx, DeskAttended(desk_id, conversation_id), now)
        case = await desk_queue.find_case(tx, desk_id, conversation_id)
        if case is not None and case.claimed_by == by.id and leased(case, by.id, now) != case:
            # No event: the others see the lease when they look, and it tells them nothing new.
            await desk_queue.renew(tx, desk.id, conversation_id, by.id, leased(case, by.id, now).lease_until)


async def leave_case(db: Database, by: Account, desk_id: int, conversation_id: int, now: datetime) -> None:
    """Somebody looks elsewhere. Raises NotFound."""
    async with db.transaction() as tx:
        await desks.get(tx, desk_id, by.id, DeskRole.READER)
        if await desk_queue.go(tx, desk_id, conversation_id, by.id):
            await append(tx, DeskAttended(desk_id, conversation_id), now)

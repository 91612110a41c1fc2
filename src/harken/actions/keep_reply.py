"""Keep the texts that a desk answers with often."""

from __future__ import annotations

from datetime import datetime

from ..desk import saved
from ..errors import Invalid, NotFound
from ..ids import new_id
from ..model.account import Account
from ..model.answering import MAX_SAVED, MAX_SAVED_NAME, MAX_SAVED_TEXT, SavedReply
from ..model.desk import DeskRole
from ..store import desk_answers, desks
from ..store.database import Database
from ..text import markup
from .keep_desk import note


async def keep_reply(
    db: Database, by: Account, desk_id: int, name: str, text: str, now: datetime, reply_id: int = 0
) -> SavedReply:
    """Save a text under a name, or change the one with `reply_id`.

    Raises NotFound, NotAllowed (a reader), Invalid (too long, too many, or a placeholder that stands for nothing).
    """
    name, text = " ".join(markup.clean(name).split()), markup.clean(text).strip()
    if not 0 < len(name) <= MAX_SAVED_NAME:
        raise Invalid(f"Give it a name of at most {MAX_SAVED_NAME} characters.", "name")
    if not 0 < len(text) <= MAX_SAVED_TEXT:
        raise Invalid(f"Write a text of at most {MAX_SAVED_TEXT} characters.", "text")
    if strange := saved.unknown(text):
        known = ", ".join(f"{{{one}}}" for one in saved.PLACEHOLDERS)
        raise Invalid(f"{{{strange[0]}}} stands for nothing. There are {known}.", "text")
    async with db.transaction() as tx:
        await desks.get(tx, desk_id, by.id, DeskRole.HELPER)
        await desks.lock(tx, desk_id)
        if reply_id:
            await desk_answers.visible_reply(tx, desk_id, reply_id, by.id)
        elif await desk_answers.count_replies(tx, desk_id) >= MAX_SAVED:
            raise Invalid(f"A desk has at most {MAX_SAVED} saved replies; drop one first.", "name")
        reply = SavedReply(
            id=reply_id or new_id(now), desk_id=desk_id, name=name, text=text, by_id=by.id, changed_at=now)
        await desk_answers.put_reply(tx, reply)
        await note(tx, desk_id, by.id, "keep", now, about=name)
    return reply


async def drop_reply(db: Database, by: Account, desk_id: int, reply_id: int, now: datetime) -> None:
    """Forget a saved reply. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        await desks.get(tx, desk_id, by.id, DeskRole.HELPER)
        reply = await desk_answers.visible_reply(tx, desk_id, reply_id, by.id)
        if not await desk_answers.remove_reply(tx, desk_id, reply_id):
            raise NotFound("This desk has no such saved reply.")
        await note(tx, desk_id, by.id, "drop", now, about=reply.name)

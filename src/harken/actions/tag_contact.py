"""Say with the same words what people and cases of a desk are about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..errors import Invalid
from ..log.append import append
from ..log.events import CaseMoved
from ..model.account import Account
from ..model.contact import MAX_TAG, MAX_TAGS
from ..store import contacts, desk_queue
from ..store.database import Database
from ..text import markup
from .keep_desk import note
from .know_person import at_work, recorded


def checked_tags(words: Iterable[str]) -> list[str]:
    """Tags as they are kept: lower case, each once, in the order of the alphabet. Raises Invalid."""
    found = sorted({" ".join(markup.clean(word).lower().lstrip("#").split()) for word in words} - {""})
    if len(found) > MAX_TAGS or any(len(word) > MAX_TAG or "," in word for word in found):
        raise Invalid(f"At most {MAX_TAGS} tags of {MAX_TAG} characters, with commas between.", "tags")
    return found


async def tag_contact(
    db: Database, by: Account, desk_id: int, contact_id: int, words: Iterable[str], now: datetime
) -> list[str]:
    """Give a person these tags and no others. Raises NotFound, NotAllowed, Invalid."""
    wanted = checked_tags(words)
    async with db.transaction() as tx:
        await at_work(tx, desk_id, by)
        card = await contacts.visible(tx, desk_id, contact_id, by.id)
        before = (await contacts.tags(tx, [card.id])).get(card.id, [])
        if before != wanted:
            await contacts.remove_tags(tx, card.id, [word for word in before if word not in wanted])
            await contacts.put_tags(tx, card.id, [word for word in wanted if word not in before])
            await recorded(tx, card, by.id, "revise", now, "tags")
    return wanted


async def tag_case(
    db: Database, by: Account, desk_id: int, conversation_id: int, words: Iterable[str], now: datetime
) -> list[str]:
    """Give a case these tags and no others. Raises NotFound, NotAllowed, Invalid."""
    wanted = checked_tags(words)
    async with db.transaction() as tx:
        await at_work(tx, desk_id, by)
        await desk_queue.get(tx, desk_id, conversation_id, by.id)
        if await contacts.tags_of_case(tx, desk_id, conversation_id) != wanted:
            await contacts.set_tags_of_case(tx, desk_id, conversation_id, wanted)
            await note(tx, desk_id, by.id, "tag", now, conversation_id=conversation_id)
            await append(tx, CaseMoved(desk_id, [conversation_id], by.id), now)
    return wanted

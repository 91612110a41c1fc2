"""Answer from a desk's queue, as oneself, once."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..errors import Conflict, Invalid, NotAllowed
from ..ids import PostId
from ..model.account import Account, name_key
from ..model.case import Case, Item
from ..model.desk import Desk, DeskRole
from ..model.post import Draft, ForDesk, Post, Visibility
from ..model.scheduled import Scheduled
from ..store import accounts, contacts, desk_answers, desks, posts
from ..store.database import Database, Transaction
from ..text import markup
from .check_reply import check_reply
from .keep_desk import note
from .publish_post import checked_draft, publish
from .work_case import Taken, keep, leased, taken_up

_SAID = (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.DIRECT)


class AnsweredAlready(Conflict):
    """Somebody of the desk has answered since you looked; `answer_id` is what they said."""

    def __init__(self, answer_id: int) -> None:
        super().__init__("Somebody of your desk has answered meanwhile. Read it before you send yours.")
        self.answer_id = answer_id


async def answer_case(
    db: Database, by: Account, desk_id: int, conversation_id: int, draft: Draft, now: datetime, *,
    known_answer_id: int = 0, take: bool = False, max_characters: int = 500, override: str = "",
    draft_version: int = 0,
) -> Post:
    """Publish an answer to the person and note it with the case, in one transaction.

    `known_answer_id` is the newest answer that the helper has read: a newer one stops this. `take` answers although
    somebody else works on the case. `override` is why a lead says what the reply check stops. The shared draft of this
    `draft_version` is done with. A text that does not name the person gets their name in front, or they would not hear
    of it.

    Raises AnsweredAlready, Taken, Stopped (the reply check), NotFound, NotAllowed (also where a second person is to
    read it first), TextTooLong, Invalid, RelatedNotFound.
    """
    async with db.transaction() as tx:
        desk = await desks.get(tx, desk_id, by.id, DeskRole.HELPER)
        item, case = await taken_up(tx, desk, by, conversation_id)
        await may_answer(tx, desk, item, by, known_answer_id, take, now)
        if desk.approval:
            raise NotAllowed("At this desk a second person reads an answer before it is sent: ask for approval.")
        checked = await addressed_to(tx, desk, item, by, draft, known_answer_id, max_characters, now)
        await check_reply(tx, desk, conversation_id, item.author_id, checked.text, by.id, override, now)
        shared = await desk_answers.find_draft(tx, desk.id, conversation_id)
        if shared is not None and shared.version == draft_version and shared.scheduled_id is None:
            await desk_answers.remove_draft(tx, desk.id, conversation_id)
        return await send(tx, desk, case, by, checked, now)


async def may_answer(
    tx: Transaction, desk: Desk, item: Item, by: Account, known_answer_id: int, take: bool, now: datetime
) -> None:
    """Raises AnsweredAlready, Taken, NotAllowed (the person wants nothing of this desk)."""
    if await contacts.find_objection(tx, desk.id, item.author_id):
        raise NotAllowed("This person does not want to be written to by this desk: they or their card say so.")
    if item.answered_id > known_answer_id:
        raise AnsweredAlready(item.answered_id)
    if item.held_by_other(by.id, now) and not take:
        raise Taken(item)


async def addressed_to(
    tx: Transaction, desk: Desk, item: Item, by: Account, draft: Draft, known_answer_id: int, max_characters: int,
    now: datetime,
) -> Draft:
    """The draft as an answer to whoever asks, in the name of the desk, checked. Raises Invalid, TextTooLong."""
    if draft.visibility not in _SAID:
        raise Invalid("An answer is for everybody, unlisted, or for the person alone.", "visibility")
    parent = await posts.find(tx, draft.in_reply_to_id or item.post_id)
    parent_id = parent.id if parent and parent.conversation_id == item.conversation_id else item.post_id
    author = await accounts.get(tx, item.author_id)
    text = draft.text
    named = {name_key(one.name, one.host) for one in markup.mentions(text)}
    if name_key(author.username, author.domain) not in named and text.strip():
        text = f"@{author.address} {text.lstrip()}"
    answer = msgspec.structs.replace(draft, text=text, in_reply_to_id=PostId(parent_id), desk=ForDesk(
        desk_id=desk.id, desk_name=desk.name, conversation_id=item.conversation_id, known_answer_id=known_answer_id))
    return checked_draft(by, answer, max_characters, now)


async def send(tx: Transaction, desk: Desk, case: Case, by: Account, draft: Draft, now: datetime, planned: int = 0
               ) -> Post:
    """Publish a checked answer and note it, within the caller's transaction."""
    post = await publish(tx, by, draft, now, planned)
    await note(tx, desk.id, by.id, "answer", now, conversation_id=case.conversation_id,
               about="direct" if post.visibility is Visibility.DIRECT else "")
    answered = msgspec.structs.replace(leased(case, by.id, now), answered_id=post.id, mark="", reason="", wake_at=None)
    await keep(tx, desk, answered, by.id, now)
    return post


async def send_planned(tx: Transaction, by: Account, planned: Scheduled, now: datetime) -> Post:
    """Publish a planned answer that is due, as if its author sent it now: what has changed meanwhile stops it.

    Raises AnsweredAlready, Stopped, NotFound (the case is gone, or its author is not at the desk), NotAllowed.
    """
    told = planned.draft.desk
    assert told is not None
    desk = await desks.get(tx, told.desk_id, by.id, DeskRole.HELPER)
    item, case = await taken_up(tx, desk, by, told.conversation_id)
    await may_answer(tx, desk, item, by, told.known_answer_id, True, now)
    if desk.approval and not told.approved:
        raise NotAllowed("At this desk a second person reads an answer before it is sent: ask for approval.")
    if not told.override:  # a lead has read and allowed these very words, and the record says so
        await check_reply(tx, desk, told.conversation_id, item.author_id, planned.draft.text, by.id, "", now)
    shared = await desk_answers.find_draft(tx, desk.id, told.conversation_id)
    if shared is not None and shared.scheduled_id == planned.id:
        await desk_answers.remove_draft(tx, desk.id, told.conversation_id)
    return await send(tx, desk, case, by, planned.draft, now, planned.id)

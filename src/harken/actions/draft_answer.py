"""Write an answer together: one shared draft for a case, which a second person may be asked to approve."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..errors import Conflict, Invalid, NotAllowed, NotFound
from ..ids import AccountId
from ..log.append import append
from ..log.events import CaseMoved
from ..model.account import Account
from ..model.answering import MAX_REMARK, SharedDraft
from ..model.case import Item
from ..model.desk import Desk, DeskRole
from ..model.post import Draft, Post, Visibility
from ..store import accounts, desk_answers, desks, scheduled
from ..store.database import Database, Transaction
from ..text import markup
from .answer_case import addressed_to, may_answer, send
from .check_reply import check_reply
from .keep_desk import note
from .plan_answer import plan
from .publish_post import cleaned_text, may_post
from .schedule_post import SHORTEST
from .work_case import taken_up


class DraftChanged(Conflict):
    """Somebody wrote in the shared draft since you read it; `draft` is what stands there now, None if it is gone."""

    def __init__(self, draft: SharedDraft | None) -> None:
        super().__init__("Somebody of your desk wrote in this draft meanwhile. Read it before you go on.")
        self.draft = draft


class DraftText(msgspec.Struct, frozen=True, kw_only=True):
    """What a helper writes: `publish_at` when it is wanted, if not at once; `ask` for a second person's approval."""

    text: str
    visibility: Visibility = Visibility.PUBLIC
    publish_at: datetime | None = None
    ask: bool = False
    known_answer_id: int = 0


async def draft_answer(
    db: Database, by: Account, desk_id: int, conversation_id: int, given: DraftText, version: int, now: datetime, *,
    max_characters: int = 500,
) -> SharedDraft:
    """Write the draft of a case anew, for everybody who helps at the desk; whoever writes last sends it.

    `version` is the one that the helper has read, 0 for none. Raises DraftChanged, Invalid, TextTooLong, NotFound,
    NotAllowed, Conflict (it is planned already).
    """
    may_post(by)
    text, _ = cleaned_text(given.text, "", max_characters)
    if not text.strip():
        raise Invalid("Write something first.", "text")
    if given.visibility not in (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.DIRECT):
        raise Invalid("An answer is for everybody, unlisted, or for the person alone.", "visibility")
    if given.publish_at is not None and given.publish_at <= now + SHORTEST:
        raise Invalid("Choose a time at least five minutes from now.", "publish_at")
    async with db.transaction() as tx:
        desk, item, before = await _held(tx, by, desk_id, conversation_id, version)
        if before is not None and before.scheduled_id and await desk_answers.planned(tx, before.scheduled_id):
            raise Conflict("This answer is planned already. Take the plan back first.")
        writers = [*(before.writers if before else []), by.id]
        draft = SharedDraft(
            desk_id=desk.id, conversation_id=conversation_id, post_id=item.post_id, text=text,
            visibility=given.visibility, by_id=by.id, writers=list(dict.fromkeys(writers)), version=version + 1,
            asked=given.ask, remark="" if given.ask or before is None else before.remark,
            publish_at=given.publish_at, known_answer_id=given.known_answer_id, changed_at=now)
        await desk_answers.put_draft(tx, draft)
        await _told(tx, desk.id, by.id, "ask" if given.ask else "draft", conversation_id, now)
    return draft


async def discard_draft(
    db: Database, by: Account, desk_id: int, conversation_id: int, version: int, now: datetime
) -> None:
    """Throw a draft away, and its plan. Raises DraftChanged, NotFound, NotAllowed."""
    async with db.transaction() as tx:
        desk, _item, before = await _held(tx, by, desk_id, conversation_id, version)
        if before is None:
            raise NotFound("There is no draft.")
        if before.scheduled_id:
            await scheduled.remove(tx, before.by_id, before.scheduled_id)
        await desk_answers.remove_draft(tx, desk.id, conversation_id)
        await _told(tx, desk.id, by.id, "discard", conversation_id, now)


async def return_draft(
    db: Database, by: Account, desk_id: int, conversation_id: int, version: int, remark: str, now: datetime
) -> SharedDraft:
    """Do not approve a draft, and say why; or take the plan of one back: it is a draft as before.

    Raises DraftChanged, NotFound, NotAllowed, Invalid.
    """
    remark = markup.clean(remark).strip()
    if len(remark) > MAX_REMARK:
        raise Invalid(f"A remark has at most {MAX_REMARK} characters.", "remark")
    async with db.transaction() as tx:
        desk, _item, before = await _held(tx, by, desk_id, conversation_id, version)
        if before is None:
            raise NotFound("There is no draft.")
        if before.scheduled_id:
            await scheduled.remove(tx, before.by_id, before.scheduled_id)
        draft = msgspec.structs.replace(
            before, asked=False, scheduled_id=None, remark=remark, version=version + 1, changed_at=now)
        await desk_answers.put_draft(tx, draft)
        await _told(tx, desk.id, by.id, "return", conversation_id, now, before.by_id)
    return draft


async def approve_draft(
    db: Database, by: Account, desk_id: int, conversation_id: int, version: int, now: datetime, *,
    override: str = "", take: bool = False, max_characters: int = 500,
) -> Post | None:
    """Send a draft in the name of whoever wrote last, or plan it if it is wanted later (then None).

    Whoever wrote in it cannot approve it. `override` is why a lead says what the reply check stops.
    Raises DraftChanged, Stopped, AnsweredAlready, Taken, NotFound, NotAllowed.
    """
    async with db.transaction() as tx:
        desk, item, before = await _held(tx, by, desk_id, conversation_id, version)
        if before is None:
            raise NotFound("There is no draft.")
        if before.wrote(by.id):
            raise NotAllowed("You wrote in this draft; somebody else must approve it.")
        if not before.asked:
            raise Conflict("Nobody asked for approval of this draft yet.")
        author = await accounts.get(tx, before.by_id)
        await desks.get(tx, desk_id, author.id, DeskRole.HELPER)  # they may have left meanwhile
        item, case = await taken_up(tx, desk, by, conversation_id)
        holder = author if item.claimed_by == author.id else by
        await may_answer(tx, desk, item, holder, before.known_answer_id, take, now)
        wanted = Draft(text=before.text, visibility=before.visibility)
        checked = await addressed_to(tx, desk, item, author, wanted, before.known_answer_id, max_characters, now)
        why = await check_reply(tx, desk, conversation_id, item.author_id, checked.text, by.id, override, now)
        assert checked.desk is not None
        checked = msgspec.structs.replace(
            checked, desk=msgspec.structs.replace(checked.desk, override=why, approved=True))
        await note(tx, desk.id, by.id, "approve", now, conversation_id=conversation_id, target_id=author.id)
        if before.publish_at is not None and before.publish_at > now + SHORTEST:
            await plan(tx, desk, author, checked, before, before.publish_at, now)
            return None
        await desk_answers.remove_draft(tx, desk.id, conversation_id)
        return await send(tx, desk, case, author, checked, now)


async def _held(
    tx: Transaction, by: Account, desk_id: int, conversation_id: int, version: int
) -> tuple[Desk, Item, SharedDraft | None]:
    """The case, held until the transaction ends, and its draft. Raises DraftChanged, NotFound, NotAllowed."""
    desk = await desks.get(tx, desk_id, by.id, DeskRole.HELPER)
    item, _case = await taken_up(tx, desk, by, conversation_id)
    draft = await desk_answers.find_draft(tx, desk.id, conversation_id)
    if (draft.version if draft else 0) != version:
        raise DraftChanged(draft)
    return desk, item, draft


async def _told(
    tx: Transaction, desk_id: int, by: AccountId, verb: str, conversation_id: int, now: datetime,
    target: AccountId | None = None,
) -> None:
    await note(tx, desk_id, by, verb, now, conversation_id=conversation_id, target_id=target)
    await append(tx, CaseMoved(desk_id, [conversation_id], by), now)

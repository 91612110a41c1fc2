"""Plan an answer for later: everybody at the desk sees that it will be sent, and when."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..errors import Conflict, Invalid, NotAllowed
from ..ids import new_id
from ..model.account import Account
from ..model.answering import SharedDraft
from ..model.desk import Desk, DeskRole
from ..model.post import Draft
from ..model.scheduled import Scheduled
from ..store import desk_answers, desks, scheduled
from ..store.database import Database, Transaction
from .answer_case import addressed_to, may_answer
from .check_reply import check_reply
from .keep_desk import note
from .schedule_post import DAILY_LIMIT, SHORTEST, TOTAL_LIMIT
from .work_case import keep, let_go, taken_up


async def plan_answer(
    db: Database, by: Account, desk_id: int, conversation_id: int, draft: Draft, at: datetime, now: datetime, *,
    known_answer_id: int = 0, take: bool = False, max_characters: int = 500, override: str = "",
    draft_version: int = 0,
) -> SharedDraft:
    """Send an answer at `at`, in one's own name. The shared draft of this `draft_version` becomes it.

    At its time it is looked at again: a newer answer, a case that is gone or a check that stops it now keep it in its
    author's plan, with the reason. Raises what answer_case does, and Conflict where another draft is there.
    """
    async with db.transaction() as tx:
        desk = await desks.get(tx, desk_id, by.id, DeskRole.HELPER)
        item, case = await taken_up(tx, desk, by, conversation_id)
        await may_answer(tx, desk, item, by, known_answer_id, take, now)
        if desk.approval:
            raise NotAllowed("At this desk a second person reads an answer before it is sent: ask for approval.")
        before = await desk_answers.find_draft(tx, desk.id, conversation_id)
        if before is not None and before.version != draft_version:
            raise Conflict("There is a shared draft for this case. Read it first.")
        if before is not None and before.scheduled_id and await desk_answers.planned(tx, before.scheduled_id):
            raise Conflict("An answer is planned already. Take the plan back first.")
        checked = await addressed_to(tx, desk, item, by, draft, known_answer_id, max_characters, now)
        why = await check_reply(tx, desk, conversation_id, item.author_id, checked.text, by.id, override, now)
        assert checked.desk is not None
        checked = msgspec.structs.replace(checked, desk=msgspec.structs.replace(checked.desk, override=why))
        writers = list(dict.fromkeys([*(before.writers if before else []), by.id]))
        shared = SharedDraft(
            desk_id=desk.id, conversation_id=conversation_id, post_id=item.post_id, text=draft.text,
            visibility=draft.visibility, by_id=by.id, writers=writers, version=draft_version + 1, publish_at=at,
            known_answer_id=known_answer_id, changed_at=now)
        made = await plan(tx, desk, by, checked, shared, at, now)
        if case.claimed_by == by.id:
            await keep(tx, desk, let_go(case), by.id, now)
    return made


async def plan(
    tx: Transaction, desk: Desk, author: Account, checked: Draft, shared: SharedDraft, at: datetime, now: datetime
) -> SharedDraft:
    """Make a checked answer a planned post of its author's, within the caller's transaction. Raises Invalid."""
    if at <= now + SHORTEST:
        raise Invalid("Choose a time at least five minutes from now.", "publish_at")
    total, that_day = await scheduled.numbers(tx, author.id, at)
    if total >= TOTAL_LIMIT or that_day >= DAILY_LIMIT:
        raise Invalid(f"{author.shown_name} has planned as many posts as one may: {DAILY_LIMIT} a day.", "publish_at")
    planned = Scheduled(id=new_id(now), account_id=author.id, at=at, draft=checked)
    await scheduled.insert(tx, planned)
    made = msgspec.structs.replace(
        shared, asked=False, scheduled_id=planned.id, publish_at=at, changed_at=now, remark="")
    await desk_answers.put_draft(tx, made)
    await note(tx, desk.id, author.id, "plan", now, conversation_id=shared.conversation_id,
               about=at.isoformat(timespec="minutes"))
    return made

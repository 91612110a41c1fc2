"""Look through what a desk is about to say; its lead may let it pass."""

from __future__ import annotations

from datetime import datetime

from ..errors import Invalid
from ..ids import AccountId
from ..model.case import MAX_REASON, Concern
from ..model.desk import Desk, DeskRole
from ..store import desks
from ..store.database import Transaction
from ..text import markup
from .check_words import Stopped, findings
from .keep_desk import note


async def check_reply(
    tx: Transaction, desk: Desk, conversation_id: int, author_id: int, text: str, by: AccountId, override: str,
    now: datetime,
) -> str:
    """Let a text pass, or stop it. A lead overrides with a reason, which the record keeps; it, if it was needed.

    `by` is whoever sends or approves it. Raises Stopped, Invalid (too long a reason).
    """
    case = Concern(conversation_id=conversation_id, author_id=author_id, here=True)
    found = await findings(tx, desk, [case], text, now)
    if not found:
        return ""
    place = await desks.find_member(tx, desk.id, by)
    leads = place is not None and place.role is DeskRole.LEAD
    reason = reason_given(override)
    if not (leads and reason):
        raise Stopped(desk, text, found, may_override=leads)
    kinds = ", ".join(dict.fromkeys(one.reason.value for one in found))
    await note(tx, desk.id, by, "override", now, conversation_id=conversation_id, about=f"{kinds}: {reason}")
    return reason


def reason_given(text: str) -> str:
    """A reason on one line. Raises Invalid."""
    reason = " ".join(markup.clean(text).split())
    if len(reason) > MAX_REASON:
        raise Invalid(f"A reason has at most {MAX_REASON} characters.", "override")
    return reason

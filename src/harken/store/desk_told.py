"""What the people of a desk are told: of a case handed over to them, of an answer to approve, of one sent back.

The rows follow from the desk's record and from who works there, so that a rebuild finds the same. They name no case and
give no right to read one: whoever reads joins the case, the desk and the draft as they stand now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..ids import AccountId
from ..model.desk import DeskRole, DeskTold
from ..model.relationship import DESK_KINDS
from .database import Reader, Transaction
from .desk_answers import WROTE
from .desk_queue import MAY

_KINDS = f"({', '.join(repr(kind) for kind in DESK_KINDS.values())})"
_KIND = " ".join(f"WHEN '{verb}' THEN '{kind}'" for verb, kind in DESK_KINDS.items())

TOLD = f"""SELECT m.account_id, t.id, CASE t.verb {_KIND} END, t.by_id, NULL FROM desk_act t
    JOIN desk_member m ON m.desk_id = t.desk_id AND m.joined_at <= t.at AND m.account_id <> t.by_id
    WHERE (t.verb = 'ask' OR (t.verb IN ('hand', 'return') AND m.account_id = t.target_id))"""
"""Whom a line `t` of a record is told to, as columns of `notification`: those who work there since before it. Which of
them may approve an answer is asked on reading, as it may change."""

# t: the line, i: the case, p and a: its post and who said it, d: its draft, if any.
_CASE = """desk_act t JOIN desk_item i ON i.desk_id = t.desk_id AND i.conversation_id = t.conversation_id
    JOIN post p ON p.id = i.post_id JOIN account a ON a.id = p.author_id
    LEFT JOIN desk_draft d ON d.desk_id = t.desk_id AND d.conversation_id = t.conversation_id"""
_LAST = """NOT EXISTS (SELECT 1 FROM desk_act u WHERE u.desk_id = t.desk_id AND u.conversation_id = t.conversation_id
    AND u.id > t.id AND u.verb IN ('ask', 'return'))"""
_MAY = f"""{MAY.replace(":desk", "t.desk_id").replace(":least", str(int(DeskRole.HELPER)))}
    AND (t.verb <> 'ask' OR (d.asked = 1 AND NOT {WROTE} AND {_LAST}))"""

WANTED = f"(n.kind NOT IN {_KINDS} OR EXISTS (SELECT 1 FROM {_CASE} WHERE t.id = n.id AND {_MAY}))"
"""Of notifications `n` of desks: the viewer helps there, the desk is open, the case may be seen, and an answer to
approve still waits for somebody like them."""


async def tell(tx: Transaction, act_ids: Sequence[int]) -> None:
    """Write the notifications of some lines of a record. Policies are not asked: who tells is a colleague."""
    await tx.execute(
        f"""INSERT INTO notification (owner_id, id, kind, account_id, post_id)
            {TOLD} AND t.id IN (SELECT value FROM json_each(:ids)) ON CONFLICT DO NOTHING""", ids=list(act_ids))


async def forget(tx: Transaction, desk_id: int, account_id: AccountId | int, limit: int) -> int:
    """Take out up to `limit` of what somebody heard at a desk before they left it; how many. None while they stay."""
    return await tx.execute(
        f"""DELETE FROM notification WHERE owner_id = :account AND id IN (
              SELECT n.id FROM notification n JOIN desk_act t ON t.id = n.id
              WHERE n.owner_id = :account AND n.kind IN {_KINDS} AND t.desk_id = :desk AND NOT EXISTS (
                SELECT 1 FROM desk_member m WHERE m.desk_id = :desk AND m.account_id = :account AND m.joined_at <= t.at)
              LIMIT :limit)""",
        desk=desk_id, account=account_id, limit=limit)


async def visible_by_ids(reader: Reader, act_ids: Iterable[int], viewer: int) -> dict[int, DeskTold]:
    """What notifications of desks are about, by their ids, as far as `viewer` may see it."""
    wanted = sorted(set(act_ids))
    if not wanted:
        return {}
    found = await reader.all(
        DeskTold,
        f"""SELECT t.id, t.desk_id, k.name AS desk_name, t.conversation_id,
              CASE WHEN a.display_name <> '' THEN a.display_name ELSE a.username END AS author_name,
              CASE WHEN p.spoiler <> '' THEN p.spoiler ELSE p.text END AS extract,
              CASE WHEN t.verb = 'return' AND d.asked = 0 AND {_LAST} THEN d.remark ELSE '' END AS remark
            FROM {_CASE} JOIN desk k ON k.id = t.desk_id
            WHERE t.id IN (SELECT value FROM json_each(:ids)) AND {_MAY}""",
        ids=wanted, viewer=viewer)
    return {one.id: one for one in found}

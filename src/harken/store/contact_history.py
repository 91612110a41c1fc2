"""What passed between a desk and a person whom the caller has found: cases, answers, and messages to the viewer."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..ids import AccountId, PostId
from ..model.desk import DeskRole
from .database import Reader
from .desks import AT_DESK
from .visibility import HEARABLE, seen


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A post between them."""

    post_id: PostId
    author_id: AccountId
    conversation_id: int
    state: str = ""


async def cases(
    reader: Reader, desk_id: int, account_ids: Sequence[int], viewer: int, before: int, limit: int
) -> list[Said]:
    """What the desk heard from these accounts, the newest first."""
    return await reader.patient(
        Said,
        f"""SELECT i.post_id, i.author_id, i.conversation_id, i.state
            FROM desk_item i JOIN post p ON p.id = i.post_id JOIN account a ON a.id = p.author_id
            WHERE i.desk_id = :desk AND i.author_id IN (SELECT value FROM json_each(:ids)) AND i.post_id < :before
              AND {seen()} AND {HEARABLE} AND {AT_DESK} ORDER BY i.post_id DESC LIMIT :limit""",
        desk=desk_id, ids=list(account_ids), viewer=viewer, least=DeskRole.READER, before=before, limit=limit)


async def answers(
    reader: Reader, desk_id: int, account_ids: Sequence[int], viewer: int, before: int, limit: int
) -> list[Said]:
    """What people of the desk said to these accounts for everybody to read, in conversations that the desk took up;
    and what was said in its name by those who left since."""
    return await reader.patient(
        Said,
        f"""SELECT p.id AS post_id, p.author_id, p.conversation_id FROM post p JOIN account a ON a.id = p.author_id
            WHERE p.id IN (
                SELECT q.id FROM desk_member h JOIN post q ON q.author_id = h.account_id
                WHERE h.desk_id = :desk AND q.in_reply_to_account_id IN (SELECT value FROM json_each(:ids))
                  AND EXISTS (SELECT 1 FROM desk_item i
                              WHERE i.desk_id = :desk AND i.conversation_id = q.conversation_id)
                UNION SELECT q.id FROM desk_item i JOIN post q ON q.conversation_id = i.conversation_id
                WHERE i.desk_id = :desk AND i.author_id IN (SELECT value FROM json_each(:asking_ids))
                  AND q.desk_id = :desk)
              AND p.id < :before AND p.visibility <= 1 AND p.boost_of_id IS NULL
              AND {seen()} AND {AT_DESK} ORDER BY p.id DESC LIMIT :limit""",
        desk=desk_id, ids=list(account_ids), asking_ids=list(account_ids), viewer=viewer, least=DeskRole.READER,
        before=before, limit=limit)


async def messages(
    reader: Reader, account_ids: Sequence[int], viewer: int, before: int, limit: int
) -> list[Said]:
    """What the viewer and these accounts wrote to each other in private; what others wrote is theirs."""
    return await reader.patient(
        Said,
        f"""SELECT p.id AS post_id, p.author_id, p.conversation_id FROM post p JOIN account a ON a.id = p.author_id
            WHERE p.id IN (
                SELECT r.post_id FROM recipient r JOIN post q ON q.id = r.post_id
                WHERE r.account_id = :viewer AND q.author_id IN (SELECT value FROM json_each(:ids))
                  AND q.visibility = 4
                UNION SELECT r.post_id FROM recipient r JOIN post q ON q.id = r.post_id
                WHERE r.account_id IN (SELECT value FROM json_each(:to_ids)) AND q.author_id = :viewer
                  AND q.visibility = 4)
              AND p.id < :before AND {seen()} AND NOT EXISTS (
                SELECT 1 FROM hidden_message WHERE account_id = :viewer AND post_id = p.id)
            ORDER BY p.id DESC LIMIT :limit""",
        ids=list(account_ids), to_ids=list(account_ids), viewer=viewer, before=before, limit=limit)

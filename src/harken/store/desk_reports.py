"""What a desk's report counts. Cases whose post is gone, or whose author is not heard any more, are not counted."""

from __future__ import annotations

from ..model.case import CaseRow
from ..model.desk import DeskRole
from .database import Reader
from .desks import AT_DESK
from .visibility import HEARABLE, seen

_CASES = f"""desk_item i JOIN post p ON p.id = i.post_id JOIN account a ON a.id = p.author_id
    WHERE i.desk_id = :desk AND i.post_id >= :since AND i.post_id < :until AND {seen()} AND {HEARABLE} AND {AT_DESK}"""


async def cases(reader: Reader, desk_id: int, viewer: int, since_id: int, until_id: int, limit: int) -> list[CaseRow]:
    """The cases that were asked in a time, as ids say it: from `since_id` to before `until_id`; the newest `limit`.

    The first answer is the first post of the desk, or of one of its helpers, to somebody else's case.
    """
    return await reader.patient(
        CaseRow,
        f"""SELECT c.*, q.author_id AS answered_by FROM (
              SELECT i.conversation_id, i.post_id, i.author_id, i.state,
                (SELECT min(r.id) FROM post r WHERE r.conversation_id = i.conversation_id AND r.id > i.post_id
                   AND r.author_id <> i.author_id AND r.boost_of_id IS NULL AND (r.desk_id = :desk OR (
                     r.visibility <= 1 AND EXISTS (SELECT 1 FROM desk_member h WHERE h.desk_id = :desk
                       AND h.account_id = r.author_id AND h.role >= 1)))) AS answer_id,
                (SELECT min(ca.contact_id) FROM contact_account ca
                 WHERE ca.desk_id = :desk AND ca.account_id = i.author_id) AS contact_id
              FROM {_CASES} ORDER BY i.post_id DESC LIMIT :limit) c
            LEFT JOIN post q ON q.id = c.answer_id ORDER BY c.post_id DESC""",
        desk=desk_id, viewer=viewer, least=DeskRole.READER, since=since_id, until=until_id, limit=limit)


async def ears(reader: Reader, desk_id: int, viewer: int, since_id: int, until_id: int) -> dict[int, list[int]]:
    """The ears of the desk that heard each of those cases, by conversation."""
    rows = await reader.rows(
        f"""SELECT c.conversation_id, m.ear_id FROM (SELECT i.conversation_id, i.post_id FROM {_CASES}) c
            JOIN ear_match m ON m.post_id = c.post_id JOIN ear e ON e.id = m.ear_id WHERE e.owner_id = :desk""",
        desk=desk_id, viewer=viewer, least=DeskRole.READER, since=since_id, until=until_id)
    found: dict[int, list[int]] = {}
    for conversation, ear in rows:
        found.setdefault(int(conversation), []).append(int(ear))
    return found


async def tags(reader: Reader, desk_id: int, viewer: int, since_id: int, until_id: int) -> dict[int, list[str]]:
    """The tags of each of those cases, by conversation."""
    rows = await reader.rows(
        f"""SELECT c.conversation_id, t.tag FROM (SELECT i.conversation_id FROM {_CASES}) c
            JOIN desk_case_tag t ON t.conversation_id = c.conversation_id WHERE t.desk_id = :desk ORDER BY t.tag""",
        desk=desk_id, viewer=viewer, least=DeskRole.READER, since=since_id, until=until_id)
    found: dict[int, list[str]] = {}
    for conversation, tag in rows:
        found.setdefault(int(conversation), []).append(str(tag))
    return found

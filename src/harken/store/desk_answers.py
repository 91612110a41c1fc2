"""Answers of desks that are not sent yet, the texts they keep, and what they must not repeat.

What begins with `visible_` has checked the role, the post and its author; the others are for actions that did.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..errors import NotFound
from ..model.answering import SavedReply, SharedDraft
from ..model.desk import DeskRole
from .database import Reader, Transaction
from .desk_queue import MAY
from .desks import AT_DESK

_DRAFT_FROM = """desk_draft d JOIN desk_item i ON i.desk_id = d.desk_id AND i.conversation_id = d.conversation_id
    JOIN post p ON p.id = i.post_id JOIN account a ON a.id = p.author_id"""
WROTE = "replace(replace(d.writers, '[', ','), ']', ',') LIKE '%,' || cast(:viewer AS TEXT) || ',%'"
"""The viewer wrote in the draft `d`, and therefore cannot approve it: what SharedDraft.wrote says."""


# ---- drafts --------------------------------------------------------------------------


async def visible_draft(reader: Reader, desk_id: int, conversation_id: int, viewer: int) -> SharedDraft | None:
    """The answer that is being written, for helpers who may see the case."""
    return await reader.find(
        SharedDraft,
        f"""SELECT d.* FROM {_DRAFT_FROM}
            WHERE d.desk_id = :desk AND d.conversation_id = :conversation AND {MAY}""",
        desk=desk_id, conversation=conversation_id, viewer=viewer, least=DeskRole.HELPER)


async def visible_drafts(reader: Reader, desk_id: int, viewer: int, limit: int) -> list[SharedDraft]:
    """Answers that are being written at a desk, for its helpers: what waits for a second person first, then by age."""
    return await reader.patient(
        SharedDraft,
        f"""SELECT d.* FROM {_DRAFT_FROM} WHERE d.desk_id = :desk AND {MAY}
            ORDER BY d.asked DESC, d.changed_at, d.conversation_id LIMIT :limit""",
        desk=desk_id, viewer=viewer, least=DeskRole.HELPER, limit=limit)


async def find_draft(reader: Reader, desk_id: int, conversation_id: int) -> SharedDraft | None:
    """The same, unchecked: for actions that hold the case."""
    return await reader.find(
        SharedDraft, "SELECT * FROM desk_draft WHERE desk_id = :desk AND conversation_id = :conversation",
        desk=desk_id, conversation=conversation_id)


async def put_draft(tx: Transaction, draft: SharedDraft) -> None:
    """Store a draft, or its next version."""
    await tx.execute(
        """INSERT INTO desk_draft (desk_id, conversation_id, post_id, text, visibility, by_id, writers, version, asked,
             remark, publish_at, scheduled_id, known_answer_id, changed_at)
           VALUES (:desk_id, :conversation_id, :post_id, :text, :visibility, :by_id, :writers, :version, :asked,
             :remark, :publish_at, :scheduled_id, :known_answer_id, :changed_at)
           ON CONFLICT (desk_id, conversation_id) DO UPDATE SET text = :text, visibility = :visibility, by_id = :by_id,
             writers = :writers, version = :version, asked = :asked, remark = :remark, publish_at = :publish_at,
             scheduled_id = :scheduled_id, known_answer_id = :known_answer_id, changed_at = :changed_at""",
        **(msgspec.structs.asdict(draft) | {"writers": msgspec.json.encode(draft.writers).decode()}))


async def remove_draft(tx: Transaction, desk_id: int, conversation_id: int) -> None:
    await tx.execute(
        "DELETE FROM desk_draft WHERE desk_id = :desk AND conversation_id = :conversation",
        desk=desk_id, conversation=conversation_id)


async def waiting_drafts(reader: Reader, desk_id: int, viewer: int) -> int:
    """How many answers wait for a second person, for helpers."""
    return int(await reader.value(
        f"SELECT count(*) FROM {_DRAFT_FROM} WHERE d.desk_id = :desk AND d.asked = 1 AND {MAY}",
        desk=desk_id, viewer=viewer, least=DeskRole.HELPER))


class Planned(msgspec.Struct, frozen=True):
    """How a planned answer stands; `failed` says why it could not be sent."""

    at: datetime
    failed: str


async def planned(reader: Reader, scheduled_id: int) -> Planned | None:
    """The plan behind a draft that the caller has found; None when its author took it back."""
    return await reader.find(
        Planned, "SELECT at, failed FROM scheduled_post WHERE id = :id", id=scheduled_id)


# ---- saved replies -------------------------------------------------------------------


async def visible_replies(reader: Reader, desk_id: int, viewer: int) -> list[SavedReply]:
    """What a desk answers with often, by name, for those who work there."""
    return await reader.all(
        SavedReply,
        f"SELECT * FROM desk_saved_reply WHERE desk_id = :desk AND {AT_DESK} ORDER BY lower(name), id",
        desk=desk_id, viewer=viewer, least=DeskRole.READER)


async def visible_reply(reader: Reader, desk_id: int, reply_id: int, viewer: int) -> SavedReply:
    """One of them. Raises NotFound."""
    found = await reader.find(
        SavedReply, f"SELECT * FROM desk_saved_reply WHERE id = :id AND desk_id = :desk AND {AT_DESK}",
        id=reply_id, desk=desk_id, viewer=viewer, least=DeskRole.READER)
    if found is None:
        raise NotFound("This desk has no such saved reply.")
    return found


async def count_replies(reader: Reader, desk_id: int) -> int:
    return int(await reader.value("SELECT count(*) FROM desk_saved_reply WHERE desk_id = :desk", desk=desk_id))


async def put_reply(tx: Transaction, reply: SavedReply) -> None:
    """Store a saved reply, new or changed."""
    await tx.execute(
        """INSERT INTO desk_saved_reply (id, desk_id, name, text, by_id, changed_at)
           VALUES (:id, :desk_id, :name, :text, :by_id, :changed_at)
           ON CONFLICT (id) DO UPDATE SET name = :name, text = :text, by_id = :by_id, changed_at = :changed_at""",
        **msgspec.structs.asdict(reply))


async def remove_reply(tx: Transaction, desk_id: int, reply_id: int) -> bool:
    """Forget a saved reply; whether there was one."""
    return bool(await tx.execute(
        "DELETE FROM desk_saved_reply WHERE id = :id AND desk_id = :desk", id=reply_id, desk=desk_id))


# ---- what must not be repeated -------------------------------------------------------


async def private_texts(
    reader: Reader, desk_id: int, conversation_id: int, author_id: int, now: datetime
) -> list[str]:
    """What a desk wrote down about a case and the person behind it, for itself alone."""
    return [text for text in await reader.values(
        """SELECT n.text FROM contact_account ca JOIN contact k ON k.id = ca.contact_id
             JOIN contact c ON c.person_id = k.person_id JOIN contact_note n ON n.contact_id = c.id
           WHERE ca.desk_id = :desk AND ca.account_id = :author AND n.keep_until > :now
           UNION ALL SELECT c.met FROM contact_account ca JOIN contact k ON k.id = ca.contact_id
             JOIN contact c ON c.person_id = k.person_id WHERE ca.desk_id = :desk AND ca.account_id = :author
           UNION ALL SELECT c.asked FROM contact_account ca JOIN contact k ON k.id = ca.contact_id
             JOIN contact c ON c.person_id = k.person_id WHERE ca.desk_id = :desk AND ca.account_id = :author
           UNION ALL SELECT c.reach FROM contact_account ca JOIN contact k ON k.id = ca.contact_id
             JOIN contact c ON c.person_id = k.person_id WHERE ca.desk_id = :desk AND ca.account_id = :author
           UNION ALL SELECT reason FROM desk_case WHERE desk_id = :desk AND conversation_id = :conversation
           UNION ALL SELECT remark FROM desk_draft WHERE desk_id = :desk AND conversation_id = :conversation""",
        desk=desk_id, author=author_id, conversation=conversation_id, now=now) if text]


async def public_texts(reader: Reader, conversation_id: int, limit: int = 200) -> list[str]:
    """What anybody can read of a conversation."""
    return await reader.values(
        """SELECT text FROM post WHERE conversation_id = :conversation AND visibility <= 1 AND boost_of_id IS NULL
           ORDER BY id LIMIT :limit""",
        conversation=conversation_id, limit=limit)

"""Who whispered what. Asked for by the whisperer about themself, and by a moderator with a reason; by nothing else."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from ..model.paging import Window
from ..model.post import SeenPost
from .database import Reader, Transaction
from .posts import visible_window
from .visibility import SEEN_FROM

_VOICE = "whisper_voice"


class TakenRight(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may not whisper any more, and why."""

    account_id: int
    reason: str
    taken_at: datetime


async def voice_id(reader: Reader) -> int | None:
    """The account by which all whispers are said, once there was one."""
    found = await reader.value("SELECT value FROM setting WHERE name = :name", name=_VOICE)
    return int(found) if found else None


async def set_voice(tx: Transaction, account_id: int) -> None:
    await tx.execute(
        "INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = :value",
        name=_VOICE, value=str(account_id))


async def insert(tx: Transaction, post_id: int, account_id: int, answers: bool, now: datetime) -> None:
    """Note who whispered a post."""
    await tx.execute(
        "INSERT INTO whisper (post_id, account_id, answers, created_at) VALUES (:post, :account, :answers, :now)",
        post=post_id, account=account_id, answers=answers, now=now)


async def find_author(reader: Reader, post_id: int) -> int | None:
    """Who whispered it; None for what is no whisper."""
    found: int | None = await reader.value("SELECT account_id FROM whisper WHERE post_id = :post", post=post_id)
    return found


async def count_since(reader: Reader, account_id: int, since: datetime, answers: bool) -> int:
    """How much somebody whispered, whether or not it is still there; answers in their threads apart."""
    return int(await reader.value(
        "SELECT count(*) FROM whisper WHERE account_id = :id AND created_at > :since AND answers = :answers",
        id=account_id, since=since, answers=answers))


async def of_author(reader: Reader, account_id: int, window: Window, now: datetime) -> list[SeenPost]:
    """One's own whispers, newest first."""
    return await visible_window(
        reader, f"{SEEN_FROM} WHERE p.id IN (SELECT post_id FROM whisper WHERE account_id = :owner)", account_id,
        window, now, owner=account_id)


async def ids_of_author(reader: Reader, account_id: int, limit: int) -> list[int]:
    """Ids of somebody's whispers, newest first; some may be gone."""
    return await reader.values(
        "SELECT post_id FROM whisper WHERE account_id = :id ORDER BY post_id DESC LIMIT :limit",
        id=account_id, limit=limit)


async def forget(tx: Transaction, post_ids: list[int]) -> None:
    """Forget who whispered these."""
    await tx.execute("DELETE FROM whisper WHERE post_id IN (SELECT value FROM json_each(:ids))", ids=post_ids)


async def own_among(reader: Reader, account_id: int, post_ids: Collection[int]) -> set[int]:
    """Those of some posts that somebody whispered."""
    return set(await reader.values(
        """SELECT post_id FROM whisper WHERE account_id = :id
           AND post_id IN (SELECT value FROM json_each(:ids))""", id=account_id, ids=sorted(set(post_ids))))


async def is_own(reader: Reader, account_id: int, post_id: int) -> bool:
    """Whether somebody whispered this post."""
    return bool(await reader.value(
        "SELECT 1 FROM whisper WHERE post_id = :post AND account_id = :id", post=post_id, id=account_id))


async def took_part(reader: Reader, conversation_id: int) -> set[int]:
    """Who said something in public in a conversation."""
    return set(await reader.values(
        "SELECT DISTINCT author_id FROM post WHERE conversation_id = :id AND visibility <= 1", id=conversation_id))


async def forget_gone(tx: Transaction, before: datetime) -> int:
    """Forget who whispered what is deleted, except of late: the limit counts it, a moderator may have to ask, and who
    whispered what a moderator removed reads why."""
    return await tx.execute(
        """DELETE FROM whisper WHERE created_at < :before
           AND NOT EXISTS (SELECT 1 FROM post p WHERE p.id = whisper.post_id)""", before=before)


# ---- the right to whisper ----------------------------------------------------------------


async def find_taken_right(reader: Reader, account_id: int) -> TakenRight | None:
    """Whether, why and when somebody lost the right to whisper."""
    return await reader.find(TakenRight, "SELECT * FROM whisper_right WHERE account_id = :id", id=account_id)


async def taken_rights(reader: Reader, limit: int) -> list[TakenRight]:
    """Who may not whisper, the last first."""
    return await reader.all(
        TakenRight, "SELECT * FROM whisper_right ORDER BY taken_at DESC, account_id DESC LIMIT :limit", limit=limit)


async def take_right(tx: Transaction, account_id: int, reason: str, now: datetime) -> bool:
    """False where it was taken before."""
    return bool(await tx.execute(
        """INSERT INTO whisper_right (account_id, reason, taken_at) VALUES (:id, :reason, :now)
           ON CONFLICT DO NOTHING""", id=account_id, reason=reason, now=now))


async def give_right(tx: Transaction, account_id: int) -> bool:
    """False where it was not taken."""
    return bool(await tx.execute("DELETE FROM whisper_right WHERE account_id = :id", id=account_id))

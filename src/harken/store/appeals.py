"""Appeals against decisions, and notes between moderators."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from ..model.moderation import Appeal, StaffNote
from ..model.paging import Window
from .database import Reader, Transaction


async def find(reader: Reader, warning_id: int) -> Appeal | None:
    """The appeal against a warning."""
    return await reader.find(Appeal, "SELECT * FROM appeal WHERE warning_id = :id", id=warning_id)


async def by_warnings(reader: Reader, ids: Collection[int]) -> dict[int, Appeal]:
    """Appeals by the warning that they are against."""
    found = await reader.all(
        Appeal, "SELECT * FROM appeal WHERE warning_id IN (SELECT value FROM json_each(:ids))", ids=sorted(ids)
    )
    return {one.warning_id: one for one in found}


async def page(reader: Reader, window: Window, decided: bool, hidden_from: int) -> list[Appeal]:
    """Appeals, newest first: decided, or waiting; without those of who looks."""
    rows = await reader.all(
        Appeal,
        f"""SELECT * FROM appeal WHERE warning_id < :before AND warning_id > :after AND account_id <> :hidden
            AND decided_at IS {"NOT" if decided else ""} NULL ORDER BY warning_id {window.order} LIMIT :limit""",
        before=window.before,
        after=window.after,
        hidden=hidden_from,
        limit=window.limit,
    )
    return window.arranged(rows)


async def count_open(reader: Reader, hidden_from: int) -> int:
    """How many appeals wait."""
    return int(await reader.value(
        "SELECT count(*) FROM appeal WHERE decided_at IS NULL AND account_id <> :id", id=hidden_from))


async def insert(tx: Transaction, appeal: Appeal) -> bool:
    """Store it; False when there was one."""
    return bool(await tx.execute(
        """INSERT INTO appeal (warning_id, account_id, text, created_at) VALUES (:id, :account, :text, :at)
           ON CONFLICT DO NOTHING""",
        id=appeal.warning_id,
        account=appeal.account_id,
        text=appeal.text,
        at=appeal.created_at,
    ))


async def decide(
    tx: Transaction, warning_id: int, *, accepted: bool, words: str, by_id: int, now: datetime
) -> bool:
    """Store what became of it; False when somebody has decided already."""
    return bool(await tx.execute(
        """UPDATE appeal SET accepted = :accepted, words = :words, decided_by = :by, decided_at = :now
           WHERE warning_id = :id AND decided_at IS NULL""",
        id=warning_id,
        accepted=accepted,
        words=words,
        by=by_id,
        now=now,
    ))


# ---- notes ---------------------------------------------------------------------


async def notes(reader: Reader, about_kind: str, about_id: int) -> list[StaffNote]:
    """What moderators wrote about a report or an account, newest first."""
    return await reader.all(
        StaffNote,
        "SELECT * FROM staff_note WHERE about_kind = :kind AND about_id = :id ORDER BY id DESC LIMIT 200",
        kind=about_kind,
        id=about_id,
    )


async def insert_note(tx: Transaction, note: StaffNote) -> None:
    await tx.execute(
        """INSERT INTO staff_note (id, about_kind, about_id, author_id, text, created_at)
           VALUES (:id, :kind, :about, :author, :text, :at)""",
        id=note.id,
        kind=note.about_kind,
        about=note.about_id,
        author=note.author_id,
        text=note.text,
        at=note.created_at,
    )


async def delete_note(tx: Transaction, note_id: int, author_id: int) -> bool:
    """Take back what one wrote oneself; False when there is no such note of theirs."""
    return bool(await tx.execute(
        "DELETE FROM staff_note WHERE id = :id AND author_id = :author", id=note_id, author=author_id))

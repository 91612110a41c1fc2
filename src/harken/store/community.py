"""Custom emoji, announcements, rules and papers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from .. import clock
from ..model.community import Announcement, Emoji, Emojis, Paper, Reaction, Rule
from .database import Reader, Transaction

_FRESH = timedelta(seconds=5)
_kept: WeakKeyDictionary[Any, tuple[datetime, Emojis]] = WeakKeyDictionary()


# ---- emoji -----------------------------------------------------------------------------


async def emojis(reader: Reader) -> Emojis:
    """All custom emoji. Every page asks, and they hardly ever change, so they are kept for five seconds."""
    now = clock.now()
    known = _kept.get(reader)
    if known is not None and timedelta() <= now - known[0] < _FRESH:
        return known[1]
    found = await all_emoji(reader)
    made = Emojis({one.shortcode: one for one in found}, tuple(one.id for one in found))
    _kept[reader] = (now, made)
    return made


def forget_emojis() -> None:
    """Ask the database again: this process has changed them."""
    _kept.clear()


async def all_emoji(reader: Reader) -> list[Emoji]:
    return await reader.all(Emoji, "SELECT * FROM custom_emoji ORDER BY category, shortcode")


async def insert_emoji(tx: Transaction, new: Emoji) -> None:
    await tx.execute(
        """INSERT INTO custom_emoji (id, shortcode, category, path, still_path)
           VALUES (:id, :shortcode, :category, :path, :still)""",
        id=new.id,
        shortcode=new.shortcode,
        category=new.category,
        path=new.path,
        still=new.still_path,
    )


async def delete_emoji(tx: Transaction, emoji_id: int) -> None:
    await tx.execute("DELETE FROM custom_emoji WHERE id = :id", id=emoji_id)


# ---- announcements ---------------------------------------------------------------------


async def announcements(reader: Reader, now: datetime) -> list[Announcement]:
    """Those that have not ended, newest first."""
    return await reader.all(
        Announcement,
        "SELECT * FROM announcement WHERE ends_at IS NULL OR ends_at > :now ORDER BY id DESC LIMIT 100",
        now=now,
    )


async def find_announcement(reader: Reader, announcement_id: int) -> Announcement | None:
    return await reader.find(Announcement, "SELECT * FROM announcement WHERE id = :id", id=announcement_id)


async def read_announcements(reader: Reader, account_id: int) -> set[int]:
    """The ids of those that an account has put away."""
    return set(
        await reader.values("SELECT announcement_id FROM announcement_read WHERE account_id = :id", id=account_id)
    )


async def reactions(reader: Reader, ids: Collection[int], viewer: int) -> list[Reaction]:
    """What members reacted with to the announcements `ids`; what came first, first."""
    return await reader.all(
        Reaction,
        """SELECT announcement_id, name, count(*) AS count,
             max(CASE WHEN account_id = :viewer THEN 1 ELSE 0 END) AS mine
           FROM announcement_reaction WHERE announcement_id IN (SELECT value FROM json_each(:ids))
           GROUP BY announcement_id, name ORDER BY announcement_id, min(id)""",
        ids=list(ids),
        viewer=viewer,
    )


async def insert_announcement(tx: Transaction, new: Announcement) -> None:
    await tx.execute(
        """INSERT INTO announcement (id, text, starts_at, ends_at, all_day, published_at, updated_at)
           VALUES (:id, :text, :starts, :ends, :all_day, :published, :updated)""",
        id=new.id,
        text=new.text,
        starts=new.starts_at,
        ends=new.ends_at,
        all_day=new.all_day,
        published=new.published_at,
        updated=new.updated_at,
    )


async def delete_announcement(tx: Transaction, announcement_id: int) -> None:
    for table in ("announcement_read", "announcement_reaction"):
        await tx.execute(f"DELETE FROM {table} WHERE announcement_id = :id", id=announcement_id)
    await tx.execute("DELETE FROM announcement WHERE id = :id", id=announcement_id)


async def mark_announcement_read(tx: Transaction, announcement_id: int, account_id: int) -> None:
    await tx.execute(
        """INSERT INTO announcement_read (announcement_id, account_id) VALUES (:announcement, :account)
           ON CONFLICT DO NOTHING""",
        announcement=announcement_id,
        account=account_id,
    )


async def insert_reaction(tx: Transaction, reaction_id: int, announcement_id: int, account_id: int, name: str) -> None:
    await tx.execute(
        """INSERT INTO announcement_reaction (id, announcement_id, account_id, name)
           VALUES (:id, :announcement, :account, :name) ON CONFLICT DO NOTHING""",
        id=reaction_id,
        announcement=announcement_id,
        account=account_id,
        name=name,
    )


async def delete_reaction(tx: Transaction, announcement_id: int, account_id: int, name: str) -> int:
    """Take a reaction back; how many there were."""
    return await tx.execute(
        """DELETE FROM announcement_reaction
           WHERE announcement_id = :announcement AND account_id = :account AND name = :name""",
        announcement=announcement_id,
        account=account_id,
        name=name,
    )


# ---- rules and papers ------------------------------------------------------------------


async def rules(reader: Reader) -> list[Rule]:
    return await reader.all(Rule, "SELECT * FROM rule ORDER BY id")


async def insert_rule(tx: Transaction, new: Rule) -> None:
    await tx.execute(
        "INSERT INTO rule (id, text, hint) VALUES (:id, :text, :hint)", id=new.id, text=new.text, hint=new.hint
    )


async def delete_rule(tx: Transaction, rule_id: int) -> int:
    return await tx.execute("DELETE FROM rule WHERE id = :id", id=rule_id)


async def papers(reader: Reader, kind: str = "") -> list[Paper]:
    """Every edition, of one kind or of all, oldest first."""
    return await reader.all(
        Paper, "SELECT * FROM paper WHERE :kind = '' OR kind = :kind ORDER BY kind, effective_at", kind=kind
    )


async def paper_now(reader: Reader, kind: str, now: datetime) -> Paper | None:
    """The edition that holds now, or the next one where none does yet."""
    editions = await papers(reader, kind)
    in_force = [paper for paper in editions if paper.effective_at <= now]
    return in_force[-1] if in_force else editions[0] if editions else None


async def replace_paper(tx: Transaction, new: Paper) -> None:
    await tx.execute(
        """INSERT INTO paper (id, kind, text, effective_at) VALUES (:id, :kind, :text, :day)
           ON CONFLICT (kind, effective_at) DO UPDATE SET text = :text""",
        id=new.id,
        kind=new.kind,
        text=new.text,
        day=new.effective_at,
    )


async def delete_paper(tx: Transaction, paper_id: int) -> int:
    return await tx.execute("DELETE FROM paper WHERE id = :id", id=paper_id)

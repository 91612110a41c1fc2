"""The record of what moderators decided."""

from __future__ import annotations

from ..model.moderation import Act
from ..model.paging import Window
from .database import Reader, Transaction


async def insert_act(tx: Transaction, act: Act) -> None:
    """One more line; there is no way to change or take one back."""
    await tx.execute(
        """INSERT INTO moderation_act (id, actor_id, actor, act, about_kind, about_id, about, why, at)
           VALUES (:id, :actor_id, :actor, :act, :about_kind, :about_id, :about, :why, :at)""",
        id=act.id,
        actor_id=act.actor_id,
        actor=act.actor,
        act=act.act,
        about_kind=act.about_kind,
        about_id=act.about_id,
        about=act.about,
        why=act.why,
        at=act.at,
    )


async def acts(reader: Reader, window: Window, about: str = "", actor: str = "", act: str = "") -> list[Act]:
    """The record, newest first; about one name, by one person, or of one kind."""
    rows = await reader.all(
        Act,
        f"""SELECT * FROM moderation_act WHERE id < :before AND id > :after
            {"AND about = :about" if about else ""} {"AND actor = :actor" if actor else ""}
            {"AND act = :act" if act else ""}
            ORDER BY id {window.order} LIMIT :limit""",
        before=window.before,
        after=window.after,
        limit=window.limit,
        **({"about": about} if about else {}),
        **({"actor": actor} if actor else {}),
        **({"act": act} if act else {}),
    )
    return window.arranged(rows)

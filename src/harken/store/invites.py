"""Invitations, and who came by them; written by actions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from ..model.account import Role
from ..model.invite import Invite
from ..model.paging import Window
from .database import Reader, Transaction


async def find(reader: Reader, code: str) -> Invite | None:
    return await reader.find(Invite, "SELECT * FROM invite WHERE code = :code", code=code)


async def find_working(reader: Reader, code: str, roles: Collection[Role], now: datetime) -> Invite | None:
    """The invitation with this code, while it works: its inviter is in good standing and has one of `roles` now."""
    return await reader.find(
        Invite,
        """SELECT i.* FROM invite i JOIN account a ON a.id = i.inviter_id JOIN member m ON m.account_id = i.inviter_id
           WHERE i.code = :code AND i.revoked_at IS NULL AND (i.expires_at IS NULL OR i.expires_at > :now)
             AND (i.max_uses = 0 OR i.uses < i.max_uses) AND a.state = 0 AND a.disabled = 0
             AND m.role IN (SELECT value FROM json_each(:role_ids))""",
        code=code,
        now=now,
        role_ids=[int(role) for role in roles],
    )


async def use(tx: Transaction, invite_id: int, now: datetime) -> bool:
    """Count that somebody joins with it; False when it was used up, ended or taken back meanwhile."""
    return bool(await tx.execute(
        """UPDATE invite SET uses = uses + 1 WHERE id = :id AND revoked_at IS NULL
           AND (expires_at IS NULL OR expires_at > :now) AND (max_uses = 0 OR uses < max_uses)""",
        id=invite_id,
        now=now,
    ))


async def insert(tx: Transaction, invite: Invite) -> None:
    await tx.execute(
        """INSERT INTO invite (id, code, inviter_id, note, max_uses, created_at, expires_at)
           VALUES (:id, :code, :inviter, :note, :max_uses, :at, :expires_at)""",
        id=invite.id,
        code=invite.code,
        inviter=invite.inviter_id,
        note=invite.note,
        max_uses=invite.max_uses,
        at=invite.created_at,
        expires_at=invite.expires_at,
    )


async def revoke(tx: Transaction, invite_id: int, now: datetime, inviter_id: int = 0) -> Invite | None:
    """Nobody joins with it any more; None when there is none (of `inviter_id`)."""
    await tx.execute(
        f"""UPDATE invite SET revoked_at = coalesce(revoked_at, :now) WHERE id = :id
            {"AND inviter_id = :inviter" if inviter_id else ""}""",
        id=invite_id,
        now=now,
        **({"inviter": inviter_id} if inviter_id else {}),
    )
    return await tx.find(
        Invite,
        f"SELECT * FROM invite WHERE id = :id {'AND inviter_id = :inviter' if inviter_id else ''}",
        id=invite_id,
        **({"inviter": inviter_id} if inviter_id else {}),
    )


async def page(reader: Reader, window: Window, inviter_id: int = 0) -> list[Invite]:
    """Invitations, newest first; of one inviter, or of everybody."""
    rows = await reader.all(
        Invite,
        f"""SELECT * FROM invite WHERE id < :before AND id > :after {"AND inviter_id = :inviter" if inviter_id else ""}
            ORDER BY id {window.order} LIMIT :limit""",
        before=window.before,
        after=window.after,
        limit=window.limit,
        **({"inviter": inviter_id} if inviter_id else {}),
    )
    return window.arranged(rows)


async def count_working(reader: Reader, inviter_id: int, now: datetime) -> int:
    """How many of somebody's invitations still work."""
    return int(await reader.value(
        """SELECT count(*) FROM invite WHERE inviter_id = :id AND revoked_at IS NULL
           AND (expires_at IS NULL OR expires_at > :now) AND (max_uses = 0 OR uses < max_uses)""",
        id=inviter_id,
        now=now,
    ))


async def who_came(reader: Reader, invite_ids: Collection[int]) -> dict[int, list[int]]:
    """The accounts of those who joined, by the invitation they came with; at most fifty in all, newest first."""
    rows = await reader.rows(
        """SELECT invite_id, account_id FROM member WHERE invite_id IN (SELECT value FROM json_each(:ids))
           ORDER BY account_id DESC LIMIT 50""",
        ids=sorted(invite_ids),
    )
    came: dict[int, list[int]] = {}
    for invite_id, account_id in rows:
        came.setdefault(int(invite_id), []).append(int(account_id))
    return came

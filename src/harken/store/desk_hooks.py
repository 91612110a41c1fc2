"""Webhooks of desks, and the lines of the record that each has not been told."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..model.desk import DeskAct, DeskRole
from ..model.desk_hook import KEPT, Delivery, DeskHook
from .database import Reader, Transaction
from .desks import AT_DESK


async def of_desk(reader: Reader, desk_id: int, viewer: int) -> list[DeskHook]:
    """The hooks of a desk that `viewer` leads, the oldest first."""
    return await reader.all(
        DeskHook, f"SELECT * FROM desk_hook WHERE desk_id = :desk AND {AT_DESK} ORDER BY id",
        desk=desk_id, viewer=viewer, least=DeskRole.LEAD)


async def find(reader: Reader, hook_id: int) -> DeskHook | None:
    """A hook, whoever asks: for actions and the sender only."""
    return await reader.find(DeskHook, "SELECT * FROM desk_hook WHERE id = :id", id=hook_id)


async def insert(tx: Transaction, hook: DeskHook) -> None:
    await tx.execute(
        """INSERT INTO desk_hook (id, desk_id, url, secret, tries, next_at, paused, failure)
           VALUES (:id, :desk_id, :url, :secret, :tries, :next_at, :paused, :failure)""",
        **msgspec.structs.asdict(hook))


async def update(tx: Transaction, hook: DeskHook) -> None:
    """Write how it fares."""
    await tx.execute(
        """UPDATE desk_hook SET tries = :tries, next_at = :next_at, paused = :paused, failure = :failure
           WHERE id = :id""",
        **{name: value for name, value in msgspec.structs.asdict(hook).items()
           if name not in ("desk_id", "url", "secret")})


async def delete(tx: Transaction, hook_id: int) -> None:
    await tx.execute("DELETE FROM desk_delivery WHERE hook_id = :id", id=hook_id)
    await tx.execute("DELETE FROM desk_untold WHERE hook_id = :id", id=hook_id)
    await tx.execute("DELETE FROM desk_hook WHERE id = :id", id=hook_id)


async def delete_paused(tx: Transaction, desk_id: int) -> None:
    """Forget those of a desk that are paused, as it closes."""
    for hook in await tx.all(DeskHook, "SELECT * FROM desk_hook WHERE desk_id = :desk AND paused = 1", desk=desk_id):
        await delete(tx, hook.id)


async def due(reader: Reader, now: datetime, limit: int) -> list[DeskHook]:
    """Hooks that have something to be told, those that wait longest first."""
    return await reader.all(
        DeskHook,
        """SELECT * FROM desk_hook h WHERE paused = 0 AND next_at <= :now
             AND EXISTS (SELECT 1 FROM desk_untold u WHERE u.hook_id = h.id)
           ORDER BY next_at LIMIT :limit""", now=now, limit=limit)


async def claim(tx: Transaction, hook: DeskHook, until: datetime) -> bool:
    """Keep other processes off a hook for a while; whether nobody was first."""
    return bool(await tx.execute(
        "UPDATE desk_hook SET next_at = :until WHERE id = :id AND next_at = :then AND paused = 0",
        until=until, id=hook.id, then=hook.next_at))


async def untold(reader: Reader, hook_id: int, limit: int) -> list[DeskAct]:
    """What it is to be told next, the oldest first."""
    return await reader.all(
        DeskAct,
        """SELECT a.* FROM desk_act a JOIN desk_untold u ON u.act_id = a.id WHERE u.hook_id = :hook
           ORDER BY u.act_id LIMIT :limit""", hook=hook_id, limit=limit)


async def waiting(reader: Reader, hook_id: int) -> int:
    """How many lines it has not been told."""
    return int(await reader.value("SELECT count(*) FROM desk_untold WHERE hook_id = :hook", hook=hook_id))


async def taken(tx: Transaction, hook_id: int, act_ids: list[int]) -> None:
    """It took these lines."""
    await tx.execute(
        "DELETE FROM desk_untold WHERE hook_id = :hook AND act_id IN (SELECT value FROM json_each(:ids))",
        hook=hook_id, ids=act_ids)


async def note(tx: Transaction, delivery: Delivery) -> None:
    """Keep a delivery, and the last of those before."""
    await tx.execute(
        "INSERT INTO desk_delivery (id, hook_id, acts, failure) VALUES (:id, :hook_id, :acts, :failure)",
        **msgspec.structs.asdict(delivery))
    await tx.execute(
        """DELETE FROM desk_delivery WHERE hook_id = :hook AND id <= (
             SELECT id FROM desk_delivery WHERE hook_id = :hook ORDER BY id DESC LIMIT 1 OFFSET :kept)""",
        hook=delivery.hook_id, kept=KEPT)


async def deliveries(reader: Reader, hook_id: int) -> list[Delivery]:
    """The last tries of a hook, the newest first; the caller has checked who asks."""
    return await reader.all(
        Delivery, "SELECT * FROM desk_delivery WHERE hook_id = :hook ORDER BY id DESC", hook=hook_id)

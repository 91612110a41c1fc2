"""Desks, who works at them, and the record of what they did. What a role may not read is not there for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from ..errors import NotAllowed, NotFound
from ..ids import AccountId
from ..model.desk import Desk, DeskAct, DeskMember, DeskOfMember, DeskRole, PublicDesk
from ..model.paging import Window
from .database import Reader, Transaction

AT_DESK = """EXISTS (SELECT 1 FROM desk_member dm JOIN desk dk ON dk.id = dm.desk_id
    WHERE dm.desk_id = :desk AND dm.account_id = :viewer AND dm.role >= :least AND dk.closed_at IS NULL)"""
"""The viewer works at the desk and may do at least what the role `:least` may: for statements that read its rows."""


async def find(reader: Reader, desk_id: int) -> Desk | None:
    """The desk, whoever asks: for actions and consumers only."""
    return await reader.find(Desk, "SELECT * FROM desk WHERE id = :id", id=desk_id)


async def get(reader: Reader, desk_id: int, viewer: int, least: DeskRole = DeskRole.READER) -> DeskOfMember:
    """The desk as `viewer` knows it, with their role.

    Raises NotFound to whoever does not work there (or when it is closed), NotAllowed to those whose role is below
    `least`.
    """
    desk = await reader.find(
        DeskOfMember,
        """SELECT d.*, m.role FROM desk d JOIN desk_member m ON m.desk_id = d.id
           WHERE d.id = :id AND m.account_id = :viewer AND d.closed_at IS NULL""",
        id=desk_id,
        viewer=viewer,
    )
    if desk is None:
        raise NotFound("There is no such desk, or you do not work there.")
    if desk.role < least and least is DeskRole.LEAD:
        raise NotAllowed("Only a lead of this desk may do that.")
    if desk.role < least:
        raise NotAllowed("You read at this desk; ask a lead to make you a helper.")
    return desk


async def of_member(reader: Reader, account_id: int) -> list[DeskOfMember]:
    """The desks that somebody works at, by name."""
    return await reader.all(
        DeskOfMember,
        """SELECT d.*, m.role FROM desk_member m JOIN desk d ON d.id = m.desk_id
           WHERE m.account_id = :account AND d.closed_at IS NULL ORDER BY lower(d.name), d.id""",
        account=account_id,
    )


async def of_care(reader: Reader, account_id: int) -> list[Desk]:
    """The desks for health care at which somebody helps; for most people none. Walks desk_member_by_account."""
    return await reader.all(
        Desk,
        """SELECT d.* FROM desk_member m JOIN desk d ON d.id = m.desk_id
           WHERE m.account_id = :account AND m.role >= 1 AND d.kind = 'health' AND d.closed_at IS NULL ORDER BY d.id""",
        account=account_id,
    )


async def any_of_care(reader: Reader) -> bool:
    """Whether a desk for health care is open."""
    return bool(await reader.value("SELECT 1 FROM desk WHERE kind = 'health' AND closed_at IS NULL LIMIT 1"))


async def open_to_public(reader: Reader) -> list[PublicDesk]:
    """Every desk that listens, by name: what everybody may know."""
    return await reader.all(
        PublicDesk,
        """SELECT d.*, (SELECT count(*) FROM desk_member m WHERE m.desk_id = d.id AND m.role >= 1) AS helpers
           FROM desk d WHERE d.closed_at IS NULL ORDER BY lower(d.name), d.id""",
    )


async def ear_names(reader: Reader) -> dict[int, list[str]]:
    """What each open desk listens for, by the names of its ears (not their queries), by desk."""
    rows = await reader.rows(
        """SELECT e.owner_id, e.name FROM ear e JOIN desk d ON d.id = e.owner_id
           WHERE d.closed_at IS NULL AND e.paused = 0 ORDER BY lower(e.name), e.id"""
    )
    found: dict[int, list[str]] = {}
    for desk_id, name in rows:
        found.setdefault(int(desk_id), []).append(str(name))
    return found


async def ids(reader: Reader) -> list[int]:
    """All desks, closed ones too."""
    return await reader.values("SELECT id FROM desk ORDER BY id")


async def opened_by(reader: Reader, account_id: int) -> int:
    """How many desks are open of which somebody is a lead."""
    return int(await reader.value(
        """SELECT count(*) FROM desk_member m JOIN desk d ON d.id = m.desk_id
           WHERE m.account_id = :account AND m.role = 2 AND d.closed_at IS NULL""",
        account=account_id,
    ))


async def insert(tx: Transaction, desk: Desk) -> None:
    await tx.execute(
        """INSERT INTO desk (id, name, about, kind, emergency, zone, hours, answer_minutes, channel, approval,
             hour_cost, currency, created_at)
           VALUES (:id, :name, :about, :kind, :emergency, :zone, :hours, :minutes, :channel, :approval, :cost,
             :currency, :at)""",
        id=desk.id,
        at=desk.created_at,
        **_told(desk),
    )


async def update(tx: Transaction, desk: Desk) -> None:
    """Write what a lead may change."""
    await tx.execute(
        """UPDATE desk SET name = :name, about = :about, kind = :kind, emergency = :emergency, zone = :zone,
             hours = :hours, answer_minutes = :minutes,
             channel = :channel, approval = :approval, hour_cost = :cost, currency = :currency, closed_at = :closed
           WHERE id = :id""",
        id=desk.id,
        closed=desk.closed_at,
        **_told(desk),
    )


def _told(desk: Desk) -> dict[str, object]:
    return {
        "name": desk.name, "about": desk.about, "kind": desk.kind, "emergency": desk.emergency, "zone": desk.zone,
        "hours": _json(desk.hours), "minutes": desk.answer_minutes,
        "channel": desk.channel, "approval": desk.approval, "cost": desk.hour_cost, "currency": desk.currency}


def _json(texts: list[str]) -> str:
    return msgspec.json.encode(texts).decode()  # PostgreSQL would take a list for an array


# ---- people --------------------------------------------------------------------


async def members(reader: Reader, desk_id: int) -> list[DeskMember]:
    """Who works there: leads first, then by when they came."""
    return await reader.all(
        DeskMember,
        "SELECT * FROM desk_member WHERE desk_id = :desk ORDER BY role DESC, joined_at, account_id",
        desk=desk_id,
    )


async def members_among(reader: Reader, desk_id: int, among: Sequence[int]) -> list[int]:
    """Those of `among` who work at the desk."""
    return await reader.values(
        """SELECT account_id FROM desk_member WHERE desk_id = :desk
             AND account_id IN (SELECT value FROM json_each(:ids)) ORDER BY account_id""",
        desk=desk_id,
        ids=list(among),
    )


async def find_member(reader: Reader, desk_id: int, account_id: int) -> DeskMember | None:
    """Somebody's place at a desk."""
    return await reader.find(
        DeskMember,
        "SELECT * FROM desk_member WHERE desk_id = :desk AND account_id = :account",
        desk=desk_id,
        account=account_id,
    )


async def put_member(tx: Transaction, desk_id: int, account_id: int, role: DeskRole, now: datetime) -> None:
    """Give somebody a place, or another role at the one they have."""
    await tx.execute(
        """INSERT INTO desk_member (desk_id, account_id, role, joined_at) VALUES (:desk, :account, :role, :at)
           ON CONFLICT (desk_id, account_id) DO UPDATE SET role = :role""",
        desk=desk_id,
        account=account_id,
        role=role,
        at=now,
    )


async def remove_member(tx: Transaction, desk_id: int, account_id: int) -> bool:
    """Take somebody's place away; whether they had one."""
    return bool(await tx.execute(
        "DELETE FROM desk_member WHERE desk_id = :desk AND account_id = :account", desk=desk_id, account=account_id))


async def lock(tx: Transaction, desk_id: int) -> None:
    """Let nobody else change who works here until this transaction ends."""
    await tx.execute("UPDATE desk SET name = name WHERE id = :desk", desk=desk_id)


# ---- the record ------------------------------------------------------------------


async def record(tx: Transaction, acts: Iterable[DeskAct]) -> None:
    """More lines, also for the programs that are told; there is no way to change one or take it back."""
    lines = list(acts)
    await tx.execute_many(
        """INSERT INTO desk_act (id, desk_id, by_id, verb, conversation_id, target_id, contact_id, about, at)
           VALUES (:id, :desk_id, :by_id, :verb, :conversation_id, :target_id, :contact_id, :about, :at)""",
        [msgspec.structs.asdict(act) for act in lines],
    )
    await tx.execute(
        """INSERT INTO desk_untold (hook_id, act_id)
           SELECT h.id, a.id FROM desk_act a JOIN desk_hook h ON h.desk_id = a.desk_id
           WHERE a.id IN (SELECT value FROM json_each(:ids))""", ids=[act.id for act in lines])


async def acts(reader: Reader, desk_id: int, viewer: AccountId, window: Window) -> list[DeskAct]:
    """The record, newest first: for leads; for others there is none."""
    return window.arranged(await reader.patient(
        DeskAct,
        f"""SELECT * FROM desk_act WHERE desk_id = :desk AND id < :before AND id > :after AND {AT_DESK}
            ORDER BY id {window.order} LIMIT :limit""",
        desk=desk_id,
        viewer=viewer,
        least=DeskRole.LEAD,
        before=window.before,
        after=window.after,
        limit=window.limit,
    ))

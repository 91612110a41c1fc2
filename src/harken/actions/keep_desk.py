"""Open a desk, say what it is, close it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import available_timezones

import msgspec

from .. import clock
from ..desk import hours
from ..desk.money import amount_of, currency_named
from ..errors import Invalid, NotAllowed
from ..ids import AccountId, new_id
from ..log.append import append
from ..log.events import DeskChanged, EarDropped, HelperTold
from ..model.account import Account, Role
from ..model.desk import MAX_ABOUT, MAX_ANSWER_MINUTES, MAX_CHANNEL, MAX_DESKS, MAX_NAME, Desk, DeskAct, DeskRole, Kind
from ..model.relationship import DESK_KINDS
from ..store import desk_hooks, desks, ears, members
from ..store.database import Database, Reader, Transaction
from ..text import markup
from .publish_post import may_post

_LONG_AGO = timedelta(hours=1)
_OPENERS = {"members": Role.MEMBER, "moderators": Role.MODERATOR, "administrators": Role.ADMINISTRATOR}


class DeskDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a lead says of a desk; None leaves a thing as it is."""

    name: str | None = None
    about: str | None = None
    kind: str | None = None
    emergency: str | None = None
    zone: str | None = None
    hours: list[str] | None = None
    answer_minutes: int | None = None
    channel: str | None = None
    approval: bool | None = None
    hour_cost: str | None = None
    currency: str | None = None


async def may_open_desks(reader: Reader, account: Account, openers: str) -> bool:
    """Whether somebody may open a desk where the setting `desk_openers` says `openers`."""
    member = await members.find(reader, account.id)
    return member is not None and member.role >= _OPENERS.get(openers, Role.MODERATOR)


async def open_desk(db: Database, by: Account, draft: DeskDraft, now: datetime, openers: str = "moderators") -> Desk:
    """A new desk; whoever opens it leads it. Raises NotAllowed, Invalid."""
    may_post(by)
    desk = changed(Desk(id=new_id(now), name="", created_at=now), draft)
    async with db.transaction() as tx:
        if not await may_open_desks(tx, by, openers):
            raise NotAllowed(f"On this server, {openers} open desks. Ask one of them.")
        if await desks.opened_by(tx, by.id) >= MAX_DESKS:
            raise NotAllowed(f"You lead {MAX_DESKS} desks, which is the most; close one first.")
        await desks.insert(tx, desk)
        await desks.put_member(tx, desk.id, by.id, DeskRole.LEAD, now)
        await note(tx, desk.id, by.id, "open", now, about=desk.name)
        await append(tx, DeskChanged(desk.id, by.id), now)
    return desk


async def change_desk(db: Database, by: Account, desk_id: int, draft: DeskDraft, now: datetime) -> Desk:
    """Say something else of a desk. Raises NotFound, NotAllowed (leads only), Invalid."""
    async with db.transaction() as tx:
        old = await desks.get(tx, desk_id, by.id, DeskRole.LEAD)
        new = changed(old, draft)
        told = [name for name in DeskDraft.__struct_fields__ if getattr(old, name) != getattr(new, name)]
        if told:
            await desks.update(tx, new)
            await note(tx, desk_id, by.id, "change", now, about=", ".join(told))
            await append(tx, DeskChanged(desk_id), now)
    return new


async def close_desk(db: Database, by: Account, desk_id: int, now: datetime) -> None:
    """Listen no more. Its record stays; its queue is nobody's. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        desk = await desks.get(tx, desk_id, by.id, DeskRole.LEAD)
        await shut(tx, desk, by.id, now)


async def shut(tx: Transaction, desk: Desk, by_id: AccountId | None, now: datetime) -> None:
    """Close a desk and drop its ears, within the caller's transaction."""
    await desks.update(tx, msgspec.structs.replace(desk, closed_at=now))
    for ear_id in await ears.ids_of(tx, desk.id):
        await ears.delete(tx, ear_id)
        await append(tx, EarDropped(ear_id, desk.id), now)
    await desk_hooks.delete_paused(tx, desk.id)
    await note(tx, desk.id, by_id, "close", now)
    await append(tx, DeskChanged(desk.id), now)


def line_id(now: datetime) -> int:
    """The id of a line of the record about something that began at `now`.

    Of the moment when it is written, however long the request has taken: whoever reads on by id would step over a line
    that comes late. What is told of long ago keeps its place.
    """
    written = clock.now()
    return new_id(written if timedelta() < written - now < _LONG_AGO else now)


async def note(
    tx: Transaction, desk_id: int, by_id: AccountId | None, verb: str, now: datetime, *,
    conversation_id: int | None = None, target_id: AccountId | None = None, contact_id: int | None = None,
    about: str = "",
) -> None:
    """Add a line to the desk's record."""
    await add_lines(tx, [DeskAct(
        id=line_id(now), desk_id=desk_id, by_id=by_id, verb=verb, conversation_id=conversation_id,
        target_id=target_id, contact_id=contact_id, about=about, at=now)], now)


async def add_lines(tx: Transaction, lines: Sequence[DeskAct], now: datetime) -> None:
    """Add lines to the record of one desk; its people hear of those that concern them (DESK_KINDS)."""
    await desks.record(tx, lines)
    told = [line.id for line in lines if line.verb in DESK_KINDS]
    if told:
        await append(tx, HelperTold(lines[0].desk_id, told), now)


def changed(desk: Desk, draft: DeskDraft) -> Desk:
    """`desk` with what `draft` says. Raises Invalid."""
    given = {name: value for name in DeskDraft.__struct_fields__ if (value := getattr(draft, name)) is not None}
    if "name" in given or not desk.name:
        given["name"] = " ".join(markup.clean(str(given.get("name", ""))).split())
        if not 0 < len(given["name"]) <= MAX_NAME:
            raise Invalid(f"Give the desk a name of at most {MAX_NAME} characters.", "name")
    for field, most in (("about", MAX_ABOUT), ("emergency", MAX_ABOUT), ("channel", MAX_CHANNEL)):
        if field in given:
            given[field] = markup.clean(given[field]).strip()
            if len(given[field]) > most:
                raise Invalid(f"That text is too long: {most} characters are the most.", field)
    if "kind" in given:
        if given["kind"] not in set(Kind):
            raise Invalid("A desk is general or health.", "kind")
        given["kind"] = Kind(given["kind"])
    if given.get("zone") not in (None, *available_timezones()):
        raise Invalid("The time zone is a name such as Europe/Berlin.", "zone")
    if "hours" in given:
        if len(given["hours"]) != hours.DAYS:
            raise Invalid("Hours are seven texts, Monday first.", "hours")
        given["hours"] = [hours.written(day) for day in given["hours"]]
    if not 1 <= given.get("answer_minutes", 1) <= MAX_ANSWER_MINUTES:
        raise Invalid("An answer is due within a minute to two weeks of working time.", "answer_minutes")
    if "currency" in given:
        given["currency"] = currency_named(given["currency"])
    if "hour_cost" in given:
        given["hour_cost"] = amount_of(given["hour_cost"], given.get("currency", desk.currency))
    return msgspec.structs.replace(desk, **given)

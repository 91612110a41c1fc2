"""Tell programs what is done at desks: the lines of the record, signed as alerts of ears are (webhook.py).

A delivery is JSON: the desk, and at most fifty lines in the order in which they were written. What is not answered
with 2xx comes again, later each time; a hook that fails for days is paused until a lead says otherwise. A line may
come twice, never is one left out: `Harken-Delivery` is the last line's id. No line says what a note says. The last
thing that a hook is told is that its desk was closed; then it is forgotten.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from .. import clock
from ..errors import Refused, TryLater
from ..federation import fetch
from ..ids import new_id
from ..model.desk import Desk, DeskAct
from ..model.desk_hook import MAX_TRIES, Delivery, DeskHook
from ..settings import Settings
from ..store import desk_hooks, desks
from ..store.database import Database
from .sender import pause
from .webhook import signature

LOOK_SECONDS = 2.0
HELD = timedelta(minutes=2)
PIECE = 50

_IN_THE_HOUSE = frozenset({"override"})
"""Acts about which a lead writes freely: why an answer was sent that the reply check had stopped."""

_log = structlog.get_logger("harken.desk_hooks")


async def tell_hooks(db: Database, settings: Settings, base_url: str, stop: asyncio.Event) -> None:
    """Tell what there is to tell, until `stop`."""
    while not stop.is_set():
        try:
            await tell_what_is_due(db, settings, base_url, clock.now())
        except Exception:
            _log.exception("telling a desk's record failed")  # the next look tries again
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await stop.wait()


async def tell_what_is_due(db: Database, settings: Settings, base_url: str, now: datetime) -> int:
    """One look: a delivery to each hook that has something to be told, side by side; how many took theirs."""
    found = await desk_hooks.due(db, now, PIECE)
    return sum(await asyncio.gather(*(_tell(db, hook, settings, base_url, now) for hook in found)))


async def _tell(db: Database, hook: DeskHook, settings: Settings, base_url: str, now: datetime) -> bool:
    async with db.transaction() as tx:
        if not await desk_hooks.claim(tx, hook, now + HELD):
            return False
    told, desk = await desk_hooks.untold(db, hook.id, PIECE), await desks.find(db, hook.desk_id)
    if desk is None or not told:
        return False
    failure, hopeless = "", False
    try:
        await call(hook, body(desk, told, base_url), str(told[-1].id), now, settings.allow_private_addresses)
    except TryLater as error:
        failure = str(error)
    except Refused as error:
        failure, hopeless = error.message, True
    async with db.transaction() as tx:
        await desks.lock(tx, hook.desk_id)  # a lead may pause it at this moment, and that must stand
        fresh = await desk_hooks.find(tx, hook.id)
        if fresh is None:
            return not failure  # dropped meanwhile
        if not failure:
            await desk_hooks.taken(tx, hook.id, [act.id for act in told])
        tries = fresh.tries + 1 if failure else 0
        paused = fresh.paused or hopeless or tries >= MAX_TRIES
        if desk.closed_at is not None and (paused or not await desk_hooks.waiting(tx, hook.id)):
            await desk_hooks.delete(tx, hook.id)  # there is nobody left who could let it go on
            return not failure
        await desk_hooks.update(tx, msgspec.structs.replace(
            fresh, tries=tries, failure=failure,
            next_at=clock.now() + pause(tries) if failure else now, paused=paused))
        await desk_hooks.note(tx, Delivery(
            id=new_id(clock.now()), hook_id=hook.id, acts=len(told), failure=failure[:300]))
    return not failure


async def try_hook(hook: DeskHook, desk: Desk, base_url: str, now: datetime, private: bool) -> str:
    """Tell it nothing, to see whether it answers; what went wrong, or ""."""
    try:
        await call(hook, body(desk, [], base_url), "test", now, private)
    except TryLater as error:
        return str(error)
    except Refused as error:
        return error.message
    return ""


def body(desk: Desk, acts: list[DeskAct], base_url: str) -> bytes:
    """The JSON of some lines. Ids are strings: they exceed 2^53."""
    return msgspec.json.encode({
        "type": "desk.acts" if acts else "desk.test",
        "desk": {"id": str(desk.id), "name": desk.name, "url": f"{base_url}/desks/{desk.id}"},
        "acts": [_line(act) for act in acts]})


def _line(act: DeskAct) -> dict[str, Any]:
    def text(number: int | None) -> str | None:
        return None if number is None else str(number)

    return {
        "id": str(act.id), "at": act.at.isoformat().replace("+00:00", "Z"), "act": act.verb, "by_id": text(act.by_id),
        "conversation_id": text(act.conversation_id), "account_id": text(act.target_id),
        "contact_id": text(act.contact_id),
        "about": "" if act.verb in _IN_THE_HOUSE else act.about}


async def call(hook: DeskHook, content: bytes, delivery: str, now: datetime, private: bool) -> None:
    """Deliver. Raises TryLater or Refused with what went wrong; anything but 2xx is wrong."""
    if not private and not hook.url.startswith("https:"):
        raise Refused("The address must begin with https://, so that nobody on the way reads along.")
    answer = await fetch.send(
        "POST", hook.url, body=content, private=private,
        headers={
            "Content-Type": "application/json", "Harken-Delivery": delivery,
            "Harken-Signature": signature(hook.secret, clock.to_ms(now) // 1000, content)})
    if 300 <= answer.status < 400:
        raise Refused(f"It answered with a redirect ({answer.status}), and redirects are not followed.")
    if not 200 <= answer.status < 300:
        raise TryLater(f"It answered {answer.status}.")

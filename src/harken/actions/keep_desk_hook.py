"""Name programs that are told what is done at a desk; for leads."""

from __future__ import annotations

import secrets
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from ..errors import Conflict, Invalid, NotFound
from ..ids import new_id
from ..model.account import Account
from ..model.desk import DeskRole
from ..model.desk_hook import MAX_HOOKS, DeskHook
from ..store import desk_hooks, desks
from ..store.database import Database, Transaction
from .keep_desk import note
from .set_alert import check_webhook


async def keep_desk_hook(
    db: Database, by: Account, desk_id: int, url: str, now: datetime, insecure: bool = False
) -> DeskHook:
    """Tell an address everything that is done from now on. Its secret is in the answer. `insecure` allows http.

    Raises NotFound, NotAllowed, Conflict (told already), Invalid (no address; as many as there may be).
    """
    url = url.strip()
    if not url:
        raise Invalid("Say which address is to be told.", "url")
    check_webhook(url)
    if not insecure and not url.startswith("https:"):
        raise Invalid("The address must begin with https://, so that nobody on the way reads along.", "url")
    async with db.transaction() as tx:
        await desks.get(tx, desk_id, by.id, DeskRole.LEAD)
        await desks.lock(tx, desk_id)
        there = await desk_hooks.of_desk(tx, desk_id, by.id)
        if any(hook.url == url for hook in there):
            raise Conflict("This address is told already.")
        if len(there) >= MAX_HOOKS:
            raise Invalid(f"A desk tells {MAX_HOOKS} addresses at the most; drop one first.", "url")
        hook = DeskHook(
            id=new_id(now), desk_id=desk_id, url=url, secret=secrets.token_urlsafe(32), next_at=now)
        await desk_hooks.insert(tx, hook)
        await note(tx, desk_id, by.id, "hook", now, about=urlsplit(url).hostname or "")
    return hook


async def pause_desk_hook(
    db: Database, by: Account, desk_id: int, hook_id: int, paused: bool, now: datetime
) -> DeskHook:
    """Tell it nothing more, or go on where it was. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        hook = await _get(tx, by, desk_id, hook_id)
        changed = msgspec.structs.replace(
            hook, paused=paused, tries=0, next_at=now, failure=hook.failure if paused else "")
        await desk_hooks.update(tx, changed)
        await note(
            tx, desk_id, by.id, "hook_pause" if paused else "hook_on", now, about=urlsplit(hook.url).hostname or "")
    return changed


async def drop_desk_hook(db: Database, by: Account, desk_id: int, hook_id: int, now: datetime) -> None:
    """Forget an address and its secret. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        hook = await _get(tx, by, desk_id, hook_id)
        await desk_hooks.delete(tx, hook.id)
        await note(tx, desk_id, by.id, "unhook", now, about=urlsplit(hook.url).hostname or "")


async def _get(tx: Transaction, by: Account, desk_id: int, hook_id: int) -> DeskHook:
    await desks.get(tx, desk_id, by.id, DeskRole.LEAD)
    await desks.lock(tx, desk_id)
    hook = await desk_hooks.find(tx, hook_id)
    if hook is None or hook.desk_id != desk_id:
        raise NotFound("This desk tells no such address.")
    return hook

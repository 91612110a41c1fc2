"""Choose of what one is told by e-mail, and which notifications reach which device."""

from __future__ import annotations

import secrets

import msgspec

from ..errors import Invalid, NotFound
from ..ids import AccountId
from ..model.account import Account
from ..model.telling import DEVICE_KINDS, Pace, Telling
from ..store import push, telling
from ..store.database import Database, Transaction


async def choose_telling(db: Database, owner: Account, chosen: dict[str, str], devices: bool | None = None) -> Telling:
    """Store a pace for each of `chosen` (names are those of model.telling.SUBJECTS). Raises Invalid."""
    paces = {pace.value: pace for pace in Pace}
    if any(value not in paces for value in chosen.values()):
        raise Invalid("An e-mail comes at once, once a day, or never.", next(iter(chosen), ""))
    async with db.transaction() as tx:
        old = await _telling(tx, owner.id)
        made = msgspec.structs.replace(old, **{name: paces[value] for name, value in chosen.items()})
        made = msgspec.structs.replace(made, devices=old.devices if devices is None else devices)
        await telling.put(tx, made)
    return made


async def choose_device(db: Database, owner: Account, subscription_id: int, kinds: list[str], quiet: bool) -> None:
    """Which kinds one of the owner's devices is told of, and whether it keeps the quiet hours. Raises NotFound."""
    async with db.transaction() as tx:
        known = [one for one in await push.of_account(tx, owner.id) if one.id == subscription_id]
        if not known:
            raise NotFound("There is no such device.")
        wanted = {kind: kind in kinds for kind in DEVICE_KINDS}
        await push.choose(tx, subscription_id, known[0].alerts | wanted, known[0].policy)
        await push.keep_quiet(tx, subscription_id, quiet)


async def stop_telling(db: Database, key: str) -> Telling | None:
    """No more e-mails about notifications to whoever got `key`; None where nobody did."""
    async with db.transaction() as tx:
        found = await telling.find_by_key(tx, key)
        if found is None:
            return None
        off = msgspec.structs.replace(found, follow=Pace.NEVER, private=Pace.NEVER, mention=Pace.NEVER)
        await telling.put(tx, off)
    return off


async def _telling(tx: Transaction, owner: AccountId) -> Telling:
    found = await telling.find(tx, owner)
    if found is None:
        found = Telling(account_id=owner, unsubscribe_key=secrets.token_urlsafe(24))
        await telling.put(tx, found)
    return found

"""Let a browser or an application receive pushes, or stop it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from .. import webpush
from ..errors import Invalid, NotFound
from ..ids import new_id
from ..model.account import Account
from ..model.alert import PushPolicy, PushSubscription
from ..store import push, server
from ..store.database import Database

MAX_ENDPOINT = 2000
_VAPID = "vapid_private_key"


def check_endpoint(endpoint: str, insecure: bool) -> None:
    """Push services are reached by https; `insecure` (tests) allows http. Raises Invalid."""
    try:
        parts = urlsplit(endpoint)
        _ = parts.port
    except ValueError:
        raise Invalid("This is not the address of a push service.", "endpoint") from None
    schemes = ("https", "http") if insecure else ("https",)
    if parts.scheme not in schemes or not parts.hostname or parts.username is not None or len(endpoint) > MAX_ENDPOINT:
        raise Invalid("This is not the address of a push service.", "endpoint")


async def subscribe_push(
    db: Database, owner: Account, session_id: int, endpoint: str, p256dh: str, auth: str, now: datetime,
    insecure: bool = False,
) -> PushSubscription:
    """Push to this browser from now on, as long as its session lives. Raises Invalid."""
    check_endpoint(endpoint, insecure)
    webpush.check_keys(p256dh, auth)
    made = PushSubscription(
        id=new_id(now), account_id=owner.id, session_id=session_id, endpoint=endpoint, p256dh=p256dh, auth=auth,
        created_at=now)
    async with db.transaction() as tx:
        await push.put(tx, made)
    return made


async def subscribe_application(
    db: Database, owner: Account, token_id: int, bearer: str, endpoint: str, p256dh: str, auth: str, now: datetime, *,
    standard: bool, alerts: Mapping[str, bool], policy: PushPolicy, insecure: bool = False,
) -> PushSubscription:
    """Push notifications to this application from now on, as long as its token lives. Raises Invalid."""
    check_endpoint(endpoint, insecure)
    webpush.check_keys(p256dh, auth)
    made = PushSubscription(
        id=new_id(now), account_id=owner.id, token_id=token_id, endpoint=endpoint, p256dh=p256dh, auth=auth,
        standard=standard, alerts=dict(alerts), policy=policy, bearer=bearer, created_at=now)
    async with db.transaction() as tx:
        await push.put(tx, made)
    return made


async def change_subscription(
    db: Database, token_id: int, alerts: Mapping[str, bool], policy: PushPolicy
) -> PushSubscription:
    """Choose anew what an application hears of. Raises NotFound."""
    async with db.transaction() as tx:
        found = await push.find_by_token(tx, token_id)
        if found is None:
            raise NotFound("This application gets no pushes.")
        await push.choose(tx, found.id, dict(alerts), policy)
    return msgspec.structs.replace(found, alerts=dict(alerts), policy=policy)


async def unsubscribe_push(db: Database, owner: Account, subscription_id: int) -> None:
    """Push there no more. Raises NotFound."""
    async with db.transaction() as tx:
        if not await push.delete(tx, owner.id, subscription_id):
            raise NotFound("This browser gets no pushes.")


async def unsubscribe_application(db: Database, token_id: int) -> None:
    """Push to this application no more, if it was subscribed."""
    async with db.transaction() as tx:
        await push.delete_by_token(tx, token_id)


async def vapid_key(db: Database) -> str:
    """This server's private key for pushes, made when first needed; browsers are bound to it."""
    stored = await server.setting(db, _VAPID)
    if stored:
        return stored
    async with db.transaction() as tx:
        await server.set_setting_once(tx, _VAPID, webpush.new_private_key())
    return str(await server.setting(db, _VAPID))

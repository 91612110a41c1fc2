"""docs.joinmastodon.org/methods/push."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import delete, get, put

from ... import clock, webpush
from ...actions.subscribe_push import (
    change_subscription,
    subscribe_application,
    unsubscribe_application,
    vapid_key,
)
from ...alerting.client_push import TYPE
from ...errors import Invalid, NotFound
from ...model.alert import PushPolicy, PushSubscription
from ...model.relationship import OWN_KINDS
from ...store import push
from ...store.database import Database
from ..requests import AnyRequest, engine_of, parameters, viewer
from . import entities
from .answers import Answer, answer, doing

_SCOPE = "push"


class Keys(msgspec.Struct):
    """The client's side of the encryption, in base64."""

    p256dh: str = ""
    auth: str = ""


class Where(msgspec.Struct):
    """Where pushes go, and how they are encrypted."""

    endpoint: str = ""
    keys: Keys = msgspec.field(default_factory=Keys)
    standard: bool = False


class What(msgspec.Struct):
    """Which notifications are pushed."""

    alerts: dict[str, bool | None] = {}
    policy: str = ""


class Wanted(msgspec.Struct):
    """`policy` also stands alone, as the documentation of PUT has it."""

    subscription: Where = msgspec.field(default_factory=Where)
    data: What = msgspec.field(default_factory=What)
    policy: str = ""

    @property
    def alerts(self) -> dict[str, bool]:
        """By our kinds; types that we do not know are left out."""
        kinds = entities.NOTIFICATION_KIND
        known = kinds.keys() - set(OWN_KINDS)
        return {kinds[name]: bool(on) for name, on in self.data.alerts.items() if name in known}

    @property
    def whose(self) -> PushPolicy:
        """Raises Invalid."""
        name = self.data.policy or self.policy or "all"
        try:
            return PushPolicy(name)
        except ValueError:
            raise Invalid("Validation failed: Policy is not included in the list", "policy") from None


async def _entity(db: Database, one: PushSubscription) -> dict[str, Any]:
    return {
        "id": str(one.id), "endpoint": one.endpoint, "standard": one.standard,
        "alerts": {TYPE[kind]: on for kind, on in one.alerts.items()},
        "server_key": webpush.public_key(await vapid_key(db)), "policy": one.policy.value}


@doing("/api/v1/push/subscription")
async def subscribe(request: AnyRequest) -> Answer:
    by = await viewer(request, _SCOPE)
    given, engine = await parameters(request, Wanted), engine_of(request)
    where = given.subscription
    if not where.endpoint:
        raise Invalid("Validation failed: Endpoint can't be blank", "endpoint")
    bearer = request.headers["authorization"].partition(" ")[2].strip()
    made = await subscribe_application(
        engine.db, by, request.state.grant.id, bearer, where.endpoint, where.keys.p256dh, where.keys.auth, clock.now(),
        standard=where.standard, alerts=given.alerts, policy=given.whose,
        insecure=engine.settings.allow_private_addresses)
    return answer(await _entity(engine.db, made))


@get("/api/v1/push/subscription")
async def subscription(request: AnyRequest) -> Answer:
    await viewer(request, _SCOPE)
    db = engine_of(request).db
    found = await push.find_by_token(db, request.state.grant.id)
    if found is None:
        raise NotFound
    return answer(await _entity(db, found))


@put("/api/v1/push/subscription")
async def change(request: AnyRequest) -> Answer:
    await viewer(request, _SCOPE)
    given, db = await parameters(request, Wanted), engine_of(request).db
    return answer(await _entity(db, await change_subscription(db, request.state.grant.id, given.alerts, given.whose)))


@delete("/api/v1/push/subscription", status_code=200)
async def unsubscribe(request: AnyRequest) -> Answer:
    await viewer(request, _SCOPE)
    await unsubscribe_application(engine_of(request).db, request.state.grant.id)
    return answer({})


routes = [subscribe, subscription, change, unsubscribe]

"""docs.joinmastodon.org/methods/notifications.

Types that no client of Mastodon knows (`OWN_KINDS`: alerts of ears, friendship, what was
said to one among others, what friends passed on, what desks ask of their helpers) come
only when asked for by name, as `types[]=ear`, and are counted nowhere else.
"""

from __future__ import annotations

import msgspec
from litestar import get
from litestar.params import FromPath

from ... import clock
from ...actions.mark_read import clear_notifications, dismiss_notification
from ...errors import NotFound
from ...ids import parse_id
from ...model.account import Account
from ...model.paging import Window
from ...model.relationship import OWN_KINDS, Notification
from ...store import notifications
from ..requests import AnyRequest, engine_of, id_in_path, link_header, parameters, viewer, window
from . import entities
from .answers import Answer, answer, doing

MAX_COUNTED = 1000


class NotificationFilter(msgspec.Struct):
    """Which notifications."""

    types: list[str] | str = []
    exclude_types: list[str] | str = []
    account_id: str | int = ""
    include_filtered: bool = False


class Counted(msgspec.Struct):
    """How far to count."""

    limit: int = 100


class Dismissed(msgspec.Struct):
    """Which notification to put away."""

    id: str | int = ""


def _kinds(names: list[str] | str) -> list[str]:
    """Our words; a type that we do not know stays itself, so that asking for it alone finds nothing."""
    return [entities.NOTIFICATION_KIND.get(name, name) for name in ([names] if isinstance(names, str) else names)[:50]]


async def wanted(request: AnyRequest, by: Account, asked: NotificationFilter, page: Window) -> list[Notification]:
    """A page of what is asked for."""
    from_account = parse_id(str(asked.account_id)) if asked.account_id else 0
    if from_account is None:
        return []
    kinds = _kinds(asked.types)
    ours = [kind for kind in OWN_KINDS if kind not in kinds]
    return await notifications.page(
        engine_of(request).db, by.id, page, clock.now(), kinds=kinds,
        without=[*_kinds(asked.exclude_types), *ours], from_account=from_account,
        filtered=asked.include_filtered or bool(from_account))  # Mastodon shows a person's all, so that one can judge


@get("/api/v1/notifications")
async def many(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:notifications")
    engine = engine_of(request)
    page = window(request, default=40, most=80)
    told = await wanted(request, by, await parameters(request, NotificationFilter), page)
    made = await entities.notifications(engine.db, told, by.id, engine.base_url)
    return answer(made, link_header(request, engine.base_url, [n.id for n in told], full=len(told) >= page.limit))


async def _find(request: AnyRequest, by: Account, text: str) -> Notification:
    found = await notifications.find(engine_of(request).db, by.id, id_in_path(text), clock.now(), filtered=True)
    if found is None:
        raise NotFound
    return found


@get("/api/v1/notifications/{notification_id:str}")
async def one(request: AnyRequest, notification_id: FromPath[str]) -> Answer:
    by = await viewer(request, "read:notifications")
    engine = engine_of(request)
    made = await entities.notifications(engine.db, [await _find(request, by, notification_id)], by.id, engine.base_url)
    if not made:
        raise NotFound
    return answer(made[0])


@doing("/api/v1/notifications/clear")
async def clear(request: AnyRequest) -> Answer:
    by = await viewer(request, "write:notifications")
    await clear_notifications(engine_of(request).db, by, clock.now())
    return answer({})


@doing("/api/v1/notifications/{notification_id:str}/dismiss")
async def dismiss(request: AnyRequest, notification_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:notifications")
    found = await _find(request, by, notification_id)
    await dismiss_notification(engine_of(request).db, by, [found.id], clock.now())
    return answer({})


@doing("/api/v1/notifications/dismiss")
async def dismiss_as_before_3(request: AnyRequest) -> Answer:
    by = await viewer(request, "write:notifications")
    found = await _find(request, by, str((await parameters(request, Dismissed)).id))
    await dismiss_notification(engine_of(request).db, by, [found.id], clock.now())
    return answer({})


@get("/api/v1/notifications/unread_count")
async def unread_count(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:notifications")
    limit = max(1, min((await parameters(request, Counted)).limit, MAX_COUNTED))
    return answer({"count": await notifications.unread(
        engine_of(request).db, by.id, clock.now(), limit, without=OWN_KINDS)})


routes = [many, one, clear, dismiss, dismiss_as_before_3, unread_count]

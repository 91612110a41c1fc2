"""docs.joinmastodon.org/methods/notifications: the policy about strangers, and the requests that come of it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from litestar import get, patch, route
from litestar.params import FromPath

from ... import clock
from ...actions.filter_notifications import accept_requests, choose_policy, dismiss_requests
from ...errors import NotFound
from ...ids import parse_id
from ...model.account import Account
from ...model.paging import Window
from ...model.relationship import Asking, NotificationPolicy, Stance
from ...store import accounts, notifications, posts, withholding
from ..requests import AnyRequest, engine_of, id_in_path, link_header, parameters, viewer, window
from . import entities
from .answers import Answer, answer, doing

MAX_COUNTED = 100
_MAX_IDS = 500

Stances = Literal["accept", "filter", "drop", ""]


class Policy(msgspec.Struct):
    """What becomes of notifications by strangers; what is not given stays."""

    for_not_following: Stances = ""
    for_not_followers: Stances = ""
    for_new_accounts: Stances = ""
    for_private_mentions: Stances = ""
    for_limited_accounts: Stances = ""


class FirstPolicy(msgspec.Struct):
    """The same as the first version of the API had it: filtered, or not."""

    filter_not_following: bool | None = None
    filter_not_followers: bool | None = None
    filter_new_accounts: bool | None = None
    filter_private_mentions: bool | None = None


class Chosen(msgspec.Struct):
    """Which requests."""

    id: list[str] | str = []


async def _summary(request: AnyRequest, by: Account) -> dict[str, int]:
    asking = await notifications.asking(
        engine_of(request).db, by.id, Window(limit=MAX_COUNTED), clock.now())
    return {"pending_requests_count": len(asking),
            "pending_notifications_count": sum(min(one.count, MAX_COUNTED) for one in asking)}


async def _policy(request: AnyRequest, by: Account) -> Answer:
    chosen = await withholding.policy(engine_of(request).db, by.id)
    made: dict[str, Any] = {f"for_{name}": stance.value for name, stance in msgspec.structs.asdict(chosen).items()}
    return answer(made | {"summary": await _summary(request, by)})


async def _first_policy(request: AnyRequest, by: Account) -> Answer:
    chosen = msgspec.structs.asdict(await withholding.policy(engine_of(request).db, by.id))
    made: dict[str, Any] = {
        f"filter_{name}": stance is not Stance.ACCEPT
        for name, stance in chosen.items() if f"filter_{name}" in FirstPolicy.__struct_fields__}
    return answer(made | {"summary": await _summary(request, by)})


async def _choose(request: AnyRequest, by: Account, given: dict[str, Stance]) -> None:
    db = engine_of(request).db
    now: NotificationPolicy = await withholding.policy(db, by.id)
    await choose_policy(db, by, msgspec.structs.replace(now, **given))


@get("/api/v2/notifications/policy")
async def policy(request: AnyRequest) -> Answer:
    return await _policy(request, await viewer(request, "read:notifications"))


@route("/api/v2/notifications/policy", http_method=["PATCH", "PUT"], status_code=200)
async def change_policy(request: AnyRequest) -> Answer:
    """By PATCH as documented; Mastodon takes PUT too, and masto sends it."""
    by = await viewer(request, "write:notifications")
    given = msgspec.structs.asdict(await parameters(request, Policy))
    await _choose(request, by, {
        name.removeprefix("for_"): Stance(stance) for name, stance in given.items() if stance})
    return await _policy(request, by)


@get("/api/v1/notifications/policy")
async def first_policy(request: AnyRequest) -> Answer:
    return await _first_policy(request, await viewer(request, "read:notifications"))


@patch("/api/v1/notifications/policy")
async def change_first_policy(request: AnyRequest) -> Answer:
    by = await viewer(request, "write:notifications")
    given = msgspec.structs.asdict(await parameters(request, FirstPolicy))
    await _choose(request, by, {
        name.removeprefix("filter_"): Stance.FILTER if on else Stance.ACCEPT
        for name, on in given.items() if on is not None})
    return await _first_policy(request, by)


# ---- requests --------------------------------------------------------------------------


async def _entities(request: AnyRequest, by: Account, asking: list[Asking]) -> list[dict[str, Any]]:
    engine = engine_of(request)
    persons = await accounts.by_ids(engine.db, [one.account_id for one in asking])
    faces = await entities.accounts(engine.db, persons.values(), engine.base_url)
    seen = await posts.visible_by_ids(engine.db, [one.post_id for one in asking if one.post_id], by.id)
    written = await entities.statuses(engine.db, list(seen.values()), by.id, engine.base_url)
    return [
        {"id": str(one.id), "created_at": entities.moment(one.id), "updated_at": entities.moment(one.newest_id),
         "account": faces[one.account_id], "notifications_count": str(min(one.count, MAX_COUNTED)),
         "last_status": written.get(one.post_id or 0)}
        for one in asking if one.account_id in faces]


@get("/api/v1/notifications/requests")
async def requests(request: AnyRequest) -> Answer:
    by, engine = await viewer(request, "read:notifications"), engine_of(request)
    page = window(request, default=40, most=80)
    asking = await notifications.asking(engine.db, by.id, page, clock.now())
    return answer(
        await _entities(request, by, asking),
        link_header(request, engine.base_url, [one.id for one in asking], full=len(asking) >= page.limit))


async def _behind(request: AnyRequest, by: Account, texts: list[str]) -> list[int]:
    ids = [number for number in map(parse_id, texts[:_MAX_IDS]) if number is not None]
    return await withholding.accounts_behind(engine_of(request).db, by.id, ids)


@get("/api/v1/notifications/requests/{request_id:str}")
async def one(request: AnyRequest, request_id: FromPath[str]) -> Answer:
    by, engine = await viewer(request, "read:notifications"), engine_of(request)
    for account_id in await _behind(request, by, [str(id_in_path(request_id))]):
        if found := await notifications.asking(engine.db, by.id, Window(limit=1), clock.now(), account_id):
            return answer((await _entities(request, by, found))[0])
    raise NotFound


async def _one_behind(request: AnyRequest, by: Account, request_id: str) -> list[int]:
    found = await _behind(request, by, [str(id_in_path(request_id))])
    if not found:
        raise NotFound
    return found


@doing("/api/v1/notifications/requests/{request_id:str}/accept")
async def accept(request: AnyRequest, request_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:notifications")
    await accept_requests(engine_of(request).db, by, await _one_behind(request, by, request_id), clock.now())
    return answer({})


@doing("/api/v1/notifications/requests/{request_id:str}/dismiss")
async def dismiss(request: AnyRequest, request_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:notifications")
    await dismiss_requests(engine_of(request).db, by, await _one_behind(request, by, request_id), clock.now())
    return answer({})


async def _chosen(request: AnyRequest, by: Account) -> list[int]:
    """Who is behind the requests that are named; what is no request is passed over."""
    ids = (await parameters(request, Chosen)).id
    return await _behind(request, by, [ids] if isinstance(ids, str) else ids)


@doing("/api/v1/notifications/requests/accept")
async def accept_many(request: AnyRequest) -> Answer:
    by = await viewer(request, "write:notifications")
    if behind := await _chosen(request, by):
        await accept_requests(engine_of(request).db, by, behind, clock.now())
    return answer({})


@doing("/api/v1/notifications/requests/dismiss")
async def dismiss_many(request: AnyRequest) -> Answer:
    by = await viewer(request, "write:notifications")
    if behind := await _chosen(request, by):
        await dismiss_requests(engine_of(request).db, by, behind, clock.now())
    return answer({})


@get("/api/v1/notifications/requests/merged")
async def merged(request: AnyRequest) -> Answer:
    """Always: accepting shows them in its own transaction."""
    await viewer(request, "read:notifications")
    return answer({"merged": True})


routes = [
    policy, change_policy, first_policy, change_first_policy, requests, one, accept, dismiss, accept_many, dismiss_many,
    merged,
]

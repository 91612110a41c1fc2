"""docs.joinmastodon.org/methods/lists, and the timelines of lists."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath

from ... import clock
from ...actions import keep_list
from ...ids import MAX_ID
from ...model.list import List, Replies
from ...model.paging import Window
from ...store import accounts, lists, timelines
from ..requests import AnyRequest, engine_of, id_in_path, ids_given, parameters, viewer, window
from .answers import Answer, account_page, answer, doing, status_page


class Given(msgspec.Struct):
    """A list as clients write it."""

    title: str | None = None
    replies_policy: str | None = None
    exclusive: bool | None = None


class Members(msgspec.Struct):
    """Who goes into a list, or out of it."""

    account_ids: list[str | int] | str | int = []


def _entity(kept: List) -> dict[str, Any]:
    """docs.joinmastodon.org/entities/List."""
    return {
        "id": str(kept.id), "title": kept.title, "replies_policy": kept.replies.value, "exclusive": kept.exclusive}


@get("/api/v1/lists")
async def many(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:lists")
    return answer([_entity(kept) for kept in await lists.of_owner(engine_of(request).db, by.id)])


@get("/api/v1/lists/{list_id:str}")
async def one(request: AnyRequest, list_id: FromPath[str]) -> Answer:
    by = await viewer(request, "read:lists")
    return answer(_entity(await lists.get(engine_of(request).db, id_in_path(list_id), by.id)))


@doing("/api/v1/lists")
async def keep(request: AnyRequest) -> Answer:
    by = await viewer(request, "write:lists")
    given = await parameters(request, Given)
    return answer(_entity(await keep_list.keep_list(
        engine_of(request).db, by, clock.now(), title=given.title or "", exclusive=bool(given.exclusive),
        replies=Replies.LIST if given.replies_policy is None else given.replies_policy)))


@put("/api/v1/lists/{list_id:str}")
async def change(request: AnyRequest, list_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:lists")
    given = await parameters(request, Given)
    return answer(_entity(await keep_list.change_list(
        engine_of(request).db, by, id_in_path(list_id), title=given.title, replies=given.replies_policy,
        exclusive=given.exclusive)))


@delete("/api/v1/lists/{list_id:str}", status_code=200)
async def drop(request: AnyRequest, list_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:lists")
    await keep_list.drop_list(engine_of(request).db, by, id_in_path(list_id))
    return answer({})


@get("/api/v1/lists/{list_id:str}/accounts")
async def members(request: AnyRequest, list_id: FromPath[str]) -> Answer:
    by = await viewer(request, "read:lists")
    db = engine_of(request).db
    kept = await lists.get(db, id_in_path(list_id), by.id)
    if request.query_params.get("limit") == "0":  # everybody at once
        found, _ = await lists.members(db, kept.id, Window(limit=MAX_ID))
        return await account_page(request, found)
    page = window(request, default=40, most=80)
    found, ids = await lists.members(db, kept.id, page)
    return await account_page(request, found, ids, page)


@post("/api/v1/lists/{list_id:str}/accounts", status_code=200)
async def add(request: AnyRequest, list_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:lists")
    given = await parameters(request, Members)
    await keep_list.add_to_list(engine_of(request).db, by, id_in_path(list_id), ids_given(given.account_ids))
    return answer({})


@delete("/api/v1/lists/{list_id:str}/accounts", status_code=200)
async def remove(request: AnyRequest, list_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:lists")
    given = await parameters(request, Members)
    await keep_list.remove_from_list(engine_of(request).db, by, id_in_path(list_id), ids_given(given.account_ids))
    return answer({})


@get("/api/v1/accounts/{account_id:str}/lists")
async def having(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer(request, "read:lists")
    db = engine_of(request).db
    target = await accounts.visible(db, id_in_path(account_id), by.id)
    return answer([_entity(kept) for kept in await lists.having(db, by.id, target.id)])


@get("/api/v1/timelines/list/{list_id:str}")
async def timeline(request: AnyRequest, list_id: FromPath[str]) -> Answer:
    by = await viewer(request, "read:lists")
    db, page = engine_of(request).db, window(request)
    kept = await lists.get(db, id_in_path(list_id), by.id)
    return await status_page(request, by, await timelines.of_list(db, kept, page, clock.now()), page)


routes = [many, one, keep, change, drop, members, add, remove, having, timeline]

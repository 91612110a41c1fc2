"""docs.joinmastodon.org/methods/collections (Mastodon 4.6)."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import delete, get, patch
from litestar.params import FromPath
from msgspec import UNSET, UnsetType

from ... import clock
from ...actions import keep_collection as acts
from ...errors import Invalid, NotFound
from ...model.collection import Collection
from ...store import accounts
from ...store import collections as kept_collections
from ..requests import AnyRequest, engine_of, id_in_path, ids_given, parameters, viewer, viewer_or_visitor
from . import entities
from .answers import Answer, answer, doing, identity

_MOST_SHOWN = 80


class Given(msgspec.Struct):
    """A collection as clients write it."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    tag_name: str | UnsetType = UNSET
    sensitive: bool | UnsetType = UNSET
    discoverable: bool | UnsetType = UNSET
    account_ids: list[str | int] | str | int = []

    def fields(self) -> dict[str, Any]:
        """What was given, by our names."""
        named = {"tag": self.tag_name} | {
            name: getattr(self, name) for name in ("name", "description", "language", "sensitive", "discoverable")}
        return {name: value for name, value in named.items() if value is not UNSET}


class Whom(msgspec.Struct):
    """Who goes in."""

    account_id: str | int = ""


class Slice(msgspec.Struct):
    """Which of several."""

    limit: int = 40
    offset: int = 0


@doing("/api/v1/collections")
async def keep(request: AnyRequest) -> Answer:
    by, engine = await viewer(request, "write:collections"), engine_of(request)
    given = await parameters(request, Given)
    kept = await acts.keep_collection(engine.db, by, clock.now(), ids_given(given.account_ids), **given.fields())
    return answer({"collection": (await entities.collections(engine.db, [kept], by.id, engine.base_url))[0]})


@get("/api/v1/collections/{collection_id:str}")
async def one(request: AnyRequest, collection_id: FromPath[str]) -> Answer:
    by, engine = await viewer_or_visitor(request, "read:collections"), engine_of(request)
    kept = await kept_collections.get(engine.db, id_in_path(collection_id), identity(by))
    items = (await kept_collections.items(engine.db, [kept.id], identity(by))).get(kept.id, [])
    ids = list(dict.fromkeys([kept.owner_id, *(item.account_id for item in items)]))
    persons = await accounts.by_ids(engine.db, ids)
    faces = await entities.accounts(engine.db, persons.values(), engine.base_url)
    return answer({
        "accounts": [faces[i] for i in ids if i in faces],
        "collection": entities.collection(kept, items, engine.base_url)})


async def _several(request: AnyRequest, found: list[Collection], by: int, asked: Slice) -> Answer:
    engine = engine_of(request)
    shown = found[: asked.limit]
    links = []
    address = engine.base_url + request.scope["path"]
    if len(found) > asked.limit:
        links.append(f'<{address}?limit={asked.limit}&offset={asked.offset + asked.limit}>; rel="next"')
    if asked.offset:
        links.append(f'<{address}?limit={asked.limit}&offset={max(0, asked.offset - asked.limit)}>; rel="prev"')
    return answer(
        {"collections": await entities.collections(engine.db, shown, by, engine.base_url)},
        {"Link": ", ".join(links)} if links else None)


async def _slice(request: AnyRequest) -> Slice:
    asked = await parameters(request, Slice)
    if asked.offset < 0 or asked.offset > 100_000:
        raise Invalid("offset must be a number from 0 to 100000", "offset")
    return Slice(max(1, min(asked.limit, _MOST_SHOWN)), asked.offset)


@get("/api/v1/accounts/{account_id:str}/collections")
async def of_account(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by, db = await viewer_or_visitor(request, "read:collections"), engine_of(request).db
    asked = await _slice(request)
    owner = await accounts.visible(db, id_in_path(account_id), identity(by))
    found = await kept_collections.of_owner(db, owner.id, identity(by), asked.limit + 1, asked.offset)
    return await _several(request, found, identity(by), asked)


@get("/api/v1/accounts/{account_id:str}/in_collections")
async def having(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by, db = await viewer(request, "read:collections"), engine_of(request).db
    asked = await _slice(request)
    if id_in_path(account_id) != by.id:  # in what somebody is, only they are told
        raise NotFound
    found = await kept_collections.having(db, by.id, asked.limit + 1, asked.offset)
    return await _several(request, found, by.id, asked)


@patch("/api/v1/collections/{collection_id:str}")
async def change(request: AnyRequest, collection_id: FromPath[str]) -> Answer:
    by, engine = await viewer(request, "write:collections"), engine_of(request)
    given = await parameters(request, Given)
    kept = await acts.change_collection(engine.db, by, id_in_path(collection_id), clock.now(), **given.fields())
    return answer({"collection": (await entities.collections(engine.db, [kept], by.id, engine.base_url))[0]})


@delete("/api/v1/collections/{collection_id:str}", status_code=200)
async def drop(request: AnyRequest, collection_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:collections")
    await acts.drop_collection(engine_of(request).db, by, id_in_path(collection_id))
    return answer({})


@doing("/api/v1/collections/{collection_id:str}/items")
async def add(request: AnyRequest, collection_id: FromPath[str]) -> Answer:
    by, db = await viewer(request, "write:collections"), engine_of(request).db
    given = (await parameters(request, Whom)).account_id
    if given == "":
        raise Invalid("`account_id` parameter is missing", "account_id")
    item = await acts.add_to_collection(
        db, by, id_in_path(collection_id), id_in_path(str(given)), clock.now())
    return answer({"collection_item": entities.collection_item(item)})


@delete("/api/v1/collections/{collection_id:str}/items/{item_id:str}", status_code=200)
async def remove(request: AnyRequest, collection_id: FromPath[str], item_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:collections")
    await acts.remove_from_collection(engine_of(request).db, by, id_in_path(collection_id), id_in_path(item_id))
    return answer({})


@doing("/api/v1/collections/{collection_id:str}/items/{item_id:str}/revoke")
async def leave(request: AnyRequest, collection_id: FromPath[str], item_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:collections")
    await acts.leave_collection(engine_of(request).db, by, id_in_path(collection_id), id_in_path(item_id))
    return answer({})


routes = [keep, one, of_account, having, change, drop, add, remove, leave]

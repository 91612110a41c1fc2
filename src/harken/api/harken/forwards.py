"""Passing posts on to friends, for programs; docs/api.md, "Passing on"."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from ... import clock
from ...actions.forward_post import MAX_AT_ONCE, forward_post, forwardable
from ...errors import Invalid
from ...ids import AccountId, PostId
from ...store import accounts, forwards, posts
from ..mastodon import entities
from ..mastodon.answers import answer
from ..requests import AnyRequest, count_post, engine_of, id_in_path, ids_given, link_header, parameters, viewer, window


class Given(msgspec.Struct):
    """To whom: the friends named, or all who have not had it."""

    account_ids: list[str | int] | str | int = []
    all_friends: bool = False


class Forwarded(msgspec.Struct):
    """Whom the post reached: Mastodon's Accounts."""

    accounts: list[msgspec.Raw]


class ForwardEntity(msgspec.Struct):
    """What somebody passed on to whoever asks: Mastodon's Account and Status. `id` pages."""

    id: str
    created_at: str
    account: msgspec.Raw
    status: msgspec.Raw


async def _named(request: AnyRequest, ids: list[AccountId]) -> Response[bytes]:
    engine = engine_of(request)
    known = await accounts.by_ids(engine.db, ids)
    shown = await entities.accounts(engine.db, list(known.values()), engine.base_url)
    return answer(Forwarded([shown[one] for one in ids if one in shown]))


@get("/api/harken/v1/statuses/{status_id:str}/forward")
async def candidates(request: AnyRequest, status_id: FromPath[str]) -> Response[bytes]:
    """Friends who have not had it: whom "all friends" would reach."""
    by = await viewer(request, "read:statuses")
    db = engine_of(request).db
    seen = await forwardable(db, by, PostId(id_in_path(status_id)))
    return await _named(request, await forwards.have_not_had(db, by.id, seen.id, MAX_AT_ONCE))


@post("/api/harken/v1/statuses/{status_id:str}/forward", status_code=200)
async def forward(request: AnyRequest, status_id: FromPath[str]) -> Response[bytes]:
    """Pass a post on."""
    by = await viewer(request, "write:statuses")
    given = await parameters(request, Given)
    ids = [AccountId(number) for number in ids_given(given.account_ids)]
    if bool(ids) == given.all_friends or len(ids) > MAX_AT_ONCE:
        raise Invalid(f"Give account_ids, at most {MAX_AT_ONCE}, or all_friends.", "account_ids")
    count_post(request, by)
    reached = await forward_post(
        engine_of(request).db, by, PostId(id_in_path(status_id)), clock.now(), None if given.all_friends else ids)
    return await _named(request, reached)


@get("/api/harken/v1/forwards")
async def received(request: AnyRequest) -> Response[bytes]:
    """What friends passed on to whoever asks, last first."""
    by = await viewer(request, "read:statuses")
    engine, page = engine_of(request), window(request)
    found = await forwards.received(engine.db, by.id, page, clock.now())
    seen = await posts.visible_by_ids(engine.db, [one.post_id for one in found], by.id)
    statuses = await entities.statuses(engine.db, list(seen.values()), by.id, engine.base_url)
    known = await accounts.by_ids(engine.db, {one.account_id for one in found})
    people = await entities.accounts(engine.db, list(known.values()), engine.base_url)
    return answer(
        [ForwardEntity(str(one.id), entities.moment(one.id), people[one.account_id], statuses[one.post_id])
         for one in found if one.account_id in people and one.post_id in statuses],
        link_header(request, engine.base_url, [one.id for one in found], full=len(found) >= page.limit))


routes = [candidates, forward, received]

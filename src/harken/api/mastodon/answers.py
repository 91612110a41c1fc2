"""How an answer leaves: encoded once, as bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import msgspec
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler

from ...errors import NotFound, RelatedNotFound
from ...model.account import Account
from ...model.paging import Window
from ...model.post import SeenPost
from ..requests import AnyRequest, engine_of, link_header
from . import entities

Answer: TypeAlias = Response[bytes]
_encoder = msgspec.json.Encoder()
Handler: TypeAlias = Callable[..., Awaitable[Answer]]


def doing(path: str) -> Callable[[Handler], HTTPRouteHandler]:
    """A handler of POST that answers 200, as Mastodon does, not 201."""
    return post(path, status_code=200)


def answer(value: Any, headers: dict[str, str] | None = None, status: int = 200) -> Answer:
    """`value` as JSON."""
    return Response(_encoder.encode(value), status_code=status, media_type="application/json", headers=headers)


def identity(viewer: Account | None) -> int:
    """The viewer's id, or 0 for a visitor: what the store's questions take."""
    return viewer.id if viewer else 0


async def status_page(
    request: AnyRequest, viewer: Account | None, posts: list[SeenPost], window: Window, ids: list[int] | None = None
) -> Answer:
    """A page of statuses with its Link header; `ids` page it where they are not the posts' own."""
    engine = engine_of(request)
    made = await entities.statuses(engine.db, posts, identity(viewer), engine.base_url)
    paging: Sequence[int] = [post.id for post in posts] if ids is None else ids
    return answer(list(made.values()), link_header(request, engine.base_url, paging, full=len(paging) >= window.limit))


async def one_status(request: AnyRequest, viewer: Account | None, seen: SeenPost) -> Answer:
    """One status."""
    engine = engine_of(request)
    return answer(await entities.status(engine.db, seen, identity(viewer), engine.base_url))


async def account_page(
    request: AnyRequest, found: list[Account], ids: list[int] | None = None, window: Window | None = None
) -> Answer:
    """A list of accounts, with a Link header where `ids` page it."""
    engine = engine_of(request)
    faces = await entities.accounts(engine.db, found, engine.base_url)
    headers = link_header(request, engine.base_url, ids, full=len(ids) >= window.limit) if ids and window else None
    return answer([faces[account.id] for account in found], headers)


def record_not_found(request: Request[Any, Any, Any], error: NotFound) -> Answer:
    """The same words for what is not there and for what is hidden; others for what the input refers to."""
    return answer({"error": error.message if isinstance(error, RelatedNotFound) else "Record not found"}, status=404)

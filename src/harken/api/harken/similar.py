"""More like this, for programs; docs/api.md, "More like this"."""

from __future__ import annotations

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from ... import clock
from ...errors import Invalid
from ...search.search import more_like
from ...store import posts
from ..mastodon import entities
from ..mastodon.answers import answer, identity
from ..requests import AnyRequest, engine_of, id_in_path, parameters, viewer_or_visitor

SHOWN = 20
MOST_SHOWN = 40


class Asked(msgspec.Struct):
    """How many posts to give."""

    limit: int = SHOWN


class Similar(msgspec.Struct):
    """The answer, most alike first. `statuses` and `same` are Mastodon's Statuses; `same` say nearly the same words."""

    words: list[str]
    statuses: list[msgspec.Raw]
    same: list[msgspec.Raw]


@get("/api/harken/v1/statuses/{status_id:str}/similar")
async def similar(request: AnyRequest, status_id: FromPath[str]) -> Response[bytes]:
    """Posts like this one, as far as the viewer may find them."""
    by = await viewer_or_visitor(request, "read:search")
    asked = await parameters(request, Asked)
    if not 1 <= asked.limit <= MOST_SHOWN:
        raise Invalid(f"limit is a number from 1 to {MOST_SHOWN}.", "limit")
    engine, me = engine_of(request), identity(by)
    post = await posts.visible(engine.db, id_in_path(status_id), me)
    if post.boost_of_id:
        post = await posts.visible(engine.db, post.boost_of_id, me)
    found = await more_like(engine.db, post, by, asked.limit, clock.now())
    shown = await entities.statuses(engine.db, [*found.posts, *found.same], me, engine.base_url)
    return answer(Similar(
        words=list(found.words), statuses=[shown[one.id] for one in found.posts],
        same=[shown[one.id] for one in found.same]))


routes = [similar]

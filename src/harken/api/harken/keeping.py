"""Stars, and words to sort bookmarks by, for programs; docs/api.md, "Stars" and "Bookmarks"."""

from __future__ import annotations

import msgspec
from litestar import Response, delete, get, post, put
from litestar.params import FromPath

from ... import clock
from ...actions.rate_post import rate_post, take_stars_back
from ...actions.sort_bookmark import sort_bookmark
from ...ids import PostId
from ...model.account import Account
from ...store import bookmark_tags, posts, ratings
from ..mastodon.answers import answer, identity
from ..requests import AnyRequest, engine_of, id_in_path, parameters, viewer, viewer_or_visitor


class Given(msgspec.Struct):
    """How many stars."""

    stars: int = 0


class Words(msgspec.Struct):
    """The words of a bookmark."""

    tags: list[str] | str = []


class RatingEntity(msgspec.Struct):
    """What a post was given; `average` is null without any, `mine` for who gave none."""

    count: int
    average: float | None
    mine: int | None


class TagEntity(msgspec.Struct):
    """A word, and how many bookmarks have it."""

    name: str
    count: int


async def _rating(request: AnyRequest, by: Account | None, post_id: int) -> Response[bytes]:
    db = engine_of(request).db
    seen = await posts.visible(db, post_id, identity(by))
    found = (await ratings.of_posts(db, [seen.id], identity(by))).get(seen.id)
    if found is None:
        return answer(RatingEntity(0, None, None))
    return answer(RatingEntity(found.number, round(found.average, 2), found.mine or None))


@get("/api/harken/v1/statuses/{status_id:str}/rating")
async def rating(request: AnyRequest, status_id: FromPath[str]) -> Response[bytes]:
    """The stars of a post."""
    by = await viewer_or_visitor(request, "read:statuses")
    return await _rating(request, by, id_in_path(status_id))


@post("/api/harken/v1/statuses/{status_id:str}/rating", status_code=200)
async def give(request: AnyRequest, status_id: FromPath[str]) -> Response[bytes]:
    """Give one to five stars."""
    by = await viewer(request, "write:favourites")
    given = await parameters(request, Given)
    await rate_post(engine_of(request).db, by, PostId(id_in_path(status_id)), given.stars)
    return await _rating(request, by, id_in_path(status_id))


@delete("/api/harken/v1/statuses/{status_id:str}/rating", status_code=200)
async def take_back(request: AnyRequest, status_id: FromPath[str]) -> Response[bytes]:
    """Take one's stars back."""
    by = await viewer(request, "write:favourites")
    await take_stars_back(engine_of(request).db, by, PostId(id_in_path(status_id)))
    return await _rating(request, by, id_in_path(status_id))


@get("/api/harken/v1/bookmark_tags")
async def tags(request: AnyRequest) -> Response[bytes]:
    """The words by which the member sorts bookmarks."""
    by = await viewer(request, "read:bookmarks")
    counted = await bookmark_tags.counted(engine_of(request).db, by.id)
    return answer([TagEntity(name, number) for _key, name, number in counted])


@put("/api/harken/v1/statuses/{status_id:str}/bookmark_tags")
async def sort(request: AnyRequest, status_id: FromPath[str]) -> Response[bytes]:
    """Give a bookmark these words and no others; a post that is none becomes one."""
    by = await viewer(request, "write:bookmarks")
    given = (await parameters(request, Words)).tags
    db, post_id = engine_of(request).db, PostId(id_in_path(status_id))
    await sort_bookmark(db, by, post_id, [given] if isinstance(given, str) else given[:100], clock.now())
    names = (await bookmark_tags.of_posts(db, by.id, [post_id])).get(post_id, [])
    return answer([TagEntity(name, 1) for name in names])


routes = [rating, give, take_back, tags, sort]

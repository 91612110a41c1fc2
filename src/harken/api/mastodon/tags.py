"""docs.joinmastodon.org/methods/tags, followed_tags, featured_tags."""

from __future__ import annotations

import msgspec
from litestar import delete, get
from litestar.params import FromPath

from ... import clock
from ...actions import feature, follow_tag
from ...errors import NotFound
from ...ids import parse_id
from ...model.account import Account
from ...store import accounts, tags
from ...text import markup
from ..requests import AnyRequest, engine_of, id_in_path, link_header, parameters, viewer, viewer_or_visitor, window
from . import entities
from .answers import Answer, answer, doing, identity

MAX_SUGGESTED = 10


class Named(msgspec.Struct):
    """A tag to feature."""

    name: str = ""


def _key(name: str) -> str:
    """The folded name of a tag in a path. Raises NotFound for what cannot be one."""
    name = name.lstrip("#＃")
    if not markup.is_tag(name):
        raise NotFound
    return markup.tag_key(name)


async def _shown(request: AnyRequest, key: str, by: Account | None) -> Answer:
    engine = engine_of(request)
    return answer((await entities.tags(engine.db, [key], identity(by), engine.base_url))[0])


@get("/api/v1/tags/{name:str}")
async def one(request: AnyRequest, name: FromPath[str]) -> Answer:
    return await _shown(request, _key(name), await viewer_or_visitor(request, ""))


@doing("/api/v1/tags/{name:str}/follow")
async def follow(request: AnyRequest, name: FromPath[str]) -> Answer:
    by = await viewer(request, "write:follows")
    await follow_tag.follow_tag(engine_of(request).db, by, _key(name), clock.now())
    return await _shown(request, _key(name), by)


@doing("/api/v1/tags/{name:str}/unfollow")
async def unfollow(request: AnyRequest, name: FromPath[str]) -> Answer:
    by = await viewer(request, "write:follows")
    await follow_tag.unfollow_tag(engine_of(request).db, by, _key(name))
    return await _shown(request, _key(name), by)


@doing("/api/v1/tags/{name:str}/feature")
async def feature_(request: AnyRequest, name: FromPath[str]) -> Answer:
    by = await viewer(request, "write:accounts")
    await feature.feature_tag(engine_of(request).db, by, name, clock.now())
    return await _shown(request, _key(name), by)


@doing("/api/v1/tags/{name:str}/unfeature")
async def unfeature(request: AnyRequest, name: FromPath[str]) -> Answer:
    by = await viewer(request, "write:accounts")
    await feature.unfeature_tag(engine_of(request).db, by, _key(name))
    return await _shown(request, _key(name), by)


@get("/api/v1/followed_tags")
async def followed(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:follows")
    engine, page = engine_of(request), window(request, default=100, most=200)
    found = await tags.followed(engine.db, by.id, page)
    made = await entities.tags(engine.db, [one.tag for one in found], by.id, engine.base_url)
    return answer(made, link_header(request, engine.base_url, [one.id for one in found], full=len(found) >= page.limit))


# ---- tags on profiles --------------------------------------------------------------


async def _featured(request: AnyRequest, owner: Account) -> Answer:
    engine = engine_of(request)
    found = await tags.featured(engine.db, owner.id)
    return answer([entities.featured_tag(one, owner, engine.base_url) for one in found])


@get("/api/v1/featured_tags")
async def own_featured(request: AnyRequest) -> Answer:
    return await _featured(request, await viewer(request, "read:accounts"))


@get("/api/v1/accounts/{account_id:str}/featured_tags")
async def featured_of(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer_or_visitor(request, "read:accounts")
    return await _featured(request, await accounts.visible(
        engine_of(request).db, id_in_path(account_id), identity(by)))


@doing("/api/v1/featured_tags")
async def add_featured(request: AnyRequest) -> Answer:
    by = await viewer(request, "write:accounts")
    name = (await parameters(request, Named)).name
    engine = engine_of(request)
    made = await feature.feature_tag(engine.db, by, name, clock.now(), again=False)
    return answer(entities.featured_tag(made, by, engine.base_url))


@delete("/api/v1/featured_tags/{featured_id:str}", status_code=200)
async def remove_featured(request: AnyRequest, featured_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:accounts")
    db, number = engine_of(request).db, parse_id(featured_id)
    known = next((one for one in await tags.featured(db, by.id) if one.id == number), None)
    if known is None:
        raise NotFound
    await feature.unfeature_tag(db, by, known.tag)
    return answer({})


@get("/api/v1/featured_tags/suggestions")
async def suggestions(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:accounts")
    engine = engine_of(request)
    names = await tags.written_by(engine.db, by.id, MAX_SUGGESTED)
    return answer(await entities.tags(engine.db, names, by.id, engine.base_url))


routes = [
    one, follow, unfollow, feature_, unfeature, followed, own_featured, featured_of, add_featured, remove_featured,
    suggestions,
]

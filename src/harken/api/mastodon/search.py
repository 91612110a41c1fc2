"""docs.joinmastodon.org/methods/search."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get
from litestar.params import FromPath

from ... import clock
from ...ids import parse_id
from ...model.account import Account
from ...model.paging import Window
from ...model.post import SeenPost
from ...search.search import find
from ...store import accounts, posts, tags
from ...text import markup
from ..requests import AnyRequest, engine_of, id_in_path, parameters, viewer, viewer_or_visitor, window
from . import entities
from .answers import Answer, answer, identity

MAX_QUERY = 1000
MAX_OFFSET = 4000


class Query(msgspec.Struct):
    """What to search, and where."""

    q: str = ""
    type: str = ""
    resolve: bool = False
    following: bool = False
    account_id: str = ""
    exclude_unreviewed: bool = False
    offset: int = 0


async def _search_statuses(request: AnyRequest, by: Account | None, asked: Query, page: Window) -> list[SeenPost]:
    """Statuses by Harken's own query language, which contains Mastodon's. Raises BadQuery."""
    engine = engine_of(request)
    query = asked.q
    if asked.account_id:
        author = await accounts.visible(engine.db, id_in_path(asked.account_id), identity(by))
        query = f"({query}) from:{author.address}"
    offset = max(0, min(asked.offset, MAX_OFFSET))
    widened = msgspec.structs.replace(page, limit=page.limit + offset)
    # Clients cannot show what is folded behind a post, so nothing is.
    found = await find(engine.db, query, by, widened, clock.now(), fold=False)
    return list(found.posts[offset:])


async def _found_by_address(request: AnyRequest, by: Account | None, url: str) -> tuple[list[Account], list[SeenPost]]:
    """What of this server an address means: clients paste links into the search box."""
    engine = engine_of(request)
    name, _, post_id = url.removeprefix(f"{engine.base_url}/@").partition("/")
    if post_id:
        number = parse_id(post_id)
        seen = await posts.visible_by_ids(engine.db, [] if number is None else [number], identity(by))
        return [], list(seen.values())
    found = await accounts.by_names(engine.db, [name.lower()])
    return list(found.values()), []


async def _search(request: AnyRequest, by: Account | None) -> tuple[list[Account], list[SeenPost], list[str], str]:
    """(people, posts, tags, base URL) of a search."""
    asked = await parameters(request, Query)
    engine = engine_of(request)
    page = window(request)
    asked.q = asked.q.strip()[:MAX_QUERY]
    if not asked.q:
        return [], [], [], engine.base_url
    if asked.q.startswith(f"{engine.base_url}/@"):
        people, seen = await _found_by_address(request, by, asked.q)
        return people, seen, [], engine.base_url
    people, seen, names = [], [], []
    offset = max(0, min(asked.offset, MAX_OFFSET))
    if asked.type in ("", "accounts"):
        people = await accounts.search(engine.db, asked.q[:200], identity(by), page.limit, offset, asked.following)
    if asked.type == "statuses" or (asked.type == "" and by is not None):
        seen = await _search_statuses(request, by, asked, page)
    if asked.type in ("", "hashtags"):
        key = markup.tag_key(asked.q)
        names = (await tags.findable(engine.db, key, identity(by), page.limit + offset, clock.now()))[offset:]
    return people, seen, names, engine.base_url


async def _made(
    request: AnyRequest, by: Account | None
) -> tuple[list[msgspec.Raw], list[entities.Status], list[str], str]:
    people, seen, names, base_url = await _search(request, by)
    db = engine_of(request).db
    faces = await entities.accounts(db, people, base_url)
    statuses = await entities.statuses(db, seen, identity(by), base_url)
    return [faces[person.id] for person in people], statuses, names, base_url


@get("/api/v2/search")
async def v2(request: AnyRequest) -> Answer:
    by = await viewer_or_visitor(request, "read:search")
    people, statuses, names, base_url = await _made(request, by)
    made: dict[str, Any] = {
        "accounts": people, "statuses": statuses, "hashtags": [entities.tag(name, base_url) for name in names]}
    return answer(made)


@get("/api/v1/search")
async def v1(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:search")
    people, statuses, names, _ = await _made(request, by)
    return answer({"accounts": people, "statuses": statuses, "hashtags": names})


@get("/api/v1/tags/{name:str}")
async def tag(request: AnyRequest, name: FromPath[str]) -> Answer:
    return answer(entities.tag(name, engine_of(request).base_url))


routes = [v2, v1, tag]

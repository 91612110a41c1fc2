"""docs.joinmastodon.org/methods/search."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from litestar import get

from ... import clock
from ...errors import Invalid, NotFound, NotSignedIn
from ...ids import parse_id
from ...model.account import Account
from ...model.paging import Window
from ...model.post import SeenPost
from ...search.query import parse
from ...search.search import find
from ...store import accounts, posts, tags
from ...text import markup
from ..requests import AnyRequest, engine_of, id_in_path, parameters, viewer, viewer_or_visitor, window
from . import entities
from .answers import Answer, answer, identity

MAX_OFFSET = 4000
_OWN_PATH = re.compile(r"/(?:@(?P<name>[^/?#]+)|users/(?P<id>\d+))(?:/(?:posts/)?(?P<post>\d+))?/?")


class Query(msgspec.Struct):
    """What to search, and where. `exclude_unreviewed` changes nothing: tags are not reviewed here, all may be found."""

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
        # By itself first: so a fault is pointed at where it was written, and `a) OR (b` asks for no other author.
        parse(query, clock.now())
        author = await accounts.visible(engine.db, id_in_path(asked.account_id), identity(by))
        query = f"({query}) from:{author.address}"
    offset = _offset(asked)
    widened = msgspec.structs.replace(page, limit=page.limit + offset)
    # Clients cannot show what is folded behind a post, so nothing is.
    found = await find(engine.db, query, by, widened, clock.now(), fold=False)
    return list(found.posts[offset:])


def _offset(asked: Query) -> int:
    """How many results to skip. Raises Invalid where it reaches further than offsets do."""
    if not 0 <= asked.offset <= MAX_OFFSET:
        raise Invalid(f"offset goes from 0 to {MAX_OFFSET}; max_id goes on from there", "offset")
    return asked.offset


async def _found_by_address(
    request: AnyRequest, by: Account | None, path: re.Match[str]
) -> tuple[list[Account], list[SeenPost]]:
    """What of this server an address means: clients paste links and URIs into the search box."""
    db = engine_of(request).db
    if path["post"]:
        number = parse_id(path["post"])
        return [], list((await posts.visible_by_ids(db, [number] if number else [], identity(by))).values())
    if path["name"]:
        return list((await accounts.by_names(db, [path["name"].lower()])).values()), []
    try:
        return [await accounts.visible(db, id_in_path(path["id"]), identity(by))], []
    except NotFound:
        return [], []


async def _search(request: AnyRequest, by: Account | None) -> tuple[list[Account], list[SeenPost], list[str], str]:
    """(people, posts, tags, base URL) of a search."""
    asked = await parameters(request, Query)
    engine = engine_of(request)
    page = window(request)
    offset = _offset(asked)
    if by is None and (offset or asked.resolve):
        what = "pagination" if offset else "that resolve remote resources"
        raise NotSignedIn(f"Search queries {what} are not supported without authentication")
    asked.q = asked.q.replace("\0", "").strip()  # no text has that, and PostgreSQL refuses it
    if not asked.q:
        return [], [], [], engine.base_url
    if asked.q.startswith(engine.base_url) and (path := _OWN_PATH.fullmatch(asked.q, len(engine.base_url))):
        people, seen = await _found_by_address(request, by, path)
        return people, seen, [], engine.base_url
    people, seen, names = [], [], []
    if asked.type in ("", "accounts"):
        # A member's whole address is that of nobody else, however it is written.
        name = asked.q[:200].lower().removesuffix("@" + engine.base_url.split("://", 1)[1].lower())
        people = await accounts.search(engine.db, name, identity(by), page.limit, offset, asked.following)
    if asked.type == "statuses" or (asked.type == "" and by is not None):
        seen = await _search_statuses(request, by, asked, page)
    if asked.type in ("", "hashtags"):
        key = markup.tag_key(asked.q)
        names = (await tags.findable(engine.db, key, identity(by), page.limit + offset, clock.now()))[offset:]
    return people, seen, names, engine.base_url


async def _made(
    request: AnyRequest, by: Account | None
) -> tuple[list[msgspec.Raw], list[msgspec.Raw], list[str], str]:
    people, seen, names, base_url = await _search(request, by)
    db = engine_of(request).db
    faces = await entities.accounts(db, people, base_url)
    statuses = await entities.statuses(db, seen, identity(by), base_url)
    return [faces[person.id] for person in people], list(statuses.values()), names, base_url


@get("/api/v2/search")
async def v2(request: AnyRequest) -> Answer:
    by = await viewer_or_visitor(request, "read:search")
    people, statuses, names, base_url = await _made(request, by)
    made: dict[str, Any] = {
        "accounts": people, "statuses": statuses,
        "hashtags": await entities.tags(engine_of(request).db, names, identity(by), base_url)}
    return answer(made)


@get("/api/v1/search")
async def v1(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:search")
    people, statuses, names, _ = await _made(request, by)
    return answer({"accounts": people, "statuses": statuses, "hashtags": names})


routes = [v2, v1]

"""The feeds there are: every query, every tag, every account, as a visitor finds and sees them; and every ear."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode

from litestar import Response, get
from litestar.params import FromPath

from ... import clock
from ...errors import Gone, Invalid, NotFound
from ...model.account import Account, State
from ...model.post import SeenPost
from ...search import heard
from ...search.search import find
from ...store import accounts, ears, timelines
from ...text.markup import tag_key
from ..requests import AnyRequest, engine_of, window
from .answers import answered, parted
from .feed import MOST, SIZE, feed_of, may_be_read

MAX_QUERY = 1000


def here(request: AnyRequest, **changed: str) -> str:
    """The address asked for, as a path with its query; `changed` parameters replace those given."""
    given = [
        (name, value) for name, value in parse_qsl(request.scope["query_string"].decode("latin-1"))
        if name in ("q", "limit", "max_id") and name not in changed]
    query = urlencode([*given, *changed.items()])
    return quote(request.scope["path"], safe="/@:") + (f"?{query}" if query else "")


def _older(request: AnyRequest, seen: list[SeenPost], limit: int) -> str:
    return here(request, max_id=str(seen[-1].id)) if len(seen) >= limit else ""


@get("/feeds/{name:str}")
async def search(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """`/feeds/search.atom?q=…` (or .json, .rss): what a visitor finds. Raises BadQuery, NotYet, Invalid."""
    stem, kind = parted(name)
    if stem != "search" or not kind:
        raise NotFound("There is no such feed.")
    text = (request.query_params.get("q") or "").strip()
    if not text or len(text) > MAX_QUERY:
        raise Invalid(f"q must hold what to search for, in at most {MAX_QUERY} characters.", "q")
    engine, page = engine_of(request), window(request, SIZE, MOST)
    found = await find(engine.db, text, None, page, clock.now(), fold=False)
    # The best of a search are not ordered by id, which pages need: there is one page of them.
    older = "" if found.query.order == "top" else _older(request, found.posts, page.limit)
    made = await feed_of(
        engine.db, engine.base_url, found.posts, title=f"{text} · {engine.settings.title}",
        page=f"/search?{urlencode({'q': text})}", address=here(request), older=older)
    return answered(request, made, kind)


@get("/feeds/ears/{name:str}", include_in_schema=False)
async def ear(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """`/feeds/ears/SECRET.atom`: what an ear heard, to whoever its owner gave the address. Raises NotFound.

    A feed reader often is a service of somebody else's, so what an author says
    to followers only, or as a protected account, stays out.
    """
    key, kind = parted(name)
    engine, page, now = engine_of(request), window(request, SIZE, MOST), clock.now()
    found = await ears.get_by_feed_key(engine.db, key)
    owner = await accounts.get(engine.db, found.owner_id)
    if not owner.signs_in:
        raise NotFound("There is no such feed.")
    hearing = await heard.page(engine.db, found, owner, page, now, for_all=True)
    older = here(request, max_id=str(hearing.ids[-1])) if len(hearing.ids) >= page.limit else ""
    made = await feed_of(
        engine.db, engine.base_url, hearing.posts, title=f"{found.name} · {engine.settings.title}",
        page=f"/ears/{found.id}", address=here(request), older=older, since=found.saved_at, private=True,
        because=hearing.because)
    return answered(request, made, kind)


async def tag(request: AnyRequest, name: str, kind: str) -> Response[bytes]:
    """`/tags/NAME.atom`: public posts with a tag. The page of the tag hands these requests on."""
    key = tag_key(name)
    if not key:
        raise NotFound("There is no such tag.")
    engine, page = engine_of(request), window(request, SIZE, MOST)
    seen = await timelines.tag(engine.db, key, 0, page, clock.now())
    made = await feed_of(
        engine.db, engine.base_url, seen, title=f"#{name} · {engine.settings.title}", page=f"/tags/{quote(key)}",
        address=here(request), older=_older(request, seen, page.limit))
    return answered(request, made, kind)


async def account(request: AnyRequest, handle: str, kind: str) -> Response[bytes]:
    """`/@name.atom`: what an account says to everybody, without replies to others. The profile hands these on.

    Raises NotFound (also for protected and hidden accounts), Gone for a deleted one.
    """
    engine, page = engine_of(request), window(request, SIZE, MOST)
    author = await _readable(request, handle)
    seen = await timelines.of_account(engine.db, author.id, 0, page, clock.now(), replies=False, boosts=False)
    made = await feed_of(
        engine.db, engine.base_url, [post for post in seen if may_be_read(post)],
        title=f"{author.shown_name} (@{author.address})", subtitle=author.bio, page=f"/@{author.address}",
        address=here(request), older=_older(request, seen, page.limit), about=author, since=author.created_at,
        noindex=author.noindex)
    return answered(request, made, kind)


async def _readable(request: AnyRequest, handle: str) -> Account:
    """The account of `name` or `name@host` whose posts anybody may read. Raises NotFound, Gone."""
    name, _, host = handle.partition("@")
    db = engine_of(request).db
    found = await accounts.find_by_name(db, name, host)
    if found is not None and found.state is State.DELETED:
        raise Gone("This account was deleted.")
    if found is None or found.protected:
        raise NotFound("There is no such feed.")
    return await accounts.visible(db, found.id, 0)


routes = [search, ear]

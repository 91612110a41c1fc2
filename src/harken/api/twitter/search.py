"""`/search.json` and `/search.atom` as search.twitter.com answered them in July 2008.

Ids are numbers beyond 2^53, so each has its text beside it (`id_str`); the
addresses in `refresh_url` and `next_page` are exact as they are. Cookies mean
nothing here: any page may load `callback=…` in a browser, so only a bearer
token says who asks, and everybody else is a visitor.
"""

from __future__ import annotations

import html
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import msgspec
from litestar import Response, get

from ... import clock
from ...errors import NotFound
from ...ids import MAX_ID, id_at
from ...model.account import VISIBLE_STATES, Account
from ...model.paging import Window
from ...model.post import SeenPost
from ...search.search import Found, find
from ...store import posts
from ...text import markup
from ..feeds.answers import conditional
from ..feeds.feed import Person, absolute_url, excerpt, persons
from ..feeds.xml import PROLOGUE, element, text, time
from ..requests import AnyRequest, engine_of, parameters, viewer_or_visitor
from .asked import MAX_DEPTH, Asked, identifier, query_of
from .calls import answered, checked

_MINUTE = 60_000
_NAMESPACES = {
    "xmlns": "http://www.w3.org/2005/Atom",
    "xmlns__openSearch": "http://a9.com/-/spec/opensearch/1.1/",
    "xmlns__twitter": "http://api.twitter.com/",
}


class Result(msgspec.Struct, kw_only=True):
    """One post in the old shape."""

    text: str
    to_user_id: int | None
    to_user_id_str: str | None
    to_user: str | None
    from_user: str
    id: int
    id_str: str
    from_user_id: int
    from_user_id_str: str
    iso_language_code: str
    source: str
    profile_image_url: str
    created_at: str
    geo: None = None


class Page(msgspec.Struct, kw_only=True):
    """A page of an answer, whatever it is written as."""

    asked: Asked
    query: str
    posts: list[SeenPost]
    more: bool
    since_id: int
    max_id: int
    number: int
    warning: str = ""


class Writing(msgspec.Struct, kw_only=True):
    """What is needed to write posts: their authors and whom they answer."""

    accounts: dict[int, Account]
    people: dict[int, Person]
    base_url: str
    show_user: bool

    def text(self, post: SeenPost) -> str:
        """The text with what stands before it: the warning of its author, and the author where wanted."""
        words = f"{post.spoiler}\n\n{post.text}" if post.spoiler else post.text
        return f"{self.accounts[post.author_id].address}: {words}" if self.show_user else words

    def picture(self, post: SeenPost) -> str:
        return self.people[post.author_id].picture or f"{self.base_url}/static/avatar.svg"

    def addressee(self, post: SeenPost) -> Account | None:
        """Whom the post answers, or begins by naming."""
        if post.in_reply_to_account_id:
            found = self.accounts.get(post.in_reply_to_account_id)
            return found if found and found.state in VISIBLE_STATES else None
        first = next(markup.tokens(post.text[:200]), None)
        if first is None or first.kind != "mention" or first.start:
            return None
        named = first.value.lower() + (f"@{first.host}" if first.host else "")
        there = (self.accounts[i] for i in post.mentions if i in self.accounts)
        return next((a for a in there if a.address.lower() == named and a.state in VISIBLE_STATES), None)

    def source(self, post: SeenPost) -> str:
        """The application as a link, its HTML escaped once more, as then; nothing where history does not say."""
        if not post.source:
            return "" if post.history else html.escape(f'<a href="{self.base_url}/">web</a>')
        name = html.escape(post.source)
        link = f'<a href="{html.escape(post.source_url)}">{name}</a>' if post.source_url else name
        return html.escape(link)


async def _page(request: AnyRequest) -> Page:
    """The page asked for. Raises BadQuery, Invalid, NotAllowed, NotFound, NotSignedIn, NotYet."""
    asked = await parameters(request, Asked)
    checked(asked.callback)
    has_token = request.headers.get("authorization", "").lower().startswith("bearer ")
    viewer = await viewer_or_visitor(request, "read:search") if has_token else None
    now = clock.now()
    number, size = asked.page_number, asked.results_per_page
    query = query_of(asked, now)
    since, pin = identifier("since_id", asked.since_id), identifier("max_id", asked.max_id)
    if since > id_at(clock.from_ms(clock.to_ms(now) + _MINUTE)):
        raise NotFound("since_id too recent, poll less frequently")
    window = Window(limit=number * size + 1, before=min(pin + 1, MAX_ID) if pin else MAX_ID, after=since)
    # Scripts cannot show what is folded behind a post, so nothing is.
    found = await find(engine_of(request).db, query, viewer, window, now, fold=False)
    shown = found.posts[(number - 1) * size : number * size]
    since, warning = _adjusted(since, found)
    # The best are not the newest, so what pins their pages is the moment they were chosen.
    newest = id_at(now) if found.query.order == "top" else max((post.id for post in found.posts), default=since or -1)
    return Page(
        asked=asked, query=query, posts=shown, number=number, since_id=since, warning=warning,
        more=len(found.posts) > number * size and (number + 1) * size <= MAX_DEPTH,
        # What an empty answer calls its newest is what its asker knows already; so polling goes on from there.
        max_id=pin or newest)


def _adjusted(since: int, found: Found) -> tuple[int, str]:
    """A `since_id` from before the first post here, as scripts bring along from elsewhere, and what is said of it."""
    if not since or found.covers.since is None:
        return since, ""
    first = id_at(found.covers.since) - 1
    if since >= first:
        return since, ""
    return first, (
        f"adjusted since_id to {first} ({found.covers.since:%Y-%m-%d %H:%M:%S} UTC), "
        "requested since_id was older than the first post here")


async def _writing(request: AnyRequest, page: Page) -> Writing:
    engine = engine_of(request)
    bundle = await posts.bundle(engine.db, page.posts, 0)
    people = await persons(engine.db, list(bundle.accounts.values()), engine.base_url)
    return Writing(
        accounts=bundle.accounts, people=people, base_url=engine.base_url, show_user=page.asked.shows_user)


def _address(request: AnyRequest, **first: int) -> str:
    """`?page=2&max_id=…&q=…`: the rest of the parameters as they were."""
    pairs = parse_qsl(request.scope["query_string"].decode("latin-1"))
    dropped = {"page", "callback", "max_id", *first}
    return "?" + urlencode([*first.items(), *((name, value) for name, value in pairs if name not in dropped)])


# ---- JSON ------------------------------------------------------------------------------


def _result(post: SeenPost, writing: Writing) -> Result:
    to = writing.addressee(post)
    return Result(
        text=writing.text(post), to_user_id=to.id if to else None, to_user_id_str=str(to.id) if to else None,
        to_user=to.address if to else None, from_user=writing.accounts[post.author_id].address,
        id=post.id, id_str=str(post.id), from_user_id=post.author_id, from_user_id_str=str(post.author_id),
        iso_language_code=(post.language or "und").partition("-")[0], source=writing.source(post),
        profile_image_url=writing.picture(post), created_at=format_datetime(post.created_at))


@get("/search.json")
async def search_json(request: AnyRequest) -> Response[bytes]:
    """The envelope of 2008; with `callback`, as a call of that function."""
    begun = clock.monotonic()
    page = await _page(request)
    writing = await _writing(request, page)
    made: dict[str, Any] = {
        "results": [_result(post, writing) for post in page.posts],
        "since_id": page.since_id, "since_id_str": str(page.since_id),
        "max_id": page.max_id, "max_id_str": str(page.max_id),
        "refresh_url": _address(request, since_id=page.max_id),
        "results_per_page": page.asked.results_per_page,
        "page": page.number,
        "query": quote_plus(page.query),
    }
    if page.more:
        made["next_page"] = _address(request, page=page.number + 1, max_id=page.max_id)
    if page.number > 1:
        made["previous_page"] = _address(request, page=page.number - 1, max_id=page.max_id)
    if page.warning:
        made["warning"] = page.warning
    made["completed_in"] = round(clock.monotonic() - begun, 6)
    return answered(made, page.asked.callback)


# ---- Atom ------------------------------------------------------------------------------


def _entry(post: SeenPost, writing: Writing, host: str) -> str:
    author, base_url = writing.accounts[post.author_id], writing.base_url
    content = markup.absolute(post.html, base_url)
    if post.spoiler:
        content = f"<p><strong>{html.escape(post.spoiler)}</strong></p><hr>{content}"
    return element(
        "entry",
        text("id", f"tag:{host},2005:{post.id}"),
        text("published", time(post.created_at)),
        element("link", type="text/html", rel="alternate", href=absolute_url(post.url, base_url)),
        text("title", excerpt(writing.text(post)) or "…"),
        text("content", content, type="html"),
        text("updated", time(post.edited_at or post.created_at)),
        element("link", rel="image", href=writing.picture(post)),
        text("twitter:source", html.unescape(writing.source(post))),
        text("twitter:lang", (post.language or "und").partition("-")[0]),
        element(
            "author", text("name", f"{author.address} ({author.shown_name})"),
            text("uri", absolute_url(author.url, base_url))))


@get("/search.atom")
async def search_atom(request: AnyRequest) -> Response[bytes]:
    """The same as a feed, with the links `refresh`, `next` and `previous` of then."""
    page = await _page(request)
    writing = await _writing(request, page)
    engine = engine_of(request)
    here, host = f"{engine.base_url}/search.atom", urlsplit(engine.base_url).netloc
    page_for_people = f"{engine.base_url}/search?{urlencode({'q': page.query})}"
    newest = max((post.edited_at or post.created_at for post in page.posts), default=clock.EPOCH)
    atom = "application/atom+xml"
    parts = [
        text("id", f"tag:{host},2005:search/{quote_plus(page.query)}"),
        element("link", type="text/html", rel="alternate", href=page_for_people),
        element("link", type=atom, rel="self", href=here + "?" + request.scope["query_string"].decode("latin-1")),
        text("title", f"{page.query} - {engine.settings.title}"),
        element("link", type=atom, rel="refresh", href=here + _address(request, since_id=page.max_id)),
        text("twitter:warning", page.warning) if page.warning else "",
        text("updated", time(newest)),
        text("openSearch:itemsPerPage", str(page.asked.results_per_page)),
        text("openSearch:startIndex", str((page.number - 1) * page.asked.results_per_page + 1)),
    ]
    if page.more:
        address = here + _address(request, page=page.number + 1, max_id=page.max_id)
        parts.append(element("link", type=atom, rel="next", href=address))
    if page.number > 1:
        address = here + _address(request, page=page.number - 1, max_id=page.max_id)
        parts.append(element("link", type=atom, rel="previous", href=address))
    parts += [_entry(post, writing, host) for post in page.posts]
    body = PROLOGUE + element("feed", "\n", "\n".join(part for part in parts if part), "\n", **_NAMESPACES)
    response = conditional(request, body.encode(), atom, private=True)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


routes = [search_json, search_atom]

"""One stream of events for a browser: its home, its searches, its notifications.

All tabs of a browser share it (static/live-worker.js), because over HTTP/1.1
a browser opens six connections to a server and a stream takes one for good.
The stream begins now; a page asks for what it missed when the stream opens.
"""

from __future__ import annotations

import weakref
from collections.abc import AsyncIterator

import msgspec
from litestar import get
from litestar.response import Stream

from ..api.requests import AnyRequest, engine_of
from ..consumers.live_searches import LiveSearch
from ..consumers.streaming import Heard, Subscriber
from ..errors import Invalid, NotSignedIn, NotYet
from ..model.account import Account
from ..search.query import BadQuery
from ..store import tokens
from .languages import gettext_now as _
from .pages import SESSION_COOKIE, signed_in, zone_of
from .search_box import MAX_QUERY

HEARTBEAT_SECONDS = 15.0
MAX_SEARCHES = 10
_RETRY_MS = 2000


@get("/live", include_in_schema=False)
async def live(request: AnyRequest) -> Stream:
    """Server-sent events `home`, `search`, `notification`, `ear`, `deleted`, `edited`, `desk`; each has an id, and `of`
    of a boost is that of the post it passes on.

    `q` may be given up to MAX_SEARCHES times; `home` is for members only.
    Raises NotSignedIn, Invalid, TooMany.
    """
    viewer = await signed_in(request)
    searches = list(dict.fromkeys(q.strip() for q in request.query_params.getall("q", []) if q.strip()))
    if len(searches) > MAX_SEARCHES or any(len(q) > MAX_QUERY for q in searches):
        raise Invalid(_("A browser can follow %(n)d searches at a time.") % {"n": MAX_SEARCHES}, "q")
    channels = {"deleted"}
    if viewer is not None:
        channels |= {"front", "notifications", "ears", "desks"}
    elif "home" in request.query_params:
        raise NotSignedIn(_("Please sign in first."))
    streaming = engine_of(request).streaming
    subscriber = streaming.subscribe(viewer.id if viewer else 0, channels)
    asked: dict[int, str] = {}
    try:
        for text in searches:  # a bad query is refused now, not at the first post
            asked[(await _search(request, subscriber, text, viewer)).id] = text
    except BaseException:
        streaming.unsubscribe(subscriber)
        raise
    events = _events(request, subscriber, asked)
    # Whoever vanishes before the first byte leaves a generator that never began, and so never ends by itself.
    weakref.finalize(events, streaming.unsubscribe, subscriber)
    return Stream(
        events, media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


async def _search(request: AnyRequest, subscriber: Subscriber, text: str, viewer: Account | None) -> LiveSearch:
    address = request.client.host if request.client else ""
    try:
        return await engine_of(request).streaming.search(subscriber, text, viewer, address, zone_of(request))
    except (BadQuery, NotYet) as error:
        raise Invalid(str(error), "q") from error


async def _events(request: AnyRequest, subscriber: Subscriber, asked: dict[int, str]) -> AsyncIterator[bytes]:
    """The stream's bytes. Ends when the server stops, the client is too slow, or the session is over."""
    viewer = subscriber.viewer
    try:
        yield f"retry: {_RETRY_MS}\nevent: open\ndata: {{}}\n\n".encode()
        while True:
            try:
                heard = await subscriber.next(HEARTBEAT_SECONDS)
            except TimeoutError:
                if viewer and not await _still_signed_in(request):
                    return
                yield b": still here\n\n"
                continue
            if heard is None:
                return
            if event := _told(heard, asked):
                yield event
    finally:
        engine_of(request).streaming.unsubscribe(subscriber)


def _told(heard: Heard, asked: dict[int, str]) -> bytes:
    """What a page hears of it: ids alone, and it asks for the post as whoever it is by then."""
    match heard.kind, heard.channel:
        case "post", "front":
            return _event("home", heard.id, of=heard.of)
        case "post" | "edit", "search":
            return _event("search", heard.id, asked[heard.search])
        case "delete", _:
            return _event("deleted", heard.id)
        case "ear", _:
            return _event("ear", heard.id)
        case "desk", _:
            return _event("desk", heard.id, desk=heard.name)
        case "notification" | "read", _:
            return _event("notification", heard.id)
    return b""


def _event(name: str, identifier: int, query: str = "", desk: str = "", of: int = 0) -> bytes:
    data = {"id": str(identifier)} | ({"q": query} if query else {}) | ({"desk": desk} if desk else {})
    data |= {"of": str(of)} if of else {}
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"


async def _still_signed_in(request: AnyRequest) -> bool:
    secret = request.cookies.get(SESSION_COOKIE, "")
    return await tokens.session_account(engine_of(request).db, secret) is not None


routes = [live]

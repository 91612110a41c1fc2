"""A request to the REST API of 2008: in which format, by whom, for what.

Who asks shows an access token, as `Authorization: Bearer TOKEN`, or, as clients of then can, as the password of Basic
authentication beside their name. The password of an account is never asked for, and refused. Cookies mean nothing.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

import msgspec
from litestar import HttpMethod, Response, route
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from ...engine import Engine
from ...errors import Invalid, NotAllowed, NotFound, NotSignedIn
from ...ids import MAX_ID, id_at, parse_id
from ...model.account import Account
from ...model.paging import Window
from ...store import accounts, tokens
from ..requests import AnyRequest, acting, bearer, converted, engine_of, raw_parameters
from .asked import identifier, whole_number
from .calls import checked
from .paths import BOTH
from .writing import Made, written

MOST = 200
USUAL = 20
MAX_DEPTH = 3200  # posts that pages reach, as then; max_id and since_id reach everything


class Given(msgspec.Struct, kw_only=True):
    """All parameters there are; texts, because scripts send numbers empty or as -1."""

    id: str = ""
    user_id: str = ""
    screen_name: str = ""
    email: str = ""
    count: str = ""
    page: str = ""
    since_id: str = ""
    max_id: str = ""
    since: str = ""
    callback: str = ""
    status: str = ""
    in_reply_to_status_id: str = ""
    user: str = ""
    text: str = ""
    user_a: str = ""
    user_b: str = ""
    device: str = ""
    follow: str = ""
    name: str | None = None
    url: str | None = None
    location: str | None = None
    description: str | None = None
    image: Any = None
    profile_background_color: str | None = None
    profile_text_color: str | None = None
    profile_link_color: str | None = None
    profile_sidebar_fill_color: str | None = None
    profile_sidebar_border_color: str | None = None


class Asking:
    """One request. `kind` is the format, `name` what stands in the path where an id may."""

    def __init__(self, request: AnyRequest, given: Given, kind: str, name: str) -> None:
        self.request = request
        self.given = given
        self.kind = kind
        self.name = name or given.id
        self.by: Account | None = None

    @property
    def engine(self) -> Engine:
        return engine_of(self.request)

    @property
    def viewer(self) -> int:
        """For the store's questions."""
        return self.by.id if self.by else 0

    async def member(self, scope: str) -> Account:
        """Who asks. Raises NotSignedIn, NotAllowed, Invalid."""
        if self.by is None:
            self.by = await acting(self.request, await granted(self.request), scope)
        return self.by

    async def anybody(self, scope: str) -> Account | None:
        """Who asks, if they say so."""
        if self.request.headers.get("authorization"):
            return await self.member(scope)
        return None

    def window(self) -> tuple[Window, int]:
        """What to load, and how many of it to leave away for the pages before. Raises Invalid, NotAllowed."""
        given = self.given
        count = min(whole_number("count", given.count) or USUAL, MOST)
        page = whole_number("page", given.page) or 1
        if page * count > MAX_DEPTH:
            raise NotAllowed(f"Pages reach {MAX_DEPTH} posts; use max_id.")
        pin, since = identifier("max_id", given.max_id), identifier("since_id", given.since_id)
        if given.since.strip():
            since = max(since, id_at(_moment(given.since)))
        return Window(limit=page * count, before=min(pin + 1, MAX_ID) if pin else MAX_ID, after=since), (
            page - 1) * count

    def page(self, size: int) -> int:
        """How many to leave away of a list that is paged by `size`. Raises Invalid."""
        return ((whole_number("page", self.given.page) or 1) - 1) * size

    def post_id(self) -> int:
        """The id of a post in the path. Raises NotFound."""
        number = parse_id(self.name)
        if number is None:
            raise NotFound("No status found with that ID.")
        return number

    async def somebody(self, otherwise: Account | None = None) -> Account:
        """The account named in the path or the parameters, by id or name; else `otherwise`. Raises NotFound."""
        given = self.given
        for text, by_id, by_name in ((given.user_id, True, False), (given.screen_name, False, True),
                                     (self.name, True, True)):
            if text.strip():
                return await self.named(text, by_id, by_name)
        if otherwise is None:
            raise NotFound("Not found")
        return otherwise

    async def named(self, text: str, by_id: bool = True, by_name: bool = True) -> Account:
        """The account whose id or name `text` is. Raises NotFound."""
        db, text = self.engine.db, text.strip().removeprefix("@")
        number = parse_id(text) if by_id else None
        found = await accounts.find(db, number) if number is not None else None
        if found is None and by_name:
            name, _, host = text.partition("@")
            found = await accounts.find_by_name(db, name, host)
        if found is None:
            raise NotFound("Not found")
        return await accounts.visible(db, found.id, self.viewer)


def _moment(text: str) -> datetime:
    """An HTTP date. Raises Invalid."""
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("since must be an HTTP date such as Tue, 27 Mar 2007 22:55:48 GMT", "since") from error


def presented(authorization: str) -> tuple[str, str] | None:
    """(name, token) of Basic authentication; None for another kind. Raises NotSignedIn for what cannot be read."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(given.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise NotSignedIn("Could not authenticate you.") from error
    return name.strip(), secret.strip()


def token_of(authorization: str) -> str:
    """The token that a request shows, of either kind; '' where it cannot be read."""
    try:
        shown = presented(authorization)
    except NotSignedIn:
        return ""
    return shown[1] if shown else authorization.partition(" ")[2].strip()


async def granted(request: AnyRequest) -> tokens.Grant:
    """What the token that is shown allows. Raises NotSignedIn, NotAllowed."""
    shown = presented(request.headers.get("authorization", ""))
    if shown is None:
        grant = await bearer(request)
        if grant is None:
            raise NotSignedIn("Could not authenticate you.")
        return grant
    # A browser keeps a name and password and sends them along with whatever any page makes it ask.
    if request.headers.get("origin") or request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise NotAllowed("Pages of other sites cannot use a password that the browser remembers; use a Bearer token.")
    name, secret = shown
    db = engine_of(request).db
    grant = await tokens.grant(db, secret) if secret else None
    known = await accounts.find(db, grant.account_id) if grant and grant.account_id else None
    if grant is None or known is None or known.username.lower() != name.lower():
        raise NotSignedIn("Could not authenticate you. The password must be an access token; see docs/api.md.")
    return grant


Work: TypeAlias = Callable[[Asking], Awaitable[Made]]


def method(verbs: str, path: str, work: Work, kinds: str = BOTH, *, id_: str = "") -> list[HTTPRouteHandler]:
    """Handlers of one method of the API in each of its formats (`kinds`).

    `id_` is "in path" where the address ends in an id or name before the format, "may" where it can.
    """
    allowed = kinds.split()

    async def plain(request: AnyRequest) -> Response[bytes]:
        return await answer(request, "")

    async def named(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
        return await answer(request, name)

    async def answer(request: AnyRequest, last: str) -> Response[bytes]:
        stem, _, kind = (last or request.scope["path"]).rpartition(".")
        if kind not in allowed or (last and not stem):
            raise NotFound("Not found")
        given = converted(await raw_parameters(request), Given)
        checked(given.callback)
        asking = Asking(request, given, kind, stem if last else "")
        return written(asking.request, await work(asking), kind, asking.engine, given.callback, asking.by is None)

    doing: list[HttpMethod] = [HttpMethod(verb) for verb in verbs.split()]
    made = []
    if id_ != "in path":
        paths = [f"{path}.{kind}" for kind in allowed]
        made.append(route(paths, http_method=doing, status_code=200, include_in_schema=False)(plain))
    if id_:
        made.append(
            route(path + "/{name:str}", http_method=doing, status_code=200, include_in_schema=False)(named))
    return made

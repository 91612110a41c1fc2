"""What every surface asks of a request: the engine, who it is, its parameters, its page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile

from .. import clock
from ..engine import Engine
from ..errors import Invalid, NotAllowed, NotFound, NotSignedIn
from ..ids import parse_id
from ..model.account import Account, State
from ..model.paging import Window
from ..store import accounts, tokens
from ..store.database import Database
from ..store.tokens import Grant

T = TypeVar("T")
AnyRequest = Request[Any, Any, Any]

MAX_PARAMETERS = 1000
MAX_DEPTH = 8
_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_BRACKET = re.compile(r"\[([^\[\]]*)\]")


def engine_of(request: AnyRequest) -> Engine:
    """The engine behind this application."""
    engine: Engine = state_of(request)["engine"]
    return engine


def state_of(request: AnyRequest) -> dict[str, Any]:
    """What `surface.middleware.Guard` and `viewer` put beside a request. (`request.state` wraps it anew each time.)"""
    return request.scope["state"]


def id_in_path(text: str) -> int:
    """An id from a path. Raises NotFound: what is no id is the id of nothing."""
    number = parse_id(text)
    if number is None:
        raise NotFound("Record not found")
    return number


def ids_given(given: list[str | int] | str | int) -> list[int]:
    """Ids among the parameters, one or many. Raises NotFound: what is no id is the id of nobody."""
    found = [parse_id(str(text)) for text in (given if isinstance(given, list) else [given])]
    if None in found:
        raise NotFound("Record not found")
    return [number for number in found if number is not None]


# ---- who ---------------------------------------------------------------------


async def bearer(request: AnyRequest) -> Grant | None:
    """The grant of the bearer token (RFC 6750, 2.1), or None without one. Raises NotSignedIn for a dead one."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        return None
    found = await tokens.grant(engine_of(request).db, secret.strip())
    if found is None:
        raise NotSignedIn("The access token is invalid")
    return found


def allows(granted: str, scope: str) -> bool:
    """Whether `granted` (scopes with spaces between) covers `scope`: `read` covers `read:statuses`."""
    have = set(granted.split())
    parts = scope.split(":")
    # `admin:read:accounts` is part of `admin:read`, of which there is no larger one.
    if any(":".join(parts[:count]) in have for count in range(1, len(parts) + 1)):
        return True
    return "follow" in have and scope.split(":")[-1] in ("follows", "blocks", "mutes", "follow")


async def account_of(db: Database, grant: Grant | None, scope: str) -> Account:
    """The account that a grant acts for, if it has one of the scopes in `scope`; an empty `scope` asks for none.

    Raises NotSignedIn (no token), NotAllowed (scope, state), Invalid (a token that stands for an application only).
    """
    if grant is None:
        raise NotSignedIn("The access token is invalid")
    if scope and not any(allows(grant.scopes, one) for one in scope.split()):
        raise NotAllowed("This action is outside the authorized scopes")
    if grant.account_id is None:
        raise Invalid("This method requires an authenticated user")
    account = await accounts.get(db, grant.account_id)
    if account.state is State.UNCONFIRMED:
        raise NotAllowed("Your login is missing a confirmed e-mail address")
    if account.state is State.PENDING:
        raise NotAllowed("Your login is currently pending approval")
    if not account.signs_in:
        raise NotAllowed("Your login is currently disabled")
    return account


async def viewer(request: AnyRequest, scope: str) -> Account:
    """The account that the token acts for. Raises NotSignedIn, NotAllowed (scope, state)."""
    return await acting(request, await bearer(request), scope)


async def acting(request: AnyRequest, grant: Grant | None, scope: str) -> Account:
    """The account that `grant` acts for, from now on the request's viewer. Raises NotSignedIn, NotAllowed, Invalid."""
    account = await account_of(engine_of(request).db, grant, scope)
    state = state_of(request)
    state["limit_headers"] = state["limits"].by_account(account.id, clock.now()).headers()
    state["grant"] = grant
    state["viewer"] = account
    return account


def count_post(request: AnyRequest, account: Account) -> None:
    """One more post of `account`. Raises TooMany above the limit of the settings."""
    state_of(request)["limits"].by_posts(account.id, clock.now())


async def viewer_or_visitor(request: AnyRequest, scope: str) -> Account | None:
    """Like `viewer`, but None when the request has no token, or one that stands for an application only."""
    if not request.headers.get("authorization"):
        return None
    grant = await bearer(request)
    if grant is not None and grant.account_id is None:
        return None
    return await acting(request, grant, scope)


# ---- parameters ---------------------------------------------------------------


def nested(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Rails-style names as a tree: `a[]=1&a[]=2`, `poll[options][]=x`, `fields_attributes[0][name]=y`.

    Raises Invalid for more than MAX_PARAMETERS, deeper than MAX_DEPTH, or a name used in two ways.
    """
    if len(pairs) > MAX_PARAMETERS:
        raise Invalid(f"There are more than {MAX_PARAMETERS} parameters.")
    tree: dict[str, Any] = {}
    for name, value in pairs:
        match = _KEY.match(name)
        if not match:
            tree[name] = value
            continue
        # Mastodon.py writes `id[][]=1&id[][]=2` where it means `id[]`; nothing of ours is a list of lists.
        path = [match[1], *_BRACKET.findall(match[2].replace("[][]", "[]"))]
        if len(path) > MAX_DEPTH:
            raise Invalid(f"The parameter {name[:40]} is nested too deep.")
        _place(tree, path, value, name)
    return {key: _lists(value) for key, value in tree.items()}


def _place(node: dict[str, Any], path: list[str], value: Any, name: str) -> None:
    for step, following in pairwise(path):
        if not step:  # `a[][b]=1&a[][c]=2&a[][b]=3` is two things: a name that is there already begins the next
            latest = node.get(str(len(node) - 1))
            goes_on = isinstance(latest, dict) and following and following not in latest
            step = str(len(node) - 1 if goes_on else len(node))
        child = node.setdefault(step, {})
        if not isinstance(child, dict):
            raise Invalid(f"The parameter {name[:40]} is used in two ways.")
        node = child
    last = path[-1]
    if last == "" and len(path) > 1:
        node[str(len(node))] = value
    elif isinstance(node.get(last), dict):
        raise Invalid(f"The parameter {name[:40]} is used in two ways.")
    else:
        node[last] = value


def _lists(value: Any) -> Any:
    """Trees whose keys are numbers are lists, in the order in which they were given (as Rails reads them)."""
    if not isinstance(value, dict):
        return value
    made = {key: _lists(inner) for key, inner in value.items()}
    if made and all(key.isdigit() for key in made):
        return list(made.values())
    return made


def _pairs(text: str, what: str) -> list[tuple[str, Any]]:
    try:
        # Counted before anything is made of it: a form as large as an upload would keep all others waiting.
        return list(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS))
    except UnicodeDecodeError as error:
        raise Invalid(f"{what} is not UTF-8.") from error
    except ValueError as error:  # parse_qsl's word for too many
        raise Invalid(f"There are more than {MAX_PARAMETERS} parameters.") from error


async def raw_parameters(request: AnyRequest) -> dict[str, Any]:
    """Query and body together, as a tree; the body may be JSON, a form or multipart. Raises Invalid."""
    pairs = _pairs(request.scope["query_string"].decode("latin-1"), "The address")
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if request.method in ("GET", "HEAD", "DELETE") and not kind:
        return nested(pairs)
    if kind == "application/json" or kind.endswith("+json"):
        body = await request.body()
        if not body.strip():
            return nested(pairs)
        try:
            given = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Invalid(f"The JSON cannot be read: {error}") from error
        if not isinstance(given, dict):
            raise Invalid("The JSON must be an object.")
        return nested(pairs) | given
    if kind == "multipart/form-data":
        form = await request.form()
        return nested(pairs + [(key, value) for key, value in form.multi_items()])
    if kind == "application/x-www-form-urlencoded":
        try:
            text = (await request.body()).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Invalid("The form is not UTF-8.") from error
        return nested(pairs + _pairs(text, "The form"))
    if await request.body():
        raise Invalid(f"Harken reads JSON and forms, not {kind or 'a body without a content type'}.")
    return nested(pairs)


async def parameters(request: AnyRequest, shape: type[T]) -> T:
    """The request's parameters as `shape` (a msgspec Struct); form values are read leniently. Raises Invalid."""
    return converted(await raw_parameters(request), shape)


def converted(given: dict[str, Any], shape: type[T]) -> T:
    """Parameters as `shape`. Raises Invalid with what is wrong and where."""
    cleaned = {key: value for key, value in given.items() if value is not None}
    try:
        return msgspec.convert(cleaned, shape, strict=False, dec_hook=_upload)
    except (msgspec.ValidationError, ValueError) as error:
        raise Invalid(f"Validation failed: {error}") from error


def _upload(kind: type, value: Any) -> Any:
    if isinstance(value, kind):
        return value
    raise ValueError(f"expected {kind.__name__}")


def window(request: AnyRequest, default: int = 20, most: int = 40) -> Window:
    """The page asked for by `max_id`, `since_id`, `min_id` and `limit`. Raises Invalid for what is no number."""
    query = request.query_params
    limit = query.get("limit") or str(default)
    if not limit.isascii() or not limit.isdigit():
        raise Invalid("limit must be a number")

    def bound(name: str) -> int | None:
        text = query.get(name)
        if not text:
            return None
        number = parse_id(text)
        if number is None:
            raise Invalid(f"{name} must be an id")
        return number

    low = bound("min_id")
    since = bound("since_id")
    before = bound("max_id")
    return Window(
        limit=max(1, min(int(limit[:6]), most)),
        after=low if low is not None else since or 0,
        from_bottom=low is not None,
        **({} if before is None else {"before": before}),
    )


def link_header(request: AnyRequest, base_url: str, ids: Sequence[int], full: bool = True) -> dict[str, str]:
    """The `Link` header (RFC 8288) of a page whose items are paged by `ids`; empty for an empty page."""
    if not ids:
        return {}
    kept = [
        (k, v)
        for k, v in parse_qsl(request.scope["query_string"].decode("latin-1"))
        if k not in ("max_id", "min_id", "since_id")
    ]

    def link(name: str, value: int, rel: str) -> str:
        return f'<{base_url}{quote(request.scope["path"])}?{urlencode([*kept, (name, str(value))])}>; rel="{rel}"'

    links = ([link("max_id", min(ids), "next")] if full else []) + [link("min_id", max(ids), "prev")]
    return {"Link": ", ".join(links)}


__all__ = [
    "AnyRequest",
    "UploadFile",
    "account_of",
    "acting",
    "allows",
    "bearer",
    "converted",
    "engine_of",
    "id_in_path",
    "ids_given",
    "link_header",
    "nested",
    "parameters",
    "raw_parameters",
    "state_of",
    "viewer",
    "viewer_or_visitor",
    "window",
]

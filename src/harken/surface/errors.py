"""The one table from errors to HTTP. Programs get Mastodon's shape, people a page."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect
from litestar.types import ExceptionHandlersMap, Receive, Scope, Send

from ..api.twitter.paths import failure, of_2008
from ..errors import (
    Conflict,
    Gone,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    NotYet,
    Refused,
    TooLarge,
    TooMany,
    TryLater,
)
from ..search.query import BadQuery
from ..web.pages import render

STATUS: dict[type[Exception], int] = {
    NotSignedIn: 401,
    NotAllowed: 403,
    NotFound: 404,
    Gone: 410,
    Conflict: 409,
    TooLarge: 413,
    Invalid: 422,
    BadQuery: 422,
    TooMany: 429,
    NotYet: 501,
    Refused: 400,
    TryLater: 503,
}

_PROGRAM_PATHS = (
    "/api/",
    "/feeds/",
    "/search.",
    "/trends.",
    "/trends/",
    "/oauth/token",
    "/oauth/revoke",
    "/oauth/userinfo",
    "/.well-known/",
    "/nodeinfo",
    "/health",
    "/metrics",
)
_LONG_WAIT = 7200  # seconds; the message itself says more
_log = structlog.get_logger("harken.http")


def for_program(request: Request[Any, Any, Any]) -> bool:
    """Whether whoever asks reads JSON."""
    path: str = request.scope["path"]
    return path.startswith(_PROGRAM_PATHS) or of_2008(path)


def status_of(error: Exception) -> int:
    """The status of an error: that of the nearest class in the table, 500 for what nobody foresaw."""
    if isinstance(error, HTTPException):
        return error.status_code
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


class _ErrorPage(Response[Any]):
    """A page that is rendered while it is sent: Litestar's handlers of errors cannot await."""

    def __init__(
        self, request: Request[Any, Any, Any], status: int, error: Exception, headers: dict[str, str]
    ) -> None:
        super().__init__(None, status_code=status)
        self._request = request
        # What our own errors say is for people; what the framework says is for programs, and the page says it kinder.
        self._message = _message(error, status) if isinstance(error, (Refused, BadQuery)) else ""
        self._wait = -(-error.retry_after // 60) if isinstance(
            error, TooMany) and error.retry_after <= _LONG_WAIT else 0
        self._page_headers = headers

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:
        async def send_page(scope: Scope, receive: Receive, send: Send) -> None:
            status = int(self.status_code or 500)
            response = await render(
                self._request,
                "error.html",
                status=status,
                code=status,
                message=self._message,
                wait=self._wait,  # minutes
            )
            for name, value in self._page_headers.items():
                response.headers[name] = value
            await response.to_asgi_response(app=None, request=self._request)(scope, receive, send)

        return send_page


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer an error."""
    status = status_of(error)
    if status >= 500 and not isinstance(error, (TryLater, NotYet)):
        _log.error("request failed", method=request.method, path=request.scope["path"], exc_info=error)
    headers: dict[str, str] = {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after)
    if status == 405 and isinstance(error, HTTPException) and error.headers:
        headers |= {k: str(v) for k, v in error.headers.items()}
    message = _message(error, status)
    if of_2008(request.scope["path"]):
        if isinstance(error, NotSignedIn):
            headers["WWW-Authenticate"] = 'Basic realm="Harken API", charset="UTF-8"'
        status, content, kind = failure(request.scope["path"], message, status)
        return Response(content, status_code=status, media_type=kind, headers=headers)
    if for_program(request):
        body: dict[str, Any] = {"error": message}
        if isinstance(error, BadQuery):
            body |= {"position": error.position, "length": error.length}
        if isinstance(error, NotSignedIn):
            headers["WWW-Authenticate"] = 'Bearer realm="Harken", error="invalid_token"'
        return Response(msgspec.json.encode(body), status_code=status, media_type="application/json", headers=headers)
    if isinstance(error, NotSignedIn):
        path = request.scope["path"] if request.method == "GET" else "/"
        query = request.scope["query_string"].decode("latin-1") if request.method == "GET" else ""
        return Redirect(f"/sign-in?next={quote(path + (query and '?' + query))}", status_code=303)
    return _ErrorPage(request, status, error, headers)


def _message(error: Exception, status: int) -> str:
    if isinstance(error, (Refused, BadQuery)):
        return str(getattr(error, "message", error))
    if status == 404:
        return "Record not found"
    if status == 405:
        return "Method not allowed"
    if status >= 500:
        return "Something went wrong on our side. It has been noted; please try again."
    return error.detail if isinstance(error, HTTPException) else "The request cannot be understood"


HANDLERS: ExceptionHandlersMap = {Exception: handle, HTTPException: handle}

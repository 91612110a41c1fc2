"""Every request passes here: headers that protect, CORS and ETags for programs, HEAD, limits, numbers for /metrics."""

from __future__ import annotations

import hashlib
import ipaddress
import time
from contextlib import suppress

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from .. import clock
from ..actions.attempts import SignInGuard
from ..engine import Engine
from ..errors import TooMany
from ..store import barriers, tokens
from . import metrics
from .limits import Limits

_CORS_PATHS = (
    "/api/", "/feeds/", "/search.", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/.well-known/", "/nodeinfo",
    "/media/")
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; media-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
]
_CORS = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id, Idempotency-Key",
    ),
]
_PREFLIGHT = [
    (b"access-control-allow-methods", b"POST, PUT, DELETE, GET, PATCH, OPTIONS"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, Idempotency-Key"),
    (b"access-control-max-age", b"86400"),
]


_NO_ACCESS = b'{"error":"This action is not allowed"}'


class Guard:
    """Plain ASGI, because every request pays for it. Handlers find in the scope's state what they work with."""

    def __init__(self, app: ASGIApp, engine: Engine) -> None:
        settings = engine.settings
        self.app = app
        self.engine = engine
        self.limits = Limits(settings)
        self.limited = settings.rate_limit != "off"
        self.sign_in_guard = SignInGuard(settings.rate_limit_sign_in if self.limited else 0)
        # The consent page's form ends in a redirect to the client's own address, also to myapp://…, which
        # `form-action` would stop whatever it listed.
        self.csp = f"{_CSP}; form-action 'self'".encode()
        self.csp_consent = _CSP.encode()
        self.https = engine.base_url.startswith("https://")

    async def _shut_out(self, scope: Scope) -> bool:
        """Whether moderators have shut out the network that this comes from."""
        client = scope.get("client")
        networks = await barriers.shut_out(self.engine.db, clock.now()) if client else []
        if not networks or not client:
            return False
        try:
            address = ipaddress.ip_address(client[0])
        except ValueError:
            return False
        return any(address in network for network in networks)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.setdefault("state", {})
        state.update(engine=self.engine, limits=self.limits, sign_in_guard=self.sign_in_guard)
        if await self._shut_out(scope):
            if scope["type"] == ScopeType.HTTP:
                await _answer(send, 403, [*_ALWAYS, (b"content-type", b"application/json")], _NO_ACCESS)
            else:
                await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        for_programs = path.startswith(_CORS_PATHS)
        if for_programs and scope["method"] == "OPTIONS":
            await _answer(send, 204, [*_ALWAYS, *_CORS, *_PREFLIGHT])
            return
        headers = _ALWAYS + (
            _CORS
            if for_programs
            else [(b"content-security-policy", self.csp_consent if path == "/oauth/authorize" else self.csp)]
        )
        if self.https:
            headers = [*headers, (b"strict-transport-security", b"max-age=31536000")]
        limited: list[tuple[bytes, bytes]] = []
        claims = ""
        if self.limited and not path.startswith(("/static/", "/health")):
            address: str = scope["client"][0] if scope["client"] else ""
            claims = next((v.decode("latin-1") for name, v in scope["headers"] if name == b"authorization"), "")
            try:
                limited = await self._counted(address, claims)
            except TooMany as error:
                body = msgspec.json.encode({"error": error.message})
                await _answer(
                    send,
                    429,
                    [
                        *headers,
                        (b"retry-after", str(error.retry_after).encode()),
                        (b"content-type", b"application/json"),
                    ],
                    body,
                )
                return
        if "\x00" in path:  # no address of ours has one, and PostgreSQL refuses the character everywhere
            await _answer(
                send, 404, [*headers, (b"content-type", b"application/json")], b'{"error":"Record not found"}'
            )
            return
        # HEAD is GET whose body stays here (RFC 9110, 9.3.2), so no handler has to know of it.
        bare = scope["method"] == "HEAD"
        if bare:
            # In a copy: the server looks into its own to know that no body follows, and else breaks the connection.
            scope = {**scope, "method": "GET"}
        tagged = for_programs and scope["method"] == "GET" and not path.startswith("/media/")
        started = time.perf_counter()
        status = 0
        held: HTTPResponseStartEvent | None = None

        async def sending(message: Message) -> None:
            nonlocal status, held
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *headers, *limited, *state.get("limit_headers", ())]
                if tagged and status == 200:
                    held = message  # until the body is here, whose tag goes before it
                    return
            elif message["type"] == "http.response.body":
                if held is not None:
                    start, held = held, None
                    if not message["more_body"]:
                        message["body"] = _tag(scope, start, message["body"])
                    await send(start)
                if bare:
                    message["body"] = b""
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            if claims and "viewer" not in state:
                # Nobody's account paid for it, so the address does: a header full of nothing is no way around limits.
                with suppress(TooMany):
                    self.limits.by_address(address, clock.now())
            metrics.request_finished(scope, status, time.perf_counter() - started)

    async def _counted(self, address: str, claims: str) -> list[tuple[bytes, bytes]]:
        """The headers of the limit by address, where that counts. Raises TooMany.

        Whoever claims to be somebody is believed until the address has spent
        what it may; from then on their token is looked at first, so that
        members are not shut out by a visitor of their household.
        """
        if not claims:
            return self.limits.by_address(address, clock.now()).headers()
        try:
            self.limits.by_address(address, clock.now(), times=0)
        except TooMany:
            grant = await tokens.grant(self.engine.db, claims.partition(" ")[2].strip())
            if grant is None or grant.account_id is None:
                raise
        return []


def _tag(scope: Scope, start: HTTPResponseStartEvent, body: bytes) -> bytes:
    """Give an answer its ETag (RFC 9110, 8.8.3), weak as Mastodon's; 304 and no body for whoever has it already."""
    tag = b'W/"' + hashlib.sha1(body, usedforsecurity=False).hexdigest().encode() + b'"'
    present = {name for name, _ in start["headers"]}
    if b"etag" in present:
        return body
    added = [(b"etag", tag)]
    if b"cache-control" not in present:
        added += [(b"cache-control", b"private, no-cache"), (b"vary", b"Authorization")]
    start["headers"] = [*start["headers"], *added]
    asked = next((value for name, value in scope["headers"] if name == b"if-none-match"), b"")
    if tag not in [each.strip() for each in asked.split(b",")]:
        return body
    start["status"] = 304
    start["headers"] = [pair for pair in start["headers"] if pair[0] not in (b"content-length", b"content-type")]
    return b""


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})

"""Every request passes here: headers that protect, CORS and ETags for programs, gzip for pages, HEAD, limits."""

from __future__ import annotations

import gzip
import hashlib
import ipaddress
import re
import time
from contextlib import suppress

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from .. import clock
from ..actions.attempts import SignInGuard
from ..api.twitter.asking import token_of
from ..api.twitter.paths import failure, of_2008
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
# A badge is made for the frames of other sites; it has no script, no form and no cookie.
_BADGE = re.compile(r"/@[^/]{1,300}/badge")
_BADGE_CSP = (
    b"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *")
_BADGE_HEADERS = [*(one for one in _ALWAYS if one[0] != b"x-frame-options"), (b"content-security-policy", _BADGE_CSP)]
# Styles and scripts are parts of pages, whose policy holds for them; as a page of their own they may do nothing. Said
# in few words, for the first page loads a dozen of them. A worker's policy is that of its script: the usual one.
_PART = re.compile(r"/static/.+(?<!-worker)\.(css|js)")
_PART_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_CORS = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id, Idempotency-Key, Location, "
        b"Tus-Resumable, Upload-Offset, Upload-Length, Upload-Expires",
    ),
]
_PREFLIGHT = [
    (b"access-control-allow-methods", b"POST, PUT, DELETE, GET, PATCH, OPTIONS"),
    (
        b"access-control-allow-headers",
        b"Authorization, Content-Type, Idempotency-Key, Tus-Resumable, Upload-Length, Upload-Offset, Upload-Metadata, "
        b"Upload-Checksum",
    ),
    (b"access-control-max-age", b"86400"),
]


_HTML = b"text/html; charset=utf-8"
_WORTH = 1_000  # bytes of a page that fit into one packet anyway
_EFFORT = 4
"""How hard. A home page of 85 KB becomes 12.7 KB at 1 (0.16 ms), 10.8 KB at 4 (0.42 ms), 10.1 KB at 9 (0.93 ms)."""

_NO_ACCESS = b'{"error":"This action is not allowed"}'


def _tus(most: int) -> list[tuple[bytes, bytes]]:
    """What this server can of the protocol by which files come (tus.io/protocols/resumable-upload, "OPTIONS")."""
    return [
        (b"tus-resumable", b"1.0.0"), (b"tus-version", b"1.0.0"), (b"tus-max-size", str(most).encode()),
        (b"tus-extension", b"creation,expiration,termination,checksum"),
        (b"tus-checksum-algorithm", b"sha1,sha256")]


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

    def _policy(self, path: str) -> bytes:
        """The content security policy of a page."""
        if path == "/oauth/authorize":
            return self.csp_consent
        return self.csp + b"; frame-src 'self'" if path == "/settings/badge" else self.csp

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
        old = of_2008(path)
        for_programs = old or path.startswith(_CORS_PATHS)
        if for_programs and scope["method"] == "OPTIONS":
            tus = _tus(self.engine.settings.max_file_bytes) if path.startswith("/api/harken/v1/uploads") else []
            await _answer(send, 204, [*_ALWAYS, *_CORS, *_PREFLIGHT, *tus])
            return
        headers = _ALWAYS + (
            _CORS
            if for_programs
            else [(b"content-security-policy", self._policy(path))]
        )
        if _BADGE.fullmatch(path):
            headers = _BADGE_HEADERS
        elif _PART.fullmatch(path):
            headers = _PART_HEADERS
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
                status, body, kind = (
                    failure(path, error.message, 429) if old
                    else (429, msgspec.json.encode({"error": error.message}), "application/json"))
                await _answer(
                    send,
                    status,
                    [
                        *headers,
                        (b"retry-after", str(error.retry_after).encode()),
                        (b"content-type", kind.encode()),
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
        squeezes = scope["method"] == "GET" and any(
            name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])
        started = time.perf_counter()
        status = 0
        held: HTTPResponseStartEvent | None = None

        async def sending(message: Message) -> None:
            nonlocal status, held
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *headers, *limited, *state.get("limit_headers", ())]
                if (tagged and status == 200) or (squeezes and (b"content-type", _HTML) in message["headers"]):
                    held = message  # until the body is here, whose tag goes before it
                    return
            elif message["type"] == "http.response.body":
                if held is not None:
                    start, held = held, None
                    if not message["more_body"]:
                        finish = _tag if tagged and status == 200 else _squeeze
                        message["body"] = finish(scope, start, message["body"])
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
            grant = await tokens.grant(self.engine.db, token_of(claims))
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


def _squeeze(scope: Scope, start: HTTPResponseStartEvent, body: bytes) -> bytes:
    """Compress a page. What programs ask for is not: theirs are many, and a proxy can."""
    start["headers"] = [*start["headers"], (b"vary", b"Accept-Encoding")]
    if len(body) < _WORTH:
        return body
    body = gzip.compress(body, _EFFORT, mtime=0)
    start["headers"] = [
        *(pair for pair in start["headers"] if pair[0] != b"content-length"),
        (b"content-encoding", b"gzip"), (b"content-length", str(len(body)).encode())]
    return body


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})

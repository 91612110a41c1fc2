"""docs.joinmastodon.org/methods/oauth and /apps: applications and tokens; consent is a page (web/consent.py)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any
from urllib.parse import unquote_plus

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from ... import clock, webpush
from ...actions import authorize_app
from ...actions.attempts import SignInGuard
from ...actions.authorize_app import SCOPES, OAuthRefused
from ...actions.sign_in import check_password
from ...actions.subscribe_push import vapid_key
from ...errors import Invalid, NotAllowed, NotSignedIn
from ...model.account import Account
from ...store import applications
from ...store.applications import Application
from ..requests import AnyRequest, bearer, converted, engine_of, raw_parameters, state_of, viewer
from . import entities
from .answers import Answer, answer

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
Handler = Callable[[AnyRequest], Awaitable[Response[Any]]]


# ---- applications ------------------------------------------------------------------


class NewApplication(msgspec.Struct):
    """What a client says of itself."""

    client_name: str = ""
    redirect_uris: str | list[str] = ""
    scopes: str = ""
    website: str = ""

    def uris(self) -> list[str]:
        """One a line, or a list."""
        return self.redirect_uris.split() if isinstance(self.redirect_uris, str) else self.redirect_uris


def _application(application: Application, vapid: str) -> dict[str, Any]:
    return {
        "id": str(application.id),
        "name": application.name,
        "website": application.website or None,
        "scopes": application.scopes.split(),
        "redirect_uri": "\n".join(application.redirect_uris),
        "redirect_uris": application.redirect_uris,
        "vapid_key": webpush.public_key(vapid),
    }


@post("/api/v1/apps", status_code=200)
async def create_app(request: AnyRequest) -> Answer:
    """Register an application."""
    given = converted(await raw_parameters(request), NewApplication)
    made = await authorize_app.register_application(
        engine_of(request).db, name=given.client_name, redirect_uris=given.uris(), scopes=given.scopes,
        website=given.website.strip(), now=clock.now())
    return answer(_application(made.application, await vapid_key(engine_of(request).db)) | {
        "client_id": made.application.client_id,
        "client_secret": made.secret,
        "client_secret_expires_at": 0,
    }, NO_STORE)


@get("/api/v1/apps/verify_credentials")
async def verify_app(request: AnyRequest) -> Answer:
    """The application that a token belongs to."""
    grant = await bearer(request)
    if grant is None:
        raise NotSignedIn("The access token is invalid")
    application = await applications.find(engine_of(request).db, grant.application_id or 0)
    if application is None:
        raise NotSignedIn("The access token is invalid")
    return answer(_application(application, await vapid_key(engine_of(request).db)))


# ---- tokens ------------------------------------------------------------------------


class TokenAsked(msgspec.Struct):
    """A token request (RFC 6749, 4.1.3, 4.3.2, 4.4.2)."""

    grant_type: str = ""
    client_id: str = ""
    client_secret: str = ""
    code: str = ""
    redirect_uri: str = ""
    code_verifier: str = ""
    scope: str = ""
    username: str = ""
    password: str = ""


class Revoked(msgspec.Struct):
    """A revocation request (RFC 7009)."""

    client_id: str = ""
    client_secret: str = ""
    token: str = ""


def _in_oauths_words(handler: Handler) -> Handler:
    """Refusals in the shape of RFC 6749, 5.2."""

    @wraps(handler)
    async def answering(request: AnyRequest) -> Response[Any]:
        try:
            return await handler(request)
        except Invalid as error:
            refusal = OAuthRefused("invalid_request", error.message)
        except OAuthRefused as error:
            refusal = error
        headers = dict(NO_STORE)
        if refusal.status == 401:
            headers["WWW-Authenticate"] = f'Basic realm="Harken", error="{refusal.code}"'
        return answer({"error": refusal.code, "error_description": refusal.message}, headers, refusal.status)

    return answering


def _speaking_oauth(path: str) -> Callable[[Handler], HTTPRouteHandler]:
    return lambda handler: post(path, status_code=200)(_in_oauths_words(handler))


async def _client(request: AnyRequest, client_id: str, client_secret: str) -> Application:
    """The application, by HTTP Basic or by the body (RFC 6749, 2.3.1)."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise OAuthRefused("invalid_client", status=401) from None
        client_id, client_secret = unquote_plus(name), unquote_plus(secret)
    return await authorize_app.authenticated(engine_of(request).db, client_id, client_secret)


def guard_of(request: AnyRequest) -> SignInGuard:
    """What counts failed sign-ins of this process, over all surfaces."""
    guard: SignInGuard = state_of(request)["sign_in_guard"]
    return guard


@_speaking_oauth("/oauth/token")
async def token(request: AnyRequest) -> Answer:
    """A bearer token for a code, for the application itself, or (where the operator allows it) for a password."""
    engine = engine_of(request)
    asked = converted(await raw_parameters(request), TokenAsked)
    now = clock.now()
    if not asked.grant_type:
        raise OAuthRefused("invalid_request", "Missing required parameter: grant_type.")
    known = ("authorization_code", "client_credentials", *(["password"] if engine.settings.password_grant else []))
    if asked.grant_type not in known:
        raise OAuthRefused("unsupported_grant_type")
    application = await _client(request, asked.client_id, asked.client_secret)
    if asked.grant_type == "authorization_code":
        for name in ("code", "redirect_uri"):
            if not getattr(asked, name):
                raise OAuthRefused("invalid_request", f"Missing required parameter: {name}.")
        secret, scopes = await authorize_app.redeem_code(
            engine.db, application, code=asked.code, redirect_uri=asked.redirect_uri,
            verifier=asked.code_verifier, now=now)
    else:
        scopes = authorize_app.asked_scopes(asked.scope, application)
        owner = await _by_password(request, asked) if asked.grant_type == "password" else None
        secret = await authorize_app.make_token(engine.db, owner.id if owner else None, application, scopes, now)
    return answer({
        "access_token": secret, "token_type": "Bearer", "scope": scopes, "created_at": int(now.timestamp()),
    }, NO_STORE)


async def _by_password(request: AnyRequest, asked: TokenAsked) -> Account:
    address = request.client.host if request.client else ""
    try:
        account, member = await check_password(
            engine_of(request).db, guard_of(request), name=asked.username, password=asked.password,
            address=address, now=clock.now())
    except (Invalid, NotAllowed):
        raise OAuthRefused("invalid_grant") from None
    if member.totp_secret:
        raise OAuthRefused("invalid_grant")  # a password alone is not enough for this member
    return account


@_speaking_oauth("/oauth/revoke")
async def revoke(request: AnyRequest) -> Answer:
    """End a token."""
    asked = converted(await raw_parameters(request), Revoked)
    try:
        application = await _client(request, asked.client_id, asked.client_secret)
    except OAuthRefused:
        raise OAuthRefused("unauthorized_client", status=403) from None
    await authorize_app.revoke_token(engine_of(request).db, application, asked.token)
    return answer({}, NO_STORE)


# ---- who and what -----------------------------------------------------------------------


async def _userinfo(request: AnyRequest) -> Answer:
    engine = engine_of(request)
    me = await viewer(request, "profile")
    face = msgspec.json.decode(await entities.account(engine.db, me, engine.base_url))
    return answer({
        "iss": f"{engine.base_url}/", "sub": face["uri"], "name": me.shown_name, "preferred_username": me.username,
        "profile": face["url"], "picture": face["avatar"],
    }, NO_STORE)


@get("/oauth/userinfo")
async def userinfo(request: AnyRequest) -> Answer:
    """Who the token acts for."""
    return await _userinfo(request)


@post("/oauth/userinfo", status_code=200)
async def userinfo_by_post(request: AnyRequest) -> Answer:
    """The same (OpenID Connect Core, 5.3.1 allows both)."""
    return await _userinfo(request)


@get("/.well-known/oauth-authorization-server")
async def metadata(request: AnyRequest) -> Answer:
    """RFC 8414."""
    engine = engine_of(request)
    base = engine.base_url
    return answer({
        "issuer": f"{base}/",
        "service_documentation": "https://docs.joinmastodon.org/",
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "userinfo_endpoint": f"{base}/oauth/userinfo",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "app_registration_endpoint": f"{base}/api/v1/apps",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            "authorization_code", "client_credentials", *(["password"] if engine.settings.password_grant else [])],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    })


routes = [create_app, verify_app, token, revoke, userinfo, userinfo_by_post, metadata]

"""The page on which a member lets an application in, or not: the authorization endpoint of OAuth 2."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from litestar import Response, get, post

from .. import clock
from ..actions import authorize_app
from ..actions.authorize_app import OUT_OF_BAND, OAuthRefused
from ..api.requests import AnyRequest, converted, engine_of
from ..errors import NotSignedIn
from ..store import applications
from ..store.applications import Application
from .pages import form, render, signed_in

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Asked(msgspec.Struct):
    """An authorization request (RFC 6749, 4.1.1; RFC 7636, 4.3)."""

    response_type: str = ""
    client_id: str = ""
    redirect_uri: str = ""
    scope: str = ""
    state: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""
    force_login: str = ""
    lang: str = ""


class Decided(Asked):
    """The same with the member's answer."""

    decision: str = ""


async def _application_of(request: AnyRequest, asked: Asked) -> Application:
    """Who asks. Raises OAuthRefused where the answer must not be sent to the address given."""
    application = await applications.find_by_client_id(engine_of(request).db, asked.client_id)
    if application is None:
        raise OAuthRefused("invalid_client", status=401)
    if asked.redirect_uri not in application.redirect_uris:
        raise OAuthRefused("invalid_redirect_uri")
    return application


def _checked(asked: Asked, application: Application) -> tuple[str, str]:
    """(scopes, challenge). Raises OAuthRefused, which the application is told."""
    if not asked.response_type:
        raise OAuthRefused("invalid_request", "Missing required parameter: response_type.")
    if asked.response_type != "code":
        raise OAuthRefused("unsupported_response_type")
    scopes = authorize_app.asked_scopes(asked.scope, application)
    return scopes, authorize_app.checked_challenge(asked.code_challenge, asked.code_challenge_method)


async def _told(request: AnyRequest, asked: Asked, **values: str) -> Response[Any]:
    """Send the answer where the application waits for it."""
    if asked.redirect_uri == OUT_OF_BAND:
        if "code" in values:
            return _found(f"/oauth/authorize/native?code={quote(values['code'])}")
        return await _refused_page(request, values["error_description"], 400)
    pairs = values | ({"state": asked.state} if asked.state else {})
    separator = "&" if "?" in asked.redirect_uri else "?"
    return _found(f"{asked.redirect_uri}{separator}{urlencode(pairs)}")


def _found(address: str) -> Response[Any]:
    # Built here: litestar's Redirect would encode what registered addresses may hold.
    return Response(b"", status_code=302, headers=NO_STORE | {"Location": address})


async def _refused_page(request: AnyRequest, message: str, status: int) -> Response[Any]:
    return await render(request, "account/authorize_refused.html", status=status, message=message)


@get("/oauth/authorize", include_in_schema=False)
async def authorize(request: AnyRequest) -> Response[Any]:
    """Ask the member whether an application may act for them."""
    try:
        asked = converted({k: v for k, v in request.query_params.items() if isinstance(v, str)}, Asked)
        application = await _application_of(request, asked)
    except OAuthRefused as error:
        return await _refused_page(request, error.message, error.status)
    try:
        scopes, _ = _checked(asked, application)
    except OAuthRefused as error:
        return await _told(request, asked, error=error.code, error_description=error.message)
    account = await signed_in(request)
    if account is None:
        here = f"/oauth/authorize?{request.scope['query_string'].decode('latin-1')}"
        return Response(b"", status_code=303, headers={"Location": f"/sign-in?next={quote(here)}"})
    return await render(
        request, "account/authorize.html", application=application, scopes=scopes.split(), account=account,
        asked=msgspec.structs.asdict(asked))


@post("/oauth/authorize", status_code=200, include_in_schema=False)
async def decide(request: AnyRequest) -> Response[Any]:
    """The member's answer."""
    decided = await form(request, Decided)
    account = await signed_in(request)
    if account is None:
        raise NotSignedIn("Sign in first.")
    try:
        application = await _application_of(request, decided)
    except OAuthRefused as error:
        return await _refused_page(request, error.message, error.status)
    try:
        scopes, challenge = _checked(decided, application)
        if decided.decision != "allow":
            raise OAuthRefused("access_denied")
    except OAuthRefused as error:
        return await _told(request, decided, error=error.code, error_description=error.message)
    code = await authorize_app.give_code(
        engine_of(request).db, account, application, redirect_uri=decided.redirect_uri, scopes=scopes,
        challenge=challenge, now=clock.now())
    return await _told(request, decided, code=code)


@get("/oauth/authorize/native", include_in_schema=False)
async def show_code(request: AnyRequest) -> Response[Any]:
    """The code, to be carried to the application by hand."""
    response = await render(request, "account/authorize_code.html", code=request.query_params.get("code", "")[:200])
    response.headers["Cache-Control"] = "no-store"
    return response


routes = [authorize, decide, show_code]

"""Register applications and let them act for members: OAuth 2 (RFC 6749) with PKCE (RFC 7636), as Mastodon does it."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from ..errors import Invalid, Refused
from ..ids import new_id
from ..model.account import Account
from ..store import applications, tokens
from ..store.applications import Application, Code
from ..store.database import Database
from ..store.tokens import hashed, new_secret

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
DEFAULT_SCOPES = "read"
CODE_LIFE = timedelta(minutes=10)
MAX_NAME = 60
MAX_URI = 2000
MAX_URIS = 20

_READ = "accounts blocks bookmarks collections favourites filters follows lists me mutes notifications search statuses"
_WRITE = (
    "accounts blocks bookmarks collections conversations favourites filters follows lists media mutes notifications "
    "reports statuses")
_ADMIN = "accounts reports domain_allows domain_blocks ip_blocks email_domain_blocks canonical_email_blocks"
SCOPES: tuple[str, ...] = (
    "read", *(f"read:{x}" for x in _READ.split()), "write", *(f"write:{x}" for x in _WRITE.split()),
    "read:desks", "write:desks",  # Mastodon has no desks
    "follow", "push", "profile", "admin:read", *(f"admin:read:{x}" for x in _ADMIN.split()),
    "admin:write", *(f"admin:write:{x}" for x in _ADMIN.split()))
_KNOWN = frozenset(SCOPES)

_FORBIDDEN_SCHEMES = ("javascript", "data", "vbscript", "file", "blob", "about")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class OAuthRefused(Refused):
    """The answer is no, in OAuth's words: `code` is for programs, the message for people."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(message or TEXTS[code])
        self.code = code
        self.status = status


# Doorkeeper's texts, which clients of Mastodon show and some compare.
TEXTS = {
    "invalid_client": "Client authentication failed due to unknown client, no client authentication included, "
    "or unsupported authentication method.",
    "invalid_grant": "The provided authorization grant is invalid, expired, revoked, does not match the redirection "
    "URI used in the authorization request, or was issued to another client.",
    "invalid_scope": "The requested scope is invalid, unknown, or malformed.",
    "invalid_redirect_uri": "The requested redirect uri is malformed or doesn't match client redirect URI.",
    "unsupported_grant_type": "The authorization grant type is not supported by the authorization server.",
    "unsupported_response_type": "The authorization server does not support this response type.",
    "unauthorized_client": "You are not authorized to revoke this token",
    "access_denied": "The resource owner or authorization server denied the request.",
    "invalid_code_challenge_method": "The code_challenge_method must be S256.",
}


class Registered(msgspec.Struct, frozen=True):
    """A new application and its secret, which is told this once."""

    application: Application
    secret: str


# ---- scopes --------------------------------------------------------------------


def known_scopes(text: str) -> str:
    """`text` (scopes separated by spaces) in order, once each. Raises OAuthRefused for none, or for unknown ones."""
    wanted = list(dict.fromkeys(text.split()))
    if not wanted or not _KNOWN.issuperset(wanted):
        raise OAuthRefused("invalid_scope")
    return " ".join(wanted)


def within(wanted: str, granted: str) -> bool:
    """Whether every one of the scopes `wanted` is among `granted`, or a child of one that is."""
    have = set(granted.split())
    return all(any(":".join(parts[: n + 1]) in have for n in range(len(parts)))
               for parts in (scope.split(":") for scope in wanted.split()))


def asked_scopes(text: str, application: Application) -> str:
    """What an application asks for, if it may: `read` when it does not say. Raises OAuthRefused."""
    if not text.strip() and not within(DEFAULT_SCOPES, application.scopes):
        return application.scopes
    wanted = known_scopes(text.strip() or DEFAULT_SCOPES)
    if not within(wanted, application.scopes):
        raise OAuthRefused("invalid_scope")
    return wanted


# ---- applications -----------------------------------------------------------------


async def register_application(
    db: Database, *, name: str, redirect_uris: Iterable[str], scopes: str, website: str, now: datetime
) -> Registered:
    """Store an application; anybody may register one, and members decide whom to let in. Raises Invalid."""
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise Invalid("Validation failed: Application name can't be blank", "client_name")
    if len(name) > MAX_NAME:
        raise Invalid(
            f"Validation failed: Application name is too long (maximum is {MAX_NAME} characters)", "client_name")
    if website and (len(website) > MAX_URI or urlsplit_or_none(website) is None
                    or not website.startswith(("http://", "https://"))):
        raise Invalid("Validation failed: Website must be a valid URL", "website")
    uris = list(dict.fromkeys(uri.strip() for uri in redirect_uris if uri.strip()))
    if not uris:
        raise Invalid("Validation failed: Redirect URI can't be blank", "redirect_uris")
    if len(uris) > MAX_URIS:
        raise Invalid(f"Validation failed: There are more than {MAX_URIS} redirect URIs", "redirect_uris")
    for uri in uris:
        _check_redirect(uri)
    try:
        scopes = known_scopes(scopes.strip() or DEFAULT_SCOPES)
    except OAuthRefused:
        raise Invalid("Validation failed: Scopes doesn't match configured on the server.", "scopes") from None
    secret = new_secret()
    application = Application(
        id=new_id(now), client_id=secrets.token_urlsafe(32), client_secret_hash=hashed(secret), name=name,
        website=website, redirect_uris=uris, scopes=scopes, created_at=now)
    async with db.transaction() as tx:
        await applications.insert(tx, application)
    return Registered(application, secret)


def urlsplit_or_none(uri: str) -> tuple[str, str] | None:
    """(scheme, rest) of an absolute URI without spaces or control characters; None for anything else."""
    if any(ord(c) <= 32 or ord(c) == 127 or 0xD800 <= ord(c) <= 0xDFFF for c in uri):
        return None
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", parts.scheme):
        return None
    if parts.scheme in ("http", "https") and not parts.hostname:
        return None
    return parts.scheme.lower(), uri[len(parts.scheme) + 1 :]


def _check_redirect(uri: str) -> None:
    parts = urlsplit_or_none(uri)
    if len(uri) > MAX_URI or parts is None or not parts[1]:
        raise Invalid("Validation failed: Redirect URI must be an absolute URI.", "redirect_uris")
    if "#" in uri:
        raise Invalid("Validation failed: Redirect URI cannot contain a fragment.", "redirect_uris")
    if parts[0] in _FORBIDDEN_SCHEMES:
        raise Invalid("Validation failed: Redirect URI is forbidden by the server.", "redirect_uris")


async def authenticated(db: Database, client_id: str, client_secret: str) -> Application:
    """The application that proves itself by its secret. Raises OAuthRefused, 401."""
    application = await applications.find_by_client_id(db, client_id)
    stored = application.client_secret_hash if application else hashed("")
    if not secrets.compare_digest(stored, hashed(client_secret)) or application is None:
        raise OAuthRefused("invalid_client", status=401)
    return application


# ---- tokens -------------------------------------------------------------------------


def checked_challenge(challenge: str, method: str) -> str:
    """A PKCE challenge if it is S256's. Raises OAuthRefused: `plain` protects nobody."""
    if not challenge:
        if method:
            raise OAuthRefused("invalid_request", "Missing required parameter: code_challenge.")
        return ""
    if method != "S256":
        raise OAuthRefused("invalid_code_challenge_method")
    if not _CHALLENGE.fullmatch(challenge):
        raise OAuthRefused("invalid_request", "The code_challenge is not the SHA-256 of a verifier.")
    return challenge


async def give_code(
    db: Database, account: Account, application: Application, *, redirect_uri: str, scopes: str, challenge: str,
    now: datetime,
) -> str:
    """The member agrees: a code that the application turns into a token once, within ten minutes."""
    code = new_secret()
    async with db.transaction() as tx:
        await applications.insert_code(tx, Code(
            application_id=application.id, account_id=account.id, redirect_uri=redirect_uri, scopes=scopes,
            challenge=challenge, expires_at=now + CODE_LIFE), code)
    return code


async def redeem_code(
    db: Database, application: Application, *, code: str, redirect_uri: str, verifier: str, now: datetime
) -> tuple[str, str]:
    """(token, scopes) for a code. Whatever goes wrong, the code is used up. Raises OAuthRefused."""
    secret = new_secret()
    async with db.transaction() as tx:
        given = await applications.use_code(tx, code, now)
        refusal = _refusal(given, application, redirect_uri, verifier)
        if given is not None and refusal is None:
            await tokens.insert_token(
                tx, new_id(now), secret, given.account_id, application.id, given.scopes, now)
    # Raised outside, so that the code stays used up.
    if refusal is not None or given is None:
        raise refusal or OAuthRefused("invalid_grant")
    return secret, given.scopes


def _refusal(given: Code | None, application: Application, redirect_uri: str, verifier: str) -> OAuthRefused | None:
    if given is None or given.application_id != application.id or given.redirect_uri != redirect_uri:
        return OAuthRefused("invalid_grant")
    if given.challenge and not verifier:
        return OAuthRefused("invalid_request", "Missing required parameter: code_verifier.")
    if not given.challenge:
        return OAuthRefused("invalid_grant") if verifier else None
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("utf-8", "replace")).digest()).rstrip(b"=")
    if not _VERIFIER.fullmatch(verifier) or not secrets.compare_digest(digest, given.challenge.encode()):
        return OAuthRefused("invalid_grant")
    return None


async def make_token(
    db: Database, account_id: int | None, application: Application, scopes: str, now: datetime
) -> str:
    """A token for a member who gave a password, or (None) for the application itself."""
    secret = new_secret()
    async with db.transaction() as tx:
        await tokens.insert_token(tx, new_id(now), secret, account_id, application.id, scopes, now)
    return secret


async def revoke_token(db: Database, application: Application, secret: str) -> None:
    """End a token of this application; one that is unknown is as good as ended. Raises OAuthRefused, 403."""
    async with db.transaction() as tx:
        owner = await applications.token_owner(tx, secret)
        if owner is not None and owner != application.id:
            raise OAuthRefused("unauthorized_client", status=403)
        await applications.delete_token(tx, secret, application.id)


async def shut_out(db: Database, account: Account, application_id: int) -> None:
    """A member takes back what they allowed an application; 0 for tokens made on the command line."""
    async with db.transaction() as tx:
        await applications.delete_tokens_of(tx, account.id, application_id)

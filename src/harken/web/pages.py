"""What every page is made with: who looks, in which language, the form check, the rendering."""

from __future__ import annotations

import hmac
import re
import secrets
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response
from litestar.datastructures import Cookie
from litestar.response import Redirect
from markupsafe import Markup, escape

from .. import clock
from ..actions import sign_in
from ..api.requests import AnyRequest, converted, engine_of, raw_parameters
from ..errors import NotAllowed, NotSignedIn
from ..model.account import Account
from ..model.community import Emojis
from ..model.filter import Action
from ..model.look import Look
from ..model.paging import Window
from ..search import filtering
from ..store import accounts, community, ears, notifications, posts, viewers
from ..store.viewers import Visit
from . import faces, languages, static
from .languages import gettext_now as _

T = TypeVar("T")
AnyAnswer = Response[Any] | Redirect

SESSION_COOKIE = "harken_session"
CSRF_COOKIE = "harken_csrf"
LOOK_COOKIE = "harken_look"

_SIGNED = 16  # bytes of a form's signature
_JUDGED = 40  # unread notifications that filters look at for every page
_drawn: ContextVar[Emojis] = ContextVar("emojis", default=Emojis())  # noqa: B039, frozen
_VISITOR = Visit(session_id=0, account_id=0, last_seen_at=clock.EPOCH)


class Spelling(msgspec.Struct, frozen=True):
    """How one viewer reads: `language` of the page and `zone` of its times."""

    language: str
    zone: str


# ---- who looks -----------------------------------------------------------------


async def signed_in(request: AnyRequest) -> Account | None:
    """The account whose browser this is, or None for a visitor; looked up once per request.

    Somebody who has not confirmed their e-mail yet is signed in; posting is
    refused with the reason by the action.
    """
    state: dict[str, Any] = request.scope["state"]
    if "page_viewer" not in state:
        account, visit = await _look_up(request)
        state["page_viewer"], state["page_visit"] = account, visit
        _drawn.set(await community.emojis(engine_of(request).db))
        if account is not None:
            await faces.load(engine_of(request).db, [account])
        languages.speak(spelling(request).language)
    found: Account | None = state["page_viewer"]
    return found


async def _look_up(request: AnyRequest) -> tuple[Account | None, Visit]:
    secret = request.cookies.get(SESSION_COOKIE)
    if not secret:
        return None, _VISITOR
    db = engine_of(request).db
    visit = await viewers.visit(db, secret)
    account = await accounts.find(db, visit.account_id) if visit else None
    if visit is None or account is None or not account.signs_in:
        return None, _VISITOR
    if clock.now() - visit.last_seen_at > timedelta(days=engine_of(request).settings.session_days):
        return None, _VISITOR  # housekeeping removes it
    if clock.now() - visit.last_seen_at >= sign_in.SEEN_EVERY:
        request.scope["state"]["session_in_use"] = secret  # the cookie lasts as long as the session does
    address = request.client.host if request.client else ""
    await sign_in.seen_again(db, visit.session_id, sign_in.Visitor(address, ""), visit.last_seen_at, clock.now())
    return account, visit


async def become(request: AnyRequest, secret: str) -> None:
    """Answer the rest of this request to whoever has just signed in, whose session has `secret`."""
    state: dict[str, Any] = request.scope["state"]
    db = engine_of(request).db
    visit = await viewers.visit(db, secret)
    if visit is None:
        raise NotSignedIn(_("Please sign in first."))
    account = await accounts.get(db, visit.account_id)
    await faces.load(db, [account])
    state["page_viewer"], state["page_visit"] = account, visit
    state["csrf"] = _masked(_sign(secret), secrets.token_bytes(_SIGNED))
    state.pop("new_csrf_cookie", None)
    languages.speak(spelling(request).language)


def session_cookie(request: AnyRequest, secret: str) -> Cookie:
    """The cookie that keeps somebody signed in until they have not come for as long as the setting says."""
    engine = engine_of(request)
    return Cookie(
        key=SESSION_COOKIE, value=secret, path="/", httponly=True, samesite="lax",
        max_age=engine.settings.session_days * 86_400, secure=engine.base_url.startswith("https://"))


async def must_be_signed_in(request: AnyRequest) -> Account:
    """Like `signed_in`. Raises NotSignedIn, which pages answer with the way to sign in."""
    account = await signed_in(request)
    if account is None:
        raise NotSignedIn(_("Please sign in first."))
    return account


def visit_of(request: AnyRequest) -> Visit:
    """The session and preferences behind this request, once `signed_in` has been asked; a visitor's before that."""
    visit: Visit = request.scope["state"].get("page_visit", _VISITOR)
    return visit


def spelling(request: AnyRequest) -> Spelling:
    """Language and time zone for this reader: the member's own, or what the browser asks for and UTC."""
    visit = visit_of(request)
    if visit.account_id:
        language = visit.language if visit.language in languages.available() else "en"
        return Spelling(language, visit.time_zone)
    return Spelling(languages.preferred(request.headers.get("accept-language", "")), "UTC")


async def look_of(request: AnyRequest) -> Look:
    """How pages look to this reader: as the member chose, else as was chosen in this browser."""
    await signed_in(request)
    return _look(request)


def _look(request: AnyRequest) -> Look:
    chosen = visit_of(request).look
    return Look.read(request.cookies.get(LOOK_COOKIE, "") if chosen is None else chosen)


# ---- forms ---------------------------------------------------------------------


def csrf_token(request: AnyRequest) -> str:
    """What a form of this browser must carry in its field `csrf`.

    Signed in, it is bound to the session; before that, to a cookie of its own
    (a signed double submit), which `render` sets with the first form it shows.
    """
    state: dict[str, Any] = request.scope["state"]
    if "csrf" not in state:
        state["csrf"] = _masked(_expected(request), secrets.token_bytes(_SIGNED))
    token: str = state["csrf"]
    return token


def _expected(request: AnyRequest) -> bytes:
    state: dict[str, Any] = request.scope["state"]
    session = request.cookies.get(SESSION_COOKIE)
    if session and (visit_of(request).account_id or "page_viewer" not in state):
        return _sign(session)
    bound = request.cookies.get(CSRF_COOKIE) or state.get("new_csrf_cookie")
    if not bound:
        bound = state["new_csrf_cookie"] = secrets.token_urlsafe(24)
    return _sign(bound)


def _sign(secret: str) -> bytes:
    return hmac.digest(secret.encode("utf-8", "replace"), b"harken form", "sha256")[:_SIGNED]


def _masked(signature: bytes, mask: bytes) -> str:
    """The signature as no other page shows it.

    Pages are compressed and repeat what was searched for, so the length of
    many answers could tell a token that is always the same (breachattack.com).
    """
    return (mask + bytes(a ^ b for a, b in zip(signature, mask, strict=True))).hex()


def _unmasked(token: str) -> bytes:
    """The signature in a token; empty when it is none."""
    try:
        raw = bytes.fromhex(token)
    except ValueError:
        return b""
    mask, hidden = raw[:_SIGNED], raw[_SIGNED:]
    return bytes(a ^ b for a, b in zip(hidden, mask, strict=True)) if len(raw) == 2 * _SIGNED else b""


def is_ours(request: AnyRequest, token: str) -> bool:
    """Whether a page of this browser's session, which `signed_in` has looked up, carried this token."""
    return hmac.compare_digest(_unmasked(token), _expected(request))


class Nothing(msgspec.Struct):
    """A form that is only a button."""


async def form(request: AnyRequest, shape: type[T]) -> T:
    """The submitted form as `shape` (a msgspec Struct); empty text stays empty text.

    Raises NotAllowed for a stale or foreign form, Invalid for what cannot be read.
    """
    await signed_in(request)
    given = await raw_parameters(request)
    token = given.pop("csrf", "")
    if not isinstance(token, str) or not is_ours(request, token):
        raise NotAllowed(_(
            "This form is from an earlier visit or another browser tab that has signed in or out since. "
            "Nothing was changed. Go back, load the page again, and send it once more."))
    return converted(given, shape)


def safe_path(text: str, otherwise: str = "/") -> str:
    """`text` if it is a path of this server, fit for a redirect; else `otherwise`."""
    if re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]{0,2000}", text):
        return text
    return otherwise


def see(path: str) -> Redirect:
    """Answer a form: look at `path` now (303)."""
    return Redirect(safe_path(path), status_code=303)


def is_htmx(request: AnyRequest) -> bool:
    """Whether htmx asks for a piece of a page, not for a page."""
    return request.headers.get("hx-request") == "true"


# ---- rendering -------------------------------------------------------------------


def pictured(text: str) -> Markup:
    """Text, or HTML of ours, with custom emoji as pictures."""
    return Markup(_drawn.get().in_html(str(escape(text))))


def size_of(count: int) -> str:
    """A number of bytes as people say it: 1.4 MB."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(static.HERE / "templates"),
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, auto_reload=False,
        cache_size=-1, extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        languages.gettext_now, languages.ngettext_now, newstyle=True)
    environment.globals["static"] = static.address
    environment.globals["icon"] = static.icon
    environment.globals["tint"] = faces.tint
    environment.globals["initials"] = faces.initials
    environment.globals["avatar_address"] = faces.avatar_address
    environment.globals["header_address"] = faces.header_address
    environment.globals["language_name"] = languages.language_name
    environment.globals["direction"] = languages.direction
    environment.filters["month"] = languages.month
    environment.filters["size"] = size_of
    environment.filters["pictured"] = pictured
    environment.policies["ext.i18n.trimmed"] = True
    return environment


ENVIRONMENT = _environment()


def _context(request: AnyRequest, unread: int) -> dict[str, Any]:
    engine = engine_of(request)
    spelled = spelling(request)
    look = _look(request)
    path = request.scope["path"]
    query = request.scope["query_string"].decode("latin-1")

    def csrf_field() -> Markup:
        return Markup('<input type="hidden" name="csrf" value="{}">').format(csrf_token(request))

    return {
        "viewer": request.scope["state"].get("page_viewer"),
        "staff": bool(visit_of(request).role),
        "unread": unread,
        "ears_heard": False,
        "csrf": _Late(request),
        "csrf_field": csrf_field,
        "site": engine.settings.title,
        "settings": engine.settings,
        "base_url": engine.base_url,
        "path": path,
        "here": path + (f"?{query}" if query else ""),
        "lang": spelled.language,
        "zone": spelled.zone,
        "hidden_posts": request.scope["state"].get("hidden_posts", 0),
        "look": look,
        "theme": look.theme,
        "now": clock.now(),
    }


class _Late:
    """The CSRF token, made when a template asks: pages without forms set no cookie."""

    def __init__(self, request: AnyRequest) -> None:
        self._request = request

    def __html__(self) -> str:
        return csrf_token(self._request)

    __str__ = __html__


async def render(request: AnyRequest, name: str, *, status: int = 200, **context: Any) -> Response[bytes]:
    """The page `templates/<name>`.

    Every template has: viewer (Account or None), unread (notifications),
    ears_heard (whether an ear heard something new), csrf_field() and csrf,
    site (the server's title), settings, base_url, path, here (path and query), lang,
    zone, look, theme, now, `_`, ngettext, static(name).
    """
    viewer = await signed_in(request)
    unread = 0
    if viewer is not None and not is_htmx(request):
        unread = await unread_of(request, viewer)
        context["ears_heard"] = await ears.unread_anywhere(engine_of(request).db, viewer.id)
    return _answer(request, name, status, unread, context)


async def unread_of(request: AnyRequest, viewer: Account) -> int:
    """How many notifications wait, without those of posts that the viewer's filters hide; of the last 40 at least."""
    db, now = engine_of(request).db, clock.now()
    count = await notifications.unread(db, viewer.id, now)
    if not count or not viewer.filters:
        return count
    told = await notifications.page(db, viewer.id, Window(limit=min(count, _JUDGED)), now)
    seen = await posts.visible_by_ids(db, [one.post_id for one in told if one.post_id], viewer.id)
    found = await filtering.hits(db, viewer, seen.values(), now)
    hidden = {post for post, hits in found.items() if any(
        hit.kept.action is Action.HIDE and "notifications" in hit.kept.contexts for hit in hits)}
    return count - sum(one.post_id in hidden for one in told)


def fragment(request: AnyRequest, name: str, **context: Any) -> str:
    """A piece of a page as text; `signed_in` has been asked before."""
    return ENVIRONMENT.get_template(name).render({**_context(request, 0), **context})


def _answer(request: AnyRequest, name: str, status: int, unread: int, context: dict[str, Any]) -> Response[bytes]:
    text = ENVIRONMENT.get_template(name).render({**_context(request, unread), **context})
    response = Response(
        text.encode("utf-8", "replace"), status_code=status, media_type="text/html",
        headers={"Cache-Control": "private, no-cache", "Vary": "Cookie, Accept-Language, HX-Request"},
    )
    if used := request.scope["state"].get("session_in_use"):
        response.set_cookie(session_cookie(request, used))
    if bound := request.scope["state"].get("new_csrf_cookie"):
        response.set_cookie(Cookie(
            key=CSRF_COOKIE, value=bound, path="/", httponly=True, samesite="lax",
            secure=engine_of(request).base_url.startswith("https://")))
    return response


def zone_of(request: AnyRequest) -> ZoneInfo:
    """The reader's time zone."""
    return languages.zone(spelling(request).zone)

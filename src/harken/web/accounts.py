"""One's own account: join, sign in and out, profile, security, applications, farewell."""

from __future__ import annotations

import io
from typing import Any
from zoneinfo import available_timezones

import msgspec
import segno
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from markupsafe import Markup

from .. import clock, mail
from ..actions import authorize_app, change_profile, delete_account, secure_account, sign_in
from ..actions.admit import approved_at_once, check_email, note_refused
from ..actions.attempts import neighbourhood
from ..actions.create_account import INVITE_ENDED, MAX_REASON, Taken, create_account
from ..actions.invite_member import find_invite
from ..actions.sign_in import SecondStep, SignedIn, Visitor
from ..api.mastodon.oauth import guard_of
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..engine import Engine
from ..errors import Invalid, NotAllowed, NotFound, Refused, TooLarge, TooMany
from ..media.store import FileStore
from ..model.account import Account, Field
from ..model.post import Visibility
from ..store import accounts, applications, reports
from . import compose, consent, languages, messages, whispers
from .kept import Kept, SignIn
from .languages import gettext_now as _
from .pages import (
    SESSION_COOKIE,
    Nothing,
    become,
    form,
    must_be_signed_in,
    render,
    safe_path,
    see,
    session_cookie,
    signed_in,
    spelling,
    visit_of,
)

AnyAnswer = Response[Any]


# ---- what these pages share ------------------------------------------------------------


def visitor_of(request: AnyRequest) -> Visitor:
    """From where somebody asks."""
    return Visitor(request.client.host if request.client else "", request.headers.get("user-agent", ""))


def media_of(engine: Engine) -> FileStore:
    """Where this server keeps media."""
    return FileStore(engine.media_directory)


class Faults(dict[str, str]):
    """What is wrong, by the field beside which it is said; "" for a field that is right."""

    def __missing__(self, field: str) -> str:
        return ""


def _fault(error: Refused, otherwise: str) -> Faults:
    return Faults({getattr(error, "field", "") or otherwise: _(error.message)})


def _with_session(request: AnyRequest, done: SignedIn, path: str) -> AnyAnswer:
    """Go to `path`, signed in."""
    response = see(path)
    response.set_cookie(session_cookie(request, done.secret))
    return response


async def _back(request: AnyRequest, done: SignedIn, path: str, kept: Kept) -> AnyAnswer:
    """Go on where one was: at `path`, or with what one had written in its box."""
    if not kept.text.strip():
        return _with_session(request, done, path)
    await become(request, done.secret)
    give_back = messages.given_back if kept.chat else compose.given_back
    if kept.chat.startswith("whispers"):  # never in a box that posts by one's name
        give_back = whispers.given_back
    response = await give_back(request, done.account, kept)
    response.set_cookie(session_cookie(request, done.secret))
    return response


def _send_link(request: AnyRequest, to: str, kind: str, path: str) -> None:
    """Tell somebody of a link, in the language of this request."""
    engine = engine_of(request)
    mail.send_link(engine.settings, engine.base_url, to, kind, path, spelling(request).language)


# ---- join ----------------------------------------------------------------------------


class SignUp(msgspec.Struct):
    """The form by which somebody joins."""

    username: str = ""
    email: str = ""
    password: str = ""
    discoverable: bool = False
    indexable: bool = False
    crawlable: bool = False
    hearable: bool = False
    reason: str = ""
    invite: str = ""
    time_zone: str = ""  # that of their browser, where it says so


async def _sign_up_page(request: AnyRequest, given: SignUp, errors: Faults, status: int = 200) -> AnyAnswer:
    engine = engine_of(request)
    invited = await find_invite(engine.db, engine.settings.invites, given.invite, clock.now())
    return await render(
        request, "account/sign_up.html", status=status, given=given, errors=errors, invited=invited,
        inviter=await accounts.find(engine.db, invited.inviter_id) if invited else None, max_reason=MAX_REASON,
        open=engine.settings.open_registration or invited is not None,
        asks=engine.settings.approve_sign_ups and invited is None)


@get("/sign-up", include_in_schema=False)
async def sign_up_page(request: AnyRequest) -> AnyAnswer:
    if await signed_in(request):
        return see("/")
    return await _sign_up_page(request, SignUp(), Faults())


@get("/invited/{code:str}", include_in_schema=False)
async def invited_page(request: AnyRequest) -> AnyAnswer:
    """Join with an invitation."""
    if await signed_in(request):
        return see("/")
    engine, code = engine_of(request), request.path_params["code"]
    guard_of(request).start([f"invited:{neighbourhood(visitor_of(request).address)}"], clock.now())
    if await find_invite(engine.db, engine.settings.invites, code, clock.now()) is None:
        return await _sign_up_page(request, SignUp(), Faults({"invite": _(INVITE_ENDED)}), 404)
    guard_of(request).succeeded([f"invited:{neighbourhood(visitor_of(request).address)}"], clock.now())
    return await _sign_up_page(request, SignUp(invite=code), Faults())


@post("/sign-up", status_code=200, include_in_schema=False)
async def sign_up(request: AnyRequest) -> AnyAnswer:
    given = await form(request, SignUp)
    engine, now = engine_of(request), clock.now()
    invited = await find_invite(engine.db, engine.settings.invites, given.invite, now)
    if not engine.settings.open_registration and invited is None:
        raise NotAllowed(_("This server takes new members by invitation only. Ask whoever runs it."))
    asks = engine.settings.approve_sign_ups and invited is None
    try:
        if given.invite and invited is None:
            raise Invalid(INVITE_ENDED, "invite")
        if asks and not given.reason.strip():
            raise Invalid("Please write a line or two: a person reads it.", "reason")
        if not given.password:
            raise Invalid("Choose a password of at least 8 characters.", "password")
        address = visitor_of(request).address
        guard_of(request).start([f"sign-up:{neighbourhood(address)}"], now)
        approved = await approved_at_once(engine.db, address, now) and not asks
        try:
            await check_email(engine.db, given.email)
        except Invalid:
            await note_refused(engine.db, given.email, address, now)
            raise
        account = await create_account(
            engine.db, username=given.username.strip(), email=given.email, password=given.password, now=now,
            confirmed=not engine.settings.confirm_email, discoverable=given.discoverable, indexable=given.indexable,
            noindex=not given.crawlable, hearable=given.hearable, language=spelling(request).language,
            time_zone=given.time_zone if given.time_zone in available_timezones() else "UTC",
            approved=approved, address=address, reason=given.reason if asks else "", invite=invited)
    except (Invalid, Taken) as error:
        given.password = ""
        return await _sign_up_page(request, given, _fault(error, "username"), 422)
    if engine.settings.confirm_email:
        path = await secure_account.new_link(engine.db, account.id, "confirm", now)
        _send_link(request, given.email.strip(), "confirm", path)
    if not approved:
        return await render(request, "account/done.html", title=_("Thank you"), text=_(
            "A moderator looks at it first. You get an e-mail when you can sign in."), where="/", link=_(
            "To the front page"))
    return _with_session(request, await sign_in.open_session(engine.db, account, visitor_of(request), now), "/")


# ---- sign in and out --------------------------------------------------------------------


class Code(msgspec.Struct):
    """The second step."""

    ticket: str = ""
    code: str = ""
    next: str = "/"
    kept: Kept = msgspec.field(default_factory=Kept)


async def _sign_in_page(request: AnyRequest, given: SignIn, errors: Faults, status: int = 200) -> AnyAnswer:
    return await render(request, "account/sign_in.html", status=status, given=given, errors=errors)


@get("/sign-in", include_in_schema=False)
async def sign_in_page(request: AnyRequest) -> AnyAnswer:
    wanted = safe_path(request.query_params.get("next", "/"))
    if await signed_in(request):
        return see(wanted)
    return await _sign_in_page(request, SignIn(next=wanted), Faults())


@post("/sign-in", status_code=200, include_in_schema=False)
async def do_sign_in(request: AnyRequest) -> AnyAnswer:
    given = await form(request, SignIn)
    given.next = safe_path(given.next)
    try:
        done = await sign_in.sign_in(
            engine_of(request).db, guard_of(request), name=given.name, password=given.password,
            visitor=visitor_of(request), now=clock.now())
    except (Invalid, NotAllowed) as error:
        if isinstance(error, sign_in.ShutOut) and (path := await _where_it_says_why(request, error.account)):
            return see(path)
        given.password = ""
        return await _sign_in_page(request, given, _fault(error, "password"), 422)
    if isinstance(done, SecondStep):
        return await _code_page(request, Code(ticket=done.ticket, next=given.next, kept=given.kept), Faults())
    return await _back(request, done, given.next, given.kept)


async def _where_it_says_why(request: AnyRequest, account: Account) -> str:
    """Where somebody who was shut out, and knows the password, reads the decision and may appeal.

    Nothing where no decision is on record, and for who has a second step: theirs is in the e-mail.
    """
    db = engine_of(request).db
    member = await secure_account.own_member(db, account)
    if member.totp_secret or not await reports.warnings_of(db, account.id, limit=1):
        return ""
    return await secure_account.new_link(db, account.id, "decision", clock.now())


async def _code_page(request: AnyRequest, given: Code, errors: Faults, status: int = 200) -> AnyAnswer:
    response = await render(request, "account/sign_in_code.html", status=status, given=given, errors=errors)
    response.headers["Cache-Control"] = "no-store"
    return response


@post("/sign-in/code", status_code=200, include_in_schema=False)
async def do_second_step(request: AnyRequest) -> AnyAnswer:
    given = await form(request, Code)
    try:
        done = await sign_in.second_step(
            engine_of(request).db, guard_of(request), ticket=given.ticket, code=given.code,
            visitor=visitor_of(request), now=clock.now())
    except Invalid as error:
        given.code = ""
        return await _code_page(request, given, _fault(error, "code"), 422)
    except NotAllowed as error:
        again = SignIn(next=safe_path(given.next), kept=given.kept)
        return await _sign_in_page(request, again, _fault(error, "password"), 422)
    return await _back(request, done, given.next, given.kept)


@post("/sign-out", status_code=200, include_in_schema=False)
async def sign_out(request: AnyRequest) -> AnyAnswer:
    await form(request, Nothing)
    account = await signed_in(request)
    if account is not None:
        await sign_in.end_session(engine_of(request).db, account, visit_of(request).session_id)
    response = see("/")
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


# ---- links by e-mail ---------------------------------------------------------------------


class Forgotten(msgspec.Struct):
    """Whose password is forgotten."""

    name: str = ""


class NewPassword(msgspec.Struct):
    """The password chosen by a link."""

    new_password: str = ""


@get("/forgot", include_in_schema=False)
async def forgot_page(request: AnyRequest) -> AnyAnswer:
    return await render(request, "account/forgot.html", sent=False, can_send=mail.can_send(engine_of(request).settings))


@post("/forgot", status_code=200, include_in_schema=False)
async def forgot(request: AnyRequest) -> AnyAnswer:
    """The same answer for names that nobody has."""
    given = await form(request, Forgotten)
    engine, now = engine_of(request), clock.now()
    guard_of(request).start([f"forgot:{neighbourhood(visitor_of(request).address)}"], now)
    found = await sign_in.member_called(engine.db, given.name)
    if found is not None:
        path = await secure_account.new_link(engine.db, found[0].id, "password", now)
        _send_link(request, found[1].email, "password", path)
    return await render(request, "account/forgot.html", sent=True, can_send=mail.can_send(engine.settings))


@get("/reset/{secret:str}", include_in_schema=False)
async def reset_page(request: AnyRequest) -> AnyAnswer:
    secret = request.path_params["secret"]
    await secure_account.link_or_refuse(engine_of(request).db, secret, clock.now(), "password")
    return await render(request, "account/reset.html", secret=secret, errors=Faults())


@post("/reset/{secret:str}", status_code=200, include_in_schema=False)
async def reset(request: AnyRequest) -> AnyAnswer:
    secret = request.path_params["secret"]
    given = await form(request, NewPassword)
    try:
        await secure_account.reset_password(engine_of(request).db, secret, given.new_password, clock.now())
    except Invalid as error:
        return await render(
            request, "account/reset.html", status=422, secret=secret, errors=_fault(error, "new_password"))
    return await render(request, "account/done.html", title=_("Your password is changed"), text=_(
        "Sign in with the new one. Every browser and application was signed out."), where="/sign-in", link=_("Sign in"))


@get("/confirm/{secret:str}", include_in_schema=False)
async def confirm_page(request: AnyRequest) -> AnyAnswer:
    """A button, because programs that read mail follow links before people do."""
    secret = request.path_params["secret"]
    await secure_account.link_or_refuse(engine_of(request).db, secret, clock.now(), "confirm", "email")
    return await render(request, "account/confirm.html", secret=secret)


@post("/confirm/{secret:str}", status_code=200, include_in_schema=False)
async def confirm(request: AnyRequest) -> AnyAnswer:
    await form(request, Nothing)
    await secure_account.confirm(engine_of(request).db, request.path_params["secret"], clock.now())
    return await render(request, "account/done.html", title=_("Your e-mail address is confirmed"), text=_(
        "Thank you. Everything is open to you now."), where="/", link=_("To the front page"))


@post("/settings/confirm-again", status_code=200, include_in_schema=False)
async def confirm_again(request: AnyRequest) -> AnyAnswer:
    await form(request, Nothing)
    account = await must_be_signed_in(request)
    engine, now = engine_of(request), clock.now()
    guard_of(request).start([f"confirm:{account.id}"], now)
    member = await secure_account.own_member(engine.db, account)
    path = await secure_account.new_link(engine.db, account.id, "confirm", now)
    _send_link(request, member.email, "confirm", path)
    return see("/settings/account")


# ---- profile ---------------------------------------------------------------------------


class Profile(msgspec.Struct):
    """The form of one's profile."""

    display_name: str = ""
    bio: str = ""
    location: str = ""
    field_name: list[str] = []
    field_value: list[str] = []
    avatar: Any = None
    header: Any = None
    remove_avatar: bool = False
    remove_header: bool = False

    @classmethod
    def of(cls, account: Account) -> Profile:
        """As it is now."""
        return cls(
            display_name=account.display_name, bio=account.bio, location=account.location,
            field_name=[f.name for f in account.fields], field_value=[f.value for f in account.fields])

    def rows(self) -> list[Field]:
        """The table on the profile, four rows with empty ones at the end."""
        empty = [""] * change_profile.MAX_FIELDS
        names, values = [*self.field_name, *empty], [*self.field_value, *empty]
        return [Field(n, v) for n, v in zip(names, values, strict=False)][: change_profile.MAX_FIELDS]


@get("/settings", include_in_schema=False)
async def settings_page(request: AnyRequest) -> AnyAnswer:
    """Every room of the settings, with what is in it."""
    await must_be_signed_in(request)
    return await render(request, "account/settings.html")


async def _profile_page(
    request: AnyRequest, given: Profile, errors: Faults, status: int = 200
) -> AnyAnswer:
    return await render(
        request, "account/profile.html", status=status, given=given, errors=errors,
        saved="saved" in request.query_params)


@get("/settings/profile", include_in_schema=False)
async def profile_page(request: AnyRequest) -> AnyAnswer:
    return await _profile_page(request, Profile.of(await must_be_signed_in(request)), Faults())


@post("/settings/profile", status_code=200, include_in_schema=False)
async def save_profile(request: AnyRequest) -> AnyAnswer:
    given = await form(request, Profile)
    account = await must_be_signed_in(request)
    engine, now = engine_of(request), clock.now()
    pictures = media_of(engine)
    try:
        account = await change_profile.change_profile(
            engine.db, account, now=now, display_name=given.display_name, bio=given.bio, location=given.location,
            fields=[Field(n, v) for n, v in zip(given.field_name, given.field_value, strict=False)])
        for purpose, upload, removed in (
            ("avatar", given.avatar, given.remove_avatar), ("header", given.header, given.remove_header)
        ):
            content = await upload.read() if isinstance(upload, UploadFile) else b""
            if content:
                account = await change_profile.change_picture(
                    engine.db, pictures, account, purpose, content, now, engine.settings.max_upload_bytes)
            elif removed:
                account = await change_profile.remove_picture(engine.db, pictures, account, purpose, now)
    except (Invalid, TooLarge) as error:
        return await _profile_page(request, given, _fault(error, "avatar"), 422)
    return see("/settings/profile?saved=1")


# ---- account ----------------------------------------------------------------------------


class AccountForm(msgspec.Struct):
    """Any of the forms on the account page; `what` says which."""

    what: str = ""
    password: str = ""
    new_password: str = ""
    email: str = ""
    language: str = ""
    time_zone: str = ""
    default_visibility: int = 0
    default_sensitive: bool = False
    sure: bool = False


async def _account_page(
    request: AnyRequest, errors: Faults, given: AccountForm | None = None, said: str = "", status: int = 200
) -> AnyAnswer:
    account = await must_be_signed_in(request)
    db = engine_of(request).db
    return await render(
        request, "account/account.html", status=status, errors=errors, given=given or AccountForm(), said=said,
        member=await secure_account.own_member(db, account), zones=sorted(available_timezones()),
        languages=languages.available(), visibilities=[
            (Visibility.PUBLIC, _("Everybody")), (Visibility.UNLISTED, _("Everybody, but not in public timelines")),
            (Visibility.FOLLOWERS, _("Followers"))])


@get("/settings/account", include_in_schema=False)
async def account_page(request: AnyRequest) -> AnyAnswer:
    await must_be_signed_in(request)
    return await _account_page(request, Faults())


@post("/settings/account", status_code=200, include_in_schema=False)
async def save_account(request: AnyRequest) -> AnyAnswer:
    given = await form(request, AccountForm)
    account = await must_be_signed_in(request)
    try:
        return await _account_change(request, account, given)
    except (Invalid, Taken, TooMany) as error:
        # Several forms of this page have a password field: say it at the right one.
        faults = Faults({f"{given.what}-{field}": text for field, text in _fault(error, "password").items()})
        return await _account_page(request, faults, given, status=422)


async def _account_change(request: AnyRequest, account: Account, given: AccountForm) -> AnyAnswer:
    engine, guard, now = engine_of(request), guard_of(request), clock.now()
    here = visit_of(request).session_id
    match given.what:
        case "password":
            await secure_account.change_password(
                engine.db, guard, account, old=given.password, new=given.new_password, keep_session=here, now=now)
            return await _account_page(request, Faults(), said=_(
                "Your password is changed. Other browsers were signed out."))
        case "email":
            path = await secure_account.ask_for_email(
                engine.db, guard, account, email=given.email, password=given.password, now=now)
            _send_link(request, given.email.strip(), "email", path)
            return await _account_page(request, Faults(), said=_(
                "We sent a link to the new address. It counts once you have followed it.")
                if mail.can_send(engine.settings) else _(
                "This server sends no e-mail. Ask whoever runs it for the link that confirms the new address."))
        case "preferences":
            await change_profile.change_preferences(
                engine.db, account, language=given.language, time_zone=given.time_zone,
                default_visibility=_visibility(given.default_visibility), default_sensitive=given.default_sensitive)
            return see("/settings/account")
        case "delete":
            if not given.sure:
                raise Invalid("Tick the box if you are sure.", "sure")
            await secure_account.prove(engine.db, guard, account, given.password, now)
            await delete_account.begin_deletion(engine.db, account.id, now)
            delete_account.finish_later(engine.db, media_of(engine), account.id, now)
            response = await render(request, "account/deleted.html")
            response.delete_cookie(SESSION_COOKIE, path="/")
            return response
    raise NotFound("There is no such form.")


def _visibility(number: int) -> Visibility:
    if number not in (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.FOLLOWERS):
        raise Invalid("Choose one of the three.", "default_visibility")
    return Visibility(number)


# ---- second step ----------------------------------------------------------------------------


class Security(msgspec.Struct):
    """The form of the second step."""

    what: str = ""
    secret: str = ""
    code: str = ""
    password: str = ""


def qr(text: str) -> Markup:
    """A QR code as SVG within the page."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", scale=5, border=3, xmldecl=False, svgns=False, light="#fff", svgclass="qr", lineclass=None)
    return Markup(out.getvalue().decode())


async def _security_page(
    request: AnyRequest, errors: Faults, secret: str = "", codes: list[str] | None = None, status: int = 200
) -> AnyAnswer:
    account = await must_be_signed_in(request)
    engine = engine_of(request)
    member = await secure_account.own_member(engine.db, account)
    proposed = None if member.totp_secret else secure_account.propose_second_step(
        account, engine.settings.title, secret)
    response = await render(
        request, "account/security.html", status=status, errors=errors, codes=codes, on=bool(member.totp_secret),
        codes_left=len(member.recovery_codes), proposed=proposed, picture=qr(proposed.uri) if proposed else "")
    response.headers["Cache-Control"] = "no-store"
    return response


@get("/settings/security", include_in_schema=False)
async def security_page(request: AnyRequest) -> AnyAnswer:
    await must_be_signed_in(request)
    return await _security_page(request, Faults())


@post("/settings/security", status_code=200, include_in_schema=False)
async def save_security(request: AnyRequest) -> AnyAnswer:
    given = await form(request, Security)
    account = await must_be_signed_in(request)
    db, guard, now = engine_of(request).db, guard_of(request), clock.now()
    codes: list[str] | None = None
    try:
        match given.what:
            case "start":
                codes = await secure_account.start_second_step(
                    db, guard, account, secret=given.secret, code=given.code, password=given.password, now=now)
            case "stop":
                await secure_account.stop_second_step(db, guard, account, password=given.password, now=now)
            case "codes":
                codes = await secure_account.new_recovery_codes(
                    db, guard, account, password=given.password, now=now)
            case _:
                raise NotFound("There is no such form.")
    except (Invalid, TooMany) as error:
        secret = given.secret if given.secret.isalnum() and given.secret.isascii() and len(given.secret) == 32 else ""
        return await _security_page(request, _fault(error, "password"), secret, status=422)
    return await _security_page(request, Faults(), codes=codes)


# ---- applications ------------------------------------------------------------------------------


class Revocation(msgspec.Struct):
    """Which application may no longer act for me."""

    application: str = "0"


@get("/settings/applications", include_in_schema=False)
async def applications_page(request: AnyRequest) -> AnyAnswer:
    account = await must_be_signed_in(request)
    return await render(
        request, "account/applications.html",
        authorized=await applications.authorized_by(engine_of(request).db, account.id))


@post("/settings/applications", status_code=200, include_in_schema=False)
async def revoke_application(request: AnyRequest) -> AnyAnswer:
    given = await form(request, Revocation)
    account = await must_be_signed_in(request)
    await authorize_app.shut_out(engine_of(request).db, account, id_in_path(given.application))
    return see("/settings/applications")


routes = [
    sign_up_page, invited_page, sign_up, sign_in_page, do_sign_in, do_second_step, sign_out, forgot_page, forgot,
    reset_page, reset, confirm_page, confirm, confirm_again, settings_page, profile_page, save_profile, account_page,
    save_account, security_page, save_security, applications_page, revoke_application, *consent.routes,
]

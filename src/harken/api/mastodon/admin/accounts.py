"""docs.joinmastodon.org/methods/admin/accounts: find people, and act where somebody must."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from litestar import delete, get
from litestar.params import FromPath

from .... import clock, mail
from ....actions import moderate_account
from ....actions.delete_account import finish_later
from ....actions.moderate_account import act_on_account
from ....actions.secure_account import decision_path
from ....errors import Invalid, NotFound
from ....ids import AccountId, parse_id
from ....media.store import FileStore
from ....model.account import Account, Permission, Role, State
from ....model.moderation import Measure
from ....store import accounts, members, overseen
from ....store.overseen import Wanted
from ....text.markup import clean
from ...requests import AnyRequest, engine_of, id_in_path, link_header, parameters, window
from ..answers import Answer, answer, doing
from .staff import admin_account, admin_accounts, staff

_WAITING = (State.PENDING,)


class Listed(msgspec.Struct):
    """Filters of v1: truth, or what a name begins with."""

    local: bool = False
    remote: bool = False
    active: bool = False
    pending: bool = False
    disabled: bool = False
    silenced: bool = False
    suspended: bool = False
    sensitized: bool = False
    staff: bool = False
    username: str = ""
    display_name: str = ""
    by_domain: str = ""
    email: str = ""
    ip: str = ""


class Listed2(msgspec.Struct):
    """Filters of v2, in words."""

    origin: str = ""
    status: str = ""
    permissions: str = ""
    role_ids: list[str | int] | str | int = []
    invited_by: str | int = ""
    username: str = ""
    display_name: str = ""
    by_domain: str = ""
    email: str = ""
    ip: str = ""


class Action(msgspec.Struct):
    """What to do, and why. There are no preset warnings here."""

    type: str = ""
    report_id: str | int = ""
    warning_preset_id: str | int = ""
    text: str = ""
    send_email_notification: bool = False


async def _page(request: AnyRequest, wanted: Wanted | None) -> Answer:
    if wanted is not None:  # PostgreSQL refuses the character 0, which is in no name
        wanted = msgspec.structs.replace(wanted, **{
            name: clean(getattr(wanted, name)) for name in ("username", "display_name", "domain", "email")})
    engine, page = engine_of(request), window(request, default=100, most=200)
    found = await overseen.page(engine.db, wanted, page) if wanted else []
    made = await admin_accounts(engine.db, found, engine.base_url)
    ids = [one.account.id for one in found]
    return answer([made[i] for i in ids], link_header(request, engine.base_url, ids, full=len(ids) >= page.limit))


@get("/api/v1/admin/accounts")
async def many(request: AnyRequest) -> Answer:
    await staff(request, "admin:read:accounts", Permission.MANAGE_USERS)
    given = await parameters(request, Listed)
    if given.local and given.remote:
        return await _page(request, None)
    return await _page(request, Wanted(
        local=given.local or (False if given.remote else None), states=_WAITING if given.pending else (),
        active=given.active, disabled=given.disabled, silenced=given.silenced, suspended=given.suspended,
        sensitized=given.sensitized, staff=given.staff, username=given.username, display_name=given.display_name,
        domain=given.by_domain, email=given.email, address=given.ip))


@get("/api/v2/admin/accounts")
async def many_by_words(request: AnyRequest) -> Answer:
    await staff(request, "admin:read:accounts", Permission.MANAGE_USERS)
    given = await parameters(request, Listed2)
    if given.origin not in ("", "local", "remote"):
        raise Invalid(f"Unknown origin: {given.origin[:40]}", "origin")
    if given.status not in ("", "active", "pending", "disabled", "silenced", "suspended"):
        raise Invalid(f"Unknown status: {given.status[:40]}", "status")
    if given.permissions not in ("", "staff"):
        raise Invalid(f"Unknown permissions: {given.permissions[:40]}", "permissions")
    return await _page(request, Wanted(
        invited_by=parse_id(str(given.invited_by)) or -1 if given.invited_by else 0,
        local={"local": True, "remote": False}.get(given.origin), states=_WAITING if given.status == "pending" else (),
        active=given.status == "active", disabled=given.status == "disabled", silenced=given.status == "silenced",
        suspended=given.status == "suspended", staff=given.permissions == "staff", roles=_roles(given.role_ids),
        username=given.username, display_name=given.display_name, domain=given.by_domain, email=given.email,
        address=given.ip))


def _roles(given: list[str | int] | str | int) -> Sequence[Role] | None:
    """The roles with these ids, of which -99 is everybody's; those that there are not find nobody."""
    texts = given if isinstance(given, list) else [given] if given != "" else []
    if not texts:
        return None
    known = {str(int(role)): role for role in Role if role} | {"-99": Role.MEMBER}
    return [known[str(text)] for text in texts if str(text) in known]


async def _known(request: AnyRequest, text: str) -> Account:
    """The account in the path; a deleted one is as good as none. Raises NotFound."""
    found = await accounts.get(engine_of(request).db, id_in_path(text))
    if found.state is State.DELETED:
        raise NotFound
    return found


async def _answer(request: AnyRequest, account_id: int) -> Answer:
    engine = engine_of(request)
    return answer(await admin_account(engine.db, account_id, engine.base_url))


@get("/api/v1/admin/accounts/{account_id:str}")
async def one(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    await staff(request, "admin:read:accounts", Permission.MANAGE_USERS)
    return await _answer(request, (await _known(request, account_id)).id)


@doing("/api/v1/admin/accounts/{account_id:str}/approve")
async def approve(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await staff(request, "admin:write:accounts", Permission.MANAGE_USERS)
    engine, target = engine_of(request), await _known(request, account_id)
    await moderate_account.approve(engine.db, by, target.id, clock.now())
    member = await members.find(engine.db, target.id)
    if member is not None:
        mail.send_admission(engine.settings, engine.base_url, member.email, member.language)
    return await _answer(request, target.id)


@doing("/api/v1/admin/accounts/{account_id:str}/reject")
async def reject(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await staff(request, "admin:write:accounts", Permission.MANAGE_USERS)
    engine, target = engine_of(request), await _known(request, account_id)
    as_it_was = await admin_account(engine.db, target.id, engine.base_url)
    await moderate_account.reject(engine.db, FileStore(engine.media_directory), by, target.id, clock.now())
    return answer(as_it_was)


@delete("/api/v1/admin/accounts/{account_id:str}", status_code=200)
async def erase(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await staff(request, "admin:write:accounts", Permission.DELETE_USER_DATA)
    engine, target, now = engine_of(request), await _known(request, account_id), clock.now()
    as_it_was = await admin_account(engine.db, target.id, engine.base_url)
    await moderate_account.begin_erasing(engine.db, by, target.id, now)
    finish_later(engine.db, FileStore(engine.media_directory), AccountId(target.id), now)
    return answer(as_it_was)


@doing("/api/v1/admin/accounts/{account_id:str}/action")
async def act(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await staff(request, "admin:write:accounts", Permission.MANAGE_USERS)
    engine, target = engine_of(request), await _known(request, account_id)
    given = await parameters(request, Action)
    if not given.type:
        raise Invalid("Validation failed: Type can't be blank, Type is not included in the list", "type")
    if given.type not in set(Measure) - {Measure.REMOVE}:
        raise Invalid("Validation failed: Type is not included in the list", "type")
    report_id = parse_id(str(given.report_id)) if given.report_id else None
    if (given.report_id and report_id is None) or given.warning_preset_id:
        raise NotFound
    measure = Measure(given.type)
    made = await act_on_account(
        engine.db, by, target.id, measure, clock.now(), text=given.text, report_id=report_id,
        tell=given.send_email_notification)
    member = await members.find(engine.db, target.id)
    if given.send_email_notification and member is not None:
        mail.send_decision(
            engine.settings, engine.base_url, member.email, member.language, measure, made.text,
            await decision_path(engine.db, made, clock.now()))
    return answer({})


async def _end(request: AnyRequest, account_id: str, measure: Measure) -> Answer:
    by = await staff(request, "admin:write:accounts", Permission.MANAGE_USERS)
    target = await _known(request, account_id)
    await moderate_account.undo(engine_of(request).db, by, target.id, measure, clock.now())
    return await _answer(request, target.id)


@doing("/api/v1/admin/accounts/{account_id:str}/enable")
async def enable(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    return await _end(request, account_id, Measure.DISABLE)


@doing("/api/v1/admin/accounts/{account_id:str}/unsilence")
async def unsilence(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    return await _end(request, account_id, Measure.SILENCE)


@doing("/api/v1/admin/accounts/{account_id:str}/unsuspend")
async def unsuspend(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    return await _end(request, account_id, Measure.SUSPEND)


@doing("/api/v1/admin/accounts/{account_id:str}/unsensitive")
async def unsensitive(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    return await _end(request, account_id, Measure.SENSITIVE)


routes = [many, many_by_words, one, approve, reject, erase, act, enable, unsilence, unsuspend, unsensitive]

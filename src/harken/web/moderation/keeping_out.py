"""Servers, e-mail addresses and networks that are kept out."""

from __future__ import annotations

import ipaddress
from typing import Any

import msgspec
from litestar import Response, get, post

from ... import clock
from ...actions import keep_out
from ...actions.moderate_account import role_of
from ...api.requests import AnyRequest, engine_of
from ...errors import Invalid, NotAllowed, NotFound
from ...ids import parse_id
from ...model.account import Account, Permission, Severity
from ...model.barrier import CanonicalBlock, DomainBlock, IpBlock, Keeping, Named
from ...model.paging import Window
from ...store import barriers
from ..cards import when
from ..languages import gettext_now as _
from ..pages import AnyAnswer, form, must_be_signed_in, see
from .staff import page

SHOWN = 200  # of each kind
_SHAPES: dict[str, type[Any]] = {
    "domain_block": DomainBlock, "email_domain_block": Named, "canonical_email_block": CanonicalBlock,
    "ip_block": IpBlock}


class Given(msgspec.Struct, kw_only=True):
    """Any form of this page; `what` is the table, `take_back` an id in it."""

    what: str = ""
    take_back: str = ""
    domain: str = ""
    severity: str = ""
    reject_media: bool = False
    obfuscate: bool = False
    public_comment: str = ""
    private_comment: str = ""
    email: str = ""
    network: str = ""
    comment: str = ""
    days: int = 0
    sure: bool = False

    @property
    def name(self) -> str:
        return self.network or self.email or self.domain


async def _staff(request: AnyRequest) -> Account:
    """Whoever keeps servers or addresses out. Raises NotAllowed."""
    by = await must_be_signed_in(request)
    role = await role_of(engine_of(request).db, by.id)
    if not role.may(Permission.MANAGE_FEDERATION) and not role.may(Permission.MANAGE_BLOCKS):
        raise NotAllowed(_("You may not do this."))
    return by


def _severities() -> dict[str, str]:
    return {Severity.SILENCE: _("Limit: only followers see people there"),
            Severity.SUSPEND: _("Suspend: nobody here sees anybody there"), Severity.NOOP: _("Neither")}


def _keepings() -> dict[str, str]:
    return {Keeping.APPROVAL: _("Whoever joins from there waits for a moderator"),
            Keeping.SIGN_UP: _("Nobody joins from there"), Keeping.ACCESS: _("Nobody opens any page from there")}


async def _page(
    request: AnyRequest, by: Account, error: str = "", given: Given | None = None, asked: bool = False
) -> Response[bytes]:
    db, now, window = engine_of(request).db, clock.now(), Window(limit=SHOWN)
    servers = await barriers.page(db, "domain_block", DomainBlock, window)
    networks = await barriers.page(db, "ip_block", IpBlock, window)
    return await page(
        request, by, "keeping_out.html", status=422 if error else 200, error=error, given=given or Given(),
        asked=asked, servers=servers, networks=networks, severities=_severities(), keepings=_keepings(),
        providers=await barriers.page(db, "email_domain_block", Named, window),
        addresses=await barriers.page(db, "canonical_email_block", CanonicalBlock, window),
        times={at: when(at, now, request) for at in (
            *(one.created_at for one in servers), *(one.expires_at for one in networks if one.expires_at))},
        lengths=[(0, _("For good")), (1, _("A day")), (7, _("A week")), (30, _("A month")), (365, _("A year"))])


@get("/moderation/keeping-out", include_in_schema=False)
async def many(request: AnyRequest) -> Response[bytes]:
    """All that is kept out."""
    return await _page(request, await _staff(request))


@post("/moderation/keeping-out", include_in_schema=False, status_code=200)
async def change(request: AnyRequest) -> AnyAnswer:
    """Keep something out (asked once more first), or let it in again."""
    by = await _staff(request)
    given = await form(request, Given)
    if given.what not in _SHAPES:
        raise NotFound(_("There is no such form."))
    db, now = engine_of(request).db, clock.now()
    if given.take_back:
        await keep_out.take_back(db, by, given.what, _SHAPES[given.what], parse_id(given.take_back) or 0, now)
        return see("/moderation/keeping-out")
    try:
        _check(request, given)
        if not given.sure:
            return await _page(request, by, given=given, asked=True)
        match given.what:
            case "domain_block":
                await keep_out.block_server(
                    db, by, given.domain, now, severity=given.severity, reject_media=given.reject_media,
                    obfuscate=given.obfuscate, public_comment=given.public_comment or None,
                    private_comment=given.private_comment or None)
            case "email_domain_block":
                await keep_out.name_domain(db, by, given.what, given.domain, now)
            case "canonical_email_block":
                await keep_out.block_address(db, by, now, email=given.email)
            case "ip_block":
                await keep_out.block_network(
                    db, by, now, network=given.network, severity=given.severity, comment=given.comment,
                    seconds=given.days * 86_400 or None)
    except Invalid as refused:
        return await _page(request, by, _said(refused), given)
    return see("/moderation/keeping-out")


def _check(request: AnyRequest, given: Given) -> None:
    """Raises Invalid for what is nothing, and for the network from which the moderator asks: the door falls shut."""
    if not given.name.strip():
        raise Invalid(_("Please say what shall be kept out."))
    if given.what != "ip_block":
        return
    try:
        network = ipaddress.ip_network(given.network.strip(), strict=False)
        own = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return  # the action says so
    if given.severity == Keeping.ACCESS and own in network:
        raise Invalid(_("You are in this network yourself, and would be shut out with it."))


def _said(refused: Invalid) -> str:
    if refused.message.endswith("has already been taken"):
        return _("This is kept out already.")
    said = {"domain": _("This is no name of a server."), "ip": _("This is no network; such as 192.0.2.0/24."),
            "email": _("This is no e-mail address."), "severity": _("Please choose from what it is kept.")}
    return said.get(refused.field, refused.message)


routes = [many, change]

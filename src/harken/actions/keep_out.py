"""Keep servers, e-mail addresses and networks out, and let them in again."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ..errors import Invalid
from ..ids import new_id
from ..model.account import Account, Permission, Severity
from ..model.barrier import CanonicalBlock, DomainBlock, IpBlock, Keeping, Named, canonical_hash
from ..store import barriers
from ..store.database import Database, Transaction
from ..text.markup import clean
from .block_domain import checked_domain
from .change_state import record
from .moderate_account import must_be_allowed

MAX_COMMENT = 5000  # characters
MAX_YEARS = 100

_TAKEN = "Validation failed: {} has already been taken"


def _domain(text: str) -> str:
    """The name of a server as it is kept. Raises Invalid, in Mastodon's words."""
    if not text.strip():
        raise Invalid("Validation failed: Domain can't be blank", "domain")
    try:
        return checked_domain(text)
    except Invalid:
        raise Invalid("Validation failed: Domain is not a valid domain name", "domain") from None


def _comment(text: str | None) -> str | None:
    if text is not None and len(text) > MAX_COMMENT:
        raise Invalid(f"Validation failed: Comment is too long (maximum is {MAX_COMMENT} characters)", "comment")
    return clean(text) if text is not None else None


# ---- in again ----------------------------------------------------------------------

# By table: who may, what the record calls it, and what it is about.
_OPENING = {
    "domain_block": (Permission.MANAGE_FEDERATION, "unblock_domain", "domain"),
    "domain_allow": (Permission.MANAGE_FEDERATION, "disallow_domain", "domain"),
    "email_domain_block": (Permission.MANAGE_BLOCKS, "unblock_email_domain", "domain"),
    "canonical_email_block": (Permission.MANAGE_BLOCKS, "unblock_email", "email"),
    "ip_block": (Permission.MANAGE_BLOCKS, "unblock_network", "network"),
}


async def take_back(
    db: Database, by: Account, table: str, shape: type[barriers.Shape], row_id: int, now: datetime
) -> barriers.Shape:
    """Hold what stands in a table no more; it, as it was. Raises NotAllowed, NotFound."""
    permission, act, kind = _OPENING[table]
    async with db.transaction() as tx:
        await must_be_allowed(tx, by, permission)
        old = await barriers.get(tx, table, shape, row_id)
        await barriers.delete(tx, table, row_id)
        if isinstance(old, DomainBlock):
            await _settle(tx, old.domain)
        await record(tx, by, act, now, kind=kind, name=old.name, about_id=row_id)
    if isinstance(old, IpBlock):
        barriers.forget_networks()
    return old


# ---- servers -----------------------------------------------------------------------


async def block_server(
    db: Database, by: Account, domain: str, now: datetime, *, severity: str = "silence", **given: Any
) -> DomainBlock:
    """Limit or hide everybody of a server, now and in future. Raises NotAllowed, Invalid (also when it is there)."""
    made = DomainBlock(
        id=new_id(now), domain=_domain(domain), severity=_severity(severity), created_at=now, **_decided(given))
    async with db.transaction() as tx:
        await must_be_allowed(tx, by, Permission.MANAGE_FEDERATION)
        if not await barriers.insert(tx, "domain_block", made):
            raise Invalid(_TAKEN.format("Domain"), "domain")
        await _settle(tx, made.domain)
        await record(
            tx, by, "block_domain", now, kind="domain", name=made.domain, about_id=made.id, why=_why(made))
    return made


async def change_server(
    db: Database, by: Account, block_id: int, now: datetime, *, severity: str | None = None, **given: Any
) -> DomainBlock:
    """Decide otherwise about a server. Raises NotAllowed, NotFound, Invalid."""
    async with db.transaction() as tx:
        await must_be_allowed(tx, by, Permission.MANAGE_FEDERATION)
        old = await barriers.get(tx, "domain_block", DomainBlock, block_id)
        changed = msgspec.structs.replace(
            old, severity=old.severity if severity is None else _severity(severity), **_decided(given))
        await barriers.change(tx, "domain_block", changed)
        await _settle(tx, changed.domain)
        await record(
            tx, by, "change_domain_block", now, kind="domain", name=changed.domain, about_id=block_id,
            why=_why(changed))
    return changed


def _severity(name: str) -> Severity:
    try:
        return Severity(name)
    except ValueError:
        raise Invalid("Validation failed: Severity is not included in the list", "severity") from None


def _decided(given: dict[str, Any]) -> dict[str, Any]:
    """What was said, without what was not; comments are looked at."""
    return {
        name: _comment(value) if name.endswith("comment") else value
        for name, value in given.items() if value is not None}


def _why(block: DomainBlock) -> str:
    return ": ".join(part for part in (block.severity.value, block.private_comment or block.public_comment) if part)


async def _settle(tx: Transaction, domain: str) -> None:
    for name in await barriers.domains_below(tx, domain):
        await barriers.settle_states(tx, name, await barriers.severity_of(tx, name))


# ---- names -------------------------------------------------------------------------

_NAMING = {"domain_allow": "allow_domain", "email_domain_block": "block_email_domain"}


async def name_domain(db: Database, by: Account, table: str, domain: str, now: datetime) -> Named:
    """Allow a server, or block a domain of e-mail addresses. Raises NotAllowed, Invalid (also when it is there)."""
    made = Named(id=new_id(now), domain=_domain(domain), created_at=now)
    async with db.transaction() as tx:
        await must_be_allowed(tx, by, _OPENING[table][0])
        if not await barriers.insert(tx, table, made):
            raise Invalid(_TAKEN.format("Domain"), "domain")
        await record(tx, by, _NAMING[table], now, kind="domain", name=made.domain, about_id=made.id)
    return made


# ---- e-mail addresses --------------------------------------------------------------


async def block_address(
    db: Database, by: Account, now: datetime, *, email: str = "", digest: str = ""
) -> CanonicalBlock:
    """Let nobody join with an address, or with that whose hash is `digest`. Raises NotAllowed, Invalid."""
    digest = canonical_hash(email) if email.strip() else digest.strip().lower()
    if not digest:
        raise Invalid("Validation failed: Canonical email hash can't be blank", "email")
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise Invalid("Validation failed: Canonical email hash is invalid", "canonical_email_hash")
    made = CanonicalBlock(id=new_id(now), hash=digest, created_at=now)
    async with db.transaction() as tx:
        await must_be_allowed(tx, by, Permission.MANAGE_BLOCKS)
        if not await barriers.insert(tx, "canonical_email_block", made):
            raise Invalid(_TAKEN.format("Canonical email hash"), "email")
        await record(tx, by, "block_email", now, kind="email", name=digest, about_id=made.id)
    return made


# ---- networks ----------------------------------------------------------------------


async def block_network(
    db: Database, by: Account, now: datetime, *, network: str, severity: str, comment: str = "",
    seconds: int | None = None,
) -> IpBlock:
    """Keep a network from something, for `seconds` or for good. Raises NotAllowed, Invalid."""
    faults = [] if severity else ["Severity can't be blank"]
    faults += [] if network.strip() else ["Ip can't be blank"]
    if faults:
        raise Invalid(f"Validation failed: {', '.join(faults)}", "severity")
    made = IpBlock(
        id=new_id(now), network=_network(network), severity=_keeping(severity), comment=_comment(comment) or "",
        created_at=now, expires_at=_until(seconds, now))
    async with db.transaction() as tx:
        await must_be_allowed(tx, by, Permission.MANAGE_BLOCKS)
        if not await barriers.insert(tx, "ip_block", made):
            raise Invalid(_TAKEN.format("Ip"), "ip")
        await record(
            tx, by, "block_network", now, kind="network", name=made.network, about_id=made.id,
            why=f"{made.severity.value}: {made.comment}".removesuffix(": "))
    barriers.forget_networks()
    return made


async def change_network(
    db: Database, by: Account, block_id: int, now: datetime, *, network: str | None = None, severity: str | None = None,
    comment: str | None = None, seconds: int | None = None,
) -> IpBlock:
    """Decide otherwise about a network. Raises NotAllowed, NotFound, Invalid."""
    async with db.transaction() as tx:
        await must_be_allowed(tx, by, Permission.MANAGE_BLOCKS)
        old = await barriers.get(tx, "ip_block", IpBlock, block_id)
        changed = msgspec.structs.replace(
            old, network=old.network if network is None else _network(network),
            severity=old.severity if severity is None else _keeping(severity),
            comment=old.comment if comment is None else _comment(comment) or "",
            expires_at=old.expires_at if seconds is None else _until(seconds, now))
        if changed.network != old.network and await barriers.find_network(tx, changed.network):
            raise Invalid(_TAKEN.format("Ip"), "ip")
        await barriers.change(tx, "ip_block", changed)
        await record(tx, by, "change_network_block", now, kind="network", name=changed.network, about_id=block_id,
                     why=changed.severity.value)
    barriers.forget_networks()
    return changed


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise Invalid("Validation failed: Ip is not a valid IP address", "ip") from None


def _keeping(name: str) -> Keeping:
    try:
        return Keeping(name)
    except ValueError:
        raise Invalid("Validation failed: Severity is not included in the list", "severity") from None


def _until(seconds: int | None, now: datetime) -> datetime | None:
    """When it ends; never without a number, or with 0."""
    if not seconds:
        return None
    if not 0 < seconds <= MAX_YEARS * 365 * 86_400:
        raise Invalid("Validation failed: Expires in must be a number of seconds from now on", "expires_in")
    return now + timedelta(seconds=seconds)

"""Who asks the admin API, and the entities that only moderators see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec
from msgspec import Raw

from ....actions.moderate_account import must_be_allowed
from ....model.account import Account, Permission, Role, State
from ....model.moderation import Report
from ....store import community, overseen, posts
from ....store.database import Reader
from ....store.overseen import Overseen
from ...requests import AnyRequest, engine_of, viewer
from .. import entities


class Ip(msgspec.Struct):
    """docs.joinmastodon.org/entities/Admin_Ip."""

    ip: str
    used_at: str


class AdminAccount(msgspec.Struct):
    """docs.joinmastodon.org/entities/Admin_Account. Who does not sign in here has no e-mail address and no language."""

    id: str
    username: str
    domain: str | None
    created_at: str
    email: str
    ip: str | None
    ips: list[Ip]
    locale: str
    invite_request: str | None
    role: entities.CredentialRole
    confirmed: bool
    approved: bool
    disabled: bool
    sensitized: bool
    silenced: bool
    suspended: bool
    account: Raw
    created_by_application_id: str | msgspec.UnsetType = msgspec.UNSET
    invited_by_account_id: str | msgspec.UnsetType = msgspec.UNSET


class AdminReport(msgspec.Struct):
    """docs.joinmastodon.org/entities/Admin_Report. Nothing is forwarded yet, because nothing is delivered yet."""

    id: str
    action_taken: bool
    action_taken_at: str | None
    category: str
    comment: str
    forwarded: bool
    created_at: str
    updated_at: str
    account: AdminAccount
    target_account: AdminAccount
    assigned_account: AdminAccount | None
    action_taken_by_account: AdminAccount | None
    statuses: list[Raw]
    rules: list[entities.Rule]


async def staff(request: AnyRequest, scope: str, permission: Permission) -> Account:
    """The moderator behind a token with `scope`. Raises NotSignedIn, NotAllowed (scope, permission)."""
    by = await viewer(request, scope)
    await must_be_allowed(engine_of(request).db, by, permission)
    return by


async def admin_accounts(reader: Reader, found: Sequence[Overseen], base_url: str) -> dict[int, AdminAccount]:
    """Accounts by id, as moderators see them."""
    faces = await entities.accounts(reader, [one.account for one in found], base_url)
    return {one.account.id: _admin_account(one, faces[one.account.id]) for one in found}


def _admin_account(one: Overseen, face: Raw) -> AdminAccount:
    account, member = one.account, one.member
    return AdminAccount(
        id=str(account.id), username=account.username, domain=account.domain or None,
        created_at=entities.time(account.created_at), email=member.email if member else "",
        ip=one.places[0].address if one.places else None,
        ips=[Ip(place.address, entities.time(place.used_at)) for place in one.places],
        locale=member.language if member else "", invite_request=(member.reason if member else "") or None,
        role=entities.role_entity(member.role if member else Role.MEMBER),
        confirmed=bool(member and member.confirmed_at), approved=bool(member and member.approved),
        disabled=account.disabled, sensitized=account.sensitized,
        silenced=account.silenced or account.state is State.LIMITED,
        suspended=account.state is State.SUSPENDED, account=face,
        created_by_application_id=str(member.application_id) if member and member.application_id else msgspec.UNSET,
        invited_by_account_id=str(member.invited_by) if member and member.invited_by else msgspec.UNSET)


async def admin_account(reader: Reader, account_id: int, base_url: str) -> AdminAccount:
    """One account, as moderators see it."""
    found = await overseen.by_ids(reader, [account_id])
    return (await admin_accounts(reader, list(found.values()), base_url))[account_id]


async def admin_reports(reader: Reader, found: Sequence[Report], by: Account, base_url: str) -> list[AdminReport]:
    """Reports with everybody they name: a constant number of statements."""
    named = _named(found)
    people = await admin_accounts(reader, list((await overseen.by_ids(reader, named)).values()), base_url)
    examples = {post_id for report in found for post_id in report.post_ids}
    # A moderator reads what is reported, also what was said to others: that is what they are asked to judge.
    shown = await posts.judged_by_ids(reader, sorted(examples), by.id)
    written = await entities.statuses(reader, list(shown.values()), by.id, base_url) if shown else {}
    rules = {rule.id: entities.Rule(str(rule.id), rule.text, rule.hint) for rule in await community.rules(reader)}
    return [
        AdminReport(
            id=str(one.id), action_taken=one.resolved_at is not None,
            action_taken_at=entities.time(one.resolved_at) if one.resolved_at else None, category=one.category.value,
            comment=one.comment, forwarded=False, created_at=entities.time(one.created_at),
            updated_at=entities.time(one.updated_at), account=people[one.account_id],
            target_account=people[one.target_id], assigned_account=people.get(one.assigned_id or 0),
            action_taken_by_account=people.get(one.resolved_by or 0),
            statuses=[written[i] for i in one.post_ids if i in written],
            rules=[rules[i] for i in one.rule_ids if i in rules])
        for one in found if one.account_id in people and one.target_id in people]


def _named(found: Iterable[Report]) -> Collection[int]:
    return {
        account_id for one in found
        for account_id in (one.account_id, one.target_id, one.assigned_id, one.resolved_by) if account_id}

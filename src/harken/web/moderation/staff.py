"""What all pages of moderators share: who may, the way between them, people's names, words for what is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from litestar import Response

from ...actions.moderate_account import must_be_allowed, role_of
from ...api.requests import AnyRequest, engine_of
from ...model.account import Account, Permission, Role, State
from ...model.moderation import Category, Measure
from ...store import accounts, appeals, overseen, reports
from .. import faces
from ..languages import gettext_now as _
from ..pages import must_be_signed_in, render


class Tab(msgspec.Struct, frozen=True):
    """One of the pages of moderators; `count` waits there."""

    path: str
    name: str
    count: int = 0


async def staff(request: AnyRequest, *permissions: Permission) -> Account:
    """The moderator who asks, with all of `permissions`, now. Raises NotSignedIn, NotAllowed."""
    by = await must_be_signed_in(request)
    for permission in permissions:
        await must_be_allowed(engine_of(request).db, by, permission)
    return by


async def waiting_numbers(request: AnyRequest, by: Account) -> dict[str, int]:
    """How much waits: reports, appeals, people."""
    db = engine_of(request).db
    return {
        "reports": await reports.count_open(db, by.id), "appeals": await appeals.count_open(db, by.id),
        "people": await overseen.count_in_state(db, State.PENDING)}


async def page(request: AnyRequest, by: Account, name: str, status: int = 200, **context: Any) -> Response[bytes]:
    """A page of moderators, with the way to the others that this role may open."""
    role = await role_of(engine_of(request).db, by.id)
    numbers = await waiting_numbers(request, by)
    every = [
        (Permission.VIEW_DASHBOARD, Tab("/moderation", _("Overview"))),
        (Permission.MANAGE_REPORTS, Tab("/moderation/reports", _("Reports"), numbers["reports"])),
        (Permission.MANAGE_APPEALS, Tab("/moderation/appeals", _("Appeals"), numbers["appeals"])),
        (Permission.MANAGE_USERS, Tab("/moderation/waiting", _("Waiting"), numbers["people"])),
        (Permission.MANAGE_USERS, Tab("/moderation/people", _("People"))),
        (Permission.MANAGE_USERS, Tab("/moderation/invites", _("Invitations"))),
        (Permission.MANAGE_BLOCKS, Tab("/moderation/keeping-out", _("Kept out"))),
        *([(Permission.MANAGE_REPORTS, Tab("/moderation/whispers", _("Whispers")))]
          if engine_of(request).settings.whispers else []),
        (Permission.MANAGE_TAXONOMIES, Tab("/moderation/trends", _("Trends"))),
        (Permission.MANAGE_RULES, Tab("/moderation/community", _("Community"))),
        (Permission.VIEW_AUDIT_LOG, Tab("/moderation/record", _("Record"))),
    ]
    response = await render(
        request, f"moderation/{name}", status=status, tabs=[tab for permission, tab in every if role.may(permission)],
        role=role, numbers=numbers, may=role.may, Permission=Permission, measure_names=measure_names(),
        category_names=category_names(), state_names=state_names(), **context)
    response.headers["Cache-Control"] = "private, no-store"
    return response


async def names(request: AnyRequest, ids: Iterable[int | None]) -> Mapping[int, Account]:
    """The accounts with these ids, ready to be drawn."""
    db = engine_of(request).db
    found = await accounts.by_ids(db, {one for one in ids if one})
    await faces.load(db, found.values())
    return found


# ---- words ---------------------------------------------------------------------


def category_names() -> dict[Category, str]:
    """What a report is about, in two or three words."""
    return {Category.SPAM: _("Spam"), Category.LEGAL: _("Against the law"), Category.VIOLATION: _("Breaks a rule"),
            Category.OTHER: _("Something else")}


def measure_names() -> dict[Measure, tuple[str, str]]:
    """Each measure: what a moderator calls it, and what it does."""
    return {
        Measure.NONE: (_("Warn"), _("Write to them, and do nothing else.")),
        Measure.REMOVE: (_("Remove posts"), _("The posts ticked above are deleted. That cannot be undone.")),
        Measure.SENSITIVE: (_("Mark as sensitive"), _("All their pictures and films are covered.")),
        Measure.SILENCE: (_("Limit"), _("Only those who follow them, and those who have a link, see their posts.")),
        Measure.DISABLE: (_("Close to signing in"), _("They cannot sign in. Their posts stay.")),
        Measure.SUSPEND: (_("Suspend"), _("Nobody sees them or their posts, and they cannot sign in.")),
    }


def decision_name(measure: Measure) -> str:
    """What was decided, said to the person."""
    return {
        Measure.NONE: _("The moderators have written to you"),
        Measure.REMOVE: _("The moderators have removed something you posted"),
        Measure.SENSITIVE: _("The moderators have marked your media as sensitive"),
        Measure.DISABLE: _("The moderators have closed your account to signing in"),
        Measure.SILENCE: _("The moderators have limited who finds your posts"),
        Measure.SUSPEND: _("The moderators have suspended your account"),
    }[measure]


def state_names() -> dict[State, str]:
    """What an account is just now."""
    return {State.ACTIVE: _("active"), State.UNCONFIRMED: _("e-mail not confirmed"), State.LIMITED: _("limited"),
            State.SUSPENDED: _("suspended"), State.DELETED: _("deleted"), State.MEMORIAL: _("kept in memory"),
            State.PENDING: _("waiting")}


def role_names() -> dict[Role, str]:
    """Who somebody is here."""
    return {Role.MEMBER: _("Member"), Role.MODERATOR: _("Moderator"), Role.ADMINISTRATOR: _("Administrator"),
            Role.OWNER: _("Owner")}


def act_names() -> dict[str, str]:
    """What was done, as a sentence goes on after the name of who did it."""
    return {
        "warn": _("warned"), "remove_posts": _("removed posts of"), "sensitive": _("marked as sensitive the media of"),
        "disable": _("closed to signing in"), "silence": _("limited"), "suspend": _("suspended"),
        "end_sensitive": _("no longer marks as sensitive the media of"), "end_disable": _("let sign in again"),
        "end_silence": _("no longer limits"), "end_suspend": _("ended the suspension of"),
        "restore": _("undid everything about"), "keep_in_memory": _("keeps in memory"), "delete": _("deleted"),
        "change_role": _("changed the role of"), "approve": _("let in"), "reject": _("did not let in"),
        "resolve_report": _("closed report"), "reopen_report": _("opened again report"),
        "assign_report": _("took on report"), "unassign_report": _("gave back report"),
        "change_report": _("filed otherwise report"),
        "read_private_posts": _("read what was not said to everybody in report"),
        "accept_appeal": _("accepted an appeal of"), "decline_appeal": _("declined an appeal of"),
        "block_domain": _("blocked the server"), "change_domain_block": _("decided otherwise about the server"),
        "unblock_domain": _("unblocked the server"), "allow_domain": _("allowed the server"),
        "disallow_domain": _("no longer allows the server"),
        "block_email_domain": _("blocked e-mail addresses of"), "unblock_email_domain": _("allowed again addresses of"),
        "block_email": _("blocked the e-mail address with hash"), "unblock_email": _("allowed the address with hash"),
        "block_network": _("blocked the network"), "change_network_block": _("decided otherwise about the network"),
        "unblock_network": _("unblocked the network"),
        "end_invite": _("ended the invitation"),
        "add_rule": _("wrote the rule"), "remove_rule": _("took away the rule"), "write_paper": _("wrote the paper"),
        "announce": _("announced"), "withdraw_announcement": _("took back the announcement"),
        "add_emoji": _("added the emoji"), "remove_emoji": _("removed the emoji"),
        "unmask_whisper": _("asked who whispered"), "take_whisper_right": _("took the right to whisper of"),
        "give_whisper_right": _("gave back the right to whisper to"),
        "hide_trend": _("took off the trends"), "show_trend": _("put back on the trends"),
    }


# ---- what a role may know --------------------------------------------------------


def email_hint(email: str, role: Role) -> str:
    """The address for administrators; for moderators its first letter and its domain, which tell patterns apart."""
    if role.may(Permission.MANAGE_USER_ACCESS):
        return email
    name, at, domain = email.partition("@")
    return f"{name[:1]}…{at}{domain}"


def address_hint(address: str, role: Role) -> str:
    """From where somebody came: whole for administrators, without its end for moderators."""
    if role.may(Permission.MANAGE_USER_ACCESS) or not address:
        return address
    mark = ":" if ":" in address else "."
    return mark.join([*address.split(mark)[: 3 if mark == "." else 4], "…"])

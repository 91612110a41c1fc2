"""Notifications by strangers: what was kept aside, and what is to become of such, without JavaScript."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post

from .. import clock
from ..actions.filter_notifications import accept_requests, choose_policy, dismiss_requests
from ..actions.mark_conversation import choose_thread_notices
from ..api.requests import AnyRequest, engine_of
from ..ids import moment_of, parse_id
from ..model.account import Account
from ..model.paging import Window
from ..model.relationship import NotificationPolicy, Stance
from ..store import accounts, members, notifications, posts, withholding
from . import faces
from .cards import Card, When, cards, when
from .languages import gettext_now as _
from .pages import AnyAnswer, form, must_be_signed_in, render, see
from .paging import PAGE, older, window

_MAX_COUNTED = 100


class Waiting(msgspec.Struct, kw_only=True):
    """Somebody of whom notifications are kept aside: how many, and the newest post."""

    id: int
    person: Account
    count: int
    card: Card | None
    when: When


class Answered(msgspec.Struct):
    """Which requests are answered."""

    id: list[str] | str = []

    @property
    def ids(self) -> list[int]:
        given = [self.id] if isinstance(self.id, str) else self.id
        return [number for number in map(parse_id, given[:PAGE]) if number is not None]


async def waiting(request: AnyRequest, viewer: Account) -> int:
    """How many people wait, counted up to a hundred."""
    page = Window(limit=_MAX_COUNTED)
    return len(await notifications.asking(engine_of(request).db, viewer.id, page, clock.now()))


@get("/notifications/filtered", include_in_schema=False)
async def filtered(request: AnyRequest) -> Response[bytes]:
    """Who wrote to the viewer and is kept aside."""
    viewer = await must_be_signed_in(request)
    db, now = engine_of(request).db, clock.now()
    found = await notifications.asking(db, viewer.id, window(request), now)
    shown = found[:PAGE]
    persons = await accounts.by_ids(db, [one.account_id for one in shown])
    await faces.load(db, persons.values())
    seen = await posts.visible_by_ids(db, [one.post_id for one in shown if one.post_id], viewer.id)
    drawn = await cards(request, list(seen.values()), context="notifications")
    made: dict[int, Card] = {card.post.id: card for card in drawn}
    return await render(
        request, "strangers.html", older=older(request, [one.id for one in found]),
        waiting=[
            Waiting(
                id=one.id, person=persons[one.account_id], count=one.count, card=made.get(one.post_id or 0),
                when=when(moment_of(one.newest_id), now, request))
            for one in shown if one.account_id in persons])


@post("/notifications/filtered/accept", include_in_schema=False)
async def accept(request: AnyRequest) -> AnyAnswer:
    """Show what these people wrote, and whatever they do from now on."""
    viewer, db = await must_be_signed_in(request), engine_of(request).db
    people = await withholding.accounts_behind(db, viewer.id, (await form(request, Answered)).ids)
    await accept_requests(db, viewer, people, clock.now())
    return see("/notifications/filtered" if await waiting(request, viewer) else "/notifications")


@post("/notifications/filtered/dismiss", include_in_schema=False)
async def dismiss(request: AnyRequest) -> AnyAnswer:
    """Put away what these people wrote."""
    viewer, db = await must_be_signed_in(request), engine_of(request).db
    people = await withholding.accounts_behind(db, viewer.id, (await form(request, Answered)).ids)
    await dismiss_requests(db, viewer, people, clock.now())
    return see("/notifications/filtered" if await waiting(request, viewer) else "/notifications")


# ---- the policy ------------------------------------------------------------------------


class Chosen(msgspec.Struct, kw_only=True):
    """The form of the policy."""

    not_following: Stance = Stance.ACCEPT
    not_followers: Stance = Stance.ACCEPT
    new_accounts: Stance = Stance.ACCEPT
    private_mentions: Stance = Stance.ACCEPT
    limited_accounts: Stance = Stance.FILTER


def rules() -> list[tuple[str, str, str]]:
    """Each kind of stranger: its name in the form, what people call it, and what it means."""
    return [
        ("not_following", _("People I do not follow"), _("Until I accept them one by one.")),
        ("not_followers", _("People who do not follow me"), _("Also those who follow me for less than three days.")),
        ("new_accounts", _("New accounts"), _("Made within the past thirty days.")),
        ("private_mentions", _("Private messages out of the blue"),
         _("Answers to what I wrote, and messages by people I follow, always arrive.")),
        ("limited_accounts", _("Accounts that the moderators limited"), _("Unless I follow them.")),
    ]  # fmt: skip


@get("/settings/notifications", include_in_schema=False)
async def policy_page(request: AnyRequest) -> Response[bytes]:
    """What becomes of notifications by strangers."""
    viewer = await must_be_signed_in(request)
    chosen = await withholding.policy(engine_of(request).db, viewer.id)
    member = await members.find(engine_of(request).db, viewer.id)
    return await render(
        request, "account/notifications.html", chosen={k: v.value for k, v in msgspec.structs.asdict(chosen).items()},
        thread_notices=member is None or member.thread_notices, rules=rules(),
        said=_("Saved.") if "saved" in request.query_params else "",
        stances=[("accept", _("Show them")), ("filter", _("Keep them aside")), ("drop", _("Drop them"))])


@post("/settings/notifications", include_in_schema=False)
async def save_policy(request: AnyRequest) -> AnyAnswer:
    """Save it; it holds for what comes from now on."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Chosen)
    await choose_policy(engine_of(request).db, viewer, NotificationPolicy(**msgspec.structs.asdict(given)))
    return see("/settings/notifications?saved=")


class Threads(msgspec.Struct, kw_only=True):
    """The form of notices of answers."""

    on: bool = False


@post("/settings/notifications/threads", include_in_schema=False)
async def save_threads(request: AnyRequest) -> AnyAnswer:
    """Whether answers in conversations one took part in are told of."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Threads)
    await choose_thread_notices(engine_of(request).db, viewer, given.on)
    return see("/settings/notifications?saved=")


routes: list[Any] = [filtered, accept, dismiss, policy_page, save_policy, save_threads]

"""One's own invitations: made, shown, taken back."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post

from .. import clock
from ..actions.invite_member import MAX_NOTE, invite_member, may_invite, revoke_invite
from ..api.requests import AnyRequest, engine_of
from ..errors import Invalid, NotAllowed
from ..ids import parse_id
from ..model.account import Account
from ..model.paging import Window
from ..store import accounts, invites
from .cards import when
from .languages import gettext_now as _
from .pages import AnyAnswer, form, must_be_signed_in, render, see

SHOWN = 60


class Given(msgspec.Struct):
    """The form of an invitation, or the button that takes one back."""

    note: str = ""
    uses: int = 1
    days: int = 7
    revoke: str = ""


async def _page(request: AnyRequest, viewer: Account, error: str = "", given: Given | None = None) -> Response[bytes]:
    engine, now = engine_of(request), clock.now()
    found = await invites.page(engine.db, Window(limit=SHOWN), viewer.id)
    came = await invites.who_came(engine.db, [one.id for one in found])
    return await render(
        request, "account/invites.html", status=422 if error else 200, invites=found, came=came, error=error,
        given=given or Given(), max_note=MAX_NOTE, may=await may_invite(engine.db, engine.settings.invites, viewer),
        people=await accounts.by_ids(engine.db, [i for ids in came.values() for i in ids]),
        uses=[(1, _("One person")), (5, _("Five people")), (25, _("25 people")), (100, _("100 people"))],
        days=[(1, _("One day")), (7, _("A week")), (30, _("A month")), (365, _("A year"))],
        times={at: when(at, now, request) for one in found for at in (one.created_at, one.expires_at) if at})


@get("/settings/invites", include_in_schema=False)
async def many(request: AnyRequest) -> Response[bytes]:
    """Whom one has invited, and the form to invite more."""
    return await _page(request, await must_be_signed_in(request))


@post("/settings/invites", include_in_schema=False, status_code=200)
async def change(request: AnyRequest) -> AnyAnswer:
    """Invite, or take an invitation back."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    engine, now = engine_of(request), clock.now()
    if given.revoke:
        await revoke_invite(engine.db, viewer, parse_id(given.revoke) or 0, now)
        return see("/settings/invites")
    try:
        await invite_member(
            engine.db, engine.settings.invites, viewer, now, uses=given.uses, days=given.days, note=given.note)
    except NotAllowed as refused:
        raise NotAllowed(_(refused.message)) from None
    except Invalid as refused:
        return await _page(request, viewer, _(refused.message), given)
    return see("/settings/invites")


routes: list[Any] = [many, change]

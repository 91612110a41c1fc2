"""All invitations, and who came by them; moderators end those that are misused."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath

from ... import clock
from ...actions.invite_member import end_invite
from ...api.requests import AnyRequest, engine_of, id_in_path
from ...model.account import Permission
from ...store import invites
from ..cards import when
from ..pages import AnyAnswer, Nothing, form, see
from ..paging import PAGE, again, is_first, window
from .staff import names, page, staff


@get("/moderation/invites", include_in_schema=False)
async def many(request: AnyRequest) -> Response[bytes]:
    """Invitations, newest first, without their codes: moderators join nobody with them."""
    by = await staff(request, Permission.MANAGE_USERS)
    db, now = engine_of(request).db, clock.now()
    found = await invites.page(db, window(request))
    shown = found[:PAGE]
    came = await invites.who_came(db, [one.id for one in shown])
    return await page(
        request, by, "invites.html", invites=shown, came=came, first=is_first(request),
        people=await names(request, [*(one.inviter_id for one in shown), *(i for ids in came.values() for i in ids)]),
        times={at: when(at, now, request) for one in shown for at in (one.created_at, one.expires_at) if at},
        older=again(request, before=str(shown[-1].id)) if len(found) > PAGE else "")


@post("/moderation/invites/{invite_id:str}/end", include_in_schema=False, status_code=200)
async def end(request: AnyRequest, invite_id: FromPath[str]) -> AnyAnswer:
    """Nobody joins with it any more."""
    by = await staff(request, Permission.MANAGE_USERS)
    await form(request, Nothing)
    await end_invite(engine_of(request).db, by, id_in_path(invite_id), clock.now())
    return see("/moderation/invites")


routes = [many, end]

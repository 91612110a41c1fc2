"""What the moderators decided about oneself, why, and the one appeal against it; also for who cannot sign in."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from .. import clock
from ..actions.appeal import MAX_TEXT, appeal, may_appeal, own_warning
from ..actions.secure_account import link_or_refuse
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..errors import Conflict, Invalid, NotAllowed
from ..model.account import Account
from ..model.moderation import Appeal, Warning
from ..store import accounts, appeals, posts, reports
from .cards import When, cards, when
from .languages import gettext_now as _
from .moderation.staff import decision_name
from .pages import AnyAnswer, form, must_be_signed_in, render, see


class Given(msgspec.Struct):
    """The form of an appeal."""

    text: str = ""


class Decision(msgspec.Struct, kw_only=True):
    """One decision as its target reads it."""

    warning: Warning
    said: str
    when: When
    appeal: Appeal | None
    decided: When | None
    may_appeal: bool
    path: str


async def _decisions(request: AnyRequest, account: Account, path: str, only: int | None = None) -> list[Decision]:
    """What was decided about somebody, newest first; answers to appeals stand with these."""
    db, now = engine_of(request).db, clock.now()
    found = [one for one in await reports.warnings_of(db, account.id)
             if one.answers_id is None and only in (None, one.id)]
    against = await appeals.by_warnings(db, [one.id for one in found])
    return [
        Decision(
            warning=one, said=decision_name(one.action), when=when(one.created_at, now, request),
            appeal=(mine := against.get(one.id)), path=f"{path}/{one.id}",
            decided=when(mine.decided_at, now, request) if mine and mine.decided_at else None,
            may_appeal=may_appeal(one, mine, now))
        for one in found]


async def _page(
    request: AnyRequest, account: Account, found: list[Decision], *, given: Given | None = None, error: str = "",
    one: bool = False, wrong: int = 0,
) -> Response[bytes]:
    db = engine_of(request).db
    meant = await posts.visible_by_ids(db, [i for each in found for i in each.warning.post_ids][:100], account.id)
    response = await render(
        request, "decisions.html", status=422 if error else 200, decisions=found, given=given or Given(), error=error,
        one=one, wrong=wrong, max_text=MAX_TEXT, target=account,
        drawn={card.post.id: card for card in await cards(request, list(meant.values()))})
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@get("/decisions", include_in_schema=False)
async def many(request: AnyRequest) -> Response[bytes]:
    """Everything that was decided about the viewer."""
    viewer = await must_be_signed_in(request)
    return await _page(request, viewer, await _decisions(request, viewer, "/decisions"))


@get("/decisions/{warning_id:str}", include_in_schema=False)
async def one(request: AnyRequest, warning_id: FromPath[str]) -> Response[bytes]:
    """One decision about the viewer. Raises NotFound, also for those about others."""
    viewer = await must_be_signed_in(request)
    found = await own_warning(engine_of(request).db, viewer, id_in_path(warning_id))
    return await _page(
        request, viewer, await _decisions(request, viewer, "/decisions", found.answers_id or found.id), one=True)


@post("/decisions/{warning_id:str}", include_in_schema=False, status_code=200)
async def send(request: AnyRequest, warning_id: FromPath[str]) -> AnyAnswer:
    """Appeal, once."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    return await _appealed(request, viewer, id_in_path(warning_id), given, "/decisions", one=True)


async def _appealed(
    request: AnyRequest, account: Account, number: int, given: Given, path: str, one: bool
) -> AnyAnswer:
    try:
        await appeal(engine_of(request).db, account, number, given.text, clock.now())
    except (Invalid, Conflict, NotAllowed) as refused:
        found = await _decisions(request, account, path, number if one else None)
        return await _page(
            request, account, found, given=given, error=_(refused.message), one=one, wrong=number)
    return see(f"{path}/{number}" if one else path)


# ---- for who cannot sign in any more -----------------------------------------------


async def _behind(request: AnyRequest, secret: str) -> Account:
    """Whose link this is. Raises NotFound."""
    db = engine_of(request).db
    link = await link_or_refuse(db, secret, clock.now(), "decision")
    return await accounts.get(db, link.account_id)


@get("/decided/{secret:str}", include_in_schema=False)
async def by_link(request: AnyRequest, secret: FromPath[str]) -> Response[bytes]:
    """What was decided about whoever has this link."""
    account = await _behind(request, secret)
    return await _page(request, account, await _decisions(request, account, f"/decided/{secret}"))


@post("/decided/{secret:str}/{warning_id:str}", include_in_schema=False, status_code=200)
async def send_by_link(request: AnyRequest, secret: FromPath[str], warning_id: FromPath[str]) -> AnyAnswer:
    """Appeal, once."""
    given = await form(request, Given)
    account = await _behind(request, secret)
    return await _appealed(request, account, id_in_path(warning_id), given, f"/decided/{secret}", one=False)


routes: list[Any] = [many, one, send, by_link, send_by_link]

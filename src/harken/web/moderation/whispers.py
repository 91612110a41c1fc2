"""Whispers, for moderators: what the server answers for, who said this one, and who may not any more."""

from __future__ import annotations

import msgspec
from litestar import get, post
from litestar.params import FromPath

from ... import clock
from ...actions.unmask_whisper import give_right, take_right, unmask
from ...api.requests import AnyRequest, engine_of, id_in_path
from ...errors import Invalid, NotFound
from ...ids import AccountId, PostId
from ...model.account import Account, Permission
from ...model.verb import WHISPERS
from ...store import posts, whispers
from ..cards import cards, when
from ..languages import gettext_now as _
from ..pages import AnyAnswer, form, see
from .staff import names, page, staff

LISTED = 200


class Given(msgspec.Struct, kw_only=True):
    """Why somebody wants to know, or decides."""

    reason: str = ""


class Decided(msgspec.Struct, kw_only=True):
    """About whose right to whisper."""

    account: str = ""
    what: str = ""
    reason: str = ""


@get("/moderation/whispers", include_in_schema=False)
async def duties(request: AnyRequest) -> AnyAnswer:
    """What whoever allows whispers has to see to, and who may not whisper."""
    by = await staff(request, Permission.MANAGE_REPORTS)
    return await _duties(request, by)


async def _duties(request: AnyRequest, by: Account, error: str = "") -> AnyAnswer:
    db, now = engine_of(request).db, clock.now()
    taken = await whispers.taken_rights(db, LISTED)
    people = await names(request, [one.account_id for one in taken])
    return await page(
        request, by, "whispers.html", status=422 if error else 200, taken=taken, people=people, error=error,
        times={one.account_id: when(one.taken_at, now, request) for one in taken})


@get("/moderation/whispers/{post_id:str}", include_in_schema=False)
async def ask(request: AnyRequest, post_id: FromPath[str]) -> AnyAnswer:
    """One whisper, and the question who said it, to be asked with a reason."""
    by = await staff(request, Permission.MANAGE_REPORTS)
    return await _one(request, by, id_in_path(post_id), "")


async def _one(
    request: AnyRequest, by: Account, post_id: int, error: str, reason: str = "", found: Account | None = None
) -> AnyAnswer:
    db = engine_of(request).db
    seen = await posts.judged_by_ids(db, [post_id], by.id)
    there = seen.get(post_id)
    if there.verb != WHISPERS if there else await whispers.find_author(db, post_id) is None:
        raise NotFound(_("This is no whisper, or it has been gone for long."))
    shown = await cards(request, [there]) if there else []
    known = await names(request, [found.id]) if found else {}
    return await page(
        request, by, "whisper.html", status=422 if error else 200, card=shown[0] if shown else None, error=error,
        reason=reason, post_id=post_id, author=known.get(found.id) if found else None,
        taken=await whispers.find_taken_right(db, found.id) if found else None)


@post("/moderation/whispers/{post_id:str}", include_in_schema=False, status_code=200)
async def answer(request: AnyRequest, post_id: FromPath[str]) -> AnyAnswer:
    """Who said it, once; the record keeps that it was asked, and why."""
    by = await staff(request, Permission.MANAGE_REPORTS)
    given = await form(request, Given)
    number = id_in_path(post_id)
    try:
        found = await unmask(engine_of(request).db, by, PostId(number), given.reason, clock.now())
    except Invalid as refused:
        return await _one(request, by, number, _(refused.message), given.reason)
    return await _one(request, by, number, "", given.reason, found)


@post("/moderation/whispers/right", include_in_schema=False, status_code=200)
async def right(request: AnyRequest) -> AnyAnswer:
    """Take somebody's right to whisper, or give it back."""
    by = await staff(request, Permission.MANAGE_USERS)
    given = await form(request, Decided)
    db, target, now = engine_of(request).db, AccountId(id_in_path(given.account)), clock.now()
    try:
        if given.what == "give":
            await give_right(db, by, target, now)
        else:
            await take_right(db, by, target, given.reason, now)
    except Invalid as refused:
        return await _duties(request, by, _(refused.message))
    return see("/moderation/whispers")


routes = [duties, ask, answer, right]

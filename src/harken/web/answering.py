"""Answer for a desk: at once, later, together, with saved texts."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from .. import clock
from ..actions.answer_case import AnsweredAlready, answer_case
from ..actions.check_words import Stopped, findings
from ..actions.draft_answer import (
    DraftChanged,
    DraftText,
    approve_draft,
    discard_draft,
    draft_answer,
    return_draft,
)
from ..actions.keep_reply import drop_reply, keep_reply
from ..actions.plan_answer import plan_answer
from ..actions.work_case import Taken
from ..api.requests import AnyRequest, count_post, engine_of, id_in_path
from ..desk import saved
from ..errors import Conflict, Invalid, NotAllowed, NotFound, TextTooLong
from ..ids import parse_id
from ..model.account import Account
from ..model.answering import MAX_SAVED_NAME, MAX_SAVED_TEXT, SavedReply, SharedDraft
from ..model.case import Concern
from ..model.desk import DeskOfMember, DeskRole
from ..model.post import Draft
from ..store import accounts, desk_answers, desk_queue, desks, posts
from . import faces
from .answer_box import Given, inserted, offered
from .cards import Card, When, cards, when
from .compose import moment_here
from .languages import gettext_now as _
from .pages import form, must_be_signed_in, render, see
from .triage import case_page

_MOST_DRAFTS = 100
_VERBS = ("answer", "draft", "ask", "plan", "approve", "return", "discard", "fill")


@post([f"/desks/{{desk_id:str}}/cases/{{case_id:str}}/{verb}" for verb in _VERBS], include_in_schema=False)
async def answer(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes] | Redirect:
    """Answer as oneself, now or later; write with others; approve what they wrote. Nothing that was typed is lost."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    engine, number = engine_of(request), id_in_path(case_id)
    desk = await desks.get(engine.db, id_in_path(desk_id), viewer.id, DeskRole.HELPER)
    verb = request.scope["path"].rsplit("/", 1)[1]
    kept = given if verb in ("answer", "draft", "ask", "plan", "fill") else None  # the others send no text
    if verb in ("answer", "plan", "approve"):
        count_post(request, viewer)
    try:
        if verb == "fill":
            return await _filled(request, viewer, desk, number, given)
        await _do(request, viewer, desk, number, verb, given)
    except NotFound as error:
        if await desk_queue.find(engine.db, desk.id, number, viewer.id) is None:
            return await render(request, "desk/gone.html", status=404, desk=desk, given=given)
        return await case_page(request, viewer, desk, number, given=kept, error=error.message, status=422)
    except AnsweredAlready as error:
        return await case_page(request, viewer, desk, number, given=kept, answered=error.answer_id, status=409)
    except Taken as error:
        return await case_page(request, viewer, desk, number, given=kept, taken=error, verb=verb, status=409)
    except DraftChanged as error:
        return await case_page(request, viewer, desk, number, given=kept, error=error.message, status=409)
    except Stopped:
        if kept is None:
            shared = await desk_answers.visible_draft(engine.db, desk.id, number, viewer.id)
            kept = msgspec.structs.replace(given, text=shared.text if shared else "")
        found = await _findings(request, desk, number, viewer, kept.text)
        return await case_page(request, viewer, desk, number, given=kept, stopped=found, verb=verb, status=422)
    except (Invalid, TextTooLong, Conflict, NotAllowed) as error:
        return await case_page(request, viewer, desk, number, given=kept, error=error.message, status=422)
    return see(f"/desks/{desk.id}/cases/{number}")


async def _findings(request: AnyRequest, desk: DeskOfMember, number: int, viewer: Account, text: str) -> list[Any]:
    """What the check says of the text as it was typed, without the name that is put in front."""
    db = engine_of(request).db
    item = await desk_queue.get(db, desk.id, number, viewer.id)
    case = Concern(conversation_id=number, author_id=item.author_id, here=True)
    return list(await findings(db, desk, [case], text, clock.now()))


async def _do(
    request: AnyRequest, viewer: Account, desk: DeskOfMember, number: int, verb: str, given: Given
) -> None:
    engine, now = engine_of(request), clock.now()
    known, version = parse_id(given.known_answer_id) or 0, parse_id(given.draft_version) or 0
    limit = engine.settings.max_post_characters
    later = moment_here(request, given.later) if given.later.strip() else None
    match verb:
        case "answer":
            await answer_case(
                engine.db, viewer, desk.id, number, Draft(text=given.text, visibility=given.said), now,
                take=bool(given.take), known_answer_id=known, max_characters=limit, override=given.override,
                draft_version=version)
        case "plan":
            if later is None:
                raise Invalid(_("Say when it is to be sent."), "later")
            await plan_answer(
                engine.db, viewer, desk.id, number, Draft(text=given.text, visibility=given.said), later, now,
                take=bool(given.take), known_answer_id=known, max_characters=limit, override=given.override,
                draft_version=version)
        case "draft" | "ask":
            await draft_answer(
                engine.db, viewer, desk.id, number,
                DraftText(text=given.text, visibility=given.said, publish_at=later, ask=verb == "ask",
                          known_answer_id=known),
                version, now, max_characters=limit)
        case "approve":
            await approve_draft(
                engine.db, viewer, desk.id, number, version, now, override=given.override, take=bool(given.take),
                max_characters=limit)
        case "return":
            await return_draft(engine.db, viewer, desk.id, number, version, given.remark, now)
        case _:
            await discard_draft(engine.db, viewer, desk.id, number, version, now)


async def _filled(
    request: AnyRequest, viewer: Account, desk: DeskOfMember, number: int, given: Given
) -> Response[bytes]:
    """The same page with a saved reply, or one of the texts at hand, in the box below what was typed."""
    db = engine_of(request).db
    item = await desk_queue.get(db, desk.id, number, viewer.id)
    asker = await accounts.get(db, item.author_id)
    if given.offer == "emergency":
        text = inserted(given.text, desk.emergency)
    elif given.offer:  # instead of what was stopped
        texts = offered(desk, await posts.find(db, item.post_id), asker, viewer)
        place = parse_id(given.offer)
        text = f"@{asker.address} {texts[place]}" if place is not None and place < len(texts) else given.text
    elif (chosen := parse_id(given.saved)) is not None:
        reply = await desk_answers.visible_reply(db, desk.id, chosen, viewer.id)
        text = inserted(given.text, saved.filled(reply.text, desk, asker, viewer))
    else:
        text = given.text
    given = msgspec.structs.replace(given, text=text, saved="", offer="")
    return await case_page(request, viewer, desk, number, given=given)


# ---- drafts ----------------------------------------------------------------------------


class DraftRow(msgspec.Struct, frozen=True, kw_only=True):
    """A draft on the page of drafts."""

    draft: SharedDraft
    card: Card
    writer: Account | None
    changed: When
    planned: When | None
    failed: str


@get("/desks/{desk_id:str}/drafts", include_in_schema=False)
async def drafts(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Answers that are being written: what waits for a second person first."""
    viewer = await must_be_signed_in(request)
    db, now = engine_of(request).db, clock.now()
    desk = await desks.get(db, id_in_path(desk_id), viewer.id, DeskRole.HELPER)
    found = await desk_answers.visible_drafts(db, desk.id, viewer.id, _MOST_DRAFTS)
    seen = await posts.visible_by_ids(db, [one.post_id for one in found], viewer.id)
    made = {card.post.id: card for card in await cards(request, list(seen.values()))}
    writers = await accounts.by_ids(db, [one.by_id for one in found])
    await faces.load(db, writers.values())
    rows = []
    for one in found:
        if one.post_id in made:
            plan = await desk_answers.planned(db, one.scheduled_id) if one.scheduled_id else None
            rows.append(DraftRow(
                draft=one, card=made[one.post_id], writer=writers.get(one.by_id),
                changed=when(one.changed_at, now, request), planned=when(plan.at, now, request) if plan else None,
                failed=plan.failed if plan else ""))
    return await render(request, "desk/drafts.html", desk=desk, rows=rows)


# ---- saved replies -----------------------------------------------------------------------


class ReplyGiven(msgspec.Struct):
    """The form of a saved reply."""

    name: str = ""
    text: str = ""


@get("/desks/{desk_id:str}/replies", include_in_schema=False)
async def replies(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """What a desk answers with often."""
    viewer = await must_be_signed_in(request)
    return await _replies(
        request, viewer, await desks.get(engine_of(request).db, id_in_path(desk_id), viewer.id), ReplyGiven())


async def _replies(
    request: AnyRequest, viewer: Account, desk: DeskOfMember, given: ReplyGiven, error: str = "", at: int = 0
) -> Response[bytes]:
    found: list[SavedReply] = await desk_answers.visible_replies(engine_of(request).db, desk.id, viewer.id)
    return await render(
        request, "desk/replies.html", status=422 if error else 200, desk=desk, replies=found, given=given, error=error,
        error_at=at, works=desk.role >= DeskRole.HELPER, placeholders=saved.PLACEHOLDERS, most_name=MAX_SAVED_NAME,
        most_text=MAX_SAVED_TEXT)


@post(["/desks/{desk_id:str}/replies", "/desks/{desk_id:str}/replies/{reply_id:str}"], include_in_schema=False)
async def keep(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes] | Redirect:
    """Save a text, or change one."""
    viewer = await must_be_signed_in(request)
    given = await form(request, ReplyGiven)
    db, now = engine_of(request).db, clock.now()
    desk = await desks.get(db, id_in_path(desk_id), viewer.id, DeskRole.HELPER)
    reply_id = request.path_params.get("reply_id")
    number = id_in_path(reply_id) if reply_id else 0
    try:
        await keep_reply(db, viewer, desk.id, given.name, given.text, now, number)
    except Invalid as error:
        return await _replies(request, viewer, desk, given, error.message, number)
    return see(f"/desks/{desk.id}/replies")


@post("/desks/{desk_id:str}/replies/{reply_id:str}/drop", include_in_schema=False)
async def drop(request: AnyRequest, desk_id: FromPath[str], reply_id: FromPath[str]) -> Redirect:
    """Forget a saved text."""
    viewer = await must_be_signed_in(request)
    await form(request, ReplyGiven)
    number = id_in_path(desk_id)
    await drop_reply(engine_of(request).db, viewer, number, id_in_path(reply_id), clock.now())
    return see(f"/desks/{number}/replies")


routes: list[Any] = [answer, drafts, replies, keep, drop]

"""What a desk says, for programs: answers, the reply check, shared drafts, saved replies; docs/api.md, "Answers"."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec
from litestar import Response, delete, get, post, put
from litestar.params import FromPath

from ... import clock
from ...actions.answer_case import AnsweredAlready, answer_case
from ...actions.check_words import Stopped, findings
from ...actions.draft_answer import (
    DraftChanged,
    DraftText,
    approve_draft,
    discard_draft,
    draft_answer,
    return_draft,
)
from ...actions.keep_reply import drop_reply, keep_reply
from ...actions.plan_answer import plan_answer
from ...actions.work_case import Taken
from ...desk import saved, wording
from ...desk.checking import Finding
from ...errors import Invalid, NotFound
from ...ids import PostId, parse_id
from ...model.account import Account
from ...model.answering import SavedReply, SharedDraft
from ...model.case import Concern
from ...model.desk import DeskOfMember, DeskRole
from ...model.post import Draft, Post, Visibility
from ...store import accounts, desk_answers, desk_queue, posts
from ..mastodon import entities
from ..mastodon.answers import answer
from ..requests import AnyRequest, count_post, engine_of, id_in_path, parameters
from .desk_cases import conflict
from .desks import at_desk

_CASE = "/api/harken/v1/desks/{desk_id:str}/cases/{case_id:str}"
_MOST_DRAFTS = 100
_SAID = {"public": Visibility.PUBLIC, "unlisted": Visibility.UNLISTED, "direct": Visibility.DIRECT}
_NAMES = {visibility: name for name, visibility in _SAID.items()}


class AnswerGiven(msgspec.Struct):
    """An answer; `known_answer_id` is the newest one that was read, `publish_at` when it is wanted, if not at once,
    `override` why a lead says what the reply check stops, `draft_version` that of the shared draft which this ends."""

    status: str = ""
    visibility: str = "public"
    in_reply_to_id: str | None = None
    known_answer_id: str | None = None
    take: bool = False
    publish_at: datetime | None = None
    override: str = ""
    draft_version: int = 0


class DraftGiven(msgspec.Struct):
    """What a helper writes; `version` is the one that was read, 0 for none."""

    status: str = ""
    visibility: str = "public"
    version: int = 0
    publish_at: datetime | None = None
    ask: bool = False
    known_answer_id: str | None = None


class ApprovalGiven(msgspec.Struct):
    """Which version is approved, given back (`remark`) or thrown away."""

    version: int = 0
    override: str = ""
    take: bool = False
    remark: str = ""


class ReplyGiven(msgspec.Struct):
    """A text to save."""

    name: str = ""
    text: str = ""


class CheckGiven(msgspec.Struct):
    """A text to look through."""

    status: str = ""


class FindingEntity(msgspec.Struct):
    """Words that should not be said: characters `start` to `end`."""

    reason: str
    words: str
    start: int
    end: int


class CheckEntity(msgspec.Struct):
    """What the reply check says, and what may be said instead."""

    findings: list[FindingEntity]
    neutral: list[str]
    private_channel: str


class StoppedEntity(CheckEntity):
    """The same for an answer that was not sent."""

    error: str
    may_override: bool


class DraftEntity(msgspec.Struct):
    """An answer that is being written together."""

    case_id: str
    status: str
    visibility: str
    version: int
    by_id: str
    writer_ids: list[str]
    asked: bool
    remark: str
    publish_at: datetime | None
    planned: bool
    failed: str
    changed_at: datetime


class SavedEntity(msgspec.Struct):
    """A saved reply; `filled` for the `case` that was asked for."""

    id: str
    name: str
    text: str
    filled: str | None = None


async def _draft(request: AnyRequest, draft: SharedDraft) -> DraftEntity:
    plan = await desk_answers.planned(engine_of(request).db, draft.scheduled_id) if draft.scheduled_id else None
    return DraftEntity(
        case_id=str(draft.conversation_id), status=draft.text, visibility=_NAMES[draft.visibility],
        version=draft.version, by_id=str(draft.by_id), writer_ids=[str(i) for i in draft.writers], asked=draft.asked,
        remark=draft.remark, publish_at=draft.publish_at, planned=plan is not None,
        failed=plan.failed if plan else "", changed_at=draft.changed_at)


def _said(name: str) -> Visibility:
    if name not in _SAID:
        raise Invalid("visibility is public, unlisted or direct.", "visibility")
    return _SAID[name]


def _moment(at: datetime | None) -> datetime | None:
    if at is not None and at.tzinfo is None:
        raise Invalid("publish_at says its offset from UTC.", "publish_at")
    return at


async def _status(request: AnyRequest, made: Post, by: Account) -> Response[bytes]:
    """The answer as its reader may see it; a draft approved for somebody else may be for one person alone."""
    engine = engine_of(request)
    seen = await posts.visible_by_ids(engine.db, [made.id], by.id)
    if made.id not in seen:
        return answer({"id": str(made.id)})
    return answer(await entities.status(engine.db, seen[made.id], by.id, engine.base_url))


async def _answering(
    request: AnyRequest, by: Account, desk: DeskOfMember, case_id: int, text: str,
    done: Callable[[], Awaitable[Response[bytes]]],
) -> Response[bytes]:
    """Do it, or say in full why not: the words that were stopped, what somebody said first, who works on it."""
    try:
        return await done()
    except Stopped as error:
        db = engine_of(request).db
        shared = await desk_answers.visible_draft(db, desk.id, case_id, by.id)
        found = await _checked(request, desk, by, case_id, text or (shared.text if shared else ""))
        return answer(StoppedEntity(
            findings=found.findings, neutral=found.neutral, private_channel=found.private_channel,
            error=error.message, may_override=error.may_override), status=422)
    except AnsweredAlready as error:
        return answer({"error": error.message, "answer_id": str(error.answer_id)}, status=409)
    except Taken as error:
        return conflict(error.message, error.item)
    except DraftChanged as error:
        draft = msgspec.to_builtins(await _draft(request, error.draft)) if error.draft else None
        return answer({"error": error.message, "draft": draft}, status=409)


async def _checked(
    request: AnyRequest, desk: DeskOfMember, by: Account, case_id: int, text: str
) -> CheckEntity:
    db = engine_of(request).db
    item = await desk_queue.get(db, desk.id, case_id, by.id)
    found: Sequence[Finding] = await findings(
        db, desk, [Concern(conversation_id=case_id, author_id=item.author_id, here=True)], text, clock.now())
    asked, asker = await posts.find(db, item.post_id), await accounts.get(db, item.author_id)
    texts = wording.offers(asked.language if asked else None) if found else ()
    return CheckEntity(
        findings=[FindingEntity(one.reason.value, one.words, one.start, one.end) for one in found],
        neutral=[saved.filled(one, desk, asker, by).strip() for one in texts], private_channel=desk.channel)


# ---- answers ---------------------------------------------------------------------------


@post(f"{_CASE}/answers", status_code=200)
async def reply(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes]:
    """Answer as oneself, now or (`publish_at`) later; 409 with the first answer when somebody was quicker."""
    by, desk = await at_desk(request, desk_id, "write:desks", DeskRole.HELPER)
    given = await parameters(request, AnswerGiven)
    said, later, number = _said(given.visibility), _moment(given.publish_at), id_in_path(case_id)
    count_post(request, by)
    engine = engine_of(request)
    parent = parse_id(given.in_reply_to_id or "")
    draft = Draft(text=given.status, visibility=said, in_reply_to_id=PostId(parent) if parent else None)
    known, limit = parse_id(given.known_answer_id or "") or 0, engine.settings.max_post_characters

    async def done() -> Response[bytes]:
        if later is not None:
            return answer(await _draft(request, await plan_answer(
                engine.db, by, desk.id, number, draft, later, clock.now(), take=given.take, known_answer_id=known,
                max_characters=limit, override=given.override, draft_version=given.draft_version)))
        return await _status(request, await answer_case(
            engine.db, by, desk.id, number, draft, clock.now(), take=given.take, known_answer_id=known,
            max_characters=limit, override=given.override, draft_version=given.draft_version), by)

    return await _answering(request, by, desk, number, given.status, done)


@post(f"{_CASE}/check", status_code=200)
async def check(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes]:
    """What the reply check says of a text; nothing is sent or kept."""
    by, desk = await at_desk(request, desk_id, "read:desks", DeskRole.HELPER)
    given = await parameters(request, CheckGiven)
    if len(given.status) > engine_of(request).settings.max_post_characters:
        raise Invalid("That is longer than a post may be.", "status")
    return answer(await _checked(request, desk, by, id_in_path(case_id), given.status))


# ---- drafts ----------------------------------------------------------------------------


@get("/api/harken/v1/desks/{desk_id:str}/drafts")
async def drafts(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Answers that are being written, at most 100: what waits for a second person first."""
    by, desk = await at_desk(request, desk_id, "read:desks", DeskRole.HELPER)
    found = await desk_answers.visible_drafts(engine_of(request).db, desk.id, by.id, _MOST_DRAFTS)
    return answer([await _draft(request, one) for one in found])


@get(f"{_CASE}/draft")
async def read(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes]:
    """The shared draft of a case; 404 without one."""
    by, desk = await at_desk(request, desk_id, "read:desks", DeskRole.HELPER)
    found = await desk_answers.visible_draft(engine_of(request).db, desk.id, id_in_path(case_id), by.id)
    if found is None:
        raise NotFound("There is no draft.")
    return answer(await _draft(request, found))


@put(f"{_CASE}/draft")
async def write(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes]:
    """Write it, or write it anew; `ask` for a second person. 409 with the `draft` when somebody wrote meanwhile."""
    by, desk = await at_desk(request, desk_id, "write:desks", DeskRole.HELPER)
    given = await parameters(request, DraftGiven)
    engine, number = engine_of(request), id_in_path(case_id)
    text = DraftText(
        text=given.status, visibility=_said(given.visibility), publish_at=_moment(given.publish_at), ask=given.ask,
        known_answer_id=parse_id(given.known_answer_id or "") or 0)

    async def done() -> Response[bytes]:
        return answer(await _draft(request, await draft_answer(
            engine.db, by, desk.id, number, text, given.version, clock.now(),
            max_characters=engine.settings.max_post_characters)))

    return await _answering(request, by, desk, number, given.status, done)


@delete(f"{_CASE}/draft", status_code=200)
async def discard(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes]:
    """Throw it away, and its plan."""
    by, desk = await at_desk(request, desk_id, "write:desks", DeskRole.HELPER)
    given, number = await parameters(request, ApprovalGiven), id_in_path(case_id)

    async def done() -> Response[bytes]:
        await discard_draft(engine_of(request).db, by, desk.id, number, given.version, clock.now())
        return answer({})

    return await _answering(request, by, desk, number, "", done)


@post(f"{_CASE}/draft/approve", status_code=200)
async def approve(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes]:
    """Send it in its writer's name: the status, or the draft if it is planned for later."""
    by, desk = await at_desk(request, desk_id, "write:desks", DeskRole.HELPER)
    given = await parameters(request, ApprovalGiven)
    engine, number = engine_of(request), id_in_path(case_id)

    async def done() -> Response[bytes]:
        made = await approve_draft(
            engine.db, by, desk.id, number, given.version, clock.now(), override=given.override, take=given.take,
            max_characters=engine.settings.max_post_characters)
        if made is not None:
            return await _status(request, made, by)
        kept = await desk_answers.visible_draft(engine.db, desk.id, number, by.id)
        return answer(await _draft(request, kept) if kept else {})

    return await _answering(request, by, desk, number, "", done)


@post(f"{_CASE}/draft/return", status_code=200)
async def give_back(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes]:
    """Do not approve it (`remark` says why), or take its plan back."""
    by, desk = await at_desk(request, desk_id, "write:desks", DeskRole.HELPER)
    given, number = await parameters(request, ApprovalGiven), id_in_path(case_id)

    async def done() -> Response[bytes]:
        return answer(await _draft(request, await return_draft(
            engine_of(request).db, by, desk.id, number, given.version, given.remark, clock.now())))

    return await _answering(request, by, desk, number, "", done)


# ---- saved replies -----------------------------------------------------------------------


class RepliesAsked(msgspec.Struct):
    """The case for which placeholders are filled."""

    case: str = ""


@get("/api/harken/v1/desks/{desk_id:str}/replies")
async def replies(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """What the desk answers with often; with a `case`, `filled` for whoever asks there."""
    by, desk = await at_desk(request, desk_id, "read:desks")
    asked, db = await parameters(request, RepliesAsked), engine_of(request).db
    found = await desk_answers.visible_replies(db, desk.id, by.id)
    if not asked.case:
        return answer([_saved(one) for one in found])
    item = await desk_queue.get(db, desk.id, id_in_path(asked.case), by.id)
    asker = await accounts.get(db, item.author_id)
    return answer([_saved(one, saved.filled(one.text, desk, asker, by)) for one in found])


def _saved(reply: SavedReply, filled: str | None = None) -> SavedEntity:
    return SavedEntity(str(reply.id), reply.name, reply.text, filled)


@post("/api/harken/v1/desks/{desk_id:str}/replies", status_code=200)
async def keep(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Save a text."""
    by, desk = await at_desk(request, desk_id, "write:desks", DeskRole.HELPER)
    given = await parameters(request, ReplyGiven)
    return answer(_saved(await keep_reply(
        engine_of(request).db, by, desk.id, given.name, given.text, clock.now())))


@put("/api/harken/v1/desks/{desk_id:str}/replies/{reply_id:str}")
async def change(request: AnyRequest, desk_id: FromPath[str], reply_id: FromPath[str]) -> Response[bytes]:
    """Change a saved text."""
    by, desk = await at_desk(request, desk_id, "write:desks", DeskRole.HELPER)
    given = await parameters(request, ReplyGiven)
    return answer(_saved(await keep_reply(
        engine_of(request).db, by, desk.id, given.name, given.text, clock.now(), id_in_path(reply_id))))


@delete("/api/harken/v1/desks/{desk_id:str}/replies/{reply_id:str}", status_code=200)
async def drop(request: AnyRequest, desk_id: FromPath[str], reply_id: FromPath[str]) -> Response[bytes]:
    """Forget a saved text."""
    by, desk = await at_desk(request, desk_id, "write:desks", DeskRole.HELPER)
    await drop_reply(engine_of(request).db, by, desk.id, id_in_path(reply_id), clock.now())
    return answer({})


routes = [
    reply, check, drafts, read, write, discard, approve, give_back, replies, keep, change, drop]

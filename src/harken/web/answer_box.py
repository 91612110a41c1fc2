"""The box in which a desk answers, with everything beside it: what was stopped, what may be said, what others wrote."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .. import clock
from ..api.requests import AnyRequest, engine_of
from ..desk import saved, wording
from ..desk.checking import Finding
from ..model.account import Account
from ..model.answering import MAX_SAVED_TEXT, SavedReply, SharedDraft
from ..model.case import Item
from ..model.desk import DeskOfMember, DeskRole, Kind
from ..model.post import Post, Visibility
from ..store import accounts, desk_answers, posts
from . import desk_words
from .cards import When, visibility_name, when
from .pages import zone_of

VISIBILITIES = {"public": Visibility.PUBLIC, "unlisted": Visibility.UNLISTED, "direct": Visibility.DIRECT}
FIELD = "%Y-%m-%dT%H:%M"  # a moment as a browser's field writes it


class Given(msgspec.Struct):
    """What the answer box and the buttons of a draft send."""

    text: str = ""
    visibility: str = "public"
    known_answer_id: str = ""
    take: str = ""
    draft_version: str = ""
    override: str = ""
    saved: str = ""
    offer: str = ""
    later: str = ""
    remark: str = ""

    @property
    def said(self) -> Visibility:
        return VISIBILITIES.get(self.visibility, Visibility.UNLISTED)


class Words(msgspec.Struct, frozen=True):
    """A piece of a text; `why` it was stopped, empty for what may stay."""

    text: str
    why: str = ""


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """The box with what was typed, and what stands around it."""

    given: Given
    known_answer: int
    limit: int
    saved: list[SavedReply]
    offers: list[str] = []  # neutral wording, filled
    pieces: list[Words] = []  # the text that was stopped, in pieces
    reasons: list[str] = []  # why, each once
    may_override: bool = False
    draft: SharedDraft | None = None
    writer: Account | None = None  # of the draft
    wrote: bool = False  # the reader wrote in it
    draft_to: str = ""  # who could read it
    changed: When | None = None
    planned: When | None = None  # when it is sent
    failed: str = ""  # why that could not be


async def box(
    request: AnyRequest, viewer: Account, desk: DeskOfMember, item: Item, asker: Account, *, given: Given | None,
    known_answer: int, stopped: Sequence[Finding] = (),
) -> Box | None:
    """The box for one case; None for readers."""
    if desk.role < DeskRole.HELPER:
        return None
    engine, now = engine_of(request), clock.now()
    draft = await desk_answers.visible_draft(engine.db, desk.id, item.conversation_id, viewer.id)
    plan = await desk_answers.planned(engine.db, draft.scheduled_id) if draft and draft.scheduled_id else None
    asked = await posts.find(engine.db, item.post_id)
    if given is None:
        given = _written(request, draft) if draft and not plan else Given(text=f"@{asker.address} ")
    writer = await accounts.by_ids(engine.db, [draft.by_id]) if draft else {}
    return Box(
        given=given, known_answer=known_answer, limit=engine.settings.max_post_characters,
        saved=await desk_answers.visible_replies(engine.db, desk.id, viewer.id),
        offers=offered(desk, asked, asker, viewer) if stopped and desk.kind is Kind.HEALTH else [],
        pieces=pieces_of(given.text, stopped),
        reasons=list(dict.fromkeys(desk_words.stopped(one.reason) for one in stopped)),
        may_override=bool(stopped) and desk.role is DeskRole.LEAD, draft=draft,
        writer=writer.get(draft.by_id) if draft else None, wrote=bool(draft and draft.wrote(viewer.id)),
        draft_to=visibility_name(draft.visibility) if draft else "",
        changed=when(draft.changed_at, now, request) if draft else None,
        planned=when(plan.at, now, request) if plan else None, failed=plan.failed if plan else "")


def _written(request: AnyRequest, draft: SharedDraft) -> Given:
    """What somebody wrote so far, to go on with."""
    later = draft.publish_at.astimezone(zone_of(request)).strftime(FIELD) if draft.publish_at else ""
    names = {visibility: name for name, visibility in VISIBILITIES.items()}
    return Given(text=draft.text, visibility=names[draft.visibility], later=later)


def offered(desk: DeskOfMember, asked: Post | None, asker: Account, viewer: Account) -> list[str]:
    """What a clinic can always say, for this person."""
    texts = wording.offers(asked.language if asked else None)
    said = [saved.filled(text, desk, asker, viewer).strip() for text in texts]
    # Without a channel nothing follows the colon.
    return [f"{text[:-1]}{'.' if text[-2].isascii() else '。'}" if text.endswith(":") else text for text in said]


def pieces_of(text: str, stopped: Sequence[Finding]) -> list[Words]:
    """The text cut where it was stopped; nothing if it was not."""
    made: list[Words] = []
    at = 0
    for one in sorted(stopped):
        if one.end <= at:
            continue
        start = max(one.start, at)
        start += len(text[start : one.end]) - len(text[start : one.end].lstrip())  # after what was marked before it
        made += [Words(text[at:start])] if start > at else []
        made.append(Words(text[start : one.end], desk_words.stopped(one.reason)))
        at = one.end
    return [*made, Words(text[at:])] if made and at < len(text) else made


def inserted(text: str, more: str) -> str:
    """What was typed, with a saved reply below it; a lone mention stays in front."""
    kept = text.rstrip()
    if not kept or (kept.startswith("@") and " " not in kept):
        return f"{kept} {more}".strip()[:MAX_SAVED_TEXT]
    return f"{kept}\n\n{more}"

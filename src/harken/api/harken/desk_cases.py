"""A desk's queue for programs; docs/api.md, "Cases"."""

from __future__ import annotations

from datetime import datetime

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from ... import clock
from ...actions.attend_case import attend_case
from ...actions.work_case import Move, Taken, Verb, work_case, work_cases
from ...desk import listing, queue
from ...errors import Invalid
from ...ids import AccountId, parse_id
from ...model.account import Account
from ...model.case import Item, Tab
from ...model.desk import DeskOfMember
from ...store import desk_queue, posts
from ...store.desk_queue import Cursor, Shown
from ..mastodon import entities
from ..mastodon.answers import answer
from ..requests import AnyRequest, engine_of, id_in_path, ids_given, parameters, viewer
from .desks import at_desk

MOST = 80


class Asked(msgspec.Struct):
    """Which part of the queue; `after` is the `next` of the page before."""

    tab: str = "open"
    mine: bool = False
    overdue: bool = False
    q: str = ""
    limit: int = 20
    after: str = ""


class MoveGiven(msgspec.Struct):
    """What is done; `cases` for many at once."""

    verb: str = ""
    to: str | None = None
    until: datetime | None = None
    reason: str = ""
    take: bool = False
    cases: list[str] = []


class AttendGiven(msgspec.Struct):
    """Whether somebody types."""

    typing: bool = False


class PresenceEntity(msgspec.Struct):
    """Who else looks at a case."""

    account_id: str
    typing: bool


class CaseEntity(msgspec.Struct):
    """A conversation in the queue. `id` is the conversation's; `status` the post that was heard first."""

    id: str
    state: str
    status: msgspec.Raw
    asks: float
    reasons: list[str]
    crisis: bool
    replies: int
    asked_id: str
    answered_id: str | None
    answered_by_id: str | None
    claimed_by_id: str | None
    claimed_until: datetime | None
    wakes_at: datetime | None
    due_at: datetime | None
    overdue: bool
    reason: str
    present: list[PresenceEntity]


class CasePage(msgspec.Struct):
    """A page of the queue; `next` is None at the end, `counts` stop at 100."""

    cases: list[CaseEntity]
    next: str | None
    counts: dict[str, int]


class Done(msgspec.Struct):
    """What was done with many cases, and why not with the others."""

    done: list[str]
    refused: dict[str, str]


async def _entities(
    request: AnyRequest, by: Account, desk: DeskOfMember, items: list[Item]
) -> list[CaseEntity]:
    engine, now = engine_of(request), clock.now()
    seen = await posts.visible_by_ids(engine.db, [item.post_id for item in items], by.id)
    statuses = await entities.statuses(engine.db, list(seen.values()), by.id, engine.base_url)
    reasons = await queue.reasons(engine.db, desk, items, seen, now)
    there = await desk_queue.present(engine.db, desk.id, by.id, now, [item.conversation_id for item in items])
    made = []
    for item in items:
        if item.post_id not in statuses:
            continue
        why = reasons[item.conversation_id]
        held = item.claimed_by if item.lease_until and item.lease_until > now else None
        made.append(CaseEntity(
            id=str(item.conversation_id), state=item.state.value, status=statuses[item.post_id],
            asks=item.asks / 1000, reasons=[reason for reason in why if reason != "crisis"], crisis="crisis" in why,
            replies=item.replies, asked_id=str(item.asked_id),
            answered_id=str(item.answered_id) if item.answered_id else None,
            answered_by_id=str(item.answered_by) if item.answered_by else None,
            claimed_by_id=str(held) if held else None, claimed_until=item.lease_until if held else None,
            wakes_at=item.wake_at, due_at=item.due_at, overdue=item.overdue(now), reason=item.reason,
            present=[PresenceEntity(str(one.account_id), one.typing) for one in there
                     if one.conversation_id == item.conversation_id]))
    return made


def _cursor(text: str) -> Cursor:
    rank, _, conversation = text.partition("-")
    numbers = parse_id(rank), parse_id(conversation)
    if None in numbers:
        raise Invalid("after is the next of an earlier page.", "after")
    return Cursor(*(number or 0 for number in numbers))


def _move(given: MoveGiven) -> Move:
    if given.verb not in set(Verb):
        raise Invalid(f"verb is one of {', '.join(Verb)}.", "verb")
    to = parse_id(given.to) if given.to else None
    return Move(
        verb=Verb(given.verb), to=AccountId(to) if to else None, until=given.until, reason=given.reason,
        take=given.take)


@get("/api/harken/v1/desks/{desk_id:str}/cases")
async def many(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """The queue, what matters most first; `q` is any search expression."""
    by, desk = await at_desk(request, desk_id, "read:desks")
    asked = await parameters(request, Asked)
    tabs = {tab.name.lower(): tab for tab in Tab}
    if asked.tab not in tabs:
        raise Invalid(f"tab is one of {', '.join(tabs)}.", "tab")
    if not 1 <= asked.limit <= MOST:
        raise Invalid(f"limit is a number from 1 to {MOST}.", "limit")
    db, now = engine_of(request).db, clock.now()
    shown = Shown(tab=tabs[asked.tab], mine=asked.mine, overdue=asked.overdue)
    found = await listing.page(
        db, desk, by, shown, asked.q, _cursor(asked.after) if asked.after else Cursor(), asked.limit, now)
    following = f"{found.next.rank}-{found.next.conversation_id}" if found.next else None
    return answer(CasePage(
        await _entities(request, by, desk, found.items), following,
        await desk_queue.counts(db, desk.id, by.id, now)))


@get("/api/harken/v1/desks/{desk_id:str}/cases/{case_id:str}")
async def one(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes]:
    """One case."""
    by, desk = await at_desk(request, desk_id, "read:desks")
    return await _one(request, by, desk, id_in_path(case_id))


async def _one(request: AnyRequest, by: Account, desk: DeskOfMember, case_id: int) -> Response[bytes]:
    item = await desk_queue.get(engine_of(request).db, desk.id, case_id, by.id)
    return answer((await _entities(request, by, desk, [item]))[0])


@post("/api/harken/v1/desks/{desk_id:str}/cases/{case_id:str}/moves", status_code=200)
async def move(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes]:
    """Claim, release, hand, wait, snooze, done, noise, reopen or matters; 409 while somebody else works on it."""
    by, desk = await at_desk(request, desk_id, "write:desks")
    given = _move(await parameters(request, MoveGiven))
    try:
        await work_case(engine_of(request).db, by, desk.id, id_in_path(case_id), given, clock.now())
    except Taken as error:
        return conflict(error.message, error.item)
    return await _one(request, by, desk, id_in_path(case_id))


@post("/api/harken/v1/desks/{desk_id:str}/moves", status_code=200)
async def move_many(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """The same with many `cases` at once."""
    by, desk = await at_desk(request, desk_id, "write:desks")
    given = await parameters(request, MoveGiven)
    done, refused = await work_cases(
        engine_of(request).db, by, desk.id, ids_given(list(given.cases)), _move(given), clock.now())
    return answer(Done([str(i) for i in done], {str(i): why for i, why in refused.items()}))


def conflict(message: str, item: Item) -> Response[bytes]:
    """Somebody else works on it."""
    return answer({"error": message, "claimed_by_id": str(item.claimed_by)}, status=409)


@post("/api/harken/v1/desks/{desk_id:str}/cases/{case_id:str}/presence", status_code=200)
async def attend(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes]:
    """Say that one looks, or types (`typing`): twice a minute, as long as it is so."""
    by = await viewer(request, "write:desks")
    typing = (await parameters(request, AttendGiven)).typing
    await attend_case(
        engine_of(request).db, by, id_in_path(desk_id), id_in_path(case_id), typing, clock.now())
    return answer({})


routes = [many, one, move, move_many, attend]

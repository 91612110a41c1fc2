"""Work a desk's queue: claim a case and let go of it, hand it over, and say what becomes of it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from ..desk import queue
from ..errors import Conflict, Invalid, NotFound, Refused
from ..ids import AccountId, new_id
from ..log.append import append
from ..log.events import CaseMoved, DeskTaught
from ..model.account import Account
from ..model.case import LEASE, MAX_BULK, MAX_REASON, MAX_SNOOZE, RENEW, Case, Item, Judgement, State
from ..model.desk import Desk, DeskAct, DeskRole
from ..store import desk_queue, desks
from ..store.database import Database, Transaction
from ..text import markup
from .keep_desk import add_lines, line_id, note


class Verb(enum.StrEnum):
    """What a helper does with a case."""

    CLAIM = "claim"  # I work on it
    RELEASE = "release"  # I do not any more
    HAND = "hand"  # somebody else works on it
    WAIT = "wait"  # until the person, or somebody else, says something
    SNOOZE = "snooze"  # until a moment
    DONE = "done"
    NOISE = "noise"  # not for us; teaches the order
    REOPEN = "reopen"
    MATTERS = "matters"  # for us; teaches the order


class Taken(Conflict):
    """Somebody else works on this case."""

    def __init__(self, item: Item) -> None:
        super().__init__("Somebody else is working on this.")
        self.item = item


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """What is done, with what belongs to it: `to` for HAND, `until` for SNOOZE, `reason` (may stay empty) for NOISE.

    `take` claims a case away from somebody else, which the record shows.
    """

    verb: Verb
    to: AccountId | None = None
    until: datetime | None = None
    reason: str = ""
    take: bool = False


async def work_case(
    db: Database, by: Account, desk_id: int, conversation_id: int, move: Move, now: datetime
) -> Item:
    """Do one thing with one case; the case as it is then.

    Raises NotFound (no such desk, role, case, or its author is not heard any more), NotAllowed (a reader), Taken,
    Invalid.
    """
    async with db.transaction() as tx:
        done, refused = await _work(tx, by, desk_id, [conversation_id], move, now)
        if conversation_id in refused:
            raise refused[conversation_id]
    return done[conversation_id]


async def work_cases(
    db: Database, by: Account, desk_id: int, conversation_ids: Sequence[int], move: Move, now: datetime
) -> tuple[list[int], dict[int, str]]:
    """The same with up to MAX_BULK cases at once: which were done, and why the others were not.

    Raises what is wrong with the desk or the move; Invalid for too many.
    """
    if not 0 < len(set(conversation_ids)) <= MAX_BULK:
        raise Invalid(f"Choose between one and {MAX_BULK} cases.", "cases")
    async with db.transaction() as tx:
        done, refused = await _work(tx, by, desk_id, sorted(set(conversation_ids)), move, now)
    return list(done), {conversation_id: error.message for conversation_id, error in refused.items()}


async def _checked(tx: Transaction, desk: Desk, move: Move, now: datetime) -> Move:
    if move.verb is Verb.HAND:
        place = await desks.find_member(tx, desk.id, move.to) if move.to else None
        if place is None or place.role < DeskRole.HELPER:
            raise Invalid("Hand it to a helper of this desk.", "to")
    if move.verb is Verb.SNOOZE and (move.until is None or not now < move.until <= now + MAX_SNOOZE):
        raise Invalid("Say until when it sleeps: later than now, and within a year.", "until")
    reason = " ".join(markup.clean(move.reason).split())
    if len(reason) > MAX_REASON:
        raise Invalid(f"A reason has at most {MAX_REASON} characters.", "reason")
    return msgspec.structs.replace(move, reason=reason)


async def _work(
    tx: Transaction, by: Account, desk_id: int, conversation_ids: list[int], move: Move, now: datetime
) -> tuple[dict[int, Item], dict[int, Refused]]:
    """The cases as they are now, and why others were not touched: as many statements for many as for one.

    The rows are locked in order, so that two helpers cannot wait for each other, and read when they are ours. What
    somebody said a moment ago may not be folded yet; the consumer that comes to it lifts our mark, if it is news.
    """
    desk = await desks.get(tx, desk_id, by.id, DeskRole.HELPER)
    move = await _checked(tx, desk, move, now)
    await desk_queue.lock(tx, desk.id, conversation_ids)
    items = await desk_queue.visible_by_ids(tx, desk.id, conversation_ids, by.id)
    cases = await desk_queue.find_cases(tx, desk.id, list(items))
    done: dict[int, Item] = {}
    refused: dict[int, Refused] = {}
    changed: list[Case] = []
    for conversation_id in conversation_ids:
        item = items.get(conversation_id)
        if item is None:
            refused[conversation_id] = NotFound("There is no such case at this desk, or it is gone.")
        elif item.held_by_other(by.id, now) and not move.take and move.verb is not Verb.MATTERS:
            refused[conversation_id] = Taken(item)
        else:
            case = cases.get(conversation_id) or Case(
                desk_id=desk.id, conversation_id=conversation_id, post_id=item.post_id)
            new = _CHANGES[move.verb](item, case, move, by.id, now)
            done[conversation_id] = queue.moved(item, new)
            if new != case or move.verb is Verb.MATTERS:
                changed.append(new)
    if move.verb in (Verb.NOISE, Verb.MATTERS) and done:
        await _teach(tx, desk, list(done.values()), by.id, move.verb is Verb.MATTERS, now)
    if changed:
        # The reason stands with the case, and goes with it: the record cannot forget.
        about = move.until.isoformat(timespec="minutes") if move.until else ""
        await desk_queue.put_cases(tx, changed)
        await desk_queue.put_items(tx, [done[case.conversation_id] for case in changed])
        await add_lines(tx, [
            DeskAct(id=line_id(now), desk_id=desk.id, by_id=by.id, verb=move.verb, target_id=move.to, about=about,
                    conversation_id=case.conversation_id, at=now)
            for case in changed], now)
        await append(tx, CaseMoved(desk.id, [case.conversation_id for case in changed], by.id), now)
    return done, refused


async def _teach(
    tx: Transaction, desk: Desk, items: Sequence[Item], by: AccountId, matters: bool, now: datetime
) -> None:
    judged = [Judgement(id=new_id(now), desk_id=desk.id, post_id=item.post_id, by_id=by, matters=matters)
              for item in items]
    again = await desk_queue.judge(tx, judged)
    await append(tx, DeskTaught(desk.id, judged[-1].id, again), now)


async def taken_up(tx: Transaction, desk: Desk, by: Account, conversation_id: int) -> tuple[Item, Case]:
    """A case as it is now, held until the transaction ends, and what was done with it so far. Raises NotFound.

    It is folded anew first: what somebody said a moment ago counts, whether or not a consumer has come to it.
    """
    await desk_queue.get(tx, desk.id, conversation_id, by.id)  # before we make a row to hold
    await queue.fold(tx, desk, conversation_id)
    item = await desk_queue.get(tx, desk.id, conversation_id, by.id)
    case = await desk_queue.find_case(tx, desk.id, conversation_id)
    return item, case or Case(desk_id=desk.id, conversation_id=conversation_id, post_id=item.post_id)


async def keep(tx: Transaction, desk: Desk, case: Case, by: AccountId | None, now: datetime) -> None:
    """Store what was done with a case, give it its new place, and tell those who look."""
    await desk_queue.put_cases(tx, [case])
    await queue.fold(tx, desk, case.conversation_id)
    await append(tx, CaseMoved(desk.id, [case.conversation_id], by or 0), now)


Change = Callable[[Item, Case, Move, AccountId, datetime], Case]


def leased(case: Case, helper: AccountId, now: datetime) -> Case:
    """The case in the hands of `helper`; a lease that has just begun is not written anew."""
    fresh = case.claimed_by == helper and case.lease_until is not None and case.lease_until - now > LEASE - RENEW
    return case if fresh else msgspec.structs.replace(case, claimed_by=helper, lease_until=now + LEASE)


def let_go(case: Case) -> Case:
    """The case in nobody's hands."""
    return msgspec.structs.replace(case, claimed_by=None, lease_until=None)


def _marked(case: Case, item: Item, mark: State, **more: object) -> Case:
    """The case under a mark, in nobody's hands, asleep only if it says so."""
    return msgspec.structs.replace(
        let_go(case), **{"mark": mark.value, "upto_id": item.asked_id, "reason": "", "wake_at": None, **more})


def _claim(item: Item, case: Case, move: Move, by: AccountId, now: datetime) -> Case:
    return leased(_open_again(case, item), by, now)


def _open_again(case: Case, item: Item) -> Case:
    if item.state in (State.NEW, State.CLAIMED, State.ANSWERED) and not case.mark:
        return case
    return msgspec.structs.replace(case, mark="", reason="", wake_at=None)


_CHANGES: dict[Verb, Change] = {
    Verb.CLAIM: _claim,
    Verb.RELEASE: lambda item, case, move, by, now: let_go(case),
    Verb.HAND: lambda item, case, move, by, now: leased(_open_again(case, item), move.to or by, now),
    Verb.WAIT: lambda item, case, move, by, now: _marked(case, item, State.WAITING),
    Verb.SNOOZE: lambda item, case, move, by, now: _marked(case, item, State.SNOOZED, wake_at=move.until),
    Verb.DONE: lambda item, case, move, by, now: _marked(case, item, State.DONE),
    Verb.NOISE: lambda item, case, move, by, now: _marked(case, item, State.NOISE, reason=move.reason),
    Verb.REOPEN: lambda item, case, move, by, now: _open_again(case, item),
    Verb.MATTERS: lambda item, case, move, by, now: _open_again(case, item) if item.state is State.NOISE else case,
}


# ---- what the clock does -------------------------------------------------------------


async def move_by_clock(db: Database, desk_id: int, conversation_id: int, now: datetime) -> None:
    """End a lease that is over, wake a case that slept long enough; nothing if somebody was quicker."""
    async with db.transaction() as tx:
        desk = await desks.find(tx, desk_id)
        await desk_queue.hold(tx, desk_id, conversation_id)
        case = await desk_queue.find_case(tx, desk_id, conversation_id)
        if desk is None or case is None:
            await desk_queue.remove_item(tx, desk_id, conversation_id)
            return
        before = case
        if case.lease_until is not None and case.lease_until <= now:
            await note(tx, desk_id, None, "lapse", now, conversation_id=conversation_id, target_id=case.claimed_by)
            case = let_go(case)
        if case.wake_at is not None and case.wake_at <= now:
            await note(tx, desk_id, None, "wake", now, conversation_id=conversation_id)
            case = msgspec.structs.replace(case, mark="", wake_at=None)
        if case != before:
            await keep(tx, desk, case, None, now)


async def free_claims(tx: Transaction, desk: Desk, helper: AccountId, now: datetime) -> None:
    """Somebody leaves the desk or helps no more: what they held is for the others."""
    for conversation_id in await desk_queue.held_by(tx, desk.id, helper):
        await desk_queue.hold(tx, desk.id, conversation_id)
        case = await desk_queue.find_case(tx, desk.id, conversation_id)
        if case is not None:
            await note(tx, desk.id, None, "lapse", now, conversation_id=conversation_id, target_id=helper)
            await keep(tx, desk, let_go(case), None, now)

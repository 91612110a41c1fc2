"""Where a conversation stands in a desk's queue, and why: worked out from what was said and what people did.

A row of the queue is derived. `fold` makes it anew within the caller's transaction: actions, so that whoever acted
sees it; the consumer `desks`, when something was said. It reads no clock, so that following the log and a rebuild
give the same; what time changes (a lease ends, a case wakes) is a fact that the timetable writes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

import msgspec

from ..clock import to_ms
from ..ids import moment_of
from ..model.case import TABS, Case, Item, State
from ..model.desk import Desk
from ..model.post import Post, SeenPost
from ..store import desk_queue, posts
from ..store.database import Reader, Transaction
from ..store.forgotten import authors_to_forget
from . import asking, hours
from .asking import Lesson

MAX_JUDGED = 5_000
"""The newest judgements that a lesson is learned from anew."""

# Points of the order, thousandths: what matters more is worth so many days of age.
_ASKS = 6_000
_UNANSWERED = 2_000
_INTEREST, _MOST_INTEREST = 500, 3_000  # for each doubling of those who react
_CRISIS = 30_000
_RISING = 3  # who react, from which it is said
_DAY = 500
_DAY_MS = 86_400_000


async def fold(tx: Transaction, desk: Desk, conversation_id: int) -> Item | None:
    """Work the place of a conversation out anew and store it; None when the desk may not hear it (any more)."""
    await desk_queue.hold(tx, desk.id, conversation_id)
    case = await desk_queue.find_case(tx, desk.id, conversation_id)
    lead, forgotten = None, set[int]()
    if desk.closed_at is None:
        forgotten = await authors_to_forget(tx, desk.id, conversation_id)
        lead = await desk_queue.find_lead(tx, desk.id, conversation_id, case.post_id if case else 0, forgotten)
    if lead is None:
        await desk_queue.remove_item(tx, desk.id, conversation_id)
        return None
    case = case or Case(desk_id=desk.id, conversation_id=conversation_id, post_id=lead.id)
    said = await desk_queue.said(tx, desk.id, lead, case.answered_id, forgotten)
    answer = await posts.find(tx, said.answered_id) if said.answered_id else None
    state = state_of(case, said.asked_id, said.answered_id)
    found = await features(tx, desk.id, lead)
    asks = round(1000 * asking.score(found, await lesson(tx, desk.id)))
    item = Item(
        desk_id=desk.id, conversation_id=conversation_id, post_id=lead.id, author_id=lead.author_id,
        asked_id=said.asked_id, answered_id=said.answered_id, answered_by=answer.author_id if answer else None,
        replies=said.replies, state=state, tab=TABS[state], claimed_by=case.claimed_by, lease_until=case.lease_until,
        wake_at=case.wake_at if state is State.SNOOZED else None, reason=case.reason if state is State.NOISE else "",
        due_at=None if said.answered_id > said.asked_id else hours.due(
            desk.hours, desk.days, moment_of(said.asked_id), desk.answer_minutes),
        asks=asks, rank=rank_of(
            lead, asks, said.asked_id, said.answered_id, said.replies, await desk_queue.interest(tx, lead.id)))
    await desk_queue.put_items(tx, [item])
    return item


def moved(item: Item, case: Case) -> Item:
    """The place of a case that people did something with; what was said stays as it is known."""
    state = state_of(case, item.asked_id, item.answered_id)
    return msgspec.structs.replace(
        item, state=state, tab=TABS[state], claimed_by=case.claimed_by, lease_until=case.lease_until,
        wake_at=case.wake_at if state is State.SNOOZED else None, reason=case.reason if state is State.NOISE else "")


def state_of(case: Case, asked_id: int, answered_id: int) -> State:
    """Where a case stands: what is newer than its mark lifts it, unless it was called noise."""
    if case.mark == State.NOISE or (case.mark and asked_id <= case.upto_id):
        return State(case.mark)
    if answered_id > asked_id:
        return State.ANSWERED
    return State.CLAIMED if case.claimed_by else State.NEW


def rank_of(post: Post, asks: int, asked_id: int, answered_id: int, replies: int, interest: int) -> int:
    """What a case is worth: whoever cannot wait before all others, asking before chatter, unanswered before answered,
    what people react to before what nobody heeds; and each day that passes counts half a point, so that nothing stays
    on top for ever."""
    points = _ASKS * asks // 1000
    points += _CRISIS if asking.in_crisis(post.text) else 0
    points += _UNANSWERED if not replies and not answered_id else 0
    points += min(_MOST_INTEREST, int(_INTEREST * math.log2(1 + replies + interest)))
    return points + to_ms(moment_of(asked_id)) * _DAY // _DAY_MS


async def features(reader: Reader, desk_id: int, post: Post) -> dict[str, float]:
    """What the ranking knows of a post."""
    return features_of(post, await desk_queue.ears_that_heard(reader, desk_id, post.id))


def features_of(post: Post, ears: list[int]) -> dict[str, float]:
    """The same, where the ears that heard it are known."""
    text = f"{post.spoiler}\n{post.text}" if post.spoiler else post.text
    return asking.features(
        text, language=post.language, link=bool(post.link), tags=len(post.tags), reply=bool(post.in_reply_to_id),
        ears=ears)


# ---- learning --------------------------------------------------------------------


@lru_cache(maxsize=32)
def _decoded(text: str) -> Lesson:
    return msgspec.json.decode(text, type=Lesson)


async def lesson(reader: Reader, desk_id: int) -> Lesson:
    """What a desk has learned so far; not to be changed in place."""
    _learned, text = await desk_queue.find_lesson(reader, desk_id)
    return _decoded(text) if text else Lesson()


async def learn(tx: Transaction, desk_id: int, anew: bool = False) -> None:
    """Learn what was judged since the last time; `anew`, all of it, because a judgement was taken back or its post
    has changed or is gone."""
    learned, text = (0, "") if anew else await desk_queue.find_lesson(tx, desk_id)
    made = msgspec.json.decode(text, type=Lesson) if text else Lesson()
    judged = [one for one in await desk_queue.judgements(tx, desk_id, MAX_JUDGED) if one.id > learned]
    known = await desk_queue.find_posts(tx, [one.post_id for one in judged])
    for one in judged:
        asking.teach(made, await features(tx, desk_id, known[one.post_id]), one.matters)
        learned = one.id
    made.weights = {name: round(weight, 5) for name, weight in made.weights.items()}
    made.squares = {name: round(square, 5) for name, square in made.squares.items()}
    await desk_queue.put_lesson(tx, desk_id, learned, msgspec.json.encode(made).decode())


async def sort_anew(tx: Transaction, desk_id: int, conversation_ids: list[int]) -> None:
    """Give these cases the places that they have by what the desk has learned since."""
    rows = await desk_queue.ranked(tx, desk_id, conversation_ids)
    known = await desk_queue.find_posts(tx, [row.post_id for row in rows])
    ears = await desk_queue.ears_by_post(tx, desk_id, known)
    learned = await lesson(tx, desk_id)
    made = []
    for row in rows:
        if row.post_id in known:
            found = features_of(known[row.post_id], ears.get(row.post_id, []))
            asks = round(1000 * asking.score(found, learned))
            made.append((row.conversation_id, asks, rank_of(
                known[row.post_id], asks, row.asked_id, row.answered_id, row.replies, row.interest)))
    await desk_queue.put_ranks(tx, desk_id, made)


async def reasons(
    reader: Reader, desk: Desk, items: Sequence[Item], seen: Mapping[int, SeenPost], now: datetime
) -> dict[int, list[str]]:
    """Why cases stand where they do, by conversation: names of features (with `-` in front of what speaks against),
    `crisis`, `overdue`, `unanswered` and `rising`, the weightiest first. Two statements, whatever their number."""
    ears = await desk_queue.ears_by_post(reader, desk.id, seen)
    learned = await lesson(reader, desk.id)
    return {item.conversation_id: _why(item, seen[item.post_id], ears.get(item.post_id, []), learned, now)
            for item in items if item.post_id in seen}


def _why(item: Item, post: SeenPost, ears: list[int], learned: Lesson, now: datetime) -> list[str]:
    found = ["crisis"] if asking.in_crisis(post.text) else []
    found += ["overdue"] if item.overdue(now) else []
    made = asking.reasons(features_of(post, ears), learned)
    found += [f"{'' if reason.amount > 0 else '-'}{reason.feature}" for reason in made]
    if not item.replies and not item.answered_id:
        found.append("unanswered")
    elif item.replies + post.boosts + post.favourites >= _RISING:
        found.append("rising")
    return found

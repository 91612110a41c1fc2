"""Plan a post, move it, cancel it, and publish it at its time. Limits and words are Mastodon's (ScheduledStatus)."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..errors import Invalid, NotFound, Refused
from ..ids import new_id
from ..model.account import Account
from ..model.post import Draft, Post
from ..model.scheduled import Scheduled
from ..store import accounts, media, posts, scheduled, sets
from ..store.database import Database
from ..text import markup
from .answer_case import send_planned
from .check_words import check_words, said_in
from .keep_desk import note
from .publish_post import carried_media, checked_draft, may_post, mentioned, publish

TOTAL_LIMIT = 300
DAILY_LIMIT = 25
SHORTEST = timedelta(minutes=5)
TOO_SOON = "Validation failed: Scheduled at The scheduled date must be in the future"


async def schedule_post(
    db: Database, author: Account, draft: Draft, at: datetime, now: datetime, *, max_characters: int = 500,
    key: str = "",
) -> Scheduled:
    """Keep a draft until `at`; with the idempotency `key` of a planned post that one is returned.

    Raises Invalid (too soon, too many), NotAllowed, TextTooLong, NotFound (a set that is not the author's): what could
    not be published now is not planned; Stopped.
    """
    draft = checked_draft(author, draft, max_characters, now)
    if draft.file:
        raise Invalid("A post with a file cannot be planned; post it now.", "scheduled_at")
    planned = Scheduled(id=new_id(now), account_id=author.id, at=at, draft=draft, key=key[:200])
    async with db.transaction() as tx:
        if key and (earlier := await scheduled.find_by_key(tx, author.id, planned.key)):
            return earlier
        wrong = [] if at > now + SHORTEST else [TOO_SOON.removeprefix("Validation failed: ")]
        total, that_day = await scheduled.numbers(tx, author.id, at)
        if total >= TOTAL_LIMIT:
            wrong.append(f"You have exceeded the limit of {TOTAL_LIMIT} scheduled posts")
        if that_day >= DAILY_LIMIT:
            wrong.append(f"You have exceeded the limit of {DAILY_LIMIT} scheduled posts for today")
        if wrong:
            raise Invalid(f"Validation failed: {', '.join(wrong)}", "scheduled_at")
        for set_id in draft.sets:
            await sets.get(tx, set_id, author.id)
        await scheduled.insert(tx, planned)
        if carried := await carried_media(tx, author.id, draft.media):
            await media.hold(tx, draft.media, author.id, planned.id)
        about = [number for number in (draft.in_reply_to_id, draft.quote_of_id) if number]
        seen = await posts.visible_by_ids(tx, about, author.id) if about else {}
        people = await mentioned(tx, markup.mentions(draft.text))
        await check_words(  # and again at its time, when more may be known
            tx, author, said_in(draft, [one.description for one in carried]), now, posts=seen.values(),
            people={*(one.id for one in people.values()), *draft.recipients})
    return planned


async def reschedule_post(db: Database, author: Account, scheduled_id: int, at: datetime | None, now: datetime) -> None:
    """Plan it for another time. Raises NotFound, Invalid (too soon, or no time at all)."""
    may_post(author)
    async with db.transaction() as tx:
        if await scheduled.find(tx, author.id, scheduled_id) is None:
            raise NotFound("You have planned no such post.")
        if at is None or at <= now + SHORTEST:
            raise Invalid(TOO_SOON, "scheduled_at")
        await scheduled.move(tx, author.id, scheduled_id, at)


async def cancel_scheduled_post(db: Database, author: Account, scheduled_id: int, now: datetime) -> None:
    """Forget a planned post. Raises NotFound."""
    async with db.transaction() as tx:
        if not await scheduled.remove(tx, author.id, scheduled_id):
            raise NotFound("You have planned no such post.")
        await media.release(tx, scheduled_id, now)


async def publish_scheduled_post(db: Database, scheduled_id: int, now: datetime) -> Post | None:
    """Publish a planned post that is due; None when that was done before, or cannot be done.

    It leaves the plan in the transaction that publishes it, so it is posted once, whoever tries and
    wherever a machine stops. What is refused by now stays in the plan with the reason.
    """
    planned: Scheduled | None = None
    try:
        async with db.transaction() as tx:
            planned = await scheduled.take(tx, scheduled_id, now)
            if planned is None:
                return None
            author = await accounts.get(tx, planned.account_id)
            may_post(author)
            if planned.draft.desk:
                return await send_planned(tx, author, planned, now)
            return await publish(tx, author, planned.draft, now, scheduled_id)
    except Refused as refused:
        async with db.transaction() as tx:
            await scheduled.mark_failed(tx, scheduled_id, refused.message)
            if planned is not None and planned.draft.desk:
                await note(tx, planned.draft.desk.desk_id, None, "fail", now, target_id=planned.account_id,
                           conversation_id=planned.draft.desk.conversation_id)
        return None

"""Events and who comes. Who may see one is who may see its post: callers have checked that, or ask `visible_…`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from ..model.gathering import Coming, Gathering, Invitation, Rsvp
from ..model.post import Edition, SeenPost
from . import posts
from .database import Reader, Transaction
from .visibility import EDITION, FOUND, NOT_MUTED, SEEN, SEEN_FROM, STATES, not_blocked

_COUNTER = {Rsvp.YES: "said_yes", Rsvp.NO: "said_no", Rsvp.MAYBE: "said_maybe"}
_WITH_ANSWER = """SELECT g.*, (SELECT answer FROM rsvp WHERE post_id = g.post_id AND account_id = :viewer) AS said
    FROM gathering g"""
_COMES = "EXISTS (SELECT 1 FROM rsvp WHERE post_id = p.id AND account_id = :viewer AND answer <> 0)"
# What concerns the viewer: their own, what they come to, what they were invited to, and of those whom they follow.
_MINE = f"""(p.author_id = :viewer OR {_COMES}
    OR (NOT EXISTS (SELECT 1 FROM rsvp WHERE post_id = p.id AND account_id = :viewer AND answer = 0) AND (
        EXISTS (SELECT 1 FROM recipient WHERE post_id = p.id AND account_id = :viewer)
        OR EXISTS (SELECT 1 FROM mention WHERE post_id = p.id AND account_id = :viewer)
        OR (:followed = 1 AND EXISTS (SELECT 1 FROM follow WHERE follower_id = :viewer AND followed_id = p.author_id
            AND accepted = 1)))))"""


async def of_posts(reader: Reader, ids: Collection[int], viewer: int) -> dict[int, Gathering]:
    """The events of these posts, with what the viewer said: one statement, none for no posts."""
    if not ids:
        return {}
    found = await reader.all(
        Gathering, f"{_WITH_ANSWER} WHERE g.post_id IN (SELECT value FROM json_each(:ids))",
        ids=sorted(ids), viewer=viewer)
    return {one.post_id: one for one in found}


async def find(reader: Reader, post_id: int, viewer: int = 0) -> Gathering | None:
    """The event of a post."""
    return (await of_posts(reader, [post_id], viewer)).get(post_id)


async def insert(tx: Transaction, post_id: int, invitation: Invitation, now: datetime) -> None:
    """Store an event that nobody has answered."""
    await tx.execute(
        """INSERT INTO gathering (post_id, name, place, starts_at, ends_at, zone, all_day, remind, changed_at)
           VALUES (:post_id, :name, :place, :starts_at, :ends_at, :zone, :all_day, :remind, :now)""",
        post_id=post_id, now=now, **msgspec.structs.asdict(invitation))


async def replace(tx: Transaction, post_id: int, invitation: Invitation, now: datetime) -> None:
    """Another time, place or name; answers stay, and it is reminded of anew."""
    await tx.execute(
        """UPDATE gathering SET name = :name, place = :place, starts_at = :starts_at, ends_at = :ends_at, zone = :zone,
              all_day = :all_day, remind = :remind, changed_at = :now, sequence = sequence + 1,
              reminded_id = CASE WHEN starts_at = :starts_at THEN reminded_id END WHERE post_id = :post_id""",
        post_id=post_id, now=now, **msgspec.structs.asdict(invitation))


async def cancel(tx: Transaction, post_id: int, now: datetime) -> None:
    """It does not take place."""
    await tx.execute(
        """UPDATE gathering SET cancelled_at = :now, changed_at = :now, sequence = sequence + 1 WHERE post_id = :id""",
        id=post_id, now=now)
    await tx.execute("DELETE FROM reminder WHERE post_id = :id", id=post_id)


async def add_news(tx: Transaction, news_id: int, post_id: int, kind: str) -> None:
    """Note that those who come are told something."""
    await tx.execute(
        "INSERT INTO gathering_news (id, post_id, kind) VALUES (:id, :post, :kind)",
        id=news_id, post=post_id, kind=kind)


async def news_kind(reader: Reader, news_id: int) -> str | None:
    """What they are told; None when that is gone."""
    found: str | None = await reader.value("SELECT kind FROM gathering_news WHERE id = :id", id=news_id)
    return found


# ---- who comes -----------------------------------------------------------------


async def hold(tx: Transaction, post_id: int) -> None:
    """Let nobody else answer this invitation until the transaction ends."""
    await tx.execute("UPDATE gathering SET said_yes = said_yes WHERE post_id = :post", post=post_id)


async def answer(tx: Transaction, post_id: int, account_id: int, said: Rsvp | None, answer_id: int) -> int:
    """Store an answer in the place of the one before, or take it back (None); the id of the one before, or 0."""
    before = await tx.rows(
        "SELECT answer, id, since_id FROM rsvp WHERE post_id = :post AND account_id = :account",
        post=post_id, account=account_id)
    since = before[0][2] if before else answer_id
    if before:
        await _count(tx, post_id, Rsvp(before[0][0]), -1)
        await tx.execute(
            "DELETE FROM rsvp WHERE post_id = :post AND account_id = :account", post=post_id, account=account_id)
    if said is not None:
        await _count(tx, post_id, said, 1)
        await tx.execute(
            """INSERT INTO rsvp (post_id, account_id, answer, id, since_id)
               VALUES (:post, :account, :answer, :id, :since)""",
            post=post_id, account=account_id, answer=said, id=answer_id, since=since)
    return int(before[0][1]) if before else 0


async def _count(tx: Transaction, post_id: int, said: Rsvp, by: int) -> None:
    column = _COUNTER[said]
    await tx.execute(f"UPDATE gathering SET {column} = {column} + :by WHERE post_id = :post", post=post_id, by=by)


async def answered(reader: Reader, answer_id: int) -> Coming | None:
    """Whose answer this is, if it still stands."""
    return await reader.find(Coming, "SELECT account_id, answer FROM rsvp WHERE id = :id", id=answer_id)


async def coming(reader: Reader, post_id: int, viewer: int, limit: int) -> list[Coming]:
    """Who said what, the first to answer first: without those whom a block lies between, and those who left."""
    return await reader.all(
        Coming,
        f"""SELECT r.account_id, r.answer FROM rsvp r JOIN account a ON a.id = r.account_id
            WHERE r.post_id = :post AND a.state IN {STATES} AND {not_blocked("r.account_id")}
            ORDER BY r.id LIMIT :limit""",
        post=post_id, viewer=viewer, limit=limit)


async def told(reader: Reader, post_id: int, above: int, limit: int) -> list[int]:
    """Those who come, or may come, by id, from above `above` on."""
    return await reader.values(
        """SELECT account_id FROM rsvp WHERE post_id = :post AND answer <> 0 AND account_id > :above
           ORDER BY account_id LIMIT :limit""",
        post=post_id, above=above, limit=limit)


async def withdraw_all(tx: Transaction, account_id: int) -> None:
    """Take back every answer of an account that leaves, and its calendar."""
    for said, column in _COUNTER.items():
        await tx.execute(
            f"""UPDATE gathering SET {column} = {column} - 1 WHERE post_id IN (
                  SELECT post_id FROM rsvp WHERE account_id = :account AND answer = :said)""",
            account=account_id, said=said)
    for table in ("rsvp", "reminder", "calendar_feed"):
        await tx.execute(f"DELETE FROM {table} WHERE account_id = :account", account=account_id)


# ---- when it is time -------------------------------------------------------------


async def due(reader: Reader, now: datetime, limit: int) -> list[int]:
    """Posts whose events those who come are to be reminded of now, the first to start first."""
    return await reader.values(
        """SELECT post_id FROM gathering WHERE remind > 0 AND reminded_id IS NULL AND cancelled_at IS NULL
             AND starts_at > :now AND starts_at - remind * 60000 <= :now ORDER BY starts_at LIMIT :limit""",
        now=now, limit=limit)


async def mark_reminded(tx: Transaction, post_id: int, news_id: int, now: datetime) -> bool:
    """Note that it is time; False when somebody did before. E-mails to those who come, and its author, wait then."""
    if not await tx.execute(
        """UPDATE gathering SET reminded_id = :news WHERE post_id = :post AND reminded_id IS NULL
             AND cancelled_at IS NULL AND remind > 0 AND starts_at - remind * 60000 <= :now""",
        post=post_id, news=news_id, now=now,
    ):
        return False
    await tx.execute(
        """INSERT INTO reminder (post_id, account_id, due_at)
           SELECT :post, s.account_id, :now FROM member s WHERE s.account_id IN (
             SELECT account_id FROM rsvp WHERE post_id = :post AND answer <> 0
             UNION SELECT author_id FROM post WHERE id = :post) ON CONFLICT DO NOTHING""",
        post=post_id, now=now)
    return True


class Reminder(msgspec.Struct, frozen=True):
    """An e-mail that waits."""

    post_id: int
    account_id: int
    tries: int


async def reminders(reader: Reader, now: datetime, limit: int) -> list[Reminder]:
    """E-mails that are to be sent now."""
    return await reader.all(
        Reminder, "SELECT post_id, account_id, tries FROM reminder WHERE due_at <= :now ORDER BY due_at LIMIT :limit",
        now=now, limit=limit)


async def claim(tx: Transaction, one: Reminder, until: datetime) -> bool:
    """Take an e-mail in hand until `until`, when it is tried again; False when somebody else did."""
    return bool(await tx.execute(
        """UPDATE reminder SET tries = tries + 1, due_at = :until
           WHERE post_id = :post AND account_id = :account AND tries = :tries""",
        post=one.post_id, account=one.account_id, tries=one.tries, until=until))


async def forget(tx: Transaction, one: Reminder) -> None:
    """It was sent, or is given up."""
    await tx.execute(
        "DELETE FROM reminder WHERE post_id = :post AND account_id = :account",
        post=one.post_id, account=one.account_id)


# ---- calendars -------------------------------------------------------------------


async def visible_between(
    reader: Reader, viewer: int, start: datetime, end: datetime, now: datetime, limit: int, *, mine: bool,
    newest: bool = False,
) -> list[SeenPost]:
    """Posts of events that the viewer may see and that lie, or begin, between two moments, by their start.

    `mine` are those that concern the viewer; else all that they could find. With `newest` the last to start is first.
    """
    which = _MINE if mine else FOUND
    found = await reader.patient(
        Edition,
        f"""SELECT {EDITION} FROM gathering g JOIN {SEEN_FROM.replace("post p", "post p ON p.id = g.post_id", 1)}
            WHERE g.starts_at < :end AND g.ends_at > :start AND {SEEN} AND {NOT_MUTED} AND {which}
            ORDER BY g.starts_at {"DESC" if newest else "ASC"}, g.post_id LIMIT :limit""",
        viewer=viewer, start=start, end=end, limit=limit, **({"followed": 1} if mine else {}),
        now=now)
    return await posts.whole(reader, found)


async def visible_for_feed(reader: Reader, viewer: int, start: datetime, limit: int) -> list[SeenPost]:
    """Posts of events for a member's calendar: own ones, those they come to, and those they were invited to."""
    found = await reader.patient(
        Edition,
        f"""SELECT {EDITION} FROM gathering g JOIN {SEEN_FROM.replace("post p", "post p ON p.id = g.post_id", 1)}
            WHERE g.ends_at > :start AND {SEEN} AND {_MINE} ORDER BY g.starts_at, g.post_id LIMIT :limit""",
        viewer=viewer, start=start, limit=limit, followed=0)
    return await posts.whole(reader, found)


async def visible_of_author(reader: Reader, author: int, start: datetime, limit: int) -> list[SeenPost]:
    """Posts of events that somebody says to everybody."""
    found = await reader.patient(
        Edition,
        f"""SELECT {EDITION} FROM gathering g JOIN {SEEN_FROM.replace("post p", "post p ON p.id = g.post_id", 1)}
            WHERE p.author_id = :author AND p.visibility = 0 AND g.ends_at > :start AND {SEEN}
            ORDER BY g.starts_at, g.post_id LIMIT :limit""",
        viewer=0, author=author, start=start, limit=limit)
    return await posts.whole(reader, found)


async def feed_key(reader: Reader, account_id: int) -> str | None:
    """The secret of a member's calendar address."""
    found: str | None = await reader.value("SELECT key FROM calendar_feed WHERE account_id = :id", id=account_id)
    return found


async def owner_of_feed(reader: Reader, key: str) -> int | None:
    """Whose calendar has this secret."""
    found: int | None = await reader.value("SELECT account_id FROM calendar_feed WHERE key = :key", key=key)
    return found


async def set_feed_key(tx: Transaction, account_id: int, key: str | None) -> None:
    """Give a calendar another secret address, or none: the one before ends."""
    await tx.execute("DELETE FROM calendar_feed WHERE account_id = :id", id=account_id)
    if key:
        await tx.execute("INSERT INTO calendar_feed (account_id, key) VALUES (:id, :key)", id=account_id, key=key)


# ---- for checking ----------------------------------------------------------------

_TRUE = {
    column: f"(SELECT count(*) FROM rsvp r WHERE r.post_id = gathering.post_id AND r.answer = {int(said)})"
    for said, column in _COUNTER.items()}


async def wrong(reader: Reader, limit: int) -> list[str]:
    """Sentences about events whose counters differ from their answers."""
    differ = " OR ".join(f"{column} <> {count}" for column, count in _TRUE.items())
    found = await reader.values(f"SELECT post_id FROM gathering WHERE {differ} LIMIT :limit", limit=limit)
    return [f"the event of post {post_id} counts other answers than there are" for post_id in found]


async def recount(tx: Transaction) -> None:
    """Make every counter of events anew from the answers."""
    await tx.execute(f"UPDATE gathering SET {', '.join(f'{column} = {count}' for column, count in _TRUE.items())}")

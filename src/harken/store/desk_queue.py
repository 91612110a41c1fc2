"""The queues of desks. What is read here has been checked: the role, the post, and whether its author is heard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from ..errors import NotFound
from ..ids import MAX_ID, AccountId, PostId
from ..model.case import COUNTED, PRESENCE, Case, Concern, Item, Judgement, Presence, Tab
from ..model.desk import DeskRole
from ..model.post import Post
from .database import Reader, Transaction
from .desks import AT_DESK
from .forgotten import forgotten
from .visibility import HEARABLE, seen

_ITEM_FROM = "desk_item i JOIN post p ON p.id = i.post_id JOIN account a ON a.id = p.author_id"
MAY = f"{seen()} AND {HEARABLE} AND {AT_DESK}"
"""Beside a case's post `p` by `a`: the viewer works at the desk, with the role `:least` at least, and may see it."""
_HEARD = """EXISTS (SELECT 1 FROM ear_match m JOIN ear e ON e.id = m.ear_id
    WHERE m.post_id = p.id AND e.owner_id = :desk)"""
_HELPER = "EXISTS (SELECT 1 FROM desk_member h WHERE h.desk_id = :desk AND h.account_id = p.author_id AND h.role >= 1)"
_MEMBER = "EXISTS (SELECT 1 FROM desk_member h WHERE h.desk_id = :desk AND h.account_id = p.author_id)"


class Cursor(msgspec.Struct, frozen=True):
    """A place in a queue: what comes after this rank and conversation."""

    rank: int = MAX_ID
    conversation_id: int = MAX_ID


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a queue somebody wants to see."""

    tab: Tab = Tab.OPEN
    mine: bool = False
    overdue: bool = False


# ---- reading -----------------------------------------------------------------


async def page(
    reader: Reader, desk_id: int, viewer: int, shown: Shown, after: Cursor, limit: int, now: datetime
) -> list[Item]:
    """Cases of a desk that `viewer` works at, what matters most first. Walks desk_item_in_order."""
    narrower = " AND i.claimed_by = :viewer" if shown.mine else ""
    narrower += " AND i.due_at <= :now" if shown.overdue else ""
    return await reader.patient(
        Item,
        f"""SELECT i.* FROM {_ITEM_FROM}
            WHERE i.desk_id = :desk AND i.tab = :tab
              AND (i.rank < :rank OR (i.rank = :rank AND i.conversation_id < :conversation)){narrower} AND {MAY}
            ORDER BY i.rank DESC, i.conversation_id DESC LIMIT :limit""",
        desk=desk_id,
        viewer=viewer,
        least=DeskRole.READER,
        tab=shown.tab,
        rank=after.rank,
        conversation=after.conversation_id,
        limit=limit,
        **({"now": now} if shown.overdue else {}),
    )


async def counts(reader: Reader, desk_id: int, viewer: int, now: datetime) -> dict[str, int]:
    """How many cases each tab has, and `mine` and `overdue` of the open ones; COUNTED at the most."""

    def some(condition: str) -> str:
        return f"""(SELECT count(*) FROM (SELECT 1 FROM {_ITEM_FROM}
            WHERE i.desk_id = :desk AND {condition} AND {MAY} LIMIT {COUNTED}) c{len(condition)})"""

    conditions = {tab.name.lower(): f"i.tab = {int(tab)}" for tab in (Tab.OPEN, Tab.WAITING, Tab.SNOOZED)}
    conditions |= {"mine": "i.tab = 0 AND i.claimed_by = :viewer", "overdue": "i.tab = 0 AND i.due_at <= :now"}
    rows = await reader.rows(
        "SELECT " + ", ".join(map(some, conditions.values())), desk=desk_id, viewer=viewer, least=DeskRole.READER,
        now=now)
    return dict(zip(conditions, map(int, rows[0]), strict=True))


async def open_counts(reader: Reader, viewer: int, desk_ids: Iterable[int]) -> dict[int, int]:
    """How many cases are open at each of the viewer's desks; COUNTED at the most."""
    found = {}
    for desk_id in desk_ids:
        found[desk_id] = int(await reader.value(
            f"""SELECT count(*) FROM (SELECT 1 FROM {_ITEM_FROM} WHERE i.desk_id = :desk AND i.tab = 0 AND {MAY}
                LIMIT {COUNTED}) c""",
            desk=desk_id, viewer=viewer, least=DeskRole.READER))
    return found


async def find(reader: Reader, desk_id: int, conversation_id: int, viewer: int) -> Item | None:
    """A case, if `viewer` works at the desk and may see it."""
    return await reader.find(
        Item,
        f"SELECT i.* FROM {_ITEM_FROM} WHERE i.desk_id = :desk AND i.conversation_id = :conversation AND {MAY}",
        desk=desk_id,
        conversation=conversation_id,
        viewer=viewer,
        least=DeskRole.READER,
    )


async def get(reader: Reader, desk_id: int, conversation_id: int, viewer: int) -> Item:
    """The same. Raises NotFound, also when its author is not heard any more."""
    item = await find(reader, desk_id, conversation_id, viewer)
    if item is None:
        raise NotFound("There is no such case at this desk, or it is gone: its post was deleted, or its author does "
                       "not want to be heard any more.")
    return item


async def visible_by_ids(
    reader: Reader, desk_id: int, conversation_ids: Iterable[int], viewer: int
) -> dict[int, Item]:
    """Those of these cases that `viewer` may see, by conversation."""
    found = await reader.all(
        Item,
        f"""SELECT i.* FROM {_ITEM_FROM} WHERE i.desk_id = :desk
              AND i.conversation_id IN (SELECT value FROM json_each(:ids)) AND {MAY}""",
        desk=desk_id,
        ids=sorted(conversation_ids),
        viewer=viewer,
        least=DeskRole.READER,
    )
    return {item.conversation_id: item for item in found}


async def by_author(reader: Reader, desk_id: int, author_id: int, viewer: int, limit: int) -> list[Item]:
    """What a desk heard from somebody, newest first."""
    return await reader.all(
        Item,
        f"""SELECT i.* FROM {_ITEM_FROM} WHERE i.desk_id = :desk AND i.author_id = :author AND {MAY}
            ORDER BY i.conversation_id DESC LIMIT :limit""",
        desk=desk_id,
        author=author_id,
        viewer=viewer,
        least=DeskRole.READER,
        limit=limit,
    )


async def concerns(
    reader: Reader, desk_id: int, conversations: Iterable[int], people: Iterable[int], limit: int = 20
) -> list[Concern]:
    """Which cases something said in these conversations or to these people has to do with, unchecked: for actions.

    A conversation is a case as long as the desk has it in its queue or did something with it, a person as long as one
    of theirs is not done. Cases of the conversations come first, then the newest.
    """
    return await reader.all(
        Concern,
        """SELECT conversation_id, max(author_id) AS author_id, max(here) AS here FROM (
             SELECT conversation_id, author_id, 1 AS here FROM desk_item
               WHERE desk_id = :desk AND conversation_id IN (SELECT value FROM json_each(:conversations))
             UNION ALL SELECT c.conversation_id, coalesce(p.author_id, 0), 1
               FROM desk_case c LEFT JOIN post p ON p.id = c.post_id
               WHERE c.desk_id = :desk AND c.conversation_id IN (SELECT value FROM json_each(:conversations))
             UNION ALL SELECT conversation_id, author_id, 0 FROM desk_item
               WHERE desk_id = :desk AND author_id IN (SELECT value FROM json_each(:people)) AND tab < 3) k
           GROUP BY conversation_id ORDER BY max(here) DESC, conversation_id DESC LIMIT :limit""",
        desk=desk_id,
        conversations=sorted(conversations),
        people=sorted(people),
        limit=limit,
    )


async def heard_among(reader: Reader, desk_id: int, post_ids: Iterable[int]) -> set[int]:
    """Those of a conversation's posts that a desk's page may show: by people who are heard, or by its own people."""
    rows = await reader.rows(
        f"""SELECT p.id, a.id, a.uri FROM post p JOIN account a ON a.id = p.author_id
            WHERE p.id IN (SELECT value FROM json_each(:ids)) AND ({HEARABLE} OR {_MEMBER})""",
        ids=sorted(set(post_ids)),
        desk=desk_id,
    )
    shut = await forgotten(reader, desk_id, {int(author): str(uri) for _post, author, uri in rows})
    return {int(post) for post, author, _uri in rows if author not in shut}


# ---- facts -------------------------------------------------------------------


async def hold(tx: Transaction, desk_id: int, conversation_id: int) -> None:
    """Let nobody else fold or change this case until the transaction ends: whoever comes second sees what we did."""
    await tx.execute(
        """INSERT INTO desk_item (desk_id, conversation_id, post_id, author_id, asked_id, answered_id, replies, state,
             tab, reason, asks, rank) VALUES (:desk, :conversation, 0, 0, 0, 0, 0, 'new', 0, '', 0, 0)
           ON CONFLICT (desk_id, conversation_id) DO UPDATE SET rank = desk_item.rank""",
        desk=desk_id,
        conversation=conversation_id,
    )


async def lock(tx: Transaction, desk_id: int, conversation_ids: Iterable[int]) -> None:
    """Hold those cases that are there, one after the other in the order of their ids."""
    await tx.execute_many(
        "UPDATE desk_item SET rank = rank WHERE desk_id = :desk AND conversation_id = :conversation",
        [{"desk": desk_id, "conversation": conversation} for conversation in sorted(conversation_ids)],
    )


async def find_cases(reader: Reader, desk_id: int, conversation_ids: Iterable[int]) -> dict[int, Case]:
    """What people did with these conversations."""
    found = await reader.all(
        Case,
        """SELECT * FROM desk_case WHERE desk_id = :desk
             AND conversation_id IN (SELECT value FROM json_each(:ids))""",
        desk=desk_id,
        ids=sorted(conversation_ids),
    )
    return {case.conversation_id: case for case in found}


async def find_case(reader: Reader, desk_id: int, conversation_id: int) -> Case | None:
    """What people did with a conversation, unchecked: for actions and consumers only."""
    return await reader.find(
        Case,
        "SELECT * FROM desk_case WHERE desk_id = :desk AND conversation_id = :conversation",
        desk=desk_id,
        conversation=conversation_id,
    )


async def put_cases(tx: Transaction, cases: Iterable[Case]) -> None:
    """Write what people did."""
    await tx.execute_many(
        """INSERT INTO desk_case (desk_id, conversation_id, post_id, mark, reason, upto_id, claimed_by, lease_until,
             wake_at, answered_id)
           VALUES (:desk_id, :conversation_id, :post_id, :mark, :reason, :upto_id, :claimed_by, :lease_until,
             :wake_at, :answered_id)
           ON CONFLICT (desk_id, conversation_id) DO UPDATE SET mark = :mark, reason = :reason, upto_id = :upto_id,
             claimed_by = :claimed_by, lease_until = :lease_until, wake_at = :wake_at, answered_id = :answered_id""",
        [msgspec.structs.asdict(case) for case in cases],
    )


async def renew(
    tx: Transaction, desk_id: int, conversation_id: int, helper: AccountId, until: datetime | None
) -> None:
    """Let a lease last longer, if it is still that helper's."""
    for table in ("desk_case", "desk_item"):
        await tx.execute(
            f"""UPDATE {table} SET lease_until = :until WHERE desk_id = :desk AND conversation_id = :conversation
                AND claimed_by = :helper""",
            until=until,
            desk=desk_id,
            conversation=conversation_id,
            helper=helper,
        )


async def held_by(reader: Reader, desk_id: int, account_id: int) -> list[int]:
    """The conversations that somebody has claimed at a desk."""
    return await reader.values(
        "SELECT conversation_id FROM desk_case WHERE claimed_by = :account AND desk_id = :desk",
        account=account_id,
        desk=desk_id,
    )


async def due(reader: Reader, now: datetime, limit: int) -> list[tuple[int, int]]:
    """(desk, conversation) of leases that are over and of cases that wake."""
    rows = await reader.rows(
        """SELECT desk_id, conversation_id FROM desk_case WHERE lease_until <= :now
           UNION SELECT desk_id, conversation_id FROM desk_case WHERE wake_at <= :now LIMIT :limit""",
        now=now,
        limit=limit,
    )
    return [(int(desk), int(conversation)) for desk, conversation in rows]


# ---- folding ---------------------------------------------------------------------


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What was said in a conversation, as far as its place in a queue depends on it."""

    asked_id: int
    answered_id: int
    replies: int


async def find_lead(
    reader: Reader, desk_id: int, conversation_id: int, taken_id: int, shut: Iterable[int] = ()
) -> Post | None:
    """The first post of a conversation that the desk heard (or took up, `taken_id`) and may hear now.

    What the desk's own people say is no question to it; those whom it must forget it does not hear.
    """
    return await reader.find(
        Post,
        f"""SELECT p.* FROM post p JOIN account a ON a.id = p.author_id
            WHERE p.conversation_id = :conversation AND {HEARABLE} AND NOT {_MEMBER}
              AND (p.id = :taken OR {_HEARD}) AND p.author_id NOT IN (SELECT value FROM json_each(:ids))
            ORDER BY p.id LIMIT 1""",
        ids=sorted(shut),
        desk=desk_id,
        conversation=conversation_id,
        taken=taken_id,
    )


async def said(
    reader: Reader, desk_id: int, lead: Post, answered_id: int, shut: Iterable[int] = ()
) -> Said:
    """What was said since; `answered_id` is an answer that was given through the desk, perhaps in private."""
    found = await reader.find(
        Said,
        f"""SELECT max(CASE WHEN p.author_id = :author THEN p.id
                WHEN {HEARABLE} AND NOT {_MEMBER} AND {_HEARD} THEN p.id ELSE :lead END) AS asked_id,
              max(CASE WHEN p.id > :lead AND p.author_id <> :author AND (p.id = :answer OR {_HELPER})
                THEN p.id ELSE 0 END) AS answered_id,
              sum(CASE WHEN p.id > :lead AND p.author_id <> :author AND NOT {_MEMBER} THEN 1 ELSE 0 END) AS replies
            FROM post p JOIN account a ON a.id = p.author_id
            WHERE p.conversation_id = :conversation AND p.boost_of_id IS NULL
              AND (p.visibility <= 1 OR p.id = :answer)
              AND p.author_id NOT IN (SELECT value FROM json_each(:ids))""",
        ids=sorted(shut),
        desk=desk_id,
        conversation=lead.conversation_id,
        author=lead.author_id,
        lead=lead.id,
        answer=answered_id,
    )
    return found or Said(asked_id=lead.id, answered_id=0, replies=0)


async def ears_that_heard(reader: Reader, desk_id: int, post_id: int) -> list[int]:
    """The desk's ears that heard a post."""
    return await reader.values(
        """SELECT m.ear_id FROM ear_match m JOIN ear e ON e.id = m.ear_id
           WHERE m.post_id = :post AND e.owner_id = :desk ORDER BY m.ear_id""",
        post=post_id,
        desk=desk_id,
    )


async def interest(reader: Reader, post_id: int) -> int:
    """How often a post was boosted and favourited."""
    return int(await reader.value(
        "SELECT coalesce((SELECT boosts + favourites FROM post_stats WHERE post_id = :post), 0)", post=post_id))


async def put_items(tx: Transaction, items: Iterable[Item]) -> None:
    """Write rows of the queue."""
    await tx.execute_many(
        """UPDATE desk_item SET post_id = :post_id, author_id = :author_id, asked_id = :asked_id,
             answered_id = :answered_id, answered_by = :answered_by, replies = :replies, state = :state, tab = :tab,
             claimed_by = :claimed_by, lease_until = :lease_until, wake_at = :wake_at, reason = :reason,
             due_at = :due_at, asks = :asks, rank = :rank
           WHERE desk_id = :desk_id AND conversation_id = :conversation_id""",
        [msgspec.structs.asdict(item) for item in items],
    )


async def remove_item(tx: Transaction, desk_id: int, conversation_id: int) -> None:
    """The desk may not hear this conversation (any more)."""
    await tx.execute(
        "DELETE FROM desk_item WHERE desk_id = :desk AND conversation_id = :conversation",
        desk=desk_id,
        conversation=conversation_id,
    )


async def touched_by(reader: Reader, post_id: int, conversation_id: int) -> list[int]:
    """The desks whose queues a post concerns: their ears heard it, or have its conversation."""
    return await reader.values(
        """SELECT e.owner_id FROM ear_match m JOIN ear e ON e.id = m.ear_id JOIN desk d ON d.id = e.owner_id
             WHERE m.post_id = :post
           UNION SELECT desk_id FROM desk_item WHERE conversation_id = :conversation
           UNION SELECT desk_id FROM desk_case WHERE conversation_id = :conversation AND post_id = :post
           ORDER BY 1""",
        post=post_id,
        conversation=conversation_id,
    )


async def with_lead(reader: Reader, post_id: int) -> list[tuple[int, int]]:
    """(desk, conversation) of the cases that a post leads."""
    rows = await reader.rows(
        "SELECT desk_id, conversation_id FROM desk_item WHERE post_id = :post ORDER BY desk_id", post=post_id)
    return [(int(desk), int(conversation)) for desk, conversation in rows]


async def with_conversation(reader: Reader, conversation_id: int) -> list[int]:
    """The desks that have a conversation in their queue."""
    return await reader.values(
        "SELECT desk_id FROM desk_item WHERE conversation_id = :conversation ORDER BY desk_id",
        conversation=conversation_id)


async def any_desk(reader: Reader) -> bool:
    """Whether a desk listens here at all."""
    return bool(await reader.value("SELECT 1 FROM desk WHERE closed_at IS NULL"))


async def of_author(reader: Reader, author_id: int, above: int, limit: int) -> tuple[int, list[tuple[int, int]]]:
    """(desk, conversation) of what desks heard or took up among somebody's next `limit` posts above `above`, oldest
    first; and the id of the last of those posts, 0 at the end."""
    ids = await reader.values(
        """SELECT id FROM post WHERE author_id = :author AND id > :above AND boost_of_id IS NULL ORDER BY id
           LIMIT :limit""",
        author=author_id,
        above=above,
        limit=limit,
    )
    rows = await reader.rows(
        """SELECT e.owner_id, p.conversation_id FROM post p JOIN ear_match m ON m.post_id = p.id
             JOIN ear e ON e.id = m.ear_id JOIN desk d ON d.id = e.owner_id
             WHERE p.id IN (SELECT value FROM json_each(:ids))
           UNION SELECT desk_id, conversation_id FROM desk_case
             WHERE post_id IN (SELECT value FROM json_each(:taken_ids)) ORDER BY 1, 2""",
        ids=ids,
        taken_ids=ids,
    ) if ids else []
    return int(ids[-1]) if len(ids) == limit else 0, [(int(desk), int(conversation)) for desk, conversation in rows]


async def conversations(reader: Reader, desk_id: int, above: int, limit: int) -> list[int]:
    """Conversations in a desk's queue above `above`, in their order."""
    return await reader.values(
        """SELECT conversation_id FROM desk_item WHERE desk_id = :desk AND conversation_id > :above
           ORDER BY conversation_id LIMIT :limit""",
        desk=desk_id,
        above=above,
        limit=limit,
    )


async def open_conversations(reader: Reader, desk_id: int, above: int, limit: int) -> list[int]:
    """The same, of the open cases only."""
    return await reader.values(
        """SELECT conversation_id FROM desk_item WHERE desk_id = :desk AND conversation_id > :above AND tab = 0
           ORDER BY conversation_id LIMIT :limit""",
        desk=desk_id,
        above=above,
        limit=limit,
    )


async def heard_conversations(reader: Reader) -> list[tuple[int, int]]:
    """(desk, conversation) of everything that any desk heard or took up: what a rebuild folds."""
    rows = await reader.rows(
        """SELECT e.owner_id, p.conversation_id FROM desk d JOIN ear e ON e.owner_id = d.id
             JOIN ear_match m ON m.ear_id = e.id JOIN post p ON p.id = m.post_id
           UNION SELECT desk_id, conversation_id FROM desk_case ORDER BY 1, 2""")
    return [(int(desk), int(conversation)) for desk, conversation in rows]


async def forget_items(tx: Transaction) -> None:
    """Forget all queues and lessons, to derive them anew."""
    await tx.execute("DELETE FROM desk_item")
    await tx.execute("DELETE FROM desk_lesson")


# ---- what a desk was taught --------------------------------------------------------


async def judge(tx: Transaction, judged: Sequence[Judgement]) -> bool:
    """Note what a helper said of posts; the last word counts. Whether it takes the place of an earlier one."""
    before = await tx.execute(
        """DELETE FROM desk_judgement WHERE desk_id = :desk AND post_id IN (SELECT value FROM json_each(:ids))""",
        desk=judged[0].desk_id,
        ids=sorted(one.post_id for one in judged),
    )
    await tx.execute_many(
        """INSERT INTO desk_judgement (id, desk_id, post_id, by_id, matters)
           VALUES (:id, :desk_id, :post_id, :by_id, :matters)""",
        [msgspec.structs.asdict(one) for one in judged],
    )
    return before > 0


async def judgements(reader: Reader, desk_id: int, limit: int) -> list[Judgement]:
    """The newest judgements whose posts may be heard now, oldest first."""
    found = await reader.all(
        Judgement,
        f"""SELECT j.* FROM desk_judgement j JOIN post p ON p.id = j.post_id JOIN account a ON a.id = p.author_id
            WHERE j.desk_id = :desk AND {HEARABLE} ORDER BY j.id DESC LIMIT :limit""",
        desk=desk_id,
        limit=limit,
    )
    return found[::-1]


async def newest_judgement(reader: Reader, desk_id: int) -> int:
    """The id of the last judgement at a desk; 0 without any."""
    return int(await reader.value(
        "SELECT coalesce(max(id), 0) FROM desk_judgement WHERE desk_id = :desk", desk=desk_id))


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """What an order is made of, for one open case."""

    conversation_id: int
    post_id: PostId
    asked_id: int
    answered_id: int
    replies: int
    interest: int


async def ranked(reader: Reader, desk_id: int, conversation_ids: Sequence[int]) -> list[Ranked]:
    """The facts behind the places of these cases."""
    return await reader.all(
        Ranked,
        """SELECT i.conversation_id, i.post_id, i.asked_id, i.answered_id, i.replies,
             coalesce(s.boosts + s.favourites, 0) AS interest
           FROM desk_item i LEFT JOIN post_stats s ON s.post_id = i.post_id
           WHERE i.desk_id = :desk AND i.conversation_id IN (SELECT value FROM json_each(:ids))
           ORDER BY i.conversation_id""",
        desk=desk_id,
        ids=list(conversation_ids),
    )


async def ears_by_post(reader: Reader, desk_id: int, post_ids: Iterable[int]) -> dict[int, list[int]]:
    """The desk's ears that heard each of these posts."""
    rows = await reader.rows(
        """SELECT m.post_id, m.ear_id FROM ear_match m JOIN ear e ON e.id = m.ear_id
           WHERE e.owner_id = :desk AND m.post_id IN (SELECT value FROM json_each(:ids))
           ORDER BY m.post_id, m.ear_id""",
        desk=desk_id,
        ids=sorted(set(post_ids)),
    )
    found: dict[int, list[int]] = {}
    for post_id, ear_id in rows:
        found.setdefault(int(post_id), []).append(int(ear_id))
    return found


async def put_ranks(tx: Transaction, desk_id: int, ranks: Iterable[tuple[int, int, int]]) -> None:
    """Write (conversation, asks, rank)."""
    await tx.execute_many(
        """UPDATE desk_item SET asks = :asks, rank = :rank
           WHERE desk_id = :desk AND conversation_id = :conversation""",
        [{"desk": desk_id, "conversation": conversation, "asks": asks, "rank": rank}
         for conversation, asks, rank in ranks],
    )


async def desks_taught_by(reader: Reader, post_id: int) -> list[int]:
    """The desks that were taught something by a post."""
    return await reader.values(
        "SELECT desk_id FROM desk_judgement WHERE post_id = :post ORDER BY desk_id", post=post_id)


async def desks_taught_by_author(reader: Reader, author_id: int) -> list[int]:
    """The desks that were taught something by somebody's posts."""
    return await reader.values(
        """SELECT DISTINCT j.desk_id FROM desk_judgement j JOIN post p ON p.id = j.post_id
           WHERE p.author_id = :author ORDER BY j.desk_id""",
        author=author_id,
    )


async def forget_judgements(tx: Transaction, post_id: int) -> None:
    """A post is gone: it teaches nothing any more."""
    await tx.execute("DELETE FROM desk_judgement WHERE post_id = :post", post=post_id)


async def find_lesson(reader: Reader, desk_id: int) -> tuple[int, str]:
    """The newest judgement in what a desk has learned, and the lesson as JSON; (0, "") before the first."""
    rows = await reader.rows("SELECT learned_id, lesson FROM desk_lesson WHERE desk_id = :desk", desk=desk_id)
    return (int(rows[0][0]), str(rows[0][1])) if rows else (0, "")


async def put_lesson(tx: Transaction, desk_id: int, learned_id: int, lesson: str) -> None:
    await tx.execute(
        """INSERT INTO desk_lesson (desk_id, learned_id, lesson) VALUES (:desk, :learned, :lesson)
           ON CONFLICT (desk_id) DO UPDATE SET learned_id = :learned, lesson = :lesson""",
        desk=desk_id,
        learned=learned_id,
        lesson=lesson,
    )


# ---- who is there ------------------------------------------------------------------


async def attend(tx: Transaction, desk_id: int, conversation_id: int, account_id: int, typing: bool, now: datetime
                 ) -> bool:
    """Somebody looks at a case now, or types; whether that is news to the others."""
    before = await tx.rows(
        """SELECT typing FROM desk_presence WHERE desk_id = :desk AND conversation_id = :conversation
             AND account_id = :account AND seen_at > :since""",
        desk=desk_id, conversation=conversation_id, account=account_id, since=now - PRESENCE)
    await tx.execute(
        """INSERT INTO desk_presence (desk_id, conversation_id, account_id, typing, seen_at)
           VALUES (:desk, :conversation, :account, :typing, :now)
           ON CONFLICT (desk_id, conversation_id, account_id) DO UPDATE SET typing = :typing, seen_at = :now""",
        desk=desk_id, conversation=conversation_id, account=account_id, typing=typing, now=now)
    return not before or bool(before[0][0]) != typing


async def go(tx: Transaction, desk_id: int, conversation_id: int, account_id: int) -> bool:
    """Somebody looks no more; whether they did before."""
    return bool(await tx.execute(
        """DELETE FROM desk_presence WHERE desk_id = :desk AND conversation_id = :conversation
             AND account_id = :account""",
        desk=desk_id, conversation=conversation_id, account=account_id))


async def present(
    reader: Reader, desk_id: int, viewer: AccountId, now: datetime, conversation_ids: Sequence[int]
) -> list[Presence]:
    """Who else looks at these cases now, for somebody who works at the desk."""
    return await reader.all(
        Presence,
        f"""SELECT conversation_id, account_id, typing FROM desk_presence
            WHERE desk_id = :desk AND seen_at > :since AND account_id <> :viewer AND {AT_DESK}
              AND conversation_id IN (SELECT value FROM json_each(:ids)) ORDER BY account_id""",
        desk=desk_id,
        viewer=viewer,
        least=DeskRole.READER,
        since=now - PRESENCE,
        ids=list(conversation_ids),
    )


async def sweep(tx: Transaction, now: datetime) -> None:
    """Forget who looked a while ago."""
    await tx.execute("DELETE FROM desk_presence WHERE seen_at < :since", since=now - 10 * PRESENCE)


async def watching(reader: Reader, post_id: int, among: Sequence[int]) -> list[tuple[int, int, int]]:
    """(member, desk, conversation) for those of `among` whose desks have the conversation of a post."""
    rows = await reader.rows(
        """SELECT h.account_id, i.desk_id, i.conversation_id FROM post p
             JOIN desk_item i ON i.conversation_id = p.conversation_id JOIN desk_member h ON h.desk_id = i.desk_id
           WHERE p.id = :post AND h.account_id IN (SELECT value FROM json_each(:ids))""",
        post=post_id,
        ids=list(among),
    )
    return [(int(account), int(desk), int(conversation)) for account, desk, conversation in rows]


async def find_posts(reader: Reader, ids: Iterable[int]) -> dict[PostId, Post]:
    """Posts by id that may be heard now: what a lesson is learned from."""
    found = await reader.all(
        Post,
        f"""SELECT p.* FROM post p JOIN account a ON a.id = p.author_id
            WHERE p.id IN (SELECT value FROM json_each(:ids)) AND {HEARABLE}""",
        ids=sorted(set(ids)),
    )
    return {post.id: post for post in found}

"""Notifications: read with mutes and blocks applied, written by their consumer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..ids import AccountId
from ..model.paging import Window
from ..model.post import Post
from ..model.relationship import Asking, Notification
from . import desk_told, withholding
from .database import Reader, Transaction
from .visibility import FOUND, STATES, not_blocked, not_muted, seen

# n: the notification, x: who did it, p and a: the post and its author, if any.
_FROM = """notification n JOIN account x ON x.id = n.account_id
    LEFT JOIN post p ON p.id = n.post_id LEFT JOIN account a ON a.id = p.author_id"""
_WANTED = f"""n.owner_id = :viewer AND x.state IN {STATES} AND {not_blocked("n.account_id")}
    AND NOT EXISTS (SELECT 1 FROM mute WHERE account_id = :viewer AND target_id = n.account_id AND notifications = 1
        AND (until IS NULL OR until > :now))
    AND NOT EXISTS (SELECT 1 FROM blocked_domain WHERE account_id = :viewer AND domain = x.domain AND x.domain <> '')
    AND (n.post_id IS NULL OR (p.id IS NOT NULL AND {seen()}
        AND NOT EXISTS (SELECT 1 FROM muted_conversation WHERE account_id = :viewer
            AND conversation_id = p.conversation_id)))
    AND (n.kind <> 'ear' OR n.post_id IS NULL OR {FOUND})
    AND (n.kind <> 'answer' OR coalesce(
        (SELECT told FROM conversation_mark WHERE account_id = :viewer AND conversation_id = p.conversation_id),
        (SELECT thread_notices FROM member WHERE account_id = :viewer)) = 1)
    AND (n.kind NOT IN ('answer', 'forward') OR {not_muted("p.author_id")})
    AND (n.kind <> 'follow_request' OR EXISTS (SELECT 1 FROM follow WHERE id = n.id AND accepted = 0))
    AND (n.kind <> 'friend_request' OR EXISTS (SELECT 1 FROM friend WHERE id = n.id AND accepted = 0))
    AND (n.kind <> 'friend' OR EXISTS (SELECT 1 FROM friend WHERE id = n.id AND accepted = 1))
    AND (n.kind <> 'rsvp' OR EXISTS (SELECT 1 FROM rsvp WHERE id = n.id AND answer <> 0))
    AND (n.kind NOT IN ('event_changed', 'event_cancelled', 'event_soon') OR p.author_id = :viewer OR EXISTS (
        SELECT 1 FROM rsvp WHERE post_id = n.post_id AND account_id = :viewer AND answer <> 0))
    AND (n.collection_id IS NULL OR EXISTS (
        SELECT 1 FROM collection_item WHERE collection_id = n.collection_id AND account_id = :viewer))
    AND {desk_told.WANTED}
    AND (n.kind NOT IN ('report', 'sign_up') OR EXISTS (SELECT 1 FROM member WHERE account_id = :viewer AND role > 0))
    AND n.id > coalesce((SELECT notification_id FROM dismissed_before WHERE account_id = :viewer), 0)
    AND NOT EXISTS (SELECT 1 FROM dismissed WHERE account_id = :viewer AND notification_id = n.id)"""
_SHOWN = f"""{_WANTED}
    AND NOT EXISTS (SELECT 1 FROM withheld WHERE owner_id = :viewer AND notification_id = n.id)"""
_SHOWN_OR_FILTERED = f"""{_WANTED}
    AND NOT EXISTS (SELECT 1 FROM withheld WHERE owner_id = :viewer AND notification_id = n.id AND state = 'dropped')"""
# Those whose notifications are kept aside are few, so these come first (CROSS JOIN keeps SQLite to that order).
_FILTERED = f"""withheld w CROSS JOIN notification n CROSS JOIN account x
    LEFT JOIN post p ON p.id = n.post_id LEFT JOIN account a ON a.id = p.author_id
    WHERE w.owner_id = :viewer AND w.state = 'filtered' AND n.owner_id = w.owner_id AND n.id = w.notification_id
      AND x.id = n.account_id AND n.kind IN ('mention', 'quote') AND {_WANTED}"""


async def page(
    reader: Reader,
    viewer: int,
    window: Window,
    now: datetime,
    kinds: Sequence[str] = (),
    without: Sequence[str] = (),
    from_account: int = 0,
    filtered: bool = False,
) -> list[Notification]:
    """What the viewer should hear of, newest first; of certain kinds, or without some; with the `filtered` or not."""
    rows = await reader.all(
        Notification,
        f"""SELECT n.* FROM {_FROM} WHERE {_SHOWN_OR_FILTERED if filtered else _SHOWN}
            {"AND n.kind IN (SELECT value FROM json_each(:kind_texts))" if kinds else ""}
            {"AND n.kind NOT IN (SELECT value FROM json_each(:without_texts))" if without else ""}
            {"AND n.account_id = :from_account" if from_account else ""}
            AND n.id < :before AND n.id > :after ORDER BY n.id {window.order} LIMIT :limit""",
        viewer=viewer,
        now=now,
        before=window.before,
        after=window.after,
        limit=window.limit,
        **({"kind_texts": list(kinds)} if kinds else {}),
        **({"without_texts": list(without)} if without else {}),
        **({"from_account": from_account} if from_account else {}),
    )
    return window.arranged(rows)


async def find(
    reader: Reader, viewer: int, notification_id: int, now: datetime, filtered: bool = False
) -> Notification | None:
    """One notification, if the viewer is shown it; or also if it is `filtered`."""
    return await reader.find(
        Notification,
        f"SELECT n.* FROM {_FROM} WHERE {_SHOWN_OR_FILTERED if filtered else _SHOWN} AND n.id = :id",
        viewer=viewer,
        now=now,
        id=notification_id,
    )


async def asking(reader: Reader, viewer: int, window: Window, now: datetime, account_id: int = 0) -> list[Asking]:
    """Those whose mentions and quotes are kept aside from the viewer, or one of them; newest request first."""
    rows = await reader.patient(
        Asking,
        f"""SELECT g.id, g.account_id, g.count, g.newest_id, l.post_id FROM (
              SELECT min(n.id) AS id, n.account_id, count(*) AS count, max(n.id) AS newest_id
              FROM {_FILTERED} {"AND n.account_id = :account" if account_id else ""}
              GROUP BY n.account_id) g
            JOIN notification l ON l.owner_id = :viewer AND l.id = g.newest_id
            WHERE g.id < :before AND g.id > :after ORDER BY g.id {window.order} LIMIT :limit""",
        viewer=viewer,
        now=now,
        before=window.before,
        after=window.after,
        limit=window.limit,
        **({"account": account_id} if account_id else {}),
    )
    return window.arranged(rows)


async def owners(reader: Reader, fact_id: int, among: Sequence[int]) -> list[int]:
    """Those of `among` who have a notification of a fact."""
    return await reader.values(
        "SELECT owner_id FROM notification WHERE id = :id AND owner_id IN (SELECT value FROM json_each(:ids))",
        id=fact_id,
        ids=list(among),
    )


async def owners_above(reader: Reader, fact_id: int, above: int, limit: int) -> list[int]:
    """Who has a notification of a fact, by id, from above `above`."""
    return await reader.values(
        "SELECT owner_id FROM notification WHERE id = :id AND owner_id > :above ORDER BY owner_id LIMIT :limit",
        id=fact_id,
        above=above,
        limit=limit,
    )


async def unread(
    reader: Reader, viewer: int, now: datetime, limit: int = 100, without: Sequence[str] = ()
) -> int:
    """How many came since the read mark, counted up to `limit`; `without` some kinds."""
    return int(
        await reader.value(
            f"""SELECT count(*) FROM (SELECT n.id FROM {_FROM} WHERE {_SHOWN} AND n.id > coalesce((
              SELECT last_read_id FROM marker WHERE account_id = :viewer AND timeline = 'notifications'), 0)
            AND (n.kind <> 'answer' OR n.id > coalesce((SELECT read_id FROM conversation_mark
              WHERE account_id = :viewer AND conversation_id = p.conversation_id), 0))
            {"AND n.kind NOT IN (SELECT value FROM json_each(:without_texts))" if without else ""}
            ORDER BY n.id DESC LIMIT :limit) shown""",
            viewer=viewer,
            now=now,
            limit=limit,
            **({"without_texts": list(without)} if without else {}),
        )
    )


async def record(tx: Transaction, told: Sequence[Notification], judged: bool = False) -> None:
    """Store notifications for members, and ask their policies of each that is new, unless those were `judged` before.

    A request that was accepted becomes a follow.
    """
    for fact_id in dict.fromkeys(one.id for one in told):
        recipients = [one.owner_id for one in told if one.id == fact_id]
        known = set(await owners(tx, fact_id, recipients))
        await _store(tx, [one for one in told if one.id == fact_id])
        # What is there already was judged when it came.
        if not judged and (new := [owner for owner in recipients if owner not in known]):
            await withholding.withhold(tx, fact_id, new)


async def _store(tx: Transaction, told: Sequence[Notification]) -> None:
    await tx.execute_many(
        """INSERT INTO notification (owner_id, id, kind, account_id, post_id, collection_id)
           SELECT :owner_id, :id, :kind, :account_id, :post_id, :collection_id WHERE EXISTS (
             SELECT 1 FROM account WHERE id = :owner_id AND domain = '')
           ON CONFLICT (owner_id, id) DO UPDATE SET kind = excluded.kind""",
        [{name: getattr(n, name) for name in Notification.__struct_fields__} for n in told],
    )


async def bells(reader: Reader, post: Post, above: int, limit: int) -> list[int]:
    """Followers who asked to hear of each post of this author in its language, by id, above `above`."""
    language = "AND (f.languages = '[]' OR replace(f.languages, :quoted, '') <> f.languages)" if post.language else ""
    return await reader.values(
        f"""SELECT f.follower_id FROM follow f WHERE f.followed_id = :author AND f.accepted = 1 AND f.notify = 1
            {language} AND f.follower_id > :above ORDER BY f.follower_id LIMIT :limit""",
        author=post.author_id,
        above=above,
        limit=limit,
        **({"quoted": f'"{post.language}"'} if post.language else {}),
    )


async def taking_part(reader: Reader, post: Post, limit: int) -> list[int]:
    """Members who said something in the conversation of `post` before it, the last `limit` to do so, and those who
    asked to be told of it; not its author."""
    return await reader.values(
        """SELECT account_id FROM (
             SELECT q.author_id AS account_id, max(q.id) AS last FROM post q JOIN member m ON m.account_id = q.author_id
               WHERE q.conversation_id = :conversation AND q.id < :id AND q.boost_of_id IS NULL
               GROUP BY q.author_id ORDER BY last DESC LIMIT :limit) spoke WHERE account_id <> :author
           UNION SELECT account_id FROM (SELECT account_id FROM conversation_mark
             WHERE conversation_id = :conversation AND told = 1 AND told_from < :id AND account_id <> :author
             LIMIT :limit) asked""",
        conversation=post.conversation_id,
        id=post.id,
        author=post.author_id,
        limit=limit,
    )


async def remove(tx: Transaction, owner: int, notification_id: int) -> None:
    await tx.execute("DELETE FROM notification WHERE owner_id = :owner AND id = :id", owner=owner, id=notification_id)
    await withholding.forget(tx, owner, notification_id)


async def remove_fact(tx: Transaction, fact_id: int) -> None:
    """Take back what told of a boost or favourite that is gone (one row), or of the end of a poll that goes on."""
    await tx.execute("DELETE FROM notification WHERE id = :id", id=fact_id)
    await withholding.forget_fact(tx, fact_id)


async def remove_post(tx: Transaction, post_id: int, limit: int) -> int:
    """Take out up to `limit` of what told of a post that is gone; how many."""
    withheld = await withholding.forget_post(tx, post_id, limit)
    return withheld + await tx.execute(
        """DELETE FROM notification WHERE post_id = :post_id AND owner_id IN (
             SELECT owner_id FROM notification WHERE post_id = :post_id LIMIT :limit)""",
        post_id=post_id,
        limit=limit,
    )


async def remove_account(tx: Transaction, account_id: AccountId | int, limit: int) -> int:
    """Take out what an account heard; what others heard of it is hidden by its state and goes with its posts."""
    return await tx.execute(
        """DELETE FROM notification WHERE owner_id = :account AND id IN (
             SELECT id FROM notification WHERE owner_id = :account LIMIT :limit)""",
        account=account_id,
        limit=limit,
    )


async def post_ids_that_tell(reader: Reader, after: int, limit: int) -> list[int]:
    """Posts that may have told somebody, in order, from above `after`."""
    return await reader.values(
        """SELECT id FROM post WHERE id > :after AND history = 0 AND boost_of_id IS NULL ORDER BY id LIMIT :limit""",
        after=after,
        limit=limit,
    )


async def from_interactions(tx: Transaction) -> None:
    """Notifications of boosts, favourites and follows, from the facts."""
    local = "IN (SELECT id FROM account WHERE domain = '')"
    for select in (
        f"""SELECT o.author_id, b.id, 'boost', b.author_id, o.id FROM post b JOIN post o ON o.id = b.boost_of_id
            WHERE b.history = 0 AND b.author_id <> o.author_id AND o.author_id {local}""",
        f"""SELECT o.author_id, f.id, 'favourite', f.account_id, o.id FROM favourite f JOIN post o ON o.id = f.post_id
            WHERE f.account_id <> o.author_id AND o.author_id {local}""",
        f"""SELECT followed_id, id, CASE WHEN accepted = 1 THEN 'follow' ELSE 'follow_request' END, follower_id, NULL
            FROM follow WHERE followed_id {local}""",
        f"""SELECT friend_id, id, 'friend_request', account_id, NULL FROM friend
            WHERE accepted = 0 AND friend_id {local}""",
        # Whoever asked has the older of the two rows, and is told.
        """SELECT f.account_id, f.id, 'friend', f.friend_id, NULL FROM friend f JOIN friend b
            ON b.account_id = f.friend_id AND b.friend_id = f.account_id AND b.id > f.id WHERE f.accepted = 1""",
        "SELECT account_id, refused_id, 'file_refused', account_id, NULL FROM file WHERE state = 3",
        f"""SELECT p.author_id, r.id, 'rsvp', r.account_id, p.id FROM rsvp r JOIN post p ON p.id = r.post_id
            WHERE r.answer <> 0 AND r.account_id <> p.author_id AND p.author_id {local}""",
        # Whoever said only later that they come was not told.
        f"""SELECT r.account_id, c.id, c.kind, p.author_id, p.id FROM gathering_news c JOIN post p ON p.id = c.post_id
            JOIN rsvp r ON r.post_id = c.post_id AND r.since_id < c.id
            WHERE r.answer <> 0 AND r.account_id <> p.author_id AND r.account_id {local}""",
        f"""SELECT p.author_id, c.id, c.kind, p.author_id, p.id FROM gathering_news c JOIN post p ON p.id = c.post_id
            WHERE c.kind = 'event_soon' AND p.author_id {local}""",
        """SELECT t.account_id, r.id, 'report', r.account_id, NULL
            FROM report r JOIN report_told t ON t.report_id = r.id WHERE t.account_id <> r.account_id""",
        "SELECT target_id, id, 'forward', account_id, post_id FROM forward WHERE target_id > 0",
        "SELECT account_id, id, 'archive', account_id, NULL FROM archive WHERE done_at IS NOT NULL",
        desk_told.TOLD,
        f"SELECT target_id, id, 'warning', target_id, NULL FROM warning WHERE target_id {local}",
        f"""SELECT q.author_id, e.id, 'quoted_edit', p.author_id, min(q.id) FROM post_edit e
            JOIN post p ON p.id = e.post_id JOIN post q ON q.quote_of_id = p.id AND q.quote_state = 2 AND q.id < e.id
            WHERE p.history = 0 AND q.author_id <> p.author_id AND q.author_id {local}
            GROUP BY q.author_id, e.id, p.author_id""",
        f"""SELECT b.author_id, e.id, 'edit', p.author_id, p.id FROM post_edit e
            JOIN post p ON p.id = e.post_id JOIN post b ON b.boost_of_id = p.id AND b.id < e.id
            WHERE p.history = 0 AND b.author_id <> p.author_id AND b.author_id {local}""",
        # Without a WHERE, SQLite takes ON for part of a join (sqlite.org/lang_upsert.html, 2.2).
        "SELECT account_id, id, 'severed', account_id, NULL FROM severance WHERE account_id > 0",
        """SELECT s.account_id, j.account_id, 'sign_up', j.account_id, NULL FROM member s
            JOIN member j ON j.account_id <> s.account_id JOIN account a ON a.id = j.account_id
            WHERE s.role > 0 AND a.created_at = j.created_at AND a.id > s.account_id AND a.state <> 4""",
        f"""SELECT v.account_id, l.ended_id, 'poll', p.author_id, p.id FROM poll l JOIN post p ON p.id = l.post_id
            JOIN (SELECT DISTINCT post_id, account_id FROM vote) v ON v.post_id = l.post_id
            WHERE l.ended_id IS NOT NULL AND v.account_id {local}""",
        f"""SELECT p.author_id, l.ended_id, 'poll', p.author_id, p.id FROM poll l JOIN post p ON p.id = l.post_id
            WHERE l.ended_id IS NOT NULL AND p.author_id {local}""",
    ):
        await tx.execute(
            f"INSERT INTO notification (owner_id, id, kind, account_id, post_id) {select} ON CONFLICT DO NOTHING"
        )


async def dismiss(tx: Transaction, owner: int, ids: Sequence[int]) -> None:
    """Remember that the owner put notifications away."""
    await tx.execute(
        """INSERT INTO dismissed (account_id, notification_id) SELECT owner_id, id FROM notification
           WHERE owner_id = :owner AND id IN (SELECT value FROM json_each(:ids)) ON CONFLICT DO NOTHING""",
        owner=owner,
        ids=list(ids),
    )


async def dismiss_before(tx: Transaction, owner: int, up_to: int) -> None:
    """Remember that the owner put everything away that came until now, up to id `up_to`."""
    await tx.execute(
        """INSERT INTO dismissed_before (account_id, notification_id)
           SELECT :owner, max(id) FROM notification WHERE owner_id = :owner AND id <= :up_to HAVING max(id) IS NOT NULL
           ON CONFLICT (account_id) DO UPDATE SET notification_id = excluded.notification_id
             WHERE dismissed_before.notification_id < excluded.notification_id""",
        owner=owner,
        up_to=up_to,
    )

"""Counters: derived, but kept in the transaction of the fact, so that every answer is exact.

They count public and unlisted interactions only, and are the same for every
viewer. On PostgreSQL rows are touched in order of id, so two transactions
cannot wait for each other. `recount` makes all of them anew from the facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from . import gatherings, polls
from .database import Reader, Transaction

_POST_COLUMNS = ("replies", "boosts", "favourites", "quotes")
_ACCOUNT_COLUMNS = ("posts", "followers", "following")


async def add_to_post(tx: Transaction, post_id: int, column: str, change: int) -> None:
    """Add `change` to one counter of a post."""
    assert column in _POST_COLUMNS
    await tx.execute(
        f"""INSERT INTO post_stats (post_id, {column}) VALUES (:id, :change)
            ON CONFLICT (post_id) DO UPDATE SET {column} = post_stats.{column} + :change""",
        id=post_id,
        change=change,
    )


async def add_to_account(tx: Transaction, account_id: int, column: str, change: int) -> None:
    """Add `change` to one counter of an account."""
    assert column in _ACCOUNT_COLUMNS
    await tx.execute(
        f"UPDATE account_stats SET {column} = {column} + :change WHERE account_id = :id", id=account_id, change=change
    )


async def posted(tx: Transaction, account_id: int, at: datetime) -> None:
    """One more post, made at `at`."""
    await tx.execute(
        """UPDATE account_stats SET posts = posts + 1,
             last_post_at = CASE WHEN coalesce(last_post_at, 0) < :at THEN :at ELSE last_post_at END
           WHERE account_id = :id""",
        id=account_id,
        at=at,
    )


async def add_replies(tx: Transaction, replies: Mapping[int, int]) -> None:
    """Count replies to several posts at once: parent to number."""
    if replies:
        await tx.execute_many(
            """INSERT INTO post_stats (post_id, replies) VALUES (:id, :change)
               ON CONFLICT (post_id) DO UPDATE SET replies = post_stats.replies + :change""",
            [{"id": parent, "change": number} for parent, number in sorted(replies.items())],
        )


async def posted_many(tx: Transaction, authors: Sequence[tuple[int, int, int]]) -> None:
    """(account, number of posts, the latest one's time in milliseconds) of several authors at once, by id."""
    if authors:
        await tx.execute_many(
            """UPDATE account_stats SET posts = posts + :number,
                 last_post_at = CASE WHEN coalesce(last_post_at, 0) < :at THEN :at ELSE last_post_at END
               WHERE account_id = :id""",
            [{"id": account_id, "number": number, "at": at} for account_id, number, at in authors],
        )


async def followed(tx: Transaction, follower: int, followed_id: int, change: int) -> None:
    """An accepted follow came or went."""
    for account_id, column in sorted([(follower, "following"), (followed_id, "followers")]):
        await add_to_account(tx, account_id, column, change)


_TRUE_POSTS = """SELECT p.id,
    (SELECT count(*) FROM post r WHERE r.in_reply_to_id = p.id AND r.visibility <= 1),
    (SELECT count(*) FROM post b WHERE b.boost_of_id = p.id AND b.visibility <= 1),
    (SELECT count(*) FROM favourite f WHERE f.post_id = p.id),
    (SELECT count(*) FROM post q WHERE q.quote_of_id = p.id AND q.quote_state = 2 AND q.visibility <= 1)
    FROM post p"""
_TRUE_ACCOUNTS = """SELECT a.id,
    (SELECT count(*) FROM post p WHERE p.author_id = a.id AND p.visibility <= 1),
    (SELECT count(*) FROM follow f WHERE f.followed_id = a.id AND f.accepted = 1),
    (SELECT count(*) FROM follow f WHERE f.follower_id = a.id AND f.accepted = 1)
    FROM account a WHERE a.state <> 4"""


async def wrong(reader: Reader, limit: int = 20) -> list[str]:
    """Sentences about counters that differ from the facts."""
    posts = await reader.rows(
        f"""SELECT t.*, coalesce(s.replies, 0), coalesce(s.boosts, 0), coalesce(s.favourites, 0),
              coalesce(s.quotes, 0)
            FROM ({_TRUE_POSTS.replace("p.id,", "p.id AS id,", 1).replace("p.visibility", "p.visibility")}) t
            LEFT JOIN post_stats s ON s.post_id = t.id"""
    )
    found = [f"post {r[0]} counts {r[5:9]}, the facts say {r[1:5]}" for r in posts if tuple(r[1:5]) != tuple(r[5:9])]
    accounts = await reader.rows(
        f"""SELECT t.*, coalesce(s.posts, 0), coalesce(s.followers, 0), coalesce(s.following, 0)
            FROM ({_TRUE_ACCOUNTS.replace("a.id,", "a.id AS id,", 1)}) t
            LEFT JOIN account_stats s ON s.account_id = t.id"""
    )
    found += [
        f"account {r[0]} counts {r[4:7]}, the facts say {r[1:4]}" for r in accounts if tuple(r[1:4]) != tuple(r[4:7])
    ]
    found += await polls.wrong(reader, limit)
    found += await gatherings.wrong(reader, limit)
    return found[:limit]


async def recount(tx: Transaction) -> None:
    """Make every counter anew from the facts."""
    await tx.execute("DELETE FROM post_stats")
    await tx.execute(f"INSERT INTO post_stats (post_id, replies, boosts, favourites, quotes) {_TRUE_POSTS}")
    await tx.execute("DELETE FROM post_stats WHERE replies = 0 AND boosts = 0 AND favourites = 0 AND quotes = 0")
    last = {r[0]: r[1] for r in await tx.rows("SELECT author_id, max(created_at) FROM post GROUP BY author_id")}
    await tx.execute("DELETE FROM account_stats")
    await tx.execute(f"INSERT INTO account_stats (account_id, posts, followers, following) {_TRUE_ACCOUNTS}")
    await tx.execute_many(
        "UPDATE account_stats SET last_post_at = :at WHERE account_id = :id",
        [{"id": account_id, "at": at} for account_id, at in last.items()],
    )
    await polls.recount(tx)
    await gatherings.recount(tx)

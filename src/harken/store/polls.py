"""Polls, their options and votes. Who may see a poll is who may see its post: callers have checked that."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import msgspec

from ..clock import from_ms
from ..model.poll import Ballot, Option, Poll
from .database import Reader, Transaction


async def of_posts(reader: Reader, ids: Collection[int], viewer: int) -> dict[int, Poll]:
    """The polls of these posts, with what the viewer chose: two statements, none for no posts."""
    if not ids:
        return {}
    rows = await reader.rows(
        """SELECT p.post_id, p.multiple, p.hide_totals, p.expires_at, p.voters, p.ended_id, o.title, o.votes
           FROM poll p JOIN poll_option o ON o.post_id = p.post_id
           WHERE p.post_id IN (SELECT value FROM json_each(:ids)) ORDER BY p.post_id, o.position""",
        ids=sorted(ids),
    )
    chosen: dict[int, list[int]] = {}
    if viewer:
        for post_id, position in await reader.rows(
            """SELECT post_id, position FROM vote WHERE account_id = :viewer
               AND post_id IN (SELECT value FROM json_each(:ids)) ORDER BY post_id, position""",
            viewer=viewer,
            ids=sorted(ids),
        ):
            chosen.setdefault(post_id, []).append(position)
    found: dict[int, Poll] = {}
    for post_id, multiple, hide_totals, expires_at, voters, ended_id, title, votes in rows:
        if post_id not in found:
            found[post_id] = Poll(
                post_id=post_id,
                multiple=bool(multiple),
                hide_totals=bool(hide_totals),
                expires_at=None if expires_at is None else from_ms(expires_at),
                voters=voters,
                ended_id=ended_id,
                options=[],
                chosen=chosen.get(post_id, []),
            )
        found[post_id].options.append(Option(title, votes))
    return found


async def find(reader: Reader, post_id: int, viewer: int = 0) -> Poll | None:
    """The poll of a post."""
    return (await of_posts(reader, [post_id], viewer)).get(post_id)


async def insert(tx: Transaction, post_id: int, ballot: Ballot, expires_at: datetime) -> None:
    """Store a poll that nobody has voted in."""
    await tx.execute(
        """INSERT INTO poll (post_id, multiple, hide_totals, expires_at)
           VALUES (:post, :multiple, :hide_totals, :expires_at)""",
        post=post_id,
        multiple=ballot.multiple,
        hide_totals=ballot.hide_totals,
        expires_at=expires_at,
    )
    await tx.execute_many(
        "INSERT INTO poll_option (post_id, position, title) VALUES (:post, :position, :title)",
        [{"post": post_id, "position": n, "title": title} for n, title in enumerate(ballot.options)],
    )


async def prolong(tx: Transaction, post_id: int, ballot: Ballot, expires_at: datetime) -> None:
    """The same options and votes with another end; it goes on if it had ended."""
    await tx.execute(
        """UPDATE poll SET hide_totals = :hide_totals, expires_at = :expires_at, ended_id = NULL
           WHERE post_id = :post""",
        post=post_id,
        hide_totals=ballot.hide_totals,
        expires_at=expires_at,
    )


async def remove(tx: Transaction, post_id: int) -> None:
    """Take a poll away with all its votes."""
    for table in ("poll", "poll_option", "vote"):
        await tx.execute(f"DELETE FROM {table} WHERE post_id = :post", post=post_id)


async def hold(tx: Transaction, post_id: int) -> None:
    """Let nobody else vote in this poll until the transaction ends."""
    await tx.execute("UPDATE poll SET voters = voters WHERE post_id = :post", post=post_id)


async def record_votes(tx: Transaction, post_id: int, account_id: int, positions: Iterable[int], first: bool) -> None:
    """Store votes that are not there yet; `first` says that the account had none in this poll."""
    rows = [{"post": post_id, "account": account_id, "position": position} for position in positions]
    await tx.execute_many(
        "INSERT INTO vote (post_id, account_id, position) VALUES (:post, :account, :position)", rows
    )
    await tx.execute_many(
        "UPDATE poll_option SET votes = votes + 1 WHERE post_id = :post AND position = :position",
        [{"post": row["post"], "position": row["position"]} for row in rows],
    )
    if first and rows:
        await tx.execute("UPDATE poll SET voters = voters + 1 WHERE post_id = :post", post=post_id)


async def withdraw_all(tx: Transaction, account_id: int) -> None:
    """Take back every vote of an account that leaves."""
    await tx.execute(
        """UPDATE poll SET voters = voters - 1
           WHERE post_id IN (SELECT post_id FROM vote WHERE account_id = :account)""",
        account=account_id,
    )
    await tx.execute(
        """UPDATE poll_option SET votes = votes - 1 WHERE EXISTS (
             SELECT 1 FROM vote v WHERE v.post_id = poll_option.post_id AND v.position = poll_option.position
             AND v.account_id = :account) AND post_id IN (SELECT post_id FROM vote WHERE account_id = :account)""",
        account=account_id,
    )
    await tx.execute("DELETE FROM vote WHERE account_id = :account", account=account_id)


# ---- the end -------------------------------------------------------------------


async def due(reader: Reader, now: datetime, limit: int) -> list[int]:
    """Posts whose polls have ended and whose voters have not been told, the first to end first."""
    return await reader.values(
        """SELECT post_id FROM poll WHERE ended_id IS NULL AND expires_at <= :now ORDER BY expires_at LIMIT :limit""",
        now=now,
        limit=limit,
    )


async def mark_ended(tx: Transaction, post_id: int, ended_id: int, now: datetime) -> bool:
    """Note that a poll has ended; False when somebody did before, or it goes on after all."""
    return bool(
        await tx.execute(
            """UPDATE poll SET ended_id = :ended WHERE post_id = :post AND ended_id IS NULL AND expires_at <= :now""",
            post=post_id,
            ended=ended_id,
            now=now,
        )
    )


async def voters_of(reader: Reader, post_id: int, above: int, limit: int) -> list[int]:
    """Accounts that voted, by id, from above `above` on."""
    return await reader.values(
        """SELECT DISTINCT account_id FROM vote WHERE post_id = :post AND account_id > :above
           ORDER BY account_id LIMIT :limit""",
        post=post_id,
        above=above,
        limit=limit,
    )


# ---- for taking away, and for checking ------------------------------------------


class Chosen(msgspec.Struct, frozen=True):
    """What somebody voted for: the poll's uri and an option."""

    uri: str
    title: str


async def votes_of(reader: Reader, account_id: int) -> list[Chosen]:
    """Every vote of an account, in the order of the polls."""
    return await reader.all(
        Chosen,
        """SELECT p.uri, o.title FROM vote v JOIN post p ON p.id = v.post_id
           JOIN poll_option o ON o.post_id = v.post_id AND o.position = v.position
           WHERE v.account_id = :account ORDER BY v.post_id, v.position""",
        account=account_id,
    )


_TRUE_VOTERS = "(SELECT count(DISTINCT v.account_id) FROM vote v WHERE v.post_id = poll.post_id)"
_TRUE_VOTES = """(SELECT count(*) FROM vote v WHERE v.post_id = poll_option.post_id
    AND v.position = poll_option.position)"""


async def wrong(reader: Reader, limit: int) -> list[str]:
    """Sentences about polls whose counters differ from their votes."""
    found: Sequence[int] = await reader.values(
        f"""SELECT post_id FROM poll WHERE voters <> {_TRUE_VOTERS}
            UNION SELECT post_id FROM poll_option WHERE votes <> {_TRUE_VOTES} LIMIT :limit""",
        limit=limit,
    )
    return [f"the poll of post {post_id} counts other votes than there are" for post_id in found]


async def recount(tx: Transaction) -> None:
    """Make every counter of polls anew from the votes."""
    await tx.execute(f"UPDATE poll SET voters = {_TRUE_VOTERS}")
    await tx.execute(f"UPDATE poll_option SET votes = {_TRUE_VOTES}")

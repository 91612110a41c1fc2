"""What desks keep about somebody, found and removed: by the person's own wish, a lead's decision, or a deletion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from ..ids import PostId
from .contacts import ALL_HEARD
from .database import Reader, Transaction


class CaseKept(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that a desk took up because of somebody's post."""

    desk_id: int
    conversation_id: int
    post_id: PostId
    mark: str
    reason: str


async def cases_of(reader: Reader, desk_id: int, account_ids: Sequence[int]) -> list[CaseKept]:
    """What a desk has in its queue of these accounts, or did with it, the oldest first."""
    return await reader.all(
        CaseKept,
        """SELECT i.desk_id, i.conversation_id, i.post_id, coalesce(c.mark, '') AS mark,
               coalesce(c.reason, '') AS reason
             FROM desk_item i LEFT JOIN desk_case c
               ON c.desk_id = i.desk_id AND c.conversation_id = i.conversation_id
             WHERE i.desk_id = :desk AND i.author_id IN (SELECT value FROM json_each(:ids))
           UNION SELECT c.desk_id, c.conversation_id, c.post_id, c.mark, c.reason
             FROM post p JOIN desk_case c ON c.post_id = p.id
             WHERE c.desk_id = :desk AND p.author_id IN (SELECT value FROM json_each(:more_ids))
           ORDER BY 2""",
        desk=desk_id, ids=list(account_ids), more_ids=list(account_ids))


async def outcomes_of(reader: Reader, desk_id: int, account_id: int) -> list[tuple[int, str]]:
    """(id, words) of what was written down of somebody's cases: for whom no card says it."""
    rows = await reader.rows(
        """SELECT id, words FROM desk_outcome WHERE desk_id = :desk AND account_id = :account AND withdrawn = 0
           ORDER BY id""", desk=desk_id, account=account_id)
    return [(int(outcome), str(words)) for outcome, words in rows]


async def tags_of_cases(reader: Reader, desk_id: int, conversation_ids: Sequence[int]) -> dict[int, list[str]]:
    """The tags of cases, by conversation."""
    rows = await reader.rows(
        """SELECT conversation_id, tag FROM desk_case_tag WHERE desk_id = :desk
             AND conversation_id IN (SELECT value FROM json_each(:ids)) ORDER BY conversation_id, tag""",
        desk=desk_id, ids=list(conversation_ids))
    found: dict[int, list[str]] = {}
    for conversation, tag in rows:
        found.setdefault(int(conversation), []).append(str(tag))
    return found


async def remove_cases(tx: Transaction, desk_id: int, conversation_ids: Sequence[int]) -> None:
    """Take conversations out of a queue, with all that was done about them and was not sent yet."""
    for planned in await tx.values(
        """SELECT scheduled_id FROM desk_draft WHERE desk_id = :desk AND scheduled_id IS NOT NULL
             AND conversation_id IN (SELECT value FROM json_each(:ids))""", desk=desk_id, ids=list(conversation_ids)
    ):
        await tx.execute("DELETE FROM scheduled_post WHERE id = :id", id=planned)
    for table in ("desk_item", "desk_case", "desk_case_tag", "desk_presence", "desk_draft"):
        await tx.execute(
            f"""DELETE FROM {table} WHERE desk_id = :desk
                  AND conversation_id IN (SELECT value FROM json_each(:ids))""",
            desk=desk_id, ids=list(conversation_ids))


async def unlearn(tx: Transaction, desk_id: int, account_ids: Sequence[int]) -> bool:
    """Forget what a desk was taught by somebody's posts; whether there was anything."""
    return bool(await tx.execute(
        """DELETE FROM desk_judgement WHERE desk_id = :desk AND post_id IN (
             SELECT id FROM post WHERE author_id IN (SELECT value FROM json_each(:ids)))""",
        desk=desk_id, ids=list(account_ids)))


async def remove_cards(tx: Transaction, ids: Sequence[int]) -> None:
    """Remove cards and what hangs on them; notes and other kinds of things are removed by their sources."""
    for table in ("contact_tag", "contact_account"):
        await tx.execute(
            f"DELETE FROM {table} WHERE contact_id IN (SELECT value FROM json_each(:ids))", ids=list(ids))
    for table, columns in (("contact_relation", ("contact_id", "other_id")), ("contact_apart", ("one_id", "other_id"))):
        for column in columns:
            await tx.execute(
                f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(:ids))", ids=list(ids))
    await tx.execute("DELETE FROM contact WHERE id IN (SELECT value FROM json_each(:ids))", ids=list(ids))


async def remove_accounts(tx: Transaction, ids: Sequence[int]) -> None:
    """Let cards be about nobody's account."""
    await tx.execute(
        "DELETE FROM contact_account WHERE contact_id IN (SELECT value FROM json_each(:ids))", ids=list(ids))


async def desks_that_know(reader: Reader, account_id: int) -> list[int]:
    """The desks that have a card about an account, closed ones too."""
    return await reader.values(
        "SELECT desk_id FROM contact_account WHERE account_id = :account ORDER BY desk_id", account=account_id)


async def desks_that_heard(reader: Reader, account_id: int) -> list[int]:
    """The desks that have, or did something with, a post of an account."""
    return await reader.values(
        """SELECT desk_id FROM desk_item WHERE author_id = :account
           UNION SELECT c.desk_id FROM post p JOIN desk_case c ON c.post_id = p.id WHERE p.author_id = :account
           UNION SELECT j.desk_id FROM post p JOIN desk_judgement j ON j.post_id = p.id WHERE p.author_id = :account
           ORDER BY 1""", account=account_id)


class _Waiting(msgspec.Struct, frozen=True):
    desk_id: int
    people: int


async def counts_waiting(reader: Reader, desk_ids: Iterable[int]) -> dict[int, int]:
    """How many people of each desk wait for a lead's decision."""
    rows = await reader.patient(
        _Waiting,
        f"""SELECT c.desk_id, count(*) AS people FROM contact c
            WHERE c.desk_id IN (SELECT value FROM json_each(:ids)) AND c.into_id IS NULL AND NOT {ALL_HEARD}
            GROUP BY c.desk_id""", ids=sorted(set(desk_ids)))
    return {row.desk_id: row.people for row in rows}

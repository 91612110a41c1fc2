"""What came of it, and the time that it took: rows that are only added to, and go when a person is forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from ..model.desk import DeskRole
from ..model.outcome import Credit, Outcome, Spent
from .database import Reader, Transaction
from .desks import AT_DESK

_STANDS = "o.withdrawn = 0 AND NOT EXISTS (SELECT 1 FROM desk_outcome r WHERE r.replaces_id = o.id)"


async def insert(tx: Transaction, outcome: Outcome, credits: Iterable[Credit]) -> None:
    """One more; there is no way to change one."""
    await tx.execute(
        """INSERT INTO desk_outcome (id, desk_id, conversation_id, account_id, contact_id, replaces_id, withdrawn, tier,
             confidence, words, happened_on, amount, currency, by_id)
           VALUES (:id, :desk_id, :conversation_id, :account_id, :contact_id, :replaces_id, :withdrawn, :tier,
             :confidence, :words, :happened_on, :amount, :currency, :by_id)""",
        **msgspec.structs.asdict(outcome),
    )
    await tx.execute_many(
        "INSERT INTO desk_credit (outcome_id, kind, of_id, name) VALUES (:outcome_id, :kind, :of_id, :name)",
        [msgspec.structs.asdict(credit) for credit in credits],
    )


async def find(reader: Reader, desk_id: int, outcome_id: int, viewer: int) -> Outcome | None:
    """One of the desk's, if `viewer` works there."""
    return await reader.find(
        Outcome, f"SELECT * FROM desk_outcome WHERE id = :id AND desk_id = :desk AND {AT_DESK}",
        id=outcome_id, desk=desk_id, viewer=viewer, least=DeskRole.READER)


async def is_replaced(reader: Reader, outcome_id: int) -> bool:
    """Whether a correction names it."""
    return bool(await reader.value(
        "SELECT count(*) FROM desk_outcome WHERE replaces_id = :id", id=outcome_id))


async def about(
    reader: Reader, desk_id: int, viewer: int, *, conversation_ids: Sequence[int] = (), contact_ids: Sequence[int] = (),
    account_ids: Sequence[int] = (),
) -> list[Outcome]:
    """All that was written of these cases, cards and accounts, corrected ones too, the oldest first.

    The caller has checked that `viewer` may see them.
    """
    return await reader.all(
        Outcome,
        f"""SELECT * FROM desk_outcome WHERE desk_id = :desk AND {AT_DESK} AND (
              conversation_id IN (SELECT value FROM json_each(:conversations))
              OR contact_id IN (SELECT value FROM json_each(:contacts))
              OR account_id IN (SELECT value FROM json_each(:accounts))) ORDER BY id""",
        desk=desk_id, viewer=viewer, least=DeskRole.READER, conversations=list(conversation_ids),
        contacts=list(contact_ids), accounts=list(account_ids))


async def of_cards(reader: Reader, contact_ids: Sequence[int]) -> list[Outcome]:
    """All that was written of these cards and of the cases of their accounts: to tell the person."""
    return await reader.all(
        Outcome,
        """SELECT o.* FROM desk_outcome o WHERE o.withdrawn = 0 AND (
             o.contact_id IN (SELECT value FROM json_each(:contacts)) OR EXISTS (
               SELECT 1 FROM contact_account ca WHERE ca.account_id = o.account_id AND ca.desk_id = o.desk_id
                 AND ca.contact_id IN (SELECT value FROM json_each(:contacts)))) ORDER BY o.id""",
        contacts=list(contact_ids))


async def standing(reader: Reader, desk_id: int, viewer: int, first: date, last: date) -> list[Outcome]:
    """What counts of a desk's outcomes from one day to another, both included, the newest day first."""
    return await reader.all(
        Outcome,
        f"""SELECT o.* FROM desk_outcome o WHERE o.desk_id = :desk AND o.happened_on >= :first
              AND o.happened_on <= :last AND {_STANDS} AND {AT_DESK} ORDER BY o.happened_on DESC, o.id DESC""",
        desk=desk_id, viewer=viewer, least=DeskRole.READER, first=first, last=last)


async def credits(reader: Reader, outcome_ids: Iterable[int]) -> dict[int, list[Credit]]:
    """Who shares in each."""
    found = await reader.all(
        Credit,
        """SELECT * FROM desk_credit WHERE outcome_id IN (SELECT value FROM json_each(:ids))
           ORDER BY outcome_id, kind, of_id""", ids=sorted(outcome_ids))
    shared: dict[int, list[Credit]] = {}
    for one in found:
        shared.setdefault(one.outcome_id, []).append(one)
    return shared


async def forget(
    tx: Transaction, *, contact_ids: Sequence[int] = (), account_ids: Sequence[int] = (), desk_id: int = 0
) -> None:
    """Remove what was written of these cards and accounts, at one desk or (0) at all."""
    which = """(desk_id = :desk OR :desk = 0) AND (contact_id IN (SELECT value FROM json_each(:contacts))
        OR account_id IN (SELECT value FROM json_each(:accounts)))"""
    given = {"desk": desk_id, "contacts": list(contact_ids), "accounts": list(account_ids)}
    await tx.execute(
        f"DELETE FROM desk_credit WHERE outcome_id IN (SELECT id FROM desk_outcome WHERE {which})", **given)
    await tx.execute(f"DELETE FROM desk_outcome WHERE {which}", **given)


# ---- time ----------------------------------------------------------------------------


async def insert_spent(tx: Transaction, spent: Spent) -> None:
    await tx.execute(
        """INSERT INTO desk_spent (id, desk_id, conversation_id, by_id, minutes)
           VALUES (:id, :desk_id, :conversation_id, :by_id, :minutes)""", **msgspec.structs.asdict(spent))


async def minutes_of(reader: Reader, desk_id: int, conversation_id: int) -> int:
    """What was written down for a case, of everybody."""
    return int(await reader.value(
        """SELECT coalesce(sum(minutes), 0) FROM desk_spent
           WHERE conversation_id = :conversation AND desk_id = :desk""",
        conversation=conversation_id, desk=desk_id))


async def spent(reader: Reader, desk_id: int, viewer: int, since_id: int, until_id: int) -> list[Spent]:
    """What was written down in a time, as ids say it: from `since_id` to before `until_id`."""
    return await reader.all(
        Spent,
        f"""SELECT * FROM desk_spent WHERE desk_id = :desk AND id >= :since AND id < :until AND {AT_DESK}
            ORDER BY id""", desk=desk_id, viewer=viewer, least=DeskRole.READER, since=since_id, until=until_id)

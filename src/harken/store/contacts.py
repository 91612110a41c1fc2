"""Contacts of desks. What is read here has been checked: the role, and that each account of the person is still heard.

A person is a card and all that were merged into it. While one of their accounts does not want to be heard by desks, is
private or hidden, or blocks the reader (or is blocked), the whole person is not there: what is to become of them is
for a lead to decide (`waiting`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from ..errors import NotFound
from ..ids import AccountId, parse_id
from ..model.contact import Contact, ContactAccount, ContactNote, Objection
from ..model.desk import DeskRole
from ..model.paging import Window
from .database import Reader, Transaction
from .desks import AT_DESK
from .forgotten import forgotten, uris_of
from .visibility import HEARD, not_blocked

_THEIR_ACCOUNTS = """contact_account ca JOIN contact part ON part.id = ca.contact_id
    JOIN account a ON a.id = ca.account_id WHERE part.person_id = c.id"""
ALL_HEARD = f"NOT EXISTS (SELECT 1 FROM {_THEIR_ACCOUNTS} AND NOT {HEARD})"
MAY = f"""(c.into_id IS NULL AND {AT_DESK} AND {ALL_HEARD}
    AND NOT EXISTS (SELECT 1 FROM {_THEIR_ACCOUNTS} AND NOT ({not_blocked("a.id")})))"""
"""The viewer works at the desk `:desk` and may see the person whose card is `c`."""


# ---- reading -----------------------------------------------------------------------


async def visible(reader: Reader, desk_id: int, contact_id: int, viewer: int) -> Contact:
    """The card of a person, asked for by any of their cards. Raises NotFound."""
    found = await reader.find(
        Contact,
        f"""SELECT c.* FROM contact c WHERE c.desk_id = :desk
              AND c.id = (SELECT person_id FROM contact WHERE id = :id) AND {MAY}""",
        desk=desk_id, id=contact_id, viewer=viewer, least=DeskRole.READER)
    if found is None:
        raise NotFound("This desk knows no such person, or they do not want to be heard any more.")
    return found


async def visible_ids(reader: Reader, desk_id: int, contact_ids: Iterable[int], viewer: int) -> set[int]:
    """Those of these cards, merged ones too, whose person `viewer` may see."""
    return set(await reader.values(
        f"""SELECT x.id FROM contact x JOIN contact c ON c.id = x.person_id
            WHERE x.desk_id = :desk AND x.id IN (SELECT value FROM json_each(:ids)) AND {MAY}""",
        desk=desk_id, ids=sorted(contact_ids), viewer=viewer, least=DeskRole.READER))


async def page(
    reader: Reader, desk_id: int, viewer: int, window: Window, words: str = "", tag: str = ""
) -> list[Contact]:
    """People of a desk, the newest first; those whose name or address contains `words` (folded), or who have a tag."""
    narrower = """ AND (c.name_key LIKE :pattern ESCAPE '\\' OR EXISTS (
        SELECT 1 FROM contact_account wa JOIN contact wp ON wp.id = wa.contact_id JOIN account w ON w.id = wa.account_id
        WHERE wp.person_id = c.id AND w.name_key LIKE :pattern ESCAPE '\\'))""" if words else ""
    narrower += """ AND EXISTS (SELECT 1 FROM contact_tag t JOIN contact tp ON tp.id = t.contact_id
        WHERE tp.person_id = c.id AND t.tag = :tag)""" if tag else ""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return window.arranged(await reader.patient(
        Contact,
        f"""SELECT c.* FROM contact c WHERE c.desk_id = :desk AND c.id < :before AND c.id > :after AND {MAY}{narrower}
            ORDER BY c.id {window.order} LIMIT :limit""",
        desk=desk_id, viewer=viewer, least=DeskRole.READER, before=window.before, after=window.after,
        limit=window.limit, **({"pattern": f"%{escaped}%"} if words else {}), **({"tag": tag} if tag else {})))


async def of_accounts(reader: Reader, desk_id: int, account_ids: Iterable[int], viewer: int) -> dict[int, Contact]:
    """Whom of these accounts a desk knows, by account."""
    ids = sorted(set(account_ids))
    rows = await reader.rows(
        f"""SELECT x.account_id, c.id FROM contact_account x JOIN contact p ON p.id = x.contact_id
              JOIN contact c ON c.id = p.person_id
            WHERE x.desk_id = :desk AND x.account_id IN (SELECT value FROM json_each(:ids)) AND {MAY}""",
        desk=desk_id, ids=ids, viewer=viewer, least=DeskRole.READER)
    known = await by_ids(reader, [row[1] for row in rows])
    return {int(account): known[int(contact)] for account, contact in rows}


async def waiting(reader: Reader, desk_id: int, viewer: int, limit: int) -> list[Contact]:
    """People of whom an account is not heard any more, the oldest first: for leads, who decide."""
    return await reader.patient(
        Contact,
        f"""SELECT c.* FROM contact c WHERE c.desk_id = :desk AND c.into_id IS NULL AND {AT_DESK}
              AND NOT {ALL_HEARD} ORDER BY c.id LIMIT :limit""",
        desk=desk_id, viewer=viewer, least=DeskRole.LEAD, limit=limit)


async def accounts(reader: Reader, person_ids: Iterable[int]) -> dict[int, list[ContactAccount]]:
    """The accounts of people whom the caller has found, by person."""
    rows = await reader.rows(
        """SELECT c.person_id, x.account_id, x.contact_id FROM contact c JOIN contact_account x ON x.contact_id = c.id
           WHERE c.person_id IN (SELECT value FROM json_each(:ids)) ORDER BY x.account_id""",
        ids=sorted(set(person_ids)))
    found: dict[int, list[ContactAccount]] = {}
    for person, account, contact in rows:
        found.setdefault(int(person), []).append(
            ContactAccount(account_id=AccountId(int(account)), contact_id=int(contact)))
    return found


async def tags(reader: Reader, person_ids: Iterable[int]) -> dict[int, list[str]]:
    """The tags of people whom the caller has found, by person."""
    rows = await reader.rows(
        """SELECT DISTINCT c.person_id, t.tag FROM contact c JOIN contact_tag t ON t.contact_id = c.id
           WHERE c.person_id IN (SELECT value FROM json_each(:ids)) ORDER BY c.person_id, t.tag""",
        ids=sorted(set(person_ids)))
    found: dict[int, list[str]] = {}
    for person, tag in rows:
        found.setdefault(int(person), []).append(str(tag))
    return found


async def tags_of_cards(reader: Reader, contact_ids: Iterable[int]) -> list[str]:
    """The tags of these cards alone: for the person they are about."""
    return await reader.values(
        """SELECT DISTINCT tag FROM contact_tag WHERE contact_id IN (SELECT value FROM json_each(:ids))
           ORDER BY tag""", ids=sorted(contact_ids))


async def silent(reader: Reader, person_ids: Iterable[int]) -> set[int]:
    """Those of people whom the caller has found whose cards say that the desk does not write to them."""
    return set(await reader.values(
        """SELECT DISTINCT person_id FROM contact
           WHERE silent = 1 AND person_id IN (SELECT value FROM json_each(:ids))""", ids=sorted(set(person_ids))))


async def notes(reader: Reader, person_id: int, now: datetime) -> list[ContactNote]:
    """What is written down about somebody whom the caller has found, the newest first."""
    return await reader.all(
        ContactNote,
        """SELECT n.* FROM contact c JOIN contact_note n ON n.contact_id = c.id
           WHERE c.person_id = :person AND n.keep_until > :now ORDER BY n.id DESC""",
        person=person_id, now=now)


async def notes_of_cards(reader: Reader, contact_ids: Iterable[int], now: datetime) -> list[ContactNote]:
    """What is written down under these cards, the oldest first: for the person it is about."""
    return await reader.all(
        ContactNote,
        """SELECT * FROM contact_note WHERE contact_id IN (SELECT value FROM json_each(:ids)) AND keep_until > :now
           ORDER BY id""",
        ids=sorted(contact_ids), now=now)


async def counts_of_notes(reader: Reader, person_ids: Iterable[int], now: datetime) -> dict[int, int]:
    """How many notes there are, by person."""
    rows = await reader.rows(
        """SELECT c.person_id, count(*) FROM contact c JOIN contact_note n ON n.contact_id = c.id
           WHERE c.person_id IN (SELECT value FROM json_each(:ids)) AND n.keep_until > :now GROUP BY c.person_id""",
        ids=sorted(set(person_ids)), now=now)
    return {int(person): int(count) for person, count in rows}


# ---- facts, unchecked: for actions ---------------------------------------------------


async def by_ids(reader: Reader, ids: Iterable[int]) -> dict[int, Contact]:
    """Cards by id."""
    found = await reader.all(
        Contact, "SELECT * FROM contact WHERE id IN (SELECT value FROM json_each(:ids))", ids=sorted(set(ids)))
    return {contact.id: contact for contact in found}


async def cards(reader: Reader, person_id: int) -> list[Contact]:
    """All cards of a person, the oldest first."""
    return await reader.all(Contact, "SELECT * FROM contact WHERE person_id = :person ORDER BY id", person=person_id)


async def find_of_account(reader: Reader, desk_id: int, account_id: int) -> Contact | None:
    """The card of the person behind an account."""
    return await reader.find(
        Contact,
        """SELECT c.* FROM contact_account x JOIN contact p ON p.id = x.contact_id JOIN contact c ON c.id = p.person_id
           WHERE x.desk_id = :desk AND x.account_id = :account""",
        desk=desk_id, account=account_id)


async def find_of_source(reader: Reader, desk_id: int, source: str) -> Contact | None:
    """The card that came from a line of a list, or whose number that line names, because it came from here."""
    return await reader.find(
        Contact, "SELECT * FROM contact WHERE desk_id = :desk AND (source = :source OR id = :id) LIMIT 1",
        desk=desk_id, source=source, id=parse_id(source) or 0)


async def count(reader: Reader, desk_id: int) -> int:
    """How many cards a desk has, merged ones too."""
    return int(await reader.value("SELECT count(*) FROM contact WHERE desk_id = :desk", desk=desk_id))


async def is_heard(reader: Reader, account_id: int) -> bool:
    """Whether a desk may know this account: it says so, is open to everybody and in good standing."""
    return bool(await reader.value(f"SELECT 1 FROM account a WHERE a.id = :id AND {HEARD}", id=account_id))


async def insert(tx: Transaction, contact: Contact, name_key: str) -> None:
    await tx.execute(
        """INSERT INTO contact (id, desk_id, person_id, into_id, name, name_key, met, asked, channel, reach, silent,
             source, created_by)
           VALUES (:id, :desk_id, :person_id, :into_id, :name, :name_key, :met, :asked, :channel, :reach, :silent,
             :source, :created_by)""",
        name_key=name_key, **msgspec.structs.asdict(contact))


async def update(tx: Transaction, contact: Contact, name_key: str) -> None:
    """Write what people may say of somebody."""
    await tx.execute(
        """UPDATE contact SET name = :name, name_key = :name_key, met = :met, asked = :asked, channel = :channel,
             reach = :reach, silent = :silent WHERE id = :id""",
        id=contact.id, name=contact.name, name_key=name_key, met=contact.met, asked=contact.asked,
        channel=contact.channel, reach=contact.reach, silent=contact.silent)


async def add_account(tx: Transaction, contact: Contact, account_id: int) -> None:
    await tx.execute(
        "INSERT INTO contact_account (desk_id, account_id, contact_id) VALUES (:desk, :account, :contact)",
        desk=contact.desk_id, account=account_id, contact=contact.id)


async def remove_account(tx: Transaction, desk_id: int, account_id: int) -> None:
    await tx.execute(
        "DELETE FROM contact_account WHERE desk_id = :desk AND account_id = :account", desk=desk_id, account=account_id)


async def find_note(reader: Reader, note_id: int) -> ContactNote | None:
    """A note, whoever asks."""
    return await reader.find(ContactNote, "SELECT * FROM contact_note WHERE id = :id", id=note_id)


async def insert_note(tx: Transaction, note: ContactNote) -> None:
    await tx.execute(
        """INSERT INTO contact_note (id, contact_id, author_id, text, keep_until)
           VALUES (:id, :contact_id, :author_id, :text, :keep_until)""",
        **msgspec.structs.asdict(note))


async def delete_note(tx: Transaction, note_id: int) -> None:
    await tx.execute("DELETE FROM contact_note WHERE id = :id", id=note_id)


async def delete_notes(tx: Transaction, contact_ids: Iterable[int]) -> None:
    """Remove all notes under these cards."""
    await tx.execute(
        "DELETE FROM contact_note WHERE contact_id IN (SELECT value FROM json_each(:ids))", ids=sorted(contact_ids))


async def drop_old_notes(tx: Transaction, now: datetime) -> list[tuple[int, int]]:
    """Remove what was kept long enough; (desk, card) of each."""
    rows = await tx.rows(
        """SELECT n.id, c.desk_id, c.id FROM contact_note n JOIN contact c ON c.id = n.contact_id
           WHERE n.keep_until <= :now ORDER BY n.id LIMIT 500""", now=now)
    await tx.execute(
        "DELETE FROM contact_note WHERE id IN (SELECT value FROM json_each(:ids))", ids=[int(row[0]) for row in rows])
    return [(int(desk), int(contact)) for _note, desk, contact in rows]


async def put_tags(tx: Transaction, contact_id: int, words: Iterable[str]) -> None:
    await tx.execute_many(
        "INSERT INTO contact_tag (contact_id, tag) VALUES (:contact, :tag) ON CONFLICT DO NOTHING",
        [{"contact": contact_id, "tag": word} for word in words])


async def remove_tags(tx: Transaction, person_id: int, words: Sequence[str]) -> None:
    """Take tags away from all cards of a person."""
    await tx.execute(
        """DELETE FROM contact_tag WHERE tag IN (SELECT value FROM json_each(:tag_texts))
             AND contact_id IN (SELECT id FROM contact WHERE person_id = :person)""",
        tag_texts=list(words), person=person_id)


# ---- tags of a desk ------------------------------------------------------------------


class _Word(msgspec.Struct, frozen=True):
    tag: str


async def words_of_desk(reader: Reader, desk_id: int, limit: int) -> list[str]:
    """The tags that a desk uses, of people and cases alike, in the order of the alphabet; for those who work there."""
    found = await reader.patient(
        _Word,
        """SELECT DISTINCT t.tag FROM contact c JOIN contact_tag t ON t.contact_id = c.id WHERE c.desk_id = :desk
           UNION SELECT DISTINCT tag FROM desk_case_tag WHERE desk_id = :desk ORDER BY 1 LIMIT :limit""",
        desk=desk_id, limit=limit)
    return [one.tag for one in found]


async def tags_of_case(reader: Reader, desk_id: int, conversation_id: int) -> list[str]:
    """The tags of a case that the caller has found."""
    return await reader.values(
        "SELECT tag FROM desk_case_tag WHERE desk_id = :desk AND conversation_id = :conversation ORDER BY tag",
        desk=desk_id, conversation=conversation_id)


async def set_tags_of_case(tx: Transaction, desk_id: int, conversation_id: int, words: Iterable[str]) -> None:
    await tx.execute(
        "DELETE FROM desk_case_tag WHERE desk_id = :desk AND conversation_id = :conversation",
        desk=desk_id, conversation=conversation_id)
    await tx.execute_many(
        "INSERT INTO desk_case_tag (desk_id, conversation_id, tag) VALUES (:desk, :conversation, :tag)",
        [{"desk": desk_id, "conversation": conversation_id, "tag": word} for word in words])


# ---- whom a desk leaves alone ----------------------------------------------------------


async def find_objection(reader: Reader, desk_id: int, account_id: int) -> Objection | None:
    """Why a desk must not write to an account, if so: the one question to ask before an answer or a message."""
    uris = await uris_of(reader, [account_id])
    if await forgotten(reader, desk_id, uris):
        return Objection.FORGOTTEN
    if await reader.value(
        "SELECT 1 FROM desk_spared WHERE desk_id = :desk AND account_id = :account", desk=desk_id, account=account_id
    ):
        return Objection.ASKED
    noted = await reader.value(
        """SELECT 1 FROM contact_account x JOIN contact p ON p.id = x.contact_id
             JOIN contact part ON part.person_id = p.person_id
           WHERE x.desk_id = :desk AND x.account_id = :account AND part.silent = 1""",
        desk=desk_id, account=account_id)
    return Objection.NOTED if noted else None


async def spare(tx: Transaction, desk_id: int, account_id: int, spared: bool) -> None:
    """Somebody says themselves that a desk must not write to them, or may again."""
    if spared:
        await tx.execute(
            "INSERT INTO desk_spared (desk_id, account_id) VALUES (:desk, :account) ON CONFLICT DO NOTHING",
            desk=desk_id, account=account_id)
    else:
        await tx.execute(
            "DELETE FROM desk_spared WHERE desk_id = :desk AND account_id = :account", desk=desk_id, account=account_id)


async def spared_by(reader: Reader, account_id: int) -> set[int]:
    """The desks that must not write to an account, because it said so."""
    return set(await reader.values("SELECT desk_id FROM desk_spared WHERE account_id = :account", account=account_id))



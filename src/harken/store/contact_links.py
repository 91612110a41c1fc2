"""How people whom a desk knows belong together: merged cards, relations, and who may be the same."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..model.contact import Contact, Relation
from ..model.desk import DeskRole
from .contacts import MAY
from .database import Reader, Transaction


class Related(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who belongs to the person; `kind` is what they are to that person."""

    id: int
    kind: Relation
    person_id: int
    name: str


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    kind: Relation
    person_id: int
    name: str
    forward: bool


async def related(reader: Reader, desk_id: int, person_id: int, viewer: int) -> list[Related]:
    """Who belongs to a person whom the caller has found, as far as the viewer may see them too; by kind and name."""
    found = await reader.all(
        _Row,
        f"""SELECT r.id, r.kind, c.id AS person_id, c.name, 1 AS forward FROM contact mine
              JOIN contact_relation r ON r.contact_id = mine.id JOIN contact o ON o.id = r.other_id
              JOIN contact c ON c.id = o.person_id
              WHERE mine.person_id = :person AND c.desk_id = :desk AND c.id <> :person AND {MAY}
            UNION ALL SELECT r.id, r.kind, c.id, c.name, 0 FROM contact mine
              JOIN contact_relation r ON r.other_id = mine.id JOIN contact o ON o.id = r.contact_id
              JOIN contact c ON c.id = o.person_id
              WHERE mine.person_id = :person AND c.desk_id = :desk AND c.id <> :person AND {MAY}""",
        desk=desk_id, person=person_id, viewer=viewer, least=DeskRole.READER)
    made = [Related(id=row.id, kind=row.kind if row.forward else row.kind.back, person_id=row.person_id, name=row.name)
            for row in found]
    return sorted(made, key=lambda one: (list(Relation).index(one.kind), one.name, one.id))


async def count_related(reader: Reader, person_id: int) -> int:
    """How many relations a person has, whoever may see them."""
    return int(await reader.value(
        """SELECT count(*) FROM contact c JOIN contact_relation r ON r.contact_id = c.id OR r.other_id = c.id
           WHERE c.person_id = :person""", person=person_id))


async def kinds_of_cards(reader: Reader, contact_ids: Sequence[int]) -> list[Relation]:
    """What others are to whom these cards are about, without saying who: for that person."""
    rows = await reader.rows(
        """SELECT kind, 1 FROM contact_relation WHERE contact_id IN (SELECT value FROM json_each(:ids))
           UNION ALL SELECT kind, 0 FROM contact_relation WHERE other_id IN (SELECT value FROM json_each(:more_ids))""",
        ids=list(contact_ids), more_ids=list(contact_ids))
    return sorted(Relation(kind) if forward else Relation(kind).back for kind, forward in rows)


async def relate(tx: Transaction, relation_id: int, contact_id: int, other_id: int, kind: Relation) -> None:
    await tx.execute(
        "INSERT INTO contact_relation (id, contact_id, other_id, kind) VALUES (:id, :contact, :other, :kind)",
        id=relation_id, contact=contact_id, other=other_id, kind=kind)


async def end_relation(tx: Transaction, relation_id: int) -> None:
    await tx.execute("DELETE FROM contact_relation WHERE id = :id", id=relation_id)


# ---- one person, several cards -------------------------------------------------------


async def put_under(tx: Transaction, cards: Sequence[int], person_id: int) -> None:
    """Have these cards stand for a person."""
    await tx.execute(
        "UPDATE contact SET person_id = :person WHERE id IN (SELECT value FROM json_each(:ids))",
        person=person_id, ids=list(cards))


async def set_into(tx: Transaction, card_id: int, into_id: int | None) -> None:
    """Note into which card one was merged, or that it is not any more."""
    await tx.execute("UPDATE contact SET into_id = :into WHERE id = :id", id=card_id, into=into_id)


async def keep_apart(tx: Transaction, one_id: int, other_id: int) -> None:
    """These are two people."""
    await tx.execute(
        "INSERT INTO contact_apart (one_id, other_id) VALUES (:one, :other) ON CONFLICT DO NOTHING",
        one=min(one_id, other_id), other=max(one_id, other_id))


async def forget_apart(tx: Transaction, ids: Sequence[int], others: Sequence[int]) -> None:
    """Nobody says any more that one of `ids` and one of `others` are two people."""
    await tx.execute(
        """DELETE FROM contact_apart WHERE (one_id IN (SELECT value FROM json_each(:one_ids))
               AND other_id IN (SELECT value FROM json_each(:other_ids)))
             OR (one_id IN (SELECT value FROM json_each(:more_ids))
               AND other_id IN (SELECT value FROM json_each(:rest_ids)))""",
        one_ids=list(ids), other_ids=list(others), more_ids=list(others), rest_ids=list(ids))


async def alike(
    reader: Reader, desk_id: int, person_id: int, viewer: int, *, name_keys: Sequence[str],
    display_names: Sequence[str], usernames: Sequence[str], links: Sequence[str], urls: Sequence[str], limit: int,
) -> list[Contact]:
    """Others at the desk who share a name with a person, whose profiles have one of `links`, or whose pages are one of
    `urls` (both as written there), and of whom nobody said that they are somebody else."""
    patterns = [link.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for link in links]
    linked = "".join(
        f" OR x.fields LIKE :link{n} ESCAPE '\\' OR x.bio LIKE :link{n} ESCAPE '\\'"
        for n in range(len(patterns)))
    return await reader.patient(
        Contact,
        f"""SELECT c.* FROM contact c WHERE c.desk_id = :desk AND c.id <> :person AND {MAY}
              AND (c.name_key IN (SELECT value FROM json_each(:key_texts)) OR EXISTS (
                SELECT 1 FROM contact_account xa JOIN contact xp ON xp.id = xa.contact_id
                  JOIN account x ON x.id = xa.account_id
                WHERE xp.person_id = c.id AND (
                  lower(x.display_name) IN (SELECT value FROM json_each(:name_texts))
                  OR lower(x.username) IN (SELECT value FROM json_each(:user_texts))
                  OR x.url IN (SELECT value FROM json_each(:url_texts)){linked})))
              AND NOT EXISTS (SELECT 1 FROM contact_apart s JOIN contact s1 ON s1.id = s.one_id
                  JOIN contact s2 ON s2.id = s.other_id
                WHERE (s1.person_id = c.id AND s2.person_id = :person)
                  OR (s2.person_id = c.id AND s1.person_id = :person))
            ORDER BY c.id DESC LIMIT :limit""",
        desk=desk_id, person=person_id, viewer=viewer, least=DeskRole.READER, limit=limit, key_texts=list(name_keys),
        name_texts=list(display_names), user_texts=list(usernames), url_texts=list(urls),
        **{f"link{n}": f"%{pattern}%" for n, pattern in enumerate(patterns)})

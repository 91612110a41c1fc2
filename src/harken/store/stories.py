"""Stories. That one is shown is nowhere written down: `SHOWN` asks, in the statement that reads it, whether everybody
in it says yes to exactly what stands there, and whether every post is still there as it was.

What of a post may be shown: what anybody may read, or a message to the story's author and to nobody else. Both only
while its author says yes, is not private, and no block lies between the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from ..errors import NotFound
from ..ids import AccountId
from ..model.desk import DeskRole
from ..model.paging import Window
from ..model.story import Answer, Piece, PostAsItIs, Story, StoryEdition, StoryPerson
from .database import Reader, Transaction
from .desks import AT_DESK
from .tokens import hashed
from .visibility import not_blocked, seen_by

SHOWABLE = f"""(p.boost_of_id IS NULL AND pa.state = 0 AND pa.protected = 0 AND {seen_by("s.author_id", "p", "pa")}
    AND (p.visibility <= 1 OR (p.visibility = 4 AND p.author_id <> s.author_id
        AND EXISTS (SELECT 1 FROM recipient WHERE post_id = p.id AND account_id = s.author_id)
        AND NOT EXISTS (SELECT 1 FROM recipient
                        WHERE post_id = p.id AND account_id NOT IN (s.author_id, p.author_id)))))"""
"""The post `p` by `pa` may stand in the story `s`, if its author says yes."""

_SAYS_YES = """(x.forgotten = 0
    AND EXISTS (SELECT 1 FROM story_answer y WHERE y.person_id = x.id AND y.says = 'yes' AND y.digest = x.digest
        AND y.until > :now AND y.number = (SELECT max(number) FROM story_answer WHERE person_id = x.id))
    AND (x.account_id IS NULL OR EXISTS (SELECT 1 FROM account WHERE id = x.account_id AND state = 0)))"""

LIVE = f"""(s.until > :now
    AND EXISTS (SELECT 1 FROM account WHERE id = s.author_id AND state = 0)
    AND EXISTS (SELECT 1 FROM desk WHERE id = s.desk_id AND closed_at IS NULL)
    AND EXISTS (SELECT 1 FROM story_piece WHERE story_id = s.id)
    AND NOT EXISTS (SELECT 1 FROM story_person x WHERE x.story_id = s.id AND NOT {_SAYS_YES})
    AND NOT EXISTS (SELECT 1 FROM story_piece e WHERE e.story_id = s.id AND e.kind = 'post' AND NOT EXISTS (
        SELECT 1 FROM post p JOIN account pa ON pa.id = p.author_id
        WHERE p.id = e.post_id AND p.version = e.post_version AND {SHOWABLE}
          AND EXISTS (SELECT 1 FROM story_person WHERE story_id = s.id AND account_id = p.author_id))))"""
"""The story `s` may be shown at the moment `:now`."""

SHOWN = f"""(s.published_at IS NOT NULL AND {LIVE} AND {not_blocked("s.author_id")}
    AND NOT EXISTS (SELECT 1 FROM story_person b WHERE b.story_id = s.id AND b.account_id IS NOT NULL
        AND NOT ({not_blocked("b.account_id")})))"""
"""The story `s` is shown to `:viewer`."""


_FOR_TEAM = f"""({AT_DESK} AND ((s.published_at IS NOT NULL AND {LIVE}) OR EXISTS (SELECT 1 FROM desk_member
    WHERE desk_id = s.desk_id AND account_id = :viewer AND role >= {DeskRole.HELPER:d})))"""
"""The viewer works at the desk of the story `s`, and helps there unless everybody may read it."""


class ShownPiece(Piece, frozen=True, kw_only=True):
    """A piece as its readers get it; of a post, what is to be seen of it."""

    author_id: AccountId | None = None
    html: str = ""
    spoiler: str = ""
    sensitive: bool = False
    language: str | None = None
    said_at: datetime | None = None
    media: list[int] = msgspec.field(default_factory=list)
    open: bool = False  # anybody may read the post itself


# ---- for everybody -------------------------------------------------------------------


async def shown(reader: Reader, slug: str, viewer: int, now: datetime) -> Story:
    """A published story that everybody in it agrees to, now. Raises NotFound."""
    found = await reader.find(
        Story, f"SELECT s.* FROM story s WHERE s.slug = :slug AND {SHOWN}", slug=slug, viewer=viewer, now=now)
    if found is None:
        raise NotFound("There is no such story, or it is not told any more.")
    return found


async def shown_pieces(reader: Reader, story_ids: Iterable[int], viewer: int, now: datetime) -> list[ShownPiece]:
    """The pieces of stories, in order, of those that are shown at this very moment."""
    return await reader.all(
        ShownPiece,
        f"""SELECT e.*, p.author_id, coalesce(p.html, '') AS html, coalesce(p.spoiler, '') AS spoiler,
              coalesce(p.sensitive, 0) AS sensitive, p.language,
              p.created_at AS said_at, coalesce(p.media, '[]') AS media,
              CASE WHEN p.visibility <= 1 THEN 1 ELSE 0 END AS open
            FROM story s JOIN story_piece e ON e.story_id = s.id LEFT JOIN post p ON p.id = e.post_id
            WHERE s.id IN (SELECT value FROM json_each(:ids)) AND {SHOWN} ORDER BY s.id, e.position, e.id""",
        ids=sorted(set(story_ids)), viewer=viewer, now=now)


async def shown_page(reader: Reader, viewer: int, now: datetime, before: int, limit: int) -> list[Story]:
    """Shown stories, the last published first; `before` is a moment in milliseconds."""
    return await reader.patient(
        Story,
        f"""SELECT s.* FROM story s WHERE s.published_at IS NOT NULL AND s.published_at < :before AND {SHOWN}
            ORDER BY s.published_at DESC, s.id DESC LIMIT :limit""",
        before=before, limit=limit, viewer=viewer, now=now)


async def indexable(reader: Reader, story_ids: Iterable[int]) -> set[int]:
    """Those of these stories that web crawlers may take up: nobody in them asked crawlers to stay away."""
    return set(await reader.values(
        """SELECT s.id FROM story s JOIN account a ON a.id = s.author_id
           WHERE s.id IN (SELECT value FROM json_each(:ids)) AND a.noindex = 0 AND NOT EXISTS (
               SELECT 1 FROM story_person x JOIN account b ON b.id = x.account_id
               WHERE x.story_id = s.id AND b.noindex = 1)""",
        ids=sorted(set(story_ids))))


# ---- for the people of the desk ---------------------------------------------------------


async def of_desk(reader: Reader, desk_id: int, viewer: int, window: Window, now: datetime) -> list[Story]:
    """The stories of a desk, the newest first, for whoever works there: readers get those that are shown."""
    return window.arranged(await reader.all(
        Story,
        f"""SELECT s.* FROM story s WHERE s.desk_id = :desk AND s.id < :before AND s.id > :after AND {_FOR_TEAM}
            ORDER BY s.id {window.order} LIMIT :limit""",
        desk=desk_id, viewer=viewer, least=DeskRole.READER, now=now, before=window.before, after=window.after,
        limit=window.limit))


async def visible(reader: Reader, desk_id: int, story_id: int, viewer: int, now: datetime) -> Story:
    """A story as the people of its desk see it, a draft as its helpers do. Raises NotFound."""
    found = await reader.find(
        Story, f"SELECT s.* FROM story s WHERE s.id = :id AND s.desk_id = :desk AND {_FOR_TEAM}",
        id=story_id, desk=desk_id, viewer=viewer, least=DeskRole.READER, now=now)
    if found is None:
        raise NotFound("This desk has no such story.")
    return found


async def live_among(reader: Reader, story_ids: Iterable[int], now: datetime) -> set[int]:
    """Those of these stories that could be shown now."""
    return set(await reader.values(
        f"SELECT s.id FROM story s WHERE s.id IN (SELECT value FROM json_each(:ids)) AND {LIVE}",
        ids=sorted(set(story_ids)), now=now))


async def may_show(reader: Reader, author_id: int, post_id: int) -> PostAsItIs | None:
    """The post, if somebody may put it into a story of theirs, where its author says yes."""
    return await reader.find(
        PostAsItIs,
        f"""SELECT p.* FROM post p JOIN account pa ON pa.id = p.author_id
            JOIN (SELECT id AS author_id FROM account) s ON s.author_id = :author
            WHERE p.id = :id AND {SHOWABLE}""",
        id=post_id, author=author_id)


async def stale(reader: Reader, story_id: int) -> list[int]:
    """Pieces whose post is not there any more as it was chosen: deleted, edited, or not to be shown."""
    return await reader.values(
        f"""SELECT e.id FROM story_piece e JOIN story s ON s.id = e.story_id
            WHERE e.story_id = :id AND e.kind = 'post' AND NOT EXISTS (
                SELECT 1 FROM post p JOIN account pa ON pa.id = p.author_id
                WHERE p.id = e.post_id AND p.version = e.post_version AND {SHOWABLE})""",
        id=story_id)


async def count(reader: Reader, desk_id: int) -> int:
    return int(await reader.value("SELECT count(*) FROM story WHERE desk_id = :desk", desk=desk_id))


async def pieces(reader: Reader, story_id: int) -> list[Piece]:
    """Of one story, in order; unchecked."""
    return await reader.all(
        Piece, "SELECT * FROM story_piece WHERE story_id = :id ORDER BY position, id", id=story_id)


async def people(reader: Reader, story_id: int) -> list[StoryPerson]:
    """Who is shown in a story; unchecked."""
    return await reader.all(StoryPerson, "SELECT * FROM story_person WHERE story_id = :id ORDER BY id", id=story_id)


async def last_answers(reader: Reader, story_id: int) -> dict[int, Answer]:
    """What everybody said last, by person; unchecked."""
    found = await reader.all(
        Answer, "SELECT * FROM story_answer WHERE story_id = :id ORDER BY person_id, number", id=story_id)
    return {one.person_id: one for one in found}


async def answers(reader: Reader, person_ids: Iterable[int]) -> list[Answer]:
    """Everything that these people answered, in order; unchecked."""
    return await reader.all(
        Answer,
        """SELECT * FROM story_answer WHERE person_id IN (SELECT value FROM json_each(:ids))
           ORDER BY person_id, number""",
        ids=sorted(set(person_ids)))


async def saying_yes(reader: Reader, story_id: int, now: datetime) -> set[int]:
    """The people of a story whose yes counts now."""
    return set(await reader.values(
        f"SELECT x.id FROM story_person x WHERE x.story_id = :id AND {_SAYS_YES}", id=story_id, now=now))


async def editions(reader: Reader, story_id: int, limit: int) -> list[StoryEdition]:
    """What a story said before, the newest first; unchecked."""
    return await reader.all(
        StoryEdition,
        "SELECT * FROM story_edition WHERE story_id = :id ORDER BY version DESC LIMIT :limit",
        id=story_id, limit=limit)


# ---- for whoever is shown ----------------------------------------------------------------


async def find_asked(reader: Reader, secret: str) -> tuple[Story, StoryPerson] | None:
    """Whose page a link leads to, and of which story."""
    person = await reader.find(
        StoryPerson,
        "SELECT x.* FROM story_link l JOIN story_person x ON x.id = l.person_id WHERE l.secret_hash = :hash",
        hash=hashed(secret))
    if person is None:
        return None
    story = await find(reader, person.story_id)
    return None if story is None else (story, person)


async def posts_of_person(reader: Reader, person: StoryPerson) -> dict[int, PostAsItIs]:
    """Their own posts that a story would show, by id: for themselves."""
    if person.account_id is None:
        return {}
    found = await reader.all(
        PostAsItIs,
        """SELECT p.* FROM story_piece e JOIN post p ON p.id = e.post_id
           WHERE e.story_id = :story AND p.author_id = :account""",
        story=person.story_id, account=person.account_id)
    return {one.id: one for one in found}


async def find(reader: Reader, story_id: int) -> Story | None:
    """The story, whoever asks: for actions only."""
    return await reader.find(Story, "SELECT * FROM story WHERE id = :id", id=story_id)


async def of_person(reader: Reader, account_id: int) -> list[tuple[int, int]]:
    """(story, person) of everything in which an account is shown."""
    rows = await reader.rows("SELECT story_id, id FROM story_person WHERE account_id = :id", id=account_id)
    return [(int(row[0]), int(row[1])) for row in rows]


# ---- writing -----------------------------------------------------------------------------


async def lock(tx: Transaction, story_id: int) -> Story:
    """The story, which nobody else changes until this transaction ends. Raises NotFound."""
    await tx.execute("UPDATE story SET version = version WHERE id = :id", id=story_id)
    found = await find(tx, story_id)
    if found is None:
        raise NotFound("There is no such story.")
    return found


async def insert(tx: Transaction, story: Story) -> None:
    await tx.execute(
        """INSERT INTO story (id, desk_id, author_id, slug, title, summary, until, version, changed_at, published_at,
             post_id, created_at)
           VALUES (:id, :desk_id, :author_id, :slug, :title, :summary, :until, :version, :changed_at, :published_at,
             :post_id, :created_at)""",
        **msgspec.structs.asdict(story))


async def update(tx: Transaction, story: Story) -> None:
    await tx.execute(
        """UPDATE story SET slug = :slug, title = :title, summary = :summary, until = :until, version = :version,
             changed_at = :changed_at, published_at = :published_at, post_id = :post_id WHERE id = :id""",
        id=story.id, slug=story.slug, title=story.title, summary=story.summary, until=story.until,
        version=story.version, changed_at=story.changed_at, published_at=story.published_at, post_id=story.post_id)


async def delete(tx: Transaction, story_id: int) -> None:
    """Everything but what people answered."""
    await tx.execute(
        "DELETE FROM story_link WHERE person_id IN (SELECT id FROM story_person WHERE story_id = :id)", id=story_id)
    await tx.execute("DELETE FROM story_piece WHERE story_id = :id", id=story_id)
    await tx.execute("DELETE FROM story_edition WHERE story_id = :id", id=story_id)
    await tx.execute("DELETE FROM story_person WHERE story_id = :id", id=story_id)
    await tx.execute("DELETE FROM story WHERE id = :id", id=story_id)


async def put_pieces(tx: Transaction, story_id: int, wanted: Sequence[Piece]) -> None:
    """These pieces, in this order, and no others."""
    await tx.execute("DELETE FROM story_piece WHERE story_id = :id", id=story_id)
    await tx.execute_many(
        """INSERT INTO story_piece (id, story_id, position, kind, post_id, post_version, text, day)
           VALUES (:id, :story_id, :position, :kind, :post_id, :post_version, :text, :day)""",
        [msgspec.structs.asdict(msgspec.structs.replace(piece, position=place))
         for place, piece in enumerate(wanted)])


async def keep_edition(tx: Transaction, edition: StoryEdition) -> None:
    await tx.execute(
        """INSERT INTO story_edition (story_id, version, by_id, title, summary, pieces, at)
           VALUES (:story_id, :version, :by_id, :title, :summary, :pieces, :at)""",
        **msgspec.structs.asdict(edition))


async def insert_person(tx: Transaction, person: StoryPerson) -> None:
    await tx.execute(
        """INSERT INTO story_person (id, story_id, account_id, contact_id, name, digest)
           VALUES (:id, :story_id, :account_id, :contact_id, :name, :digest)""",
        id=person.id, story_id=person.story_id, account_id=person.account_id, contact_id=person.contact_id,
        name=person.name, digest=person.digest)


async def set_digest(tx: Transaction, person_id: int, digest: str) -> None:
    await tx.execute("UPDATE story_person SET digest = :digest WHERE id = :id", id=person_id, digest=digest)


async def note_asked(tx: Transaction, person_id: int, by_id: AccountId, now: datetime) -> None:
    """They were asked about what would be shown of them now."""
    await tx.execute(
        "UPDATE story_person SET asked_digest = digest, asked_by = :by, asked_at = :at WHERE id = :id",
        id=person_id, by=by_id, at=now)


async def remove_person(tx: Transaction, person_id: int) -> None:
    await tx.execute("DELETE FROM story_link WHERE person_id = :id", id=person_id)
    await tx.execute("DELETE FROM story_person WHERE id = :id", id=person_id)


async def add_link(tx: Transaction, secret: str, person_id: int, by_id: AccountId, now: datetime) -> None:
    await tx.execute(
        "INSERT INTO story_link (secret_hash, person_id, made_by, made_at) VALUES (:hash, :person, :by, :at)",
        hash=hashed(secret), person=person_id, by=by_id, at=now)


async def count_links(reader: Reader, person_id: int) -> int:
    return int(await reader.value("SELECT count(*) FROM story_link WHERE person_id = :id", id=person_id))


async def add_answer(tx: Transaction, answer: Answer) -> None:
    """One more line; the database lets nobody change it."""
    await tx.execute(
        """INSERT INTO story_answer (id, story_id, person_id, number, says, digest, wording, until, account_id, at)
           VALUES (:id, :story_id, :person_id, :number, :says, :digest, :wording, :until, :account_id, :at)""",
        **msgspec.structs.asdict(answer))


async def forget(
    tx: Transaction, contact_ids: Iterable[int], desk_id: int = 0, account_ids: Iterable[int] = ()
) -> None:
    """Whoever is behind these cards, or these accounts at a desk, asked to be forgotten: nobody says yes for them any
    more, no link leads to them, and no earlier version keeps what was said."""
    found = await tx.values(
        """SELECT x.id FROM story_person x JOIN story s ON s.id = x.story_id
           WHERE x.contact_id IN (SELECT value FROM json_each(:cards))
              OR (s.desk_id = :desk AND x.account_id IN (SELECT value FROM json_each(:accounts)))""",
        cards=list(contact_ids), desk=desk_id, accounts=list(account_ids))
    theirs = "IN (SELECT value FROM json_each(:ids))"
    await tx.execute(f"DELETE FROM story_link WHERE person_id {theirs}", ids=found)
    await tx.execute(f"UPDATE story_person SET forgotten = 1, name = '' WHERE id {theirs}", ids=found)
    await tx.execute(
        f"DELETE FROM story_edition WHERE story_id IN (SELECT story_id FROM story_person WHERE id {theirs})", ids=found)


async def about(
    reader: Reader, desk_id: int, viewer: int, contact_ids: Sequence[int], account_ids: Sequence[int], now: datetime
) -> list[Story]:
    """Stories of a desk in which a person is shown, the newest first, of those that `visible` gives."""
    return await reader.all(
        Story,
        f"""SELECT s.* FROM story s WHERE s.desk_id = :desk AND s.id IN (SELECT story_id FROM story_person
             WHERE contact_id IN (SELECT value FROM json_each(:cards))
                OR account_id IN (SELECT value FROM json_each(:accounts))) AND {_FOR_TEAM} ORDER BY s.id DESC""",
        desk=desk_id, viewer=viewer, least=DeskRole.READER, now=now, cards=list(contact_ids),
        accounts=list(account_ids))


async def naming(reader: Reader, contact_ids: Sequence[int]) -> list[Story]:
    """Stories in which these cards are named; unchecked."""
    return await reader.all(
        Story,
        """SELECT * FROM story WHERE id IN (SELECT story_id FROM story_person
             WHERE contact_id IN (SELECT value FROM json_each(:cards))) ORDER BY id""",
        cards=list(contact_ids))


async def naming_account(reader: Reader, account_id: int) -> list[Story]:
    """Stories, drafts too, in which an account is shown or named; unchecked."""
    return await reader.all(
        Story,
        "SELECT * FROM story WHERE id IN (SELECT story_id FROM story_person WHERE account_id = :account) ORDER BY id",
        account=account_id)


async def ended(reader: Reader, now: datetime, limit: int) -> list[int]:
    """Stories that are published and whose last day is over."""
    return await reader.values(
        "SELECT id FROM story WHERE published_at IS NOT NULL AND until <= :now ORDER BY id LIMIT :limit",
        now=now, limit=limit)


async def lapsed(reader: Reader, now: datetime, limit: int) -> list[int]:
    """Stories that are published and may not be shown any more: their people have not taken notice yet."""
    return await reader.values(
        f"SELECT s.id FROM story s WHERE s.published_at IS NOT NULL AND NOT {LIVE} ORDER BY s.id LIMIT :limit",
        now=now, limit=limit)

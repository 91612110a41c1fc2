"""Everything between a person and a desk on one line of time, from sources that know one kind of thing each.

To have something of your own appear there, and be told to the person and forgotten with them, write a `Source` and
add it to `SOURCES`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from ..model.contact import Contact, Moment
from ..model.story import Story
from ..store import contact_history, contacts, outcomes, stories
from ..store.database import Reader, Transaction


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """About whom somebody asks: a person whom `viewer` may see at the desk. Moments are older than the id `before`."""

    desk_id: int
    cards: Sequence[Contact]  # of the person, merged ones too
    account_ids: Sequence[int]
    viewer: int
    before: int
    limit: int
    now: datetime

    @property
    def contact_ids(self) -> list[int]:
        return [card.id for card in self.cards]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a desk holds about somebody, as that person is told."""

    kind: str
    at: datetime
    text: str
    until: datetime | None = None


class Source(Protocol):
    """One kind of thing between a desk and the people it knows."""

    async def moments(self, reader: Reader, asked: Asked) -> list[Moment]:
        """At most `asked.limit` moments, the newest first; only what `asked.viewer` may see."""

    async def held(self, reader: Reader, contact_ids: Sequence[int], now: datetime) -> list[Held]:
        """What is kept under these cards, in words for the person it is about; without what others may not read."""

    async def forget(self, tx: Transaction, contact_ids: Sequence[int]) -> None:
        """Remove everything that is kept under these cards."""


class _Cases:
    async def moments(self, reader: Reader, asked: Asked) -> list[Moment]:
        found = await contact_history.cases(
            reader, asked.desk_id, asked.account_ids, asked.viewer, asked.before, asked.limit)
        return [Moment(id=one.post_id, kind="case", by_id=one.author_id, post_id=one.post_id, about=one.state,
                       path=f"/desks/{asked.desk_id}/cases/{one.conversation_id}") for one in found]

    async def held(self, reader: Reader, contact_ids: Sequence[int], now: datetime) -> list[Held]:
        return []  # their own posts, which they have

    async def forget(self, tx: Transaction, contact_ids: Sequence[int]) -> None:
        """Cases hang on accounts, not on cards: actions/forget_contact.py removes them."""


class _Answers(_Cases):
    async def moments(self, reader: Reader, asked: Asked) -> list[Moment]:
        found = await contact_history.answers(
            reader, asked.desk_id, asked.account_ids, asked.viewer, asked.before, asked.limit)
        return [Moment(id=one.post_id, kind="answer", by_id=one.author_id, post_id=one.post_id) for one in found]


class _Messages(_Cases):
    async def moments(self, reader: Reader, asked: Asked) -> list[Moment]:
        found = await contact_history.messages(
            reader, asked.account_ids, asked.viewer, asked.before, asked.limit)
        return [Moment(id=one.post_id, kind="message", by_id=one.author_id, post_id=one.post_id) for one in found]


class _Notes:
    async def moments(self, reader: Reader, asked: Asked) -> list[Moment]:
        kept = await contacts.notes(reader, asked.cards[0].person_id, asked.now)
        return [Moment(id=one.id, kind="note", by_id=one.author_id, text=one.text,
                       about=one.keep_until.date().isoformat())
                for one in kept if one.id < asked.before][: asked.limit]

    async def held(self, reader: Reader, contact_ids: Sequence[int], now: datetime) -> list[Held]:
        return [Held(kind="note", at=one.created_at, text=one.text, until=one.keep_until)
                for one in await contacts.notes_of_cards(reader, contact_ids, now)]

    async def forget(self, tx: Transaction, contact_ids: Sequence[int]) -> None:
        await contacts.delete_notes(tx, contact_ids)


class _Cards(_Cases):
    async def moments(self, reader: Reader, asked: Asked) -> list[Moment]:
        return [Moment(id=card.id, kind="met", by_id=card.created_by, text=card.met)
                for card in sorted(asked.cards, key=lambda card: -card.id) if card.id < asked.before]


class _Outcomes:
    async def moments(self, reader: Reader, asked: Asked) -> list[Moment]:
        found = await outcomes.about(
            reader, asked.desk_id, asked.viewer, contact_ids=asked.contact_ids, account_ids=asked.account_ids)
        gone = {one.replaces_id for one in found} | {one.id for one in found if one.withdrawn}
        return [Moment(id=one.id, kind="outcome", by_id=one.by_id, text=one.words, about=one.confidence,
                       path=f"/desks/{asked.desk_id}/outcomes/{one.id}")
                for one in reversed(found) if one.id not in gone and one.id < asked.before][: asked.limit]

    async def held(self, reader: Reader, contact_ids: Sequence[int], now: datetime) -> list[Held]:
        found = await outcomes.of_cards(reader, contact_ids)
        return [Held(kind="outcome", at=one.written_at, text=one.words) for one in found]

    async def forget(self, tx: Transaction, contact_ids: Sequence[int]) -> None:
        await outcomes.forget(tx, contact_ids=contact_ids)


def of_story(story: Story) -> Held:
    """A story that shows or names somebody, as they are told of it."""
    return Held(kind="story", at=story.created_at, text=story.title, until=story.until)


class _Stories:
    async def moments(self, reader: Reader, asked: Asked) -> list[Moment]:
        found = await stories.about(
            reader, asked.desk_id, asked.viewer, asked.contact_ids, asked.account_ids, asked.now)
        return [Moment(id=one.id, kind="story", by_id=one.author_id, text=one.title,
                       path=f"/desks/{asked.desk_id}/stories/{one.id}")
                for one in found if one.id < asked.before][: asked.limit]

    async def held(self, reader: Reader, contact_ids: Sequence[int], now: datetime) -> list[Held]:
        return [of_story(one) for one in await stories.naming(reader, contact_ids)]

    async def forget(self, tx: Transaction, contact_ids: Sequence[int]) -> None:
        await stories.forget(tx, contact_ids)


SOURCES: tuple[Source, ...] = (_Cases(), _Answers(), _Messages(), _Notes(), _Cards(), _Outcomes(), _Stories())


async def between(reader: Reader, asked: Asked) -> list[Moment]:
    """The newest moments of all kinds, in order; at most `asked.limit`. A post is one moment, whoever names it."""
    found: dict[tuple[str, int], Moment] = {}
    for source in SOURCES:
        for moment in await source.moments(reader, asked):
            key = ("post", moment.post_id) if moment.post_id else (moment.kind, moment.id)
            found.setdefault(key, moment)
    return sorted(found.values(), key=lambda moment: -moment.id)[: asked.limit]

"""Write a batch of history: posts that were made elsewhere, long ago, by people who may not be here yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..log.append import append
from ..log.events import HistoryImported
from ..model.post import Visibility
from ..search import index
from ..search.document import Packed, as_reply, document, packed
from ..store import counts, imports, posts
from ..store.database import Database, Transaction

_COUNTED = Visibility.UNLISTED.value
MAX_BATCH = 1000  # posts in one transaction and one event; some 60 ms of work


class ReadyPost(msgspec.Struct, array_like=True):
    """A post with all that can be known of it without its neighbours; made in a process of its own.

    `id` is the one wished for, from time and key, so that the same post gets
    the same id whenever it comes. `document` is that of a post that answers
    nobody; `as_reply` corrects it.
    """

    line: int
    key: str
    id: int
    author_id: int
    uri_start: str  # of the author's posts; the id follows
    url_start: str
    text: str
    html: str
    spoiler: str
    sensitive: int
    visibility: int
    language: str | None
    created_at: int  # milliseconds
    parent_key: str | None
    source: str | None
    mentions: list[int]
    tags: str  # JSON, as it is stored
    tag_keys: list[str]
    document: Packed


class Written(msgspec.Struct):
    """What became of a batch."""

    added: int = 0
    known: int = 0
    buried: int = 0  # deleted here since; they never come back
    circular: int = 0  # answers to their own answers: imported, not linked


class _Place(msgspec.Struct):
    """A post that others may answer."""

    id: int
    author_id: int
    conversation_id: int


async def import_history(db: Database, source: str, batch: Sequence[ReadyPost], now: datetime) -> Written:
    """Store what is new of `batch` (at most MAX_BATCH) in one transaction, findable, with one `HistoryImported`.

    Whatever is there under `source` and key is left alone, so a batch may be
    written twice. Replies find parents that came before, come with them or
    come later, in any order.
    """
    written = Written()
    async with db.transaction() as tx:
        fresh = await _fresh(tx, source, batch, written)
        if not fresh:
            return written
        places = await _places(tx, source, fresh, written)
        await imports.insert(tx, [_row(source, ready, places) for ready in fresh])
        await imports.insert_mentions(
            tx, [(account, r.id) for r in fresh for account in r.mentions],
            [(account, r.id) for r in fresh if r.visibility > _COUNTED for account in r.mentions
             if account != r.author_id])
        await imports.remember(tx, source, [(ready.key, ready.id) for ready in fresh])
        await imports.insert_tags(tx, [(key, ready.id) for ready in fresh for key in ready.tag_keys])
        await imports.insert_orphans(
            tx, source, [(r.parent_key, r.id) for r in fresh if r.parent_key and r.parent_key not in places])
        await _count(tx, fresh, places)
        documents = [(ready.id, _document(ready, places)) for ready in fresh]
        documents += await _adopt(tx, source, {ready.key: places[ready.key] for ready in fresh}, written)
        await index.put_many(tx, documents)
        await append(tx, HistoryImported([(ready.id, ready.author_id) for ready in fresh]), now)
        written.added = len(fresh)
    return written


def _document(ready: ReadyPost, places: dict[str, _Place]) -> Packed:
    if ready.parent_key is None:
        return ready.document
    parent = _parent(ready, places)
    return as_reply(ready.document, parent.author_id if parent else None)


def _parent(ready: ReadyPost, places: dict[str, _Place]) -> _Place | None:
    return places.get(ready.parent_key) if ready.parent_key else None


async def _fresh(tx: Transaction, source: str, batch: Sequence[ReadyPost], written: Written) -> list[ReadyPost]:
    """Those not here yet, once each, with ids that nobody has."""
    assert len(batch) <= MAX_BATCH
    known = await imports.known(tx, source, [ready.key for ready in batch])
    buried = await imports.buried(tx, [f"{ready.uri_start}{ready.id}" for ready in batch])
    fresh: dict[str, ReadyPost] = {}
    for ready in batch:
        if ready.key in known or ready.key in fresh:
            written.known += 1
        elif f"{ready.uri_start}{ready.id}" in buried:
            written.buried += 1
        else:
            fresh[ready.key] = ready
    taken = await imports.taken(tx, [ready.id for ready in fresh.values()])
    for ready in fresh.values():
        # A clash is rare (65,536 ids a millisecond), except where a source knows only the day.
        while ready.id in taken:
            ready.id += 1
            if ready.id not in taken and await imports.taken(tx, [ready.id]):
                taken.add(ready.id)
        taken.add(ready.id)
    return sorted(fresh.values(), key=lambda ready: ready.id)


async def _places(
    tx: Transaction, source: str, fresh: list[ReadyPost], written: Written
) -> dict[str, _Place]:
    """Where in which conversation each post and each parent that is here stands, by key."""
    here = {ready.key: ready for ready in fresh}
    wanted = {r.parent_key for r in fresh if r.parent_key and r.parent_key not in here}
    places = {key: _Place(*rest) for key, *rest in await imports.parents(tx, source, sorted(wanted))}
    for start in fresh:
        # Walk up within the batch to a post whose place is known, then give its conversation to all on the way.
        way: dict[str, ReadyPost] = {}
        step: ReadyPost | None = start
        while step is not None and step.key not in places:
            if step.key in way:  # posts that answer each other in a circle: it is opened at the last one
                list(way.values())[-1].parent_key = None
                written.circular += 1
                break
            way[step.key] = step
            step = here.get(step.parent_key) if step.parent_key else None
        if not way:
            continue
        top = list(way.values())[-1]
        above = places.get(top.parent_key) if top.parent_key else None
        conversation = above.conversation_id if above else top.id
        for ready in way.values():
            places[ready.key] = _Place(ready.id, ready.author_id, conversation)
    return places


def _row(source: str, ready: ReadyPost, places: dict[str, _Place]) -> dict[str, Any]:
    """The post as a row. Built at once, without a Post in between: this runs some 15,000 times a second."""
    parent = _parent(ready, places)
    return {
        "id": ready.id, "author_id": ready.author_id, "text": ready.text, "html": ready.html, "spoiler": ready.spoiler,
        "sensitive": ready.sensitive, "visibility": ready.visibility, "language": ready.language,
        "created_at": ready.created_at, "in_reply_to_id": parent.id if parent else None,
        "in_reply_to_account_id": parent.author_id if parent else None,
        "in_reply_to_uri": missing_uri(source, ready.parent_key) if ready.parent_key and not parent else None,
        "conversation_id": places[ready.key].conversation_id, "source": ready.source,
        "uri": f"{ready.uri_start}{ready.id}", "url": f"{ready.url_start}{ready.id}",
        "mentions": str(ready.mentions) if ready.mentions else "[]", "tags": ready.tags,
    }


def missing_uri(source: str, key: str) -> str:
    """How a reply names a parent that is not here: its address, where the key is one."""
    return key if key.startswith(("https://", "http://")) else f"import:{source}/{key}"


async def _adopt(tx: Transaction, source: str, made: dict[str, _Place], written: Written) -> list[tuple[int, Packed]]:
    """Link replies that came before their parents; their new documents."""
    waiting = await imports.orphans_of(tx, source, list(made))
    if not waiting:
        return []
    # A post that waits for its parent is the top of its conversation, so joining two conversations is
    # renaming one; `moved` remembers what was renamed on the way.
    moved: dict[int, int] = {}

    def now_in(conversation: int) -> int:
        while conversation in moved:
            conversation = moved[conversation]
        return conversation

    links: list[tuple[int, int, int]] = []
    for key, orphan_id in waiting:
        parent = made[key]
        conversation = now_in(parent.conversation_id)
        if conversation == orphan_id:
            written.circular += 1
            continue
        moved[orphan_id] = conversation
        links.append((orphan_id, parent.id, parent.author_id))
    await imports.link(tx, source, links)
    await imports.move_conversations(tx, {old: now_in(old) for old in moved})
    await imports.forget_orphans(tx, source, list(made))
    linked = await posts.by_ids(tx, [orphan_id for orphan_id, _, _ in links])
    replies = Counter(p.in_reply_to_id for p in linked.values() if p.visibility <= Visibility.UNLISTED)
    await counts.add_replies(tx, {parent: n for parent, n in replies.items() if parent})
    return [(p.id, packed(document(index.searchable(p)))) for p in linked.values()]


async def _count(tx: Transaction, fresh: list[ReadyPost], places: dict[str, _Place]) -> None:
    counted = [ready for ready in fresh if ready.visibility <= _COUNTED]
    await counts.add_replies(tx, Counter(parent.id for ready in counted if (parent := _parent(ready, places))))
    numbers = Counter(ready.author_id for ready in counted)
    latest: dict[int, int] = {}
    for ready in counted:
        latest[ready.author_id] = max(ready.created_at, latest.get(ready.author_id, 0))
    await counts.posted_many(tx, [(author, numbers[author], latest[author]) for author in sorted(numbers)])

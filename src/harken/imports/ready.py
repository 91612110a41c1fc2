"""Lines to posts that are ready to be written: the part of an import that costs the time, in a process of its own.

A worker reads its lines, looks up in the database who is meant, and analyses.
What depends on the other posts of the import (parents, conversations, ids that
clash) is left to `actions/import_history.py`.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from multiprocessing.connection import Connection

import msgspec

from .. import clock, ids
from ..actions.import_history import ReadyPost
from ..model.account import State, name_key
from ..model.post import Visibility
from ..search.document import Searchable, document, packed
from ..search.document import language as language_code
from ..store import imports
from ..store.database import Database, Reader
from ..text import markup
from ..text.language import detected
from .line import Line, Unusable, read

OpenDatabase = Callable[[], Awaitable[Database]]
MAX_REMEMBERED_AUTHORS = 500_000
MAX_KEY = 500
MAX_SPOILER = 1000

_VISIBILITIES = {
    None: Visibility.PUBLIC, "": Visibility.PUBLIC, "public": Visibility.PUBLIC, "unlisted": Visibility.UNLISTED,
    "followers": Visibility.FOLLOWERS, "private": Visibility.FOLLOWERS, "direct": Visibility.DIRECT,
}


class Chunk(msgspec.Struct, array_like=True):
    """Some lines of a file; `start` is the number of the first."""

    source: str
    start: int
    until: int  # milliseconds; what is later lies in the future
    lines: list[bytes]


class Skipped(msgspec.Struct, array_like=True):
    """A line that is not imported, and why."""

    line: int
    why: str


class Made(msgspec.Struct, array_like=True):
    """What became of a chunk."""

    ready: list[ReadyPost]
    known: int
    skipped: list[Skipped]


class _Author(msgspec.Struct, frozen=True):
    id: int
    uri: str
    url: str
    state: int


class Preparing:
    """Makes chunks ready, with a memory of the authors met."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._authors: dict[str, _Author | None] = {}

    async def made(self, chunk: Chunk) -> Made:
        """The posts of a chunk that are not here yet, and what is wrong with the other lines."""
        skipped: list[Skipped] = []
        lines: list[tuple[int, Line, str, int]] = []
        for number, raw in enumerate(chunk.lines, chunk.start):
            if not raw or raw.isspace():
                continue
            try:
                line = read(raw)
                at = moment(line.created_at)
                if at > chunk.until:
                    raise Unusable("its time lies in the future")
                lines.append((number, line, key_of(line), at))
            except Unusable as error:
                skipped.append(Skipped(number, str(error)))
        here = await imports.known(self._reader, chunk.source, [key for _, _, key, _ in lines])
        lines = [found for found in lines if found[2] not in here]
        mentions = {number: markup.mentions(line.text) if "@" in line.text else [] for number, line, _, _ in lines}
        await self._meet({name_key(line.author.removeprefix("@")) for _, line, _, _ in lines} | {
            m.name for found in mentions.values() for m in found if not m.host})
        ready: list[ReadyPost] = []
        known = len(chunk.lines) - len(lines) - len(skipped) - sum(not raw or raw.isspace() for raw in chunk.lines)
        for number, line, key, at in lines:
            try:
                ready.append(self._ready(number, line, key, at, mentions[number]))
            except Unusable as error:
                skipped.append(Skipped(number, str(error)))
        return Made(ready, known, skipped)

    async def _meet(self, names: set[str]) -> None:
        unknown = sorted(names - self._authors.keys())
        if not unknown:
            return
        if len(self._authors) > MAX_REMEMBERED_AUTHORS:
            self._authors.clear()
            unknown = sorted(names)
        self._authors |= dict.fromkeys(unknown)
        for key, account_id, uri, url, state in await imports.authors(self._reader, unknown):
            self._authors[key] = _Author(account_id, uri, url, state)

    def forget_strangers(self) -> None:
        """Between two files: who was nobody may be an author of the next one."""
        self._authors = {key: author for key, author in self._authors.items() if author is not None}

    def _ready(self, number: int, line: Line, key: str, at: int, mentions: list[markup.Mention]) -> ReadyPost:
        author = self._authors.get(name_key(line.author.removeprefix("@")))
        if author is None:
            raise Unusable("its author's name cannot be one here (1 to 30 letters a to z, digits, underscores)")
        if author.state == State.DELETED:
            raise Unusable("its author's account was deleted here")
        text = markup.clean(line.text)
        if not text:
            raise Unusable("no text")
        if line.visibility not in _VISIBILITIES:
            raise Unusable("its visibility is none of public, unlisted, followers, direct")
        visibility = _VISIBILITIES[line.visibility]
        spoiler = markup.clean(line.spoiler).replace("\n", " ")[:MAX_SPOILER] if line.spoiler else ""
        people: dict[markup.Mention, _Author] = {}
        for mention in mentions:
            person = self._authors.get(mention.name) if not mention.host else None
            if person is not None and person.state in (State.ACTIVE, State.LIMITED, State.MEMORIAL):
                people[mention] = person
        mentioned = list(dict.fromkeys(person.id for person in people.values()))
        read = list(markup.tokens(text))
        tags = markup.tags(text, read)
        language = language_code(line.lang) if line.lang and line.lang != "und" else detected(text)
        source = markup.clean(line.source)[:100] or None if line.source else None
        made_at = clock.from_ms(at)
        wished = ids.id_at(made_at, low_bits(key))
        opening = mentioned[0] if mentioned and text.startswith("@") else None
        doc = document(Searchable(
            id=wished, author_id=author.id, text=text, spoiler=spoiler, language=language,
            visibility=visibility.name.lower(), mentions=tuple(mentioned), opening_mention=opening, source=source,
            sensitive=line.sensitive or bool(spoiler), created_at=made_at))
        return ReadyPost(
            line=number, key=key, id=wished, author_id=author.id, uri_start=f"{author.uri}/posts/",
            url_start=f"{author.url}/", text=text,
            html=markup.to_html(text, {mention: person.url for mention, person in people.items()}, read),
            spoiler=spoiler, sensitive=int(line.sensitive or bool(spoiler)), visibility=visibility.value,
            language=language,
            created_at=at, parent_key=written_key(line.in_reply_to), source=source, mentions=mentioned,
            tags=msgspec.json.encode(tags).decode() if tags else "[]", tag_keys=[markup.tag_key(tag) for tag in tags],
            document=packed(doc))


def moment(text: str) -> int:
    """Milliseconds of an ISO-8601 time; without a zone it is UTC. Raises Unusable."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Unusable("its time is not ISO 8601") from None
    try:
        ms = clock.to_ms(at if at.tzinfo else at.replace(tzinfo=UTC))
    except OverflowError:
        raise Unusable("its time is not ISO 8601") from None
    if ms < 0:
        raise Unusable("its time lies before 1970")
    return ms


def written_key(key: str | int | None) -> str | None:
    """An id as it is stored; None for none. Whatever UTF-8 cannot say becomes a question mark."""
    if key is None or key == "":
        return None
    text = str(key).encode("utf-8", "replace").decode().replace("\0", "?")
    return text if len(text) <= MAX_KEY else f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def key_of(line: Line) -> str:
    """The line's id; without one a hash of author, time and text."""
    given = written_key(line.id)
    if given is not None:
        return given
    told = f"{line.author}\n{line.created_at}\n{line.text}".encode("utf-8", "surrogatepass")
    return f"sha256:{hashlib.sha256(told).hexdigest()}"


def low_bits(key: str) -> int:
    """16 bits of a key, without its source: what was deleted stays deleted under another source's name."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=2).digest())


def serve_chunks(connection: Connection, open_database: OpenDatabase) -> None:
    """The worker process: chunks in, posts out, until the other end goes away (also by SIGKILL)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who then closes the connection
    with suppress(OSError):
        os.nice(5)  # whoever posts meanwhile goes first
    decode = msgspec.msgpack.Decoder(Chunk).decode

    async def work() -> None:
        db = await open_database()
        try:
            preparing = Preparing(db)
            until = 0
            while True:
                try:
                    chunk = decode(connection.recv_bytes())
                except EOFError:
                    return
                if chunk.until != until:  # another import
                    until = chunk.until
                    preparing.forget_strangers()
                connection.send_bytes(msgspec.msgpack.encode(await preparing.made(chunk)))
        finally:
            await db.close()

    with suppress(BrokenPipeError, ConnectionResetError):
        asyncio.run(work())

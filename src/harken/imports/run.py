"""Run an import: authors first, then posts, analysed in processes of their own while this one writes.

Nothing needs to be remembered between runs: what is there already is found by
source and key, so an import that was killed goes on where it stood.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import multiprocessing.connection
import os
import queue
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec

from .. import clock
from ..actions.create_account import NAME
from ..actions.import_history import MAX_BATCH, import_history
from ..ids import new_id
from ..model.account import name_key
from ..search.places import located
from ..store import imports
from ..store.database import Database
from ..text import markup
from . import files
from .line import Unusable, read_author
from .ready import Chunk, Made, OpenDatabase, moment, serve_chunks

MAX_PROCESSES = 4
MAX_LOCATION = 200
_AUTHORS_AT_ONCE = 500
# Alone, we write in large pieces. Where somebody posts meanwhile, in small ones, so that nobody waits long.
_POLITE_BATCH = 80
_POLITE_SECONDS = 3.0


class Outcome(msgspec.Struct):
    """What became of one file. Every line is in exactly one of imported, known, buried and skipped."""

    file: str
    source: str
    lines: int = 0
    imported: int = 0
    known: int = 0
    buried: int = 0
    skipped: int = 0
    reasons: dict[str, int] = {}
    circular: int = 0
    accounts: int = 0
    waiting: int = 0
    seconds: float = 0.0


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to import."""

    path: Path
    form: str = "auto"
    source: str = ""
    hearable: bool = False
    author: str = ""


Prepare = Callable[[Chunk], "Future[Made]"]
"""Gives a chunk to a process; what becomes of it."""
Progress = Callable[[str, int, int], None]
"""Called with what is going on (`authors`, `posts`), how many lines are done, and of how many (0: not known yet)."""
Complaint = Callable[[int, str], None]
"""Called with the number of a line that is skipped, and why."""


async def run(db: Database, prepare: Prepare, request: Request, progress: Progress, complain: Complaint) -> Outcome:
    """Import one file, with the processes behind `prepare` (see `workers`).

    Raises Invalid for a file that cannot be read at all.
    """
    started = clock.monotonic()
    path = request.path
    form = files.recognised(path) if request.form == "auto" else request.form
    outcome = Outcome(str(path), request.source or files.digest(path))
    until = clock.to_ms(clock.now())
    await _create_authors(db, request, form, outcome, progress)
    reasons: Counter[str] = Counter()
    for number, made in _made(request, form, outcome.source, until, prepare):
        for skipped in sorted(made.skipped, key=lambda one: one.line):
            reasons[skipped.why] += 1
            complain(skipped.line, skipped.why)
        outcome.known += made.known
        while made.ready:
            size = _at_once(db, MAX_BATCH)
            piece, made.ready = made.ready[:size], made.ready[size:]
            written = await import_history(db, outcome.source, piece, clock.now())
            outcome.imported += written.added
            outcome.known += written.known
            outcome.buried += written.buried
            outcome.circular += written.circular
        progress("posts", number, outcome.lines)
    outcome.skipped = reasons.total()
    outcome.reasons = dict(reasons.most_common())
    outcome.waiting = await imports.waiting(db, outcome.source)
    outcome.seconds = clock.monotonic() - started
    return outcome


def _at_once(db: Database, most: int) -> int:
    """How many rows may be written in one transaction just now."""
    alone = clock.monotonic() - db.awaited_at > _POLITE_SECONDS
    return most if alone or not db.awaited_at else min(most, _POLITE_BATCH)


class _Known(msgspec.Struct):
    """An author of the file, as the first pass sees them."""

    username: str
    first: int
    location: str


async def _create_authors(db: Database, request: Request, form: str, outcome: Outcome, progress: Progress) -> None:
    """Accounts for all authors of the file, before any post: so mentions mean somebody, whoever speaks first."""
    people: dict[str, _Known] = {}
    for raw in files.lines(request.path, form, request.author):
        outcome.lines += 1
        if outcome.lines % 20_000 == 0:
            progress("authors", outcome.lines, 0)
            await asyncio.sleep(0)
        line = read_author(raw)
        if line is None:
            continue
        username = line.author.removeprefix("@")
        known = people.get(key := name_key(username))
        if known is not None:
            if line.location and not known.location:
                known.location = _place(line.location)
            continue
        try:
            at = moment(line.created_at)
        except Unusable:
            continue
        if NAME.fullmatch(username):
            people[key] = _Known(username, at, _place(line.location))
    await _store_authors(db, request, people, outcome)


async def _store_authors(db: Database, request: Request, people: dict[str, _Known], outcome: Outcome) -> None:
    keys = list(people)  # ids in order of appearance: posts then touch neighbouring pages of the index by author
    start = 0
    while start < len(keys):
        some = keys[start : start + _at_once(db, _AUTHORS_AT_ONCE)]
        start += len(some)
        async with db.transaction() as tx:
            taken = await imports.names_taken(tx, some)
            now = clock.now()
            made = []
            for key in some:
                if key in taken:
                    continue
                person, account_id = people[key], new_id(now)
                point = located(person.location) if person.location else None
                made.append({
                    "latitude": point[0] if point else None, "longitude": point[1] if point else None,
                    "id": account_id, "username": person.username, "key": key, "uri": f"/users/{account_id}",
                    "url": f"/@{person.username}", "location": person.location, "hearable": int(request.hearable),
                    "at": min(person.first, clock.to_ms(now))})
            await imports.insert_accounts(tx, made)
            places = {
                key: (people[key].location, located(people[key].location))
                for key in sorted(taken) if people[key].location}
            if places:
                await imports.set_locations(tx, places)
        outcome.accounts += len(made)


def _place(text: str | None) -> str:
    return " ".join(markup.clean(text).split())[:MAX_LOCATION] if text else ""


def _made(request: Request, form: str, source: str, until: int, prepare: Prepare) -> Iterator[tuple[int, Made]]:
    """(number of the last line, what became of the chunk) in the file's order, always some chunks ahead."""
    ahead: deque[tuple[int, Future[Made]]] = deque()
    limit = 2 * processes() + 1
    for last, chunk in _chunks(request, form, source, until):
        ahead.append((last, prepare(chunk)))
        if len(ahead) >= limit:
            number, future = ahead.popleft()
            yield number, future.result()
    while ahead:
        number, future = ahead.popleft()
        yield number, future.result()


def _chunks(request: Request, form: str, source: str, until: int) -> Iterator[tuple[int, Chunk]]:
    some: list[bytes] = []
    number = 0
    for number, raw in enumerate(files.lines(request.path, form, request.author), 1):
        some.append(raw)
        if len(some) == MAX_BATCH:
            yield number, Chunk(source, number - len(some) + 1, until, some)
            some = []
    if some:
        yield number, Chunk(source, number - len(some) + 1, until, some)


def processes() -> int:
    """How many processes analyse."""
    return max(1, min(MAX_PROCESSES, len(os.sched_getaffinity(0))))


@contextmanager
def workers(open_database: OpenDatabase) -> Iterator[Prepare]:
    """Processes that make chunks ready; gone when we are, however we go.

    `open_database` must be picklable: every worker opens the database for itself.
    """
    context = multiprocessing.get_context("spawn")
    idle: queue.SimpleQueue[multiprocessing.connection.Connection] = queue.SimpleQueue()
    ours, running = [], []
    for _ in range(processes()):
        here, there = context.Pipe()
        worker = context.Process(target=serve_chunks, args=(there, open_database), daemon=True)
        worker.start()
        there.close()  # so that the end of the worker is the end of the connection
        running.append(worker)
        ours.append(here)
        idle.put(here)
    decode = msgspec.msgpack.Decoder(Made).decode

    def prepare(chunk: Chunk) -> Made:
        connection = idle.get()
        try:
            connection.send_bytes(msgspec.msgpack.encode(chunk))
            return decode(connection.recv_bytes())
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise RuntimeError("A process that analyses posts has died; import again to go on") from None
        finally:
            idle.put(connection)

    with ThreadPoolExecutor(len(ours), "import") as threads:
        try:
            yield lambda chunk: threads.submit(prepare, chunk)
        finally:
            threads.shutdown(wait=True, cancel_futures=True)
            for connection in ours:
                connection.close()
            for worker in running:
                worker.join(5)

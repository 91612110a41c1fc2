"""Is everything as it should be? And how derived rows are made anew where it is not."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import timedelta

import msgspec

from . import clock
from .consumers.consumer import Consumer
from .engine import Engine
from .errors import Invalid, TryLater
from .model.paging import Window
from .search.document import document, packed
from .search.index import INDEXES, put_many, searchable
from .search.places import located
from .store import accounts, counts, integrity, log, timelines
from .store.database import Database

SAMPLE = 200  # posts analysed again, and homes compared
_PIECE = 500
_LEASE = timedelta(minutes=5)


class Fault(msgspec.Struct, frozen=True):
    """Something wrong, and what helps."""

    what: str
    remedy: str = ""


class Report(msgspec.Struct):
    """What a check found. `notes` are worth knowing and not wrong."""

    faults: list[Fault] = []
    notes: list[str] = []

    @property
    def good(self) -> bool:
        return not self.faults


async def check(engine: Engine) -> Report:
    """Look at the database, the index, the counters, the log, the homes; nothing is changed."""
    db, report = engine.db, Report()
    report.faults += [
        Fault(f"database: {found}", "restore the latest backup with `harken restore`") for found in await db.check()]
    report.faults += [Fault(found) for found in await integrity.dangling(db)]
    await _index(db, report)
    report.faults += [Fault(found, "harken rebuild counts") for found in await counts.wrong(db)]
    caught_up = await _log(engine, report)
    if caught_up:
        await _homes(engine, report)
    return report


async def _index(db: Database, report: Report) -> None:
    index = INDEXES[db.dialect]
    remedy = "harken rebuild search"
    for found, what in ((await index.missing(db, 5), "is not in the search index"),
                        (await index.stray(db, 5), "is in the search index and is not there")):
        report.faults += [Fault(f"post {post_id} {what}", remedy) for post_id in found]
    low, high = await integrity.span(db)
    wrong = 0
    # Ids are times, so random points between the first and the last find posts all over the years.
    starts = [low - 1, *(random.randint(low, high) for _ in range(SAMPLE // 4 - 1))]
    for start in starts if high else ():
        for post in await integrity.posts_after(db, start, 4):
            if wrong < 5 and not await index.holds(db, post.id, document(searchable(post))):
                wrong += 1
                report.faults.append(Fault(f"post {post.id} is indexed otherwise than it reads", remedy))


async def _log(engine: Engine, report: Report) -> bool:
    """Whether everybody has caught up."""
    db = engine.db
    end = await log.end(db, db.dialect)
    states = {state.name: state for state in await log.consumers(db)}
    for name, state in states.items():
        # An empty log ends at the start, while consumers remember where it once ended.
        if end.seq and state.position > end and await db.value("SELECT 1 FROM log LIMIT 1"):
            report.faults.append(Fault(
                f"consumer {name} stands beyond the end of the log", f"harken rebuild {name}"))
        if state.failures:
            report.faults.append(Fault(
                f"consumer {name} has failed {state.failures} times at the same entry",
                f"look for it in the server's log; harken rebuild {name}"))
    caught_up = True
    for consumer in engine.consumers:
        state = states.get(consumer.name) or log.Consumer(name=consumer.name)
        behind = len(await log.after(db, db.dialect, state.position, 10_000))
        if behind:
            caught_up = False
            more = "at least " if behind == 10_000 else ""
            report.notes.append(
                f"consumer {consumer.name} is {more}{behind} entries behind; it catches up while `harken serve` runs")
    return caught_up


async def _homes(engine: Engine, report: Report) -> None:
    """A stored home holds at least what its owner would see of the newest posts."""
    db = engine.db
    owners = await timelines.all_readers(db)
    merged = await integrity.merged(db)
    for owner in random.sample(owners, min(len(owners), SAMPLE // 4)):
        authors = [author for author in await timelines.home_authors(db, owner) if author not in merged]
        floor = await integrity.home_floor(db, owner)
        wanted = await timelines.home_of_authors(db, owner, authors, Window(limit=40, after=floor), clock.now())
        stored = await integrity.home_ids(db, owner, [post.id for post in wanted])
        if lost := [post.id for post in wanted if post.id not in stored]:
            report.faults.append(Fault(
                f"the home of account {owner} lacks {len(lost)} posts, such as {lost[0]}", "harken rebuild timelines"))


Progress = Callable[[str, int], None]
"""Called with what is being rebuilt and how many posts are done."""


def rebuildable(engine: Engine) -> list[str]:
    """What `rebuild` knows."""
    return ["search", "counts", "places", *(consumer.name for consumer in engine.consumers)]


async def rebuild(engine: Engine, what: str, progress: Progress) -> None:
    """Make one derived thing anew from the facts. Raises Invalid for a name it does not know, TryLater."""
    if what == "search":
        await _rebuild_search(engine.db, progress)
    elif what == "places":
        await _rebuild_places(engine.db, progress)
    elif what == "counts":
        async with engine.db.transaction() as tx:
            await counts.recount(tx)
    else:
        for consumer in engine.consumers:
            if consumer.name == what:
                await _rebuild_consumer(engine.db, consumer)
                return
        raise Invalid(f"{what} cannot be rebuilt; what can: {', '.join(rebuildable(engine))}, all", "consumer")


async def _rebuild_search(db: Database, progress: Progress) -> None:
    """While it runs, searches find what is done so far; interrupted, it is simply begun again."""
    index = INDEXES[db.dialect]
    async with db.transaction() as tx:
        await index.clear(tx)
    after = done = 0
    while True:
        async with db.transaction() as tx:
            piece = await integrity.posts_after(tx, after, _PIECE)
            await put_many(tx, [(post.id, packed(document(searchable(post)))) for post in piece])
        if not piece:
            break
        after = piece[-1].id
        done += len(piece)
        progress("search", done)
    # On PostgreSQL a post may have been deleted between being read and being put.
    while strays := await index.stray(db, _PIECE):
        async with db.transaction() as tx:
            for post_id in strays:
                await index.remove(tx, post_id)


async def _rebuild_places(db: Database, progress: Progress) -> None:
    """Where accounts are, from what their profiles say."""
    above = done = 0
    while some := await accounts.with_location(db, above, _PIECE):
        async with db.transaction() as tx:
            await accounts.set_places(tx, {account_id: located(text) for account_id, text in some})
        above, done = some[-1][0], done + len(some)
        progress("places", done)


async def _rebuild_consumer(db: Database, consumer: Consumer) -> None:
    """Under the consumer's lease, so that nobody consumes meanwhile."""
    holder = f"rebuild-{os.getpid()}"
    async with db.transaction() as tx:
        mine = await log.take_lease(tx, consumer.name, holder, clock.now(), _LEASE)
    if not mine:
        raise TryLater(f"A running server keeps {consumer.name}; stop it, then rebuild.")
    try:
        # What happens while we rebuild stands behind this place and is consumed again: twice changes nothing.
        end = await log.end(db, db.dialect)
        await consumer.rebuild(db)
        async with db.transaction() as tx:
            known = (await log.consumer(tx, consumer.name)).position
            empty = await tx.value("SELECT 1 FROM log LIMIT 1") is None
            await log.move(tx, consumer.name, known if empty else end)
    finally:
        async with db.transaction() as tx:
            await log.release_leases(tx, holder)

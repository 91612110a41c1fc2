"""Importing: in any order, once, with whole conversations, and nobody is told."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harken import checks, clock
from harken.actions.delete_post import delete_post
from harken.actions.import_history import import_history
from harken.engine import Engine
from harken.imports.ready import Chunk, Made, Preparing
from harken.imports.run import Outcome, Request, _store_authors, run, workers
from harken.imports.run import _Known as Known
from harken.model.account import name_key
from harken.model.paging import Window
from harken.model.post import Post
from harken.search.search import find
from harken.store import accounts, posts
from harken.store.database import Database
from tests.world import World

START = datetime(2009, 4, 7, 5, 0, tzinfo=UTC)


def said(number: int, author: str = "ann", text: str = "", parent: int | None = None, **more: Any) -> dict[str, Any]:
    line = {"id": f"p{number}", "author": author, "created_at": (START + timedelta(minutes=number)).isoformat(),
            "text": text or f"thought {number}"}
    return line | ({"in_reply_to": f"p{parent}"} if parent is not None else {}) | more


async def prepared(db: Database, lines: list[dict[str, Any]], source: str = "old") -> Made:
    """What the worker processes do, without the processes."""
    people = {name_key(line["author"]): Known(line["author"], clock.to_ms(START), "") for line in lines}
    await _store_authors(db, Request(path=Path()), people, Outcome("", source))
    raw = [msgspec.json.encode(line) for line in lines]
    return await Preparing(db).made(Chunk(source, 1, clock.to_ms(clock.now()), raw))


async def brought(db: Database, lines: list[dict[str, Any]], source: str = "old") -> int:
    made = await prepared(db, lines, source)
    return (await import_history(db, source, made.ready, clock.now())).added


async def by_key(db: Database, source: str = "old") -> dict[str, Post]:
    keys = await db.rows("SELECT key, post_id FROM imported WHERE source = :source", source=source)
    found = await posts.by_ids(db, [post_id for _, post_id in keys])
    return {key: found[post_id] for key, post_id in keys}


async def test_what_was_imported_is_found_read_and_counted(engine: Engine, db: Database) -> None:
    await brought(db, [
        said(1, text="A clinic in #Fernmouth? https://example.org/map", lang="en", source="web"),
        said(2, "ben", "@ann yes, behind the mill", parent=1)])
    made = await by_key(db)
    assert made["p2"].in_reply_to_id == made["p1"].id
    assert made["p2"].conversation_id == made["p1"].id
    ann = await accounts.find_by_name(db, "ann")
    assert ann
    assert ann.discoverable
    assert ann.indexable
    assert not ann.hearable
    assert ann.posts == 1
    assert made["p2"].mentions == [ann.id]
    assert "/@ann" in made["p2"].html
    assert made["p1"].created_at == START + timedelta(minutes=1) == ann.last_post_at
    queries = {"clinic": "p1", "#fernmouth": "p1", "to:ann": "p2", "is:reply": "p2", "source:web": "p1"}
    for query, wanted in queries.items():
        found = await find(db, query, None, Window(), clock.now())
        assert [p.id for p in found.posts] == [made[wanted].id], query
    assert (await posts.visible(db, made["p1"].id, 0)).replies == 1
    assert (await checks.check(engine)).faults == []


async def test_the_same_again_adds_nothing_and_another_source_does(db: Database) -> None:
    lines = [said(n) for n in range(20)]
    assert await brought(db, lines) == 20
    assert await brought(db, lines) == 0
    assert await brought(db, [*lines, *lines, said(20)]) == 1
    assert await brought(db, lines, source="elsewhere") == 20


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
async def test_a_chain_is_one_conversation_in_whatever_order_it_comes(
    engine: Engine, db: Database, order: tuple[int, ...]
) -> None:
    chain = [said(n, f"author{n}", parent=n - 1 if n else None) for n in range(4)]
    for n in order:
        await brought(db, [chain[n]])
    made = await by_key(db)
    assert {p.conversation_id for p in made.values()} == {made["p0"].id}
    assert [made[f"p{n}"].in_reply_to_id for n in range(1, 4)] == [made[f"p{n}"].id for n in range(3)]
    assert [made[f"p{n}"].in_reply_to_uri for n in range(4)] == [None] * 4
    assert (await checks.check(engine)).faults == []


@pytest.mark.parametrize("seed", range(6))
async def test_a_forest_is_the_same_in_whatever_batches_it_comes(engine: Engine, db: Database, seed: int) -> None:
    chance = random.Random(seed)
    forest = [said(n, f"author{n % 7}", parent=chance.randrange(n) if n and chance.random() < 0.8 else None)
              for n in range(120)]
    roots: dict[str, str] = {}
    for n, line in enumerate(forest):
        parent = line.get("in_reply_to")
        roots[f"p{n}"] = roots[parent] if parent else f"p{n}"
    chance.shuffle(forest)
    while forest:
        size = chance.randrange(1, 40)
        await brought(db, forest[:size])
        forest = forest[size:]
    made = await by_key(db)
    assert {key: p.conversation_id for key, p in made.items()} == {key: made[root].id for key, root in roots.items()}
    assert await db.value("SELECT count(*) FROM orphan") == 0
    assert (await checks.check(engine)).faults == []


async def test_a_parent_that_never_comes_leaves_a_trace(engine: Engine, db: Database) -> None:
    await brought(db, [said(5, parent=4), said(7, parent=6, in_reply_to="https://example.com/6")])
    made = await by_key(db)
    assert made["p5"].in_reply_to_uri == "import:old/p4"
    assert made["p5"].in_reply_to_id is None
    assert made["p7"].in_reply_to_uri == "https://example.com/6"
    found = await find(db, "is:reply", None, Window(), clock.now())
    assert {p.id for p in found.posts} == {made["p5"].id, made["p7"].id}
    assert (await checks.check(engine)).faults == []


@pytest.mark.parametrize("together", [True, False])
async def test_answers_to_themselves_do_not_go_round_for_ever(engine: Engine, db: Database, together: bool) -> None:
    circle = [said(0, parent=2), said(1, parent=0), said(2, parent=1), said(3, parent=3)]
    for piece in [circle] if together else [[line] for line in circle]:
        assert await brought(db, piece) == len(piece)
    made = await by_key(db)
    assert len({made[f"p{n}"].conversation_id for n in range(3)}) == 1
    assert sum(made[f"p{n}"].in_reply_to_id is None for n in range(3)) == 1
    assert made["p3"].in_reply_to_id is None
    assert (await checks.check(engine)).faults == []


async def test_a_reply_may_be_older_than_its_parent(db: Database) -> None:
    await brought(db, [said(9), said(2, parent=9)])
    made = await by_key(db)
    assert made["p2"].id < made["p9"].id == made["p2"].conversation_id == made["p2"].in_reply_to_id


async def test_what_was_deleted_stays_deleted(db: Database) -> None:
    await brought(db, [said(1), said(2, parent=1)])
    made = await by_key(db)
    ann = await accounts.find_by_name(db, "ann")
    assert ann
    await delete_post(db, ann, made["p1"].id, clock.now())
    assert await brought(db, [said(1), said(2, parent=1)]) == 0
    assert await brought(db, [said(1)], source="another name") == 0
    assert (await find(db, "thought", None, Window(), clock.now())).posts[0].id == made["p2"].id


async def test_a_thousand_posts_of_one_moment_get_a_thousand_ids(db: Database) -> None:
    same: dict[str, Any] = {"created_at": START.isoformat()}
    for start in range(0, 1000, 500):
        assert await brought(db, [said(n, **same) for n in range(start, start + 500)]) == 500
    assert await brought(db, [said(n, **same) for n in range(500)]) == 0


async def test_history_tells_nobody_and_fills_homes(engine: Engine, world: World) -> None:
    ann, ben = await world.account("ann"), await world.account("ben")
    await world.follows(ben, ann)
    await world.settle()
    before = await world.db.value("SELECT count(*) FROM notification")
    await brought(world.db, [said(1, text="@ben look"), said(2, "ben", parent=1)])
    await world.settle()
    assert await world.db.value("SELECT count(*) FROM notification") == before
    made = await by_key(world.db)
    homes = await world.db.values("SELECT post_id FROM timeline WHERE owner_id = :ben ORDER BY post_id", ben=ben.id)
    assert homes == [made["p1"].id, made["p2"].id]


async def test_followers_only_history_is_for_followers_only(world: World) -> None:
    ann, ben, cid = [await world.account(name) for name in ("ann", "ben", "cid")]
    await world.follows(ben, ann)
    await brought(world.db, [
        said(1, visibility="followers"), said(2, text="@cid psst", visibility="direct"),
        said(3, visibility="unlisted")])
    made = await by_key(world.db)
    seen = {who.username: {key for key, p in made.items() if await world.sees(who, p)} for who in (ben, cid)}
    assert seen == {"ben": {"p1", "p3"}, "cid": {"p2", "p3"}}


FAULTS = [
    (b"{", "not JSON"), (b"[]", "not an object"), (b'{"author":"a","created_at":"2009-01-01"}', "no text"),
    (b'{"created_at":"2009-01-01","text":"x"}', "no author"), (b'{"author":"a","text":"x"}', "no created_at"),
    (b'{"author":null,"created_at":"2009-01-01","text":"x"}', "no author"),
    (b'{"author":"a","created_at":"yesterday","text":"x"}', "its time is not ISO 8601"),
    (b'{"author":"a","created_at":"2999-01-01","text":"x"}', "its time lies in the future"),
    (b'{"author":"a","created_at":"1805-01-01","text":"x"}', "its time lies before 1970"),
    (b'{"author":"a b","created_at":"2009-01-01","text":"x"}', "its author's name cannot be one here"),
    (b'{"author":"a","created_at":"2009-01-01","text":"\\u0000\\ud800 "}', "no text"),
    (b'{"author":"a","created_at":"2009-01-01","text":"\xff"}', "not UTF-8"),
    (b'{"author":"a","created_at":"2009-01-01","text":"x","visibility":"secret"}', "its visibility is none of"),
    (b'{"author":"a","created_at":"2009-01-01","text":"' + b"x" * 1_000_001 + b'"}', "longer than a million bytes"),
]


async def test_every_line_is_imported_or_reported(settings: Any, engine: Engine, db: Database, tmp_path: Path) -> None:
    """The whole run, with its processes."""
    from harken.engine import open_database

    file = tmp_path / "mixed.jsonl"
    good = msgspec.json.encode(said(1, text="one line\u2028still the same\ud7ff"))
    odd = (b'{"author":"a","created_at":"2009-01-01T00:00:00+02:00","id":7,'
           b'"text":"bell\\u0000 and half \\ud83d a pair"}')
    file.write_bytes(b"\n".join([good, *(raw for raw, _ in FAULTS), b"", odd]))
    complaints: list[tuple[int, str]] = []
    with workers(partial(open_database, settings)) as prepare:
        outcome = await run(db, prepare, Request(path=file), lambda *_: None, lambda *found: complaints.append(found))
        again = await run(db, prepare, Request(path=file), lambda *_: None, lambda *_: None)
    assert [line for line, _ in complaints] == list(range(2, len(FAULTS) + 2))
    for (_, why), (_, wanted) in zip(complaints, FAULTS, strict=True):
        assert why.startswith(wanted)
    assert (outcome.imported, outcome.skipped, outcome.lines) == (2, len(FAULTS), len(FAULTS) + 3)
    made = await by_key(db, outcome.source)
    assert made["7"].text == "bell and half  a pair"
    assert made["7"].created_at == datetime(2008, 12, 31, 22, tzinfo=UTC)
    assert (again.imported, again.known, again.skipped) == (0, 2, len(FAULTS))

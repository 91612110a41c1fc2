"""A database that was filled in large pieces is what an import would have left, also by whoever was stopped halfway."""

from __future__ import annotations

from pathlib import Path

import pytest

from harken import clock
from harken.bench import filling
from harken.checks import check
from harken.engine import opened
from harken.model.paging import Window
from harken.search import index, search
from harken.search.document import document
from harken.settings import Settings
from harken.store import bulk, posts, server


async def test_a_filled_database_is_whole_and_findable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "CHUNK", 100)
    monkeypatch.setattr(filling, "PROCESSES", 1)
    sample = tmp_path / "real.jsonl"
    sample.write_text("\n".join(
        f'{{"author": "a", "created_at": "2020-01-01", "text": "{text}"}}' for text in (
            "Thank you for the #Coffee, it was lovely :)", "Where is the clinic? https://example.org/map",
            "I hate mornings and I love cats 😀 😢 so there we are", "C++ or COVID-19, don't ask me")))
    settings = Settings(data=tmp_path / "data")

    def stopped(line: str) -> None:
        if line.startswith("200 "):
            raise InterruptedError

    async with opened(settings) as engine:
        made = sorted(await bulk.indexes(engine.db))
    with pytest.raises(InterruptedError):
        await filling.fill(settings, 300, [sample], stopped)
    plan = await filling.fill(settings, 300, [sample], lambda line: None)
    assert (plan.posts, plan.done, plan.differences) == (300, 300, 0)
    async with opened(settings) as engine:
        db = engine.db
        assert sorted(await bulk.indexes(db)) == made
        assert (await server.numbers(db, clock.now()))[0] == 60
        assert (await check(engine)).faults == []
        found = await search.find(db, '"thank you"', None, Window(limit=100), clock.now())
        assert found.posts
        assert all("Thank you" in post.text for post in found.posts)
        every = await posts.by_ids(db, await db.values("SELECT id FROM post"))
        assert len(every) == 300
        for post in every.values():
            assert await index.INDEXES[db.dialect].holds(db, post.id, document(index.searchable(post)))

"""Posts that were read once are not read again, as long as they are the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import harken
from harken import clock
from harken.model.paging import Window
from harken.model.post import QuotePolicy
from harken.store import posts, quotes, timelines
from tests.world import World


def test_whoever_changes_a_post_says_so_in_its_version() -> None:
    package = Path(harken.__file__).parent
    statements = [
        (file.name, statement.group())
        for file in package.rglob("*.py")
        for statement in re.finditer(r"UPDATE post SET.*?(?=\"\"\"|\",|\"$)", file.read_text(), re.DOTALL)]
    assert len(statements) >= 7
    assert [name for name, statement in statements if "version = version + 1" not in statement] == []


async def test_what_is_read_within_a_transaction_that_fails_is_not_kept(world: World) -> None:
    alice = await world.account("alice")
    made = await world.post(alice, "quote me")
    with pytest.raises(ZeroDivisionError):
        async with world.db.transaction() as tx:
            await quotes.set_policy(tx, made.id, QuotePolicy.NOBODY)
            inside = (await posts.visible_by_ids(tx, [made.id], alice.id))[made.id]
            raise ZeroDivisionError
    assert inside.quote_policy is QuotePolicy.NOBODY
    async with world.db.transaction() as tx:  # the same version again, with other contents
        await quotes.set_policy(tx, made.id, QuotePolicy.FOLLOWERS)
    after = (await posts.visible_by_ids(world.db, [made.id], alice.id))[made.id]
    assert after.quote_policy is QuotePolicy.FOLLOWERS


async def test_a_page_read_again_reads_no_post_again_and_memory_is_bounded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posts, "MAX_KEPT", 5)
    alice, bob = await world.account("alice"), await world.account("bob")
    made = [await world.post(alice, f"post {number}") for number in range(8)]
    first = await timelines.public(world.db, bob.id, Window(limit=4), clock.now())
    again = await timelines.public(world.db, bob.id, Window(limit=4), clock.now())
    assert [post.id for post in first] == [post.id for post in reversed(made[4:])]
    assert all(one is other for one, other in zip(first, again, strict=True))
    whole = await timelines.public(world.db, bob.id, Window(limit=8), clock.now())
    assert [post.text for post in whole] == [f"post {number}" for number in reversed(range(8))]
    assert len(world.db.kept_posts or {}) == 5

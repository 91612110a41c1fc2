"""A deletion that deletes: rows, counters, files; and one that is interrupted goes on."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from harken import clock
from harken.actions import delete_account as deleting
from harken.actions.block import block
from harken.actions.boost_post import boost_post
from harken.actions.change_profile import change_picture, change_profile
from harken.actions.change_state import disable, limit, restore, suspend
from harken.actions.keep_post import favourite_post
from harken.engine import Engine
from harken.errors import NotFound
from harken.media.store import FileStore
from harken.model.account import Account, Field, State
from harken.store import accounts, posts, sessions, tokens
from tests.world import World

TABLES = (
    "post", "favourite", "bookmark", "pin", "follow", "block", "mute", "session", "token", "mail_link", "member",
    "media", "recipient", "mention", "account_note", "marker")
_OWN = {
    "post": "author_id = :id",
    "follow": "follower_id = :id OR followed_id = :id",
    "block": "account_id = :id OR target_id = :id",
}


async def full(world: World) -> tuple[Account, Account]:
    """ana, who has one of everything, and bea, who knew her."""
    ana, bea = await world.account("ana"), await world.account("bea")
    now = clock.now()
    ana = await change_profile(world.db, ana, now=now, bio="quetzal", location="Graz", fields=[Field("a", "b")])
    out = io.BytesIO()
    Image.new("RGB", (500, 500), "blue").save(out, "PNG")
    store = FileStore(world.engine.media_directory)
    await change_picture(world.db, store, ana, "avatar", out.getvalue(), now, 1_000_000)
    theirs = await world.post(bea, "a post")
    for n in range(5):
        await world.post(ana, f"post {n} @bea", to="direct" if n == 4 else "public")
    answer = await world.post(ana, "an answer", reply_to=theirs)
    await favourite_post(world.db, ana, theirs.id, now)
    await boost_post(world.db, ana, theirs.id, now)
    await boost_post(world.db, ana, answer.id, now)
    await world.follows(ana, bea)
    await world.follows(bea, ana)
    await block(world.db, ana, (await world.account("cy")).id, now)
    await world.cookies(ana)
    await world.token(ana)
    return ana, bea


async def left(world: World, ana: Account) -> dict[str, int]:
    counted = {}
    for table in TABLES:
        where = _OWN.get(table, "account_id = :id")
        counted[table] = int(await world.db.value(f"SELECT count(*) FROM {table} WHERE {where}", id=ana.id))
    return {table: number for table, number in counted.items() if number}


async def test_nothing_is_left_but_a_reserved_name(
    world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleting, "PIECE", 2)
    ana, bea = await full(world)
    store = FileStore(engine.media_directory)
    await deleting.delete_account(world.db, store, ana.id, clock.now())
    assert await left(world, ana) == {}
    assert [f for f in engine.media_directory.rglob("*") if f.is_file()] == []
    gone = await world.again(ana)
    assert (gone.state, gone.username, gone.bio, gone.location, gone.fields, gone.avatar_id) == (
        State.DELETED, "ana", "", "", [], None)
    assert (gone.posts, gone.followers, gone.following) == (0, 0, 0)
    bea = await world.again(bea)
    assert (bea.posts, bea.followers, bea.following) == (1, 0, 0)
    (theirs,) = await world.db.values("SELECT id FROM post")
    seen = await posts.visible(world.db, theirs, bea.id)
    assert (seen.replies, seen.boosts, seen.favourites) == (0, 0, 0)
    await world.settle()
    assert await world.db.value("SELECT count(*) FROM notification WHERE account_id = :id", id=ana.id) == 0
    assert await world.db.value("SELECT count(*) FROM timeline WHERE author_id = :id OR owner_id = :id", id=ana.id) == 0
    with pytest.raises(NotFound):
        await deleting.begin_deletion(world.db, ana.id, clock.now())


async def test_an_interrupted_deletion_hides_at_once_and_is_finished_later(world: World, engine: Engine) -> None:
    ana, bea = await full(world)
    (one, *_) = await world.db.values("SELECT id FROM post WHERE author_id = :id", id=ana.id)
    await deleting.begin_deletion(world.db, ana.id, clock.now())
    with pytest.raises(NotFound):
        await posts.visible(world.db, one, bea.id)
    store = FileStore(engine.media_directory)
    assert await deleting.finish_deletions(world.db, store, clock.now()) == 1
    assert await left(world, ana) == {}
    assert await deleting.finish_deletions(world.db, store, clock.now()) == 0


async def test_an_operator_suspends_and_restores(world: World) -> None:
    ana, bea = await full(world)
    (one, *_) = await world.db.values("SELECT id FROM post WHERE author_id = :id AND visibility = 0", id=ana.id)
    await suspend(world.db, ana.id, clock.now())
    with pytest.raises(NotFound):
        await posts.visible(world.db, one, bea.id)
    assert (await restore(world.db, ana.id, clock.now())).state is State.ACTIVE
    await posts.visible(world.db, one, bea.id)
    assert (await limit(world.db, ana.id, clock.now())).state is State.LIMITED
    await posts.visible(world.db, one, bea.id)


async def test_disabling_signs_out_everywhere(world: World) -> None:
    ana, _ = await full(world)
    secret = await world.token(ana)
    assert len(await sessions.of_account(world.db, ana.id)) == 1
    await disable(world.db, ana.id, clock.now())
    assert await sessions.of_account(world.db, ana.id) == []
    assert await tokens.grant(world.db, secret) is None
    await restore(world.db, ana.id, clock.now())
    assert (await accounts.get(world.db, ana.id)).state is State.ACTIVE

"""Whispers: nobody's name is under them, and abuse has limits."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from harken import clock
from harken.actions import whisper as acts
from harken.actions.block import block
from harken.actions.create_account import NAME
from harken.actions.delete_account import delete_account
from harken.actions.keep_post import favourite_post
from harken.actions.unmask_whisper import give_right, take_right, unmask
from harken.actions.whisper import take_back, whisper
from harken.errors import Invalid, NotAllowed, NotFound, RelatedNotFound, TooMany
from harken.housekeeping import tidy
from harken.media.store import FileStore
from harken.model.account import Account, Role
from harken.model.paging import Window
from harken.model.post import Post
from harken.store import accounts, moderation, notifications, posts, timelines, whispers
from tests.world import World

pytestmark = pytest.mark.anyio


async def said(world: World, author: Account, text: str = "I am afraid of my landlord", **given: Any) -> Post:
    return await whisper(world.db, author, text, clock.now(), **given)


async def moderator(world: World, name: str = "mo") -> Account:
    return await world.account(name, role=Role.MODERATOR)


async def test_a_whisper_is_said_by_somebody_and_is_nowhere_among_what_its_author_said(world: World) -> None:
    ana, fan = await world.account("ana", language="de"), await world.account("fan")
    await world.follows(fan, ana)
    post = await said(world, ana)
    await world.settle()
    voice = await accounts.get(world.db, post.author_id)
    assert (voice.username, voice.shown_name, voice.id == ana.id) == ("whisper", "Somebody", False)
    assert (post.source, post.language, post.verb) == (None, "en", "whispers")
    assert await timelines.of_account(world.db, ana.id, ana.id, Window(), clock.now()) == []
    for reader in (ana, fan):
        assert await timelines.home(world.db, reader.id, Window(), clock.now()) == []
    again = await world.again(ana)
    assert (again.posts, again.last_post_at) == (0, None)
    await world.follows(fan, voice)
    await world.settle()
    assert [one.id for one in await timelines.home(world.db, fan.id, Window(), clock.now())] == [post.id]


async def test_no_table_but_one_says_who_whispered(world: World) -> None:
    ana, bob = await world.account("ana"), await world.account("bob")
    first = await said(world, ana, key="once")
    answer = await world.post(bob, "@whisper who are you?", reply_to=first)
    second = await said(world, ana, "Somebody near you", in_reply_to=answer.id)
    await favourite_post(world.db, bob, first.id, clock.now())
    await world.settle()
    assert second.author_id == first.author_id
    if world.db.dialect == "sqlite":
        tables = await world.db.values(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
    else:
        tables = await world.db.values(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    telling = set()
    for table in tables:
        for row in await world.db.rows(f"SELECT * FROM {table}"):
            words = " ".join(map(str, row))
            if str(ana.id) in words and (str(first.id) in words or str(second.id) in words):
                telling.add(table)
    # Beside the one: keys that live an hour, and what she herself has read and is told of.
    assert telling == {"whisper", "idempotency", "conversation_mark"}


async def test_the_whisperer_goes_on_as_somebody_and_nobody_else_does(world: World) -> None:
    ana, bob = await world.account("ana"), await world.account("bob")
    first = await said(world, ana)
    answer = await world.post(bob, "Ask the tenants' union", reply_to=first)
    await world.settle()
    told = await notifications.page(world.db, ana.id, Window(), clock.now())
    assert [(one.kind, one.post_id) for one in told] == [("answer", answer.id)]
    second = await said(world, ana, "@bob thank you", in_reply_to=answer.id)
    await world.settle()
    assert (second.author_id, second.in_reply_to_id) == (first.author_id, answer.id)
    [heard, *_] = await notifications.page(world.db, bob.id, Window(), clock.now())
    assert (heard.kind, heard.account_id) == ("mention", first.author_id)
    assert len(await notifications.page(world.db, ana.id, Window(), clock.now())) == 1, "not of her own answer"
    elsewhere = await world.post(bob, "Tea?")
    for by, parent in ((bob, first), (bob, second), (ana, elsewhere)):
        with pytest.raises(RelatedNotFound):
            await said(world, by, "Me too", in_reply_to=parent.id)


async def test_a_whisper_names_only_who_asked_for_it_or_is_there_already(world: World) -> None:
    ana, bob, eve = await world.account("ana"), await world.account("bob"), await world.account("eve")
    await world.follows(bob, ana)
    first = await said(world, ana)
    with pytest.raises(Invalid, match="can name only"):  # following its author is no permission: it would tell of her
        await said(world, ana, "@bob is a fool")
    voice = await accounts.get(world.db, first.author_id)
    await world.follows(bob, voice)
    assert (await said(world, ana, "@bob is right")).mentions == [bob.id]
    answer = await world.post(eve, "I know that", reply_to=first)
    assert (await said(world, ana, "@eve do you?", in_reply_to=answer.id)).mentions == [eve.id]
    with pytest.raises(Invalid, match="can name only"):
        await said(world, ana, "@eve here")


async def test_blocks_and_mutes_of_the_author_tell_nothing_and_hiding_all_hides_all(world: World) -> None:
    ana, bob, eve = await world.account("ana"), await world.account("bob"), await world.account("eve")
    await block(world.db, bob, ana.id, clock.now())
    post = await said(world, ana)
    assert await world.sees(bob, post)
    assert await world.sees(eve, post)
    await block(world.db, eve, post.author_id, clock.now())
    assert not await world.sees(eve, post)
    assert not await world.sees(eve, await said(world, bob, "And me"))


async def test_there_is_a_limit_a_day_that_taking_back_does_not_lift(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, "MOST_A_DAY", 3)
    monkeypatch.setattr(acts, "MOST_ANSWERS_A_DAY", 2)
    ana = await world.account("ana")
    made = [await said(world, ana, f"Number {n}", key=f"k{n}") for n in range(3)]
    assert (await said(world, ana, "Number 2", key="k2")).id == made[2].id
    await take_back(world.db, ana, made[0].id, clock.now())
    await tidy(world.db)
    with pytest.raises(TooMany):
        await said(world, ana, "Number 4")
    for n in range(2):
        await said(world, ana, f"And {n}", in_reply_to=made[1].id)
    with pytest.raises(TooMany):
        await said(world, ana, "And more", in_reply_to=made[1].id)
    tomorrow = clock.now() + timedelta(days=1, minutes=1)
    assert await whisper(world.db, ana, "A new day", tomorrow)
    async with world.db.transaction() as tx:
        await whispers.forget_gone(tx, tomorrow)
    assert await whispers.find_author(world.db, made[0].id) is None
    assert await whispers.find_author(world.db, made[1].id) == ana.id


async def test_only_its_author_takes_a_whisper_back_and_it_goes_with_the_account(world: World, tmp_path: Any) -> None:
    ana, bob = await world.account("ana"), await world.account("bob")
    one, two, other = await said(world, ana), await said(world, ana, "More"), await said(world, bob, "Mine")
    for by in (bob, await accounts.get(world.db, one.author_id)):
        with pytest.raises(NotFound):
            await take_back(world.db, by, one.id, clock.now())
    await take_back(world.db, ana, one.id, clock.now())
    assert not await world.sees(None, one)
    await delete_account(world.db, FileStore(tmp_path), ana.id, clock.now())
    assert not await world.sees(None, two)
    assert await world.sees(None, other)
    assert await whispers.find_author(world.db, two.id) is None


async def test_a_moderator_learns_it_with_a_reason_that_is_kept_and_without_a_name(world: World) -> None:
    ana, mo, bob = await world.account("ana"), await moderator(world), await world.account("bob")
    post = await said(world, ana)
    with pytest.raises(NotAllowed):
        await unmask(world.db, bob, post.id, "I really want to know", clock.now())
    for reason in ("", "why not", " " * 50):
        with pytest.raises(Invalid):
            await unmask(world.db, mo, post.id, reason, clock.now())
    with pytest.raises(NotFound):
        await unmask(world.db, mo, (await world.post(ana, "by name")).id, "A threat against bob", clock.now())
    assert await moderation.acts(world.db, Window()) == []
    assert (await unmask(world.db, mo, post.id, "A threat against bob", clock.now())).id == ana.id
    [act] = await moderation.acts(world.db, Window())
    assert (act.act, act.about_id, act.why) == ("unmask_whisper", post.id, "A threat against bob")
    assert "ana" not in str(act)
    assert str(ana.id) not in str(act)


async def test_the_right_is_taken_and_given_back(world: World) -> None:
    ana, mo, boss = await world.account("ana"), await moderator(world), await world.account("boss", role=Role.OWNER)
    post = await said(world, ana)
    with pytest.raises(NotAllowed):
        await take_right(world.db, ana, mo.id, "Because I want to", clock.now())
    with pytest.raises(NotAllowed):
        await take_right(world.db, mo, boss.id, "Because I want to", clock.now())
    with pytest.raises(Invalid):
        await take_right(world.db, mo, ana.id, "", clock.now())
    await take_right(world.db, mo, ana.id, "Third threat after two warnings", clock.now())
    with pytest.raises(NotAllowed, match="taken from you"):
        await said(world, ana, "Again")
    assert await world.sees(None, post)
    assert await world.post(ana, "By my name")
    await give_right(world.db, mo, ana.id, clock.now())
    assert await said(world, ana, "Again")
    assert [one.act for one in await moderation.acts(world.db, Window())] == [
        "give_whisper_right", "take_whisper_right"]


async def test_first_whispers_at_one_moment_are_said_by_one_somebody(world: World) -> None:
    people = [await world.account(f"member{n}") for n in range(6)]
    made = await asyncio.gather(*(said(world, one, f"Number {n}") for n, one in enumerate(people)))
    assert len({post.author_id for post in made}) == 1
    assert [await whispers.find_author(world.db, post.id) for post in made] == [one.id for one in people]


async def test_who_may_not_post_may_not_whisper(world: World) -> None:
    ana = await world.account("ana")
    for change in ({"silenced": True}, {"suspended": True}, {"disabled": True}):
        held = msgspec.structs.replace(ana, state=2 if "silenced" in change else 3, **change)
        with pytest.raises(NotAllowed):
            await said(world, held)
    unconfirmed = await world.account("new", confirmed=False)
    with pytest.raises(NotAllowed):
        await said(world, unconfirmed)


async def test_the_account_finds_a_free_name_and_nobody_takes_it(world: World) -> None:
    ana = await world.account("ana")
    await world.account("whisper", role=Role.MODERATOR)  # from before the name was kept
    with pytest.raises(Invalid):
        await world.account("whispers")
    post = await said(world, ana)
    voice = await accounts.get(world.db, post.author_id)
    assert voice.username == "whispers"
    assert (await said(world, ana, "More")).author_id == voice.id
    assert all(NAME.fullmatch(name) for name in acts.NAMES)
    assert await posts.find(world.db, post.id)

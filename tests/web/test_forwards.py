"""Passing a post on: from its menu to the friend's notifications, and never to whom it was not said."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import httpx
import pytest

from harken import clock
from harken.actions.befriend import accept_friend, ask_friend
from harken.actions.block import block, mute
from harken.actions.boost_post import boost_post
from harken.actions.delete_post import delete_post
from harken.actions.forward_post import forward_post
from harken.actions.keep_post import favourite_post
from harken.model.account import Account
from harken.model.paging import Window
from harken.store import accounts, forwards, notifications
from tests.web.test_pages import sign_in
from tests.web.test_statuses import submit
from tests.world import World


async def friends(world: World, one: Account, *others: Account) -> None:
    for other in others:
        await ask_friend(world.db, one, other.id, clock.now())
        await accept_friend(world.db, other, one.id, clock.now())


async def heard(world: World, owner: Account) -> list[int | None]:
    """The posts that were passed on to somebody, as their notifications show them."""
    told = await notifications.page(world.db, owner.id, Window(limit=9), clock.now(), kinds=["forward"])
    return [one.post_id for one in told]


async def test_a_post_is_passed_on_once_and_its_reader_sees_by_whom(world: World, client: httpx.AsyncClient) -> None:
    ana, ben, cleo, dora = [await world.account(name) for name in ("ana", "ben", "cleo", "dora")]
    await friends(world, ana, ben, cleo)
    post = await world.post(dora, "The clinic on Elm Street is open on Sundays")
    await sign_in(client, world, ana)
    assert f"/posts/{post.id}/forward" in (await client.get(f"/@dora/{post.id}")).text
    path = f"/posts/{post.id}/forward"
    page = (await client.get(path)).text
    assert set(re.findall(r'name="to\[\]" value="(\d+)"', page)) == {str(ben.id), str(cleo.id)}
    assert "Pass on to all 2 friends" in page
    assert (await submit(client, path)).status_code == 422
    done = await submit(client, path, **{"to[]": str(ben.id)})
    assert done.status_code == 200
    assert "Passed on to 1 friend" in done.text
    assert set(re.findall(r'name="to\[\]" value="(\d+)"', done.text)) == {str(cleo.id)}
    again = await submit(client, path, **{"to[]": str(ben.id)})
    assert "It reached nobody" in again.text
    await world.settle()
    await sign_in(client, world, ben)
    told = (await client.get("/notifications")).text
    assert "passed this on to you" in told
    assert "The clinic on Elm Street" in told
    await sign_in(client, world, cleo)
    assert "passed this on" not in (await client.get("/notifications")).text


async def test_all_friends_are_those_to_whom_it_did_not_come_by_itself(world: World) -> None:
    names = ("ana", "plain", "fan", "booster_fan", "liker", "dora", "stranger")
    ana, plain, fan, booster_fan, liker, dora, stranger = [await world.account(name) for name in names]
    await friends(world, ana, plain, fan, booster_fan, liker)
    await world.follows(fan, dora)
    booster = await world.account("booster")
    await world.follows(booster_fan, booster)
    post = await world.post(dora, "Hello")
    boost = await boost_post(world.db, booster, post.id, clock.now())
    await favourite_post(world.db, liker, post.id, clock.now())
    assert await forward_post(world.db, ana, boost.id, clock.now()) == [plain.id]
    assert await forward_post(world.db, ana, post.id, clock.now()) == []
    # By name also those to whom it came home, and nobody else.
    named = [fan.id, booster_fan.id, liker.id, plain.id, stranger.id, dora.id, ana.id]
    assert set(await forward_post(world.db, ana, post.id, clock.now(), named)) == {fan.id, booster_fan.id}


@pytest.mark.parametrize("to, reached", [("public", "ben cleo"), ("unlisted", "ben cleo"), ("followers", "ben")])
async def test_it_reaches_nobody_who_could_not_see_it_before(world: World, to: str, reached: str) -> None:
    ana, ben, cleo, dora = [await world.account(name) for name in ("ana", "ben", "cleo", "dora")]
    await friends(world, ana, ben, cleo)
    await world.follows(ana, dora)
    await world.follows(ben, dora)
    post = await world.post(dora, "news", to=to)
    got = await forward_post(world.db, ana, post.id, clock.now(), [ben.id, cleo.id])
    found = await accounts.by_ids(world.db, got)
    assert sorted(one.username for one in found.values()) == reached.split()
    assert await world.sees(cleo, post) is (to != "followers")


async def test_what_was_said_to_some_only_is_passed_on_by_nobody(world: World, client: httpx.AsyncClient) -> None:
    ana, ben, dora = [await world.account(name) for name in ("ana", "ben", "dora")]
    await friends(world, ana, ben)
    post = await world.post(dora, "@ana between us", to="direct")
    for account in (ana, dora):
        await sign_in(client, world, account)
        assert f"/posts/{post.id}/forward" not in (await client.get(f"/@dora/{post.id}")).text
        refused = await submit(client, f"/posts/{post.id}/forward", all="1")
        assert refused.status_code == 403
        assert "nobody passes it on" in refused.text
    await sign_in(client, world, ben)
    assert (await submit(client, f"/posts/{post.id}/forward", all="1")).status_code == 404


@pytest.mark.parametrize("hide", [mute, block])
@pytest.mark.parametrize("whom", ["ana", "dora"])
async def test_nothing_comes_by_or_of_whom_one_hides(
    world: World, hide: Callable[..., Awaitable[object]], whom: str
) -> None:
    ana, ben, dora = [await world.account(name) for name in ("ana", "ben", "dora")]
    await friends(world, ana, ben)
    post = await world.post(dora, "news")
    await forward_post(world.db, ana, post.id, clock.now())
    await world.settle()
    assert await heard(world, ben) == [post.id]
    await hide(world.db, ben, (ana if whom == "ana" else dora).id, clock.now())
    assert await heard(world, ben) == []
    assert await forwards.received(world.db, ben.id, Window(limit=9), clock.now()) == []


async def test_what_was_deleted_was_never_passed_on(world: World) -> None:
    ana, ben, dora = [await world.account(name) for name in ("ana", "ben", "dora")]
    await friends(world, ana, ben)
    post = await world.post(dora, "news")
    await forward_post(world.db, ana, post.id, clock.now())
    await delete_post(world.db, dora, post.id, clock.now())
    await world.settle()
    assert await heard(world, ben) == []
    assert await world.db.rows("SELECT * FROM forward") == []

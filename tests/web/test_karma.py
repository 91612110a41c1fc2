"""Karma is given by others alone, a little by each, and nobody loses it by being away."""

from __future__ import annotations

from datetime import timedelta

import httpx

from harken import clock
from harken.actions.block import block
from harken.actions.boost_post import boost_post
from harken.actions.delete_post import delete_post
from harken.actions.follow import follow, unfollow
from harken.actions.keep_post import favourite_post
from harken.actions.publish_post import publish_post
from harken.model.account import Account
from harken.model.karma import points, trend
from harken.model.post import Draft
from harken.store import karma
from tests.web.test_pages import sign_in
from tests.web.test_statuses import submit
from tests.world import World

DAY = timedelta(days=1)


async def score(world: World, account: Account) -> int:
    return len(points(await karma.given_to(world.db, account.id)))


async def old(world: World, *names: str) -> list[Account]:
    """Members who have been here for a year."""
    made = [await world.account(name) for name in names]
    async with world.db.transaction() as tx:
        for one in made:
            await tx.execute(
                "UPDATE account SET created_at = :at WHERE id = :id", id=one.id, at=clock.now() - 365 * DAY)
    return made


async def test_others_give_it_once_a_month_for_each_kind(world: World) -> None:
    ana, ben = await old(world, "ana", "ben")
    first, second = await world.post(ana, "one"), await world.post(ana, "two")
    assert await score(world, ana) == 0
    await favourite_post(world.db, ben, first.id, clock.now())
    await favourite_post(world.db, ben, second.id, clock.now())
    assert await score(world, ana) == 1
    await boost_post(world.db, ben, first.id, clock.now())
    for text in ("yes", "and yes", "and once more"):
        await world.post(ben, text, reply_to=first)
    assert await score(world, ana) == 3  # as much as one person gives in a month
    later = clock.now() + 31 * DAY
    await publish_post(world.db, ben, Draft(text="again", in_reply_to_id=first.id), later)
    assert await score(world, ana) == 4
    counted = points(await karma.given_to(world.db, ana.id))
    assert [number for _day, number in trend(counted, (later + 200 * DAY).date())] == [4] * 30  # away, nothing falls


async def test_nothing_that_one_does_alone_or_in_a_hurry_gives_any(world: World) -> None:
    ana, ben = await old(world, "ana", "ben")
    fresh = await world.account("fresh")
    said = [await world.post(ana, f"filler {n}") for n in range(20)]
    for parent in said[:5]:
        await world.post(ana, "I agree with myself", reply_to=parent)
        await favourite_post(world.db, ana, parent.id, clock.now())
        await favourite_post(world.db, fresh, parent.id, clock.now())  # an account made for it
    for _ in range(3):
        await follow(world.db, ana, ben.id, clock.now())
        await unfollow(world.db, ana.id, ben.id, clock.now())
    hidden = await world.post(ana, "@ben", to="direct")
    await world.post(ben, "@ana", to="direct", reply_to=hidden)
    assert await score(world, ana) == 0
    for _ in range(3):  # posted, liked, deleted, posted again
        again = await world.post(ana, "again")
        await favourite_post(world.db, ben, again.id, clock.now())
        await delete_post(world.db, ana, again.id, clock.now())
    assert await score(world, ana) == 0
    await favourite_post(world.db, ben, said[0].id, clock.now())
    assert await score(world, ana) == 1
    await block(world.db, ana, ben.id, clock.now())
    assert await score(world, ana) == 0


async def test_a_ring_gains_no_more_than_its_number(world: World) -> None:
    ring = await old(world, "ana", "ben", "cleo", "dora")
    said = {one.id: [await world.post(one, f"post {n}") for n in range(3)] for one in ring}
    for giver in ring:
        for other in ring:
            for post in said[other.id] if other.id != giver.id else []:
                await favourite_post(world.db, giver, post.id, clock.now())
                await boost_post(world.db, giver, post.id, clock.now())
                await world.post(giver, "splendid", reply_to=post)
    assert {await score(world, one) for one in ring} == {3 * (len(ring) - 1)}


async def test_the_page_explains_each_point_and_can_be_switched_off(world: World, client: httpx.AsyncClient) -> None:
    ana, ben = await old(world, "ana", "ben")
    made = await world.post(ana, "one")
    await favourite_post(world.db, ben, made.id, clock.now())
    await sign_in(client, world, ana)
    page = (await client.get("/karma")).text
    assert "1 point: you are arriving." in page
    assert "4 more, and you are a neighbour." in page
    assert "How it is counted" in page
    assert (await submit(client, "/karma")).status_code == 303
    page = (await client.get("/karma")).text
    assert "1 point" not in page
    assert "Show me my karma" in page
    assert (await submit(client, "/karma", on="1")).status_code == 303
    assert "1 point" in (await client.get("/karma")).text

"""An edit brings a post to nobody to whom it could not have been said."""

from __future__ import annotations

import pytest

from harken import clock
from harken.actions.delete_post import delete_post
from harken.actions.edit_post import edit_post
from harken.actions.keep_set import add_to_set, keep_set
from harken.actions.publish_post import publish_post
from harken.errors import NotAllowed
from harken.model.account import Account
from harken.model.circle import Writers
from harken.model.post import Draft, Post, Visibility
from harken.store import members, posts
from tests.world import World


async def said_to(world: World, author: Account, *people: Account) -> Post:
    """A post of `author`'s to a set with `people`."""
    kept = await keep_set(world.db, author, clock.now(), "some")
    await add_to_set(world.db, author, kept.id, [one.id for one in people])
    return await publish_post(
        world.db, author, Draft(text="sunday", visibility=Visibility.SET, sets=(kept.id,)), clock.now())


@pytest.mark.parametrize("parent_goes", [False, True])
async def test_an_edited_answer_to_some_people_stays_among_them(world: World, parent_goes: bool) -> None:
    ana, ben, dora = [await world.account(name) for name in ("ana", "ben", "dora")]
    post = await said_to(world, ana, ben)
    answer = await world.post(ben, "yes", to="set", reply_to=post)
    if parent_goes:
        await delete_post(world.db, ana, post.id, clock.now())
    await edit_post(world.db, ben, answer.id, text="yes, with @dora", now=clock.now())
    assert not await world.sees(dora, answer)
    assert await world.sees(ana, answer)
    # What one says to a set oneself, one may say to more.
    if not parent_goes:
        await edit_post(world.db, ana, post.id, text="sunday @dora", now=clock.now())
        assert await world.sees(dora, post)
        assert not await world.sees(dora, answer)


@pytest.mark.parametrize("to", ["direct", "set"])
async def test_an_edit_writes_to_nobody_who_does_not_want_it(world: World, to: str) -> None:
    ana, ben, shy = [await world.account(name) for name in ("ana", "ben", "shy")]
    post = await said_to(world, ana, ben) if to == "set" else await world.post(ana, "@ben hello", to="direct")
    async with world.db.transaction() as tx:
        await members.set_circle(tx, shy.id, Writers.FRIENDS, False)
    with pytest.raises(NotAllowed, match="@shy takes private messages from their friends only"):
        await edit_post(world.db, ana, post.id, text="@ben @shy hello", now=clock.now())
    assert not await world.sees(shy, post)
    assert (await posts.visible(world.db, post.id, ben.id)).text == post.text
    await edit_post(world.db, ana, post.id, text="@ben hello again", now=clock.now())
    async with world.db.transaction() as tx:
        await members.set_circle(tx, ben.id, Writers.NOBODY, False)
    await edit_post(world.db, ana, post.id, text="@ben hello a third time", now=clock.now())  # it was said to him
    assert await world.sees(ben, post)

"""Sets, friends, and who may write to whom: a post reaches those whom its author meant, and nobody else."""

from __future__ import annotations

import pytest

from harken import clock
from harken.actions import befriend, keep_set
from harken.actions.block import block
from harken.actions.follow import unfollow
from harken.actions.publish_post import publish_post
from harken.errors import Invalid, NotAllowed, NotFound
from harken.model.account import Account
from harken.model.circle import Writers
from harken.model.paging import Window
from harken.model.post import Draft, Post, Visibility
from harken.search.search import find
from harken.store import friends, members, notifications, recipients, relationships, sets
from tests.world import World


async def make_set(world: World, owner: Account, name: str, *people: Account) -> int:
    kept = await keep_set.keep_set(world.db, owner, clock.now(), name)
    await keep_set.add_to_set(world.db, owner, kept.id, [one.id for one in people])
    return kept.id


async def say(world: World, author: Account, text: str, **given: object) -> Post:
    draft = Draft(text=text, visibility=Visibility.SET, **given)  # type: ignore[arg-type]
    return await publish_post(world.db, author, draft, clock.now())


async def make_friends(world: World, one: Account, other: Account) -> None:
    await befriend.ask_friend(world.db, one, other.id, clock.now())
    await befriend.accept_friend(world.db, other, one.id, clock.now())


async def heard(world: World, account: Account) -> set[str]:
    return {one.kind for one in await notifications.page(world.db, account.id, Window(), clock.now())}


async def test_a_post_to_two_sets_reaches_their_members_of_then(world: World) -> None:
    ana, ben, cleo, dora, eve = [await world.account(name) for name in ("ana", "ben", "cleo", "dora", "eve")]
    family, club = await make_set(world, ana, "Family", ben), await make_set(world, ana, "Club", cleo, ben)
    post = await say(world, ana, "sunday at three", sets=(family, club))
    for person, sees in ((ana, True), (ben, True), (cleo, True), (dora, False), (None, False)):
        assert await world.sees(person, post) is sees
    await keep_set.remove_from_set(world.db, ana, club, [cleo.id])
    await keep_set.add_to_set(world.db, ana, club, [eve.id])
    assert await world.sees(cleo, post)  # it was said to her
    assert not await world.sees(eve, post)
    assert [one.name for one in await sets.of_post(world.db, post.id, ana.id)] == ["Club", "Family"]
    assert await sets.of_post(world.db, post.id, ben.id) == []  # nobody learns the names of others' sets
    await keep_set.drop_set(world.db, ana, club)
    assert await world.sees(cleo, post)


async def test_an_answer_to_a_set_stays_among_its_people(world: World) -> None:
    ana, ben, cleo, dora = [await world.account(name) for name in ("ana", "ben", "cleo", "dora")]
    family = await make_set(world, ana, "Family", ben, cleo)
    post = await say(world, ana, "sunday at three", sets=(family,))
    answer = await publish_post(
        world.db, ben, Draft(text="gladly, and so will @dora", visibility=Visibility.PUBLIC, in_reply_to_id=post.id),
        clock.now())
    assert answer.visibility is Visibility.SET
    for person, sees in ((ana, True), (cleo, True), (dora, False), (None, False)):
        assert await world.sees(person, answer) is sees
    aside = await publish_post(
        world.db, cleo, Draft(text="@ana only you", visibility=Visibility.DIRECT, in_reply_to_id=post.id), clock.now())
    assert not await world.sees(ben, aside)


async def test_a_set_is_its_owners_and_reaches_nobody_behind_a_block(world: World) -> None:
    ana, ben, cleo = [await world.account(name) for name in ("ana", "ben", "cleo")]
    family = await make_set(world, ana, "Family", ben, cleo)
    for act in (
        keep_set.rename_set(world.db, ben, family, "Mine"), keep_set.drop_set(world.db, ben, family),
        keep_set.add_to_set(world.db, ben, family, [cleo.id]),
        keep_set.remove_from_set(world.db, ben, family, [cleo.id]),
        say(world, ben, "hello", sets=(family,)),
    ):
        with pytest.raises(NotFound):
            await act
    with pytest.raises(Invalid, match="of that name"):
        await keep_set.keep_set(world.db, ana, clock.now(), "  family ")
    await block(world.db, cleo, ana.id, clock.now())
    post = await say(world, ana, "sunday", sets=(family,))
    assert await recipients.ids_of(world.db, post.id) == {ben.id}
    await block(world.db, ben, ana.id, clock.now())
    with pytest.raises(Invalid, match="nobody"):
        await say(world, ana, "monday", sets=(family,))


async def test_in_set_finds_what_its_people_say(world: World) -> None:
    ana, ben, cleo = [await world.account(name) for name in ("ana", "ben", "cleo")]
    await make_set(world, ana, "Tea People", ben)
    said = await world.post(ben, "tea")
    await world.post(cleo, "tea")
    found = await find(world.db, 'tea in:set:"tea  people"', ana, Window(), clock.now())
    assert [post.id for post in found.posts] == [said.id]
    assert (await find(world.db, 'tea in:set:"tea people"', ben, Window(), clock.now())).posts == []


async def test_friends_ask_and_accept_and_nobody_hears_of_an_end(world: World) -> None:
    ana, ben, cleo = [await world.account(name) for name in ("ana", "ben", "cleo")]
    await befriend.ask_friend(world.db, ana, ben.id, clock.now())
    await befriend.ask_friend(world.db, ana, ben.id, clock.now())
    await befriend.ask_friend(world.db, cleo, ben.id, clock.now())
    await world.settle()
    told = await notifications.page(world.db, ben.id, Window(), clock.now())
    assert [(one.kind, one.account_id) for one in told] == [("friend_request", cleo.id), ("friend_request", ana.id)]
    await befriend.accept_friend(world.db, ben, ana.id, clock.now())
    await befriend.accept_as_fan(world.db, ben, cleo.id, clock.now())
    await world.settle()
    assert await heard(world, ana) == {"friend", "follow"}
    assert await heard(world, cleo) == set()
    [to_ana, to_cleo] = await relationships.of(world.db, ben.id, [ana.id, cleo.id], clock.now())
    assert (to_ana.friend, to_ana.following, to_ana.followed_by) == (True, True, True)
    assert (to_cleo.friend, to_cleo.following, to_cleo.followed_by) == (False, False, True)
    assert [one.id for one in (await friends.fans(world.db, ben.id, ben.id, Window()))[0]] == [cleo.id]

    await unfollow(world.db, ben.id, ana.id, clock.now())  # a friend need not be read
    assert await friends.are_friends(world.db, ana.id, ben.id)
    post = await say(world, ben, "for friends", friends=True)
    assert await world.sees(ana, post)
    assert not await world.sees(cleo, post)
    await befriend.unfriend(world.db, ben, ana.id, clock.now())
    await world.settle()
    assert "friend" not in await heard(world, ana)
    assert await world.sees(ana, post)  # it was said to her
    with pytest.raises(NotFound):
        await befriend.accept_friend(world.db, ben, ana.id, clock.now())


async def test_a_block_ends_a_friendship(world: World) -> None:
    ana, ben = await world.account("ana"), await world.account("ben")
    await make_friends(world, ana, ben)
    await block(world.db, ben, ana.id, clock.now())
    assert not await friends.are_friends(world.db, ana.id, ben.id)
    with pytest.raises((NotAllowed, NotFound)):
        await befriend.ask_friend(world.db, ana, ben.id, clock.now())


@pytest.mark.parametrize(
    "rule, followed, friend, stranger",
    [(Writers.EVERYBODY, True, True, True), (Writers.FOLLOWED, True, True, False),
     (Writers.FRIENDS, False, True, False), (Writers.NOBODY, False, False, False)],
)
async def test_who_may_write_in_private_is_as_the_reader_chose(
    world: World, rule: Writers, followed: bool, friend: bool, stranger: bool
) -> None:
    ana, ben, cleo, dora = [await world.account(name) for name in ("ana", "ben", "cleo", "dora")]
    await world.follows(ana, ben)
    await make_friends(world, ana, cleo)
    async with world.db.transaction() as tx:
        await members.set_circle(tx, ana.id, rule, False)
    for person, may in ((ben, followed), (cleo, friend), (dora, stranger)):
        draft = Draft(text="@ana psst", visibility=Visibility.DIRECT)
        if may:
            await publish_post(world.db, person, draft, clock.now())
        else:
            with pytest.raises(NotAllowed, match="@ana takes"):
                await publish_post(world.db, person, draft, clock.now())
        group = await make_set(world, person, "One", ana)
        if may:
            assert await world.sees(ana, await say(world, person, "psst", sets=(group,)))
        else:  # a set names nobody: she is left out
            with pytest.raises(Invalid, match="nobody"):
                await say(world, person, "psst", sets=(group,))
    first = await publish_post(world.db, ana, Draft(text="@dora you", visibility=Visibility.DIRECT), clock.now())
    answer = Draft(text="@ana yes", visibility=Visibility.DIRECT, in_reply_to_id=first.id)
    assert await world.sees(ana, await publish_post(world.db, dora, answer, clock.now()))  # it goes on


async def test_who_was_told_in_private_hears_of_it_once(world: World) -> None:
    ana, ben, cleo = [await world.account(name) for name in ("ana", "ben", "cleo")]
    family = await make_set(world, ana, "Family", ben, cleo)
    post = await say(world, ana, "sunday, @cleo", sets=(family,))
    await publish_post(world.db, ben, Draft(text="yes", in_reply_to_id=post.id), clock.now())
    await world.settle()
    for person, kinds in ((ben, ["private"]), (cleo, ["mention"]), (ana, ["mention"])):
        assert [one.kind for one in await notifications.page(world.db, person.id, Window(), clock.now())] == kinds

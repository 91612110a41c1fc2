"""Nobody ever sees what they may not: random worlds, every surface against the oracle."""

from __future__ import annotations

import random

import pytest

from harken import clock
from harken.actions import befriend, keep_set
from harken.actions import block as blocking
from harken.actions.boost_post import boost_post
from harken.actions.delete_post import delete_post
from harken.actions.edit_post import edit_post
from harken.actions.follow import follow, unfollow
from harken.actions.forward_post import forward_post
from harken.actions.keep_list import add_to_list, change_list, keep_list
from harken.actions.keep_post import bookmark_post, favourite_post, unfavourite_post
from harken.engine import Engine
from harken.errors import NotAllowed, NotFound, Refused
from harken.ids import MAX_ID, PostId
from harken.model.account import Account, State
from harken.model.circle import Writers
from harken.model.list import Replies
from harken.model.paging import Window
from harken.model.post import Post, Visibility
from harken.store import accounts, forwards, lists, members, notifications, posts, sets, tags, timelines
from tests.oracle import Facts
from tests.world import World

VISIBILITIES = ["public", "public", "public", "unlisted", "followers", "direct"]


async def random_world(world: World, dice: random.Random, people_count: int, steps: int) -> list[Account]:
    """People who do all there is to do, in an order that nobody planned."""
    people = [
        await world.account(f"p{i}", indexable=dice.random() < 0.7, protected=dice.random() < 0.2)
        for i in range(people_count)
    ]
    made: list[Post] = []
    for _ in range(steps):
        one, other = dice.sample(people, 2)
        one, other = await world.again(one), await world.again(other)
        post = dice.choice(made) if made else None
        try:
            match dice.choices(
                [
                    "post",
                    "reply",
                    "follow",
                    "boost",
                    "favourite",
                    "bookmark",
                    "unfollow",
                    "block",
                    "unblock",
                    "mute",
                    "unmute",
                    "delete",
                    "edit",
                    "unfavourite",
                    "state",
                    "accept",
                    "no_boosts",
                    "language",
                    "list",
                    "change_list",
                    "follow_tag",
                    "forward",
                    "befriend",
                    "unfriend",
                    "say_to_some",
                    "writers",
                ],
                [14, 14, 16, 6, 6, 3, 2, 2, 1, 2, 1, 2, 2, 1, 1, 4, 1, 1, 3, 2, 2, 6, 8, 1, 8, 1],
            )[0]:
                case "post":
                    mention = f" @{other.username}" if dice.random() < 0.4 else ""
                    made.append(
                        await world.post(
                            one, f"word{dice.randrange(5)} #tag{dice.choice(['', '2', '3'])}{mention}",
                            to=dice.choice(VISIBILITIES), language=dice.choice(["en", "de", None]))
                    )
                case "reply" if post:
                    mention = f" @{other.username}" if dice.random() < 0.3 else ""
                    made.append(
                        await world.post(
                            one, f"re word{dice.randrange(5)}{mention}", to=dice.choice([*VISIBILITIES, "set", "set"]),
                            reply_to=post
                        )
                    )
                case "follow":
                    await follow(world.db, one, other.id, clock.now())
                case "no_boosts":
                    await follow(world.db, one, other.id, clock.now(), show_boosts=False)
                case "language":
                    languages = dice.choice([[], ["de"], ["de", "en"]])
                    await follow(world.db, one, other.id, clock.now(), languages=languages)
                case "list":
                    owned = await lists.of_owner(world.db, one.id)
                    kept = dice.choice(owned) if owned else await keep_list(world.db, one, clock.now(), title="x")
                    await add_to_list(world.db, one, kept.id, [dice.choice([one.id, other.id, other.id])])
                case "change_list":
                    for kept in await lists.of_owner(world.db, one.id):
                        await change_list(
                            world.db, one, kept.id, replies=dice.choice(list(Replies)), exclusive=dice.random() < 0.4)
                case "follow_tag":
                    async with world.db.transaction() as tx:
                        await tags.follow(tx, one.id, dice.choice(["tag2", "tag3"]), clock.now())
                case "forward" if post:
                    await forward_post(world.db, one, post.id, clock.now(), dice.choice([None, [p.id for p in people]]))
                case "befriend":
                    await befriend.ask_friend(world.db, one, other.id, clock.now())
                    if dice.random() < 0.8:
                        await befriend.accept_friend(world.db, other, one.id, clock.now())
                case "say_to_some":
                    made.append(await say_to_some(world, dice, one, people))
                case "writers":
                    async with world.db.transaction() as tx:
                        await members.set_circle(tx, one.id, dice.choice(list(Writers)), False)
                case "unfriend":
                    await befriend.unfriend(world.db, one, other.id, clock.now())
                case "accept":
                    from harken.actions.follow import accept_follow

                    await accept_follow(world.db, other, one.id, clock.now())
                case "unfollow":
                    await unfollow(world.db, one.id, other.id, clock.now())
                case "boost" if post:
                    made.append(await boost_post(world.db, one, post.id, clock.now()))
                case "favourite" if post:
                    await favourite_post(world.db, one, post.id, clock.now())
                case "unfavourite" if post:
                    await unfavourite_post(world.db, one, post.id, clock.now())
                case "bookmark" if post:
                    await bookmark_post(world.db, one, post.id, clock.now())
                case "block":
                    await blocking.block(world.db, one, other.id, clock.now())
                case "unblock":
                    await blocking.unblock(world.db, one, other.id, clock.now())
                case "mute":
                    await blocking.mute(world.db, one, other.id, clock.now())
                case "unmute":
                    await blocking.unmute(world.db, one, other.id)
                case "delete" if post:
                    await delete_post(world.db, one, post.id, clock.now())
                case "edit" if post:
                    await edit_post(world.db, one, post.id, text=f"edited @{other.username}", now=clock.now())
                case "state":
                    async with world.db.transaction() as tx:
                        await accounts.change(
                            tx, one.id, state=dice.choice([
                                State.LIMITED, State.SUSPENDED, State.PENDING, State.ACTIVE, State.ACTIVE])
                        )
        except Refused:
            pass  # hidden, not theirs, not allowed: as it should be
    return people


async def say_to_some(world: World, dice: random.Random, author: Account, people: list[Account]) -> Post:
    """Fill a set, and say something to it or to all friends: it reaches those whom the oracle names."""
    owned = await sets.of_owner(world.db, author.id)
    kept = dice.choice(owned) if owned else await keep_set.keep_set(world.db, author, clock.now(), "some")
    others = [one.id for one in people if one.id != author.id]
    await keep_set.remove_from_set(world.db, author, kept.id, dice.sample(others, 2))
    await keep_set.add_to_set(world.db, author, kept.id, [dice.choice(others)])
    facts = await Facts.read(world.db)
    to_sets, to_friends = dice.choice([((kept.id,), False), ((kept.id,), True), ((), True)])
    post = await world.post(author, f"word{dice.randrange(5)}", to="set", sets=to_sets, friends=to_friends)
    assert (await Facts.read(world.db)).audience(post.id) == {author.id} | facts.told(author.id, to_sets, to_friends)
    return post


@pytest.mark.parametrize("seed", [0, 1, 2, *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 12))])
async def test_every_surface_shows_what_the_oracle_says(engine: Engine, world: World, seed: int) -> None:
    dice = random.Random(seed)
    people = await random_world(world, dice, people_count=6, steps=160)
    await world.settle()
    db, now = world.db, clock.now()
    facts = await Facts.read(db)
    everything = Window(limit=10_000)
    assert len(facts.posts) > 20, "a world without posts proves nothing"
    tagged = {r[0] for r in await db.rows("SELECT post_id FROM post_tag WHERE tag = 'tag'")}
    for post_id, of_post in facts.posts.items():
        parent = facts.posts.get(of_post["parent"] or 0)
        if parent is not None and Visibility.SET == of_post["visibility"] == parent["visibility"]:
            assert facts.audience(post_id) <= facts.audience(parent["id"]), "an answer went further than its parent"
    counts = facts.counts()
    for viewer in [0, *[p.id for p in people]]:
        for post_id in facts.posts:
            try:
                shown = await posts.visible(db, post_id, viewer)
            except NotFound:
                assert not facts.seen(viewer, post_id)
                continue
            assert facts.seen(viewer, post_id)
            assert (shown.replies, shown.boosts, shown.favourites) == counts[post_id]
            assert shown.favourited == ((viewer, post_id) in facts.favourites)
            assert shown.bookmarked == ((viewer, post_id) in facts.bookmarks)
        assert [p.id for p in await timelines.public(db, viewer, everything, now)] == facts.public(viewer)
        for author in people:
            found = await timelines.of_account(db, author.id, viewer, everything, now)
            assert [p.id for p in found] == facts.of_account(viewer, author.id)
        assert {p.id for p in await timelines.tag(db, "tag", viewer, everything, now)} == {
            i
            for i in tagged
            if facts.seen(viewer, i)
            and facts.posts[i]["visibility"] == Visibility.PUBLIC
            and facts.accounts[facts.posts[i]["author"]]["state"] != State.LIMITED
            and (viewer, facts.posts[i]["author"]) not in facts.mutes
        }
        for post_id in dice.sample(sorted(facts.posts), 5):
            if facts.seen(viewer, post_id) and facts.posts[post_id]["boost_of"] is None:
                post = await posts.visible(db, post_id, viewer)
                tree = await posts.visible_conversation(db, post, viewer)
                assert [p.id for p in tree] == facts.conversation(viewer, post.conversation_id)
        if not viewer:
            continue
        assert [p.id for p in await timelines.home(db, viewer, everything, now)] == facts.home(viewer)
        for kept in await lists.of_owner(db, viewer):
            found = await timelines.of_list(db, kept, everything, now)
            assert [p.id for p in found] == facts.in_list(kept.id)
        for people_set in await sets.of_owner(db, viewer):
            found = await timelines.of_set(db, people_set, everything, now)
            assert [p.id for p in found] == facts.in_set(people_set.id)
        favourited, _ = await timelines.favourites(db, viewer, everything, now)
        assert {p.id for p in favourited} == {i for v, i in facts.favourites if v == viewer and facts.seen(viewer, i)}
        for post_id in facts.posts:
            if facts.seen(viewer, post_id):  # the action asks that first
                may = {p.id for p in people if facts.may_get(viewer, p.id, post_id)}
                assert set(await forwards.may_get(db, viewer, PostId(post_id), 99)) == may
                assert set(await forwards.have_not_had(db, viewer, PostId(post_id), 99)) == {
                    target for target in may if not facts.came_home(target, post_id)}
        passed_on = await forwards.received(db, viewer, everything, now)
        assert [one.post_id for one in passed_on] == facts.received(viewer)
        for told in await notifications.page(db, viewer, everything, now):
            assert not facts.blocked(viewer, told.account_id)
            assert (viewer, told.account_id) not in facts.mutes
            if told.post_id is not None:
                assert facts.seen(viewer, told.post_id)


async def test_home_is_paged_both_ways_without_gaps_or_repeats(engine: Engine, world: World) -> None:
    """Small homes, so that pages cross from the stored entries to the facts and to merged authors."""
    timelines_consumer = engine.consumers[0]
    timelines_consumer._keep, timelines_consumer._merge_followers = 20, 2  # type: ignore[attr-defined]
    reader, quiet, loud = [await world.account(n) for n in ("reader", "quiet", "loud")]
    fans = [await world.account(f"fan{i}") for i in range(3)]
    await world.follows(reader, quiet, loud)
    for fan in fans:
        await world.follows(fan, loud)  # four followers: merged on reading
    for i in range(120):
        await world.post([quiet, loud, reader][i % 3], f"number {i}")
    await world.settle()
    floor = await world.db.value("SELECT floor_id FROM home WHERE owner_id = :id", id=reader.id)
    assert floor, "entries must have been trimmed, or the facts are not tried"
    wanted = (await Facts.read(world.db)).home(reader.id)
    assert len(wanted) == 120
    got: list[int] = []
    before = MAX_ID
    while page := await timelines.home(world.db, reader.id, Window(limit=7, before=before), clock.now()):
        got += [p.id for p in page]
        before = got[-1]
    assert got == wanted
    upwards: list[int] = []
    while page := await timelines.home(
        world.db, reader.id, Window(limit=7, after=upwards[0] if upwards else 1, from_bottom=True), clock.now()
    ):
        upwards = [p.id for p in page] + upwards
    assert upwards == wanted
    await world.follows(fans[0], quiet)
    await world.settle()
    assert [p.id for p in await timelines.home(world.db, fans[0].id, Window(limit=500), clock.now())] == (
        await Facts.read(world.db)
    ).home(fans[0].id)


async def test_a_followers_only_post_reaches_followers_alone(world: World) -> None:
    alice, follower, stranger, blocked = [await world.account(n) for n in ("alice", "follower", "stranger", "blocked")]
    await world.follows(follower, alice)
    await world.follows(blocked, alice)
    await blocking.block(world.db, alice, blocked.id, clock.now())
    post = await world.post(alice, "news", to="followers")
    assert await world.sees(follower, post)
    assert not await world.sees(stranger, post)
    assert not await world.sees(blocked, post)
    assert not await world.sees(None, post)
    with pytest.raises(NotAllowed):
        await boost_post(world.db, follower, post.id, clock.now())
    with pytest.raises(NotFound):
        await favourite_post(world.db, stranger, post.id, clock.now())

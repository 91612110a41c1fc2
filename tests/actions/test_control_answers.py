"""Qualifiers, and who may answer in a conversation."""

from __future__ import annotations

import pytest

from harken import clock
from harken.actions.befriend import accept_friend, ask_friend
from harken.actions.control_answers import control_answers
from harken.actions.edit_post import edit_post
from harken.actions.publish_post import publish_post
from harken.errors import Invalid, NotAllowed
from harken.ids import PostId
from harken.model.paging import Window
from harken.model.post import AnswerPolicy, Draft
from harken.search.search import find
from harken.store import posts
from tests.world import World


@pytest.mark.parametrize(
    "policy, friend, stranger, mentioned",
    [(AnswerPolicy.EVERYBODY, True, True, True), (AnswerPolicy.FRIENDS, True, False, True),
     (AnswerPolicy.NOBODY, False, False, True)],
)
async def test_who_may_answer_is_what_the_beginner_said(
    world: World, policy: AnswerPolicy, friend: bool, stranger: bool, mentioned: bool
) -> None:
    ana, ben, cleo, dora = [await world.account(name) for name in ("ana", "ben", "cleo", "dora")]
    await ask_friend(world.db, ana, ben.id, clock.now())
    await accept_friend(world.db, ben, ana.id, clock.now())
    await world.follows(cleo, ana)  # a fan is no friend
    root = await publish_post(
        world.engine.db, ana, Draft(text="where to? @dora", answers=policy), clock.now())
    own = await publish_post(world.engine.db, ana, Draft(text="more", in_reply_to_id=root.id), clock.now())
    for person, may in ((ben, friend), (cleo, stranger), (dora, mentioned), (ana, True)):
        for parent in (root, own):  # an answer below an answer is as open as the beginning
            draft = Draft(text="here", in_reply_to_id=parent.id)
            if may:
                assert (await publish_post(world.engine.db, person, draft, clock.now())).in_reply_to_id == parent.id
            else:
                with pytest.raises(NotAllowed, match="answer"):
                    await publish_post(world.engine.db, person, draft, clock.now())


async def test_who_may_answer_can_be_changed_by_whoever_began(world: World) -> None:
    ana, ben = await world.account("ana"), await world.account("ben")
    root = await publish_post(world.engine.db, ana, Draft(text="one"), clock.now())
    answer = await publish_post(world.engine.db, ben, Draft(text="two", in_reply_to_id=root.id), clock.now())
    for person, post_id in ((ben, root.id), (ben, answer.id)):  # not the beginner; not a beginning
        with pytest.raises(NotAllowed):
            await control_answers(world.engine.db, person, post_id, AnswerPolicy.NOBODY, clock.now())
    before = await posts.visible_by_ids(world.engine.db, [root.id], ben.id)
    await control_answers(world.engine.db, ana, PostId(root.id), AnswerPolicy.NOBODY, clock.now())
    after = await posts.visible_by_ids(world.engine.db, [root.id], ben.id)
    assert (before[root.id].answers, after[root.id].answers) == (AnswerPolicy.EVERYBODY, AnswerPolicy.NOBODY)
    with pytest.raises(NotAllowed):
        await publish_post(world.engine.db, ben, Draft(text="three", in_reply_to_id=root.id), clock.now())


async def test_a_qualifier_is_one_of_twenty_and_can_be_edited(world: World) -> None:
    ana = await world.account("ana")
    with pytest.raises(Invalid, match="qualifier"):
        await publish_post(world.engine.db, ana, Draft(text="x", verb="shouts"), clock.now())
    made = await publish_post(world.engine.db, ana, Draft(text="a barn", verb="wants"), clock.now())
    kept = await edit_post(world.engine.db, ana, made.id, text="a red barn", now=clock.now())
    assert kept.verb == "wants"
    changed = await edit_post(world.engine.db, ana, made.id, text="a red barn", verb="has", now=clock.now())
    assert changed.verb == "has"
    for verb, found in (("has", [made.id]), ("wants", [])):
        page = await find(world.engine.db, f"verb:{verb}", ana, Window(), clock.now())
        assert [post.id for post in page.posts] == found
    assert (await edit_post(world.engine.db, ana, made.id, text="a red barn", verb=None, now=clock.now())).verb is None

"""Sets, friends and who may write, on pages that need no scripts."""

from __future__ import annotations

import re

import httpx

from harken import clock
from harken.actions.keep_set import add_to_set, keep_set
from harken.model.post import Visibility
from harken.store import members, posts, recipients, sets
from tests.web.test_pages import sign_in, texts
from tests.web.test_statuses import submit
from tests.world import World


async def test_a_set_is_a_timeline_too(world: World, client: httpx.AsyncClient) -> None:
    ana, ben, cleo = [await world.account(name, indexable=False) for name in ("ana", "ben", "cleo")]
    kept = await keep_set(world.db, ana, clock.now(), "Family")
    await add_to_set(world.db, ana, kept.id, [ben.id])
    await world.post(ben, "whom nobody finds")
    await world.post(ben, "for followers", to="followers")
    await world.post(cleo, "from elsewhere")
    await sign_in(client, world, ana)
    path = f"/sets/{kept.id}/posts"
    assert path in (await client.get(f"/sets/{kept.id}")).text
    assert texts((await client.get(path)).text) == ["whom nobody finds"]
    await sign_in(client, world, ben)
    assert (await client.get(path)).status_code == 404


async def test_a_set_is_made_filled_spoken_to_and_dropped(world: World, client: httpx.AsyncClient) -> None:
    ana, ben, cleo = [await world.account(name) for name in ("ana", "ben", "cleo")]
    await sign_in(client, world, ana)
    made = await submit(client, "/sets", name="Family")
    assert made.status_code == 303
    path = made.headers["location"]
    assert "of that name" in (await submit(client, "/sets", name=" family ")).text
    assert "nobody called @zed" in (await submit(client, f"{path}/add", names="@zed")).text
    assert (await submit(client, f"{path}/add", names="@ben, cleo")).status_code == 303
    page = (await client.get(path)).text
    assert "@ben" in page
    assert "@cleo" in page
    set_id = path.rpartition("/")[2]
    assert f'value="{set_id}" checked' in (await client.get(f"/compose?set={set_id}")).text
    said = await submit(client, "/compose", text="sunday", visibility="0", language="en", **{"sets[]": [set_id]})
    assert said.status_code == 303
    [post_id] = await posts.newest_ids(world.db, 9)
    seen = (await posts.visible_by_ids(world.db, [post_id], ben.id))[post_id]
    assert seen.visibility is Visibility.SET
    told = (await client.get(f"/posts/{post_id}/recipients")).text
    assert "2 people can read this post" in told
    assert "Family" in told

    await sign_in(client, world, ben)
    told = (await client.get(f"/posts/{post_id}/recipients")).text
    assert "@cleo" in told
    assert "Family" not in told
    assert (await client.get(path)).status_code == 404
    assert (await submit(client, f"{path}/delete")).status_code == 404
    page = (await client.get(f"/@ana/{post_id}")).text
    assert "Those who were told" in page
    answered = await submit(
        client, "/compose", text="@ana yes", visibility="3", language="en", reply_to=str(post_id))
    assert answered.status_code == 303
    answer_id = max(await posts.newest_ids(world.db, 9))
    assert await recipients.ids_of(world.db, answer_id) == {ana.id, cleo.id}

    await sign_in(client, world, ana)
    assert (await submit(client, f"/people/{ben.id}/sets")).status_code == 303  # nothing ticked: taken out
    assert (await sets.sizes(world.db, ana.id)) == {int(set_id): 1}
    assert (await submit(client, f"{path}/delete")).status_code == 303
    assert await sets.of_owner(world.db, ana.id) == []


async def test_people_become_friends_and_write_to_friends(world: World, client: httpx.AsyncClient) -> None:
    ana, ben, cleo = [await world.account(name) for name in ("ana", "ben", "cleo")]
    await sign_in(client, world, ana)
    assert "befriend" in (await client.get("/@ben")).text
    assert (await submit(client, f"/people/{ben.id}/befriend", back="/@ben")).status_code == 303
    assert "Take the friend request back" in (await client.get("/@ben")).text
    await world.settle()
    await sign_in(client, world, ben)
    assert "would like to be friends" in (await client.get("/notifications")).text
    assert "@ana" in (await client.get("/friend-requests")).text
    assert (await submit(client, f"/people/{ana.id}/accept-friend", back="/")).status_code == 303
    assert "@ana" in (await client.get("/@ben/friends")).text
    said = await submit(client, "/compose", text="for friends", visibility="0", language="en", friends="1")
    assert said.status_code == 303
    [post_id] = await posts.newest_ids(world.db, 9)
    assert await recipients.ids_of(world.db, post_id) == {ana.id}
    saved = await submit(client, "/settings/circle", written_by="2", hide_friends="1")
    assert saved.status_code == 303
    assert (await submit(client, "/settings/circle", written_by="9")).status_code == 422
    assert (await members.find(world.db, ben.id)).written_by == 2  # type: ignore[union-attr]

    await sign_in(client, world, cleo)
    assert "@ana" not in (await client.get("/@ben/friends")).text
    refused = await submit(client, "/compose", text="@ben psst", visibility="4", language="en")
    assert refused.status_code == 422
    assert "@ben takes private messages from their friends only." in refused.text
    assert "psst" in refused.text  # the text comes back


async def test_a_post_says_in_plain_words_who_can_read_it(world: World, client: httpx.AsyncClient) -> None:
    ana, ben, cleo = [await world.account(name) for name in ("ana", "ben", "cleo")]
    family = await keep_set(world.db, ana, clock.now(), "Family")
    club = await keep_set(world.db, ana, clock.now(), "Club & friends")
    await add_to_set(world.db, ana, family.id, [ben.id, cleo.id])
    await add_to_set(world.db, ana, club.id, [cleo.id])
    post = await world.post(ana, "sunday", to="set", sets=(family.id, club.id))
    await world.post(ben, "yes", to="set", reply_to=post)
    for viewer, words in ((ana, ["Club &amp; friends, Family: 2 people", "2 people, beside the author"]),
                          (ben, ["2 people, beside the author"] * 2)):
        await sign_in(client, world, viewer)
        page = (await client.get(f"/@ana/{post.id}")).text
        assert re.findall(r'/recipients" rel="nofollow">([^<]*)</a>', page) == words

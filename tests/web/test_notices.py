"""Notices of answers where one merely took part; what many did is one entry, wherever a page ends."""

from __future__ import annotations

import re

import httpx

from harken import clock
from harken.actions.block import mute_conversation
from harken.actions.keep_post import favourite_post
from harken.web import lists
from tests.web.test_pages import sign_in
from tests.web.test_statuses import submit
from tests.world import World

TOLD = "answered in a conversation that you took part in"


async def test_who_took_part_is_told_of_answers_once_for_a_conversation(
    world: World, client: httpx.AsyncClient
) -> None:
    ana, ben, cyd, dora = [await world.account(name) for name in ("ana", "ben", "cyd", "dora")]
    tea = await world.post(ana, "tea?")
    await world.post(ben, "yes", reply_to=tea)
    await world.post(cyd, "me too", reply_to=tea)
    last = await world.post(dora, "and me", reply_to=tea)
    await world.settle()
    await sign_in(client, world, ben)
    page = (await client.get("/notifications")).text
    assert page.count(TOLD) == 1
    assert 'dora</b></a> and <a href="/@cyd"' in " ".join(page.split())
    assert "and me" in page  # the newest answer stands for all
    await world.post(dora, "@ben for you", reply_to=last)
    await world.settle()
    page = (await client.get("/notifications")).text
    assert page.count(TOLD) == 1  # who is answered is told of that, and not twice
    assert "mentioned you" in page

    bearer = {"Authorization": f"Bearer {await world.token(ben)}"}
    for path in ("/api/v1/notifications", "/api/v2/notifications"):  # clients hear what they always heard
        told = await client.get(path, headers=bearer)
        assert "and me" not in told.text, path
    assert (await client.get("/api/v1/notifications/unread_count", headers=bearer)).json()["count"] == 0
    asked = (await client.get("/api/v1/notifications?types[]=answer", headers=bearer)).json()
    assert [one["type"] for one in asked] == ["answer", "answer"]


async def test_one_chooses_for_all_conversations_and_for_each(world: World, client: httpx.AsyncClient) -> None:
    ana, ben, cyd = [await world.account(name) for name in ("ana", "ben", "cyd")]
    tea, coffee, other = [await world.post(ana, text) for text in ("tea?", "coffee?", "not mine")]
    await world.post(ben, "yes", reply_to=tea)
    await world.post(ben, "no", reply_to=coffee)
    await sign_in(client, world, ben)
    assert "Tell me of answers: on" in (await client.get(f"/@ana/{tea.id}")).text
    assert "Tell me of answers: off" in (await client.get(f"/@ana/{other.id}")).text
    assert (await submit(client, f"/posts/{other.id}/tell", back="/")).status_code == 303
    assert "Tell me of answers: on" in (await client.get(f"/@ana/{other.id}")).text
    for post in (tea, coffee, other):
        await world.post(cyd, f"an answer to {post.text}", reply_to=post)
    await world.settle()

    async def told() -> list[str]:
        return re.findall(r"an answer to ([\w ]+)", re.sub(r"<[^>]*>", "", (await client.get("/notifications")).text))

    assert await told() == ["not mine", "coffee", "tea"]
    await submit(client, "/settings/notifications/threads")  # off
    assert await told() == ["not mine"]
    await submit(client, f"/posts/{tea.id}/tell", back="/")
    assert await told() == ["not mine", "tea"]
    await submit(client, "/settings/notifications/threads", on="1")
    await submit(client, f"/posts/{coffee.id}/untell", back="/")
    assert await told() == ["not mine", "tea"]
    await mute_conversation(world.db, ben, other.id)
    assert await told() == ["tea"]


async def test_a_group_is_whole_wherever_a_page_ends(world: World, client: httpx.AsyncClient) -> None:
    ana = await world.account("ana")
    said = await world.post(ana, "tea?")
    fans = [await world.account(f"fan{n}") for n in range(6)]
    talker = await world.account("talker")
    for fan in fans[:3]:
        await favourite_post(world.db, fan, said.id, clock.now())
    for n in range(lists.HEARD):
        await world.post(talker, f"@ana number {n}")
    for fan in fans[3:]:
        await favourite_post(world.db, fan, said.id, clock.now())
    await world.settle()
    await sign_in(client, world, ana)
    page = (await client.get("/notifications")).text
    favourited = page.count("favourited your post")

    assert favourited == 1
    assert "and 5 others" in page
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    rest = (await client.get(following[1])).text
    assert "favourited your post" not in rest

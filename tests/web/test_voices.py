"""The qualifier of a post and who may answer it, in the box and on the card, without scripts."""

from __future__ import annotations

import re

import httpx

from harken import clock
from harken.actions.publish_post import publish
from harken.model.post import AnswerPolicy, Draft
from harken.store import posts
from tests.web.test_pages import sign_in
from tests.web.test_statuses import submit
from tests.world import World


async def test_a_post_says_what_it_does_and_who_may_answer(world: World, client: httpx.AsyncClient) -> None:
    ana, ben = await world.account("ana"), await world.account("ben")
    await sign_in(client, world, ana)
    assert 'value="asks"' in (await client.get("/compose")).text
    made = await submit(client, "/compose", text="where to?", visibility="0", language="en", verb="asks", answers="1")
    assert made.status_code == 303
    [post_id] = await posts.newest_ids(world.db, 9)
    page = (await client.get(f"/@ana/{post_id}")).text
    assert '<span class="verb verb-asks">asks</span>' in page
    assert "Friends can answer" in page
    assert 'id="box-text"' in page
    assert (await client.get(f"/edit/{post_id}")).text.count('value="asks" selected') == 1
    refused = await submit(client, "/compose", text="x", visibility="0", language="en", verb="shouts")
    assert refused.status_code == 422
    assert "qualifier" in refused.text

    assert (await submit(client, f"/posts/{post_id}/let-nobody-answer", back="/")).status_code == 303
    assert (await posts.visible_by_ids(world.db, [post_id], ben.id))[post_id].answers is AnswerPolicy.NOBODY
    await sign_in(client, world, ben)
    page = (await client.get(f"/@ana/{post_id}")).text
    assert "Whoever began this conversation lets nobody answer any more." in page
    assert 'id="box-text"' not in page
    assert "let-everybody-answer" not in page  # Ben has no say in it
    answered = await submit(
        client, "/compose", text="x", visibility="0", language="en", reply_to=str(post_id))
    assert answered.status_code == 422
    assert "lets nobody answer" in answered.text


async def test_a_huge_conversation_comes_in_pieces(world: World, client: httpx.AsyncClient) -> None:
    ana = await world.account("ana")
    root = await world.post(ana, "who is in?")
    async with world.db.transaction() as tx:
        for n in range(1000):
            await publish(tx, ana, Draft(text=f"number {n}", in_reply_to_id=root.id), clock.now())
    seen: list[str] = []
    address, pages = f"/@ana/{root.id}", 0
    while address:
        page = (await client.get(address)).text
        found = re.findall(r"<p>number (\d+)</p>", page)
        assert len(found) <= 200
        seen += found
        pages += 1
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1] if following else ""
    assert (pages, len(seen), len(set(seen))) == (5, 1000, 1000)
    assert "1000 answers" in page
    assert (await client.get(f"/@ana/{root.id}?from=99999")).status_code == 200

"""Messages: the list, a chat, writing to somebody, what is read and deleted, without scripts."""

from __future__ import annotations

import re

import httpx

from harken.store import posts
from tests.web.test_pages import sign_in
from tests.web.test_statuses import submit
from tests.world import World


def said(page: str) -> list[str]:
    """The texts of a chat, in order."""
    found = re.findall(r'<li class="bubble.*?</li>', page, re.S)
    return [re.sub(r"<[^>]*>", "", re.findall(r'<div class="text"[^>]*>(.*?)</div>', one, re.S)[0]) for one in found]


async def test_people_talk_in_private_and_each_deletes_for_themselves(world: World, client: httpx.AsyncClient) -> None:
    ana, ben = await world.account("ana"), await world.account("ben")
    await sign_in(client, world, ana)
    assert "No messages yet" in (await client.get("/messages")).text
    assert "/messages/with/ben" in (await client.get("/messages?to=be")).text
    page = (await client.get("/messages/with/ben")).text
    assert "Nothing has been said yet." in page
    made = await submit(client, "/messages/with/ben", text="lunch on Thursday?", key="k1")
    chat = made.headers["location"].removesuffix("#end")
    again = await submit(client, "/messages/with/ben", text="lunch on Thursday?", key="k1")
    assert again.headers["location"] == made.headers["location"]  # sent twice, said once
    await submit(client, chat, text="or Friday", key="k2")
    assert said((await client.get(chat)).text) == ["lunch on Thursday?", "or Friday"]
    assert (await client.get("/messages/with/ben")).headers["location"] == chat
    await world.settle()

    await sign_in(client, world, ben)
    listed = (await client.get("/messages")).text
    assert 'class="chat new"' in listed
    assert "or Friday" in listed
    page = (await client.get(chat)).text
    assert said(page) == ["lunch on Thursday?", "or Friday"]
    assert 'class="chat new"' not in (await client.get("/messages")).text
    await submit(client, chat, text="Friday it is")
    newest = (await posts.newest_ids(world.db, 1))[0]
    assert said((await client.get(f"/fragments/messages/{chat.rsplit('/')[-1]}?after={newest - 1}")).text) == [
        "Friday it is"]
    assert (await submit(client, f"{chat}/delete")).headers["location"] == "/messages"
    assert "No messages yet" in (await client.get("/messages")).text
    assert (await client.get(chat)).status_code == 404

    await sign_in(client, world, ana)
    assert said((await client.get(chat)).text)[-1] == "Friday it is"
    await submit(client, chat, text="wonderful")
    await sign_in(client, world, ben)
    assert said((await client.get(chat)).text) == ["wonderful"]  # what was deleted does not come back


async def test_what_cannot_be_sent_comes_back_with_the_reason(world: World, client: httpx.AsyncClient) -> None:
    ana, ben = await world.account("ana"), await world.account("ben")
    await world.account("cyd")
    await sign_in(client, world, ana)
    refused = await submit(client, "/messages/with/ben", text="shall we ask @cyd?")
    assert refused.status_code == 422
    assert "This names cyd too" in refused.text
    assert "shall we ask @cyd?</textarea>" in refused.text
    assert (await submit(client, "/messages/with/ben", text="   ")).status_code == 422
    assert (await client.get("/messages/with/nobody")).status_code == 404
    assert (await client.get("/messages/with/ana")).status_code == 404
    assert (await client.get("/messages/1")).status_code == 404
    assert (await client.get("/messages/x")).status_code == 404

    async with world.db.transaction() as tx:
        await tx.execute("UPDATE member SET written_by = 1 WHERE account_id = :id", id=ben.id)
    page = (await client.get("/messages/with/ben")).text
    assert "takes private messages only from people of their choosing" in page
    assert 'class="say"' not in page
    refused = await submit(client, "/messages/with/ben", text="please")
    assert refused.status_code == 422
    assert "takes private messages from people they follow only" in refused.text
    assert "please</textarea>" in refused.text  # nothing written is lost
    assert await posts.newest_ids(world.db, 1) == []


async def test_nobody_reads_the_chat_of_others(world: World, client: httpx.AsyncClient) -> None:
    ana, ben, cyd = [await world.account(name) for name in ("ana", "ben", "cyd")]
    first = await world.post(ana, "@ben psst", to="direct")
    await world.post(ben, "@ana @cyd a word with both", to="direct", reply_to=first)
    await world.settle()
    await sign_in(client, world, cyd)
    assert said((await client.get(f"/messages/{first.conversation_id}")).text) == ["a word with both"]
    dora = await world.account("dora")
    await sign_in(client, world, dora)
    assert (await client.get(f"/messages/{first.conversation_id}")).status_code == 404
    assert (await client.get(f"/fragments/messages/{first.conversation_id}")).status_code == 404
    assert (await submit(client, f"/messages/{first.conversation_id}", text="hello")).status_code == 404

"""What was written when the session had ended: kept behind the sign-in, without JavaScript, and given back."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pyotp
import pytest

from harken.model.account import Account
from harken.model.paging import Window
from harken.store import members, timelines
from harken.web.kept import LONGEST
from tests.web.test_pages import csrf, send, sign_in
from tests.world import World

pytestmark = pytest.mark.anyio
TEXT = 'The "kettle" <is> on,\r\n\r\ncome over & bring 茶'


async def member(world: World, name: str) -> Account:
    return await world.account(name, password="correct horse")


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the page's form for signing in."""
    form = re.search(r'<form method="post" action="/sign-in(?:/code)?">(.*?)</form>', page, re.S)
    assert form
    return {name: unescape(value) for name, value in re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[1])}


def written(page: str) -> str:
    """What stands in the box of a page."""
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.S)
    assert found
    return unescape(found[1])


async def after_the_end(
    client: httpx.AsyncClient, world: World, account: Account, path: str, **fields: str
) -> httpx.Response:
    """Send a form of a page that was loaded before the session ended."""
    await sign_in(client, world, account)
    token = csrf((await client.get("/compose")).text)
    await send(client, "/sign-out")
    client.cookies.clear()
    return await client.post(path, data={"csrf": token, **fields})


@pytest.mark.parametrize("fields", [{}, {"spoiler": "Tea", "visibility": "2", "verb": "asks"}])
async def test_a_post_waits_behind_the_sign_in_and_is_back_in_its_box(
    world: World, client: httpx.AsyncClient, fields: dict[str, str]
) -> None:
    alice = await member(world, "alice")
    asked = await after_the_end(client, world, alice, "/compose", text=TEXT, **fields)
    assert asked.status_code == 401
    assert "What you wrote is kept" in asked.text
    assert str(asked.url).endswith("/compose")
    wrong = await client.post("/sign-in", data=hidden(asked.text) | {"name": "alice", "password": "wrong"})
    assert wrong.status_code == 422
    back = await client.post("/sign-in", data=hidden(wrong.text) | {"name": "alice", "password": "correct horse"})
    assert back.status_code == 200
    assert written(back.text) == TEXT
    assert "location" not in back.headers
    assert await timelines.of_account(world.db, alice.id, alice.id, Window(), None or alice.created_at) == []
    assert f'name="spoiler" value="{fields.get("spoiler", "")}"' in back.text
    assert f'value="{fields.get("visibility", "0")}" title=' in back.text
    box = dict(re.findall(r'<input type="hidden" name="(csrf|key)" value="([^"]*)">', back.text))
    sent = await client.post("/compose", data=box | {"text": written(back.text), **fields})
    assert sent.status_code == 303, sent.text
    assert "bring 茶" in (await client.get("/@alice")).text


async def test_an_answer_comes_back_below_what_it_answers_or_alone_when_that_is_gone(
    world: World, client: httpx.AsyncClient
) -> None:
    alice, bob = await member(world, "alice"), await world.account("bob")
    said, secret = await world.post(bob, "Who has tea?"), await world.post(bob, "For nobody else", to="direct")
    for post, seen in ((said, True), (secret, False)):
        asked = await after_the_end(client, world, alice, "/compose", text="I have", reply_to=str(post.id))
        back = await client.post("/sign-in", data=hidden(asked.text) | {"name": "alice", "password": "correct horse"})
        assert written(back.text) == "I have"
        assert (f'name="reply_to" value="{post.id}"' in back.text) is seen
        assert ("Who has tea?" in back.text) is seen
        assert "For nobody else" not in back.text


@pytest.mark.parametrize("chat", ["with/bob", "number", "with/nobody", "77"])
async def test_a_message_comes_back_in_its_chat(world: World, client: httpx.AsyncClient, chat: str) -> None:
    alice, bob = await member(world, "alice"), await world.account("bob")
    if chat == "number":
        chat = str((await world.post(bob, "@alice a word", to="direct")).conversation_id)
    asked = await after_the_end(client, world, alice, f"/messages/{chat}", text="Come by at four")
    back = await client.post("/sign-in", data=hidden(asked.text) | {"name": "alice", "password": "correct horse"})
    assert written(back.text) == "Come by at four"
    known = chat not in ("with/nobody", "77")
    assert ('action="/messages/' in back.text.partition("<textarea")[0]) is known
    if not known:  # never wider than it was meant
        assert re.search(r'<option value="4"[^>]* selected', back.text)


async def test_the_second_step_keeps_it_too(world: World, client: httpx.AsyncClient) -> None:
    alice = await member(world, "alice")
    secret = pyotp.random_base32()
    async with world.db.transaction() as tx:
        await members.set_second_step(tx, alice.id, secret, [])
    asked = await after_the_end(client, world, alice, "/compose", text=TEXT)
    step = await client.post("/sign-in", data=hidden(asked.text) | {"name": "alice", "password": "correct horse"})
    back = await client.post("/sign-in/code", data=hidden(step.text) | {"code": pyotp.TOTP(secret).now()})
    assert written(back.text) == TEXT


async def test_what_cannot_be_kept_leads_to_the_sign_in_as_ever(world: World, client: httpx.AsyncClient) -> None:
    for fields in ({}, {"text": "  "}, {"text[x]": "deep"}):
        answer = await client.post("/compose", data=fields)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/")
    scripted = await client.post("/compose", data={"text": "kept there"}, headers={"Sec-Fetch-Dest": "empty"})
    assert scripted.status_code == 303
    long = await client.post("/compose", data={"text": "x" * (LONGEST + 500), "visibility": "-7x"})
    assert long.status_code == 401
    assert hidden(long.text)["kept[text]"] == "x" * LONGEST
    huge = await client.post(
        "/compose", data={"text": "x"}, files={"file[]": ("a.bin", b"0" * 16_100_000, "image/png")})
    assert huge.status_code == 303


async def test_foreign_forms_sign_nobody_in_and_bad_fields_break_nothing(
    world: World, client: httpx.AsyncClient
) -> None:
    await member(world, "alice")
    given = {"name": "alice", "password": "correct horse", "kept[text]": "Buy this"}
    assert (await client.post("/sign-in", data=given)).status_code == 403
    asked = await client.post("/compose", data={"text": "x"})
    bad = hidden(asked.text) | given | {"kept[visibility]": "99", "kept[chat]": "../x", "kept[reply_to]": "9" * 40}
    back = await client.post("/sign-in", data=bad)
    assert back.status_code == 200
    assert written(back.text) == "Buy this"

"""What the reply check stops at other doors than the desk's own, in the browser without scripts and in programs."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.web.test_answering import BAD, Clinic, box, clinic
from tests.web.test_pages import send, sign_in
from tests.world import World

__all__ = ["clinic"]


async def test_the_ordinary_box_names_the_words_says_why_and_opens_the_desks_box_with_the_text(
    world: World, client: httpx.AsyncClient, clinic: Clinic
) -> None:
    page = await send(client, "/compose", text=BAD, reply_to=str(clinic.post.id), visibility="1")
    assert page.status_code == 422
    assert '<mark title="confirms that somebody is or was a patient">your surgery</mark>' in page.text
    assert "You help at the desk “Clinic”, and this conversation is one of its cases." in page.text
    assert "Call 555-0123" in page.text
    assert re.search(r'<textarea id="box-text"[^>]*aria-describedby="stopped">\n' + re.escape(BAD), page.text)
    assert 'class="error" id="box-error"' not in page.text
    form = re.search(r'<section class="card stopped".*?</section>', page.text, re.S)
    assert form is not None
    fields = dict(re.findall(r'<input type="hidden" name="(text|visibility)" value="([^"]*)">', form[0]))
    assert fields == {"text": BAD, "visibility": "unlisted"}
    assert f'action="{clinic.case}/fill"' in form[0]
    assert box((await send(client, f"{clinic.case}/fill", **fields)).text) == BAD
    offered = box((await send(client, f"{clinic.case}/fill", **fields, offer="1")).text)
    assert offered.startswith("@ann We never say in public")
    sent = await send(client, "/compose", text="@ann please call us", reply_to=str(clinic.post.id))
    assert sent.status_code == 303


async def test_a_lead_reads_that_they_may_let_it_pass_at_the_desk(
    world: World, client: httpx.AsyncClient, clinic: Clinic
) -> None:
    await sign_in(client, world, clinic.people["lea"])
    page = await send(client, "/compose", text=BAD, reply_to=str(clinic.post.id))
    assert "As you lead this desk, you can let them pass there" in page.text


async def test_messages_edits_and_commands_say_it_too(
    world: World, client: httpx.AsyncClient, clinic: Clinic
) -> None:
    message = await send(client, "/messages/with/ann", text="How is your surgery?", key="k")
    assert message.status_code == 422
    assert "this reaches somebody of its cases" in message.text
    assert '<input type="hidden" name="visibility" value="direct">' in message.text
    mine = await world.post(clinic.people["hal"], "please call us", reply_to=clinic.post)
    edit = await send(client, f"/edit/{mine.id}", text=BAD)
    assert edit.status_code == 422
    assert "this conversation is one of its cases" in edit.text
    await world.follows(clinic.people["ann"], clinic.people["hal"])
    command = await send(client, "/compose", text="d ann How is your surgery?", key="c")
    assert command.status_code == 422
    assert "answer from the desk" in command.text
    assert "Nothing was sent" in command.text


@pytest.mark.parametrize("visibility", ["public", "direct"])
async def test_programs_get_a_plain_error(
    world: World, client: httpx.AsyncClient, clinic: Clinic, visibility: str
) -> None:
    headers = {"Authorization": f"Bearer {await world.token(clinic.people['hal'])}"}
    answer = await client.post("/api/v1/statuses", headers=headers, json={
        "status": BAD, "in_reply_to_id": str(clinic.post.id), "visibility": visibility})
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("The reply check stopped this: it says “Thank you for choosing”, ")
    old = await client.post("/statuses/update.json", headers=headers, data={
        "status": BAD, "in_reply_to_status_id": str(clinic.post.id)})
    assert old.status_code == 400  # there was no 422 in 2008
    assert old.json()["error"].startswith("The reply check stopped this")
    good = await client.post("/api/v1/statuses", headers=headers, json={
        "status": "@ann please call us", "in_reply_to_id": str(clinic.post.id), "visibility": visibility})
    assert good.status_code == 200
    assert good.json()["visibility"] == visibility

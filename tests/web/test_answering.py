"""Answering for a desk in the browser, as it is without scripts."""

from __future__ import annotations

import re

import httpx
import pytest

from harken import clock
from harken.actions.delete_post import delete_post
from harken.actions.keep_desk import DeskDraft, change_desk, open_desk
from harken.actions.keep_desk_ear import keep_desk_ear
from harken.actions.staff_desk import staff_desk
from harken.actions.work_case import Move, Verb, work_cases
from harken.model.account import Account, Role
from harken.model.desk import Desk, DeskRole
from harken.model.post import Post
from tests.web.test_pages import send, sign_in
from tests.world import World

BAD = "@ann Thank you for choosing us for your surgery!"


class Clinic:
    """A desk for health care, its people, and somebody who asks; the browser is a helper's."""

    def __init__(self, desk: Desk, people: dict[str, Account], post: Post) -> None:
        self.desk, self.people, self.post = desk, people, post
        self.path, self.case = f"/desks/{desk.id}", f"/desks/{desk.id}/cases/{post.id}"


@pytest.fixture
async def clinic(world: World, client: httpx.AsyncClient) -> Clinic:
    people = {"lea": await world.account("lea", role=Role.MODERATOR)}
    for name in ("hal", "bea", "rea", "ann"):
        people[name] = await world.account(name, hearable=name == "ann")
    now = clock.now()
    desk = await open_desk(world.db, people["lea"], DeskDraft(
        name="Clinic", kind="health", emergency="Call 112", channel="Call 555-0123"), now)
    for name, role in (("hal", DeskRole.HELPER), ("bea", DeskRole.HELPER), ("rea", DeskRole.READER)):
        await staff_desk(world.db, people["lea"], desk.id, people[name].id, role, now)
    await keep_desk_ear(world.db, people["lea"], desk.id, "clinic", now, "Care")
    await world.settle()
    post = await world.post(people["ann"], "which clinic? I want to die")
    await world.settle()
    await sign_in(client, world, people["hal"])
    return Clinic(desk, people, post)


def box(page: str) -> str:
    """What stands in the answer box."""
    found = re.search(r'<textarea id="answer-text"[^>]*>(.*?)</textarea>', page, re.S)
    assert found is not None
    return found[1]


async def test_words_that_confirm_a_patient_are_marked_and_other_words_offered(
    world: World, client: httpx.AsyncClient, clinic: Clinic
) -> None:
    stopped = await send(client, f"{clinic.case}/answer", text=BAD, visibility="public")
    assert stopped.status_code == 422
    assert '<mark title="confirms that somebody is or was a patient">your surgery</mark>' in stopped.text
    assert box(stopped.text) == BAD
    assert "Call 555-0123" in stopped.text
    assert 'name="override"' not in stopped.text
    offered = await send(client, f"{clinic.case}/fill", offer="1", text=BAD)
    assert box(offered.text).startswith("@ann We never say in public")
    assert box(offered.text).endswith("Call 555-0123")
    await sign_in(client, world, clinic.people["lea"])
    stopped = await send(client, f"{clinic.case}/answer", text=BAD)
    assert 'name="override"' in stopped.text
    sent = await send(client, f"{clinic.case}/answer", text=BAD, override="she agreed")
    assert sent.status_code == 303
    record = re.sub(r"\s+", " ", (await client.get(f"{clinic.path}/record")).text)
    assert "let an answer pass that the reply check had stopped" in record
    assert "patient: she agreed" in record


async def test_saved_replies_and_the_emergency_text_go_below_what_was_typed(
    world: World, client: httpx.AsyncClient, clinic: Clinic
) -> None:
    refused = await send(client, f"{clinic.path}/replies", name="Hello", text="Hello {nobody}")
    assert refused.status_code == 422
    assert "Hello {nobody}" in refused.text
    await send(client, f"{clinic.path}/replies", name="Hello", text="Hello {name}, {helper} here. {channel}")
    page = (await client.get(f"{clinic.path}/replies")).text
    reply = re.findall(r'id="reply-(\d+)"', page)[0]
    filled = await send(client, f"{clinic.case}/fill", saved=reply, text="@ann ", visibility="direct")
    assert box(filled.text) == "@ann Hello ann, hal here. Call 555-0123"
    assert '<option value="direct" selected>' in filled.text
    below = await send(client, f"{clinic.case}/fill", offer="emergency", text="@ann I am here.")
    assert box(below.text) == "@ann I am here.\n\nCall 112"
    unknown = await send(client, f"{clinic.case}/fill", saved="77", text="what I wrote")
    assert unknown.status_code == 422
    assert box(unknown.text) == "what I wrote"
    await send(client, f"{clinic.path}/replies/{reply}", name="Hi", text="Hi")
    assert "<h2 dir=\"auto\">Hi</h2>" in (await client.get(f"{clinic.path}/replies")).text
    await send(client, f"{clinic.path}/replies/{reply}/drop")
    assert "Hi</h2>" not in (await client.get(f"{clinic.path}/replies")).text
    await sign_in(client, world, clinic.people["rea"])
    assert "A new saved reply" not in (await client.get(f"{clinic.path}/replies")).text
    assert (await send(client, f"{clinic.path}/replies", name="x", text="x")).status_code == 403


async def test_a_draft_is_asked_for_given_back_and_approved_by_somebody_else(
    world: World, client: httpx.AsyncClient, clinic: Clinic
) -> None:
    await change_desk(world.db, clinic.people["lea"], clinic.desk.id, DeskDraft(approval=True), clock.now())
    assert ">Ask for approval<" in (await client.get(clinic.case)).text
    refused = await send(client, f"{clinic.case}/answer", text="@ann call us")
    assert refused.status_code == 422
    assert box(refused.text) == "@ann call us"
    await send(client, f"{clinic.case}/ask", text="@ann call us", draft_version="0")
    page = (await client.get(clinic.case)).text
    assert "Whoever wrote in it cannot approve it" in page
    assert "Approve and send" not in page
    await sign_in(client, world, clinic.people["bea"])
    assert "waits for a second person" in (await client.get(f"{clinic.path}/drafts")).text
    assert 'title="waiting for a second person">1</span>' in (await client.get(clinic.path)).text
    stale = await send(client, f"{clinic.case}/draft", text="@ann mine", draft_version="0")
    assert stale.status_code == 409
    assert box(stale.text) == "@ann mine"
    await send(client, f"{clinic.case}/return", draft_version="1", remark="say when")
    await sign_in(client, world, clinic.people["hal"])
    page = (await client.get(clinic.case)).text
    assert "say when" in page
    assert box(page) == "@ann call us"
    assert page.count("@ann call us") == 1
    stale = await send(client, f"{clinic.case}/draft", text="@ann other words", draft_version="1")
    assert box(stale.text) == "@ann other words"
    assert '<blockquote class="told" dir="auto">@ann call us</blockquote>' in stale.text
    await send(client, f"{clinic.case}/ask", text="@ann call us at nine", draft_version="2")
    await sign_in(client, world, clinic.people["bea"])
    assert "Approve and send" in (await client.get(clinic.case)).text
    assert (await send(client, f"{clinic.case}/approve", draft_version="3")).status_code == 303
    said = (await client.get(f"/@ann/{clinic.post.id}")).text
    assert "call us at nine" in said
    assert "answers at Clinic" in said
    assert "No answer is being written" in (await client.get(f"{clinic.path}/drafts")).text


async def test_whoever_approves_too_late_sees_what_was_said_and_the_draft_is_still_there(
    world: World, client: httpx.AsyncClient, clinic: Clinic
) -> None:
    await send(client, f"{clinic.case}/ask", text=BAD)
    await sign_in(client, world, clinic.people["lea"])
    stopped = await send(client, f"{clinic.case}/approve", draft_version="1")
    assert stopped.status_code == 422
    assert '<mark title="confirms that somebody is or was a patient">your surgery</mark>' in stopped.text
    assert 'id="approve-override"' in stopped.text
    await send(client, f"{clinic.case}/answer", text="@ann call us", draft_version="0")
    late = await send(client, f"{clinic.case}/approve", draft_version="1", override="she agreed", take="yes")
    assert late.status_code == 409
    assert "first-answer" in late.text
    assert box(late.text) == BAD
    changed = await send(client, f"{clinic.case}/discard", draft_version="7")
    assert changed.status_code == 409
    assert box(changed.text) == BAD


async def test_an_answer_is_planned_shown_to_all_and_taken_back(
    world: World, client: httpx.AsyncClient, clinic: Clinic
) -> None:
    for later in ("", "soon", "2001-01-01T10:00"):
        refused = await send(client, f"{clinic.case}/plan", text="@ann call us", later=later)
        assert refused.status_code == 422, later
        assert box(refused.text) == "@ann call us"
    later = clock.now().replace(year=clock.now().year + 1).strftime("%Y-%m-%dT%H:%M")
    assert (await send(client, f"{clinic.case}/plan", text="@ann call us", later=later)).status_code == 303
    await sign_in(client, world, clinic.people["bea"])
    page = (await client.get(clinic.case)).text
    assert "Planned for" in page
    assert "call us" in page
    assert (await send(client, f"{clinic.case}/return", draft_version="1")).status_code == 303
    assert "Shared draft" in (await client.get(clinic.case)).text
    await send(client, f"{clinic.case}/discard", draft_version="2")
    assert "Shared draft" not in (await client.get(clinic.case)).text


async def test_whoever_answers_a_post_that_was_deleted_keeps_their_words(
    world: World, client: httpx.AsyncClient, clinic: Clinic
) -> None:
    await client.get(clinic.case)
    await delete_post(world.db, clinic.people["ann"], clinic.post.id, clock.now())
    gone = await send(client, f"{clinic.case}/answer", text="@ann I wrote for an hour")
    assert gone.status_code == 404
    assert "I wrote for an hour" in gone.text
    filled = await send(client, f"{clinic.case}/fill", text="@ann I wrote for an hour", offer="emergency")
    assert filled.status_code == 404
    assert "I wrote for an hour" in filled.text


async def test_readers_and_strangers_have_no_box_and_no_drafts(
    world: World, client: httpx.AsyncClient, clinic: Clinic
) -> None:
    await send(client, f"{clinic.case}/draft", text="@ann secret words")
    await sign_in(client, world, clinic.people["rea"])
    page = (await client.get(clinic.case)).text
    assert "secret words" not in page
    assert 'id="answer-text"' not in page
    assert (await client.get(f"{clinic.path}/drafts")).status_code == 403
    await sign_in(client, world, clinic.people["ann"])
    for path in ("/drafts", "/replies"):
        assert (await client.get(f"{clinic.path}{path}")).status_code == 404
    for verb in ("answer", "draft", "ask", "plan", "approve", "return", "discard", "fill"):
        assert (await send(client, f"{clinic.case}/{verb}", text="x")).status_code == 404


async def test_helpers_read_what_was_handed_over_to_them_asked_of_them_and_sent_back(
    world: World, client: httpx.AsyncClient, clinic: Clinic
) -> None:
    bea = clinic.people["bea"]
    said = [await world.post(clinic.people["ann"], f"which clinic {number}?") for number in range(7)]
    await world.settle()
    move, now = Move(verb=Verb.HAND, to=bea.id), clock.now()
    await work_cases(
        world.db, clinic.people["hal"], clinic.desk.id, [post.conversation_id for post in said], move, now)
    asked = await send(client, f"{clinic.case}/ask", text="Call <us> soon.", visibility="public")
    assert asked.status_code == 303
    await world.settle()
    await sign_in(client, world, bea)
    page = re.sub(r"\s+", " ", (await client.get("/notifications")).text)
    assert "handed 7 cases over to you" in page
    assert "asks you to approve an answer" in page
    assert page.count('<li class="unread">') == 2
    assert page.count('class="extract"') == 5 + 1
    assert f'<a href="{clinic.path}?tab=mine">and 2 more</a>' in page
    assert f'href="{clinic.case}#draft"' in page
    back = await send(client, f"{clinic.case}/return", draft_version="1", remark="Say <when>.")
    assert back.status_code == 303
    await world.settle()
    assert "asks you to approve an answer" not in (await client.get("/notifications")).text
    await sign_in(client, world, clinic.people["hal"])
    page = (await client.get("/notifications")).text
    assert "sent your answer back" in page
    assert "Say &lt;when&gt;." in page

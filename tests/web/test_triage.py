"""A desk's queue in the browser, as it is without scripts."""

from __future__ import annotations

import re

import httpx
import pytest

from harken import clock
from harken.actions.keep_desk import DeskDraft, open_desk
from harken.actions.keep_desk_ear import keep_desk_ear
from harken.actions.staff_desk import staff_desk
from harken.model.account import Account, Role
from harken.model.desk import DeskRole
from tests.web.test_pages import send, sign_in
from tests.world import World


class Scene:
    """A desk with a lead, a helper and a reader; the browser is the helper's."""

    def __init__(self, path: str, people: dict[str, Account]) -> None:
        self.path, self.people = path, people


@pytest.fixture
async def scene(world: World, client: httpx.AsyncClient) -> Scene:
    people = {"lea": await world.account("lea", role=Role.MODERATOR)}
    for name in ("hal", "rea", "ann"):
        people[name] = await world.account(name, hearable=name == "ann")
    now = clock.now()
    draft = DeskDraft(name="Night team", emergency="Call 112")
    desk = await open_desk(world.db, people["lea"], draft, now)
    await staff_desk(world.db, people["lea"], desk.id, people["hal"].id, DeskRole.HELPER, now)
    await staff_desk(world.db, people["lea"], desk.id, people["rea"].id, DeskRole.READER, now)
    await keep_desk_ear(world.db, people["lea"], desk.id, "clinic", now, "Care")
    await world.settle()
    await sign_in(client, world, people["hal"])
    return Scene(f"/desks/{desk.id}", people)


def said(page: str) -> list[str]:
    """The texts of a queue, in order."""
    return re.findall(r'<span class="words" dir="auto">(.*?)</span>', page, re.S)


async def test_the_queue_shows_who_asks_first_and_why(
    world: World, client: httpx.AsyncClient, scene: Scene
) -> None:
    assert "Nobody waits for you" in (await client.get(scene.path)).text
    await world.post(scene.people["ann"], "our clinic offers tea")
    await world.post(scene.people["ann"], "can anyone recommend a clinic?")
    await world.settle()
    page = (await client.get(scene.path)).text
    assert said(page) == ["can anyone recommend a clinic?", "our clinic offers tea"]
    assert "asks who knows" in page
    assert "nobody has answered" in page
    assert "Take it" in page
    assert "2 open" in (await client.get("/desks")).text
    narrowed = (await client.get(f"{scene.path}?q=tea")).text
    assert said(narrowed) == ["our clinic offers tea"]
    assert (await client.get(f"{scene.path}?q=a+OR")).status_code == 422
    await sign_in(client, world, scene.people["rea"])
    read = (await client.get(scene.path)).text
    assert said(read) == said(page)
    assert "Take it" not in read
    await sign_in(client, world, scene.people["ann"])
    assert (await client.get(scene.path)).status_code == 404


async def test_a_case_is_taken_answered_and_closed_without_scripts(
    world: World, client: httpx.AsyncClient, scene: Scene
) -> None:
    post = await world.post(scene.people["ann"], "which clinic?")
    earlier = await world.post(scene.people["ann"], "the clinic by the lake")
    quiet = await world.account("quiet", hearable=False)
    await world.post(quiet, "not for desks", reply_to=post)
    await world.settle()
    case = f"{scene.path}/cases/{post.id}"
    page = (await client.get(case)).text
    assert "the clinic by the lake" in page
    assert "not for desks" not in page
    assert "1 more post, by somebody whom desks do not hear" in page
    assert str(earlier.id) in page
    assert (await send(client, f"{case}/claim")).headers["location"] == case
    assert "taken: " in re.sub(r"\s+", " ", (await client.get(case)).text)
    answer = await send(client, f"{case}/answer", text="@ann come to us", visibility="public", known_answer_id="0")
    assert answer.headers["location"] == case
    assert "come to us" in (await client.get(case)).text
    assert "answers at Night team" in (await client.get(f"/@ann/{post.id}")).text
    assert said((await client.get(f"{scene.path}?tab=waiting")).text) == ["which clinic?"]
    await sign_in(client, world, scene.people["lea"])
    second = await send(client, f"{case}/answer", text="@ann or to me", visibility="public", known_answer_id="0")
    assert second.status_code == 409
    assert "Somebody of your desk has answered meanwhile" in second.text
    assert "first-answer" in second.text
    assert "@ann or to me" in second.text
    taken = await send(client, f"{case}/done")
    assert taken.status_code == 409
    assert "Do it all the same" in taken.text
    assert (await send(client, f"{case}/done", take="yes", back=scene.path)).headers["location"] == scene.path
    assert said((await client.get(f"{scene.path}?tab=done")).text) == ["which clinic?"]
    record = (await client.get(f"{scene.path}/record")).text
    assert "closed a case" in record


async def test_what_somebody_else_holds_is_handed_over_only_when_said_twice(
    world: World, client: httpx.AsyncClient, scene: Scene
) -> None:
    post = await world.post(scene.people["ann"], "clinic?")
    await world.settle()
    case = f"{scene.path}/cases/{post.id}"
    await send(client, f"{case}/claim")
    await sign_in(client, world, scene.people["lea"])
    stopped = await send(client, f"{case}/hand", to=str(scene.people["lea"].id))
    assert stopped.status_code == 409
    asked = dict(re.findall(r'name="(take|to|until|reason)" value="([^"]*)"', stopped.text.split("Do it all")[0]))
    assert asked == {"take": "yes", "to": str(scene.people["lea"].id), "until": "", "reason": ""}
    assert (await send(client, f"{case}/hand", **asked)).status_code == 303
    assert said((await client.get(f"{scene.path}?tab=mine")).text) == ["clinic?"]


async def test_many_are_moved_at_once_and_what_could_not_be_is_said(
    world: World, client: httpx.AsyncClient, scene: Scene
) -> None:
    made = [await world.post(scene.people["ann"], f"clinic {number}?") for number in range(3)]
    await world.settle()
    answer = await client.post(f"{scene.path}/moves", data={
        "csrf": re.findall(r'name="csrf" value="(\w+)"', (await client.get(scene.path)).text)[0],
        "cases[]": [str(made[0].id), str(made[1].id), "77"], "verb": "done", "back": f"{scene.path}?tab=open&q="})
    assert answer.status_code == 303
    page = (await client.get(answer.headers["location"])).text
    assert "2 cases moved" in page
    assert "1 could not be" in page
    assert said(page) == ["clinic 2?"]


async def test_words_that_cannot_wait_come_with_the_desks_own_text(
    world: World, client: httpx.AsyncClient, scene: Scene
) -> None:
    post = await world.post(scene.people["ann"], "the clinic sent me away and I want to die")
    for number in range(3):
        await world.post(scene.people["ann"], f"I need help, can anyone recommend a clinic {number}?")
    await world.settle()
    assert said((await client.get(scene.path)).text)[0].startswith("the clinic sent me away")
    page = (await client.get(f"{scene.path}/cases/{post.id}")).text
    assert "This cannot wait" in page
    assert "Call 112" in page


async def test_who_looks_and_types_is_shown_to_the_others(
    world: World, client: httpx.AsyncClient, scene: Scene
) -> None:
    post = await world.post(scene.people["ann"], "clinic?")
    await world.settle()
    case = f"{scene.path}/cases/{post.id}"
    assert (await send(client, f"{case}/presence", typing="yes")).status_code == 200
    await sign_in(client, world, scene.people["lea"])
    assert "hal is typing" in (await client.get(scene.path)).text
    assert "hal is typing" in (await client.get(f"/fragments{case}/who")).text
    await sign_in(client, world, scene.people["hal"])
    await send(client, f"{case}/presence", gone="yes")
    await sign_in(client, world, scene.people["lea"])
    assert "hal is" not in (await client.get(scene.path)).text


async def test_a_row_of_the_list_is_asked_for_alone_and_knows_where_it_belongs(
    world: World, client: httpx.AsyncClient, scene: Scene
) -> None:
    post = await world.post(scene.people["ann"], "clinic?")
    await world.settle()
    row = f"/fragments{scene.path}/cases/{post.id}"
    assert 'data-here="yes"' in (await client.get(row)).text
    assert 'data-here="no"' in (await client.get(f"{row}?q=tea")).text
    await send(client, f"{scene.path}/cases/{post.id}/done")
    assert 'data-here="no"' in (await client.get(row)).text
    assert 'data-here="yes"' in (await client.get(f"{row}?tab=done")).text
    assert (await client.get(f"/fragments{scene.path}/cases/77")).status_code == 404


@pytest.mark.parametrize("verb, given", [
    ("snooze", {"until": "soon"}), ("snooze", {"until": "2001-01-01T00:00:00+00:00"}), ("snooze", {}),
    ("snooze", {"until": "2030-01-01T00:00:00"}), ("hand", {"to": "77"}), ("hand", {}),
    ("noise", {"reason": "x" * 201})])
async def test_what_cannot_be_done_says_why_on_the_cases_page(
    world: World, client: httpx.AsyncClient, scene: Scene, verb: str, given: dict[str, str]
) -> None:
    post = await world.post(scene.people["ann"], "clinic?")
    await world.settle()
    answer = await send(client, f"{scene.path}/cases/{post.id}/{verb}", **given)
    assert answer.status_code == 422
    assert 'class="error"' in answer.text

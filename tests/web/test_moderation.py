"""The pages of moderators, and what people read of decisions about them; without JavaScript."""

from __future__ import annotations

import csv
import re
from typing import Any

import httpx
import pytest

from harken import clock
from harken.actions.appeal import judge_appeal
from harken.actions.change_state import change_role
from harken.actions.create_account import create_account
from harken.actions.file_report import file_report
from harken.actions.moderate_account import act_on_account
from harken.errors import NotAllowed
from harken.model.account import Account, Role, State
from harken.model.moderation import Measure, Report
from harken.model.paging import Window
from harken.store import appeals, moderation, posts, reports
from tests.world import World

PASSWORD = "seven small lanterns"


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page[:2000]
    return found[1]


class Browser:
    """Somebody at a browser without JavaScript."""

    def __init__(self, client: httpx.AsyncClient, cookies: dict[str, str]) -> None:
        self.client, self.cookies = client, cookies

    async def get(self, path: str) -> httpx.Response:
        self.client.cookies.clear()
        self.client.cookies.update(self.cookies)
        return await self.client.get(path)

    async def send(self, path: str, at: str = "", **given: Any) -> httpx.Response:
        """Fill in the form of page `at` (of `path`, else) and send it to `path`."""
        token = csrf((await self.get(at or path)).text)
        return await self.client.post(path, data={"csrf": token, **given})


async def browser(world: World, client: httpx.AsyncClient, account: Account) -> Browser:
    return Browser(client, await world.cookies(account))


async def reported(world: World, by: Account, about: Account, **given: object) -> Report:
    return await file_report(world.db, by, about.id, clock.now(), comment="Please look.", **given)  # type: ignore[arg-type]


async def test_from_report_to_appeal_and_back(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob", password=PASSWORD)
    rose, dora = [await world.account(name, role=Role.MODERATOR) for name in ("rose", "dora")]
    post = await world.post(bob, "buy my lanterns")
    report = await reported(world, alice, bob, post_ids=[post.id])
    roses, doras, bobs = [await browser(world, client, one) for one in (rose, dora, bob)]

    assert "/moderation/reports" in (await roses.get("/moderation")).text
    assert f"/moderation/reports/{report.id}" in (await roses.get("/moderation/reports")).text
    page = (await roses.get(f"/moderation/reports/{report.id}")).text
    assert "buy my lanterns" in page
    assert "Please look." in page
    await roses.send(f"/moderation/reports/{report.id}", what="assign")
    assert "taken on by @rose" in (await doras.get("/moderation/reports?state=open")).text
    await roses.send(f"/moderation/reports/{report.id}", what="note", text="The third time.")
    assert "The third time." in (await doras.get(f"/moderation/reports/{report.id}")).text

    where = f"/moderation/people/{bob.id}/decision"
    given = {"report": str(report.id), "measure": "silence", "text": "No advertising here.", "posts[]": str(post.id)}
    asked = await roses.send(where, at=f"{where}?report={report.id}", **given)
    assert "No, go back" in asked.text
    assert (await world.again(bob)).state is State.ACTIVE  # nothing by accident
    done = await roses.client.post(where, data={"csrf": csrf(asked.text), "sure": "1", **given})
    assert done.status_code == 303
    assert (await world.again(bob)).state is State.LIMITED
    found = await reports.find(world.db, report.id)
    assert found
    assert found.resolved_by == rose.id
    [warning] = await reports.warnings_of(world.db, bob.id)
    await world.settle()

    assert f"/decisions/{warning.id}" in (await bobs.get("/notifications")).text
    page = (await bobs.get(f"/decisions/{warning.id}")).text
    assert "No advertising here." in page
    assert "buy my lanterns" in page
    assert "rose" not in page.replace("prose", "")  # moderators answer together
    assert (await bobs.send(f"/decisions/{warning.id}", text=" ")).status_code == 422
    assert (await bobs.send(f"/decisions/{warning.id}", text="They are a gift.")).status_code == 303
    assert "It waits for another moderator" in (await bobs.get(f"/decisions/{warning.id}")).text

    page = (await roses.get(f"/moderation/appeals/{warning.id}")).text
    assert "They are a gift." in page
    assert "Send the judgement" not in page  # she decided it herself
    refused = await roses.client.post(f"/moderation/appeals/{warning.id}", data={
        "csrf": csrf((await roses.get("/moderation")).text), "answer": "decline", "words": "no", "sure": "1"})
    assert refused.status_code == 403
    where = f"/moderation/appeals/{warning.id}"
    assert (await doras.send(where, answer="decline", words="", sure="1")).status_code == 422
    assert (await doras.send(where, answer="accept", words="You are right.")).status_code == 422  # not sure
    assert (await doras.send(where, answer="accept", words="You are right.", sure="1")).status_code == 303
    assert (await world.again(bob)).state is State.ACTIVE
    await world.settle()
    told = (await bobs.get("/notifications")).text
    assert "accepted your appeal" in told
    assert "You are right." in (await bobs.get(f"/decisions/{warning.id}")).text
    assert [act.act for act in await moderation.acts(world.db, Window(limit=9))] == [
        "accept_appeal", "resolve_report", "silence", "assign_report"]


async def test_who_is_suspended_reads_why_and_appeals(world: World, client: httpx.AsyncClient) -> None:
    bob = await world.account("bob", password=PASSWORD)
    rose, dora = [await world.account(name, role=Role.MODERATOR) for name in ("rose", "dora")]
    await act_on_account(world.db, rose, bob.id, Measure.SUSPEND, clock.now(), text="Threats.", tell=True)
    page = await client.get("/sign-in")
    wrong = await client.post("/sign-in", data={"csrf": csrf(page.text), "name": "bob", "password": "not it"})
    assert wrong.status_code == 422
    answer = await client.post("/sign-in", data={"csrf": csrf(page.text), "name": "bob", "password": PASSWORD})
    assert answer.status_code == 303
    assert "harken_session" not in answer.cookies
    where = answer.headers["location"]
    assert where.startswith("/decided/")
    page = await client.get(where)
    assert "Threats." in page.text
    [warning] = await reports.warnings_of(world.db, bob.id)
    sent = await client.post(f"{where}/{warning.id}", data={"csrf": csrf(page.text), "text": "That was a song."})
    assert sent.status_code == 303
    again = await client.post(f"{where}/{warning.id}", data={"csrf": csrf(page.text), "text": "And again."})
    assert again.status_code == 422
    assert (await client.get("/decided/nonsense")).status_code == 404
    await judge_appeal(world.db, dora, warning.id, clock.now(), accept=True, words="")
    assert (await world.again(bob)).state is State.ACTIVE


async def test_removed_posts_are_gone_and_their_author_reads_which(world: World, client: httpx.AsyncClient) -> None:
    bob, rose = await world.account("bob"), await world.account("rose", role=Role.MODERATOR)
    post, kept, secret = await world.post(bob, "a cruel joke"), await world.post(bob, "a kind one"), await world.post(
        bob, "between us", to="direct")
    roses = await browser(world, client, rose)
    where = f"/moderation/people/{bob.id}/decision"
    assert "between us" not in (await roses.get(where)).text
    none = await roses.send(where, measure="remove", text="Cruel.")
    assert none.status_code == 422
    chosen: dict[str, Any] = {"posts[]": [str(post.id), str(secret.id)]}
    sent = await roses.send(where, measure="remove", text="Cruel.", sure="1", **chosen)
    assert sent.status_code == 303
    assert await posts.find(world.db, post.id) is None
    assert await posts.find(world.db, kept.id) is not None
    assert await posts.find(world.db, secret.id) is not None  # nobody who heard it has reported it
    page = (await (await browser(world, client, bob)).get("/decisions")).text
    assert "a cruel joke" in page
    assert "between us" not in page


async def test_private_posts_are_read_on_purpose_and_on_record(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    rose = await world.account("rose", role=Role.MODERATOR)
    post = await world.post(bob, "@alice I know where you live", to="direct")
    report = await reported(world, alice, bob, post_ids=[post.id])
    roses = await browser(world, client, rose)
    page = (await roses.get(f"/moderation/reports/{report.id}")).text
    assert "where you live" not in page
    assert "where you live" not in (await roses.get(f"/moderation/people/{bob.id}/decision?report={report.id}")).text
    assert await moderation.acts(world.db, Window(limit=9)) == []
    page = (await roses.send(f"/moderation/reports/{report.id}", what="read")).text
    assert "where you live" in page
    [act] = await moderation.acts(world.db, Window(limit=9))
    assert (act.actor, act.act, act.about_id) == ("rose", "read_private_posts", report.id)
    # It may be removed, for somebody who heard it has reported it; no other moderator reads it by that.
    warning = await act_on_account(
        world.db, rose, bob.id, Measure.REMOVE, clock.now(), text="A threat.", report_id=report.id)
    assert await posts.find(world.db, post.id) is None
    assert (warning.post_ids, warning.removed) == ([post.id], [])


async def test_nobody_judges_themselves_or_somebody_above(world: World, client: httpx.AsyncClient) -> None:
    alice, rose, dora = await world.account("alice"), await world.account(
        "rose", role=Role.MODERATOR), await world.account("dora", role=Role.MODERATOR)
    ada = await world.account("ada", role=Role.ADMINISTRATOR)
    about_rose, about_ada = await reported(world, alice, rose), await reported(world, alice, ada)
    await world.settle()
    roses = await browser(world, client, rose)
    # Who reported her she does not learn: neither here nor from a notification.
    assert (await roses.get(f"/moderation/reports/{about_rose.id}")).status_code == 404
    assert str(about_rose.id) not in (await roses.get("/moderation/reports?state=all")).text
    assert str(about_rose.id) not in (await roses.get("/notifications")).text
    assert str(about_rose.id) in (await (await browser(world, client, dora)).get("/notifications")).text
    for report in (about_rose, about_ada):
        for what in ("close", "assign"):
            sent = await roses.send(f"/moderation/reports/{report.id}", at="/moderation/people", what=what)
            assert sent.status_code in (403, 404), what
        found = await reports.find(world.db, report.id)
        assert found
        assert found.resolved_at is None
        assert found.assigned_id is None
    for target in (rose, dora, ada):
        assert (await roses.get(f"/moderation/people/{target.id}/decision")).status_code == 403
        sent = await roses.send(
            f"/moderation/people/{target.id}/decision", at="/moderation/people", measure="none", text="x", sure="1")
        assert sent.status_code == 403
        page = (await roses.get(f"/moderation/people/{target.id}")).text
        assert "example.org" not in page
    warning = await act_on_account(world.db, ada, rose.id, Measure.NONE, clock.now(), text="Be kind.")
    assert (await roses.send(f"/decisions/{warning.id}", text="I am.")).status_code == 303
    assert (await roses.get(f"/moderation/appeals/{warning.id}")).status_code == 404
    with pytest.raises(NotAllowed):
        await judge_appeal(world.db, rose, warning.id, clock.now(), accept=True, words="")
    # Ada decided it and nobody else is above Rose: so she judges the appeal herself.
    await judge_appeal(world.db, ada, warning.id, clock.now(), accept=False, words="Still.")


async def test_a_role_that_was_taken_away_opens_nothing(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    rose = await world.account("rose", role=Role.MODERATOR)
    report = await reported(world, alice, bob)
    roses = await browser(world, client, rose)
    token = csrf((await roses.get(f"/moderation/reports/{report.id}")).text)
    assert 'href="/moderation"' in (await roses.get("/about")).text
    await change_role(world.db, None, rose.id, Role.MEMBER, clock.now())
    pages = [
        "/moderation", "/moderation/reports", f"/moderation/reports/{report.id}", "/moderation/people",
        f"/moderation/people/{bob.id}", f"/moderation/people/{bob.id}/decision", "/moderation/appeals",
        "/moderation/waiting", "/moderation/record", "/moderation/record.csv"]
    for path in pages:
        assert (await roses.get(path)).status_code == 403, path
    forms = [f"/moderation/reports/{report.id}", f"/moderation/people/{bob.id}", f"/moderation/people/{bob.id}/undo",
             f"/moderation/people/{bob.id}/decision", "/moderation/appeals/1", f"/moderation/waiting/{bob.id}"]
    for path in forms:
        assert (await roses.client.post(path, data={"csrf": token, "what": "close"})).status_code == 403, path
    assert 'href="/moderation"' not in (await roses.get("/about")).text


async def test_every_form_wants_its_token(world: World, client: httpx.AsyncClient) -> None:
    alice, bob, rose = await world.account("alice"), await world.account("bob"), await world.account(
        "rose", role=Role.OWNER)
    report = await reported(world, alice, bob)
    warning = await act_on_account(world.db, rose, bob.id, Measure.SENSITIVE, clock.now(), text="x")
    roses = await browser(world, client, rose)
    await roses.get("/moderation")
    for path, given in [
        (f"/moderation/reports/{report.id}", {"what": "close"}),
        (f"/moderation/people/{bob.id}", {"text": "hm"}),
        (f"/moderation/people/{bob.id}/decision", {"measure": "suspend", "text": "x", "sure": "1"}),
        (f"/moderation/people/{bob.id}/undo", {"measure": "sensitive", "sure": "1"}),
        (f"/moderation/appeals/{warning.id}", {"answer": "accept", "sure": "1"}),
        (f"/moderation/waiting/{bob.id}", {"what": "approve"}),
        (f"/decisions/{warning.id}", {"text": "no"}),
    ]:
        assert (await client.post(path, data=given)).status_code == 403, path
        assert (await client.post(path, data={**given, "csrf": "0" * 64})).status_code == 403, path
    assert (await world.again(bob)).sensitized


async def test_decisions_about_others_are_not_there(world: World, client: httpx.AsyncClient) -> None:
    alice, bob, rose = await world.account("alice"), await world.account("bob"), await world.account(
        "rose", role=Role.MODERATOR)
    warning = await act_on_account(world.db, rose, bob.id, Measure.NONE, clock.now(), text="Between us.")
    for somebody in (alice, rose):
        theirs = await browser(world, client, somebody)
        assert (await theirs.get(f"/decisions/{warning.id}")).status_code == 404
        assert "Between us." not in (await theirs.get("/decisions")).text
        sent = await theirs.send(f"/decisions/{warning.id}", at="/settings/account", text="for him")
        assert sent.status_code == 404
    assert await appeals.find(world.db, warning.id) is None


async def test_an_appeal_undoes_only_what_nothing_else_holds(world: World, client: httpx.AsyncClient) -> None:
    bob, rose, dora = await world.account("bob"), await world.account(
        "rose", role=Role.MODERATOR), await world.account("dora", role=Role.MODERATOR)
    first = await act_on_account(world.db, rose, bob.id, Measure.SILENCE, clock.now(), text="Once.")
    await act_on_account(world.db, rose, bob.id, Measure.SILENCE, clock.now(), text="Twice.")
    bobs = await browser(world, client, bob)
    await bobs.send(f"/decisions/{first.id}", text="Not I.")
    await judge_appeal(world.db, dora, first.id, clock.now(), accept=True, words="")
    assert (await world.again(bob)).silenced


async def test_the_record_is_chosen_and_exported(world: World, client: httpx.AsyncClient) -> None:
    bob, eve = await world.account("bob"), await world.account("eve")
    rose = await world.account("rose", role=Role.MODERATOR)
    await act_on_account(world.db, rose, bob.id, Measure.NONE, clock.now(), text="=HYPERLINK(1)")
    await act_on_account(world.db, rose, eve.id, Measure.SENSITIVE, clock.now(), text="Cover it.")
    roses = await browser(world, client, rose)
    page = (await roses.get("/moderation/record?about=@eve")).text
    assert "Cover it." in page
    assert "HYPERLINK" not in page
    table = await roses.get("/moderation/record.csv")
    lines = list(csv.DictReader(table.text.splitlines()))
    assert [(line["by"], line["act"], line["about"]) for line in lines] == [
        ("rose", "sensitive", "eve"), ("rose", "warn", "bob")]
    assert lines[1]["why"].startswith("'=")  # no spreadsheet takes it for a formula
    assert len((await roses.get("/moderation/record.csv?act=warn")).text.splitlines()) == 2


async def test_moderators_see_hints_and_administrators_addresses(world: World, client: httpx.AsyncClient) -> None:
    bob = await create_account(
        world.db, username="bob", email="bobby@example.org", now=clock.now(), address="192.0.2.77")
    await create_account(world.db, username="rob", email="rob@example.org", now=clock.now(), address="192.0.2.77")
    rose, ada = await world.account("rose", role=Role.MODERATOR), await world.account("ada", role=Role.ADMINISTRATOR)
    page = (await (await browser(world, client, rose)).get(f"/moderation/people/{bob.id}")).text
    assert "b…@example.org" in page
    assert "bobby@example.org" not in page
    assert "192.0.2.77" not in page
    assert "@rob" in page  # from the same address
    page = (await (await browser(world, client, ada)).get(f"/moderation/people/{bob.id}")).text
    assert "bobby@example.org" in page
    assert "192.0.2.77" in page
    roses = await browser(world, client, rose)
    assert "@bob" in (await roses.get("/moderation/people?q=bo")).text
    assert "@bob" not in (await roses.get("/moderation/people?q=bobby&by=email")).text.partition("<ol")[2]


async def test_a_measure_is_undone_on_purpose(world: World, client: httpx.AsyncClient) -> None:
    bob, rose = await world.account("bob"), await world.account("rose", role=Role.MODERATOR)
    await act_on_account(world.db, rose, bob.id, Measure.SILENCE, clock.now(), text="x")
    roses = await browser(world, client, rose)
    where = f"/moderation/people/{bob.id}"
    asked = await roses.send(f"{where}/undo", at=where, measure="silence")
    assert "Yes, undo it" in asked.text
    assert (await world.again(bob)).silenced
    assert (await roses.send(f"{where}/undo", at=where, measure="silence", sure="1")).status_code == 303
    assert not (await world.again(bob)).silenced
    [warning] = await reports.warnings_of(world.db, bob.id)
    assert warning.undone_at
    assert (await roses.send(f"{where}/undo", at=where, measure="none", sure="1")).status_code == 404

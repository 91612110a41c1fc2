"""Whispers as pages; and no page, feed or answer to a program tells anybody else who whispered."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import httpx
import msgspec
import pytest

from harken import clock
from harken.actions.file_report import file_report
from harken.actions.keep_post import favourite_post
from harken.actions.whisper import whisper
from harken.app import routed
from harken.model.account import Account, Role
from harken.settings import Settings
from harken.store import whispers
from tests.imports.test_luggage import exported
from tests.web.test_kept import hidden, written
from tests.web.test_pages import csrf, send, sign_in, texts
from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A server whose operator allows whispers."""
    return msgspec.structs.replace(settings, whispers=True)


NAME = "zerlina_hides"


async def hiding(world: World) -> Account:
    """Somebody whose name occurs nowhere by itself."""
    return await world.account(
        NAME, display_name="Zerlina Quint", discoverable=False, indexable=False, password="x" * 9)


async def test_no_route_tells_anybody_else_who_whispered(world: World, client: httpx.AsyncClient) -> None:
    ana, bob = await hiding(world), await world.account("bob", role=Role.ADMINISTRATOR)
    first = await whisper(world.db, ana, "I fear the marmalade #jam https://example.org/jam", clock.now())
    answer = await world.post(bob, "@whisper why the marmalade?", reply_to=first)
    second = await whisper(world.db, ana, "@bob because of the marmalade", clock.now(), in_reply_to=answer.id)
    await favourite_post(world.db, bob, first.id, clock.now())
    await world.follows(bob, await world.again(msgspec.structs.replace(ana, id=first.author_id)))
    await world.settle()
    await world.account("zerlina_last")  # nobody's newest member
    secrets = (NAME, str(ana.id), "Quint", f"{NAME}@example.org")
    ids = {str(first.id), str(second.id), str(first.author_id)}
    token = {"Authorization": f"Bearer {await world.token(bob, 'read write follow push admin:read')}"}
    # Pages about people of this server, for its administrators, list every member: that is no sign of a whisper.
    people = re.compile(r"/moderation/(people|waiting|record)|/api/v[12]/admin/accounts|/moderation$")
    asked = found = 0
    for route in routed(1_000_000).routes:
        path = route.path_format if hasattr(route, "path_format") else route.path
        if "GET" not in getattr(route, "methods", ()) or re.search("stream|/live|/static|/metrics", path):
            continue
        if people.search(path):
            continue
        names = re.findall(r"{(\w+)(?::\w+)?}", path)
        examples = ["@whisper" if "handle" in names else str(first.id), str(second.id), str(first.author_id), "whisper"]
        for example in examples if names else [""]:
            address = re.sub(r"{\w+(?::\w+)?}", example, path)
            await sign_in(client, world, bob)
            for headers in ({}, token):
                if headers:
                    client.cookies.clear()
                page = await client.get(address, params={"q": "marmalade"}, headers=headers)
                asked += 1
                assert page.status_code < 500, address
                found += any(number in page.text for number in ids)
                telling = [secret for secret in secrets if secret in page.text or secret in str(page.headers)]
                assert not telling, f"{address}: {telling}"
    assert asked > 500
    assert found > 60, "the walk meets whispers"


@pytest.mark.parametrize("path", [
    "/@{name}", "/@{name}/with_replies", "/feeds/@{name}.atom", "/badge/{name}", "/api/v1/accounts/{id}/statuses",
    "/statuses/user_timeline/{name}.json", "/search?q=from:{name}", "/search.json?q=from:{name}",
    "/api/v2/search?q=marmalade+from:{name}"])
async def test_what_is_asked_about_the_author_holds_no_whisper(
    world: World, client: httpx.AsyncClient, path: str
) -> None:
    ana, bob = await world.account("ana"), await world.account("bob")
    post = await whisper(world.db, ana, "I fear the marmalade", clock.now())
    await world.settle()
    await sign_in(client, world, bob)
    page = await client.get(path.format(name="ana", id=ana.id))
    assert page.status_code in (200, 401, 404), page.status_code
    assert str(post.id) not in page.text
    assert "fear" not in page.text


async def test_it_is_said_answered_and_taken_back_without_javascript(world: World, client: httpx.AsyncClient) -> None:
    ana, bob = await hiding(world), await world.account("bob")
    await sign_in(client, world, ana)
    answer = await send(client, "/whispers", on="/whispers", text="I fear the marmalade", spoiler="Jam")
    assert answer.headers["location"] == "/whispers/mine"
    mine = (await client.get("/whispers/mine")).text
    assert texts(mine) == ["I fear the marmalade"]
    number = re.findall(r'action="/whispers/(\d+)/delete"', mine)[0]
    assert "You whispered here" in (await client.get(f"/@whisper/{number}")).text
    assert (await send(client, f"/whispers/{number}", on="/whispers", text="Still")).headers["location"].startswith(
        "/@whisper/")
    await sign_in(client, world, bob)
    page = (await client.get(f"/@whisper/{number}")).text
    assert "You whispered here" not in page
    assert re.search(r'<b dir="auto">Somebody</b> <span class="verb verb-whispers">whispers</span>', page)
    assert texts((await client.get("/whispers/mine")).text) == []
    assert (await client.get(f"/whispers/{number}")).status_code == 404
    assert (await send(client, f"/whispers/{number}/delete")).status_code == 404
    assert (await send(client, f"/posts/{number}/delete")).status_code == 404
    assert len(texts((await client.get("/search?q=verb:whispers")).text)) == 2
    await send(client, "/whispers/hide", on="/whispers")
    assert "You have hidden all whispers" in (await client.get("/whispers")).text
    assert texts((await client.get("/search?q=marmalade")).text) == []
    await send(client, "/whispers/show", on="/whispers")
    assert texts((await client.get("/whispers")).text) == ["Still", "I fear the marmalade"]
    await sign_in(client, world, ana)
    await send(client, f"/whispers/{number}/delete", on="/whispers/mine")
    assert (await client.get(f"/@whisper/{number}")).status_code == 404


async def test_what_is_wrong_comes_back_with_the_text(world: World, client: httpx.AsyncClient) -> None:
    ana, _bob = await hiding(world), await world.account("bob")
    await sign_in(client, world, ana)
    for text in ("x" * 501, "@bob is a fool", " "):
        refused = await send(client, "/whispers", on="/whispers", text=text)
        assert refused.status_code == 422
        assert written(refused.text) == text
        assert 'role="alert"' in refused.text
    assert await whispers.voice_id(world.db) is None or texts((await client.get("/whispers")).text) == []


async def test_a_whisper_whose_session_ended_never_comes_back_in_a_box_with_a_name(
    world: World, client: httpx.AsyncClient
) -> None:
    ana = await hiding(world)
    await sign_in(client, world, ana)
    token = csrf((await client.get("/whispers")).text)
    client.cookies.clear()
    asked = await client.post("/whispers", data={"csrf": token, "text": "I fear the marmalade"})
    assert asked.status_code == 401
    back = await client.post("/sign-in", data=hidden(asked.text) | {"name": NAME, "password": "x" * 9})
    assert written(back.text) == "I fear the marmalade"
    assert 'action="/compose"' not in back.text
    assert 'class="whisper" method="post" action="/whispers"' in back.text


async def test_moderators_ask_with_a_reason_and_take_the_right(world: World, client: httpx.AsyncClient) -> None:
    ana, mo = await hiding(world), await world.account("mo", role=Role.MODERATOR)
    post = await whisper(world.db, ana, "I fear the marmalade", clock.now())
    named = await world.post(mo, "By name")
    await sign_in(client, world, mo)
    where = f"/moderation/whispers/{post.id}"
    assert NAME not in (await client.get(where)).text
    assert (await client.get(f"/moderation/whispers/{named.id}")).status_code == 404
    refused = await send(client, where, on=where, reason="so")
    assert refused.status_code == 422
    assert NAME not in refused.text
    told = await send(client, where, on=where, reason="A threat against bob")
    assert NAME in told.text
    assert NAME not in (await client.get(where)).text, "shown once"
    record = (await client.get("/moderation/record")).text
    assert "asked who whispered" in record
    assert "A threat against bob" in record
    assert NAME not in record
    await send(client, "/moderation/whispers/right", on=where, account=str(ana.id), what="take", reason="Third threat")
    assert "Third threat" in (await client.get("/moderation/whispers")).text
    await sign_in(client, world, ana)
    assert "Third threat" in (await client.get("/whispers")).text
    assert (await send(client, "/whispers", text="Again")).status_code == 422
    assert (await client.get(where)).status_code == 403
    assert (await client.get("/moderation/whispers")).status_code == 403
    await sign_in(client, world, mo)
    await send(client, "/moderation/whispers/right", on="/moderation/whispers", account=str(ana.id), what="give")
    await sign_in(client, world, ana)
    assert (await send(client, "/whispers", on="/whispers", text="Again")).status_code == 303


async def test_a_reported_whisper_is_removed_and_its_author_reads_why(world: World, client: httpx.AsyncClient) -> None:
    ana, bob, mo = await hiding(world), await world.account("bob"), await world.account("mo", role=Role.MODERATOR)
    post = await whisper(world.db, ana, "a cruel joke", clock.now())
    other = await whisper(world.db, mo, "another joke", clock.now())
    report, about_mo = [await file_report(
        world.db, bob, one.author_id, clock.now(), comment="Please look.", post_ids=[one.id]) for one in (post, other)]
    await sign_in(client, world, mo)
    page = (await client.get(f"/moderation/reports/{report.id}")).text
    assert f'href="/moderation/whispers/{post.id}"' in page
    assert NAME not in page
    assert (await client.get(f"/moderation/reports/{about_mo.id}")).status_code == 404, "nobody judges themselves"
    where = f"/moderation/people/{post.author_id}/decision?report={report.id}"
    sent = await send(
        client, where, on=where, measure="remove", text="Cruel.", sure="1", report=str(report.id),
        **{"posts[]": str(post.id)})
    assert sent.status_code == 303, sent.text
    assert not await world.sees(None, post)
    for reader, reads in ((ana, True), (mo, False), (bob, False)):
        await sign_in(client, world, reader)
        assert ("Cruel." in (await client.get("/whispers/mine")).text) is reads
    await sign_in(client, world, mo)
    where = f"/moderation/people/{post.author_id}/decision"
    assert (await send(client, where, on=where, measure="suspend", text="Enough.", sure="1")).status_code == 303
    await sign_in(client, world, ana)
    refused = await send(client, "/whispers", text="Again")
    assert refused.status_code == 422
    assert "have been stopped" in refused.text


async def test_one_s_own_export_holds_one_s_whispers_and_nobody_else_s(world: World, tmp_path: Path) -> None:
    ana, bob = await world.account("ana"), await world.account("bob")
    post = await whisper(world.db, ana, "I fear the marmalade", clock.now())
    for account, holds in ((ana, True), (bob, False)):
        await exported(world.engine, account.username, tmp_path / f"{account.username}.zip")
        with zipfile.ZipFile(tmp_path / f"{account.username}.zip") as packed:
            listed = json.loads(packed.read("whispers.json")) if "whispers.json" in packed.namelist() else []
            everything = b"".join(packed.read(name) for name in packed.namelist())
        assert [one["content"] for one in listed] == ["I fear the marmalade"] * holds
        assert (str(post.id).encode() in everything) is holds


async def test_where_the_operator_allows_none_there_are_none(
    settings: Settings, world: World, client: httpx.AsyncClient
) -> None:
    ana = await world.account("ana")
    await sign_in(client, world, ana)
    assert 'href="/whispers"' in (await client.get("/about")).text
    object.__setattr__(world.engine, "settings", msgspec.structs.replace(settings, whispers=False))
    assert 'href="/whispers"' not in (await client.get("/about")).text
    for path in ("/whispers", "/whispers/mine"):
        assert (await client.get(path)).status_code == 404
    assert (await send(client, "/whispers", text="Pst")).status_code == 404
    assert Settings().whispers is False

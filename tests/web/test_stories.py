"""Stories in the browser: written, asked about, answered, shown, and gone."""

from __future__ import annotations

import re
from html import unescape

import httpx

from harken import clock
from harken.actions.change_profile import change_profile
from harken.actions.know_person import ContactDraft, write_card
from harken.model.account import Account
from harken.model.desk import Desk
from harken.store import accounts, posts
from tests.web.test_contacts import at_desk
from tests.web.test_pages import send, sign_in
from tests.world import World


async def begun(world: World, client: httpx.AsyncClient) -> tuple[Desk, Account, Account, str]:
    """A desk, its helper hal (signed in), ann, and the path of a story with her post and a moment."""
    desk, hal, ann = await at_desk(world)
    async with world.db.transaction() as tx:
        for person in (hal, ann):
            await accounts.change(tx, person.id, noindex=False)
    await sign_in(client, world, hal)
    case = await world.db.value("SELECT conversation_id FROM desk_item")
    assert f"/desks/{desk.id}/stories?case={case}" in (await client.get(f"/desks/{desk.id}/cases/{case}")).text
    made = await send(client, f"/desks/{desk.id}/stories", title="A lunch <b>for five</b>", summary="What came of it",
                      case_id=str(case))
    assert made.headers["location"].endswith(f"?case={case}#from-case")
    path = made.headers["location"].partition("?")[0]
    offered = (await client.get(f"{path}?case={case}")).text
    assert "From the conversation" in offered
    post = re.search(r'name="post" value="(\d+)"', offered)
    assert post
    await send(client, f"{path}/posts", post=post[1])
    assert (await send(client, f"{path}/words", text="We <i>laughed</i>.", day="2026-05-31",
                       moment="yes")).status_code == 303
    return desk, hal, ann, path


def people(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"/people/(\d+)/ask", page)))


async def asked(client: httpx.AsyncClient, path: str, person: str, **given: str) -> str:
    """The path of the page behind a link that is handed over."""
    page = await send(client, f"{path}/people/{person}/ask", how="link", **given)
    assert page.headers["cache-control"] == "no-store"
    found = re.search(r'value="https?://[^/"]+(/consent/[^"]+)"', page.text)
    assert found, page.text
    return found[1]


def digest(page: str) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


async def says(client: httpx.AsyncClient, path: str, what: str) -> httpx.Response:
    return await send(client, path, path, says=what, digest=digest((await client.get(path)).text))


async def test_from_the_editor_to_the_page_and_back(world: World, client: httpx.AsyncClient) -> None:
    _desk, hal, ann, path = await begun(world, client)
    page = (await client.get(path)).text
    assert "We &lt;i&gt;laughed" in page
    assert "1 person has not said yes" in page
    [person] = people(page)
    assert (await send(client, f"{path}/publish")).status_code == 422
    sent = await send(client, f"{path}/people/{person}/ask", how="message", message="May I?")
    assert sent.status_code == 303
    await sign_in(client, world, ann)
    said = await world.db.value("SELECT text FROM post WHERE visibility = 4")
    here = "/consent/" + str(said).rpartition("/consent/")[2]
    read = await client.get(here)
    for words in ("which clinic is good?", "We &lt;i&gt;laughed", "Until", "By whom", "Yes, show it"):
        assert words in read.text, words
    assert (read.headers["cache-control"], read.headers["x-robots-tag"]) == ("no-store", "noindex, nofollow")
    assert (await says(client, here, "yes")).status_code == 303
    assert "You said yes." in (await client.get(here)).text
    await sign_in(client, world, hal)
    assert (await send(client, f"{path}/publish", words="Read this")).status_code == 303
    link = re.search(r'href="(/stories/[^"]+)"', (await client.get(path)).text)
    assert link
    client.cookies.clear()
    shown = (await client.get(link[1])).text
    for words in ("A lunch &lt;b&gt;for five", "which clinic is good?", "May 31, 2026", 'property="og:title"',
                  'name="twitter:card"', "What people say about it"):
        assert words in shown, words
    assert 'name="robots"' not in shown
    assert "A lunch" in (await client.get("/stories")).text
    feeds = {kind: (await client.get(f"/stories.{kind}")).text for kind in ("atom", "json", "rss")}
    for kind, feed in feeds.items():
        assert link[1] in feed, kind
        assert "which clinic" not in feed, "feeds keep what they got, so they get no words of others"
    told = await world.db.value("SELECT post_id FROM story")
    root = await world.db.value("SELECT text FROM post WHERE id = :id", id=told)
    assert root.startswith("Read this\n")
    await world.post(await world.account("otto"), "how lovely", reply_to=await posts.find(world.db, told))
    assert "how lovely" in (await client.get(link[1])).text
    async with world.db.transaction() as tx:
        await accounts.change(tx, ann.id, noindex=True)
    assert 'name="robots" content="noindex"' in (await client.get(link[1])).text
    await sign_in(client, world, ann)
    assert (await says(client, here, "revoked")).status_code == 303
    client.cookies.clear()
    assert (await client.get(link[1])).status_code == 404
    assert "A lunch" not in (await client.get("/stories")).text
    assert link[1] not in (await client.get("/stories.atom")).text
    await sign_in(client, world, ann)
    assert "You took your yes back" in (await client.get(here)).text


async def test_somebody_without_an_account_needs_the_link_and_nothing_else(
    world: World, client: httpx.AsyncClient
) -> None:
    desk, hal, _ann, path = await begun(world, client)
    card = await write_card(world.db, hal, desk.id, ContactDraft(name="Mrs Ort"), clock.now())
    assert (await send(client, f"{path}/people", contact_id=str(card.id))).status_code == 303
    page = (await client.get(path)).text
    here = await asked(client, path, people(page)[1])
    client.cookies.clear()
    read = (await client.get(here)).text
    assert "Dear Mrs Ort" in read
    assert "a post of somebody else" in read
    assert "which clinic" not in read, "whoever wrote it has not said yes yet"
    token = re.search(r'name="csrf" value="([0-9a-f]{64})"', read)
    assert token
    answered = await client.post(here, data={"csrf": token[1], "says": "no", "digest": digest(read)})
    assert answered.status_code == 303
    assert "You said no." in (await client.get(here)).text
    for wrong in ("/consent/x", "/consent/" + "x" * 500, "/consent/%00", here + "x"):
        assert (await client.get(wrong)).status_code == 404, wrong


async def test_a_link_of_somebody_else_s_is_no_use(world: World, client: httpx.AsyncClient) -> None:
    _desk, _hal, _ann, path = await begun(world, client)
    here = await asked(client, path, people((await client.get(path)).text)[0])
    assert (await client.get(here)).status_code == 404  # hal's browser
    client.cookies.clear()
    assert (await client.get(here)).status_code in (302, 303, 401)
    await sign_in(client, world, await world.account("otto"))
    assert (await client.get(here)).status_code == 404
    assert (await send(client, here, says="yes", digest="0" * 64)).status_code == 404


async def test_a_changed_story_asks_to_be_read_again(world: World, client: httpx.AsyncClient) -> None:
    _desk, hal, ann, path = await begun(world, client)
    here = await asked(client, path, people((await client.get(path)).text)[0])
    await sign_in(client, world, ann)
    read = digest((await client.get(here)).text)
    await sign_in(client, world, hal)
    assert (await send(client, f"{path}/words", text="more")).status_code == 303
    await sign_in(client, world, ann)
    refused = await send(client, here, here, says="yes", digest=read)
    assert refused.status_code == 409
    assert "The desk is changing the story" in unescape(refused.text)


async def test_what_cannot_be_saved_says_why_and_loses_nothing(world: World, client: httpx.AsyncClient) -> None:
    desk, _hal, _ann, path = await begun(world, client)
    wrong = await send(client, f"{path}/words", text="kept words", moment="yes", day="")
    assert (wrong.status_code, "kept words" in wrong.text, "2026-05-31" in wrong.text) == (422, True, True)
    wrong = await send(client, f"{path}/change", title="", summary="kept summary", until="2027-01-01")
    assert (wrong.status_code, "kept summary" in wrong.text) == (422, True)
    for fields in ({"post": "x"}, {"post": "99999999999999999999999"}, {"post": "12"}, {}):
        assert (await send(client, f"{path}/posts", **fields)).status_code == 422, fields
    piece = await world.db.value("SELECT min(id) FROM story_piece")
    for act, status in (("down", 303), ("up", 303), ("down", 303), ("change", 422), ("explode", 404)):
        assert (await send(client, f"{path}/pieces/{piece}/{act}", text="x")).status_code == status, act
    assert (await send(client, f"{path}/pieces/x/up")).status_code == 404
    assert (await send(client, f"{path}/people", name="")).status_code == 422
    assert (await send(client, f"{path}/people/1/ask", how="link")).status_code == 404
    assert (await send(client, f"/desks/{desk.id}/stories", title="")).status_code == 422
    assert (await client.get("/stories?before=x")).status_code == 422
    assert (await client.get("/stories/nothing")).status_code == 404
    assert (await send(client, f"{path}/drop")).headers["location"] == f"/desks/{desk.id}/stories"
    assert (await client.get(path)).status_code == 404


async def test_nobody_else_finds_the_drafts_of_a_desk(world: World, client: httpx.AsyncClient) -> None:
    desk, _hal, ann, path = await begun(world, client)
    await sign_in(client, world, ann)
    for page in (path, f"/desks/{desk.id}/stories"):
        assert (await client.get(page)).status_code == 404
    for act in ("change", "posts", "words", "people", "publish", "take-back", "drop"):
        refused = await send(client, f"{path}/{act}", title="mine", text="mine", name="me", post="1")
        assert refused.status_code in (404, 422), act
        assert "A lunch" not in refused.text
    await change_profile(world.db, ann, now=clock.now(), display_name="Ann")
    assert await world.db.value("SELECT count(*) FROM story_piece") == 2

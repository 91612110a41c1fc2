"""Cards of people in the browser."""

from __future__ import annotations

import re

import httpx

from harken import clock
from harken.actions import know_person as known
from harken.actions.change_profile import change_profile
from harken.actions.keep_desk import DeskDraft, open_desk
from harken.actions.keep_desk_ear import keep_desk_ear
from harken.actions.staff_desk import staff_desk
from harken.model.account import Account, Role
from harken.model.desk import Desk, DeskRole
from harken.store import accounts
from tests.web.test_pages import csrf, send, sign_in
from tests.world import World


async def at_desk(world: World) -> tuple[Desk, Account, Account]:
    """A desk that heard ann, its helper hal, and ann."""
    lea = await world.account("lea", role=Role.MODERATOR)
    hal, ann = await world.account("hal"), await world.account("ann", hearable=True)
    desk = await open_desk(world.db, lea, DeskDraft(name="Desk"), clock.now())
    await staff_desk(world.db, lea, desk.id, hal.id, DeskRole.HELPER, clock.now())
    await keep_desk_ear(world.db, lea, desk.id, "clinic", clock.now())
    await world.settle()
    await world.post(ann, "which clinic is good?")
    await world.settle()
    return desk, hal, ann


async def test_from_a_case_to_a_card_with_notes_and_tags(world: World, client: httpx.AsyncClient) -> None:
    desk, hal, ann = await at_desk(world)
    await sign_in(client, world, hal)
    case = await world.db.value("SELECT conversation_id FROM desk_item")
    beside = (await client.get(f"/desks/{desk.id}/cases/{case}")).text
    assert "Know this person" in beside
    made = await send(client, f"/desks/{desk.id}/contacts/know", account_id=str(ann.id))
    path = made.headers["location"]
    assert "What we know: ann" in (await client.get(f"/desks/{desk.id}/cases/{case}")).text
    assert (await send(client, f"{path}/notes", text="Likes <b>tea</b>", keep_days="90")).status_code == 303
    assert (await send(client, f"{path}/edit", name="Ann Ort", met="At the fair", tags="knee, Clinic",
                       channel="phone")).status_code == 303
    page = (await client.get(path)).text
    for part in ("Ann Ort", "At the fair", "Likes &lt;b&gt;tea", "knee", "which clinic is good?", "By telephone"):
        assert part in page, part
    assert "Ann Ort" in (await client.get(f"/desks/{desk.id}/contacts?q=ort")).text
    assert "Nobody like that" in (await client.get(f"/desks/{desk.id}/contacts?q=zzz")).text
    note = await world.db.value("SELECT id FROM contact_note")
    assert (await send(client, f"{path}/notes/{note}/strike")).status_code == 303
    assert "Likes" not in (await client.get(path)).text
    assert (await send(client, f"/desks/{desk.id}/cases/{case}/tags", tags="knee")).status_code == 303
    assert 'value="knee"' in (await client.get(f"/desks/{desk.id}/cases/{case}")).text


async def test_what_cannot_be_saved_says_why_and_loses_nothing(world: World, client: httpx.AsyncClient) -> None:
    desk, hal, ann = await at_desk(world)
    await sign_in(client, world, hal)
    wrong = await send(client, f"/desks/{desk.id}/contacts", name="", met="kept words")
    assert (wrong.status_code, "kept words" in wrong.text, "Give the person a name" in wrong.text) == (422, True, True)
    path = (await send(client, f"/desks/{desk.id}/contacts/know", account_id=str(ann.id))).headers["location"]
    assert "A note has 1 to" in (await send(client, f"{path}/notes", text=" ")).text
    assert "is kept for a day" in (await send(client, f"{path}/notes", text="tea", keep_days="-5")).text
    assert "Nobody of that name" in (await send(client, f"{path}/accounts", name="@nobody@else.example")).text
    await world.account("quiet")
    assert "does not let desks hear it" in (await send(client, f"{path}/accounts", name="quiet")).text
    assert (await send(client, f"{path}/edit", name="x" * 200)).status_code == 422
    assert (await send(client, f"/desks/{desk.id}/contacts/know", account_id="x")).status_code == 404
    assert (await client.get(f"/desks/{desk.id}/contacts?before=x")).status_code == 422


async def test_nobody_else_finds_the_cards_of_a_desk(world: World, client: httpx.AsyncClient) -> None:
    desk, hal, ann = await at_desk(world)
    await sign_in(client, world, hal)
    path = (await send(client, f"/desks/{desk.id}/contacts/know", account_id=str(ann.id))).headers["location"]
    await sign_in(client, world, ann)
    for page in (path, f"{path}/edit", f"/desks/{desk.id}/contacts"):
        assert (await client.get(page)).status_code == 404, page
    assert (await send(client, f"{path}/notes", text="mine")).status_code == 404
    assert (await send(client, f"/desks/{desk.id}/contacts/know", account_id=str(ann.id))).status_code == 404


async def test_cards_are_merged_related_and_taken_apart(world: World, client: httpx.AsyncClient) -> None:
    desk, hal, ann = await at_desk(world)
    await sign_in(client, world, hal)
    contacts = f"/desks/{desk.id}/contacts"
    one = (await send(client, f"{contacts}/know", account_id=str(ann.id))).headers["location"]
    other = (await send(client, contacts, name="ann", met="At the fair")).headers["location"]
    number = other.rsplit("/", 1)[1]
    assert "The same person?" in (await client.get(one)).text
    assert "ann" in (await client.get(f"{one}/link?q=ann")).text
    asked = (await client.get(f"{one}/merge?other={number}")).text
    assert "Are these one person?" in asked
    assert (await client.get(f"{one}/merge?other=x")).status_code == 303
    assert (await send(client, f"{one}/merge", other_id=number)).status_code == 303
    assert (await client.get(other)).headers["location"] == one
    assert "At the fair" in (await client.get(one)).text
    assert (await send(client, f"{one}/merge", other_id=number)).status_code == 409
    assert (await send(client, f"{one}/split/{number}")).headers["location"] == other
    assert "The same person?" not in (await client.get(one)).text
    assert (await send(client, f"{one}/relations", other_id=number, kind="child")).status_code == 303
    assert "Child" in (await client.get(one)).text
    assert "Parent" in (await client.get(other)).text
    relation = await world.db.value("SELECT id FROM contact_relation")
    assert (await send(client, f"{other}/relations/{relation}/end")).status_code == 303
    assert "Nobody is noted" in (await client.get(one)).text
    assert (await send(client, f"{one}/relations", other_id="77", kind="child")).status_code == 404
    assert (await send(client, f"{one}/relations", other_id=number, kind="foe")).status_code == 422


async def test_a_person_reads_what_is_held_takes_it_along_and_has_it_forgotten(
    world: World, client: httpx.AsyncClient
) -> None:
    desk, hal, ann = await at_desk(world)
    await sign_in(client, world, hal)
    path = (await send(client, f"/desks/{desk.id}/contacts/know", account_id=str(ann.id))).headers["location"]
    await send(client, f"{path}/notes", text="likes <i>tea</i>")
    me = "/about/listening/me"
    assert "likes" not in (await client.get(me)).text
    await sign_in(client, world, ann)
    page = await client.get(me)
    assert "likes &lt;i&gt;tea" in page.text
    assert "which clinic is good?" in page.text
    assert page.headers["cache-control"] == "private, no-store"
    file = await client.get(f"{me}.json")
    assert file.json()["desks"][0]["card"]["entries"][0]["text"] == "likes <i>tea</i>"
    assert file.json()["desks"][0]["desk_id"] == str(desk.id)
    assert (await send(client, me, desk_id=str(desk.id), wish="spare")).status_code == 303
    assert "It may write to me again" in (await client.get(me)).text
    assert (await send(client, me, desk_id=str(desk.id), wish="forget")).status_code == 303
    forgotten = (await client.get(me)).text
    assert "likes" not in forgotten
    assert "Let this desk hear me again" in forgotten
    assert (await send(client, me, desk_id="x", wish="forget")).status_code == 422
    assert (await send(client, me, desk_id=str(desk.id), wish="dance")).status_code == 422
    await sign_in(client, world, hal)
    assert (await client.get(path)).status_code == 404
    client.cookies.clear()
    assert (await client.get(me)).status_code in (303, 401)
    assert (await client.get(f"{me}.json")).status_code in (303, 401)


async def test_a_lead_is_asked_about_who_is_not_heard_any_more(world: World, client: httpx.AsyncClient) -> None:
    desk, hal, ann = await at_desk(world)
    await sign_in(client, world, hal)
    path = (await send(client, f"/desks/{desk.id}/contacts/know", account_id=str(ann.id))).headers["location"]
    assert (await client.get(f"{path}/forget")).status_code == 403
    await change_profile(world.db, ann, now=clock.now(), hearable=False)
    assert (await client.get(path)).status_code == 404
    assert (await client.get(f"/desks/{desk.id}/contacts/decide")).status_code == 403
    lea = await world.db.value("SELECT account_id FROM desk_member WHERE role = 2")
    await sign_in(client, world, await accounts.get(world.db, lea))
    assert "1 card to decide about" in (await client.get("/desks")).text
    assert "1 person is not heard any more" in (await client.get(f"/desks/{desk.id}/contacts")).text
    page = (await client.get(f"/desks/{desk.id}/contacts/decide")).text
    assert "Keep the notes only" in page
    assert "@ann" not in page
    assert (await send(client, f"{path}/decide", decision="burn")).status_code == 422
    assert (await send(client, f"{path}/decide", decision="notes")).status_code == 303
    assert "Nobody waits" in (await client.get(f"/desks/{desk.id}/contacts/decide")).text
    assert "Forget ann?" in (await client.get(f"{path}/forget")).text
    assert (await send(client, f"{path}/forget")).status_code == 303
    assert (await client.get(path)).status_code == 404


async def test_somebody_from_another_server_gets_a_link_that_opens_when_the_code_was_seen(
    world: World, client: httpx.AsyncClient
) -> None:
    desk, hal, ann = await at_desk(world)
    await known.know_person(world.db, hal, desk.id, ann.id, clock.now(), met="at the fair")
    async with world.db.transaction() as tx:
        await tx.execute("UPDATE account SET domain = 'far.example', name_key = 'ann@far.example' WHERE id = :id",
                         id=ann.id)
    ask = "/about/listening/ask"
    assert "never heard of" in (await send(client, ask, on=ask, address="@no@far.example")).text
    link = (await send(client, ask, on=ask, address="@ann@far.example")).headers["location"]
    page = (await client.get(link)).text
    [code] = re.findall(r"<code>(harken-[0-9a-f]{10})</code>", page)
    assert "at the fair" not in page
    assert (await client.get(f"{link}/me.json")).status_code == 404
    assert (await send(client, link, on=link, desk_id=str(desk.id), wish="forget")).status_code == 404
    assert (await client.get("/about/listening/asked/guess")).status_code == 404
    await sign_in(client, world, hal)
    assert (await client.get("/moderation/inquiries")).status_code == 403
    lea = await accounts.get(world.db, await world.db.value("SELECT account_id FROM desk_member WHERE role = 2"))
    await sign_in(client, world, lea)
    asked = (await client.get("/moderation/inquiries")).text
    assert code in asked
    assert link.rsplit("/", 1)[1] not in asked, "the operator does not get the link"
    number = re.findall(r"/moderation/inquiries/(\d+)", asked)[0]
    assert (await send(client, f"/moderation/inquiries/{number}", seen="yes")).status_code == 303
    client.cookies.clear()
    assert "at the fair" in (await client.get(link)).text
    assert (await client.get(f"{link}/me.json")).json()["desks"][0]["card"]["how_we_met"] == "at the fair"
    assert (await send(client, link, on=link, desk_id=str(desk.id), wish="forget")).status_code == 303
    assert "at the fair" not in (await client.get(link)).text


async def test_a_table_comes_in_by_file_or_by_hand_and_names_what_is_wrong(
    world: World, client: httpx.AsyncClient
) -> None:
    desk, hal, _ann = await at_desk(world)
    path = f"/desks/{desk.id}/contacts/import"
    await sign_in(client, world, hal)
    assert (await client.get(path)).status_code == 403
    assert (await client.get(f"/desks/{desk.id}/contacts/table.csv")).status_code == 403
    lea = await accounts.get(world.db, await world.db.value("SELECT account_id FROM desk_member WHERE role = 2"))
    await sign_in(client, world, lea)
    assert "Choose a file" in (await send(client, path)).text
    assert "must name the columns" in (await send(client, path, text="a,b\n1,2\n")).text
    page = (await send(client, path, text="name,channel\nMrs Ort,phone\nX,<b>\n")).text
    assert "1 person is new." in page
    assert "Line 3" in page
    token = csrf((await client.get(path)).text)
    sent = await client.post(path, data={"csrf": token}, files={"file": ("a.csv", b"\xef\xbb\xbfname\nMr File\n")})
    assert "1 person is new." in sent.text
    table = await client.get(f"/desks/{desk.id}/contacts/table.csv")
    assert "Mr File" in table.text
    assert table.headers["content-disposition"].startswith("attachment")
    assert "took the people along as a table" in (await client.get(f"/desks/{desk.id}/record")).text

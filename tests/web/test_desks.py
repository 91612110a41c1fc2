"""Desks as their people and the public meet them."""

from __future__ import annotations

import csv
import io

import httpx

from harken.model.account import Role
from tests.web.test_pages import send, sign_in
from tests.world import World


async def opened(world: World, client: httpx.AsyncClient, **given: str) -> str:
    """The path of a desk that lea opened in the browser; she stays signed in."""
    await sign_in(client, world, await world.account("lea", role=Role.MODERATOR))
    answer = await send(client, "/desks", **{"name": "Clinic desk", "kind": "health", "zone": "Europe/Berlin", **given})
    return str(answer.headers["location"]).removesuffix("/about")


async def test_a_desk_says_on_the_public_page_who_listens_and_to_what(
    world: World, client: httpx.AsyncClient
) -> None:
    assert "Nobody listens here" in (await client.get("/about/listening")).text
    path = await opened(world, client, about="We know about <b>care</b>", emergency="Call 112")
    assert (await send(client, f"{path}/ears", query="clinic is:question", name="Who looks for care")
            ).status_code == 303
    client.cookies.clear()
    page = (await client.get("/about/listening")).text
    assert "Clinic desk" in page
    assert "Who looks for care" in page
    assert "is:question" not in page, "the query itself is not public"
    assert "&lt;b&gt;care" in page
    assert "1 person answers here" in page
    assert "Call 112" in page


async def test_people_come_and_go_and_everything_is_in_the_record(world: World, client: httpx.AsyncClient) -> None:
    path = await opened(world, client)
    hal = await world.account("hal")
    assert "Nobody on this server has that name" in (await send(client, f"{path}/people", name="nobody")).text
    assert (await send(client, f"{path}/people", name="@hal", role="helper")).status_code == 303
    page = (await client.get(f"{path}/about")).text
    assert "@hal" in page
    assert (await send(client, f"{path}/people/{hal.id}/leave")).status_code == 303
    assert "A desk needs a lead" in (await send(
        client, f"{path}/people/{await world.db.value('SELECT min(account_id) FROM desk_member')}/leave")).text
    await send(client, f"{path}/ears", query="=cmd")
    record = (await client.get(f"{path}/record")).text
    assert "ended a place" in record
    table = list(csv.DictReader(io.StringIO((await client.get(f"{path}/record.csv")).text)))
    assert [(line["by"], line["act"], line["account"], line["about"]) for line in table] == [
        ("'@lea", "open", "", "Clinic desk"), ("'@lea", "staff", "'@hal", "helper"), ("'@lea", "leave", "'@hal", ""),
        ("'@lea", "listen", "", "'=cmd")]


async def test_a_role_sees_no_more_than_it_may(world: World, client: httpx.AsyncClient) -> None:
    path = await opened(world, client)
    hal, stranger = await world.account("hal"), await world.account("stranger")
    await send(client, f"{path}/people", name="hal", role="helper")
    await sign_in(client, world, hal)
    assert (await client.get(f"{path}/about")).status_code == 200
    for page in ("settings", "record", "record.csv", "close"):
        assert (await client.get(f"{path}/{page}")).status_code == 403, page
    assert (await send(client, f"{path}/ears", query="tea")).status_code == 403
    await sign_in(client, world, stranger)
    for page in ("about", "settings", "record", "record.csv"):
        assert (await client.get(f"{path}/{page}")).status_code == 404, page
    assert "You do not work at a desk" in (await client.get("/desks")).text


async def test_a_form_that_cannot_be_saved_says_why_and_loses_nothing(
    world: World, client: httpx.AsyncClient
) -> None:
    path = await opened(world, client)
    answer = await send(client, f"{path}/settings", name="", about="kept")
    assert answer.status_code == 422
    assert "Give the desk a name" in answer.text
    assert "kept" in answer.text
    assert (await send(client, f"{path}/settings", name="New name", about="")).status_code == 303
    assert "New name" in (await client.get("/desks")).text
    assert (await send(client, f"{path}/close")).status_code == 303
    assert "New name" not in (await client.get("/about/listening")).text
    assert (await client.get(f"{path}/about")).status_code == 404

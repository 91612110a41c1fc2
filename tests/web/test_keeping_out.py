"""What moderators keep out, and take off the trends, without JavaScript."""

from __future__ import annotations

import httpx
import pytest

from harken.model.account import Role
from harken.model.barrier import CanonicalBlock, DomainBlock, IpBlock, Named
from harken.model.paging import Window
from harken.store import barriers, moderation, trends
from tests.web.test_moderation import browser, csrf
from tests.world import World

PAGE = "/moderation/keeping-out"


@pytest.mark.parametrize("table, shape, given, name", [
    ("domain_block", DomainBlock, {"domain": "loud.example", "severity": "suspend"}, "loud.example"),
    ("email_domain_block", Named, {"domain": "mail.example"}, "mail.example"),
    ("canonical_email_block", CanonicalBlock, {"email": "eve@example.org"}, ""),
    ("ip_block", IpBlock, {"network": "192.0.2.0/24", "severity": "sign_up_block", "days": "7"}, "192.0.2.0/24"),
])
async def test_something_is_kept_out_after_a_second_look_and_let_in_again(
    world: World, client: httpx.AsyncClient, table: str, shape: type, given: dict[str, str], name: str
) -> None:
    adas = await browser(world, client, await world.account("ada", role=Role.ADMINISTRATOR))
    asked = await adas.send(PAGE, what=table, **given)
    assert "Yes, keep it out" in asked.text
    assert await barriers.page(world.db, table, shape, Window(limit=9)) == []
    done = await client.post(PAGE, data={"csrf": csrf(asked.text), "what": table, "sure": "1", **given})
    assert done.status_code == 303
    [kept] = await barriers.page(world.db, table, shape, Window(limit=9))
    assert name in kept.name
    twice = await adas.send(PAGE, what=table, sure="1", **given)
    assert twice.status_code == 422
    assert "kept out already" in twice.text
    assert (await adas.send(PAGE, what=table, take_back=str(kept.id))).status_code == 303
    assert await barriers.page(world.db, table, shape, Window(limit=9)) == []
    assert len(await moderation.acts(world.db, Window(limit=9))) == 2


async def test_nobody_shuts_themselves_out(world: World, client: httpx.AsyncClient) -> None:
    adas = await browser(world, client, await world.account("ada", role=Role.ADMINISTRATOR))
    given = {"what": "ip_block", "network": "127.0.0.0/8", "severity": "no_access", "sure": "1"}
    refused = await adas.send(PAGE, **given)
    assert refused.status_code == 422
    assert "You are in this network yourself" in refused.text
    assert (await adas.get(PAGE)).status_code == 200


@pytest.mark.parametrize("given", [
    {"what": "domain_block", "domain": "not a server", "severity": "suspend"},
    {"what": "domain_block", "domain": "loud.example", "severity": "burn"},
    {"what": "domain_block", "domain": ""}, {"what": "ip_block", "network": "here", "severity": "no_access"},
    {"what": "ip_block", "network": "192.0.2.1", "severity": "no_access", "days": "99999999999"},
    {"what": "email_domain_block", "domain": "\x00"}, {"what": "canonical_email_block", "email": " "},
])
async def test_what_cannot_be_kept_out_is_said(
    world: World, client: httpx.AsyncClient, given: dict[str, str]
) -> None:
    adas = await browser(world, client, await world.account("ada", role=Role.ADMINISTRATOR))
    assert (await adas.send(PAGE, sure="1", **given)).status_code == 422


async def test_moderators_keep_nothing_out(world: World, client: httpx.AsyncClient) -> None:
    roses = await browser(world, client, await world.account("rose", role=Role.MODERATOR))
    assert (await roses.get(PAGE)).status_code == 403
    token = csrf((await roses.get("/moderation/trends")).text)
    assert (await client.post(PAGE, data={"csrf": token, "what": "domain_block", "domain": "x.example",
                                          "severity": "suspend", "sure": "1"})).status_code == 403
    adas = await browser(world, client, await world.account("ada", role=Role.ADMINISTRATOR))
    await adas.get(PAGE)
    assert (await client.post(PAGE, data={"what": "email_domain_block", "domain": "x.example", "sure": "1"})
            ).status_code == 403  # no token
    assert await barriers.page(world.db, "email_domain_block", Named, Window(limit=9)) == []


async def test_a_tag_is_taken_off_the_trends_and_put_back(world: World, client: httpx.AsyncClient) -> None:
    roses = await browser(world, client, await world.account("rose", role=Role.MODERATOR))
    page = "/moderation/trends"
    await roses.send(page, what="hide", kind="tag", name="#Drums")
    assert (await trends.hidden(world.db))["tag"] == {"drums"}
    assert "#drums" in (await roses.get(page)).text
    await roses.send(page, what="show", kind="tag", name="drums")
    assert (await trends.hidden(world.db))["tag"] == set()
    for bad in ({"kind": "person"}, {"name": ""}, {"what": "burn"}):
        given = {"what": "hide", "kind": "tag", "name": "x"} | bad
        assert (await roses.send(page, **given)).status_code == 404
    alices = await browser(world, client, await world.account("alice"))
    assert (await alices.get(page)).status_code == 403


async def test_everybody_reads_what_is_kept_out_and_why(world: World, client: httpx.AsyncClient) -> None:
    adas = await browser(world, client, await world.account("ada", role=Role.ADMINISTRATOR))
    await adas.send(PAGE, what="domain_block", domain="loud.example", severity="suspend", sure="1",
                    public_comment="Threats, again and again.", private_comment="Ask Rose.")
    await adas.send(PAGE, what="domain_block", domain="unkind.example", severity="silence", sure="1", obfuscate="1")
    client.cookies.clear()
    page = (await client.get("/about")).text
    assert "loud.example" in page
    assert "Threats, again and again." in page
    assert "Ask Rose." not in page
    assert "unkind.example" not in page
    assert "***" in page

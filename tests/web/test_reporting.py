"""The form by which people ask the moderators to look at somebody, without JavaScript."""

from __future__ import annotations

import re

import httpx

from harken import clock
from harken.actions.write_rules import add_rule
from harken.model.account import Role
from harken.model.paging import Window
from harken.store import reports
from tests.world import World


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


async def test_somebody_is_reported_from_a_post(world: World, client: httpx.AsyncClient) -> None:
    alice, bob, rose = await world.account("alice"), await world.account("bob"), await world.account(
        "rose", role=Role.MODERATOR)
    rule = await add_rule(world.db, "Be kind.", "", clock.now())
    post = await world.post(bob, "something unkind")
    client.cookies.update(await world.cookies(alice))
    assert f"/report?post={post.id}" in (await client.get("/@bob")).text
    page = (await client.get(f"/report?post={post.id}")).text
    assert re.search(rf'value="{post.id}" checked', page)
    assert "Be kind." in page
    given = {"csrf": csrf(page), "account": str(bob.id), "posts[]": str(post.id), "comment": "Please look."}
    again = await client.post("/report", data=given)
    assert again.status_code == 422
    assert "what it is about" in again.text
    assert "Please look." in again.text
    sent = await client.post("/report", data=given | {"category": "violation", "rules[]": str(rule.id)})
    assert sent.status_code == 200
    assert "Thank you" in sent.text
    assert f"/people/{bob.id}/block" in sent.text
    [kept] = await reports.page(world.db, Window(limit=9))
    assert (kept.account_id, kept.target_id, kept.post_ids, kept.rule_ids, kept.comment) == (
        alice.id, bob.id, [post.id], [rule.id], "Please look.")
    await world.settle()
    client.cookies.clear()
    client.cookies.update(await world.cookies(rose))
    told = (await client.get("/notifications")).text
    assert "@bob" in told
    assert "Please look." in told


async def test_nobody_reports_themselves_or_a_stranger_s_secret(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    own, hidden = await world.post(alice, "mine"), await world.post(bob, "hidden", to="followers")
    client.cookies.update(await world.cookies(alice))
    for query in (f"post={own.id}", f"account={alice.id}", f"post={hidden.id}", "account=", "account=x", "post=9"):
        assert (await client.get(f"/report?{query}")).status_code == 404, query
    assert "/report?" not in (await client.get(f"/@alice/{own.id}")).text


async def test_a_visitor_signs_in_first(world: World, client: httpx.AsyncClient) -> None:
    bob = await world.account("bob")
    assert (await client.get(f"/report?account={bob.id}")).status_code == 303

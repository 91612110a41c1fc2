"""Joining: openly, by approval with a reason, and by invitation; and where one is signed in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from harken import clock, housekeeping
from harken.actions.change_state import change_role, limit
from harken.actions.create_account import create_account
from harken.actions.invite_member import find_invite, invite_member, may_invite, revoke_invite
from harken.engine import Engine
from harken.errors import Invalid, NotAllowed, NotFound
from harken.model.account import Account, Role, State
from harken.model.paging import Window
from harken.store import accounts, invites, members, moderation, sessions
from harken.web.sessions import device
from tests.web.test_moderation import browser, csrf
from tests.world import World

FORM = {"username": "bea", "email": "bea@example.org", "password": "seven small lanterns"}


def with_settings(engine: Engine, **changed: Any) -> None:
    engine.settings = msgspec.structs.replace(engine.settings, **changed)


async def join(client: httpx.AsyncClient, at: str = "/sign-up", **given: str) -> httpx.Response:
    client.cookies.clear()
    page = await client.get(at)
    return await client.post("/sign-up", data={**FORM, "csrf": csrf(page.text), **given})


async def bea(world: World) -> Account | None:
    return await accounts.find_by_name(world.db, "bea")


async def test_who_joins_by_approval_says_why_and_waits(
    world: World, engine: Engine, client: httpx.AsyncClient
) -> None:
    with_settings(engine, approve_sign_ups=True)
    assert (await client.get("/api/v2/instance")).json()["registrations"]["approval_required"] is True
    assert (await join(client)).status_code == 422
    sent = await join(client, reason="I keep bees.")
    assert sent.status_code == 200
    assert "A moderator looks at it first" in sent.text
    found = await bea(world)
    assert found
    assert found.state is State.PENDING
    rose = await world.account("rose", role=Role.MODERATOR)
    roses = await browser(world, client, rose)
    assert "I keep bees." in (await roses.get("/moderation/waiting")).text
    asked = await roses.send(f"/moderation/waiting/{found.id}", at="/moderation/waiting", what="reject")
    assert "Yes, turn them away" in asked.text
    assert (await world.again(found)).state is State.PENDING
    done = await roses.send(f"/moderation/waiting/{found.id}", at="/moderation/waiting", what="approve")
    assert done.status_code == 303
    assert (await world.again(found)).state is State.ACTIVE
    member = await members.find(world.db, found.id)
    assert member
    assert member.reason == ""  # nobody's business any more


async def test_who_is_turned_away_is_forgotten(world: World, engine: Engine, client: httpx.AsyncClient) -> None:
    with_settings(engine, approve_sign_ups=True)
    await join(client, reason="Cheap watches!")
    found = await bea(world)
    assert found
    roses = await browser(world, client, await world.account("rose", role=Role.MODERATOR))
    await roses.send(f"/moderation/waiting/{found.id}", at="/moderation/waiting", what="reject", sure="1")
    assert await members.find(world.db, found.id) is None
    assert [act.act for act in await moderation.acts(world.db, Window(limit=9))] == ["reject"]


async def test_an_invitation_opens_a_closed_server_as_often_as_it_says(
    world: World, engine: Engine, client: httpx.AsyncClient
) -> None:
    with_settings(engine, open_registration=False, approve_sign_ups=True, invites="members")
    alice = await world.account("alice")
    theirs = await browser(world, client, alice)
    await theirs.send("/settings/invites", note="Bea next door", uses="1", days="7")
    [made] = await invites.page(world.db, Window(limit=9), alice.id)
    assert f"/invited/{made.code}" in (await theirs.get("/settings/invites")).text
    assert (await join(client, at="/sign-in")).status_code == 403
    assert (await join(client, at="/sign-in", invite="abcdefgh")).status_code == 403
    client.cookies.clear()
    assert "@alice invites you" in (await client.get(f"/invited/{made.code}")).text
    assert (await join(client, at=f"/invited/{made.code}", invite=made.code)).status_code == 303
    found = await bea(world)
    assert found
    assert found.state is State.ACTIVE  # nobody has to approve who was invited
    member = await members.find(world.db, found.id)
    assert member
    assert member.invited_by == alice.id
    client.cookies.clear()
    assert (await client.get(f"/invited/{made.code}")).status_code == 404
    late = await join(client, at="/sign-in", invite=made.code, username="cleo", email="cleo@example.org")
    assert late.status_code == 403
    assert "@bea" in (await theirs.get("/settings/invites")).text
    roses = await browser(world, client, await world.account("rose", role=Role.MODERATOR))
    page = (await roses.get("/moderation/invites")).text
    assert "@bea" in page
    assert made.code not in page
    assert "Bea next door" not in page  # the inviter's own words


async def test_programs_join_with_an_invitation(world: World, engine: Engine, client: httpx.AsyncClient) -> None:
    with_settings(engine, open_registration=False, invites="members")
    made = await invite_member(world.db, "members", await world.account("alice"), clock.now())
    application = (await client.post("/api/v1/apps", json={
        "client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"})).json()
    token = (await client.post("/oauth/token", json={
        "grant_type": "client_credentials", "client_id": application["client_id"],
        "client_secret": application["client_secret"], "scope": "read write"})).json()["access_token"]
    given = {**FORM, "agreement": True, "locale": "en"}
    heads = {"Authorization": f"Bearer {token}"}
    assert (await client.post("/api/v1/accounts", json=given, headers=heads)).status_code == 403
    sent = await client.post("/api/v1/accounts", json={**given, "invite_code": made.code}, headers=heads)
    assert sent.status_code == 200


async def test_one_use_is_one_use_also_at_the_same_moment(world: World) -> None:
    now = clock.now()
    made = await invite_member(world.db, "members", await world.account("alice"), now, uses=1)
    await create_account(world.db, username="bea", email="b@example.org", now=now, invite=made)
    with pytest.raises(Invalid):  # had looked before it was used up
        await create_account(world.db, username="cleo", email="c@example.org", now=now, invite=made)
    assert await accounts.find_by_name(world.db, "cleo") is None


async def test_an_invitation_ends_with_its_inviter_s_standing(world: World) -> None:
    now = clock.now()
    alice = await world.account("alice")
    made = await invite_member(world.db, "members", alice, now, uses=0, days=1)
    assert await find_invite(world.db, "members", made.code, now)
    assert await find_invite(world.db, "moderators", made.code, now) is None  # the setting was changed
    assert await find_invite(world.db, "nobody", made.code, now) is None
    assert await find_invite(world.db, "members", made.code, now + timedelta(days=1, seconds=1)) is None
    await limit(world.db, alice.id, now)
    assert await find_invite(world.db, "members", made.code, now) is None
    with pytest.raises(NotAllowed):
        await invite_member(world.db, "members", await world.again(alice), now)


async def test_only_those_invite_whom_the_setting_names(world: World, client: httpx.AsyncClient) -> None:
    alice, rose = await world.account("alice"), await world.account("rose", role=Role.MODERATOR)
    for setting, member_may, moderator_may in [
            ("members", True, True), ("moderators", False, True), ("administrators", False, False),
            ("nobody", False, False)]:
        assert await may_invite(world.db, setting, alice) is member_may
        assert await may_invite(world.db, setting, rose) is moderator_may
    with pytest.raises(NotAllowed):
        await invite_member(world.db, "moderators", alice, clock.now())
    theirs = await browser(world, client, alice)
    sent = await theirs.send("/settings/invites", at="/settings/account", uses="1", days="7")
    assert sent.status_code == 403
    made = await invite_member(world.db, "moderators", rose, clock.now())
    with pytest.raises(NotFound):
        await revoke_invite(world.db, alice, made.id, clock.now())
    assert (await theirs.send(
        f"/moderation/invites/{made.id}/end", at="/settings/account")).status_code == 403
    dora = await world.account("dora", role=Role.MODERATOR)
    doras = await browser(world, client, dora)
    assert (await client.post(f"/moderation/invites/{made.id}/end")).status_code == 403  # no token
    assert (await doras.send(f"/moderation/invites/{made.id}/end", at="/moderation/invites")).status_code == 303
    assert await find_invite(world.db, "moderators", made.code, clock.now()) is None
    await change_role(world.db, None, rose.id, Role.MEMBER, clock.now())
    assert not await may_invite(world.db, "moderators", rose)


# ---- where one is signed in --------------------------------------------------------


@pytest.mark.parametrize("user_agent, said", [
    ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
     "Mobile/15E148 Safari/604.1", "Safari, iPhone"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 "
     "Edg/130.0.0.0", "Edge, Windows"),
    ("curl/8.5.0", "curl"), ("SomethingNew 3 (<b>)", "SomethingNew 3"), ("", ""),
])
def test_a_browser_is_called_by_its_name(user_agent: str, said: str) -> None:
    assert device(user_agent).strip() == said


async def test_sessions_are_ended_one_by_one_and_all_others(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    here = await browser(world, client, alice)
    for _ in range(2):
        await world.cookies(alice)
    await world.cookies(bob)
    first, *others = [one.id for one in await sessions.of_account(world.db, alice.id)]
    page = (await here.get("/settings/sessions")).text
    assert page.count("Sign out there") == 2
    [bobs] = await sessions.of_account(world.db, bob.id)
    await here.send("/settings/sessions", session=str(bobs.id))
    assert len(await sessions.of_account(world.db, bob.id)) == 1  # not hers to end
    await here.send("/settings/sessions", session=str(first))
    assert len(await sessions.of_account(world.db, alice.id)) == 2
    await here.send("/settings/sessions", session="others")
    assert [one.id for one in await sessions.of_account(world.db, alice.id)] == [others[-1]]
    assert (await here.get("/settings/sessions")).status_code == 200
    assert (await client.post("/settings/sessions", data={"session": "others"})).status_code == 403


async def test_a_session_lasts_while_it_is_used(world: World, engine: Engine, client: httpx.AsyncClient) -> None:
    with_settings(engine, session_days=30)
    alice = await world.account("alice")
    theirs = await browser(world, client, alice)

    async def unused_for(days: float) -> None:
        async with world.db.transaction() as tx:
            await tx.execute(
                "UPDATE session SET last_seen_at = :at WHERE account_id = :id", id=alice.id,
                at=clock.now() - timedelta(days=days))

    await unused_for(29)
    page = await theirs.get("/settings/sessions")
    assert page.status_code == 200
    assert "harken_session=" in page.headers["set-cookie"]
    assert "Max-Age=2592000" in page.headers["set-cookie"]
    [kept] = await sessions.of_account(world.db, alice.id)
    assert clock.now() - kept.last_seen_at < timedelta(minutes=1)
    await unused_for(31)
    assert (await theirs.get("/settings/sessions")).status_code == 303
    await housekeeping.tidy(world.db, session_life=timedelta(days=30))
    assert await sessions.of_account(world.db, alice.id) == []

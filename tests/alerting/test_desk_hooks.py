"""What programs are told of a desk: everything, in order, signed, again until it is taken."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import msgspec
import pytest

from harken import clock
from harken.actions.keep_desk import DeskDraft, change_desk, close_desk, note, open_desk
from harken.actions.keep_desk_hook import drop_desk_hook, keep_desk_hook, pause_desk_hook
from harken.actions.staff_desk import staff_desk
from harken.alerting.desk_hooks import tell_what_is_due
from harken.errors import Conflict, Invalid, NotAllowed
from harken.model.account import Account, Role
from harken.model.desk import Desk, DeskRole
from harken.model.desk_hook import MAX_HOOKS, MAX_TRIES
from harken.settings import Settings
from harken.store import desk_hooks
from tests.alerting.outside import Web, web
from tests.web.test_pages import send, sign_in
from tests.world import World


@pytest.fixture
async def outside() -> AsyncIterator[Web]:
    async with web() as listening:
        yield listening


@pytest.fixture
def open_settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, allow_private_addresses=True)


async def desk_of(world: World) -> tuple[Desk, Account]:
    lea = await world.account("lea", role=Role.MODERATOR)
    return await open_desk(world.db, lea, DeskDraft(name="Desk"), clock.now()), lea


async def rename(world: World, lea: Account, desk: Desk, name: str) -> None:
    await change_desk(world.db, lea, desk.id, DeskDraft(name=name), clock.now())


async def test_every_line_comes_in_order_signed_and_again_until_taken(
    world: World, open_settings: Settings, outside: Web
) -> None:
    desk, lea = await desk_of(world)
    hook = await keep_desk_hook(world.db, lea, desk.id, outside.url, clock.now(), insecure=True)
    for name in ("One", "Two"):
        await rename(world, lea, desk, name)

    async def look(after: timedelta = timedelta()) -> int:
        return await tell_what_is_due(world.db, open_settings, "https://harken.test", clock.now() + after)

    outside.status = 500
    assert await look() == 0
    failed = await desk_hooks.find(world.db, hook.id)
    assert failed is not None
    assert (failed.tries, failed.paused, await desk_hooks.waiting(world.db, hook.id)) == (1, False, 3)
    assert "500" in failed.failure
    assert await look() == 0, "not at once again"
    outside.status = 204
    assert await look(timedelta(hours=1)) == 1
    headers, content = outside.got[-1].headers, outside.got[-1].body
    at, made = (part.split("=")[1] for part in headers["harken-signature"].split(","))
    assert hmac.new(hook.secret.encode(), f"{at}.".encode() + content, hashlib.sha256).hexdigest() == made
    told = json.loads(content)
    assert (told["type"], told["desk"]["id"]) == ("desk.acts", str(desk.id))
    assert [act["act"] for act in told["acts"]] == ["hook", "change", "change"]
    assert headers["harken-delivery"] == told["acts"][-1]["id"]
    assert await look(timedelta(hours=1)) == 0, "told"
    await rename(world, lea, desk, "Three")
    assert await look(timedelta(hours=1)) == 1
    assert [act["act"] for act in json.loads(outside.got[-1].body)["acts"]] == ["change"]
    assert [one.failure for one in await desk_hooks.deliveries(world.db, hook.id)][:2] == ["", ""]


async def test_a_line_of_a_slow_request_is_not_stepped_over(
    world: World, open_settings: Settings, outside: Web
) -> None:
    desk, lea = await desk_of(world)
    await keep_desk_hook(world.db, lea, desk.id, outside.url, clock.now(), insecure=True)
    began = clock.now() - timedelta(days=2)
    assert await tell_what_is_due(world.db, open_settings, "https://harken.test", clock.now()) == 1
    async with world.db.transaction() as tx:  # its line gets an id before that which is told already
        await note(tx, desk.id, lea.id, "spend", began, about="5 min")
    assert await tell_what_is_due(world.db, open_settings, "https://harken.test", clock.now()) == 1
    first, second = ([(act["id"], act["act"]) for act in json.loads(one.body)["acts"]] for one in outside.got)
    assert [verb for _, verb in first + second] == ["hook", "spend"]
    assert int(second[0][0]) < int(first[0][0])


async def test_the_last_that_is_told_is_that_the_desk_closed(
    world: World, open_settings: Settings, outside: Web
) -> None:
    desk, lea = await desk_of(world)
    paused = await keep_desk_hook(world.db, lea, desk.id, "https://example.org/paused", clock.now())
    await pause_desk_hook(world.db, lea, desk.id, paused.id, True, clock.now())
    deaf = await keep_desk_hook(world.db, lea, desk.id, outside.url + "/deaf", clock.now(), insecure=True)
    hook = await keep_desk_hook(world.db, lea, desk.id, outside.url, clock.now(), insecure=True)
    await close_desk(world.db, lea, desk.id, clock.now())
    assert await desk_hooks.find(world.db, paused.id) is None
    async with world.db.transaction() as tx:
        await desk_hooks.update(tx, msgspec.structs.replace(deaf, url="", tries=MAX_TRIES - 1, next_at=clock.now()))
    outside.status = 500
    assert await tell_what_is_due(world.db, open_settings, "", clock.now()) == 0
    assert await desk_hooks.find(world.db, deaf.id) is None, "after the last try"
    outside.status = 200
    assert await tell_what_is_due(world.db, open_settings, "", clock.now() + timedelta(hours=1)) == 1
    assert json.loads(outside.got[-1].body)["acts"][-1]["act"] == "close"
    assert await desk_hooks.find(world.db, hook.id) is None


async def test_why_an_answer_passed_the_check_stays_in_the_house(
    world: World, open_settings: Settings, outside: Web
) -> None:
    desk, lea = await desk_of(world)
    await keep_desk_hook(world.db, lea, desk.id, outside.url, clock.now(), insecure=True)
    async with world.db.transaction() as tx:
        await note(tx, desk.id, lea.id, "override", clock.now(), about="patient: she told me of her knee")
        await note(tx, desk.id, lea.id, "spend", clock.now(), about="5 min")
    await tell_what_is_due(world.db, open_settings, "https://harken.test", clock.now())
    told = json.loads(outside.got[-1].body)["acts"]
    assert [(act["act"], act["about"]) for act in told[1:]] == [("override", ""), ("spend", "5 min")]


async def test_what_fails_for_days_is_paused_and_goes_on_where_it_was(
    world: World, open_settings: Settings, outside: Web
) -> None:
    desk, lea = await desk_of(world)
    hook = await keep_desk_hook(world.db, lea, desk.id, outside.url, clock.now(), insecure=True)
    outside.status = 500
    for number in range(MAX_TRIES + 3):
        await tell_what_is_due(
            world.db, open_settings, "", clock.now() + timedelta(days=number + 1))
    paused = await desk_hooks.find(world.db, hook.id)
    assert paused is not None
    assert (paused.paused, paused.tries) == (True, MAX_TRIES)
    outside.status = 200
    await pause_desk_hook(world.db, lea, desk.id, hook.id, False, clock.now())
    assert await tell_what_is_due(world.db, open_settings, "", clock.now()) == 1
    assert [act["act"] for act in json.loads(outside.got[-1].body)["acts"]] == ["hook", "hook_on"]


async def test_leads_alone_and_nothing_inside(world: World, settings: Settings) -> None:
    desk, lea = await desk_of(world)
    hal = await world.account("hal")
    await staff_desk(world.db, lea, desk.id, hal.id, DeskRole.HELPER, clock.now())
    with pytest.raises(NotAllowed):
        await keep_desk_hook(world.db, hal, desk.id, "https://example.org/x", clock.now())
    assert await desk_hooks.of_desk(world.db, desk.id, hal.id) == []
    for wrong in ("", "http://example.org", "ftp://example.org", "https://me:pw@example.org/", "https://", "x" * 3000):
        with pytest.raises(Invalid):
            await keep_desk_hook(world.db, lea, desk.id, wrong, clock.now())
    hook = await keep_desk_hook(world.db, lea, desk.id, "https://127.0.0.1:9/x", clock.now())
    with pytest.raises(Conflict):
        await keep_desk_hook(world.db, lea, desk.id, "https://127.0.0.1:9/x", clock.now())
    assert await tell_what_is_due(world.db, settings, "", clock.now()) == 0
    refused = await desk_hooks.find(world.db, hook.id)
    assert refused is not None
    assert refused.failure
    for number in range(MAX_HOOKS - 1):
        await keep_desk_hook(world.db, lea, desk.id, f"https://example.org/{number}", clock.now())
    with pytest.raises(Invalid, match="at the most"):
        await keep_desk_hook(world.db, lea, desk.id, "https://example.org/last", clock.now())
    await drop_desk_hook(world.db, lea, desk.id, hook.id, clock.now())
    assert await desk_hooks.find(world.db, hook.id) is None


async def test_the_page_says_the_secret_once(world: World, client: httpx.AsyncClient) -> None:
    desk, lea = await desk_of(world)
    await sign_in(client, world, lea)
    made = await send(client, f"/desks/{desk.id}/hooks", url="https://example.org/hook")
    [hook] = await desk_hooks.of_desk(world.db, desk.id, lea.id)
    assert hook.secret in made.text
    page = (await client.get(f"/desks/{desk.id}/hooks")).text
    assert "https://example.org/hook" in page
    assert hook.secret not in page
    assert (await send(client, f"/desks/{desk.id}/hooks", url="nonsense")).status_code == 422
    assert (await send(client, f"/desks/{desk.id}/hooks/{hook.id}/pause")).status_code == 303
    assert "paused" in (await client.get(f"/desks/{desk.id}/hooks")).text
    assert (await send(client, f"/desks/{desk.id}/hooks/{hook.id}/drop")).status_code == 303
    assert "example.org/hook" not in (await client.get(f"/desks/{desk.id}/hooks")).text

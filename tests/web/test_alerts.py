"""The pages of alerts: choosing, testing, switching off, without JavaScript; and the live sign."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from harken import clock, webpush
from harken.actions.keep_ear import keep_ear
from harken.actions.set_alert import set_alert
from harken.engine import Engine
from harken.model.account import Account
from harken.model.alert import EarAlert, Mode
from harken.model.ear import Ear
from harken.store import alerts, push
from tests.alerting.test_sender import browser
from tests.web.test_pages import send, sign_in
from tests.world import World


async def an_ear(world: World, owner: Account, query: str = "clinic", **chosen: Any) -> Ear:
    ear = await keep_ear(world.db, owner, query, "UTC", clock.now())
    if chosen:
        await set_alert(world.db, owner, EarAlert(ear_id=ear.id, owner_id=owner.id, **chosen), clock.now())
    return ear


async def test_how_an_ear_tells_is_chosen_on_its_page(world: World, client: httpx.AsyncClient) -> None:
    ann = await world.account("ann")
    ear = await an_ear(world, ann)
    await sign_in(client, world, ann)
    path = f"/ears/{ear.id}/alerts"
    assert 'value="never" checked' in (await client.get(path)).text
    chosen = {
        "mode": "at_once", "in_app": "1", "email": "1", "webhook_url": "https://example.org/hook", "cool_down": "3600",
        "spike": "20"}
    answer = await send(client, path, **chosen)
    assert answer.status_code == 303
    page = (await client.get(answer.headers["location"])).text
    assert "Saved." in page
    assert 'value="at_once" checked' in page
    assert 'value="https://example.org/hook"' in page
    assert '<option value="3600" selected>' in page
    assert '<option value="20" selected>' in page
    kept = await alerts.find_setting(world.db, ear.id)
    assert kept is not None
    assert (kept.push, kept.email, kept.webhook_secret in page) == (False, True, True)
    await send(client, path, **{**chosen, "mode": "digest"})
    again = await alerts.find_setting(world.db, ear.id)
    assert again is not None
    assert (again.mode, again.webhook_secret) == (Mode.DIGEST, kept.webhook_secret)


@pytest.mark.parametrize("wrong", [
    {"mode": "sometimes"}, {"mode": "at_once"}, {"mode": "at_once", "in_app": "1", "cool_down": "7"},
    {"mode": "at_once", "in_app": "1", "spike": "-3"}, {"mode": "at_once", "webhook_url": "javascript:alert(1)"},
    {"mode": "at_once", "webhook_url": "http://["}, {"mode": "at_once", "in_app": "1", "cool_down": "x"},
    {"mode": "at_once", "in_app": "1", "spike": "9" * 30}])
async def test_what_cannot_be_chosen_is_refused_in_words(
    world: World, client: httpx.AsyncClient, wrong: dict[str, str]
) -> None:
    ann = await world.account("ann")
    ear = await an_ear(world, ann)
    await sign_in(client, world, ann)
    answer = await send(client, f"/ears/{ear.id}/alerts", **wrong)
    assert answer.status_code == 422
    assert 'class="error"' in answer.text or "cannot" in answer.text.lower() or "xpected" in answer.text
    assert await alerts.find_setting(world.db, ear.id) is None


async def test_an_ear_that_asks_for_what_comes_later_says_why_it_cannot_tell(
    world: World, client: httpx.AsyncClient
) -> None:
    ann = await world.account("ann")
    ear = await an_ear(world, ann, "clinic is:unanswered")
    await sign_in(client, world, ann)
    assert "no moment to tell you" in (await client.get(f"/ears/{ear.id}/alerts")).text
    answer = await send(client, f"/ears/{ear.id}/alerts", mode="at_once", in_app="1")
    assert answer.status_code == 422
    assert "no moment to tell you" in answer.text


async def test_the_alerts_of_an_ear_are_its_owners_alone(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = await an_ear(world, ann)
    await sign_in(client, world, bob)
    assert (await client.get(f"/ears/{ear.id}/alerts")).status_code == 404
    assert (await send(client, f"/ears/{ear.id}/alerts", mode="at_once", in_app="1")).status_code == 404
    assert (await send(client, f"/ears/{ear.id}/alerts/test")).status_code == 404
    assert (await client.post(f"/ears/{ear.id}/alerts", data={"mode": "never"})).status_code == 403


async def test_a_test_shows_how_it_went(world: World, client: httpx.AsyncClient, engine: Engine) -> None:
    ann = await world.account("ann")
    ear = await an_ear(world, ann, mode=Mode.AT_ONCE, webhook_url="http://127.0.0.1:1/", push=True)
    await sign_in(client, world, ann)
    answer = await send(client, f"/ears/{ear.id}/alerts/test")
    assert answer.status_code == 303
    await engine.sender.settle()
    page = (await client.get(answer.headers["location"])).text
    assert "private addresses are refused" in page
    assert "No browser of yours receives notifications" in page
    told = (await client.get("/notifications")).text
    assert "A test: this is how" in told
    assert f"/ears/{ear.id}" in told


async def test_quiet_hours_are_kept_and_nonsense_is_refused(world: World, client: httpx.AsyncClient) -> None:
    ann = await world.account("ann")
    await sign_in(client, world, ann)
    answer = await send(
        client, "/settings/alerts", quiet_from="22:30", quiet_to="07:00", digest_hour="9", email="1")
    assert answer.status_code == 303
    page = (await client.get("/settings/alerts")).text
    assert 'value="22:30"' in page
    assert '<option value="9" selected>' in page
    kept = await alerts.find_listening(world.db, ann.id)
    assert kept is not None
    assert (kept.quiet_from, kept.quiet_to, kept.unsubscribed) == (22 * 60 + 30, 7 * 60, False)
    for wrong in ({"quiet_from": "25:00", "quiet_to": "07:00"}, {"quiet_from": "22:00"}, {"digest_hour": "24"},
                  {"quiet_from": "٢٢:٠٠", "quiet_to": "07:00"}):
        assert (await send(client, "/settings/alerts", **wrong)).status_code == 422
    assert await alerts.find_listening(world.db, ann.id) == kept


async def test_an_email_is_ended_without_signing_in_and_only_by_a_click(
    world: World, client: httpx.AsyncClient
) -> None:
    ann = await world.account("ann")
    await an_ear(world, ann, mode=Mode.AT_ONCE, email=True)
    kept = await alerts.find_listening(world.db, ann.id)
    assert kept is not None
    path = f"/unsubscribe/{kept.unsubscribe_key}"
    page = await client.get(path)
    assert page.status_code == 200
    assert "need not sign in" in page.text
    before = await alerts.find_listening(world.db, ann.id)
    assert before is not None
    assert not before.unsubscribed
    # RFC 8058: the mail program posts this, without cookies and without having seen a page.
    answer = await client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "No more e-mails" in answer.text
    after = await alerts.find_listening(world.db, ann.id)
    assert after is not None
    assert after.unsubscribed
    assert (await client.post(path)).status_code == 200
    for wrong in ("x", "%00", "é" * 50):
        assert (await client.get(f"/unsubscribe/{wrong}")).status_code == 404
        assert (await client.post(f"/unsubscribe/{wrong}")).status_code == 404
    await sign_in(client, world, ann)
    await send(client, "/settings/alerts", digest_hour="8", email="1")
    again = await alerts.find_listening(world.db, ann.id)
    assert again is not None
    assert not again.unsubscribed


async def test_a_browser_subscribes_and_ends_it(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    await sign_in(client, world, ann)
    page = (await client.get("/settings/alerts")).text
    assert f'data-push="{webpush.public_key(await key(world))}"' in page
    _, p256dh, _, auth = browser()
    given = {"endpoint": "https://push.example/send/1", "p256dh": p256dh, "auth": auth}
    for wrong in ({"endpoint": "http://push.example/"}, {"endpoint": "x"}, {"p256dh": "AAAA"}, {"auth": ""}):
        answer = await send(client, "/settings/alerts/push", **{**given, **wrong})
        assert answer.status_code == 422
    assert (await send(client, "/settings/alerts/push", **given)).status_code == 303
    moved = {**given, "endpoint": given["endpoint"] + "2"}
    assert (await send(client, "/settings/alerts/push", **moved)).status_code == 303
    (kept,) = await push.of_account(world.db, ann.id)  # a browser has one
    assert "This browser" in (await client.get("/settings/alerts")).text
    await sign_in(client, world, bob)
    assert (await send(client, "/settings/alerts/push/remove", id=str(kept.id))).status_code == 404
    await sign_in(client, world, ann)
    assert (await send(client, "/settings/alerts/push/remove", id=str(kept.id))).status_code == 303
    assert await push.of_account(world.db, ann.id) == []


async def key(world: World) -> str:
    return str(await world.db.value("SELECT value FROM setting WHERE name = 'vapid_private_key'"))


async def test_an_open_page_hears_of_an_alert_once_it_is_written(world: World, engine: Engine) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = await an_ear(world, ann, mode=Mode.AT_ONCE)
    subscriber = engine.streaming.subscribe(ann.id, {"ears"})
    other = engine.streaming.subscribe(bob.id, {"ears"})
    stop = asyncio.Event()
    running = asyncio.create_task(engine.streaming.run(stop))
    await asyncio.sleep(0.3)
    await world.post(bob, "clinic?")
    await asyncio.sleep(0.3)
    assert subscriber.queue.empty()  # nobody percolated yet
    await world.settle()
    heard = await subscriber.next(5)
    assert heard is not None
    assert (heard.kind, heard.channel, heard.id) == ("ear", "ears", ear.id)
    assert other.queue.empty()
    stop.set()
    await running

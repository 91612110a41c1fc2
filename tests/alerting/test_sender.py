"""What leaves the machine: e-mail, push and webhook, against real servers on loopback."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import http_ece
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harken import clock, webpush
from harken.actions.delete_post import delete_post
from harken.actions.keep_ear import keep_ear
from harken.actions.set_alert import set_alert, set_listening
from harken.actions.subscribe_push import subscribe_push
from harken.actions.try_alert import try_alert
from harken.actions.unsubscribe import unsubscribe
from harken.alerting import sender as sending
from harken.alerting.sender import Sender, pause
from harken.engine import Engine
from harken.model.account import Account
from harken.model.alert import Alert, Channel, EarAlert, Mode
from harken.model.ear import Ear
from harken.store import accounts, alerts, notifications, push
from tests.alerting.outside import Box, Web, mailbox, web
from tests.world import World

NOON = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def box() -> Iterator[Box]:
    with mailbox() as opened:
        yield opened


@pytest.fixture
async def outside() -> AsyncIterator[Web]:
    async with web() as opened:
        yield opened


@pytest.fixture
def sender(engine: Engine, box: Box) -> Sender:
    given = msgspec.structs.replace(
        engine.settings, smtp_url=f"smtp://127.0.0.1:{box.port}", allow_private_addresses=True)
    return Sender(engine.db, given, engine.base_url, engine.wake)


async def listen(world: World, owner: Account, query: str = "clinic", **chosen: Any) -> Ear:
    ear = await keep_ear(world.db, owner, query, "UTC", clock.now(), name=chosen.pop("name", ""))
    given = {"mode": Mode.AT_ONCE, "in_app": False, "cool_down": 0, **chosen}
    await set_alert(world.db, owner, EarAlert(ear_id=ear.id, owner_id=owner.id, **given), clock.now())
    return ear


async def rows(world: World, ear: Ear) -> list[Alert]:
    return await world.db.all(Alert, "SELECT * FROM alert WHERE ear_id = :ear ORDER BY id, channel", ear=ear.id)


def read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


# ---- e-mail --------------------------------------------------------------------


async def test_an_email_says_what_was_heard_why_and_how_to_end_it(world: World, sender: Sender, box: Box) -> None:
    ann, bob = await world.account("ann"), await world.account("bob", display_name="Bob <b>")
    ear = await listen(world, ann, "clinic (good OR is:question)", email=True, name="Ask me")
    post = await world.post(bob, "Which clinic is good & <kind>?")
    await world.settle()
    await sender.settle()
    (content,) = box.got
    message = read(content)
    assert message["To"] == "ann@example.org"
    assert message["Subject"] == "Ask me: heard from Bob <b>"
    listening = await alerts.find_listening(world.db, ann.id)
    assert listening is not None
    assert message["List-Unsubscribe"] == f"<https://harken.test/unsubscribe/{listening.unsubscribe_key}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain, html = part(message, "plain"), part(message, "html")
    for text in (plain, html):
        assert f"https://harken.test/@bob/{post.id}" in text
        assert f"https://harken.test/ears/{ear.id}" in text
        assert listening.unsubscribe_key in text
    assert "Which *clinic* is *good* & <kind>?" in plain
    assert "Because of: clinic · good · is:question" in plain
    assert "Which <mark>clinic</mark> is <mark>good</mark> &amp; &lt;kind&gt;?" in html
    assert "Bob &lt;b&gt;" in html
    assert [row.state for row in await rows(world, ear)] == ["sent"]
    await sender.settle()
    assert len(box.got) == 1


async def test_a_digest_is_one_email_a_day_grouped_by_ear(world: World, sender: Sender, box: Box) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    with clock.frozen(NOON):
        await listen(world, ann, "clinic", email=True, in_app=True, mode=Mode.DIGEST, name="Clinics")
        await listen(world, ann, "lunch", email=True, in_app=True, mode=Mode.DIGEST, name="Lunch")
    for minutes in range(12):
        with clock.frozen(NOON + timedelta(minutes=minutes)):
            await world.post(bob, f"clinic {minutes}" if minutes else "lunch near the clinic")
            await world.settle()
            await sender.settle()
    assert box.got == []
    assert await notifications.unread(world.db, ann.id, NOON) == 0
    with clock.frozen(NOON.replace(day=11, hour=8)):
        await sender.settle()
        await sender.settle()
        assert await notifications.unread(world.db, ann.id, clock.now()) == 2
    (content,) = box.got
    plain = part(read(content), "plain")
    assert read(content)["Subject"] == "12 posts heard by 2 ears"  # one of them by both
    assert plain.count("Clinics: 12 posts") == 1
    assert plain.count("Lunch: heard from bob") == 1
    assert "and 2 more" in plain  # ten of twelve are shown


async def test_quiet_hours_end_with_one_summary(world: World, sender: Sender, box: Box) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    with clock.frozen(NOON):
        await listen(world, ann, email=True)
        await set_listening(world.db, ann, 22 * 60, 7 * 60, 8, False)
    for hour in (22, 23):
        with clock.frozen(NOON.replace(hour=hour)):
            await world.post(bob, f"clinic at {hour}")
            await world.settle()
            await sender.settle()
    assert box.got == []
    with clock.frozen(NOON.replace(day=11, hour=7)):
        await sender.settle()
    (content,) = box.got
    assert "clinic* at 22" in part(read(content), "plain")
    assert "clinic* at 23" in part(read(content), "plain")


async def test_nothing_leaves_that_its_owner_may_not_find_any_more(world: World, sender: Sender, box: Box) -> None:
    ann, bob, cat = await world.account("ann"), await world.account("bob"), await world.account("cat")
    ear = await listen(world, ann, email=True)
    gone = await world.post(bob, "clinic, soon deleted")
    await world.post(cat, "clinic, soon hidden")
    await world.settle()
    await delete_post(world.db, bob, gone.id, clock.now())
    async with world.db.transaction() as tx:
        await accounts.change(tx, cat.id, indexable=False)
    await sender.settle()
    assert box.got == []
    assert {row.state for row in await rows(world, ear)} == {"dropped"}


async def test_whoever_unsubscribed_gets_no_email(world: World, sender: Sender, box: Box) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = await listen(world, ann, email=True)
    await world.post(bob, "clinic")
    await world.settle()
    listening = await alerts.find_listening(world.db, ann.id)
    assert listening is not None
    await unsubscribe(world.db, listening.unsubscribe_key)
    await sender.settle()
    assert box.got == []
    assert "no more e-mails" in (await rows(world, ear))[0].failure
    await world.post(bob, "clinic again")
    await world.settle()
    assert [row.channel for row in await rows(world, ear)][-1] is Channel.NONE


async def test_a_mail_server_that_is_away_is_tried_again(world: World, engine: Engine, box: Box) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = await listen(world, ann, email=True)
    await world.post(bob, "clinic")
    await world.settle()
    away = Sender(engine.db, msgspec.structs.replace(engine.settings, smtp_url="smtp://127.0.0.1:1"), "x", engine.wake)
    await away.settle()
    (row,) = await rows(world, ear)
    assert row.state == "waiting"
    assert "mail server" in row.failure
    assert row.due_at > clock.now()


# ---- webhooks --------------------------------------------------------------------


async def test_a_webhook_gets_signed_json(world: World, sender: Sender, outside: Web) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = await listen(world, ann, webhook_url=outside.url)
    post = await world.post(bob, "clinic?")
    await world.settle()
    await sender.settle()
    (asked,) = outside.got
    assert asked.line == "POST /hook HTTP/1.1"
    given = json.loads(asked.body)
    assert given["type"] == "heard"
    assert given["ear"]["id"] == str(ear.id)
    assert [(p["id"], p["text"], p["because"]) for p in given["posts"]] == [(str(post.id), "clinic?", ["clinic"])]
    chosen = await alerts.find_setting(world.db, ear.id)
    assert chosen is not None
    at, made = (piece.split("=")[1] for piece in asked.headers["harken-signature"].split(","))
    wanted = hmac.new(chosen.webhook_secret.encode(), at.encode() + b"." + asked.body, hashlib.sha256)
    assert hmac.compare_digest(made, wanted.hexdigest())
    assert abs(int(at) - clock.now().timestamp()) < 60


async def test_a_webhook_that_fails_is_retried_later_and_later_then_given_up(
    world: World, sender: Sender, outside: Web
) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    outside.status = 500
    with clock.frozen(NOON):
        ear = await listen(world, ann, webhook_url=outside.url)
        await world.post(bob, "clinic")
        await world.settle()
    moment, pauses = NOON, []
    while True:
        with clock.frozen(moment):
            await sender.settle()
        (row,) = await rows(world, ear)
        assert row.failure == "It answered 500."
        if row.state != "waiting":
            break
        pauses.append(row.due_at - moment)
        with clock.frozen(row.due_at - timedelta(seconds=1)):
            await sender.settle()
        moment = row.due_at
    assert pauses == [pause(n) for n in range(1, sending.MAX_TRIES[Channel.WEBHOOK])]
    assert pauses == sorted(pauses)
    assert len(outside.got) == sending.MAX_TRIES[Channel.WEBHOOK]
    assert row.state == "failed"


async def test_a_webhook_that_fails_for_a_day_is_switched_off_and_its_owner_told(
    world: World, sender: Sender, outside: Web
) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    outside.status = 404
    with clock.frozen(NOON):
        ear = await listen(world, ann, webhook_url=outside.url)
    for hours in range(0, 28, 3):
        with clock.frozen(NOON + timedelta(hours=hours)):
            await world.post(bob, f"clinic {hours}")
            await world.settle()
            await sender.settle()
            disabled = (await alerts.health(world.db, ear.id)).disabled_at
            assert (disabled is not None) is (hours >= 24)
            assert await notifications.unread(world.db, ann.id, clock.now()) == int(hours >= 24)
    asked = len(outside.got)
    with clock.frozen(NOON + timedelta(hours=30)):
        await world.post(bob, "clinic after")
        await world.settle()
        await sender.settle()
        assert len(outside.got) == asked
        chosen = await alerts.find_setting(world.db, ear.id)
        assert chosen is not None
        await set_alert(world.db, ann, chosen, clock.now())  # saved again: a fresh start
        outside.status = 204
        await world.post(bob, "clinic once more")
        await world.settle()
        await sender.settle()
    assert len(outside.got) > asked
    assert (await alerts.health(world.db, ear.id)).failures == 0


async def test_a_redirect_is_not_followed(world: World, sender: Sender, outside: Web) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    outside.status, outside.headers = 302, {"Location": outside.url + "/secret"}
    ear = await listen(world, ann, webhook_url=outside.url)
    await world.post(bob, "clinic")
    await world.settle()
    await sender.settle()
    assert len(outside.got) == 1
    assert "redirect" in (await rows(world, ear))[0].failure


async def test_private_addresses_are_refused(world: World, engine: Engine, outside: Web) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = await listen(world, ann, webhook_url=outside.url.replace("127.0.0.1", "localhost"))
    await world.post(bob, "clinic")
    await world.settle()
    await engine.sender.settle()
    assert outside.got == []
    assert "private addresses are refused" in (await rows(world, ear))[0].failure


async def test_a_test_alert_goes_every_way_and_can_be_asked_for_again(
    world: World, sender: Sender, outside: Web, box: Box
) -> None:
    ann = await world.account("ann")
    ear = await listen(world, ann, webhook_url=outside.url, email=True, in_app=True, mode=Mode.NEVER)
    for number in (1, 2):
        await try_alert(world.db, ann, ear.id, clock.now())
        await sender.settle()
        assert len(box.got) == len(outside.got) == number
        assert await notifications.unread(world.db, ann.id, clock.now()) == number
    assert json.loads(outside.got[0].body)["type"] == "test"
    assert read(box.got[0])["Subject"] == "clinic: a test"


# ---- push ------------------------------------------------------------------------


def browser() -> tuple[ec.EllipticCurvePrivateKey, str, bytes, str]:
    """A browser's keys: private, public as text, secret, secret as text."""
    private = ec.generate_private_key(ec.SECP256R1())
    point = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    secret = b"0123456789abcdef"
    return private, webpush.encode(point), secret, webpush.encode(secret)


async def subscribed(world: World, owner: Account, outside: Web) -> tuple[ec.EllipticCurvePrivateKey, bytes, int]:
    private, p256dh, secret, auth = browser()
    await world.cookies(owner)
    session = await world.db.value("SELECT max(id) FROM session WHERE account_id = :id", id=owner.id)
    await subscribe_push(world.db, owner, session, outside.url, p256dh, auth, clock.now(), insecure=True)
    return private, secret, session


async def test_a_push_is_read_by_the_browser_alone(world: World, sender: Sender, outside: Web) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    outside.status = 201
    private, secret, _ = await subscribed(world, ann, outside)
    await listen(world, ann, push=True, name="Ask me")
    post = await world.post(bob, "a clinic? " + "é" * 400)
    await world.settle()
    await sender.settle()
    (asked,) = outside.got
    assert asked.headers["content-encoding"] == "aes128gcm"
    assert b"clinic" not in asked.body
    assert len(asked.body) <= 4096
    # Mozilla's http_ece is the independent receiver.
    given = json.loads(http_ece.decrypt(asked.body, private_key=private, auth_secret=secret, version="aes128gcm"))
    assert given["title"] == "Ask me: heard from bob"
    assert given["body"].startswith("a clinic? é")
    assert given["url"] == f"https://harken.test/@bob/{post.id}"
    scheme, _, rest = asked.headers["authorization"].partition(" ")
    token, key = (piece.strip().split("=", 1)[1] for piece in rest.split(","))
    assert scheme == "vapid"
    head, claims, signature = token.split(".")
    padded = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert padded["aud"] == f"http://127.0.0.1:{outside.port}"
    assert 0 < padded["exp"] - clock.now().timestamp() <= 24 * 3600
    assert head
    assert len(webpush.decode(signature)) == 64
    assert len(webpush.decode(key)) == 65


async def test_a_subscription_that_is_gone_is_forgotten(world: World, sender: Sender, outside: Web) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    await subscribed(world, ann, outside)
    ear = await listen(world, ann, push=True)
    outside.status = 410
    await world.post(bob, "clinic")
    await world.settle()
    await sender.settle()
    assert await push.of_account(world.db, ann.id) == []
    assert (await rows(world, ear))[0].state == "failed"


async def test_a_browser_that_is_signed_out_gets_no_push(world: World, sender: Sender, outside: Web) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    _, _, session = await subscribed(world, ann, outside)
    await listen(world, ann, push=True)
    async with world.db.transaction() as tx:
        await tx.execute("DELETE FROM session WHERE id = :id", id=session)
    await world.post(bob, "clinic")
    await world.settle()
    await sender.settle()
    assert outside.got == []


# ---- one process at a time ---------------------------------------------------------


async def test_one_process_sends_at_a_time(world: World, engine: Engine) -> None:
    first, second = (Sender(engine.db, engine.settings, engine.base_url, engine.wake) for _ in range(2))
    assert await first._lease()
    assert not await second._lease()
    async with world.db.transaction() as tx:
        await alerts.release_leases(tx, first._holder)
    assert await second._lease()

"""E-mails of notifications and what reaches which device, through a real mail server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import httpx
import msgspec
import pytest

from harken import clock
from harken.actions.block import block
from harken.actions.choose_telling import choose_device, choose_telling
from harken.actions.delete_post import delete_post
from harken.actions.set_alert import set_listening
from harken.actions.subscribe_push import subscribe_push
from harken.alerting.sender import Sender
from harken.engine import Engine
from harken.model.account import Account
from harken.store import push
from tests.alerting.outside import Box, mailbox
from tests.consumers.test_replay import browser_keys
from tests.web.test_pages import send, sign_in
from tests.world import World

NOON = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 6, 10, 23, 0, tzinfo=UTC)


@pytest.fixture
def box() -> Iterator[Box]:
    with mailbox() as opened:
        yield opened


@pytest.fixture
def sender(engine: Engine, box: Box) -> Sender:
    given = msgspec.structs.replace(engine.settings, smtp_url=f"smtp://127.0.0.1:{box.port}")
    return Sender(engine.db, given, engine.base_url, engine.wake)


@pytest.fixture
async def alice(world: World) -> Account:
    return await world.account("alice")


def mails(box: Box) -> list[EmailMessage]:
    return [message_from_bytes(content, EmailMessage, policy=SMTP) for content in box.got]


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


async def test_nothing_is_sent_that_was_not_chosen(world: World, sender: Sender, box: Box, alice: Account) -> None:
    bob = await world.account("bob")
    with clock.frozen(NOON):
        await choose_telling(world.db, alice, {"mention": "at_once"})
        await world.follows(bob, alice)
        await world.post(bob, "@alice psst", to="direct")
        await world.settle()
        await sender.settle()
        assert box.got == []
        await world.post(bob, "@alice good <morning>")
        await world.settle()
        await sender.settle()
        await sender.settle()
    [mail] = mails(box)
    assert (mail["to"], mail["subject"]) == ("alice@example.org", "bob mentioned you")
    assert "@alice good <morning>" in text_of(mail)
    html = mail.get_body(("html",))
    assert html is not None
    assert "good &lt;morning&gt;" in html.get_content()
    assert mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"


async def test_what_was_said_in_private_stays_here(world: World, sender: Sender, box: Box, alice: Account) -> None:
    bob = await world.account("bob")
    await choose_telling(world.db, alice, {"private": "at_once", "follow": "at_once"})
    await world.follows(bob, alice)
    await world.settle()
    await sender.settle()
    await world.post(bob, "@alice the secret", to="direct")
    await world.settle()
    await sender.settle()
    first, second = mails(box)
    assert first["subject"] == "bob follows you"
    assert "https://harken.test/@bob" in text_of(first)
    assert "the secret" not in box.got[1].decode()
    assert "https://harken.test/@bob/" in text_of(second)


async def test_quiet_hours_hold_back_and_a_day_is_one_e_mail(
    world: World, sender: Sender, box: Box, alice: Account
) -> None:
    bob, carol = await world.account("bob"), await world.account("carol")
    await choose_telling(world.db, alice, {"mention": "at_once", "follow": "daily"})
    await set_listening(world.db, alice, 22 * 60, 7 * 60, 8, False)
    with clock.frozen(NIGHT):
        await world.follows(bob, alice)
        await world.follows(carol, alice)
        await world.post(bob, "@alice are you awake?")
        await world.settle()
        await sender.settle()
        assert box.got == []
    with clock.frozen(NIGHT + timedelta(hours=8, minutes=1)):
        await sender.settle()
        assert [mail["subject"] for mail in mails(box)] == ["bob mentioned you"]
    with clock.frozen(NIGHT + timedelta(hours=9, minutes=1)):
        await sender.settle()
        await sender.settle()
    assert len(box.got) == 2
    assert mails(box)[1]["subject"] == "2 things for you at Harken"
    assert "bob follows you" in text_of(mails(box)[1])
    assert "carol follows you" in text_of(mails(box)[1])


async def test_what_is_gone_or_hidden_by_then_is_not_told(
    world: World, sender: Sender, box: Box, alice: Account
) -> None:
    bob, carol = await world.account("bob"), await world.account("carol")
    await choose_telling(world.db, alice, {"mention": "at_once"})
    first = await world.post(bob, "@alice deleted at once")
    await world.post(carol, "@alice by somebody blocked")
    await world.settle()
    await delete_post(world.db, bob, first.id, clock.now())
    await block(world.db, alice, carol.id, clock.now())
    await world.settle()
    await sender.settle()
    assert box.got == []


async def test_one_click_ends_them_all(
    world: World, sender: Sender, box: Box, alice: Account, client: httpx.AsyncClient
) -> None:
    bob = await world.account("bob")
    await choose_telling(world.db, alice, {"mention": "at_once", "follow": "at_once"})
    await world.post(bob, "@alice hello")
    await world.settle()
    await sender.settle()
    address = mails(box)[0]["list-unsubscribe"].strip("<>").removeprefix("https://harken.test")
    assert "Send me no more" in (await client.get(address)).text
    await world.post(bob, "@alice again, after looking")
    await world.settle()
    await sender.settle()
    assert len(box.got) == 2
    await world.post(bob, "@alice on its way when she said no")
    await world.settle()
    assert (await client.post(address)).status_code == 200
    await world.follows(bob, alice)
    await world.settle()
    await sender.settle()
    assert len(box.got) == 2
    assert (await client.post("/unsubscribe/nonsense")).status_code == 404


async def test_a_device_is_told_what_was_chosen_for_it_and_when(
    world: World, alice: Account, client: httpx.AsyncClient
) -> None:
    bob = await world.account("bob")
    await sign_in(client, world, alice)
    session = int(await world.db.value("SELECT id FROM session WHERE account_id = :id", id=alice.id))
    await subscribe_push(world.db, alice, session, "https://push.example/1", *browser_keys(), clock.now())
    [device] = await push.of_account(world.db, alice.id)

    async def waiting() -> list[datetime]:
        return [clock.from_ms(at) for at in await world.db.values(
            "SELECT due_at FROM push WHERE state = 'waiting' ORDER BY at_id")]

    later = clock.now() + timedelta(days=1)
    night = later.replace(hour=23, minute=0)
    await set_listening(world.db, alice, 22 * 60, 7 * 60, 8, False)
    with clock.frozen(night):
        await world.post(bob, "@alice not chosen yet")
        await world.settle()
        assert await waiting() == []
        page = (await client.get("/settings/telling")).text
        assert "It is told of" in page
        answer = await send(client, "/settings/telling/device", **{
            "id": str(device.id), "kind[]": "mention", "quiet": "1"})
        assert answer.status_code == 303
        await world.post(bob, "@alice at night")
        await world.settle()
        assert [at.hour for at in await waiting()] == [7]
        await choose_device(world.db, alice, device.id, ["mention"], False)
        await world.follows(bob, alice)
        await world.post(bob, "@alice at night, to a device that may wake her")
        await world.settle()
        assert [at.hour for at in await waiting()] == [7, 23]
        await choose_telling(world.db, alice, {}, devices=False)
        await world.post(bob, "@alice nobody hears this")
        await world.settle()
        assert len(await waiting()) == 2


async def test_the_page_saves_what_is_chosen(world: World, alice: Account, client: httpx.AsyncClient) -> None:
    await sign_in(client, world, alice)
    answer = await send(
        client, "/settings/telling", follow="daily", private="at_once", mention="never", quiet_from="22:00",
        quiet_to="07:00", digest_hour="9")
    assert answer.status_code == 303
    page = (await client.get(answer.headers["location"])).text
    assert "Saved." in page
    assert page.count('" selected>') == 4
    assert 'value="22:00"' in page
    for wrong in ({"follow": "hourly"}, {"quiet_from": "25:00"}, {"quiet_from": "22:00"}):
        assert (await send(client, "/settings/telling", **wrong)).status_code == 422
    answer = await send(client, "/settings/telling/device", id="1")
    assert answer.status_code == 404

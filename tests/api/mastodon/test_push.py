"""Web push for clients: subscribed through the API, read by an independent receiver at the push service's end."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import http_ece
import msgspec
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from harken import clock
from harken.actions.change_state import restore, suspend
from harken.actions.end_poll import end_poll
from harken.alerting.sender import Sender, pause
from harken.engine import Engine
from tests.alerting.outside import Request, Web, web
from tests.api.mastodon.conftest import People, Person

PATH = "/api/v1/push/subscription"
EVERY = ["mention", "reblog", "status", "update", "follow", "follow_request", "favourite", "poll", "quote",
         "quoted_update"]  # fmt: skip


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()  # padded, as many clients write it


class Phone:
    """An application's side: its keys, and what it can read."""

    def __init__(self, outside: Web) -> None:
        self.outside = outside
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = b"0123456789abcdef"

    @property
    def keys(self) -> dict[str, str]:
        point = self._key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        return {"p256dh": text(point), "auth": text(self._secret)}

    def subscription(self, *types: str, standard: bool = True, **data: Any) -> dict[str, Any]:
        where = {"endpoint": self.outside.url, "keys": self.keys, "standard": standard}
        return {"subscription": where, "data": {"alerts": dict.fromkeys(types or EVERY, True), **data}}

    def read(self, asked: Request) -> Any:
        """What came, decrypted by Mozilla's http_ece."""
        given: dict[str, Any] = {"private_key": self._key, "auth_secret": self._secret}
        version = asked.headers["content-encoding"]
        if version == "aesgcm":
            given["salt"] = _raw(asked.headers["encryption"].removeprefix("salt="))
            given["dh"] = _raw(asked.headers["crypto-key"].split(";")[0].removeprefix("dh="))
        return json.loads(http_ece.decrypt(asked.body, version=version, **given))

    @property
    def got(self) -> list[Any]:
        return [self.read(one) for one in self.outside.got]


def _raw(encoded: str) -> bytes:
    return base64.urlsafe_b64decode(encoded + "==")


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    async with web() as outside:
        outside.status = 201
        yield Phone(outside)


@pytest.fixture
def sender(engine: Engine) -> Sender:
    engine.settings = msgspec.structs.replace(engine.settings, allow_private_addresses=True)
    return Sender(engine.db, engine.settings, engine.base_url, engine.wake)


async def delivered(people: People, sender: Sender) -> None:
    await people.world.settle()
    await sender.settle()


async def put(person: Person, **given: Any) -> Any:
    answer = await person.ask("PUT", PATH, **given)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_one_subscription_a_token_in_json_and_as_a_form(people: People, phone: Phone, sender: Sender) -> None:
    alice = await people("alice")
    assert await alice.status_of("GET", PATH) == 404
    assert await alice.status_of("PUT", PATH, json={"data": {}}) == 404
    made = await alice.do(PATH, **phone.subscription("mention", "admin.sign_up", "unheard_of", policy="followed"))
    assert made["endpoint"] == phone.outside.url
    assert made["standard"] is True
    assert made["policy"] == "followed"
    assert made["alerts"]["mention"] is True
    assert "unheard_of" not in made["alerts"]
    v2 = await alice.get("/api/v2/instance")
    assert made["server_key"] == v2["configuration"]["vapid"]["public_key"]
    assert len(_raw(made["server_key"])) == 65
    assert await alice.get(PATH) == made
    form = {
        "subscription[endpoint]": phone.outside.url + "/2", "subscription[keys][p256dh]": phone.keys["p256dh"],
        "subscription[keys][auth]": phone.keys["auth"], "data[alerts][mention]": "1", "data[alerts][poll]": "false"}
    again = (await alice.ask("POST", PATH, data=form)).json()
    assert again["id"] != made["id"]
    assert again["alerts"] == {"mention": True, "poll": False}
    assert again["standard"] is False
    assert again["policy"] == "all"
    changed = await put(alice, data={"data[alerts][follow]": "true", "policy": "none"})
    assert (changed["id"], changed["alerts"], changed["policy"]) == (again["id"], {"follow": True}, "none")
    assert (await alice.ask("DELETE", PATH)).json() == {}
    assert (await alice.ask("DELETE", PATH)).json() == {}
    assert await alice.status_of("GET", PATH) == 404


async def test_what_is_no_subscription_is_refused(people: People, phone: Phone) -> None:
    alice, reader = await people("alice"), await people("reader", scopes="read write follow")
    assert await reader.status_of("POST", PATH, json=phone.subscription()) == 403
    assert (await people.client.post(PATH, json=phone.subscription())).status_code == 401
    good: dict[str, Any] = {"endpoint": "https://push.example/1", "keys": phone.keys}
    wrongs: list[dict[str, Any]] = [
        {}, {"endpoint": ""}, {"endpoint": "ftp://push.example"}, {"endpoint": "http://push.example/1"},
        {"endpoint": "https://[::1"}, {"endpoint": "https://push.example:99999/"}, {"endpoint": "https://a:b@push.example"},
        {"endpoint": "https://push.example/" + "x" * 3000}, {"keys": {}}, {"keys": {"p256dh": "AAAA", "auth": "AAAA"}},
        {"keys": phone.keys | {"auth": "short"}}, {"keys": []}, {"standard": "perhaps"},
    ]  # fmt: skip
    for wrong in wrongs:
        given = {"subscription": (good | wrong) if wrong else {}}
        assert await alice.status_of("POST", PATH, json=given) == 422, wrong
    for data in ({"policy": "nobody"}, {"alerts": ["mention"]}, {"alerts": {"mention": "perhaps"}}):
        assert await alice.status_of("POST", PATH, json={"subscription": good, "data": data}) == 422, data
    assert await alice.status_of("POST", PATH, json={"subscription": good}) == 200


@pytest.mark.parametrize("standard", [True, False])
async def test_a_mention_is_read_by_the_application_alone(
    people: People, phone: Phone, sender: Sender, standard: bool
) -> None:
    alice, bob = await people("alice"), await people("bob", display_name="Bob B.")
    await alice.do(PATH, **phone.subscription(standard=standard))
    await bob.posts("@alice what a clinic! " + "é" * 200)
    await delivered(people, sender)
    (asked,) = phone.outside.got
    assert asked.line.startswith("POST /hook ")
    assert b"clinic" not in asked.body
    (told,) = await alice.get("/api/v1/notifications")
    message = phone.read(asked)
    assert message.pop("body") == ("@alice what a clinic! " + "é" * 200)[:139] + "…"
    assert message == {
        "access_token": alice.token, "preferred_locale": "en", "notification_id": int(told["id"]),
        "notification_type": "mention", "icon": told["account"]["avatar"], "title": "Bob B. mentioned you"}
    check_signature(asked, standard)
    await delivered(people, sender)
    assert len(phone.outside.got) == 1


def check_signature(asked: Request, standard: bool) -> None:
    """RFC 8292, or its first draft: signed by the key that the client was given, for this push service."""
    scheme, _, rest = asked.headers["authorization"].partition(" ")
    if standard:
        token, key = (piece.split("=", 1)[1] for piece in rest.split(", "))
    else:
        token, key = rest, asked.headers["crypto-key"].split(";p256ecdsa=")[1]
    assert scheme == ("vapid" if standard else "WebPush")
    head, claims, signature = token.split(".")
    assert json.loads(_raw(claims))["aud"] == f"http://{asked.headers['host']}"
    raw = _raw(signature)
    der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _raw(key))
    public.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))


async def test_every_type_is_pushed_and_no_other(people: People, phone: Phone, sender: Sender) -> None:
    alice, bob = await people("alice"), await people("bob")
    await alice.do(PATH, **phone.subscription())
    status = await alice.posts("hello")
    await alice.do(f"/api/v1/accounts/{bob.id}/follow", notify=True)
    await bob.do(f"/api/v1/accounts/{alice.id}/follow")
    await bob.do(f"/api/v1/statuses/{status['id']}/favourite")
    await bob.do(f"/api/v1/statuses/{status['id']}/reblog")
    await bob.posts("look", quoted_status_id=status["id"])
    poll = await bob.posts("?", poll={"options": ["a", "b"], "expires_in": 300})
    await alice.do(f"/api/v1/polls/{poll['poll']['id']}/votes", choices=[0])
    await end_poll(people.world.db, int(poll["id"]), clock.now() + timedelta(minutes=5))
    asking = await alice.posts("quoting", quoted_status_id=poll["id"])
    assert asking["quote"]["state"] == "accepted"
    edited = await bob.ask("PUT", f"/api/v1/statuses/{poll['id']}", json={
        "status": "??", "poll": {"options": ["a", "b"], "expires_in": 300}})
    assert edited.status_code == 200, edited.text
    await delivered(people, sender)
    told = {(n["type"], int(n["id"])) for n in await alice.get("/api/v1/notifications")}
    assert {(m["notification_type"], m["notification_id"]) for m in phone.got} == told
    assert {kind for kind, _ in told} >= {
        "favourite", "reblog", "follow", "quote", "status", "quoted_update"}
    before = len(phone.got)
    await put(alice, json={"data": {"alerts": {"favourite": True}}})
    other = await alice.posts("another")
    await bob.do(f"/api/v1/statuses/{other['id']}/favourite")
    await bob.do(f"/api/v1/statuses/{other['id']}/reblog")
    await delivered(people, sender)
    assert [m["notification_type"] for m in phone.got[before:]] == ["favourite"]
    assert phone.got[-1]["body"] == "another"


@pytest.mark.parametrize("policy, heard", [("all", "fan friend idol stranger"), ("followed", "friend idol"),
                                           ("follower", "fan friend"), ("none", "")])  # fmt: skip
async def test_the_policy_says_whose_doings_are_pushed(
    people: People, phone: Phone, sender: Sender, policy: str, heard: str
) -> None:
    alice = await people("alice")
    everybody = {name: await people(name) for name in ("fan", "friend", "idol", "stranger")}
    for name in ("friend", "idol"):
        await people.world.follows(alice.account, everybody[name].account)
    for name in ("fan", "friend"):
        await people.world.follows(everybody[name].account, alice.account)
    await people.world.settle()
    await alice.do(PATH, **phone.subscription("mention", policy=policy))
    for person in everybody.values():
        await person.posts("@alice hi")
    await delivered(people, sender)
    assert sorted(m["title"].split()[0] for m in phone.got) == heard.split()


async def test_who_is_muted_and_what_is_deleted_is_not_pushed(people: People, phone: Phone, sender: Sender) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    await alice.do(PATH, **phone.subscription())
    await alice.do(f"/api/v1/accounts/{bob.id}/mute")
    await bob.posts("@alice muted")
    status = await carol.posts("@alice gone")
    await people.world.settle()
    assert await carol.status_of("DELETE", f"/api/v1/statuses/{status['id']}") == 200
    await carol.posts("@alice stays")
    await delivered(people, sender)
    assert [m["body"] for m in phone.got] == ["@alice stays"]


async def test_what_was_before_the_subscription_is_not_pushed(people: People, phone: Phone, sender: Sender) -> None:
    alice, bob = await people("alice"), await people("bob")
    await bob.posts("@alice before")
    await alice.do(PATH, **phone.subscription())
    await bob.posts("@alice after")
    await delivered(people, sender)
    assert [m["body"] for m in phone.got] == ["@alice after"]


async def test_a_subscription_dies_with_its_token(people: People, phone: Phone, sender: Sender) -> None:
    alice, bob = await people("alice"), await people("bob")
    await alice.do(PATH, **phone.subscription())
    async with people.world.db.transaction() as tx:
        await tx.execute("DELETE FROM token WHERE account_id = :id", id=alice.account.id)
    await bob.posts("@alice hi")
    await delivered(people, sender)
    assert phone.outside.got == []


async def test_who_may_not_sign_in_gets_no_push(people: People, phone: Phone, sender: Sender) -> None:
    alice, bob = await people("alice"), await people("bob")
    await alice.do(PATH, **phone.subscription())
    await bob.posts("@alice hi")
    await people.world.settle()
    await suspend(people.world.db, alice.account.id, clock.now())
    await sender.settle()
    assert phone.outside.got == []
    await restore(people.world.db, alice.account.id, clock.now())
    await bob.posts("@alice welcome back")
    await delivered(people, sender)
    assert [m["body"] for m in phone.got] == ["@alice welcome back"]


@pytest.mark.parametrize("status, kept", [(410, False), (404, False), (500, True), (429, True)])
async def test_gone_subscriptions_are_forgotten_and_others_tried_again_later(
    people: People, phone: Phone, sender: Sender, status: int, kept: bool
) -> None:
    alice, bob = await people("alice"), await people("bob")
    await alice.do(PATH, **phone.subscription())
    phone.outside.status = status
    await bob.posts("@alice hi")
    await delivered(people, sender)
    assert len(phone.outside.got) == 1
    assert await alice.status_of("GET", PATH) == (200 if kept else 404)
    phone.outside.status = 201
    await sender.settle()
    assert len(phone.outside.got) == 1  # not at once
    with clock.frozen(clock.now() + pause(1) + timedelta(seconds=1)):
        await sender.settle()
        assert len(phone.outside.got) == (2 if kept else 1)


async def test_it_is_not_tried_forever(people: People, phone: Phone, sender: Sender) -> None:
    alice, bob = await people("alice"), await people("bob")
    await alice.do(PATH, **phone.subscription())
    phone.outside.status = 503
    await bob.posts("@alice hi")
    await people.world.settle()
    now = clock.now()
    for day in range(10):
        with clock.frozen(now + timedelta(days=day)):
            await sender.settle()
    assert len(phone.outside.got) == 5


async def test_private_addresses_are_refused(people: People, phone: Phone, sender: Sender, engine: Engine) -> None:
    alice, bob = await people("alice"), await people("bob")
    await alice.do(PATH, **phone.subscription())
    given = msgspec.structs.replace(engine.settings, allow_private_addresses=False)
    careful = Sender(engine.db, given, engine.base_url, engine.wake)
    await bob.posts("@alice hi")
    await delivered(people, careful)
    assert phone.outside.got == []
    assert not await engine.db.value("SELECT 1 FROM push WHERE state = 'waiting'")

"""The admin API of accounts: who may, what is found, and that what is decided holds everywhere in the next request."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from harken import clock
from harken.actions import change_state
from harken.actions.attempts import SignInGuard
from harken.actions.delete_account import finish_farewells
from harken.actions.sign_in import SignedIn, Visitor, sign_in
from harken.actions.subscribe_push import subscribe_application
from harken.errors import NotAllowed
from harken.model.account import PERMISSIONS, Account, Permission, Role
from harken.model.alert import PushPolicy
from harken.model.paging import Window
from harken.store import moderation
from harken.timetable import do_what_is_due
from tests.api.mastodon.conftest import People, Person
from tests.consumers.test_replay import browser_keys

ADMIN = "read write admin:read admin:write"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100"
    "c9fe92ef0000000049454e44ae426082"
)


async def moderators(people: People) -> tuple[Person, Person]:
    return await people("rose", ADMIN, role=Role.MODERATOR), await people("vera", ADMIN, role=Role.OWNER)


def act(target: Person) -> str:
    return f"/api/v1/admin/accounts/{target.id}/action"


async def found_by(viewer: Person, query: str) -> list[str]:
    return [one["id"] for one in (await viewer.get("/api/v2/search", q=query))["statuses"]]


# ---- who may ---------------------------------------------------------------------------


@pytest.mark.parametrize("scopes", ["read write follow push", "admin:write", "admin:read:reports admin:write:accounts"])
async def test_a_token_needs_the_scope(people: People, scopes: str) -> None:
    owner = await people("vera", scopes, role=Role.OWNER)
    answer = await owner.ask("GET", "/api/v1/admin/accounts")
    assert (answer.status_code, answer.json()["error"]) == (403, "This action is outside the authorized scopes")


@pytest.mark.parametrize("scopes", ["admin:read", "admin:read:accounts"])
async def test_a_part_of_admin_read_is_enough_to_read(people: People, scopes: str) -> None:
    owner = await people("vera", scopes, role=Role.OWNER)
    assert await owner.get("/api/v1/admin/accounts")
    assert await owner.status_of("POST", act(owner), json={"type": "none"}) == 403


async def test_a_scope_without_the_role_is_worth_nothing(people: People) -> None:
    alice, bob = await people("alice", ADMIN), await people("bob")
    for method, path in (("GET", "/api/v1/admin/accounts"), ("GET", "/api/v2/admin/accounts"), ("POST", act(bob)),
                         ("GET", "/api/v1/admin/reports"), ("DELETE", f"/api/v1/admin/accounts/{bob.id}")):
        answer = await alice.ask(method, path)
        assert (answer.status_code, answer.json()["error"]) == (403, "This action is not allowed"), path


async def test_nobody_acts_on_who_is_their_equal_or_above(people: People) -> None:
    rose, vera = await moderators(people)
    other = await people("max", role=Role.MODERATOR)
    for target in (vera, other, rose):
        assert await rose.status_of("POST", act(target), json={"type": "suspend"}) == 403
    assert await vera.status_of("POST", act(other), json={"type": "suspend"}) == 200


async def test_only_who_may_delete_data_deletes_and_only_who_is_suspended(people: People) -> None:
    (rose, vera), bob = await moderators(people), await people("bob")
    path = f"/api/v1/admin/accounts/{bob.id}"
    assert await vera.status_of("DELETE", path) == 403
    await vera.do(act(bob), type="suspend")
    assert await rose.status_of("DELETE", path) == 403
    assert (await vera.ask("DELETE", path)).json()["username"] == "bob"
    await finish_farewells()
    assert await vera.status_of("GET", path) == 404
    assert await vera.status_of("POST", f"{path}/unsuspend") == 404


def test_the_roles_are_mastodons_and_moderators_judge_appeals() -> None:
    assert PERMISSIONS[Role.OWNER] == 1
    assert int(PERMISSIONS[Role.MODERATOR]) == 1 << 2 | 1 << 3 | 1 << 4 | 1 << 8 | 1 << 9 | 1 << 10
    assert not Role.MODERATOR.may(Permission.MANAGE_BLOCKS)
    assert Role.ADMINISTRATOR.may(Permission.MANAGE_BLOCKS)
    assert all(Role.OWNER.may(permission) for permission in Permission)


async def test_everybody_is_told_their_role(people: People) -> None:
    rose, vera = await moderators(people)
    for person, name, bits in ((rose, "Moderator", "1820"), (vera, "Owner", "1"), (await people("bob"), "", "0")):
        role = (await person.get("/api/v1/accounts/verify_credentials"))["role"]
        assert (role["name"], role["permissions"]) == (name, bits)


# ---- finding people --------------------------------------------------------------------


async def test_accounts_are_filtered_and_paged(people: People) -> None:
    (rose, _), bob, alice = await moderators(people), await people("bob"), await people("alice")
    waits = await people("waits", approved=False)
    await rose.do(act(bob), type="silence")
    await rose.do(act(alice), type="disable")

    async def names(version: int = 1, **filters: Any) -> set[str]:
        return {one["username"] for one in await rose.get(f"/api/v{version}/admin/accounts", **filters)}

    everybody = {"rose", "vera", "bob", "alice", "waits"}
    assert await names() == await names(2) == await names(local="true") == await names(2, origin="local") == everybody
    assert await names(remote="true") == await names(2, origin="remote") == set()
    assert await names(silenced="true") == await names(2, status="silenced") == {"bob"}
    assert await names(disabled="true") == await names(2, status="disabled") == {"alice"}
    assert await names(pending="true") == await names(2, status="pending") == {"waits"}
    assert await names(active="true") == await names(2, status="active") == everybody - {"alice", "waits"}
    assert await names(staff="true") == await names(2, permissions="staff") == {"rose", "vera"}
    assert await names(2, **{"role_ids[]": "3"}) == {"vera"}
    assert await names(username="BO") == await names(email="bob@") == {"bob"}
    assert await names(2, email="bob@example.org") == {"bob"}
    assert await names(username="o%") == await names(2, invited_by=bob.id) == set()
    assert await names(by_domain="x.example") == set()
    async with people.world.db.transaction() as tx:
        await tx.execute("UPDATE member SET address = '192.0.2.7' WHERE account_id = :id", id=waits.account.id)
    assert await names(ip="192.0.2.7") == await names(2, ip="192.0.2.0/24") == {"waits"}
    assert await names(ip="192.0.2.8") == await names(ip="nonsense") == set()
    assert await rose.status_of("GET", "/api/v2/admin/accounts", params={"origin": "mars"}) == 422
    first = await rose.ask("GET", "/api/v1/admin/accounts", params={"limit": 2})
    assert len(first.json()) == 2
    second = await rose.ask("GET", httpx.URL(first.links["next"]["url"]).raw_path.decode())
    assert {one["id"] for one in first.json()} & {one["id"] for one in second.json()} == set()


# ---- what is decided holds ---------------------------------------------------------------


async def test_a_suspended_account_is_gone_everywhere_at_once(people: People) -> None:
    (rose, _), bob, alice = await moderators(people), await people("bob"), await people("alice")
    await people.world.follows(alice.account, bob.account)
    post = await bob.posts("a walrus")
    await people.world.settle()
    session = {"cookie": "harken_session=" + (await people.world.cookies(bob.account))["harken_session"]}
    assert await found_by(alice, "walrus") == [post["id"]]
    await rose.do(act(bob), type="suspend")

    stub = (await people.client.get(f"/api/v1/accounts/{bob.id}")).json()
    assert (stub["suspended"], stub["display_name"], stub["note"], stub["username"]) == (True, "", "", "bob")
    assert (await people.client.get("/api/v1/accounts/lookup", params={"acct": "bob"})).json()["suspended"]
    assert await alice.get(f"/api/v1/accounts/{bob.id}/statuses") == []
    assert await found_by(alice, "walrus") == []
    for path in ("/api/v1/timelines/home", "/api/v1/timelines/public"):
        assert await alice.get(path) == [], path
    assert await alice.status_of("GET", f"/api/v1/statuses/{post['id']}") == 404
    for path in ("/@bob", f"/@bob/{post['id']}", "/@bob.atom"):
        assert (await people.client.get(path)).status_code == 404, path
    refused = await bob.ask("GET", "/api/v1/accounts/verify_credentials")
    assert (refused.status_code, refused.json()["error"]) == (403, "Your login is currently disabled")
    assert (await people.client.get("/notifications", headers=session)).status_code == 303

    back = await rose.do(f"/api/v1/admin/accounts/{bob.id}/unsuspend")
    assert (back["suspended"], back["silenced"]) == (False, False)
    assert await found_by(alice, "walrus") == [post["id"]]
    assert await bob.status_of("GET", "/api/v1/accounts/verify_credentials") == 200
    assert await rose.status_of("POST", f"/api/v1/admin/accounts/{bob.id}/unsuspend") == 403


async def test_who_was_limited_is_so_again_when_a_suspension_ends(people: People) -> None:
    (rose, _), bob = await moderators(people), await people("bob")
    await rose.do(act(bob), type="silence")
    await rose.do(act(bob), type="suspend")
    back = await rose.do(f"/api/v1/admin/accounts/{bob.id}/unsuspend")
    assert (back["suspended"], back["silenced"]) == (False, True)
    assert (await people.client.get(f"/api/v1/accounts/{bob.id}")).json()["limited"]


async def test_a_limited_account_is_found_by_nobody_and_read_by_its_followers(people: People) -> None:
    (rose, _), bob, alice = await moderators(people), await people("bob"), await people("alice")
    await people.world.follows(alice.account, bob.account)
    stranger = await people("stranger")
    await rose.do(act(bob), type="silence")
    post = await bob.posts("a walrus")
    await people.world.settle()
    assert [one["id"] for one in await alice.get("/api/v1/timelines/home")] == [post["id"]]
    assert (await people.client.get(f"/api/v1/statuses/{post['id']}")).status_code == 200
    assert (await people.client.get("/api/v1/timelines/public")).json() == []
    assert await found_by(stranger, "walrus") == []
    await rose.do(f"/api/v1/admin/accounts/{bob.id}/unsilence")
    assert await found_by(stranger, "walrus") == [post["id"]]


async def test_a_disabled_account_keeps_its_posts_and_nobody_signs_in(people: People) -> None:
    (rose, _), bob = await moderators(people), await people("bob", password="a long password")
    stranger = await people("stranger")
    post = await bob.posts("a walrus")
    session = {"cookie": "harken_session=" + (await people.world.cookies(bob.account))["harken_session"]}
    await rose.do(act(bob), type="disable")

    async def come_in() -> Any:
        return await sign_in(people.world.db, SignInGuard(0), name="bob", password="a long password",
                             visitor=Visitor(), now=clock.now())

    with pytest.raises(NotAllowed):
        await come_in()
    refused = await bob.ask("GET", "/api/v1/timelines/home")
    assert (refused.status_code, refused.json()["error"]) == (403, "Your login is currently disabled")
    assert (await people.client.get("/notifications", headers=session)).status_code == 303
    assert await found_by(stranger, "walrus") == [post["id"]]
    await rose.do(f"/api/v1/admin/accounts/{bob.id}/enable")
    assert isinstance(await come_in(), SignedIn)
    assert await bob.status_of("GET", "/api/v1/timelines/home") == 200


async def test_nothing_goes_out_of_or_to_a_disabled_account(people: People) -> None:
    (rose, _), bob, alice = await moderators(people), await people("bob"), await people("alice")
    await bob.posts("later", scheduled_at=(clock.now() + timedelta(minutes=6)).isoformat())
    token = await people.world.db.value("SELECT max(id) FROM token WHERE account_id = :id", id=bob.account.id)
    await subscribe_application(
        people.world.db, bob.account, int(token), "", "https://push.example/1", *browser_keys(), clock.now(),
        standard=True, alerts={"mention": True}, policy=PushPolicy.ALL)

    async def waiting_pushes() -> int:
        await people.world.settle()
        return int(await people.world.db.value("SELECT count(*) FROM push"))

    await alice.posts("@bob one")
    assert await waiting_pushes() == 1
    await rose.do(act(bob), type="disable")
    await alice.posts("@bob two")
    assert await waiting_pushes() == 1
    with clock.frozen(clock.now() + timedelta(minutes=7)):
        await do_what_is_due(people.world.db)
    assert await alice.get(f"/api/v1/accounts/{bob.id}/statuses") == []


async def test_all_media_of_a_sensitized_account_is_sensitive(people: People) -> None:
    (rose, _), bob, alice = await moderators(people), await people("bob"), await people("alice")
    file = (await bob.ask("POST", "/api/v2/media", files={"file": ("a.png", PIXEL, "image/png")})).json()
    pictured, plain = await bob.posts("look", media_ids=[file["id"]]), await bob.posts("no picture")
    await alice.do(f"/api/v1/statuses/{pictured['id']}/reblog")

    async def covered(viewer: Person, post: Any) -> bool:
        return bool((await viewer.get(f"/api/v1/statuses/{post['id']}"))["sensitive"])

    assert not await covered(alice, pictured)
    await rose.do(act(bob), type="sensitive")
    assert await covered(alice, pictured)
    assert not await covered(alice, plain)
    [boost] = await alice.get(f"/api/v1/accounts/{alice.id}/statuses")
    assert boost["reblog"]["sensitive"]
    assert "Sensitive: open to see it" in (await people.client.get("/@bob")).text
    assert (await rose.get(f"/api/v1/admin/accounts/{bob.id}"))["sensitized"]
    await rose.do(f"/api/v1/admin/accounts/{bob.id}/unsensitive")
    assert not await covered(alice, pictured)


async def test_who_waits_for_a_moderator_does_nothing_until_let_in(people: People) -> None:
    (rose, _), waits = await moderators(people), await people("waits", approved=False, reason="I like birds.")
    refused = await waits.ask("POST", "/api/v1/statuses", json={"status": "Hello"})
    assert (refused.status_code, refused.json()["error"]) == (403, "Your login is currently pending approval")
    assert (await people.client.get(f"/api/v1/accounts/{waits.id}")).status_code == 404
    [told] = await rose.get("/api/v1/admin/accounts", pending="true")
    assert (told["approved"], told["invite_request"]) == (False, "I like birds.")
    assert (await rose.do(f"/api/v1/admin/accounts/{waits.id}/approve"))["approved"]
    assert (await waits.posts("Hello"))["content"] == "<p>Hello</p>"
    for verb in ("approve", "reject"):
        answer = await rose.ask("POST", f"/api/v1/admin/accounts/{waits.id}/{verb}")
        assert (answer.status_code, answer.json()["error"]) == (403, "This action is not allowed")


async def test_who_is_turned_away_is_forgotten(people: People) -> None:
    (rose, _), waits = await moderators(people), await people("waits", approved=False)
    assert (await rose.do(f"/api/v1/admin/accounts/{waits.id}/reject"))["email"] == "waits@example.org"
    assert await people.world.db.value("SELECT count(*) FROM member WHERE email = 'waits@example.org'") == 0
    assert await rose.status_of("GET", f"/api/v1/admin/accounts/{waits.id}") == 404


# ---- warnings, reports, the record -----------------------------------------------------


@pytest.mark.parametrize(
    "given, status, error",
    [
        ({}, 422, "Validation failed: Type can't be blank, Type is not included in the list"),
        ({"type": "shout"}, 422, "Validation failed: Type is not included in the list"),
        ({"type": "none", "report_id": "7"}, 404, "Record not found"),
        ({"type": "none", "warning_preset_id": "7"}, 404, "Record not found"),
        ({"type": "none", "text": "x" * 5001}, 422, "Validation failed: Text is too long (maximum is 5000 characters)"),
        ({"type": "none", "text": "x" * 5000}, 200, None),
    ],
)
async def test_what_cannot_be_done(people: People, given: dict[str, Any], status: int, error: str | None) -> None:
    (rose, _), bob = await moderators(people), await people("bob")
    answer = await rose.ask("POST", act(bob), json=given)
    assert (answer.status_code, answer.json().get("error")) == (status, error)


async def test_a_warning_settles_its_report_and_a_measure_all_of_them(people: People) -> None:
    (rose, _), bob, alice = await moderators(people), await people("bob"), await people("alice")
    reports = [(await alice.do("/api/v1/reports", account_id=bob.id))["id"] for _ in range(3)]

    async def open_ones() -> list[str]:
        return sorted(one["id"] for one in await rose.get("/api/v1/admin/reports"))

    await rose.do(act(bob), type="none", report_id=reports[0])
    assert await open_ones() == reports[1:]
    await rose.do(act(bob), type="silence", report_id=reports[1])
    assert await open_ones() == []
    settled = await rose.get("/api/v1/admin/reports", resolved="true", target_account_id=bob.id)
    assert {one["action_taken_by_account"]["username"] for one in settled} == {"rose"}


async def test_a_warning_reaches_its_member_only_where_asked_for_and_not_the_moderator_s_name(people: People) -> None:
    (rose, _), bob = await moderators(people), await people("bob")
    await rose.do(act(bob), type="none", text="Not told.")
    await rose.do(act(bob), type="sensitive", text="Please mind.", send_email_notification=True)
    await people.world.settle()
    [told] = await bob.get("/api/v1/notifications")
    assert (told["type"], told["account"]["id"]) == ("moderation_warning", bob.id)
    warning = told["moderation_warning"]
    assert (warning["action"], warning["text"], warning["appeal"]) == ("sensitive", "Please mind.", None)
    assert "rose" not in str(told)


async def test_moderators_read_what_is_reported_whatever_became_of_it_and_nobody_else_does(people: People) -> None:
    (rose, vera), bob, alice = await moderators(people), await people("bob"), await people("alice")
    said = await bob.posts("@alice for you alone", visibility="direct")
    report = await alice.do("/api/v1/reports", account_id=bob.id, status_ids=[said["id"]])
    await rose.do(act(bob), type="suspend")
    shown = await vera.get(f"/api/v1/admin/reports/{report['id']}")
    assert [one["id"] for one in shown["statuses"]] == [said["id"]]
    assert await vera.status_of("GET", f"/api/v1/statuses/{said['id']}") == 404


async def test_a_report_is_taken_on_reclassified_closed_and_opened(people: People) -> None:
    (rose, vera), bob, alice = await moderators(people), await people("bob"), await people("alice")
    report = await alice.do("/api/v1/reports", account_id=bob.id)
    path = f"/api/v1/admin/reports/{report['id']}"
    assert (await rose.do(f"{path}/assign_to_self"))["assigned_account"]["username"] == "rose"
    assert (await vera.do(f"{path}/unassign"))["assigned_account"] is None
    assert (await rose.ask("PUT", path, json={"category": "spam"})).json()["category"] == "spam"
    assert await rose.status_of("PUT", path, json={"category": "dull"}) == 422
    assert (await rose.do(f"{path}/resolve"))["action_taken_by_account"]["username"] == "rose"
    assert (await alice.get("/api/v1/notifications")) == []
    opened = await vera.do(f"{path}/reopen")
    assert (opened["action_taken"], opened["action_taken_by_account"]) == (False, None)
    assert await rose.status_of("POST", "/api/v1/admin/reports/7/resolve") == 404


async def test_the_record_names_who_did_what_and_why(people: People) -> None:
    (rose, _), bob = await moderators(people), await people("bob")
    await rose.do(act(bob), type="silence", text="Too loud.")
    await rose.do(f"/api/v1/admin/accounts/{bob.id}/unsilence")
    await change_state.suspend(people.world.db, bob.account.id, clock.now())
    acts = await moderation.acts(people.world.db, Window(limit=9), about="bob")
    assert [(one.actor, one.act, one.why) for one in acts] == [
        ("operator", "suspend", ""), ("rose", "end_silence", ""), ("rose", "silence", "Too loud.")]


async def test_the_streams_of_who_is_suspended_end(people: People) -> None:
    bob: Account = await people.world.account("bob")
    streaming = people.world.engine.streaming
    people.world.engine.start()
    try:
        heard = streaming.subscribe(bob.id, ["home"])
        await change_state.suspend(people.world.db, bob.id, clock.now())
        assert await heard.next(5) is None
    finally:
        await people.world.engine.stop()

"""Statuses: written, read, kept, passed on, taken back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.mastodon.conftest import People


@pytest.mark.parametrize("how", ["json", "data", "files", "params"])
async def test_every_way_of_sending_parameters_publishes(people: People, how: str) -> None:
    alice = await people("alice")
    fields: dict[str, Any] = {"status": "héllo", "visibility": "unlisted", "spoiler_text": "greeting"}
    sent: dict[str, Any] = {name: (None, value) for name, value in fields.items()} if how == "files" else fields
    answer = await alice.ask("POST", "/api/v1/statuses", **{how: sent})
    assert answer.status_code == 200
    made = answer.json()
    assert (made["content"], made["visibility"], made["spoiler_text"], made["sensitive"]) == (
        "<p>héllo</p>",
        "unlisted",
        "greeting",
        True,
    )


async def test_the_same_idempotency_key_publishes_once(people: People) -> None:
    alice = await people("alice")
    key = {"Idempotency-Key": "abc"}
    one = await alice.ask("POST", "/api/v1/statuses", json={"status": "once"}, headers=key)
    two = await alice.ask("POST", "/api/v1/statuses", json={"status": "once"}, headers=key)
    assert one.json()["id"] == two.json()["id"]
    other = await alice.ask("POST", "/api/v1/statuses", json={"status": "once"}, headers={"Idempotency-Key": "def"})
    assert other.json()["id"] != one.json()["id"]


@pytest.mark.parametrize(
    "given",
    [
        {"status": ""},
        {"status": "   "},
        {},
        {"status": "x" * 501},
        {"status": "x", "visibility": "secret"},
        {"status": "x", "media_ids": ["1"]},
        {"status": "x", "poll": {"options": ["a", "b"]}},
        {"status": "x", "scheduled_at": "in a moment"},
        {"status": ["x"]},
        {"status": {"a": 1}},
        {"status": "\x00\x07"},
        {"status": "x", "sensitive": "perhaps"},
    ],
)
async def test_what_cannot_be_published_is_a_422_that_says_why(people: People, given: dict[str, Any]) -> None:
    answer = await (await people("alice")).ask("POST", "/api/v1/statuses", json=given)
    assert answer.status_code == 422
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "content, kind",
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'{"status": "\xff"}', "application/json"),
        (b"[" * 5000, "application/json"),
        (b"status=%ff%fe", "application/x-www-form-urlencoded"),
        (b"\xff=\xfe", "application/x-www-form-urlencoded"),
        (b"x", "text/plain"),
        (b"x", "application/xml"),
        (b"x", "multipart/form-data"),
        (b"x", "multipart/form-data; boundary=b"),
        (b"status", ""),
        (b'{"status": "\\ud800"}', "application/json"),
        (b"a[b=1", "application/x-www-form-urlencoded"),
        (b"&".join(b"a[]=1" for _ in range(3000)), "application/x-www-form-urlencoded"),
        (b"a=1&a[b]=2", "application/x-www-form-urlencoded"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused_politely(people: People, content: bytes, kind: str) -> None:
    answer = await (await people("alice")).ask(
        "POST", "/api/v1/statuses", content=content, headers={"Content-Type": kind} if kind else {}
    )
    assert answer.status_code in (400, 415, 422), answer.text
    assert answer.json()["error"]


async def test_a_reply_belongs_to_a_thread(people: People, client: httpx.AsyncClient) -> None:
    alice, bob = await people("alice"), await people("bob")
    root = await alice.posts("root")
    reply = await bob.posts("@alice reply", in_reply_to_id=root["id"])
    deeper = await alice.posts("@bob deeper", in_reply_to_id=int(reply["id"]))
    sibling = await bob.posts("sibling", in_reply_to_id=root["id"])
    assert (reply["in_reply_to_id"], reply["in_reply_to_account_id"]) == (root["id"], alice.id)
    assert [m["acct"] for m in reply["mentions"]] == ["alice"]
    context = (await client.get(f"/api/v1/statuses/{reply['id']}/context")).json()
    assert [s["id"] for s in context["ancestors"]] == [root["id"]]
    assert [s["id"] for s in context["descendants"]] == [deeper["id"]]
    whole = (await client.get(f"/api/v1/statuses/{root['id']}/context")).json()
    assert [s["id"] for s in whole["descendants"]] == [reply["id"], deeper["id"], sibling["id"]]
    assert await alice.status_of("POST", "/api/v1/statuses", json={"status": "x", "in_reply_to_id": "12"}) == 404
    assert await alice.status_of("POST", "/api/v1/statuses", json={"status": "x", "in_reply_to_id": "x"}) == 404


async def test_a_chain_of_a_thousand_replies_is_answered(people: People) -> None:
    alice = await people("alice")
    first = last = await people.world.post(alice.account, "0")
    for n in range(1, 1000):
        last = await people.world.post(alice.account, str(n), reply_to=last)
    assert len((await alice.get(f"/api/v1/statuses/{first.id}/context"))["descendants"]) == 999
    assert len((await alice.get(f"/api/v1/statuses/{last.id}/context"))["ancestors"]) == 999


@pytest.mark.parametrize("visibility, expected", [("private", "private"), ("direct", "direct")])
async def test_what_is_hidden_does_not_exist(
    people: People, client: httpx.AsyncClient, visibility: str, expected: str
) -> None:
    alice, stranger, friend = await people("alice"), await people("stranger"), await people("friend")
    await friend.do(f"/api/v1/accounts/{alice.id}/follow")
    status = await alice.posts("for @friend", visibility=visibility)
    assert status["visibility"] == expected
    path = f"/api/v1/statuses/{status['id']}"
    assert (await friend.get(path))["id"] == status["id"]
    for suffix in ("", "/context", "/history", "/source", "/favourited_by", "/reblogged_by", "/card"):
        hidden = await stranger.ask("GET", path + suffix)
        assert (hidden.status_code, hidden.json()) == (404, {"error": "Record not found"})
    for verb in (
        "favourite",
        "unfavourite",
        "reblog",
        "unreblog",
        "bookmark",
        "unbookmark",
        "pin",
        "unpin",
        "mute",
        "unmute",
        "translate",
    ):
        assert await stranger.status_of("POST", f"{path}/{verb}") == 404
    assert await stranger.status_of("PUT", path, json={"status": "x"}) == 404
    assert await stranger.status_of("DELETE", path) == 404
    answered = {"status": "x", "in_reply_to_id": status["id"]}
    assert await stranger.status_of("POST", "/api/v1/statuses", json=answered) == 404
    assert (await client.get(path)).status_code == 404
    assert await stranger.get("/api/v1/statuses", **{"id[]": status["id"]}) == []


async def test_a_visitor_reads_without_being_told_what_members_did(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    status = await alice.posts("hello")
    seen = (await client.get(f"/api/v1/statuses/{status['id']}")).json()
    assert not {"favourited", "reblogged", "muted", "bookmarked", "pinned"} & seen.keys()
    assert {"favourited", "reblogged", "muted", "bookmarked", "pinned"} <= status.keys()


async def test_editing_keeps_history(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    status = await alice.posts("first")
    path = f"/api/v1/statuses/{status['id']}"
    edited = (await alice.ask("PUT", path, json={"status": "second", "spoiler_text": "cw"})).json()
    assert (edited["content"], edited["spoiler_text"], edited["edited_at"] is not None) == ("<p>second</p>", "cw", True)
    assert [e["content"] for e in await bob.get(f"{path}/history")] == ["<p>first</p>", "<p>second</p>"]
    assert await alice.get(f"{path}/source") == {"id": status["id"], "text": "second", "spoiler_text": "cw"}
    assert await bob.status_of("PUT", path, json={"status": "mine"}) == 404
    assert await alice.status_of("PUT", path, json={"status": ""}) == 422


async def test_deleting_returns_the_text_for_writing_anew(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    status = await alice.posts("oops @bob")
    path = f"/api/v1/statuses/{status['id']}"
    assert await bob.status_of("DELETE", path) == 404
    gone = await alice.ask("DELETE", path)
    assert (gone.status_code, gone.json()["text"], gone.json()["id"]) == (200, "oops @bob", status["id"])
    assert await alice.status_of("GET", path) == 404
    assert await alice.status_of("DELETE", path) == 404


async def test_reblogging_and_taking_back(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    status = await alice.posts("pass it on")
    boost = await bob.do(f"/api/v1/statuses/{status['id']}/reblog")
    assert (boost["account"]["acct"], boost["reblog"]["id"], boost["reblogged"]) == ("bob", status["id"], True)
    assert boost["reblog"]["reblogs_count"] == 1
    assert (await bob.do(f"/api/v1/statuses/{status['id']}/reblog"))["id"] == boost["id"]
    assert [a["acct"] for a in await alice.get(f"/api/v1/statuses/{boost['id']}/reblogged_by")] == ["bob"]
    # Whatever is done to the boost is done to what it boosts.
    assert (await bob.do(f"/api/v1/statuses/{boost['id']}/favourite"))["id"] == status["id"]
    undone = await bob.do(f"/api/v1/statuses/{boost['id']}/unreblog")
    assert (undone["id"], undone["reblogged"], undone["reblogs_count"]) == (status["id"], False, 0)
    secret = await alice.posts("not this", visibility="direct")
    assert await alice.status_of("POST", f"/api/v1/statuses/{secret['id']}/reblog") == 403
    assert await alice.status_of("POST", f"/api/v1/statuses/{status['id']}/reblog", json={"visibility": "x"}) == 422


@pytest.mark.parametrize(
    "verb, flag", [("favourite", "favourited"), ("bookmark", "bookmarked"), ("mute", "muted"), ("pin", "pinned")]
)
async def test_each_mark_is_set_and_taken_back(people: People, client: httpx.AsyncClient, verb: str, flag: str) -> None:
    alice = await people("alice")
    status = await alice.posts("keep me")
    path = f"/api/v1/statuses/{status['id']}"
    for _ in range(2):
        assert (await alice.do(f"{path}/{verb}"))[flag] is True
    for _ in range(2):
        assert (await alice.do(f"{path}/un{verb}"))[flag] is False
    assert (await client.post(f"{path}/{verb}")).status_code == 401


async def test_who_favourited(people: People, client: httpx.AsyncClient) -> None:
    alice, bob = await people("alice"), await people("bob")
    status = await alice.posts("nice")
    await bob.do(f"/api/v1/statuses/{status['id']}/favourite")
    assert [a["acct"] for a in (await client.get(f"/api/v1/statuses/{status['id']}/favourited_by")).json()] == ["bob"]
    assert (await alice.get(f"/api/v1/statuses/{status['id']}"))["favourites_count"] == 1


async def test_only_one_s_own_statuses_are_pinned(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    status = await alice.posts("look")
    assert await bob.status_of("POST", f"/api/v1/statuses/{status['id']}/pin") == 422
    await alice.do(f"/api/v1/statuses/{status['id']}/pin")
    assert [s["id"] for s in await bob.get(f"/api/v1/accounts/{alice.id}/statuses", pinned="true")] == [status["id"]]


async def test_several_statuses_at_once(people: People) -> None:
    alice = await people("alice")
    one, two = await alice.posts("one"), await alice.posts("two")
    found = await alice.get("/api/v1/statuses", **{"id[]": [two["id"], one["id"], "5"]})
    assert [s["id"] for s in found] == [two["id"], one["id"]]


async def test_there_is_no_card_and_no_translation(people: People) -> None:
    alice = await people("alice")
    status = await alice.posts("hello")
    assert await alice.get(f"/api/v1/statuses/{status['id']}/card") == {}
    assert await alice.status_of("POST", f"/api/v1/statuses/{status['id']}/translate") == 503


async def test_an_unknown_path_is_answered_in_json(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/nothing", "/api/v1/statuses/1/nothing", "/api/v9/x"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()) == (404, {"error": "Record not found"})


async def test_a_visitor_is_given_a_part_of_a_long_conversation(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    chain = [await people.world.post(alice.account, "0")]
    for n in range(1, 71):
        chain.append(await people.world.post(alice.account, str(n), reply_to=chain[-1]))
    for n in range(65):
        await people.world.post(alice.account, f"wide {n}", reply_to=chain[0])
    for at, above, below in ((0, 0, 60), (30, 30, 20), (70, 40, 0)):
        path = f"/api/v1/statuses/{chain[at].id}/context"
        context = (await client.get(path)).json()
        assert (len(context["ancestors"]), len(context["descendants"])) == (above, below)
        if context["ancestors"]:
            assert context["ancestors"][-1]["id"] == str(chain[at - 1].id)
        everything = await alice.get(path)
        assert len(everything["ancestors"]) == at


async def test_only_those_may_be_mentioned_who_were_meant(people: People) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    given = {"status": "hello @bob and @carol", "allowed_mentions": [bob.id]}
    refused = await alice.ask("POST", "/api/v1/statuses", json=given)
    assert refused.status_code == 422
    assert refused.json()["error"] == "Post would be sent to unexpected accounts"
    assert [a["id"] for a in refused.json()["unexpected_accounts"]] == [carol.id]
    assert await alice.get(f"/api/v1/accounts/{alice.id}/statuses") == []
    await alice.posts("hello @bob and @carol", allowed_mentions=[bob.id, carol.id])


async def test_what_is_for_a_few_is_not_handed_to_a_translator(people: People) -> None:
    alice = await people("alice")
    secret = await alice.posts("psst", visibility="private")
    refused = await alice.ask("POST", f"/api/v1/statuses/{secret['id']}/translate")
    assert (refused.status_code, refused.json()["error"]) == (403, "This action is not allowed")
    said = await alice.posts("hello")
    away = await alice.ask("POST", f"/api/v1/statuses/{said['id']}/translate")
    assert (away.status_code, away.json()["error"]) == (503, "Service Unavailable")


async def test_what_cannot_be_pinned_says_so_in_mastodons_words(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    of_bob = await bob.posts("x")
    boost = await alice.do(f"/api/v1/statuses/{of_bob['id']}/reblog")
    direct = await alice.posts("x", visibility="direct")
    for which, words in (
        (of_bob, "Someone else's post cannot be pinned"),
        (boost, "A boost cannot be pinned"),
        (direct, "Posts that are only visible to mentioned users cannot be pinned"),
    ):
        refused = await alice.ask("POST", f"/api/v1/statuses/{which['id']}/pin")
        assert (refused.status_code, refused.json()["error"]) == (422, f"Validation failed: {words}")
    own = [await alice.posts(str(n)) for n in range(6)]
    for one in own[:5]:
        assert (await alice.do(f"/api/v1/statuses/{one['id']}/pin"))["pinned"] is True
    refused = await alice.ask("POST", f"/api/v1/statuses/{own[5]['id']}/pin")
    assert refused.json()["error"] == "Validation failed: You have already pinned the maximum number of posts"
    pinned = await bob.get(f"/api/v1/accounts/{alice.id}/statuses", pinned="true")
    assert [s["id"] for s in pinned] == [s["id"] for s in own[:5][::-1]]


async def test_a_warning_before_nothing_is_the_text(people: People) -> None:
    made = await (await people("alice")).posts("", spoiler_text="cw")
    assert (made["content"], made["spoiler_text"], made["sensitive"]) == ("<p>cw</p>", "", True)


async def test_a_muted_conversation_tells_nothing(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    root = await alice.posts("x")
    assert (await alice.do(f"/api/v1/statuses/{root['id']}/mute"))["muted"] is True
    await bob.posts("@alice y", in_reply_to_id=root["id"])
    await people.world.settle()
    assert await alice.get("/api/v1/notifications") == []
    await alice.do(f"/api/v1/statuses/{root['id']}/unmute")
    assert [n["type"] for n in await alice.get("/api/v1/notifications")] == ["mention"]

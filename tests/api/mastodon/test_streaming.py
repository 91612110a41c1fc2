"""Streams: what arrives, for whom, and when they end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from harken import clock
from harken.actions import announce
from harken.actions.delete_post import delete_post
from harken.app import build
from harken.consumers.live_searches import Limits
from harken.engine import Engine
from harken.ids import AccountId, PostId
from harken.store import accounts, tags
from tests.api.mastodon.conftest import People, Person

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100"
    "c9fe92ef0000000049454e44ae426082"
)


class Connection:
    """One ASGI connection driven by hand: httpx cannot read a body that does not end."""

    def __init__(
        self,
        engine: Engine,
        path: str,
        query: str = "",
        token: str = "",
        kind: str = "http",
        headers: list[tuple[bytes, bytes]] | None = None,
    ) -> None:
        given = [(b"host", b"harken.test"), *(headers or [])]
        if token:
            given.append((b"authorization", f"Bearer {token}".encode()))
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.received.put_nowait(
            {"type": "http.request", "body": b"", "more_body": False}
            if kind == "http"
            else {"type": "websocket.connect"}
        )
        scope = {
            "type": kind,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": given,
            "http_version": "1.1",
            "scheme": "https" if kind == "http" else "wss",
            "root_path": "",
            "server": ("harken.test", 443),
            "client": ("127.0.0.1", 1),
            "asgi": {"version": "3.0"},
            "state": {},
            "subprotocols": [],
        } | ({"method": "GET"} if kind == "http" else {})
        self.task = asyncio.create_task(build(engine)(scope, self.received.get, self._send))  # type: ignore[arg-type]

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.put_nowait(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.received.put_nowait({"type": "http.disconnect"})  # as servers do after the last byte

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            return await self.sent.get()

    async def event(self) -> tuple[str, Any]:
        """The next event of an event stream."""
        while True:
            body = (await self.next()).get("body", b"").decode()
            if body.startswith("event: "):
                event, data = body.removeprefix("event: ").strip().split("\ndata: ", 1)
                return event, json.loads(data)

    async def message(self) -> Any:
        """The next message of a socket."""
        return json.loads((await self.next())["text"])

    def send(self, **command: Any) -> None:
        self.received.put_nowait({"type": "websocket.receive", "text": json.dumps(command)})

    async def vanish(self, kind: str = "http.disconnect") -> None:
        """The client goes away without a word."""
        self.received.put_nowait({"type": kind, "code": 1006})
        async with asyncio.timeout(5):
            with contextlib.suppress(Exception):
                await self.task


@pytest.fixture
async def live(engine: Engine) -> AsyncIterator[Engine]:
    engine.start()
    await asyncio.sleep(0.05)
    yield engine
    await engine.stop()


async def _opened(engine: Engine, path: str, person: Person | None = None, **given: Any) -> Connection:
    before = engine.streaming.open_streams
    made = Connection(engine, path, token=person.token if person else "", **given)
    async with asyncio.timeout(5):
        while engine.streaming.open_streams == before:
            await asyncio.sleep(0.005)
    return made


async def test_health_says_ok(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/streaming/health")).text == "OK"


async def test_one_s_own_stream_hears_home_notifications_edits_and_deletions(live: Engine, people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    await alice.do(f"/api/v1/accounts/{bob.id}/follow")
    stream = await _opened(live, "/api/v1/streaming/user", alice)
    status = await bob.posts("hello @alice")
    heard = [await stream.event(), await stream.event()]
    assert sorted(event for event, _ in heard) == ["notification", "update"]
    assert dict(heard)["update"]["id"] == dict(heard)["notification"]["status"]["id"] == status["id"]
    await bob.ask("PUT", f"/api/v1/statuses/{status['id']}", json={"status": "hello again @alice"})
    event, edited = await stream.event()
    assert (event, edited["edited_at"] is not None) == ("status.update", True)
    await bob.ask("DELETE", f"/api/v1/statuses/{status['id']}")
    assert await stream.event() == ("delete", int(status["id"]))
    await stream.vanish()
    assert live.streaming.open_streams == 0


async def test_nobody_hears_what_they_may_not_see(live: Engine, people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    await alice.do(f"/api/v1/accounts/{bob.id}/follow")
    user = await _opened(live, "/api/v1/streaming/user", alice)
    public = await _opened(live, "/api/v1/streaming/public")
    await bob.posts("secret", visibility="direct")
    await bob.posts("for followers", visibility="private")
    said = await bob.posts("for all")
    assert (await public.event())[1]["id"] == said["id"]
    assert (await user.event())[1]["content"] == "<p>for followers</p>"
    for one in (user, public):
        await one.vanish()


async def test_a_tag_s_stream_hears_its_tag_only(live: Engine, people: People) -> None:
    alice = await people("alice")
    stream = await _opened(live, "/api/v1/streaming/hashtag", query="tag=Tea")
    await alice.posts("coffee")
    said = await alice.posts("#tea")
    assert (await stream.event())[1]["id"] == said["id"]
    await stream.vanish()


async def test_a_list_s_stream_hears_what_its_timeline_holds(live: Engine, people: People) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    kept = (await alice.do("/api/v1/lists", title="tea", replies_policy="none"))["id"]
    for one in (bob, carol):
        await alice.do(f"/api/v1/accounts/{one.id}/follow")
    await alice.do(f"/api/v1/lists/{kept}/accounts", account_ids=[bob.id])
    stream = await _opened(live, "/api/v1/streaming/list", alice, query=f"list={kept}")
    socket = await _opened(live, "/api/v1/streaming", alice, kind="websocket")
    assert (await socket.next())["type"] == "websocket.accept"
    socket.send(type="subscribe", stream="list", list=kept)
    await asyncio.sleep(0.05)
    asked = await carol.posts("not in the list")
    await bob.posts("a reply to another", in_reply_to_id=asked["id"])
    said = await bob.posts("for followers", visibility="private")
    boost = await bob.do(f"/api/v1/statuses/{asked['id']}/reblog")
    for status in (said, boost):
        event, heard = await stream.event()
        assert (event, heard["id"]) == ("update", status["id"])
        message = await socket.message()
        assert (message["stream"], json.loads(message["payload"])["id"]) == (["list", kept], status["id"])
    await bob.ask("PUT", f"/api/v1/statuses/{said['id']}", json={"status": "for friends"})
    assert (await stream.event())[0] == "status.update"
    await stream.vanish()
    await socket.vanish("websocket.disconnect")


async def test_other_people_s_lists_are_not_streamed(client: httpx.AsyncClient, people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    kept = (await alice.do("/api/v1/lists", title="tea"))["id"]
    refused = await bob.ask("GET", "/api/v1/streaming/list", params={"list": kept})
    assert (refused.status_code, refused.json()["error"]) == (401, "Not authorized to stream this list")
    missing = await bob.ask("GET", "/api/v1/streaming/list")
    assert (missing.status_code, missing.json()["error"]) == (422, "Missing list name parameter")


async def test_home_hears_the_tags_one_follows(live: Engine, people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    async with people.world.db.transaction() as tx:
        await tags.follow(tx, alice.account.id, "tea", clock.now())
    stream = await _opened(live, "/api/v1/streaming/user", alice)
    await bob.posts("coffee")
    await bob.posts("#tea for few", visibility="unlisted")
    said = await bob.posts("#Tea")
    assert (await stream.event())[1]["id"] == said["id"]
    await stream.vanish()


async def test_direct_hears_conversations(live: Engine, people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    stream = await _opened(live, "/api/v1/streaming/direct", bob)
    said = await alice.posts("@bob psst", visibility="direct")
    event, conversation = await stream.event()
    assert (event, conversation["last_status"]["id"]) == ("conversation", said["id"])
    assert conversation["unread"] is True
    await bob.do(f"/api/v1/conversations/{conversation['id']}/read")
    event, conversation = await stream.event()
    assert (event, conversation["unread"]) == ("conversation", False)
    await bob.ask("PATCH", "/api/v2/notifications/policy", json={"for_private_mentions": "filter"})
    await bob.do(f"/api/v1/accounts/{alice.id}/follow")
    carol = await people("carol")
    await carol.posts("@bob kept aside", visibility="direct")
    said = await alice.posts("@bob again", visibility="direct", in_reply_to_id=said["id"])
    event, conversation = await stream.event()
    assert (event, conversation["last_status"]["id"]) == ("conversation", said["id"])
    await stream.vanish()


@pytest.mark.parametrize(
    "path, status",
    [
        ("/api/v1/streaming/user", 401),
        ("/api/v1/streaming/direct", 401),
        ("/api/v1/streaming/user/notification", 401),
        ("/api/v1/streaming/hashtag", 422),
        ("/api/v1/streaming/user?access_token=wrong", 401),
    ],
)
async def test_a_stream_is_refused_before_it_begins(
    engine: Engine, client: httpx.AsyncClient, path: str, status: int
) -> None:
    answer = await client.get(path)
    assert (answer.status_code, "error" in answer.json()) == (status, True)
    assert engine.streaming.open_streams == 0


async def test_streams_end_with_the_server(live: Engine, people: People) -> None:
    alice = await people("alice")
    stream = await _opened(live, "/api/v1/streaming/user", alice)
    socket = await _opened(live, "/api/v1/streaming", alice, kind="websocket")
    live.streaming.close()
    async with asyncio.timeout(3):
        await stream.task
        await socket.task


async def test_a_stream_does_not_outlive_its_token(live: Engine, people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    stream = await _opened(live, "/api/v1/streaming/public", alice)
    async with people.world.db.transaction() as tx:
        await tx.execute("DELETE FROM token WHERE account_id = :id", id=int(alice.id))
    await bob.posts("hello")
    async with asyncio.timeout(3):
        await stream.task


async def test_a_socket_listens_to_what_it_asks_for(live: Engine, people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    socket = await _opened(live, "/api/v1/streaming", query=f"access_token={alice.token}", kind="websocket")
    assert (await socket.next())["type"] == "websocket.accept"
    socket.send(type="subscribe", stream="nothing")
    assert "error" in await socket.message()
    socket.received.put_nowait({"type": "websocket.receive", "text": "{"})
    assert "error" in await socket.message()
    socket.send(type="subscribe", stream="hashtag", tag="tea")
    socket.send(type="subscribe", stream="user:notification")
    await asyncio.sleep(0.05)
    said = await bob.posts("@alice #tea")
    heard = [await socket.message(), await socket.message()]
    by_stream = {tuple(m["stream"]): m for m in heard}
    assert by_stream["hashtag", "tea"]["event"] == "update"
    assert json.loads(by_stream["hashtag", "tea"]["payload"])["id"] == said["id"]
    assert by_stream[("user:notification",)]["event"] == "notification"
    socket.send(type="unsubscribe", stream="hashtag", tag="tea")
    await asyncio.sleep(0.05)
    await bob.posts("@alice #tea again")
    assert (await socket.message())["event"] == "notification"
    await socket.vanish("websocket.disconnect")
    assert live.streaming.open_streams == 0


async def test_a_browser_puts_its_token_into_the_subprotocol(live: Engine, people: People) -> None:
    alice = await people("alice")
    socket = await _opened(
        live,
        "/api/v1/streaming",
        query="stream=user",
        kind="websocket",
        headers=[(b"sec-websocket-protocol", alice.token.encode())],
    )
    assert (await socket.next())["subprotocol"] == alice.token
    said = await alice.posts("me")
    message = await socket.message()
    assert (message["stream"], json.loads(message["payload"])["id"]) == (["user"], said["id"])
    await socket.vanish("websocket.disconnect")


async def test_a_socket_with_a_dead_token_is_closed(engine: Engine) -> None:
    socket = Connection(engine, "/api/v1/streaming", query="access_token=wrong", kind="websocket")
    assert (await socket.next())["type"] == "websocket.close"
    assert engine.streaming.open_streams == 0


async def test_one_s_own_stream_hears_that_one_s_filters_changed(live: Engine, people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    stream = await _opened(live, "/api/v1/streaming/user", alice)
    socket = await _opened(live, "/api/v1/streaming", alice, kind="websocket", query="stream=user")
    assert (await socket.next())["type"] == "websocket.accept"
    await bob.do("/api/v1/filters", phrase="somebody else's", context=["home"])
    await alice.do("/api/v1/filters", phrase="bitcoin", context=["home"])
    assert await socket.message() == {"stream": ["user"], "event": "filters_changed"}
    body = b""
    while not body.startswith(b"event"):
        body = (await stream.next()).get("body", b"")
    assert body == b"event: filters_changed\ndata: \n\n"
    await stream.vanish()
    await socket.vanish("websocket.disconnect")


async def test_announcements_are_told_to_everybody_who_is_signed_in(live: Engine, people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    stream = await _opened(live, "/api/v1/streaming/user", alice)
    public = await _opened(live, "/api/v1/streaming", kind="websocket", query="stream=public")
    assert (await public.next())["type"] == "websocket.accept"
    made = await announce.announce(live.db, "Lunch on Friday", clock.now())
    event, told = await stream.event()
    assert event == "announcement"
    (listed,) = await alice.get("/api/v1/announcements")
    assert told == listed
    path = f"/api/v1/announcements/{made.id}/reactions/🎉"
    for method, count in (("PUT", 1), ("DELETE", 0)):
        assert await bob.status_of(method, path) == 200
        assert await stream.event() == (
            "announcement.reaction", {"name": "🎉", "count": count, "announcement_id": str(made.id)})
    await announce.withdraw_announcement(live.db, made.id, clock.now())
    assert await stream.event() == ("announcement.delete", made.id)
    said = await bob.posts("hello")
    assert json.loads((await public.message())["payload"])["id"] == said["id"]  # a visitor heard nothing of it
    await stream.vanish()
    await public.vanish("websocket.disconnect")


# docs.joinmastodon.org/methods/streaming/#streams: the name, what else it needs, and how messages name it.
EVERY_STREAM: dict[str, tuple[dict[str, str], list[str]]] = {
    "user": ({}, ["user"]),
    "public": ({}, ["public"]),
    "public:media": ({}, ["public:media"]),
    "public:local": ({}, ["public:local"]),
    "public:local:media": ({}, ["public:local:media"]),
    "public:remote": ({}, []),
    "public:remote:media": ({}, []),
    "hashtag": ({"tag": "tea"}, ["hashtag", "tea"]),
    "hashtag:local": ({"tag": "tea"}, ["hashtag:local", "tea"]),
    "user:notification": ({}, []),
    "direct": ({}, []),
}


@pytest.mark.parametrize("token_in", ["header", "query", "protocol"])
async def test_every_stream_is_subscribed_to_and_left_on_one_socket(
    live: Engine, people: People, token_in: str
) -> None:
    alice, bob = await people("alice"), await people("bob")
    await alice.do(f"/api/v1/accounts/{bob.id}/follow")
    ways: dict[str, dict[str, Any]] = {
        "header": {"person": alice}, "query": {"query": f"access_token={alice.token}"},
        "protocol": {"headers": [(b"sec-websocket-protocol", alice.token.encode())]}}
    socket = await _opened(live, "/api/v1/streaming", kind="websocket", **ways[token_in])
    assert (await socket.next())["type"] == "websocket.accept"
    for name, (more, _) in EVERY_STREAM.items():
        socket.send(type="subscribe", stream=name, **more)
    socket.send(type="subscribe", stream="nothing")
    assert "error" in await socket.message()  # so all before it are subscribed to
    files = {"file": ("a.png", PIXEL, "image/png")}
    picture = (await bob.ask("POST", "/api/v2/media", files=files)).json()
    said = await bob.posts("#tea", media_ids=[picture["id"]])
    expected = sorted(label for _, label in EVERY_STREAM.values() if label)
    heard = [await socket.message() for _ in expected]
    assert sorted(one["stream"] for one in heard) == expected
    assert {(one["event"], json.loads(one["payload"])["id"]) for one in heard} == {("update", said["id"])}
    for name, (more, _) in EVERY_STREAM.items():
        if name != "public":
            socket.send(type="unsubscribe", stream=name, **more)
    socket.send(type="subscribe", stream="nothing")
    assert "error" in await socket.message()
    last = await bob.posts("#tea, once more")
    message = await socket.message()
    assert (message["stream"], json.loads(message["payload"])["id"]) == (["public"], last["id"])
    await socket.vanish("websocket.disconnect")


# ---- live searches ---------------------------------------------------------------


async def _searching(engine: Engine, query: str, person: Person | None = None) -> Connection:
    stream = await _opened(engine, "/api/v1/streaming/search", person, query=urlencode({"q": query}))
    async with asyncio.timeout(5):
        while not (await stream.next()).get("body"):
            pass
    return stream


async def test_a_live_search_hears_what_matches_and_may_be_found_and_no_more(live: Engine, people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    stream = await _searching(live, '"green tea" -coffee', alice)
    visitor = await _searching(live, "from:bob tea")
    await bob.posts("green tea and coffee")
    await bob.posts("green tea, unlisted", visibility="unlisted")
    await bob.posts("tea that is green")
    found = await bob.posts("some green tea")
    event, status = await stream.event()
    assert (event, status["id"]) == ("update", found["id"])
    heard = [(await visitor.event())[1]["content"] for _ in range(3)]
    assert [re.sub("<[^>]+>", "", content) for content in heard] == [
        "green tea and coffee", "tea that is green", "some green tea"]


@pytest.mark.parametrize("consent", ["block", "indexable off", "delete"])
async def test_consent_ends_at_once_what_a_live_search_hears(live: Engine, people: People, consent: str) -> None:
    alice, bob, eve = await people("alice"), await people("bob"), await people("eve")
    stream = await _searching(live, "tea", alice)
    if consent == "block":
        await bob.do(f"/api/v1/accounts/{alice.id}/block")
        await bob.posts("tea")
    elif consent == "indexable off":
        async with live.db.transaction() as tx:
            await accounts.change(tx, AccountId(int(bob.id)), indexable=False)
        await bob.posts("tea")
    else:
        async with live.streaming.searches.turn:  # found, and deleted before it could be sent
            gone = await bob.posts("tea")
            async with asyncio.timeout(5):
                while not live.streaming.delivered:
                    await asyncio.sleep(0.005)
            author = await accounts.get(live.db, AccountId(int(bob.id)))
            await delete_post(live.db, author, PostId(int(gone["id"])), clock.now())
    last = await eve.posts("more tea")
    while (heard := await stream.event())[0] == "delete":
        pass
    assert heard[1]["id"] == last["id"]


async def test_a_socket_searches_too_and_says_where_a_query_is_wrong(live: Engine, people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    socket = await _opened(live, "/api/v1/streaming", alice, kind="websocket")
    assert (await socket.next())["type"] == "websocket.accept"
    socket.send(type="subscribe", stream="search", q="tea )")
    refused = await socket.message()
    assert (refused["status"], refused["position"]) == (422, 4)
    socket.send(type="subscribe", stream="search", q="tea")
    async with asyncio.timeout(5):
        while not len(live.streaming.searches):
            await asyncio.sleep(0.005)
    found = await bob.posts("tea")
    message = await socket.message()
    assert (message["stream"], json.loads(message["payload"])["id"]) == (["search", "tea"], found["id"])
    socket.send(type="unsubscribe", stream="search", q="tea")
    async with asyncio.timeout(5):
        while len(live.streaming.searches):
            await asyncio.sleep(0.005)


async def test_live_searches_are_limited_and_given_back(
    live: Engine, people: People, client: httpx.AsyncClient
) -> None:
    alice, bob = await people("alice"), await people("bob")
    live.streaming.searches._limits = Limits(account=2, address=1, total=4)
    mine = [await _searching(live, f"tea {n}", alice) for n in range(2)]
    headers = {"Authorization": f"Bearer {alice.token}"}
    third = await client.get("/api/v1/streaming/search", params={"q": "tea"}, headers=headers)
    assert third.status_code == 429
    visitor = await _searching(live, "tea")
    assert (await client.get("/api/v1/streaming/search", params={"q": "cake"})).status_code == 429
    last = await _searching(live, "tea", bob)
    headers = {"Authorization": f"Bearer {bob.token}"}
    assert (await client.get("/api/v1/streaming/search", params={"q": "x"}, headers=headers)).status_code == 429
    wrong = await client.get("/api/v1/streaming/search", params={"q": "(" * 500}, headers=headers)
    assert wrong.status_code in (422, 429)
    for one in [*mine, visitor, last]:
        await one.vanish()
    assert len(live.streaming.searches) == 0
    assert not live.streaming.searches._by_who


async def test_whoever_does_not_read_searches_no_more(live: Engine, people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    reader = await accounts.get(live.db, AccountId(int(alice.id)))
    slow = live.streaming.subscribe(int(alice.id), ())
    await live.streaming.search(slow, "tea", reader, "", UTC)
    slow.queue = asyncio.Queue(1)
    for n in range(3):
        await bob.posts(f"tea {n}")
    async with asyncio.timeout(5):
        while len(live.streaming.searches):
            await asyncio.sleep(0.005)
    assert slow.too_slow


@pytest.mark.slow
async def test_a_thousand_live_searches_hear_each_post_once(live: Engine, people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    live.streaming.searches._limits = Limits(account=1000, total=1000)
    reader = await accounts.get(live.db, AccountId(int(alice.id)))
    subscriber = live.streaming.subscribe(int(alice.id), ())
    subscriber.queue = asyncio.Queue(2000)
    queries = ["tea", "-cake", "te*", "tea OR cake", '"green tea"', "from:bob", "is:original tea", "cake", "tea -green"]
    searches = [
        await live.streaming.search(subscriber, f"{queries[n % len(queries)]} -zz{n}", reader, "", UTC)
        for n in range(1000)]
    post = int((await bob.posts("green tea"))["id"])
    right = {one.id for one in searches if await live.streaming.searches.finds(one, post)}
    async with asyncio.timeout(20):
        while subscriber.queue.qsize() < len(right):
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    heard = [one.search for one in [subscriber.queue.get_nowait() for _ in range(subscriber.queue.qsize())] if one]
    assert sorted(heard) == sorted(right)
    assert 700 < len(right) < 1000

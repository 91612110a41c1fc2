"""docs.joinmastodon.org/methods/streaming: server-sent events and the WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

import msgspec
from litestar import WebSocket, get, websocket
from litestar.connection import ASGIConnection
from litestar.exceptions import WebSocketDisconnect
from litestar.response import Stream

from ... import clock
from ...consumers.live_searches import LiveSearch
from ...consumers.streaming import Heard, Subscriber
from ...engine import Engine
from ...errors import Invalid, NotAllowed, NotFound, NotSignedIn, Refused, TooMany
from ...ids import parse_id
from ...model.account import Account
from ...model.list import List
from ...model.paging import Window
from ...model.post import SeenPost, Visibility
from ...model.relationship import OWN_KINDS
from ...search.query import BadQuery
from ...store import community, conversations, lists, notifications, posts, timelines, tokens
from ...text import markup
from ..requests import AnyRequest, account_of, allows
from . import entities
from .announcements import announcement_entities
from .answers import Answer, identity

AnyConnection: TypeAlias = ASGIConnection[Any, Any, Any, Any]
AnySocket: TypeAlias = WebSocket[Any, Any, Any]

HEARTBEAT_SECONDS = 15.0
MAX_SUBSCRIPTIONS = 50  # of one socket

# What each kind of stream has to hear of; edits come on `public`.
_CHANNELS: dict[str, tuple[str, ...]] = {
    "user": ("home", "notifications", "public", "announcements", "deleted"),
    "user:notification": ("notifications",),
    "public": ("public", "deleted"),
    "public:local": ("public", "deleted"),
    "public:media": ("public", "deleted"),
    "public:local:media": ("public", "deleted"),
    "public:remote": (),
    "public:remote:media": (),
    "hashtag": ("public", "deleted"),
    "hashtag:local": ("public", "deleted"),
    "direct": ("conversations",),
    "list": ("lists", "public", "deleted"),
    "search": ("search", "deleted"),  # ours, in no documentation of Mastodon's
}
_FOR_VIEWERS = {
    "user": "read:statuses", "user:notification": "read:notifications", "direct": "read:statuses",
    "list": "read:statuses"}
_SEARCH_SCOPE = "read:search"
_encoder = msgspec.json.Encoder()


class Watched(msgspec.Struct, frozen=True):
    """One stream that a client listens to."""

    name: str
    tag: str = ""
    list_id: int = 0
    query: str = ""

    @property
    def label(self) -> list[str]:
        """As messages of the WebSocket name it."""
        return [
            self.name, *([self.tag] if self.tag else []), *([str(self.list_id)] if self.list_id else []),
            *([self.query] if self.query else [])]

    @classmethod
    def named(cls, name: str, given: Mapping[str, str]) -> Watched:
        """A stream by its name and the parameters that belong to it, unchecked."""
        return cls(
            name, markup.tag_key(given.get("tag", "")) if name.startswith("hashtag") else "",
            parse_id(given.get("list", "")) or 0 if name == "list" else 0,
            given.get("q", "").strip() if name == "search" else "")


class Message(msgspec.Struct):
    """Something for the client; `filters_changed` has no payload."""

    event: str
    payload: str


class Listener:
    """Who listens, to what; turns what was heard into messages, each checked for this viewer at that moment."""

    def __init__(self, engine: Engine, secret: str, viewer: Account | None, scopes: str, address: str) -> None:
        self.engine = engine
        self.address = address
        self._searches: dict[Watched, LiveSearch] = {}
        self.secret = secret
        self.viewer = viewer
        self.scopes = scopes
        self.watched: list[Watched] = []
        self.subscriber: Subscriber = engine.streaming.subscribe(identity(viewer), ())

    async def watch(self, name: str, given: Mapping[str, str]) -> None:
        """Listen to one more stream. Raises Invalid (BadQuery), NotYet, NotSignedIn, NotAllowed, TooMany."""
        if name not in _CHANNELS:
            raise Invalid("Unknown stream type")
        one = Watched.named(name, given)
        if name.startswith("hashtag") and not one.tag:
            raise Invalid("Missing tag name parameter")
        if name == "list" and not given.get("list"):
            raise Invalid("Missing list name parameter")
        scope = _FOR_VIEWERS.get(name)
        if scope and self.viewer is None:
            raise NotSignedIn("Missing access token")
        if scope and not allows(self.scopes, scope):
            raise NotAllowed("Access token does not have the required scopes")
        if name == "search" and not one.query:
            raise Invalid("Missing q parameter", "q")
        if name == "search" and self.viewer is not None and not allows(self.scopes, _SEARCH_SCOPE):
            raise NotAllowed("Access token does not have the required scopes")
        if len(self.watched) >= MAX_SUBSCRIPTIONS:
            raise Invalid("Too many subscriptions on one connection")
        if name == "list" and await self._list(one) is None:
            raise NotSignedIn("Not authorized to stream this list")
        if one not in self.watched:
            if name == "search":
                self._searches[one] = await self.engine.streaming.search(
                    self.subscriber, one.query, self.viewer, self.address, UTC)
            self.watched.append(one)
            self._hear()

    async def _list(self, one: Watched) -> List | None:
        """The list of a stream, as long as it is the viewer's."""
        try:
            return await lists.get(self.engine.db, one.list_id, identity(self.viewer))
        except NotFound:
            return None

    def unwatch(self, name: str, given: Mapping[str, str]) -> None:
        """Stop listening to one stream."""
        one = Watched.named(name, given)
        if one in self.watched:
            self.watched.remove(one)
            if search := self._searches.pop(one, None):
                self.engine.streaming.search_no_more(search)
            self._hear()

    def _hear(self) -> None:
        self.subscriber.channels = frozenset(channel for one in self.watched for channel in _CHANNELS[one.name])

    def close(self) -> None:
        self.engine.streaming.unsubscribe(self.subscriber)

    async def still_allowed(self) -> bool:
        """Whether the token lives and its account may still read: a stream must not outlive them."""
        if self.viewer is None:
            return True
        grant = await tokens.grant(self.engine.db, self.secret)
        try:
            await account_of(self.engine.db, grant, "")
        except Refused:
            return False
        return True

    async def told(self, heard: Heard) -> list[tuple[Watched, Message]] | None:
        """What to send of this; None when the token is dead.

        What searches find is loaded for one connection at a time: a thousand of them take turns with everybody else.
        """
        async with self.engine.streaming.searches.turn if heard.search else contextlib.nullcontext():
            return await self.messages(heard) if await self.still_allowed() else None

    async def messages(self, heard: Heard) -> list[tuple[Watched, Message]]:
        """What each watched stream has to tell of this."""
        now = clock.now()
        if heard.kind == "delete":
            gone = Message("delete", str(heard.id))
            return [(one, gone) for one in self.watched if "deleted" in _CHANNELS[one.name]]
        if heard.kind == "notification":
            told = await self._notification(heard.id, now)
            return [(one, told) for one in self.watched if told and "notifications" in _CHANNELS[one.name]]
        if heard.kind == "merged":
            merged = Message("notifications_merged", "1")
            return [(one, merged) for one in self.watched if "notifications" in _CHANNELS[one.name]]
        if heard.kind == "filters":
            return [(one, Message("filters_changed", "")) for one in self.watched if one.name == "user"]
        if heard.channel == "announcements":
            said = await self._announcement(heard)
            return [(one, said) for one in self.watched if said and "announcements" in _CHANNELS[one.name]]
        if heard.kind not in ("post", "edit"):
            return []
        if heard.search:
            return await self._found(heard)
        made: list[tuple[Watched, Message]] = []
        loaded: dict[str, Message | None] = {}
        for one in self.watched:
            if heard.channel not in _CHANNELS[one.name] or not await self._belongs(one, heard, now):
                continue
            kind = "conversation" if one.name == "direct" else "update" if heard.kind == "post" else "status.update"
            if kind not in loaded:
                loaded[kind] = await self._status(kind, heard.id)
            message = loaded[kind]
            if message:
                made.append((one, message))
        return made

    async def _announcement(self, heard: Heard) -> Message | None:
        """An announcement, its end, or how many react to it with one emoji now."""
        db, viewer = self.engine.db, identity(self.viewer)
        if heard.kind == "withdrawn":
            return Message("announcement.delete", str(heard.id))
        if heard.kind == "reaction":
            counts = {one.name: one.count for one in await community.reactions(db, [heard.id], viewer)}
            told = {"name": heard.name, "count": counts.get(heard.name, 0), "announcement_id": str(heard.id)}
            return Message("announcement.reaction", _text(told))
        found = await community.find_announcement(db, heard.id)
        if found is None:
            return None
        made = await announcement_entities(db, [found], (), viewer, self.engine.base_url)
        return Message("announcement", _text(made[0]))

    async def _found(self, heard: Heard) -> list[tuple[Watched, Message]]:
        """What one search found, if it finds it still: it may have been deleted or hidden in the meantime."""
        for one, search in self._searches.items():
            if search.id == heard.search and await self.engine.streaming.searches.finds(search, heard.id):
                message = await self._status("update" if heard.kind == "post" else "status.update", heard.id)
                return [(one, message)] if message else []
        return []

    async def _belongs(self, one: Watched, heard: Heard, now: datetime) -> bool:
        """Whether the post is in that timeline: asked of the timeline itself, with a window of one."""
        db, viewer = self.engine.db, identity(self.viewer)
        exactly = Window(limit=1, before=heard.id + 1, after=heard.id - 1)
        if heard.channel == "home":
            return one.name == "user"
        if one.name == "list":
            if heard.channel == "public" and heard.kind != "edit":
                return False  # it comes on `lists`
            kept = await self._list(one)
            return kept is not None and await timelines.in_list(db, kept, heard.id, now)
        if heard.channel == "lists":
            return False
        if one.name == "user":
            return heard.kind == "edit" and await timelines.in_home(db, viewer, heard.id, now)
        if one.name.startswith("public"):
            return bool(await timelines.public(db, viewer, exactly, now, only_media=one.name.endswith("media")))
        if one.name.startswith("hashtag"):
            return bool(await timelines.tag(db, one.tag, viewer, exactly, now))
        if one.name == "direct":
            seen = (await posts.visible_by_ids(db, [heard.id], viewer)).get(heard.id)
            if seen is None or seen.visibility is not Visibility.DIRECT:
                return False
            latest = await conversations.find_latest(db, viewer, seen.conversation_id, now)
            return latest is not None and latest.id == seen.id
        return False

    async def _status(self, kind: str, post_id: int) -> Message | None:
        db, viewer, base_url = self.engine.db, identity(self.viewer), self.engine.base_url
        found: list[SeenPost] = list((await posts.visible_by_ids(db, [post_id], viewer)).values())
        if not found:
            return None
        if kind == "conversation":
            return Message(kind, _text((await entities.conversations(db, found, viewer, base_url))[0]))
        made = await entities.statuses(db, found, viewer, base_url)
        return Message(kind, bytes(made[post_id]).decode()) if made else None

    async def _notification(self, notification_id: int, now: datetime) -> Message | None:
        db, viewer = self.engine.db, identity(self.viewer)
        told = await notifications.find(db, viewer, notification_id, now)
        if told is None or told.kind in OWN_KINDS:
            return None
        made = await entities.notifications(db, [told], viewer, self.engine.base_url)
        return Message("notification", _text(made[0])) if made else None


def _text(entity: object) -> str:
    return _encoder.encode(entity).decode()


def _refusal(error: Refused) -> dict[str, str | int]:
    """What a socket answers to a command that cannot be carried out."""
    if isinstance(error, BadQuery):
        return {"error": error.message, "status": 422, "position": error.position, "length": error.length}
    return {"error": error.message, "status": 429 if isinstance(error, TooMany) else 400}


def _offered(connection: AnyConnection) -> str:
    """The subprotocol that browsers, which cannot send headers, put their token into."""
    return connection.headers.get("sec-websocket-protocol", "").split(",")[0].strip()


async def _listener(connection: AnyConnection, parameters: Mapping[str, str]) -> Listener:
    """Whoever the token in header, parameter or subprotocol belongs to; a visitor without one.

    Raises NotSignedIn, NotAllowed.
    """
    engine: Engine = connection.state.engine
    scheme, _, secret = connection.headers.get("authorization", "").partition(" ")
    secret = secret.strip() if scheme.lower() == "bearer" else ""
    secret = secret or parameters.get("access_token", "") or _offered(connection)
    address = connection.client.host if connection.client else ""
    if not secret:
        return Listener(engine, "", None, "", address)
    grant = await tokens.grant(engine.db, secret)
    person = await account_of(engine.db, grant, "")
    return Listener(engine, secret, person, grant.scopes if grant else "", address)


# ---- server-sent events ----------------------------------------------------------


@get("/api/v1/streaming/health")
async def health(request: AnyRequest) -> Answer:
    del request
    return Answer(b"OK", status_code=200, media_type="text/plain")


async def _events(listener: Listener) -> AsyncIterator[bytes]:
    """The body of an event stream; ends with the server, the token, or a client that does not keep up."""
    try:
        yield b":)\n"
        while True:
            try:
                heard = await listener.subscriber.next(HEARTBEAT_SECONDS)
            except TimeoutError:
                if not await listener.still_allowed():
                    return
                yield b":thump\n"
                continue
            told = await listener.told(heard) if heard else None
            if told is None:
                return
            for _, message in told:
                yield f"event: {message.event}\ndata: {message.payload}\n\n".encode()
    finally:
        listener.close()


async def _stream(request: AnyRequest, name: str) -> Stream:
    listener = await _listener(request, request.query_params)
    try:
        if request.query_params.get("only_media", "") in ("true", "1") and name.startswith("public"):
            name += ":media"
        await listener.watch(name, request.query_params)
    except BaseException:
        listener.close()
        raise
    events = _events(listener)
    # Whoever vanishes before the first byte leaves a generator that never began, and so never ends by itself.
    weakref.finalize(events, listener.close)
    return Stream(
        events, media_type="text/event-stream",
        headers={"Cache-Control": "private, no-store", "X-Accel-Buffering": "no"})


@get("/api/v1/streaming/user")
async def user(request: AnyRequest) -> Stream:
    return await _stream(request, "user")


@get("/api/v1/streaming/user/notification")
async def user_notification(request: AnyRequest) -> Stream:
    return await _stream(request, "user:notification")


@get("/api/v1/streaming/public")
async def public(request: AnyRequest) -> Stream:
    return await _stream(request, "public")


@get("/api/v1/streaming/public/local")
async def public_local(request: AnyRequest) -> Stream:
    return await _stream(request, "public:local")


@get("/api/v1/streaming/public/remote")
async def public_remote(request: AnyRequest) -> Stream:
    return await _stream(request, "public:remote")


@get("/api/v1/streaming/hashtag")
async def hashtag(request: AnyRequest) -> Stream:
    return await _stream(request, "hashtag")


@get("/api/v1/streaming/hashtag/local")
async def hashtag_local(request: AnyRequest) -> Stream:
    return await _stream(request, "hashtag:local")


@get("/api/v1/streaming/list")
async def list_(request: AnyRequest) -> Stream:
    return await _stream(request, "list")


@get("/api/v1/streaming/search")
async def search(request: AnyRequest) -> Stream:
    """What a query, `q`, finds from now on; docs/api.md."""
    return await _stream(request, "search")


@get("/api/v1/streaming/direct")
async def direct(request: AnyRequest) -> Stream:
    return await _stream(request, "direct")


# ---- the WebSocket ---------------------------------------------------------------


class Command(msgspec.Struct):
    """What a client may send."""

    type: str = ""
    stream: str = ""
    tag: str = ""
    list: str | int = ""
    q: str = ""

    @property
    def given(self) -> dict[str, str]:
        return {"tag": self.tag, "list": str(self.list), "q": self.q}


_command = msgspec.json.Decoder(Command)


@websocket("/api/v1/streaming")
async def socket(socket: AnySocket) -> None:
    """Any number of streams on one connection."""
    try:
        listener = await _listener(socket, socket.query_params)
    except Refused as error:
        # Refused before it is accepted: the client gets a plain 403.
        await socket.close(code=4401, reason=error.message)
        return
    try:
        await socket.accept(subprotocols=_offered(socket) or None)
        if name := socket.query_params.get("stream", ""):
            try:
                await listener.watch(name, socket.query_params)
            except Refused as error:
                await socket.send_text(_text(_refusal(error)))
        await _talk(socket, listener)
    finally:
        listener.close()


async def _talk(socket: AnySocket, listener: Listener) -> None:
    """Receive and send until either ends. The receiving half is what notices a client that has gone."""
    halves = {asyncio.create_task(_receive(socket, listener)), asyncio.create_task(_send(socket, listener))}
    try:
        await asyncio.wait(halves, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for half in halves:
            half.cancel()
        await asyncio.gather(*halves, return_exceptions=True)
        with contextlib.suppress(Exception):
            await socket.close(code=1001)


async def _receive(socket: AnySocket, listener: Listener) -> None:
    while True:
        try:
            text = await socket.receive_text()
        except (WebSocketDisconnect, KeyError):
            return
        try:
            command = _command.decode(text)
            if command.type == "subscribe":
                await listener.watch(command.stream, command.given)
            elif command.type == "unsubscribe":
                listener.unwatch(command.stream, command.given)
        except msgspec.DecodeError:
            await socket.send_text(_text({"error": "This is not a command in JSON", "status": 400}))
        except Refused as error:
            await socket.send_text(_text(_refusal(error)))


async def _send(socket: AnySocket, listener: Listener) -> None:
    while True:
        try:
            heard = await listener.subscriber.next(HEARTBEAT_SECONDS)
        except TimeoutError:
            # Pings belong to the HTTP server; the token is ours to look at.
            if not await listener.still_allowed():
                return
            continue
        messages = await listener.told(heard) if heard else None
        if messages is None:
            return
        for one, message in messages:
            told: dict[str, object] = {"stream": one.label, "event": message.event}
            if message.payload:
                told["payload"] = message.payload
            await socket.send_text(_text(told))


routes = [
    health, user, user_notification, public, public_local, public_remote, hashtag, hashtag_local, list_, search, direct,
    socket,
]

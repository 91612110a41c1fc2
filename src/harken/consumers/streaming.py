"""Push to open connections: every process tails the log for its own.

Nothing is stored: a stream begins now. A subscriber has a bounded queue; one
that does not keep up is closed, never buffered without end, and its surface
tells the client to come again.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from datetime import tzinfo

import msgspec
import structlog

from .. import clock
from ..log.events import (
    AccountChanged,
    AccountCreated,
    Announced,
    AnnouncementReacted,
    AnnouncementWithdrawn,
    AnswersControlled,
    CaseMoved,
    ConversationRead,
    DeskAttended,
    Event,
    FiltersChanged,
    NotificationsMerged,
    NotificationsRead,
    PostBoosted,
    PostDeleted,
    PostEdited,
    PostPublished,
    QuoteRevoked,
)
from ..log.tail import read_on
from ..log.wake import Wake
from ..model.account import Account
from ..store import accounts, desk_queue, desks, ears, lists, log, posts, timelines
from ..store import notifications as told
from ..store.database import Database
from ..store.log import Position
from .live_searches import Limits, LiveSearch, LiveSearches
from .notifications import told_by

MAX_QUEUE = 256
READ_AHEAD = 200
POLL_SECONDS = 0.25
_WOKEN_AT_ONCE = 10  # streams, before requests go on

_log = structlog.get_logger("harken.streaming")


class Heard(msgspec.Struct, frozen=True):
    """Something for one subscriber; `channel` says why.

    `kind` is post, edit, delete, notification, merged (what was kept aside is among them now), read, filters,
    announcement, withdrawn, reaction (with `name`) or desk (a case of the desk whose id is `name`).
    """

    kind: str
    channel: str
    id: int
    search: int = 0  # on the channel `search`: which of the subscriber's open searches found it
    name: str = ""
    of: int = 0  # the post that a boost passes on


class Subscriber:
    """One open connection. `viewer` is 0 for a visitor.

    Channels: `home` (posts of one's home timeline), `front` (the same, once the page and
    the timeline show them), `lists` (posts by members of one's lists: the surface asks in
    which they are), `notifications`, `ears`
    (one's ear heard something; the id is the ear's), `public`
    (every new post that is not hidden from everybody: the surface must load it
    for its viewer, and finds NotFound where it may not be seen), `conversations`
    (the same, once it is known from whom it is kept aside), `announcements`, `deleted`.
    What its `searches` find comes on `search`.
    """

    def __init__(self, viewer: int, channels: Iterable[str]) -> None:
        self.viewer = viewer
        self.channels = frozenset(channels)
        self.searches: dict[int, LiveSearch] = {}
        self.queue: asyncio.Queue[Heard | None] = asyncio.Queue(MAX_QUEUE)
        self.too_slow = False

    def put(self, heard: Heard) -> None:
        if self.too_slow:
            return
        try:
            self.queue.put_nowait(heard)
        except asyncio.QueueFull:
            self.close()
            self.too_slow = True

    def close(self) -> None:
        """End the stream: `next` gives None once what is queued has been read."""
        while True:
            try:
                self.queue.put_nowait(None)
                return
            except asyncio.QueueFull:
                self.queue.get_nowait()

    async def next(self, seconds: float) -> Heard | None:
        """What came next. None at the end; raises TimeoutError when nothing came for `seconds`."""
        async with asyncio.timeout(seconds):
            return await self.queue.get()


class Streaming:
    """Tails the log and feeds the subscribers of this process."""

    def __init__(self, db: Database, wake: Wake, limits: Limits) -> None:
        self._db = db
        self.searches = LiveSearches(db, limits)
        self._searching: dict[int, Subscriber] = {}
        self._wake = wake
        self._subscribers: dict[int, set[Subscriber]] = defaultdict(set)  # by viewer
        self._closed = False
        self.delivered = 0

    @property
    def open_streams(self) -> int:
        return sum(map(len, self._subscribers.values()))

    def subscribe(self, viewer: int, channels: Iterable[str]) -> Subscriber:
        """Open a stream; give it back with `unsubscribe`."""
        subscriber = Subscriber(viewer, channels)
        if self._closed:
            subscriber.close()
        self._subscribers[viewer].add(subscriber)
        return subscriber

    async def search(
        self, subscriber: Subscriber, text: str, viewer: Account | None, address: str, zone: tzinfo
    ) -> LiveSearch:
        """Tell `subscriber` also of what a query finds. Raises BadQuery, NotYet, NotSignedIn, TooMany."""
        search = await self.searches.open(text, viewer, address, clock.now(), zone)
        subscriber.searches[search.id] = search
        self._searching[search.id] = subscriber
        return search

    def search_no_more(self, search: LiveSearch) -> None:
        """End one search of a subscriber."""
        self.searches.close(search)
        subscriber = self._searching.pop(search.id, None)
        if subscriber is not None:
            subscriber.searches.pop(search.id, None)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        for search in list(subscriber.searches.values()):
            self.search_no_more(search)
        of_viewer = self._subscribers.get(subscriber.viewer, set())
        of_viewer.discard(subscriber)
        if not of_viewer:
            self._subscribers.pop(subscriber.viewer, None)

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._closed = True
        for of_viewer in self._subscribers.values():
            for subscriber in of_viewer:
                subscriber.close()

    async def run(self, stop: asyncio.Event) -> None:
        """Follow the log from now on until `stop`.

        Posts go out as they are committed. What is told of what a consumer
        writes waits until that one has passed the event: whoever is told and
        asks finds it.
        """
        readers = [
            (self._tell, ""), (self._tell_front, "timelines"), (self._tell_notified, "notifications"),
            (self._tell_listening, "alerts"), (self._tell_desks, "desks")]
        places = [await log.end(self._db, self._db.dialect)] * len(readers)
        while not stop.is_set():
            seen, more = self._wake.count, False
            try:
                passed = {one.name: one.position for one in await log.consumers(self._db)}
                for number, (tell, consumer) in enumerate(readers):
                    before, limit = places[number], passed.get(consumer)
                    if not consumer or (limit is not None and limit > before):
                        places[number] = await self._step(before, tell, limit)
                    more |= places[number] != before
            except Exception:
                _log.exception("streaming failed")
                await asyncio.sleep(1)
                continue
            if not more:
                await self._wake.wait(seen, POLL_SECONDS)
        self.close()

    async def _step(
        self, position: Position, tell: Callable[[Event], Awaitable[None]], limit: Position | None
    ) -> Position:
        entries = await read_on(self._db, self._db.dialect, position, READ_AHEAD)
        if limit is not None:
            entries = [entry for entry in entries if entry.position <= limit]
        for entry in entries:
            if self._subscribers:
                await tell(entry.event)
                await asyncio.sleep(0)  # requests go between two events
            position = entry.position
        return position

    async def _tell(self, event: Event) -> None:
        match event:
            case PostPublished(post_id=post_id, author_id=author_id):
                self._to_all("public", Heard("post", "public", post_id))
                await self._to_homes("home", post_id, author_id)
                await self._to_lists(post_id, author_id)
                await self._to_searches("post", post_id)
            case PostBoosted(post_id=post_id, author_id=author_id, boosted_id=boosted_id):
                await self._to_homes("home", post_id, author_id, boosted_id)
                await self._to_lists(post_id, author_id)
            case PostEdited(post_id=post_id) | QuoteRevoked(post_id=post_id) | AnswersControlled(post_id=post_id):
                self._to_all("public", Heard("edit", "public", post_id))
                await self._to_searches("edit", post_id)
            case AccountChanged(account_id=account_id) if account_id in self._subscribers:
                account = await accounts.find(self._db, account_id)
                if account is None or not account.signs_in:
                    for subscriber in list(self._subscribers[account_id]):
                        subscriber.close()
            case AccountCreated(account_id=account_id) if len(self.searches):
                account = await accounts.find(self._db, account_id)
                if account is not None:
                    self.searches.named(account.address.lower(), account_id)
            case PostDeleted(post_id=post_id):
                self._to_all("deleted", Heard("delete", "deleted", post_id))
            case NotificationsRead(account_id=account_id):
                self._to(account_id, "notifications", Heard("read", "notifications", 0))
            case Announced(announcement_id=about):
                self._to_all("announcements", Heard("announcement", "announcements", about))
            case AnnouncementWithdrawn(announcement_id=about):
                self._to_all("announcements", Heard("withdrawn", "announcements", about))
            case AnnouncementReacted(announcement_id=about, name=name):
                self._to_all("announcements", Heard("reaction", "announcements", about, name=name))
            case NotificationsMerged(account_id=account_id):
                self._to(account_id, "notifications", Heard("merged", "notifications", 0))
            case FiltersChanged(account_id=account_id):
                self._to(account_id, "home", Heard("filters", "home", 0))

    async def _tell_front(self, event: Event) -> None:
        match event:
            case PostPublished(post_id=post_id, author_id=author_id):
                await self._to_homes("front", post_id, author_id)
            case PostBoosted(post_id=post_id, author_id=author_id, boosted_id=boosted_id):
                await self._to_homes("front", post_id, author_id, boosted_id)

    async def _tell_notified(self, event: Event) -> None:
        for telling in told_by(event):
            await self._to_notified(telling.fact_id, telling.among)
        match event:
            case PostPublished(post_id=post_id):
                # Only now is it known whether it is kept aside from somebody.
                self._to_all("conversations", Heard("post", "conversations", post_id))
            case ConversationRead(account_id=account_id, post_id=post_id):
                self._to(account_id, "conversations", Heard("post", "conversations", post_id))

    async def _tell_listening(self, event: Event) -> None:
        """Those connected whose ears heard a post that is new."""
        if not isinstance(event, PostPublished):
            return
        here = [viewer for viewer in self._listening("ears") if viewer != event.author_id]
        if here:
            for owner, ear_id in await ears.hearing(self._db, event.post_id, here):
                self._to(owner, "ears", Heard("ear", "ears", ear_id))

    async def _tell_desks(self, event: Event) -> None:
        """Those connected who work at a desk in whose queue something moved."""
        here = self._listening("desks")
        if not here:
            return
        match event:
            case PostPublished(post_id=post_id) | PostEdited(post_id=post_id):
                for member, desk_id, conversation_id in await desk_queue.watching(self._db, post_id, here):
                    self._to(member, "desks", Heard("desk", "desks", conversation_id, name=str(desk_id)))
            case CaseMoved(desk_id=desk_id, conversation_ids=moved):
                for member in await desks.members_among(self._db, desk_id, here):
                    for about in moved:
                        self._to(member, "desks", Heard("desk", "desks", about, name=str(desk_id)))
            case DeskAttended(desk_id=desk_id, conversation_id=about):
                for member in await desks.members_among(self._db, desk_id, here):
                    self._to(member, "desks", Heard("desk", "desks", about, name=str(desk_id)))

    def _to_all(self, channel: str, heard: Heard) -> None:
        for viewer in list(self._subscribers):
            self._to(viewer, channel, heard)

    def _to(self, viewer: int, channel: str, heard: Heard) -> None:
        for subscriber in self._subscribers.get(viewer, ()):
            if channel in subscriber.channels:
                subscriber.put(heard)
                self.delivered += 1

    def _listening(self, channel: str) -> list[int]:
        """Those connected, on a channel."""
        return [viewer for viewer, subscribers in self._subscribers.items()
                if viewer and any(channel in one.channels for one in subscribers)]

    async def _to_homes(self, channel: str, post_id: int, author_id: int, of: int = 0) -> None:
        """Those connected who have this post in their home: decided from the facts, not from the fan-out."""
        here = self._listening(channel)
        for viewer in await timelines.wanting_at_home(self._db, author_id, post_id, here) if here else ():
            if await timelines.in_home(self._db, viewer, post_id, clock.now()):
                self._to(viewer, channel, Heard("post", channel, post_id, of=of))

    async def _to_lists(self, post_id: int, author_id: int) -> None:
        """Those connected who have the author in a list; which of the lists have the post is asked for each stream."""
        here = self._listening("lists")
        if here:
            for viewer in await lists.owners_having(self._db, author_id, here):
                self._to(viewer, "lists", Heard("post", "lists", post_id))

    async def _to_searches(self, kind: str, post_id: int) -> None:
        """Those connected whose open searches find the post; who does not keep up searches no more."""
        post = await posts.find(self._db, post_id) if len(self.searches) else None
        if post is None or post.history:
            return
        for count, number in enumerate(await self.searches.matching(post)):
            if count % _WOKEN_AT_ONCE == _WOKEN_AT_ONCE - 1:
                await asyncio.sleep(0)
            subscriber = self._searching.get(number)
            if subscriber is None:
                continue
            subscriber.put(Heard(kind, "search", post_id, number))
            self.delivered += 1
            if subscriber.too_slow:
                for search in list(subscriber.searches.values()):
                    self.search_no_more(search)

    async def _to_notified(self, fact_id: int, among: list[int] | None = None) -> None:
        """Those connected whom the fact concerns, or only those of them in `among`."""
        here = [viewer for viewer in self._subscribers if viewer and (among is None or viewer in among)]
        if not here:
            return
        for owner in await told.owners(self._db, fact_id, here):
            if await told.find(self._db, owner, fact_id, clock.now()):
                self._to(owner, "notifications", Heard("notification", "notifications", fact_id))

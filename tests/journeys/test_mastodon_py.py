"""The unmodified Mastodon.py from PyPI, with its typed entities, against a really running server."""

from __future__ import annotations

import gc
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from mastodon import Mastodon, MastodonAPIError, MastodonNotFoundError, StreamListener
from mastodon.return_types import Account, Context, InstanceV2, Notification, Relationship, SearchV2, Status

from tests.journeys.browser import Browser
from tests.journeys.conftest import LiveServer

PASSWORD = "a long password"


def logged_in(server: LiveServer, name: str) -> Mastodon:
    """A client that its member let in through the browser."""
    server.member(name, PASSWORD)
    client_id, client_secret = Mastodon.create_app(
        f"test of {name}", api_base_url=server.url, website="https://example.org"
    )
    api = Mastodon(client_id=client_id, client_secret=client_secret, api_base_url=server.url)
    address = api.auth_request_url(scopes=["read", "write", "follow", "push"], allow_http=True)
    api.log_in(code=Browser(server.url).authorize(address, f"{name}@example.org", PASSWORD), allow_http=True)
    return api


class Heard(StreamListener):
    """Keeps what a stream brings."""

    def __init__(self) -> None:
        self.updates: list[Any] = []
        self.notifications: list[Any] = []
        self.deleted: list[Any] = []

    def on_update(self, status: Any) -> None:
        self.updates.append(status)

    def on_notification(self, notification: Any) -> None:
        self.notifications.append(notification)

    def on_delete(self, status_id: Any) -> None:
        self.deleted.append(status_id)


def eventually(check: Any, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # the library leaves sockets to the collector
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_mastodon_py_reads_and_writes_typed_entities(live_server: LiveServer) -> None:
    alice, bob = logged_in(live_server, "alice"), logged_in(live_server, "bob")
    instance = alice.instance()
    assert isinstance(instance, InstanceV2)
    assert instance.configuration.statuses.max_characters == 500
    assert alice.instance_nodeinfo().software.name == "harken"

    me = alice.me()
    assert isinstance(me, Account)
    assert me.source is not None
    assert me.source.privacy == "public"
    relation = bob.account_follow(me)
    assert isinstance(relation, Relationship)
    assert relation.following

    heard = Heard()
    stream = bob.stream_user(heard, run_async=True)
    eventually(lambda: stream.is_alive() and stream.is_receiving())
    time.sleep(0.3)

    status = alice.status_post("Breakfast was #lovely", spoiler_text="food", language="en", idempotency_key="k")
    assert isinstance(status, Status)
    assert isinstance(status.created_at, datetime)
    assert status.created_at.tzinfo is not None
    assert abs((datetime.now(UTC) - status.created_at).total_seconds()) < 60
    assert alice.status_post("Breakfast was #lovely", idempotency_key="k").id == status.id
    assert status.application is not None
    assert status.application.name == "test of alice"
    eventually(lambda: [s.id for s in heard.updates] == [status.id])

    reply = bob.status_reply(status, "what did you have?")
    assert reply.in_reply_to_id == status.id
    context = alice.status_context(status)
    assert isinstance(context, Context)
    assert [s.id for s in context.descendants] == [reply.id]
    assert bob.status_reblog(status).reblog.id == status.id
    assert bob.status_favourite(status).favourited
    assert bob.status_bookmark(status).bookmarked
    assert [s.id for s in bob.bookmarks()] == [status.id]
    assert [s.id for s in bob.favourites()] == [status.id]
    assert [a.acct for a in alice.status_reblogged_by(status)] == ["bob"]
    assert [a.acct for a in alice.status_favourited_by(status)] == ["bob"]

    eventually(lambda: len(alice.notifications()) == 4)
    told = alice.notifications()
    assert isinstance(told[0], Notification)
    assert {n.type for n in told} == {"mention", "reblog", "favourite", "follow"}
    alice.status_reply(reply, "bread")
    eventually(lambda: [n.type for n in heard.notifications] == ["mention"])

    found = bob.search("breakfast", result_type="statuses")
    assert isinstance(found, SearchV2)
    assert [s.id for s in found.statuses] == [status.id]
    eventually(lambda: status.id in {s.id for s in bob.timeline_home()})
    assert status.id in {s.id for s in bob.timeline_local()}
    assert [s.id for s in bob.timeline_hashtag("lovely")] == [status.id]
    assert status.id in {s.id for s in bob.account_statuses(me)}

    for n in range(5):
        alice.status_post(f"number {n}")
    first = bob.account_statuses(me, limit=2)
    assert len(bob.fetch_remaining(first)) == 7

    edited = alice.status_update(status, "Breakfast was #late")
    assert edited.edited_at is not None
    assert [e.content for e in bob.status_history(status)][-1] == edited.content
    assert alice.status_source(status).text == "Breakfast was #late"
    assert alice.account_mute(bob.me()).muting
    assert not alice.account_unmute(bob.me()).muting
    assert alice.markers_set("home", status.id).home.last_read_id == status.id
    assert alice.preferences()["posting:default:visibility"] == "public"
    assert alice.conversations() == []
    alice.status_delete(status)
    eventually(lambda: str(status.id) in [str(i) for i in heard.deleted])
    with pytest.raises(MastodonNotFoundError):
        bob.status(status)
    with pytest.raises(MastodonAPIError, match="422"):
        bob.status_post("x" * 501)
    stream.close()
    alice.notifications_clear()
    assert alice.notifications() == []
    for api in (alice, bob):
        api.session.close()
    gc.collect()  # now, while its warnings are still ours

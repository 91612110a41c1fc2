"""Every method of the unmodified Mastodon.py from PyPI, behind a TLS proxy, with its typed entities.

A method that a later version of the library brings fails the test until a stop calls it or NOT_CALLED says why not.
"""

from __future__ import annotations

import gc
import http.server
import inspect
import io
import json
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from mastodon import (
    Mastodon,
    MastodonAPIError,
    MastodonIllegalArgumentError,
    MastodonNotFoundError,
    MastodonVersionError,
    StreamListener,
)
from PIL import Image

from tests.journeys.browser import Browser
from tests.journeys.conftest import LiveServer
from tests.journeys.mastodon_py_calling import Calling, Notes, later_than_announced, methods
from tests.journeys.mastodon_py_types import ERRATA
from tests.journeys.tls_proxy import TlsProxy

PASSWORD = "a long password"
NOT_CALLED: dict[str, str] = {}
"""Method → why no stop calls it."""
ALWAYS_EMPTY = {"instance_domain_blocks", "instance_peers", "instance_translation_languages"}
"""Methods whose answer never holds anything here: a server by itself, which translates nothing."""

PAGE = b"""<!doctype html><html lang="en"><head><title>About tea</title><meta property="og:title" content="About tea">
<meta property="og:description" content="How to brew it."><meta property="og:site_name" content="The kettle">
<meta name="author" content="A. Brewer"></head><body>Hot water.</body></html>"""


def picture(colour: str = "teal") -> io.BytesIO:
    kept = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(kept, "PNG")
    kept.seek(0)
    return kept


def eventually(check: Callable[[], Any], seconds: float = 15) -> Any:
    """What `check` gives as soon as it is something."""
    end = time.monotonic() + seconds
    while not (value := check()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return value


@contextmanager
def served(told: list[tuple[Message, bytes]]) -> Iterator[str]:
    """The address of a page that posts can link to, and where what is posted is kept in `told`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(PAGE)

        def do_POST(self) -> None:
            told.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(201)
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/tea"
        server.shutdown()
        thread.join(10)


class Heard(StreamListener):
    """Keeps what a stream brings."""

    def __init__(self) -> None:
        self.all: list[tuple[str, Any]] = []

    def on_any_event(self, name: str, data: Any = None, for_stream: str | None = None) -> None:
        self.all.append((name, data))

    def texts(self) -> str:
        return " ".join(data.content for name, data in self.all if name == "update")


class Tour:
    """A server with four members, and what their clients noted."""

    def __init__(self, server: LiveServer, outside: str, certificate: str) -> None:
        self.server = server
        self.outside = outside
        self.certificate = certificate
        self.notes = Notes()
        self.clients: list[Calling] = []
        self.alice, self.bob, self.carol = (self.member(name) for name in ("alice", "bob", "carol"))
        server.command(
            "account", "create", "dora", "--email", "dora@example.org", "--password", PASSWORD, "--admin")
        self.admin = self.client(
            access_token=server.command(
                "token", "create", "dora", "--scopes", "read write follow push admin:read admin:write"
            ).split()[-1])

    def client(self, **given: Any) -> Calling:
        made = Calling(self.notes, self.certificate, api_base_url=self.outside, **given)
        self.clients.append(made)
        return made

    def member(self, name: str) -> Calling:
        return self.client(access_token=self.server.member(name, PASSWORD))


Stop = Callable[[Tour], None]
STOPS: list[Stop] = []


def stop(visit: Stop) -> Stop:
    """A part of the tour."""
    STOPS.append(visit)
    return visit


@stop
def signing_in(tour: Tour) -> None:
    anybody = tour.client()
    scopes = ["read", "write", "follow", "push", "profile"]
    client_id, secret = anybody.create_app("the tour", scopes=scopes, api_base_url=tour.outside)
    api = tour.client(client_id=client_id, client_secret=secret)
    assert "code" in api.oauth_authorization_server_info().response_types_supported
    address = api.auth_request_url(scopes=scopes)
    code = Browser(tour.outside).authorize(address, "alice@example.org", PASSWORD)
    assert api.log_in(code=code, scopes=scopes)
    assert api.oauth_userinfo().preferred_username == "alice"
    assert api.app_verify_credentials().name == "the tour"
    assert api.persistable_login_credentials().split()[1] == tour.outside
    assert api.me().id == api.account_verify_credentials().id
    api.revoke_access_token()
    with pytest.raises(MastodonIllegalArgumentError):
        api.log_in("alice@example.org", PASSWORD)  # the password grant, which the operator has not allowed

    client_id, secret = anybody.create_app("joining", api_base_url=tour.outside)
    joining = tour.client(client_id=client_id, client_secret=secret)
    asked = {"agreement": True, "return_detailed_error": True}
    nothing, faults = joining.create_account("", PASSWORD, "new@example.org", **asked)
    assert nothing is None
    assert faults.details.username[0].error == "ERR_BLANK"
    assert joining.create_account("newcomer", PASSWORD, "newcomer@example.org", agreement=True)
    joining.email_resend_confirmation()


@stop
def about_the_server(tour: Tour) -> None:
    api = tour.client()
    for words in ("Be kind.", "Drink tea."):
        tour.server.command("rule", "add", words)
    for kind in ("about", "privacy", "terms"):
        paper = tour.server.data.parent / kind
        paper.write_text(f"What to know about {kind}.")
        tour.server.command("paper", "write", kind, str(paper))
    path = tour.server.data.parent / "teapot.png"
    path.write_bytes(picture().read())
    tour.server.command("emoji", "add", "teapot", str(path), "--category", "Kitchen")
    assert api.instance().version == api.instance_v2().version
    assert api.instance_v1().uri == tour.outside.removeprefix("https://")
    assert [one.text for one in api.instance_rules()] == ["Be kind.", "Drink tea."]
    assert "about" in api.instance_extended_description().content
    assert "terms" in api.instance_terms_of_service().content
    assert api.instance_nodeinfo().software.name == "harken"
    assert api.instance_health()
    assert api.stream_healthy()
    assert api.instance_activity()
    assert api.instance_peers() == []
    assert api.instance_domain_blocks() == []
    assert api.instance_languages()
    assert api.instance_translation_languages() == {}
    assert [one.shortcode for one in api.custom_emojis()] == ["teapot"]
    assert api.retrieve_mastodon_version().startswith("4.5.")
    assert api.verify_minimum_version("4.5.0")
    assert not api.verify_minimum_version("5.0.0")
    assert api.timeline_is_available("public", local=True, fail_hard=True)
    assert abs(api.get_approx_server_time() - datetime.now()) < timedelta(minutes=1)  # noqa: DTZ005 (so the library)
    assert api.get_supported_version()
    assert api.get_status_length("👩‍👩‍👧 https://example.org/long/address") == 25
    api.set_language("de")
    api.clear_caches()


@stop
def announcements(tour: Tour) -> None:
    tour.server.command("announce", "add", "Tea for all :teapot: #tea")
    (news,) = tour.alice.announcements()
    tour.alice.announcement_reaction_create(news, "🍵")
    tour.alice.announcement_reaction_create(news, "teapot")
    assert {one.name for one in tour.bob.announcements()[0].reactions} == {"🍵", "teapot"}
    tour.alice.announcement_reaction_delete(news, "🍵")
    tour.alice.announcement_dismiss(news)
    assert tour.alice.announcements() == []


@stop
def accounts(tour: Tour) -> None:
    alice, bob, carol = tour.alice, tour.bob, tour.carol
    me, other = alice.me(), bob.me()
    changed = alice.account_update_credentials(
        display_name="Alice :teapot:", note="Here for the #tea", fields=[("Home", "https://example.org")],
        avatar=picture(), avatar_mime_type="image/png", header=picture("navy"), header_mime_type="image/png",
        discoverable=True, indexable=True, bot=False, locked=False, hide_collections=False,
        default_language="en", default_privacy="public", default_quote_policy="public",
        attribution_domains=["example.org"])  # fmt: skip
    assert changed.avatar.startswith(f"{tour.outside}/media/")
    assert changed.source.attribution_domains == ["example.org"]
    assert alice.account_delete_avatar().avatar != changed.avatar
    assert alice.account_delete_header().header != changed.header
    bob.account_update_credentials(discoverable=True, indexable=True)
    assert alice.account(other).acct == "bob"
    assert [one.acct for one in alice.accounts([me, other])] == ["alice", "bob"]
    assert alice.account_lookup("bob").id == other.id
    assert [one.acct for one in alice.account_search("bob")] == ["bob"]
    assert {one.acct for one in alice.directory()} >= {"alice", "bob"}
    assert bob.account_follow(me, notify=True).notifying
    assert carol.account_follow(me).following
    assert [one.acct for one in alice.account_followers(me)] == ["carol", "bob"]
    assert [one.acct for one in alice.account_following(other)] == ["alice"]
    assert alice.account_relationships([other, carol.me()])[0].followed_by
    alice.account_follow(other)
    carol.account_follow(other)
    assert [one.acct for one in alice.account_familiar_followers(carol.me())[0].accounts] == []
    assert [one.acct for one in carol.account_familiar_followers(me)[0].accounts] == ["bob"]
    assert alice.account_note_set(other, "Knows bees").note == "Knows bees"
    assert alice.account_mute(other, duration=3600).muting
    assert alice.mutes()[0].mute_expires_at is not None
    assert not alice.account_unmute(other).muting
    assert alice.account_block(carol.me()).blocking
    assert [one.acct for one in alice.blocks()] == ["carol"]
    assert not alice.account_unblock(carol.me()).blocking
    assert alice.account_endorse(other).endorsed
    assert [one.acct for one in alice.endorsements()] == ["bob"]
    assert not alice.account_unendorse(other).endorsed
    assert alice.account_pin(other).endorsed
    assert not alice.account_unpin(other).endorsed
    assert not alice.account_remove_from_followers(other).followed_by
    assert not carol.account_unfollow(other).following
    alice.domain_block("example.com")
    assert alice.domain_blocks() == ["example.com"]
    alice.domain_unblock("example.com")
    carol.account_update_credentials(locked=True)
    for answer in ("follow_request_reject", "follow_request_authorize"):
        assert bob.account_follow(carol.me()).requested
        assert [one.acct for one in carol.follow_requests()] == ["bob"]
        assert getattr(carol, answer)(other)
    assert bob.account_relationships(carol.me())[0].following
    assert alice.preferences().posting_default_visibility == "public"
    assert alice.follows("carol").requested


@stop
def suggestions(tour: Tour) -> None:
    newest = tour.member("newest")
    assert "bob" in {one.acct for one in newest.suggestions()}
    assert newest.suggestions_v1()
    told = newest.suggestions_v2()
    newest.suggestion_delete(told[0].account)
    assert told[0].account.id not in [one.account.id for one in newest.suggestions_v2()]


@stop
def media(tour: Tour) -> None:
    alice = tour.alice
    made = alice.media_post(
        picture(), "image/png", description="Teal.", focus=(0.1, -0.2), file_name="teal.png", synchronous=True)
    assert made.meta.original.width == 64
    assert alice.decode_blurhash(made)
    assert alice.media_update(made, description="All teal.", focus=(0.5, 0.5)).description == "All teal."
    assert alice.media(made).id == made.id
    status = alice.status_post("A colour", media_ids=[made])
    (kept,) = status.media_attachments
    described = alice.generate_media_edit_attributes(kept, description="A colour of the sea.")
    changed = alice.status_update(status, "A colour", media_attributes=[described])
    assert changed.media_attachments[0].description == "A colour of the sea."
    thumbed = alice.media_post(
        picture("red"), "image/png", thumbnail=picture("blue"), thumbnail_mime_type="image/png", synchronous=True)
    assert alice.media(thumbed).url == thumbed.url


@stop
def statuses(tour: Tour) -> None:
    alice, bob = tour.alice, tour.bob
    with served([]) as page:
        status = alice.status_post(
            f"Tea for @bob and all :teapot: #tea {page}", spoiler_text="tea", language="en", sensitive=True,
            visibility="public", quote_approval_policy="public")  # fmt: skip
        assert eventually(lambda: alice.status_card(status)).title == "About tea"
    assert alice.toot("Just that").visibility == "public"
    reply = bob.status_reply(status, "Yes, with milk")
    assert alice.status(reply).in_reply_to_id == status.id
    assert [one.id for one in alice.statuses([status, reply])] == [status.id, reply.id]
    assert [one.id for one in alice.status_context(status).descendants] == [reply.id]
    assert bob.status_favourite(status).favourited
    assert bob.status_bookmark(status).bookmarked
    assert bob.status_reblog(status).reblog.id == status.id
    assert [one.id for one in bob.favourites()] == [status.id]
    assert [one.id for one in bob.bookmarks()] == [status.id]
    assert [one.acct for one in alice.status_favourited_by(status)] == ["bob"]
    assert [one.acct for one in alice.status_reblogged_by(status)] == ["bob"]
    assert not bob.status_unfavourite(status).favourited
    assert not bob.status_unbookmark(status).bookmarked
    assert not bob.status_unreblog(status).reblogged
    assert bob.status_mute(status).muted
    assert not bob.status_unmute(status).muted
    assert alice.status_pin(status).pinned
    assert [one.id for one in bob.account_statuses(alice.me(), pinned=True)] == [status.id]
    assert not alice.status_unpin(status).pinned
    edited = alice.status_update(status, "Coffee for @bob", spoiler_text="coffee")
    assert edited.edited_at is not None
    assert len(alice.status_history(status)) == 2
    assert alice.status_source(status).spoiler_text == "coffee"
    with pytest.raises(MastodonAPIError, match="503"):
        bob.status_translate(reply, "de")  # nothing translates here

    quote = bob.status_post("Look at this", quoted_status_id=status)
    assert quote.quote.quoted_status.id == status.id
    assert [one.id for one in alice.status_quotes(status)] == [quote.id]
    policy = alice.status_update_quote_approval_policy(status, "nobody")
    assert policy.quote_approval.automatic == []
    assert alice.status_quote_revoke(status, quote).quote.state == "revoked"
    assert bob.status_delete(quote).text == "Look at this"
    with pytest.raises(MastodonNotFoundError):
        bob.status(quote)


@stop
def polls(tour: Tour) -> None:
    made = tour.alice.make_poll(["Tea", "Coffee"], 3600, multiple=True, hide_totals=False)
    poll = tour.alice.status_post("Which?", poll=made).poll
    voted = tour.bob.poll_vote(poll, [0, 1])
    assert voted.own_votes == [0, 1]
    assert tour.bob.poll(poll).votes_count == 2


@stop
def scheduled(tour: Tour) -> None:
    alice, later = tour.alice, datetime.now(UTC) + timedelta(hours=1)
    picked = alice.media_post(picture("olive"), "image/png", synchronous=True)
    planned = alice.status_post("Later", scheduled_at=later, media_ids=[picked], spoiler_text="later", language="en")
    alice.status_post("Ask later", scheduled_at=later, poll=alice.make_poll(["Yes", "No"], 3600))
    assert len(alice.scheduled_statuses()) == 2
    assert alice.scheduled_status(planned).params.text == "Later"
    put_off = alice.scheduled_status_update(planned, later + timedelta(hours=1))
    assert put_off.scheduled_at > planned.scheduled_at
    alice.scheduled_status_delete(planned)
    assert len(alice.scheduled_statuses()) == 1


@stop
def timelines(tour: Tour) -> None:
    alice, bob = tour.alice, tour.bob
    bob.account_follow(alice.me())
    with served([]) as page:
        written = [alice.status_post(f"Cup {number} of #oolong {page}") for number in range(5)]
        eventually(lambda: alice.status(written[-1]).card)
        eventually(lambda: written[-1].id in {one.id for one in bob.timeline_home()})
        for timeline in (bob.timeline, bob.timeline_public, bob.timeline_local):
            assert written[-1].id in {one.id for one in timeline()}
        assert [one.id for one in bob.timeline_hashtag("oolong")] == [one.id for one in reversed(written)]
    first = bob.account_statuses(alice.me(), limit=2)
    second = bob.fetch_next(first)
    assert [one.id for one in second] == [one.id for one in reversed(written[1:3])]
    assert [one.id for one in bob.fetch_previous(second)] == [one.id for one in first]
    assert bob.get_pagination_info(first, "next")
    everything = [one.id for one in bob.fetch_remaining(first)]
    assert [one.id for one in bob.pagination_iterator(bob.account_statuses(alice.me(), limit=2))] == everything
    pages = bob.pagination_page_iterator(bob.account_statuses(alice.me(), limit=2))
    assert [one.id for page in pages for one in page] == everything
    marked = bob.markers_set(["home"], [written[0]])
    assert marked.home.last_read_id == written[0].id
    assert bob.markers_get(["home"]).home.version == marked.home.version

    assert {one.id for one in bob.search("oolong", result_type="statuses").statuses} == {one.id for one in written}
    assert [one.name for one in bob.search_v2("oolong", result_type="hashtags").hashtags] == ["oolong"]
    assert bob.search_v2("alice", result_type="accounts").accounts[0].acct == "alice"
    assert bob.search_v1("oolong").statuses


@stop
def tags(tour: Tour) -> None:
    alice, bob = tour.alice, tour.bob
    assert alice.tag_follow("oolong").following
    assert [one.name for one in alice.followed_tags()] == ["oolong"]
    assert alice.tag("oolong").history
    assert not alice.tag_unfollow("oolong").following
    assert "oolong" in [one.name for one in alice.featured_tag_suggestions()]
    featured = alice.featured_tag_create("oolong")
    assert [one.id for one in alice.featured_tags()] == [featured.id]
    assert [one.name for one in bob.account_featured_tags(alice.me())] == ["oolong"]
    alice.featured_tag_delete(featured)
    assert alice.tag_feature("tea").featuring
    assert not alice.tag_unfeature("tea").featuring


@stop
def lists(tour: Tour) -> None:
    alice, bob = tour.alice, tour.bob
    alice.account_follow(bob.me())
    made = alice.list_create("Tea people", replies_policy="none", exclusive=True)
    alice.list_accounts_add(made, [bob.me()])
    assert [one.acct for one in alice.list_accounts(made)] == ["bob"]
    assert [one.id for one in alice.account_lists(bob.me())] == [made.id]
    status = bob.status_post("For those who have me on a list")
    assert alice.timeline_list(made)[0].id == status.id
    assert alice.list_update(made, "Tea", replies_policy="list").title == "Tea"
    assert alice.list(made).title == alice.lists()[0].title
    heard = Heard()
    stream = alice.stream_list(made, heard, run_async=True)
    eventually(stream.is_receiving)
    repeat_until(lambda n: bob.status_post(f"list {n}"), lambda: "list" in heard.texts())
    close([stream], lambda: bob.status_post("so that the list's stream sees that it is over"))
    alice.list_accounts_delete(made, [bob.me()])
    alice.list_delete(made)
    assert alice.lists() == []


def repeat_until(write: Callable[[int], Any], heard: Callable[[], bool]) -> None:
    """Write until it is heard: a stream says that it is open a moment before the server listens for it."""
    for number in range(20):
        write(number)
        end = time.monotonic() + 1
        while time.monotonic() < end:
            if heard():
                return
            time.sleep(0.02)
    raise AssertionError("nothing was heard")


def close(streams: list[Any], write: Callable[[], Any]) -> None:
    """Close streams. The library waits for each to bring one thing more, so something is written."""
    closing = [threading.Thread(target=stream.close) for stream in streams]
    for thread in closing:
        thread.start()
    time.sleep(0.2)
    write()
    for thread in closing:
        thread.join(20)


@stop
def filters(tour: Tour) -> None:
    bob = tour.bob
    status = tour.alice.status_post("Nobody wants to know who wins the cup")
    made = bob.create_filter_v2(
        "Sport", ["home", "public"], "warn", expires_in=3600,
        keywords_attributes=[{"keyword": "the cup", "whole_word": True}])  # fmt: skip
    assert bob.update_filter_v2(made, title="Sports").title == "Sports"
    assert bob.filter_v2(made).title == bob.filters_v2()[0].title
    keyword = bob.add_filter_keyword_v2(made, "goal")
    assert [one.keyword for one in bob.filter_keywords_v2(made)] == ["the cup", "goal"]
    kept = bob.add_filter_status_v2(made, status)
    assert bob.filter_status_v2(kept).status_id == status.id
    assert len(bob.filter_statuses_v2(made)) == 1
    assert bob.status(status).filtered[0].filter.title == "Sports"
    bob.delete_filter_status_v2(kept)
    bob.delete_filter_keyword_v2(keyword)
    bob.delete_filter_v2(made)
    assert bob.filters_v2() == []
    old = bob.filter_create("snow", ["home"], expires_in=3600)
    assert bob.filter_update(old, phrase="rain", context=["home"], whole_word=False).phrase == "rain"
    assert bob.filter(old).phrase == bob.filters()[0].phrase
    assert bob.filters_apply([tour.alice.status_post("Much rain")], bob.filters(), "home") == []
    bob.filter_delete(old)


@stop
def trends(tour: Tour) -> None:
    said = ("Off to the", "Rain on the", "A drum for the", "At noon, the", "Bring a hat to the", "I heard the")
    link = "https://example.org/parade"
    now, crowd = datetime.now(UTC), tour.server.data.parent / "crowd.jsonl"
    lines = []
    for number, words in enumerate(said):  # who has been here for a while: people who came today make no trend
        for ago, text in ((timedelta(days=40), "Good morning"), (timedelta(minutes=10), f"{words} #parade {link}")):
            lines.append({"author": f"walker{number}", "created_at": (now - ago).isoformat(), "text": text})
    crowd.write_text("".join(json.dumps(line) + "\n" for line in lines))
    tour.server.command("import", str(crowd))
    (walk,) = tour.bob.account_statuses(tour.bob.account_lookup("walker0"), limit=1)
    for one in (tour.alice, tour.carol):
        one.status_favourite(walk)
        one.status_reblog(walk)
    assert "parade" in [one.name for one in eventually(tour.bob.trending_tags)]
    assert "parade" in [one.name for one in tour.bob.trends()]
    assert walk.id in [one.id for one in tour.bob.trending_statuses()]
    assert [one.url for one in tour.bob.trending_links()] == [link]
    assert walk.id in [one.id for one in tour.bob.timeline_link(link)]


@stop
def push(tour: Tour) -> None:
    alice = tour.alice
    secret, public = alice.push_subscription_generate_keys()
    names = (
        "follow", "favourite", "reblog", "mention", "poll", "follow_request", "status", "update", "quote",
        "quoted_update")  # fmt: skip
    events = {f"{name}_events": name != "poll" for name in names}
    told: list[tuple[Message, bytes]] = []
    with served(told) as service:
        alice.push_subscription_set(service, public, **events)
        tour.bob.status_post("@alice are you there?")
        headers, body = eventually(lambda: told[-1] if told else None)
    pushed = alice.push_subscription_decrypt_push(body, secret, headers["Encryption"], headers["Crypto-Key"])
    assert (pushed.notification_type, pushed.title) == ("mention", "bob mentioned you")
    made = alice.push_subscription_set("https://push.example/1", public, policy="followed", **events)
    assert made.alerts.mention
    assert not made.alerts.poll
    assert made.server_key == alice.instance().configuration.vapid.public_key
    assert alice.push_subscription().endpoint == "https://push.example/1"
    assert alice.push_subscription_update(**(events | {"poll_events": True})).alerts.poll
    alice.push_subscription_delete()
    with pytest.raises(MastodonNotFoundError):
        alice.push_subscription()


@stop
def conversations(tour: Tour) -> None:
    alice, bob = tour.alice, tour.bob
    bob.status_post("@alice between us", visibility="direct")
    told = eventually(alice.conversations)
    assert [one.acct for one in told[0].accounts] == ["bob"]
    assert told[0].unread
    assert not alice.conversations_read(told[0]).unread


@stop
def reports(tour: Tour) -> None:
    status = tour.bob.status_post("Buy my kettles")
    rule = tour.alice.instance_rules()[0]
    made = tour.alice.report(tour.bob.me(), [status], "Not again", category="violation", rule_ids=[rule.id])
    assert made.category == "violation"
    with pytest.raises(MastodonVersionError):  # the library knows that Mastodon took it away in 2.5
        tour.alice.reports()


@stop
def years(tour: Tour) -> None:
    assert tour.alice.annual_reports().annual_reports == []
    with pytest.raises(MastodonNotFoundError):
        tour.alice.annual_report(2025)
    with pytest.raises(MastodonNotFoundError):
        tour.alice.annual_report_read(2025)
    page = tour.alice.timeline_home()
    assert tour.alice.get_async_refresh_info(page) is None  # nothing of ours is made in the background
    assert tour.alice.await_async_refresh(page) is page
    with pytest.raises(MastodonNotFoundError):
        tour.alice.get_async_refresh_status("1")


@stop
def strangers(tour: Tour) -> None:
    alice, (one, two, three) = tour.alice, [tour.member(name) for name in ("stranger", "odd", "passing")]
    policy = alice.notifications_policy()
    assert policy.for_not_following == "accept"
    assert alice.update_notifications_policy(for_not_following="filter").for_not_following == "filter"
    for stranger in (one, two, three):
        stranger.status_post("@alice hello from afar")
    asking = eventually(lambda: [*alice.notification_requests()] if len(alice.notification_requests()) == 3 else [])
    of = {request.account.acct: request for request in asking}
    assert alice.notification_request(of["odd"]).last_status.content
    assert alice.notifications_policy().summary.pending_requests_count == 3
    alice.accept_notification_request(of["stranger"])
    alice.dismiss_notification_request(of["odd"])
    alice.accept_multiple_notification_requests([of["passing"]])
    assert eventually(alice.notifications_merged)
    assert {told.account.acct for told in alice.notifications(types=["mention"])} >= {"stranger", "passing"}
    two.status_post("@alice once more")
    again = eventually(alice.notification_requests)
    alice.dismiss_multiple_notification_requests(again)
    assert alice.notification_requests() == []
    alice.update_notifications_policy(for_not_following="accept")


@stop
def notifications(tour: Tour) -> None:
    alice, bob = tour.alice, tour.bob
    alice.notifications_clear()
    status = alice.status_post("Tell me what you think")
    bob.status_favourite(status)
    for number in range(3):
        bob.status_reply(status, f"@alice thought {number}")
    eventually(lambda: len(alice.notifications()) == 4)
    told = alice.notifications()
    assert alice.notifications(told[0]).type == "mention"
    assert alice.notifications_unread_count().count == 4
    assert alice.unread_grouped_notifications_count() == 4
    groups = alice.grouped_notifications().notification_groups
    assert {group.type for group in groups} == {"mention", "favourite"}
    key = groups[-1].group_key
    assert alice.grouped_notification(key).notification_groups[0].type == "favourite"
    assert [one.acct for one in alice.grouped_notification_accounts(key)] == ["bob"]
    alice.grouped_notifications(expand_accounts="full")
    alice.dismiss_grouped_notification(key)
    alice.notifications_dismiss(told[0])
    assert len(alice.notifications()) == 2
    alice.notifications_clear()
    assert alice.notifications() == []


@stop
def streams(tour: Tour) -> None:
    alice, bob = tour.alice, tour.bob
    opened: list[tuple[Any, Heard]] = []

    def listen(stream: Callable[..., Any], *given: Any, **named: Any) -> Heard:
        heard = Heard()
        opened.append((stream(*given, heard, run_async=True, **named), heard))
        return heard

    home, public, local = listen(bob.stream_user), listen(bob.stream_public), listen(bob.stream_local)
    tagged, told = listen(bob.stream_hashtag, "pekoe"), listen(bob.stream_user_notifications)
    direct = listen(bob.stream_direct)
    handle = bob.stream_open_websocket()
    on_socket = Heard()
    subscription = bob.stream_hashtag("pekoe", on_socket, websocket_handle=handle)
    for stream, _ in opened:
        eventually(stream.is_receiving)
    eventually(subscription.is_alive)
    repeat_until(
        lambda n: alice.status_post(f"@bob orange #pekoe {n}"),
        lambda: all("pekoe" in one.texts() for one in (home, public, local, tagged, on_socket))
        and any(name == "notification" for name, _ in told.all))  # fmt: skip
    repeat_until(
        lambda n: alice.status_post(f"@bob psst {n}", visibility="direct"),
        lambda: any(name == "conversation" for name, _ in direct.all))  # fmt: skip
    last = alice.status_post("Soon gone #pekoe")
    eventually(lambda: last.id in {data.id for name, data in home.all if name == "update"})
    alice.status_update(last, "Sooner gone #pekoe")
    eventually(lambda: "status_update" in {name.replace(".", "_") for name, _ in home.all})
    alice.status_delete(last)
    eventually(lambda: str(last.id) in {str(data) for name, data in home.all if name == "delete"})
    subscription.close()
    handle.close()

    def last_words() -> None:
        alice.status_post("@bob the end of #pekoe")
        alice.status_post("@bob the end", visibility="direct")

    close([stream for stream, _ in opened], last_words)


@stop
def moderating(tour: Tour) -> None:
    admin, spammer = tour.admin, tour.member("spammer")
    target = spammer.me()
    status = spammer.status_post("Buy my kettles")
    filed = tour.alice.report(target, [status], "Not again", category="spam")
    (told,) = [one for one in admin.admin_reports() if one.id == filed.id]
    assert admin.admin_report(told).target_account.account.acct == "spammer"
    assert admin.admin_report_assign(told).assigned_account.account.acct == "dora"
    assert admin.admin_report_unassign(told).assigned_account is None
    assert admin.admin_report_resolve(told).action_taken
    assert not admin.admin_report_reopen(told).action_taken
    assert admin.admin_account(target).email == "spammer@example.org"
    assert "spammer" in {one["username"] for one in admin.admin_accounts()}
    assert "spammer" in {one["username"] for one in admin.admin_accounts_v1(username="spammer")}
    assert {one.username for one in admin.admin_accounts_v2(origin="local", permissions="staff")} == {"dora"}
    for action, state, undo in (
        ("sensitive", "sensitized", admin.admin_account_unsensitive),
        ("silence", "silenced", admin.admin_account_unsilence),
        ("disable", "disabled", admin.admin_account_enable),
        ("suspend", "suspended", admin.admin_account_unsuspend),
    ):
        admin.admin_account_moderate(target, action, send_email_notification=False)
        assert admin.admin_account(target)[state]
        assert not undo(target)[state]
    for name, decide in (("waits", admin.admin_account_approve), ("goes", admin.admin_account_reject)):
        client_id, secret = tour.alice.create_app(name, api_base_url=tour.outside)
        tour.client(client_id=client_id, client_secret=secret).create_account(
            name, PASSWORD, f"{name}@example.org", agreement=True)
        (waiting,) = admin.admin_accounts_v2(username=name)
        if waiting.approved:  # nobody has to be let in one by one here
            with pytest.raises(MastodonAPIError, match="403"):
                decide(waiting)
        else:
            decide(waiting)
    admin.admin_account_moderate(target, "suspend", send_email_notification=False)
    assert admin.admin_account_delete(target).id == target.id


@stop
def insight(tour: Tour) -> None:
    admin, now = tour.admin, datetime.now(UTC)
    week = now - timedelta(days=7)
    asked = ("active_users", "new_users", "interactions", "opened_reports", "resolved_reports")
    measures = admin.admin_measures(week, now, **dict.fromkeys(asked, True))
    assert [one.key for one in measures] == list(asked)
    assert int(measures[1].total) >= 4
    kinds = ("languages", "sources", "servers", "space_usage", "software_versions")
    dimensions = admin.admin_dimensions(week, now, limit=5, **dict.fromkeys(kinds, True))
    assert [one.key for one in dimensions] == list(kinds)
    assert admin.admin_retention(week, now, "day")


@stop
def trends_shown_to_moderators(tour: Tour) -> None:
    assert "parade" in [one.name for one in tour.admin.admin_trending_tags()]
    (post, *_), (link, *_) = tour.admin.admin_trending_statuses(), tour.admin.admin_trending_links()
    for kind, one in (("tag", "parade"), ("status", post), ("link", link)):
        for verb in ("reject", "approve"):
            assert getattr(tour.admin, f"admin_{verb}_trending_{kind}")(one)


@stop
def barriers(tour: Tour) -> None:
    admin = tour.admin
    blocked = admin.admin_create_domain_block("spam.example", "silence", private_comment="Kettles")
    assert admin.admin_update_domain_block(blocked, "suspend", public_comment="Spam").severity == "suspend"
    assert admin.admin_domain_blocks(blocked).domain == admin.admin_domain_blocks()[0].domain
    admin.admin_delete_domain_block(blocked)
    allowed = admin.admin_create_domain_allow("good.example")
    assert admin.admin_domain_allow(allowed).domain == admin.admin_domain_allows()[0].domain
    admin.admin_delete_domain_allow(allowed)
    of_mail = admin.admin_create_email_domain_block("mail.example")
    assert admin.admin_email_domain_block(of_mail).domain == admin.admin_email_domain_blocks()[0].domain
    admin.admin_delete_email_domain_block(of_mail)
    network = admin.admin_create_ip_block("192.0.2.64/28", "sign_up_block", "Kettles", 3600)
    assert admin.admin_update_ip_block(network, severity="sign_up_requires_approval").comment == "Kettles"
    assert admin.admin_ip_block(network).ip == admin.admin_ip_blocks()[0].ip
    admin.admin_delete_ip_block(network)
    canonical = admin.admin_create_canonical_email_block("Spam.Mer+1@mail.example")
    assert admin.admin_test_canonical_email_block("spammer@mail.example")[0].id == canonical.id
    assert admin.admin_canonical_email_block(canonical).id == admin.admin_canonical_email_blocks()[0].id
    admin.admin_delete_canonical_email_block(canonical)


@stop
def not_of_this_version(tour: Tour) -> None:
    """What needs a later Mastodon, the library refuses by itself, because Harken announces 4.5."""
    for name in sorted(later_than_announced()):
        parameters = list(inspect.signature(getattr(Mastodon, name)).parameters.values())[1:]
        needed = sum(one.default is one.empty for one in parameters)
        with pytest.raises(MastodonVersionError):
            getattr(tour.alice.api, name)(*["1"] * needed)
        tour.notes.called.add(name)


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # the library leaves sockets to the collector
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_every_method_is_called_and_every_field_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = TlsProxy(tmp_path)
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "WEBSOCKET_CLIENT_CA_BUNDLE"):
        monkeypatch.setenv(name, str(proxy.certificate))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    outside = {
        "HARKEN_URL": proxy.url, "HARKEN_TRUSTED_PROXIES": "127.0.0.1", "HARKEN_CONFIRM_EMAIL": "true",
        "HARKEN_ALLOW_PRIVATE_ADDRESSES": "true", "HARKEN_CONTACT_ACCOUNT": "dora",
    }  # fmt: skip
    server = LiveServer(tmp_path / "data", "--port", str(port), environment=outside)
    server.start()
    proxy.start(port)
    failed = []
    try:
        tour = Tour(server, proxy.url, str(proxy.certificate))
        for visit in STOPS:
            try:
                visit(tour)
            except Exception as error:  # the other stops are worth seeing too
                failed.append(f"{visit.__name__}: " + "".join(traceback.format_exception(error)[-2:]))
        for one in tour.clients:
            one.api.session.close()
        gc.collect()  # now, while its warnings are still ours
    finally:
        proxy.stop()
        server.stop()
    notes = tour.notes
    assert not failed, "\n".join(failed)
    found, known = notes.differences.found, set(ERRATA)
    assert (sorted(found - known), sorted(known - found)) == ([], [])
    assert methods() - notes.called == set(NOT_CALLED)
    assert notes.empty - notes.filled == ALWAYS_EMPTY

"""A tour through Mastodon's API: every endpoint that Harken has, called once with something there to answer with.

Each stop is a function; it calls endpoints by their name in endpoints.toml. The tour is checked against the contract
as it goes and notes where it has been; test_contract.py compares that with the whole of the documentation.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx

from harken import clock
from harken.actions import announce, write_rules
from harken.actions.delete_account import finish_farewells
from harken.actions.keep_emoji import add_emoji
from harken.engine import Engine
from harken.media.store import FileStore
from harken.model.account import Role
from harken.model.community import PaperKind
from tests.api.mastodon.conftest import People, Person
from tests.contract import contract

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100"
    "c9fe92ef0000000049454e44ae426082"
)


class Tour:
    """Two members and a visitor, and what they have seen."""

    def __init__(self, people: People, alice: Person, bob: Person, engine: Engine) -> None:
        self.people = people
        self.alice = alice
        self.bob = bob
        self.engine = engine
        self.been: set[str] = set()
        self.empty: set[str] = set()
        self.seen = contract.Seen()

    async def __call__(
        self, endpoint: str, by: Person | None = None, *, token: str = "", status: int = 200, nothing: bool = False,
        **given: Any,
    ) -> Any:
        """Call an endpoint as `by`, or as a visitor; what it answers. `id=` and the like fill the path.

        `nothing` says that an empty answer is right here.
        """
        named = contract.endpoints()[endpoint]
        places = re.findall(r":(\w+)", named.path)
        path = re.sub(r":(\w+)", lambda match: quote(str(given.pop(match[1])), safe=""), named.path)
        assert places or ":" not in path, endpoint
        token = by.token if by else token
        headers = ({"Authorization": f"Bearer {token}"} if token else {}) | given.pop("headers", {})
        answer = await self.people.client.request(named.method, path, headers=headers, **given)
        assert answer.status_code == status, (endpoint, answer.status_code, answer.text)
        self.note(named, answer, bool(by) or None, nothing)
        if named.answers in contract.NO_ENTITY:
            return answer.text
        return answer.json()

    def note(self, endpoint: contract.Endpoint, answer: httpx.Response, signed_in: bool | None, nothing: bool) -> None:
        """Keep what this answer showed."""
        self.been.add(endpoint.name)
        if endpoint.answers not in contract.NO_ENTITY:
            contract.keep(answer, self.seen, signed_in)
            # Mastodon took identity proofs away in 3.5 and answers an empty list since.
            always = endpoint.answers == "Empty" or endpoint.name.endswith("/identity_proofs")
            if answer.json() in ([], {}) and not (always or nothing):
                self.empty.add(endpoint.name)

    async def settle(self) -> None:
        """Let every consumer catch up."""
        await self.people.world.settle()


Stop = Callable[[Tour], Awaitable[None]]
STOPS: list[Stop] = []


def stop(visit: Stop) -> Stop:
    """A part of the tour."""
    STOPS.append(visit)
    return visit


@stop
async def oauth(tour: Tour) -> None:
    back = "https://client.example/back"
    app = await tour(
        "POST /api/v1/apps", json={"client_name": "Tour", "redirect_uris": back, "scopes": "read write profile",
                                   "website": "https://client.example/"})  # fmt: skip
    await tour("GET /.well-known/oauth-authorization-server")
    asked = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": back, "scope": "read profile"}
    client = tour.people.client
    client.cookies.update(await tour.people.world.cookies(tour.alice.account))
    page = await tour("GET /oauth/authorize", params=asked)
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf
    sent = await client.post("/oauth/authorize", data=asked | {"csrf": csrf[1], "decision": "allow"})
    client.cookies.clear()
    code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
    secrets = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    given = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
    token = (await tour("POST /oauth/token", data=secrets | given))["access_token"]
    await tour("GET /oauth/userinfo", token=token)
    await tour("GET /api/v1/apps/verify_credentials", token=token)
    await tour("POST /oauth/revoke", data=secrets | {"token": token})


@stop
async def media(tour: Tour) -> None:
    def sent() -> dict[str, tuple[str, bytes, str]]:
        return {"file": ("a.png", PIXEL, "image/png")}

    alice = tour.alice
    given = {"description": "A pixel.", "focus": "0.1,-0.2"}
    made = await tour("POST /api/v2/media", alice, files=sent(), data=given)
    await tour("GET /api/v1/media/:id", alice, id=made["id"])
    await tour("PUT /api/v1/media/:id", alice, id=made["id"], json={"description": "One pixel."})
    await tour("POST /api/v1/statuses", alice, json={"status": "With a picture.", "media_ids": [made["id"]]})
    loose = await tour("POST /api/v1/media", alice, files=sent())
    await tour("DELETE /api/v1/media/:id", alice, id=loose["id"])


@stop
async def instance(tour: Tour) -> None:
    await tour("GET /health")
    for name in ("", "/activity", "/extended_description"):
        await tour(f"GET /api/v1/instance{name}")
    await tour("GET /api/v2/instance")
    db, now = tour.engine.db, clock.now()
    await write_rules.add_rule(db, "Be kind.", "To newcomers most of all.", now)
    for kind in PaperKind:
        await write_rules.write_paper(db, kind, f"The paper about {kind}.", now, now)
    await write_rules.write_paper(db, "terms", "The terms of next year.", now + timedelta(days=365), now)
    for name in ("/rules", "/privacy_policy", "/terms_of_service"):
        await tour(f"GET /api/v1/instance{name}")
    await tour("GET /api/v1/instance/terms_of_service/:date", date=now.date().isoformat())
    # Nothing translates here, and no other server is known yet.
    await tour("GET /api/v1/instance/translation_languages", nothing=True)
    await tour("GET /api/v1/instance/peers", nothing=True)
    await tour("GET /api/v1/streaming/health")


@stop
async def emojis_and_news(tour: Tour) -> None:
    alice, db = tour.alice, tour.engine.db
    store = FileStore(tour.engine.media_directory)
    await add_emoji(db, store, "teapot", PIXEL, clock.now(), "Kitchen")
    await tour("GET /api/v1/custom_emojis")
    announcement = await announce.announce(
        db, "Tea for all :teapot: #tea", clock.now(), clock.now(), clock.now() + timedelta(hours=1))
    mine: dict[str, Any] = {"id": announcement.id}
    await tour("PUT /api/v1/announcements/:id/reactions/:name", alice, name="teapot", **mine)
    await tour("PUT /api/v1/announcements/:id/reactions/:name", alice, name="🍵", **mine)
    await tour("GET /api/v1/announcements", alice)
    await tour("DELETE /api/v1/announcements/:id/reactions/:name", alice, name="🍵", **mine)
    await tour("POST /api/v1/announcements/:id/dismiss", alice, **mine)
    await alice.ask("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": "Alice :teapot:"})
    status = await alice.posts("With :teapot:")
    await tour("GET /api/oembed", params={"url": status["url"]})


@stop
async def accounts(tour: Tour) -> None:
    alice, bob = tour.alice, tour.bob
    me = "GET /api/v1/accounts/verify_credentials"
    await tour(me, alice)
    fields = {"0": {"name": "Home", "value": "https://example.org"}}
    await tour(
        "PATCH /api/v1/accounts/update_credentials", alice,
        json={"note": "Here for the #tea", "fields_attributes": fields, "source": {"language": "en"}})  # fmt: skip
    picture = {"avatar": ("a.png", PIXEL, "image/png"), "header": ("h.png", PIXEL, "image/png")}
    await tour("PATCH /api/v1/accounts/update_credentials", alice, files=picture)
    for name in ("avatar", "header"):
        await tour(f"DELETE /api/v1/profile/{name}", alice)
    await tour("GET /api/v1/accounts", bob, params={"id[]": [alice.id, bob.id]})
    await tour("GET /api/v1/accounts/lookup", params={"acct": "alice"})
    await tour("GET /api/v1/accounts/search", bob, params={"q": "ali"})
    await tour("GET /api/v1/directory")
    await tour("GET /api/v1/preferences", alice)

    await alice.posts("A post to be seen")
    carol = await tour.people("carol")
    await tour("POST /api/v1/accounts/:id/follow", carol, id=alice.id, json={"notify": True, "languages": ["en"]})
    await tour("POST /api/v1/accounts/:id/follow", bob, id=carol.id)
    await tour("GET /api/v1/accounts/familiar_followers", bob, params={"id[]": alice.id})
    await tour("GET /api/v1/accounts/:id", id=alice.id)
    await tour("GET /api/v1/accounts/:id/statuses", id=alice.id)
    await tour("GET /api/v1/accounts/:id/followers", id=alice.id)
    await tour("GET /api/v1/accounts/:id/following", id=carol.id)
    await tour("GET /api/v1/accounts/relationships", bob, params={"id[]": [alice.id, carol.id]})
    await tour("POST /api/v1/accounts/:id/note", bob, id=carol.id, json={"comment": "She knows bees"})
    await tour("POST /api/v1/accounts/:id/mute", bob, id=carol.id, json={"duration": 3600})
    await tour("GET /api/v1/mutes", bob)
    await tour("POST /api/v1/accounts/:id/unmute", bob, id=carol.id)
    await tour("POST /api/v1/accounts/:id/unfollow", bob, id=carol.id)
    await tour("POST /api/v1/accounts/:id/remove_from_followers", alice, id=carol.id)
    await tour("POST /api/v1/accounts/:id/block", bob, id=carol.id)
    await tour("GET /api/v1/blocks", bob)
    await tour("POST /api/v1/accounts/:id/unblock", bob, id=carol.id)

    shy = await tour.people("shy", protected=True)
    for verb in ("authorize", "reject"):
        await bob.do(f"/api/v1/accounts/{shy.id}/unfollow")
        await bob.do(f"/api/v1/accounts/{shy.id}/follow")
        await tour("GET /api/v1/follow_requests", shy)
        await tour(f"POST /api/v1/follow_requests/:account_id/{verb}", shy, account_id=bob.id)


@stop
async def statuses(tour: Tour) -> None:
    alice, bob = tour.alice, tour.bob
    status = await tour(
        "POST /api/v1/statuses", alice,
        json={"status": "Tea for @bob #tea https://example.org/", "spoiler_text": "tea", "language": "en"})  # fmt: skip
    mine = {"id": status["id"]}
    reply = await bob.posts("@alice yes", in_reply_to_id=status["id"])
    await tour("GET /api/v1/statuses/:id", **mine)
    await tour("GET /api/v1/statuses", bob, params={"id[]": [status["id"], reply["id"]]})
    await tour("GET /api/v1/statuses/:id/context", bob, **mine)
    await tour("GET /api/v1/statuses/:id/context", bob, id=reply["id"])
    for verb in ("favourite", "bookmark", "reblog"):
        await tour(f"POST /api/v1/statuses/:id/{verb}", bob, **mine)
    await tour("GET /api/v1/statuses/:id/reblogged_by", **mine)
    await tour("GET /api/v1/statuses/:id/favourited_by", **mine)
    await tour("GET /api/v1/bookmarks", bob)
    await tour("GET /api/v1/favourites", bob)
    for verb in ("unfavourite", "unbookmark", "unreblog", "mute", "unmute"):
        await tour(f"POST /api/v1/statuses/:id/{verb}", bob, **mine)
    for verb in ("pin", "unpin"):
        await tour(f"POST /api/v1/statuses/:id/{verb}", alice, **mine)
    await tour("PUT /api/v1/statuses/:id", alice, json={"status": "Coffee for @bob"}, **mine)
    await tour("GET /api/v1/statuses/:id/history", **mine)
    await tour("GET /api/v1/statuses/:id/source", alice, **mine)
    # Nothing translates here: 503, as Mastodon answers without a translation service.
    await tour("POST /api/v1/statuses/:id/translate", bob, status=503, **mine)
    await tour("DELETE /api/v1/statuses/:id", alice, **mine)


@stop
async def quotes(tour: Tour) -> None:
    alice, bob = tour.alice, tour.bob
    status = await alice.posts("Worth repeating", quote_approval_policy="public")
    asked = {"status": "Look at this", "quoted_status_id": status["id"]}
    quote = await tour("POST /api/v1/statuses", bob, json=asked)
    await tour("GET /api/v1/statuses/:id", alice, id=quote["id"])
    await tour("GET /api/v1/statuses/:id/quotes", alice, id=status["id"])
    policy = {"quote_approval_policy": "nobody"}
    await tour("PUT /api/v1/statuses/:id/interaction_policy", alice, id=status["id"], json=policy)
    revoke = "POST /api/v1/statuses/:id/quotes/:quoting_status_id/revoke"
    await tour(revoke, alice, id=status["id"], quoting_status_id=quote["id"])


@stop
async def polls(tour: Tour) -> None:
    alice, bob = tour.alice, tour.bob
    asked = {"status": "Tea or coffee?", "poll": {"options": ["Tea", "Coffee"], "expires_in": 3600, "multiple": True}}
    poll = (await tour("POST /api/v1/statuses", alice, json=asked))["poll"]
    await tour("POST /api/v1/polls/:id/votes", bob, id=poll["id"], data={"choices[]": ["0", "1"]})
    await tour("GET /api/v1/polls/:id", bob, id=poll["id"])
    await tour("GET /api/v1/polls/:id", id=poll["id"])


@stop
async def scheduled(tour: Tour) -> None:
    alice = tour.alice
    later = (clock.now() + timedelta(hours=1)).isoformat()
    poll = {"options": ["Tea", "Coffee"], "expires_in": 3600}
    asked = {"status": "Later", "scheduled_at": later, "spoiler_text": "later", "language": "en", "poll": poll}
    made = await tour("POST /api/v1/statuses", alice, json=asked)
    mine = {"id": made["id"]}
    await tour("GET /api/v1/scheduled_statuses", alice)
    await tour("GET /api/v1/scheduled_statuses/:id", alice, **mine)
    put_off = {"scheduled_at": (clock.now() + timedelta(hours=2)).isoformat()}
    await tour("PUT /api/v1/scheduled_statuses/:id", alice, json=put_off, **mine)
    await tour("DELETE /api/v1/scheduled_statuses/:id", alice, **mine)


@stop
async def timelines(tour: Tour) -> None:
    alice, bob = tour.alice, tour.bob
    await bob.do(f"/api/v1/accounts/{alice.id}/follow")
    status = await alice.posts("More #tea for everybody")
    await bob.do(f"/api/v1/statuses/{status['id']}/reblog")
    await alice.posts("@bob psst", visibility="direct")
    await tour.settle()
    await tour("GET /api/v1/timelines/home", bob)
    await tour("GET /api/v1/timelines/public")
    await tour("GET /api/v1/timelines/tag/:hashtag", hashtag="tea")
    (talk,) = await tour("GET /api/v1/conversations", bob)
    await tour("POST /api/v1/conversations/:id/read", bob, id=talk["id"])
    await tour("DELETE /api/v1/conversations/:id", bob, id=talk["id"])
    await tour("POST /api/v1/markers", bob, json={"home": {"last_read_id": status["id"]}})
    await tour("GET /api/v1/markers", bob, params={"timeline[]": "home"})
    await tour("GET /api/v1/tags/:name", bob, name="tea")
    for kind in ("accounts", "statuses", "hashtags"):
        query = "alice" if kind == "accounts" else "tea"
        found = await tour("GET /api/v2/search", bob, params={"q": query, "type": kind})
        assert found[kind], kind


@stop
async def lists(tour: Tour) -> None:
    alice, bob = tour.alice, tour.bob
    await bob.do(f"/api/v1/accounts/{alice.id}/follow")
    await alice.posts("For those who have me on a list")
    made = await tour("POST /api/v1/lists", bob, json={"title": "Tea people", "replies_policy": "list"})
    mine = {"id": made["id"]}
    await tour("POST /api/v1/lists/:id/accounts", bob, data={"account_ids[]": alice.id}, **mine)
    await tour("GET /api/v1/lists", bob)
    await tour("GET /api/v1/lists/:id", bob, **mine)
    await tour("GET /api/v1/lists/:id/accounts", bob, **mine)
    await tour("GET /api/v1/accounts/:id/lists", bob, id=alice.id)
    await tour("PUT /api/v1/lists/:id", bob, json={"title": "People of tea", "exclusive": True}, **mine)
    await tour("GET /api/v1/timelines/list/:list_id", bob, list_id=made["id"])
    await tour("DELETE /api/v1/lists/:id/accounts", bob, params={"account_ids[]": alice.id}, **mine)
    await tour("DELETE /api/v1/lists/:id", bob, **mine)


@stop
async def collections(tour: Tour) -> None:
    alice, bob = tour.alice, tour.bob
    given = {"name": "Tea people", "tag_name": "tea", "account_ids": [alice.id]}
    kept = (await tour("POST /api/v1/collections", bob, json=given))["collection"]
    mine = {"id": kept["id"]}
    await tour("GET /api/v1/collections/:id", alice, **mine)
    await tour("GET /api/v1/accounts/:id/collections", alice, id=bob.id)
    await tour("GET /api/v1/accounts/:id/in_collections", alice, id=alice.id)
    await tour("PATCH /api/v1/collections/:id", bob, json={"description": "worth it"}, **mine)
    await tour.settle()
    await tour("GET /api/v1/notifications", alice)
    leaving = {"item_id": kept["items"][0]["id"], **mine}
    await tour("POST /api/v1/collections/:id/items/:item_id/revoke", alice, **leaving)
    again = await tour("POST /api/v1/collections/:id/items", bob, data={"account_id": alice.id}, **mine)
    taken = {"item_id": again["collection_item"]["id"], **mine}
    await tour("DELETE /api/v1/collections/:id/items/:item_id", bob, **taken)
    await tour("DELETE /api/v1/collections/:id", bob, **mine)


@stop
async def tags(tour: Tour) -> None:
    alice, bob = tour.alice, tour.bob
    await alice.posts("One more #tea")
    for verb in ("follow", "unfollow", "follow"):
        await tour(f"POST /api/v1/tags/:name/{verb}", alice, name="tea")
    await tour("GET /api/v1/followed_tags", alice)
    for verb in ("feature", "unfeature"):
        await tour(f"POST /api/v1/tags/:id/{verb}", alice, id="tea")
    await tour("GET /api/v1/featured_tags/suggestions", alice)
    made = await tour("POST /api/v1/featured_tags", alice, json={"name": "tea"})
    await tour("GET /api/v1/featured_tags", alice)
    await tour("GET /api/v1/accounts/:id/featured_tags", bob, id=alice.id)
    await tour("DELETE /api/v1/featured_tags/:id", alice, id=made["id"])


@stop
async def joining(tour: Tour) -> None:
    app = await tour("POST /api/v1/apps", json={
        "client_name": "Join", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"})
    asked = {"grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"],
             "scope": "read write"}
    of_app = (await tour("POST /oauth/token", data=asked))["access_token"]
    new = {"username": "newcomer", "email": "newcomer@example.org", "password": "a long password", "agreement": True,
           "locale": "en"}
    token = (await tour("POST /api/v1/accounts", token=of_app, json=new))["access_token"]
    async with tour.engine.db.transaction() as tx:
        await tx.execute("UPDATE member SET confirmed_at = NULL WHERE email = :email", email=new["email"])
    await tour("POST /api/v1/emails/confirmations", token=token, json={"email": "other@example.org"})


@stop
async def domains(tour: Tour) -> None:
    await tour("POST /api/v1/domain_blocks", tour.bob, data={"domain": "example.com"})
    await tour("GET /api/v1/domain_blocks", tour.bob)
    await tour("DELETE /api/v1/domain_blocks", tour.bob, params={"domain": "example.com"})


@stop
async def recommended(tour: Tour) -> None:
    alice, bob = tour.alice, tour.bob
    await bob.do(f"/api/v1/accounts/{alice.id}/follow")
    for verb in ("unpin", "pin", "unendorse", "endorse"):
        await tour(f"POST /api/v1/accounts/:id/{verb}", bob, id=alice.id)
    await tour("GET /api/v1/endorsements", bob)
    await tour("GET /api/v1/accounts/:id/endorsements", id=bob.id)
    await tour("GET /api/v1/accounts/:id/identity_proofs", bob, id=alice.id)
    known = await tour.people("known")
    await alice.do(f"/api/v1/accounts/{known.id}/follow")
    await tour("GET /api/v1/suggestions", bob)
    await tour("GET /api/v2/suggestions", bob)
    await tour("DELETE /api/v1/suggestions/:account_id", bob, account_id=known.id)


@stop
async def filters(tour: Tour) -> None:
    bob = tour.bob
    status = await tour.alice.posts("Nobody wants to know who wins the cup")
    made = await tour(
        "POST /api/v2/filters", bob,
        json={"title": "Sport", "context": ["home", "public", "thread"], "filter_action": "warn", "expires_in": 3600,
              "keywords_attributes": [{"keyword": "the cup", "whole_word": True}]})  # fmt: skip
    mine = {"id": made["id"]}
    await tour("GET /api/v2/filters", bob)
    await tour("GET /api/v2/filters/:id", bob, **mine)
    await tour("PUT /api/v2/filters/:id", bob, json={"title": "Sports"}, **mine)
    keyword = await tour(
        "POST /api/v2/filters/:filter_id/keywords", bob, filter_id=made["id"], json={"keyword": "goal"})
    await tour("GET /api/v2/filters/:filter_id/keywords", bob, filter_id=made["id"])
    await tour("GET /api/v2/filters/keywords/:id", bob, id=keyword["id"])
    await tour("PUT /api/v2/filters/keywords/:id", bob, id=keyword["id"], json={"keyword": "own goal"})
    kept = await tour(
        "POST /api/v2/filters/:filter_id/statuses", bob, filter_id=made["id"], json={"status_id": status["id"]})
    await tour("GET /api/v2/filters/:filter_id/statuses", bob, filter_id=made["id"])
    await tour("GET /api/v2/filters/statuses/:id", bob, id=kept["id"])
    assert (await tour("GET /api/v1/statuses/:id", bob, id=status["id"]))["filtered"]
    await tour("DELETE /api/v2/filters/statuses/:id", bob, id=kept["id"])
    await tour("DELETE /api/v2/filters/keywords/:id", bob, id=keyword["id"])
    await tour("DELETE /api/v2/filters/:id", bob, **mine)
    old = await tour("POST /api/v1/filters", bob, json={"phrase": "snow", "context": ["home"], "expires_in": 3600})
    await tour("GET /api/v1/filters", bob)
    await tour("GET /api/v1/filters/:id", bob, id=old["id"])
    await tour("PUT /api/v1/filters/:id", bob, id=old["id"], json={"phrase": "rain", "context": ["home"]})
    await tour("DELETE /api/v1/filters/:id", bob, id=old["id"])


@stop
async def what_this_server_has_none_of(tour: Tour) -> None:
    await tour("GET /api/v1/annual_reports", tour.alice)
    await tour("GET /api/v1/annual_reports/:year", tour.alice, year="2026", status=404)
    await tour("POST /api/v1/annual_reports/:year/read", tour.alice, year="2026", status=404)
    await tour("GET /api/v1_alpha/async_refreshes/:id", tour.alice, id="x", status=404)


@stop
async def push(tour: Tour) -> None:
    keys = {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg"}  # fmt: skip
    alerts = dict.fromkeys(
        ("mention", "quote", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update",
         "quoted_update"), True)  # fmt: skip
    where = {"endpoint": "https://push.example/1", "keys": keys, "standard": True}
    await tour("POST /api/v1/push/subscription", tour.bob, json={
        "subscription": where, "data": {"alerts": alerts, "policy": "followed"}})
    await tour("GET /api/v1/push/subscription", tour.bob)
    await tour("PUT /api/v1/push/subscription", tour.bob, json={"data": {"alerts": {"mention": True}}})
    await tour("DELETE /api/v1/push/subscription", tour.bob)


@stop
async def notifications(tour: Tour) -> None:
    alice, bob = tour.alice, tour.bob
    for number in range(3):
        await bob.posts(f"@alice number {number}")
    await tour.settle()
    told = await tour("GET /api/v1/notifications", alice)
    await tour("GET /api/v1/notifications/:id", alice, id=told[0]["id"])
    await tour("GET /api/v1/notifications/unread_count", alice)
    await tour("GET /api/v2/notifications/unread_count", alice)
    await tour("GET /api/v2/notifications/policy", alice)
    await tour("GET /api/v1/notifications/policy", alice)
    await tour("PATCH /api/v1/notifications/policy", alice, json={"filter_new_accounts": False})
    await tour("PATCH /api/v2/notifications/policy", alice, json={"for_not_following": "filter"})
    for name in ("accept", "dismiss"):
        for many in (False, True):
            asking = await tour.people(f"stranger{name}{many}")
            await asking.posts("@alice please")
            await tour.settle()
            (found,) = await tour("GET /api/v1/notifications/requests", alice)
            await tour("GET /api/v1/notifications/requests/:id", alice, id=found["id"])
            if many:
                await tour(f"POST /api/v1/notifications/requests/{name}", alice, json={"id": [found["id"]]})
            else:
                await tour(f"POST /api/v1/notifications/requests/:id/{name}", alice, id=found["id"])
    await tour("GET /api/v1/notifications/requests/merged", alice)
    await tour("PATCH /api/v2/notifications/policy", alice, json={"for_not_following": "accept"})
    groups = (await tour("GET /api/v2/notifications", alice))["notification_groups"]
    key = {"group_key": groups[1]["group_key"]}
    await tour("GET /api/v2/notifications/:group_key", alice, **key)
    await tour("GET /api/v2/notifications/:group_key/accounts", alice, **key)
    await tour("POST /api/v2/notifications/:group_key/dismiss", alice, **key)
    await tour("POST /api/v1/notifications/:id/dismiss", alice, id=told[0]["id"])
    await tour("POST /api/v1/notifications/clear", alice)


@stop
async def trends(tour: Tour) -> None:
    said = ("Off to the", "Rain on the", "A drum for the", "At noon, the")
    with clock.frozen(clock.now() - timedelta(days=30)):  # who is new makes no trend
        crowd = [await tour.people(f"walker{number}") for number in range(len(said))]
    for who, words in zip(crowd, said, strict=True):
        await who.posts(f"{words} #parade")
        status = await who.posts(f"{words} page: https://example.org/parade")
        await tour.alice.do(f"/api/v1/statuses/{status['id']}/favourite")
        await tour.bob.do(f"/api/v1/statuses/{status['id']}/reblog")
    await tour.settle()
    for kind in ("tags", "statuses", "links"):
        await tour(f"GET /api/v1/trends/{kind}")
    (link,) = await tour("GET /api/v1/trends/links")
    await tour("GET /api/v1/timelines/link", params={"url": link["url"]})


@stop
async def reports(tour: Tour) -> None:
    moderator = await tour.people("moderator_rose", role=Role.MODERATOR)
    spam = await tour.bob.posts("Buy this.")
    rule = (await write_rules.add_rule(tour.engine.db, "No advertising.", "", clock.now())).id
    await tour("POST /api/v1/reports", tour.alice, json={
        "account_id": tour.bob.id, "status_ids": [spam["id"]], "rule_ids": [str(rule)], "comment": "Again."})
    await tour.settle()
    told = await tour("GET /api/v1/notifications", moderator)
    assert [one["type"] for one in told] == ["admin.report"]
    assert told[0]["report"]["comment"] == "Again."
    await tour("GET /api/v2/notifications", moderator)


ALL_OF_ADMIN = "read write admin:read admin:write"


@stop
async def admin(tour: Tour) -> None:
    owner = await tour.people("owner_vera", ALL_OF_ADMIN, role=Role.OWNER)
    loud = await tour.people("loud")
    said = await loud.posts("Loud.")
    filed = await tour.alice.do("/api/v1/reports", account_id=loud.id, status_ids=[said["id"]])
    for version in (1, 2):
        await tour(f"GET /api/v{version}/admin/accounts", owner)
    await tour("GET /api/v1/admin/accounts/:id", owner, id=loud.id)
    await tour("GET /api/v1/admin/reports", owner)
    report = {"id": filed["id"]}
    await tour("GET /api/v1/admin/reports/:id", owner, **report)
    await tour("PUT /api/v1/admin/reports/:id", owner, **report, json={"category": "spam"})
    for verb in ("assign_to_self", "unassign", "resolve", "reopen"):
        await tour(f"POST /api/v1/admin/reports/:id/{verb}", owner, **report)
    await tour("POST /api/v1/admin/accounts/:id/action", owner, id=loud.id, json={
        "type": "none", "text": "Please be less loud.", "report_id": filed["id"], "send_email_notification": True})
    await tour.settle()
    told = await tour("GET /api/v1/notifications", loud)
    assert told[0]["moderation_warning"]["text"] == "Please be less loud."
    for kind, end in (("sensitive", "unsensitive"), ("silence", "unsilence"), ("disable", "enable"),
                      ("suspend", "unsuspend")):
        await tour("POST /api/v1/admin/accounts/:id/action", owner, id=loud.id, json={"type": kind})
        await tour("GET /api/v1/accounts/:id", id=loud.id)
        await tour(f"POST /api/v1/admin/accounts/:id/{end}", owner, id=loud.id)
    await tour("POST /api/v1/admin/accounts/:id/action", owner, id=loud.id, json={"type": "suspend"})
    await tour("DELETE /api/v1/admin/accounts/:id", owner, id=loud.id)
    for verb, name in (("approve", "waits"), ("reject", "waits_too")):
        waiting = await tour.people(name, approved=False)
        await tour(f"POST /api/v1/admin/accounts/:id/{verb}", owner, id=waiting.id)
    await finish_farewells()


@stop
async def barriers(tour: Tour) -> None:
    owner = await tour.people("owner_max", ALL_OF_ADMIN, role=Role.OWNER)
    for kind, given, changed in (
        ("canonical_email_blocks", {"email": "Some.One+x@example.org"}, None),
        ("domain_allows", {"domain": "good.example"}, None),
        ("domain_blocks", {"domain": "bad.example", "severity": "suspend", "public_comment": "Spam.",
                           "obfuscate": True}, {"severity": "silence"}),
        ("email_domain_blocks", {"domain": "throwaway.example"}, None),
        ("ip_blocks", {"ip": "192.0.2.0/24", "severity": "sign_up_block", "expires_in": 3600},
         {"severity": "no_access", "comment": "Bots."}),
    ):  # fmt: skip
        path = f"/api/v1/admin/{kind}"
        made = await tour(f"POST {path}", owner, json=given)
        await tour(f"GET {path}", owner)
        await tour(f"GET {path}/:id", owner, id=made["id"])
        if changed:
            await tour(f"PUT {path}/:id", owner, id=made["id"], json=changed)
        if kind == "canonical_email_blocks":
            await tour(f"POST {path}/test", owner, json={"email": "someone@example.org"})
        if kind == "domain_blocks":
            await tour("GET /api/v1/instance/domain_blocks")
        await tour(f"DELETE {path}/:id", owner, id=made["id"])


@stop
async def insight(tour: Tour) -> None:
    rose = await tour.people("moderator_lily", ALL_OF_ADMIN, role=Role.MODERATOR)
    days = {"start_at": (clock.now() - timedelta(days=2)).isoformat(), "end_at": clock.now().isoformat()}
    about = {"tag_uses": {"id": "parade"}, "instance_accounts": {"domain": "bad.example"}}
    await tour("POST /api/v1/admin/measures", rose, json=days | about | {
        "keys": ["active_users", "new_users", "tag_uses", "instance_accounts", "resolved_reports"]})
    await tour("POST /api/v1/admin/dimensions", rose, json=days | {
        "keys": ["languages", "sources", "space_usage", "software_versions"]})
    await tour("POST /api/v1/admin/retention", rose, json=days | {"frequency": "day"})
    for kind in ("tags", "statuses", "links", "links/publishers"):
        (first, *_) = await tour(f"GET /api/v1/admin/trends/{kind}", rose)
        for verdict in ("reject", "approve"):
            await tour(f"POST /api/v1/admin/trends/{kind}/:id/{verdict}", rose, id=first["id"])

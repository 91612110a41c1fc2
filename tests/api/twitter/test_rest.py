"""The REST API of 2008, as clients of that time use it."""

from __future__ import annotations

import base64
import io
import re
from typing import Any
from xml.etree import ElementTree

import feedparser
import httpx
import msgspec
from PIL import Image

from harken import clock
from harken.actions.block import block
from harken.actions.boost_post import boost_post
from harken.app import build
from harken.engine import opened
from harken.settings import Settings
from tests.world import World

STATUS = {
    "created_at", "id", "id_str", "text", "source", "truncated", "in_reply_to_status_id", "in_reply_to_status_id_str",
    "in_reply_to_user_id", "favorited", "in_reply_to_screen_name", "user"}
USER = {
    "id", "id_str", "name", "screen_name", "location", "description", "profile_image_url", "url", "protected",
    "followers_count", "profile_background_color", "profile_text_color", "profile_link_color",
    "profile_sidebar_fill_color", "profile_sidebar_border_color", "friends_count", "created_at", "favourites_count",
    "utc_offset", "time_zone", "profile_background_image_url", "profile_background_tile", "statuses_count",
    "following", "notifications"}


def basic(name: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def test_a_timeline_has_every_field_of_then_in_every_format(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice", display_name="Alice <3 & co")
    await world.post(alice, "tea & <b>biscuits</b>")
    await world.settle()
    token = bearer(await world.token(alice))
    for path in ("public_timeline", "friends_timeline", "user_timeline", "user_timeline/alice"):
        answer = await client.get(f"/statuses/{path}.json", headers=token)
        assert answer.status_code == 200, answer.text
        [status] = answer.json()
        assert set(status) == STATUS
        assert set(status["user"]) == USER
        assert status["id_str"] == str(status["id"])
        assert status["text"] == "tea & <b>biscuits</b>"
        assert status["user"]["name"] == "Alice <3 & co"
        assert re.fullmatch(r"\w{3} \w{3} \d\d \d\d:\d\d:\d\d \+0000 \d{4}", status["created_at"])
        written = ElementTree.fromstring((await client.get(f"/statuses/{path}.xml", headers=token)).content)
        assert (written.tag, written.get("type"), [one.tag for one in written]) == ("statuses", "array", ["status"])
        assert written.findtext("status/text") == "tea & <b>biscuits</b>"
        assert written.findtext("status/user/screen_name") == "alice"
        assert written.findtext("status/truncated") == "false"
        assert [one.tag for one in written[0]] == list(status)
        for kind in ("rss", "atom"):
            feed = feedparser.parse((await client.get(f"/statuses/{path}.{kind}", headers=token)).content)
            assert not feed.bozo
            assert [entry.title for entry in feed.entries] == ["tea & <b>biscuits</b>"]
    assert (await client.get("/statuses/update.rss")).status_code == 404


async def test_who_asks_shows_a_token_and_never_the_password(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice", password="correct horse battery")
    secret = await world.token(alice)
    address = "/account/verify_credentials.json"
    assert (await client.get(address, headers=basic("alice", secret))).json()["screen_name"] == "alice"
    assert (await client.get(address, headers=basic("ALICE", secret))).status_code == 200
    assert (await client.get(address, headers=bearer(secret))).status_code == 200
    for wrong in (basic("alice", "correct horse battery"), basic("bob", secret), basic("alice", ""), {},
                  {"Authorization": "Basic ****"}, bearer("nonsense")):
        refused = await client.get(address, headers=wrong)
        assert refused.status_code == 401
        assert refused.json()["request"] == address
        assert refused.headers["www-authenticate"].startswith("Basic ")
    # What a browser remembers is no leave for the pages of others.
    for foreign in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await client.post(
            "/statuses/update.json", data={"status": "x"}, headers=basic("alice", secret) | foreign)
        assert answer.status_code == 403
    narrow = await world.token(alice, "read")
    assert (await client.post("/statuses/update.json", data={"status": "x"}, headers=bearer(narrow))).status_code == 403
    assert (await client.get("/statuses/user_timeline/alice.json")).json() == []


async def test_updating_answering_and_destroying(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    mine, his = basic("alice", await world.token(alice)), basic("bob", await world.token(bob))
    first = (await client.post("/statuses/update.json", data={"status": "hello"}, headers=mine)).json()
    answer = (await client.post(
        "/statuses/update.json", headers=his,
        data={"status": "@alice hi", "in_reply_to_status_id": first["id_str"]})).json()
    assert (answer["in_reply_to_status_id"], answer["in_reply_to_screen_name"]) == (first["id"], "alice")
    await world.post(bob, "for @alice, not to her")
    await world.post(bob, "@alice psst", to="direct")
    await world.settle()
    [reply] = (await client.get("/statuses/replies.json", headers=mine)).json()
    assert reply["text"] == "@alice hi"
    shown = await client.get(f"/statuses/show/{first['id']}.xml")
    assert ElementTree.fromstring(shown.content).findtext("text") == "hello"
    assert (await client.post(f"/statuses/destroy/{first['id']}.json", headers=his)).status_code == 404
    gone = await client.delete(f"/statuses/destroy/{first['id']}.json", headers=mine)
    assert gone.json()["text"] == "hello"
    assert (await client.get(f"/statuses/show/{first['id']}.json")).status_code == 404
    assert (await client.post("/statuses/update.json", data={"status": " "}, headers=mine)).status_code == 400
    assert (await client.post("/statuses/update.xml", data={"status": "x" * 501}, headers=mine)).status_code == 400


async def test_commands_in_an_update_do_what_they_do_on_the_web(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    mine = bearer(await world.token(alice))
    await world.post(alice, "the last one")
    refused = await client.post("/statuses/update.json", data={"status": "d bob psst"}, headers=mine)
    assert (refused.status_code, "does not follow you" in refused.json()["error"]) == (403, True)
    await world.follows(bob, alice)
    sent = await client.post("/statuses/update.json", data={"status": "d bob psst"}, headers=mine)
    assert sent.status_code == 200, sent.text
    assert (await client.get("/statuses/user_timeline/alice.json")).json()[0]["text"] == "the last one"
    followed = await client.post("/statuses/update.json", data={"status": "follow bob"}, headers=mine)
    assert followed.json()["text"] == "the last one"
    assert (await client.get(
        "/friendships/exists.json", params={"user_a": "alice", "user_b": "bob"}, headers=mine)).json() is True


async def test_direct_messages_go_to_those_who_allow_it_and_are_destroyed_for_each(
    world: World, client: httpx.AsyncClient
) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    mine, his = bearer(await world.token(alice)), bearer(await world.token(bob))
    new = {"user": "bob", "text": "see you at <noon> & later"}
    assert (await client.post("/direct_messages/new.json", data=new, headers=mine)).status_code == 403
    await world.follows(bob, alice)
    made = (await client.post("/direct_messages/new.json", data=new, headers=mine)).json()
    assert made["text"] == "see you at <noon> & later"
    assert (made["sender_screen_name"], made["recipient_screen_name"]) == ("alice", "bob")
    assert set(made) == {
        "id", "id_str", "sender_id", "text", "recipient_id", "created_at", "sender_screen_name",
        "recipient_screen_name", "sender", "recipient"}
    await world.settle()
    [got] = (await client.get("/direct_messages.json", headers=his)).json()
    assert (got["id"], got["text"], got["recipient_id"]) == (made["id"], made["text"], bob.id)
    written = ElementTree.fromstring((await client.get("/direct_messages.xml", headers=his)).content)
    assert (written.tag, written[0].tag) == ("direct-messages", "direct_message")
    assert (await client.get("/direct_messages.json", headers=mine)).json() == []
    [sent] = (await client.get("/direct_messages/sent.json", headers=mine)).json()
    assert sent["id"] == made["id"]
    third = bearer(await world.token(await world.account("carol")))
    assert (await client.post(f"/direct_messages/destroy/{made['id']}.json", headers=third)).status_code == 404
    assert (await client.post(f"/direct_messages/destroy/{made['id']}.json", headers=his)).status_code == 200
    assert (await client.get("/direct_messages.json", headers=his)).json() == []
    assert len((await client.get("/direct_messages/sent.json", headers=mine)).json()) == 1
    assert (await client.delete(f"/direct_messages/destroy/{made['id']}.json", headers=mine)).status_code == 200
    assert (await client.get("/direct_messages/sent.json", headers=mine)).json() == []


async def test_pages_ids_and_dates_cut_a_timeline(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    ids = [(await world.post(alice, f"tea {n}")).id for n in range(25)][::-1]

    async def got(**params: Any) -> list[int]:
        answer = await client.get("/statuses/user_timeline/alice.json", params=params)
        assert answer.status_code == 200, answer.text
        return [status["id"] for status in answer.json()]

    assert await got() == ids[:20]
    assert await got(page=2) == ids[20:]
    assert await got(count=10, page=2) == ids[10:20]
    assert await got(count=500) == ids
    assert await got(max_id=ids[3], count=2) == ids[3:5]
    assert await got(since_id=ids[3]) == ids[:3]
    assert await got(since="Tue, 27 Mar 2007 22:55:48 GMT") == ids[:20]
    assert await got(since="Tue, 27 Mar 2107 22:55:48 GMT") == []
    assert await got(count="", since_id="-1") == ids[:20]
    for wrong in ({"count": "x"}, {"max_id": "x"}, {"since": "yesterday"}):
        assert (await client.get("/statuses/user_timeline/alice.json", params=wrong)).status_code == 400
    first = await client.get("/statuses/user_timeline/alice.json")
    again = await client.get("/statuses/user_timeline/alice.json", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_protected_and_those_behind_a_block_stay_hidden(world: World, client: httpx.AsyncClient) -> None:
    hermit, friend = await world.account("hermit", protected=True), await world.account("friend")
    foe = await world.account("foe")
    kept = await world.post(hermit, "among ourselves")
    await world.follows(friend, hermit)
    for address in ("/statuses/user_timeline/hermit.xml", f"/statuses/show/{kept.id}.json"):
        for headers in ({}, bearer(await world.token(foe))):
            assert (await client.get(address, headers=headers)).status_code == 401
        assert (await client.get(address, headers=bearer(await world.token(friend)))).status_code == 200
    post = await world.post(friend, "hello")
    theirs = bearer(await world.token(foe))
    answer = await client.post("/blocks/create/foe.json", headers=bearer(await world.token(friend)))
    assert answer.json()["screen_name"] == "foe"
    assert (await client.get(f"/statuses/show/{post.id}.json", headers=theirs)).status_code == 404
    assert (await client.get("/statuses/user_timeline/friend.json", headers=theirs)).json() == []
    assert (await client.post("/friendships/create/friend.json", headers=theirs)).status_code == 403
    await client.delete("/blocks/destroy/foe.json", headers=bearer(await world.token(friend)))
    assert (await client.get(f"/statuses/show/{post.id}.json", headers=theirs)).status_code == 200


async def test_friendships_favorites_and_notifications(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    mine = bearer(await world.token(alice))
    post = await world.post(bob, "worth keeping")
    assert (await client.post("/notifications/follow/bob.json", headers=mine)).status_code == 403
    assert (await client.post("/friendships/create/bob.json", headers=mine)).json()["following"] is True
    assert (await client.post("/notifications/follow/bob.json", headers=mine)).json()["notifications"] is True
    assert (await client.post("/notifications/leave/bob.json", headers=mine)).json()["notifications"] is False
    [friend] = (await client.get("/statuses/friends/alice.json")).json()
    assert (friend["screen_name"], friend["status"]["text"]) == ("bob", "worth keeping")
    [follower] = ElementTree.fromstring((await client.get("/statuses/followers/bob.xml")).content)
    assert follower.findtext("screen_name") == "alice"
    assert (await client.get("/friends/ids/alice.json")).json() == [bob.id]
    ids = ElementTree.fromstring((await client.get("/followers/ids/bob.xml")).content)
    assert (ids.tag, [(one.tag, one.text) for one in ids]) == ("ids", [("id", str(alice.id))])
    exists = await client.get("/friendships/exists.xml", params={"user_a": "bob", "user_b": "alice"}, headers=mine)
    assert ElementTree.fromstring(exists.content).text == "false"
    assert (await client.post(f"/favorites/create/{post.id}.json", headers=mine)).json()["favorited"] is True
    [kept] = (await client.get("/favorites.json", headers=mine)).json()
    assert kept["id"] == post.id
    assert (await client.get("/favorites/bob.json", headers=mine)).status_code == 403
    assert (await client.delete(f"/favorites/destroy/{post.id}.json", headers=mine)).json()["favorited"] is False
    assert (await client.delete("/friendships/destroy/bob.json", headers=mine)).json()["following"] is False
    assert (await client.post("/friendships/destroy/bob.json", headers=mine)).status_code == 403
    await boost_post(world.db, alice, post.id, clock.now())
    assert (await client.get("/statuses/user_timeline/alice.json")).json()[0]["text"] == "RT @bob: worth keeping"
    await block(world.db, bob, alice.id, clock.now())
    assert (await client.get("/statuses/user_timeline/bob.json", headers=mine)).json() == []


async def test_who_hides_their_circle_hides_it_here_too(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    await world.follows(alice, bob)
    token = bearer(await world.token(await world.account("carol")))
    mine = bearer(await world.token(alice))
    await client.patch("/api/v1/accounts/update_credentials", data={"hide_collections": "true"}, headers=mine)
    assert (await client.get("/friends/ids/alice.json", headers=token)).json() == []
    asked = {"user_a": "alice", "user_b": "bob"}
    assert (await client.get("/friendships/exists.json", params=asked, headers=token)).status_code == 403
    assert (await client.get("/friendships/exists.json", params=asked, headers=mine)).json() is True


async def test_the_account(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    mine = bearer(await world.token(alice))
    given = {"name": "Alice L.", "url": "https://alice.example", "location": "Graz", "description": "Tea."}
    made = (await client.post("/account/update_profile.json", data=given, headers=mine)).json()
    assert {k: made[k] for k in given} == given
    await client.post("/account/update_profile.json", data={"url": "http://new.example"}, headers=mine)
    shown = (await client.get("/users/show/alice.json")).json()
    assert (shown["url"], shown["time_zone"], shown["favourites_count"]) == ("http://new.example", None, 0)
    email = await client.post("/account/update_profile.json", data={"email": "x@example.org"}, headers=mine)
    assert email.status_code == 403
    colours = {"profile_link_color": "#f0a", "profile_text_color": "00FF00"}
    made = (await client.post("/account/update_profile_colors.json", data=colours, headers=mine)).json()
    assert (made["profile_link_color"], made["profile_text_color"]) == ("FF00AA", "00FF00")
    wrong = {"profile_link_color": "red; }"}
    assert (await client.post("/account/update_profile_colors.json", data=wrong, headers=mine)).status_code == 400
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(picture, "PNG")
    for name, field in (("image", "profile_image_url"), ("background_image", "profile_background_image_url")):
        made = (await client.post(
            f"/account/update_profile_{name}.json", files={"image": ("a.png", picture.getvalue(), "image/png")},
            headers=mine)).json()
        assert made[field].startswith("https://harken.test/media/")
    text = await client.post("/account/update_profile_image.json", data={"image": "x"}, headers=mine)
    assert text.status_code == 400
    moved = await client.post("/account/update_location.xml", data={"location": "Linz"}, headers=mine)
    assert ElementTree.fromstring(moved.content).findtext("location") == "Linz"
    for device, status in (("im", 200), ("none", 200), ("sms", 403), ("x", 400)):
        answer = await client.post("/account/update_delivery_device.json", data={"device": device}, headers=mine)
        assert answer.status_code == status
    assert (await client.post("/account/end_session.json", headers=mine)).json()["error"] == "Logged out."
    assert (await client.get("/help/test.json")).json() == "ok"
    assert (await client.get("/help/test.xml")).text.endswith("<ok>true</ok>")
    assert (await client.get("/account/nonsense.xml")).status_code == 404


async def test_errors_say_what_was_asked_in_the_format_asked_for(world: World, client: httpx.AsyncClient) -> None:
    missing = await client.get("/users/show/nobody.xml")
    assert missing.status_code == 404
    tree = ElementTree.fromstring(missing.content)
    assert (tree.tag, tree.findtext("request"), tree.findtext("error")) == (
        "hash", "/users/show/nobody.xml", "Not found")
    assert (await client.get("/statuses/show/x.json")).json() == {
        "request": "/statuses/show/x.json", "error": "No status found with that ID."}
    assert (await client.get("/statuses/friends_timeline.atom")).status_code == 401
    assert (await client.get("/statuses/update.json")).status_code == 404


async def test_a_page_of_others_gets_public_things_only(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    await world.post(alice, "tea")
    public = await client.get("/statuses/user_timeline/alice.json", params={"callback": "show"})
    assert public.text.startswith("/**/show([")
    own = await client.get(
        "/statuses/user_timeline/alice.json", params={"callback": "show"}, headers=bearer(await world.token(alice)))
    assert own.headers["content-type"].startswith("application/json")
    wrong = await client.get("/statuses/public_timeline.json", params={"callback": "alert(1)"})
    assert wrong.status_code == 400


async def test_the_limit_that_is_told_is_the_one_that_holds(settings: Settings) -> None:
    limited = msgspec.structs.replace(settings, rate_limit="on", rate_limit_account=5)
    async with opened(limited, strict=True) as engine:
        world = World(engine)
        headers = basic("alice", await world.token(await world.account("alice")))
        transport = httpx.ASGITransport(app=build(engine))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="https://harken.test") as asking:
            for left in (5, 4, 3, 2, 1, 0):
                for _ in range(2):  # asking how many are left takes none away
                    told = (await asking.get("/account/rate_limit_status.json", headers=headers)).json()
                    assert (told["remaining_hits"], told["hourly_limit"]) == (left, 60)
                answer = await asking.get("/account/verify_credentials.json", headers=headers)
                assert answer.status_code == (200 if left else 400), left
            assert told["reset_time_in_seconds"] > clock.now().timestamp()
            tree = ElementTree.fromstring((await asking.get("/account/rate_limit_status.xml")).content)
            assert [one.tag for one in tree] == [
                "remaining-hits", "hourly-limit", "reset-time", "reset-time-in-seconds"]


HOSTILE = ["", "x", "-1", "1e400", "A" * 5000, "9223372036854775808", "%00", "%ED%A0%80", "..%2F..", "'", "%22", "1.5"]
PATHS = [
    ("GET", "/statuses/public_timeline"), ("GET", "/statuses/friends_timeline"), ("GET", "/statuses/user_timeline"),
    ("GET", "/statuses/replies"), ("GET", "/statuses/show/{}"), ("POST", "/statuses/update"),
    ("POST", "/statuses/destroy/{}"), ("GET", "/favorites"), ("GET", "/favorites/{}"), ("POST", "/favorites/create/{}"),
    ("DELETE", "/favorites/destroy/{}"), ("GET", "/direct_messages"), ("GET", "/direct_messages/sent"),
    ("POST", "/direct_messages/new"), ("POST", "/direct_messages/destroy/{}"), ("GET", "/users/show/{}"),
    ("GET", "/statuses/friends/{}"), ("GET", "/statuses/followers"), ("GET", "/friends/ids/{}"),
    ("GET", "/followers/ids"), ("POST", "/friendships/create/{}"), ("POST", "/friendships/destroy/{}"),
    ("GET", "/friendships/exists"), ("POST", "/notifications/follow/{}"), ("POST", "/blocks/create/{}"),
    ("POST", "/blocks/destroy/{}"), ("POST", "/account/update_profile"), ("POST", "/account/update_profile_colors"),
    ("POST", "/account/update_profile_image"), ("POST", "/account/update_location"), ("GET", "/help/test"),
]
NAMES = [
    "id", "user_id", "screen_name", "count", "page", "since_id", "max_id", "since", "callback", "status", "user",
    "text", "in_reply_to_status_id", "user_a", "user_b", "name", "url", "profile_link_color", "image", "id[]",
    "count[a][b]"]


async def test_whatever_is_sent_is_answered(world: World, client: httpx.AsyncClient) -> None:
    token = bearer(await world.token(await world.account("alice")))
    wrong, asked = [], 0
    for turn, (verb, path) in enumerate(PATHS):
        for number, value in enumerate(HOSTILE):
            kind = "xml" if (turn + number) % 2 else "json"
            pairs = "&".join(f"{name}={value}" for name in NAMES[(turn + number) % 3::3])
            address = f"{path.format(value)}.{kind}"
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            for shown in (token, {}):
                asked += 1
                answer = await (
                    client.get(f"{address}?{pairs}", headers=shown) if verb == "GET" else
                    client.request(verb, address, content=pairs.encode(), headers=form | shown))
                if answer.status_code >= 500:
                    wrong.append((verb, address, pairs, answer.text[:200]))
                elif kind == "xml" and answer.content and "xml" in answer.headers["content-type"]:
                    ElementTree.fromstring(answer.content)
    assert not wrong, wrong[:5]
    assert asked > 700

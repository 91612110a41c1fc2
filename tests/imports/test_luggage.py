"""What a member takes along arrives, whole: from one server, through a zip, into another."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from harken import clock
from harken.actions.answer_invitation import answer_invitation
from harken.actions.befriend import accept_friend, ask_friend
from harken.actions.block import block, mute, mute_conversation
from harken.actions.block_domain import block_domain
from harken.actions.boost_post import boost_post
from harken.actions.change_profile import change_profile
from harken.actions.choose_telling import choose_telling
from harken.actions.colour_profile import colour_profile
from harken.actions.delete_post import delete_post
from harken.actions.edit_post import edit_post
from harken.actions.feature import endorse, feature_tag
from harken.actions.follow_tag import follow_tag
from harken.actions.keep_collection import keep_collection
from harken.actions.keep_ear import keep_ear
from harken.actions.keep_filter import keep_filter
from harken.actions.keep_list import add_to_list, keep_list
from harken.actions.keep_post import bookmark_post, favourite_post, pin_post
from harken.actions.keep_set import add_to_set, keep_set
from harken.actions.note_account import note_account
from harken.actions.rate_post import rate_post
from harken.actions.receive_file import begin_file, receive
from harken.actions.schedule_post import schedule_post
from harken.actions.set_alert import set_alert
from harken.actions.sort_bookmark import sort_bookmark
from harken.actions.upload_media import Limits, Upload, upload_media
from harken.actions.vote import vote
from harken.engine import Engine, opened
from harken.errors import Invalid
from harken.exports import export_account
from harken.imports.luggage import Report, Unpacking
from harken.model.account import Account, Field
from harken.model.alert import EarAlert, Mode
from harken.model.file import FileLimits
from harken.model.gathering import Invitation, Rsvp
from harken.model.luggage import KINDS
from harken.model.paging import Window
from harken.model.poll import Ballot
from harken.model.post import AnswerPolicy, Draft
from harken.settings import Settings
from harken.store import luggage, timelines
from tests.world import World

LIMITS = Limits(10_000_000, 100_000_000)


@pytest.fixture
async def other(tmp_path: Path) -> AsyncIterator[World]:
    """Another server."""
    settings = Settings(data=tmp_path / "other", rate_limit="off", url="https://other.test")
    async with opened(settings, strict=True) as engine:
        yield World(engine)


async def exported(engine: Engine, name: str, file: Path) -> dict[str, list[dict[str, Any]]]:
    await export_account(engine.house, name, file)
    with zipfile.ZipFile(file) as packed:
        return {kind: [json.loads(line) for line in packed.read(f"harken/{kind}.jsonl").splitlines()] for kind in KINDS}


async def unpacked(engine: Engine, owner: Account, file: Path) -> Report:
    return await Unpacking(engine.db, engine.media, owner, engine.base_url, LIMITS).unpack(file)


def picture(colour: str) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(made, "PNG")
    return made.getvalue()


async def filled(world: World) -> Account:
    """A member who has something of every kind."""
    db, now, engine = world.db, clock.now(), world.engine
    alice, bob, carol = [await world.account(name) for name in ("alice", "bob", "carol")]
    alice = await change_profile(
        db, alice, now=now, display_name="Alice L.", bio="Tea & more.", location="Graz", hearable=True,
        fields=[Field("Web", "https://alice.example")])
    await colour_profile(db, alice, {"link": "FF00AA"})
    await world.follows(alice, bob)
    await endorse(db, alice, bob.id, now)
    await ask_friend(db, alice, bob.id, now)
    await accept_friend(db, bob, alice.id, now)
    await mute(db, alice, carol.id, now, False)
    foe = await world.account("foe")
    await block(db, alice, foe.id, now)
    await block_domain(db, alice, "noise.example", now)
    await note_account(db, alice, bob.id, "met at lunch")
    kept = await keep_list(db, alice, now, title="Friends", exclusive=True)
    await add_to_list(db, alice, kept.id, [bob.id])
    few = await keep_set(db, alice, now, "Table five")
    await add_to_set(db, alice, few.id, [bob.id, carol.id])
    await keep_collection(db, alice, now, [bob.id], name="Good people", description="Read them.")
    await follow_tag(db, alice, "tea", now)
    await feature_tag(db, alice, "biscuits", now)
    theirs = await world.post(bob, "worth keeping #tea")
    await favourite_post(db, alice, theirs.id, now)
    await bookmark_post(db, alice, theirs.id, now)
    await mute_conversation(db, alice, theirs.id)
    asked = await world.post(bob, "which?", poll=Ballot(options=("a", "b"), seconds=3600))
    await vote(db, alice, asked.id, [1], now)
    await rate_post(db, alice, theirs.id, 4)
    await sort_bookmark(db, alice, asked.id, ["to read", "polls"], now)
    lunch = Invitation(name="Lunch", place="The corner", starts_at=now + timedelta(days=3),
                       ends_at=now + timedelta(days=3, hours=1), zone="Europe/Vienna", remind=60)
    invited = await world.post(bob, "come", event=lunch)
    await answer_invitation(db, alice, invited.id, Rsvp.YES, now)
    await choose_telling(db, alice, {"follow": "daily"})
    ear = await keep_ear(db, alice, "lymphoma OR cancer", "Europe/Vienna", now, "Ask me")
    await set_alert(db, alice, EarAlert(
        ear_id=ear.id, owner_id=alice.id, mode=Mode.DIGEST, email=True, webhook_url="https://hook.example/x"), now)
    await keep_filter(
        db, alice, now, title="Spoilers", contexts=["home"], query="lang:fr", keywords=[("final", True)])
    first = await world.post(alice, "hello @bob #tea", language="en", spoiler="greeting")
    await world.post(alice, "and on I go", reply_to=first)
    await world.post(bob, "hello yourself", reply_to=first)
    await world.post(alice, "the few of you", to="set", sets=(few.id,))
    await world.post(alice, "@bob between us", to="direct")
    await world.post(alice, "for followers", to="followers")
    await world.post(alice, "is it late?", verb="asks", answers=AnswerPolicy.FRIENDS)
    changed = await world.post(alice, "a frist version")
    await edit_post(db, alice, changed.id, text="a first version", now=clock.now())
    await world.post(alice, "choose", poll=Ballot(options=("tea", "coffee"), seconds=3600, multiple=True))
    await world.post(alice, "do come", event=msgspec.structs.replace(lunch, name="Dinner"))
    await world.post(alice, "read this", link="https://example.org/page#part")
    await world.post(alice, "quoting myself", quote_of_id=first.id)
    content = picture("teal")
    file = await upload_media(
        db, engine.media, alice, Upload("a.png", io.BytesIO(content), len(content)), now, LIMITS,
        description="A teal field.", focus=(0.5, -0.5))
    await world.post(alice, "look", media=(file.id,))
    await pin_post(db, alice, first.id, now)
    await boost_post(db, alice, theirs.id, now)
    await boost_post(db, alice, changed.id, now)
    limits = FileLimits(1_000_000, 1_000_000, False)
    sent = await begin_file(db, alice, "notes.bin", 7, limits, now)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"as sent"

    await receive(db, engine.media, alice, sent.id, 0, pieces(), limits)
    await world.post(alice, "take it", file=sent.id)
    content = picture("navy")
    held = await upload_media(
        db, engine.media, alice, Upload("b.png", io.BytesIO(content), len(content)), now, LIMITS, description="Navy.")
    await schedule_post(db, alice, Draft(text="later", media=(held.id,)), now + timedelta(days=2), now)
    await schedule_post(
        db, alice, Draft(text="later still", poll=Ballot(options=("x", "y"), seconds=3600), verb="asks"),
        now + timedelta(days=3), now)
    await world.settle()
    return alice


def compared(taken: dict[str, list[dict[str, Any]]], own: dict[str, str]) -> dict[str, list[Any]]:
    """What is the same wherever it lies: one's own addresses as numbers, names of files left away, groups joined."""
    def said(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: said(v) for k, v in value.items() if k not in ("file", "avatar", "header", "username")}
        if isinstance(value, list):
            return [said(one) for one in value]
        return own.get(value, value) if isinstance(value, str) else value

    made: dict[str, list[Any]] = {}
    for kind, lines in taken.items():
        if kind == "meant":
            continue
        joined: dict[str, Any] = {}
        for line in lines:
            key = line["name"] if "members" in line or kind in ("lists", "sets", "collections") else json.dumps(line)
            known = joined.setdefault(key, said(line) | ({"members": []} if kind in (
                "lists", "sets", "collections") else {}))
            if "members" in known:
                known["members"] = sorted({*known["members"], *line.get("members", [])})
        made[kind] = sorted(joined.values(), key=lambda one: json.dumps(one, sort_keys=True))
    return made


def numbered(taken: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    """One's own posts by address: what was said when."""
    return {p["uri"]: f"{p['created_at']} {p.get('text', '')} {'boost' if 'boost_of' in p else ''}"
            for p in taken["posts"]}


async def test_everything_arrives_and_nothing_is_lost(world: World, other: World, tmp_path: Path) -> None:
    await filled(world)
    before = await exported(world.engine, "alice", tmp_path / "before.zip")
    empty = [kind for kind, lines in before.items() if not lines and kind not in (
        "meant", "permissions", "hidden_messages")]
    assert not empty, f"nothing of these kinds was exported, so nothing is compared: {empty}"
    moved = await other.account("alice")
    namesake = await other.account("bob")
    report = await unpacked(other.engine, moved, tmp_path / "before.zip")
    assert report.refused == {}
    after = await exported(other.engine, "alice", tmp_path / "after.zip")
    left, right = compared(before, numbered(before)), compared(after, numbered(after))
    for post in [*left["posts"], *right["posts"]]:
        # Those who are meant and not here are in `meant`; they come back when they are.
        for name in ("mentions", "recipients", "quote_state"):
            post.pop(name, None)
    for side in (left, right):  # posts of one millisecond stood in the order of what was just left away
        side["posts"].sort(key=lambda post: json.dumps(post, sort_keys=True))
    for kind in KINDS:
        if kind != "meant":
            assert right[kind] == left[kind], kind
    private = {line["post"]: line for line in after["meant"]}
    assert any("bob@harken.test" in line.get("recipients", []) for line in private.values())
    # The bob of the other server is somebody else: he reads nothing that was meant for a few, and is no friend.
    seen = await timelines.of_account(other.db, moved.id, namesake.id, Window(limit=100), clock.now())
    assert {p.visibility.name for p in seen} == {"PUBLIC"}
    assert not [p for p in seen if namesake.id in p.mentions]
    with zipfile.ZipFile(tmp_path / "before.zip") as packed:
        assert [packed.read(n) for n in packed.namelist() if n.startswith("files/")] == [b"as sent"]
        assert packed.read("calendar.ics").count(b"BEGIN:VEVENT") == 2
    with zipfile.ZipFile(tmp_path / "after.zip") as packed:
        assert [n for n in packed.namelist() if n.startswith("media_attachments/")]
        assert [packed.read(n) for n in packed.namelist() if n.startswith("files/")] == [b"as sent"]


# Every table that names an account: what of it an archive holds, or why it stays.
TAKEN = {
    "account", "member", "post", "media", "follow", "block", "mute", "muted_conversation", "blocked_domain",
    "account_note", "favourite", "bookmark", "pin", "vote", "ear", "ear_alert", "listening", "filter", "list",
    "list_member", "people_set", "people_set_member", "friend", "collection", "collection_item", "followed_tag",
    "featured_tag", "endorsement", "scheduled_post", "notification_policy", "notification_permission", "recipient",
    "mention", "file", "hidden_message", "profile_colours", "elsewhere", "bookmark_tag", "rating", "rsvp", "telling",
    "whisper"}
LEFT = {
    "timeline": "made of posts and follows", "home": "made of them", "merged_author": "made of follows",
    "account_stats": "made of posts and follows", "notification": "what others did", "marker": "positions in this log",
    "conversation_mark": "positions in this log", "dismissed": "notifications here", "withheld": "notifications here",
    "dismissed_before": "notifications here", "idempotency": "lives an hour", "alert": "what was sent",
    "letter": "what is sent", "push": "what is sent", "reminder": "what is sent", "severance": "a notice",
    "push_subscription": "a device of this server", "session": "a secret", "token": "a secret", "mail_link": "a secret",
    "authorization_code": "a secret", "calendar_feed": "a secret", "archive": "a file here",
    "dismissed_suggestion": "suggestions of this server", "announcement_read": "of this server",
    "announcement_reaction": "of this server", "report": "for moderators",
    "whisper_right": "by moderators", "report_told": "for moderators",
    "warning": "by moderators", "appeal": "to moderators", "canonical_email_block": "by moderators",
    "forward": "told to others", "invite": "to this server"}


async def test_nothing_that_is_a_member_s_is_forgotten(world: World) -> None:
    """A new table with somebody's things fails here until it is taken along, or said why not."""
    if world.db.dialect != "sqlite":
        pytest.skip("the tables are the same")
    found = set(await world.db.values(
        """SELECT DISTINCT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'
           AND c.name IN ('account_id', 'owner_id', 'author_id', 'follower_id', 'target_id')"""))
    desks = {name for name in found if name.startswith(("desk", "case", "staff", "contact", "story"))}  # of a team
    unknown = found - TAKEN - LEFT.keys() - desks
    assert not unknown, f"neither taken along nor said why not: {sorted(unknown)}"


async def test_importing_twice_adds_nothing_and_what_was_deleted_stays_away(
    world: World, other: World, tmp_path: Path
) -> None:
    await filled(world)
    await exported(world.engine, "alice", tmp_path / "a.zip")
    moved = await other.account("alice")
    first = await unpacked(other.engine, moved, tmp_path / "a.zip")
    once = await exported(other.engine, "alice", tmp_path / "b.zip")
    [gone, *_] = await timelines.of_account(other.db, moved.id, moved.id, Window(limit=100), clock.now(), boosts=False)
    again = await unpacked(other.engine, await other.again(moved), tmp_path / "a.zip")
    twice = await exported(other.engine, "alice", tmp_path / "c.zip")
    assert compared(once, {}) == compared(twice, {})
    assert again.known["posts"] >= first.stored["posts"] - 2
    await delete_post(other.db, moved, gone.id, clock.now())
    await unpacked(other.engine, await other.again(moved), tmp_path / "a.zip")
    assert not await other.sees(moved, gone)


async def test_back_home_everybody_is_known_again(world: World, tmp_path: Path) -> None:
    """Into another account of the server that it comes from: people and posts are found."""
    await filled(world)
    await exported(world.engine, "alice", tmp_path / "a.zip")
    second = await world.account("second")
    report = await unpacked(world.engine, second, tmp_path / "a.zip")
    assert report.aside.keys() <= {"votes", "rsvps", "endorsements", "friends", "meant", "posts"}
    made = await exported(world.engine, "second", tmp_path / "b.zip")
    assert [line["who"] for line in made["follows"]] == ["bob@harken.test"]
    assert made["favourites"]
    assert made["bookmarks"]
    assert made["notes"] == [
        {"who": "bob@harken.test", "text": "met at lunch"}]


def zipped(file: Path, **entries: bytes | str) -> Path:
    start = {"harken/format.json": json.dumps({
        "format": "harken", "version": 1, "server": "https://evil.test", "username": "eve", "actor": "x"})}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in (start | entries).items():
            packed.writestr(name, content)
    return file


async def test_hostile_archives_are_refused_or_harmless(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    eve = await world.account("eve")
    bob = await world.account("bob")
    theirs = await world.post(bob, "only mine", to="direct")
    files = [tmp_path / "none.zip", tmp_path / "empty.zip"]
    files[0].write_bytes(b"PK nonsense")
    zipped(files[1], **{"harken/format.json": "{}"})
    for file in files:
        with pytest.raises(Invalid):
            await unpacked(world.engine, eve, file)
    with monkeypatch.context() as patched:
        patched.setattr("harken.imports.luggage.MAX_BYTES", 1_000_000)
        bomb = zipped(tmp_path / "bomb.zip", **{"harken/posts.jsonl": b"0" * 2_000_000})
        assert bomb.stat().st_size < 10_000
        with pytest.raises(Invalid, match="larger"):
            await unpacked(world.engine, eve, bomb)
        patched.setattr("harken.imports.luggage.MAX_FILES", 3)
        with pytest.raises(Invalid, match="files"):
            await unpacked(world.engine, eve, zipped(tmp_path / "many.zip", **{f"{n}": "" for n in range(5)}))

    def lines(*rows: Any) -> str:
        return "\n".join(json.dumps(row) for row in rows)

    report = await unpacked(world.engine, eve, zipped(tmp_path / "odd.zip", **{
        "../../outside.txt": "x", "/etc/passwd": "x",
        "harken/posts.jsonl": lines(
            {"uri": "https://evil.test/1", "created_at": "2008-06-12T12:00:00Z", "text": "<script>alert(1)</script>",
             "source_url": "javascript:alert(1)", "media": [{"file": "../../etc/passwd"}, {"file": "harken/evil.html"}],
             "recipients": ["bob@harken.test"] * 3, "verb": "rm", "answers": 99, "quote_policy": 77},
            {"uri": "https://evil.test/2", "created_at": "2999-06-12T12:00:00Z", "text": "from the future"},
            {"uri": "https://evil.test/3", "created_at": "2008-06-12", "text": "no zone"},
            {"uri": "https://evil.test/4", "created_at": "2008-06-12T12:00:00Z", "text": "x", "visibility": "all"},
            {"uri": f"https://harken.test{theirs.uri}", "created_at": "2008-06-12T12:00:00Z", "text": "mine now"},
            {"uri": "https://evil.test/5", "created_at": "2008-06-12T12:00:00Z", "text": "y",
             "quote_of": f"https://harken.test{theirs.uri}"},
            [1, 2], "x", {"uri": 5}) + "\n" + "[" * 5000 + "\n{\"a\":\"\xff",
        "harken/evil.html": "<script>1</script>",
        "harken/follows.jsonl": lines({"who": "bob@harken.test"}, {"who": "x" * 1000}, {"who": "nobody"}),
        "harken/favourites.jsonl": lines({"post": f"https://harken.test{theirs.uri}"}),
        "harken/ears.jsonl": lines({"name": "x", "query": "((("}, {"name": "y", "query": "tea", "zone": "../../x",
                                   "mode": "at_once", "webhook_url": "file:///etc/passwd"}),
        "harken/settings.jsonl": lines({"display_name": "x" * 60_000}, {"time_zone": "../etc"}, {"role": 3}),
    }))
    assert report.refused["posts"]
    assert report.refused["ears"]
    assert report.refused["settings"]
    shown = await timelines.of_account(world.db, eve.id, eve.id, Window(limit=50), clock.now())
    assert {p.text for p in shown} == {"<script>alert(1)</script>", "y"}
    for post in shown:
        assert "<script" not in post.html
        assert (post.source_url, post.verb, post.quote_of_id) == (None, None, None)
        assert max(post.answers, post.quote_policy) <= 2
    assert not (tmp_path / "outside.txt").exists()
    assert not (await luggage.kept(world.db, "favourites", eve.id, "https://harken.test"))
    assert (await world.again(eve)).display_name == ""
    assert msgspec.json.encode(report)

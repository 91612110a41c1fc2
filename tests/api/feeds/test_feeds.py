"""Feeds as readers use them: what is in them, what is not, and what is gone at once."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import feedparser
import httpx
import pytest

from harken import clock
from harken.actions.change_state import suspend
from harken.actions.delete_account import begin_deletion
from harken.actions.delete_post import delete_post
from harken.actions.edit_post import edit_post
from harken.store import accounts
from tests.world import World

HOSTILE = "]]> <script>alert(1)</script> &amp; &#0; \" ' \x0b\x1b é 😀 <!--  -->"
KINDS = ("atom", "json", "rss")


async def read(client: httpx.AsyncClient, address: str, **params: Any) -> Any:
    """The feed as feedparser understands it; what it finds strange fails."""
    answer = await client.get(address, params=params or None)
    assert answer.status_code == 200, (address, answer.status_code, answer.text[:300])
    found = feedparser.parse(answer.content, response_headers={"content-type": answer.headers["content-type"]})
    assert not found.bozo, found.bozo_exception
    return found


async def ids(client: httpx.AsyncClient, address: str, **params: Any) -> list[str]:
    """The posts of a JSON feed, by the last part of their address."""
    answer = await client.get(address, params=params or None)
    assert answer.status_code == 200, (address, answer.text)
    return [item["url"].rsplit("/", 1)[1] for item in answer.json()["items"]]


async def test_an_account_has_a_feed_in_three_formats(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice", display_name="Alice A.")
    bob = await world.account("bob")
    post = await world.post(alice, "Good morning @bob #Tea https://example.org/x", language="en")
    for kind in ("atom", "rss"):
        found = await read(client, f"/@alice.{kind}")
        assert found.feed.title == "Alice A. (@alice)"
        assert found.feed.link == "https://harken.test/@alice"
        [entry] = found.entries
        assert entry.link == f"https://harken.test/@alice/{post.id}"
        assert entry.author == "Alice A. (@alice)"
        assert [tag.term for tag in entry.tags] == ["Tea"]
        html = entry.content[0].value if kind == "atom" else entry.summary
        assert 'href="https://harken.test/tags/tea"' in html
        assert f'href="https://harken.test/@{bob.username}"' in html
        assert 'href="/' not in html
    made = (await client.get("/@alice.json")).json()
    assert made["version"] == "https://jsonfeed.org/version/1.1"
    assert (made["home_page_url"], made["feed_url"]) == ("https://harken.test/@alice", "https://harken.test/@alice.json")
    [item] = made["items"]
    assert item["content_text"] == post.text
    assert item["authors"][0]["url"] == "https://harken.test/@alice"
    assert (item["tags"], item["language"]) == (["Tea"], "en")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", item["date_published"])


async def test_an_atom_feed_has_what_the_standard_demands(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    await world.post(alice, "one", spoiler="careful")
    await world.post(alice, "two")
    name = "{http://www.w3.org/2005/Atom}"
    for address in ("/@alice.atom", "/tags/nothing.atom", "/feeds/search.atom?q=nothing", "/feeds/search.atom?q=o*"):
        root = ElementTree.fromstring((await client.get(address)).content)
        assert root.tag == f"{name}feed"
        for one in (root, *root.iter(f"{name}entry")):  # RFC 4287, 4.1.1 and 4.1.2
            assert [len(one.findall(name + part)) for part in ("id", "title", "updated")] == [1, 1, 1]
        relations = [link.get("rel", "") for link in root.findall(f"{name}link")]
        assert sorted(relations) == ["alternate", "self"]
        for entry in root.iter(f"{name}entry"):
            assert entry.find(f"{name}author/{name}name") is not None


async def test_whatever_people_write_the_xml_is_well_formed(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice", display_name=HOSTILE[:30])
    post = await world.post(alice, f"{HOSTILE} #tea", spoiler="<b>careful</b>")
    # History may hold what the post box takes out.
    async with world.db.transaction() as tx:
        await tx.execute(
            "UPDATE post SET text = text || :bad, html = html || :bad WHERE id = :id", id=post.id, bad="\x0b\x1f\ufffe")
    for address in ("/@alice", "/tags/tea", "/feeds/search"):
        for kind in ("atom", "rss"):
            query = {"q": "tea -\"]]>&<never\""} if "search" in address else {}
            found = await read(client, f"{address}.{kind}", **query)
            [entry] = found.entries
            html = entry.content[0].value if kind == "atom" else entry.summary
            assert "<script" not in html
            assert "&lt;script" in html or "alert(1)" in html
            assert html.index("careful") < html.index("alert")
    item = (await client.get("/@alice.json")).json()["items"][0]
    assert item["summary"] == "<b>careful</b>"
    assert "content_text" not in item
    assert "<script" not in item["content_html"]


@pytest.mark.parametrize("to, heard", [
    ("public", True), ("unlisted", False), ("followers", False), ("direct", False)])
async def test_feeds_hold_what_is_said_to_everybody(
    world: World, client: httpx.AsyncClient, to: str, heard: bool
) -> None:
    alice = await world.account("alice")
    post = await world.post(alice, "a cup of #tea", to=to)
    expected = [str(post.id)] if heard else []
    assert await ids(client, "/@alice.json") == expected
    assert await ids(client, "/tags/tea.json") == expected
    assert await ids(client, "/feeds/search.json", q="cup") == expected


async def test_signing_in_does_not_widen_a_feed(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    await world.post(alice, "for #tea friends", to="followers")
    client.cookies.update(await world.cookies(alice))
    headers = {"Authorization": f"Bearer {await world.token(alice)}"}
    for address in ("/@alice.json", "/tags/tea.json", "/feeds/search.json?q=tea"):
        assert (await client.get(address, headers=headers)).json()["items"] == []


async def test_replies_to_others_are_not_in_the_feed_of_an_account(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    question = await world.post(bob, "who knows?")
    await world.post(alice, "@bob I do", reply_to=question)
    first = await world.post(alice, "a thread")
    second = await world.post(alice, "goes on", reply_to=first)
    assert await ids(client, "/@alice.json") == [str(second.id), str(first.id)]


async def test_what_is_deleted_is_gone_from_every_feed_at_once(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    kept, post = await world.post(alice, "#tea in a cup"), await world.post(alice, "#tea spilt")
    addresses = ("/@alice.json", "/tags/tea.json", "/feeds/search.json?q=tea")
    before = {address: await client.get(address) for address in addresses}
    assert all(str(post.id) in answer.text for answer in before.values())
    await delete_post(world.db, alice, post.id, clock.now())
    for address, old in before.items():
        headers = {"If-None-Match": old.headers["etag"], "If-Modified-Since": old.headers["last-modified"]}
        now = await client.get(address, headers=headers)
        assert (now.status_code, str(post.id) in now.text, str(kept.id) in now.text) == (200, False, True)
        # A date alone must not keep what was deleted either.
        alone = await client.get(address, headers={"If-Modified-Since": old.headers["last-modified"]})
        assert (alone.status_code, str(post.id) in alone.text) == (200, False)


async def test_a_reader_that_has_it_already_gets_304(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    post = await world.post(alice, "#tea")
    for stem in ("/@alice.", "/tags/tea.", "/feeds/search."):
        for kind in KINDS:
            params = {"q": "tea"} if "search" in stem else None
            first = await client.get(stem + kind, params=params)
            tag = first.headers["etag"]
            assert first.headers["cache-control"] == "public, no-cache"
            assert "last-modified" in first.headers
            for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
                again = await client.get(stem + kind, params=params, headers={"If-None-Match": known})
                assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
            assert (await client.get(stem + kind, params=params, headers={"If-None-Match": '"x"'})).status_code == 200
    before = (await client.get("/@alice.atom")).headers["etag"]
    await edit_post(world.db, alice, post.id, text="#tea, edited", spoiler="", sensitive=False, language=None,
                    now=clock.now(), max_characters=500)
    after = await client.get("/@alice.atom", headers={"If-None-Match": before})
    assert after.status_code == 200
    assert "edited" in after.text


async def test_no_feed_for_the_protected_the_suspended_and_the_deleted(
    world: World, client: httpx.AsyncClient
) -> None:
    await world.account("shy", protected=True)
    suspended, leaving = await world.account("bad"), await world.account("leaving")
    for kind in KINDS:
        assert (await client.get(f"/@shy.{kind}")).status_code == 404
        assert (await client.get(f"/@nobody.{kind}")).status_code == 404
        assert (await client.get(f"/@bad.{kind}")).status_code == 200
        assert (await client.get(f"/@leaving.{kind}")).status_code == 200
    await suspend(world.db, suspended.id, clock.now())
    await begin_deletion(world.db, leaving.id, clock.now())
    for kind in KINDS:
        assert (await client.get(f"/@bad.{kind}")).status_code == 404
        assert (await client.get(f"/@leaving.{kind}")).status_code == 410


async def test_who_does_not_want_to_be_indexed_says_so_to_crawlers_and_is_in_no_search_feed(
    world: World, client: httpx.AsyncClient
) -> None:
    alice = await world.account("alice", indexable=True)
    await world.post(alice, "tea")
    assert len(await ids(client, "/feeds/search.json", q="tea")) == 1
    async with world.db.transaction() as tx:
        await accounts.change(tx, alice.id, indexable=False, noindex=True)
    assert await ids(client, "/feeds/search.json", q="tea") == []
    assert (await client.get("/@alice.atom")).headers["x-robots-tag"] == "noindex"
    async with world.db.transaction() as tx:
        await accounts.change(tx, alice.id, noindex=False)
    assert "x-robots-tag" not in (await client.get("/@alice.atom")).headers


@pytest.mark.parametrize("stem", ["/@alice.json", "/tags/tea.json", "/feeds/search.json?q=tea"])
async def test_older_posts_are_on_further_pages_without_gaps_or_repeats(
    world: World, client: httpx.AsyncClient, stem: str
) -> None:
    alice = await world.account("alice")
    said = [str((await world.post(alice, f"#tea {n}")).id) for n in range(25)]
    first = (await client.get(stem)).json()
    assert len(first["items"]) == 20
    await world.post(alice, "#tea, one more")
    second = (await client.get(first["next_url"])).json()
    found = [item["url"].rsplit("/", 1)[1] for item in first["items"] + second["items"]]
    assert found == said[::-1]
    assert "next_url" not in second
    assert len((await client.get(stem, params={"q": "tea", "limit": 1000})).json()["items"]) <= 40


async def test_pages_tell_of_their_feeds(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    await world.account("shy", protected=True)
    await world.post(alice, "#tea")
    for page in ("/@alice", "/tags/tea", "/search?q=tea+%26+%22cake%22"):
        html = (await client.get(page)).text
        links = re.findall(r'<link rel="alternate" type="([^"]+)"[^>]* href="([^"]+)"', html)
        kinds = ["application/atom+xml", "application/feed+json", "application/rss+xml"]
        kinds += ["application/json+oembed"] * (page == "/@alice")
        assert [kind for kind, _ in links] == kinds, page
        for kind, address in links:
            answer = await client.get(address.replace("&amp;", "&"))
            assert answer.status_code == 200, (page, address)
            assert answer.headers["content-type"].startswith(kind.replace("json+oembed", "json"))
    assert 'rel="alternate"' not in (await client.get("/@shy")).text


@pytest.mark.parametrize("address, status", [
    ("/feeds/search.atom", 422), ("/feeds/search.atom?q=", 422), ("/feeds/search.atom?q=(tea", 422),
    ("/feeds/search.atom?q=in:home", 401), ("/feeds/search.exe?q=a", 404), ("/feeds/other.atom?q=a", 404),
    ("/feeds/search.atom?q=a&max_id=x", 422), ("/feeds/search.atom?q=" + "a" * 1001, 422)])
async def test_a_bad_address_says_what_is_wrong(client: httpx.AsyncClient, address: str, status: int) -> None:
    answer = await client.get(address)
    assert answer.status_code == status
    assert isinstance(answer.json()["error"], str)


async def test_an_ear_has_a_feed_at_a_secret_address(world: World, client: httpx.AsyncClient) -> None:
    ann, bob, shy = await world.account("ann"), await world.account("bob"), await world.account("shy", protected=True)
    await world.follows(ann, shy)
    headers = {"Authorization": f"Bearer {await world.token(ann)}"}
    ears = "/api/harken/v1/ears"
    ear = (await client.post(ears, json={"query": "clinic is:question"}, headers=headers)).json()
    assert ear["feed_url"] is None
    address = (await client.patch(f"{ears}/{ear['id']}", json={"feed": True}, headers=headers)).json()["feed_url"]
    empty = await read(client, address)
    assert empty.entries == []
    said = await world.post(bob, "Which clinic is good?")
    await world.post(shy, "Which clinic is near?")
    await world.post(bob, "Which clinic for me?", to="followers")
    await world.settle()
    assert len((await client.get(f"{ears}/{ear['id']}/heard", headers=headers)).json()) == 2  # the protected one's too
    for kind in KINDS:
        at = address.replace(".atom", f".{kind}")
        answer = await client.get(at)
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert (await client.get(at, headers={"If-None-Match": answer.headers["etag"]})).status_code == 304
    assert await ids(client, address.replace(".atom", ".json")) == [str(said.id)]
    [entry] = (await read(client, address)).entries
    assert "<code>clinic</code> <code>is:question</code>" in entry.content[0].value
    # A new address ends the old one; the feed can be ended; and nobody reads for somebody who is suspended.
    new = (await client.patch(f"{ears}/{ear['id']}", json={"feed": True}, headers=headers)).json()["feed_url"]
    assert new != address
    assert ((await client.get(address)).status_code, (await client.get(new)).status_code) == (404, 200)
    kept = (await client.patch(f"{ears}/{ear['id']}", json={"name": "Care"}, headers=headers)).json()
    assert kept["feed_url"] == new
    await suspend(world.db, ann.id, clock.now())
    assert (await client.get(new)).status_code == 404
    for wrong in ("/feeds/ears/.atom", "/feeds/ears/x.atom", "/feeds/ears/x", new.replace(".atom", ".exe")):
        assert (await client.get(wrong)).status_code == 404, wrong


async def test_an_ears_feed_has_pages(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    headers = {"Authorization": f"Bearer {await world.token(ann)}"}
    ear = (await client.post("/api/harken/v1/ears", json={"query": "tea"}, headers=headers)).json()
    path = f"/api/harken/v1/ears/{ear['id']}"
    address = (await client.patch(path, json={"feed": True}, headers=headers)).json()["feed_url"]
    said = [str((await world.post(bob, f"tea {n}")).id) for n in range(5)]
    await world.settle()
    stem = address.replace(".atom", ".json")
    first = (await client.get(stem, params={"limit": 3})).json()
    second = (await client.get(first["next_url"])).json()
    assert [item["url"].rsplit("/", 1)[1] for item in first["items"] + second["items"]] == said[::-1]

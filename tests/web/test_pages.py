"""What people see: every page, without JavaScript, for members and visitors, with bad input too."""

from __future__ import annotations

import re
from html import unescape

import httpx
import msgspec
import pytest

from harken import clock
from harken.actions.block import block
from harken.actions.keep_post import favourite_post, pin_post
from harken.engine import Engine
from harken.model.account import Account
from harken.store import posts, timelines
from harken.web.conversations import arranged
from harken.web.languages import preferred
from harken.web.marks import marked
from harken.web.pages import safe_path
from tests.world import World

pytestmark = pytest.mark.anyio


async def sign_in(client: httpx.AsyncClient, world: World, account: Account) -> None:
    client.cookies.clear()
    for name, value in (await world.cookies(account)).items():
        client.cookies.set(name, value)


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found, "the page has no form"
    return found[1]


async def send(client: httpx.AsyncClient, path: str, on: str = "/about", **fields: str) -> httpx.Response:
    """Submit a form of the page `on`."""
    token = csrf((await client.get(on)).text)
    return await client.post(path, data={"csrf": token, **fields})


def texts(page: str) -> list[str]:
    """The texts of the posts on a page."""
    found = re.findall(r'<div class="text" dir="auto"[^>]*>(.*?)</div>', page, re.S)
    return [unescape(re.sub("<[^>]+>", "", t)) for t in found]


@pytest.mark.parametrize("path", [
    "/", "/public", "/search", "/search?q=tea", "/people", "/people?order=newest", "/about", "/about/listening",
    "/help/search", "/@alice", "/@alice?tab=replies", "/@alice?tab=media", "/@alice/followers", "/@alice/following",
    "/tags/tea"])
@pytest.mark.parametrize("as_member", [False, True])
async def test_every_public_page_is_read_by_everybody(
    world: World, client: httpx.AsyncClient, path: str, as_member: bool
) -> None:
    alice = await world.account("alice")
    await world.post(alice, "A pot of #tea for two")
    if as_member:
        await sign_in(client, world, alice)
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.count("<h1") == 1
    assert re.search(r"<title>[^<]+</title>", answer.text)
    # A strict Content-Security-Policy allows neither.
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script>|javascript:", answer.text)


@pytest.mark.parametrize("path", ["/favourites", "/bookmarks", "/notifications", "/follow-requests", "/compose"])
async def test_a_members_page_sends_visitors_to_sign_in_and_back(
    world: World, client: httpx.AsyncClient, path: str
) -> None:
    refused = await client.get(path)
    assert (refused.status_code, refused.headers["location"]) == (303, f"/sign-in?next={path}")
    await sign_in(client, world, await world.account("alice"))
    assert (await client.get(path)).status_code == 200


async def test_a_post_is_on_ones_page_before_any_consumer_has_run(world: World, client: httpx.AsyncClient) -> None:
    await sign_in(client, world, await world.account("alice"))
    answer = await send(client, "/compose", "/", text="Bread & <butter>", visibility="0", language="en")
    assert answer.status_code == 303
    home = await client.get(answer.headers["location"])
    assert texts(home.text) == ["Bread & <butter>"]
    assert "<butter>" not in home.text
    await world.settle()
    assert texts((await client.get(answer.headers["location"])).text) == ["Bread & <butter>"]


@pytest.mark.parametrize(("text", "reason"), [
    ("", "write something first"), ("   ", "write something first"), ("x" * 501, "longer than 500")])
async def test_what_cannot_be_published_comes_back_with_the_reason_and_the_text(
    world: World, client: httpx.AsyncClient, text: str, reason: str
) -> None:
    await sign_in(client, world, await world.account("alice"))
    answer = await send(client, "/compose", "/", text=text, visibility="2", language="de")
    assert answer.status_code == 422
    assert reason in answer.text
    assert text.strip() in answer.text
    assert re.search(r'<option value="2"[^>]* selected', answer.text)


@pytest.mark.parametrize("token", ["", "0" * 64, "é", None])
async def test_a_stale_form_changes_nothing_and_says_so(
    world: World, client: httpx.AsyncClient, token: str | None
) -> None:
    alice = await world.account("alice")
    await sign_in(client, world, alice)
    fields = {"text": "forged", "visibility": "0"} | ({} if token is None else {"csrf": token})
    answer = await client.post("/compose", data=fields)
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.text
    assert (await world.again(alice)).posts == 0


async def test_a_form_of_somebody_else_is_stale(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    await sign_in(client, world, bob)
    foreign = csrf((await client.get("/")).text)
    await sign_in(client, world, alice)
    assert (await client.post("/compose", data={"csrf": foreign, "text": "hi", "visibility": "0"})).status_code == 403


async def test_sending_a_form_twice_posts_once(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    await sign_in(client, world, alice)
    for _ in range(2):
        await send(client, "/compose", "/", text="Once", visibility="0", key="the same form")
    assert (await world.again(alice)).posts == 1


@pytest.mark.parametrize(("verb", "property_name"), [
    ("favourite", "favourited"), ("boost", "boosted"), ("bookmark", "bookmarked")])
async def test_a_button_does_and_undoes(
    world: World, client: httpx.AsyncClient, verb: str, property_name: str
) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    post = await world.post(alice, "Jam")
    await sign_in(client, world, bob)
    answer = await send(client, f"/posts/{post.id}/{verb}", "/public", back="/public")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/public#post-{post.id}")
    assert getattr(await posts.visible(world.db, post.id, bob.id), property_name)
    token = csrf((await client.get("/public")).text)
    piece = await client.post(
        f"/posts/{post.id}/un{verb}", data={"csrf": token, "back": "/public"}, headers={"HX-Request": "true"})
    assert piece.status_code == 200
    assert piece.text.strip().startswith("<footer>")
    assert not getattr(await posts.visible(world.db, post.id, bob.id), property_name)


@pytest.mark.parametrize("verb", ["favourite", "boost", "bookmark", "pin", "delete", "mute", "nonsense"])
async def test_what_is_hidden_cannot_be_touched_and_is_not_revealed(
    world: World, client: httpx.AsyncClient, verb: str
) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    secret = await world.post(alice, "For followers", to="followers")
    await sign_in(client, world, bob)
    for target in (str(secret.id), "1", "x", "9" * 30):
        assert (await send(client, f"/posts/{target}/{verb}")).status_code == 404


async def test_a_post_is_deleted_after_a_question(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    post = await world.post(alice, "Regret")
    await sign_in(client, world, alice)
    asked = await client.get(f"/posts/{post.id}/delete?back=/@alice")
    assert "Delete this post?" in asked.text
    assert "Regret" in asked.text
    answer = await send(client, f"/posts/{post.id}/delete", back="/@alice")
    assert answer.headers["location"] == "/@alice"
    assert not await world.sees(alice, post)
    assert (await client.get(f"/@alice/{post.id}")).status_code == 404


async def test_an_edit_shows_the_new_text_and_keeps_the_old(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    post = await world.post(alice, "Tuesday")
    await sign_in(client, world, alice)
    assert (await send(client, f"/edit/{post.id}", f"/edit/{post.id}", text="Wednesday")).status_code == 303
    page = await client.get(f"/@alice/{post.id}")
    assert texts(page.text) == ["Wednesday"]
    assert "edited" in page.text
    assert texts((await client.get(f"/posts/{post.id}/history")).text) == ["Wednesday", "Tuesday"]
    await sign_in(client, world, bob)
    assert (await client.get(f"/edit/{post.id}")).status_code == 404


async def test_the_conversation_shows_those_above_the_post_and_those_below(
    world: World, client: httpx.AsyncClient
) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    first = await world.post(alice, "one")
    second = await world.post(bob, "two", reply_to=first)
    aside = await world.post(bob, "aside", reply_to=first)
    third = await world.post(alice, "three", reply_to=second)
    page = await client.get(f"/@bob/{second.id}")
    assert texts(page.text) == ["one", "two", "three"]
    assert "1 more post in this conversation" in page.text
    assert texts((await client.get(f"/@alice/{first.id}")).text) == ["one", "two", "three", "aside"]
    assert (await client.get(f"/@alice/{second.id}")).status_code == 404
    assert aside.id > second.id < third.id


async def test_a_deep_conversation_reads_to_its_end(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    last = first = await world.post(alice, "0")
    for number in range(1, 120):
        last = await world.post(alice, str(number), reply_to=last)
    assert texts((await client.get(f"/@alice/{first.id}")).text) == [str(n) for n in range(120)]
    assert texts((await client.get(f"/@alice/{last.id}")).text) == [str(n) for n in range(120)]


async def test_the_tree_has_every_answer_once_even_if_ids_form_a_ring(world: World) -> None:
    alice = await world.account("alice")
    post = await world.post(alice, "root")
    seen = await posts.visible(world.db, post.id, alice.id)
    ring = msgspec.structs.replace(seen, in_reply_to_id=seen.id)
    tree = arranged(ring, [ring])
    assert (tree.above, tree.below, tree.elsewhere) == ([], [], 0)


async def test_following_and_its_end_from_a_profile(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob", protected=True)
    await sign_in(client, world, alice)
    assert "Ask to follow" in (await client.get("/@bob")).text
    await send(client, f"/people/{bob.id}/follow", back="/@bob")
    assert "Take request back" in (await client.get("/@bob")).text
    await sign_in(client, world, bob)
    assert "alice" in (await client.get("/follow-requests")).text
    await send(client, f"/people/{alice.id}/accept", back="/follow-requests")
    assert "alice" in (await client.get("/@bob/followers")).text
    await sign_in(client, world, alice)
    assert "Unfollow" in (await client.get("/@bob")).text
    await send(client, f"/people/{bob.id}/block", back="/@bob")
    assert "Unblock" in (await client.get("/@bob")).text


async def test_across_a_block_a_profile_shows_no_posts(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    await world.post(alice, "private thoughts in public")
    await block(world.db, alice, bob.id, clock.now())
    await sign_in(client, world, bob)
    page = await client.get("/@alice")
    assert page.status_code == 200
    assert "private thoughts" not in page.text
    assert "You cannot see these posts" in page.text


async def test_pinned_posts_stand_first_and_once(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    pinned = await world.post(alice, "pinned")
    await world.post(alice, "newer")
    await pin_post(world.db, alice, pinned.id, clock.now())
    assert await timelines.pinned(world.db, alice.id, 0, clock.now())
    assert texts((await client.get("/@alice")).text) == ["pinned", "newer"]


async def test_notifications_are_grouped_marked_and_read(world: World, client: httpx.AsyncClient) -> None:
    alice, bob, carol = [await world.account(name) for name in ("alice", "bob", "carol")]
    post = await world.post(alice, "Cake at four")
    for friend in (bob, carol):
        await favourite_post(world.db, friend, post.id, clock.now())
    await world.post(bob, "@alice I come", reply_to=post)
    await world.settle()
    await sign_in(client, world, alice)
    page = (await client.get("/notifications")).text
    assert page.count('class="unread"') == 2
    assert re.search(r"carol.*and.*bob.*favourited your post", page, re.S)
    assert "answered you" in page
    again = (await client.get("/notifications")).text
    assert 'class="unread"' not in again
    assert (await client.get("/fragments/unread")).text == "0"


async def test_pages_of_a_timeline_have_no_gap_and_no_repeat(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    for number in range(45):
        await world.post(alice, f"number {number}")
    read: list[str] = []
    path: str | None = "/public"
    while path:
        page = (await client.get(path)).text
        read += texts(page)
        await world.post(alice, "arrives meanwhile")
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = unescape(older[1]) if older else None
    assert read == [f"number {n}" for n in reversed(range(45))]


@pytest.mark.parametrize("path", [
    "/public?before=x", "/public?before=-1", "/@alice?before=1e9", "/people?from=x", "/search?q=a&before=%00"])
async def test_a_bad_cursor_is_an_error_in_words(world: World, client: httpx.AsyncClient, path: str) -> None:
    await world.account("alice")
    answer = await client.get(path)
    assert answer.status_code == 422
    assert "start again from the first page" in answer.text


@pytest.mark.parametrize("path", [
    "/nothing", "/@nobody", "/@", "/@a@b@c", "/@alice/x", "/@alice/1", "/@alice/99999999999999999999", "/tags/%23",
    "/edit/1", "/posts/1/delete", "/posts/1/history", "/static/nothing.css", "/static/../pages.py", "/x/y"])
async def test_what_is_not_there_is_a_friendly_404(world: World, client: httpx.AsyncClient, path: str) -> None:
    await sign_in(client, world, await world.account("alice"))
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


async def test_search_marks_matches_and_says_what_it_covers(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    await world.post(alice, "The clinic opens\n\nat <nine>, says the Clinic")
    await world.post(alice, "Nothing here")
    page = (await client.get("/search?q=clinic")).text
    assert "The <mark>clinic</mark> opens</p><p>at &lt;nine&gt;, says the <mark>Clinic</mark>" in page
    assert "Searched 2 posts" in page
    assert 'data-live="search"' in page


async def test_a_query_that_cannot_be_read_points_at_the_character(world: World, client: httpx.AsyncClient) -> None:
    answer = await client.get("/search", params={"q": "tea AND (toast OR"})
    assert answer.status_code == 422
    assert '<mark>OR</mark>' in answer.text
    assert "tea AND (toast <mark>OR</mark>" in answer.text
    assert '<article class="post' not in answer.text
    assert 'value="tea AND (toast OR"' in answer.text


async def test_new_matches_come_as_a_piece_of_the_page(world: World, client: httpx.AsyncClient) -> None:
    alice = await world.account("alice")
    old = await world.post(alice, "clinic one")
    new = await world.post(alice, "clinic two")
    piece = await client.get("/fragments/search", params={"q": "clinic", "after": str(old.id)})
    assert texts(piece.text) == ["clinic two"]
    ids = await client.get("/fragments/search", params={"q": "clinic", "after": str(old.id), "ids": "1"})
    assert ids.text == str(new.id)
    assert (await client.get("/fragments/home?after=1")).status_code == 303


async def test_a_deleted_post_is_not_found_and_an_edited_one_by_its_new_words(
    world: World, client: httpx.AsyncClient
) -> None:
    alice = await world.account("alice")
    post = await world.post(alice, "marmalade")
    await sign_in(client, world, alice)
    await send(client, f"/edit/{post.id}", text="chutney")
    assert texts((await client.get("/search?q=marmalade")).text) == []
    assert texts((await client.get("/search?q=chutney")).text) == ["chutney"]
    await send(client, f"/posts/{post.id}/delete")
    assert texts((await client.get("/search?q=chutney")).text) == []


async def test_colours_are_chosen_and_kept_by_visitors_too(world: World, client: httpx.AsyncClient) -> None:
    answer = await send(client, "/appearance", theme="dark", back="/about")
    assert answer.headers["location"] == "/about"
    assert '<html lang="en" data-theme="dark">' in (await client.get("/about")).text
    await send(client, "/appearance", theme="", back="https://evil.example/")
    assert '<html lang="en">' in (await client.get("/about")).text


async def test_crawlers_are_asked_to_stay_away_where_the_author_wants_it(
    world: World, client: httpx.AsyncClient
) -> None:
    shy, open_one = await world.account("shy", noindex=True), await world.account("open_one", noindex=False)
    for author, marked_page in ((shy, True), (open_one, False)):
        post = await world.post(author, "hello")
        for path in (f"/@{author.username}", f"/@{author.username}/{post.id}"):
            assert ('content="noindex"' in (await client.get(path)).text) is marked_page


async def test_static_files_are_kept_for_a_year_under_the_name_of_their_content(client: httpx.AsyncClient) -> None:
    page = (await client.get("/about")).text
    address = re.search(r'href="(/static/style\.css\?v=[0-9a-f]{12})"', page)
    assert address
    style = await client.get(address[1])
    assert "immutable" in style.headers["cache-control"]
    assert style.headers["content-type"].startswith("text/css")
    assert "immutable" not in (await client.get("/static/style.css")).headers["cache-control"]
    unchanged = await client.get(address[1], headers={"If-None-Match": style.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


async def test_a_timeline_costs_the_same_number_of_statements_whatever_its_length(
    world: World, client: httpx.AsyncClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await world.account("alice")
    await world.post(alice, "first")
    await world.settle()
    await sign_in(client, world, alice)

    async def statements() -> int:
        asked = 0
        for name in ("all", "find", "value", "values", "rows", "patient"):
            original = getattr(engine.db, name)

            async def counting(*arguments: object, _original: object = original, **values: object) -> object:
                nonlocal asked
                asked += "ip_block" not in str(arguments[-1])  # which is asked once a second
                return await _original(*arguments, **values)  # type: ignore[operator]

            monkeypatch.setattr(engine.db, name, counting)
        await client.get("/")
        monkeypatch.undo()
        return asked

    await client.get("/")  # what is kept in memory is there now
    few = await statements()
    for number in range(19):
        await world.post(alice, f"@alice number {number} #tag{number}")
    await world.settle()
    await client.get("/")
    assert await statements() == few


@pytest.mark.parametrize(("text", "safe"), [
    ("/public#x", True), ("//evil.example", False), ("https://evil.example", False), ("/\\evil", False), ("", False),
    ("/a\r\nSet-Cookie: x", False), ("/search?q=a%20b", True)])
async def test_a_redirect_stays_on_this_server(text: str, safe: bool) -> None:
    assert (safe_path(text, "/safe") == text) is safe


@pytest.mark.parametrize(("body", "text", "spans", "expected"), [
    ("<p>a &amp; b</p>", "a & b", [(2, 3)], "<p>a <mark>&amp;</mark> b</p>"),
    ("<p>one<br>two</p>", "one\ntwo", [(0, 7)], "<p><mark>one</mark><br><mark>two</mark></p>"),
    ("<p>from elsewhere</p>", "something else", [(0, 4)], "<p>from elsewhere</p>"),
    ("<p>a</p>", "a", [], "<p>a</p>")])
async def test_marks_follow_the_text_through_its_html(
    body: str, text: str, spans: list[tuple[int, int]], expected: str
) -> None:
    assert marked(body, text, spans) == expected


@pytest.mark.parametrize("header", ["", "en", "xx,yy;q=0.5", "de;q=x", ";;;,,,", "q=1"])
async def test_any_accept_language_gives_a_language(header: str) -> None:
    assert preferred(header)


async def test_a_conversation_unfolds_with_what_the_reader_may_see(world: World, client: httpx.AsyncClient) -> None:
    alice, bob = await world.account("alice"), await world.account("bob")
    question = await world.post(alice, "who knows a <dentist>?")
    hidden = await world.post(bob, "@alice secretly", to="direct", reply_to=question)
    answer = await world.post(bob, "@alice the one by the harbour", reply_to=question)
    alone = await world.post(alice, "harbour walk")
    page = (await client.get("/search?q=harbour")).text
    assert f'data-unfold="/fragments/conversation/{answer.id}"' in page
    assert f"/fragments/conversation/{alone.id}" not in page
    assert "data-unfold" not in (await client.get("/public")).text
    thread = (await client.get(f"/fragments/conversation/{answer.id}")).text
    assert "who knows a &lt;dentist&gt;?" in thread
    assert "secretly" not in thread
    assert thread.index(str(question.id)) < thread.index("aria-current") < thread.index("the one by the harbour")
    assert (await client.get(f"/fragments/conversation/{hidden.id}")).status_code == 404
    assert (await client.get("/fragments/conversation/x")).status_code == 404
    client.cookies.update(await world.cookies(alice))
    assert "secretly" in (await client.get(f"/fragments/conversation/{question.id}")).text

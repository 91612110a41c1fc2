"""Polls, quotes and planned posts on pages that need no scripts."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from harken import clock
from harken.actions.vote import vote
from harken.model.account import Account
from harken.model.poll import Ballot
from harken.model.post import Post, QuotePolicy
from harken.model.preview import Preview
from harken.store import polls, posts, previews, scheduled
from harken.timetable import do_what_is_due
from tests.web.test_pages import csrf, send, sign_in
from tests.world import World


async def ask(world: World, author: Account, **given: Any) -> Post:
    return await world.post(author, "tea?", poll=Ballot(options=("yes", "no"), seconds=300, **given))


async def submit(client: httpx.AsyncClient, path: str, **fields: Any) -> httpx.Response:
    token = csrf((await client.get("/about")).text)
    return await client.post(path, data={"csrf": token, **fields})


async def test_a_poll_is_asked_voted_in_and_its_result_read(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    await sign_in(client, world, ann)
    made = await submit(client, "/compose", **{
        "text": "tea?", "visibility": "0", "language": "en", "option[]": ["yes", "no", "", ""], "lasts": "300"})
    assert made.status_code == 303
    [post_id] = await posts.newest_ids(world.db, 9)
    path = f"/@ann/{post_id}"
    own = (await client.get(path)).text
    assert 'name="choice[]"' not in own
    assert "0 %" in own
    await sign_in(client, world, bob)
    page = (await client.get(path)).text
    assert len(re.findall(r'type="radio" name="choice\[\]"', page)) == 2
    voted = await submit(client, f"/posts/{post_id}/vote", **{"choice[]": "1", "back": path})
    assert voted.headers["location"] == f"{path}#post-{post_id}"
    after = (await client.get(path)).text
    assert 'name="choice[]"' not in after
    assert "100 %" in after
    assert "your choice" in after
    assert "1 person voted" in after


async def test_a_poll_that_hides_its_votes_shows_none_before_the_end(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    post = await ask(world, ann, hide_totals=True)
    await vote(world.db, bob, post.id, [0], clock.now())
    page = (await client.get(f"/@ann/{post.id}")).text
    assert "%" not in re.findall(r'<ol class="bars">(.*?)</ol>', page, re.S)[0]
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        assert "100 %" in (await client.get(f"/@ann/{post.id}")).text


@pytest.mark.parametrize("fields, words", [({}, "Choose something"), ({"choice[]": "7"}, "does not exist")])
async def test_a_vote_that_does_not_count_is_explained(
    world: World, client: httpx.AsyncClient, fields: dict[str, str], words: str
) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    post = await ask(world, ann)
    await sign_in(client, world, bob)
    refused = await submit(client, f"/posts/{post.id}/vote", **fields)
    assert refused.status_code == 422
    assert words in refused.text


async def test_a_poll_that_cannot_be_asked_comes_back_as_it_was_written(
    world: World, client: httpx.AsyncClient
) -> None:
    await sign_in(client, world, await world.account("ann"))
    back = await submit(client, "/compose", **{"text": "tea?", "option[]": ["only one", ""], "lasts": "3600"})
    assert back.status_code == 422
    assert "two to four different choices" in back.text
    assert 'value="only one"' in back.text
    assert '<option value="3600" selected>' in back.text


async def test_an_edit_on_the_web_keeps_the_poll(world: World, client: httpx.AsyncClient) -> None:
    ann = await world.account("ann")
    post = await ask(world, ann)
    await sign_in(client, world, ann)
    assert (await send(client, f"/edit/{post.id}", text="tea or not?", language="en")).status_code == 303
    assert await polls.find(world.db, post.id)


async def test_a_quote_is_offered_made_shown_and_taken_back(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    post = await world.post(ann, "words worth keeping")
    closed = await world.post(ann, "not to be quoted", quote_policy=QuotePolicy.NOBODY)
    await sign_in(client, world, bob)
    assert f"/compose?quote={post.id}" in (await client.get(f"/@ann/{post.id}")).text
    assert "/compose?quote=" not in (await client.get(f"/@ann/{closed.id}")).text
    box = (await client.get(f"/compose?quote={post.id}")).text
    assert "words worth keeping" in box
    assert f'name="quote" value="{post.id}"' in box
    made = await submit(client, "/compose", text="so true", quote=str(post.id), language="en")
    assert made.status_code == 303
    quoting = (await posts.newest_ids(world.db, 1))[0]
    page = (await client.get(f"/@bob/{quoting}")).text
    [shown] = re.findall(r'<blockquote class="quoted".*?</blockquote>', page, re.S)
    assert "words worth keeping" in shown
    refused = await submit(client, "/compose", text="so true", quote=str(closed.id), language="en")
    assert refused.status_code == 422
    assert "does not appear to exist" in refused.text
    await sign_in(client, world, ann)
    assert f"/posts/{quoting}/unquote" in (await client.get(f"/@bob/{quoting}")).text
    await submit(client, f"/posts/{quoting}/unquote", back="/")
    assert "words worth keeping" not in (await client.get(f"/@bob/{quoting}")).text


async def test_a_post_is_planned_moved_and_cancelled(world: World, client: httpx.AsyncClient) -> None:
    ann = await world.account("ann")
    await sign_in(client, world, ann)
    assert "Nothing is planned" in (await client.get("/scheduled")).text
    for text in ("first", "second"):
        made = await submit(client, "/compose", text=text, later="2099-01-01T08:30", language="en")
        assert made.headers["location"] == "/scheduled"
    page = unescape((await client.get("/scheduled")).text)
    assert page.count('value="2099-01-01T08:30"') == 2
    one, two = await scheduled.upcoming(world.db, ann.id, 9)
    assert (await submit(client, f"/scheduled/{one.id}/cancel")).status_code == 303
    assert (await submit(client, f"/scheduled/{two.id}/move", later="2098-01-01T08:30")).status_code == 303
    wrong = await submit(client, f"/scheduled/{two.id}/move", later="2001-01-01T08:30")
    assert wrong.status_code == 422
    assert "at least five minutes from now" in wrong.text
    [left] = await scheduled.upcoming(world.db, ann.id, 9)
    assert left.at.year == 2098
    refused = await submit(client, "/compose", text="too soon", later="2001-01-01T08:30", language="en")
    assert refused.status_code == 422
    assert "too soon" in refused.text


async def test_what_could_not_be_posted_says_why(world: World, client: httpx.AsyncClient) -> None:
    from harken.actions.delete_post import delete_post

    ann, bob = await world.account("ann"), await world.account("bob")
    post = await world.post(bob, "soon gone")
    await sign_in(client, world, ann)
    later = (clock.now() + timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M")
    await submit(client, "/compose", text="an answer", later=later, reply_to=str(post.id), language="en")
    await delete_post(world.db, bob, post.id, clock.now())
    with clock.frozen(clock.now() + timedelta(minutes=20)):
        await do_what_is_due(world.db)
    assert "It could not be posted" in (await client.get("/scheduled")).text


async def test_the_end_of_a_poll_and_a_quote_are_told(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    post = await ask(world, ann)
    await vote(world.db, bob, post.id, [0], clock.now())
    await world.post(bob, "look", quote_of_id=post.id)
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        await do_what_is_due(world.db)
        await world.settle()
        await sign_in(client, world, ann)
        page = (await client.get("/notifications")).text
        assert "A poll of yours has ended" in page
        assert "quoted you" in page
        await sign_in(client, world, bob)
        assert "A poll that you voted in has ended" in (await client.get("/notifications")).text


async def test_a_link_is_shown_with_what_is_behind_it(world: World, client: httpx.AsyncClient) -> None:
    ann = await world.account("ann")
    post = await world.post(ann, "read https://paper.example/lunch")
    before = (await client.get(f"/@ann/{post.id}")).text
    assert 'class="preview"' not in before
    made = Preview(url="https://paper.example/lunch", title="A <b>lunch</b>", provider_name="The Paper")
    async with world.db.transaction() as tx:
        await previews.put(tx, made, clock.now())
    [card] = re.findall(r'<a class="preview".*?</a>', (await client.get(f"/@ann/{post.id}")).text, re.S)
    assert "A &lt;b&gt;lunch&lt;/b&gt;" in card
    assert 'rel="nofollow noopener noreferrer"' in card

"""Consent at once: what somebody switches off, closes, deletes or blocks is gone in the very next request.

Every switch is thrown once, and then every surface is asked once, without letting any consumer run in between.
A new surface is one more line of SURFACES: what to ask, and which switches leave it as it was.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from harken import clock
from harken.actions import change_state
from harken.actions.block import block, mute
from harken.actions.change_profile import change_profile
from harken.actions.delete_account import begin_deletion
from harken.actions.delete_post import delete_post
from harken.actions.edit_post import edit_post
from harken.actions.follow import accept_follow, follow, unfollow
from harken.actions.keep_ear import change_ear, keep_ear
from harken.model.account import Account
from harken.model.post import Post
from harken.search import search
from harken.store import accounts
from tests.world import World

pytestmark = pytest.mark.anyio

QUERY = "marmalade"
AUTHOR, WITNESS = "kinofelia", "kinwilfred"  # words that stand on a page only if their post or profile does
SAID = f"{AUTHOR} makes"


@dataclass
class Scene:
    """Somebody who changes their mind, somebody who does not, and who looks."""

    world: World
    client: httpx.AsyncClient
    author: Account
    post: Post
    witness: Account
    witness_post: Post
    viewer: Account
    token: str
    ear: int
    feed: str
    like: int  # a post of somebody else that says the word

    async def ask(self, path: str, as_member: bool, unless: str = "") -> httpx.Response:
        """What the path answers to the viewer, or to a visitor; `unless` is the ETag of what they have already."""
        self.client.cookies.clear()
        headers = {"If-None-Match": unless} if unless else {}
        if as_member:
            for name, value in (await self.world.cookies(self.viewer)).items():
                self.client.cookies.set(name, value)
            headers["Authorization"] = f"Bearer {self.token}"
        named = path.format(ear=self.ear, feed=self.feed, query=QUERY, like=self.like)
        return await self.client.get(named, headers=headers)


# ---- what people do ------------------------------------------------------------------


async def block_domain(scene: Scene) -> None:
    async with scene.world.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO blocked_domain (account_id, domain) VALUES (:me, 'far.example')", me=scene.viewer.id)


Switch = Callable[[Scene], Awaitable[object]]
BY_THE_AUTHOR: dict[str, Switch] = {
    "indexable off": lambda s: change_profile(s.world.db, s.author, now=clock.now(), indexable=False),
    "discoverable off": lambda s: change_profile(s.world.db, s.author, now=clock.now(), discoverable=False),
    "protecting": lambda s: change_profile(s.world.db, s.author, now=clock.now(), protected=True),
    "editing the word away": lambda s: edit_post(
        s.world.db, s.author, s.post.id, text="Nothing to see", now=clock.now()),
    "deleting the post": lambda s: delete_post(s.world.db, s.author, s.post.id, clock.now()),
    "deleting the account": lambda s: begin_deletion(s.world.db, s.author.id, clock.now()),
    "suspending": lambda s: change_state.suspend(s.world.db, s.author.id, clock.now()),
    "limiting": lambda s: change_state.limit(s.world.db, s.author.id, clock.now()),
}
BETWEEN_TWO: dict[str, Switch] = {
    "blocking the viewer": lambda s: block(s.world.db, s.author, s.viewer.id, clock.now()),
    "blocking the author": lambda s: block(s.world.db, s.viewer, s.author.id, clock.now()),
    "muting": lambda s: mute(s.world.db, s.viewer, s.author.id, clock.now()),
    "blocking the domain": block_domain,
}
SWITCHES = BY_THE_AUTHOR | BETWEEN_TWO


# ---- where it must be gone -----------------------------------------------------------


@dataclass(frozen=True)
class Surface:
    """A path to ask, and the switches that change nothing there; `members` need to be signed in.

    What is decided `with_the_log` is gone when its consumer has read of it; until then the words as they are now may
    stand there, never those that were taken back.
    """

    path: str
    untouched_by: frozenset[str] = frozenset()
    members: bool = False
    with_the_log: frozenset[str] = frozenset()


# Search finds people who need not be listed in the directory of people.
SEARCH = frozenset({"discoverable off"})
# A tag's page shows what anybody may read; only search asks whether somebody wishes to be found.
READ = frozenset({"indexable off", "discoverable off", "protecting"})
# People are listed by a switch of its own, whatever they write; a mute does not hide a person.
PEOPLE = frozenset({
    "indexable off", "protecting", "editing the word away", "deleting the post", "muting", "blocking the domain"})
# A feed has no reader whom one could block or mute: it says what a visitor finds.
BETWEEN = frozenset(BETWEEN_TWO)

SURFACES: dict[str, Surface] = {
    "search, newest first": Surface("/search?q={query}", SEARCH),
    "search, as a page asks for what is new": Surface("/fragments/search?q={query}&after=0", SEARCH),
    "people who know": Surface("/search/people?q={query}"),
    "people who know, for programs": Surface("/api/harken/v1/knowers?q={query}"),
    "more like this": Surface("/@rosa/{like}/like-this", SEARCH),
    "more like this, for programs": Surface("/api/harken/v1/statuses/{like}/similar", SEARCH),
    "Mastodon's search": Surface("/api/v2/search?q={query}&type=statuses", SEARCH),
    "a tag's page": Surface("/tags/{query}", READ),
    "a tag's timeline, for programs": Surface("/api/v1/timelines/tag/{query}", READ),
    "an ear": Surface("/ears/{ear}", SEARCH, members=True, with_the_log=frozenset({"editing the word away"})),
    "an ear before it is kept, and what it would have heard": Surface("/ears/{ear}/edit", SEARCH, members=True),
    "tags, for programs": Surface("/api/v2/search?q=quince&type=hashtags", SEARCH),
    "tags, as one types": Surface("/fragments/complete?q=%23quince&at=7", SEARCH),
    "people, as one types": Surface("/fragments/complete?q=from:kin&at=8", PEOPLE - {"muting"}),
    "people by name, for programs": Surface("/api/v2/search?q=kin&type=accounts", PEOPLE),
    "the directory": Surface("/people", PEOPLE - {"muting"}),
    "search.json": Surface("/search.json?q={query}", SEARCH),
    "search.atom": Surface("/search.atom?q={query}", SEARCH),
    "a search's Atom feed": Surface("/feeds/search.atom?q={query}", SEARCH | BETWEEN),
    "a search's JSON feed": Surface("/feeds/search.json?q={query}", SEARCH | BETWEEN),
    "a search's RSS feed": Surface("/feeds/search.rss?q={query}", SEARCH | BETWEEN),
    "a tag's feed": Surface("/tags/{query}.atom", READ | BETWEEN),
    "an ear's feed": Surface("/feeds/ears/{feed}.atom", SEARCH, with_the_log=frozenset({"editing the word away"})),
    "trends": Surface("/trends", SEARCH),
    "trends, for programs": Surface("/api/v1/trends/statuses", SEARCH),
    "an ear, for programs": Surface(
        "/api/harken/v1/ears/{ear}/heard", SEARCH, members=True, with_the_log=frozenset({"editing the word away"})),
}


async def scene(world: World, client: httpx.AsyncClient, switch: str) -> Scene:
    """Author and witness have said the word, everybody has heard it, nobody has changed their mind."""
    author, witness, viewer = [await world.account(name) for name in (AUTHOR, WITNESS, "vera")]
    if switch == "blocking the domain":
        async with world.db.transaction() as tx:
            await accounts.change(tx, author.id, domain="far.example")
        author = await world.again(author)
    ear = await keep_ear(world.db, viewer, QUERY, "UTC", clock.now())
    ear = await change_ear(world.db, viewer, ear.id, clock.now(), feed=True)
    await world.settle()
    with clock.frozen(clock.now() - timedelta(days=2)):  # a trend needs people who are not new
        crowd = [await world.account(name) for name in ("rosa", "sven", "toni")]
    tried = [await world.post(one, f"{one.username} tries #{QUERY}") for one in crowd]
    post = await world.post(author, f"{SAID} #{QUERY} #quince{AUTHOR}")
    witness_post = await world.post(witness, f"{WITNESS} eats #{QUERY} #quince{WITNESS}")
    await world.settle()
    return Scene(world, client, author, post, witness, witness_post, viewer, await world.token(viewer), ear.id,
        ear.feed_key, tried[0].id)


@pytest.mark.parametrize(
    ("switch", "as_member"),
    # A visitor has nobody's block or mute to heed.
    [*((switch, True) for switch in SWITCHES), *((switch, False) for switch in BY_THE_AUTHOR)])
async def test_what_is_switched_off_is_gone_in_the_next_request(
    world: World, client: httpx.AsyncClient, switch: str, as_member: bool
) -> None:
    here = await scene(world, client, switch)
    asked = {name: surface for name, surface in SURFACES.items() if as_member or not surface.members}
    before = {name: await here.ask(surface.path, as_member) for name, surface in asked.items()}
    for name, answer in before.items():
        assert answer.status_code == 200, name
        assert WITNESS in answer.text, name
        # Only people of this server stand in its directory.
        assert (AUTHOR in answer.text) is (name != "the directory" or switch != "blocking the domain"), name
    await SWITCHES[switch](here)
    wrong: list[str] = []
    for name, surface in asked.items():
        answer = await here.ask(surface.path, as_member, before[name].headers.get("etag", ""))
        if switch in surface.untouched_by:
            if answer.status_code == 200 and (AUTHOR in answer.text) is not (AUTHOR in before[name].text):
                wrong.append(f"{name}: changed, although it has nothing to do with that")
            continue
        if answer.status_code != 200 or WITNESS not in answer.text:
            wrong.append(f"{name}: {answer.status_code}, and those who changed nothing are gone too")
        if SAID in answer.text and switch.startswith(("editing", "deleting")):
            wrong.append(f"{name}: still says what was taken back")
        if switch in surface.with_the_log:
            await world.settle()
            answer = await here.ask(surface.path, as_member)
        if AUTHOR in answer.text:
            wrong.append(f"{name}: still there")
    assert wrong == []


@pytest.mark.parametrize("switch", SWITCHES)
async def test_an_open_page_hears_nothing_of_what_was_switched_off(
    world: World, client: httpx.AsyncClient, switch: str
) -> None:
    """`matching` is what live searches and streams ask for each new post."""
    here = await scene(world, client, switch)
    query = search.understood(QUERY, clock.now())
    both = [here.post.id, here.witness_post.id]

    async def heard() -> set[int]:
        return {post.id for post in await search.matching(world.db, query, here.viewer, both, clock.now())}

    assert await heard() == set(both)
    await SWITCHES[switch](here)
    assert await heard() == (set(both) if switch in SEARCH else {here.witness_post.id})


async def test_who_protects_their_posts_is_found_by_those_they_let_in_and_no_longer_by_those_they_do_not(
    world: World, client: httpx.AsyncClient
) -> None:
    here = await scene(world, client, "protecting")
    await SWITCHES["protecting"](here)
    protected = await world.again(here.author)
    await follow(world.db, here.viewer, protected.id, clock.now())
    assert AUTHOR not in (await here.ask("/search?q={query}", True)).text, "to ask is not to be let in"
    await accept_follow(world.db, protected, here.viewer.id, clock.now())
    assert AUTHOR in (await here.ask("/search?q={query}", True)).text
    assert AUTHOR in (await here.ask("/search/people?q={query}", True)).text
    assert AUTHOR not in (await here.ask("/search?q={query}", False)).text
    await unfollow(world.db, here.viewer.id, protected.id, clock.now())
    assert AUTHOR not in (await here.ask("/search?q={query}", True)).text


async def test_a_change_of_mind_back_is_heard_at_once_too(world: World, client: httpx.AsyncClient) -> None:
    here = await scene(world, client, "indexable off")
    for there in (False, True):
        author = await world.again(here.author)
        await change_profile(world.db, author, now=clock.now(), indexable=there, discoverable=there)
        for path in ("/search?q={query}", "/search/people?q={query}", "/ears/{ear}"):
            assert (AUTHOR in (await here.ask(path, True)).text) is there, path

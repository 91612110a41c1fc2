"""Lists: who is in them, what one reads in them, and what leaves home for them."""

from __future__ import annotations

from typing import Any

import pytest

from harken import clock
from harken.model.list import List, Replies
from harken.model.paging import Window
from harken.store import lists, timelines
from tests.api.mastodon.conftest import People, Person
from tests.world import World


async def make(person: Person, title: str = "friends", *members: Person, **given: Any) -> str:
    """A list with members, who are followed first; its id."""
    made = await person.do("/api/v1/lists", title=title, **given)
    for member in members:
        if member is not person:
            await person.do(f"/api/v1/accounts/{member.id}/follow")
    if members:
        assert await person.do(f"/api/v1/lists/{made['id']}/accounts", account_ids=[m.id for m in members]) == {}
    return str(made["id"])


async def texts(person: Person, list_id: str, **params: Any) -> list[str]:
    """What a list shows, newest first, without markup."""
    page = await person.get(f"/api/v1/timelines/list/{list_id}", **params)
    return [(s["reblog"] or s)["content"].removeprefix("<p>").removesuffix("</p>") for s in page]


async def at_home(person: Person) -> list[str]:
    page = await person.get("/api/v1/timelines/home")
    return [(s["reblog"] or s)["content"].removeprefix("<p>").removesuffix("</p>") for s in page]


async def test_a_list_is_made_changed_and_dropped(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    made = await alice.do("/api/v1/lists", title=" Close  friends ")
    assert made == {"id": made["id"], "title": "Close friends", "replies_policy": "list", "exclusive": False}
    assert await alice.get("/api/v1/lists") == [made]
    assert await bob.get("/api/v1/lists") == []
    changed = (await alice.ask(
        "PUT", f"/api/v1/lists/{made['id']}", data={"replies_policy": "none", "exclusive": "true"})).json()
    assert changed == made | {"replies_policy": "none", "exclusive": True}
    assert await alice.get(f"/api/v1/lists/{made['id']}") == changed
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/accounts"), ("POST", "/accounts"),
                         ("DELETE", "/accounts")):
        assert await bob.status_of(method, f"/api/v1/lists/{made['id']}{path}") == 404, (method, path)
    assert await bob.status_of("GET", f"/api/v1/timelines/list/{made['id']}") == 404
    assert (await alice.ask("DELETE", f"/api/v1/lists/{made['id']}")).json() == {}
    assert await alice.status_of("GET", f"/api/v1/lists/{made['id']}") == 404


@pytest.mark.parametrize("given, error", [
    ({}, "Validation failed: Title can't be blank"),
    ({"title": " \n "}, "Validation failed: Title can't be blank"),
    ({"title": "x" * 257}, "Validation failed: Title is too long (maximum is 256 characters)"),
    ({"title": "x", "replies_policy": "some"}, "'some' is not a valid replies_policy"),
])
async def test_what_no_list_can_be_is_refused_in_mastodons_words(
    people: People, given: dict[str, str], error: str
) -> None:
    alice = await people("alice")
    answer = await alice.ask("POST", "/api/v1/lists", json=given)
    assert (answer.status_code, answer.json()["error"]) == (422, error)
    kept = await make(alice)
    if given:
        changed = await alice.ask("PUT", f"/api/v1/lists/{kept}", json=given)
        assert (changed.status_code, changed.json()["error"]) == (422, error)


async def test_nobody_has_more_than_fifty_lists(people: People) -> None:
    alice = await people("alice")
    for n in range(50):
        await make(alice, f"list {n}")
    answer = await alice.ask("POST", "/api/v1/lists", json={"title": "one more"})
    assert (answer.status_code, answer.json()["error"]) == (
        422, "Validation failed: You have reached the maximum number of lists")


async def test_lists_have_scopes_of_their_own(people: People) -> None:
    reader = await people("reader", scopes="read:lists")
    assert await reader.get("/api/v1/lists") == []
    assert await reader.status_of("POST", "/api/v1/lists", json={"title": "x"}) == 403
    other = await people("other", scopes="read:statuses")
    assert await other.status_of("GET", "/api/v1/lists") == 403


async def test_only_those_one_follows_or_asked_to_follow_are_put_into_a_list(people: People) -> None:
    alice, bob, locked = await people("alice"), await people("bob"), await people("locked", protected=True)
    kept = await make(alice)
    path = f"/api/v1/lists/{kept}/accounts"
    answer = await alice.ask("POST", path, json={"account_ids": [bob.id]})
    assert (answer.status_code, answer.json()) == (404, {"error": "Record not found"})
    assert await alice.status_of("POST", path, json={"account_ids": ["77"]}) == 404
    assert await alice.status_of("POST", path, json={"account_ids": ["bob"]}) == 404
    await alice.do(f"/api/v1/accounts/{bob.id}/follow")
    await alice.do(f"/api/v1/accounts/{locked.id}/follow")
    # All or nobody: the answer says no, and bob is not in the list either.
    assert await alice.status_of("POST", path, json={"account_ids": [bob.id, "77"]}) == 404
    assert await alice.get(path) == []
    await alice.do(path, account_ids=[bob.id, locked.id, alice.id])
    assert {a["acct"] for a in await alice.get(path)} == {"alice", "bob", "locked"}
    again = await alice.ask("POST", path, data={"account_ids[]": bob.id})
    assert (again.status_code, again.json()["error"]) == (422, "Validation failed: Account has already been taken")
    assert [one["id"] for one in await alice.get(f"/api/v1/accounts/{bob.id}/lists")] == [kept]
    assert await bob.get(f"/api/v1/accounts/{alice.id}/lists") == []
    gone = await alice.ask("DELETE", path, params={"account_ids[]": bob.id})
    assert (gone.status_code, gone.json()) == (200, {})
    assert await alice.get(f"/api/v1/accounts/{bob.id}/lists") == []


async def test_members_are_paged_with_links_and_all_at_once(people: People) -> None:
    alice = await people("alice")
    members = [await people(f"m{n}") for n in range(5)]
    kept = await make(alice, "five", *members)
    path = f"/api/v1/lists/{kept}/accounts"
    got, params = [], {"limit": "2"}
    while page := (answer := await alice.ask("GET", path, params=params)).json():
        got += [a["acct"] for a in page]
        if "next" not in answer.links:
            break
        params = dict(item.split("=") for item in answer.links["next"]["url"].split("?")[1].split("&"))
    assert got == ["m4", "m3", "m2", "m1", "m0"]
    assert len(await alice.get(path, limit=0)) == 5


async def test_who_is_unfollowed_or_blocks_leaves_the_lists(people: People) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    kept = await make(alice, "two", bob, carol)
    await alice.do(f"/api/v1/accounts/{bob.id}/unfollow")
    await carol.do(f"/api/v1/accounts/{alice.id}/block")
    assert await alice.get(f"/api/v1/lists/{kept}/accounts") == []
    await alice.do(f"/api/v1/accounts/{bob.id}/follow")
    assert await alice.get(f"/api/v1/lists/{kept}/accounts") == [], "following again does not bring the lists back"


@pytest.mark.parametrize("policy, shown", [
    ("list", ["to carol", "to alice", "to bob", "plain"]),
    ("followed", ["to dave", "to carol", "to alice", "to bob", "plain"]),
    ("none", ["to alice", "to bob", "plain"]),
])
async def test_a_list_shows_replies_by_its_policy(people: People, policy: str, shown: list[str]) -> None:
    alice, bob, carol, dave, erin = [await people(n) for n in ("alice", "bob", "carol", "dave", "erin")]
    kept = await make(alice, "pair", bob, carol, replies_policy=policy)
    await alice.do(f"/api/v1/accounts/{dave.id}/follow")
    first = await bob.posts("plain")
    await bob.posts("to bob", in_reply_to_id=first["id"])
    asked = {p.account.username: await p.posts(f"{p.account.username} asks", visibility="unlisted")
             for p in (alice, carol, dave, erin)}
    for name, status in asked.items():
        await bob.posts(f"to {name}", in_reply_to_id=status["id"])
    # Alice is not in her list, so her own posts are not; carol's is, asked before bob answered.
    expected = [*shown[: len(shown) - 2], "carol asks", *shown[-2:]]
    assert await texts(alice, kept) == expected


async def test_a_list_holds_what_may_be_seen_of_members_in_pages(people: People) -> None:
    alice, bob, carol, eve = [await people(n) for n in ("alice", "bob", "carol", "eve")]
    kept = await make(alice, "pair", bob, carol)
    await bob.posts("for all")
    await bob.posts("for followers", visibility="private")
    await bob.posts("@alice psst", visibility="direct")
    await bob.posts("@eve psst", visibility="direct")
    status = await eve.posts("eve's")
    await carol.do(f"/api/v1/statuses/{status['id']}/reblog")
    assert await texts(alice, kept) == ["eve&#39;s" if "&#39;" in status["content"] else "eve's",
                                        "for followers", "for all"]
    await alice.do(f"/api/v1/accounts/{carol.id}/follow", reblogs=False)
    assert await texts(alice, kept) == ["for followers", "for all"]
    assert await texts(alice, kept, limit=1) == ["for followers"]
    page = (await alice.get(f"/api/v1/timelines/list/{kept}", limit=1))[0]
    assert await texts(alice, kept, max_id=page["id"]) == ["for all"]
    assert await texts(alice, kept, min_id=page["id"]) == []
    await alice.do(f"/api/v1/accounts/{bob.id}/mute")
    assert await texts(alice, kept) == []


async def test_members_of_an_exclusive_list_leave_home_and_come_back(people: People, world: World) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    kept = await make(alice, "quiet", bob, alice)
    await alice.do(f"/api/v1/accounts/{carol.id}/follow")
    for who in (alice, bob, carol):
        await who.posts(f"by {who.account.username}")
    await world.settle()
    assert await at_home(alice) == ["by carol", "by bob", "by alice"]
    await alice.ask("PUT", f"/api/v1/lists/{kept}", json={"exclusive": True})
    assert await at_home(alice) == ["by carol", "by alice"], "one's own posts stay at home"
    assert await texts(alice, kept) == ["by bob", "by alice"]
    await world.engine.consumers[0].rebuild(world.db)
    assert await at_home(alice) == ["by carol", "by alice"]
    await alice.ask("DELETE", f"/api/v1/lists/{kept}/accounts", params={"account_ids[]": bob.id})
    assert await at_home(alice) == ["by carol", "by bob", "by alice"]


async def test_home_and_lists_hold_the_languages_that_were_asked_for(people: People, world: World) -> None:
    alice, bob = await people("alice"), await people("bob")
    kept = await make(alice, "one", bob)
    asked = await alice.do(f"/api/v1/accounts/{bob.id}/follow", languages=["de", "pt-BR"], notify=True)
    assert asked["languages"] == ["de", "pt-BR"]
    for language in ("en", "de", "pt-BR", "pt"):
        await bob.posts(f"in {language}", language=language)
    await world.settle()
    assert await at_home(alice) == ["in pt-BR", "in de"]
    assert await texts(alice, kept) == ["in pt-BR", "in de"]
    told = await alice.get("/api/v1/notifications", **{"types[]": "status"})
    assert [n["status"]["language"] for n in told] == ["pt-BR", "de"]
    for wrong in (["Klingon!"], ["en"] * 201, [""]):
        refused = await alice.ask("POST", f"/api/v1/accounts/{bob.id}/follow", json={"languages": wrong})
        assert (refused.status_code, refused.json()["error"]) == (422, "Validation failed: Languages is invalid")
    await alice.do(f"/api/v1/accounts/{bob.id}/follow", languages=[])
    assert len(await at_home(alice)) == 4


async def test_a_list_takes_a_constant_number_of_statements(people: People, world: World) -> None:
    alice = await people("alice")
    members = [await people(f"m{n}") for n in range(6)]
    kept = List(id=int(await make(alice, "all", *members)), owner_id=alice.account.id, title="all")
    for n in range(12):
        await members[n % 6].posts(f"number {n}")

    class Counting:
        asked = 0

        def __getattr__(self, name: str) -> Any:
            Counting.asked += 1
            return getattr(world.db, name)

    counts = []
    for limit in (2, 10):
        Counting.asked = 0
        found = await timelines.of_list(Counting(), kept, Window(limit=limit), clock.now())
        assert len(found) == limit
        counts.append(Counting.asked)
    assert counts[0] == counts[1] <= 6  # among them what is kept in memory


async def test_lists_go_with_their_owner_and_their_members(people: People, world: World) -> None:
    from harken.actions.delete_account import delete_account
    from harken.media.store import FileStore

    alice, bob = await people("alice"), await people("bob")
    kept = await make(alice, "one", bob)
    store = FileStore(world.engine.media_directory)
    await delete_account(world.db, store, bob.account.id, clock.now())
    assert await lists.member_ids(world.db, int(kept)) == []
    await delete_account(world.db, store, alice.account.id, clock.now())
    assert await world.db.values("SELECT id FROM list") == []


async def test_search_by_list_finds_its_members_only(people: People) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    await make(alice, "Close Friends", bob)
    await alice.do(f"/api/v1/accounts/{carol.id}/follow")
    for who in (alice, bob, carol):
        await who.posts(f"tea by {who.account.username}")

    async def found(query: str, by: Person) -> list[str]:
        answer = await by.get("/api/v2/search", q=query, type="statuses")
        return [s["account"]["acct"] for s in answer["statuses"]]

    assert await found('tea in:list:"close friends"', alice) == ["bob"]
    assert await found('tea -in:list:"close  FRIENDS"', alice) == ["carol", "alice"]
    assert await found('tea in:list:"close friends"', bob) == [], "other people's lists are not searched"
    assert await found("tea in:list:nobody", alice) == []


def test_every_policy_has_mastodons_name() -> None:
    assert [policy.value for policy in Replies] == ["list", "followed", "none"]

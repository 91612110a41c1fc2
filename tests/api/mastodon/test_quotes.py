"""Quotes: made where allowed, shown to those who may see both, taken back, counted, told."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from harken.engine import Engine
from harken.store import counts
from tests.api.mastodon.conftest import People, Person

NOT_FOUND = "The post you are trying to quote does not appear to exist."


async def quote(person: Person, status: Any, text: str = "look", **given: Any) -> Any:
    return await person.posts(text, quoted_status_id=status["id"], **given)


async def test_a_quote_holds_the_quoted_status_and_its_author_hears_of_it(
    people: People, client: httpx.AsyncClient
) -> None:
    alice, bob = await people("alice"), await people("bob")
    original = await alice.posts("quote me")
    assert original["quote_approval"] == {"automatic": ["public"], "manual": [], "current_user": "automatic"}
    made = await quote(bob, original)
    assert (made["quote"]["state"], made["quote"]["quoted_status"]["id"]) == ("accepted", original["id"])
    assert made["content"].startswith('<p class="quote-inline">RE: <a href="https://harken.test/@alice/')
    assert (await alice.get(f"/api/v1/statuses/{original['id']}"))["quotes_count"] == 1
    shown = (await client.get(f"/api/v1/statuses/{made['id']}")).json()
    assert shown["quote"]["quoted_status"]["content"] == "<p>quote me</p>"
    assert shown["quote_approval"]["current_user"] == "denied"
    again = await quote(alice, made, "")
    inner = again["quote"]["quoted_status"]["quote"]
    assert inner == {"state": "accepted", "quoted_status_id": original["id"]}
    await people.world.settle()
    [told] = await alice.get("/api/v1/notifications", types=["quote"])
    assert (told["account"]["id"], told["status"]["id"]) == (bob.id, made["id"])
    assert await counts.wrong(people.world.db) == []


@pytest.mark.parametrize(
    "policy, visibility, follows, own, allowed",
    [
        ("public", "public", False, False, True),
        ("public", "unlisted", False, False, True),
        ("followers", "public", False, False, False),
        ("followers", "public", True, False, True),
        ("nobody", "public", True, False, False),
        ("nobody", "public", False, True, True),
        ("public", "private", True, False, False),
        ("public", "private", False, True, True),
        ("public", "direct", False, True, False),
    ],
)
async def test_who_may_quote(
    people: People, policy: str, visibility: str, follows: bool, own: bool, allowed: bool
) -> None:
    alice, bob = await people("alice"), await people("bob")
    if follows:
        await bob.do(f"/api/v1/accounts/{alice.id}/follow")
    original = await alice.posts("x", quote_approval_policy=policy, visibility=visibility)
    by = alice if own else bob
    seen = await by.ask("GET", f"/api/v1/statuses/{original['id']}")
    if seen.status_code == 200:
        assert seen.json()["quote_approval"]["current_user"] == ("automatic" if allowed else "denied")
    answer = await by.ask("POST", "/api/v1/statuses", json={"status": "y", "quoted_status_id": original["id"]})
    if allowed:
        assert answer.json()["visibility"] == ("private" if visibility == "private" else "public")
    else:
        assert (answer.status_code, answer.json()["error"]) == (404, NOT_FOUND)


async def test_what_is_not_there_cannot_be_quoted_and_a_stranger_not_in_private(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    original = await alice.posts("x")
    for missing in ("1", "nope"):
        answer = await bob.ask("POST", "/api/v1/statuses", json={"status": "y", "quoted_status_id": missing})
        assert (answer.status_code, answer.json()["error"]) == (404, NOT_FOUND)
    given = {"status": "psst", "quoted_status_id": original["id"], "visibility": "direct"}
    answer = await bob.ask("POST", "/api/v1/statuses", json=given)
    assert answer.json()["error"] == "Cannot quote a non-mentioned user in a Private Mention post."
    given["status"] = "psst @alice"
    assert (await bob.ask("POST", "/api/v1/statuses", json=given)).json()["quote"]["state"] == "accepted"
    assert (await alice.get(f"/api/v1/statuses/{original['id']}"))["quotes_count"] == 0


async def test_the_quoted_author_and_nobody_else_takes_a_quote_back(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    original = await alice.posts("x")
    made = await quote(bob, original)
    path = f"/api/v1/statuses/{original['id']}/quotes/{made['id']}/revoke"
    refused = await bob.ask("POST", path)
    assert (refused.status_code, refused.json()["error"]) == (403, "This action is not allowed")
    assert [s["id"] for s in await alice.get(f"/api/v1/statuses/{original['id']}/quotes")] == [made["id"]]
    for _ in range(2):
        assert (await alice.do(path))["quote"] == {"state": "revoked", "quoted_status": None}
    assert (await alice.get(f"/api/v1/statuses/{original['id']}"))["quotes_count"] == 0
    assert await alice.get(f"/api/v1/statuses/{original['id']}/quotes") == []
    assert "quote-inline" not in (await bob.get(f"/api/v1/statuses/{made['id']}"))["content"]
    assert await alice.status_of("POST", f"/api/v1/statuses/{original['id']}/quotes/12/revoke") == 404
    assert await counts.wrong(people.world.db) == []


@pytest.mark.parametrize(
    "deed, state, shown",
    [("delete", "deleted", False), ("block", "unauthorized", False), ("mute", "muted_account", True)],
)
async def test_a_quote_shows_what_its_reader_may_see(people: People, deed: str, state: str, shown: bool) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    original = await alice.posts("x")
    made = await quote(bob, original)
    if deed == "delete":
        await alice.ask("DELETE", f"/api/v1/statuses/{original['id']}")
    else:
        await carol.do(f"/api/v1/accounts/{alice.id}/{deed}")
    found = (await carol.get(f"/api/v1/statuses/{made['id']}"))["quote"]
    assert (found["state"], found["quoted_status"] is not None) == (state, shown)


async def test_followers_only_quotes_stay_among_those_who_may_see_them(people: People) -> None:
    alice, carol = await people("alice"), await people("carol")
    original = await alice.posts("friends", visibility="private")
    made = await quote(alice, original)
    assert made["visibility"] == "private"
    assert await carol.status_of("GET", f"/api/v1/statuses/{made['id']}") == 404
    assert await carol.status_of("GET", f"/api/v1/statuses/{original['id']}/quotes") == 404


async def test_the_policy_is_set_by_default_by_edit_and_by_itself(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    await alice.ask("PATCH", "/api/v1/accounts/update_credentials", json={"source": {"quote_policy": "followers"}})
    made = await alice.posts("x")
    assert made["quote_approval"]["automatic"] == ["followers"]
    assert (await alice.get("/api/v1/preferences"))["posting:default:quote_policy"] == "followers"
    path = f"/api/v1/statuses/{made['id']}"
    given = {"quote_approval_policy": "nobody"}
    changed = await alice.ask("PUT", f"{path}/interaction_policy", json=given)
    assert changed.json()["quote_approval"]["automatic"] == []
    assert await bob.status_of("PUT", f"{path}/interaction_policy", json=given) == 403
    assert await alice.status_of("PUT", f"{path}/interaction_policy", json={"quote_approval_policy": "x"}) == 422
    edited = await alice.ask("PUT", path, json={"status": "y", "quote_approval_policy": "public"})
    assert edited.json()["quote_approval"]["automatic"] == ["public"]
    direct = await alice.posts("psst", visibility="direct", quote_approval_policy="public")
    assert direct["quote_approval"] == {"automatic": [], "manual": [], "current_user": "denied"}


async def test_who_quotes_hears_of_an_edit_and_is_shown_the_own_post(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    original = await alice.posts("x")
    made = await quote(bob, original)
    await alice.ask("PUT", f"/api/v1/statuses/{original['id']}", json={"status": "y"})
    await people.world.settle()
    [told] = await bob.get("/api/v1/notifications")
    assert (told["type"], told["account"]["id"], told["status"]["id"]) == ("quoted_update", alice.id, made["id"])


async def test_a_page_of_quotes_costs_the_same_whatever_their_number(
    people: People, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = await people("alice"), await people("bob")
    asked: list[str] = []
    for name in ("all", "values", "value", "rows", "find"):
        real = getattr(type(engine.db), name)

        async def counted(self: Any, *args: Any, _real: Any = real, **given: Any) -> Any:
            asked.append(args[-1] if args else "")
            return await _real(self, *args, **given)

        monkeypatch.setattr(type(engine.db), name, counted)
    inner = await alice.posts("x", quote_approval_policy="followers")
    outer = await quote(alice, inner)
    numbers = []
    for _ in range(3):
        await quote(bob, outer)
        asked.clear()
        await bob.get(f"/api/v1/accounts/{bob.id}/statuses")
        numbers.append(len(asked))
        outer = await quote(alice, await quote(bob, outer))
    assert numbers[0] == numbers[1] == numbers[2]

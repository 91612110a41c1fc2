"""Collections: kept by one, seen by all, with nobody in them who does not want to be."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from harken import clock
from harken.actions.block import block
from harken.actions.delete_account import delete_account
from harken.engine import Engine
from harken.media.store import FileStore
from harken.store import accounts
from tests.api.mastodon.conftest import People, Person


async def made(by: Person, *people: Person, **given: Any) -> Any:
    asked = {"name": "Nice people", "account_ids": [one.id for one in people], **given}
    return (await by.do("/api/v1/collections", **asked))["collection"]


def who(collection: Any) -> list[str]:
    return [item["account_id"] for item in collection["items"]]


async def test_a_collection_is_made_changed_filled_and_dropped(people: People, client: httpx.AsyncClient) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    kept = await made(alice, bob, description="worth it", language="en", tag_name="#Tea", discoverable=True)
    assert kept["url"] == f"https://harken.test/collections/{kept['id']}"
    assert (kept["tag"], kept["language"], kept["item_count"], kept["local"], kept["sensitive"]) == (
        {"name": "tea", "url": "https://harken.test/tags/tea"}, "en", 1, True, False)
    path = f"/api/v1/collections/{kept['id']}"
    item = (await alice.do(f"{path}/items", account_id=carol.id))["collection_item"]
    assert (item["account_id"], item["state"]) == (carol.id, "accepted")
    shown = (await client.get(path)).json()
    assert [face["id"] for face in shown["accounts"]] == [alice.id, bob.id, carol.id]
    assert who(shown["collection"]) == [bob.id, carol.id]
    changed = (await alice.ask("PATCH", path, json={"name": " Tea  people ", "tag_name": ""})).json()["collection"]
    assert (changed["name"], changed["tag"], changed["description"]) == ("Tea people", None, "worth it")
    assert await alice.status_of("DELETE", f"{path}/items/{item['id']}") == 200
    assert who((await bob.get(path))["collection"]) == [bob.id]
    assert await alice.status_of("DELETE", path) == 200
    assert (await client.get(path)).status_code == 404
    await people.world.settle()
    assert await bob.get("/api/v1/notifications") == []


async def test_who_is_put_in_hears_of_it_and_of_changes_and_can_leave(people: People) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    kept = await made(alice, bob)
    path = f"/api/v1/collections/{kept['id']}"
    await alice.ask("PATCH", path, json={"description": "worth it"})
    await alice.ask("PATCH", path, json={"description": "worth it"})  # nothing new, so nothing is told
    await people.world.settle()
    told = await bob.get("/api/v1/notifications")
    assert [one["type"] for one in told] == ["collection_update", "added_to_collection"]
    assert {(one["account"]["id"], one["collection"]["id"]) for one in told} == {(alice.id, kept["id"])}
    assert [one["id"] for one in (await bob.get(f"/api/v1/accounts/{bob.id}/in_collections"))["collections"]] == [
        kept["id"]]
    assert await alice.status_of("GET", f"/api/v1/accounts/{bob.id}/in_collections") == 404
    item = kept["items"][0]["id"]
    assert await carol.status_of("POST", f"{path}/items/{item}/revoke") == 403
    assert await bob.status_of("POST", f"{path}/items/{item}/revoke") == 200
    assert who((await alice.get(path))["collection"]) == []
    assert await bob.get("/api/v1/notifications") == []
    assert (await bob.get(f"/api/v1/accounts/{bob.id}/in_collections"))["collections"] == []


async def test_only_its_owner_changes_a_collection(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    kept = await made(alice, bob)
    path = f"/api/v1/collections/{kept['id']}"
    for method, where, given in [
        ("PATCH", path, {"name": "mine"}), ("DELETE", path, {}), ("POST", f"{path}/items", {"account_id": bob.id}),
        ("DELETE", f"{path}/items/{kept['items'][0]['id']}", {})]:
        answer = await bob.ask(method, where, json=given)
        assert (answer.status_code, answer.json()["error"]) == (403, "This action is not allowed"), (method, where)
    other = await made(bob)
    assert await bob.status_of("DELETE", f"/api/v1/collections/{other['id']}/items/{kept['items'][0]['id']}") == 404


async def test_nobody_is_in_a_collection_who_does_not_want_to_be(people: People, engine: Engine) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol", discoverable=False)
    assert (await bob.get(f"/api/v1/accounts/{carol.id}"))["feature_approval"] == {
        "automatic": [], "manual": [], "current_user": "denied"}
    assert (await bob.get(f"/api/v1/accounts/{bob.id}"))["feature_approval"]["current_user"] == "automatic"
    kept = await made(alice, bob)
    path = f"/api/v1/collections/{kept['id']}"
    assert await alice.status_of("POST", f"{path}/items", json={"account_id": carol.id}) == 403
    assert who((await alice.get(path))["collection"]) == [bob.id]
    await bob.ask("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": False})
    assert who((await alice.get(path))["collection"]) == []  # in the next request
    await bob.ask("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": True})
    assert who((await alice.get(path))["collection"]) == [bob.id]
    await block(engine.db, bob.account, alice.account.id, clock.now())
    assert who((await carol.get(path))["collection"]) == []
    assert await bob.status_of("GET", path) == 404
    assert await alice.status_of("POST", f"{path}/items", json={"account_id": bob.id}) in (403, 422)


async def test_an_unlisted_collection_is_on_no_profile_and_leaves_with_its_owner(
    people: People, engine: Engine, client: httpx.AsyncClient
) -> None:
    alice, bob = await people("alice"), await people("bob")
    kept = await made(alice, bob, discoverable=False)
    listed = await made(alice, name="Listed")
    theirs = f"/api/v1/accounts/{alice.id}/collections"
    assert [one["id"] for one in (await bob.get(theirs))["collections"]] == [listed["id"]]
    assert [one["id"] for one in (await alice.get(theirs))["collections"]] == [listed["id"], kept["id"]]
    page = await alice.ask("GET", theirs, params={"limit": 1})
    assert 'offset=1>; rel="next"' in page.headers["link"]
    second = await alice.ask("GET", theirs, params={"limit": 1, "offset": 1})
    assert [one["id"] for one in second.json()["collections"]] == [kept["id"]]
    assert "next" not in second.headers["link"]
    assert (await client.get(f"/api/v1/collections/{kept['id']}")).status_code == 200
    await delete_account(engine.db, FileStore(engine.media_directory), alice.account.id, clock.now())
    assert (await client.get(f"/api/v1/collections/{kept['id']}")).status_code == 404
    for table in ("collection", "collection_item"):
        assert await engine.db.value(f"SELECT count(*) FROM {table}") == 0
    assert await accounts.find_by_name(engine.db, "bob")


@pytest.mark.parametrize(
    "given, status",
    [
        ({"name": ""}, 422), ({"name": "x" * 41}, 422), ({"description": "x" * 101}, 422), ({"tag_name": "a b"}, 422),
        ({"language": "english"}, 422), ({"account_ids": ["x"]}, 404), ({"account_ids": ["1"]}, 404),
        ({"account_ids": [{}]}, 422), ({"name": "x" * 40, "tag_name": "#ok"}, 200), ({"name": "a\x00b\u202e"}, 200),
    ],
)
async def test_what_cannot_be_kept_is_refused_and_nothing_is_stored(
    people: People, given: dict[str, Any], status: int
) -> None:
    alice = await people("alice")
    answer = await alice.ask("POST", "/api/v1/collections", json={"name": "Fine", **given})
    assert answer.status_code == status, answer.text
    theirs = (await alice.get(f"/api/v1/accounts/{alice.id}/collections"))["collections"]
    assert len(theirs) == (status == 200)


async def test_there_is_an_end_to_how_many(people: People) -> None:
    alice = await people("alice")
    several = [await people(f"member{number}") for number in range(26)]
    answer = await alice.ask("POST", "/api/v1/collections", json={
        "name": "Many", "account_ids": [one.id for one in several]})
    assert answer.status_code == 422
    kept = await made(alice, *several[:25])
    assert kept["item_count"] == 25
    more = await alice.ask("POST", f"/api/v1/collections/{kept['id']}/items", json={"account_id": several[25].id})
    again = await alice.ask("POST", f"/api/v1/collections/{kept['id']}/items", json={"account_id": several[0].id})
    missing = await alice.ask("POST", f"/api/v1/collections/{kept['id']}/items", json={})
    assert (more.status_code, again.status_code, missing.status_code) == (422, 422, 422)
    assert missing.json()["error"] == "`account_id` parameter is missing"
    for number in range(9):
        await made(alice, name=f"another {number}")
    assert await alice.status_of("POST", "/api/v1/collections", json={"name": "one too many"}) == 422

"""Search as clients use it; what finds what is tested beside the index."""

from __future__ import annotations

import httpx

from tests.api.mastodon.conftest import People


async def test_people_tags_and_statuses_are_found(people: People) -> None:
    alice = await people("alice")
    status = await alice.posts("a lovely breakfast #Breakfast")
    await alice.posts("nobody finds this #secretive", visibility="direct")
    found = await alice.get("/api/v2/search", q="breakfast")
    assert [s["id"] for s in found["statuses"]] == [status["id"]]
    assert [t["name"] for t in found["hashtags"]] == ["breakfast"]
    assert [a["acct"] for a in (await alice.get("/api/v2/search", q="alice", type="accounts"))["accounts"]] == ["alice"]
    assert (await alice.get("/api/v2/search", q="breakfast", type="statuses"))["hashtags"] == []
    bob = await people("bob")
    for who, names in ((alice, ["secretive"]), (bob, [])):  # one's own tags are one's own to find
        tags = (await who.get("/api/v2/search", q="secretive", type="hashtags"))["hashtags"]
        assert [t["name"] for t in tags] == names
    assert (await alice.get("/api/v1/search", q="breakfast"))["hashtags"] == ["breakfast"]


async def test_a_found_page_goes_on_by_offset_and_by_id(people: People) -> None:
    alice = await people("alice")
    ids = [(await alice.posts(f"tea number {n}"))["id"] for n in range(5)][::-1]

    async def found(**params: object) -> list[str]:
        answer = await alice.get("/api/v2/search", q="tea", type="statuses", limit=2, **params)
        return [s["id"] for s in answer["statuses"]]

    assert await found() == ids[:2]
    assert await found(offset=2) == ids[2:4]
    assert await found(max_id=ids[1]) == ids[2:4]
    assert await found(min_id=ids[4]) == ids[2:4]
    assert await found(account_id=alice.id) == ids[:2]


async def test_a_bad_query_points_at_the_place(people: People) -> None:
    answer = await (await people("alice")).ask("GET", "/api/v2/search", params={"q": "(tea", "type": "statuses"})
    assert answer.status_code == 422
    assert "position" in answer.json()


async def test_an_empty_search_finds_nothing(people: People) -> None:
    found = await (await people("alice")).get("/api/v2/search", q="  ")
    assert found == {"accounts": [], "statuses": [], "hashtags": []}


async def test_a_pasted_link_finds_what_it_names(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    status = await alice.posts("hello")
    hidden = await alice.posts("hidden", visibility="private")
    found = await bob.get("/api/v2/search", q=status["url"], resolve="true")
    assert [s["id"] for s in found["statuses"]] == [status["id"]]
    assert [a["acct"] for a in (await bob.get("/api/v2/search", q=status["account"]["url"]))["accounts"]] == ["alice"]
    assert (await bob.get("/api/v2/search", q=hidden["url"]))["statuses"] == []


async def test_visitors_search_people_and_tags(people: People, client: httpx.AsyncClient) -> None:
    await (await people("alice")).posts("#tea")
    found = (await client.get("/api/v2/search", params={"q": "tea"})).json()
    assert (found["statuses"], [t["name"] for t in found["hashtags"]]) == ([], ["tea"])
    assert (await client.get("/api/v1/search", params={"q": "tea"})).status_code == 401


async def test_an_account_id_confines_whatever_the_query_says(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    own = await alice.posts("tea")
    await bob.posts("tea and coffee")
    found = await alice.get("/api/v2/search", q="tea OR coffee", type="statuses", account_id=alice.id)
    assert [s["id"] for s in found["statuses"]] == [own["id"]]
    for query, position in (("x) OR (tea", 1), ("tea (", 4)):
        answer = await alice.ask("GET", "/api/v2/search", params={
            "q": query, "type": "statuses", "account_id": alice.id})
        assert (answer.status_code, answer.json()["position"]) == (422, position), query


async def test_offsets_and_resolving_are_for_those_who_signed_in(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    for params in ({"q": "a", "offset": "1"}, {"q": "a", "resolve": "true"}):
        assert (await client.get("/api/v2/search", params=params)).status_code == 401
        assert await alice.status_of("GET", "/api/v2/search", params=params) == 200
    for params in ({"q": "a", "offset": "-1"}, {"q": "a", "offset": "4001"}, {"q": "a", "offset": "x"}):
        answer = await alice.ask("GET", "/api/v2/search", params=params)
        assert answer.status_code == 422
        assert isinstance(answer.json()["error"], str)


async def test_a_whole_address_and_a_uri_find_who_they_name(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    status = await alice.posts("hello")
    for name in ("@alice@harken.test", "Alice@HARKEN.test", status["account"]["uri"], f"{status['account']['url']}/"):
        assert [a["acct"] for a in (await bob.get("/api/v2/search", q=name))["accounts"]] == ["alice"], name
    found = await bob.get("/api/v2/search", q=status["uri"], resolve="true")
    assert [s["id"] for s in found["statuses"]] == [status["id"]]
    found = await bob.get("/api/v2/search", q="https://harken.test/users/99")
    assert found == {"accounts": [], "statuses": [], "hashtags": []}


async def test_following_keeps_to_those_whom_the_viewer_follows(people: People) -> None:
    alice, _bob = await people("alice_tea"), await people("bob_tea")
    carol = await people("carol")
    await carol.do(f"/api/v1/accounts/{alice.id}/follow")
    found = await carol.get("/api/v2/search", q="tea", type="accounts", following="true")
    assert [a["acct"] for a in found["accounts"]] == ["alice_tea"]
    assert len((await carol.get("/api/v2/search", q="tea", type="accounts"))["accounts"]) == 2


async def test_a_query_is_refused_and_not_cut_when_it_is_too_long(people: People) -> None:
    answer = await (await people("alice")).ask("GET", "/api/v2/search", params={"q": "a" * 3000, "type": "statuses"})
    assert answer.status_code == 422

"""Filters of v2 and v1, in Mastodon's shapes, and what they do to statuses."""

from __future__ import annotations

import json

from harken import clock
from harken.actions.keep_filter import keep_filter
from tests.api.mastodon.conftest import People


async def test_a_filter_has_mastodons_shape(people: People) -> None:
    ann = await people("ann")
    made = await ann.do(
        "/api/v2/filters", title="test", context=["public", "home"], keywords_attributes=[
            {"keyword": "foo", "whole_word": False}, {"keyword": "bar"}], expires_in=3600)
    first, second = made["keywords"]
    assert made == {
        "id": made["id"], "title": "test", "context": ["home", "public"], "expires_at": made["expires_at"],
        "filter_action": "warn", "statuses": [], "keywords": [
            {"id": first["id"], "keyword": "foo", "whole_word": False},
            {"id": second["id"], "keyword": "bar", "whole_word": True}]}
    assert made["expires_at"].endswith("Z")
    assert await ann.get("/api/v2/filters") == [made]
    assert await ann.get(f"/api/v2/filters/{made['id']}") == made
    changed = await ann.ask("PUT", f"/api/v2/filters/{made['id']}", content=(
        f"keywords_attributes[][id]={first['id']}&keywords_attributes[][_destroy]=true"
        f"&keywords_attributes[][id]={second['id']}&keywords_attributes[][keyword]=baz&expires_in=&filter_action=hide"
    ), headers={"content-type": "application/x-www-form-urlencoded"})
    assert changed.json() == made | {
        "expires_at": None, "filter_action": "hide",
        "keywords": [{"id": second["id"], "keyword": "baz", "whole_word": True}]}
    assert (await ann.ask("DELETE", f"/api/v2/filters/{made['id']}")).json() == {}
    assert await ann.get("/api/v2/filters") == []


async def test_a_form_as_the_documentation_shows_it_makes_two_keywords(people: People) -> None:
    ann = await people("ann")
    made = await ann.ask(
        "POST", "/api/v2/filters?title=test&context[]=public&keywords_attributes[][keyword]=foo"
        "&keywords_attributes[][whole_word]=false&keywords_attributes[][keyword]=bar"
        "&keywords_attributes[][whole_word]=true")
    assert [(k["keyword"], k["whole_word"]) for k in made.json()["keywords"]] == [("foo", False), ("bar", True)]


async def test_a_status_says_which_filter_means_it_and_by_what(people: People) -> None:
    ann, bob = await people("ann"), await people("bob")
    await ann.do(f"/api/v1/accounts/{bob.id}/follow")
    group = await ann.do("/api/v2/filters", title="Sport", context=["home"], filter_action="hide",
                         keywords_attributes=[{"keyword": "foot", "whole_word": False}])
    plain, sport = await bob.posts("hello"), await bob.posts("Football and foot")
    alone = {k: group[k] for k in ("id", "title", "context", "expires_at", "filter_action")}
    seen = await ann.get(f"/api/v1/statuses/{sport['id']}")
    assert seen["filtered"] == [{"filter": alone, "keyword_matches": ["foot"], "status_matches": None}]
    assert (await ann.get(f"/api/v1/statuses/{plain['id']}"))["filtered"] == []
    assert (await bob.get(f"/api/v1/statuses/{sport['id']}"))["filtered"] == []
    await people.world.settle()
    home = await ann.get("/api/v1/timelines/home")
    # Clients hide, by the context in which they show it; the page keeps its length and its cursor.
    assert [(s["id"], bool(s["filtered"])) for s in home] == [(sport["id"], True), (plain["id"], False)]
    boost = await bob.do(f"/api/v1/statuses/{sport['id']}/reblog")
    boosted = await ann.get(f"/api/v1/statuses/{boost['id']}")
    assert boosted["filtered"] == boosted["reblog"]["filtered"] == seen["filtered"]


async def test_keywords_and_statuses_have_addresses_of_their_own(people: People) -> None:
    ann, bob = await people("ann"), await people("bob")
    group = await ann.do("/api/v2/filters", title="x", context=["home"])
    here = f"/api/v2/filters/{group['id']}"
    word = await ann.do(f"{here}/keywords", keyword="some", whole_word=False)
    assert word == {"id": word["id"], "keyword": "some", "whole_word": False}
    assert await ann.get(f"{here}/keywords") == [word]
    changed = await ann.ask("PUT", f"/api/v2/filters/keywords/{word['id']}", json={"keyword": "other"})
    assert changed.json() == word | {"keyword": "other"}
    assert await ann.get(f"/api/v2/filters/keywords/{word['id']}") == word | {"keyword": "other"}
    post = await bob.posts("whatever")
    status = await ann.do(f"{here}/statuses", status_id=post["id"])
    assert status == {"id": status["id"], "status_id": post["id"]}
    assert await ann.get(f"{here}/statuses") == [status]
    assert await ann.get(f"/api/v2/filters/statuses/{status['id']}") == status
    assert await ann.status_of("POST", f"{here}/statuses", json={"status_id": post["id"]}) == 422
    [result] = (await ann.get(f"/api/v1/statuses/{post['id']}"))["filtered"]
    assert (result["keyword_matches"], result["status_matches"]) == (None, [post["id"]])
    for path in (f"/api/v2/filters/keywords/{word['id']}", f"/api/v2/filters/statuses/{status['id']}"):
        assert await bob.status_of("GET", path) == 404
        assert await bob.status_of("DELETE", path) == 404
        assert (await ann.ask("DELETE", path)).json() == {}
        assert await ann.status_of("GET", path) == 404
    assert await ann.get(here) == group


async def test_v1_shows_each_keyword_as_a_filter(people: People) -> None:
    ann = await people("ann")
    made = await ann.do("/api/v1/filters", phrase="test", context=["home"], irreversible=True, whole_word=False)
    assert made == {
        "id": made["id"], "phrase": "test", "context": ["home"], "whole_word": False, "expires_at": None,
        "irreversible": True}
    [group] = await ann.get("/api/v2/filters")
    assert (group["title"], group["filter_action"]) == ("test", "hide")
    assert await ann.get("/api/v1/filters") == [made]
    changed = await ann.ask("PUT", f"/api/v1/filters/{made['id']}", json={
        "phrase": "other", "context": ["home", "thread"], "irreversible": False})
    assert changed.json() == made | {"phrase": "other", "context": ["home", "thread"], "irreversible": False}
    assert (await ann.get("/api/v2/filters"))[0]["title"] == "other"
    await ann.do(f"/api/v2/filters/{group['id']}/keywords", keyword="second")
    assert len(await ann.get("/api/v1/filters")) == 2
    assert await ann.status_of("PUT", f"/api/v1/filters/{made['id']}", json={"context": ["public"]}) == 422
    for one in await ann.get("/api/v1/filters"):
        assert (await ann.ask("DELETE", f"/api/v1/filters/{one['id']}")).json() == {}
    assert await ann.get("/api/v2/filters") == []


async def test_what_is_wrong_is_said_as_mastodon_says_it(people: People) -> None:
    ann, bob = await people("ann"), await people("bob")
    refused = await ann.ask("POST", "/api/v2/filters", json={})
    assert (refused.status_code, refused.json()["error"]) == (
        422,
        "Validation failed: Title can't be blank, Context can't be blank, Context None or invalid context supplied")
    group = await ann.do("/api/v2/filters", title="x", context=["home"])
    here = f"/api/v2/filters/{group['id']}"
    blank = await ann.ask("POST", f"{here}/keywords", json={})
    assert (blank.status_code, blank.json()) == (422, {"error": "Validation failed: Keyword can't be blank"})
    assert await ann.status_of("PUT", here, json={"keywords_attributes": [{"id": "17", "keyword": "y"}]}) == 404
    assert await ann.status_of("PUT", here, json={"expires_in": "soon"}) == 422
    assert await ann.status_of("PUT", here, json={"expires_in": 1e300}) == 422
    assert await ann.status_of("PUT", here, json={"expires_in": 1e10}) == 200
    assert await ann.status_of("POST", f"{here}/statuses", json={"status_id": "1"}) == 404
    for method in ("GET", "PUT", "DELETE"):
        missing = await bob.ask(method, here)
        assert (missing.status_code, missing.json()) == (404, {"error": "Record not found"})
    reader = await people("carl", scopes="read:statuses")
    assert await reader.status_of("GET", "/api/v2/filters") == 403
    assert (await people.client.get("/api/v2/filters")).status_code == 401


async def test_a_filter_by_query_says_which_part_matched_and_keeps_its_own_context(people: People) -> None:
    ann, bob = await people("ann"), await people("bob")
    kept = await keep_filter(
        people.world.db, ann.account, clock.now(), title="Money", query="(bitcoin OR shares) -charity",
        contexts=["home", "search"])
    post, other = await bob.posts("Buy shares now"), await bob.posts("shares for charity")
    [result] = (await ann.get(f"/api/v1/statuses/{post['id']}"))["filtered"]
    assert (result["filter"]["title"], result["keyword_matches"]) == ("Money", ["shares"])
    assert (await ann.get(f"/api/v1/statuses/{other['id']}"))["filtered"] == []
    shown = await ann.get(f"/api/v2/filters/{kept.id}")
    assert (shown["keywords"], shown["context"]) == ([], ["home"])
    await ann.ask("PUT", f"/api/v2/filters/{kept.id}", json={"context": ["public"]})
    [now] = await people.world.db.values("SELECT contexts FROM filter")
    assert json.loads(now) == ["search", "public"]


async def test_a_notification_of_a_filtered_post_says_so(people: People) -> None:
    ann, bob = await people("ann"), await people("bob")
    await ann.do("/api/v1/filters", phrase="bitcoin", context=["notifications"])
    await bob.posts("@ann bitcoin!")
    await people.world.settle()
    [told] = await ann.get("/api/v1/notifications")
    assert told["status"]["filtered"][0]["filter"]["title"] == "bitcoin"

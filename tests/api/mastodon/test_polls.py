"""Polls: asked, voted in, ended, edited, taken away."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from typing import Any

import httpx
import pytest

from harken import clock, exports
from harken.actions.delete_account import delete_account
from harken.engine import Engine
from harken.log.tail import read_on
from harken.media.store import FileStore
from harken.store import counts
from harken.store.log import Position
from harken.timetable import do_what_is_due
from tests.api.mastodon.conftest import People, Person


async def ask(person: Person, *options: str, **given: Any) -> Any:
    return await person.posts("tea?", poll={"options": list(options or ("yes", "no")), "expires_in": 300} | given)


@pytest.mark.parametrize("how", ["json", "data"])
async def test_a_poll_is_asked_by_form_and_by_json(people: People, client: httpx.AsyncClient, how: str) -> None:
    alice = await people("alice")
    form: dict[str, Any] = {
        "status": "?", "poll[options][]": [" a ", "b", ""], "poll[expires_in]": "600", "poll[multiple]": "true"}
    asked = {"status": "?", "poll": {"options": [" a ", "b", ""], "expires_in": 600, "multiple": True}}
    made = (await alice.ask("POST", "/api/v1/statuses", **{how: form if how == "data" else asked})).json()["poll"]
    assert [o["title"] for o in made["options"]] == ["a", "b"]
    assert (made["multiple"], made["expired"], made["voted"], made["own_votes"]) == (True, False, True, [])
    shown = (await client.get(f"/api/v1/polls/{made['id']}")).json()
    assert "voted" not in shown
    assert shown["votes_count"] == 0


@pytest.mark.parametrize(
    "poll, error",
    [
        ({"options": ["a", " "], "expires_in": 3600}, "Choices must have more than one item"),
        ({"options": [], "expires_in": 60},
         "Choices can't be blank, Choices must have more than one item, Deadline is too soon"),
        ({"options": list("aabcd")},
         "Deadline can't be blank, Choices can't contain more than 4 items, Choices contain duplicate items"),
        ({"options": ["a", "b"], "expires_in": 99_999_999}, "Deadline is too far into the future"),
        ({"options": ["a", "x" * 51], "expires_in": 300}, "Choices cannot be longer than 50 characters each"),
        ({"options": ["a", "b"], "expires_in": "soon"}, "Deadline is too soon"),
        ("yes or no", "poll must have options and expires_in"),
    ],
)
async def test_what_is_wrong_with_a_poll_is_said_in_mastodons_words(people: People, poll: Any, error: str) -> None:
    answer = await (await people("alice")).ask("POST", "/api/v1/statuses", json={"status": "?", "poll": poll})
    assert (answer.status_code, answer.json()["error"]) == (422, f"Validation failed: {error}")


async def test_one_choice_is_made_once_and_several_may_grow(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    one = (await ask(alice))["poll"]["id"]
    voted = await bob.do(f"/api/v1/polls/{one}/votes", choices=["1"])
    assert (voted["own_votes"], voted["voted"], voted["votes_count"], voted["voters_count"]) == ([1], True, 1, 1)
    many = (await ask(alice, "a", "b", "c", multiple=True))["poll"]["id"]
    assert (await bob.do(f"/api/v1/polls/{many}/votes", choices=[0, 2]))["own_votes"] == [0, 2]
    assert (await bob.do(f"/api/v1/polls/{many}/votes", choices=[1]))["own_votes"] == [0, 1, 2]
    shown = await alice.get(f"/api/v1/polls/{many}")
    assert ([o["votes_count"] for o in shown["options"]], shown["voters_count"]) == ([1, 1, 1], 1)


@pytest.mark.parametrize(
    "who, choices, error",
    [
        ("bob", [0], "Validation failed: You have already voted on this poll"),
        ("carol", [0, 1], "Validation failed: You have already voted on this poll"),
        ("carol", [2], "Validation failed: The chosen vote option does not exist"),
        ("carol", [-1], "Validation failed: The chosen vote option does not exist"),
        ("alice", [0], "Validation failed: You cannot vote in your own polls"),
        ("carol", ["x"], 'invalid value for Integer(): "x"'),
    ],
)
async def test_a_vote_that_does_not_count_says_why(people: People, who: str, choices: list[Any], error: str) -> None:
    persons = {name: await people(name) for name in ("alice", "bob", "carol")}
    poll = (await ask(persons["alice"]))["poll"]["id"]
    await persons["bob"].do(f"/api/v1/polls/{poll}/votes", choices=[0])
    refused = await persons[who].ask("POST", f"/api/v1/polls/{poll}/votes", json={"choices": choices})
    assert (refused.status_code, refused.json()["error"]) == (422, error)
    assert (await persons["carol"].get(f"/api/v1/polls/{poll}"))["votes_count"] == 1


async def test_a_hidden_poll_is_not_there(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    made = await alice.posts("?", visibility="direct", poll={"options": ["a", "b"], "expires_in": 300})
    path = f"/api/v1/polls/{made['poll']['id']}"
    assert await bob.status_of("GET", path) == 404
    assert await bob.status_of("POST", f"{path}/votes", json={"choices": [0]}) == 404
    plain = await alice.posts("no poll")
    assert await bob.status_of("GET", f"/api/v1/polls/{plain['id']}") == 404
    assert await bob.status_of("POST", f"/api/v1/polls/{plain['id']}/votes", json={"choices": [0]}) == 404


async def test_totals_stay_hidden_until_the_end_which_author_and_voters_hear_of_once(people: People) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    poll = (await ask(alice, hide_totals=True))["poll"]["id"]
    voted = await bob.do(f"/api/v1/polls/{poll}/votes", choices=[0])
    assert [o["votes_count"] for o in voted["options"]] == [None, None]
    await do_what_is_due(people.world.db)
    await people.world.settle()
    assert await bob.get("/api/v1/notifications") == []
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        for _ in range(2):
            await do_what_is_due(people.world.db)
        await people.world.settle()
        ended = await bob.get(f"/api/v1/polls/{poll}")
        assert ended["expired"]
        assert [o["votes_count"] for o in ended["options"]] == [1, 0]
        late = await carol.ask("POST", f"/api/v1/polls/{poll}/votes", json={"choices": [0]})
        assert late.json()["error"] == "Validation failed: The poll has already ended"
        for one, count in ((alice, 1), (bob, 1), (carol, 0)):
            told = await one.get("/api/v1/notifications", types=["poll"])
            assert [(n["type"], n["account"]["id"], n["status"]["id"]) for n in told] == [
                ("poll", alice.id, poll)] * count
    entries = await read_on(people.world.db, people.world.db.dialect, Position(), limit=1000)
    assert [type(e.event).__name__ for e in entries].count("PollEnded") == 1


async def test_another_question_takes_the_votes_away_and_the_same_keeps_them(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    made = await ask(alice)
    path, poll = f"/api/v1/statuses/{made['id']}", made["poll"]["id"]
    await bob.do(f"/api/v1/polls/{poll}/votes", choices=[0])
    same = {"status": "tea?", "poll": {"options": ["yes", "no"], "expires_in": 600}}
    kept = (await alice.ask("PUT", path, json=same)).json()
    assert (kept["poll"]["votes_count"], kept["edited_at"]) == (1, None)
    other = {"status": "tea?", "poll": {"options": ["yes", "no", "cake"], "expires_in": 600}}
    changed = (await alice.ask("PUT", path, json=other)).json()
    assert changed["poll"]["votes_count"] == 0
    assert changed["edited_at"]
    gone = (await alice.ask("PUT", path, json={"status": "tea!"})).json()
    assert gone["poll"] is None
    versions = await bob.get(f"{path}/history")
    assert [[o["title"] for o in v["poll"]["options"]] if "poll" in v else None for v in versions] == [
        ["yes", "no"], ["yes", "no", "cake"], None]


async def test_a_poll_is_found_as_such(people: People) -> None:
    alice = await people("alice")
    made = await ask(alice)
    await alice.posts("tea!")
    for query in ("kind:poll", "has:poll tea"):
        found = await alice.get("/api/v2/search", q=query, type="statuses")
        assert [s["id"] for s in found["statuses"]] == [made["id"]]


async def test_a_page_of_polls_costs_two_statements_more_whatever_their_number(
    people: People, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await people("alice")
    asked: list[str] = []
    for name in ("all", "values", "value", "rows", "find"):
        real = getattr(type(engine.db), name)

        async def counted(self: Any, *args: Any, _real: Any = real, **given: Any) -> Any:
            if "ip_block" not in args[-1]:  # which is asked once a second
                asked.append(args[-1])
            return await _real(self, *args, **given)

        monkeypatch.setattr(type(engine.db), name, counted)
    await ask(alice)
    numbers = []
    for _ in range(3):
        asked.clear()
        await alice.get(f"/api/v1/accounts/{alice.id}/statuses")
        numbers.append(len(asked))
        for _ in range(3):
            await ask(alice)
    assert numbers[0] == numbers[1] == numbers[2]


async def test_votes_leave_with_their_voter_and_polls_with_their_post(
    people: People, engine: Engine, tmp_path: Any
) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    made = await ask(alice, "a", "b", multiple=True)
    poll = made["poll"]["id"]
    await bob.do(f"/api/v1/polls/{poll}/votes", choices=[0, 1])
    await carol.do(f"/api/v1/polls/{poll}/votes", choices=[1])
    assert await exports.export_account(engine.house, "alice", tmp_path / "alice.zip") == 1
    assert await exports.export_account(engine.house, "bob", tmp_path / "bob.zip") == 0
    with zipfile.ZipFile(tmp_path / "alice.zip") as packed:
        question = json.loads(packed.read("outbox.json"))["orderedItems"][0]["object"]
    assert question["type"] == "Question"
    assert [(o["name"], o["replies"]["totalItems"]) for o in question["anyOf"]] == [("a", 1), ("b", 2)]
    with zipfile.ZipFile(tmp_path / "bob.zip") as packed:
        assert [vote["title"] for vote in json.loads(packed.read("votes.json"))] == ["a", "b"]
    await delete_account(engine.db, FileStore(tmp_path), bob.account.id, clock.now())
    left = await carol.get(f"/api/v1/polls/{poll}")
    assert ([o["votes_count"] for o in left["options"]], left["voters_count"]) == ([0, 1], 1)
    assert await counts.wrong(engine.db) == []
    gone = await alice.ask("DELETE", f"/api/v1/statuses/{made['id']}")
    assert [o["title"] for o in gone.json()["poll"]["options"]] == ["a", "b"]
    for table in ("poll", "poll_option", "vote"):
        assert await engine.db.values(f"SELECT post_id FROM {table}") == []

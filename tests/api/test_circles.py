"""Sets, friends, recipients and who may write, for programs."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from harken import clock
from harken.model.account import Account
from harken.store import posts
from harken.timetable import do_what_is_due
from tests.world import World

BASE = "/api/harken/v1"


class Asking:
    """A member with a program."""

    def __init__(self, account: Account, token: str, client: httpx.AsyncClient) -> None:
        self.account, self.id = account, str(account.id)
        self._client, self._headers = client, {"Authorization": f"Bearer {token}"}

    async def ask(self, method: str, path: str, **given: object) -> httpx.Response:
        return await self._client.request(
            method, path if path.startswith("/api") else BASE + path, headers=self._headers, json=given or None)

    async def get(self, path: str) -> list[str]:
        """The names of the accounts, or texts of the statuses, that a list has."""
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return [one["acct"] if "acct" in one else one["content"] for one in answer.json()]


async def asking(world: World, client: httpx.AsyncClient, *names: str) -> list[Asking]:
    made = []
    for name in names:
        account = await world.account(name)
        made.append(Asking(account, await world.token(account), client))
    return made


async def test_a_set_is_made_filled_read_and_dropped_by_its_owner_alone(
    world: World, client: httpx.AsyncClient
) -> None:
    ana, ben, cleo, dora = await asking(world, client, "ana", "ben", "cleo", "dora")
    made = (await ana.ask("POST", "/sets", name=" The  family ")).json()
    assert made == {"id": made["id"], "name": "The family", "accounts_count": 0}
    path = f"/sets/{made['id']}"
    assert (await ana.ask("POST", f"{path}/accounts", account_ids=[ben.id, cleo.id])).status_code == 200
    assert (await ana.ask("PATCH", path, name="Family")).json()["accounts_count"] == 2
    assert await ana.get(f"{path}/accounts") == ["cleo", "ben"]
    assert (await ana.ask("GET", f"/accounts/{ben.id}/sets")).json()[0]["name"] == "Family"
    await world.post(ben.account, "in public")
    await world.post(ben.account, "for followers", to="followers")
    to_ben = await world.post(cleo.account, "tea?")
    await world.post(ben.account, "gladly", reply_to=to_ben)
    await world.post(ben.account, "elsewhere", reply_to=await world.post(dora.account, "hello"))
    assert await ana.get(f"{path}/timeline") == ["<p>gladly</p>", "<p>tea?</p>", "<p>in public</p>"]
    for method, rest in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/accounts"), ("GET", "/timeline"),
                         ("POST", "/accounts"), ("DELETE", "/accounts")):
        answer = await ben.ask(method, path + rest, name="Mine", account_ids=[cleo.id])
        assert answer.status_code == 404, (method, rest)
    assert (await ben.ask("GET", "/sets")).json() == []
    for number in (0, 501):
        assert (await ana.ask("POST", f"{path}/accounts", account_ids=["1"] * number)).status_code == 422
    assert (await ana.ask("POST", f"{path}/accounts", account_ids=["x"])).status_code == 404
    await ana.ask("DELETE", f"{path}/accounts", account_ids=[ben.id])
    assert await ana.get(f"{path}/accounts") == ["cleo"]
    assert (await ana.ask("DELETE", path)).status_code == 200
    assert (await ana.ask("GET", "/sets")).json() == []


async def test_a_client_speaks_to_sets_friends_and_people(world: World, client: httpx.AsyncClient) -> None:
    ana, ben, cleo, dora, eve = await asking(world, client, "ana", "ben", "cleo", "dora", "eve")
    family = (await ana.ask("POST", "/sets", name="Family")).json()["id"]
    await ana.ask("POST", f"/sets/{family}/accounts", account_ids=[ben.id])
    await ana.ask("POST", f"/accounts/{cleo.id}/friendship/ask")
    await cleo.ask("POST", f"/accounts/{ana.id}/friendship/accept")
    statuses = "/api/v1/statuses"
    made = (await ana.ask("POST", statuses, status="sunday", visibility="public", harken={
        "sets": [family], "friends": True, "people": [dora.id]})).json()
    assert (made["visibility"], made["harken"]) == ("private", {"visibility": "set"})
    for person, status in ((ben, 200), (cleo, 200), (dora, 200), (eve, 404)):
        assert (await person.ask("GET", f"{statuses}/{made['id']}")).status_code == status
        assert (await person.ask("GET", f"/statuses/{made['id']}/recipients")).status_code == status
    told = (await ben.ask("GET", f"/statuses/{made['id']}/recipients?limit=2")).json()
    assert (told["visibility"], told["count"], len(told["accounts"]), told["sets"]) == ("set", 3, 2, None)
    told = (await ana.ask("GET", f"/statuses/{made['id']}/recipients")).json()
    assert {one["acct"] for one in told["accounts"]} == {"ben", "cleo", "dora"}
    assert [one["name"] for one in told["sets"]] == ["Family"]
    # What a client of Mastodon answers stays among them, whatever it thinks the audience is.
    answered = (await ben.ask("POST", statuses, status="yes @eve", visibility="public", in_reply_to_id=made["id"]))
    assert answered.json()["harken"] == {"visibility": "set"}
    assert (await eve.ask("GET", f"{statuses}/{answered.json()['id']}")).status_code == 404
    assert (await cleo.ask("GET", f"{statuses}/{answered.json()['id']}")).status_code == 200
    for wrong, status in (({"sets": ["1"]}, 404), ({"sets": ["x"]}, 404), ({"people": ["1"] * 501}, 422)):
        assert (await ana.ask("POST", statuses, status="x", harken=wrong)).status_code == status, wrong
    later = (clock.now() + timedelta(hours=1)).isoformat()
    for at in (None, later):
        refused = await ben.ask("POST", statuses, status="x", harken={"sets": [family]}, scheduled_at=at)
        assert refused.status_code == 404
    planned = await ana.ask("POST", statuses, status="monday", harken={"sets": [family]}, scheduled_at=later)
    assert planned.status_code == 200
    with clock.frozen(clock.now() + timedelta(hours=2)):
        await do_what_is_due(world.db)
    [monday] = await posts.newest_ids(world.db, 1)
    for person, status in ((ben, 200), (cleo, 404)):
        assert (await person.ask("GET", f"{statuses}/{monday}")).status_code == status


async def test_friendship_is_asked_for_answered_and_ended(world: World, client: httpx.AsyncClient) -> None:
    ana, ben, cleo = await asking(world, client, "ana", "ben", "cleo")
    asked = await ana.ask("POST", f"/accounts/{ben.id}/friendship/ask")
    assert asked.json()["harken"] == {"friend_requested": True}
    await cleo.ask("POST", f"/accounts/{ben.id}/friendship/ask")
    assert await ben.get("/friend_requests") == ["cleo", "ana"]
    accepted = await ben.ask("POST", f"/accounts/{ana.id}/friendship/accept")
    assert accepted.json()["harken"] == {"friend": True}
    fan = (await ben.ask("POST", f"/accounts/{cleo.id}/friendship/accept_as_fan")).json()
    assert "harken" not in fan
    assert (fan["followed_by"], fan["following"]) == (True, False)
    assert (await ana.get(f"/accounts/{ben.id}/friends"), await ana.get(f"/accounts/{ben.id}/fans")) == (
        ["ana"], ["cleo"])
    await world.settle()
    kinds = "/api/v1/notifications?types[]=friend&types[]=friend_request"
    for person, types in ((ana, ["friend"]), (ben, []), (cleo, [])):
        told = (await person.ask("GET", kinds)).json()
        assert [one["type"] for one in told] == types
        grouped = (await person.ask("GET", kinds.replace("v1", "v2"))).json()["notification_groups"]
        assert [one["type"] for one in grouped] == types
    assert (await ana.ask("POST", f"/accounts/{ben.id}/friendship/marry")).status_code == 404
    assert (await ana.ask("POST", f"/accounts/{cleo.id}/friendship/accept")).status_code == 404
    ended = (await ana.ask("POST", f"/accounts/{ben.id}/friendship/end")).json()
    assert "harken" not in ended
    assert ended["following"]
    assert await ben.get(f"/accounts/{ben.id}/friends") == []


async def test_preferences_say_who_may_write_and_who_sees_friends(world: World, client: httpx.AsyncClient) -> None:
    ana, ben = await asking(world, client, "ana", "ben")
    assert (await ana.ask("GET", "/preferences")).json() == {
        "private_messages_from": "everybody", "hide_friends": False}
    chosen = await ana.ask("PATCH", "/preferences", private_messages_from="friends")
    assert chosen.json() == {"private_messages_from": "friends", "hide_friends": False}
    refused = await ben.ask("POST", "/api/v1/statuses", status="@ana psst", visibility="direct")
    assert (refused.status_code, refused.json()["error"]) == (
        403, "@ana takes private messages from their friends only.")
    assert await ben.get(f"/accounts/{ana.id}/friends") == []
    assert (await ana.ask("PATCH", "/preferences", hide_friends=True)).json()["private_messages_from"] == "friends"
    for which in ("friends", "fans"):
        assert (await ben.ask("GET", f"/accounts/{ana.id}/{which}")).status_code == 403
        assert (await ana.ask("GET", f"/accounts/{ana.id}/{which}")).status_code == 200


@pytest.mark.parametrize("given", ["strangers", "", "Friends"])
async def test_a_rule_that_does_not_exist_is_refused(world: World, client: httpx.AsyncClient, given: str) -> None:
    [ana] = await asking(world, client, "ana")
    refused = await ana.ask("PATCH", "/preferences", private_messages_from=given)
    assert refused.status_code == 422
    assert "everybody, followed, friends, nobody" in refused.json()["error"]

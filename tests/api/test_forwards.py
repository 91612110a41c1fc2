"""Passing posts on, for programs."""

from __future__ import annotations

import httpx
import pytest

from harken import clock
from harken.actions.befriend import accept_friend, ask_friend
from tests.world import World

STATUSES = "/api/harken/v1/statuses"


async def test_a_program_passes_a_post_on_and_reads_what_came(world: World, client: httpx.AsyncClient) -> None:
    ana, ben, dora = [await world.account(name) for name in ("ana", "ben", "dora")]
    await ask_friend(world.db, ana, ben.id, clock.now())
    await accept_friend(world.db, ben, ana.id, clock.now())
    post = await world.post(dora, "news")
    as_ana, as_ben = [{"Authorization": f"Bearer {await world.token(one)}"} for one in (ana, ben)]
    path = f"{STATUSES}/{post.id}/forward"
    assert [a["acct"] for a in (await client.get(path, headers=as_ana)).json()["accounts"]] == ["ben"]
    for wrong in ({}, {"all_friends": True, "account_ids": [str(ben.id)]}, {"account_ids": ["1"] * 501}):
        assert (await client.post(path, json=wrong, headers=as_ana)).status_code == 422
    assert (await client.post(path, json={"account_ids": ["x"]}, headers=as_ana)).status_code == 404
    assert (await client.post(path, json={"all_friends": True})).status_code == 401
    for names in (["ben"], []):
        done = (await client.post(path, json={"all_friends": True}, headers=as_ana)).json()
        assert [a["acct"] for a in done["accounts"]] == names
    await world.settle()
    [came] = (await client.get("/api/harken/v1/forwards", headers=as_ben)).json()
    assert (came["account"]["acct"], came["status"]["id"]) == ("ana", str(post.id))
    # Clients of Mastodon do not know the type, and hear of it only when they ask for it.
    told = "/api/v1/notifications"
    assert (await client.get(told, headers=as_ben)).json()[0]["type"] == "follow"
    assert [n["type"] for n in (await client.get(f"{told}?types[]=forward", headers=as_ben)).json()] == ["forward"]
    assert (await client.get(f"{told}/unread_count", headers=as_ben)).json() == {"count": 1}


@pytest.mark.parametrize("to, status", [("followers", 404), ("direct", 404)])
async def test_what_one_may_not_see_cannot_be_passed_on(
    world: World, client: httpx.AsyncClient, to: str, status: int
) -> None:
    ana, dora = [await world.account(name) for name in ("ana", "dora")]
    post = await world.post(dora, "news", to=to)
    headers = {"Authorization": f"Bearer {await world.token(ana)}"}
    for method in ("GET", "POST"):
        answer = await client.request(
            method, f"{STATUSES}/{post.id}/forward", headers=headers, params={"all_friends": "true"})
        assert answer.status_code == status

"""What is unread, and the river, for programs."""

from __future__ import annotations

import httpx

from harken import clock
from harken.actions.boost_post import boost_post
from tests.world import World


async def test_a_program_reads_the_river_and_marks_it_read(world: World, client: httpx.AsyncClient) -> None:
    ana, ben, cyd = [await world.account(name) for name in ("ana", "ben", "cyd")]
    await world.follows(ben, ana)
    tea = await world.post(ana, "tea?")
    await world.post(cyd, "yes", reply_to=tea)
    passed_on = await world.post(cyd, "passed on")
    await boost_post(world.db, ana, passed_on.id, clock.now())
    secret = await world.post(ana, "@cyd psst", to="direct")
    await world.settle()
    bearer = {"Authorization": f"Bearer {await world.token(ben)}"}
    base = "/api/harken/v1"

    drops = (await client.get(f"{base}/river", headers=bearer)).json()
    assert [drop["status"]["content"] or drop["status"]["reblog"]["content"] for drop in drops] == [
        "<p>passed on</p>", "<p>tea?</p>"]
    assert drops[1]["conversation"] == {
        "id": str(tea.id), "state": "unread", "answers": 1, "fresh": 1, "responses_seen": 0, "told": False}
    assert drops[0]["conversation"]["id"] == str(passed_on.id)
    page = await client.get(f"{base}/river?limit=1", headers=bearer)
    assert f"max_id={drops[0]['id']}" in page.headers["link"]
    assert [drop["id"] for drop in (await client.get(page.links["next"]["url"], headers=bearer)).json()] == [
        drops[1]["id"]]
    assert (await client.get(f"{base}/river?show=x", headers=bearer)).status_code == 422
    assert (await client.get(f"{base}/river")).status_code == 401

    asked = {"id[]": [str(tea.id), str(secret.id), "1", "x"]}
    assert list((await client.get(f"{base}/reading", params=asked, headers=bearer)).json()) == [str(tea.id)]
    assert (await client.get(
        f"{base}/reading", params={"id[]": ["1"] * 101}, headers=bearer)).status_code == 422
    stands = (await client.post(f"{base}/statuses/{tea.id}/read", headers=bearer)).json()
    assert (stands["state"], stands["fresh"], stands["responses_seen"]) == ("read", 0, 1)
    assert (await client.post(f"{base}/statuses/{secret.id}/read", headers=bearer)).status_code == 404
    assert (await client.post(f"{base}/statuses/{tea.id}/tell", headers=bearer)).json()["told"] is True
    assert (await client.post(f"{base}/statuses/{tea.id}/untell", headers=bearer)).json()["told"] is False
    await world.post(cyd, "more", reply_to=tea)
    assert (await client.get(f"{base}/reading/counts", headers=bearer)).json() == {
        "all": 1, "mine": 0, "private": 0, "responded": 0}
    await client.post(f"{base}/reading/read_all", headers=bearer)
    assert (await client.get(f"{base}/reading/counts", headers=bearer)).json()["all"] == 0
    reader = {"Authorization": f"Bearer {await world.token(ben, 'read')}"}
    assert (await client.post(f"{base}/reading/read_all", headers=reader)).status_code == 403

"""Stories for programs."""

from __future__ import annotations

import httpx

from harken import clock
from harken.actions.ask_consent import answer_consent, asked
from harken.model.desk import DeskRole
from harken.store import desks
from tests.web.test_contacts import at_desk
from tests.world import World


async def test_a_program_writes_asks_and_publishes_and_answers_for_nobody(
    world: World, client: httpx.AsyncClient
) -> None:
    desk, hal, ann = await at_desk(world)
    key = {"Authorization": f"Bearer {await world.token(hal, 'read:desks write:desks')}"}
    reads = {"Authorization": f"Bearer {await world.token(hal, 'read:desks')}"}
    theirs = {"Authorization": f"Bearer {await world.token(ann)}"}
    here = f"/api/harken/v1/desks/{desk.id}/stories"
    assert (await client.post(here, headers=reads, json={"title": "x"})).status_code == 403
    assert (await client.post(here, headers=theirs, json={"title": "x"})).status_code == 404
    assert (await client.post(here, headers=key, json={"title": ""})).status_code == 422
    made = (await client.post(here, headers=key, json={"title": "A lunch", "until": "2027-05-31"})).json()
    assert (made["until"], made["shown"], made["pieces"], made["people"]) == ("2027-05-31", False, [], [])
    one = f"{here}/{made['id']}"
    post = await world.db.value("SELECT post_id FROM desk_item")
    await client.post(f"{one}/pieces", headers=key, json={"post": str(post)})
    whole = (await client.post(f"{one}/pieces", headers=key, json={"text": "Lunch.", "day": "2026-05-31"})).json()
    assert [piece["kind"] for piece in whole["pieces"]] == ["post", "moment"]
    moment = whole["pieces"][1]["id"]
    whole = (await client.patch(f"{one}/pieces/{moment}", headers=key, json={"move": "up"})).json()
    assert [piece["kind"] for piece in whole["pieces"]] == ["moment", "post"]
    for wrong in ({"move": "sideways"}, {"text": ""}, {"text": "x", "day": "never"}):
        assert (await client.patch(f"{one}/pieces/{moment}", headers=key, json=wrong)).status_code == 422, wrong
    [person] = whole["people"]
    assert (person["account_id"], person["state"]) == (str(ann.id), "unasked")
    link = (await client.post(f"{one}/people/{person['id']}/ask", headers=key, json={})).json()["url"]
    secret = link.rpartition("/")[2]
    assert (await client.post(f"{one}/publish", headers=key, json={})).status_code == 409
    assert (await client.get(one, headers=reads)).json()["people"][0]["state"] == "asked"
    at = await asked(world.db, secret, ann, clock.now())
    await answer_consent(world.db, secret, ann, "yes", at.person.digest, [], clock.now())
    shown = (await client.post(f"{one}/publish", headers=key, json={"status": "Read this"})).json()
    assert (shown["shown"], shown["people"][0]["state"]) == (True, "yes")
    assert (await client.get(here, headers=reads)).json()[0]["shown"]
    assert (await client.delete(one, headers=key)).status_code == 403
    back = (await client.post(f"{one}/take_back", headers=key)).json()
    assert (back["shown"], back["post_id"]) == (False, None)
    assert (await client.delete(one, headers=key)).json() == {}
    assert (await client.get(one, headers=key)).status_code == 404


async def test_a_draft_is_for_helpers_and_strangers_find_nothing(world: World, client: httpx.AsyncClient) -> None:
    desk, hal, ann = await at_desk(world)
    rea = await world.account("rea")
    async with world.db.transaction() as tx:
        await desks.put_member(tx, desk.id, rea.id, DeskRole.READER, clock.now())
    keys = {one.username: {"Authorization": f"Bearer {await world.token(one, 'read:desks write:desks')}"}
            for one in (hal, ann, rea)}
    here = f"/api/harken/v1/desks/{desk.id}/stories"
    one = f"{here}/{(await client.post(here, headers=keys['hal'], json={'title': 'A lunch'})).json()['id']}"
    assert (await client.get(one, headers=keys["hal"])).status_code == 200
    assert (await client.get(here, headers=keys["rea"])).json() == []
    assert (await client.get(one, headers=keys["rea"])).status_code == 404
    assert (await client.post(f"{one}/pieces", headers=keys["rea"], json={"text": "x"})).status_code == 403
    for path in (here, one):
        assert (await client.get(path, headers=keys["ann"])).status_code == 404
        assert (await client.get(path)).status_code == 401
    for path in (f"{here}/x", f"{here}/99999999999999999999", f"{one}/people/1"):
        method = client.delete if "people" in path else client.get
        assert (await method(path, headers=keys["hal"])).status_code == 404, path

"""What Mastodon has no word for stands in `harken`, and only where there is something to say."""

from __future__ import annotations

import httpx

from harken import clock
from harken.actions.publish_post import publish_post
from harken.engine import Engine
from harken.ids import AccountId
from harken.model.post import Draft
from harken.store import accounts
from tests.api.mastodon.conftest import People


async def test_a_plain_note_has_no_extras_and_a_qualified_one_has(
    engine: Engine, people: People, client: httpx.AsyncClient
) -> None:
    alice = await people("alice")
    plain = await alice.posts("Good morning")
    account = await accounts.get(engine.db, AccountId(int(alice.id)))
    asks = await publish_post(engine.db, account, Draft(text="where to?", verb="asks"), clock.now())
    assert "harken" not in await alice.get(f"/api/v1/statuses/{plain['id']}")
    assert (await alice.get(f"/api/v1/statuses/{asks.id}"))["harken"] == {"verb": "asks"}

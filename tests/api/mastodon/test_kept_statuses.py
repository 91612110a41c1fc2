"""Statuses are encoded once and kept. What is kept must be what would be made anew; and a page costs few statements."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from harken import clock
from harken.actions.keep_emoji import add_emoji
from harken.api.mastodon import entities
from harken.engine import Engine
from harken.media.store import FileStore
from harken.store import accounts
from tests.api.mastodon.conftest import People
from tests.api.mastodon.test_community import picture
from tests.api.mastodon.test_media import uploaded


async def test_what_is_kept_is_what_would_be_made_anew(
    engine: Engine, people: People, client: httpx.AsyncClient
) -> None:
    alice, bob, carol = await people("alice"), await people("bob"), await people("carol")
    await bob.do(f"/api/v1/accounts/{alice.id}/follow")
    await alice.do(f"/api/v1/accounts/{bob.id}/follow")
    file = await uploaded(alice, description="A barn.")
    first = await alice.posts("hello @carol :wave: #tea", media_ids=[file["id"]])
    second = await alice.posts("read https://example.org/page", in_reply_to_id=first["id"])
    asked = await alice.posts("which?", poll={"options": ["a", "b"], "expires_in": 3600})
    quoting = await bob.posts("look", quoted_status_id=second["id"])
    await bob.do(f"/api/v1/statuses/{first['id']}/reblog")
    await people.world.settle()

    async def pages() -> list[Any]:
        made = []
        for one in (alice, bob, carol):
            made.append(await one.get("/api/v1/timelines/home"))
            made.append(await one.get(f"/api/v1/accounts/{alice.id}/statuses"))
            made.append(await one.get("/api/v1/notifications"))
        made.append((await client.get("/api/v1/timelines/public")).json())
        made.append((await client.get(f"/api/v1/statuses/{first['id']}/context")).json())
        return made

    async def preview(title: str) -> None:
        async with engine.db.transaction() as tx:
            await tx.execute(
                """INSERT INTO preview (url, title, fetched_at) VALUES ('https://example.org/page', :title, 1)
                   ON CONFLICT (url) DO UPDATE SET title = :title""", title=title)

    async def indexable(on: bool) -> None:
        async with engine.db.transaction() as tx:
            await accounts.change(tx, alice.account.id, indexable=on)

    def does(path: str, by: Any = bob) -> Callable[[], Awaitable[Any]]:
        return lambda: by.do(path)

    status = f"/api/v1/statuses/{first['id']}"
    changes: list[Callable[[], Awaitable[Any]]] = [
        does(f"{status}/favourite"), does(f"{status}/bookmark"), does(f"{status}/reblog", carol),
        does(f"{status}/mute", alice), does(f"{status}/pin", alice), does(f"{status}/unfavourite"),
        lambda: alice.ask("PUT", f"/api/v1/media/{file['id']}", json={"description": "A red barn."}),
        lambda: alice.ask("PUT", status, json={"status": "hello @bob #coffee :wave:", "media_ids": [file["id"]]}),
        lambda: alice.ask("PUT", f"{status}/interaction_policy", json={"quote_approval_policy": "followers"}),
        lambda: preview("A page"), lambda: preview("The same page with another title"),
        lambda: add_emoji(engine.db, FileStore(engine.media_directory), "wave", picture(), clock.now()),
        lambda: alice.ask("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": "Alice again"}),
        lambda: indexable(False), does(f"/api/v1/polls/{asked['poll']['id']}/votes"),
        lambda: bob.do(f"/api/v1/polls/{asked['poll']['id']}/votes", choices=[1]),
        lambda: bob.do("/api/v2/filters", title="tea", context=["home"], keywords_attributes=[{"keyword": "hello"}]),
        does(f"/api/v1/statuses/{second['id']}/quotes/{quoting['id']}/revoke", alice),
        lambda: carol.posts("an answer", in_reply_to_id=first["id"]),
        lambda: alice.ask("DELETE", f"/api/v1/statuses/{second['id']}"),
        does(f"/api/v1/accounts/{alice.id}/unfollow"),
    ]
    before = await pages()
    differed = 0
    for number, change in enumerate(changes):
        try:
            await change()
        except AssertionError:
            assert number == 14  # a vote for nothing
        await people.world.settle()
        kept = await pages()
        entities._encoded_statuses.clear()
        assert engine.db.kept_posts
        engine.db.kept_posts.clear()
        assert kept == await pages(), number
        differed += kept != before
        before = kept
    assert differed >= len(changes) - 4


async def test_every_page_costs_the_same_number_of_statements_whatever_its_length(
    engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = await people("alice"), await people("bob")
    await alice.do(f"/api/v1/accounts/{bob.id}/follow")
    asked = 0
    for name in ("all", "find", "value", "values", "rows", "patient"):
        real = getattr(type(engine.db), name)

        async def counted(self: Any, *given: Any, _real: Any = real, **values: Any) -> Any:
            nonlocal asked
            asked += "ip_block" not in given[-1]  # which is asked once a second
            return await _real(self, *given, **values)

        monkeypatch.setattr(type(engine.db), name, counted)
    root = await alice.posts("what is read about tea?")

    async def more(number: int) -> None:
        file = await uploaded(bob)
        said = await bob.posts(f"@alice tea {number} https://example.org/{number}", in_reply_to_id=root["id"])
        await bob.posts(f"tea with a picture {number}", media_ids=[file["id"]], in_reply_to_id=said["id"])
        await bob.posts(f"tea or coffee {number}", poll={"options": ["a", "b"], "expires_in": 3600})
        await bob.posts(f"tea quoted {number}", quoted_status_id=root["id"])
        mine = await alice.posts(f"tea of mine {number}")
        await bob.do(f"/api/v1/statuses/{mine['id']}/reblog")
        await bob.do(f"/api/v1/statuses/{mine['id']}/favourite")
        await people.world.settle()

    paths = ["/api/v1/timelines/home", "/api/v1/timelines/public", f"/api/v1/accounts/{bob.id}/statuses",
             f"/api/v1/statuses/{root['id']}/context", "/api/v1/notifications", "/api/v2/notifications",
             "/api/v2/search?q=tea&type=statuses", "/api/v1/conversations", "/api/v1/bookmarks",
             f"/api/v1/statuses/{root['id']}/quotes"]
    numbers: list[list[int]] = []
    for number in range(3):
        await more(2 * number)
        await more(2 * number + 1)
        counted_now = []
        for path in paths:
            await alice.get(path)  # what is kept in memory is there now
            asked = 0
            await alice.get(path)
            counted_now.append(asked)
        numbers.append(counted_now)
    assert numbers[0] == numbers[1] == numbers[2], dict(zip(paths, zip(*numbers, strict=True), strict=True))
    assert max(numbers[0]) <= 15, dict(zip(paths, numbers[0], strict=True))

"""What moderators take off the trends, and put back."""

from __future__ import annotations

from typing import Any

import httpx

from harken import clock
from harken.model.account import Role
from harken.search.trends import find_trends
from tests.api.mastodon.conftest import People, Person
from tests.api.mastodon.test_trends import LINK, parade

ADMIN = "read admin:read admin:write"


async def test_what_a_moderator_rejects_trends_no_more_until_it_is_approved(
    people: People, client: httpx.AsyncClient
) -> None:
    await parade(people.world)
    rose = await people("rose", ADMIN, role=Role.MODERATOR)

    async def public(kind: str) -> list[Any]:
        return [one["id" if kind != "links" else "url"] for one in (await client.get(f"/api/v1/trends/{kind}")).json()]

    for kind in ("tags", "links", "statuses"):
        before = await public(kind)
        [first, *_] = await rose.get(f"/api/v1/admin/trends/{kind}")
        rejected = await rose.do(f"/api/v1/admin/trends/{kind}/{first['id']}/reject")
        assert rejected["id"] == first["id"]
        shown = first["url"] if kind == "links" else first["id"]
        assert shown not in await public(kind)
        assert first["id"] in [one["id"] for one in await rose.get(f"/api/v1/admin/trends/{kind}")]
        await rose.do(f"/api/v1/admin/trends/{kind}/{first['id']}/approve")
        assert await public(kind) == before
    [site] = await rose.get("/api/v1/admin/trends/links/publishers")
    assert (site["domain"], site["trendable"]) == ("parade.example", True)
    assert (await rose.do(f"/api/v1/admin/trends/links/publishers/{site['id']}/reject"))["trendable"] is False
    assert await public("links") == []
    await rose.do(f"/api/v1/admin/trends/links/publishers/{site['id']}/approve")
    assert await public("links") == [LINK]


async def test_a_rejected_tag_is_off_the_page_too_and_the_record_says_who(people: People) -> None:
    await parade(people.world)
    rose = await people("rose", ADMIN, role=Role.MODERATOR)
    db = people.world.db
    assert (await rose.do("/api/v1/admin/trends/tags/Parade/reject"))["trendable"] is False
    found = await find_trends(db, None, "day", clock.now(), kinds=("tag",))
    assert found.trends == []
    await rose.do("/api/v1/admin/trends/tags/parade/reject")  # a second time changes and records nothing
    rows = await db.rows("SELECT actor, act, about_kind, about FROM moderation_act")
    assert rows == [("rose", "hide_trend", "tag", "parade")]


async def test_only_those_who_may_judge_what_is_there(people: People) -> None:
    alice: Person = await people("alice", ADMIN)
    rose = await people("rose", "read admin:read", role=Role.MODERATOR)
    vera = await people("vera", ADMIN, role=Role.OWNER)
    for person in (alice, rose):
        for path in ("tags/tea", "statuses/1", "links/1", "links/publishers/1"):
            assert await person.status_of("POST", f"/api/v1/admin/trends/{path}/reject") == 403
    for path in ("tags/tea/praise", "tags/%20/reject", "statuses/1/reject", "links/1/reject",
                 "links/publishers/1/reject", "links/x/reject"):
        assert await vera.status_of("POST", f"/api/v1/admin/trends/{path}") == 404, path

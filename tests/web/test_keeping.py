"""Stars for posts and words for bookmarks, on pages and for programs."""

from __future__ import annotations

import httpx
import pytest

from harken import clock
from harken.actions.block import block
from harken.actions.keep_post import unbookmark_post
from harken.actions.rate_post import rate_post, take_stars_back
from harken.actions.sort_bookmark import sort_bookmark
from harken.errors import Invalid, NotAllowed, NotFound
from harken.store import bookmark_tags, ratings
from tests.web.test_pages import sign_in
from tests.web.test_statuses import submit
from tests.world import World


async def test_stars_are_given_changed_and_taken_back_by_those_who_see_the_post(world: World) -> None:
    ana, ben, cleo = [await world.account(name) for name in ("ana", "ben", "cleo")]
    made, hidden = await world.post(ana, "soup"), await world.post(ana, "@cleo soup", to="direct")
    await rate_post(world.db, ben, made.id, 2)
    await rate_post(world.db, ben, made.id, 4)
    await rate_post(world.db, cleo, made.id, 5)
    found = (await ratings.of_posts(world.db, [made.id, hidden.id], ben.id))[made.id]
    assert (found.number, found.average, found.mine) == (2, 4.5, 4)
    for stars in (0, 6, -1):
        with pytest.raises(Invalid):
            await rate_post(world.db, ben, made.id, stars)
    with pytest.raises(NotAllowed):
        await rate_post(world.db, ana, made.id, 5)
    with pytest.raises(NotFound):
        await rate_post(world.db, ben, hidden.id, 5)
    await block(world.db, ana, ben.id, clock.now())
    with pytest.raises(NotFound):
        await rate_post(world.db, ben, made.id, 1)
    await take_stars_back(world.db, cleo, made.id)
    assert (await ratings.of_posts(world.db, [made.id], cleo.id))[made.id].number == 1


async def test_stars_stand_on_the_card_and_a_form_gives_them(world: World, client: httpx.AsyncClient) -> None:
    ana, ben = await world.account("ana"), await world.account("ben")
    made = await world.post(ana, "soup")
    await sign_in(client, world, ben)
    assert "ratings" not in (await client.get(f"/@ana/{made.id}")).text
    assert (await submit(client, f"/posts/{made.id}/rate", stars="4", back="/public")).status_code == 303
    page = (await client.get(f"/@ana/{made.id}")).text
    assert "4.0 of 5 stars" in page
    assert "1 rating" in page
    assert 'value="4" checked' in (await client.get(f"/posts/{made.id}/rate")).text
    assert (await submit(client, f"/posts/{made.id}/rate", stars="9")).status_code == 422
    assert (await submit(client, f"/posts/{made.id}/rate", stars="0")).status_code == 303
    assert "of 5 stars" not in (await client.get(f"/@ana/{made.id}")).text
    token = await world.token(ben)
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/api/harken/v1/statuses/{made.id}/rating"
    assert (await client.get(path, headers=headers)).json() == {"count": 0, "average": None, "mine": None}
    given = await client.post(path, headers=headers, json={"stars": 3})
    assert given.json() == {"count": 1, "average": 3.0, "mine": 3}


async def test_bookmarks_are_sorted_by_words_that_nobody_else_sees(world: World, client: httpx.AsyncClient) -> None:
    ana, ben = await world.account("ana"), await world.account("ben")
    soup, bread = await world.post(ana, "soup"), await world.post(ana, "bread")
    await sign_in(client, world, ben)
    saved = await submit(client, f"/posts/{soup.id}/sort", tags="To cook,  #Winter , to cook")
    assert saved.status_code == 303  # and it is a bookmark now
    await submit(client, f"/posts/{bread.id}/sort", tags="to cook")
    page = (await client.get("/bookmarks")).text
    assert "Winter" in page
    only = (await client.get("/bookmarks?tag=winter")).text
    assert "soup" in only
    assert "bread" not in only
    assert (await submit(client, f"/posts/{soup.id}/sort", tags="x" * 41)).status_code == 422
    assert await bookmark_tags.counted(world.db, ana.id) == []
    await unbookmark_post(world.db, ben, soup.id)
    assert await bookmark_tags.counted(world.db, ben.id) == [("to cook", "to cook", 1)]
    with pytest.raises(Invalid):
        await sort_bookmark(world.db, ben, bread.id, [str(n) for n in range(21)], clock.now())
    headers = {"Authorization": f"Bearer {await world.token(ben)}"}
    put = await client.put(
        f"/api/harken/v1/statuses/{bread.id}/bookmark_tags", headers=headers, json={"tags": ["Sunday"]})
    assert put.json() == [{"name": "Sunday", "count": 1}]
    assert (await client.get("/api/harken/v1/bookmark_tags", headers=headers)).json() == put.json()

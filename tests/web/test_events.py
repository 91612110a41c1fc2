"""Events on pages, all without scripts: inviting, answering, changing, the calendar, the file."""

from __future__ import annotations

import httpx
import pytest
from icalendar import Calendar

from harken.store import gatherings, posts
from tests.web.test_pages import sign_in
from tests.web.test_statuses import submit
from tests.world import World

EVENT = {
    "event[name]": "Lunch <at> the lake", "event[place]": "Café Möwe", "event[starts]": "2031-06-12T15:30",
    "event[ends]": "2031-06-12T17:30", "event[zone]": "Europe/Berlin", "event[remind]": "60"}
BOX = {"text": "", "visibility": "0", "language": "en"}


async def test_an_event_is_made_answered_and_cancelled_on_pages(world: World, client: httpx.AsyncClient) -> None:
    ana, ben = await world.account("ana"), await world.account("ben")
    await sign_in(client, world, ana)
    page = (await client.get("/compose?kind=event")).text
    assert 'name="event[name]"' in page
    assert '<option value="Asia/Kathmandu">' in page
    refused = await submit(client, "/compose", **BOX, **EVENT | {"event[zone]": "Nowhere"})
    assert refused.status_code == 422
    assert "There is no such time zone" in refused.text
    assert 'value="Café Möwe"' in refused.text
    assert (await submit(client, "/compose", **BOX, **EVENT)).status_code == 303
    [post_id] = await posts.newest_ids(world.db, 9)
    page = (await client.get(f"/@ana/{post_id}")).text
    assert "Lunch &lt;at&gt; the lake" in page
    assert "h-event" in page
    assert "On your clock" in page
    assert 'datetime="2031-06-12T15:30+02:00"' in page

    await sign_in(client, world, ben)
    assert (await submit(client, f"/posts/{post_id}/rsvp", answer="yes", back="/")).status_code == 303
    assert (await submit(client, f"/posts/{post_id}/rsvp", answer="why", back="/")).status_code == 422
    event = await gatherings.find(world.db, post_id)
    assert event
    assert event.said_yes == 1
    assert "@ben" in (await client.get(f"/events/{post_id}/people")).text
    file = await client.get(f"/events/{post_id}.ics")
    assert file.headers["content-disposition"] == f'attachment; filename="event-{post_id}.ics"'
    [read] = Calendar.from_ical(file.content).walk("VEVENT")
    assert str(read["summary"]) == "Lunch <at> the lake"
    for path in ("/events", "/events?view=month&month=2031-06"):
        assert "Lunch &lt;at&gt; the lake" in (await client.get(path)).text
    assert "Lunch" not in (await client.get("/events?view=past")).text
    assert "Lunch" not in (await client.get("/events?view=month&month=2031-07")).text
    assert (await client.get(f"/events/{post_id}/edit")).status_code == 404

    await sign_in(client, world, ana)
    assert 'value="2031-06-12T15:30"' in (await client.get(f"/events/{post_id}/edit")).text
    changed = EVENT | {"event[place]": "Boathouse"}
    assert (await submit(client, f"/events/{post_id}/edit", **changed)).status_code == 303
    wrong = await submit(client, f"/events/{post_id}/edit", **EVENT | {"event[ends]": "2031-06-12T10:00"})
    assert wrong.status_code == 422
    assert "ends before it starts" in wrong.text
    assert (await submit(client, f"/events/{post_id}/cancel")).status_code == 303
    assert "cancelled" in (await client.get(f"/@ana/{post_id}")).text
    await world.settle()
    await sign_in(client, world, ben)
    assert "cancelled an event that you come to" in (await client.get("/notifications")).text


async def test_an_event_for_followers_is_nobody_elses(world: World, client: httpx.AsyncClient) -> None:
    ana, ben = await world.account("ana"), await world.account("ben")
    await sign_in(client, world, ana)
    await submit(client, "/compose", **BOX | {"visibility": "2"}, **EVENT)
    [post_id] = await posts.newest_ids(world.db, 9)
    await sign_in(client, world, ben)
    for path in (f"/events/{post_id}.ics", f"/events/{post_id}/people", f"/@ana/{post_id}"):
        assert (await client.get(path)).status_code == 404, path
    assert (await submit(client, f"/posts/{post_id}/rsvp", answer="yes", back="/")).status_code == 404
    assert "Lunch" not in (await client.get("/events?whose=all")).text


@pytest.mark.parametrize("path", [
    "/events?view=month&month=2031-13", "/events?view=month&month=2000-01", "/events?view=month&month=2099-12",
    "/events?view=nothing&whose=nobody", "/events?view=month&month=" + "9" * 500])
async def test_the_calendar_answers_whatever_is_asked(world: World, client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 200


async def test_the_address_of_a_calendar_is_made_and_ended(world: World, client: httpx.AsyncClient) -> None:
    await sign_in(client, world, await world.account("ana"))
    assert (await submit(client, "/events/calendar", act="open")).status_code == 303
    page = (await client.get("/events")).text
    address = page.split('value="https://harken.test/feeds/calendars/')[1].split('"')[0]
    assert (await client.get(f"/feeds/calendars/{address}")).status_code == 200
    await submit(client, "/events/calendar", act="close")
    assert (await client.get(f"/feeds/calendars/{address}")).status_code == 404


async def test_an_event_that_is_over_says_so_and_asks_nobody_whether_they_come(
    world: World, client: httpx.AsyncClient
) -> None:
    ana, ben = await world.account("ana"), await world.account("ben")
    await sign_in(client, world, ana)
    await submit(client, "/compose", **BOX, **EVENT)
    [post_id] = await posts.newest_ids(world.db, 9)
    await sign_in(client, world, ben)
    await submit(client, f"/posts/{post_id}/rsvp", answer="yes", back="/")
    page = (await client.get(f"/@ana/{post_id}")).text
    assert "1 comes" in page
    assert "/rsvp" in page
    async with world.db.transaction() as tx:
        await tx.execute("UPDATE gathering SET starts_at = :at, ends_at = :at WHERE post_id = :id", at=1, id=post_id)
    page = (await client.get(f"/@ana/{post_id}")).text
    assert '<span class="tag">over</span>' in page
    assert "1 wanted to come" in page
    for gone in ("1 comes", "/rsvp", "Put it into my calendar"):
        assert gone not in page
    assert (await submit(client, f"/posts/{post_id}/rsvp", answer="no", back="/")).status_code == 422

"""Events: what can be invited to, who answers, who hears of what, and what search finds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from harken import clock
from harken.actions.answer_invitation import answer_invitation
from harken.actions.change_gathering import cancel_gathering, change_gathering
from harken.actions.delete_account import delete_account
from harken.actions.delete_post import delete_post
from harken.actions.edit_post import edit_post
from harken.actions.invite import checked_invitation, invitation_of
from harken.alerting.reminders import send_reminders
from harken.consumers.notifications import Notifications
from harken.errors import Invalid, NotFound
from harken.mail import Letter
from harken.model.account import Account
from harken.model.gathering import Gathering, Invitation, Rsvp
from harken.model.paging import Window
from harken.model.post import Draft, Post
from harken.search.search import find
from harken.settings import Settings
from harken.store import counts, gatherings, notifications, posts
from harken.timetable import do_what_is_due
from tests.world import World

START = datetime(2031, 6, 12, 13, 30, tzinfo=UTC)


def lunch(**changed: Any) -> Invitation:
    return msgspec.structs.replace(Invitation(
        name="Lunch at the lake", place="Café Möwe", starts_at=START, ends_at=START + timedelta(hours=2),
        zone="Europe/Berlin", remind=60), **changed)


async def told(world: World, who: Account) -> list[str]:
    await world.settle()
    page = await notifications.page(world.db, who.id, Window(limit=40), clock.now())
    return [one.kind for one in page]


async def event_of(world: World, post: Post, viewer: Account | None = None) -> Gathering:
    found = await gatherings.find(world.db, post.id, viewer.id if viewer else 0)
    assert found is not None
    return found


@pytest.mark.parametrize("starts, ends, zone, all_day, expected", [
    ("2031-06-12T15:30", "2031-06-12T17:00", "Europe/Berlin", False, ("2031-06-12T13:30", "2031-06-12T15:00")),
    ("2031-06-12T15:30", "", "Europe/Berlin", False, ("2031-06-12T13:30", "2031-06-12T14:30")),
    ("2031-06-12T15:30+00:00", "", "Europe/Berlin", False, ("2031-06-12T15:30", "2031-06-12T16:30")),
    ("2031-06-12", "2031-06-13", "America/New_York", True, ("2031-06-12T04:00", "2031-06-14T04:00")),
    # The night in which the clocks are put forward: 02:30 does not exist, and the day has 23 hours.
    ("2031-03-30T02:30", "", "Europe/Berlin", False, ("2031-03-30T01:30", "2031-03-30T02:30")),
    ("2031-03-30", "", "Europe/Berlin", True, ("2031-03-29T23:00", "2031-03-30T22:00")),
])
def test_times_are_read_on_the_clock_of_the_zone(
    starts: str, ends: str, zone: str, all_day: bool, expected: tuple[str, str]
) -> None:
    made = invitation_of("x", "", starts, ends, zone, all_day, 0)
    assert (made.starts_at.strftime("%Y-%m-%dT%H:%M"), made.ends_at.strftime("%Y-%m-%dT%H:%M")) == expected


@pytest.mark.parametrize("starts, zone", [
    ("", "UTC"), ("soon", "UTC"), ("2031-06-12T15:30", "Europe/Nowhere"), ("2031-06-12T15:30", "../../etc/passwd"),
    ("2031-06-12T15:30", ""), ("9999-12-31T23:59", "America/New_York"), ("0001-01-01T00:00", "Asia/Tokyo"),
    ("2031-06-12T15:30", "a" * 5000), ("1" * 5000, "UTC"), ("2031-06-12T15:30", "Europe/Berlin\x00"),
])
@pytest.mark.parametrize("all_day", [True, False])
def test_times_that_mean_nothing_are_refused(starts: str, zone: str, all_day: bool) -> None:
    with pytest.raises(Invalid):
        checked_invitation(invitation_of("x", "", starts, "", zone, all_day, 0), clock.now())


@pytest.mark.parametrize("changed", [
    {"name": " \u200b "}, {"name": "x" * 121}, {"place": "x" * 301}, {"ends_at": START},
    {"ends_at": START + timedelta(days=400)}, {"starts_at": clock.EPOCH, "ends_at": clock.EPOCH + timedelta(hours=1)},
    {"starts_at": START + timedelta(days=30 * 366), "ends_at": START + timedelta(days=30 * 366, hours=1)},
    {"remind": 7},
])
def test_events_that_cannot_be_are_refused(changed: dict[str, Any]) -> None:
    assert checked_invitation(lunch(), clock.now()) == lunch()
    with pytest.raises(Invalid):
        checked_invitation(lunch(**changed), clock.now())


async def test_whoever_sees_an_event_answers_until_it_is_over(world: World) -> None:
    ana, ben, cleo = [await world.account(name) for name in ("ana", "ben", "cleo")]
    await world.follows(ben, ana)
    post = await world.post(ana, "", to="followers", event=lunch())
    assert post.kind == "event"
    await answer_invitation(world.db, ben, post.id, Rsvp.YES, clock.now())
    with pytest.raises(NotFound):
        await answer_invitation(world.db, cleo, post.id, Rsvp.YES, clock.now())
    await answer_invitation(world.db, ben, post.id, Rsvp.MAYBE, clock.now())
    seen = await event_of(world, post, ben)
    assert (seen.said_yes, seen.said_maybe, seen.said_no, seen.said) == (0, 1, 0, Rsvp.MAYBE)
    assert (await event_of(world, post, ana)).said is None
    assert [one.account_id for one in await gatherings.coming(world.db, post.id, ana.id, 9)] == [ben.id]
    assert await told(world, ana) == ["rsvp", "follow"]
    await answer_invitation(world.db, ben, post.id, None, clock.now())
    assert (await event_of(world, post)).said_maybe == 0
    assert await told(world, ana) == ["follow"]
    with pytest.raises(Invalid):
        await answer_invitation(world.db, ben, post.id, Rsvp.YES, START + timedelta(hours=2))
    note = await world.post(ana, "no event")
    with pytest.raises(NotFound):
        await answer_invitation(world.db, ben, note.id, Rsvp.YES, clock.now())


async def test_those_who_come_hear_of_changes_and_others_do_not(world: World) -> None:
    ana, ben, cleo = [await world.account(name) for name in ("ana", "ben", "cleo")]
    post = await world.post(ana, "Come!", event=lunch())
    await answer_invitation(world.db, ben, post.id, Rsvp.YES, clock.now())
    await answer_invitation(world.db, cleo, post.id, Rsvp.NO, clock.now())
    await change_gathering(world.db, ana, post.id, lunch(), clock.now())
    await change_gathering(world.db, ana, post.id, lunch(remind=1440), clock.now())
    assert await told(world, ben) == []  # nothing that those who come would notice
    await change_gathering(world.db, ana, post.id, lunch(place="Boathouse"), clock.now())
    assert await told(world, ben) == ["event_changed"]
    with pytest.raises(NotFound):
        await change_gathering(world.db, ben, post.id, lunch(), clock.now())
    with pytest.raises(NotFound):
        await cancel_gathering(world.db, ben, post.id, clock.now())
    await cancel_gathering(world.db, ana, post.id, clock.now())
    assert await told(world, ben) == ["event_cancelled", "event_changed"]
    assert await told(world, cleo) == []
    with pytest.raises(Invalid):
        await answer_invitation(world.db, cleo, post.id, Rsvp.YES, clock.now())
    with pytest.raises(Invalid):
        await change_gathering(world.db, ana, post.id, lunch(), clock.now())

    kept = await world.db.rows("SELECT owner_id, id, kind FROM notification ORDER BY owner_id, id")
    await Notifications().rebuild(world.db)
    assert await world.db.rows("SELECT owner_id, id, kind FROM notification ORDER BY owner_id, id") == kept
    found = await event_of(world, post)
    assert (found.sequence, found.place, found.cancelled_at is not None) == (3, "Boathouse", True)


async def test_an_event_is_found_by_its_name_place_and_kind(world: World) -> None:
    ana = await world.account("ana")
    post = await world.post(ana, "bring bread", event=lunch())
    link = await world.post(ana, "look", link="https://example.org/page")

    async def finds(query: str) -> list[int]:
        return [one.id for one in (await find(world.db, query, None, Window(limit=9), clock.now())).posts]

    for query in ("lake", "mowe bread", "kind:event", "has:event"):
        assert await finds(query) == [post.id], query
    assert await finds("kind:link") == await finds("has:link") == [link.id]
    await change_gathering(world.db, ana, post.id, lunch(place="Boathouse"), clock.now())
    assert await finds("boathouse") == [post.id]
    assert await finds("mowe") == []
    await edit_post(world.db, ana, post.id, text="bring cake", now=clock.now())
    assert await finds("cake boathouse") == [post.id]
    edited = await edit_post(world.db, ana, link.id, text="nothing to see", now=clock.now())
    assert (edited.kind, edited.link) == ("note", None)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "https://", "https://a b", "//x", "https://[", "x" * 3000])
async def test_what_is_no_address_is_no_link(world: World, link: str) -> None:
    with pytest.raises(Invalid):
        await world.post(await world.account("ana"), "look", link=link)


async def test_who_comes_is_reminded_once_by_notification_and_mail(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters: list[Letter] = []

    async def send(_settings: Settings, letter: Letter) -> None:
        letters.append(letter)

    monkeypatch.setattr("harken.mail.send", send)
    settings = msgspec.structs.replace(world.engine.settings, smtp_url="smtp://nowhere.invalid")
    ana, ben, cleo, dora = [await world.account(name) for name in ("ana", "ben", "cleo", "dora")]
    post = await world.post(ana, "", event=lunch())
    await answer_invitation(world.db, ben, post.id, Rsvp.YES, clock.now())
    await answer_invitation(world.db, cleo, post.id, Rsvp.NO, clock.now())
    await answer_invitation(world.db, dora, post.id, Rsvp.MAYBE, clock.now())
    with clock.frozen(START - timedelta(minutes=61)):
        await do_what_is_due(world.db)
        assert await told(world, ben) == []
    with clock.frozen(START - timedelta(minutes=59)):
        await do_what_is_due(world.db)
        await do_what_is_due(world.db)
        assert await told(world, ben) == await told(world, dora) == ["event_soon"]
        assert await told(world, cleo) == []
        assert "event_soon" in await told(world, ana)
        await answer_invitation(world.db, dora, post.id, Rsvp.NO, clock.now())
        assert await send_reminders(world.db, settings, "https://harken.test") == 2
        assert await send_reminders(world.db, settings, "https://harken.test") == 0
    assert sorted(letter.to for letter in letters) == ["ana@example.org", "ben@example.org"]
    assert letters[0].subject == "Soon: Lunch at the lake"
    assert f"https://harken.test/@ana/{post.id}" in letters[0].text


async def test_nothing_is_left_of_a_deleted_event_or_of_who_left(world: World) -> None:
    ana, ben = await world.account("ana"), await world.account("ben")
    kept, gone = [await world.post(ana, "", event=lunch(name=name)) for name in ("kept", "gone")]
    for post in (kept, gone):
        await answer_invitation(world.db, ben, post.id, Rsvp.YES, clock.now())
    await cancel_gathering(world.db, ana, gone.id, clock.now())
    await delete_post(world.db, ana, gone.id, clock.now())
    for table in ("gathering", "rsvp", "gathering_news", "reminder"):
        assert await world.db.value(f"SELECT count(*) FROM {table} WHERE post_id = :id", id=gone.id) == 0
    await delete_account(world.db, world.engine.media, ben.id, clock.now())
    assert (await event_of(world, kept)).said_yes == 0
    assert await counts.wrong(world.db, 9) == []


async def test_calendars_have_what_concerns_somebody_and_they_may_see(world: World) -> None:
    ana, ben, cleo = [await world.account(name) for name in ("ana", "ben", "cleo")]
    await world.follows(ben, ana)
    public = await world.post(ana, "", event=lunch(name="public"))
    closed = await world.post(ana, "", to="followers", event=lunch(name="closed"))
    asked = await world.post(ana, "@cleo", to="direct", event=lunch(name="asked"))
    days = (START - timedelta(days=1), START + timedelta(days=1))

    async def between(who: Account | None, mine: bool) -> set[int]:
        seen = await gatherings.visible_between(
            world.db, who.id if who else 0, *days, clock.now(), 9, mine=mine)
        return {one.id for one in seen}

    async def feed(who: Account) -> set[int]:
        return {one.id for one in await gatherings.visible_for_feed(world.db, who.id, clock.now(), 9)}

    assert await between(None, False) == await between(cleo, False) - {asked.id} == {public.id}
    assert await between(ben, True) == {public.id, closed.id}
    assert await between(cleo, True) == await feed(cleo) == {asked.id}
    assert await feed(ben) == set()
    await answer_invitation(world.db, ben, closed.id, Rsvp.MAYBE, clock.now())
    assert await feed(ben) == {closed.id}
    await answer_invitation(world.db, cleo, asked.id, Rsvp.NO, clock.now())
    assert await feed(cleo) == set()
    assert {one.id for one in await gatherings.visible_of_author(world.db, ana.id, clock.now(), 9)} == {public.id}
    later = (START + timedelta(days=1), START + timedelta(days=2))
    assert await gatherings.visible_between(world.db, ben.id, *later, clock.now(), 9, mine=True) == []


async def test_a_post_is_one_thing(world: World) -> None:
    ana = await world.account("ana")
    with pytest.raises(Invalid):
        await world.post(ana, "x", event=lunch(), link="https://example.org/")
    drafted = msgspec.json.decode(msgspec.json.encode(Draft(text="x", event=lunch())), type=Draft)
    assert drafted.event == lunch()  # as planned posts keep it
    post = await world.post(ana, "x", event=lunch())
    assert (await posts.visible(world.db, post.id, 0)).about == "Lunch at the lake\nCafé Möwe"

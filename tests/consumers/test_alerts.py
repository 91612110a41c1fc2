"""When an ear tells its owner, and when it keeps quiet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from harken import clock
from harken.actions.block import block
from harken.actions.change_profile import change_profile
from harken.actions.delete_account import begin_deletion
from harken.actions.delete_post import delete_post
from harken.actions.edit_post import edit_post
from harken.actions.keep_ear import change_ear, drop_ear, keep_ear
from harken.actions.set_alert import set_alert, set_listening
from harken.alerting.news import news
from harken.engine import Engine
from harken.errors import Invalid, NotAllowed, NotFound
from harken.ids import AccountId
from harken.log.events import PostPublished
from harken.model.account import Account
from harken.model.alert import Alert, Channel, EarAlert, Listening, Mode
from harken.model.ear import Ear
from harken.store import accounts, alerts, ears, members, notifications
from tests.web.test_pages import sign_in, texts
from tests.world import World

NOON = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)


async def listen(world: World, owner: Account, query: str = "clinic", **chosen: Any) -> Ear:
    """An ear that tells at once, in the notifications page and by e-mail, unless said otherwise."""
    ear = await keep_ear(world.db, owner, query, "UTC", clock.now())
    given = {"mode": Mode.AT_ONCE, "email": True, "cool_down": 0, **chosen}
    await set_alert(world.db, owner, EarAlert(ear_id=ear.id, owner_id=owner.id, **given), clock.now())
    return ear


async def rows(world: World, ear: Ear, channel: Channel | None = None) -> list[Alert]:
    await world.settle()
    found = await world.db.all(Alert, "SELECT * FROM alert WHERE ear_id = :ear ORDER BY id, channel", ear=ear.id)
    return [row for row in found if channel in (None, row.channel)]


async def later(world: World, moment: datetime, author: Account, text: str) -> Any:
    with clock.frozen(moment):
        post = await world.post(author, text)
        await world.settle()
    return post


async def test_an_ear_tells_of_what_others_say_and_never_of_its_owners_own_posts(world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = await listen(world, ann)
    post = await world.post(bob, "which clinic is good?")
    await world.post(ann, "my clinic")
    await world.post(bob, "something else")
    assert [(row.post_id, row.channel, row.state) for row in await rows(world, ear)] == [
        (post.id, Channel.APP, "sent"), (post.id, Channel.EMAIL, "waiting")]
    assert await notifications.unread(world.db, ann.id, clock.now()) == 1


@pytest.mark.parametrize("operator", ["near:", "NEAR:"])
async def test_a_place_of_many_is_that_of_the_owners_country_in_hearing_and_in_telling(
    world: World, operator: str
) -> None:
    ann, bob, eve = await world.account("ann"), await world.account("bob"), await world.account("eve")
    now = clock.now()
    ann = await change_profile(world.db, ann, now=now, location="Raleigh, NC, USA")
    await change_profile(world.db, bob, now=now, location="Birmingham, Alabama")
    await change_profile(world.db, eve, now=now, location="Birmingham, England")
    ear = await listen(world, ann, f"clinic {operator}Birmingham")
    post = await world.post(bob, "a clinic")
    await world.post(eve, "a clinic in England")
    told = await rows(world, ear, Channel.EMAIL)
    assert [row.post_id for row in told] == [post.id]
    [said] = await news(world.db, told, clock.now())
    assert len(said.items[0].because) == 2


async def test_an_edit_and_history_raise_no_alert(world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = await listen(world, ann)
    post = await world.post(bob, "which hospital?")
    await world.settle()
    await edit_post(world.db, bob, post.id, text="which clinic?", now=clock.now())
    assert [row.state for row in await rows(world, ear)] == ["silent"]
    assert await notifications.unread(world.db, ann.id, clock.now()) == 0


async def test_an_ear_that_tells_never_leaves_no_trace_and_tells_later_only_of_what_comes_later(world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = await listen(world, ann, mode=Mode.NEVER)
    await world.post(bob, "a clinic")
    assert await rows(world, ear) == []
    await set_alert(world.db, ann, EarAlert(ear_id=ear.id, owner_id=ann.id, mode=Mode.AT_ONCE), clock.now())
    new = await world.post(bob, "another clinic")
    assert [row.post_id for row in await rows(world, ear)] == [new.id]


async def test_a_cool_down_folds_what_comes_meanwhile_into_the_next_alert(world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    with clock.frozen(NOON):
        ear = await listen(world, ann, cool_down=900)
    for minutes, text in ((1, "clinic one"), (2, "clinic two"), (15, "clinic three"), (17, "clinic four")):
        await later(world, NOON + timedelta(minutes=minutes), bob, text)
    told = await rows(world, ear)
    assert [(row.state, row.meanwhile) for row in told if row.channel in (Channel.APP, Channel.NONE)] == [
        ("sent", 0), ("folded", 0), ("folded", 0), ("sent", 2)]
    await later(world, NOON + timedelta(hours=2), bob, "clinic five")
    assert (await rows(world, ear, Channel.APP))[-1].meanwhile == 0


async def test_quiet_hours_hold_back_what_makes_a_sound_and_nothing_else(world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    with clock.frozen(NOON):
        ear = await listen(world, ann, push=True, webhook_url="https://example.org/hook")
        await set_listening(world.db, ann, 22 * 60, 7 * 60, 8, False)
    night = NOON.replace(hour=23)
    await later(world, night, bob, "clinic at night")
    due = {row.channel: (row.state, row.due_at) for row in await rows(world, ear)}
    morning = NOON.replace(day=11, hour=7)
    assert due == {
        Channel.APP: ("sent", night), Channel.WEBHOOK: ("waiting", night), Channel.EMAIL: ("waiting", morning),
        Channel.PUSH: ("waiting", morning)}


@pytest.mark.parametrize("zone, quiet, now, ends", [
    ("UTC", (22 * 60, 7 * 60), "2026-06-10T21:59", None),
    ("UTC", (22 * 60, 7 * 60), "2026-06-10T22:00", "2026-06-11T07:00"),
    ("UTC", (22 * 60, 7 * 60), "2026-06-11T00:30", "2026-06-11T07:00"),
    ("UTC", (22 * 60, 7 * 60), "2026-06-11T07:00", None),
    ("UTC", (60, 120), "2026-06-10T01:30", "2026-06-10T02:00"),
    ("UTC", (60, 60), "2026-06-10T01:00", None),
    # 29 March 2026: clocks in Berlin go from 2 to 3, so 7:00 is 5:00 UTC and not 6:00.
    ("Europe/Berlin", (22 * 60, 7 * 60), "2026-03-28T22:30", "2026-03-29T05:00"),
    # Quiet hours that end at an hour which is left out end when the clocks have passed it.
    ("Europe/Berlin", (22 * 60, 150), "2026-03-28T23:30", "2026-03-29T01:30"),
    # 25 October 2026: 2:30 comes twice.
    ("Europe/Berlin", (22 * 60, 7 * 60), "2026-10-24T21:30", "2026-10-25T06:00"),
    ("Europe/Berlin", (22 * 60, 150), "2026-10-25T01:10", "2026-10-25T01:30"),
    ("America/New_York", (22 * 60, 7 * 60), "2026-01-10T03:30", "2026-01-10T12:00"),
])
def test_quiet_hours_end_by_the_owners_clock(
    zone: str, quiet: tuple[int, int], now: str, ends: str | None
) -> None:
    chosen = Listening(account_id=AccountId(1), quiet_from=quiet[0], quiet_to=quiet[1])
    until = chosen.quiet_until(datetime.fromisoformat(now + "+00:00"), ZoneInfo(zone))
    assert until == (datetime.fromisoformat(ends + "+00:00") if ends else None)


@pytest.mark.parametrize("zone, now, due", [
    ("UTC", "2026-06-10T07:59", "2026-06-10T08:00"),
    ("UTC", "2026-06-10T08:00", "2026-06-11T08:00"),
    ("Europe/Berlin", "2026-03-28T08:00", "2026-03-29T06:00"),
    ("Europe/Berlin", "2026-10-24T07:00", "2026-10-25T07:00"),
])
def test_a_digest_comes_once_a_day(zone: str, now: str, due: str) -> None:
    chosen = Listening(account_id=AccountId(1), digest_hour=8)
    assert chosen.next_digest(datetime.fromisoformat(now + "+00:00"), ZoneInfo(zone)) == datetime.fromisoformat(
        due + "+00:00")


async def test_a_digest_waits_for_its_hour_in_the_owners_zone(world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    async with world.db.transaction() as tx:
        await members.set_preferences(
            tx, ann.id, language="en", time_zone="Asia/Tokyo", default_visibility=0, default_sensitive=False)
    with clock.frozen(NOON):
        ear = await listen(world, ann, mode=Mode.DIGEST)
    await later(world, NOON, bob, "clinic")
    assert {row.due_at for row in await rows(world, ear)} == {NOON.replace(hour=23)}


@pytest.mark.parametrize("query", ["clinic min_replies:2", "clinic is:unanswered", "clinic OR in:saved"])
async def test_an_alert_on_what_becomes_true_later_is_refused_with_the_reason(world: World, query: str) -> None:
    ann = await world.account("ann")
    with pytest.raises(NotAllowed, match="no moment to tell you"):
        await listen(world, ann, query)


async def test_a_query_that_becomes_true_only_later_switches_its_alert_off(world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = await listen(world, ann)
    await change_ear(world.db, ann, ear.id, clock.now(), query="hospital")
    assert (await alerts.find_setting(world.db, ear.id) or EarAlert(ear_id=0, owner_id=ann.id)).mode is Mode.AT_ONCE
    await change_ear(world.db, ann, ear.id, clock.now(), query="clinic is:unanswered")
    await world.post(bob, "clinic")
    assert await rows(world, ear) == []


async def test_an_author_who_is_blocked_between_hearing_and_telling_is_not_told_of(
    engine: Engine, world: World
) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = await listen(world, ann)
    post = await world.post(bob, "clinic")
    percolation = next(one for one in engine.consumers if one.name == "percolation")
    await percolation.prepare(world.db)  # type: ignore[attr-defined]
    async with world.db.transaction() as tx:
        await percolation.handle(tx, PostPublished(post.id, bob.id), "")
    assert await ears.heard_by(world.db, post.id) == {ear.id}
    await block(world.db, ann, bob.id, clock.now())
    assert await rows(world, ear) == []


async def test_choices_that_make_no_sense_are_refused(world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    with pytest.raises(Invalid):
        await listen(world, ann, in_app=False, email=False)
    for url in ("ftp://example.org/", "https://", "https://a:b@example.org/", "https://x/" + "y" * 2000, "https://[::1"):
        with pytest.raises(Invalid):
            await listen(world, ann, webhook_url=url)
    ear = await listen(world, ann)
    with pytest.raises(NotFound):
        await set_alert(world.db, bob, EarAlert(ear_id=ear.id, owner_id=bob.id, mode=Mode.AT_ONCE), clock.now())
    with pytest.raises(Invalid):
        await set_listening(world.db, ann, 60, None, 8, False)


async def test_nobody_is_told_of_what_they_may_not_find(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = await listen(world, ann)
    await world.post(bob, "clinic before")
    await world.settle()
    await sign_in(client, world, ann)
    assert texts((await client.get("/notifications")).text) == ["clinic before"]
    async with world.db.transaction() as tx:
        await accounts.change(tx, bob.id, indexable=False)
    assert "clinic before" not in (await client.get("/notifications")).text
    async with world.db.transaction() as tx:
        await accounts.change(tx, bob.id, indexable=True)
    await world.settle()
    told = len(await rows(world, ear))
    await world.engine.runner.settle()
    post = await world.post(bob, "clinic then a block")
    await block(world.db, ann, bob.id, clock.now())
    await world.settle()
    assert post.id not in {row.post_id for row in await rows(world, ear)}
    assert len(await rows(world, ear)) == told


async def test_what_is_deleted_is_forgotten(engine: Engine, world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear, other = await listen(world, ann), await listen(world, ann, "hospital")
    post = await world.post(bob, "clinic and hospital")
    assert await rows(world, ear)
    await delete_post(world.db, bob, post.id, clock.now())
    assert await rows(world, ear) == []
    await world.post(bob, "clinic and hospital again")
    await world.settle()
    await drop_ear(world.db, ann, ear.id, clock.now())
    assert await rows(world, ear) == []
    assert await alerts.find_setting(world.db, ear.id) is None
    assert await notifications.unread(world.db, ann.id, clock.now()) == 1
    assert await rows(world, other)
    await begin_deletion(world.db, ann.id, clock.now())
    for table in ("alert", "ear_alert", "listening", "push_subscription"):
        assert await world.db.value(f"SELECT count(*) FROM {table}") == 0, table


async def test_a_rebuild_takes_out_what_is_gone_and_sends_nothing_again(engine: Engine, world: World) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    ear = await listen(world, ann)
    await world.post(bob, "clinic")
    before = await rows(world, ear)
    async with world.db.transaction() as tx:
        await tx.execute(
            """INSERT INTO alert (ear_id, kind, post_id, channel, id, owner_id, state, due_at)
               VALUES (:ear, 'heard', 5, 'app', 5, :owner, 'sent', 0)""", ear=ear.id, owner=ann.id)
    for consumer in engine.consumers:
        if consumer.name in ("notifications", "percolation", "alerts"):
            await consumer.rebuild(world.db)
    assert await rows(world, ear) == before
    assert await notifications.unread(world.db, ann.id, clock.now()) == 1


async def test_clients_of_mastodon_hear_of_ears_only_when_they_ask(world: World, client: httpx.AsyncClient) -> None:
    ann, bob = await world.account("ann"), await world.account("bob")
    await listen(world, ann)
    post = await world.post(bob, "clinic")
    await world.settle()
    headers = {"Authorization": f"Bearer {await world.token(ann)}"}
    assert (await client.get("/api/v1/notifications", headers=headers)).json() == []
    assert (await client.get("/api/v1/notifications/unread_count", headers=headers)).json() == {"count": 0}
    assert (await client.get("/api/v2/notifications", headers=headers)).json()["notification_groups"] == []
    (asked,) = (await client.get("/api/v1/notifications?types[]=ear", headers=headers)).json()
    assert (asked["type"], asked["status"]["id"]) == ("ear", str(post.id))

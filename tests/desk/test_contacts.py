"""Whom a desk knows: cards, notes that end, tags, and who may read any of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from harken import clock, housekeeping
from harken.actions import know_person as known
from harken.actions.block import block
from harken.actions.change_profile import change_profile
from harken.actions.know_person import ContactDraft
from harken.actions.note_contact import note_contact, strike_note
from harken.actions.staff_desk import leave_desk, staff_desk
from harken.actions.tag_contact import tag_case, tag_contact
from harken.actions.write_message import write_message
from harken.desk.history import Asked, between
from harken.desk.same_person import name_key
from harken.errors import Conflict, Invalid, NotAllowed, NotFound
from harken.ids import MAX_ID
from harken.model.account import Account
from harken.model.contact import Contact, Objection
from harken.model.desk import DeskRole
from harken.model.paging import Window
from harken.store import contacts, desks
from tests.desk.conftest import Team
from tests.world import World


async def met(team: Team) -> Contact:
    """The card of ann, made by hal."""
    return await known.know_person(team.world.db, team.hal, team.desk.id, team.ann.id, clock.now())


async def sees(team: Team, card: Contact, viewer: Account) -> bool:
    try:
        await contacts.visible(team.world.db, team.desk.id, card.id, viewer.id)
    except NotFound:
        return False
    return True


async def verbs(team: Team) -> list[str]:
    """What the record says was done with contacts, the oldest first."""
    acts = await desks.acts(team.world.db, team.desk.id, team.lea.id, Window(limit=200))
    return [act.verb for act in acts[::-1] if act.contact_id]


async def test_one_click_makes_one_card_and_readers_make_none(world: World, team: Team) -> None:
    card = await met(team)
    assert card.name == team.ann.shown_name
    again = await known.know_person(world.db, team.bea, team.desk.id, team.ann.id, clock.now())
    assert again.id == card.id
    with pytest.raises(NotAllowed):
        await known.know_person(world.db, team.rea, team.desk.id, team.people["otto"].id, clock.now())
    with pytest.raises(NotFound):
        await known.know_person(world.db, team.people["otto"], team.desk.id, team.ann.id, clock.now())
    assert await verbs(team) == ["know"]
    [act] = [a for a in await desks.acts(world.db, team.desk.id, team.lea.id, Window(limit=50)) if a.contact_id]
    assert act.target_id is None, "the record of a card names no account"


@pytest.mark.parametrize("turned", [
    {"hearable": False}, {"protected": True}, {"indexable": False}])
async def test_whoever_is_not_heard_has_no_card_and_loses_it_at_once(
    world: World, team: Team, turned: dict[str, bool]
) -> None:
    otto = team.people["otto"]
    await change_profile(world.db, otto, now=clock.now(), **turned)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        await known.know_person(world.db, team.hal, team.desk.id, otto.id, clock.now())
    card = await met(team)
    await note_contact(world.db, team.hal, team.desk.id, card.id, "likes tea", clock.now())
    await change_profile(world.db, team.ann, now=clock.now(), **turned)  # type: ignore[arg-type]
    assert not await sees(team, card, team.hal)
    assert await contacts.page(world.db, team.desk.id, team.hal.id, Window(limit=9)) == []
    assert await contacts.of_accounts(world.db, team.desk.id, [team.ann.id], team.hal.id) == {}
    with pytest.raises(NotFound):
        await note_contact(world.db, team.hal, team.desk.id, card.id, "more", clock.now())
    assert [one.id for one in await contacts.waiting(world.db, team.desk.id, team.lea.id, 9)] == [card.id]
    assert await contacts.waiting(world.db, team.desk.id, team.hal.id, 9) == []


async def test_a_card_is_read_at_its_desk_and_not_across_a_block(world: World, team: Team) -> None:
    card = await met(team)
    assert [await sees(team, card, one) for one in (team.lea, team.hal, team.rea, team.people["otto"])] == [
        True, True, True, False]
    await block(world.db, team.ann, team.bea.id, clock.now())
    assert not await sees(team, card, team.bea)
    assert await sees(team, card, team.hal)
    with pytest.raises(NotFound):
        await known.know_person(world.db, team.bea, team.desk.id, team.ann.id, clock.now())


async def test_a_card_by_hand_says_what_is_known_and_refuses_what_is_too_long(world: World, team: Team) -> None:
    card = await known.write_card(world.db, team.hal, team.desk.id, ContactDraft(
        name=" Mrs  Ort ", met="At the fair", channel="phone", reach="555 0100"), clock.now())
    assert (card.name, card.met, card.channel, card.reach) == ("Mrs Ort", "At the fair", "phone", "555 0100")
    changed = await known.change_card(
        world.db, team.bea, team.desk.id, card.id, ContactDraft(asked="a lift", silent=True), clock.now())
    assert (changed.met, changed.asked, changed.silent) == ("At the fair", "a lift", True)
    for wrong in (ContactDraft(name=""), ContactDraft(name="x" * 101), ContactDraft(met="x" * 1001),
                  ContactDraft(channel="pigeon"), ContactDraft(reach="x" * 201)):
        with pytest.raises(Invalid):
            await known.change_card(world.db, team.bea, team.desk.id, card.id, wrong, clock.now())
    found = await contacts.page(world.db, team.desk.id, team.rea.id, Window(limit=9), name_key("ORT"))
    assert [one.id for one in found] == [card.id]
    assert await contacts.page(world.db, team.desk.id, team.rea.id, Window(limit=9), "100%") == []


async def test_several_accounts_are_one_person_and_an_account_is_one_person_only(world: World, team: Team) -> None:
    card, otto = await met(team), team.people["otto"]
    await known.add_account(world.db, team.hal, team.desk.id, card.id, otto.id, clock.now())
    found = await contacts.of_accounts(world.db, team.desk.id, [otto.id, team.ann.id], team.hal.id)
    assert {one.id for one in found.values()} == {card.id}
    other = await known.write_card(world.db, team.hal, team.desk.id, ContactDraft(name="Other"), clock.now())
    with pytest.raises(Conflict):
        await known.add_account(world.db, team.hal, team.desk.id, other.id, otto.id, clock.now())
    await known.remove_account(world.db, team.hal, team.desk.id, card.id, otto.id, clock.now())
    await known.add_account(world.db, team.hal, team.desk.id, other.id, otto.id, clock.now())
    await change_profile(world.db, otto, now=clock.now(), hearable=False)
    assert await sees(team, card, team.hal)
    assert not await sees(team, other, team.hal)


async def test_a_note_is_kept_until_its_day_and_struck_out_by_its_author_or_a_lead(world: World, team: Team) -> None:
    card, now = await met(team), clock.now()
    for text, days in (("short", 30), ("long", 365), ("bea's", 365)):
        by = team.bea if text == "bea's" else team.hal
        await note_contact(world.db, by, team.desk.id, card.id, text, now, timedelta(days=days))
    for text, days in (("", 30), ("x" * 5001, 30), ("ok", 0), ("ok", 9999)):
        with pytest.raises(Invalid):
            await note_contact(world.db, team.hal, team.desk.id, card.id, text, now, timedelta(days=days))
    [beas, long, short] = await contacts.notes(world.db, card.id, now)
    with pytest.raises(NotAllowed):
        await strike_note(world.db, team.hal, team.desk.id, card.id, beas.id, now)
    await strike_note(world.db, team.lea, team.desk.id, card.id, beas.id, now)
    with clock.frozen(now + timedelta(days=31)):
        assert await contacts.notes(world.db, card.id, clock.now()) == [long], "nobody reads it from that moment on"
        await housekeeping.tidy(world.db)
    assert await world.db.values("SELECT text FROM contact_note") == ["long"]
    assert (await verbs(team))[-2:] == ["strike", "expire"]
    assert short.text not in str(await desks.acts(world.db, team.desk.id, team.lea.id, Window(limit=50)))


async def test_people_and_cases_share_their_tags(world: World, team: Team) -> None:
    card = await met(team)
    post = await world.post(team.ann, "which clinic is good?")
    await world.settle()
    given = ["Clinic ", "#knee", "clinic", ""]
    assert await tag_contact(world.db, team.hal, team.desk.id, card.id, given, clock.now()) == ["clinic", "knee"]
    await tag_case(world.db, team.hal, team.desk.id, post.conversation_id, ["clinic", "urgent"], clock.now())
    assert await contacts.words_of_desk(world.db, team.desk.id, 9) == ["clinic", "knee", "urgent"]
    found = await contacts.page(world.db, team.desk.id, team.hal.id, Window(limit=9), tag="knee")
    assert [one.id for one in found] == [card.id]
    assert await tag_contact(world.db, team.hal, team.desk.id, card.id, ["clinic"], clock.now()) == ["clinic"]
    assert await contacts.page(world.db, team.desk.id, team.hal.id, Window(limit=9), tag="knee") == []
    for wrong in (["x" * 41], [str(n) for n in range(31)]):
        with pytest.raises(Invalid):
            await tag_contact(world.db, team.hal, team.desk.id, card.id, wrong, clock.now())


async def history(team: Team, card: Contact, viewer: Account, before: int = MAX_ID, limit: int = 20) -> list[str]:
    """The kinds of moments, the newest first, as somebody finds them."""
    db = team.world.db
    theirs = (await contacts.accounts(db, [card.id])).get(card.id, [])
    found = await between(db, Asked(
        desk_id=team.desk.id, cards=await contacts.cards(db, card.id), account_ids=[a.account_id for a in theirs],
        viewer=viewer.id, before=before, limit=limit, now=clock.now()))
    assert [one.id for one in found] == sorted((one.id for one in found), reverse=True)
    return [one.kind for one in found]


async def test_everything_between_them_is_on_one_line_and_messages_are_their_writer_s(
    world: World, team: Team
) -> None:
    await world.post(team.ann, "which clinic is good?")
    await world.settle()
    [item] = await team.page()
    await team.answer(team.hal, item)
    card = await met(team)
    await note_contact(world.db, team.hal, team.desk.id, card.id, "likes tea", clock.now())
    await write_message(world.db, team.hal, [team.ann], "call me", clock.now())
    await world.settle()
    assert await history(team, card, team.hal) == ["message", "note", "met", "answer", "case"]
    assert await history(team, card, team.bea) == ["note", "met", "answer", "case"]
    assert await history(team, card, team.hal, limit=2) == ["message", "note"]
    await leave_desk(world.db, team.hal, team.desk.id, team.hal.id, clock.now())
    assert await history(team, card, team.bea) == ["note", "met", "answer", "case"], "said in the name of the desk"
    await staff_desk(world.db, team.lea, team.desk.id, team.hal.id, DeskRole.HELPER, clock.now())
    await block(world.db, team.ann, team.hal.id, clock.now())
    assert not await sees(team, card, team.hal)


async def test_whether_a_desk_may_write_to_somebody_is_one_question(world: World, team: Team) -> None:
    card = await met(team)
    ask = contacts.find_objection
    assert await ask(world.db, team.desk.id, team.ann.id) is None
    await known.change_card(world.db, team.hal, team.desk.id, card.id, ContactDraft(silent=True), clock.now())
    assert await ask(world.db, team.desk.id, team.ann.id) is Objection.NOTED
    await known.change_card(world.db, team.hal, team.desk.id, card.id, ContactDraft(silent=False), clock.now())
    assert await ask(world.db, team.desk.id, team.ann.id) is None
    async with world.db.transaction() as tx:
        await contacts.spare(tx, team.desk.id, team.ann.id, True)
    assert await ask(world.db, team.desk.id, team.ann.id) is Objection.ASKED

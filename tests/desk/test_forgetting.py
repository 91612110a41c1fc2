"""Who does not want to be heard, written to or known: at once, on every surface, and to the last byte."""

from __future__ import annotations

import msgspec
import pytest

from harken import clock
from harken.actions import forget_contact as forgetting
from harken.actions import know_person as known
from harken.actions.block import block
from harken.actions.change_profile import change_profile
from harken.actions.delete_account import delete_account
from harken.actions.forget_contact import forget_me, hear_me_again, spare_me
from harken.actions.inquire import inquire, settle_inquiry
from harken.actions.keep_desk import DeskDraft, open_desk
from harken.actions.keep_desk_ear import keep_desk_ear
from harken.actions.know_person import ContactDraft
from harken.actions.merge_contacts import merge_contacts, split_contact
from harken.actions.note_contact import note_contact
from harken.actions.relate_contacts import relate_contacts
from harken.actions.tag_contact import tag_case, tag_contact
from harken.actions.work_case import Verb
from harken.consumers.desks import Desks
from harken.desk.held import holdings
from harken.engine import Engine
from harken.errors import Invalid, NotAllowed, NotFound, TooMany
from harken.housekeeping import tidy
from harken.media.store import FileStore
from harken.model.account import Account
from harken.model.case import State
from harken.model.contact import Contact, Objection
from harken.model.paging import Window
from harken.store import contacts, desk_memory, desk_queue, desks, inquiries
from harken.store.forgotten import ALL_DESKS
from tests.desk.conftest import Team
from tests.desk.test_contact_links import elsewhere
from tests.world import World

PRIVATE = ("quetzalword", "xylophoneword", "zymurgyword")


async def told(world: World, team: Team) -> Contact:
    """Everything that a desk can keep about ann: a case with a tag and a reason, a card with all there is."""
    db, desk, now = world.db, team.desk.id, clock.now()
    await world.post(team.ann, "which clinic is good?")
    await world.settle()
    [item] = await team.page()
    await tag_case(db, team.hal, desk, item.conversation_id, ["zymurgyword"], now)
    await team.work(team.hal, item, Verb.NOISE, reason="quetzalword advert")
    card = await known.know_person(db, team.hal, desk, team.ann.id, now, met="xylophoneword at the fair")
    await note_contact(db, team.hal, desk, card.id, "quetzalword is ill", now)
    await tag_contact(db, team.hal, desk, card.id, ["zymurgyword"], now)
    other = await known.write_card(db, team.hal, desk, ContactDraft(name="Daughter"), now)
    await relate_contacts(db, team.hal, desk, card.id, other.id, "child", now)
    await world.settle()
    return card


async def held_rows(world: World, account: Account) -> dict[str, int]:
    """How many rows about somebody are left."""
    found = {}
    for table, where in {
        "contact": "name <> 'Daughter'", "contact_account": "account_id = :id", "contact_note": "1 = 1",
        "contact_tag": "1 = 1", "contact_relation": "1 = 1", "desk_case_tag": "1 = 1",
        "desk_item": "author_id = :id", "desk_judgement": "1 = 1",
        "desk_case": "post_id IN (SELECT id FROM post WHERE author_id = :id)",
    }.items():
        values = {"id": account.id} if ":id" in where else {}
        found[table] = int(await world.db.value(f"SELECT count(*) FROM {table} WHERE {where}", **values))
    return {table: count for table, count in found.items() if count}


async def test_what_is_forgotten_leaves_no_word_and_no_way_back(world: World, team: Team) -> None:
    card = await told(world, team)
    assert len(await held_rows(world, team.ann)) == 9
    with pytest.raises(NotAllowed):
        await forgetting.forget_contact(world.db, team.hal, team.desk.id, card.id, clock.now())
    await forgetting.forget_contact(world.db, team.lea, team.desk.id, card.id, clock.now())
    assert await held_rows(world, team.ann) == {}, "before any consumer has run"
    acts = await desks.acts(world.db, team.desk.id, team.lea.id, Window(limit=200))
    assert acts[0].verb == "forget"
    assert not any(word in str(acts) for word in PRIVATE)
    assert not any(act.target_id == team.ann.id for act in acts)
    with pytest.raises(NotAllowed):
        await known.know_person(world.db, team.hal, team.desk.id, team.ann.id, clock.now())
    assert await contacts.find_objection(world.db, team.desk.id, team.ann.id) is Objection.FORGOTTEN
    await world.post(team.ann, "another clinic?")
    await world.settle()
    assert await team.page() == []
    await Desks().rebuild(world.db)
    assert await team.page() == []
    assert await held_rows(world, team.ann) == {}


async def test_forgotten_words_leave_the_files(engine: Engine, world: World, team: Team) -> None:
    if engine.db.dialect != "sqlite":
        pytest.skip("PostgreSQL's files belong to its own server, which vacuums them")
    card = await told(world, team)

    def holding(word: str) -> list[str]:
        return [f.name for f in engine.settings.data.rglob("*") if f.is_file() and word.encode() in f.read_bytes()]

    await engine.db.give_back()
    assert all(holding(word) for word in PRIVATE), "they must have been there, or their absence proves nothing"
    await forgetting.forget_contact(world.db, team.lea, team.desk.id, card.id, clock.now())
    await world.settle()
    await tidy(world.db)
    assert {word: holding(word) for word in PRIVATE} == {word: [] for word in PRIVATE}


async def test_others_in_a_conversation_are_heard_although_one_is_forgotten(world: World, team: Team) -> None:
    first = await world.post(team.ann, "which clinic is good?")
    second = await world.post(team.people["otto"], "yes, which clinic?", reply_to=first)
    await world.settle()
    assert [item.post_id for item in await team.page()] == [first.id]
    await forget_me(world.db, team.ann, team.desk.id, clock.now())
    assert await team.page() == []
    await world.settle()
    assert [item.post_id for item in await team.page()] == [second.id]
    assert await desk_queue.heard_among(world.db, team.desk.id, [first.id, second.id]) == {second.id}
    await world.post(team.ann, "is the clinic far?", reply_to=second)
    await world.settle()
    assert (await team.page())[0].asked_id == second.id


async def test_one_desk_forgets_and_another_hears_on_until_all_forget(world: World, team: Team) -> None:
    other = await open_desk(world.db, team.lea, DeskDraft(name="Other"), clock.now())
    await keep_desk_ear(world.db, team.lea, other.id, "clinic", clock.now())
    await world.settle()
    card = await known.know_person(world.db, team.lea, other.id, team.ann.id, clock.now())
    await forget_me(world.db, team.ann, team.desk.id, clock.now())
    await world.post(team.ann, "which clinic?")
    await world.settle()
    heard = await world.db.values("SELECT desk_id FROM desk_item")
    assert heard == [other.id]
    assert await contacts.visible(world.db, other.id, card.id, team.lea.id)
    await forget_me(world.db, await world.again(team.ann), ALL_DESKS, clock.now())
    assert await world.db.values("SELECT desk_id FROM desk_item") == []
    ann = await world.again(team.ann)
    assert not ann.hearable
    third = await open_desk(world.db, team.lea, DeskDraft(name="Third"), clock.now())
    assert await contacts.find_objection(world.db, third.id, ann.id) is Objection.FORGOTTEN
    hashes = await world.db.values("SELECT hash FROM desk_forgotten")
    assert len(set(hashes)) == len(hashes) == 3, "one desk, the other, all: nobody can tell that they are one person"


async def test_who_says_yes_again_is_heard_again(world: World, team: Team) -> None:
    await forget_me(world.db, team.ann, team.desk.id, clock.now())
    await world.post(team.ann, "which clinic?")
    await world.settle()
    assert await team.page() == []
    await hear_me_again(world.db, team.ann, team.desk.id, clock.now())
    await world.settle()
    assert len(await team.page()) == 1
    await forget_me(world.db, team.ann, ALL_DESKS, clock.now())
    await change_profile(world.db, await world.again(team.ann), now=clock.now(), hearable=True)
    assert await contacts.find_objection(world.db, team.desk.id, team.ann.id) is None
    await world.settle()
    assert len(await team.page()) == 1


@pytest.mark.parametrize(("decision", "left"), [
    ("forget", set()), ("remove", set()), ("notes", {"contact", "contact_note", "contact_tag", "contact_relation"})])
async def test_a_lead_decides_about_who_is_not_heard_any_more(
    world: World, team: Team, decision: str, left: set[str]
) -> None:
    card = await told(world, team)
    db, desk = world.db, team.desk.id
    with pytest.raises(NotFound):
        await forgetting.decide_contact(db, team.lea, desk, card.id, decision, clock.now())
    await change_profile(db, team.ann, now=clock.now(), hearable=False)
    assert await desk_memory.counts_waiting(db, [desk]) == {desk: 1}
    with pytest.raises(NotAllowed):
        await forgetting.decide_contact(db, team.hal, desk, card.id, decision, clock.now())
    with pytest.raises(Invalid):
        await forgetting.decide_contact(db, team.lea, desk, card.id, "sell", clock.now())
    await forgetting.decide_contact(db, team.lea, desk, card.id, decision, clock.now())
    await world.settle()
    rows = await held_rows(world, team.ann)
    assert "contact_account" not in rows
    assert left <= set(rows)
    if decision != "notes":
        assert rows == {}
    assert await desk_memory.counts_waiting(db, [desk]) == {}
    await change_profile(db, await world.again(team.ann), now=clock.now(), hearable=True)
    if decision == "forget":
        with pytest.raises(NotAllowed):
            await known.know_person(db, team.hal, desk, team.ann.id, clock.now())
    else:
        await known.know_person(db, team.hal, desk, team.ann.id, clock.now())
    if decision == "notes":
        assert (await contacts.visible(db, desk, card.id, team.rea.id)).name == card.name


async def test_a_deleted_account_takes_its_card_along_and_leaves_those_with_others(
    world: World, team: Team
) -> None:
    card = await told(world, team)
    store = FileStore(world.engine.media_directory)
    otto = team.people["otto"]
    both = await known.know_person(world.db, team.hal, team.desk.id, otto.id, clock.now())
    more = await world.account("more", hearable=True)
    await known.add_account(world.db, team.hal, team.desk.id, both.id, more.id, clock.now())
    await spare_me(world.db, team.ann, team.desk.id, True, clock.now())
    await delete_account(world.db, store, team.ann.id, clock.now())
    await delete_account(world.db, store, otto.id, clock.now())
    await world.settle()
    with pytest.raises(NotFound):
        await contacts.visible(world.db, team.desk.id, card.id, team.lea.id)
    assert await world.db.values("SELECT text FROM contact_note") == []
    assert await world.db.values("SELECT account_id FROM desk_spared") == []
    assert (await contacts.visible(world.db, team.desk.id, both.id, team.hal.id)).id == both.id
    assert await world.db.values("SELECT account_id FROM contact_account") == [more.id]


async def test_who_must_not_be_written_to_says_so_and_may_take_it_back(world: World, team: Team) -> None:
    await spare_me(world.db, team.ann, team.desk.id, True, clock.now())
    assert await contacts.find_objection(world.db, team.desk.id, team.ann.id) is Objection.ASKED
    await spare_me(world.db, team.ann, team.desk.id, False, clock.now())
    assert await contacts.find_objection(world.db, team.desk.id, team.ann.id) is None
    with pytest.raises(NotFound):
        await spare_me(world.db, team.ann, 77, True, clock.now())
    with pytest.raises(NotFound):
        await forget_me(world.db, team.ann, 77, clock.now())


# ---- what is held --------------------------------------------------------------------


async def test_the_person_is_told_everything_but_what_is_about_others(world: World, team: Team) -> None:
    await told(world, team)
    ann = await world.again(team.ann)
    held = await holdings(world.db, ann, clock.now())
    [desk] = held.desks
    assert desk.card is not None
    assert (desk.card.how_we_met, desk.card.tags, desk.card.relations) == (
        "xylophoneword at the fair", ["zymurgyword"], ["child"])
    assert [(one.kind, one.text) for one in desk.card.entries] == [("note", "quetzalword is ill")]
    assert [(one.mark, one.reason, one.tags) for one in desk.cases] == [
        (State.NOISE, "quetzalword advert", ["zymurgyword"])]
    text = msgspec.json.encode(held).decode()
    assert "Daughter" not in text
    assert "hal" not in text.replace("shall", "")
    nobody = await holdings(world.db, team.people["otto"], clock.now())
    assert not any(word in msgspec.json.encode(nobody).decode() for word in PRIVATE)


async def test_a_wrong_merge_tells_nobody_what_is_another_s(world: World, team: Team) -> None:
    card = await told(world, team)
    otto = await known.know_person(
        world.db, team.hal, team.desk.id, team.people["otto"].id, clock.now(), met="by mistake")
    for one, other in ((card, otto), (otto, card)):
        await merge_contacts(world.db, team.hal, team.desk.id, one.id, other.id, clock.now())
        [desk] = (await holdings(world.db, team.people["otto"], clock.now())).desks
        assert desk.card is not None
        assert desk.more
        assert (desk.card.how_we_met, desk.card.entries, desk.card.tags) == ("by mistake", [], [])
        await split_contact(world.db, team.hal, team.desk.id, other.id, clock.now())


async def test_what_is_held_is_told_though_a_helper_may_not_see_it_any_more(world: World, team: Team) -> None:
    await told(world, team)
    await change_profile(world.db, team.ann, now=clock.now(), protected=True)
    await block(world.db, team.ann, team.hal.id, clock.now())
    [desk] = (await holdings(world.db, await world.again(team.ann), clock.now())).desks
    assert desk.card is not None
    assert len(desk.card.entries) == 1


async def test_people_of_other_servers_are_told_when_an_operator_has_seen_their_code(
    world: World, team: Team
) -> None:
    far = await elsewhere(world, "far", "far.example", bio="far")
    now = clock.now()
    for wrong in ("", "far", "@", "@nobody@far.example", "@ann", "x" * 400):
        with pytest.raises((Invalid, NotFound)):
            await inquire(world.db, wrong, now)
    secret = await inquire(world.db, "@far@far.example", now)
    found = await inquiries.find(world.db, secret, now)
    assert found is not None
    assert (found.account_id, found.granted_by) == (far.id, None)
    with pytest.raises(NotAllowed):
        await settle_inquiry(world.db, team.hal, found.id, True, now)
    await settle_inquiry(world.db, team.lea, found.id, True, now)
    granted = await inquiries.find(world.db, secret, now)
    assert granted is not None
    assert granted.granted_by == team.lea.id
    assert await inquiries.find(world.db, secret, granted.until) is None
    assert secret not in str(await world.db.rows("SELECT * FROM contact_inquiry"))
    for _ in range(4):
        await inquire(world.db, "@far@far.example", now)
    with pytest.raises(TooMany):
        await inquire(world.db, "@far@far.example", now)




async def test_nobody_answers_whom_the_desk_must_not_write_to(world: World, team: Team) -> None:
    await world.post(team.ann, "which clinic is good?")
    await world.settle()
    [item] = await team.page()
    await spare_me(world.db, team.ann, team.desk.id, True, clock.now())
    with pytest.raises(NotAllowed):
        await team.answer(team.hal, item)
    await spare_me(world.db, team.ann, team.desk.id, False, clock.now())
    assert (await team.answer(team.hal, item)).author_id == team.hal.id

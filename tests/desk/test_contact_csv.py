"""Tables of people: out without formulas, in once, and every line that cannot be used is named."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken import clock
from harken.actions import know_person as known
from harken.actions.export_contacts import export_contacts
from harken.actions.forget_contact import forget_contact, forget_me
from harken.actions.import_contacts import Imported, import_contacts
from harken.actions.keep_desk import DeskDraft, open_desk
from harken.actions.know_person import ContactDraft
from harken.actions.tag_contact import tag_contact
from harken.desk.contact_csv import MAX_LINES, as_csv, read
from harken.errors import Invalid, NotAllowed, Refused
from harken.model.contact import Channel, Contact
from harken.model.paging import Window
from harken.store import contacts, desks
from tests.desk.conftest import Team
from tests.world import World


async def taken(team: Team, text: str) -> Imported:
    return await import_contacts(team.world.db, team.lea, team.desk.id, text.encode(), clock.now())


TABLE = """reference;name;accounts;how_we_met;tags;do_not_contact;channel
7;Mrs Ort;;at the fair;knee, family;yes;phone
;Ann;@ann;"said ""hello"";
twice";;;
;;;;;;
x1;Nobody;@nobody@far.example;;;;
x2;Quiet;@quiet;;;;
x3;;;no name;;;
x4;Pigeon;;;;;pigeon
x5;Maybe;;;;maybe;
;Ann again;ann;;;;
"""


async def test_a_table_comes_in_once_and_says_what_it_left_out(world: World, team: Team) -> None:
    await world.account("quiet")
    done = await taken(team, TABLE)
    assert (done.new, done.known) == (2, 1)
    assert [(one.number, one.why.split(".")[0]) for one in done.bad] == [
        (6, "Nobody called @nobody@far"), (7, "@quiet does not let desks hear them"),
        (8, "Give the person a name, such as you would call them"),
        (9, "People are reached by public, direct, email, phone or meeting"), (10, "do_not_contact is yes or no")]
    [ann, ort] = await contacts.page(world.db, team.desk.id, team.lea.id, Window(limit=9))
    assert (ort.name, ort.met, ort.silent, ort.channel) == ("Mrs Ort", "at the fair", True, Channel.PHONE)
    assert (await contacts.tags(world.db, [ort.id]))[ort.id] == ["family", "knee"]
    assert ann.met == 'said "hello";\ntwice'
    assert (await contacts.of_accounts(world.db, team.desk.id, [team.ann.id], team.hal.id))[team.ann.id].id == ann.id
    again = await taken(team, TABLE)
    assert (again.new, again.known, len(again.bad)) == (0, 3, 5)
    [act, *_] = await desks.acts(world.db, team.desk.id, team.lea.id, Window(limit=5))
    assert (act.verb, act.about) == ("import", "0 new, 3 known, 5 left out")


async def test_what_was_exported_adds_nothing_when_it_comes_back(world: World, team: Team) -> None:
    ann = await known.know_person(world.db, team.hal, team.desk.id, team.ann.id, clock.now())
    await known.change_card(world.db, team.hal, team.desk.id, ann.id, ContactDraft(
        name="=1+1", met="@SUM(A1)", asked="-2", reach="+1 555"), clock.now())
    await tag_contact(world.db, team.hal, team.desk.id, ann.id, ["a", "b"], clock.now())
    text = await export_contacts(world.db, team.lea, team.desk.id, clock.now())
    [row] = list(csv.DictReader(io.StringIO(text)))
    assert not any(value.startswith(("=", "+", "-", "@")) for value in row.values())
    assert (row["name"], row["tags"], row["accounts"]) == ("'=1+1", "a, b", "'@ann")
    assert (await taken(team, text)).known == 1
    other = await open_desk(world.db, team.lea, DeskDraft(name="Other"), clock.now())
    done = await import_contacts(world.db, team.lea, other.id, text.encode(), clock.now())
    assert (done.new, done.bad) == (1, [])
    [card] = await contacts.page(world.db, other.id, team.lea.id, Window(limit=9))
    assert (card.name, card.met, card.asked, card.reach) == ("=1+1", "@SUM(A1)", "-2", "+1 555")
    with pytest.raises(NotAllowed):
        await export_contacts(world.db, team.hal, team.desk.id, clock.now())
    with pytest.raises(NotAllowed):
        await import_contacts(world.db, team.hal, team.desk.id, text.encode(), clock.now())


async def test_who_was_forgotten_does_not_come_back_with_a_table(world: World, team: Team) -> None:
    text = "reference,name,accounts\n9,Mrs Ort,\n,Ann,@ann\n"
    assert (await taken(team, text)).new == 2
    for card in await contacts.page(world.db, team.desk.id, team.lea.id, Window(limit=9)):
        await forget_contact(world.db, team.lea, team.desk.id, card.id, clock.now())
    done = await taken(team, text)
    assert (done.new, [one.why for one in done.bad]) == (0, ["They asked to be forgotten."] * 2)
    await forget_me(world.db, team.people["otto"], team.desk.id, clock.now())
    assert (await taken(team, "name,accounts\nOtto,otto\n")).bad[0].why == "They asked to be forgotten."


@pytest.mark.parametrize("content", [
    b"", b"\n\n", b"a,b\n1,2\n", b"\xff\xfe", b"name\n\0", b'name\n"' + b"x" * 200_000, b"x" * 2_000_001,
    b"name\n" + b"a\n" * (MAX_LINES + 1)])
def test_what_is_no_such_table_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        read(content)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: ("name,tags\n" + text).encode()))
def test_no_table_breaks_the_reader(content: bytes) -> None:
    try:
        good, bad = read(content)
    except Refused:
        return
    assert all(number > 1 for number in [*(line.number for line in good), *(line.number for line in bad)])


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_goes_out_is_no_formula_and_comes_back_as_it_was(name: str, met: str) -> None:
    name, met = (" ".join(text.replace("\0", "").split()) for text in (name, met))
    one = Contact(id=5, desk_id=1, person_id=5, name=name, met=met, created_by=1)  # type: ignore[arg-type]
    text = as_csv([one], {}, {}, [])
    assert not any(value[:1] in ("=", "+", "-", "@", "\t", "\r") for row in csv.reader(io.StringIO(text, newline=""))
                   for value in row if value)
    [line], _bad = read(text.encode("utf-8", "replace"))
    assert (line.name, line.met) == (name, met) or "\ud800" <= max(name + met, default="") <= "\udfff"

"""One person with several cards, and people who belong together: proposed, confirmed, and taken back exactly."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import msgspec
import pytest

from harken import clock
from harken.actions import know_person as known
from harken.actions.block import block
from harken.actions.change_profile import change_profile
from harken.actions.know_person import ContactDraft
from harken.actions.merge_contacts import keep_apart, merge_contacts, split_contact
from harken.actions.note_contact import note_contact
from harken.actions.relate_contacts import end_relation, relate_contacts
from harken.actions.tag_contact import tag_contact
from harken.desk.same_person import plain_link, proposals
from harken.errors import Conflict, Invalid, NotAllowed, NotFound
from harken.model.account import Account, Field
from harken.model.contact import Contact
from harken.store import accounts, contact_links, contacts
from tests.desk.conftest import Team
from tests.world import World

BASE = "https://harken.test"


async def card(team: Team, name: str, account: Account | None = None) -> Contact:
    """A card with a note, a tag, and perhaps an account."""
    db, desk, now = team.world.db, team.desk.id, clock.now()
    made = await known.write_card(db, team.hal, desk, ContactDraft(name=name, met=f"met {name}"), now)
    if account:
        await known.add_account(db, team.hal, desk, made.id, account.id, now)
    await note_contact(db, team.hal, desk, made.id, f"about {name}", now)
    await tag_contact(db, team.hal, desk, made.id, [name.lower(), "all"], now)
    return made


async def person(team: Team, card_id: int) -> dict[str, Any]:
    """Everything that is read under a card."""
    db = team.world.db
    found = await contacts.visible(db, team.desk.id, card_id, team.hal.id)
    return {
        "card": msgspec.structs.asdict(found),
        "accounts": [one.account_id for one in (await contacts.accounts(db, [found.id])).get(found.id, [])],
        "notes": sorted(one.text for one in await contacts.notes(db, found.id, clock.now())),
        "tags": (await contacts.tags(db, [found.id])).get(found.id, []),
        "related": [(one.kind, one.name) for one in await contact_links.related(
            db, team.desk.id, found.id, team.hal.id)]}


async def merge(team: Team, one: Contact, other: Contact) -> None:
    await merge_contacts(team.world.db, team.hal, team.desk.id, one.id, other.id, clock.now())


async def split(team: Team, one: Contact) -> None:
    await split_contact(team.world.db, team.hal, team.desk.id, one.id, clock.now())


async def test_a_merge_joins_everything_and_undoing_it_gives_back_what_was_whose(world: World, team: Team) -> None:
    ann, otto = await card(team, "Ann", team.ann), await card(team, "Otto", team.people["otto"])
    eve = await card(team, "Eve")
    await relate_contacts(world.db, team.hal, team.desk.id, otto.id, eve.id, "child", clock.now())
    before = [await person(team, one.id) for one in (ann, otto)]
    await merge(team, ann, otto)
    joined = await person(team, otto.id)
    assert joined["card"]["id"] == ann.id
    assert joined["accounts"] == sorted([team.ann.id, team.people["otto"].id])
    assert (joined["notes"], joined["tags"]) == (["about Ann", "about Otto"], ["all", "ann", "otto"])
    assert joined["related"] == [("child", "Eve")]
    assert (await person(team, eve.id))["related"] == [("parent", "Ann")]
    with pytest.raises(Conflict):
        await merge(team, otto, ann)
    await split(team, otto)
    assert [await person(team, one.id) for one in (ann, otto)] == before
    with pytest.raises(NotFound):
        await split(team, otto)


async def test_what_is_written_after_a_merge_stays_with_the_card_that_stood(world: World, team: Team) -> None:
    ann, otto = await card(team, "Ann", team.ann), await card(team, "Otto", team.people["otto"])
    third = await world.account("third", hearable=True)
    await merge(team, ann, otto)
    now, db, desk = clock.now(), world.db, team.desk.id
    await note_contact(db, team.bea, desk, otto.id, "later", now)
    await tag_contact(db, team.bea, desk, ann.id, ["all", "ann", "new"], now)  # takes `otto` away, wherever it was
    await known.change_card(db, team.bea, desk, otto.id, ContactDraft(name="Ann Ort", silent=True), now)
    await known.add_account(db, team.bea, desk, otto.id, third.id, now)
    await known.remove_account(db, team.bea, desk, ann.id, team.people["otto"].id, now)
    await split(team, otto)
    mine, theirs = await person(team, ann.id), await person(team, otto.id)
    assert (mine["card"]["name"], theirs["card"]["name"], theirs["card"]["met"]) == ("Ann Ort", "Otto", "met Otto")
    assert (mine["notes"], theirs["notes"]) == (["about Ann", "later"], ["about Otto"])
    assert (mine["tags"], theirs["tags"]) == (["all", "ann", "new"], ["all"])
    assert (mine["accounts"], theirs["accounts"]) == (sorted([team.ann.id, third.id]), [])
    assert mine["card"]["silent"], "who must not be written to"
    assert theirs["card"]["silent"], "is not written to because somebody undid a merge"


async def test_a_merge_of_merges_comes_apart_in_any_order(world: World, team: Team) -> None:
    dice = random.Random(7)
    for _ in range(4):
        made = [await card(team, f"N{n}") for n in range(5)]
        before = [await person(team, one.id) for one in made]
        merged: list[Contact] = []
        standing = list(made)
        while len(standing) > 1:
            one, other = dice.sample(standing, 2)
            await merge(team, one, other)
            standing.remove(other)
            merged.append(other)
        assert len((await person(team, made[0].id))["notes"]) == 5
        dice.shuffle(merged)
        for other in merged:
            await split(team, other)
        assert [await person(team, one.id) for one in made] == before


async def test_a_block_by_one_account_hides_the_whole_person(world: World, team: Team) -> None:
    ann, otto = await card(team, "Ann", team.ann), await card(team, "Otto", team.people["otto"])
    await merge(team, ann, otto)
    await block(world.db, team.people["otto"], team.bea.id, clock.now())
    with pytest.raises(NotFound):
        await contacts.visible(world.db, team.desk.id, ann.id, team.bea.id)
    with pytest.raises(NotFound):
        await split_contact(world.db, team.bea, team.desk.id, otto.id, clock.now())
    with pytest.raises(NotAllowed):
        await merge_contacts(world.db, team.rea, team.desk.id, ann.id, otto.id, clock.now())


async def test_relations_are_read_both_ways_and_by_nobody_who_may_not_see_the_other(
    world: World, team: Team
) -> None:
    ann, otto = await card(team, "Ann", team.ann), await card(team, "Otto", team.people["otto"])
    db, desk, now = world.db, team.desk.id, clock.now()
    for _ in range(2):  # said twice, kept once
        await relate_contacts(db, team.hal, desk, ann.id, otto.id, "carer", now)
        await relate_contacts(db, team.hal, desk, otto.id, ann.id, "cared_for", now)
        await relate_contacts(db, team.hal, desk, ann.id, otto.id, "household", now)
    assert (await person(team, ann.id))["related"] == [("household", "Otto"), ("carer", "Otto")]
    assert (await person(team, otto.id))["related"] == [("household", "Ann"), ("cared_for", "Ann")]
    with pytest.raises(Invalid):
        await relate_contacts(db, team.hal, desk, ann.id, otto.id, "enemy", now)
    with pytest.raises(Conflict):
        await relate_contacts(db, team.hal, desk, ann.id, ann.id, "friend", now)
    [household, carer] = await contact_links.related(db, desk, ann.id, team.hal.id)
    await end_relation(db, team.hal, desk, otto.id, carer.id, now)
    await change_profile(db, team.people["otto"], now=now, hearable=False)
    assert (await person(team, ann.id))["related"] == []
    with pytest.raises(NotFound):
        await end_relation(db, team.hal, desk, ann.id, household.id, now)
    await change_profile(db, await world.again(team.people["otto"]), now=now, hearable=True)
    assert (await person(team, ann.id))["related"] == [("household", "Otto")]


async def elsewhere(world: World, name: str, domain: str, **given: Any) -> Account:
    """Somebody on another server."""
    made = await world.account(f"{name}{domain.split('.')[0]}", hearable=True)
    async with world.db.transaction() as tx:
        await accounts.change(tx, made.id, **given)
        await tx.execute(
            """UPDATE account SET username = :name, domain = :domain, name_key = :key, url = :url WHERE id = :id""",
            name=name, domain=domain, key=f"{name}@{domain}", url=f"https://{domain}/@{name}", id=made.id)
    return await world.again(made)


async def proposed(team: Team, one: Contact) -> list[tuple[str, list[str]]]:
    return [(p.card.name, p.reasons) for p in await proposals(
        team.world.db, one, team.hal.id, BASE)]


async def test_the_same_person_is_proposed_with_reasons_and_not_again_after_no(world: World, team: Team) -> None:
    ann = await change_profile(world.db, team.ann, now=clock.now(), display_name="Ann Ort", fields=[
        Field("Elsewhere", "https://far.example/@ann/"), Field("Shop", "https://www.annstea.example/")])
    one = await card(team, "Ann Ort", ann)
    mutual = await card(team, "Far Ann", await elsewhere(
        world, "ann", "far.example", display_name="ANN ÖRT", bio=f"also {BASE}{ann.url}"))
    shop = await card(team, "Shop Ann", await elsewhere(
        world, "tea", "shop.example", display_name="Ann’s tea", bio="see http://annstea.example."))
    await card(team, "Another Ann", await elsewhere(world, "ann", "third.example", display_name="Somebody"))
    assert await proposed(team, one) == [
        ("Far Ann", ["points_both_ways", "name", "username"]), ("Shop Ann", ["link"])]
    assert ("Ann Ort", ["points_both_ways", "name", "username"]) in await proposed(team, mutual)
    await keep_apart(world.db, team.hal, team.desk.id, shop.id, one.id, clock.now())
    assert [name for name, _why in await proposed(team, one)] == ["Far Ann"]
    await merge(team, one, mutual)
    assert await proposed(team, one) == []
    await split(team, mutual)
    assert await proposed(team, one) == [], "who took a merge back is not asked again"


async def test_a_card_by_hand_is_proposed_by_its_name_only_where_it_has_no_account(world: World, team: Team) -> None:
    one = await card(team, "Élise", team.ann)
    await card(team, "elise")
    await card(team, "Elise", team.people["otto"])
    assert await proposed(team, one) == [("elise", ["card"])]


async def test_a_profile_of_another_server_that_leads_here_is_found_from_both_sides(world: World, team: Team) -> None:
    here = await card(team, "Here", team.ann)
    there = await card(team, "There", await elsewhere(
        world, "somebody", "far.example", bio=f"at {BASE}{team.ann.url}"))
    assert await proposed(team, here) == [("There", ["points"])]
    assert await proposed(team, there) == [("Here", ["points"])]


@pytest.mark.parametrize(("link", "plain"), [
    ("https://www.Example.org/", "example.org"), ("http://example.org/@a/#top", "example.org/@a"),
    ("https://example.org/%61%_", "example.org/%61%_")])
def test_links_are_compared_without_what_makes_no_difference(link: str, plain: str) -> None:
    assert plain_link(link) == plain


async def test_who_comes_second_in_the_same_moment_finds_what_the_first_did(world: World, team: Team) -> None:
    db, desk, now = world.db, team.desk.id, clock.now()
    made = await asyncio.gather(*[
        known.know_person(db, by, desk, team.ann.id, now) for by in (team.hal, team.bea, team.lea) * 3])
    assert len({one.id for one in made}) == 1
    one, other = made[0], await card(team, "Other")
    outcomes = await asyncio.gather(
        merge_contacts(db, team.hal, desk, one.id, other.id, now),
        merge_contacts(db, team.bea, desk, other.id, one.id, now), return_exceptions=True)
    assert sorted(isinstance(outcome, Conflict) for outcome in outcomes) == [False, True]
    roots = await db.values("SELECT id FROM contact WHERE into_id IS NULL")
    assert len(roots) == 1
    assert await db.values("SELECT DISTINCT person_id FROM contact") == roots

"""Nobody sees more of a desk than their role gives, and nothing of whom it may not hear: random worlds, said again in
plain Python."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from harken import clock
from harken.actions import block as blocking
from harken.actions.answer_case import answer_case
from harken.actions.attend_case import attend_case
from harken.actions.draft_answer import DraftText, draft_answer
from harken.actions.forget_contact import forget_contact
from harken.actions.keep_desk import DeskDraft, open_desk
from harken.actions.keep_desk_ear import keep_desk_ear
from harken.actions.keep_reply import keep_reply
from harken.actions.know_person import add_account, know_person
from harken.actions.merge_contacts import merge_contacts, split_contact
from harken.actions.note_contact import note_contact
from harken.actions.publish_post import publish_post
from harken.actions.relate_contacts import relate_contacts
from harken.actions.staff_desk import leave_desk, staff_desk
from harken.actions.work_case import Move, Verb, work_case
from harken.desk.history import Asked, between
from harken.errors import NotAllowed, NotFound, Refused
from harken.ids import MAX_ID
from harken.log.append import append
from harken.log.events import AccountChanged
from harken.model.account import Account, Role
from harken.model.case import Tab
from harken.model.desk import Desk, DeskRole
from harken.model.paging import Window
from harken.model.post import Draft, Visibility
from harken.store import accounts, contact_links, contacts, desk_answers, desk_queue, desks
from harken.store.desk_queue import Cursor, Shown
from tests.oracle import ACTIVE, PUBLIC, Facts
from tests.test_visibility import random_world
from tests.world import World

Forgotten = set[tuple[int, int]]
"""(desk, account)"""


class Truth:
    """The facts about desks, and what follows from them."""

    def __init__(self, facts: Facts, forgotten: Forgotten) -> None:
        self.facts, self.forgotten = facts, forgotten
        self.roles: dict[tuple[int, int], int] = {}
        self.hearable: set[int] = set()
        self.heard: set[tuple[int, int]] = set()  # (desk, post)
        self.taken: set[tuple[int, int]] = set()
        self.cards: dict[int, tuple[int, int]] = {}  # (desk, person)
        self.known: list[tuple[int, ...]] = []  # (card, account)

    @classmethod
    async def read(cls, world: World, forgotten: Forgotten) -> Truth:
        truth = cls(await Facts.read(world.db), forgotten)
        rows = world.db.rows
        truth.roles = {(d, a): r for d, a, r in await rows("SELECT desk_id, account_id, role FROM desk_member")}
        truth.hearable = {row[0] for row in await rows("SELECT id FROM account WHERE hearable = 1")}
        truth.heard = {(row[0], row[1]) for row in await rows(
            "SELECT e.owner_id, m.post_id FROM ear e JOIN ear_match m ON m.ear_id = e.id")}
        truth.cards = {c: (d, p) for c, d, p in await rows("SELECT id, desk_id, person_id FROM contact")}
        truth.known = list(await rows("SELECT contact_id, account_id FROM contact_account"))
        truth.taken = {(row[0], row[1]) for row in await rows("SELECT desk_id, post_id FROM desk_case")}
        return truth

    def may_hear(self, post_id: int) -> bool:
        """Whether any desk may hear this post."""
        post = self.facts.posts.get(post_id)
        if post is None or post["boost_of"] is not None or post["visibility"] != PUBLIC:
            return False
        author = self.facts.accounts[post["author"]]
        return (author["state"] == ACTIVE and author["indexable"] and not author["protected"]
                and post["author"] in self.hearable)

    def accounts_of(self, person: int) -> set[int]:
        """The accounts on all cards of a person."""
        return {account for card, account in self.known if self.cards[card][1] == person}

    def heard_person(self, person: int) -> bool:
        """Whether desks may know each account of a person."""
        return all(
            account["state"] == ACTIVE and account["indexable"] and not account["protected"] and i in self.hearable
            for i in self.accounts_of(person) for account in [self.facts.accounts[i]])

    def people(self, desk: int, viewer: int) -> set[int]:
        """The people whom `viewer` must find at a desk, whether or not a consumer has caught up."""
        return {person for at, person in self.cards.values()
                if at == desk and (desk, viewer) in self.roles and self.heard_person(person)
                and not any(self.apart(viewer, i) for i in self.accounts_of(person))}

    def apart(self, one: int, other: int) -> bool:
        return bool({(one, other), (other, one)} & self.facts.blocks)

    def cases(self, desk: int, viewer: int) -> set[int]:
        """The conversations that `viewer` must find in the queue of a desk once all consumers have caught up."""
        if (desk, viewer) not in self.roles:
            return set()
        leads: dict[int, int] = {}
        for at, post_id in self.heard | self.taken:
            post = self.facts.posts.get(post_id)
            if at == desk and post and self.may_hear(post_id) and (
                    (desk, post["author"]) not in {*self.roles, *self.forgotten}):
                conversation = post["conversation"]
                leads[conversation] = min(post_id, leads.get(conversation, post_id))
        return {conversation for conversation, post_id in leads.items()
                if not self.apart(viewer, self.facts.posts[post_id]["author"])}


async def seen(world: World, desk: int, viewer: int) -> dict[int, int]:
    """(conversation: post) of every tab of a queue, as somebody finds it."""
    found: dict[int, int] = {}
    for tab in Tab:
        for item in await desk_queue.page(world.db, desk, viewer, Shown(tab=tab), Cursor(), 500, clock.now()):
            found[item.conversation_id] = item.post_id
    return found


async def some_work(world: World, dice: random.Random, desk: Desk, people: list[Account], steps: int) -> None:
    """People of a desk, and others, try to do what helpers do."""
    for _ in range(steps):
        by = await world.again(dice.choice(people))
        everything = await world.db.values("SELECT conversation_id FROM desk_item WHERE desk_id = :d", d=desk.id)
        if not everything:
            return
        about = dice.choice(everything)
        with suppress(Refused):
            match dice.choice(["move", "move", "answer", "draft", "draft", "reply", "attend", "staff", "leave"]):
                case "move":
                    verb = dice.choice([v for v in Verb if v not in (Verb.SNOOZE, Verb.HAND)])
                    await work_case(world.db, by, desk.id, about, Move(verb=verb, take=True), clock.now())
                case "answer":
                    await answer_case(world.db, by, desk.id, about, Draft(text="word1"), clock.now(), take=True)
                case "draft":
                    before = await desk_answers.find_draft(world.db, desk.id, about)
                    await draft_answer(
                        world.db, by, desk.id, about, DraftText(text="secret"), before.version if before else 0,
                        clock.now())
                case "reply":
                    await keep_reply(world.db, by, desk.id, "name", "secret", clock.now())
                case "attend":
                    await attend_case(world.db, by, desk.id, about, dice.random() < 0.5, clock.now())
                case "staff":
                    role = dice.choice(list(DeskRole))
                    await staff_desk(world.db, by, desk.id, dice.choice(people).id, role, clock.now())
                case "leave":
                    await leave_desk(world.db, by, desk.id, dice.choice(people).id, clock.now())


async def some_acquaintance(
    world: World, dice: random.Random, by: Account, desk: Desk, people: list[Account], forgotten: Forgotten
) -> None:
    """Somebody tries to make a card, or to do something with one of any desk."""
    db, now = world.db, clock.now()
    cards = await db.values("SELECT id FROM contact ORDER BY id") or [1]
    one, other = dice.choice(cards), dice.choice(cards)
    match dice.choice(["know", "know", "know", "note", "merge", "split", "relate", "account", "forget"]):
        case "know":
            await know_person(db, by, desk.id, dice.choice(people).id, now)
        case "note":
            await note_contact(db, by, desk.id, one, "a note", now)
        case "merge":
            await merge_contacts(db, by, desk.id, one, other, now)
        case "split":
            await split_contact(db, by, desk.id, one, now)
        case "relate":
            await relate_contacts(db, by, desk.id, one, other, "friend", now)
        case "account":
            await add_account(db, by, desk.id, one, dice.choice(people).id, now)
        case "forget" if dice.random() < 0.2:
            theirs = await db.values(
                """SELECT x.account_id FROM contact c JOIN contact p ON p.person_id = c.person_id
                     JOIN contact_account x ON x.contact_id = p.id WHERE c.id = :card""", card=one)
            await forget_contact(db, by, desk.id, one, now)
            forgotten |= {(desk.id, account) for account in theirs}


async def same_people(world: World, truth: Truth, desk: Desk, viewer: int) -> int:
    """Compare whom one viewer finds at a desk with the truth, however they ask; how many."""
    db, expected = world.db, truth.people(desk.id, viewer)
    found = await contacts.page(db, desk.id, viewer, Window(limit=500))
    assert {card.id for card in found} == expected
    for card, (at, person) in truth.cards.items():
        try:
            assert (await contacts.visible(db, desk.id, card, viewer)).id == person
            assert person in expected
        except NotFound:
            assert at != desk.id or person not in expected
    assert not {i for person in expected for i in truth.accounts_of(person)} & {
        i for at, i in truth.forgotten if at == desk.id}
    known = await contacts.of_accounts(db, desk.id, truth.facts.accounts, viewer)
    assert set(known) == {i for person in expected for i in truth.accounts_of(person)}
    for person in expected:
        related = await contact_links.related(db, desk.id, person, viewer)
        assert {one.person_id for one in related} <= expected
        passed = await between(db, Asked(
            desk_id=desk.id, cards=await contacts.cards(db, person), account_ids=sorted(truth.accounts_of(person)),
            viewer=viewer, before=MAX_ID, limit=500, now=clock.now()))
        for moment in passed:
            assert not moment.post_id or truth.facts.seen(viewer, moment.post_id)
            assert moment.kind != "case" or truth.may_hear(moment.post_id or 0)
    waiting = {card.id for card in await contacts.waiting(db, desk.id, viewer, 500)}
    lead = truth.roles.get((desk.id, viewer)) == DeskRole.LEAD
    assert waiting == ({p for at, p in truth.cards.values() if at == desk.id and not truth.heard_person(p)}
                       if lead else set())
    return len(expected)


async def changed_minds(world: World, dice: random.Random, people: list[Account]) -> None:
    """Switches turned, blocks made and lifted; no consumer has heard of it yet."""
    for person in people:
        async with world.db.transaction() as tx:
            if dice.random() < 0.4:
                await accounts.change(tx, person.id, hearable=dice.random() < 0.6)
            if dice.random() < 0.2:
                await accounts.change(tx, person.id, protected=dice.random() < 0.5)
        if dice.random() < 0.3:
            with suppress(Refused):
                await blocking.block(world.db, person, dice.choice(people).id, clock.now())


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_nobody_sees_more_of_a_desk_than_their_role_gives(world: World, seed: int) -> None:
    dice = random.Random(seed)
    lead = await world.account("lead", role=Role.MODERATOR)
    kept = []
    for name, query in (("one", "word0 OR word1"), ("two", "word1 OR word2 OR tag2")):
        desk = await open_desk(world.db, lead, DeskDraft(name=name), clock.now())
        await keep_desk_ear(world.db, lead, desk.id, query, clock.now())
        kept.append(desk)
    people = await random_world(world, dice, people_count=8, steps=0)
    for person in people:
        async with world.db.transaction() as tx:
            await accounts.change(tx, person.id, hearable=dice.random() < 0.7, protected=False, indexable=True)
    staff = people[:4]
    for desk in kept:
        for person in staff:
            if dice.random() < 0.7:
                await staff_desk(world.db, lead, desk.id, person.id, dice.choice(list(DeskRole)), clock.now())
    await world.settle()
    talkers = people[2:]
    for number in range(60):
        author = await world.again(dice.choice(talkers))
        to = dice.choice(["public", "public", "public", "unlisted", "followers"])
        earlier = await world.db.values("SELECT id FROM post ORDER BY id")
        parent = dice.choice(earlier) if earlier and dice.random() < 0.4 else None
        with suppress(Refused):
            await world.post(author, f"word{dice.randrange(4)} #tag2 {number}", to=to) if parent is None else (
                await answered(world, author, parent, f"word{dice.randrange(4)} {number}", to))
    await world.settle()
    forgotten: Forgotten = set()
    for desk in kept:
        await some_work(world, dice, desk, [lead, *people], 40)
        for _ in range(60):
            with suppress(Refused):
                by = await world.again(dice.choice([lead, lead, *people]))
                await some_acquaintance(world, dice, by, desk, people, forgotten)
    everybody = [lead.id, *[person.id for person in people], 0]
    saw = knew = 0
    for settled in (False, True):
        if not settled:
            await changed_minds(world, dice, people)
        else:
            for person in people:  # what the switches above did without their action's event
                await retold(world, person)
            await world.settle()
        truth = await Truth.read(world, forgotten)
        for desk in kept:
            for viewer in everybody:
                saw += len(await checked(world, truth, desk, viewer, settled))
                knew += await same_people(world, truth, desk, viewer)
    assert saw > 40, "a world in which nobody sees anything proves nothing"
    assert knew > 5, "nor one in which nobody knows anybody"


async def answered(world: World, author: Account, parent: int, text: str, to: str) -> None:
    """`author` answers the post with the id `parent`."""
    draft = Draft(text=text, visibility=Visibility[to.upper()], in_reply_to_id=parent)  # type: ignore[arg-type]
    await publish_post(world.db, author, draft, clock.now())


async def retold(world: World, person: Account) -> None:
    """The event that the action behind a switch would have written."""
    async with world.db.transaction() as tx:
        await append(tx, AccountChanged(person.id), clock.now())


async def checked(world: World, truth: Truth, desk: Desk, viewer: int, settled: bool) -> dict[int, int]:
    """Compare everything that one viewer gets of one desk; what they saw."""
    role = truth.roles.get((desk.id, viewer))
    found = await seen(world, desk.id, viewer)
    for post_id in found.values():
        author = truth.facts.posts[post_id]["author"]
        assert role is not None
        assert truth.may_hear(post_id)
        assert not truth.apart(viewer, author)
    if settled:
        assert set(found) == truth.cases(desk.id, viewer)
    for conversation in await world.db.values("SELECT conversation_id FROM desk_item WHERE desk_id = :d", d=desk.id):
        item = await desk_queue.find(world.db, desk.id, conversation, viewer)
        assert (item is not None) == (conversation in found)
    counted = await desk_queue.counts(world.db, desk.id, viewer, clock.now())
    assert counted["open"] + counted["waiting"] + counted["snoozed"] <= len(found)
    everything = await world.db.values("SELECT conversation_id FROM desk_presence WHERE desk_id = :d", d=desk.id)
    present = await desk_queue.present(world.db, desk.id, viewer, clock.now(), everything)  # type: ignore[arg-type]
    assert role is not None or not present
    drafts = await desk_answers.visible_drafts(world.db, desk.id, viewer, 500)
    written = await world.db.values("SELECT conversation_id FROM desk_draft WHERE desk_id = :d", d=desk.id)
    helps = role is not None and role >= DeskRole.HELPER
    assert {one.conversation_id for one in drafts} == (set(written) & set(found) if helps else set())
    for conversation in written:
        one = await desk_answers.visible_draft(world.db, desk.id, conversation, viewer)
        assert (one is not None) == (helps and conversation in found)
    replies = await desk_answers.visible_replies(world.db, desk.id, viewer)
    assert role is not None or not replies
    acts = await desks.acts(world.db, desk.id, viewer, Window(limit=500))  # type: ignore[arg-type]
    assert bool(acts) == (role == DeskRole.LEAD)
    for least in DeskRole:
        if role is None:
            with pytest.raises(NotFound):
                await desks.get(world.db, desk.id, viewer, least)
        elif role < least:
            with pytest.raises(NotAllowed):
                await desks.get(world.db, desk.id, viewer, least)
        else:
            await desks.get(world.db, desk.id, viewer, least)
    return found

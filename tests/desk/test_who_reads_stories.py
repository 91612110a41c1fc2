"""Nobody reads a story in which somebody has not said yes to just that, wherever they look; drafts are for helpers.

Random acts by editors and by those who are shown. The oracle reads plain rows and remembers what each person was shown
when they said yes, word for word; it shares no code with the server. Every text is the only one of its kind, so a page
that shows it gives it away.
"""

from __future__ import annotations

import random
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from harken import clock, timetable
from harken.actions import write_story as writing
from harken.actions.ask_consent import answer_consent, ask_consent, asked
from harken.actions.block import block, unblock
from harken.actions.change_profile import change_profile
from harken.actions.change_state import restore, suspend
from harken.actions.delete_account import begin_deletion
from harken.actions.delete_post import delete_post
from harken.actions.edit_post import edit_post
from harken.actions.forget_contact import forget_me
from harken.actions.keep_desk import close_desk
from harken.actions.know_person import know_person
from harken.actions.note_contact import note_contact
from harken.actions.publish_story import publish_story, take_story_back
from harken.actions.staff_desk import leave_desk
from harken.actions.write_message import write_message
from harken.actions.write_story import StoryDraft
from harken.clock import from_ms
from harken.errors import Refused
from harken.model.account import Account
from harken.model.post import Post
from harken.store import posts, stories
from tests.desk.conftest import Team
from tests.oracle import ACTIVE, DIRECT, UNLISTED, Facts
from tests.world import World

PAGE = "https://harken.test/consent/"
ACTS = ["all agree"] * 12 + ["add"] * 3 + ["words"] * 3 + ["move", "title", "ask", "yes", "yes"] + ["publish"] * 8 + [
    "begin", "title", "move", "drop piece", "name", "unname", "no", "delete", "edit", "renew", "protect", "open",
    "open", "block", "unblock", "unblock", "comment", "comment", "suspend", "restore", "restore", "forget", "back",
    "tomorrow", "quote", "note", "gone", "helper leaves", "author leaves", "desk closes"]
RARE = {"gone": 0.06, "helper leaves": 0.2, "author leaves": 0.03, "desk closes": 0.02, "forget": 0.15, "tomorrow": 0.2,
        "suspend": 0.3, "title": 0.5, "words": 0.6, "edit": 0.6, "delete": 0.6, "block": 0.6, "protect": 0.6}
WORD = re.compile(r"(?:title|words|said|secret|note|name)x\d+x")


@dataclass
class Ledger:
    """What people agreed to, as the test saw it; by (story, account or name)."""

    yes: dict[tuple[int, object], object] = field(default_factory=dict)
    forgotten: set[tuple[int, object]] = field(default_factory=set)
    links: dict[tuple[int, object], str] = field(default_factory=dict)


class Truth:
    """What may be shown now."""

    def __init__(self, facts: Facts, ledger: Ledger, now: datetime) -> None:
        self.facts, self.ledger, self.now = facts, ledger, now
        self.stories: dict[int, dict[str, Any]] = {}
        self.pieces: dict[int, list[dict[str, Any]]] = {}
        self.people: dict[int, dict[int, object]] = {}  # who is in a story: an account, or a name
        self.texts: dict[int, str] = {}
        self.closed = False
        self.roles: dict[int, int] = {}

    @classmethod
    async def read(cls, world: World, ledger: Ledger, now: datetime) -> Truth:
        truth = cls(await Facts.read(world.db), ledger, now)
        rows = world.db.rows
        for story in await rows("SELECT id, author_id, title, summary, until, published_at, post_id, slug FROM story"):
            truth.stories[story[0]] = dict(zip(
                ("id", "author", "title", "summary", "until", "published", "post", "slug"), story, strict=True))
            truth.pieces[story[0]], truth.people[story[0]] = [], {}
        for story, kind, post, text, day in await rows(
                "SELECT story_id, kind, post_id, text, day FROM story_piece ORDER BY position, id"):
            truth.pieces[story].append({"kind": kind, "post": post, "text": text, "day": day})
        for story, person, account, name in await rows("SELECT story_id, id, account_id, name FROM story_person"):
            truth.people[story][person] = account or name
        truth.texts = {i: text for i, text in await rows("SELECT id, text FROM post")}
        truth.closed = bool(await world.db.value("SELECT count(*) FROM desk WHERE closed_at IS NOT NULL"))
        truth.roles = {a: r for a, r in await rows("SELECT account_id, role FROM desk_member")}
        return truth

    def shown_to(self, story_id: int, who: object) -> object:
        """Everything that somebody is asked about: all words of the desk, and their own posts as they are now."""
        story = self.stories[story_id]
        said: list[object] = [story["title"], story["summary"], story["until"], story["author"]]
        for piece in self.pieces[story_id]:
            if piece["kind"] != "post":
                said.append((piece["text"], piece["day"]))
            elif self.facts.posts.get(piece["post"], {}).get("author") == who:
                said.append((piece["post"], self.texts[piece["post"]]))
            else:
                said.append("another's")
        return tuple(said)

    def agrees(self, story_id: int, who: object) -> bool:
        key = (story_id, who)
        return key not in self.ledger.forgotten and self.ledger.yes.get(key) == self.shown_to(story_id, who)

    def live(self, story_id: int) -> bool:
        """Everybody there agrees, and everything is still there, of people who are still there and in peace."""
        story, facts = self.stories[story_id], self.facts
        author = story["author"]
        if (story["published"] is None or from_ms(story["until"]) <= self.now or self.closed
                or not self.pieces[story_id] or facts.accounts[author]["state"] != ACTIVE):
            return False
        inside = set(self.people[story_id].values())
        for piece in self.pieces[story_id]:
            if piece["kind"] == "post":
                post = facts.posts.get(piece["post"])
                if post is None or post["author"] not in inside or post["boost_of"] is not None:
                    return False
                by = facts.accounts[post["author"]]
                if by["state"] != ACTIVE or by["protected"] or facts.blocked(post["author"], author):
                    return False
                if post["visibility"] > UNLISTED and not (
                        post["visibility"] == DIRECT and facts.audience(piece["post"]) == {post["author"], author}):
                    return False
        return all(self.agrees(story_id, who) for who in inside) and not any(
            isinstance(who, int) and facts.accounts[who]["state"] != ACTIVE for who in inside)

    def reads(self, viewer: int, story_id: int) -> bool:
        """Also never across a block, from its author or from anybody in it."""
        apart = [self.stories[story_id]["author"], *(
            who for who in self.people[story_id].values() if isinstance(who, int))]
        return self.live(story_id) and not any(self.facts.blocked(viewer, one) for one in apart)

    def drafts(self, viewer: int) -> bool:
        return self.roles.get(viewer, 0) >= 1 and not self.closed

    def words(self, story_id: int) -> set[str]:
        """The words that stand in a story, and in it alone or in private."""
        story = self.stories[story_id]
        texts = [story["title"], story["summary"], *(piece["text"] for piece in self.pieces[story_id]), *(
            self.texts.get(piece["post"], "") for piece in self.pieces[story_id] if piece["kind"] == "post")]
        return set(WORD.findall(" ".join(texts)))


class Life:
    """Acts, one after the other."""

    def __init__(self, world: World, team: Team, seed: int) -> None:
        self.world, self.team, self.db, self.dice = world, team, world.db, random.Random(seed)
        self.ledger = Ledger()
        self.people = [team.ann, team.people["otto"], team.people["cora"]]
        self.said: list[Post] = []
        self.ours: list[int] = []  # stories
        self.made = 0
        self.at = clock.now()

    def word(self, kind: str) -> str:
        self.made += 1
        return f"{kind}x{self.made}x"

    def later(self) -> datetime:
        self.at += timedelta(seconds=7)
        return self.at

    async def set_up(self) -> None:
        for person in self.people:
            self.said += [await self.world.post(person, self.word("said"), to=to) for to in ("public", "unlisted")]
            self.said.append(await write_message(
                self.db, person, [self.team.hal], self.word("secret"), clock.now()))
        for _ in range(2):
            await self.act("begin")

    async def step(self) -> None:
        what = self.dice.choice(ACTS)
        if self.dice.random() < RARE.get(what, 1):
            with suppress(Refused):
                await self.act(what)

    async def act(self, what: str) -> None:
        db, dice, now, desk = self.db, self.dice, self.later(), self.team.desk.id
        hal = self.team.hal
        by = dice.choice([hal, hal, self.team.bea])
        who = await self.world.again(dice.choice(self.people))
        if what == "all agree":
            await self.all_agree(dice.choice(self.ours), now)
        if what == "begin" and len(self.ours) < 3:
            story = await writing.begin_story(
                db, hal, desk, StoryDraft(title=self.word("title"), summary=self.word("words")), now)
            self.ours.append(story.id)
        if not self.ours:
            return
        ours = dice.choice(self.ours)
        pieces = await db.values("SELECT id FROM story_piece WHERE story_id = :id ORDER BY id", id=ours)
        truth = await Truth.read(self.world, self.ledger, now)
        person, behind = dice.choice([*truth.people[ours].items()]) if truth.people[ours] else (0, None)
        match what:
            case "add":
                await writing.add_post(db, by, desk, ours, str(dice.choice(self.said).id), now)
            case "words":
                await writing.add_words(db, by, desk, ours, self.word("words"), now, dice.choice(["", "2026-05-31"]))
            case "title":
                await writing.change_story(db, by, desk, ours, StoryDraft(title=self.word("title")), now)
            case "move":
                await writing.move_piece(db, by, desk, ours, dice.choice(pieces or [1]), dice.random() < 0.5, now)
            case "drop piece":
                await writing.remove_piece(db, by, desk, ours, dice.choice(pieces or [1]), now)
            case "renew":
                for piece in await stories.stale(db, ours):
                    await writing.renew_post(db, by, desk, ours, piece, now)
            case "name":
                await writing.name_person(db, by, desk, ours, self.word("name"), now)
            case "unname":
                await writing.unname_person(db, by, desk, ours, person, now)
            case "ask":
                link = await ask_consent(db, by, desk, ours, person, now, page=PAGE)
                self.ledger.links[ours, behind] = link.removeprefix(PAGE)
            case "yes" | "no":
                await self.answer(ours, behind, what, now)
            case "publish":
                await publish_story(db, hal, desk, ours, now, page="https://harken.test/stories")
            case "back":
                await take_story_back(db, by, desk, ours, now)
            case _:
                await self.elsewhere(what, who, ours, now)

    async def all_agree(self, ours: int, now: datetime) -> None:
        """What an editor does who wants it shown: take out what cannot be, ask those who are left, publish."""
        db, hal, desk = self.db, self.team.hal, self.team.desk.id
        for piece in await stories.stale(db, ours):
            with suppress(Refused):
                await writing.renew_post(db, hal, desk, ours, piece, now)
        for piece in await stories.stale(db, ours):
            await writing.remove_piece(db, hal, desk, ours, piece, now)
        if not await stories.pieces(db, ours):
            for post in self.dice.sample(self.said, 4):
                with suppress(Refused):
                    await writing.add_post(db, hal, desk, ours, str(post.id), now)
        for one in await stories.people(db, ours):
            if one.forgotten and not one.account_id:
                await writing.unname_person(db, hal, desk, ours, one.id, now)
        for one in await stories.people(db, ours):
            with suppress(Refused):
                link = await ask_consent(db, hal, desk, ours, one.id, now, page=PAGE)
                self.ledger.links[ours, one.account_id or one.name] = link.removeprefix(PAGE)
                await self.answer(ours, one.account_id or one.name, "yes", now)
        await publish_story(db, hal, desk, ours, now, page="https://harken.test/stories")

    async def answer(self, ours: int, behind: object, what: str, now: datetime) -> None:
        secret = self.ledger.links.get((ours, behind), "")
        viewer = await self.world.again(next(
            one for one in self.people if one.id == behind)) if isinstance(behind, int) else None
        found = await asked(self.db, secret, viewer, now)
        truth = await Truth.read(self.world, self.ledger, now)
        says = "yes" if what == "yes" else self.dice.choice(["no", "revoked"])
        await answer_consent(self.db, secret, viewer, says, found.person.digest, ["May it?"], now)
        self.ledger.yes[ours, behind] = truth.shown_to(ours, behind) if says == "yes" else None

    async def elsewhere(self, what: str, who: Account, ours: int, now: datetime) -> None:
        """What people do whom nobody asks."""
        db, dice, team = self.db, self.dice, self.team
        theirs = [post for post in self.said if post.author_id == who.id]
        match what:
            case "delete":
                await delete_post(db, who, dice.choice(theirs).id, now)
            case "edit":
                await edit_post(db, who, dice.choice(theirs).id, text=self.word("said"), now=now)
            case "quote":
                self.said.append(await self.world.post(who, self.word("said"), quote_of_id=dice.choice(self.said).id))
            case "protect" | "open":
                await change_profile(db, who, now=now, protected=what == "protect")
            case "block" | "unblock":
                target = dice.choice([team.hal, *self.people, team.rea])
                await (block if what == "block" else unblock)(db, who, target.id, now)
            case "suspend" | "restore":
                await (suspend if what == "suspend" else restore)(db, who.id, now)
            case "gone":
                await begin_deletion(db, who.id, now)
            case "forget":
                await forget_me(db, who, team.desk.id, now)
                self.ledger.forgotten |= {
                    (story, who.id) for story, _ in await stories.of_person(db, who.id)}
            case "comment":
                told = await db.value("SELECT post_id FROM story WHERE id = :id", id=ours)
                root = await posts.find(db, told) if told else None
                await self.world.post(who, "a comment", reply_to=root)
            case "note":
                card = await know_person(db, team.bea, team.desk.id, who.id, now)
                await note_contact(db, team.bea, team.desk.id, card.id, self.word("note"), now)
            case "tomorrow":
                story = await stories.find(db, ours)
                assert story is not None
                last = (now + timedelta(days=dice.randrange(3))).date().isoformat()
                await writing.change_story(db, team.hal, team.desk.id, ours, StoryDraft(until=last), now)
                self.at = now + timedelta(days=dice.randrange(2))
            case "helper leaves":
                await leave_desk(db, team.lea, team.desk.id, team.bea.id, now)
            case "author leaves":
                await leave_desk(db, team.lea, team.desk.id, team.hal.id, now)
            case "desk closes":
                await close_desk(db, team.lea, team.desk.id, now)


class Looking:
    """Everybody looks everywhere."""

    def __init__(self, life: Life, client: httpx.AsyncClient) -> None:
        self.life, self.world, self.client = life, life.world, client
        self.doors: dict[int, tuple[dict[str, str], str]] = {}
        self.read = self.hidden = 0

    @staticmethod
    def told(page: httpx.Response, truth: Truth) -> set[str]:
        """What a page tells besides addresses, which keep the first title of a story."""
        text = page.text
        for about in truth.stories.values():
            text = text.replace(about["slug"], "")
        return set(WORD.findall(text))

    async def page(self, viewer: Account | None, path: str) -> httpx.Response:
        """As whoever is signed in, in the browser and as a program."""
        self.client.cookies.clear()
        headers = {}
        if viewer is not None:
            if viewer.id not in self.doors:
                self.doors[viewer.id] = await self.world.cookies(viewer), await self.world.token(viewer, "read")
            cookies, token = self.doors[viewer.id]
            if path.startswith("/api/"):
                headers["Authorization"] = f"Bearer {token}"
            else:
                for name, value in cookies.items():
                    self.client.cookies.set(name, value)
        answered = await self.client.get(path, headers=headers)
        assert answered.status_code < 500, path
        return answered

    async def all(self) -> None:
        life, team = self.life, self.life.team
        truth = await Truth.read(self.world, life.ledger, life.at)
        self.doors.clear()  # whoever was suspended meanwhile was signed out
        with clock.frozen(life.at):
            helper, shown = life.dice.choice([team.lea, team.bea, team.hal]), life.dice.choice(life.people)
            for viewer in (None, helper, team.rea, team.people["dave"], shown):
                await self.by(viewer, truth)

    async def by(self, viewer: Account | None, truth: Truth) -> None:
        who, desk = viewer.id if viewer else 0, self.life.team.desk.id
        if viewer and truth.facts.accounts[who]["state"] != ACTIVE:
            return
        reads = {story for story in truth.stories if truth.reads(who, story)}
        allowed = set[str]().union(*(truth.words(story) for story in reads))
        drafts = set[str]().union(*(truth.words(story) for story in truth.stories)) if truth.drafts(who) else allowed
        live = {story for story in truth.stories if truth.live(story)} if not truth.closed else set()
        if who in truth.roles:  # readers of the desk find there what everybody may read, blocks or not
            drafts |= set[str]().union(*(truth.words(story) for story in live))
        front = await self.page(viewer, "/stories")
        assert self.told(front, truth) <= allowed
        for story, about in truth.stories.items():
            assert (about["slug"] in front.text) == (story in reads), "the front page"
            page = await self.page(viewer, f"/stories/{about['slug']}")
            assert page.status_code == (200 if story in reads else 404)
            assert self.told(page, truth) <= (truth.words(story) if story in reads else set())
            self.read += story in reads
            self.hidden += story not in reads and about["published"] is not None
            if story in reads:
                assert truth.words(story) <= self.told(page, truth), "nothing is left out"
            for inside in (f"/desks/{desk}/stories/{story}", f"/api/harken/v1/desks/{desk}/stories/{story}"):
                got = await self.page(viewer, inside)
                assert (got.status_code == 200) == (truth.drafts(who) or (who in truth.roles and story in live)), inside
                told = {word for word in self.told(got, truth) if "name" not in word}
                assert truth.drafts(who) or told <= drafts, inside  # helpers read earlier versions too
                assert not re.search(r"notex\d+x", got.text)
        for path in (f"/desks/{desk}/stories", f"/api/harken/v1/desks/{desk}/stories", "/about/listening"):
            assert self.told(await self.page(viewer, path), truth) <= drafts, path
        if viewer is None:
            for kind in ("atom", "json", "rss"):
                feed = self.told(await self.page(None, f"/stories.{kind}"), truth)
                assert feed <= {word for word in allowed if word.startswith(("title", "words"))}, "no words of others"
        await self.talk(viewer, truth)

    async def talk(self, viewer: Account | None, truth: Truth) -> None:
        """The post that tells of a story is seen where its author is; of the story it says the title alone."""
        for about in truth.stories.values():
            if about["post"] is None:
                continue
            for path in (f"/api/v1/statuses/{about['post']}", f"/@hal/{about['post']}"):
                got = await self.page(viewer, path)
                seen = truth.facts.seen(viewer.id if viewer else 0, about["post"])
                assert (got.status_code == 200) == (seen and about["post"] in truth.facts.posts), path
                assert not re.search(r"(?:words|said|secret|name|note)x\d+x", got.text), path


@pytest.mark.parametrize("seed", [1, 2])
async def test_nobody_reads_a_story_without_everybody_s_yes(
    world: World, team: Team, client: httpx.AsyncClient, seed: int
) -> None:
    for name in ("cora", "dave"):
        team.people[name] = await world.account(name, hearable=True)
    life = Life(world, team, seed)
    await life.set_up()
    looking = Looking(life, client)
    everybody = [0, *(one.id for one in team.people.values())]
    shown = 0
    for number in range(150):
        await life.step()
        truth = await Truth.read(world, life.ledger, life.at)
        for viewer in everybody:
            expected = {story for story in truth.stories if truth.reads(viewer, story)}
            found = await stories.shown_page(world.db, viewer, life.at, 2**62, 50)
            assert {story.id for story in found} == expected
            pieces = await stories.shown_pieces(world.db, truth.stories, viewer, life.at)
            assert {piece.story_id for piece in pieces} == expected
            shown += len(expected)
        if number % 30 == 29:
            await world.settle()
            with clock.frozen(life.at):
                await timetable.do_what_is_due(world.db)
            await looking.all()
    assert shown > 60, "a world in which nothing is shown proves nothing"
    assert looking.read, "nor one in which nobody reads"

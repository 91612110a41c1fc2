"""Stories are shown while everybody in them says yes to exactly what stands there, and at no other moment."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from harken import clock, housekeeping, timetable
from harken.actions import write_story as writing
from harken.actions.ask_consent import answer_consent, ask_consent, asked
from harken.actions.block import block, unblock
from harken.actions.change_profile import change_profile
from harken.actions.delete_account import begin_deletion
from harken.actions.delete_post import delete_post
from harken.actions.edit_post import edit_post
from harken.actions.forget_contact import forget_contact, forget_me
from harken.actions.keep_desk import close_desk
from harken.actions.know_person import ContactDraft, know_person, write_card
from harken.actions.publish_story import publish_story, take_story_back
from harken.actions.write_message import write_message
from harken.actions.write_story import StoryDraft
from harken.desk.held import holdings
from harken.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn, Refused
from harken.model.account import Account, State
from harken.model.paging import Window
from harken.model.post import Post
from harken.model.story import Says, Story
from harken.store import accounts, desks, posts, stories
from tests.desk.conftest import Team
from tests.world import World

PAGE = "https://here.example/consent/"
SENTENCES = ["May this be shown?"]


class Telling:
    """A story of hal's, in which ann's post stands, and what people do with it."""

    def __init__(self, team: Team, story: Story, post: Post) -> None:
        self.team, self.world, self.db, self.story, self.post = team, team.world, team.world.db, story, post
        self.at = (team.desk.id, story.id)

    async def ask(self, account: Account | None = None, **given: str) -> str:
        """The secret behind a person's link: of an account, else of whoever has none."""
        people = await stories.people(self.db, self.story.id)
        found = [one for one in people if one.account_id == (account.id if account else None)]
        if not found:
            raise NotFound("Nobody to ask.")
        [person] = found
        link = await ask_consent(
            self.db, self.team.hal, *self.at, person.id, clock.now(), page=PAGE, **given)  # type: ignore[arg-type]
        return link.removeprefix(PAGE)

    async def say(self, secret: str, says: str, viewer: Account | None, digest: str = "") -> Says:
        found = await asked(self.db, secret, viewer, clock.now())
        return await answer_consent(
            self.db, secret, viewer, says, digest or found.person.digest, SENTENCES, clock.now())

    async def agree(self, account: Account | None = None) -> str:
        secret = await self.ask(account)
        await self.say(secret, "yes", account)
        return secret

    async def publish(self) -> Story:
        return await publish_story(self.db, self.team.hal, *self.at, clock.now(), page="https://here.example/stories")

    async def shown(self, viewer: Account | None = None, at: datetime | None = None) -> bool:
        """Whether somebody finds it, by each way there is; they must agree."""
        now, who = at or clock.now(), viewer.id if viewer else 0
        current = await stories.find(self.db, self.story.id)
        listed = [one.id for one in await stories.shown_page(self.db, who, now, 2**62, 50)]
        pieces = await stories.shown_pieces(self.db, [self.story.id], who, now)
        try:
            assert current is not None
            await stories.shown(self.db, current.slug, who, now)
        except (NotFound, AssertionError):
            assert (listed, pieces) == ([], [])
            return False
        assert listed == [self.story.id]
        assert pieces
        return True


@pytest.fixture
async def telling(world: World, team: Team) -> Telling:
    post = await world.post(team.ann, "which clinic is good?")
    story = await writing.begin_story(world.db, team.hal, team.desk.id, StoryDraft(title="A lunch"), clock.now())
    await writing.add_post(world.db, team.hal, team.desk.id, story.id, str(post.id), clock.now())
    await writing.add_words(world.db, team.hal, team.desk.id, story.id, "We met.", clock.now(), "2026-05-31")
    return Telling(team, story, post)


async def test_who_is_shown_is_told_of_it_with_a_card_and_without(telling: Telling) -> None:
    team = telling.team
    for carded in (False, True):
        if carded:
            await know_person(telling.db, team.hal, team.desk.id, team.ann.id, clock.now())
        for person, stands in ((team.ann, ["A lunch"]), (team.people["otto"], [])):
            held = await holdings(telling.db, await telling.world.again(person), clock.now())
            desk = next(one for one in held.desks if one.desk_id == team.desk.id)
            entries = [*desk.entries, *(desk.card.entries if desk.card else [])]
            assert [one.text for one in entries if one.kind == "story"] == stands


async def test_a_story_is_shown_once_everybody_said_yes_and_not_before(telling: Telling) -> None:
    with pytest.raises(Conflict):
        await telling.publish()
    await telling.agree(telling.team.ann)
    assert not await telling.shown(), "a yes is no publication"
    published = await telling.publish()
    assert await telling.shown()
    told = await posts.find(telling.db, published.post_id or 0)
    assert told is not None
    assert (told.author_id, published.slug in told.text) == (telling.team.hal.id, True)
    verbs = [act.verb for act in await desks.acts(
        telling.db, telling.team.desk.id, telling.team.lea.id, Window(limit=99))][::-1]
    assert [verb for verb in verbs if verb.startswith("story")] == [
        "story_begin", "story_write", "story_write", "story_ask", "story_yes", "story_publish"]


async def test_a_yes_taken_back_ends_it_at_once_and_can_be_given_again(telling: Telling) -> None:
    secret = await telling.agree(telling.team.ann)
    published = await telling.publish()
    await telling.say(secret, "revoked", telling.team.ann)
    assert not await telling.shown()
    assert await posts.find(telling.db, published.post_id or 0) is None, "what told of it is gone too"
    with pytest.raises(Conflict):
        await telling.publish()
    with pytest.raises(Conflict):
        await telling.say(secret, "revoked", telling.team.ann)
    await telling.say(secret, "yes", telling.team.ann)
    assert not await telling.shown()
    await telling.publish()
    assert await telling.shown()


ENDS: dict[str, Callable[[Telling], Awaitable[object]]] = {
    "deleted": lambda t: delete_post(t.db, t.team.ann, t.post.id, clock.now()),
    "edited": lambda t: edit_post(
        t.db, t.team.ann, t.post.id, text="something else", now=clock.now()),
    "protected": lambda t: change_profile(t.db, t.team.ann, now=clock.now(), protected=True),
    "gone": lambda t: begin_deletion(t.db, t.team.ann.id, clock.now()),
    "author gone": lambda t: begin_deletion(t.db, t.team.hal.id, clock.now()),
    "blocks the author": lambda t: block(t.db, t.team.ann, t.team.hal.id, clock.now()),
    "blocked by the author": lambda t: block(t.db, t.team.hal, t.team.ann.id, clock.now()),
    "desk closed": lambda t: close_desk(t.db, t.team.lea, t.team.desk.id, clock.now()),
    "title": lambda t: writing.change_story(t.db, t.team.hal, *t.at, StoryDraft(title="Other"), clock.now()),
    "words": lambda t: writing.add_words(t.db, t.team.bea, *t.at, "and more", clock.now()),
    "named": lambda t: writing.name_person(t.db, t.team.hal, *t.at, "Mrs Ort", clock.now()),
    "forgotten": lambda t: forget_me(t.db, t.team.ann, t.team.desk.id, clock.now()),
    "taken back": lambda t: take_story_back(t.db, t.team.bea, *t.at, clock.now()),
}


@pytest.mark.parametrize("way", ENDS)
async def test_whatever_takes_the_ground_away_ends_it_at_once(telling: Telling, way: str) -> None:
    await telling.agree(telling.team.ann)
    await telling.publish()
    assert await telling.shown()
    await ENDS[way](telling)
    assert not await telling.shown()  # no consumer has heard of it


async def test_whoever_asked_to_be_forgotten_is_nowhere_and_nobody_is_asked_in_their_place(telling: Telling) -> None:
    team = telling.team
    card = await write_card(telling.db, team.hal, team.desk.id, ContactDraft(name="Mrs Ort"), clock.now())
    named = await writing.name_person(telling.db, team.hal, *telling.at, "", clock.now(), card.id)
    secret = await telling.agree(None)
    await forget_contact(telling.db, team.lea, team.desk.id, card.id, clock.now())
    with pytest.raises(NotFound):
        await asked(telling.db, secret, None, clock.now())
    with pytest.raises(NotAllowed):
        await telling.ask(None)
    for table in ("story", "story_person", "story_edition", "story_answer"):
        assert "Ort" not in str(await telling.db.rows(f"SELECT * FROM {table}"))
    await writing.unname_person(telling.db, team.hal, *telling.at, named.id, clock.now())
    await telling.agree(team.ann)
    await telling.publish()
    assert await telling.shown()


async def test_it_ends_with_its_day_and_the_post_about_it_goes_at_the_next_look(telling: Telling) -> None:
    await telling.agree(telling.team.ann)
    published = await telling.publish()
    end = telling.story.until
    assert await telling.shown(at=end - timedelta(milliseconds=1))
    assert not await telling.shown(at=end)
    with clock.frozen(end - timedelta(milliseconds=1)):
        await timetable.do_what_is_due(telling.db)
    assert await posts.find(telling.db, published.post_id or 0) is not None
    with clock.frozen(end):
        await timetable.do_what_is_due(telling.db)
    assert await posts.find(telling.db, published.post_id or 0) is None


async def test_the_post_about_a_story_whose_ground_is_gone_goes_when_the_house_is_tidied(telling: Telling) -> None:
    await telling.agree(telling.team.ann)
    published = await telling.publish()
    await delete_post(telling.db, telling.team.ann, telling.post.id, clock.now())
    assert not await telling.shown()
    await housekeeping.tidy(telling.db)
    assert await posts.find(telling.db, published.post_id or 0) is None


async def test_whoever_is_blocked_by_somebody_in_it_does_not_see_it(telling: Telling) -> None:
    await telling.agree(telling.team.ann)
    await telling.publish()
    otto = telling.team.people["otto"]
    await block(telling.db, telling.team.ann, otto.id, clock.now())
    assert not await telling.shown(otto)
    assert await telling.shown()


async def test_only_the_account_itself_answers_and_a_secret_is_needed(telling: Telling) -> None:
    secret = await telling.ask(telling.team.ann)
    with pytest.raises(NotSignedIn):
        await telling.say(secret, "yes", None)
    for who, key in ((telling.team.hal, secret), (telling.team.ann, secret + "x"), (telling.team.ann, "")):
        with pytest.raises(NotFound):
            await telling.say(key, "yes", who)
    with pytest.raises(Invalid):
        await telling.say(secret, "maybe", telling.team.ann)
    assert await telling.db.values("SELECT id FROM story_answer") == []
    assert secret not in str(await telling.db.rows("SELECT secret_hash FROM story_link"))


async def test_whoever_was_limited_is_not_shown_and_can_still_take_their_yes_back(telling: Telling) -> None:
    secret = await telling.agree(telling.team.ann)
    await telling.publish()
    async with telling.db.transaction() as tx:
        await accounts.change(tx, telling.team.ann.id, state=State.LIMITED)
    assert not await telling.shown()
    assert await telling.say(secret, "revoked", telling.team.ann) is Says.REVOKED


async def test_a_yes_is_to_what_was_read(telling: Telling) -> None:
    secret = await telling.ask(telling.team.ann)
    read = (await asked(telling.db, secret, telling.team.ann, clock.now())).person.digest
    await writing.add_words(telling.db, telling.team.hal, *telling.at, "and more", clock.now())
    with pytest.raises(Conflict):
        await telling.say(secret, "yes", telling.team.ann, read)
    with pytest.raises(Conflict):  # changed, and not asked about again
        await telling.say(secret, "yes", telling.team.ann)
    await telling.ask(telling.team.ann)
    await telling.say(secret, "yes", telling.team.ann)
    await telling.publish()
    assert await telling.shown()


async def test_what_was_answered_is_never_changed_and_holds_no_words(telling: Telling) -> None:
    await telling.agree(telling.team.ann)
    [line] = await stories.answers(telling.db, [
        one.id for one in await stories.people(telling.db, telling.story.id)])
    assert [part in line.wording for part in (SENTENCES[0], "clinic", "We met")] == [True, False, False]
    assert line.wording.count("sha256:") == 2
    for sql in ("UPDATE story_answer SET says = 'yes'", "DELETE FROM story_answer"):
        with pytest.raises(Exception, match="only added to"):
            async with telling.db.transaction() as tx:
                await tx.execute(sql)


async def test_somebody_without_an_account_answers_by_the_link_alone(telling: Telling) -> None:
    team = telling.team
    card = await write_card(telling.db, team.hal, team.desk.id, ContactDraft(name="Mrs Ort"), clock.now())
    await writing.name_person(telling.db, team.hal, *telling.at, "", clock.now(), card.id)
    await telling.agree(team.ann)
    with pytest.raises(Conflict):
        await telling.publish()
    with pytest.raises(Invalid):
        await telling.ask(None, message="May we?")
    secret = await telling.agree(None)
    await telling.publish()
    assert await telling.shown()
    await telling.say(secret, "no", None)
    assert not await telling.shown()


async def test_the_link_goes_by_message_from_the_helper_unless_they_want_none(telling: Telling) -> None:
    team = telling.team
    secret = await telling.ask(team.ann, message="May we show this?")
    said = await telling.db.values("SELECT text FROM post WHERE visibility = 4 AND author_id = :hal", hal=team.hal.id)
    assert said == [f"@ann May we show this?\n{PAGE}{secret}"]
    await block(telling.db, team.ann, team.hal.id, clock.now())
    with pytest.raises(NotAllowed):
        await telling.ask(team.ann, message="Please?")


async def test_what_was_said_to_few_is_shown_only_if_it_was_said_to_the_author_alone(
    world: World, telling: Telling
) -> None:
    team, db = telling.team, telling.db
    to_hal = await write_message(db, team.ann, [team.hal], "thank you, we found one", clock.now())
    to_both = await write_message(db, team.ann, [team.hal, team.bea], "thank you both", clock.now())
    to_bea = await write_message(db, team.ann, [team.bea], "a secret", clock.now())
    own = await write_message(db, team.hal, [team.ann], "see you at one", clock.now())
    await world.follows(team.hal, team.ann)
    to_followers = await world.post(team.ann, "among us", to="followers")
    for post, error in ((to_both, NotAllowed), (to_bea, NotFound), (own, NotAllowed), (to_followers, NotAllowed)):
        with pytest.raises(error):
            await writing.add_post(db, team.hal, *telling.at, str(post.id), clock.now())
    with pytest.raises(NotFound):  # bea cannot see it, so she cannot show it
        await writing.add_post(db, team.bea, *telling.at, str(to_hal.id), clock.now())
    await writing.add_post(db, team.hal, *telling.at, f"/@ann/{to_hal.id}", clock.now())
    await telling.agree(team.ann)
    await telling.publish()
    shown = await stories.shown_pieces(db, [telling.story.id], 0, clock.now())
    assert [piece.open for piece in shown] == [True, False, False]
    assert "found one" in shown[2].html


async def test_readers_write_nothing_and_strangers_find_nothing(telling: Telling) -> None:
    team = telling.team
    with pytest.raises(NotAllowed):
        await writing.add_words(telling.db, team.rea, *telling.at, "mine", clock.now())
    with pytest.raises(NotFound):
        await writing.add_words(telling.db, team.people["otto"], *telling.at, "mine", clock.now())
    for viewer in (team.bea, team.lea):
        await stories.visible(telling.db, *telling.at, viewer.id, clock.now())
    for viewer_id in (team.rea.id, team.people["otto"].id, team.ann.id, 0):
        with pytest.raises(NotFound):
            await stories.visible(telling.db, *telling.at, viewer_id, clock.now())
        assert await stories.of_desk(telling.db, team.desk.id, viewer_id, Window(limit=9), clock.now()) == []
    await telling.agree(team.ann)
    with pytest.raises(NotAllowed):  # the post that tells of it is its author's
        await publish_story(telling.db, team.bea, *telling.at, clock.now(), page="/stories")


async def test_what_cannot_be_used_is_refused(telling: Telling) -> None:
    db, hal = telling.db, telling.team.hal
    now = clock.now()
    for draft in (StoryDraft(title=""), StoryDraft(title="x" * 121), StoryDraft(summary="x" * 501),
                  StoryDraft(until="soon"), StoryDraft(until="2001-01-01"), StoryDraft(until="9999-12-31"),
                  StoryDraft(until="99999-01-01")):
        with pytest.raises(Invalid):
            await writing.change_story(db, hal, *telling.at, draft, now)
    for text, day in (("", ""), ("x" * 8001, ""), ("x", "yesterday"), ("x", "2026-02-30"), ("x", "20260230  ")):
        with pytest.raises(Invalid):
            await writing.add_words(db, hal, *telling.at, text, now, day)
    for where in ("", "nowhere", "https://else.example/9" * 2 + "x", "99999999999999999999"):
        with pytest.raises(Invalid):
            await writing.add_post(db, hal, *telling.at, where, now)
    for name in ("", " ", "x" * 101):
        with pytest.raises(Invalid):
            await writing.name_person(db, hal, *telling.at, name, now)
    with pytest.raises(NotFound):
        await writing.move_piece(db, hal, *telling.at, 1, True, now)


async def test_pieces_are_moved_changed_and_kept_as_they_were(telling: Telling) -> None:
    db, hal = telling.db, telling.team.hal
    post, moment = await stories.pieces(db, telling.story.id)
    await writing.move_piece(db, hal, *telling.at, moment.id, False, clock.now())
    await writing.move_piece(db, hal, *telling.at, moment.id, False, clock.now())
    assert [one.id for one in await stories.pieces(db, telling.story.id)] == [moment.id, post.id]
    await writing.change_words(db, hal, *telling.at, moment.id, "We laughed.", clock.now(), "2026-06-01")
    with pytest.raises(NotAllowed):
        await writing.change_words(db, hal, *telling.at, post.id, "other words", clock.now())
    before = (await stories.editions(db, telling.story.id, 9))[0]
    assert "We met." in before.pieces
    await writing.remove_piece(db, hal, *telling.at, post.id, clock.now())
    assert await stories.people(db, telling.story.id) == []


@pytest.mark.parametrize("attempt", range(4))
async def test_a_yes_taken_back_and_a_publication_at_once_never_show_it(telling: Telling, attempt: int) -> None:
    secret = await telling.agree(telling.team.ann)
    published, taken = await asyncio.gather(
        telling.publish(), telling.say(secret, "revoked", telling.team.ann), return_exceptions=True)
    assert taken is Says.REVOKED
    assert isinstance(published, (Story, Conflict))
    assert not await telling.shown()
    current = await stories.find(telling.db, telling.story.id)
    assert current is not None
    assert (current.published_at, current.post_id) == (None, None)


class Truth:
    """What may be shown, said again in plain Python from what was done."""

    def __init__(self) -> None:
        self.yes: dict[int | None, str] = {}  # the digest that somebody last said yes to

    def agree(self, people: list[tuple[int | None, str]]) -> bool:
        return all(self.yes.get(account) == digest for account, digest in people)


@pytest.mark.parametrize("seed", range(4))
async def test_no_sequence_of_acts_shows_a_story_without_everybody_s_yes(
    world: World, telling: Telling, seed: int
) -> None:
    dice, truth, db, team = random.Random(seed), Truth(), telling.db, telling.team
    people = [team.ann, team.people["otto"]]
    said = [telling.post, await world.post(people[1], "the one in the main street")]
    secrets: dict[int | None, str] = {}
    seen = 0
    for step in range(90):
        who = dice.choice(people)
        with suppress(Refused):
            match dice.choice(["ask", "ask", "yes", "yes", "yes", "publish", "publish", "no", "words", "add", "drop",
                               "edit", "protect", "open", "block", "unblock", "renew", "ask", "yes", "publish"]):
                case "ask":
                    secrets[who.id] = await telling.ask(who)
                case "yes" | "no" as wanted:
                    says = "revoked" if wanted == "no" and dice.random() < 0.5 else str(wanted)
                    if who.id in secrets:
                        found = await asked(db, secrets[who.id], who, clock.now())
                        await telling.say(secrets[who.id], says, who)
                        truth.yes[who.id] = found.person.digest if says == "yes" else ""
                case "publish":
                    await telling.publish()
                case "words":
                    if dice.random() < 0.3:
                        await writing.add_words(db, team.hal, *telling.at, f"more {step}", clock.now())
                case "add":
                    await writing.add_post(db, team.hal, *telling.at, str(dice.choice(said).id), clock.now())
                case "drop":
                    pieces = await stories.pieces(db, telling.story.id)
                    if len(pieces) > 1 and dice.random() < 0.3:
                        await writing.remove_piece(db, team.hal, *telling.at, dice.choice(pieces).id, clock.now())
                case "edit":
                    if dice.random() < 0.3:
                        post = dice.choice(said)
                        author = people[said.index(post)]
                        await edit_post(db, author, post.id, text=f"edited {step}", now=clock.now())
                case "renew":
                    for piece in await stories.pieces(db, telling.story.id):
                        if piece.post_id and piece.id in await stories.stale(db, telling.story.id):
                            await writing.renew_post(db, team.hal, *telling.at, piece.id, clock.now())
                case "protect":
                    await change_profile(db, who, now=clock.now(), protected=dice.random() < 0.3)
                case "open":
                    await change_profile(db, who, now=clock.now(), protected=False)
                case "block":
                    if dice.random() < 0.3:
                        await block(db, who, team.hal.id, clock.now())
                case "unblock":
                    await unblock(db, who, team.hal.id, clock.now())
        if await telling.shown():
            seen += 1
            shown = await stories.shown_pieces(db, [telling.story.id], 0, clock.now())
            now = await posts.by_ids(db, [one.post_id or 0 for one in shown])
            in_it = {post.author_id for post in now.values()}
            asked_of = await stories.people(db, telling.story.id)
            assert {one.account_id for one in asked_of} == in_it
            assert truth.agree([(one.account_id, one.digest) for one in asked_of])
            for account_id in in_it:
                account = await accounts.get(db, account_id)
                assert not account.protected
                assert not await db.values(
                    """SELECT 1 FROM block WHERE (account_id = :one AND target_id = :hal)
                       OR (account_id = :hal AND target_id = :one)""", one=account_id, hal=team.hal.id)
            assert await stories.stale(db, telling.story.id) == []
    assert seen, "a world in which nothing is shown proves nothing"

"""Ask somebody whether a story may show them; take down what they answer."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..desk import consent
from ..errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn
from ..ids import new_id
from ..log.append import append
from ..log.events import StoryAnswered, StoryChanged
from ..model.account import VISIBLE_STATES, Account
from ..model.post import Draft, Visibility
from ..model.story import MAX_LINKS, Answer, Says, Standing, Story, StoryPerson
from ..store import accounts, contacts, stories
from ..store.database import Database, Reader, Transaction
from ..store.relationships import blocked_between
from ..store.tokens import new_secret
from .keep_desk import note
from .publish_post import checked_draft, publish
from .publish_story import take_down
from .write_story import at_story, person_of, story_number


async def ask_consent(
    db: Database, by: Account, desk_id: int, story_id: int, person_id: int, now: datetime, *, page: str,
    message: str = "", max_characters: int = 500,
) -> str:
    """A link to the page on which a person is asked; it is known to whoever gets it from here, and to nobody else.

    `page` is the address before the secret. With a `message`, it is sent to their account by the helper, with the link
    below; else the helper hands it over.

    Raises NotFound, NotAllowed (they asked not to be written to, or to be forgotten), Invalid, TextTooLong.
    """
    async with db.transaction() as tx:
        story = await at_story(tx, desk_id, story_id, by, now)
        person = await person_of(tx, story, person_id)
        if person.forgotten:
            raise NotAllowed("They asked to be forgotten. Take what is about them out of the story.")
        if await stories.count_links(tx, person.id) >= MAX_LINKS:
            raise NotAllowed(f"They were asked {MAX_LINKS} times, which is enough.")
        link = page + (secret := new_secret())
        await stories.add_link(tx, secret, person.id, by.id, now)
        await stories.note_asked(tx, person.id, by.id, now)
        if message.strip():
            await _send(tx, by, desk_id, person, f"{message.strip()}\n{link}", max_characters, now)
        await note(tx, desk_id, by.id, "story_ask", now, about=story_number(story), contact_id=person.contact_id)
        await append(tx, StoryChanged(desk_id, story.id, "ask", by.id), now)
    return link


async def _send(
    tx: Transaction, by: Account, desk_id: int, person: StoryPerson, text: str, max_characters: int, now: datetime
) -> None:
    if person.account_id is None:
        raise Invalid("They have no account here: hand the link over yourself.", "message")
    if await contacts.find_objection(tx, desk_id, person.account_id):
        raise NotAllowed("They do not want to be written to by this desk.")
    if await blocked_between(tx, by.id, person.account_id):
        raise NotAllowed("You cannot write to them.")
    to = await accounts.visible(tx, person.account_id, by.id)
    draft = Draft(text=f"@{to.address} {text}", visibility=Visibility.DIRECT, allowed_mentions=(to.id,))
    await publish(tx, by, checked_draft(by, draft, max_characters, now), now)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody finds behind their link."""

    story: Story
    person: StoryPerson
    account: Account | None
    standing: Standing


async def asked(reader: Reader, secret: str, viewer: Account | None, now: datetime) -> Asked:
    """Who is asked about what. An account of this server is asked when it is signed in, and nobody else in its place.

    Raises NotFound, NotSignedIn.
    """
    found = await stories.find_asked(reader, secret[:200])
    if found is None:
        raise NotFound("There is no such question, or nothing of you is in the story any more.")
    story, person = found
    account = await accounts.find(reader, person.account_id) if person.account_id else None
    if account is not None and account.domain == "":
        if viewer is None:
            raise NotSignedIn("Sign in as the account that is asked.")
        if viewer.id != account.id:
            raise NotFound("This question is for somebody else.")
    if account is not None and account.state not in VISIBLE_STATES:
        raise NotFound("There is no such question.")
    last = (await stories.last_answers(reader, story.id)).get(person.id)
    live = person.id in await stories.saying_yes(reader, story.id, now)
    return Asked(story=story, person=person, account=account, standing=Standing(person=person, last=last, live=live))


async def answer_consent(
    db: Database, secret: str, viewer: Account | None, says: str, digest: str, sentences: list[str], now: datetime
) -> Says:
    """Take down what somebody says; a no, or a yes taken back, takes the story off its page in the same moment.

    `digest` and `sentences` are of the page that they read. Raises NotFound, NotSignedIn, Invalid, Conflict (what
    would be shown has changed since, and they have not read it).
    """
    if says not in set(Says):
        raise Invalid("Answer yes or no, or take your yes back.", "says")
    answer = Says(says)
    found = await stories.find_asked(db, secret[:200])
    if found is None:
        raise NotFound("There is no such question, or nothing of you is in the story any more.")
    async with db.transaction() as tx:
        await stories.lock(tx, found[0].id)
        at = await asked(tx, secret, viewer, now)
        if answer is Says.YES:
            if at.person.digest != digest or at.person.asked_digest != digest:
                raise Conflict("The story was changed while you read. Read it again; you will be asked anew.")
            if at.person.forgotten or at.story.until <= now:
                raise Conflict("This is not asked any more.")
        last = at.standing.last
        if answer is Says.REVOKED and (last is None or last.says is not Says.YES):
            raise Conflict("You have not said yes, so there is nothing to take back.")
        pieces = await stories.pieces(tx, at.story.id)
        theirs = await stories.posts_of_person(tx, at.person)
        await stories.add_answer(tx, Answer(
            id=new_id(now), story_id=at.story.id, person_id=at.person.id, number=last.number + 1 if last else 1,
            says=answer, digest=at.person.digest, wording=consent.evidence(sentences, pieces, theirs),
            until=at.story.until, account_id=at.person.account_id, at=now))
        await note(tx, at.story.desk_id, None, f"story_{answer.value}", now, about=story_number(at.story))
        await append(tx, StoryAnswered(at.story.desk_id, at.story.id, at.person.id, answer.value), now)
        if answer is not Says.YES:
            await take_down(tx, at.story, now)
    return answer

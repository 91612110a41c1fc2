"""Write a story: its title, what it is made of, and who is in it.

Whatever changes what somebody is shown with takes a published story off its page until all have said yes again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from ..desk import consent
from ..errors import Invalid, NotAllowed, NotFound
from ..ids import AccountId, PostId, new_id, parse_id
from ..log.append import append
from ..log.events import StoryChanged
from ..model.account import Account
from ..model.desk import DeskRole
from ..model.story import (
    LONGEST_LIFE,
    MAX_NAME,
    MAX_PEOPLE,
    MAX_PIECES,
    MAX_STORIES,
    MAX_SUMMARY,
    MAX_TITLE,
    MAX_WORDS,
    USUAL_LIFE,
    Piece,
    PieceKind,
    Story,
    StoryEdition,
    StoryPerson,
)
from ..store import contacts, desks, posts, stories
from ..store.database import Database, Transaction
from ..text import markup
from .keep_desk import note
from .publish_post import may_post

_WHERE = re.compile(r"(?:^|/)(\d{1,19})/?(?:[?#].*)?$")


class StoryDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a helper says of a story; None leaves a thing as it is. `until` is the last day, as YYYY-MM-DD."""

    title: str | None = None
    summary: str | None = None
    until: str | None = None


async def begin_story(db: Database, by: Account, desk_id: int, draft: StoryDraft, now: datetime) -> Story:
    """An empty story. Raises NotFound, NotAllowed (a reader, too many), Invalid."""
    may_post(by)
    async with db.transaction() as tx:
        await desks.get(tx, desk_id, by.id, DeskRole.HELPER)
        await desks.lock(tx, desk_id)
        if await stories.count(tx, desk_id) >= MAX_STORIES:
            raise NotAllowed(f"This desk has {MAX_STORIES} stories, which is the most; remove one first.")
        number = new_id(now)
        story = _said(Story(
            id=number, desk_id=desk_id, author_id=by.id, slug=str(number), title="", until=now + USUAL_LIFE,
            changed_at=now, created_at=now), draft, now)
        await stories.insert(tx, story)
        await _recorded(tx, story, by.id, "begin", now)
    return story


async def change_story(
    db: Database, by: Account, desk_id: int, story_id: int, draft: StoryDraft, now: datetime
) -> Story:
    """Another title, summary or end. Raises NotFound, NotAllowed, Invalid."""
    async with db.transaction() as tx:
        old = await at_story(tx, desk_id, story_id, by, now)
        new = _said(old, draft, now)
        if new != old:
            await _keep(tx, by, old, new, None, now)
    return await stories.visible(db, desk_id, story_id, by.id, now)


async def add_post(db: Database, by: Account, desk_id: int, story_id: int, where: str, now: datetime) -> None:
    """Show a post, given by its id or its address on this server.

    Raises NotFound (no such post, or the helper cannot see it), NotAllowed (not one that stories may show), Invalid.
    """
    found = _WHERE.search(where.strip()[:2000])
    wanted = parse_id(found[1]) if found else None
    if wanted is None:
        raise Invalid("Give the address of a post on this server.", "post")
    async with db.transaction() as tx:
        story = await at_story(tx, desk_id, story_id, by, now)
        seen = await posts.visible(tx, wanted, by.id)
        post = await stories.may_show(tx, story.author_id, seen.id)
        if post is None:
            raise NotAllowed(
                "A story shows what everybody may read, or what somebody wrote to its author alone; nothing of "
                "accounts that are private or blocked.")
        there = await stories.pieces(tx, story.id)
        if any(piece.post_id == post.id for piece in there):
            raise Invalid("This post is in the story already.", "post")
        await _keep(tx, by, story, story, [*there, Piece(
            id=new_id(now), story_id=story.id, position=len(there), kind=PieceKind.POST, post_id=PostId(post.id),
            post_version=post.version)], now)


async def add_words(
    db: Database, by: Account, desk_id: int, story_id: int, text: str, now: datetime, day: str = ""
) -> None:
    """A paragraph of the author's, or with a day a moment. Raises NotFound, NotAllowed, Invalid."""
    async with db.transaction() as tx:
        story = await at_story(tx, desk_id, story_id, by, now)
        there = await stories.pieces(tx, story.id)
        await _keep(tx, by, story, story, [*there, Piece(
            id=new_id(now), story_id=story.id, position=len(there), text=_text(text), day=_day(day) if day else "",
            kind=PieceKind.MOMENT if day else PieceKind.WORDS)], now)


async def change_words(
    db: Database, by: Account, desk_id: int, story_id: int, piece_id: int, text: str, now: datetime, day: str = ""
) -> None:
    """Say it otherwise. Raises NotFound, NotAllowed, Invalid."""
    async with db.transaction() as tx:
        story, there, piece = await _at_piece(tx, by, desk_id, story_id, piece_id, now)
        if piece.kind is PieceKind.POST:
            raise NotAllowed("Posts are shown as they are.")
        changed = msgspec.structs.replace(
            piece, text=_text(text), day=_day(day or piece.day) if piece.kind is PieceKind.MOMENT else "")
        if changed != piece:
            await _keep(tx, by, story, story, [changed if one.id == piece.id else one for one in there], now)


async def renew_post(db: Database, by: Account, desk_id: int, story_id: int, piece_id: int, now: datetime) -> None:
    """Show an edited post as it is now. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        story, there, piece = await _at_piece(tx, by, desk_id, story_id, piece_id, now)
        post = await stories.may_show(tx, story.author_id, piece.post_id or 0)
        if post is None:
            raise NotAllowed("This post cannot be shown any more. Take it out.")
        changed = msgspec.structs.replace(piece, post_version=post.version)
        await _keep(tx, by, story, story, [changed if one.id == piece.id else one for one in there], now)


async def move_piece(
    db: Database, by: Account, desk_id: int, story_id: int, piece_id: int, down: bool, now: datetime
) -> None:
    """One place up or down; at the end nothing happens. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        story, there, piece = await _at_piece(tx, by, desk_id, story_id, piece_id, now)
        place = there.index(piece)
        other = place + (1 if down else -1)
        if 0 <= other < len(there):
            there[place], there[other] = there[other], there[place]
            await _keep(tx, by, story, story, there, now)


async def remove_piece(db: Database, by: Account, desk_id: int, story_id: int, piece_id: int, now: datetime) -> None:
    """Take a piece out; an account of which nothing is left is not in the story any more. Raises NotFound, NotAllowed.
    """
    async with db.transaction() as tx:
        story, there, piece = await _at_piece(tx, by, desk_id, story_id, piece_id, now)
        await _keep(tx, by, story, story, [one for one in there if one.id != piece.id], now)


async def name_person(
    db: Database, by: Account, desk_id: int, story_id: int, name: str, now: datetime, contact_id: int = 0
) -> StoryPerson:
    """Note that somebody without a post is in the story, so that they are asked: by a name, or a contact's.

    Raises NotFound, NotAllowed, Invalid.
    """
    async with db.transaction() as tx:
        story = await at_story(tx, desk_id, story_id, by, now)
        if contact_id:
            card = await contacts.visible(tx, desk_id, contact_id, by.id)
            name = name.strip() or card.name
        name = " ".join(markup.clean(name[: MAX_NAME * 4]).split())
        if not 0 < len(name) <= MAX_NAME:
            raise Invalid(f"Give the name under which they are in the story, in at most {MAX_NAME} characters.", "name")
        if len(await stories.people(tx, story.id)) >= MAX_PEOPLE:
            raise NotAllowed(f"A story has at most {MAX_PEOPLE} people.")
        person = StoryPerson(id=new_id(now), story_id=story.id, name=name, contact_id=contact_id or None)
        await stories.insert_person(tx, person)
        await _keep(tx, by, story, story, None, now)
    return person


async def unname_person(
    db: Database, by: Account, desk_id: int, story_id: int, person_id: int, now: datetime
) -> None:
    """Note that somebody is not in the story. Raises NotFound, NotAllowed (their posts are in it)."""
    async with db.transaction() as tx:
        story = await at_story(tx, desk_id, story_id, by, now)
        person = await person_of(tx, story, person_id)
        if person.account_id is not None:
            raise NotAllowed("Their posts are in the story. Take those out first.")
        await stories.remove_person(tx, person.id)
        await _keep(tx, by, story, story, None, now)


async def drop_story(db: Database, by: Account, desk_id: int, story_id: int, now: datetime) -> None:
    """Remove a story that is not published. What people answered stays. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        story = await at_story(tx, desk_id, story_id, by, now)
        if story.published_at is not None or story.post_id is not None:
            raise NotAllowed("Take the story back first.")
        await stories.delete(tx, story.id)
        await _recorded(tx, story, by.id, "drop", now)


# ---- within a transaction --------------------------------------------------------------


async def at_story(tx: Transaction, desk_id: int, story_id: int, by: Account, now: datetime) -> Story:
    """The story, for somebody who may change it, while nobody else does. Raises NotFound, NotAllowed."""
    await desks.get(tx, desk_id, by.id, DeskRole.HELPER)
    await stories.visible(tx, desk_id, story_id, by.id, now)
    return await stories.lock(tx, story_id)


async def person_of(tx: Transaction, story: Story, person_id: int) -> StoryPerson:
    """Raises NotFound."""
    for person in await stories.people(tx, story.id):
        if person.id == person_id:
            return person
    raise NotFound("Nobody like that is in this story.")


async def _at_piece(
    tx: Transaction, by: Account, desk_id: int, story_id: int, piece_id: int, now: datetime
) -> tuple[Story, list[Piece], Piece]:
    story = await at_story(tx, desk_id, story_id, by, now)
    there = await stories.pieces(tx, story.id)
    for piece in there:
        if piece.id == piece_id:
            return story, there, piece
    raise NotFound("The story has no such piece.")


async def _keep(
    tx: Transaction, by: Account, old: Story, new: Story, pieces: Sequence[Piece] | None, now: datetime
) -> None:
    """Write what changed, keep how it was, and work out anew what everybody is to be asked about."""
    before = await stories.pieces(tx, old.id)
    if pieces is not None and len(pieces) > MAX_PIECES:
        raise NotAllowed(f"A story has at most {MAX_PIECES} pieces.")
    await stories.keep_edition(tx, StoryEdition(
        story_id=old.id, version=old.version, by_id=by.id, title=old.title, summary=old.summary,
        pieces=msgspec.json.encode(before).decode(), at=now))
    new = msgspec.structs.replace(new, version=old.version + 1, changed_at=now, published_at=None)
    await stories.update(tx, new)
    if pieces is not None:
        await stories.put_pieces(tx, new.id, pieces)
    await _ask_anew(tx, new, before if pieces is None else pieces, now)
    await _recorded(tx, new, by.id, "write", now)


async def _ask_anew(tx: Transaction, story: Story, pieces: Sequence[Piece], now: datetime) -> None:
    """People come and go with their posts, and each has the digest of what would be shown of them now."""
    found = await posts.by_ids(tx, [piece.post_id for piece in pieces if piece.post_id])
    authors: dict[int, int] = {post.id: post.author_id for post in found.values()}
    shown = set(authors.values())
    people = await stories.people(tx, story.id)
    for person in people:
        if person.account_id is not None and person.account_id not in shown:
            await stories.remove_person(tx, person.id)
    known = {person.account_id for person in people}
    if len(people) + len(shown - known) > MAX_PEOPLE:
        raise NotAllowed(f"A story has at most {MAX_PEOPLE} people.")
    for account_id in sorted(shown - known):
        await stories.insert_person(tx, StoryPerson(
            id=new_id(now), story_id=story.id, account_id=AccountId(account_id)))
    for person in await stories.people(tx, story.id):
        await stories.set_digest(tx, person.id, consent.digest(story, person, pieces, authors))


async def _recorded(tx: Transaction, story: Story, by_id: AccountId, act: str, now: datetime) -> None:
    """A line in the desk's record, and the event."""
    await note(tx, story.desk_id, by_id, f"story_{act}", now, about=story_number(story))
    await append(tx, StoryChanged(story.desk_id, story.id, act, by_id), now)


def story_number(story: Story) -> str:
    """How the record names a story: without its words."""
    return f"story {story.id}"


def _said(story: Story, draft: StoryDraft, now: datetime) -> Story:
    """`story` with what `draft` says. Raises Invalid."""
    title = story.title if draft.title is None else " ".join(markup.clean(draft.title[: MAX_TITLE * 4]).split())
    summary = story.summary if draft.summary is None else markup.clean(draft.summary[: MAX_SUMMARY * 4]).strip()
    if not 0 < len(title) <= MAX_TITLE:
        raise Invalid(f"Give the story a title of at most {MAX_TITLE} characters.", "title")
    if len(summary) > MAX_SUMMARY:
        raise Invalid(f"The summary has at most {MAX_SUMMARY} characters.", "summary")
    until = story.until
    if draft.until and draft.until != last_day(story):
        last = date.fromisoformat(_day(draft.until, "until"))
        until = datetime.combine(min(last, date.max - timedelta(days=1)), time(), UTC) + timedelta(days=1)
        if not now < until <= now + LONGEST_LIFE:
            raise Invalid(f"It ends on a day to come, within {LONGEST_LIFE.days // 366} years.", "until")
    slug = story.slug if story.post_id else _slug(title, story.id)
    return msgspec.structs.replace(story, title=title, summary=summary, until=until, slug=slug)


def last_day(story: Story) -> str:
    """The last day on which a story may be told, as YYYY-MM-DD (UTC)."""
    return (story.until - timedelta(milliseconds=1)).date().isoformat()


def _slug(title: str, number: int) -> str:
    """The title as an address, with a few characters that make it the only one."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = "-".join(re.findall(r"[a-z0-9]+", plain))[:60].strip("-")
    return f"{words}-{number:x}" if words else f"{number:x}"


def _text(text: str) -> str:
    cleaned = markup.clean(text[: MAX_WORDS * 4]).strip()
    if not 0 < len(cleaned) <= MAX_WORDS:
        raise Invalid(f"Write 1 to {MAX_WORDS} characters.", "text")
    return cleaned


def _day(text: str, field: str = "day") -> str:
    """A day as YYYY-MM-DD. Raises Invalid."""
    try:
        return date.fromisoformat(text.strip()).isoformat() if len(text.strip()) == 10 else _no_day(field)
    except ValueError:
        return _no_day(field)


def _no_day(field: str) -> str:
    raise Invalid("A day is written as 2026-05-31.", field)

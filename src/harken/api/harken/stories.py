"""Stories of desks for programs: written, asked about, published; docs/api.md, "Stories".

Answers are given by people, on the page behind their link, and by no program.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath

from ... import clock
from ...actions import write_story as writing
from ...actions.ask_consent import ask_consent
from ...actions.publish_story import publish_story, take_story_back
from ...errors import Invalid
from ...model.account import Account
from ...model.story import Standing, Story
from ...store import stories
from ..mastodon.answers import answer
from ..requests import AnyRequest, engine_of, id_in_path, link_header, parameters, viewer, window
from .desks import at_desk


class StoryGiven(msgspec.Struct):
    """What a program may say of a story; None leaves it as it is."""

    title: str | None = None
    summary: str | None = None
    until: str | None = None

    @property
    def draft(self) -> writing.StoryDraft:
        return writing.StoryDraft(title=self.title, summary=self.summary, until=self.until)


class PieceGiven(msgspec.Struct):
    """A post, by its id or address, or words; with a day they are a moment. `move` is up or down."""

    post: str | None = None
    text: str | None = None
    day: str = ""
    move: str | None = None


class PersonGiven(msgspec.Struct):
    """Somebody who is in a story without a post."""

    name: str = ""
    contact_id: str = ""


class AskGiven(msgspec.Struct):
    """The words above the link; without them nothing is sent."""

    message: str = ""


class PublishGiven(msgspec.Struct):
    """What the post says that tells of the story."""

    status: str = ""


class PieceEntity(msgspec.Struct):
    """A piece, in its place."""

    id: str
    kind: str
    post_id: str | None
    text: str
    day: str | None
    stale: bool


class PersonEntity(msgspec.Struct):
    """Somebody in a story, and how they stand to it."""

    id: str
    account_id: str | None
    contact_id: str | None
    name: str
    state: str
    asked_at: datetime | None
    answered_at: datetime | None


class StoryEntity(msgspec.Struct):
    """A story of a desk; `shown` is asked anew by every request, `url` is where it then is."""

    id: str
    title: str
    summary: str
    until: str
    author_id: str
    version: int
    created_at: datetime
    changed_at: datetime
    published_at: datetime | None
    post_id: str | None
    shown: bool
    url: str


class WholeStory(StoryEntity):
    """The same with what it is made of and who is in it."""

    pieces: list[PieceEntity]
    people: list[PersonEntity]


class LinkEntity(msgspec.Struct):
    """The way to somebody's page: this once."""

    url: str


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _about(request: AnyRequest, story: Story, live: bool) -> dict[str, object]:
    return {
        "id": str(story.id), "title": story.title, "summary": story.summary, "until": writing.last_day(story),
        "author_id": str(story.author_id), "version": story.version, "created_at": story.created_at,
        "changed_at": story.changed_at, "published_at": story.published_at, "post_id": _text(story.post_id),
        "shown": live and story.published_at is not None,
        "url": f"{engine_of(request).base_url}/stories/{quote(story.slug)}"}


async def _whole(request: AnyRequest, by: Account, desk_id: int, story_id: int) -> Response[bytes]:
    db, now = engine_of(request).db, clock.now()
    story = await stories.visible(db, desk_id, story_id, by.id, now)
    live = bool(await stories.live_among(db, [story.id], now))
    stale = set(await stories.stale(db, story.id))
    last, yes = await stories.last_answers(db, story.id), await stories.saying_yes(db, story.id, now)
    people = [Standing(person=one, last=last.get(one.id), live=one.id in yes)
              for one in await stories.people(db, story.id)]
    return answer(msgspec.convert(_about(request, story, live) | {
        "pieces": [PieceEntity(
            id=str(one.id), kind=one.kind.value, post_id=_text(one.post_id), text=one.text, day=one.day or None,
            stale=one.id in stale) for one in await stories.pieces(db, story.id)],
        "people": [PersonEntity(
            id=str(one.person.id), account_id=_text(one.person.account_id), contact_id=_text(one.person.contact_id),
            name=one.person.name, state=one.state, asked_at=one.person.asked_at,
            answered_at=one.last.at if one.last else None) for one in people]}, WholeStory))


@get("/api/harken/v1/desks/{desk_id:str}/stories")
async def many(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """The stories of a desk, the newest first."""
    by, desk = await at_desk(request, desk_id, "read:desks")
    db, page, now = engine_of(request).db, window(request, 40, 80), clock.now()
    found = await stories.of_desk(db, desk.id, by.id, page, now)
    live = await stories.live_among(db, [one.id for one in found], now)
    return answer(
        [msgspec.convert(_about(request, one, one.id in live), StoryEntity) for one in found],
        link_header(request, engine_of(request).base_url, [one.id for one in found], full=len(found) >= page.limit))


@post("/api/harken/v1/desks/{desk_id:str}/stories", status_code=200)
async def begin(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """A new story; for helpers."""
    by = await viewer(request, "write:desks")
    given = await parameters(request, StoryGiven)
    desk = id_in_path(desk_id)
    story = await writing.begin_story(engine_of(request).db, by, desk, given.draft, clock.now())
    return await _whole(request, by, desk, story.id)


@get("/api/harken/v1/desks/{desk_id:str}/stories/{story_id:str}")
async def one(request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str]) -> Response[bytes]:
    """A story, its pieces and its people."""
    by, desk = await at_desk(request, desk_id, "read:desks")
    return await _whole(request, by, desk.id, id_in_path(story_id))


@patch("/api/harken/v1/desks/{desk_id:str}/stories/{story_id:str}")
async def change(request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str]) -> Response[bytes]:
    """Another title, summary or end."""
    by = await viewer(request, "write:desks")
    given = await parameters(request, StoryGiven)
    desk, story = id_in_path(desk_id), id_in_path(story_id)
    await writing.change_story(engine_of(request).db, by, desk, story, given.draft, clock.now())
    return await _whole(request, by, desk, story)


@delete("/api/harken/v1/desks/{desk_id:str}/stories/{story_id:str}", status_code=200)
async def drop(request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str]) -> Response[bytes]:
    """Remove a story that is not published."""
    by = await viewer(request, "write:desks")
    await writing.drop_story(engine_of(request).db, by, id_in_path(desk_id), id_in_path(story_id), clock.now())
    return answer({})


@post("/api/harken/v1/desks/{desk_id:str}/stories/{story_id:str}/pieces", status_code=200)
async def add(request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str]) -> Response[bytes]:
    """A piece at the end."""
    by = await viewer(request, "write:desks")
    given = await parameters(request, PieceGiven)
    db, desk, story, now = engine_of(request).db, id_in_path(desk_id), id_in_path(story_id), clock.now()
    if given.post is not None:
        await writing.add_post(db, by, desk, story, given.post, now)
    else:
        await writing.add_words(db, by, desk, story, given.text or "", now, given.day)
    return await _whole(request, by, desk, story)


@patch("/api/harken/v1/desks/{desk_id:str}/stories/{story_id:str}/pieces/{piece_id:str}")
async def rewrite(
    request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str], piece_id: FromPath[str]
) -> Response[bytes]:
    """Move it, say it otherwise, or (with neither) take an edited post as it is now."""
    by = await viewer(request, "write:desks")
    given = await parameters(request, PieceGiven)
    db, desk, story, now = engine_of(request).db, id_in_path(desk_id), id_in_path(story_id), clock.now()
    piece = id_in_path(piece_id)
    if given.move not in (None, "up", "down"):
        raise Invalid("A piece is moved up or down.", "move")
    if given.move is not None:
        await writing.move_piece(db, by, desk, story, piece, given.move == "down", now)
    elif given.text is not None:
        await writing.change_words(db, by, desk, story, piece, given.text, now, given.day)
    else:
        await writing.renew_post(db, by, desk, story, piece, now)
    return await _whole(request, by, desk, story)


@delete("/api/harken/v1/desks/{desk_id:str}/stories/{story_id:str}/pieces/{piece_id:str}", status_code=200)
async def take_out(
    request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str], piece_id: FromPath[str]
) -> Response[bytes]:
    """Take a piece out."""
    by = await viewer(request, "write:desks")
    desk, story = id_in_path(desk_id), id_in_path(story_id)
    await writing.remove_piece(engine_of(request).db, by, desk, story, id_in_path(piece_id), clock.now())
    return await _whole(request, by, desk, story)


@post("/api/harken/v1/desks/{desk_id:str}/stories/{story_id:str}/people", status_code=200)
async def name(request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str]) -> Response[bytes]:
    """Note that somebody is in it, so that they are asked."""
    by = await viewer(request, "write:desks")
    given = await parameters(request, PersonGiven)
    desk, story = id_in_path(desk_id), id_in_path(story_id)
    await writing.name_person(
        engine_of(request).db, by, desk, story, given.name, clock.now(),
        id_in_path(given.contact_id) if given.contact_id else 0)
    return await _whole(request, by, desk, story)


@delete("/api/harken/v1/desks/{desk_id:str}/stories/{story_id:str}/people/{person_id:str}", status_code=200)
async def unname(
    request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str], person_id: FromPath[str]
) -> Response[bytes]:
    """Note that they are not."""
    by = await viewer(request, "write:desks")
    desk, story = id_in_path(desk_id), id_in_path(story_id)
    await writing.unname_person(engine_of(request).db, by, desk, story, id_in_path(person_id), clock.now())
    return await _whole(request, by, desk, story)


@post("/api/harken/v1/desks/{desk_id:str}/stories/{story_id:str}/people/{person_id:str}/ask", status_code=200)
async def ask(
    request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str], person_id: FromPath[str]
) -> Response[bytes]:
    """Ask somebody: by a message from oneself, or (without one) by the link that is answered."""
    by = await viewer(request, "write:desks")
    given = await parameters(request, AskGiven)
    engine = engine_of(request)
    link = await ask_consent(
        engine.db, by, id_in_path(desk_id), id_in_path(story_id), id_in_path(person_id), clock.now(),
        page=f"{engine.base_url}/consent/", message=given.message,
        max_characters=engine.settings.max_post_characters)
    made = answer({} if given.message.strip() else LinkEntity(link))
    made.headers["Cache-Control"] = "no-store"
    return made


@post("/api/harken/v1/desks/{desk_id:str}/stories/{story_id:str}/publish", status_code=200)
async def publish(request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str]) -> Response[bytes]:
    """Show it to everybody; for its author."""
    by = await viewer(request, "write:desks")
    given = await parameters(request, PublishGiven)
    engine, desk, story = engine_of(request), id_in_path(desk_id), id_in_path(story_id)
    await publish_story(
        engine.db, by, desk, story, clock.now(), page=f"{engine.base_url}/stories", words=given.status,
        max_characters=engine.settings.max_post_characters)
    return await _whole(request, by, desk, story)


@post("/api/harken/v1/desks/{desk_id:str}/stories/{story_id:str}/take_back", status_code=200)
async def take_back(request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str]) -> Response[bytes]:
    """Show it no more."""
    by = await viewer(request, "write:desks")
    desk, story = id_in_path(desk_id), id_in_path(story_id)
    await take_story_back(engine_of(request).db, by, desk, story, clock.now())
    return await _whole(request, by, desk, story)


routes = [
    many, begin, one, change, drop, add, rewrite, take_out, name, unname, ask, publish, take_back]

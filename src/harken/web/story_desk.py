"""Where the people of a desk write stories, and ask those who are in them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from .. import clock
from ..actions import write_story as writing
from ..actions.ask_consent import ask_consent
from ..actions.publish_story import publish_story, take_story_back
from ..actions.write_story import StoryDraft
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from ..ids import parse_id
from ..model.account import Account
from ..model.desk import DeskOfMember, DeskRole
from ..model.paging import Window
from ..model.post import SeenPost
from ..model.story import (
    MAX_NAME,
    MAX_SUMMARY,
    MAX_TITLE,
    MAX_WORDS,
    USUAL_LIFE,
    Piece,
    PieceKind,
    Standing,
    Story,
)
from ..store import accounts, contacts, desk_queue, desks, posts, stories
from ..store.database import Database
from . import faces, story_words
from .cards import Card, When, cards, when
from .conversations import arranged
from .pages import Nothing, form, must_be_signed_in, render, see, spelling
from .paging import is_first, older, window
from .story_asked import NO_STORE, PATH
from .story_shown import Told, words_of

PAGE = 40
EDITIONS = 20
OFFERED = 60  # posts of a conversation, people of a desk


class Given(msgspec.Struct):
    """The form of a story."""

    title: str = ""
    summary: str = ""
    until: str = ""
    case_id: str = ""

    @property
    def draft(self) -> StoryDraft:
        return StoryDraft(title=self.title, summary=self.summary, until=self.until or None)


class Shown(msgspec.Struct):
    """The form that adds a post."""

    post: str = ""
    case_id: str = ""


class Words(msgspec.Struct):
    """The form of a paragraph or a moment; `moment` says that it needs a day."""

    text: str = ""
    day: str = ""
    moment: str = ""


class Named(msgspec.Struct):
    """The form that names somebody."""

    name: str = ""
    contact_id: str = ""


class Wanted(msgspec.Struct):
    """How somebody is to be asked: by a message that says `message`, or by a link to hand over."""

    message: str = ""
    how: str = ""


class Published(msgspec.Struct):
    """What the post says that tells of the story."""

    words: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A story on the desk's list."""

    story: Story
    author: Account | None
    changed: When
    shown: bool


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A piece in the editor. `card` is of a post that this helper sees; `stale` that it is not as it was chosen."""

    piece: Piece
    told: Told | None
    card: Card | None
    stale: bool


class Stander(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in the story, and how they stand to it."""

    standing: Standing
    account: Account | None
    says: str
    asked: When | None

    @property
    def name(self) -> str:
        return self.account.shown_name if self.account else self.standing.person.name


# ---- the list ----------------------------------------------------------------------------


@get("/desks/{desk_id:str}/stories", include_in_schema=False)
async def overview(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """The stories of a desk, the newest first."""
    viewer = await must_be_signed_in(request)
    desk = await desks.get(engine_of(request).db, id_in_path(desk_id), viewer.id)
    return await _overview(request, viewer, desk)


async def _overview(
    request: AnyRequest, viewer: Account, desk: DeskOfMember, given: Given | None = None, error: str = ""
) -> Response[bytes]:
    db, now = engine_of(request).db, clock.now()
    found = await stories.of_desk(db, desk.id, viewer.id, window(request, PAGE), now)
    live = await stories.live_among(db, [story.id for story in found], now)
    people = await accounts.by_ids(db, [story.author_id for story in found])
    case_id = parse_id(request.query_params.get("case") or "")
    return await render(
        request, "desk/stories.html", status=422 if error else 200, desk=desk, error=error,
        rows=[Row(story=one, author=people.get(one.author_id), changed=when(one.changed_at, now, request),
                  shown=one.published_at is not None and one.id in live) for one in found[:PAGE]],
        given=given or Given(case_id=str(case_id or "")), works=desk.role >= DeskRole.HELPER,
        first=is_first(request), older=older(request, [one.id for one in found], PAGE), **_limits())


def _limits() -> dict[str, object]:
    return {"most_title": MAX_TITLE, "most_summary": MAX_SUMMARY, "most_words": MAX_WORDS, "most_name": MAX_NAME}


@post("/desks/{desk_id:str}/stories", include_in_schema=False)
async def begin(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes] | Redirect:
    """A new story."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    db = engine_of(request).db
    try:
        story = await writing.begin_story(db, viewer, id_in_path(desk_id), given.draft, clock.now())
    except Invalid as error:
        desk = await desks.get(db, id_in_path(desk_id), viewer.id)
        return await _overview(request, viewer, desk, given, error.message)
    return see(_here(story) + _case(given.case_id))


def _here(story: Story) -> str:
    return f"/desks/{story.desk_id}/stories/{story.id}"


def _case(case_id: str) -> str:
    return f"?case={number}#from-case" if (number := parse_id(case_id)) else ""


# ---- one story ---------------------------------------------------------------------------


@get("/desks/{desk_id:str}/stories/{story_id:str}", include_in_schema=False)
async def one(request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str]) -> Response[bytes]:
    """The editor."""
    viewer, desk, story = await _found(request, desk_id, story_id)
    return await _one(request, viewer, desk, story)


async def _found(request: AnyRequest, desk_id: str, story_id: str) -> tuple[Account, DeskOfMember, Story]:
    """Who asks, the desk, and the story. Raises NotSignedIn, NotFound."""
    viewer = await must_be_signed_in(request)
    db = engine_of(request).db
    desk = await desks.get(db, id_in_path(desk_id), viewer.id)
    return viewer, desk, await stories.visible(db, desk.id, id_in_path(story_id), viewer.id, clock.now())


async def _one(
    request: AnyRequest, viewer: Account, desk: DeskOfMember, story: Story, error: str = "", part: str = "",
    given: Given | None = None, words: Words | None = None,
) -> Response[bytes]:
    db, now = engine_of(request).db, clock.now()
    live = bool(await stories.live_among(db, [story.id], now))
    people = await _standing(request, story)
    return await render(
        request, "desk/story.html", status=422 if error else 200, desk=desk, story=story, error=error, part=part,
        given=given or Given(title=story.title, summary=story.summary, until=writing.last_day(story)),
        words=words or Words(), placed=await _placed(request, viewer, story), people=people, live=live,
        usual=(now + USUAL_LIFE).date().isoformat(), author=await accounts.get(db, story.author_id),
        shown=live and story.published_at is not None, works=desk.role >= DeskRole.HELPER,
        waiting=sum(one.standing.state != "yes" for one in people), here_path=_here(story),
        ends=story_words.day(writing.last_day(story), spelling(request).language),
        editions=[(one, when(one.at, now, request)) for one in await stories.editions(db, story.id, EDITIONS)]
        if desk.role >= DeskRole.HELPER else [],
        offered=await _offered(request, viewer, desk, story),
        known=await contacts.page(db, desk.id, viewer.id, Window(limit=OFFERED)), **_limits())


async def _placed(request: AnyRequest, viewer: Account, story: Story) -> list[Placed]:
    db = engine_of(request).db
    there = await stories.pieces(db, story.id)
    seen = await posts.visible_by_ids(db, [piece.post_id for piece in there if piece.post_id], viewer.id)
    made = {card.post.id: card for card in await cards(request, list(seen.values()))}
    stale = set(await stories.stale(db, story.id))
    language = spelling(request).language
    return [Placed(
        piece=piece, card=made.get(piece.post_id) if piece.post_id else None, stale=piece.id in stale,
        told=None if piece.kind is PieceKind.POST else words_of(piece, language)) for piece in there]


async def _standing(request: AnyRequest, story: Story) -> list[Stander]:
    db, now = engine_of(request).db, clock.now()
    people, last = await stories.people(db, story.id), await stories.last_answers(db, story.id)
    yes = await stories.saying_yes(db, story.id, now)
    known = await accounts.by_ids(db, [one.account_id for one in people if one.account_id])
    await faces.load(db, known.values())
    words = story_words.states()
    found = []
    for person in people:
        standing = Standing(person=person, last=last.get(person.id), live=person.id in yes)
        found.append(Stander(
            standing=standing, account=known.get(person.account_id) if person.account_id else None,
            says=words[standing.state], asked=when(person.asked_at, now, request) if person.asked_at else None))
    return found


async def _offered(request: AnyRequest, viewer: Account, desk: DeskOfMember, story: Story) -> list[Card]:
    """Posts of the conversation that the page was opened for, which may be put into the story."""
    number = parse_id(request.query_params.get("case") or "")
    if number is None:
        return []
    db = engine_of(request).db
    item = await desk_queue.find(db, desk.id, number, viewer.id)
    if item is None:
        return []
    focus = await posts.visible(db, item.post_id, viewer.id)
    tree = arranged(focus, await posts.visible_conversation(db, focus, viewer.id))
    there = {piece.post_id for piece in await stories.pieces(db, story.id)}
    open_ones: list[SeenPost] = [
        one for one in [*tree.above, focus, *(below for below, _depth in tree.below)]
        if one.visibility <= 1 and one.id not in there][:OFFERED]
    return await cards(request, open_ones)


Act = Callable[[Database, Account, int, int], Awaitable[object]]


async def _done(
    request: AnyRequest, desk_id: str, story_id: str, act: Act, part: str, *, back: str = "",
    given: Given | None = None, words: Words | None = None,
) -> Response[bytes] | Redirect:
    """Do it and go back to the editor, or show there why not, with what was written."""
    viewer, desk, story = await _found(request, desk_id, story_id)
    try:
        await act(engine_of(request).db, viewer, desk.id, story.id)
    except (Invalid, NotAllowed, Conflict, NotFound) as error:
        return await _refused(request, viewer, desk, story, error, part, given, words)
    return see(_here(story) + (back or f"#{part}"))


async def _refused(
    request: AnyRequest, viewer: Account, desk: DeskOfMember, story: Story, error: Refused, part: str,
    given: Given | None = None, words: Words | None = None,
) -> Response[bytes]:
    if desk.role < DeskRole.HELPER:
        raise error
    return await _one(request, viewer, desk, story, error.message, part, given, words)


@post("/desks/{desk_id:str}/stories/{story_id:str}/change", include_in_schema=False)
async def change(
    request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str]
) -> Response[bytes] | Redirect:
    """Another title, summary or end."""
    await must_be_signed_in(request)
    given = await form(request, Given)
    return await _done(request, desk_id, story_id, lambda db, by, desk, story: writing.change_story(
        db, by, desk, story, given.draft, clock.now()), "about", given=given)


@post("/desks/{desk_id:str}/stories/{story_id:str}/posts", include_in_schema=False)
async def add_post(
    request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str]
) -> Response[bytes] | Redirect:
    """Put a post into the story."""
    await must_be_signed_in(request)
    given = await form(request, Shown)
    return await _done(
        request, desk_id, story_id, lambda db, by, desk, story: writing.add_post(
            db, by, desk, story, given.post, clock.now()), "add", back=_case(given.case_id))


@post("/desks/{desk_id:str}/stories/{story_id:str}/words", include_in_schema=False)
async def add_words(
    request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str]
) -> Response[bytes] | Redirect:
    """Write a paragraph, or a moment with its day."""
    await must_be_signed_in(request)
    given = await form(request, Words)
    day = (given.day or "no day") if given.moment else ""
    return await _done(request, desk_id, story_id, lambda db, by, desk, story: writing.add_words(
        db, by, desk, story, given.text, clock.now(), day), "add", words=given)


@post("/desks/{desk_id:str}/stories/{story_id:str}/pieces/{piece_id:str}/{act:str}", include_in_schema=False)
async def piece(
    request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str], piece_id: FromPath[str], act: FromPath[str]
) -> Response[bytes] | Redirect:
    """Move a piece up or down, change or remove it, take an edited post as it is now."""
    await must_be_signed_in(request)
    given = await form(request, Words)
    number, now = id_in_path(piece_id), clock.now()
    acts: dict[str, Act] = {
        "up": lambda db, by, desk, story: writing.move_piece(db, by, desk, story, number, False, now),
        "down": lambda db, by, desk, story: writing.move_piece(db, by, desk, story, number, True, now),
        "remove": lambda db, by, desk, story: writing.remove_piece(db, by, desk, story, number, now),
        "renew": lambda db, by, desk, story: writing.renew_post(db, by, desk, story, number, now),
        "change": lambda db, by, desk, story: writing.change_words(
            db, by, desk, story, number, given.text, now, given.day),
    }
    if act not in acts:
        raise NotFound("There is no such page.")
    gone = act == "remove"
    return await _done(
        request, desk_id, story_id, acts[act], "pieces", back="#pieces" if gone else f"#piece-{number}")


@post("/desks/{desk_id:str}/stories/{story_id:str}/people", include_in_schema=False)
async def name(
    request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str]
) -> Response[bytes] | Redirect:
    """Note that somebody is in the story."""
    await must_be_signed_in(request)
    given = await form(request, Named)
    return await _done(request, desk_id, story_id, lambda db, by, desk, story: writing.name_person(
        db, by, desk, story, given.name, clock.now(), parse_id(given.contact_id) or 0), "people")


@post("/desks/{desk_id:str}/stories/{story_id:str}/people/{person_id:str}/remove", include_in_schema=False)
async def unname(
    request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str], person_id: FromPath[str]
) -> Response[bytes] | Redirect:
    """Note that they are not."""
    await must_be_signed_in(request)
    await form(request, Nothing)
    return await _done(request, desk_id, story_id, lambda db, by, desk, story: writing.unname_person(
        db, by, desk, story, id_in_path(person_id), clock.now()), "people")


@post("/desks/{desk_id:str}/stories/{story_id:str}/people/{person_id:str}/ask", include_in_schema=False)
async def ask(
    request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str], person_id: FromPath[str]
) -> Response[bytes] | Redirect:
    """Ask somebody: by a message, or with a link that is shown once."""
    viewer, desk, story = await _found(request, desk_id, story_id)
    given = await form(request, Wanted)
    engine = engine_of(request)
    try:
        link = await ask_consent(
            engine.db, viewer, desk.id, story.id, id_in_path(person_id), clock.now(), page=engine.base_url + PATH,
            message=given.message if given.how == "message" else "",
            max_characters=engine.settings.max_post_characters)
    except (Invalid, NotAllowed) as error:
        return await _refused(request, viewer, desk, story, error, "people")
    if given.how == "message" and given.message.strip():
        return see(f"{_here(story)}#people")
    [person] = [one for one in await _standing(request, story) if one.standing.person.id == id_in_path(person_id)]
    response = await render(request, "desk/story_link.html", desk=desk, story=story, person=person, link=link)
    response.headers.update(NO_STORE)
    return response


@post("/desks/{desk_id:str}/stories/{story_id:str}/publish", include_in_schema=False)
async def publish(
    request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str]
) -> Response[bytes] | Redirect:
    """Show it to everybody."""
    await must_be_signed_in(request)
    given = await form(request, Published)
    engine = engine_of(request)
    return await _done(request, desk_id, story_id, lambda db, by, desk, story: publish_story(
        db, by, desk, story, clock.now(), page=f"{engine.base_url}/stories", words=given.words,
        max_characters=engine.settings.max_post_characters), "publish")


@post("/desks/{desk_id:str}/stories/{story_id:str}/take-back", include_in_schema=False)
async def take_back(
    request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str]
) -> Response[bytes] | Redirect:
    """Show it no more."""
    await must_be_signed_in(request)
    await form(request, Nothing)
    return await _done(request, desk_id, story_id, lambda db, by, desk, story: take_story_back(
        db, by, desk, story, clock.now()), "publish")


@post("/desks/{desk_id:str}/stories/{story_id:str}/drop", include_in_schema=False)
async def drop(
    request: AnyRequest, desk_id: FromPath[str], story_id: FromPath[str]
) -> Response[bytes] | Redirect:
    """Remove it."""
    viewer, desk, story = await _found(request, desk_id, story_id)
    await form(request, Nothing)
    try:
        await writing.drop_story(engine_of(request).db, viewer, desk.id, story.id, clock.now())
    except NotAllowed as error:
        return await _refused(request, viewer, desk, story, error, "publish")
    return see(f"/desks/{desk.id}/stories")


routes = [
    overview, begin, one, change, add_post, add_words, piece, name, unname, ask, publish, take_back, drop]

"""Stories for everybody: the list, the feeds, each on a page of its own with what people say about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from urllib.parse import quote

import msgspec
from litestar import Response, get
from litestar.params import FromPath
from markupsafe import Markup

from .. import clock
from ..api.feeds import Feed, answered, parted
from ..api.feeds.feed import Item, Person, absolute_url, persons, plain
from ..api.requests import AnyRequest, engine_of
from ..errors import NotFound
from ..ids import MAX_ID
from ..model.account import Account
from ..model.desk import Desk
from ..model.story import Piece, PieceKind, Story
from ..store import accounts, desks, media, posts, stories
from ..store.stories import ShownPiece
from ..text import markup
from . import faces, story_words
from .attachments import Shown, shown
from .cards import Card, When, cards, when
from .conversations import arranged
from .pages import render, signed_in, spelling
from .paging import number

PAGE = 20
TALK = 80  # answers below a story


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A piece as its page prints it."""

    piece: Piece
    html: Markup = Markup()
    day: str = ""
    author: Account | None = None
    spoiler: str = ""
    when: When | None = None
    media: list[Shown] = []
    path: str = ""  # of the post itself, where anybody may read it


class Teaser(msgspec.Struct, frozen=True, kw_only=True):
    """A story on the list."""

    story: Story
    author: Account
    desk: Desk | None
    when: When
    picture: Shown | None


@get("/stories/{slug:str}", include_in_schema=False)
async def one(request: AnyRequest, slug: FromPath[str]) -> Response[bytes]:
    """A story, while everybody in it agrees."""
    viewer = await signed_in(request)
    db, now, who = engine_of(request).db, clock.now(), viewer.id if viewer else 0
    story = await stories.shown(db, slug[:200], who, now)
    found = await stories.shown_pieces(db, [story.id], who, now)
    if not found:  # a yes was taken back between the two statements
        raise NotFound("There is no such story, or it is not told any more.")
    told = await told_of(request, found)
    author = await accounts.get(db, story.author_id)
    await faces.load(db, [author])
    desk = await desks.find(db, story.desk_id)
    talk, root = await _talk(request, story, who)
    pictures = [one for piece in told for one in piece.media if one.form == "image" and not piece.spoiler]
    return await render(
        request, "story.html", story=story, told=told, author=author, desk=desk, talk=talk, root=root,
        when=when(story.published_at or story.changed_at, now, request), picture=pictures[0] if pictures else None,
        noindex=story.id not in await stories.indexable(db, [story.id]), address=f"/stories/{quote(story.slug)}",
        published=(story.published_at or story.changed_at).astimezone(UTC).isoformat(timespec="seconds"))


async def told_of(request: AnyRequest, found: Sequence[ShownPiece]) -> list[Told]:
    """Pieces that the reader may see, as pages print them: a constant number of statements."""
    db, now = engine_of(request).db, clock.now()
    language = spelling(request).language
    people = await accounts.by_ids(db, [piece.author_id for piece in found if piece.author_id])
    await faces.load(db, people.values())
    files = [one for piece in found if piece.open for one in piece.media]
    known = await media.by_ids(db, files) if files else {}
    told = []
    for piece in found:
        author = people.get(piece.author_id) if piece.author_id else None
        if piece.kind is PieceKind.POST:
            told.append(Told(
                piece=piece, html=Markup(piece.html), author=author, spoiler=piece.spoiler,
                when=when(piece.said_at, now, request) if piece.said_at else None,
                media=shown(piece.media, known) if piece.open and not piece.sensitive else [],
                path=f"/@{author.address}/{piece.post_id}" if author and piece.open else ""))
        else:
            told.append(words_of(piece, language))
    return told


def words_of(piece: Piece, language: str) -> Told:
    """Words of the author, as pages print them."""
    return Told(piece=piece, html=Markup(markup.to_html(piece.text, {})),
                day=story_words.day(piece.day, language) if piece.day else "")


async def _talk(request: AnyRequest, story: Story, viewer: int) -> tuple[list[Card], Card | None]:
    """What people answer to the post that tells of a story, as far as the reader may see it; and that post."""
    db = engine_of(request).db
    if story.post_id is None:
        return [], None
    try:
        post = await posts.visible(db, story.post_id, viewer)
    except NotFound:
        return [], None
    tree = arranged(post, await posts.visible_conversation(db, post, viewer))
    below = tree.below[:TALK]
    made = {card.post.id: card for card in await cards(request, [post, *(one for one, _depth in below)])}
    for answer, depth in below:
        if answer.id in made:
            made[answer.id].depth = depth
    return [made[one.id] for one, _depth in below if one.id in made], made.get(post.id)


@get("/stories", include_in_schema=False)
async def many(request: AnyRequest) -> Response[bytes]:
    """The stories of this server, the last published first."""
    viewer = await signed_in(request)
    db, now, who = engine_of(request).db, clock.now(), viewer.id if viewer else 0
    before = number(request, "before", MAX_ID)
    found = await stories.shown_page(db, who, now, before, PAGE + 1)
    shown_now = found[:PAGE]
    pieces = await stories.shown_pieces(db, [story.id for story in shown_now], who, now)
    pictures = await _pictures(request, pieces)
    people = await accounts.by_ids(db, [story.author_id for story in shown_now])
    await faces.load(db, people.values())
    by = {desk_id: await desks.find(db, desk_id) for desk_id in {story.desk_id for story in shown_now}}
    alive = {piece.story_id for piece in pieces}
    teasers = [Teaser(
        story=story, author=people[story.author_id], desk=by.get(story.desk_id), picture=pictures.get(story.id),
        when=when(story.published_at or story.changed_at, now, request))
        for story in shown_now if story.id in alive and story.author_id in people]
    older = ""
    if len(found) > PAGE and (last := shown_now[-1].published_at) is not None:
        older = f"/stories?before={clock.to_ms(last)}"
    return await render(request, "stories.html", teasers=teasers, older=older, first=before == MAX_ID)


async def _pictures(request: AnyRequest, pieces: Sequence[ShownPiece]) -> dict[int, Shown]:
    """The first picture of each story that may stand beside its title."""
    carried = {piece.id: piece for piece in pieces
               if piece.open and piece.media and not piece.sensitive and not piece.spoiler}
    files = [one for piece in carried.values() for one in piece.media]
    known = await media.by_ids(engine_of(request).db, files) if files else {}
    found: dict[int, Shown] = {}
    for piece in carried.values():
        for one in shown(piece.media, known):
            if one.form == "image":
                found.setdefault(piece.story_id, one)
    return found


@get(["/stories.atom", "/stories.json", "/stories.rss"])
async def feed(request: AnyRequest) -> Response[bytes]:
    """The last stories by title and summary, as a visitor finds them.

    Readers keep what they have got, so a feed has no words of those who could want them back.
    """
    engine, now = engine_of(request), clock.now()
    _name, kind = parted(request.scope["path"].lstrip("/"))
    found = await stories.shown_page(engine.db, 0, now, MAX_ID, PAGE)
    known = await accounts.by_ids(engine.db, [story.author_id for story in found])
    people = await persons(engine.db, list(known.values()), engine.base_url)
    items = [_item(story, people[story.author_id], engine.base_url) for story in found if story.author_id in people]
    return answered(request, Feed(
        title=f"{story_words.title()} · {engine.settings.title}", page=absolute_url("/stories", engine.base_url),
        address=absolute_url(request.scope["path"], engine.base_url),
        updated=max((item.updated for item in items), default=clock.EPOCH), items=items), kind)




def _item(story: Story, author: Person, base_url: str) -> Item:
    address = f"{base_url}/stories/{quote(story.slug)}"
    return Item(
        uri=address, url=address, title=plain(story.title), html=markup.to_html(plain(story.summary), {}),
        text=plain(story.summary), published=story.published_at or story.changed_at, updated=story.changed_at,
        author=author)


routes = [one, many, feed]

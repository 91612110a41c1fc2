"""The page behind somebody's own link: what would be shown of them, where, until when, by whom; yes or no."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from .. import clock
from ..actions.ask_consent import Asked, answer_consent, asked
from ..api.requests import AnyRequest, engine_of
from ..errors import Conflict, NotFound
from ..model.story import PieceKind
from ..store import accounts, desks, stories
from ..store.stories import ShownPiece
from . import story_words
from .cards import when
from .pages import form, render, see, signed_in, spelling
from .story_shown import told_of, words_of

PATH = "/consent/"
NO_STORE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


class Answered(msgspec.Struct):
    """The answer, and to what."""

    says: str = ""
    digest: str = ""


@get(PATH + "{secret:str}", include_in_schema=False)
async def question(request: AnyRequest, secret: FromPath[str]) -> Response[bytes]:
    """What somebody is asked, and what they answered."""
    viewer = await signed_in(request)
    return await _question(request, secret, await asked(engine_of(request).db, secret, viewer, clock.now()))


async def _question(
    request: AnyRequest, secret: str, at: Asked, error: str = ""
) -> Response[bytes]:
    db, now = engine_of(request).db, clock.now()
    theirs = await stories.posts_of_person(db, at.person)
    told = []
    for piece in await stories.pieces(db, at.story.id):
        if piece.kind is not PieceKind.POST:
            told.append(words_of(piece, spelling(request).language))
        elif piece.post_id in theirs:
            own = theirs[piece.post_id]
            told += await told_of(request, [ShownPiece(
                id=piece.id, story_id=piece.story_id, position=piece.position, kind=piece.kind, post_id=own.id,
                post_version=piece.post_version, author_id=own.author_id, html=own.html, spoiler=own.spoiler,
                said_at=own.created_at, media=own.media, sensitive=own.sensitive,
                open=own.visibility <= 1)])
        else:
            told.append(words_of(piece, ""))
    author = await accounts.get(db, at.story.author_id)
    response = await render(
        request, "story_asked.html", status=409 if error else 200, at=at, told=told, author=author, error=error,
        desk=await desks.find(db, at.story.desk_id), question=await _words(request, at), path_here=PATH + secret,
        state=at.standing.state, live=at.story.published_at is not None and at.story.id in await stories.live_among(
            db, [at.story.id], now),
        may_answer=at.person.asked_digest == at.person.digest and at.story.until > now,
        answers=[(story_words.said()[one.says], when(one.at, now, request))
                 for one in reversed(await stories.answers(db, [at.person.id]))])
    response.headers.update(NO_STORE)
    return response


async def _words(request: AnyRequest, at: Asked) -> list[tuple[str, str]]:
    engine = engine_of(request)
    desk = await desks.find(engine.db, at.story.desk_id)
    if desk is None:
        raise NotFound("There is no such question.")
    return story_words.question(
        at.story, desk, await accounts.get(engine.db, at.story.author_id), engine.settings.title, engine.base_url,
        spelling(request).language)


@post(PATH + "{secret:str}", include_in_schema=False)
async def answer(request: AnyRequest, secret: FromPath[str]) -> Response[bytes] | Redirect:
    """Yes, no, or a yes taken back; in one press."""
    viewer = await signed_in(request)
    given = await form(request, Answered)
    db, now = engine_of(request).db, clock.now()
    at = await asked(db, secret, viewer, now)
    words = story_words.sentences(await _words(request, at))
    try:
        await answer_consent(db, secret, viewer, given.says, given.digest, words, now)
    except Conflict as error:
        return await _question(request, secret, await asked(db, secret, viewer, now), error.message)
    return see(f"{PATH}{secret}")


routes = [question, answer]

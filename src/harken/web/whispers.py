"""What is said here without a name: read it, say something so, answer in one's own, take it back, hide all of it."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath

from .. import clock
from ..actions.block import block, unblock
from ..actions.whisper import MOST_A_DAY, take_back, whisper
from ..api.requests import AnyRequest, count_post, engine_of, id_in_path
from ..errors import Invalid, NotAllowed, NotFound, RelatedNotFound, TooMany
from ..ids import AccountId, PostId
from ..model.account import Account
from ..model.moderation import Warning
from ..store import posts, relationships, reports, timelines, tokens, whispers
from .cards import Card, cards, when
from .compose import kind_words
from .kept import Kept, sign_in_first
from .languages import gettext_now as _
from .pages import AnyAnswer, Nothing, form, must_be_signed_in, render, see, signed_in
from .paging import PAGE, is_first, older, window

LOOKED_AT = 200  # decisions about whispers, the newest


class Said(msgspec.Struct, kw_only=True):
    """The form of a whisper; there is no language to choose, for most people choose the same each time."""

    text: str = ""
    spoiler: str = ""
    key: str = ""


async def _voice(request: AnyRequest) -> int:
    """The account of the whispers; 0 before the first. Raises NotFound where the operator allows none."""
    engine = engine_of(request)
    if not engine.settings.whispers:
        raise NotFound(_("There are no whispers on this server."))
    return await whispers.voice_id(engine.db) or 0


@get("/whispers", include_in_schema=False)
async def everybody_s(request: AnyRequest) -> AnyAnswer:
    """What is whispered, newest first."""
    await signed_in(request)
    return await _page(request)


@get("/whispers/mine", include_in_schema=False)
async def mine(request: AnyRequest) -> AnyAnswer:
    """One's own whispers: answer, take back."""
    await must_be_signed_in(request)
    return await _page(request, own=True)


async def _page(
    request: AnyRequest, own: bool = False, text: str = "", spoiler: str = "", error: str = ""
) -> AnyAnswer:
    viewer, voice = await signed_in(request), await _voice(request)
    db, now, me = engine_of(request).db, clock.now(), viewer.id if viewer else 0
    if own:
        found = await whispers.of_author(db, me, window(request), now)
    else:
        found = await timelines.of_account(db, voice, me, window(request), now, replies=False)
    hidden = bool(voice and viewer and await relationships.blocked_between(db, me, voice))
    decided = await _decided(request, me, voice) if own else []
    response = await render(
        request, "whispers.html", decided=decided,
        times={one.id: when(one.created_at, now, request) for one in decided},
        status=422 if error else 200, cards=await cards(request, found[:PAGE]), own=own, hidden=hidden,
        taken=await whispers.find_taken_right(db, me) if viewer else None, text=text, spoiler=spoiler, error=error,
        key=tokens.new_secret(), limit=engine_of(request).settings.max_post_characters, most=MOST_A_DAY,
        first=is_first(request), older=older(request, [one.id for one in found]))
    response.headers["Cache-Control"] = "private, no-store"
    return response


async def _decided(request: AnyRequest, me: int, voice: int) -> list[Warning]:
    """What moderators decided about one's own whispers, while it is known that they were one's own."""
    db = engine_of(request).db
    every = await reports.warnings_of(db, voice, LOOKED_AT)
    mine = await whispers.own_among(db, me, [i for one in every for i in one.post_ids])
    return [one for one in every if mine.intersection(one.post_ids)]


@post("/whispers", include_in_schema=False, status_code=200)
async def say(request: AnyRequest) -> AnyAnswer:
    """Say something without one's name."""
    viewer = await signed_in(request)
    if viewer is None:
        return await sign_in_first(request, "whispers")
    given = await form(request, Said)
    await _voice(request)
    try:
        await _publish(request, viewer, given)
    except (Invalid, NotAllowed, TooMany) as refused:
        return await _page(request, text=given.text, spoiler=given.spoiler, error=_reason(request, refused))
    return see("/whispers/mine")


async def _publish(request: AnyRequest, viewer: Account, given: Said, in_reply_to: int = 0) -> PostId:
    engine = engine_of(request)
    count_post(request, viewer)
    made = await whisper(
        engine.db, viewer, given.text, clock.now(), spoiler=given.spoiler, key=given.key[:100],
        in_reply_to=PostId(in_reply_to) if in_reply_to else None,
        max_characters=engine.settings.max_post_characters)
    return made.id


def _reason(request: AnyRequest, refused: Exception) -> str:
    return kind_words(refused, engine_of(request).settings.max_post_characters)


# ---- one's own ---------------------------------------------------------------------------


@get("/whispers/{post_id:str}", include_in_schema=False)
async def answer_page(request: AnyRequest, post_id: FromPath[str]) -> AnyAnswer:
    """Answer, as the whisperer, something in the conversation that one began by whispering."""
    viewer = await must_be_signed_in(request)
    await _voice(request)
    return await _answering(request, viewer, id_in_path(post_id))


async def _answering(
    request: AnyRequest, viewer: Account, post_id: int, text: str | None = None, error: str = ""
) -> AnyAnswer:
    db = engine_of(request).db
    found = await posts.visible(db, post_id, viewer.id)
    if not await whispers.is_own(db, viewer.id, found.conversation_id):
        raise NotFound(_("You can answer without your name only where you whispered."))
    card: Card = (await cards(request, [found]))[0]
    if text is None:
        text = "" if await whispers.is_own(db, viewer.id, found.id) else f"@{card.author.address} "
    response = await render(
        request, "whisper.html", status=422 if error else 200, card=card, text=text, error=error,
        mine=await whispers.is_own(db, viewer.id, found.id), key=tokens.new_secret(),
        limit=engine_of(request).settings.max_post_characters)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@post("/whispers/{post_id:str}", include_in_schema=False, status_code=200)
async def answer(request: AnyRequest, post_id: FromPath[str]) -> AnyAnswer:
    """Publish the answer."""
    viewer = await signed_in(request)
    if viewer is None:
        return await sign_in_first(request, f"whispers/{post_id}")
    given = await form(request, Said)
    voice, number = await _voice(request), id_in_path(post_id)
    try:
        made = await _publish(request, viewer, given, number)
    except (Invalid, NotAllowed, RelatedNotFound, TooMany) as refused:
        return await _answering(request, viewer, number, given.text, _reason(request, refused))
    found = await posts.visible(engine_of(request).db, made, viewer.id)
    assert found.author_id == voice
    return see(found.url)


@post("/whispers/{post_id:str}/delete", include_in_schema=False, status_code=200)
async def delete(request: AnyRequest, post_id: FromPath[str]) -> AnyAnswer:
    """Take one back."""
    viewer = await must_be_signed_in(request)
    await form(request, Nothing)
    await take_back(engine_of(request).db, viewer, PostId(id_in_path(post_id)), clock.now())
    return see("/whispers/mine")


async def given_back(request: AnyRequest, viewer: Account, kept: Kept) -> AnyAnswer:
    """The box for whispers with what the viewer wrote before they had to sign in."""
    _name, _slash, number = kept.chat.partition("/")
    if number:
        return await _answering(request, viewer, id_in_path(number), kept.text)
    return await _page(request, text=kept.text, spoiler=kept.spoiler)


# ---- without them ------------------------------------------------------------------------


@post("/whispers/hide", include_in_schema=False, status_code=200)
async def hide(request: AnyRequest) -> AnyAnswer:
    """See none any more, anywhere: the account of the whispers is blocked."""
    return await _switch(request, block)


@post("/whispers/show", include_in_schema=False, status_code=200)
async def show(request: AnyRequest) -> AnyAnswer:
    """See them again."""
    return await _switch(request, unblock)


async def _switch(request: AnyRequest, verb: Any) -> AnyAnswer:
    viewer = await must_be_signed_in(request)
    await form(request, Nothing)
    if voice := await _voice(request):
        await verb(engine_of(request).db, viewer, AccountId(voice), clock.now())
    return see("/whispers")


routes = [everybody_s, mine, say, answer_page, answer, delete, hide, show]

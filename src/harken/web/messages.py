"""Messages: what was said among a few, as chats. Nothing here needs JavaScript; with it, a chat is live."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from markupsafe import Markup

from .. import clock
from ..actions.check_words import Stopped
from ..actions.mark_conversation import read_conversation, remove_conversation
from ..actions.write_message import write_message
from ..api.requests import AnyRequest, count_post, engine_of, id_in_path
from ..errors import Invalid, NotAllowed, NotFound, TooMany
from ..model.account import Account
from ..model.paging import Window
from ..model.post import SeenPost, Visibility
from ..store import accounts, conversations, friends, tokens
from . import compose, faces, strangers
from .cards import Card, When, cards, when
from .compose import kind_words
from .kept import Kept, sign_in_first
from .languages import gettext_now as _
from .languages import said_date
from .pages import AnyAnswer, Nothing, form, fragment, must_be_signed_in, render, see, signed_in, spelling, zone_of
from .paging import PAGE, number, older, window
from .stopped import StoppedPost, explained

SAID = 40  # messages on one page of a chat
FOUND = 12  # people that a name finds
_PRIVATE = {"Cache-Control": "private, no-store"}
# The names that a direct post begins with say to whom it goes; in a chat that is plain.
_NAMES = re.compile(r'^(<p[^>]*>)(?:<span class="h-card"><a [^>]*>@<span>[^<]*</span></a></span>(?:\s|<br>)*)+')


class Chat(msgspec.Struct, kw_only=True):
    """One conversation on the list: with whom, its last message, and whether that is new."""

    id: int
    people: list[Account]
    last: SeenPost
    words: str
    own: bool
    new: bool
    when: When


class Bubble(msgspec.Struct, kw_only=True):
    """One message of a chat. `follows` one by the same person just before; `day` is named where it begins."""

    card: Card
    html: Markup
    follows: bool = False
    day: str = ""


class Written(msgspec.Struct, kw_only=True):
    """The form of a chat."""

    text: str = ""
    key: str = ""


def _last_words(post: SeenPost) -> str:
    """What a message says, without the names before it."""
    return post.spoiler or re.sub(r"^(?:@[\w.@-]+\s+)+", "", post.text) or post.text


def _with_whom(post: SeenPost, viewer: Account, people: dict[int, Account]) -> list[Account]:
    """Those who take part besides the viewer: as Mastodon's API has it, the author and those mentioned."""
    return [people[i] for i in dict.fromkeys([post.author_id, *post.mentions]) if i in people and i != viewer.id]


async def _people(request: AnyRequest, found: Sequence[SeenPost]) -> dict[int, Account]:
    db = engine_of(request).db
    people = await accounts.by_ids(db, {i for one in found for i in (one.author_id, *one.mentions)})
    await faces.load(db, people.values())
    return {account.id: account for account in people.values()}


@get("/messages", include_in_schema=False)
async def listed(request: AnyRequest) -> Response[bytes]:
    """Whom the viewer talks with in private, the latest first; with `to`, people whose name begins so."""
    viewer = await must_be_signed_in(request)
    db, now = engine_of(request).db, clock.now()
    found = await conversations.latest(db, viewer.id, window(request), now)
    shown = found[:PAGE]
    people = await _people(request, shown)
    marks = await conversations.read_marks(db, viewer.id, [one.conversation_id for one in shown])
    chats = [
        Chat(
            id=one.conversation_id, people=_with_whom(one, viewer, people), last=one, words=_last_words(one),
            own=one.author_id == viewer.id, when=when(one.created_at, now, request),
            new=one.author_id != viewer.id and one.id > marks.get(one.conversation_id, 0))
        for one in shown]
    asked = (request.query_params.get("to") or "").strip()[:100]
    matching: list[Account] = []
    if asked:
        begins = await accounts.beginning_with(db, asked, viewer.id, FOUND + 1, now)
        matching = [one for one in begins if one.id != viewer.id][:FOUND]
        await faces.load(db, matching)
    return await render(
        request, "messages.html", chats=chats, to=asked, matching=matching,
        aside=await strangers.waiting(request, viewer), older=older(request, [one.id for one in found]))


@get("/messages/with/{name:str}", include_in_schema=False)
async def with_somebody(request: AnyRequest, name: FromPath[str]) -> AnyAnswer:
    """The chat with one person: the one there is, or the beginning of one."""
    viewer = await must_be_signed_in(request)
    other = await _named(request, viewer, name)
    found = await conversations.find_with(engine_of(request).db, viewer.id, other.id, clock.now())
    if found is not None:
        return see(f"/messages/{found.conversation_id}")
    return await _chat(request, viewer, [other])


@post("/messages/with/{name:str}", include_in_schema=False, status_code=200)
async def begin(request: AnyRequest, name: FromPath[str]) -> AnyAnswer:
    """Write to somebody for the first time, or again after the chat was deleted."""
    viewer = await signed_in(request)
    if viewer is None:
        return await sign_in_first(request, f"with/{name}")
    other = await _named(request, viewer, name)
    given = await form(request, Written)
    found = await conversations.find_with(engine_of(request).db, viewer.id, other.id, clock.now())
    return await _write(request, viewer, [other], found, given)


async def _named(request: AnyRequest, viewer: Account, name: str) -> Account:
    """The account with this address, if the viewer may see it. Raises NotFound."""
    username, _at, domain = name.lstrip("@").partition("@")
    account = await accounts.find_by_name(engine_of(request).db, username, domain)
    if account is None or account.id == viewer.id:
        raise NotFound(_("Nobody here has this name."))
    found = await accounts.visible(engine_of(request).db, account.id, viewer.id)
    await faces.load(engine_of(request).db, [found])
    return found


@get("/messages/{conversation_id:str}", include_in_schema=False)
async def chat(request: AnyRequest, conversation_id: FromPath[str]) -> Response[bytes]:
    """One chat; seeing it reads it."""
    viewer = await must_be_signed_in(request)
    latest = await conversations.get_latest(
        engine_of(request).db, viewer.id, id_in_path(conversation_id), clock.now())
    people = await _people(request, [latest])
    return await _chat(request, viewer, _with_whom(latest, viewer, people), latest)


async def _chat(
    request: AnyRequest, viewer: Account, people: Sequence[Account], latest: SeenPost | None = None, *, text: str = "",
    error: str = "", stopped: StoppedPost | None = None,
) -> Response[bytes]:
    db, now = engine_of(request).db, clock.now()
    found: list[SeenPost] = []
    if latest is not None:
        found = await conversations.said(db, viewer.id, latest.conversation_id, window(request, SAID), now)
    bubbles = await _bubbles(request, found[:SAID])
    unwilling = await friends.refusing(db, viewer.id, [one.id for one in people]) if latest is None else {}
    names = ", ".join(one.shown_name for one in people)
    response = await render(
        request, "message.html", status=422 if error or stopped else 200, people=people,
        names=names or _("Notes to yourself"),
        conversation=latest.conversation_id if latest else 0, bubbles=bubbles, text=text, error=error, stopped=stopped,
        key=tokens.new_secret(), unwilling=bool(unwilling), limit=engine_of(request).settings.max_post_characters,
        newest=max((one.id for one in found), default=0), first="before" not in request.query_params,
        earlier=older(request, [one.id for one in found], SAID))
    if latest is not None:
        await _read(request, viewer, latest)
    return response


async def _read(request: AnyRequest, viewer: Account, latest: SeenPost) -> None:
    """Remember that the viewer has read up to `latest`; nothing is written where they had."""
    db = engine_of(request).db
    marks = await conversations.read_marks(db, viewer.id, [latest.conversation_id])
    if latest.author_id != viewer.id and latest.id > marks.get(latest.conversation_id, 0):
        await read_conversation(db, viewer, latest.conversation_id, clock.now())


async def _bubbles(request: AnyRequest, newest_first: Sequence[SeenPost]) -> list[Bubble]:
    """The messages as they are read: oldest first, those of one person together, each day named."""
    made = await cards(request, newest_first[::-1], context="thread")
    zone, language = zone_of(request), spelling(request).language
    bubbles = [
        Bubble(card=card, html=Markup(_NAMES.sub(r"\1", str(card.html), count=1))) for card in made]
    for bubble in bubbles:
        bubble.card.html = bubble.html
    if bubbles:
        bubbles[0].day = said_date(bubbles[0].card.post.created_at.astimezone(zone), language, False)
    for before, bubble in pairwise(bubbles):
        earlier = before.card.post.created_at.astimezone(zone)
        this = bubble.card.post.created_at.astimezone(zone)
        if earlier.date() != this.date():
            bubble.day = said_date(this, language, False)
        bubble.follows = (
            not bubble.day and before.card.author.id == bubble.card.author.id and (this - earlier).seconds < 300)
    return bubbles


@get("/fragments/messages/{conversation_id:str}", include_in_schema=False)
async def newer(request: AnyRequest, conversation_id: FromPath[str]) -> Response[bytes]:
    """Messages after `after`, for a chat that stays open; seeing them reads them."""
    viewer = await must_be_signed_in(request)
    db, now = engine_of(request).db, clock.now()
    latest = await conversations.get_latest(db, viewer.id, id_in_path(conversation_id), now)
    found = await conversations.said(
        db, viewer.id, latest.conversation_id, Window(limit=SAID, after=number(request, "after", 0)), now)
    text = fragment(request, "fragments/messages.html", bubbles=await _bubbles(request, found))
    await _read(request, viewer, latest)
    return Response(text.encode("utf-8", "replace"), media_type="text/html", headers=_PRIVATE)


@post("/messages/{conversation_id:str}", include_in_schema=False, status_code=200)
async def answer(request: AnyRequest, conversation_id: FromPath[str]) -> AnyAnswer:
    """Say something in a chat."""
    viewer = await signed_in(request)
    if viewer is None:
        return await sign_in_first(request, conversation_id)
    given = await form(request, Written)
    latest = await conversations.get_latest(
        engine_of(request).db, viewer.id, id_in_path(conversation_id), clock.now())
    people = await _people(request, [latest])
    return await _write(request, viewer, _with_whom(latest, viewer, people), latest, given)


async def given_back(request: AnyRequest, viewer: Account, kept: Kept) -> Response[bytes]:
    """A chat with what the viewer wrote before they had to sign in; a box of its own where the chat is not theirs."""
    db, now = engine_of(request).db, clock.now()
    try:
        if kept.chat.startswith("with/"):
            people = [await _named(request, viewer, kept.chat.removeprefix("with/"))]
            latest = await conversations.find_with(db, viewer.id, people[0].id, now)
        else:
            latest = await conversations.get_latest(db, viewer.id, id_in_path(kept.chat), now)
            people = _with_whom(latest, viewer, await _people(request, [latest]))
    except NotFound:
        return await compose.given_back(request, viewer, Kept(text=kept.text, visibility=Visibility.DIRECT))
    return await _chat(request, viewer, people, latest, text=kept.text)


async def _write(
    request: AnyRequest, viewer: Account, people: Sequence[Account], latest: SeenPost | None, given: Written
) -> AnyAnswer:
    engine = engine_of(request)
    try:
        count_post(request, viewer)
        made = await write_message(
            engine.db, viewer, people, given.text, clock.now(), parent=latest, language=spelling(request).language,
            max_characters=engine.settings.max_post_characters, key=given.key[:100])
    except Stopped as error:
        shown = await explained(request, viewer, error, given.text, int(Visibility.DIRECT))
        return await _chat(request, viewer, people, latest, text=given.text, stopped=shown)
    except (Invalid, NotAllowed, TooMany) as refused:
        return await _chat(
            request, viewer, people, latest, text=given.text,
            error=kind_words(refused, engine.settings.max_post_characters))
    return see(f"/messages/{made.conversation_id}#end")


@post("/messages/{conversation_id:str}/delete", include_in_schema=False, status_code=200)
async def delete(request: AnyRequest, conversation_id: FromPath[str]) -> AnyAnswer:
    """Delete a chat for the viewer; the others keep what was said."""
    viewer = await must_be_signed_in(request)
    await form(request, Nothing)
    await remove_conversation(engine_of(request).db, viewer, id_in_path(conversation_id), clock.now())
    return see("/messages")


routes = [listed, with_somebody, begin, chat, newer, answer, delete]

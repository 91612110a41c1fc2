"""The post box, what people do with posts, and the conversation page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from .. import clock
from ..actions import block, boost_post, delete_post, edit_post, keep_post, publish_post, quote_post, schedule_post
from ..actions.vote import vote
from ..api.requests import AnyRequest, count_post, engine_of, id_in_path
from ..errors import Invalid, NotAllowed, NotFound, RelatedNotFound, TooMany, TryLater
from ..ids import PostId, parse_id
from ..model.account import Account
from ..model.poll import Ballot
from ..model.post import Draft, Post, QuotePolicy, SeenPost, Visibility
from ..store import accounts, members, posts, tokens
from ..store.database import Database
from ..text.commands import literal
from . import attachments, commands, languages
from .cards import Card, cards, visibility_names, when
from .languages import gettext_now as _
from .pages import (
    form,
    fragment,
    is_htmx,
    must_be_signed_in,
    render,
    safe_path,
    see,
    signed_in,
    spelling,
    visit_of,
    zone_of,
)

AnyAnswer = Response[Any] | Redirect
MAX_SHOWN = 400  # answers below a post on one page; a link shows the rest
UNFOLDED = 20  # posts before and after a search result whose conversation is unfolded in place


class Box(msgspec.Struct, kw_only=True):
    """What a post box holds when it is shown."""

    text: str = ""
    spoiler: str = ""
    visibility: int = 0
    language: str = ""
    reply_to: str = ""
    error: str = ""
    key: str = ""
    limit: int = 500
    visibilities: list[tuple[int, str, str]] = []
    languages: list[tuple[str, str]] = []
    sensitive: bool = False
    quote: str = ""
    options: list[str] = []
    lasts: int = 86_400
    multiple: bool = False
    hide_totals: bool = False
    later: str = ""
    quotes: str = ""
    taken: list[attachments.Taken] = []
    carried: list[attachments.Taken] = []  # of a post that is edited


class Submitted(msgspec.Struct, kw_only=True):
    """The post box as it is sent."""

    text: str = ""
    spoiler: str = ""
    visibility: int = 0
    language: str = ""
    reply_to: str = ""
    key: str = ""
    back: str = ""
    sensitive: str = ""
    quote: str = ""
    option: list[str] | str = []
    lasts: int = 86_400
    multiple: str = ""
    hide_totals: str = ""
    later: str = ""
    quotes: str = ""
    file: Any = None
    alt: list[str] | str = []
    taken: list[str] | str = []
    described: list[str] | str = []  # what `alt` is about, when a post is edited

    @property
    def alts(self) -> dict[int, str]:
        """What each file that the post carries is said to be now, by its id."""
        ids, alts = ([one] if isinstance(one, str) else one for one in (self.described, self.alt))
        return {number: alt for text, alt in zip(ids, alts, strict=False) if (number := parse_id(text)) is not None}

    @property
    def files(self) -> attachments.Chosen:
        return attachments.Chosen(file=self.file, alt=self.alt, taken=self.taken)

    @property
    def options(self) -> list[str]:
        return ([self.option] if isinstance(self.option, str) else self.option)[:20]

    @property
    def ballot(self) -> Ballot | None:
        """The poll, if any choice was written."""
        if not any(option.strip() for option in self.options):
            return None
        return Ballot(options=tuple(self.options), seconds=self.lasts, multiple=bool(self.multiple),
                      hide_totals=bool(self.hide_totals))


class Back(msgspec.Struct, kw_only=True):
    """Where a form came from."""

    back: str = "/"


def box(request: AnyRequest, **given: Any) -> Box:
    """An empty post box with the member's defaults, or with what is `given`."""
    visit, engine = visit_of(request), engine_of(request)
    reader = spelling(request).language
    known = dict.fromkeys([visit.language, *(code.strip() for code in engine.settings.languages.split(","))])
    written = given.get("language") or visit.language
    known = {code: None for code in (written, *known) if code}
    defaults: dict[str, Any] = {
        "visibility": visit.default_visibility, "language": visit.language, "key": tokens.new_secret(),
        "sensitive": visit.default_sensitive,
    }
    return Box(
        limit=engine.settings.max_post_characters,
        visibilities=[(int(v), *names) for v, names in visibility_names().items()],
        languages=[(code, languages.language_name(code, reader)) for code in known],
        **(defaults | given))


# ---- writing ------------------------------------------------------------------------


@get("/compose", include_in_schema=False)
async def compose(request: AnyRequest) -> Response[bytes]:
    """A post box of its own; with `reply_to`, below the post that it answers."""
    viewer = await must_be_signed_in(request)
    query = request.query_params
    reply_to, quote = query.get("reply_to") or "", query.get("quote") or ""
    text = (query.get("text") or "")[:5000]
    if quote:
        quoted = await _original(
            request, await posts.visible(engine_of(request).db, id_in_path(quote), viewer.id), viewer.id)
        card = (await cards(request, [quoted]))[0]
        return await render(
            request, "compose.html", box=box(request, text=text, quote=str(quoted.id)), parent=None, quoted=card)
    if not reply_to:
        return await render(request, "compose.html", box=box(request, text=text), parent=None, quoted=None)
    parent = await posts.visible(engine_of(request).db, id_in_path(reply_to), viewer.id)
    parent = await _original(request, parent, viewer.id)
    card = (await cards(request, [parent]))[0]
    return await render(
        request, "compose.html", box=await answer_box(request, viewer, parent), parent=card, quoted=None)


async def answer_box(request: AnyRequest, viewer: Account, parent: SeenPost) -> Box:
    """A box that answers `parent`: its people, its warning, nothing wider than it."""
    people = await accounts.by_ids(engine_of(request).db, [parent.author_id, *parent.mentions])
    names = [
        f"@{people[i].address}" for i in dict.fromkeys([parent.author_id, *parent.mentions])
        if i in people and i != viewer.id]
    narrow = max(int(parent.visibility), visit_of(request).default_visibility)
    if narrow == Visibility.SET:
        narrow = int(Visibility.DIRECT)
    return box(
        request, text=" ".join(names) + " " if names else "", reply_to=str(parent.id), visibility=narrow,
        spoiler=parent.spoiler)


async def _original(request: AnyRequest, seen: SeenPost, viewer: int) -> SeenPost:
    return await posts.visible(engine_of(request).db, seen.boost_of_id, viewer) if seen.boost_of_id else seen


@post("/compose", include_in_schema=False, status_code=200)
async def publish(request: AnyRequest) -> AnyAnswer:
    """Publish what the box holds; what cannot be published comes back with the reason, text and all."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Submitted)
    engine = engine_of(request)
    reply_to = parse_id(given.reply_to) if given.reply_to else None
    count_post(request, viewer)
    quote = parse_id(given.quote) if given.quote else None
    if not (reply_to or quote or given.ballot or given.later or given.spoiler.strip() or given.files.has_files):
        answer = await commands.answered(
            request, viewer, commands.Meant(given.text, given.visibility, _language(given.language) or "", given.key))
        if answer is not None:
            return answer
    carried: list[int] = []
    try:
        await attachments.take(request, viewer, given.files, carried)
        draft = Draft(
            text=literal(given.text), spoiler=given.spoiler, visibility=_visibility(given.visibility),
            language=_chosen(request, given.language), usual_language=_language(given.language),
            sensitive=bool(given.sensitive),
            in_reply_to_id=PostId(reply_to) if reply_to else None,
            quote_of_id=PostId(quote) if quote else None, poll=given.ballot, media=tuple(carried),
            quote_policy=await _quote_policy(request, viewer, given.quotes))
        now, most = clock.now(), engine.settings.max_post_characters
        if given.later:
            await schedule_post.schedule_post(
                engine.db, viewer, draft, moment_here(request, given.later), now, max_characters=most,
                key=given.key[:100])
            return see("/scheduled")
        made = await publish_post.publish_post(
            engine.db, viewer, draft, now, max_characters=most, idempotency_key=given.key[:100])
    except (Invalid, NotAllowed, RelatedNotFound, TooMany, TryLater) as refused:
        parent = quoted = None
        if quote:
            found = await posts.visible_by_ids(engine.db, [quote], viewer.id)
            quoted = next(iter(await cards(request, list(found.values()))), None)
        if reply_to:
            found = await posts.visible_by_ids(engine.db, [reply_to], viewer.id)
            parent = next(iter(await cards(request, list(found.values()))), None)
        back = box(
            request, text=given.text, spoiler=given.spoiler, visibility=given.visibility, language=given.language,
            reply_to=given.reply_to, quote=given.quote, options=given.options, lasts=given.lasts,
            multiple=bool(given.multiple), hide_totals=bool(given.hide_totals), later=given.later,
            quotes=given.quotes, sensitive=bool(given.sensitive),
            taken=await attachments.taken(request, viewer, carried),
            error=kind_words(refused, engine.settings.max_post_characters))
        return await render(request, "compose.html", status=422, box=back, parent=parent, quoted=quoted)
    if given.reply_to:
        return see(f"/@{viewer.address}/{made.id}")
    return see(f"/?posted={made.id}")


async def _quote_policy(request: AnyRequest, viewer: Account, chosen: str) -> QuotePolicy:
    """Who may quote it, as chosen in the box; without a choice as usual."""
    if chosen in ("0", "1", "2"):
        return QuotePolicy(int(chosen))
    member = await members.find(engine_of(request).db, viewer.id)
    return QuotePolicy(member.default_quote_policy) if member else QuotePolicy.NOBODY


def moment_here(request: AnyRequest, text: str) -> datetime:
    """A moment as a browser's field for date and time writes it, on the reader's clock. Raises Invalid."""
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=zone_of(request)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(_("Write the time like 2030-06-12 15:30."), "later") from error


def kind_words(error: Exception, limit: int) -> str:
    """The reason without the words that programs expect."""
    text = str(error).removeprefix("Validation failed: ")
    if "limit of" in text:
        return _("This is longer than %(limit)d characters. Shorten it, or say it in two posts.") % {"limit": limit}
    if text.startswith(("Choices", "Deadline")):
        return _("A poll needs two to four different choices, each of at most 50 characters.")
    if "must be in the future" in text:
        return _("Choose a time that is at least five minutes from now.")
    if text.startswith("Text can't be blank"):
        return _("There is nothing to post yet: write something first.")
    return _(text)


def _visibility(number: int) -> Visibility:
    try:
        return Visibility(number)
    except ValueError as error:
        raise Invalid(_("Choose who may read this."), "visibility") from error


def _chosen(request: AnyRequest, code: str) -> str | None:
    """The language that somebody set in the box; one's usual one stands there by itself and is no choice."""
    return None if code == visit_of(request).language else _language(code)


def _language(code: str) -> str | None:
    return code if 2 <= len(code) <= 12 and code.replace("-", "").isalnum() and code.isascii() else None


async def own_post(request: AnyRequest, post_id: str) -> tuple[Account, SeenPost]:
    """The viewer and a post of theirs. Raises NotFound for anybody else's."""
    viewer = await must_be_signed_in(request)
    found = await posts.visible(engine_of(request).db, id_in_path(post_id), viewer.id)
    if found.author_id != viewer.id or found.boost_of_id:
        raise NotFound(_("You have no such post."))
    return viewer, found


@get("/edit/{post_id:str}", include_in_schema=False)
async def edit(request: AnyRequest, post_id: FromPath[str]) -> Response[bytes]:
    """The box with an own post in it."""
    _viewer, found = await own_post(request, post_id)
    return await render(request, "edit.html", post=found, box=box(
        request, text=found.text, spoiler=found.spoiler, visibility=int(found.visibility),
        language=found.language or visit_of(request).language, sensitive=found.sensitive,
        carried=await attachments.carried(request, found.media)))


@post("/edit/{post_id:str}", include_in_schema=False, status_code=200)
async def save(request: AnyRequest, post_id: FromPath[str]) -> AnyAnswer:
    """Replace the text of an own post; its earlier versions stay readable."""
    viewer, found = await own_post(request, post_id)
    given = await form(request, Submitted)
    engine = engine_of(request)
    before = found.language or visit_of(request).language
    try:
        await edit_post.edit_post(
            engine.db, viewer, found.id, text=given.text, spoiler=given.spoiler, sensitive=bool(given.sensitive),
            # What the box was filled with is no choice.
            language=_language(given.language) if given.language != before else None, keep_poll=True,
            media_changes=[edit_post.MediaChange(number, alt) for number, alt in given.alts.items()],
            now=clock.now(), max_characters=engine.settings.max_post_characters)
    except (Invalid, NotAllowed) as refused:
        return await render(request, "edit.html", status=422, post=found, box=box(
            request, text=given.text, spoiler=given.spoiler, visibility=int(found.visibility), language=given.language,
            sensitive=bool(given.sensitive), error=kind_words(refused, engine.settings.max_post_characters),
            carried=await attachments.carried(request, found.media, given.alts)))
    return see(f"/@{viewer.address}/{found.id}")


# ---- doing something with a post -------------------------------------------------------

Verb = Callable[[Database, Account, PostId], Awaitable[object]]


def _boost(db: Database, viewer: Account, target: PostId) -> Awaitable[object]:
    return boost_post.boost_post(db, viewer, target, clock.now())


async def _unquote(db: Database, viewer: Account, target: PostId) -> None:
    """Take one's own post out of the one that quotes it."""
    seen = await posts.visible(db, target, viewer.id)
    if not seen.quote_of_id:
        raise NotFound(_("There is no such quote."))
    await quote_post.revoke_quote(db, viewer, seen.quote_of_id, target, clock.now())


VERBS: dict[str, Verb] = {
    "boost": _boost,
    "unboost": lambda db, who, which: boost_post.unboost_post(db, who, which, clock.now()),
    "favourite": lambda db, who, which: keep_post.favourite_post(db, who, which, clock.now()),
    "unfavourite": lambda db, who, which: keep_post.unfavourite_post(db, who, which, clock.now()),
    "bookmark": lambda db, who, which: keep_post.bookmark_post(db, who, which, clock.now()),
    "unbookmark": lambda db, who, which: keep_post.unbookmark_post(db, who, which),
    "pin": lambda db, who, which: keep_post.pin_post(db, who, which, clock.now()),
    "unpin": lambda db, who, which: keep_post.unpin_post(db, who, which),
    "unquote": _unquote,
    "mute": lambda db, who, which: block.mute_conversation(db, who, which),
    "unmute": lambda db, who, which: block.unmute_conversation(db, who, which),
}


@post("/posts/{post_id:str}/{verb:str}", include_in_schema=False, status_code=200)
async def do(request: AnyRequest, post_id: FromPath[str], verb: FromPath[str]) -> AnyAnswer:
    """One button below a post: answers with its new footer (htmx), or goes back to where it stood."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Back)
    db, target = engine_of(request).db, PostId(id_in_path(post_id))
    act = VERBS.get(verb)
    if act is None:
        raise NotFound(_("There is no such page."))
    await act(db, viewer, target)
    seen = await posts.visible(db, target, viewer.id)
    if is_htmx(request):
        card = (await cards(request, [seen]))[0]
        return await render(request, "fragments/actions.html", card=card, back=safe_path(given.back))
    return see(f"{safe_path(given.back).partition('#')[0]}#post-{target}")


class Vote(msgspec.Struct, kw_only=True):
    """What was chosen in a poll."""

    choice: list[int] | int = []
    back: str = "/"


@post("/posts/{post_id:str}/vote", include_in_schema=False, status_code=200)
async def choose(request: AnyRequest, post_id: FromPath[str]) -> AnyAnswer:
    """Vote in the poll of a post, then back to where it stood."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Vote)
    target = PostId(id_in_path(post_id))
    choices = [given.choice] if isinstance(given.choice, int) else given.choice[:50]
    if not choices:
        raise Invalid(_("Choose something before you vote."), "choice")
    await vote(engine_of(request).db, viewer, target, choices, clock.now())
    return see(f"{safe_path(given.back).partition('#')[0]}#post-{target}")


@get("/posts/{post_id:str}/delete", include_in_schema=False)
async def confirm_delete(request: AnyRequest, post_id: FromPath[str]) -> Response[bytes]:
    """Ask before deleting."""
    _viewer, found = await own_post(request, post_id)
    card = (await cards(request, [found]))[0]
    return await render(request, "delete.html", card=card, back=safe_path(request.query_params.get("back") or "/"))


@post("/posts/{post_id:str}/delete", include_in_schema=False, status_code=200)
async def delete(request: AnyRequest, post_id: FromPath[str]) -> AnyAnswer:
    """Delete an own post, then back to where it stood, unless that was its own page."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Back)
    target = PostId(id_in_path(post_id))
    await delete_post.delete_post(engine_of(request).db, viewer, target, clock.now())
    here = safe_path(given.back)
    return see("/" if f"/{target}" in here else here)


@get("/posts/{post_id:str}/history", include_in_schema=False)
async def history(request: AnyRequest, post_id: FromPath[str]) -> Response[bytes]:
    """What a post said before it was edited."""
    viewer = await signed_in(request)
    db = engine_of(request).db
    found = await posts.visible(db, id_in_path(post_id), viewer.id if viewer else 0)
    card = (await cards(request, [found]))[0]
    earlier = [(when(e.created_at, clock.now(), request), e) for e in (await posts.edits(db, found.id))[::-1]]
    return await render(request, "history.html", card=card, earlier=earlier)


# ---- the conversation ---------------------------------------------------------------------


class Tree(msgspec.Struct, kw_only=True):
    """A conversation around one post: those above it, and those below with their depth, in reading order."""

    above: list[SeenPost]
    below: list[tuple[SeenPost, int]]
    elsewhere: int
    root: Post


def arranged(focus: SeenPost, everything: Iterable[SeenPost]) -> Tree:
    """The tree around `focus`. Walks without recursion: conversations can be thousands deep."""
    by_id = {seen.id: seen for seen in everything} | {focus.id: focus}
    children: dict[int, list[SeenPost]] = {}
    for seen in sorted(by_id.values(), key=lambda s: s.id):
        if seen.in_reply_to_id:
            children.setdefault(seen.in_reply_to_id, []).append(seen)
    above: list[SeenPost] = []
    taken = {focus.id}
    step = focus
    while step.in_reply_to_id in by_id and step.in_reply_to_id not in taken:
        step = by_id[step.in_reply_to_id]
        taken.add(step.id)
        above.append(step)
    below: list[tuple[SeenPost, int]] = []
    waiting = [(child, 1) for child in reversed(children.get(focus.id, []))]
    while waiting:
        seen, depth = waiting.pop()
        if seen.id in taken:
            continue
        taken.add(seen.id)
        below.append((seen, depth))
        # An only child continues its parent: a long exchange of two people does not wander off to the right.
        answers = children.get(seen.id, [])
        deeper = depth + 1 if len(answers) > 1 or depth == 1 else depth
        waiting += [(child, deeper) for child in reversed(answers)]
    return Tree(above=above[::-1], below=below, elsewhere=len(by_id) - len(taken), root=above[-1] if above else focus)


async def conversation(request: AnyRequest, focus: SeenPost) -> Response[bytes]:
    """The conversation page of a post."""
    viewer = await signed_in(request)
    db = engine_of(request).db
    everything = await posts.visible_conversation(db, focus, viewer.id if viewer else 0)
    tree = arranged(focus, everything)
    shown = tree.below if "all" in request.query_params else tree.below[:MAX_SHOWN]
    in_order = [*tree.above, focus, *(seen for seen, _depth in shown)]
    others = [seen for seen in in_order if seen.id != focus.id]
    made = {card.post.id: card for card in await cards(request, others, context="thread")}
    made |= {card.post.id: card for card in await cards(request, [focus])}  # somebody wants to read this very post
    previous = 0
    for seen in in_order:  # a reply right below its parent need not say whom it answers
        card = made.get(seen.id)
        if card and seen.in_reply_to_id == previous:
            card.parent_name = ""
        previous = seen.id
    for seen, depth in shown:
        if seen.id in made:
            made[seen.id].depth = depth
    centre: Card = made[focus.id]
    centre.focus = True
    return await render(
        request, "conversation.html", card=centre,
        above=[made[seen.id] for seen in tree.above if seen.id in made],
        below=[made[seen.id] for seen, _depth in shown if seen.id in made],
        hidden=len(tree.below) - len(shown), elsewhere=tree.elsewhere,
        root=made.get(tree.root.id, centre),
        box=await answer_box(request, viewer, focus) if viewer else None)


@get("/fragments/conversation/{post_id:str}", include_in_schema=False)
async def thread(request: AnyRequest, post_id: FromPath[str]) -> Response[bytes]:
    """The conversation around a post, short, for unfolding it below a search result: UNFOLDED posts either way."""
    viewer = await signed_in(request)
    me = viewer.id if viewer else 0
    db = engine_of(request).db
    focus = await _original(request, await posts.visible(db, id_in_path(post_id), me), me)
    tree = arranged(focus, await posts.visible_conversation(db, focus, me))
    above, below = tree.above[-UNFOLDED:], tree.below[:UNFOLDED]
    said = await cards(request, [*above, focus, *(seen for seen, _depth in below)])
    depths = {seen.id: depth for seen, depth in below}
    for card in said:
        card.depth, card.focus = depths.get(card.post.id, 0), card.post.id == focus.id
    rest = len(tree.above) + len(tree.below) + tree.elsewhere - len(above) - len(below)
    text = fragment(request, "fragments/thread.html", said=said, rest=rest)
    return Response(
        text.encode("utf-8", "replace"), media_type="text/html", headers={"Cache-Control": "private, no-store"})


uploads = [compose, publish]
routes = [edit, save, do, choose, confirm_delete, delete, history, thread]

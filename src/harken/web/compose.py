"""The post box: what it holds when it is shown, what is sent with it, and editing with it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from .. import clock
from ..actions import edit_post, publish_post, schedule_post
from ..actions.check_words import Stopped
from ..api.requests import AnyRequest, count_post, engine_of, id_in_path
from ..errors import Invalid, NotAllowed, RelatedNotFound, TooLarge, TooMany, TryLater
from ..ids import PostId, parse_id
from ..model.account import Account, name_key
from ..model.circle import PeopleSet
from ..model.poll import Ballot
from ..model.post import AnswerPolicy, Draft, QuotePolicy, SeenPost, Visibility
from ..store import accounts, members, posts, sets, tokens
from ..text.catalogues import zones
from ..text.commands import literal
from . import attachments, commands, files, languages, verbs
from .cards import cards, visibility_names
from .kept import Kept, sign_in_first
from .languages import gettext_now as _
from .occasions import EventFields, fields_of
from .pages import AnyAnswer, form, must_be_signed_in, render, see, signed_in, spelling, visit_of, zone_of
from .posts import original, own_post
from .stopped import StoppedPost, explained, told


class Box(msgspec.Struct, kw_only=True):
    """What a post box holds when it is shown."""

    text: str = ""
    spoiler: str = ""
    visibility: int = 0
    language: str = ""
    reply_to: str = ""
    error: str = ""
    stopped: StoppedPost | None = None
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
    verb: str = ""
    verbs: list[tuple[str, str]] = []
    answers: int = 0
    sets: list[PeopleSet] = []  # of the member's, to choose from
    chosen: list[int] = []  # the sets that are ticked
    friends: bool = False
    names: str = ""
    event: EventFields = msgspec.field(default_factory=EventFields)
    zones: tuple[str, ...] = ()  # to choose from, on a page that is about an event
    link: str = ""
    document: str = ""  # a file that is here already
    kind: str = ""  # what the page is about: event, link
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
    verb: str = ""
    answers: int = 0
    sets: list[str] | str = []
    friends: str = ""
    names: str = ""
    event: EventFields = msgspec.field(default_factory=EventFields)
    link: str = ""
    document: Any = None
    document_id: str = ""
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
    def chosen(self) -> list[int]:
        """The sets that are ticked."""
        ids = ([self.sets] if isinstance(self.sets, str) else self.sets)[:100]
        return [number for text in ids if (number := parse_id(text)) is not None]

    @property
    def for_some(self) -> bool:
        """Whether it is for sets, friends or people by name, whatever else the box says of who may read it."""
        return bool(self.chosen or self.friends or self.names.strip())

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


async def own_box(request: AnyRequest, viewer: Account, **given: Any) -> Box:
    """A box that begins a conversation, with the sets that it may be for: one statement."""
    return box(request, sets=await sets.of_owner(engine_of(request).db, viewer.id), **given)


def box(request: AnyRequest, **given: Any) -> Box:
    """An empty post box with the member's defaults, or with what is `given`."""
    visit, engine = visit_of(request), engine_of(request)
    reader = spelling(request).language
    known = dict.fromkeys([visit.language, *(code.strip() for code in engine.settings.languages.split(","))])
    written = given.get("language") or visit.language
    known = {code: None for code in (written, *known) if code}
    defaults: dict[str, Any] = {
        "visibility": visit.default_visibility, "language": visit.language, "key": tokens.new_secret(),
        "sensitive": visit.default_sensitive, "event": fields_of(request),
    }
    return Box(
        limit=engine.settings.max_post_characters,
        visibilities=[(int(v), *names) for v, names in visibility_names().items()],
        verbs=list(verbs.words().items()),
        languages=[(code, languages.language_name(code, reader)) for code in known],
        **(defaults | given))


async def named_people(request: AnyRequest, names: str) -> list[Account]:
    """The accounts of `@ana, ben @cleo@example.org`, in order. Raises Invalid naming the first that is nobody's."""
    written = [name.strip().removeprefix("@") for name in names[:5000].replace(",", " ").split()]
    keys = {name: name_key(*name.split("@", 1)) for name in written if name}
    if not keys:
        raise Invalid(_("Write the @names of people, with spaces or commas between."), "names")
    known = await accounts.by_names(engine_of(request).db, list(keys.values()))
    for name, key in keys.items():
        if key not in known:
            raise Invalid(_("There is nobody called @%(name)s here.") % {"name": name[:60]}, "names")
    return list({known[key].id: known[key] for key in keys.values()}.values())


@get("/compose", include_in_schema=False)
async def compose(request: AnyRequest) -> Response[bytes]:
    """A post box of its own; with `reply_to`, below the post that it answers."""
    viewer = await must_be_signed_in(request)
    query = request.query_params
    reply_to, quote = query.get("reply_to") or "", query.get("quote") or ""
    text = (query.get("text") or "")[:5000]
    if quote:
        quoted = await original(
            request, await posts.visible(engine_of(request).db, id_in_path(quote), viewer.id), viewer.id)
        card = (await cards(request, [quoted]))[0]
        return await render(
            request, "compose.html", box=await own_box(request, viewer, text=text, quote=str(quoted.id)), parent=None,
            quoted=card)
    if not reply_to:
        chosen = parse_id(query.get("set") or "")
        kind = query.get("kind") or ""
        filled = await own_box(
            request, viewer, text=text, chosen=[chosen] if chosen else [], kind=kind,
            zones=zones() if kind == "event" else (), link=(query.get("link") or "")[:2000])
        return await render(request, "compose.html", box=filled, parent=None, quoted=None)
    parent = await posts.visible(engine_of(request).db, id_in_path(reply_to), viewer.id)
    parent = await original(request, parent, viewer.id)
    card = (await cards(request, [parent]))[0]
    return await render(
        request, "compose.html", box=await answer_box(request, viewer, parent), parent=card, quoted=None)


async def given_back(request: AnyRequest, viewer: Account, kept: Kept) -> Response[bytes]:
    """The box with what the viewer wrote before they had to sign in; what it answered may be gone since."""
    db = engine_of(request).db
    named = [number for text in (kept.reply_to, kept.quote) if (number := parse_id(text)) is not None]
    found = await posts.visible_by_ids(db, named, viewer.id)
    seen = {str(number): post for number, post in found.items()}
    parent, quoted = seen.get(kept.reply_to), seen.get(kept.quote)
    made = await answer_box(request, viewer, parent) if parent else await own_box(
        request, viewer, quote=str(quoted.id) if quoted else "")
    made.text, made.spoiler, made.verb = kept.text, kept.spoiler, kept.verb
    made.visibility = kept.visibility
    if kept.language in dict(made.languages):
        made.language = kept.language
    shown = {card.post.id: card for card in await cards(request, [one for one in (parent, quoted) if one])}
    return await render(
        request, "compose.html", box=made, parent=shown[parent.id] if parent else None,
        quoted=shown[quoted.id] if quoted else None)


async def answer_box(request: AnyRequest, viewer: Account, parent: SeenPost) -> Box:
    """A box that answers `parent`: its people, its warning, nothing wider than it."""
    people = await accounts.by_ids(engine_of(request).db, [parent.author_id, *parent.mentions])
    names = [
        f"@{people[i].address}" for i in dict.fromkeys([parent.author_id, *parent.mentions])
        if i in people and i != viewer.id]
    narrow = max(int(parent.visibility), visit_of(request).default_visibility)
    made = box(
        request, text=" ".join(names) + " " if names else "", reply_to=str(parent.id), visibility=narrow,
        spoiler=parent.spoiler)
    if parent.visibility is Visibility.SET:  # it stays among them, or goes to fewer
        among = (int(Visibility.SET), _("Those who were told"), _("Only the people who can read what you answer"))
        made.visibilities = [among, *(one for one in made.visibilities if one[0] == Visibility.DIRECT)]
    return made


@post("/compose", include_in_schema=False, status_code=200)
async def publish(request: AnyRequest) -> AnyAnswer:
    """Publish what the box holds; what cannot be published comes back with the reason, text and all."""
    viewer = await signed_in(request)
    if viewer is None:
        return await sign_in_first(request)
    given = await form(request, Submitted)
    engine = engine_of(request)
    reply_to = parse_id(given.reply_to) if given.reply_to else None
    count_post(request, viewer)
    quote = parse_id(given.quote) if given.quote else None
    more = (given.ballot, given.later, given.verb, given.for_some, given.spoiler.strip(), given.files.has_files,
            given.event.given, given.link.strip(), given.document_id, getattr(given.document, "filename", ""))
    if not (reply_to or quote or any(more)):
        answer = await commands.answered(
            request, viewer, commands.Meant(given.text, given.visibility, _language(given.language) or "", given.key))
        if answer is not None:
            return answer
    carried: list[int] = []
    document = 0
    try:
        await attachments.take(request, viewer, given.files, carried)
        document = await files.take(request, viewer, given.document, given.document_id)
        draft = Draft(
            text=literal(given.text), spoiler=given.spoiler,
            visibility=Visibility.SET if given.for_some else _visibility(given.visibility),
            sets=tuple(given.chosen), friends=bool(given.friends),
            recipients=tuple(one.id for one in await named_people(request, given.names)) if given.names.strip() else (),
            language=_chosen(request, given.language), usual_language=_language(given.language),
            sensitive=bool(given.sensitive),
            in_reply_to_id=PostId(reply_to) if reply_to else None, verb=given.verb or None,
            answers=_answers(given.answers),
            quote_of_id=PostId(quote) if quote else None, poll=given.ballot, media=tuple(carried),
            event=given.event.invitation if given.event.given else None, link=given.link.strip(), file=document,
            quote_policy=await _quote_policy(request, viewer, given.quotes))
        now, most = clock.now(), engine.settings.max_post_characters
        if given.later:
            await schedule_post.schedule_post(
                engine.db, viewer, draft, moment_here(request, given.later), now, max_characters=most,
                key=given.key[:100])
            return see("/scheduled")
        made = await publish_post.publish_post(
            engine.db, viewer, draft, now, max_characters=most, idempotency_key=given.key[:100])
    except (Invalid, NotAllowed, RelatedNotFound, TooLarge, TooMany, TryLater) as refused:
        parent = quoted = None
        if quote:
            found = await posts.visible_by_ids(engine.db, [quote], viewer.id)
            quoted = next(iter(await cards(request, list(found.values()))), None)
        if reply_to:
            found = await posts.visible_by_ids(engine.db, [reply_to], viewer.id)
            parent = next(iter(await cards(request, list(found.values()))), None)
        back = box(
            request, text=given.text, spoiler=given.spoiler, visibility=given.visibility, language=given.language,
            reply_to=given.reply_to, quote=given.quote,
            options=given.options if given.ballot else [], lasts=given.lasts,
            multiple=bool(given.multiple), hide_totals=bool(given.hide_totals), later=given.later,
            event=given.event, link=given.link, document=str(document or ""),
            quotes=given.quotes, verb=given.verb, answers=given.answers,
            chosen=given.chosen, friends=bool(given.friends), names=given.names,
            sets=await sets.of_owner(engine.db, viewer.id), sensitive=bool(given.sensitive),
            taken=await attachments.taken(request, viewer, carried),
            **await _wrong(request, viewer, refused, given.text,
                           int(Visibility.SET) if given.for_some else given.visibility))
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


async def _wrong(
    request: AnyRequest, viewer: Account, error: Exception, text: str, visibility: int
) -> dict[str, Any]:
    """What the box shows of an error: a sentence, or which words the reply check stopped."""
    if isinstance(error, Stopped):
        return {"stopped": await explained(request, viewer, error, text, visibility)}
    return {"error": kind_words(error, engine_of(request).settings.max_post_characters)}


def kind_words(error: Exception, limit: int) -> str:
    """The reason without the words that programs expect."""
    if isinstance(error, Stopped):
        return told(error)
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


def _answers(number: int) -> AnswerPolicy:
    try:
        return AnswerPolicy(number)
    except ValueError as error:
        raise Invalid(_("Choose who may answer."), "answers") from error


def _chosen(request: AnyRequest, code: str) -> str | None:
    """The language that somebody set in the box; one's usual one stands there by itself and is no choice."""
    return None if code == visit_of(request).language else _language(code)


def _language(code: str) -> str | None:
    return code if 2 <= len(code) <= 12 and code.replace("-", "").isalnum() and code.isascii() else None


@get("/edit/{post_id:str}", include_in_schema=False)
async def edit(request: AnyRequest, post_id: FromPath[str]) -> Response[bytes]:
    """The box with an own post in it."""
    _viewer, found = await own_post(request, post_id)
    return await render(request, "edit.html", post=found, box=box(
        request, text=found.text, spoiler=found.spoiler, visibility=int(found.visibility),
        language=found.language or visit_of(request).language, sensitive=found.sensitive, verb=found.verb or "",
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
            verb=given.verb or None,
            # What the box was filled with is no choice.
            language=_language(given.language) if given.language != before else None, keep_poll=True,
            media_changes=[edit_post.MediaChange(number, alt) for number, alt in given.alts.items()],
            now=clock.now(), max_characters=engine.settings.max_post_characters)
    except (Invalid, NotAllowed) as refused:
        return await render(request, "edit.html", status=422, post=found, box=box(
            request, text=given.text, spoiler=given.spoiler, visibility=int(found.visibility), language=given.language,
            sensitive=bool(given.sensitive), verb=given.verb,
            **await _wrong(request, viewer, refused, given.text, found.visibility),
            carried=await attachments.carried(request, found.media, given.alts)))
    return see(f"/@{viewer.address}/{found.id}")


uploads = [compose, publish]
routes = [edit, save]

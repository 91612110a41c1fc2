"""People whom a desk knows: their cards, what is noted about them, and everything between them and the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from .. import clock
from ..actions import know_person as known
from ..actions.note_contact import note_contact, strike_note
from ..actions.tag_contact import checked_tags, tag_case, tag_contact
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..desk.history import Asked, between
from ..desk.same_person import name_key, proposals
from ..errors import Conflict, Invalid, NotAllowed
from ..ids import MAX_ID, AccountId, moment_of
from ..model.account import Account
from ..model.case import State
from ..model.contact import MAX_NAME, MAX_NOTE, MAX_REACH, MAX_WORDS, USUAL_DAYS, Contact, Moment
from ..model.desk import DeskOfMember, DeskRole
from ..store import accounts, contact_links, contacts, desk_memory, desks, posts
from . import contact_words, desk_words, faces
from .cards import Card, When, cards, when
from .languages import gettext_now as _
from .pages import Nothing, form, must_be_signed_in, render, safe_path, see
from .paging import is_first, number, older, window

PAGE = 40
MOMENTS = 30
_WORDS_OFFERED = 200  # tags that a form proposes


class Given(msgspec.Struct):
    """The form of a card."""

    name: str = ""
    met: str = ""
    asked: str = ""
    channel: str = ""
    reach: str = ""
    tags: str = ""
    silent: str = ""

    @property
    def draft(self) -> known.ContactDraft:
        return known.ContactDraft(
            name=self.name, met=self.met, asked=self.asked, channel=self.channel, reach=self.reach,
            silent=bool(self.silent))


class Known(msgspec.Struct):
    """The button "know this person"."""

    account_id: str = ""
    back: str = ""


class Noted(msgspec.Struct):
    """The form of a note."""

    text: str = ""
    keep_days: int = USUAL_DAYS


class Named(msgspec.Struct):
    """The form that adds an account."""

    name: str = ""


class Tagged(msgspec.Struct):
    """The form of a case's tags."""

    tags: str = ""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom a desk knows, as pages name them."""

    card: Contact
    accounts: list[Account]
    tags: list[str]
    notes: int
    silent: bool


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """A moment as its page says it."""

    moment: Moment
    by: Account | None
    card: Card | None
    says: str  # what happened, after who did it
    when: When
    state: str = ""


async def people_of(request: AnyRequest, found: Sequence[Contact]) -> list[Person]:
    """What lists show of people whom the reader may see: a constant number of statements."""
    db = engine_of(request).db
    ids = [card.id for card in found]
    theirs, tagged = await contacts.accounts(db, ids), await contacts.tags(db, ids)
    noted = await contacts.counts_of_notes(db, ids, clock.now())
    silent = await contacts.silent(db, ids)
    seen = await accounts.by_ids(db, [one.account_id for some in theirs.values() for one in some])
    await faces.load(db, seen.values())
    return [Person(
        card=card, accounts=[seen[one.account_id] for one in theirs.get(card.id, []) if one.account_id in seen],
        tags=tagged.get(card.id, []), notes=noted.get(card.id, 0), silent=card.id in silent) for card in found]


# ---- the list ------------------------------------------------------------------------


@get("/desks/{desk_id:str}/contacts", include_in_schema=False)
async def overview(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Whom a desk knows, the newest first."""
    viewer = await must_be_signed_in(request)
    return await _overview(request, viewer, await desks.get(engine_of(request).db, id_in_path(desk_id), viewer.id))


async def _overview(
    request: AnyRequest, viewer: Account, desk: DeskOfMember, given: Given | None = None, error: str = ""
) -> Response[bytes]:
    db, query = engine_of(request).db, request.query_params
    q, tag = (query.get("q") or "").strip()[:100], (query.get("tag") or "").strip()[:100]
    found = await contacts.page(
        db, desk.id, viewer.id, window(request, PAGE), name_key(q.lstrip("@")), tag)
    return await render(
        request, "desk/contacts.html", status=422 if error else 200, desk=desk, q=q, tag=tag, error=error,
        deciding=(await desk_memory.counts_waiting(db, [desk.id])).get(desk.id, 0) if desk.role is DeskRole.LEAD else 0,
        people=await people_of(request, found[:PAGE]), given=given or Given(), first=is_first(request),
        older=older(request, [card.id for card in found], PAGE), **await _choices(request, desk))


async def _choices(request: AnyRequest, desk: DeskOfMember) -> dict[str, object]:
    return {
        "channels": contact_words.channels(), "works": desk.role >= DeskRole.HELPER,
        "words": await contacts.words_of_desk(engine_of(request).db, desk.id, _WORDS_OFFERED),
        "most_name": MAX_NAME, "most_words": MAX_WORDS, "most_reach": MAX_REACH}


@post("/desks/{desk_id:str}/contacts", include_in_schema=False)
async def write(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes] | Redirect:
    """A card by hand."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    db, desk_number, now = engine_of(request).db, id_in_path(desk_id), clock.now()
    try:
        tags = checked_tags(given.tags.split(","))  # before the card is there, or a second try would make another
        card = await known.write_card(db, viewer, desk_number, given.draft, now)
        await tag_contact(db, viewer, desk_number, card.id, tags, now)
    except Invalid as error:
        return await _overview(request, viewer, await desks.get(db, desk_number, viewer.id), given, error.message)
    return see(f"/desks/{desk_number}/contacts/{card.id}")


@post("/desks/{desk_id:str}/contacts/know", include_in_schema=False)
async def know(request: AnyRequest, desk_id: FromPath[str]) -> Redirect:
    """One click: a card for whoever asked."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Known)
    card = await known.know_person(
        engine_of(request).db, viewer, id_in_path(desk_id), AccountId(id_in_path(given.account_id)), clock.now())
    return see(safe_path(given.back, f"/desks/{card.desk_id}/contacts/{card.id}"))


# ---- one card ------------------------------------------------------------------------


@get("/desks/{desk_id:str}/contacts/{contact_id:str}", include_in_schema=False)
async def card(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Response[bytes] | Redirect:
    """A person: what is known, and everything between them and the desk."""
    viewer = await must_be_signed_in(request)
    db, asked = engine_of(request).db, id_in_path(contact_id)
    desk = await desks.get(db, id_in_path(desk_id), viewer.id)
    found = await contacts.visible(db, desk.id, asked, viewer.id)
    if found.id != asked:  # merged since
        return see(f"/desks/{desk.id}/contacts/{found.id}")
    return await _card(request, viewer, desk, found)


async def _card(
    request: AnyRequest, viewer: Account, desk: DeskOfMember, found: Contact, *, given: Noted | None = None,
    error: str = "", part: str = "",
) -> Response[bytes]:
    db, now = engine_of(request).db, clock.now()
    [person] = await people_of(request, [found])
    merged = await contacts.cards(db, found.id)
    passed = await between(db, Asked(
        desk_id=desk.id, cards=merged, account_ids=[one.id for one in person.accounts], viewer=viewer.id,
        before=number(request, "before", MAX_ID), limit=MOMENTS + 1, now=now))
    return await render(
        request, "desk/contact.html", status=422 if error else 200, desk=desk, person=person, error=error, part=part,
        merged=[one for one in merged if one.id != found.id], given=given or Noted(),
        related=await contact_links.related(db, desk.id, found.id, viewer.id), relations=contact_words.relations(),
        proposals=await proposals(db, found, viewer.id, engine_of(request).base_url), why=contact_words.reasons(),
        passed=await _passed(request, viewer, passed[:MOMENTS]), first=is_first(request),
        older=older(request, [moment.id for moment in passed], MOMENTS), retentions=contact_words.retentions(),
        objections={one.id: contact_words.objection(await contacts.find_objection(db, desk.id, one.id))
                    for one in person.accounts},
        most=MAX_NOTE, **await _choices(request, desk))


async def _passed(request: AnyRequest, viewer: Account, found: Sequence[Moment]) -> list[Passed]:
    db, now = engine_of(request).db, clock.now()
    seen = await posts.visible_by_ids(db, [one.post_id for one in found if one.post_id], viewer.id)
    made = {one.post.id: one for one in await cards(request, list(seen.values()))}
    by = await accounts.by_ids(db, [one.by_id for one in found if one.by_id])
    says, states = contact_words.moments(), desk_words.states()
    return [Passed(
        moment=one, by=by.get(one.by_id or AccountId(0)), card=made.get(one.post_id) if one.post_id else None,
        says=says.get(one.kind, one.kind), when=when(moment_of(one.id), now, request),
        state=states[State(one.about)] if one.kind == "case" else "")
        for one in found if not one.post_id or one.post_id in made]


async def found_card(
    request: AnyRequest, desk_id: str, contact_id: str, least: DeskRole = DeskRole.READER
) -> tuple[Account, DeskOfMember, Contact]:
    """Who asks, the desk, and the person as they may see them. Raises NotSignedIn, NotFound, NotAllowed."""
    viewer = await must_be_signed_in(request)
    db = engine_of(request).db
    desk = await desks.get(db, id_in_path(desk_id), viewer.id, least)
    return viewer, desk, await contacts.visible(db, desk.id, id_in_path(contact_id), viewer.id)


@get("/desks/{desk_id:str}/contacts/{contact_id:str}/edit", include_in_schema=False)
async def edit(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Response[bytes]:
    """The form of a card."""
    _viewer, desk, found = await found_card(request, desk_id, contact_id, DeskRole.HELPER)
    [person] = await people_of(request, [found])
    return await _edit(request, desk, person, Given(
        found.name, found.met, found.asked, found.channel, found.reach, ", ".join(person.tags),
        "yes" if person.silent else ""))


async def _edit(
    request: AnyRequest, desk: DeskOfMember, person: Person, given: Given, error: str = ""
) -> Response[bytes]:
    return await render(
        request, "desk/contact_edit.html", status=422 if error else 200, desk=desk, person=person, given=given,
        error=error, **await _choices(request, desk))


@post("/desks/{desk_id:str}/contacts/{contact_id:str}/edit", include_in_schema=False)
async def change(
    request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]
) -> Response[bytes] | Redirect:
    """Say something else of a person."""
    viewer, desk, found = await found_card(request, desk_id, contact_id, DeskRole.HELPER)
    given = await form(request, Given)
    db, now = engine_of(request).db, clock.now()
    try:
        tags = checked_tags(given.tags.split(","))
        await known.change_card(db, viewer, desk.id, found.id, given.draft, now)
        await tag_contact(db, viewer, desk.id, found.id, tags, now)
    except Invalid as error:
        [person] = await people_of(request, [found])
        return await _edit(request, desk, person, given, error.message)
    return see(f"/desks/{desk.id}/contacts/{found.id}")


@post("/desks/{desk_id:str}/contacts/{contact_id:str}/notes", include_in_schema=False)
async def write_note(
    request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]
) -> Response[bytes] | Redirect:
    """Write something down, until when."""
    viewer, desk, found = await found_card(request, desk_id, contact_id)
    given = await form(request, Noted)
    try:
        await note_contact(engine_of(request).db, viewer, desk.id, found.id, given.text, clock.now(),
                           timedelta(days=max(0, min(given.keep_days, 1_000_000))))
    except Invalid as error:
        return await _card(request, viewer, desk, found, given=given, error=error.message, part="note")
    return see(f"/desks/{desk.id}/contacts/{found.id}#between")


@post("/desks/{desk_id:str}/contacts/{contact_id:str}/notes/{note_id:str}/strike", include_in_schema=False)
async def strike(
    request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str], note_id: FromPath[str]
) -> Redirect:
    """Remove a note."""
    viewer, desk, found = await found_card(request, desk_id, contact_id)
    await form(request, Nothing)
    await strike_note(engine_of(request).db, viewer, desk.id, found.id, id_in_path(note_id), clock.now())
    return see(f"/desks/{desk.id}/contacts/{found.id}#between")


@post("/desks/{desk_id:str}/contacts/{contact_id:str}/accounts", include_in_schema=False)
async def add(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Response[bytes] | Redirect:
    """Note that somebody has another account."""
    viewer, desk, found = await found_card(request, desk_id, contact_id)
    given = await form(request, Named)
    db = engine_of(request).db
    name, _at, host = given.name.strip().lstrip("@").partition("@")
    account = await accounts.find_by_name(db, name[:200], host[:200])
    try:
        if account is None:
            raise Invalid(_("Nobody of that name is known here."), "name")
        await known.add_account(db, viewer, desk.id, found.id, account.id, clock.now())
    except (Invalid, NotAllowed, Conflict) as error:
        return await _card(request, viewer, desk, found, error=error.message, part="accounts")
    return see(f"/desks/{desk.id}/contacts/{found.id}")


@post("/desks/{desk_id:str}/contacts/{contact_id:str}/accounts/{account_id:str}/remove", include_in_schema=False)
async def remove(
    request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str], account_id: FromPath[str]
) -> Redirect:
    """Note that an account is not theirs."""
    viewer, desk, found = await found_card(request, desk_id, contact_id)
    await form(request, Nothing)
    await known.remove_account(
        engine_of(request).db, viewer, desk.id, found.id, AccountId(id_in_path(account_id)), clock.now())
    return see(f"/desks/{desk.id}/contacts/{found.id}")


# ---- beside a case -------------------------------------------------------------------


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What a case's page says of the person who asks."""

    person: Person | None
    tags: list[str]  # of the case
    words: list[str]  # that the desk uses
    objection: str  # why the desk does not write to them


async def beside(
    request: AnyRequest, viewer: Account, desk: DeskOfMember, conversation_id: int, author_id: int
) -> Beside:
    """The person of a case that the viewer may see."""
    db = engine_of(request).db
    found = (await contacts.of_accounts(db, desk.id, [author_id], viewer.id)).get(author_id)
    return Beside(
        person=(await people_of(request, [found]))[0] if found else None,
        tags=await contacts.tags_of_case(db, desk.id, conversation_id),
        words=await contacts.words_of_desk(db, desk.id, _WORDS_OFFERED),
        objection=contact_words.objection(await contacts.find_objection(db, desk.id, author_id)))


@post("/desks/{desk_id:str}/cases/{case_id:str}/tags", include_in_schema=False)
async def tag(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Redirect:
    """Say what a case is about."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Tagged)
    desk_number, conversation = id_in_path(desk_id), id_in_path(case_id)
    await tag_case(engine_of(request).db, viewer, desk_number, conversation, given.tags.split(","), clock.now())
    return see(f"/desks/{desk_number}/cases/{conversation}")


routes = [overview, write, know, card, edit, change, write_note, strike, add, remove, tag]

"""People whom a desk knows, for programs; docs/api.md, "Contacts"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath

from ... import clock
from ...actions import know_person as known
from ...actions.export_contacts import export_contacts
from ...actions.forget_contact import WAITING, decide_contact, forget_contact
from ...actions.import_contacts import import_contacts
from ...actions.merge_contacts import keep_apart, merge_contacts, split_contact
from ...actions.note_contact import note_contact, strike_note
from ...actions.relate_contacts import end_relation, relate_contacts
from ...actions.tag_contact import checked_tags, tag_case, tag_contact
from ...desk.history import Asked, between
from ...desk.same_person import name_key, proposals
from ...ids import AccountId, moment_of
from ...model.account import Account
from ...model.contact import USUAL_DAYS, Contact
from ...model.desk import DeskOfMember, DeskRole
from ...store import accounts, contact_links, contacts
from ..mastodon import entities
from ..mastodon.answers import answer
from ..requests import AnyRequest, engine_of, id_in_path, link_header, parameters, window
from .desks import at_desk

_LONGEST = 1_000_000  # days that are looked at before the action says that they are too many


class ContactGiven(msgspec.Struct):
    """What is said of a person; None leaves a thing as it is. `account_id` makes the card of whoever is behind it."""

    account_id: str | None = None
    name: str | None = None
    how_we_met: str | None = None
    asked_for: str | None = None
    channel: str | None = None
    reach: str | None = None
    do_not_contact: bool | None = None
    tags: list[str] | None = None

    @property
    def draft(self) -> known.ContactDraft:
        return known.ContactDraft(
            name=self.name, met=self.how_we_met, asked=self.asked_for, channel=self.channel, reach=self.reach,
            silent=self.do_not_contact)


class NoteGiven(msgspec.Struct):
    text: str = ""
    keep_days: int = USUAL_DAYS


class OtherGiven(msgspec.Struct):
    other_id: str = ""
    kind: str = ""


class TagsGiven(msgspec.Struct):
    tags: list[str] = []


class DecisionGiven(msgspec.Struct):
    decision: str = ""


class TableGiven(msgspec.Struct):
    csv: str = ""


class ContactEntity(msgspec.Struct):
    """A person. `accounts` are Mastodon's Accounts."""

    id: str
    name: str
    how_we_met: str
    asked_for: str
    channel: str
    reach: str
    do_not_contact: bool
    tags: list[str]
    notes_count: int
    accounts: list[msgspec.Raw]
    created_at: datetime
    created_by_id: str


class CardEntity(msgspec.Struct):
    """A card that was merged into another."""

    id: str
    name: str
    into_id: str


class RelatedEntity(msgspec.Struct):
    """Somebody who belongs to the person: `kind` is what they are to them."""

    id: str
    kind: str
    contact_id: str
    name: str


class WholeEntity(ContactEntity):
    """A person with everything that hangs on them."""

    merged: list[CardEntity] = []
    related: list[RelatedEntity] = []


class MomentEntity(msgspec.Struct):
    """Something between a person and the desk; `status_id` where it was said in a post that the reader may see."""

    id: str
    at: datetime
    kind: str
    by_id: str | None
    status_id: str | None
    text: str
    about: str


class NoteEntity(msgspec.Struct):
    id: str
    text: str
    author_id: str
    created_at: datetime
    keep_until: datetime


class ProposalEntity(msgspec.Struct):
    contact_id: str
    name: str
    reasons: list[str]


class WaitingEntity(msgspec.Struct):
    id: str
    name: str
    notes_count: int


class BadEntity(msgspec.Struct):
    line: int
    why: str


class ImportedEntity(msgspec.Struct):
    new: int
    known: int
    left_out: list[BadEntity]


async def shown(request: AnyRequest, found: Sequence[Contact]) -> list[WholeEntity]:
    """People as entities, in order: a constant number of statements, without what hangs on one alone."""
    engine, ids = engine_of(request), [one.id for one in found]
    theirs, tags = await contacts.accounts(engine.db, ids), await contacts.tags(engine.db, ids)
    noted = await contacts.counts_of_notes(engine.db, ids, clock.now())
    silent = await contacts.silent(engine.db, ids)
    people = await accounts.by_ids(engine.db, [one.account_id for some in theirs.values() for one in some])
    made = await entities.accounts(engine.db, list(people.values()), engine.base_url)
    return [WholeEntity(
        id=str(one.id), name=one.name, how_we_met=one.met, asked_for=one.asked, channel=one.channel.value,
        reach=one.reach, do_not_contact=one.id in silent, tags=tags.get(one.id, []), notes_count=noted.get(one.id, 0),
        accounts=[made[a.account_id] for a in theirs.get(one.id, []) if a.account_id in made],
        created_at=one.created_at, created_by_id=str(one.created_by)) for one in found]


async def _whole(request: AnyRequest, by: Account, desk: DeskOfMember, card: Contact) -> Response[bytes]:
    db = engine_of(request).db
    [entity] = await shown(request, [card])
    entity.merged = [CardEntity(str(one.id), one.name, str(one.into_id))
                     for one in await contacts.cards(db, card.id) if one.into_id]
    entity.related = [RelatedEntity(str(one.id), one.kind.value, str(one.person_id), one.name)
                      for one in await contact_links.related(db, desk.id, card.id, by.id)]
    return answer(entity)


async def _known(
    request: AnyRequest, desk_id: str, contact_id: str, scope: str = "write:desks"
) -> tuple[Account, DeskOfMember, Contact]:
    by, desk = await at_desk(request, desk_id, scope)
    return by, desk, await contacts.visible(engine_of(request).db, desk.id, id_in_path(contact_id), by.id)


_BASE = "/api/harken/v1/desks/{desk_id:str}/contacts"
_ONE = _BASE + "/{contact_id:str}"


@get(_BASE)
async def many(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Whom the desk knows, the newest first; `q` is part of a name or address, `tag` one of theirs."""
    by, desk = await at_desk(request, desk_id, "read:desks")
    engine, query = engine_of(request), request.query_params
    page = window(request)
    found = await contacts.page(
        engine.db, desk.id, by.id, page, name_key((query.get("q") or "").strip().lstrip("@")[:100]),
        (query.get("tag") or "").strip()[:100])
    return answer(await shown(request, found), link_header(
        request, engine.base_url, [one.id for one in found], full=len(found) >= page.limit))


@post(_BASE, status_code=200)
async def write(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """A card for whoever is behind `account_id` (the one there is, if there is), or by hand."""
    by, desk = await at_desk(request, desk_id, "write:desks")
    given, db, now = await parameters(request, ContactGiven), engine_of(request).db, clock.now()
    tags = None if given.tags is None else checked_tags(given.tags)  # before anything is written
    if given.account_id is not None:
        card = await known.know_person(db, by, desk.id, AccountId(id_in_path(given.account_id)), now)
        card = await known.change_card(db, by, desk.id, card.id, given.draft, now)
    else:
        card = await known.write_card(db, by, desk.id, given.draft, now)
    if tags is not None:
        await tag_contact(db, by, desk.id, card.id, tags, now)
    return await _whole(request, by, desk, card)


@get(_ONE)
async def one(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Response[bytes]:
    """A person; under the id of a merged card, the one that stands for them."""
    by, desk, card = await _known(request, desk_id, contact_id, "read:desks")
    return await _whole(request, by, desk, card)


@patch(_ONE)
async def change(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Response[bytes]:
    """Change what is given."""
    by, desk, card = await _known(request, desk_id, contact_id)
    given, db, now = await parameters(request, ContactGiven), engine_of(request).db, clock.now()
    tags = None if given.tags is None else checked_tags(given.tags)  # before anything is written
    card = await known.change_card(db, by, desk.id, card.id, given.draft, now)
    if tags is not None:
        await tag_contact(db, by, desk.id, card.id, tags, now)
    return await _whole(request, by, desk, card)


@delete(_ONE, status_code=200)
async def forget(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Response[bytes]:
    """Forget a person for good; for leads."""
    by, desk = await at_desk(request, desk_id, "write:desks", DeskRole.LEAD)
    await forget_contact(engine_of(request).db, by, desk.id, id_in_path(contact_id), clock.now())
    return answer({})


@get(_ONE + "/history")
async def history(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Response[bytes]:
    """Everything between the person and the desk that one may see, the newest first."""
    by, desk, card = await _known(request, desk_id, contact_id, "read:desks")
    engine, page = engine_of(request), window(request)
    theirs = (await contacts.accounts(engine.db, [card.id])).get(card.id, [])
    found = await between(engine.db, Asked(
        desk_id=desk.id, cards=await contacts.cards(engine.db, card.id), account_ids=[a.account_id for a in theirs],
        viewer=by.id, before=page.before, limit=page.limit, now=clock.now()))
    made = [MomentEntity(
        str(m.id), moment_of(m.id), m.kind, str(m.by_id) if m.by_id else None, str(m.post_id) if m.post_id else None,
        m.text, m.about) for m in found]
    return answer(made, link_header(
        request, engine.base_url, [m.id for m in found], full=len(found) >= page.limit))


@get(_ONE + "/notes")
async def notes(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Response[bytes]:
    """What is noted, the newest first."""
    _by, _desk, card = await _known(request, desk_id, contact_id, "read:desks")
    return answer([NoteEntity(str(n.id), n.text, str(n.author_id), n.created_at, n.keep_until)
                   for n in await contacts.notes(engine_of(request).db, card.id, clock.now())])


@post(_ONE + "/notes", status_code=200)
async def write_note(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Response[bytes]:
    """Note `text` for `keep_days`."""
    by, desk, card = await _known(request, desk_id, contact_id)
    given = await parameters(request, NoteGiven)
    n = await note_contact(engine_of(request).db, by, desk.id, card.id, given.text, clock.now(),
                           timedelta(days=max(0, min(given.keep_days, _LONGEST))))
    return answer(NoteEntity(str(n.id), n.text, str(n.author_id), n.created_at, n.keep_until))


@delete(_ONE + "/notes/{note_id:str}", status_code=200)
async def strike(
    request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str], note_id: FromPath[str]
) -> Response[bytes]:
    """Remove a note: its author, or a lead."""
    by, desk, card = await _known(request, desk_id, contact_id)
    await strike_note(engine_of(request).db, by, desk.id, card.id, id_in_path(note_id), clock.now())
    return answer({})


@put(_ONE + "/accounts/{account_id:str}", status_code=200)
async def add(
    request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str], account_id: FromPath[str]
) -> Response[bytes]:
    """An account is theirs too."""
    by, desk, card = await _known(request, desk_id, contact_id)
    await known.add_account(
        engine_of(request).db, by, desk.id, card.id, AccountId(id_in_path(account_id)), clock.now())
    return await _whole(request, by, desk, card)


@delete(_ONE + "/accounts/{account_id:str}", status_code=200)
async def remove(
    request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str], account_id: FromPath[str]
) -> Response[bytes]:
    """An account is not theirs."""
    by, desk, card = await _known(request, desk_id, contact_id)
    await known.remove_account(
        engine_of(request).db, by, desk.id, card.id, AccountId(id_in_path(account_id)), clock.now())
    return await _whole(request, by, desk, card)


# ---- who belongs together ------------------------------------------------------------


@get(_ONE + "/proposals")
async def alike(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Response[bytes]:
    """Who may be the same person, and why."""
    by, _desk, card = await _known(request, desk_id, contact_id, "read:desks")
    engine = engine_of(request)
    return answer([ProposalEntity(str(p.card.id), p.card.name, p.reasons)
                   for p in await proposals(engine.db, card, by.id, engine.base_url)])


@post([f"{_ONE}/{verb}" for verb in ("merge", "apart")], status_code=200)
async def join(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Response[bytes]:
    """The person of `other_id` is this one (merge), or is somebody else (apart)."""
    by, desk, card = await _known(request, desk_id, contact_id)
    given, db = await parameters(request, OtherGiven), engine_of(request).db
    act = merge_contacts if request.scope["path"].endswith("/merge") else keep_apart
    await act(db, by, desk.id, card.id, id_in_path(given.other_id), clock.now())
    return await _whole(request, by, desk, card)


@post(_ONE + "/split", status_code=200)
async def split(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Response[bytes]:
    """Take back that this card was merged into another."""
    by, desk = await at_desk(request, desk_id, "write:desks")
    card = await split_contact(engine_of(request).db, by, desk.id, id_in_path(contact_id), clock.now())
    return await _whole(request, by, desk, card)


@post(_ONE + "/relations", status_code=200)
async def relate(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Response[bytes]:
    """The person of `other_id` is `kind` to this one."""
    by, desk, card = await _known(request, desk_id, contact_id)
    given = await parameters(request, OtherGiven)
    await relate_contacts(
        engine_of(request).db, by, desk.id, card.id, id_in_path(given.other_id), given.kind, clock.now())
    return await _whole(request, by, desk, card)


@delete(_ONE + "/relations/{relation_id:str}", status_code=200)
async def unrelate(
    request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str], relation_id: FromPath[str]
) -> Response[bytes]:
    """This is not so."""
    by, desk, card = await _known(request, desk_id, contact_id)
    await end_relation(engine_of(request).db, by, desk.id, card.id, id_in_path(relation_id), clock.now())
    return await _whole(request, by, desk, card)


# ---- decisions, tables, tags -----------------------------------------------------------


@get(_BASE + "/waiting")
async def waiting(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Who is not heard any more, the oldest first; for leads."""
    by, desk = await at_desk(request, desk_id, "read:desks", DeskRole.LEAD)
    db = engine_of(request).db
    found = await contacts.waiting(db, desk.id, by.id, WAITING)
    counted = await contacts.counts_of_notes(db, [one.id for one in found], clock.now())
    return answer([WaitingEntity(str(one.id), one.name, counted.get(one.id, 0)) for one in found])


@post(_ONE + "/decision", status_code=200)
async def decide(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Response[bytes]:
    """`forget`, `remove` or `notes`; for leads."""
    by, desk = await at_desk(request, desk_id, "write:desks", DeskRole.LEAD)
    given = await parameters(request, DecisionGiven)
    await decide_contact(
        engine_of(request).db, by, desk.id, id_in_path(contact_id), given.decision, clock.now())
    return answer({})


@get(_BASE + "/table")
async def table(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Everybody as CSV; for leads."""
    by, desk = await at_desk(request, desk_id, "read:desks", DeskRole.LEAD)
    text = await export_contacts(engine_of(request).db, by, desk.id, clock.now())
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers={
        "Cache-Control": "private, no-store"})


@post(_BASE + "/table", status_code=200)
async def bring(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Take in what the table `csv` says; for leads."""
    by, desk = await at_desk(request, desk_id, "write:desks", DeskRole.LEAD)
    given = await parameters(request, TableGiven)
    done = await import_contacts(
        engine_of(request).db, by, desk.id, given.csv.encode("utf-8", "replace"), clock.now())
    return answer(ImportedEntity(done.new, done.known, [BadEntity(b.number, b.why) for b in done.bad]))


@put("/api/harken/v1/desks/{desk_id:str}/cases/{case_id:str}/tags", status_code=200)
async def tags_of_case(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes]:
    """Give a case these `tags` and no others."""
    by, desk = await at_desk(request, desk_id, "write:desks")
    given = await parameters(request, TagsGiven)
    return answer(TagsGiven(await tag_case(
        engine_of(request).db, by, desk.id, id_in_path(case_id), given.tags, clock.now())))


routes = [
    many, write, one, change, forget, history, notes, write_note, strike, add, remove, alike, join, split, relate,
    unrelate, waiting, decide, table, bring, tags_of_case]

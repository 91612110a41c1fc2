"""What came of it: written down beside cases and cards, corrected, taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from .. import clock
from ..actions.record_outcome import OutcomeDraft, correct_outcome, record_outcome, spend_time
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..desk.money import plain, written
from ..errors import Conflict, Invalid, NotFound
from ..ids import parse_id
from ..model.account import Account
from ..model.desk import DeskOfMember, DeskRole
from ..model.ear import Ear
from ..model.outcome import MAX_MINUTES, MAX_WORDS, Confidence, Credit, Outcome, Tier
from ..store import accounts, contacts, desk_queue, desks, ears, outcomes
from . import outcome_words
from .cards import When, when
from .languages import gettext_now as _
from .pages import Nothing, form, must_be_signed_in, render, see, spelling


class Given(msgspec.Struct):
    """The form of an outcome."""

    tier: str = Tier.HUMAN
    confidence: str = Confidence.HAPPENED
    words: str = ""
    on: str = ""
    value: str = ""
    currency: str = ""
    helpers: list[str] = []
    ears: list[str] = []

    @property
    def draft(self) -> OutcomeDraft:
        return OutcomeDraft(
            tier=self.tier, confidence=self.confidence, words=self.words, on=self.on, value=self.value,
            currency=self.currency, helpers=_ids(self.helpers), ears=_ids(self.ears))


class Minutes(msgspec.Struct):
    """The form of time spent."""

    minutes: int = 0


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome as pages say it."""

    outcome: Outcome
    by: Account | None
    value: str
    day: str
    written: When
    with_whom: list[str]
    stands: bool  # no correction came after it


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """What a page shows beside a case or a card."""

    written: list[Written]
    minutes: int
    path: str  # where more is written down


def _ids(given: Sequence[str]) -> list[int]:
    return [number for text in given if (number := parse_id(text)) is not None]


async def told(
    request: AnyRequest, found: Sequence[Outcome], standing: bool = False
) -> list[Written]:
    """Outcomes that the reader may see, with names; a constant number of statements."""
    db, now = engine_of(request).db, clock.now()
    shared = await outcomes.credits(db, [one.id for one in found])
    named = {one.by_id for one in found} | {
        credit.of_id for some in shared.values() for credit in some if credit.kind == "helper"}
    known = await accounts.by_ids(db, sorted(named))
    replaced = {one.replaces_id for one in found}
    return [Written(
        outcome=one, by=known.get(one.by_id),
        value=written(one.amount, one.currency, spelling(request).language) if one.amount is not None else "",
        day=outcome_words.day(request, one.happened_on), written=when(one.written_at, now, request),
        with_whom=[_name(credit, known) for credit in shared.get(one.id, ())],
        stands=standing or (one.id not in replaced and not one.withdrawn)) for one in found]


def _name(credit: Credit, known: Mapping[int, Account]) -> str:
    if credit.kind == "ear":
        return _("the ear “%(name)s”") % {"name": credit.name}
    account = known.get(credit.of_id)
    return f"@{account.address}" if account else _("Somebody who left")


async def of_case(request: AnyRequest, viewer: Account, desk: DeskOfMember, conversation_id: int) -> Came:
    """What came of a case that the viewer may see."""
    db = engine_of(request).db
    found = await outcomes.about(db, desk.id, viewer.id, conversation_ids=[conversation_id])
    return Came(
        written=[one for one in await told(request, found) if one.stands],
        minutes=await outcomes.minutes_of(db, desk.id, conversation_id),
        path=f"/desks/{desk.id}/cases/{conversation_id}")


async def _form(
    request: AnyRequest, viewer: Account, desk: DeskOfMember, path: str, back: str, given: Given, *, error: str = "",
    old: Outcome | None = None, history: Sequence[Outcome] = (), status: int = 200,
) -> Response[bytes]:
    db = engine_of(request).db
    people = [one for one in await desks.members(db, desk.id) if one.role >= DeskRole.HELPER]
    known = await accounts.by_ids(db, [one.account_id for one in people])
    heard: list[Ear] = await ears.of_desk(db, desk.id)
    return await render(
        request, "desk/outcome.html", status=status, desk=desk, path=path, back=back, given=given, error=error, old=old,
        history=await told(request, history), tiers=outcome_words.tiers(), sure=outcome_words.confidences(),
        helpers=[known[one.account_id] for one in people if one.account_id in known], ears=heard, most=MAX_WORDS,
        today=clock.now().astimezone(desk.days).date().isoformat())


@get("/desks/{desk_id:str}/cases/{case_id:str}/outcome", include_in_schema=False)
async def of_a_case(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes]:
    """The form: what came of a case."""
    viewer = await must_be_signed_in(request)
    db, number = engine_of(request).db, id_in_path(case_id)
    desk = await desks.get(db, id_in_path(desk_id), viewer.id, DeskRole.HELPER)
    item = await desk_queue.get(db, desk.id, number, viewer.id)
    heard = await desk_queue.ears_that_heard(db, desk.id, item.post_id)
    helpers = [item.answered_by] if item.answered_by else [viewer.id]
    path = f"/desks/{desk.id}/cases/{number}"
    return await _form(request, viewer, desk, f"{path}/outcome", path, Given(
        currency=desk.currency, helpers=list(map(str, helpers)), ears=list(map(str, heard))))


@post("/desks/{desk_id:str}/cases/{case_id:str}/outcome", include_in_schema=False)
async def write_of_a_case(
    request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]
) -> Response[bytes] | Redirect:
    """Write it down."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    db, number = engine_of(request).db, id_in_path(case_id)
    desk = await desks.get(db, id_in_path(desk_id), viewer.id, DeskRole.HELPER)
    path = f"/desks/{desk.id}/cases/{number}"
    try:
        await record_outcome(db, viewer, desk.id, given.draft, clock.now(), conversation_id=number)
    except Invalid as error:
        return await _form(request, viewer, desk, f"{path}/outcome", path, given, error=error.message, status=422)
    return see(f"{path}#came")


@get("/desks/{desk_id:str}/contacts/{contact_id:str}/outcome", include_in_schema=False)
async def of_a_person(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Response[bytes]:
    """The form: what came of knowing somebody."""
    viewer = await must_be_signed_in(request)
    db = engine_of(request).db
    desk = await desks.get(db, id_in_path(desk_id), viewer.id, DeskRole.HELPER)
    card = await contacts.visible(db, desk.id, id_in_path(contact_id), viewer.id)
    path = f"/desks/{desk.id}/contacts/{card.id}"
    return await _form(request, viewer, desk, f"{path}/outcome", path, Given(
        currency=desk.currency, helpers=[str(viewer.id)]))


@post("/desks/{desk_id:str}/contacts/{contact_id:str}/outcome", include_in_schema=False)
async def write_of_a_person(
    request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]
) -> Response[bytes] | Redirect:
    """Write it down."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    db = engine_of(request).db
    desk = await desks.get(db, id_in_path(desk_id), viewer.id, DeskRole.HELPER)
    card = await contacts.visible(db, desk.id, id_in_path(contact_id), viewer.id)
    path = f"/desks/{desk.id}/contacts/{card.id}"
    try:
        await record_outcome(db, viewer, desk.id, given.draft, clock.now(), contact_id=card.id)
    except Invalid as error:
        return await _form(request, viewer, desk, f"{path}/outcome", path, given, error=error.message, status=422)
    return see(f"{path}#between")


async def _found(request: AnyRequest, desk_id: str, outcome_id: str) -> tuple[Account, DeskOfMember, Outcome, str]:
    """An outcome whose case or card the viewer may see, and the page where it stands."""
    viewer = await must_be_signed_in(request)
    db = engine_of(request).db
    desk = await desks.get(db, id_in_path(desk_id), viewer.id)
    found = await outcomes.find(db, desk.id, id_in_path(outcome_id), viewer.id)
    if found is None:
        raise NotFound("This desk wrote down no such outcome.")
    if found.conversation_id is not None:
        await desk_queue.get(db, desk.id, found.conversation_id, viewer.id)
        return viewer, desk, found, f"/desks/{desk.id}/cases/{found.conversation_id}"
    card = await contacts.visible(db, desk.id, found.contact_id or 0, viewer.id)
    return viewer, desk, found, f"/desks/{desk.id}/contacts/{card.id}"


async def _history(request: AnyRequest, viewer: Account, desk: DeskOfMember, found: Outcome) -> list[Outcome]:
    """It and all that it was before or became, the oldest first."""
    all_of_it = await outcomes.about(
        engine_of(request).db, desk.id, viewer.id,
        conversation_ids=[found.conversation_id] if found.conversation_id else [],
        contact_ids=[found.contact_id] if found.contact_id else [])
    by_id, after = {one.id: one for one in all_of_it}, {one.replaces_id: one for one in all_of_it if one.replaces_id}
    first = found
    while first.replaces_id in by_id:
        first = by_id[first.replaces_id]
    chain = [first]
    while chain[-1].id in after:
        chain.append(after[chain[-1].id])
    return chain


@get("/desks/{desk_id:str}/outcomes/{outcome_id:str}", include_in_schema=False)
async def one(request: AnyRequest, desk_id: FromPath[str], outcome_id: FromPath[str]) -> Response[bytes]:
    """An outcome with everything that it was before, and the form that corrects it."""
    viewer, desk, found, back = await _found(request, desk_id, outcome_id)
    shared = (await outcomes.credits(engine_of(request).db, [found.id])).get(found.id, [])
    return await _form(
        request, viewer, desk, f"/desks/{desk.id}/outcomes/{found.id}", back, Given(
            found.tier, found.confidence, found.words, found.happened_on.isoformat(),
            plain(found.amount, found.currency) if found.amount is not None else "", found.currency or desk.currency,
            *([str(credit.of_id) for credit in shared if credit.kind == kind] for kind in ("helper", "ear"))),
        old=found, history=await _history(request, viewer, desk, found))


@post("/desks/{desk_id:str}/outcomes/{outcome_id:str}", include_in_schema=False)
async def correct(
    request: AnyRequest, desk_id: FromPath[str], outcome_id: FromPath[str]
) -> Response[bytes] | Redirect:
    """Say it otherwise."""
    viewer, desk, found, back = await _found(request, desk_id, outcome_id)
    given = await form(request, Given)
    try:
        await correct_outcome(engine_of(request).db, viewer, desk.id, found.id, given.draft, clock.now())
    except (Invalid, Conflict) as error:
        return await _form(
            request, viewer, desk, f"/desks/{desk.id}/outcomes/{found.id}", back, given, error=error.message, old=found,
            history=await _history(request, viewer, desk, found), status=409 if isinstance(error, Conflict) else 422)
    return see(back)


@post("/desks/{desk_id:str}/outcomes/{outcome_id:str}/withdraw", include_in_schema=False)
async def withdraw(request: AnyRequest, desk_id: FromPath[str], outcome_id: FromPath[str]) -> Redirect:
    """Take it back."""
    viewer, desk, found, back = await _found(request, desk_id, outcome_id)
    await form(request, Nothing)
    await correct_outcome(engine_of(request).db, viewer, desk.id, found.id, None, clock.now())
    return see(back)


@post("/desks/{desk_id:str}/cases/{case_id:str}/time", include_in_schema=False)
async def spend(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Redirect:
    """Write down how long one worked on a case."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Minutes)
    desk, number = id_in_path(desk_id), id_in_path(case_id)
    await spend_time(engine_of(request).db, viewer, desk, number, min(given.minutes, MAX_MINUTES + 1), clock.now())
    return see(f"/desks/{desk}/cases/{number}#came")


def days_given(first: str, last: str, usual: tuple[date, date]) -> tuple[date, date]:
    """The days of a report. Raises Invalid."""
    try:
        found = (date.fromisoformat(first) if first else usual[0], date.fromisoformat(last) if last else usual[1])
    except ValueError:
        raise Invalid(_("A day looks like 2008-06-12."), "from") from None
    if not date(2000, 1, 1) <= found[0] <= found[1] <= date(2200, 1, 1) or (found[1] - found[0]).days > 3660:
        raise Invalid(_("A report goes from one day to a later one, over ten years at the most."), "from")
    return found


routes = [of_a_case, write_of_a_case, of_a_person, write_of_a_person, one, correct, withdraw, spend]

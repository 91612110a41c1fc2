"""What came of a desk's work, for programs: outcomes, reports, webhooks; docs/api.md, "What came of it"."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath

from ... import clock
from ...actions.keep_desk_hook import drop_desk_hook, keep_desk_hook
from ...actions.record_outcome import OutcomeDraft, correct_outcome, record_outcome
from ...desk.money import plain
from ...desk.reporting import Group, Report, Sums, report_of
from ...errors import Invalid
from ...ids import parse_id
from ...model.desk import DeskRole
from ...model.desk_hook import DeskHook
from ...model.outcome import Confidence, Credit, Outcome
from ...store import desk_hooks, outcomes
from ...store.database import Database
from ..mastodon.answers import answer
from ..requests import AnyRequest, engine_of, id_in_path, parameters
from .desks import at_desk

_SPANS = ("PT15M", "PT1H", "PT4H", "P1D", "P7D")


class OutcomeGiven(msgspec.Struct):
    """An outcome of a case (`conversation_id`) or a card (`contact_id`). `value` is a sum such as "120.50"."""

    tier: str = "human"
    confidence: str = "happened"
    words: str = ""
    on: str = ""
    value: str = ""
    currency: str = ""
    helper_ids: list[str] = []
    ear_ids: list[str] = []
    conversation_id: str | None = None
    contact_id: str | None = None

    @property
    def draft(self) -> OutcomeDraft:
        def ids(given: list[str]) -> list[int]:
            return [parse_id(one) or 0 for one in given]

        return OutcomeDraft(
            tier=self.tier, confidence=self.confidence, words=self.words, on=self.on, value=self.value,
            currency=self.currency, helpers=ids(self.helper_ids), ears=ids(self.ear_ids))


class OutcomeEntity(msgspec.Struct):
    """One outcome; `value` is null without one. Its words are left out of lists."""

    id: str
    tier: str
    confidence: str
    on: date
    value: str | None
    currency: str | None
    conversation_id: str | None
    contact_id: str | None
    replaces_id: str | None
    withdrawn: bool
    by_id: str
    helper_ids: list[str]
    ear_ids: list[str]
    words: str | None = None


class HookGiven(msgspec.Struct):
    """The address to tell."""

    url: str = ""


class HookEntity(msgspec.Struct):
    """A webhook; `untold` lines of the record wait for it; `secret` is there once, when it is made."""

    id: str
    url: str
    paused: bool
    failure: str
    untold: int
    secret: str | None = None


def _outcome(one: Outcome, credits: list[Credit], words: bool) -> OutcomeEntity:
    def text(number: int | None) -> str | None:
        return None if number is None else str(number)

    return OutcomeEntity(
        id=str(one.id), tier=one.tier.value, confidence=one.confidence.value, on=one.happened_on,
        value=None if one.amount is None else plain(one.amount, one.currency), currency=one.currency or None,
        conversation_id=text(one.conversation_id), contact_id=text(one.contact_id), replaces_id=text(one.replaces_id),
        withdrawn=one.withdrawn, by_id=str(one.by_id),
        helper_ids=[str(credit.of_id) for credit in credits if credit.kind == "helper"],
        ear_ids=[str(credit.of_id) for credit in credits if credit.kind == "ear"], words=one.words if words else None)


def _days(request: AnyRequest, today: date) -> tuple[date, date]:
    query = request.query_params
    try:
        first = date.fromisoformat(query["from"]) if query.get("from") else today - timedelta(days=29)
        last = date.fromisoformat(query["to"]) if query.get("to") else today
    except ValueError:
        raise Invalid("A day looks like 2008-06-12.", "from") from None
    if not date(2000, 1, 1) <= first <= last <= date(2200, 1, 1) or (last - first).days > 3660:
        raise Invalid("A report goes from one day to a later one, over ten years at the most.", "from")
    return first, last


@get("/api/harken/v1/desks/{desk_id:str}/outcomes")
async def many(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """What stands, from one day to another, the newest day first; without words."""
    by, desk = await at_desk(request, desk_id, "read:desks")
    db = engine_of(request).db
    found = await outcomes.standing(
        db, desk.id, by.id, *_days(request, clock.now().astimezone(desk.days).date()))
    shared = await outcomes.credits(db, [one.id for one in found])
    return answer([_outcome(one, shared.get(one.id, []), False) for one in found])


@post("/api/harken/v1/desks/{desk_id:str}/outcomes", status_code=200)
async def write(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Write one down; for helpers."""
    by, desk = await at_desk(request, desk_id, "write:desks", DeskRole.HELPER)
    given, db = await parameters(request, OutcomeGiven), engine_of(request).db
    made = await record_outcome(
        db, by, desk.id, given.draft, clock.now(),
        conversation_id=id_in_path(given.conversation_id) if given.conversation_id else None,
        contact_id=id_in_path(given.contact_id) if given.contact_id else None)
    return answer(_outcome(made, (await outcomes.credits(db, [made.id])).get(made.id, []), True))


@post("/api/harken/v1/desks/{desk_id:str}/outcomes/{outcome_id:str}", status_code=200)
async def correct(request: AnyRequest, desk_id: FromPath[str], outcome_id: FromPath[str]) -> Response[bytes]:
    """Say it otherwise; what it was is kept."""
    by, desk = await at_desk(request, desk_id, "write:desks", DeskRole.HELPER)
    given, db = await parameters(request, OutcomeGiven), engine_of(request).db
    made = await correct_outcome(db, by, desk.id, id_in_path(outcome_id), given.draft, clock.now())
    return answer(_outcome(made, (await outcomes.credits(db, [made.id])).get(made.id, []), True))


@delete("/api/harken/v1/desks/{desk_id:str}/outcomes/{outcome_id:str}", status_code=200)
async def withdraw(request: AnyRequest, desk_id: FromPath[str], outcome_id: FromPath[str]) -> Response[bytes]:
    """Take it back; that it was said is kept."""
    by, desk = await at_desk(request, desk_id, "write:desks", DeskRole.HELPER)
    made = await correct_outcome(
        engine_of(request).db, by, desk.id, id_in_path(outcome_id), None, clock.now())
    return answer(_outcome(made, [], False))


@get("/api/harken/v1/desks/{desk_id:str}/report")
async def report(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """The numbers of a desk's report."""
    by, desk = await at_desk(request, desk_id, "read:desks")
    found = await report_of(
        engine_of(request).db, desk, by.id, *_days(request, clock.now().astimezone(desk.days).date()))
    return answer(_report(found))


def _report(found: Report) -> dict[str, object]:
    way = found.way
    return {
        "from": found.first, "to": found.last, "complete": not found.cut,
        "way": {"heard": way.heard, "noise": way.noise, "answered": way.answered, "known": way.known,
                "outcome": way.outcome, "minutes_until_answered": way.until_answered,
                "minutes_until_known": way.until_known, "days_until_outcome": way.until_outcome},
        "responses": [
            {"within": span, "in_hours": inside, "out_of_hours": outside}
            for span, (inside, outside) in zip(
                [*_SPANS, "later", "never"], [*found.times, found.never], strict=True)],
        "ears": list(map(_group, found.ears)), "helpers": list(map(_group, found.helpers)),
        "tags": list(map(_group, found.tags)), "weeks": list(map(_group, found.weeks)),
        "unanswered": list(map(str, found.unanswered)),
        "outcomes": {tier.value: {"happened": _sums(pair[0]), "hoped": _sums(pair[1])}
                     for tier, pair in found.tiers.items()},
        "minutes": found.minutes}


def _group(group: Group) -> dict[str, object]:
    return {"key": group.key, "heard": group.heard, "answered": group.answered, "minutes_until_answered": group.typical,
            **{one.value: _sums(group.sums(one)) for one in Confidence}}


def _sums(sums: Sums) -> dict[str, object]:
    return {"count": sums.count, "values": {code: plain(amount, code) for code, amount in sums.amounts.items()}}


async def _hook(db: Database, hook: DeskHook, secret: bool = False) -> HookEntity:
    return HookEntity(
        id=str(hook.id), url=hook.url, paused=hook.paused, failure=hook.failure,
        untold=await desk_hooks.waiting(db, hook.id),
        secret=hook.secret if secret else None)


@get("/api/harken/v1/desks/{desk_id:str}/webhooks")
async def hooks(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """The addresses that are told; for leads."""
    by, desk = await at_desk(request, desk_id, "read:desks", DeskRole.LEAD)
    db = engine_of(request).db
    return answer([await _hook(db, hook) for hook in await desk_hooks.of_desk(db, desk.id, by.id)])


@post("/api/harken/v1/desks/{desk_id:str}/webhooks", status_code=200)
async def tell(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Tell an address everything from now on; for leads. The answer has its secret, this once."""
    by, desk = await at_desk(request, desk_id, "write:desks", DeskRole.LEAD)
    given = await parameters(request, HookGiven)
    engine = engine_of(request)
    made = await keep_desk_hook(
        engine.db, by, desk.id, given.url, clock.now(), engine.settings.allow_private_addresses)
    return answer(await _hook(engine.db, made, True))


@delete("/api/harken/v1/desks/{desk_id:str}/webhooks/{hook_id:str}", status_code=200)
async def untell(request: AnyRequest, desk_id: FromPath[str], hook_id: FromPath[str]) -> Response[bytes]:
    """Forget an address; for leads."""
    by, desk = await at_desk(request, desk_id, "write:desks", DeskRole.LEAD)
    await drop_desk_hook(engine_of(request).db, by, desk.id, id_in_path(hook_id), clock.now())
    return answer({})


routes = [many, write, correct, withdraw, report, hooks, tell, untell]

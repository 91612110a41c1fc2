"""The report of a desk: on a page that prints, and as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from .. import clock
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..desk.money import plain, written
from ..desk.record import cell
from ..desk.reporting import Group, Report, Sums, report_of
from ..errors import Invalid
from ..ids import AccountId
from ..model.account import Account
from ..model.desk import Desk, DeskOfMember
from ..model.outcome import Confidence
from ..store import accounts, contacts, desk_queue, desks, ears, outcomes
from . import outcome_words
from .languages import gettext_now as _
from .outcomes import Written, days_given, told
from .pages import must_be_signed_in, render, spelling
from .triage import Asked, rows

UNANSWERED = 20
TOLD = 50
_WIDE, _HIGH = 600, 150  # of a drawing, in its own units


class Bar(msgspec.Struct, frozen=True):
    """A bar of a drawing: where it stands, in the drawing's units, and what it says."""

    x: float
    y: float
    width: float
    height: float
    says: str
    kind: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a table: an ear, a helper, a tag or a week."""

    name: str
    path: str = ""
    group: Group
    typical: str
    happened: str
    hoped: str


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the way from heard to outcome."""

    name: str
    count: int
    width: float
    after: str  # how long until it, typically


@get("/desks/{desk_id:str}/report", include_in_schema=False)
async def page(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """What came of a desk's work in some days."""
    viewer = await must_be_signed_in(request)
    db, query = engine_of(request).db, request.query_params
    desk = await desks.get(db, id_in_path(desk_id), viewer.id)
    error, usual = "", _usual(desk)
    try:
        first, last = days_given(query.get("from") or "", query.get("to") or "", usual)
    except Invalid as fault:
        error, (first, last) = fault.message, usual
    found = await report_of(db, desk, viewer.id, first, last)
    shown = found.unanswered[:UNANSWERED]
    items = await desk_queue.visible_by_ids(db, desk.id, shown, viewer.id)
    language = spelling(request).language
    names = await _names(request, desk, found)
    tables = {kind: _lines(kind, groups, names, language) for kind, groups in _grouped(found).items()}
    return await render(
        request, "desk/report.html", status=422 if error else 200, desk=desk, report=found, error=error,
        choices=_choices(desk), days=(outcome_words.day(request, first), outcome_words.day(request, last)),
        steps=_steps(found), times=_times(found), bars=_time_bars(found), tables=tables,
        week_bars=_week_bars(found, tables["week"]), high=_HIGH, wide=_WIDE,
        tiers=[(outcome_words.tiers()[tier][0], *(_said(one, language) for one in pair), pair)
               for tier, pair in found.tiers.items()],
        unanswered=await rows(request, viewer, desk, [items[one] for one in shown if one in items], Asked()),
        written=await _written(request, viewer, desk, found), cost=_cost(desk, found, language),
        spent=outcome_words.span(found.minutes) if found.minutes else "")


@get("/desks/{desk_id:str}/report.csv", include_in_schema=False)
async def table(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """The same numbers, one in each line."""
    viewer = await must_be_signed_in(request)
    db, query = engine_of(request).db, request.query_params
    desk = await desks.get(db, id_in_path(desk_id), viewer.id)
    found = await report_of(
        db, desk, viewer.id, *days_given(query.get("from") or "", query.get("to") or "", _usual(desk)))
    names = {key: name for key, name in (await _names(request, desk, found)).items() if key[0] != "week"}
    text = as_csv(found, names)
    name = f"desk-{desk.id}-{found.first}-{found.last}.csv"
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"})


def _usual(desk: Desk) -> tuple[date, date]:
    today = clock.now().astimezone(desk.days).date()
    return today - timedelta(days=29), today


def _choices(desk: Desk) -> list[tuple[str, date, date]]:
    """Days that people ask for, in words."""
    today = clock.now().astimezone(desk.days).date()
    monday, month = today - timedelta(days=today.weekday()), today.replace(day=1)
    before = month - timedelta(days=1)
    return [
        (_("This week"), monday, today), (_("Last week"), monday - timedelta(days=7), monday - timedelta(days=1)),
        (_("This month"), month, today), (_("Last month"), before.replace(day=1), before),
        (_("This year"), today.replace(month=1, day=1), today)]


def _grouped(found: Report) -> dict[str, list[Group]]:
    return {"ear": found.ears, "helper": found.helpers, "tag": found.tags, "week": found.weeks}


async def _names(request: AnyRequest, desk: Desk, found: Report) -> dict[tuple[str, str], str]:
    """What ears and helpers are called."""
    db = engine_of(request).db
    kept = {str(ear.id): ear.name for ear in await ears.of_desk(db, desk.id)}
    known = await accounts.by_ids(db, [AccountId(int(one.key)) for one in found.helpers])
    names = {("week", one.key): outcome_words.day(request, date.fromisoformat(one.key)) for one in found.weeks}
    names |= {("ear", one.key): kept.get(one.key) or _("an ear that is gone") for one in found.ears}
    for one in found.helpers:
        account = known.get(AccountId(int(one.key)))
        names["helper", one.key] = f"@{account.address}" if account else _("Somebody who left")
    return names


def _said(sums: Sums, language: str) -> str:
    """Sums of money, one for each currency."""
    return " · ".join(written(amount, code, language) for code, amount in sorted(sums.amounts.items()))


def _lines(
    kind: str, groups: Sequence[Group], names: Mapping[tuple[str, str], str], language: str
) -> list[Line]:
    return [Line(
        name=names.get((kind, one.key), one.key), group=one,
        typical=outcome_words.span(one.typical) if one.typical is not None else "",
        happened=_counted(one.happened, language), hoped=_counted(one.hoped, language)) for one in groups]


def _counted(sums: Sums, language: str) -> str:
    said = _said(sums, language)
    return f"{sums.count} ({said})" if said else str(sums.count)


def _steps(found: Report) -> list[Step]:
    way, most = found.way, max(found.way.heard, 1)

    def after(text: str) -> str:
        return _("typically after %(time)s") % {"time": text} if text else ""

    told_after = [
        "", after(outcome_words.span(way.until_answered) if way.until_answered is not None else ""),
        after(outcome_words.span(way.until_known) if way.until_known is not None else ""),
        after(outcome_words.days(way.until_outcome) if way.until_outcome is not None else "")]
    named = [(_("Heard"), way.heard), (_("Answered"), way.answered), (_("Known"), way.known),
             (_("Something came of it"), way.outcome)]
    return [Step(name=name, count=count, width=round(count / most * _WIDE, 1), after=told_after[place])
            for place, (name, count) in enumerate(named)]


def _times(found: Report) -> list[tuple[str, int, int]]:
    return [(name, *pair) for name, pair in zip(outcome_words.times(), [*found.times, found.never], strict=True)]


def _drawn(pairs: Sequence[tuple[str, int, int]], kinds: tuple[str, str]) -> list[Bar]:
    """Two bars for each name, beside each other."""
    most = max([1, *(max(one, other) for _name, one, other in pairs)])
    step = _WIDE / max(len(pairs), 1)
    width = min(step * 0.36, 40)
    made = []
    for place, (name, *both) in enumerate(pairs):
        for which, count in enumerate(both):
            height = round(count / most * (_HIGH - 20), 1)
            left = round(place * step + step / 2 + (which - 1) * width, 1)
            made.append(Bar(left, _HIGH - height, round(width - 1, 1), height, f"{name}: {count}", kinds[which]))
    return made


def _time_bars(found: Report) -> list[Bar]:
    return _drawn(_times(found), ("in", "out"))


def _week_bars(found: Report, lines: Sequence[Line]) -> list[Bar]:
    return _drawn([(one.name, one.group.heard, one.group.answered) for one in lines], ("heard", "answered"))


def _cost(desk: DeskOfMember, found: Report, language: str) -> str:
    """What the time cost that was written down, where the desk says what an hour costs."""
    if desk.hour_cost is None or not desk.currency or not found.minutes:
        return ""
    return written(round(desk.hour_cost * found.minutes / 60), desk.currency, language)


async def _written(request: AnyRequest, viewer: Account, desk: DeskOfMember, found: Report) -> list[Written]:
    """The newest outcomes of these days in words: those of cases and people whom the viewer may see."""
    db = engine_of(request).db
    newest = (await outcomes.standing(db, desk.id, viewer.id, found.first, found.last))[:TOLD]
    cases = await desk_queue.visible_by_ids(
        db, desk.id, [one.conversation_id for one in newest if one.conversation_id], viewer.id)
    cards = await contacts.visible_ids(db, desk.id, [one.contact_id for one in newest if one.contact_id], viewer.id)
    return await told(request, [
        one for one in newest if one.conversation_id in cases or one.contact_id in cards], standing=True)


def as_csv(found: Report, names: Mapping[tuple[str, str], str]) -> str:
    """The report as CSV (RFC 4180): section, name, measure, confidence, number, unit. Sums have a point."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(("section", "name", "measure", "confidence", "number", "unit"))
    lines.writerow(("period", "first day", "day", "", found.first.isoformat(), ""))
    lines.writerow(("period", "last day", "day", "", found.last.isoformat(), ""))
    way = found.way
    for name in ("heard", "noise", "answered", "known", "outcome"):
        lines.writerow(("way", name, "cases", "", getattr(way, name), "cases"))
    for name, number, unit in (("answered", way.until_answered, "minutes"), ("known", way.until_known, "minutes"),
                               ("outcome", way.until_outcome, "days")):
        if number is not None:
            lines.writerow(("way", name, "median time until", "", round(number, 1), unit))
    spans = ("15 minutes", "1 hour", "4 hours", "1 day", "1 week", "later", "not answered")
    for name, (inside, outside) in zip(spans, [*found.times, found.never], strict=True):
        lines.writerow(("response", name, "asked in working hours", "", inside, "cases"))
        lines.writerow(("response", name, "asked out of working hours", "", outside, "cases"))
    for kind, groups in _grouped(found).items():
        for group in groups:
            name = cell(names.get((kind, group.key), group.key))
            if kind != "helper":
                lines.writerow((kind, name, "heard", "", group.heard, "cases"))
            lines.writerow((kind, name, "answered", "", group.answered, "cases"))
            if group.typical is not None:
                lines.writerow((kind, name, "median response", "", round(group.typical, 1), "minutes"))
            for confidence in Confidence:
                _sums(lines, kind, name, confidence, group.sums(confidence))
    for tier, pair in found.tiers.items():
        for confidence, sums in zip((Confidence.HAPPENED, Confidence.HOPED), pair, strict=True):
            _sums(lines, "outcome", tier.value, confidence, sums)
    lines.writerow(("time", "written down", "minutes", "", found.minutes, "minutes"))
    return out.getvalue()


def _sums(lines: object, section: str, name: str, confidence: Confidence, sums: Sums) -> None:
    write = lines.writerow  # type: ignore[attr-defined]
    write((section, name, "outcomes", confidence.value, sums.count, "outcomes"))
    for code, amount in sorted(sums.amounts.items()):
        write((section, name, "value", confidence.value, plain(amount, code), code))


routes = [page, table]

"""Reports: the queue, and one of them with the posts it is about, in context."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from ... import clock
from ...actions import judge_report
from ...actions.moderate_account import role_of
from ...actions.write_staff_note import MAX_TEXT, take_back_note, write_staff_note
from ...api.requests import AnyRequest, engine_of, id_in_path
from ...errors import Invalid, NotFound
from ...ids import parse_id
from ...model.account import Account, Permission, Role
from ...model.moderation import Category, Report
from ...model.post import Visibility
from ...store import accounts, appeals, community, overseen, posts, reports
from ...text.markup import clean
from ..cards import Card, cards, when
from ..languages import gettext_now as _
from ..pages import AnyAnswer, form, see
from ..paging import PAGE, again, is_first, window
from .staff import names, page, staff


class Given(msgspec.Struct, kw_only=True):
    """Any form of a report's page; `what` says which."""

    what: str = ""
    text: str = ""
    note: str = ""
    category: str = ""


@get("/moderation/reports", include_in_schema=False)
async def queue(request: AnyRequest) -> Response[bytes]:
    """Reports, newest first; `?state=`, `?whose=`, `?category=` and `?q=` (a name) choose."""
    by = await staff(request, Permission.MANAGE_REPORTS)
    db, now, query = engine_of(request).db, clock.now(), request.query_params
    asked = {name: clean(query.get(name, "")).strip()[:300] for name in ("state", "whose", "category", "q")}
    target = await accounts.find_by_name(db, asked["q"].removeprefix("@")) if asked["q"] else None
    found = [] if asked["q"] and target is None else await reports.page(
        db, window(request), resolved={"closed": True, "all": None}.get(asked["state"], False),
        assigned_id={"mine": by.id, "nobody": 0}.get(asked["whose"]),
        category=asked["category"] if asked["category"] in list(Category) else "",
        target_id=target.id if target else 0, hidden_from=by.id)
    shown = found[:PAGE]
    return await page(
        request, by, "reports.html", reports=shown, asked=asked, first=is_first(request),
        people=await names(request, [i for one in shown for i in (one.account_id, one.target_id, one.assigned_id)]),
        times={one.id: when(one.created_at, now, request) for one in shown},
        older=again(request, before=str(shown[-1].id), **asked) if len(found) > PAGE else "")


@get("/moderation/reports/{report_id:str}", include_in_schema=False)
async def one(request: AnyRequest, report_id: FromPath[str]) -> Response[bytes]:
    """A report: who, about whom, the posts in context, what is known of both, notes, what was decided."""
    by = await staff(request, Permission.MANAGE_REPORTS)
    found = await judge_report.get_report(engine_of(request).db, by, id_in_path(report_id))
    return await _shown(request, by, found)


async def _shown(
    request: AnyRequest, by: Account, report: Report, *, open_private: bool = False, error: str = "",
    given: Given | None = None,
) -> Response[bytes]:
    db, now = engine_of(request).db, clock.now()
    judged = await posts.judged_by_ids(db, report.post_ids, by.id)
    private = {i for i, post in judged.items() if post.visibility > Visibility.UNLISTED}
    shown = [post for i, post in judged.items() if open_private or i not in private]
    parents = await posts.visible_by_ids(db, [p.in_reply_to_id for p in shown if p.in_reply_to_id], by.id)
    drawn = await cards(request, shown)
    above: dict[int, Card] = {card.post.id: card for card in await cards(request, list(parents.values()))}
    notes = await appeals.notes(db, "report", report.id)
    warnings = await reports.warnings_of(db, report.target_id)
    role, target_role = await role_of(db, by.id), await role_of(db, report.target_id)
    return await page(
        request, by, "report.html", status=422 if error else 200, report=report, drawn=drawn, above=above,
        hidden=0 if open_private else len(private), gone=len(report.post_ids) - len(judged), notes=notes,
        warnings=warnings, error=error, given=given or Given(), max_note=MAX_TEXT,
        may_judge=role is Role.OWNER or target_role < role, may_act=target_role < role,
        rules=[rule for rule in await community.rules(db) if rule.id in report.rule_ids],
        known=await overseen.by_ids(db, [report.account_id, report.target_id]),
        reports_about={i: await reports.count_about(db, i) for i in (report.account_id, report.target_id)},
        reports_by={i: await reports.count_by(db, i) for i in (report.account_id, report.target_id)},
        people=await names(request, [
            report.account_id, report.target_id, report.assigned_id, report.resolved_by,
            *(note.author_id for note in notes), *(warning.by_id for warning in warnings)]),
        times={at: when(at, now, request) for at in {
            report.created_at, report.resolved_at or now, *(note.created_at for note in notes),
            *(warning.created_at for warning in warnings)}})


@post("/moderation/reports/{report_id:str}", include_in_schema=False, status_code=200)
async def decide(request: AnyRequest, report_id: FromPath[str]) -> AnyAnswer:
    """Take on, give back, close, open again, file otherwise, note something, or read what was said to few."""
    by = await staff(request, Permission.MANAGE_REPORTS)
    given = await form(request, Given)
    db, number, now = engine_of(request).db, id_in_path(report_id), clock.now()
    try:
        match given.what:
            case "assign" | "unassign":
                await judge_report.assign(db, by, number, now, to_self=given.what == "assign")
            case "close":
                await judge_report.close_report(db, by, number, now)
            case "reopen":
                await judge_report.reopen(db, by, number, now)
            case "file":
                await judge_report.reclassify(db, by, number, now, category=given.category)
            case "note":
                await write_staff_note(db, by, "report", number, given.text, now)
            case "take-back":
                await take_back_note(db, by, parse_id(given.note) or 0)
            case "read":
                return await _shown(
                    request, by, await judge_report.read_private(db, by, number, now), open_private=True)
            case _:
                raise NotFound(_("There is no such form."))
    except Invalid as refused:
        found = await judge_report.get_report(db, by, number)
        return await _shown(request, by, found, error=_(refused.message), given=given)
    return see(f"/moderation/reports/{number}")


routes = [queue, one, decide]

"""docs.joinmastodon.org/methods/admin/reports: what members asked the moderators to look at."""

from __future__ import annotations

import msgspec
from litestar import get, put
from litestar.params import FromPath

from .... import clock
from ....actions import judge_report
from ....errors import NotFound
from ....ids import parse_id
from ....model.account import Account, Permission
from ....model.moderation import Report
from ....store import reports
from ....text.markup import clean
from ...requests import AnyRequest, engine_of, id_in_path, link_header, parameters, window
from ..answers import Answer, answer, doing
from ..reports import ids
from .staff import admin_reports, staff

_READ, _WRITE = "admin:read:reports", "admin:write:reports"


class Listed(msgspec.Struct):
    """Which reports; open ones where nothing is said."""

    resolved: bool = False
    account_id: str | int = ""
    target_account_id: str | int = ""
    by_target_domain: str = ""


class Changed(msgspec.Struct):
    """What a report is about after all."""

    category: str = ""
    rule_ids: list[str | int] | str | int | None = None


async def _answer(request: AnyRequest, by: Account, found: Report) -> Answer:
    engine = engine_of(request)
    made = await admin_reports(engine.db, [found], by, engine.base_url)
    if not made:
        raise NotFound
    return answer(made[0])


@get("/api/v1/admin/reports")
async def many(request: AnyRequest) -> Answer:
    by = await staff(request, _READ, Permission.MANAGE_REPORTS)
    given = await parameters(request, Listed)
    engine, page = engine_of(request), window(request, default=100, most=200)
    found = await reports.page(
        engine.db, page, resolved=given.resolved, account_id=_id(given.account_id),
        target_id=_id(given.target_account_id), target_domain=clean(given.by_target_domain).lower(), hidden_from=by.id)
    headers = link_header(request, engine.base_url, [one.id for one in found], full=len(found) >= page.limit)
    return answer(await admin_reports(engine.db, found, by, engine.base_url), headers)


def _id(given: str | int) -> int:
    """The id as a number, 0 for none; what is no id is -1, the id of nothing."""
    if given == "":
        return 0
    number = parse_id(str(given))
    return -1 if number is None else number


@get("/api/v1/admin/reports/{report_id:str}")
async def one(request: AnyRequest, report_id: FromPath[str]) -> Answer:
    by = await staff(request, _READ, Permission.MANAGE_REPORTS)
    return await _answer(
        request, by, await judge_report.get_report(engine_of(request).db, by, id_in_path(report_id)))


@put("/api/v1/admin/reports/{report_id:str}")
async def change(request: AnyRequest, report_id: FromPath[str]) -> Answer:
    by = await staff(request, _WRITE, Permission.MANAGE_REPORTS)
    given = await parameters(request, Changed)
    rules = None if given.rule_ids is None else ids(given.rule_ids)
    return await _answer(request, by, await judge_report.reclassify(
        engine_of(request).db, by, id_in_path(report_id), clock.now(), category=given.category, rule_ids=rules))


@doing("/api/v1/admin/reports/{report_id:str}/assign_to_self")
async def assign_to_self(request: AnyRequest, report_id: FromPath[str]) -> Answer:
    by = await staff(request, _WRITE, Permission.MANAGE_REPORTS)
    return await _answer(request, by, await judge_report.assign(
        engine_of(request).db, by, id_in_path(report_id), clock.now(), to_self=True))


@doing("/api/v1/admin/reports/{report_id:str}/unassign")
async def unassign(request: AnyRequest, report_id: FromPath[str]) -> Answer:
    by = await staff(request, _WRITE, Permission.MANAGE_REPORTS)
    return await _answer(request, by, await judge_report.assign(
        engine_of(request).db, by, id_in_path(report_id), clock.now(), to_self=False))


@doing("/api/v1/admin/reports/{report_id:str}/resolve")
async def resolve(request: AnyRequest, report_id: FromPath[str]) -> Answer:
    by = await staff(request, _WRITE, Permission.MANAGE_REPORTS)
    return await _answer(request, by, await judge_report.close_report(
        engine_of(request).db, by, id_in_path(report_id), clock.now()))


@doing("/api/v1/admin/reports/{report_id:str}/reopen")
async def reopen(request: AnyRequest, report_id: FromPath[str]) -> Answer:
    by = await staff(request, _WRITE, Permission.MANAGE_REPORTS)
    return await _answer(request, by, await judge_report.reopen(
        engine_of(request).db, by, id_in_path(report_id), clock.now()))


routes = [many, one, change, assign_to_self, unassign, resolve, reopen]

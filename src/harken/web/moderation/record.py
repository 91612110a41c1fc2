"""The record of moderation: who decided what about whom, and why. Lines are added and never changed."""

from __future__ import annotations

import csv
import io

from litestar import Response, get

from ... import clock
from ...api.requests import AnyRequest, engine_of
from ...desk.record import cell
from ...model.account import Permission
from ...model.moderation import Act
from ...model.paging import Window
from ...store import moderation
from ...text.markup import clean
from ..cards import when
from ..paging import again, is_first, window
from .staff import act_names, page, staff

LINES = 50
_EXPORTED = 1_000  # lines asked for at a time


def _asked(request: AnyRequest) -> dict[str, str]:
    return {
        name: clean(request.query_params.get(name, "")).strip().removeprefix("@")[:300]
        for name in ("about", "by", "act")}


@get("/moderation/record", include_in_schema=False)
async def record(request: AnyRequest) -> Response[bytes]:
    """The record, newest first; `?about=`, `?by=` and `?act=` choose."""
    staffed = await staff(request, Permission.VIEW_AUDIT_LOG)
    asked, now = _asked(request), clock.now()
    found = await moderation.acts(
        engine_of(request).db, window(request, LINES), about=asked["about"], actor=asked["by"], act=asked["act"])
    shown = found[:LINES]
    return await page(
        request, staffed, "record.html", acts=shown, act_names=act_names(), asked=asked, first=is_first(request),
        times={act.id: when(act.at, now, request) for act in shown},
        older=again(request, before=str(shown[-1].id), **asked) if len(found) > LINES else "",
        table=again(request, **asked).replace("/record", "/record.csv", 1))


@get("/moderation/record.csv", include_in_schema=False)
async def exported(request: AnyRequest) -> Response[bytes]:
    """The chosen lines as CSV (RFC 4180), newest first; times are UTC."""
    await staff(request, Permission.VIEW_AUDIT_LOG)
    asked, everything = _asked(request), list[Act]()
    until = Window(limit=_EXPORTED)
    while piece := await moderation.acts(
            engine_of(request).db, until, about=asked["about"], actor=asked["by"], act=asked["act"]):
        everything += piece
        until = Window(limit=_EXPORTED, before=piece[-1].id)
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(("id", "at", "by", "act", "kind", "about", "why"))
    for act in everything:
        lines.writerow([
            act.id, act.at.isoformat(timespec="seconds"), cell(act.actor), act.act, act.about_kind, cell(act.about),
            cell(act.why)])
    return Response(out.getvalue().encode(), media_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": 'attachment; filename="moderation.csv"', "Cache-Control": "private, no-store"})


routes = [record, exported]

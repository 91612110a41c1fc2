"""What waits, and what was decided last."""

from __future__ import annotations

from litestar import Response, get

from ... import clock
from ...api.requests import AnyRequest, engine_of
from ...model.account import Permission
from ...model.paging import Window
from ...store import moderation
from ..cards import when
from .staff import act_names, page, staff

LATEST = 8


@get("/moderation", include_in_schema=False)
async def overview(request: AnyRequest) -> Response[bytes]:
    """How much waits, and the latest lines of the record."""
    by = await staff(request, Permission.VIEW_DASHBOARD)
    acts = await moderation.acts(engine_of(request).db, Window(limit=LATEST))
    now = clock.now()
    return await page(
        request, by, "overview.html", acts=acts, act_names=act_names(),
        times={act.id: when(act.at, now, request) for act in acts})


routes = [overview]

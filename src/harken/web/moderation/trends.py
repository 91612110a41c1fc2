"""What trends, for moderators: take it off, and put it back."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post

from ... import clock
from ...actions.moderate_trends import hide_trend, show_trend
from ...api.requests import AnyRequest, engine_of
from ...errors import NotFound
from ...model.account import Permission
from ...search.trends import find_trends, is_hidden
from ...store import trends as facts
from ...text.markup import clean, tag_key
from ..languages import gettext_now as _
from ..pages import AnyAnswer, form, see
from .staff import page, staff

MOST = 40  # trends on the page
_KINDS = ("tag", "link", "publisher", "post")


class Given(msgspec.Struct):
    """What is taken off or put back."""

    what: str = ""
    kind: str = ""
    name: str = ""


@get("/moderation/trends", include_in_schema=False)
async def many(request: AnyRequest) -> Response[bytes]:
    """Tags and links of today, also those that were taken off, and the list of all that are off."""
    by = await staff(request, Permission.MANAGE_TAXONOMIES)
    db = engine_of(request).db
    off = await facts.hidden(db)
    found = await find_trends(db, None, "day", clock.now(), kinds=("tag", "link"), limit=MOST, hidden=True)
    return await page(
        request, by, "trends.html", trends=[(one, is_hidden(one.kind, one.name, off)) for one in found.trends],
        off=[(kind, name) for kind in _KINDS for name in sorted(off[kind])],
        kinds={"tag": _("tag"), "link": _("link"), "publisher": _("site"), "post": _("post")})


@post("/moderation/trends", include_in_schema=False, status_code=200)
async def change(request: AnyRequest) -> AnyAnswer:
    """Take something off the trends, or put it back; it is found as before."""
    by = await staff(request, Permission.MANAGE_TAXONOMIES)
    given = await form(request, Given)
    name = clean(given.name).strip()[:2000]
    if given.kind not in _KINDS or not name or given.what not in ("hide", "show"):
        raise NotFound(_("There is no such form."))
    verdict = hide_trend if given.what == "hide" else show_trend
    await verdict(engine_of(request).db, by, given.kind, tag_key(name) if given.kind == "tag" else name, clock.now())
    return see("/moderation/trends")


routes = [many, change]

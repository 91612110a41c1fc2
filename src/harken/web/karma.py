"""Karma, for whoever wants to see theirs: how much, of what, and how it is counted."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Response, get, post

from .. import clock
from ..actions.change_profile import show_karma
from ..api.requests import AnyRequest, engine_of
from ..errors import NotFound
from ..model.karma import MOST_OF_ONE, NEW, Kind, level, points, trend
from ..store import karma, members
from . import languages
from .languages import gettext_now as _
from .pages import AnyAnswer, form, must_be_signed_in, render, see, spelling

HEIGHT = 48.0


class Wish(msgspec.Struct):
    """Whether to show it."""

    on: bool = False


def level_name(name: str) -> str:
    """A level as people read it."""
    return {
        "arriving": _("arriving"), "neighbour": _("a neighbour"), "regular": _("a regular"),
        "good company": _("good company"), "pillar": _("a pillar of this place")}[name]


@get("/karma", include_in_schema=False)
async def page(request: AnyRequest) -> Response[bytes]:
    """What others had of what the viewer said, down to each point."""
    viewer = await must_be_signed_in(request)
    engine = engine_of(request)
    member = await members.find(engine.db, viewer.id)
    if not engine.settings.karma:
        raise NotFound(_("There is no karma on this server."))
    shown = member is not None and not member.karma_off
    counted = points(await karma.given_to(engine.db, viewer.id)) if shown else []
    reached, following = level(len(counted))
    days = trend(counted, clock.now().date())
    highest = max((number for _day, number in days), default=0) or 1
    language = spelling(request).language
    bars = [
        (n * 10, round(HEIGHT - HEIGHT * number / highest, 1), round(HEIGHT * number / highest, 1), number,
         languages.said_date(datetime(day.year, day.month, day.day, tzinfo=UTC), language, False))
        for n, (day, number) in enumerate(days)]
    by_kind = {kind: [one for one in counted if one.kind is kind] for kind in Kind}
    return await render(
        request, "karma.html", shown=shown, number=len(counted), level=level_name(reached.name),
        following=(level_name(following.name), following.points - len(counted)) if following else None, bars=bars,
        parts=[(_("people answered you"), len(by_kind[Kind.ANSWER])),
               (_("people liked a post"), len(by_kind[Kind.FAVOURITE])),
               (_("people boosted a post"), len(by_kind[Kind.BOOST]))],
        givers=len({one.giver_id for one in counted}), most=MOST_OF_ONE, new=NEW.days)


@post("/karma", include_in_schema=False, status_code=200)
async def switch(request: AnyRequest) -> AnyAnswer:
    """Show it, or hide it from oneself."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Wish)
    await show_karma(engine_of(request).db, viewer, given.on)
    return see("/karma")


routes = [page, switch]

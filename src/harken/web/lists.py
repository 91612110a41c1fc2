"""What a member keeps and hears: favourites, bookmarks, notifications, follow requests."""

from __future__ import annotations

import msgspec
from litestar import Response, get

from .. import clock
from ..actions.mark_read import mark_read
from ..api.requests import AnyRequest, engine_of
from ..ids import moment_of
from ..model.account import Account
from ..model.collection import Collection
from ..model.relationship import Notification
from ..store import accounts, alerts, blocked_domains, collections, notifications, posts, timelines
from . import faces, reporting, strangers
from .cards import Card, When, cards, when
from .languages import gettext_now as _
from .pages import must_be_signed_in, render
from .paging import PAGE, is_first, older, window
from .profiles import PEOPLE, people

HEARD = 40


@get("/favourites", include_in_schema=False)
async def favourites(request: AnyRequest) -> Response[bytes]:
    """What the viewer favourited, last first."""
    viewer = await must_be_signed_in(request)
    found, ids = await timelines.favourites(engine_of(request).db, viewer.id, window(request), clock.now())
    return await render(
        request, "timeline.html", heading=_("Favourites"), intro=_("Posts you liked, last liked first."),
        empty=_("Nothing yet. The star below a post puts it here, and tells its author that you liked it."),
        cards=await cards(request, found[:PAGE]), older=older(request, ids), first=False, newest=0)


@get("/bookmarks", include_in_schema=False)
async def bookmarks(request: AnyRequest) -> Response[bytes]:
    """What the viewer bookmarked, last first."""
    viewer = await must_be_signed_in(request)
    found, ids = await timelines.bookmarks(engine_of(request).db, viewer.id, window(request), clock.now())
    return await render(
        request, "timeline.html", heading=_("Bookmarks"), intro=_("Posts you keep for later. Nobody else sees this."),
        empty=_("Nothing yet. The ribbon below a post keeps it here for you alone."),
        cards=await cards(request, found[:PAGE]), older=older(request, ids), first=False, newest=0)


class Told(msgspec.Struct, kw_only=True):
    """One entry of the notifications page: several people who did the same are one entry."""

    kind: str
    people: list[Account]
    card: Card | None
    when: When
    unread: bool
    ear: alerts.Told | None = None
    report: reporting.Reported | None = None
    warning: reporting.Warned | None = None
    collection: Collection | None = None
    severed: blocked_domains.Severance | None = None


TOGETHER = ("favourite", "boost", "follow", "sign_up")


def grouped(told: list[Notification]) -> list[list[Notification]]:
    """Neighbours that tell of the same: favourites or boosts of one post, follows; each group where its newest is."""
    groups: dict[tuple[str, int], list[Notification]] = {}
    for one in told:
        key = (one.kind, one.post_id or 0) if one.kind in TOGETHER else (one.kind, one.id)
        groups.setdefault(key, []).append(one)
    return list(groups.values())


@get("/notifications", include_in_schema=False)
async def heard(request: AnyRequest) -> Response[bytes]:
    """What concerns the viewer; seeing it moves the read mark."""
    viewer = await must_be_signed_in(request)
    db, now = engine_of(request).db, clock.now()
    told = await notifications.page(db, viewer.id, window(request, HEARD), now)
    unread = await notifications.unread(db, viewer.id, now)
    new = {one.id for one in told[:unread]} if is_first(request) else set()
    shown = told[:HEARD]
    authors = await accounts.by_ids(db, [one.account_id for one in shown])
    await faces.load(db, authors.values())
    seen = await posts.visible_by_ids(db, [one.post_id for one in shown if one.post_id], viewer.id)
    made = await cards(request, list(seen.values()), context="notifications")
    by_post: dict[int, Card] = {card.post.id: card for card in made}
    told_of = [one for one in shown if not one.post_id or one.post_id in by_post or one.post_id not in seen]
    of_ears = await alerts.told_in_app(db, viewer.id, [one.id for one in told_of if one.kind == "ear"])
    reported = await reporting.reported(request, [one.id for one in shown if one.kind == "report"])
    warned = await reporting.warned(request, [one.id for one in shown if one.kind == "warning"])
    named = await collections.by_ids(db, {one.collection_id for one in shown if one.collection_id}, viewer.id)
    cut = [one.id for one in shown if one.kind == "severed"]
    severed = await blocked_domains.severances(db, cut) if cut else {}
    entries = [
        Told(
            kind=group[0].kind, people=[authors[one.account_id] for one in group if one.account_id in authors],
            card=by_post.get(group[0].post_id or 0), when=when(moment_of(group[0].id), now, request),
            unread=any(one.id in new for one in group), ear=of_ears.get(group[0].id),
            report=reported.get(group[0].id), warning=warned.get(group[0].id),
            collection=named.get(group[0].collection_id or 0), severed=severed.get(group[0].id))
        for group in grouped(told_of) if group[0].kind != "report" or group[0].id in reported]
    response = await render(
        request, "notifications.html", entries=[
            e for e in entries
            if e.people and (e.ear or e.kind != "ear") and (e.collection or not e.kind.startswith("collection"))],
        aside=await strangers.waiting(request, viewer), older=older(request, [one.id for one in told], HEARD))
    if new:
        await mark_read(db, viewer, {"notifications": shown[0].id}, now)
    return response


@get("/follow-requests", include_in_schema=False)
async def requests(request: AnyRequest) -> Response[bytes]:
    """Those who ask to follow."""
    viewer = await must_be_signed_in(request)
    found, ids = await accounts.follow_requests(engine_of(request).db, viewer.id, window(request, PEOPLE))
    return await render(
        request, "people.html", heading=_("Follow requests"), account=None, asking=True,
        intro=_("These people would like to read what you write for your followers."),
        people=await people(request, found[:PEOPLE]), older=older(request, ids, PEOPLE),
        empty=_("Nobody is waiting."), orders=[])


routes = [favourites, bookmarks, heard, requests]

"""What a member keeps and hears: favourites, bookmarks, notifications, follow requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from .. import clock
from ..actions.mark_read import mark_read
from ..actions.sort_bookmark import sort_bookmark
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..errors import Invalid
from ..ids import MAX_ID, moment_of
from ..model.account import Account
from ..model.collection import Collection
from ..model.desk import DeskTold
from ..model.list import title_key
from ..model.paging import Window
from ..model.post import SeenPost
from ..model.relationship import DESK_KINDS, Notification
from ..store import (
    accounts,
    alerts,
    blocked_domains,
    bookmark_tags,
    collections,
    desk_told,
    markers,
    notifications,
    posts,
    timelines,
)
from ..store.database import Reader
from . import faces, reporting, strangers
from .cards import Card, When, cards, when
from .languages import gettext_now as _
from .pages import AnyAnswer, form, must_be_signed_in, render, see
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
    db, tag = engine_of(request).db, title_key(request.query_params.get("tag") or "")
    found, ids = await timelines.bookmarks(db, viewer.id, window(request), clock.now(), tag)
    shown = await cards(request, found[:PAGE])
    names = await bookmark_tags.of_posts(db, viewer.id, [card.post.id for card in shown])
    for card in shown:
        card.sorted_by = names.get(card.post.id, [])
    return await render(
        request, "bookmarks.html", tag=tag, tags=await bookmark_tags.counted(db, viewer.id), cards=shown,
        older=older(request, ids))


class Sorted(msgspec.Struct):
    """The words of a bookmark, with commas between."""

    tags: str = ""
    back: str = "/bookmarks"


@get("/posts/{post_id:str}/sort", include_in_schema=False)
async def sort_form(request: AnyRequest, post_id: FromPath[str]) -> Response[bytes]:
    """The words by which the viewer sorts a bookmark."""
    viewer = await must_be_signed_in(request)
    db = engine_of(request).db
    seen = await posts.visible(db, id_in_path(post_id), viewer.id)
    names = (await bookmark_tags.of_posts(db, viewer.id, [seen.id])).get(seen.id, [])
    return await _sort_form(request, viewer, seen, ", ".join(names))


async def _sort_form(
    request: AnyRequest, viewer: Account, seen: SeenPost, given: str, error: str = ""
) -> Response[bytes]:
    return await render(
        request, "bookmark_sort.html", status=422 if error else 200,
        card=next(iter(await cards(request, [seen])), None),
        given=given, error=error, known=await bookmark_tags.counted(engine_of(request).db, viewer.id))


@post("/posts/{post_id:str}/sort", include_in_schema=False, status_code=200)
async def sort(request: AnyRequest, post_id: FromPath[str]) -> AnyAnswer:
    """Sort a bookmark by words; a post that is none becomes one."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Sorted)
    db = engine_of(request).db
    seen = await posts.visible(db, id_in_path(post_id), viewer.id)
    try:
        await sort_bookmark(db, viewer, seen.id, given.tags[:5000].split(","), clock.now())
    except Invalid as error:
        return await _sort_form(request, viewer, seen, given.tags, _(error.message))
    return see("/bookmarks")


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
    cases: list[DeskTold] = []


# What several people did within half a day is one entry: to the same post, or in the same conversation; and what one
# of them handed over at the same desk.
TOGETHER = ("favourite", "boost", "follow", "sign_up", "friend", "forward", "rsvp", "answer", "case_handed")
_HALF_DAY = (12 * 3_600_000) << 16  # of ids
MAX_TOGETHER = 400

Key = tuple[str | int, ...]


def key_of(one: Notification, seen: Mapping[int, SeenPost], at_desks: Mapping[int, DeskTold]) -> Key:
    """What is the same for notifications that are told as one."""
    if one.kind not in TOGETHER:
        return (one.kind, one.id)
    if one.id in at_desks:
        return (one.kind, at_desks[one.id].desk_id, one.account_id, one.id // _HALF_DAY)
    about = one.post_id or 0
    if one.kind == "answer" and about in seen:
        about = seen[about].conversation_id
    return (one.kind, about, one.id // _HALF_DAY)


def grouped(
    page: Sequence[Notification], beside: Sequence[Notification], seen: Mapping[int, SeenPost],
    at_desks: Mapping[int, DeskTold],
) -> list[list[Notification]]:
    """Those that tell of the same, each group where its newest is.

    `beside` is what `_around` found: a group that a newer page has told of is left out, what an older page would say of
    a group is said here.
    """
    groups: dict[Key, list[Notification]] = {}
    for one in page:
        groups.setdefault(key_of(one, seen, at_desks), []).append(one)
    for one in beside:
        key = key_of(one, seen, at_desks)
        if key in groups and one.id > page[0].id:
            del groups[key]
        elif key in groups:
            groups[key].append(one)
    return list(groups.values())


def _cases(group: Sequence[Notification], at_desks: Mapping[int, DeskTold]) -> list[DeskTold]:
    """The cases that notifications are about, each once: it may have been handed over twice."""
    return list({at_desks[one.id].conversation_id: at_desks[one.id] for one in group if one.id in at_desks}.values())


def _hidden(one: Notification, shown: Mapping[int, Card], seen: Mapping[int, SeenPost]) -> bool:
    """Whether the viewer's filters hide the post that it tells of."""
    return one.post_id in seen and one.post_id not in shown


async def _around(reader: Reader, viewer: int, page: Sequence[Notification], before: int) -> list[Notification]:
    """What of the half days that `page` begins and ends in stands on the pages beside it, and may be told with it.

    First what is newer than the page, then what is older; `before` is what the page was asked for.
    """
    if not page:
        return []
    begin, end = page[0].id // _HALF_DAY * _HALF_DAY, page[-1].id // _HALF_DAY * _HALF_DAY
    newer = await notifications.page(
        reader, viewer, Window(limit=MAX_TOGETHER, before=begin + _HALF_DAY, after=before - 1), clock.now(), TOGETHER
    ) if before < MAX_ID else []
    older_ones = await notifications.page(
        reader, viewer, Window(limit=MAX_TOGETHER, before=page[-1].id, after=end - 1), clock.now(), TOGETHER)
    return [*newer, *older_ones]


@get("/notifications", include_in_schema=False)
async def heard(request: AnyRequest) -> Response[bytes]:
    """What concerns the viewer; seeing it moves the read mark."""
    viewer = await must_be_signed_in(request)
    db, now = engine_of(request).db, clock.now()
    told = await notifications.page(db, viewer.id, window(request, HEARD), now)
    marks = await markers.of(db, viewer.id, ["notifications"])
    read_id = marks[0].last_read_id if marks else 0
    new = {one.id for one in told if one.id > read_id} if is_first(request) else set()
    beside = await _around(db, viewer.id, told[:HEARD], window(request, HEARD).before)
    seen = await posts.visible_by_ids(
        db, [one.post_id for one in [*told[:HEARD], *beside] if one.post_id], viewer.id)
    at_desks = await desk_told.visible_by_ids(
        db, [one.id for one in [*told[:HEARD], *beside] if one.kind in DESK_KINDS.values()], viewer.id)
    groups = grouped(told[:HEARD], beside, seen, at_desks)
    shown = [one for group in groups for one in group]
    authors = await accounts.by_ids(db, [one.account_id for one in shown])
    await faces.load(db, authors.values())
    made = await cards(request, list(seen.values()), context="notifications")
    by_post: dict[int, Card] = {card.post.id: card for card in made}
    of_ears = await alerts.told_in_app(db, viewer.id, [one.id for one in shown if one.kind == "ear"])
    reported = await reporting.reported(request, [one.id for one in shown if one.kind == "report"])
    warned = await reporting.warned(request, [one.id for one in shown if one.kind == "warning"])
    named = await collections.by_ids(db, {one.collection_id for one in shown if one.collection_id}, viewer.id)
    cut = [one.id for one in shown if one.kind == "severed"]
    severed = await blocked_domains.severances(db, cut) if cut else {}
    entries = [
        Told(
            kind=group[0].kind,
            people=[authors[i] for i in dict.fromkeys(one.account_id for one in group) if i in authors],
            card=by_post.get(group[0].post_id or 0), when=when(moment_of(group[0].id), now, request),
            unread=any(one.id in new for one in group), ear=of_ears.get(group[0].id),
            report=reported.get(group[0].id), warning=warned.get(group[0].id),
            collection=named.get(group[0].collection_id or 0), severed=severed.get(group[0].id),
            cases=_cases(group, at_desks))
        for group in groups if (group[0].kind != "report" or group[0].id in reported) and not _hidden(
            group[0], by_post, seen)]
    response = await render(
        request, "notifications.html", entries=[
            e for e in entries
            if e.people and (e.ear or e.kind != "ear") and (e.collection or not e.kind.startswith("collection"))
            and (e.cases or e.kind not in DESK_KINDS.values())],
        aside=await strangers.waiting(request, viewer), older=older(request, [one.id for one in told], HEARD))
    if new:
        await mark_read(db, viewer, {"notifications": told[0].id}, now)
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


routes = [favourites, bookmarks, sort_form, sort, heard, requests]

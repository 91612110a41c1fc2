"""docs.joinmastodon.org/methods/grouped_notifications.

Who does the same to the same thing within half a day is one group; half days
are counted in UTC, so a group's key says what belongs to it, and nothing of a
group is stored. A page ends when it has its groups, or has read MAX_READ
notifications: of a post that thousands like, a page shows as many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from litestar import get
from litestar.params import FromPath

from ... import clock
from ...actions.mark_read import dismiss_notification
from ...alerting.client_push import TYPE
from ...errors import Invalid, NotFound
from ...ids import parse_id
from ...model.account import Account
from ...model.paging import Window
from ...model.relationship import Notification
from ...store import accounts, markers, notifications
from ..requests import AnyRequest, engine_of, link_header, parameters, viewer, window
from . import entities
from .answers import Answer, answer, doing
from .notifications import MAX_COUNTED, NotificationFilter, wanted

MAX_READ = 1000
_PIECE = 400
_SAMPLE = 8


class GroupFilter(NotificationFilter):
    """Which notifications, and how they are put together."""

    grouped_types: list[str] | str | None = None
    expand_accounts: str = "full"
    limit: int = 100

    def key(self, one: Notification) -> str:
        """The group of a notification, as far as the client groups its type."""
        if self.grouped_types is not None and TYPE[one.kind] not in (
            [self.grouped_types] if isinstance(self.grouped_types, str) else self.grouped_types
        ):
            return f"ungrouped-{one.id}"
        return entities.group_key(one)


class Group(msgspec.Struct):
    """Notifications that tell of the same, newest first; `on_page` are those of the page."""

    key: str
    told: list[Notification]
    on_page: list[Notification]


async def _read(
    request: AnyRequest, by: Account, asked: NotificationFilter, page: Window, key: Callable[[Notification], str],
    groups: int,
) -> tuple[list[Notification], bool]:
    """Notifications of up to `groups` groups in the order of `page`, and whether there may be more."""
    read: list[Notification] = []
    keys: set[str] = set()
    before, after = page.before, page.after
    limit = min(2 * groups, _PIECE)  # enough, where little is the same
    while len(read) < MAX_READ:
        piece = await wanted(
            request, by, asked, Window(limit=limit, before=before, after=after, from_bottom=page.from_bottom))
        for one in reversed(piece) if page.from_bottom else piece:
            its = key(one)
            if its not in keys and len(keys) == groups:
                return read, True
            keys.add(its)
            read.append(one)
        if len(piece) < limit:
            return read, False
        limit = _PIECE
        before, after = (before, piece[0].id) if page.from_bottom else (piece[-1].id, after)
    return read, True


async def _whole(
    request: AnyRequest, by: Account, asked: NotificationFilter, told: Sequence[Notification],
    key: Callable[[Notification], str],
) -> list[Notification]:
    """What else belongs to the groups of `told` and is older, newest first; up to MAX_READ."""
    grouped = [one for one in told if not key(one).startswith("ungrouped-")]
    if not grouped:
        return []
    keys = {key(one) for one in grouped}
    begin = min(entities.group_begin(one) for one in grouped)
    older = await wanted(request, by, asked, Window(
        limit=MAX_READ, before=min(one.id for one in told), after=begin - 1))
    return [one for one in older if key(one) in keys]


def _put_together(page: Sequence[Notification], older: Sequence[Notification], key: Callable[..., str]) -> list[Group]:
    """Groups, the one with the newest notification first."""
    made: dict[str, Group] = {}
    for one in page:
        its = key(one)
        group = made.get(its) or made.setdefault(its, Group(its, [], []))
        group.on_page.append(one)
        group.told.append(one)
    for one in older:
        made[key(one)].told.append(one)
    return list(made.values())


async def _answer(
    request: AnyRequest, by: Account, groups: Sequence[Group], partial: bool = False, paged: bool = True
) -> dict[str, Any]:
    engine = engine_of(request)
    newest = [group.told[0] for group in groups]
    made = {n.id: n for n in await entities.notifications(engine.db, newest, by.id, engine.base_url)}
    shown = [group for group in groups if str(group.told[0].id) in made]
    samples = {group.key: list(dict.fromkeys(one.account_id for one in group.told))[:_SAMPLE] for group in shown}
    persons = await accounts.by_ids(engine.db, {i for ids in samples.values() for i in ids})
    whole = {ids[0] for ids in samples.values()} if partial else set(persons)
    faces = await entities.accounts(engine.db, [p for i, p in persons.items() if i in whole], engine.base_url)
    about = {group.told[0].post_id: made[str(group.told[0].id)].status for group in shown if group.told[0].post_id}
    answered: dict[str, Any] = {
        "accounts": list(faces.values()), "statuses": list(about.values()),
        "notification_groups": [
            _group(group, made[str(group.told[0].id)], [i for i in samples[group.key] if i in persons], paged)
            for group in shown]}
    if partial:
        rest = [person for i, person in persons.items() if i not in whole]
        answered["partial_accounts"] = await _partial(request, rest)
    return answered


def _group(
    group: Group, newest: entities.Notification, sample: list[int], paged: bool
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "group_key": group.key, "notifications_count": len(group.told), "type": newest.type,
        "most_recent_notification_id": newest.id, "sample_account_ids": [str(i) for i in sample]}
    if paged:
        made |= {
            "page_min_id": str(group.on_page[-1].id), "page_max_id": str(group.on_page[0].id),
            "latest_page_notification_at": entities.moment(group.on_page[0].id)}
    if group.told[0].post_id:
        made["status_id"] = str(group.told[0].post_id)
    for name, about in (("report", newest.report), ("moderation_warning", newest.moderation_warning),
                        ("event", newest.event)):
        if about is not msgspec.UNSET:
            made[name] = about
    return made


async def _partial(request: AnyRequest, persons: Sequence[Account]) -> list[dict[str, Any]]:
    """docs.joinmastodon.org/entities/Account/#PartialAccountWithAvatar."""
    engine = engine_of(request)
    faces = await entities.accounts(engine.db, persons, engine.base_url)
    names = ("id", "acct", "url", "avatar", "avatar_static", "locked", "bot")
    decoded = [msgspec.json.decode(faces[person.id]) for person in persons]
    return [{name: one[name] for name in names} for one in decoded]


@get("/api/v2/notifications")
async def grouped(request: AnyRequest) -> Answer:
    by, asked = await viewer(request, "read:notifications"), await parameters(request, GroupFilter)
    if asked.expand_accounts not in ("full", "partial_avatars"):
        raise Invalid(f"Invalid value for 'expand_accounts': '{asked.expand_accounts[:80]}', "
                      "allowed values are 'full' and 'partial_avatars'", "expand_accounts")
    page = window(request, default=40, most=80)
    read, more = await _read(request, by, asked, page, asked.key, page.limit)
    told = sorted(read, key=lambda one: one.id, reverse=True)
    older = await _whole(request, by, asked, told, asked.key)
    groups = _put_together(told, older, asked.key)
    made = await _answer(request, by, groups, asked.expand_accounts == "partial_avatars")
    # The next page goes on below what this one has read, so that no group comes twice.
    return answer(made, link_header(request, engine_of(request).base_url, [n.id for n in told], full=more))


@get("/api/v2/notifications/unread_count")
async def unread_count(request: AnyRequest) -> Answer:
    """Groups above the read mark."""
    by, asked = await viewer(request, "read:notifications"), await parameters(request, GroupFilter)
    marks = await markers.of(engine_of(request).db, by.id, ["notifications"])
    limit = max(1, min(asked.limit, MAX_COUNTED))
    read, _ = await _read(
        request, by, asked, Window(after=marks[0].last_read_id if marks else 0), asked.key, limit)
    return answer({"count": len({asked.key(one) for one in read})})


async def _members(request: AnyRequest, by: Account, key: str) -> list[Notification]:
    """The notifications of a group, newest first. Raises NotFound."""
    db, now = engine_of(request).db, clock.now()
    told: list[Notification] = []
    if key.startswith("ungrouped-"):
        number = parse_id(key.removeprefix("ungrouped-"))
        one = await notifications.find(db, by.id, number, now, filtered=True) if number is not None else None
        told = [one] if one else []
    elif (begin := entities.begin_of_group(key)) is not None:
        some = await notifications.page(
            db, by.id, Window(limit=MAX_READ, after=begin - 1, before=begin + entities.GROUP_SPAN), now,
            kinds=entities.GROUPED, filtered=True)
        told = [one for one in some if entities.group_key(one) == key]
    if not told:
        raise NotFound
    return told


@get("/api/v2/notifications/{group_key:str}")
async def group_of(request: AnyRequest, group_key: FromPath[str]) -> Answer:
    by = await viewer(request, "read:notifications")
    told = await _members(request, by, group_key)
    made = await _answer(request, by, [Group(group_key, told, told)], paged=False)
    if not made["notification_groups"]:
        raise NotFound
    return answer(made)


@get("/api/v2/notifications/{group_key:str}/accounts")
async def group_accounts(request: AnyRequest, group_key: FromPath[str]) -> Answer:
    by, engine = await viewer(request, "read:notifications"), engine_of(request)
    told = await _members(request, by, group_key)
    persons = await accounts.by_ids(engine.db, {one.account_id for one in told})
    faces = await entities.accounts(engine.db, persons.values(), engine.base_url)
    return answer([faces[persons[i].id] for i in dict.fromkeys(one.account_id for one in told) if i in persons])


@doing("/api/v2/notifications/{group_key:str}/dismiss")
async def dismiss_group(request: AnyRequest, group_key: FromPath[str]) -> Answer:
    by = await viewer(request, "write:notifications")
    told = await _members(request, by, group_key)
    await dismiss_notification(engine_of(request).db, by, [one.id for one in told], clock.now())
    return answer({})


routes = [grouped, unread_count, group_of, group_accounts, dismiss_group]

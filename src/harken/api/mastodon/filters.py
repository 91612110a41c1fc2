"""docs.joinmastodon.org/methods/filters (v2) and filters_v1, where each keyword is a filter.

A filter that was made from a query on the web has no keywords here; what it hides is in each status's `filtered`
all the same. Contexts are Mastodon's five; "search" is accepted too, and kept when a client sets the others.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath

from ... import clock
from ...actions import keep_filter
from ...errors import Invalid, NotFound
from ...ids import new_id, parse_id
from ...model.account import Account
from ...model.filter import Action, Filter, FilteredPost, Keyword
from ...store import filters, posts
from ..requests import AnyRequest, engine_of, id_in_path, parameters, viewer
from . import entities
from .answers import Answer, answer, doing

MAX_YEARS = 100
_YES = ("1", "true", "t", "on", "yes")


class KeywordGiven(msgspec.Struct):
    """A keyword to add or, with an `id`, to change or remove."""

    id: str | int | None = None
    keyword: str | None = None
    whole_word: str | bool | int | None = None
    destroy: str | bool | int | None = msgspec.field(default=None, name="_destroy")

    @property
    def destroyed(self) -> bool:
        return _true(self.destroy)


class Given(msgspec.Struct):
    """A filter as a client of v2 sends it; None is not sent."""

    title: str | None = None
    context: list[str] | str | None = None
    filter_action: str | None = None
    expires_in: str | int | float | None = None
    keywords_attributes: list[KeywordGiven] | dict[str, KeywordGiven] | None = None

    def keywords(self) -> list[KeywordGiven]:
        given = self.keywords_attributes
        return list(given.values()) if isinstance(given, dict) else given or []


class GivenV1(msgspec.Struct):
    """A filter as a client of v1 sends it."""

    phrase: str | None = None
    context: list[str] | str | None = None
    irreversible: str | bool | int | None = None
    whole_word: str | bool | int | None = None
    expires_in: str | int | float | None = None


class StatusGiven(msgspec.Struct):
    """A status to filter."""

    status_id: str | int = ""


class FilterV1(msgspec.Struct):
    """docs.joinmastodon.org/entities/V1_Filter."""

    id: str
    phrase: str
    context: list[str]
    whole_word: bool
    expires_at: str | None
    irreversible: bool


def _true(given: str | bool | int | None, otherwise: bool = False) -> bool:
    return otherwise if given is None else str(given).lower() in _YES


def _contexts(given: list[str] | str | None) -> list[str]:
    return [given] if isinstance(given, str) else given or []


def _expiry(seconds: str | int | float | None, now: datetime) -> datetime | None:
    """When a filter ends; an empty text or nothing is never. Raises Invalid."""
    if seconds is None or seconds == "":
        return None
    try:
        return now + min(timedelta(seconds=float(seconds)), timedelta(days=365 * MAX_YEARS))
    except (ValueError, OverflowError):
        raise Invalid("Validation failed: Expires in is not a number", "expires_in") from None


# ---- groups: v2 ------------------------------------------------------------------


@get("/api/v2/filters")
async def many(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:filters")
    return answer([entities.filter_group(kept) for kept in await filters.of_owner(engine_of(request).db, by.id)])


@get("/api/v2/filters/{filter_id:str}")
async def one(request: AnyRequest, filter_id: FromPath[str]) -> Answer:
    by = await viewer(request, "read:filters")
    return answer(entities.filter_group(await filters.get(engine_of(request).db, id_in_path(filter_id), by.id)))


@doing("/api/v2/filters")
async def create(request: AnyRequest) -> Answer:
    by = await viewer(request, "write:filters")
    given = await parameters(request, Given)
    now = clock.now()
    if not (given.title or given.context):
        raise Invalid(
            "Validation failed: Title can't be blank, Context can't be blank, Context None or invalid context supplied")
    kept = await keep_filter.keep_filter(
        engine_of(request).db, by, now, title=given.title or "", contexts=_contexts(given.context),
        action=given.filter_action or Action.WARN, expires_at=_expiry(given.expires_in, now),
        keywords=[(k.keyword or "", _true(k.whole_word, True)) for k in given.keywords() if not k.destroyed])
    return answer(entities.filter_group(kept))


@put("/api/v2/filters/{filter_id:str}")
async def change(request: AnyRequest, filter_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:filters")
    given = await parameters(request, Given)
    now = clock.now()
    kept = await keep_filter.change_filter(
        engine_of(request).db, by, id_in_path(filter_id), now, lambda old: _changed(old, given, now))
    return answer(entities.filter_group(kept))


def _changed(old: Filter, given: Given, now: datetime) -> Filter:
    new = msgspec.structs.replace(
        old,
        title=old.title if given.title is None else keep_filter.checked_title(given.title),
        contexts=_kept_contexts(old, given.context),
        action=old.action if given.filter_action is None else keep_filter.checked_action(given.filter_action),
        expires_at=old.expires_at if given.expires_in is None else _expiry(given.expires_in, now))
    for keyword in given.keywords():
        new = _with_keyword(new, keyword, now)
    return new


def _kept_contexts(old: Filter, given: list[str] | str | None) -> list[str]:
    if given is None:
        return old.contexts
    return keep_filter.checked_contexts(
        keep_filter.checked_contexts(_contexts(given)) + ["search"] * ("search" in old.contexts))


def _with_keyword(kept: Filter, given: KeywordGiven, now: datetime) -> Filter:
    """One entry of `keywords_attributes` applied. Raises NotFound for an id that is not among the keywords."""
    if given.id in (None, ""):
        if given.destroyed:
            return kept
        added = keep_filter.new_keyword(given.keyword or "", _true(given.whole_word, True), now)
        return msgspec.structs.replace(kept, keywords=[*kept.keywords, added])
    old = next((keyword for keyword in kept.keywords if str(keyword.id) == str(given.id)), None)
    if old is None:
        raise NotFound("Record not found")
    if given.destroyed:
        return keep_filter.without(kept, old.id)
    return keep_filter.with_keyword(
        kept, old.id, old.keyword if given.keyword is None else given.keyword,
        old.whole_word if given.whole_word is None else _true(given.whole_word))


@delete("/api/v2/filters/{filter_id:str}", status_code=200)
async def remove(request: AnyRequest, filter_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:filters")
    await keep_filter.drop_filter(engine_of(request).db, by, id_in_path(filter_id), clock.now())
    return answer({})


# ---- keywords --------------------------------------------------------------------


async def _of_keyword(request: AnyRequest, by: Account, keyword_id: str) -> tuple[Filter, Keyword]:
    """A keyword and the filter that has it. Raises NotFound."""
    number = id_in_path(keyword_id)
    for kept in await filters.of_owner(engine_of(request).db, by.id):
        for keyword in kept.keywords:
            if keyword.id == number:
                return kept, keyword
    raise NotFound("Record not found")


def _keyword(keyword: Keyword) -> entities.FilterKeyword:
    return entities.FilterKeyword(str(keyword.id), keyword.keyword, keyword.whole_word)


@get("/api/v2/filters/{filter_id:str}/keywords")
async def keywords(request: AnyRequest, filter_id: FromPath[str]) -> Answer:
    by = await viewer(request, "read:filters")
    kept = await filters.get(engine_of(request).db, id_in_path(filter_id), by.id)
    return answer([_keyword(keyword) for keyword in kept.keywords])


@doing("/api/v2/filters/{filter_id:str}/keywords")
async def add_keyword(request: AnyRequest, filter_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:filters")
    given = await parameters(request, KeywordGiven)
    now = clock.now()
    added = keep_filter.new_keyword(given.keyword or "", _true(given.whole_word, True), now)
    await keep_filter.change_filter(
        engine_of(request).db, by, id_in_path(filter_id), now,
        lambda old: msgspec.structs.replace(old, keywords=[*old.keywords, added]))
    return answer(_keyword(added))


@get("/api/v2/filters/keywords/{keyword_id:str}")
async def keyword(request: AnyRequest, keyword_id: FromPath[str]) -> Answer:
    by = await viewer(request, "read:filters")
    _, found = await _of_keyword(request, by, keyword_id)
    return answer(_keyword(found))


@put("/api/v2/filters/keywords/{keyword_id:str}")
async def change_keyword(request: AnyRequest, keyword_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:filters")
    given = await parameters(request, KeywordGiven)
    kept, found = await _of_keyword(request, by, keyword_id)
    now = clock.now()
    asked = KeywordGiven(str(found.id), given.keyword, given.whole_word)
    new = await keep_filter.change_filter(
        engine_of(request).db, by, kept.id, now, lambda old: _with_keyword(old, asked, now))
    return answer(_keyword(next(one for one in new.keywords if one.id == found.id)))


@delete("/api/v2/filters/keywords/{keyword_id:str}", status_code=200)
async def remove_keyword(request: AnyRequest, keyword_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:filters")
    kept, found = await _of_keyword(request, by, keyword_id)
    await keep_filter.change_filter(
        engine_of(request).db, by, kept.id, clock.now(), lambda old: keep_filter.without(old, found.id))
    return answer({})


# ---- statuses --------------------------------------------------------------------


def _filtered(one: FilteredPost) -> entities.FilterStatus:
    return entities.FilterStatus(str(one.id), str(one.post_id))


async def _of_status(request: AnyRequest, by: Account, filter_status_id: str) -> tuple[Filter, FilteredPost]:
    number = id_in_path(filter_status_id)
    for kept in await filters.of_owner(engine_of(request).db, by.id):
        for one in kept.posts:
            if one.id == number:
                return kept, one
    raise NotFound("Record not found")


@get("/api/v2/filters/{filter_id:str}/statuses")
async def statuses(request: AnyRequest, filter_id: FromPath[str]) -> Answer:
    by = await viewer(request, "read:filters")
    kept = await filters.get(engine_of(request).db, id_in_path(filter_id), by.id)
    return answer([_filtered(one) for one in kept.posts])


@doing("/api/v2/filters/{filter_id:str}/statuses")
async def add_status(request: AnyRequest, filter_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:filters")
    engine = engine_of(request)
    number = parse_id(str((await parameters(request, StatusGiven)).status_id))
    seen = await posts.visible(engine.db, number or 0, by.id)
    now = clock.now()
    added = FilteredPost(new_id(now), seen.boost_of_id or seen.id)

    def change(old: Filter) -> Filter:
        if any(one.post_id == added.post_id for one in old.posts):
            raise Invalid("Validation failed: Status has already been taken", "status_id")
        return msgspec.structs.replace(old, posts=[*old.posts, added])

    await keep_filter.change_filter(engine.db, by, id_in_path(filter_id), now, change)
    return answer(_filtered(added))


@get("/api/v2/filters/statuses/{filter_status_id:str}")
async def status(request: AnyRequest, filter_status_id: FromPath[str]) -> Answer:
    by = await viewer(request, "read:filters")
    _, found = await _of_status(request, by, filter_status_id)
    return answer(_filtered(found))


@delete("/api/v2/filters/statuses/{filter_status_id:str}", status_code=200)
async def remove_status(request: AnyRequest, filter_status_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:filters")
    kept, found = await _of_status(request, by, filter_status_id)
    await keep_filter.change_filter(
        engine_of(request).db, by, kept.id, clock.now(), lambda old: keep_filter.without(old, found.id))
    return answer({})


# ---- v1: every keyword is a filter -------------------------------------------------


def _v1(kept: Filter, keyword: Keyword) -> FilterV1:
    group = entities.filter_group(kept)
    return FilterV1(
        str(keyword.id), keyword.keyword, group.context, keyword.whole_word, group.expires_at,
        kept.action is Action.HIDE)


@get("/api/v1/filters")
async def many_v1(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:filters")
    kept = await filters.of_owner(engine_of(request).db, by.id)
    return answer([_v1(one, keyword) for one in kept for keyword in one.keywords])


@get("/api/v1/filters/{keyword_id:str}")
async def one_v1(request: AnyRequest, keyword_id: FromPath[str]) -> Answer:
    by = await viewer(request, "read:filters")
    return answer(_v1(*await _of_keyword(request, by, keyword_id)))


@doing("/api/v1/filters")
async def create_v1(request: AnyRequest) -> Answer:
    by = await viewer(request, "write:filters")
    given = await parameters(request, GivenV1)
    now = clock.now()
    phrase = keep_filter.checked_keyword(given.phrase or "")
    kept = await keep_filter.keep_filter(
        engine_of(request).db, by, now, title=phrase, contexts=_contexts(given.context),
        action=Action.HIDE if _true(given.irreversible) else Action.WARN, expires_at=_expiry(given.expires_in, now),
        keywords=[(phrase, _true(given.whole_word, True))])
    return answer(_v1(kept, kept.keywords[0]))


@put("/api/v1/filters/{keyword_id:str}")
async def change_v1(request: AnyRequest, keyword_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:filters")
    given = await parameters(request, GivenV1)
    group, found = await _of_keyword(request, by, keyword_id)
    now = clock.now()

    def change(old: Filter) -> Filter:
        alone = len(old.keywords) == 1 and not old.query and not old.posts
        phrase = found.keyword if given.phrase is None else keep_filter.checked_keyword(given.phrase)
        whole = found.whole_word if given.whole_word is None else _true(given.whole_word)
        action = old.action
        if given.irreversible is not None and _true(given.irreversible) != (old.action is Action.HIDE):
            action = Action.HIDE if _true(given.irreversible) else Action.WARN
        new = msgspec.structs.replace(
            old, contexts=_kept_contexts(old, given.context), action=action,
            expires_at=old.expires_at if given.expires_in is None else _expiry(given.expires_in, now))
        if new != old and not alone:
            raise Invalid(
                "Validation failed: These parameters cannot be changed from this application because they apply to "
                "more than one filter keyword. Use a more recent application or the web interface.")
        title = phrase if alone and old.title == found.keyword else old.title
        return keep_filter.with_keyword(msgspec.structs.replace(new, title=title), found.id, phrase, whole)

    new = await keep_filter.change_filter(engine_of(request).db, by, group.id, now, change)
    return answer(_v1(new, next(one for one in new.keywords if one.id == found.id)))


@delete("/api/v1/filters/{keyword_id:str}", status_code=200)
async def remove_v1(request: AnyRequest, keyword_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:filters")
    group, found = await _of_keyword(request, by, keyword_id)
    db, now = engine_of(request).db, clock.now()
    if len(group.keywords) == 1 and not group.query and not group.posts:
        await keep_filter.drop_filter(db, by, group.id, now)  # nothing would be left of it
    else:
        await keep_filter.change_filter(db, by, group.id, now, lambda old: keep_filter.without(old, found.id))
    return answer({})


routes = [
    many, one, create, change, remove, keywords, add_keyword, keyword, change_keyword, remove_keyword, statuses,
    add_status, status, remove_status, many_v1, one_v1, create_v1, change_v1, remove_v1,
]

"""Filters: what a member would rather not see, made from a search, changed and dropped."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from .. import clock
from ..actions import keep_filter
from ..actions.block_domain import block_domain, unblock_domain
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..errors import Invalid, NotAllowed, NotYet
from ..model.account import Account
from ..model.filter import CONTEXTS, MAX_TITLE, Action, Filter
from ..search.query import BadQuery
from ..store import blocked_domains, filters, posts
from . import languages
from .languages import gettext_now as _
from .pages import AnyAnswer, Nothing, form, must_be_signed_in, render, see, spelling
from .paging import older, window
from .search import mistake
from .search_box import MAX_QUERY

SERVERS = 100
_HOURS = (1, 24, 24 * 7, 24 * 30)


class Given(msgspec.Struct, kw_only=True):
    """The form of a filter."""

    title: str = ""
    query: str = ""
    context: list[str] | str = []
    action: str = Action.WARN
    hours: str = ""  # "" leaves the end as it is, "0" is never
    gone: list[str] | str = []  # keywords and posts to take out

    @property
    def contexts(self) -> list[str]:
        return [one for one in ([self.context] if isinstance(self.context, str) else self.context) if one]


def context_names() -> dict[str, str]:
    """Each place where a filter can work, as people call it."""
    return {
        "home": _("Home"), "notifications": _("Notifications"), "search": _("Search and ears"),
        "public": _("What everybody says, and tags"), "thread": _("Conversations"), "account": _("Profiles")}


def _ends() -> dict[int, str]:
    return dict(zip(_HOURS, (_("In an hour"), _("Tomorrow"), _("In a week"), _("In a month")), strict=True))


@get("/settings/filters", include_in_schema=False)
async def many(request: AnyRequest) -> Response[bytes]:
    """Everything the viewer would rather not see."""
    viewer = await must_be_signed_in(request)
    kept = await filters.of_owner(engine_of(request).db, viewer.id)
    names = context_names()
    return await render(request, "filters.html", filters=[
        (one, ", ".join(names[context] for context in one.contexts), _until(request, one)) for one in kept])


def _until(request: AnyRequest, kept: Filter) -> str:
    """When a filter ends, in words; empty for never."""
    if kept.expires_at is None:
        return ""
    reader = spelling(request)
    at = languages.exact_time(kept.expires_at, reader.zone, reader.language)
    return (_("ended %(at)s") if kept.expired(clock.now()) else _("until %(at)s")) % {"at": at}


class Server(msgspec.Struct):
    """The form that blocks a server, and the one that stops it."""

    domain: str = ""


@get("/settings/filters/servers", include_in_schema=False)
async def servers(request: AnyRequest) -> Response[bytes]:
    """Servers that the viewer blocks; `domain` fills the form."""
    return await _servers(request, (request.query_params.get("domain") or "").strip()[:MAX_QUERY])


async def _servers(request: AnyRequest, domain: str, error: str = "") -> Response[bytes]:
    viewer = await must_be_signed_in(request)
    found = await blocked_domains.page(engine_of(request).db, viewer.id, window(request, SERVERS))
    return await render(
        request, "servers.html", status=422 if error else 200, domain=domain, error=error,
        blocked=[one.domain for one in found[:SERVERS]], older=older(request, [one.id for one in found], SERVERS))


@post("/settings/filters/servers", include_in_schema=False)
async def block_server(request: AnyRequest) -> AnyAnswer:
    """Hear nothing from a server any more."""
    viewer, given = await must_be_signed_in(request), await form(request, Server)
    try:
        await block_domain(engine_of(request).db, viewer, given.domain, clock.now())
    except Invalid:
        return await _servers(request, given.domain, _("Write the name of a server, such as example.org."))
    return see("/settings/filters/servers")


@post("/settings/filters/servers/unblock", include_in_schema=False)
async def unblock_server(request: AnyRequest) -> AnyAnswer:
    """Hear it again."""
    viewer, given = await must_be_signed_in(request), await form(request, Server)
    await unblock_domain(engine_of(request).db, viewer, given.domain)
    return see("/settings/filters/servers")


@get("/settings/filters/new", include_in_schema=False)
async def new(request: AnyRequest) -> Response[bytes]:
    """An empty form, or one made from the search `q`."""
    await must_be_signed_in(request)
    query = (request.query_params.get("q") or "").strip()[:MAX_QUERY]
    return await _shown(request, Given(
        title=query[:MAX_TITLE], query=query, context=["home", "notifications", "search", "public"]))


async def _shown(
    request: AnyRequest, given: Given, kept: Filter | None = None, error: Invalid | NotYet | NotAllowed | None = None
) -> Response[bytes]:
    context: dict[str, Any] = {
        "given": given, "kept": kept, "contexts": context_names(), "ends": _ends(),
        "until": _until(request, kept) if kept else "", "error": "", "mistake": None, "filtered": []}
    if isinstance(error, BadQuery):
        context["mistake"] = mistake(given.query, error)
    elif error is not None:
        context["error"] = _(error.message.removeprefix("Validation failed: "))
    if kept and kept.posts:
        viewer = await must_be_signed_in(request)
        seen = await posts.visible_by_ids(engine_of(request).db, [one.post_id for one in kept.posts], viewer.id)
        context["filtered"] = [
            (one.id, (seen[one.post_id].spoiler or seen[one.post_id].text)[:80] if one.post_id in seen else "")
            for one in kept.posts]
    return await render(request, "filter.html", status=422 if error else 200, **context)


@post("/settings/filters/new", include_in_schema=False, status_code=200)
async def keep(request: AnyRequest) -> AnyAnswer:
    """Hide it from now on."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    now = clock.now()
    try:
        _not_empty(given, None)
        await keep_filter.keep_filter(
            engine_of(request).db, viewer, now, title=_title(given), contexts=_known(given.contexts),
            query=given.query, zone=spelling(request).zone, action=given.action, expires_at=_end(given, None, now))
    except (Invalid, NotYet, NotAllowed) as error:
        return await _shown(request, given, None, error)
    return see("/settings/filters")


def _title(given: Given) -> str:
    return given.title.strip() or given.query.strip()[:MAX_TITLE]


def _known(contexts: list[str]) -> list[str]:
    if not contexts:
        raise Invalid(_("Choose at least one place where it shall be hidden."), "context")
    return [context for context in contexts if context in CONTEXTS]


def _not_empty(given: Given, kept: Filter | None) -> None:
    if not given.query.strip() and not (kept and (kept.keywords or kept.posts)):
        raise Invalid(_("Say what to hide: a word, a #tag, from:somebody."), "query")


def _end(given: Given, kept: Filter | None, now: datetime) -> datetime | None:
    if given.hours == "":
        return kept.expires_at if kept else None
    if given.hours == "0":
        return None
    if given.hours not in map(str, _HOURS):
        raise Invalid(_("Choose how long it shall be hidden."), "hours")
    return now + timedelta(hours=int(given.hours))


async def _own(request: AnyRequest, filter_id: str) -> tuple[Account, Filter]:
    viewer = await must_be_signed_in(request)
    return viewer, await filters.get(engine_of(request).db, id_in_path(filter_id), viewer.id)


@get("/settings/filters/{filter_id:str}", include_in_schema=False)
async def one(request: AnyRequest, filter_id: FromPath[str]) -> Response[bytes]:
    """The form of a filter."""
    _viewer, kept = await _own(request, filter_id)
    return await _shown(request, Given(
        title=kept.title, query=kept.query, context=kept.contexts,
        action=Action.HIDE if kept.action is Action.HIDE else Action.WARN), kept)


@post("/settings/filters/{filter_id:str}", include_in_schema=False, status_code=200)
async def change(request: AnyRequest, filter_id: FromPath[str]) -> AnyAnswer:
    """Change a filter; a query that is not touched keeps meaning what it meant when it was saved."""
    viewer, kept = await _own(request, filter_id)
    given = await form(request, Given)
    now = clock.now()

    def changed(old: Filter) -> Filter:
        for part in [given.gone] if isinstance(given.gone, str) else given.gone:
            if part.isascii() and part.isdigit():
                old = keep_filter.without(old, int(part[:20]))
        _not_empty(given, old)
        zone = old.zone if given.query.strip() == old.query else spelling(request).zone
        action = keep_filter.checked_action(given.action)
        return msgspec.structs.replace(
            keep_filter.with_query(old, given.query, zone, now), title=keep_filter.checked_title(_title(given)),
            contexts=keep_filter.checked_contexts(_known(given.contexts)),
            action=old.action if old.action is Action.BLUR and action is Action.WARN else action,
            expires_at=_end(given, old, now))

    try:
        await keep_filter.change_filter(engine_of(request).db, viewer, kept.id, now, changed)
    except (Invalid, NotYet, NotAllowed) as error:
        return await _shown(request, given, kept, error)
    return see("/settings/filters")


@post("/settings/filters/{filter_id:str}/delete", include_in_schema=False, status_code=200)
async def drop(request: AnyRequest, filter_id: FromPath[str]) -> AnyAnswer:
    """Show it again."""
    viewer, kept = await _own(request, filter_id)
    await form(request, Nothing)
    await keep_filter.drop_filter(engine_of(request).db, viewer, kept.id, clock.now())
    return see("/settings/filters")


routes = [many, servers, block_server, unblock_server, new, keep, one, change, drop]

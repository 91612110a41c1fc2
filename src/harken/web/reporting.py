"""Ask the moderators to look at somebody: a form, and a page that says what happens now."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from litestar import Response, get, post

from .. import clock
from ..actions.file_report import MAX_COMMENT, file_report
from ..api.requests import AnyRequest, engine_of
from ..errors import Invalid, NotFound
from ..ids import parse_id
from ..model.account import Account
from ..model.moderation import Category, Warning
from ..model.paging import Window
from ..store import accounts, appeals, community, posts, relationships, reports, timelines
from .cards import cards
from .languages import gettext_now as _
from .moderation.staff import decision_name
from .pages import form, must_be_signed_in, render

EXAMPLES = 6  # posts to choose from


class Reported(msgspec.Struct, frozen=True):
    """What a moderator is told of a report at a glance."""

    name: str
    comment: str
    path: str


class Warned(msgspec.Struct, frozen=True):
    """What moderators did, and wrote."""

    said: str
    text: str
    path: str


class Given(msgspec.Struct, kw_only=True):
    """The form of a report."""

    account: str = ""
    category: str = ""
    comment: str = ""
    posts: list[str] | str = []
    rules: list[str] | str = []


def _numbers(texts: list[str] | str) -> list[int]:
    found = (parse_id(text) for text in ([texts] if isinstance(texts, str) else texts))
    return [one for one in found if one is not None]


async def _form(
    request: AnyRequest, viewer: Account, target: Account, given: Given, error: str = "", status: int = 200
) -> Response[bytes]:
    """The form, with what was filled in already."""
    db, now = engine_of(request).db, clock.now()
    chosen = _numbers(given.posts)
    seen = await posts.visible_by_ids(db, chosen[:EXAMPLES], viewer.id)
    recent = await timelines.of_account(db, target.id, viewer.id, Window(limit=EXAMPLES), now, boosts=False)
    shown = {one.id: one for one in (*seen.values(), *recent) if one.author_id == target.id}
    return await render(
        request, "report.html", status=status, target=target, given=given, error=error, chosen=chosen,
        chosen_rules=_numbers(given.rules), rules=await community.rules(db), max_comment=MAX_COMMENT,
        examples=await cards(request, list(shown.values())[:EXAMPLES]))


@get("/report", include_in_schema=False)
async def ask(request: AnyRequest) -> Response[bytes]:
    """`?post=ID` or `?account=ID`: what is it about?"""
    viewer = await must_be_signed_in(request)
    db, query = engine_of(request).db, request.query_params
    post_id = parse_id(query.get("post", ""))
    if post_id is not None:
        found = await posts.visible(db, post_id, viewer.id)
        target_id: int | None = found.author_id
    else:
        target_id = parse_id(query.get("account", ""))
    if target_id is None or target_id == viewer.id:
        raise NotFound(_("There is nobody to report here."))
    target = await accounts.visible(db, target_id, viewer.id)
    return await _form(request, viewer, target, Given(posts=[str(post_id)] if post_id is not None else []))


@post("/report", include_in_schema=False, status_code=200)
async def send(request: AnyRequest) -> Response[bytes]:
    """Tell the moderators; then what else one can do."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    db = engine_of(request).db
    target = await accounts.visible(db, parse_id(given.account) or 0, viewer.id)
    breaks = given.category == Category.VIOLATION
    if not given.category:
        return await _form(request, viewer, target, given, _("Please say what it is about."), 422)
    if breaks and not _numbers(given.rules):
        return await _form(request, viewer, target, given, _("Please tick the rule that it breaks."), 422)
    try:
        await file_report(
            db, viewer, target.id, clock.now(), category=given.category, comment=given.comment,
            post_ids=_numbers(given.posts), rule_ids=_numbers(given.rules) if breaks else [])
    except Invalid as refused:
        said = {"comment": _("Please say it in at most %(num)s characters.") % {"num": MAX_COMMENT}}
        return await _form(
            request, viewer, target, given, said.get(refused.field or "", _("That could not be sent.")), 422)
    relation = (await relationships.of(db, viewer.id, [target.id], clock.now()))[0]
    return await render(request, "reported.html", target=target, relation=relation)


# ---- on the page of notifications -----------------------------------------------------


async def reported(request: AnyRequest, ids: Sequence[int]) -> dict[int, Reported]:
    """Reports that a moderator is told of, by id."""
    if not ids:
        return {}
    db = engine_of(request).db
    found = await reports.by_ids(db, ids)
    persons = await accounts.by_ids(db, [one.target_id for one in found.values()])
    return {
        one.id: Reported(
            f"@{persons[one.target_id].address}", one.comment, f"/moderation/reports/{one.id}")
        for one in found.values() if one.target_id in persons}


async def warned(request: AnyRequest, ids: Sequence[int]) -> dict[int, Warned]:
    """Warnings that the viewer was given, by id."""
    found = await reports.warnings_by_ids(engine_of(request).db, ids) if ids else {}
    answered = await appeals.by_warnings(
        engine_of(request).db, [one.answers_id for one in found.values() if one.answers_id]) if found else {}
    judged = {True: _("The moderators have accepted your appeal"), False: _("The moderators have declined your appeal"),
              None: _("The moderators have answered your appeal")}

    def said(one: Warning) -> str:
        if one.answers_id is None:
            return decision_name(one.action)
        known = answered.get(one.answers_id)
        return judged[known.accepted if known else None]

    return {one.id: Warned(said(one), one.text, f"/decisions/{one.answers_id or one.id}") for one in found.values()}


routes = [ask, send]

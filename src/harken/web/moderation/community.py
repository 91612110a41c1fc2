"""What is for everybody here: rules, papers, announcements, and pictures to write with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from litestar import Response, get, post

from ... import clock
from ...actions import announce as announcing
from ...actions import keep_emoji, write_rules
from ...api.requests import AnyRequest, UploadFile, engine_of
from ...errors import Conflict, Invalid, NotFound, TooLarge
from ...ids import parse_id
from ...media.store import FileStore
from ...model.account import Account, Permission
from ...model.community import PaperKind
from ...store import community
from ..cards import when
from ..languages import gettext_now as _
from ..pages import AnyAnswer, form, see
from .staff import page, staff


class Given(msgspec.Struct, kw_only=True):
    """Any form of this page; `what` says which."""

    what: str = ""
    text: str = ""
    hint: str = ""
    kind: str = ""
    day: str = ""
    days: int = 0
    shortcode: str = ""
    category: str = ""
    picture: Any = None
    id: str = ""
    sure: bool = False


def _kinds() -> dict[str, str]:
    return {PaperKind.ABOUT: _("About this server"), PaperKind.PRIVACY: _("Privacy"),
            PaperKind.TERMS: _("Terms of service")}


async def _page(
    request: AnyRequest, by: Account, error: str = "", given: Given | None = None, asked: str = ""
) -> Response[bytes]:
    db, now = engine_of(request).db, clock.now()
    news = await community.announcements(db, now)
    return await page(
        request, by, "community.html", status=422 if error else 200, error=error, given=given or Given(), asked=asked,
        rules=await community.rules(db), news=news, emoji=await community.all_emoji(db), kinds=_kinds(),
        papers={kind: paper for kind in PaperKind if (paper := await community.paper_now(db, kind, now))},
        today=now.date().isoformat(), times={one.id: when(one.published_at, now, request) for one in news},
        lengths=[(0, _("Until it is taken back")), (1, _("A day")), (7, _("A week")), (30, _("A month"))])


@get("/moderation/community", include_in_schema=False)
async def everything(request: AnyRequest) -> Response[bytes]:
    """All of it, with the forms that change it."""
    return await _page(request, await staff(request, Permission.MANAGE_RULES))


@post("/moderation/community", include_in_schema=False, status_code=200)
async def change(request: AnyRequest) -> AnyAnswer:
    """Change one thing; what takes something away from everybody is asked once more."""
    by = await staff(request, Permission.MANAGE_RULES)
    given = await form(request, Given)
    if given.what.startswith("remove-") and not given.sure:
        return await _page(request, by, given=given, asked=await _named(request, given))
    try:
        await _do(request, by, given)
    except (Invalid, Conflict, TooLarge) as refused:
        return await _page(request, by, _(refused.message), given)
    return see("/moderation/community")


async def _named(request: AnyRequest, given: Given) -> str:
    """What would be taken away, in its own words. Raises NotFound."""
    db, number = engine_of(request).db, parse_id(given.id) or 0
    known = {
        "remove-rule": {one.id: one.text for one in await community.rules(db)},
        "remove-news": {one.id: one.text for one in await community.announcements(db, clock.now())},
        "remove-emoji": {one.id: f":{one.shortcode}:" for one in await community.all_emoji(db)}}
    found = known.get(given.what, {}).get(number)
    if found is None:
        raise NotFound(_("There is nothing like that any more."))
    return found


async def _do(request: AnyRequest, by: Account, given: Given) -> None:
    """Raises Invalid, Conflict, TooLarge, NotFound, NotAllowed."""
    engine, now, number = engine_of(request), clock.now(), parse_id(given.id) or 0
    store = FileStore(engine.media_directory)
    match given.what:
        case "rule":
            await write_rules.add_rule(engine.db, given.text, given.hint, now, by)
        case "remove-rule":
            await write_rules.remove_rule(engine.db, number, now, by)
        case "paper":
            await write_rules.write_paper(engine.db, given.kind, given.text, _day(given.day, now), now, by)
        case "news":
            if not 0 <= given.days <= 365:
                raise Invalid(_("Choose how long it is shown."), "days")
            until = now + timedelta(days=given.days) if given.days else None
            await announcing.announce(engine.db, given.text, now, ends_at=until, by=by)
        case "remove-news":
            await announcing.withdraw_announcement(engine.db, number, now, by)
        case "emoji":
            content = await given.picture.read() if isinstance(given.picture, UploadFile) else b""
            if not content:
                raise Invalid(_("Choose a picture."), "picture")
            await keep_emoji.add_emoji(
                engine.db, store, given.shortcode.strip().strip(":"), content, now, given.category, by)
        case "remove-emoji":
            shortcode = (await _named(request, given)).strip(":")
            await keep_emoji.remove_emoji(engine.db, store, shortcode, now, by)
        case _:
            raise NotFound(_("There is no such form."))


def _day(text: str, now: datetime) -> datetime:
    """The day from which a paper holds: today without one. Raises Invalid."""
    if not text:
        return now
    try:
        return datetime.fromisoformat(text[:10]).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid(_("A day looks like 2008-06-12."), "day") from None


routes = [everything, change]

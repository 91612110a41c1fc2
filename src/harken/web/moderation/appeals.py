"""Appeals, as another moderator judges them."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from ... import clock, mail
from ...actions.appeal import MAX_TEXT, judge_appeal, may_decide
from ...actions.secure_account import decision_path
from ...api.requests import AnyRequest, engine_of, id_in_path
from ...errors import Invalid, NotFound
from ...model.account import Account, Permission
from ...model.moderation import Appeal, Warning
from ...store import appeals, members, posts, reports
from ..cards import cards, when
from ..languages import gettext_now as _
from ..pages import AnyAnswer, form, see
from ..paging import PAGE, again, is_first, window
from .staff import names, page, staff


class Given(msgspec.Struct):
    """The form of a judgement."""

    answer: str = ""
    words: str = ""
    sure: bool = False


@get("/moderation/appeals", include_in_schema=False)
async def queue(request: AnyRequest) -> Response[bytes]:
    """Appeals that wait; `?state=decided` those that were judged."""
    by = await staff(request, Permission.MANAGE_APPEALS)
    db, now = engine_of(request).db, clock.now()
    state = "decided" if request.query_params.get("state") == "decided" else ""
    found = await appeals.page(db, window(request), state == "decided", by.id)
    shown = found[:PAGE]
    return await page(
        request, by, "appeals.html", appeals=shown, state=state, first=is_first(request),
        warnings=await reports.warnings_by_ids(db, [one.warning_id for one in shown]),
        people=await names(request, [i for one in shown for i in (one.account_id, one.decided_by)]),
        times={one.warning_id: when(one.created_at, now, request) for one in shown},
        older=again(request, before=str(shown[-1].warning_id), state=state) if len(found) > PAGE else "")


async def _known(request: AnyRequest, by: Account, text: str) -> tuple[Warning, Appeal]:
    """A decision and the appeal against it; of one's own there is none here. Raises NotFound."""
    db, number = engine_of(request).db, id_in_path(text)
    warning, against = await reports.find_warning(db, number), await appeals.find(db, number)
    if warning is None or against is None or warning.target_id == by.id:
        raise NotFound(_("There is no such appeal."))
    return warning, against


@get("/moderation/appeals/{warning_id:str}", include_in_schema=False)
async def one(request: AnyRequest, warning_id: FromPath[str]) -> Response[bytes]:
    """The decision with its reason, what the person says, and the form of a judgement."""
    by = await staff(request, Permission.MANAGE_APPEALS)
    return await _shown(request, by, *await _known(request, by, warning_id), Given())


async def _shown(
    request: AnyRequest, by: Account, warning: Warning, against: Appeal, given: Given, error: str = ""
) -> Response[bytes]:
    db, now = engine_of(request).db, clock.now()
    shown = await posts.visible_by_ids(db, warning.post_ids, by.id)
    return await page(
        request, by, "appeal.html", status=422 if error else 200, warning=warning, against=against, given=given,
        error=error, max_text=MAX_TEXT, mine=warning.by_id == by.id,
        may_decide=await may_decide(db, by, warning), drawn=await cards(request, list(shown.values())),
        people=await names(request, [warning.target_id, warning.by_id, against.decided_by]),
        times={at: when(at, now, request) for at in (
            warning.created_at, against.created_at, against.decided_at or now)})


@post("/moderation/appeals/{warning_id:str}", include_in_schema=False, status_code=200)
async def judge(request: AnyRequest, warning_id: FromPath[str]) -> AnyAnswer:
    """Accept or decline, with words; the person is told here and by e-mail."""
    by = await staff(request, Permission.MANAGE_APPEALS)
    given = await form(request, Given)
    warning, against = await _known(request, by, warning_id)
    engine, now = engine_of(request), clock.now()
    if given.answer not in ("accept", "decline"):
        return await _shown(request, by, warning, against, given, _("Please accept or decline."))
    if not given.sure:
        return await _shown(
            request, by, warning, against, given, _("Please tick that you are sure; then send it once more."))
    accept = given.answer == "accept"
    try:
        letter = await judge_appeal(engine.db, by, warning.id, now, accept=accept, words=given.words)
    except Invalid as refused:
        return await _shown(request, by, warning, against, given, _(refused.message))
    member = await members.find(engine.db, warning.target_id)
    if member is not None:
        mail.send_judgement(
            engine.settings, engine.base_url, member.email, member.language, accept, letter.text,
            await decision_path(engine.db, letter, now))
    return see(f"/moderation/appeals/{warning.id}")


routes = [queue, one, judge]

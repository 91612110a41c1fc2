"""Accounts as moderators see them: found, looked at, acted on; and those who wait to be let in."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from ... import clock, mail
from ...actions import judge_report, moderate_account
from ...actions.moderate_account import MAX_TEXT, act_on_account, must_be_allowed, role_of
from ...actions.secure_account import decision_path
from ...actions.write_staff_note import take_back_note, write_staff_note
from ...api.requests import AnyRequest, engine_of, id_in_path
from ...errors import Invalid, NotFound
from ...ids import parse_id
from ...media.store import FileStore
from ...model.account import Account, Permission, Role, State
from ...model.moderation import Measure, Report
from ...model.paging import Window
from ...model.post import SeenPost
from ...store import appeals, members, moderation, overseen, posts, reports, timelines
from ...store.overseen import Overseen, Wanted
from ...text.markup import clean
from .. import faces
from ..cards import cards, when
from ..languages import gettext_now as _
from ..pages import AnyAnswer, form, see
from ..paging import PAGE, again, is_first, window
from .staff import act_names, address_hint, email_hint, measure_names, names, page, role_names, staff

EXAMPLES = 10  # of somebody's posts, to choose from
_NEIGHBOURS = 10  # others from the same address


class Given(msgspec.Struct, kw_only=True):
    """The forms about one account."""

    what: str = ""
    measure: str = ""
    text: str = ""
    note: str = ""
    report: str = ""
    posts: list[str] | str = []
    tell: bool = False
    sure: bool = False

    @property
    def post_ids(self) -> list[int]:
        texts = [self.posts] if isinstance(self.posts, str) else self.posts
        return [number for number in map(parse_id, texts[: moderate_account.MAX_POSTS]) if number is not None]


# ---- many ----------------------------------------------------------------------


def _wanted(asked: dict[str, str], role: Role) -> Wanted:
    """What the search form asks for: a name, an e-mail address or a network, and a state."""
    text = asked["q"].removeprefix("@")
    name: dict[str, str] = {}
    if asked["by"] == "display_name":
        name["display_name"] = text
    elif asked["by"] == "domain":
        name["domain"] = text
    elif asked["by"] in ("email", "address") and role.may(Permission.MANAGE_USER_ACCESS):
        name[asked["by"]] = text
    else:
        name["username"] = text
    state = asked["state"]
    wanted = Wanted(
        local={"here": True, "elsewhere": False}.get(asked["where"]), active=state == "active",
        states=(State.PENDING,) if state == "pending" else (State.UNCONFIRMED,) if state == "unconfirmed" else (),
        disabled=state == "disabled", silenced=state == "limited", suspended=state == "suspended",
        sensitized=state == "sensitive", staff=state == "staff")
    return msgspec.structs.replace(wanted, **name) if text else wanted


@get("/moderation/people", include_in_schema=False)
async def many(request: AnyRequest) -> Response[bytes]:
    """Accounts, newest first."""
    by = await staff(request, Permission.MANAGE_USERS)
    db, now = engine_of(request).db, clock.now()
    role = await role_of(db, by.id)
    asked = {
        name: clean(request.query_params.get(name, "")).strip()[:300] for name in ("q", "by", "where", "state")}
    found = await overseen.page(db, _wanted(asked, role), window(request))
    shown = found[:PAGE]
    await faces.load(db, [one.account for one in shown])
    return await page(
        request, by, "people.html", found=shown, asked=asked, role_names=role_names(), first=is_first(request),
        emails={one.account.id: email_hint(one.member.email, role) for one in shown if one.member},
        times={one.account.id: when(one.account.created_at, now, request) for one in shown},
        older=again(request, before=str(shown[-1].account.id), **asked) if len(found) > PAGE else "")


# ---- one -----------------------------------------------------------------------


async def _known(request: AnyRequest, text: str) -> Overseen:
    """The account in the path; one that was deleted is none. Raises NotFound."""
    number = id_in_path(text)
    found = (await overseen.by_ids(engine_of(request).db, [number])).get(number)
    if found is None or found.account.state is State.DELETED:
        raise NotFound(_("There is no such account."))
    return found


@get("/moderation/people/{account_id:str}", include_in_schema=False)
async def one(request: AnyRequest, account_id: FromPath[str]) -> Response[bytes]:
    """What moderators may know of somebody, and what was decided about them."""
    by = await staff(request, Permission.MANAGE_USERS)
    return await _shown(request, by, await _known(request, account_id))


async def _shown(
    request: AnyRequest, by: Account, known: Overseen, error: str = "", given: Given | None = None
) -> Response[bytes]:
    db, now, target = engine_of(request).db, clock.now(), known.account
    role, target_role = await role_of(db, by.id), await role_of(db, target.id)
    above = by.id != target.id and target_role < role
    # Who judges whom: nobody reads what others say about themselves, or about somebody above them.
    notes = await appeals.notes(db, "account", target.id) if above else []
    warnings = await reports.warnings_of(db, target.id)
    about = await reports.page(db, Window(limit=20), target_id=target.id, hidden_from=by.id) if above else []
    acts = await moderation.acts(db, Window(limit=20), about=target.address) if role.may(
        Permission.VIEW_AUDIT_LOG) else []
    near: list[int] = []
    if known.places and above:
        near = [i for i in await overseen.from_network(db, known.places[0].address) if i != target.id]
    return await page(
        request, by, "person.html", status=422 if error else 200, known=known, target=target, above=above,
        notes=notes, warnings=warnings, reports=about, acts=acts, act_names=act_names(), role_names=role_names(),
        error=error, given=given or Given(), near=near[:_NEIGHBOURS], near_more=max(0, len(near) - _NEIGHBOURS),
        target_role=target_role, email=email_hint(known.member.email, role) if known.member and above else "",
        places=[(address_hint(place.address, role), when(place.used_at, now, request)) for place in known.places[:5]]
        if above else [],
        people=await names(request, [
            *(note.author_id for note in notes), *(one.by_id for one in warnings), *near[:_NEIGHBOURS],
            *(one.account_id for one in about), target.id, known.member.invited_by if known.member else None]),
        times={at: when(at, now, request) for at in {
            target.created_at, *(note.created_at for note in notes), *(one.created_at for one in warnings),
            *(one.created_at for one in about), *(act.at for act in acts)}})


@post("/moderation/people/{account_id:str}", include_in_schema=False, status_code=200)
async def write(request: AnyRequest, account_id: FromPath[str]) -> AnyAnswer:
    """Note something about somebody, or take a note back."""
    by = await staff(request, Permission.MANAGE_USERS)
    given = await form(request, Given)
    db, known = engine_of(request).db, await _known(request, account_id)
    try:
        if given.what == "take-back":
            await take_back_note(db, by, parse_id(given.note) or 0)
        else:
            await write_staff_note(db, by, "account", known.account.id, given.text, clock.now())
    except Invalid as refused:
        return await _shown(request, by, known, _(refused.message), given)
    return see(f"/moderation/people/{known.account.id}")


# ---- decide --------------------------------------------------------------------


async def _report(request: AnyRequest, by: Account, text: str, target: Account) -> Report | None:
    """The report that a decision answers. Raises NotFound."""
    if not text:
        return None
    found = await judge_report.get_report(engine_of(request).db, by, parse_id(text) or 0)
    if found.target_id != target.id:
        raise NotFound(_("There is no such report."))
    return found


async def _decision(
    request: AnyRequest, by: Account, known: Overseen, given: Given, error: str = "", asked: bool = False
) -> Response[bytes]:
    """The form of a decision, or (`asked`) the question whether it is meant."""
    db, target = engine_of(request).db, known.account
    await must_be_allowed(db, by, Permission.MANAGE_USERS, over=target)
    report = await _report(request, by, given.report, target)
    examples: dict[int, SeenPost] = await posts.judged_by_ids(db, report.post_ids, by.id) if report else {}
    recent = await timelines.of_account(db, target.id, by.id, Window(limit=EXAMPLES), clock.now(), boosts=False)
    for example in recent:
        examples.setdefault(example.id, example)
    hidden = {i for i, example in examples.items() if example.visibility > 1}
    measures = {one: words for one, words in measure_names().items()
                if one is not Measure.DISABLE or known.member is not None}
    return await page(
        request, by, "decision.html", status=422 if error else 200, known=known, target=target, given=given,
        report=report, measures=measures, error=error, asked=asked, max_text=MAX_TEXT, hidden=hidden,
        chosen=given.post_ids, examples=[card for card in await cards(request, list(examples.values()))
                                         if card.post.author_id == target.id])


@get("/moderation/people/{account_id:str}/decision", include_in_schema=False)
async def decision(request: AnyRequest, account_id: FromPath[str]) -> Response[bytes]:
    """The form; `?report=ID` brings its posts."""
    by = await staff(request, Permission.MANAGE_USERS)
    known = await _known(request, account_id)
    given = Given(report=request.query_params.get("report", ""), tell=True)
    report = await _report(request, by, given.report, known.account)
    given.posts = [str(i) for i in report.post_ids] if report else []
    return await _decision(request, by, known, given)


@post("/moderation/people/{account_id:str}/decision", include_in_schema=False, status_code=200)
async def decide(request: AnyRequest, account_id: FromPath[str]) -> AnyAnswer:
    """First show what would happen; do it when that is confirmed. The person always reads what was decided, and why."""
    by = await staff(request, Permission.MANAGE_USERS)
    given = await form(request, Given)
    engine, known, now = engine_of(request), await _known(request, account_id), clock.now()
    target = known.account
    report = await _report(request, by, given.report, target)
    if given.measure not in list(Measure):
        return await _decision(request, by, known, given, _("Please choose what shall be done."))
    if not given.text.strip():
        return await _decision(request, by, known, given, _("Please say why: the person reads it."))
    measure = Measure(given.measure)
    if measure is Measure.REMOVE and not given.post_ids:
        return await _decision(request, by, known, given, _("Choose the posts that shall be removed."))
    if not given.sure:
        return await _decision(request, by, known, given, asked=True)
    try:
        made = await act_on_account(
            engine.db, by, target.id, measure, now, text=given.text, report_id=report.id if report else None, tell=True,
            post_ids=given.post_ids)
    except Invalid as refused:
        return await _decision(request, by, known, given, _(refused.message))
    if given.tell and known.member is not None:
        mail.send_decision(
            engine.settings, engine.base_url, known.member.email, known.member.language, measure, made.text,
            await decision_path(engine.db, made, now))
    return see(f"/moderation/reports/{report.id}" if report else f"/moderation/people/{target.id}")


@post("/moderation/people/{account_id:str}/undo", include_in_schema=False, status_code=200)
async def undo(request: AnyRequest, account_id: FromPath[str]) -> AnyAnswer:
    """End a measure; asks first."""
    by = await staff(request, Permission.MANAGE_USERS)
    given = await form(request, Given)
    db, known = engine_of(request).db, await _known(request, account_id)
    if given.measure not in {one.value for one in moderate_account.HOLDS}:
        raise NotFound(_("There is nothing to undo."))
    measure = Measure(given.measure)
    await must_be_allowed(db, by, Permission.MANAGE_USERS, over=known.account)
    if not given.sure:
        return await page(request, by, "undo.html", target=known.account, measure=measure)
    await moderate_account.undo(db, by, known.account.id, measure, clock.now(), why=clean(given.text)[:MAX_TEXT])
    return see(f"/moderation/people/{known.account.id}")


# ---- those who wait --------------------------------------------------------------


@get("/moderation/waiting", include_in_schema=False)
async def waiting(request: AnyRequest) -> Response[bytes]:
    """Who would like to join, and why, newest first."""
    by = await staff(request, Permission.MANAGE_USERS)
    db, now = engine_of(request).db, clock.now()
    role = await role_of(db, by.id)
    found = await overseen.page(db, Wanted(states=(State.PENDING,)), window(request))
    shown = found[:PAGE]
    return await page(
        request, by, "waiting.html", found=shown, first=is_first(request), sends=mail.can_send(
            engine_of(request).settings),
        emails={one.account.id: email_hint(one.member.email, role) for one in shown if one.member},
        addresses={one.account.id: address_hint(one.member.address, role) for one in shown if one.member},
        times={one.account.id: when(one.account.created_at, now, request) for one in shown},
        older=again(request, before=str(shown[-1].account.id)) if len(found) > PAGE else "")


@post("/moderation/waiting/{account_id:str}", include_in_schema=False, status_code=200)
async def answer_waiting(request: AnyRequest, account_id: FromPath[str]) -> AnyAnswer:
    """Let somebody in, or (asked twice) turn them away; they get an e-mail."""
    by = await staff(request, Permission.MANAGE_USERS)
    given = await form(request, Given)
    engine, known, now = engine_of(request), await _known(request, account_id), clock.now()
    member = await members.find(engine.db, known.account.id)
    if given.what == "approve":
        await moderate_account.approve(engine.db, by, known.account.id, now)
        if member is not None:
            mail.send_admission(engine.settings, engine.base_url, member.email, member.language)
        return see("/moderation/waiting")
    if given.what != "reject":
        raise NotFound(_("There is no such form."))
    if not given.sure:
        return await page(request, by, "turn_away.html", target=known.account)
    await moderate_account.reject(
        engine.db, FileStore(engine.media_directory), by, known.account.id, now)
    if member is not None:
        mail.send_refusal(engine.settings, member.email, member.language, clean(given.text)[:MAX_TEXT])
    return see("/moderation/waiting")


routes = [many, one, write, decision, decide, undo, waiting, answer_waiting]

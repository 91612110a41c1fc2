"""A desk's queue and its cases, as its people work them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from .. import clock
from ..actions.attend_case import attend_case, leave_case
from ..actions.work_case import Move, Taken, Verb, work_case, work_cases
from ..api.requests import AnyRequest, engine_of, id_in_path, ids_given
from ..desk import asking, listing, queue
from ..desk.checking import Finding
from ..errors import Invalid, NotYet
from ..ids import AccountId, parse_id
from ..model.account import Account
from ..model.case import COUNTED, MAX_BULK, Item, State, Tab
from ..model.desk import DeskOfMember, DeskRole
from ..model.post import SeenPost
from ..search.query import BadQuery
from ..store import accounts, desk_answers, desk_queue, desks, ears, posts
from ..store.desk_queue import Cursor, Shown
from . import answer_box, desk_words, faces, outcomes
from . import contacts as known
from .cards import Card, When, cards, when
from .conversations import arranged
from .languages import gettext_now as _
from .languages import ngettext_now
from .pages import form, fragment, must_be_signed_in, render, safe_path, see
from .search import Mistake, mistake

PAGE = 30
EARLIER = 10  # cases of the same person beside a case
_MOST_SAID = 60  # posts of a conversation on a case's page
_TABS = ("open", "mine", "overdue", "waiting", "snoozed", "done")


class Why(msgspec.Struct, frozen=True):
    """A reason for a case's place, and whether it speaks for or against it."""

    text: str
    against: bool


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A case on a page, with everything worked out."""

    item: Item
    card: Card
    state: str
    why: list[Why]
    crisis: bool
    due: str  # how long until an answer is due, or since then
    overdue: bool
    due_at: When | None
    wakes: When | None
    holder: Account | None  # who works on it now
    mine: bool
    looking: list[Account]
    typing: list[Account]
    answerer: Account | None
    here: bool  # whether it belongs to the list that is shown


class Asked(msgspec.Struct, frozen=True):
    """Which list of a queue a page shows."""

    tab: str = "open"
    q: str = ""

    @property
    def shown(self) -> Shown:
        tab = {"waiting": Tab.WAITING, "snoozed": Tab.SNOOZED, "done": Tab.DONE}.get(self.tab, Tab.OPEN)
        return Shown(tab=tab, mine=self.tab == "mine", overdue=self.tab == "overdue")

    def has(self, item: Item, viewer: int, now: datetime) -> bool:
        """Whether a case belongs to this list (its expression apart)."""
        return item.tab is self.shown.tab and (not self.shown.mine or item.claimed_by == viewer) and (
            not self.shown.overdue or item.overdue(now))


class Given(msgspec.Struct):
    """What a button of a case sends."""

    to: str = ""
    until: str = ""
    reason: str = ""
    take: str = ""
    back: str = ""


class Many(msgspec.Struct):
    """What the bar below the list sends."""

    cases: list[str] = []
    verb: str = ""
    until: str = ""
    back: str = ""


class Attending(msgspec.Struct):
    """What an open page says of its reader."""

    typing: str = ""
    gone: str = ""


def _asked(request: AnyRequest) -> Asked:
    tab = request.query_params.get("tab") or "open"
    return Asked(tab if tab in _TABS else "open", (request.query_params.get("q") or "").strip())


async def rows(
    request: AnyRequest, viewer: Account, desk: DeskOfMember, items: Sequence[Item], asked: Asked
) -> list[Row]:
    """Rows of these cases, in order: a constant number of statements."""
    db, now = engine_of(request).db, clock.now()
    seen = await posts.visible_by_ids(db, [item.post_id for item in items], viewer.id)
    made = {card.post.id: card for card in await cards(
        request, [seen[item.post_id] for item in items if item.post_id in seen])}
    why = await queue.reasons(db, desk, items, seen, now)
    named = {ear.id: ear.name for ear in await ears.of_desk(db, desk.id)}
    there = await desk_queue.present(db, desk.id, viewer.id, now, [item.conversation_id for item in items])
    wanted = {i for item in items for i in (item.claimed_by, item.answered_by) if i}
    known = await accounts.by_ids(db, wanted | {one.account_id for one in there})
    await faces.load(db, known.values())
    return [_row(request, viewer, item, made[item.post_id], why[item.conversation_id], named, known, asked, [
        (known[one.account_id], one.typing) for one in there
        if one.conversation_id == item.conversation_id and one.account_id in known])
        for item in items if item.post_id in made]


def _row(
    request: AnyRequest, viewer: Account, item: Item, card: Card, why: Sequence[str], named: Mapping[int, str],
    known: Mapping[int, Account], asked: Asked, there: Sequence[tuple[Account, bool]],
) -> Row:
    now = clock.now()
    held = item.claimed_by if item.lease_until and item.lease_until > now else None
    state = State.NEW if item.state is State.CLAIMED and held is None else item.state
    due = item.due_at if item.tab is Tab.OPEN else None
    return Row(
        item=item, card=card, state=desk_words.states()[state], crisis="crisis" in why,
        why=[Why(desk_words.reason(name.removeprefix("-"), named), name.startswith("-"))
             for name in why if name not in ("crisis", "overdue")],
        due=desk_words.left(due, now) if due else "", overdue=item.overdue(now),
        due_at=when(due, now, request) if due else None,
        wakes=when(item.wake_at, now, request) if item.wake_at else None,
        holder=known.get(held) if held else None, mine=held == viewer.id,
        looking=[one for one, typing in there if not typing], typing=[one for one, typing in there if typing],
        answerer=known.get(item.answered_by) if item.answered_by and item.answered_id > item.asked_id else None,
        here=asked.has(item, viewer.id, now))


# ---- the queue ---------------------------------------------------------------------


@get("/desks/{desk_id:str}", include_in_schema=False)
async def overview(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """The queue of a desk, what matters most first."""
    viewer = await must_be_signed_in(request)
    desk = await desks.get(engine_of(request).db, id_in_path(desk_id), viewer.id)
    return await _overview(request, viewer, desk)


async def _overview(request: AnyRequest, viewer: Account, desk: DeskOfMember) -> Response[bytes]:
    db, now, asked = engine_of(request).db, clock.now(), _asked(request)
    wrong: Mistake | None = None
    error = ""
    found = listing.Page([], None)
    try:
        found = await listing.page(db, desk, viewer, asked.shown, asked.q, _cursor(request), PAGE, now)
    except BadQuery as fault:
        wrong = mistake(asked.q, fault)
    except NotYet as fault:
        error = fault.message
    made = await rows(request, viewer, desk, found.items, asked)
    following = {"tab": asked.tab, "q": asked.q, "after": f"{found.next.rank}-{found.next.conversation_id}"} \
        if found.next else {}
    return await render(
        request, "desk/queue.html", status=422 if wrong or error else 200, desk=desk, rows=made, asked=asked,
        counts=await desk_queue.counts(db, desk.id, viewer.id, now), counted=COUNTED, mistake=wrong, error=error,
        older=f"/desks/{desk.id}?{urlencode(following)}" if following else "",
        first=not request.query_params.get("after"),
        waiting_drafts=await desk_answers.waiting_drafts(db, desk.id, viewer.id),
        works=desk.role >= DeskRole.HELPER, moved=_moved(request), sleeps=_sleeps(desk, now), most=MAX_BULK,
        helpers=await _helpers(request, desk, viewer))


def _cursor(request: AnyRequest) -> Cursor:
    rank, _dash, conversation = (request.query_params.get("after") or "").partition("-")
    place = parse_id(rank), parse_id(conversation)
    return Cursor(*(number or 0 for number in place)) if None not in place else Cursor()


def _moved(request: AnyRequest) -> str:
    """What the last step with many cases did."""
    done, refused = (parse_id(request.query_params.get(name) or "") or 0 for name in ("moved", "refused"))
    said = [ngettext_now("%d case moved.", "%d cases moved.", done) % done] if done else []
    said += [ngettext_now("%d could not be: somebody works on it, or it is gone.",
                          "%d could not be: somebody works on them, or they are gone.", refused) % refused] \
        if refused else []
    return " ".join(said)


def _sleeps(desk: DeskOfMember, now: datetime) -> list[tuple[str, str]]:
    """(moment, words): until when a case may sleep, by the desk's clock."""
    local = now.astimezone(desk.days)
    morning = datetime.combine(local.date() + timedelta(days=1), time(9), desk.days)
    monday = datetime.combine(local.date() + timedelta(days=7 - local.weekday()), time(9), desk.days)
    return [((now + timedelta(hours=1)).isoformat(), _("for an hour")),
            ((now + timedelta(hours=4)).isoformat(), _("for four hours")),
            (morning.isoformat(), _("until tomorrow, 9:00")), (monday.isoformat(), _("until Monday, 9:00"))]


async def _helpers(request: AnyRequest, desk: DeskOfMember, viewer: Account) -> list[Account]:
    """The others who may work on a case."""
    db = engine_of(request).db
    placed = [one.account_id for one in await desks.members(db, desk.id)
              if one.role >= DeskRole.HELPER and one.account_id != viewer.id]
    known = await accounts.by_ids(db, placed)
    return [known[i] for i in placed if i in known]


@get("/fragments/desks/{desk_id:str}/cases/{case_id:str}", include_in_schema=False)
async def one_row(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes]:
    """A case as an item of the list that `tab` and `q` name; `data-here` says whether it belongs there. 404: gone."""
    viewer = await must_be_signed_in(request)
    db, asked, now = engine_of(request).db, _asked(request), clock.now()
    desk = await desks.get(db, id_in_path(desk_id), viewer.id)
    item = await desk_queue.get(db, desk.id, id_in_path(case_id), viewer.id)
    made = await rows(request, viewer, desk, [item], asked)
    if asked.q and made and made[0].here and not await listing.fits(db, desk, viewer, asked.q, item, now):
        made = [msgspec.structs.replace(made[0], here=False)]
    text = fragment(
        request, "desk/row_alone.html", desk=desk, rows=made, asked=asked, works=desk.role >= DeskRole.HELPER,
        sleeps=_sleeps(desk, now), helpers=await _helpers(request, desk, viewer))
    return Response(text.encode("utf-8", "replace"), media_type="text/html",
                    headers={"Cache-Control": "private, no-store"})


@post("/desks/{desk_id:str}/moves", include_in_schema=False)
async def move_many(request: AnyRequest, desk_id: FromPath[str]) -> Redirect:
    """Do one thing with all cases that are ticked."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Many)
    back = safe_path(given.back, f"/desks/{id_in_path(desk_id)}")
    if not given.cases:
        return see(back)
    done, refused = await work_cases(
        engine_of(request).db, viewer, id_in_path(desk_id), ids_given(list(given.cases)),
        _move(given.verb, until=given.until), clock.now())
    parted = back.split("&moved=")[0].split("?moved=")[0]
    more = urlencode({"moved": len(done), "refused": len(refused)})
    return see(f"{parted}{'&' if '?' in parted else '?'}{more}")


def _move(verb: str, *, to: str = "", until: str = "", reason: str = "", take: bool = False) -> Move:
    if verb not in set(Verb):
        raise Invalid(_("That cannot be done with a case."), "verb")
    try:
        wakes = datetime.fromisoformat(until) if until and verb == Verb.SNOOZE else None
    except ValueError:
        raise Invalid(_("Say until when it sleeps."), "until") from None
    if wakes is not None and wakes.tzinfo is None:
        raise Invalid(_("Say until when it sleeps."), "until")
    helper = parse_id(to) if to and verb == Verb.HAND else None
    return Move(verb=Verb(verb), to=AccountId(helper) if helper else None, until=wakes, reason=reason, take=take)


# ---- one case ----------------------------------------------------------------------


@get("/desks/{desk_id:str}/cases/{case_id:str}", include_in_schema=False)
async def case(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes]:
    """A case: the whole conversation, the person's earlier ones, and the box to answer."""
    viewer = await must_be_signed_in(request)
    db, number = engine_of(request).db, id_in_path(case_id)
    desk = await desks.get(db, id_in_path(desk_id), viewer.id)
    await attend_case(db, viewer, desk.id, number, False, clock.now())
    return await case_page(request, viewer, desk, number)


async def case_page(
    request: AnyRequest, viewer: Account, desk: DeskOfMember, number: int, *, given: answer_box.Given | None = None,
    stopped: Sequence[Finding] = (),
    taken: Taken | None = None, verb: str = "", wanted: Given | None = None, answered: int = 0, error: str = "",
    status: int = 200,
) -> Response[bytes]:
    """The page of a case, with what was typed and what went wrong."""
    db, now = engine_of(request).db, clock.now()
    item = await desk_queue.get(db, desk.id, number, viewer.id)
    row = (await rows(request, viewer, desk, [item], Asked()))[0]
    said, elsewhere = await _conversation(request, desk, viewer, row.card.post)
    crisis = asking.in_crisis(row.card.post.text)
    earlier = [one for one in await desk_queue.by_author(db, desk.id, item.author_id, viewer.id, EARLIER + 1)
               if one.conversation_id != number][:EARLIER]
    return await render(
        request, "desk/case.html", status=status, desk=desk, row=row, said=said, elsewhere=elsewhere,
        earlier=await rows(request, viewer, desk, earlier, Asked()),
        beside=await known.beside(request, viewer, desk, number, item.author_id),
        came=await outcomes.of_case(request, viewer, desk, number), works=desk.role >= DeskRole.HELPER,
        box=await answer_box.box(
            request, viewer, desk, item, row.card.author, given=given, known_answer=max(answered, item.answered_id),
            stopped=stopped),
        stopped=bool(stopped), taken=taken, verb=verb, wanted=wanted or Given(), answered=answered, error=error,
        sleeps=_sleeps(desk, now),
        crisis=crisis,
        helpers=await _helpers(request, desk, viewer))


async def _conversation(
    request: AnyRequest, desk: DeskOfMember, viewer: Account, focus: SeenPost
) -> tuple[list[Card], int]:
    """What the desk may hear of a conversation, in reading order, and how many posts it may not.

    People who do not want to be heard by desks answer others like anybody; their words are on the conversation's own
    page, and not on a desk's.
    """
    db = engine_of(request).db
    tree = arranged(focus, await posts.visible_conversation(db, focus, viewer.id))
    in_order = [*tree.above, focus, *(one for one, _depth in tree.below)]
    heard = await desk_queue.heard_among(db, desk.id, [one.id for one in in_order])
    # Among those present a private answer to the person is a helper's own: they see it, the others do not.
    shown = [one for one in in_order if one.id in heard]
    start = max(0, min(len(shown) - _MOST_SAID, [one.id for one in shown].index(focus.id) - _MOST_SAID // 3))
    shown = shown[start : start + _MOST_SAID]
    depths = {one.id: depth for one, depth in tree.below}
    made = await cards(request, shown)
    for card in made:
        card.depth, card.focus = depths.get(card.post.id, 0), card.post.id == focus.id
    return made, len(in_order) - len(shown) + tree.elsewhere


@post([f"/desks/{{desk_id:str}}/cases/{{case_id:str}}/{verb}" for verb in Verb], include_in_schema=False)
async def move(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes] | Redirect:
    """Claim, release, hand, wait, snooze, done, noise, reopen, matters."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    db, number, verb = engine_of(request).db, id_in_path(case_id), request.scope["path"].rsplit("/", 1)[1]
    desk = await desks.get(db, id_in_path(desk_id), viewer.id)
    try:
        wanted = _move(verb, to=given.to, until=given.until, reason=given.reason, take=bool(given.take))
        await work_case(db, viewer, desk.id, number, wanted, clock.now())
    except Taken as error:
        return await case_page(request, viewer, desk, number, taken=error, verb=verb, wanted=given, status=409)
    except Invalid as error:
        return await case_page(request, viewer, desk, number, error=error.message, status=422)
    return see(safe_path(given.back, f"/desks/{desk.id}/cases/{number}"))


@post("/desks/{desk_id:str}/cases/{case_id:str}/presence", include_in_schema=False, status_code=200)
async def attend(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes]:
    """An open page says that its reader looks, types, or goes."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Attending)
    db, now = engine_of(request).db, clock.now()
    if given.gone:
        await leave_case(db, viewer, id_in_path(desk_id), id_in_path(case_id), now)
    else:
        await attend_case(db, viewer, id_in_path(desk_id), id_in_path(case_id), bool(given.typing), now)
    return Response(b"", media_type="text/plain")


@get("/fragments/desks/{desk_id:str}/cases/{case_id:str}/who", include_in_schema=False)
async def who(request: AnyRequest, desk_id: FromPath[str], case_id: FromPath[str]) -> Response[bytes]:
    """Who else looks at a case, how it stands and the newest answer: what an open page shows anew."""
    viewer = await must_be_signed_in(request)
    db = engine_of(request).db
    desk = await desks.get(db, id_in_path(desk_id), viewer.id)
    item = await desk_queue.get(db, desk.id, id_in_path(case_id), viewer.id)
    row = (await rows(request, viewer, desk, [item], Asked()))[0]
    text = fragment(request, "desk/who.html", desk=desk, row=row)
    return Response(text.encode("utf-8", "replace"), media_type="text/html", headers={
        "Cache-Control": "private, no-store", "X-Newest": str(max(item.asked_id, item.answered_id))})


routes: list[Any] = [overview, one_row, move_many, case, move, attend, who]

"""What desks hold about somebody, for that person alone: to read, to take along, and to have forgotten.

Members of this server sign in. People of other servers ask for a link, which opens once an operator has seen their
code on their own page.
"""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from .. import clock
from ..actions.forget_contact import forget_me, hear_me_again, spare_me
from ..actions.inquire import inquire, settle_inquiry
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..desk.held import holdings
from ..errors import Invalid, NotFound, Refused
from ..ids import moment_of, parse_id
from ..model.account import Account, Permission
from ..store import accounts, inquiries, posts
from ..store.inquiries import Inquiry
from . import contact_words
from .cards import When, cards, when
from .languages import gettext_now as _
from .moderation.staff import staff
from .pages import form, must_be_signed_in, render, see

LISTED = 100


class Wish(msgspec.Struct):
    """What somebody wants of a desk (0: of all)."""

    desk_id: str = ""
    wish: str = ""


class Asking(msgspec.Struct):
    """The form that asks for a link."""

    address: str = ""


class Answering(msgspec.Struct):
    """What an operator saw."""

    seen: str = ""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question, as operators see it."""

    inquiry: Inquiry
    account: Account
    since: When


# ---- members of this server ----------------------------------------------------------


@get("/about/listening/me", include_in_schema=False)
async def mine(request: AnyRequest) -> Response[bytes]:
    """What is held about me."""
    return await _page(request, await must_be_signed_in(request), "/about/listening/me")


@get("/about/listening/me.json", include_in_schema=False)
async def mine_to_keep(request: AnyRequest) -> Response[bytes]:
    """The same, as a file."""
    return await _file(request, await must_be_signed_in(request))


@post("/about/listening/me", include_in_schema=False)
async def wish(request: AnyRequest) -> Redirect:
    """Be spared, forgotten, or heard again."""
    viewer = await must_be_signed_in(request)
    await _fulfil(request, viewer, await form(request, Wish))
    return see("/about/listening/me")


async def _page(request: AnyRequest, person: Account, here: str) -> Response[bytes]:
    db, now = engine_of(request).db, clock.now()
    held = await holdings(db, person, now)
    seen = await posts.visible_by_ids(db, [case.post_id for desk in held.desks for case in desk.cases], person.id)
    made = {one.post.id: one for one in await cards(request, list(seen.values()))}
    moments = {at: when(at, now, request) for desk in held.desks if desk.card
               for at in (desk.card.since, *(one.at for one in desk.card.entries))}
    answer = await render(
        request, "listening_me.html", held=held, person=person, action=here, said=made, moments=moments,
        channels=contact_words.channels(), relations=contact_words.relations_of_reader(), kinds=contact_words.moments())
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


async def _file(request: AnyRequest, person: Account) -> Response[bytes]:
    held = msgspec.to_builtins(await holdings(engine_of(request).db, person, clock.now()))
    for desk in held["desks"]:  # as in every JSON of ours: no program rounds a text
        desk["desk_id"] = str(desk["desk_id"])
        for case in desk["cases"]:
            case["post_id"] = str(case["post_id"])
    return Response(
        msgspec.json.format(msgspec.json.encode(held)), media_type="application/json", headers={
            "Content-Disposition": 'attachment; filename="held-by-desks.json"', "Cache-Control": "private, no-store"})


async def _fulfil(request: AnyRequest, person: Account, given: Wish) -> None:
    db, now, desk_id = engine_of(request).db, clock.now(), parse_id(given.desk_id)
    if desk_id is None:
        raise Invalid(_("Say which desk."), "desk_id")
    match given.wish:
        case "forget":
            await forget_me(db, person, desk_id, now)
        case "hear":
            await hear_me_again(db, person, desk_id, now)
        case "spare" | "write":
            await spare_me(db, person, desk_id, given.wish == "spare", now)
        case _wish:
            raise Invalid(_("That is nothing that can be done here."), "wish")


# ---- people of other servers ---------------------------------------------------------


@get("/about/listening/ask", include_in_schema=False)
async def ask(request: AnyRequest) -> Response[bytes]:
    """How somebody of another server asks."""
    return await render(request, "listening_ask.html", given=Asking(), error="")


@post("/about/listening/ask", include_in_schema=False)
async def ask_for_link(request: AnyRequest) -> Response[bytes] | Redirect:
    """A code and a link."""
    given = await form(request, Asking)
    try:
        secret = await inquire(engine_of(request).db, given.address, clock.now())
    except Refused as error:
        return await render(
            request, "listening_ask.html", status=404 if isinstance(error, NotFound) else 422, given=given,
            error=error.message)
    return see(f"/about/listening/asked/{secret}")


async def _inquiry(request: AnyRequest, secret: str) -> tuple[Inquiry, Account]:
    found = await inquiries.find(engine_of(request).db, secret[:100], clock.now())
    if found is None:
        raise NotFound(_("This link is not valid, or not any more. Ask for a new one."))
    return found, await accounts.get(engine_of(request).db, found.account_id)


async def _granted(request: AnyRequest, secret: str) -> Account:
    found, account = await _inquiry(request, secret)
    if found.granted_by is None:
        raise NotFound(_("Nobody has seen the code yet."))
    return account


@get("/about/listening/asked/{secret:str}", include_in_schema=False)
async def asked(request: AnyRequest, secret: FromPath[str]) -> Response[bytes]:
    """What to do with the code; once an operator has seen it, what is held."""
    found, account = await _inquiry(request, secret)
    if found.granted_by is not None:
        return await _page(request, account, f"/about/listening/asked/{secret}")
    return await render(
        request, "listening_asked.html", inquiry=found, account=account,
        until=when(found.until, clock.now(), request))


@get("/about/listening/asked/{secret:str}/me.json", include_in_schema=False)
async def asked_to_keep(request: AnyRequest, secret: FromPath[str]) -> Response[bytes]:
    """The same, as a file."""
    return await _file(request, await _granted(request, secret))


@post("/about/listening/asked/{secret:str}", include_in_schema=False)
async def asked_wish(request: AnyRequest, secret: FromPath[str]) -> Redirect:
    """Be spared, forgotten, or heard again."""
    account = await _granted(request, secret)
    await _fulfil(request, account, await form(request, Wish))
    return see(f"/about/listening/asked/{secret}")


@get("/moderation/inquiries", include_in_schema=False)
async def waiting(request: AnyRequest) -> Response[bytes]:
    """Who asks, and where to look for their codes."""
    await staff(request, Permission.MANAGE_USERS)
    db, now = engine_of(request).db, clock.now()
    found = await inquiries.waiting(db, now, LISTED)
    known = await accounts.by_ids(db, [one.account_id for one in found])
    return await render(request, "listening_inquiries.html", asked=[
        Asked(inquiry=one, account=known[one.account_id], since=when(moment_of(one.id), now, request))
        for one in found if one.account_id in known])


@post("/moderation/inquiries/{inquiry_id:str}", include_in_schema=False)
async def settle(request: AnyRequest, inquiry_id: FromPath[str]) -> Redirect:
    """The code is there, or not."""
    by = await staff(request, Permission.MANAGE_USERS)
    given = await form(request, Answering)
    await settle_inquiry(engine_of(request).db, by, id_in_path(inquiry_id), given.seen == "yes", clock.now())
    return see("/moderation/inquiries")


routes = [mine, mine_to_keep, wish, ask, ask_for_link, asked, asked_to_keep, asked_wish, waiting, settle]

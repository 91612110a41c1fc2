"""Forgetting people whom a desk knows, and deciding about those who are not heard any more: for its leads."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from .. import clock
from ..actions.forget_contact import WAITING, decide_contact, forget_contact
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..model.contact import Contact
from ..model.desk import DeskRole
from ..store import contacts, desks
from .cards import When, when
from .contacts import found_card, people_of
from .pages import Nothing, form, must_be_signed_in, render, see


class Decided(msgspec.Struct):
    """What is to become of a card."""

    decision: str = ""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to decide about: by the name of the card alone, since their accounts are not heard."""

    card: Contact
    since: When
    notes: int


@get("/desks/{desk_id:str}/contacts/decide", include_in_schema=False)
async def deciding(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Who is not heard any more, and what is kept about them."""
    viewer = await must_be_signed_in(request)
    db, now = engine_of(request).db, clock.now()
    desk = await desks.get(db, id_in_path(desk_id), viewer.id, DeskRole.LEAD)
    found = await contacts.waiting(db, desk.id, viewer.id, WAITING)
    notes = await contacts.counts_of_notes(db, [card.id for card in found], now)
    return await render(request, "desk/contacts_decide.html", desk=desk, people=[
        Waiting(card=card, since=when(card.created_at, now, request), notes=notes.get(card.id, 0)) for card in found])


@post("/desks/{desk_id:str}/contacts/{contact_id:str}/decide", include_in_schema=False)
async def decide(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Redirect:
    """Forget them, remove the card, or keep the notes alone."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Decided)
    await decide_contact(
        engine_of(request).db, viewer, id_in_path(desk_id), id_in_path(contact_id), given.decision, clock.now())
    return see(f"/desks/{id_in_path(desk_id)}/contacts/decide")


@get("/desks/{desk_id:str}/contacts/{contact_id:str}/forget", include_in_schema=False)
async def ask(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Response[bytes]:
    """Are you sure?"""
    _viewer, desk, card = await found_card(request, desk_id, contact_id, DeskRole.LEAD)
    [person] = await people_of(request, [card])
    return await render(request, "desk/contact_forget.html", desk=desk, person=person)


@post("/desks/{desk_id:str}/contacts/{contact_id:str}/forget", include_in_schema=False)
async def forget(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Redirect:
    """Forget somebody for good."""
    viewer = await must_be_signed_in(request)
    await form(request, Nothing)
    await forget_contact(
        engine_of(request).db, viewer, id_in_path(desk_id), id_in_path(contact_id), clock.now())
    return see(f"/desks/{id_in_path(desk_id)}/contacts")


routes = [deciding, decide, ask, forget]
